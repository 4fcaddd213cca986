//! Units of a load that repeat along the box, and its layers.
//!
//! A *stack* is a stretch of columns that hold goods, between gaps. Its profile along the lane, meant over the rows of the
//! load, repeats with the width of a unit: the autocorrelation of the profile less its slow course has its first high peak
//! there, unless what repeats are thin dark lines. Layers repeat in the profile upwards, but less clearly: units at other
//! depths are drawn at other heights. Stacks in which nothing repeats, short and alike (coils, reels, machines), are units
//! themselves.
//!
//! What stands behind what cannot be counted from the side: counts are of what is seen.

use pellucid_core::{PixelBox, UnitCount};
use pellucid_imaging::ImagedView;

use crate::baseline::Baseline;
use crate::container_geometry::ContainerGeometry;
use crate::grid::PatchGrid;
use crate::structure::is_good;

/// Widths that a unit along the lane may have, mm.
const WIDTH_MM: [f64; 2] = [180.0, 2500.0];
/// Heights that a layer may have, mm.
const HEIGHT_MM: [f64; 2] = [120.0, 1300.0];
/// Autocorrelation from which something repeats, and by how much it must stand above the dip before it.
const REPEATS: f64 = 0.45;
const STANDS_OUT: f64 = 0.25;
/// A peak as high as this share of the highest is as good.
const AS_GOOD: f64 = 0.75;
/// Skewness from which a profile is one of thin dark lines (battens, straps, posts): units are parted by bright seams.
const LINES: f64 = 1.0;
/// Corrugated walls repeat at this pitch in every box, mm, give or take its tolerance.
const CORRUGATION_MM: f64 = 278.0;
const CORRUGATION_TOLERANCE: f64 = 0.06;
/// Standard deviation of a profile, over its mean, below which what repeats may be the walls.
const FAINT: f64 = 0.03;
/// Deviations from the slow course are cut at this many times what four of five stay below.
const OUTLYING: f64 = 3.0;
/// Shortest stretch that is called a stack, mm.
const SHORTEST_MM: f64 = 300.0;
/// Shortest stretch in which something is believed to repeat, mm.
const ROW_MM: f64 = 1800.0;
/// Lowest that units are told from the blocks of a trailer, machinery or dunnage, mm.
const LOWEST_MM: f64 = 600.0;
/// Longest stretch that may be a single unit, mm, and how much such units may differ in length.
const SINGLE_MM: f64 = 2600.0;
const ALIKE: f64 = 0.25;

/// Counts the units of a container; `is_cargo` says which patches hold goods. Without a scale nothing is counted.
pub(crate) fn count(
    view: &ImagedView,
    geometry: &ContainerGeometry,
    baseline: &Baseline,
    grid: PatchGrid,
    is_cargo: &[bool],
) -> Vec<UnitCount> {
    let Some(pitch) = geometry.pitch_mm else { return Vec::new() };
    let stacks = stacks(baseline, grid, is_cargo, pitch[0]);
    let is_row =
        |px: &&PixelBox| f64::from(px.width) * pitch[0] >= ROW_MM && f64::from(px.height) * pitch[1] >= LOWEST_MM;
    let counted: Vec<UnitCount> = stacks.iter().filter(is_row).filter_map(|px| repeating(view, *px, pitch)).collect();
    if !counted.is_empty() {
        return counted;
    }
    single(&stacks, pitch).into_iter().collect()
}

/// Boxes around the goods of each stretch of columns, within the space where goods can be seen.
fn stacks(baseline: &Baseline, grid: PatchGrid, is_cargo: &[bool], pitch_mm: f64) -> Vec<PixelBox> {
    let rows_of = |col: usize| (0..grid.rows).filter(move |row| is_cargo[row * grid.cols + col]);
    // One patch high is dunnage or a rim.
    let holds = |col: usize| rows_of(col).count() >= 2;
    let mut found = Vec::new();
    let mut col = 0;
    while col < grid.cols {
        let end = (col..grid.cols).find(|c| !holds(*c)).unwrap_or(grid.cols);
        if end > col {
            let top = (col..end).filter_map(|c| rows_of(c).min()).min().unwrap_or(0);
            let bottom = (col..end).filter_map(|c| rows_of(c).max()).max().unwrap_or(0);
            let ([x0, _], [_, x1]) = (grid.columns(col), grid.columns(end - 1));
            let ([y0, _], [_, y1]) = (grid.view_rows(top), grid.view_rows(bottom));
            // Posts at the ends and the floor below are darker than many loads.
            let (x0, x1) = (x0.max(baseline.goods[0]), x1.min(baseline.goods[1]));
            let y1 = y1.min(baseline.floor_row(x0, x1));
            if x1 > x0 && y1 > y0 && (x1 - x0) as f64 * pitch_mm >= SHORTEST_MM {
                let (width, height) = ((x1 - x0) as u32, (y1 - y0) as u32);
                found.push(PixelBox { x: x0 as u32, y: y0 as u32, width, height });
            }
        }
        col = end + 1;
    }
    found
}

/// The units of a stack that repeat.
fn repeating(view: &ImagedView, px: PixelBox, pitch: [f64; 2]) -> Option<UnitCount> {
    let (x0, x1, y0, y1) = (px.x as usize, px.right() as usize, px.y as usize, px.bottom() as usize);
    // The ragged top of a load and the floor are not part of every unit.
    let inset = (y1 - y0) / 8;
    let along: Vec<f64> = (x0..x1).map(|x| mean(view, x..x + 1, y0 + inset..y1 - inset)).collect();
    let period = period(&along, WIDTH_MM.map(|mm| mm / pitch[0]))?;
    let width_mm = period.pixels * pitch[0];
    let is_wall = (width_mm / CORRUGATION_MM - (width_mm / CORRUGATION_MM).round().max(1.0)).abs()
        < CORRUGATION_TOLERANCE * (width_mm / CORRUGATION_MM).round().max(1.0);
    if is_wall && period.contrast < FAINT {
        return None;
    }
    let units = (f64::from(px.width) / period.pixels).round();
    let upwards: Vec<f64> = (y0..y1).map(|y| mean(view, x0..x1, y..y + 1)).collect();
    let layer = self::period(&upwards, HEIGHT_MM.map(|mm| mm / pitch[1]));
    let layers = layer.as_ref().map(|layer| (f64::from(px.height) / layer.pixels).round() as u32);
    (units >= 2.0).then_some(UnitCount {
        px,
        along: units as u32,
        width_mm,
        layers: layers.filter(|layers| *layers >= 1),
        layer_mm: layer.map(|layer| layer.pixels * pitch[1]),
        regularity: period.correlation as f32,
    })
}

/// Short stacks that are alike and stand apart are units themselves.
fn single(stacks: &[PixelBox], pitch: [f64; 2]) -> Option<UnitCount> {
    let lengths: Vec<f64> = stacks.iter().map(|px| f64::from(px.width) * pitch[0]).collect();
    let (least, most) =
        lengths.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), l| (least.min(*l), most.max(*l)));
    let lowest = stacks.iter().map(|px| f64::from(px.height) * pitch[1]).fold(f64::INFINITY, f64::min);
    if stacks.len() < 2 || most > SINGLE_MM || least < (1.0 - ALIKE) * most || lowest < LOWEST_MM {
        return None;
    }
    let px = stacks.iter().copied().reduce(PixelBox::union)?;
    Some(UnitCount {
        px,
        along: stacks.len() as u32,
        width_mm: lengths.iter().sum::<f64>() / lengths.len() as f64,
        layers: Some(1),
        layer_mm: None,
        regularity: (least / most) as f32,
    })
}

/// Mean attenuation of what was measured in a block; 0 where nothing was.
fn mean(view: &ImagedView, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for y in rows {
        for x in columns.clone().filter(|x| is_good(view, *x, y)) {
            sum += f64::from(view.high.at(x, y)) / 4096.0;
            n += 1.0;
        }
    }
    if n > 0.0 { sum / n } else { 0.0 }
}

/// What repeats in a profile.
struct Period {
    pixels: f64,
    correlation: f64,
    /// Standard deviation of the profile less its slow course, over its mean.
    contrast: f64,
}

/// The shortest period of a profile within `range` pixels; it must fit in twice.
fn period(profile: &[f64], range: [f64; 2]) -> Option<Period> {
    let n = profile.len();
    let longest = (range[1].floor() as usize).min(n / 2);
    let shortest = (range[0].ceil() as usize).max(3);
    if longest <= shortest {
        return None;
    }
    // Seams are sharper than periods are whole numbers of pixels: smoothed, they meet again.
    let smooth: Vec<f64> = (0..n)
        .map(|i| {
            let window = &profile[i.saturating_sub(1)..(i + 2).min(n)];
            window.iter().sum::<f64>() / window.len() as f64
        })
        .collect();
    let profile = &smooth;
    // Slow course: means over twice the longest period.
    let sums: Vec<f64> = std::iter::once(0.0)
        .chain(profile.iter().scan(0.0, |sum, v| {
            *sum += v;
            Some(*sum)
        }))
        .collect();
    let reach = longest;
    let level = |i: usize| {
        let (from, to) = (i.saturating_sub(reach), (i + reach + 1).min(n));
        (sums[to] - sums[from]) / (to - from) as f64
    };
    // A single dark thing must not outweigh what repeats.
    let mut sizes: Vec<f64> = (0..n).map(|i| (profile[i] - level(i)).abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let largest = OUTLYING * sizes[n * 4 / 5];
    let fast: Vec<f64> = (0..n).map(|i| (profile[i] - level(i)).clamp(-largest, largest)).collect();
    let correlation = |lag: usize| {
        let (a, b) = (&fast[..n - lag], &fast[lag..]);
        let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
        product / (norm(a) * norm(b)).sqrt().max(1e-12)
    };
    let values: Vec<f64> = (0..=longest).map(|lag| if lag == 0 { 1.0 } else { correlation(lag) }).collect();
    let mut dip = values[..shortest].iter().copied().fold(1.0, f64::min);
    let mut peaks = Vec::new();
    for lag in shortest..longest {
        dip = dip.min(values[lag]);
        let is_peak = values[lag] >= values[lag - 1] && values[lag] > values[lag + 1];
        if is_peak && values[lag] >= REPEATS && values[lag] - dip >= STANDS_OUT {
            peaks.push((lag, values[lag]));
        }
    }
    // Multiples of the true period are about as good: the shortest of those that are.
    let highest = peaks.iter().map(|(_, c)| *c).fold(0.0, f64::max);
    let (lag, correlation) = peaks.into_iter().find(|(_, c)| *c >= AS_GOOD * highest)?;
    // The peak's place between pixels: vertex of the parabola through three values.
    let (a, b, c) = (values[lag - 1], values[lag], values[lag + 1]);
    let curve = a - 2.0 * b + c;
    let shift = if curve < -1e-9 { (0.5 * (a - c) / curve).clamp(-0.5, 0.5) } else { 0.0 };
    let moment = |k: i32| fast.iter().map(|v| v.powi(k)).sum::<f64>() / n as f64;
    let (mean, variance) = (sums[n] / n as f64, moment(2));
    if moment(3) > LINES * variance.powf(1.5) {
        return None;
    }
    Some(Period { pixels: lag as f64 + shift, correlation, contrast: variance.sqrt() / mean.max(1e-6) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(i: usize) -> f64 {
        f64::from((i as u32).wrapping_mul(2_654_435_761) >> 8) / 16_777_216.0 - 0.5
    }

    #[test]
    fn seams_between_units_give_their_width() {
        // Units of 61.5 pixels with seams of 3, on a slope, with noise.
        let profile: Vec<f64> = (0..600)
            .map(|i| {
                let seam = if (i as f64 % 61.5) < 3.0 { 0.4 } else { 1.0 };
                seam + 0.0005 * i as f64 + 0.1 * noise(i)
            })
            .collect();
        let found = period(&profile, [18.0, 250.0]).unwrap();
        assert!((found.pixels - 61.5).abs() < 0.6 && found.correlation > 0.6, "{}", found.pixels);
        // Dark lines at the same places are battens or straps.
        let inverse: Vec<f64> = profile.iter().map(|v| 2.0 - v).collect();
        assert!(period(&inverse, [18.0, 250.0]).is_none());
    }

    #[test]
    fn noise_and_slopes_do_not_repeat() {
        let rough: Vec<f64> = (0..600).map(|i| 1.0 + 0.001 * i as f64 + 0.2 * noise(i)).collect();
        assert!(period(&rough, [18.0, 250.0]).is_none());
        assert!(period(&[1.0; 30], [18.0, 250.0]).is_none());
        assert!(period(&[1.0; 400], [18.0, 250.0]).is_none());
    }

    #[test]
    fn stacks_that_are_alike_are_units() {
        let stack = |x: u32, width: u32| PixelBox { x, y: 100, width, height: 80 };
        let coils = single(&[stack(0, 90), stack(150, 95), stack(300, 100)], [12.0, 12.0]).unwrap();
        assert_eq!((coils.along, coils.layers), (3, Some(1)));
        assert!(single(&[stack(0, 90), stack(150, 30)], [12.0, 12.0]).is_none());
        assert!(single(&[stack(0, 90)], [12.0, 12.0]).is_none());
        // Blocks of a platform trailer show above the floor of an empty box.
        let block = |x: u32| PixelBox { height: 30, ..stack(x, 90) };
        assert!(single(&[block(0), block(150), block(300)], [12.0, 12.0]).is_none());
    }
}
