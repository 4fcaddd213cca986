//! The CPU engine's drawing of a view: the steps of a plan, one plane after another.

use pellucid_core::Raster;

use crate::display_plan::{DisplayPlan, DisplayStep, LocalContrast, Smoothing};
use crate::kernels::enhance::LEVELS;
use crate::kernels::statistics::{BINS, Extent};
use crate::{DisplayImage, ImagedView, passes};

/// Draws a view.
pub(crate) fn draw(plan: &DisplayPlan, view: &ImagedView) -> DisplayImage {
    let (width, height) = view.size();
    let mut shown: Option<Vec<u16>> = None;
    for one in &plan.steps {
        let plane = step(one, shown.as_deref().unwrap_or(view.high.pixels()), view);
        shown = Some(plane);
    }
    let shown = shown.as_deref().unwrap_or(view.high.pixels());
    let mut rgba = vec![0; width * height * 4];
    let params = passes::display::Params {
        width: width as u32,
        height: height as u32,
        has_class: u32::from(view.z_class.is_some()),
        padding: 0,
    };
    let z_class = view.z_class.as_ref().map(Raster::pixels);
    passes::display::run(&params, &plan.tables, shown, z_class, view.validity.pixels(), &mut rgba);
    DisplayImage { width, height, rgba }
}

fn step(step: &DisplayStep, plane: &[u16], view: &ImagedView) -> Vec<u16> {
    let validity = view.validity.pixels();
    let mut out = vec![0; plane.len()];
    match step {
        DisplayStep::Bilateral(smoothing) => return smooth(smoothing, plane),
        DisplayStep::NonLocalMeans { params, widths } => {
            passes::non_local_means::run(params, widths, plane, &mut out);
        }
        DisplayStep::LocalContrast(local) => even(local, plane, validity, &mut out),
        DisplayStep::Enhance(enhancement) => {
            let mut levels = vec![];
            for smoothing in &enhancement.levels {
                let above = levels.last().map_or(plane, Vec::as_slice);
                let level = smooth(smoothing, above);
                levels.push(level);
            }
            let levels: [&[u16]; LEVELS + 1] =
                std::array::from_fn(|k| if k == 0 { plane } else { levels[k - 1].as_slice() });
            let mut evened = vec![0; plane.len()];
            even(&enhancement.base, levels[LEVELS], validity, &mut evened);
            passes::enhance::run(&enhancement.params, &enhancement.gains, levels, &evened, &mut out);
        }
        DisplayStep::Strip { params, tables } => {
            let low = view.low.as_ref().map_or(plane, Raster::pixels);
            passes::strip::run(params, tables, passes::strip::Input { plane, low, validity }, &mut out);
        }
        DisplayStep::Edge { params, floors } => passes::edge::run(params, floors, plane, &mut out),
    }
    out
}

fn smooth(smoothing: &Smoothing, plane: &[u16]) -> Vec<u16> {
    let mut out = vec![0; plane.len()];
    passes::bilateral::run(&smoothing.params, &smoothing.widths, plane, &mut out);
    out
}

fn even(local: &LocalContrast, plane: &[u16], validity: &[u8], out: &mut [u16]) {
    let tiles = local.statistics.tiles();
    let (mut histograms, mut extents) = (vec![0; tiles * BINS], vec![Extent::NONE; tiles]);
    passes::statistics::run(&local.statistics, plane, validity, &mut histograms, &mut extents);
    let mut maps = vec![0; tiles * BINS];
    passes::equalise::run(&local.equalise, &histograms, &mut maps);
    passes::local_contrast::run(&local.blend, plane, &maps, &local.columns, &local.rows, out);
}
