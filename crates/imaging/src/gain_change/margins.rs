use std::ops::Range;

use super::Band;

/// Columns of a margin at least; fewer say too little.
const FEWEST_COLUMNS: usize = 24;
/// Columns of a margin at most; more would not sharpen it.
const MOST_COLUMNS: usize = 256;
/// Columns next to the vehicle that are left out.
const GAP: usize = 8;
/// Rows that are looked at to tell air.
const SAMPLED_ROWS: usize = 64;
/// Share of those rows that may be off in a column of air: detectors that changed, not a vehicle.
const ODD_SHARE: f64 = 0.25;
/// Deviation of transmission from 1 in air, beside five standard deviations of noise.
const AIR: f64 = 0.06;
/// Parts of a margin that must agree.
const PARTS: usize = 4;

/// A run of columns at the scan's border that show nothing but air.
pub(super) struct Margin {
    pub(super) columns: Range<usize>,
    /// `ln(gain / calibrated gain)` per row; `None` for bad rows and for rows that something stands in front of.
    pub(super) ln_gain: Vec<Option<f64>>,
}

/// Margins before and behind the vehicle.
pub(super) fn air_margins(band: &Band<'_>, doses: &[f64]) -> [Option<Margin>; 2] {
    let good: Vec<usize> = (0..band.rows.len()).filter(|y| band.is_good(*y)).collect();
    let sampled: Vec<usize> = good.iter().copied().step_by(good.len().div_ceil(SAMPLED_ROWS).max(1)).collect();
    let limit = AIR + 5.0 * band.sigma();
    let is_air = |x: &usize| {
        let odd = sampled.iter().filter(|y| (band.ratio(*x, **y) / doses[*x] - 1.0).abs() > limit).count();
        doses[*x] > 0.5 && odd as f64 <= ODD_SHARE * sampled.len() as f64
    };
    let width = band.width;
    let before = (0..width.min(MOST_COLUMNS + GAP)).take_while(is_air).count();
    let behind = (width.saturating_sub(MOST_COLUMNS + GAP)..width).rev().take_while(is_air).count();
    // A scan of nothing but air has no vehicle that parts the margins, and nothing that a correction could harm.
    let before = 0..before.saturating_sub(GAP);
    let behind = width - behind.saturating_sub(GAP)..width;
    [before, behind].map(|columns| (columns.len() >= FEWEST_COLUMNS).then(|| margin(band, doses, columns)))
}

fn margin(band: &Band<'_>, doses: &[f64], columns: Range<usize>) -> Margin {
    let part = columns.len() / PARTS;
    let ln_of = |y: usize, columns: Range<usize>| {
        let signal: f64 = columns.clone().map(|x| band.signal(x, y)).sum();
        let expected: f64 = doses[columns].iter().sum::<f64>() * f64::from(band.gains[y]);
        libm::log(signal / expected)
    };
    let slack = 5.0 * band.sigma() / (part as f64).sqrt();
    let mut ln_gain: Vec<Option<f64>> = (0..band.rows.len())
        .map(|y| {
            let is_full = |x: usize| band.counts[y * band.width + x] >= band.max_value;
            if !band.is_good(y) || columns.clone().any(is_full) {
                return None;
            }
            let whole = ln_of(y, columns.clone());
            let parts = (0..PARTS).map(|k| ln_of(y, columns.start + k * part..columns.start + (k + 1) * part));
            let is_even = parts.into_iter().all(|ln| (ln - whole).abs() <= slack + 0.3 * whole.abs());
            is_even.then_some(whole)
        })
        .collect();
    // What all rows share is the dose, not their gain.
    let mut known: Vec<f64> = ln_gain.iter().copied().flatten().collect();
    let middle = known.len() / 2;
    if middle < known.len() {
        let shared = *known.select_nth_unstable_by(middle, f64::total_cmp).1;
        ln_gain.iter_mut().flatten().for_each(|ln| *ln -= shared);
    }
    Margin { columns, ln_gain }
}
