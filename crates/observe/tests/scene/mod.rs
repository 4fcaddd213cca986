//! Cases of the phantom yard, imaged, with the outputs that perfect models would give.

#![allow(clippy::unwrap_used, reason = "a case that cannot be made has failed the test")]

#[allow(dead_code, reason = "only some tests build their own scenes")]
pub(crate) mod built;
#[allow(dead_code, reason = "only some tests need a model without an opinion")]
pub(crate) mod opinion;

use std::sync::Arc;

use pellucid_core::{CargoOutput, IsoSize, LayoutOutput, PixelBox, PlaneStack};
use pellucid_imaging::{CpuEngine, Engine, Imaged, Plan};
use pellucid_observe::{Beam, ContainerGeometry, LayoutWindow, PATCH, cargo_window, layout_window};
use pellucid_phantom::{Case, ContainerRecipe, Conveyance, Recipe, Scanner, component, make_case};

pub(crate) fn recipe(headings: &[&str], size: IsoSize, conveyance: Conveyance) -> Recipe {
    Recipe {
        name: format!("test_{}", headings.join("_")),
        scanner: "relocatable_6_3p5".to_owned(),
        seed: 0,
        conveyance,
        containers: headings.iter().map(|h| ContainerRecipe::known(size, *h, [0.8, 1.0])).collect(),
        tampering: None,
        processed: false,
        vehicle: None,
        papers: None,
    }
}

pub(crate) fn case(recipe: &Recipe, seed: u64) -> Case {
    make_case(recipe, &Scanner::preset(&recipe.scanner).unwrap(), seed).unwrap()
}

pub(crate) fn image(case: &Case) -> Imaged {
    let plan = Plan::for_scan(&case.scan).unwrap();
    CpuEngine::new().submit(&plan, Arc::new(case.scan.clone())).unwrap().wait().unwrap()
}

pub(crate) fn beams(case: &Case) -> Vec<Option<Beam>> {
    case.scan.views.iter().map(Beam::of_view).collect()
}

/// What a good layout model would say: cells by their share inside the true boxes, soft at the edges.
pub(crate) fn layout_of(case: &Case, window: &LayoutWindow) -> LayoutOutput {
    let boxes: Vec<PixelBox> = case.truth.containers.iter().map(|c| c.box_px).collect();
    layout_of_boxes(&boxes, window)
}

/// The same for boxes.
pub(crate) fn layout_of_boxes(boxes: &[PixelBox], window: &LayoutWindow) -> LayoutOutput {
    let stride = 4;
    let (width, height) = (window.width_bucket / stride, 160 / stride);
    let names = ["background", "container", "cab", "running_gear", "unreadable"];
    let mut values = vec![0.0_f32; names.len() * width * height];
    let cell = window.scale * stride as f64;
    for y in 0..height {
        for x in 0..width {
            let (mut inside, n) = (0, 4);
            for sy in 0..n {
                for sx in 0..n {
                    let px = (x as f64 + (f64::from(sx) + 0.5) / f64::from(n)) * cell;
                    let py = (y as f64 + (f64::from(sy) + 0.5) / f64::from(n)) * cell;
                    inside += i32::from(boxes.iter().any(|b| {
                        px >= f64::from(b.x)
                            && px < f64::from(b.right())
                            && py >= f64::from(b.y)
                            && py < f64::from(b.bottom())
                    }));
                }
            }
            let p = 0.03 + 0.94 * inside as f32 / (n * n) as f32;
            values[(width * height) + y * width + x] = p;
            values[y * width + x] = 1.0 - p;
        }
    }
    let classes = PlaneStack { channels: names.len(), height, width, values };
    LayoutOutput {
        class_names: names.map(str::to_owned).to_vec(),
        classes,
        castings: PlaneStack { channels: 1, height, width, values: vec![0.0; width * height] },
        stride,
        valid_width: width,
        model_sha256: "layout-of-truth".to_owned(),
    }
}

/// Headings of the made-up commodity planes.
pub(crate) fn headings(case: &Case) -> Vec<String> {
    let mut names: Vec<String> = case.truth.items.iter().map(|i| i.hs.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names.extend(["empty".to_owned(), "outside".to_owned()]);
    names
}

/// What a good cargo model would say: the heading whose pixels fill a patch, with a little noise on the embedding.
pub(crate) fn cargo_of(case: &Case, container: &ContainerGeometry) -> CargoOutput {
    let window = cargo_window(container, container.view);
    let (cols, rows) = (window.out_width / PATCH, window.out_height / PATCH);
    let names = headings(case);
    let (empty, outside) = (names.len() - 2, names.len() - 1);
    let dims = 24;
    let mut embedding = vec![0.0_f32; dims * cols * rows];
    let mut commodity = vec![0.0_f32; names.len() * cols * rows];
    for row in 0..rows {
        for col in 0..cols {
            let edge = |from: f64, to: f64, i: usize, n: usize| from + (to - from) * i as f64 / n as f64;
            let mut votes = vec![0_u32; names.len()];
            for s in 0..36 {
                let x = edge(window.x0, window.x1, col * 6 + s % 6, cols * 6) + 1.0;
                let y = edge(window.y0, window.y1, row * 6 + s / 6, rows * 6) + 1.0;
                let (x, y) = (x.floor(), y.floor());
                let b = container.region;
                let is_inside = x >= f64::from(b.x)
                    && x < f64::from(b.right())
                    && y >= f64::from(b.y)
                    && y < f64::from(b.bottom());
                let kind = if is_inside && x >= 0.0 && y >= 0.0 {
                    let (x, y) = (x as usize, y as usize);
                    let shown = case.component.at(x, y);
                    let item = case.item.at(x, y);
                    let is_cargo = [component::CARGO, component::PACKAGING, component::CONCEALED].contains(&shown);
                    let heading = case.heading_of(item).filter(|_| is_cargo);
                    heading.and_then(|h| names.iter().position(|n| n == h)).unwrap_or(empty)
                } else {
                    outside
                };
                votes[kind] += 1;
            }
            let best = (0..names.len()).max_by_key(|k| (votes[*k], *k)).unwrap();
            for k in 0..names.len() {
                commodity[(k * rows + row) * cols + col] =
                    if k == best { 0.9 } else { 0.1 / (names.len() - 1) as f32 };
            }
            for d in 0..dims {
                let hash = ((d * 7919 + row * 104_729 + col * 1_299_709) as u32).wrapping_mul(2_654_435_761);
                let noise = (hash >> 8) as f32 / 16_777_216.0 - 0.5;
                let mean = if d % names.len() == best { 1.0 } else { 0.0 };
                embedding[(d * rows + row) * cols + col] = mean + 0.3 * noise;
            }
        }
    }
    let half = |channels: usize, value: f32| PlaneStack {
        channels,
        height: 2 * rows,
        width: 2 * cols,
        values: vec![value; channels * 4 * rows * cols],
    };
    CargoOutput {
        embedding: PlaneStack { channels: dims, height: rows, width: cols, values: embedding },
        commodity: PlaneStack { channels: names.len(), height: rows, width: cols, values: commodity },
        headings: names,
        structure: half(2, 0.5),
        structure_names: vec!["outside".to_owned(), "cargo".to_owned()],
        concealment: half(1, 0.02),
        stride: PATCH,
        model_sha256: "cargo-of-truth".to_owned(),
    }
}

/// Everything up to the containers.
pub(crate) fn found(case: &Case, imaged: &Imaged) -> Vec<ContainerGeometry> {
    let view = &imaged.views[0];
    let window = layout_window(view, 0);
    pellucid_observe::find_containers(view, &layout_of(case, &window), &window)
}
