//! Containers on real vendor pictures: rough boxes as a layout model would give, edges from the pixels.

#![allow(clippy::unwrap_used, reason = "data that cannot be read have failed the test")]

use std::path::PathBuf;
use std::sync::Arc;

use pellucid_core::{
    BandKind, Grade, LayoutOutput, PixelBox, PlaneStack, Raster, RawBand, RawScan, RawView, ScannerIdentity,
};
use pellucid_imaging::{CpuEngine, Engine, Plan};
use pellucid_observe::{LayoutWindow, find_containers, layout_window};

fn scan_of(picture: &image::GrayImage) -> RawScan {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let counts = picture.pixels().map(|p| u16::from(p.0[0])).collect();
    RawScan {
        grade: Grade::Processed,
        views: vec![RawView {
            name: "side".to_owned(),
            bands: vec![RawBand {
                kind: BandKind::Grey,
                max_value: 255,
                endpoint_mev: None,
                counts: Raster::from_vec(width, height, counts).unwrap(),
                dark: Vec::new(),
                air: Vec::new(),
            }],
            geometry: None,
            dose_rows: [0, 0],
        }],
        scanner: ScannerIdentity::default(),
        acquired_at: None,
        containers_read: Vec::new(),
        site: None,
        lane: None,
        unknown: serde_json::Map::new(),
    }
}

/// A mask that is right to one cell, as a model's is.
fn layout_of(boxes: &[PixelBox], window: &LayoutWindow) -> LayoutOutput {
    let (width, height) = (window.width_bucket / 4, 40);
    let cell = window.scale * 4.0;
    let mut values = vec![0.0_f32; 5 * width * height];
    for y in 0..height {
        for x in 0..width {
            let (px, py) = ((x as f64 + 0.5) * cell, (y as f64 + 0.5) * cell);
            let is_in = |b: &PixelBox| {
                px > f64::from(b.x) && px < f64::from(b.right()) && py > f64::from(b.y) && py < f64::from(b.bottom())
            };
            let p = if boxes.iter().any(is_in) { 0.95 } else { 0.02 };
            values[width * height + y * width + x] = p;
            values[y * width + x] = 1.0 - p;
        }
    }
    LayoutOutput {
        class_names: ["background", "container", "cab", "running_gear", "unreadable"].map(str::to_owned).to_vec(),
        classes: PlaneStack { channels: 5, height, width, values },
        castings: PlaneStack { channels: 1, height, width, values: vec![0.0; width * height] },
        stride: 4,
        valid_width: width,
        model_sha256: String::new(),
    }
}

#[test]
fn edges_on_real_scans_stay_with_the_boxes_that_people_drew() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real_scans");
    let Ok(table) = std::fs::read_to_string(folder.join("boxes.csv")) else {
        println!("skipped: no shared data");
        return;
    };
    let (mut ious, mut boxes_drawn, mut boxes_found) = (Vec::new(), 0, 0);
    for line in table.lines() {
        let fields: Vec<&str> = line.splitn(4, ',').collect();
        let [name, _, _, rest] = fields[..] else { continue };
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let picture = image::load_from_memory(&bytes).unwrap().to_luma8();
        let numbers: Vec<f64> = rest
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .filter(|t| !t.is_empty())
            .filter_map(|t| t.parse().ok())
            .collect();
        let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
        let drawn: Vec<PixelBox> = numbers
            .chunks_exact(5)
            .map(|b| PixelBox {
                x: ((b[1] - b[3] / 2.0) * w).max(0.0).round() as u32,
                y: ((b[2] - b[4] / 2.0) * h).max(0.0).round() as u32,
                width: (b[3] * w).round() as u32,
                height: (b[4] * h).round() as u32,
            })
            .collect();
        if drawn.is_empty() {
            continue;
        }
        let scan = scan_of(&picture);
        let plan = Plan::for_scan(&scan).unwrap();
        let imaged = CpuEngine::new().submit(&plan, Arc::new(scan)).unwrap().wait().unwrap();
        let window = layout_window(&imaged.views[0], 0);
        let found = find_containers(&imaged.views[0], &layout_of(&drawn, &window), &window);
        boxes_drawn += drawn.len();
        boxes_found += found.len();
        for d in &drawn {
            let best = found.iter().map(|f| f.region.iou(*d)).fold(0.0, f64::max);
            ious.push(best);
            println!(
                "{name}: {} drawn, {} found, IoU {best:.3}, {:?}",
                drawn.len(),
                found.len(),
                found.first().and_then(|f| f.size)
            );
        }
    }
    assert!(!ious.is_empty(), "the table of boxes was not understood");
    let mean = ious.iter().sum::<f64>() / ious.len() as f64;
    let good = ious.iter().filter(|iou| **iou > 0.8).count();
    println!("mean IoU {mean:.3}, {good} of {} above 0.8; {boxes_found} found for {boxes_drawn} drawn", ious.len());
    assert!(mean > 0.85, "mean IoU {mean}");
}
