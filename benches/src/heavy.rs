//! How often heavy matter is named where none is, and where there is some: empty containers, whose steel is all edges, and
//! blocks of lead.

use std::sync::Arc;

use pellucid_core::{IsoSize, MaterialClass, RawScan};
use pellucid_imaging::{CpuEngine, Engine, ImagedView, Plan};
use pellucid_phantom::{
    ContainerRecipe, Conveyance, EMPTY, Recipe, Scanner, Scene, component, make_case, render, scan_of,
};

/// Seeds that thresholds were not chosen on.
const SEEDS: [u64; 3] = [5_330_001, 5_330_002, 5_330_003];
/// Sides of the blocks of lead in mm; each is 50 mm (57 g/cm²) deep.
pub const SIDES_MM: [f64; 5] = [25.0, 50.0, 100.0, 200.0, 400.0];
const DEPTH_MM: f64 = 50.0;
/// Where blocks stand, mm from the source, and the air between them.
const NEAR_MM: f64 = 3300.0;
const GAP_MM: f64 = 120.0;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Share of the pixels of known class that are called heavy, of empty dry boxes on trailers, one of each size and seed.
///
/// # Errors
/// The preset or its physics is broken: that is a bug of ours.
pub fn of_empty_boxes(preset: &str) -> Outcome<f64> {
    let scanner = Scanner::preset(preset)?;
    let (mut heavy, mut coloured) = (0_usize, 0_usize);
    for size in IsoSize::ALL.iter().copied() {
        for seed in SEEDS {
            let recipe = Recipe {
                name: "empty".to_owned(),
                scanner: preset.to_owned(),
                seed,
                conveyance: Conveyance::Trailer,
                containers: vec![ContainerRecipe::dry(size, EMPTY, [0.8, 1.0])],
                tampering: None,
                processed: false,
                vehicle: None,
                papers: None,
            };
            let view = imaged(make_case(&recipe, &scanner, seed)?.scan)?;
            let classes = classes(&view);
            heavy += classes.iter().filter(|class| **class == MaterialClass::Heavy).count();
            coloured += classes.iter().filter(|class| is_named(**class)).count();
        }
    }
    Ok(heavy as f64 / coloured as f64)
}

/// Share of the pixels of blocks of lead that are called heavy, and that are called something else, for each of
/// [`SIDES_MM`].
///
/// # Errors
/// As [`of_empty_boxes`].
pub fn of_lead(preset: &str) -> Outcome<Vec<[f64; 2]>> {
    let scanner = Scanner::preset(preset)?;
    let mut scene = Scene::default();
    let lead = scene.substance("lead", None)?;
    let middle = scanner.fan.source_height_mm;
    let mut x = GAP_MM;
    for (i, side) in SIDES_MM.into_iter().enumerate() {
        scene.paint(component::CARGO, i as u16 + 1);
        let (min, max) = ([x, middle - side / 2.0, NEAR_MM], [x + side, middle + side / 2.0, NEAR_MM + DEPTH_MM]);
        scene.block(min, max, lead);
        x += side + GAP_MM;
    }
    let columns = (x / scanner.fan.column_pitch_mm).ceil() as usize;
    let mut counts = vec![[0.0; 3]; SIDES_MM.len()];
    for seed in SEEDS {
        let rendered = render(&scene, &scanner, columns, seed)?;
        let (items, truth) = (rendered.item, rendered.areal_density);
        let whole = lead.density * DEPTH_MM / 10.0;
        let view = imaged(scan_of(rendered.view, &scanner))?;
        for ((class, item), areal_density) in classes(&view).into_iter().zip(items.pixels()).zip(truth.pixels()) {
            // A pixel at the rim that a block does not fill shows the light that passes it.
            if f64::from(*areal_density) < 0.95 * whole {
                continue;
            }
            let Some(count) = item.checked_sub(1).and_then(|i| counts.get_mut(usize::from(i))) else { continue };
            count[0] += 1.0;
            count[1] += f64::from(class == MaterialClass::Heavy);
            count[2] += f64::from(is_named(class) && class != MaterialClass::Heavy);
        }
    }
    Ok(counts.into_iter().map(|[all, heavy, other]| [heavy / all, other / all]).collect())
}

fn imaged(scan: RawScan) -> Outcome<ImagedView> {
    let scan = Arc::new(scan);
    let plan = Plan::for_scan(&scan)?;
    let mut imaged = CpuEngine::new().submit(&plan, scan)?.wait()?;
    Ok(imaged.views.remove(0))
}

fn classes(view: &ImagedView) -> Vec<MaterialClass> {
    let numbers = view.z_class.as_ref().map(|plane| plane.pixels().to_vec()).unwrap_or_default();
    numbers.into_iter().map(MaterialClass::from_u8).collect()
}

fn is_named(class: MaterialClass) -> bool {
    !matches!(class, MaterialClass::Air | MaterialClass::Undecidable)
}
