//! Containers on real vendor pictures: rough boxes as a layout model would give; edges, sizes and emptiness from the pixels.

#![allow(clippy::unwrap_used, reason = "data that cannot be read have failed the test")]

#[path = "scene/opinion.rs"]
mod opinion;

use std::path::PathBuf;
use std::sync::Arc;

use opinion::no_opinion;
use pellucid_core::{
    BandKind, CargoOutput, ContainerType, Grade, IsoSize, LayoutOutput, PixelBox, PlaneStack, Raster, RawBand,
    RawScan, RawView, ScannerIdentity,
};
use pellucid_imaging::{CpuEngine, Engine, Imaged, Plan};
use pellucid_observe::{ContainerGeometry, LayoutWindow, find_containers, layout_window, observe_with};

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
                column_offset: None,
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

/// A real scan with what was found in it.
struct Real {
    name: String,
    drawn: Vec<PixelBox>,
    found: Vec<ContainerGeometry>,
    imaged: Imaged,
}

/// Every scan of the shared folder; empty where there is none.
fn real_scans() -> Vec<Real> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real_scans");
    let Ok(table) = std::fs::read_to_string(folder.join("boxes.csv")) else {
        println!("skipped: no shared data");
        return Vec::new();
    };
    let mut scans = Vec::new();
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
        scans.push(Real { name: name.to_owned(), drawn, found, imaged });
    }
    assert!(!scans.is_empty(), "the table of boxes was not understood");
    scans
}

/// Scans whose boxes hold nothing that can be seen, by looking at each: dry boxes, smooth-walled and refrigerated ones.
const EMPTY: [&str; 30] = [
    "001", "002", "004", "005", "011", "013", "014", "015", "016", "021", "022", "023", "024", "028", "029", "030",
    "031", "032", "036", "039", "042", "043", "044", "048", "049", "050", "051", "052", "053", "054",
];
/// Scans that looking does not decide: an empty tank, and two with a low slab on or behind the floor.
const UNDECIDED: [&str; 3] = ["034", "040", "041"];
/// Scans of 20 ft boxes, by their castings and the lorry beside them.
const TWENTY: [&str; 17] = [
    "000", "003", "010", "019", "020", "026", "027", "033", "034", "040", "041", "042", "045", "046", "054", "055",
    "056",
];

/// Refrigerated boxes and tanks, by looking at each; every other one is dry.
const REEFERS: [&str; 9] = ["039", "043", "044", "048", "049", "050", "051", "052", "053"];
const TANKS: [&str; 3] = ["034", "055", "056"];

/// Big bags and pallets that can be counted by eye, in each box of the scan.
const UNITS: [(&str, u32); 5] = [("003", 8), ("006", 11), ("007", 20), ("017", 10), ("045", 5)];

#[test]
fn real_boxes_have_edges_sizes_and_emptiness() {
    let (mut ious, mut found) = (Vec::new(), 0);
    let (mut right_size, mut wrong_size, mut boxes) = (0, 0, 0);
    let (mut empties, mut empties_called, mut loads, mut loads_called) = (0, 0, 0, 0);
    let mut fitted = Vec::new();
    let mut counted_in_empty = 0;
    let (mut right_type, mut wrong_type) = (0, 0);
    for real in real_scans() {
        let key = real.name.get(..3).unwrap_or_default();
        let outputs: Vec<CargoOutput> = real.found.iter().map(no_opinion).collect();
        let observation = observe_with(&real.imaged, &[None], &real.found, &outputs).unwrap();
        let units: Vec<u32> = observation.containers.iter().flat_map(|c| &c.units).map(|row| row.along).collect();
        if let Some((_, expected)) = UNITS.iter().find(|(scan, _)| *scan == key) {
            assert!(!units.is_empty() && units.iter().all(|n| n == expected), "{key}: {units:?}, {expected} by eye");
        } else if EMPTY.contains(&key) && !units.is_empty() {
            println!("{key}: {units:?} units counted in an empty box");
            counted_in_empty += 1;
        }
        found += real.found.len();
        for drawn in &real.drawn {
            ious.push(real.found.iter().map(|f| f.region.iou(*drawn)).fold(0.0, f64::max));
        }
        for (f, o) in real.found.iter().zip(&observation.containers) {
            boxes += 1;
            let size = if TWENTY.contains(&key) { IsoSize::Twenty } else { IsoSize::Forty };
            right_size += usize::from(f.size == Some(size));
            wrong_size += usize::from(f.size.is_some_and(|s| s != size));
            let container_type = match key {
                _ if REEFERS.contains(&key) => ContainerType::Reefer,
                _ if TANKS.contains(&key) => ContainerType::Tank,
                _ => ContainerType::Dry,
            };
            right_type += usize::from(f.container_type == Some(container_type));
            wrong_type += usize::from(f.container_type.is_some_and(|t| t != container_type));
            let is_called = o.empty_probability >= 0.5;
            if EMPTY.contains(&key) {
                (empties, empties_called) = (empties + 1, empties_called + usize::from(is_called));
            } else if !UNDECIDED.contains(&key) {
                (loads, loads_called) = (loads + 1, loads_called + usize::from(is_called));
            }
            fitted.extend(f.perspective.map(|p| p.near_wall_mm[0]));
            let iou = real.drawn.iter().map(|d| f.region.iou(*d)).fold(0.0, f64::max);
            println!(
                "{key}: {:?} IoU {iou:.3}, {:?} {:?}, fill {:.3}, empty {:.2}, source at {:.0?} mm, {:.0?} mm above underside",
                f.region,
                f.size,
                f.container_type,
                o.fill_share,
                o.empty_probability,
                f.perspective.map(|p| p.near_wall_mm),
                f.perspective.map(|p| p.source_mm),
            );
        }
    }
    if ious.is_empty() {
        return;
    }
    let mean = ious.iter().sum::<f64>() / ious.len() as f64;
    let above = |limit: f64| ious.iter().filter(|iou| **iou > limit).count();
    println!(
        "mean IoU {mean:.3}, above 0.8: {}, above 0.9: {} of {}; {found} found",
        above(0.8),
        above(0.9),
        ious.len()
    );
    println!("sizes: {right_size} right, {wrong_size} wrong, of {boxes}; perspective fitted on {}", fitted.len());
    println!("types: {right_type} right, {wrong_type} wrong, of {boxes}");
    println!("called empty: {empties_called} of {empties} empty boxes, {loads_called} of {loads} loaded ones");
    assert!(mean > 0.89, "mean IoU {mean}");
    assert!(wrong_size <= 2 && right_size * 10 > boxes * 9, "{right_size} right, {wrong_size} wrong of {boxes}");
    assert!(wrong_type == 0 && right_type * 100 > boxes * 75, "{right_type} right, {wrong_type} wrong of {boxes}");
    assert!(loads_called == 0 && empties_called * 10 > empties * 6, "{empties_called} of {empties}, {loads_called}");
    assert!(counted_in_empty == 0, "units counted in {counted_in_empty} empty boxes");
}
