use pellucid_core::Preset;

use crate::display_plan::{DisplayStep, LocalContrast, Smoothing};
use crate::kernels::enhance::LEVELS;
use crate::kernels::local_contrast::parts;
use crate::kernels::statistics::{BINS, BinWindow};
use crate::kernels::{
    bilateral, display, edge, enhance, equalise, local_contrast, material, non_local_means, statistics, strip,
};
use crate::passes::display::NO_CLASS;
use crate::{Denoise, DisplayImage, DisplayParams, ImagedView, ImagingError};

/// Pixels up to which the slow filters are compared.
const SLOW_PIXELS: usize = 700;

/// What each view is drawn with: every preset, other windows and limits, and both ways against noise.
pub(super) fn shown(view: &ImagedView) -> Vec<DisplayParams> {
    let mut all: Vec<DisplayParams> = Preset::ALL.iter().map(|preset| DisplayParams::preset(*preset)).collect();
    let local = DisplayParams::preset(Preset::LocalContrast);
    all.push(DisplayParams { window: Some([0.0, 16.0]), contrast_limit: 1.0, ..local });
    all.push(DisplayParams { window: Some([0.4, 1.3]), contrast_limit: 40.0, denoise: Denoise::Bilateral, ..local });
    let enhanced = DisplayParams::preset(Preset::SuperEnhance);
    all.push(DisplayParams { detail_gain: 8.0, window: Some([2.0, 7.0]), gamma: Some(0.8), ..enhanced });
    all.push(DisplayParams { denoise: Denoise::Bilateral, ..DisplayParams::preset(Preset::Inorganic) });
    if view.high.len() <= SLOW_PIXELS {
        let grey = DisplayParams::preset(Preset::Grey);
        all.push(DisplayParams { denoise: Denoise::NonLocalMeans, ..grey });
    }
    all
}

/// A picture, pixel by pixel from the kernels.
pub(super) fn draw(view: &ImagedView, params: &DisplayParams) -> Result<DisplayImage, ImagingError> {
    let plan = params.plan(view)?;
    let (width, height) = view.size();
    let high = view.high.pixels().to_vec();
    let shown = plan.steps.iter().fold(high, |plane, step| stepped(step, &plane, view));
    let pixel = |i: usize| {
        let (x, y) = (i % width, i / width);
        let class = view.z_class.as_ref().map_or(NO_CLASS, |z_class| z_class.at(x, y));
        display::colour(shown[i], class, view.validity.at(x, y), &plan.tables).to_le_bytes()
    };
    Ok(DisplayImage { width, height, rgba: (0..width * height).flat_map(pixel).collect() })
}

fn stepped(step: &DisplayStep, plane: &[u16], view: &ImagedView) -> Vec<u16> {
    let size = view.size();
    let each = |value: &dyn Fn((usize, usize)) -> u16| -> Vec<u16> {
        (0..plane.len()).map(|i| value((i % size.0, i / size.0))).collect()
    };
    match step {
        DisplayStep::Bilateral(smoothing) => smoothed(smoothing, plane, size),
        DisplayStep::NonLocalMeans { widths, .. } => {
            each(&|at| non_local_means::non_local_mean(plane, size, at, widths))
        }
        DisplayStep::LocalContrast(local) => evened(local, plane, view),
        DisplayStep::Enhance(enhancement) => {
            let mut levels = vec![plane.to_vec()];
            for smoothing in &enhancement.levels {
                levels.push(smoothed(smoothing, levels.last().map_or(plane, Vec::as_slice), size));
            }
            let base = evened(&enhancement.base, &levels[LEVELS], view);
            let value = |i: usize| {
                let c: [u16; LEVELS + 1] = std::array::from_fn(|k| levels[k][i]);
                enhance::enhanced(c, base[i], enhancement.gains[usize::from(c[LEVELS] >> 8)])
            };
            (0..plane.len()).map(value).collect()
        }
        DisplayStep::Strip { params, tables } => {
            let low = view.low.as_ref().map_or(plane, |low| low.pixels());
            each(&|(x, y)| {
                let [h, l] = [plane, low].map(|plane| {
                    let (sum, n) = material::box_sum(plane, size.0, size.1, x, y);
                    material::mean_q16(sum, n)
                });
                strip::strip(h, l, plane[y * size.0 + x], view.validity.at(x, y), params.part, tables)
            })
        }
        DisplayStep::Edge { params, floors } => {
            each(&|at| edge::edge(plane, size, at, (params.base_q8, params.gain_q8), floors))
        }
    }
}

fn smoothed(smoothing: &Smoothing, plane: &[u16], size: (usize, usize)) -> Vec<u16> {
    let near = smoothing.params.neighbourhood();
    let value = |i: usize| bilateral::bilateral(plane, size, (i % size.0, i / size.0), &near, &smoothing.widths);
    (0..plane.len()).map(value).collect()
}

fn evened(local: &LocalContrast, plane: &[u16], view: &ImagedView) -> Vec<u16> {
    let (width, height) = view.size();
    let window = BinWindow { low: local.blend.low, high: local.blend.high, scale: local.blend.scale };
    let (across, down) = (statistics::tiles(width), statistics::tiles(height));
    let mut maps = Vec::new();
    for tile in 0..across * down {
        let edge = |tile: usize, tiles: usize, size: usize| {
            statistics::tile_start(tile, tiles, size)..statistics::tile_start(tile + 1, tiles, size)
        };
        let mut histogram = vec![0_u32; BINS];
        for y in edge(tile / across, down, height) {
            for x in edge(tile % across, across, width) {
                if !material::is_unmeasured(view.validity.at(x, y)) {
                    histogram[window.bin(plane[y * width + x])] += 1;
                }
            }
        }
        let mut map = vec![0; BINS];
        equalise::tone_map(&histogram, local.equalise.limit_q8, &window, &mut map);
        maps.push(map);
    }
    let value = |i: usize| {
        let bin = window.bin(plane[i]);
        let ((left, wx), (above, wy)) = (parts(local.columns[i % width]), parts(local.rows[i / width]));
        let map = |x: usize, y: usize| maps[y.min(down - 1) * across + x.min(across - 1)][bin];
        let four = [map(left, above), map(left + 1, above), map(left, above + 1), map(left + 1, above + 1)];
        local_contrast::blend(four, wx, wy)
    };
    (0..plane.len()).map(value).collect()
}
