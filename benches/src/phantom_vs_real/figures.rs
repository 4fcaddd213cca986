//! What is measured on a picture, box by box.

use std::ops::Range;
use std::sync::Arc;

use pellucid_core::{LayoutOutput, PixelBox, PlaneStack};
use pellucid_imaging::kernels::grey::Picture as Grey;
use pellucid_imaging::kernels::side_bars::side_bars;
use pellucid_imaging::{CpuEngine, Engine, Plan, quality};
use pellucid_observe::{LayoutWindow, find_containers, layout_window};

use super::pictures::Picture;
use super::spectrum::{SIDE, WAVES, deviation, fine_share, residual, spectra};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Name and value of each figure that could be measured.
pub type Figures = Vec<(&'static str, f64)>;

/// All figures: name, words and digits shown.
pub(super) const FIGURES: &[(&str, &str, usize)] = &[
    ("air", "air above the box: median grey", 0),
    ("air_5", "air: 5th percentile", 0),
    ("air_white", "air: share at 254 or 255", 2),
    ("wall_upper", "upper wall of empty dry boxes (roof in front): grey", 0),
    ("wall", "middle wall of empty dry boxes: grey", 0),
    ("smooth", "middle wall of empty reefers: grey", 0),
    ("floor", "floor band of empty boxes: median grey", 0),
    ("floor_spread", "floor band: 95th less 5th percentile", 0),
    ("chassis", "chassis band below boxes: median grey", 0),
    ("load", "load: median grey of a loaded box", 0),
    ("load_black", "load: share at 0 or 1", 2),
    ("load_spread", "load: 95th less 5th percentile", 0),
    ("picture_black", "whole picture: share at 0 or 1", 3),
    ("air_noise", "air: noise, grey", 2),
    ("wall_noise", "wall: noise, grey", 2),
    ("wall_fine_x", "wall noise: share above 1/4 cycle/px along x", 2),
    ("wall_fine_y", "wall noise: share above 1/4 cycle/px along y", 2),
    ("row_stripes", "air: steps of row means, grey", 3),
    ("column_stripes", "air: steps of column means, grey", 3),
    ("blocking", "JPEG: steps at every 8th column over others", 2),
    ("period_mm", "corrugation of the upper wall: period, mm", 0),
    ("period_clear", "corrugation of the upper wall: autocorrelation at it", 2),
    ("corrugation", "corrugation of the upper wall: standard deviation over wall grey", 4),
    ("period_middle_mm", "corrugation of the middle wall: period, mm", 0),
    ("period_middle_clear", "corrugation of the middle wall: autocorrelation at it", 2),
    ("corrugation_middle", "corrugation of the middle wall: standard deviation over wall grey", 4),
    ("near_wall_mm", "source to near wall as fitted, mm", 0),
    ("source_mm", "source above the underside, mm", 0),
    ("near_far", "near wall drawn so much taller than the far one", 2),
    ("width_mm_px", "mm per column", 2),
    ("height_px", "silhouette: rows of the picture, share", 2),
    ("aspect_20", "silhouette of 20 ft: width over height, px", 2),
    ("aspect_40", "silhouette of 40 ft: width over height, px", 2),
    ("tilt", "tilt of the upper edge, rows per 1,000 columns (size)", 1),
    ("edge_x", "edge width along x, px", 2),
    ("edge_y", "edge width along y, px", 2),
    ("wall_attenuation", "−ln(wall grey / air grey)", 3),
    ("post", "corner posts: 10th percentile of grey", 0),
];

/// Curves of one box: greys of air, wall, floor, chassis and load (shares at 0 to 255) and spectra along x, y and by radius.
#[derive(Debug, Clone)]
pub struct Curves {
    /// Histograms.
    pub greys: Vec<(&'static str, Vec<f64>)>,
    /// Spectra of wall noise, powers adding up to 1.
    pub spectra: Vec<(&'static str, Vec<f64>)>,
}

struct Plane {
    grey: Vec<f64>,
    width: usize,
}

impl Plane {
    fn region(&self, x: Range<usize>, y: Range<usize>) -> Vec<f64> {
        y.flat_map(|y| self.grey[y * self.width + x.start..y * self.width + x.end].iter().copied()).collect()
    }
    fn height(&self) -> usize {
        self.grey.len() / self.width
    }
}

/// Measures every box of a picture.
///
/// # Errors
/// The picture cannot be read as one of grade `processed`.
pub fn measure(picture: &Picture) -> Outcome<Vec<(Figures, Curves)>> {
    let (grey, width) = picture.grey();
    let plane = Plane { grey, width };
    let counts: Vec<u16> = plane.grey.iter().map(|g| *g as u16).collect();
    let bars = side_bars(&Grey::new(&counts, width, 255)).unwrap_or((0, 0));
    let plan = Plan::for_scan(&picture.scan)?;
    let imaged = CpuEngine::new().submit(&plan, Arc::new(picture.scan.clone()))?.wait()?;
    let quality = quality::assess(&plan, &imaged.views);
    let window = layout_window(&imaged.views[0], 0);
    let found = find_containers(&imaged.views[0], &layout_of(&picture.boxes, &window), &window);
    let mut all = Vec::new();
    for px in &picture.boxes {
        let mut figures: Figures = Vec::new();
        for (code, name) in [("edge_width_x", "edge_x"), ("edge_width_y", "edge_y")] {
            figures.extend(quality.figures.iter().find(|f| f.code == code).map(|f| (name, f.value)));
        }
        if let Some(perspective) = found.iter().find(|f| f.region.iou(*px) > 0.6).and_then(|f| f.perspective) {
            let near = perspective.near_wall_mm[0];
            figures.push(("near_wall_mm", near));
            figures.push(("source_mm", perspective.source_mm[0]));
            figures.push(("near_far", (near + 2438.0) / near));
            figures.push(("tilt", 1000.0 * perspective.tilt().abs()));
        }
        let curves = measure_box(&plane, picture, px, bars, &mut figures);
        all.push((figures, curves));
    }
    Ok(all)
}

fn measure_box(
    plane: &Plane,
    picture: &Picture,
    px: &PixelBox,
    bars: (usize, usize),
    figures: &mut Figures,
) -> Curves {
    let (w, h) = (px.width as usize, px.height as usize);
    let along = |share: f64| (px.x as usize + (share * w as f64) as usize).min(plane.width);
    let down = |share: f64| (px.y as usize + (share * h as f64) as usize).min(plane.height());
    let inner = along(0.15)..along(0.85);
    let mut curves = Curves { greys: Vec::new(), spectra: Vec::new() };
    let mut put = |name: &'static str, value: Option<f64>| figures.extend(value.map(|value| (name, value)));

    let above = (px.y as usize).saturating_sub(h / 30).max(6).min(plane.height());
    let air = plane.region(along(0.0).max(bars.0 + 8)..along(1.0).min(plane.width - bars.1 - 8), 1..above);
    let air_grey = rank(&air, 0.5);
    put("air", air_grey);
    put("air_5", rank(&air, 0.05));
    put("air_white", share(&air, |g| g >= 253.5));
    curves.greys.push(("air", histogram(&air)));

    put("picture_black", share(&plane.grey[..], |g| g < 1.5));
    put("width_mm_px", Some(picture.length_mm / w as f64));
    put("height_px", Some(h as f64 / plane.height() as f64));
    let aspect = if picture.length_mm < 8000.0 { "aspect_20" } else { "aspect_40" };
    put(aspect, Some(w as f64 / h as f64));
    let below = plane.region(inner.clone(), down(1.03)..down(1.12));
    put("chassis", rank(&below, 0.5));
    curves.greys.push(("chassis", histogram(&below)));
    let posts = [
        plane.region(along(0.0)..along(0.015), down(0.2)..down(0.8)),
        plane.region(along(0.985)..along(1.0), down(0.2)..down(0.8)),
    ];
    put("post", rank(&posts.concat(), 0.1));

    let upper_air: Vec<Vec<f64>> =
        squares(plane, along(0.0).max(bars.0 + 8)..along(1.0).min(plane.width - bars.1 - 8), 1..above);
    put("air_noise", rank(&upper_air.iter().map(|s| deviation(&residual(s))).collect::<Vec<_>>(), 0.5));
    let steps = |means: Vec<f64>| {
        let steps: Vec<f64> = means.windows(2).map(|p| (p[1] - p[0]).abs()).collect();
        steps.iter().sum::<f64>() / steps.len().max(1) as f64
    };
    if above > 12 && air.len() > 12 * above {
        let columns = air.len() / (above - 1);
        put("row_stripes", Some(steps(air.chunks_exact(columns).map(mean).collect())));
        let of_column = |x: usize| mean(&air.iter().skip(x).step_by(columns).copied().collect::<Vec<_>>());
        put("column_stripes", Some(steps((0..columns).map(of_column).collect())));
    }
    match picture.is_empty {
        Some(true) => {
            let middle = plane.region(inner.clone(), down(0.42)..down(0.62));
            put(if picture.is_dry { "wall" } else { "smooth" }, rank(&middle, 0.5));
            let floor = plane.region(inner.clone(), down(0.86)..down(0.97));
            put("floor", rank(&floor, 0.5));
            put("floor_spread", rank(&floor, 0.95).zip(rank(&floor, 0.05)).map(|(a, b)| a - b));
            curves.greys.push(("floor", histogram(&floor)));
            if picture.is_dry {
                put("wall_upper", rank(&plane.region(inner.clone(), down(0.12)..down(0.22)), 0.5));
                curves.greys.push(("wall", histogram(&middle)));
                let wall = rank(&middle, 0.5).unwrap_or(1.0);
                put("wall_attenuation", air_grey.map(|air| (air / wall).ln()));
                noise(plane, inner.clone(), down(0.42)..down(0.62), &mut put, &mut curves);
                let mm_px = picture.length_mm / w as f64;
                let names = ["corrugation", "period_mm", "period_clear"];
                corrugation(plane, inner.clone(), down(0.12)..down(0.24), mm_px, names, &mut put);
                // Below the roof and above the floor rays meet both walls and nothing else.
                let names = ["corrugation_middle", "period_middle_mm", "period_middle_clear"];
                corrugation(plane, inner, down(0.42)..down(0.62), mm_px, names, &mut put);
            }
        }
        Some(false) => {
            let load = plane.region(along(0.05)..along(0.95), down(0.4)..down(0.82));
            put("load", rank(&load, 0.5));
            put("load_black", share(&load, |g| g < 1.5));
            put("load_spread", rank(&load, 0.95).zip(rank(&load, 0.05)).map(|(a, b)| a - b));
            curves.greys.push(("load", histogram(&load)));
        }
        None => {}
    }
    curves
}

/// Noise of the wall in small squares, its spectra, and blocks of 8 pixels.
fn noise(
    plane: &Plane,
    x: Range<usize>,
    y: Range<usize>,
    put: &mut impl FnMut(&'static str, Option<f64>),
    curves: &mut Curves,
) {
    let residuals: Vec<Vec<f64>> = squares(plane, x.clone(), y.clone()).iter().map(|s| residual(s)).collect();
    let deviations: Vec<f64> = residuals.iter().map(|r| deviation(r)).collect();
    let middle = rank(&deviations, 0.5);
    put("wall_noise", middle);
    let mut sums = [vec![0.0; WAVES], vec![0.0; WAVES], vec![0.0; WAVES]];
    // The quieter half: ribs, labels and dents are no noise.
    for (r, _) in residuals.iter().zip(&deviations).filter(|(_, d)| middle.is_some_and(|m| **d <= m)) {
        for (sum, spectrum) in sums.iter_mut().zip(spectra(r)) {
            sum.iter_mut().zip(spectrum).for_each(|(sum, power)| *sum += power);
        }
    }
    put("wall_fine_x", fine_share(&sums[0]));
    put("wall_fine_y", fine_share(&sums[1]));
    for (name, sum) in ["along x", "along y", "by radius"].into_iter().zip(sums) {
        let all: f64 = sum.iter().sum();
        if all > 0.0 {
            curves.spectra.push((name, sum.iter().map(|v| v / all).collect()));
        }
    }
    let (mut at, mut between) = (Vec::new(), Vec::new());
    for row in y {
        for column in x.clone().skip(1) {
            let i = row * plane.width + column;
            let step = (plane.grey[i] - plane.grey[i - 1]).abs();
            if column % 8 == 0 { at.push(step) } else { between.push(step) }
        }
    }
    put("blocking", Some(mean(&at) / mean(&between).max(1e-3)));
}

/// Period of the wall along x, by the first peak of the autocorrelation of its mean over rows.
fn corrugation(
    plane: &Plane,
    x: Range<usize>,
    y: Range<usize>,
    mm_px: f64,
    [strength, period, clear]: [&'static str; 3],
    put: &mut impl FnMut(&'static str, Option<f64>),
) {
    let n = x.len();
    let rows = y.len().max(1) as f64;
    let profile: Vec<f64> =
        x.map(|x| y.clone().map(|y| plane.grey[y * plane.width + x]).sum::<f64>() / rows).collect();
    let reach = (450.0 / mm_px) as usize;
    if n < 8 * reach || reach < 4 {
        return;
    }
    // Less its mean over 900 mm.
    let detrended: Vec<f64> =
        (reach..n - reach).map(|i| profile[i] - mean(&profile[i - reach..=i + reach])).collect();
    let power = detrended.iter().map(|v| v * v).sum::<f64>() / detrended.len() as f64;
    put(strength, Some(power.sqrt() / mean(&profile)));
    let correlation = |lag: usize| {
        let pairs = detrended.len() - lag;
        (0..pairs).map(|i| detrended[i] * detrended[i + lag]).sum::<f64>() / pairs as f64 / power.max(1e-9)
    };
    let lags = (120.0 / mm_px) as usize..(600.0 / mm_px) as usize;
    let values: Vec<f64> = lags.clone().map(correlation).collect();
    let peaks =
        (1..values.len().saturating_sub(1)).filter(|i| values[*i] > values[i - 1] && values[*i] >= values[i + 1]);
    if let Some(best) = peaks.max_by(|a, b| values[*a].total_cmp(&values[*b])) {
        put(clear, Some(values[best]));
        if values[best] > 0.25 {
            put(period, Some((lags.start + best) as f64 * mm_px));
        }
    }
}

/// Squares that tile a region.
fn squares(plane: &Plane, x: Range<usize>, y: Range<usize>) -> Vec<Vec<f64>> {
    let starts = |range: &Range<usize>| {
        let end = range.end.saturating_sub(SIDE - 1);
        (range.start..end.max(range.start)).step_by(SIDE)
    };
    let columns = starts(&x);
    starts(&y).flat_map(|y| columns.clone().map(move |x| plane.region(x..x + SIDE, y..y + SIDE))).collect()
}

fn histogram(values: &[f64]) -> Vec<f64> {
    let mut bins = vec![0.0; 256];
    values.iter().for_each(|v| bins[(*v as usize).min(255)] += 1.0 / values.len() as f64);
    bins
}

fn rank(values: &[f64], share: f64) -> Option<f64> {
    let mut values = values.to_vec();
    let rank = (share * values.len().saturating_sub(1) as f64) as usize;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(rank, f64::total_cmp).1)
}

fn share(values: &[f64], is: impl Fn(f64) -> bool) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().filter(|v| is(**v)).count() as f64 / values.len() as f64)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// A mask of the boxes, right to one cell, in place of the layout model's.
fn layout_of(boxes: &[PixelBox], window: &LayoutWindow) -> LayoutOutput {
    let (width, height) = (window.width_bucket / 4, 40);
    let cell = window.scale * 4.0;
    let mut values = vec![0.0_f32; 5 * width * height];
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        let (px, py) = ((x as f64 + 0.5) * cell, (y as f64 + 0.5) * cell);
        let is_in = |b: &PixelBox| {
            px > f64::from(b.x) && px < f64::from(b.right()) && py > f64::from(b.y) && py < f64::from(b.bottom())
        };
        let p = if boxes.iter().any(is_in) { 0.95 } else { 0.02 };
        values[width * height + y * width + x] = p;
        values[y * width + x] = 1.0 - p;
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
