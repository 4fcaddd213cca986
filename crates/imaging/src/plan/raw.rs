use pellucid_core::{RawView, Validity};

use super::{BandPlan, DosePlan, PlanOptions};
use crate::ImagingError;
use crate::gain_change::{self, Band, GainChange};
use crate::interlace::{Interlace, interlace};
use crate::kernels::registration::{self, Taps};
use crate::kernels::{bad_detectors, interpolation, logarithm, noise};
use crate::passes::{self, Row};
use crate::pulse_jitter::pulse_jitter;

/// Dose rows from which noise is measured; more would not sharpen it.
const NOISE_ROWS: usize = 32;

/// Farthest that the low band may lie beside the high one, in thousandths of a column.
const MAX_OFFSET_PER_MILLE: u16 = 1000;

/// The plan of one band of counts.
pub(super) fn plan_raw(
    index: usize,
    view: &RawView,
    band_index: usize,
    options: &PlanOptions,
    is_low: bool,
    other_gain_changes: &[GainChange],
) -> Result<BandPlan, ImagingError> {
    let band = &view.bands[band_index];
    let (width, height) = (band.counts.width(), band.counts.height());
    for (name, values) in [("dark", &band.dark), ("air", &band.air)] {
        if values.len() != height {
            let field = format!("bands[{}].{name}", band.kind.as_str());
            let (value, limit) = (values.len() as u64, height as u64);
            return Err(ImagingError::Mismatch { view: index, field, value, limit });
        }
    }
    let [first_row, end_row] = view.dose_rows;
    for (field, value, limit) in [("dose_rows.end", end_row, height as u32), ("dose_rows.start", first_row, end_row)]
    {
        if value > limit {
            let (value, limit) = (u64::from(value), u64::from(limit));
            return Err(ImagingError::OutOfRange { view: index, field: field.into(), value, limit });
        }
    }
    let median_gain = bad_detectors::median_gain(&band.dark, &band.air);
    let is_bad: Vec<bool> = (0..height)
        .map(|y| bad_detectors::is_bad(band.counts.row(y), band.dark[y], band.air[y], median_gain, band.max_value))
        .collect();
    let gain = |y: usize| band.air[y].saturating_sub(band.dark[y]);
    let dose_rows = first_row as usize..end_row as usize;
    let mut rows: Vec<Row> = interpolation::sources(&is_bad)
        .into_iter()
        .enumerate()
        .map(|(y, source)| {
            let gain_ln = if is_bad[y] { 0 } else { logarithm::ln_table()[usize::from(gain(y))] };
            let is_dose = u32::from(dose_rows.contains(&y) && !is_bad[y]);
            Row { is_dose, ..Row::new(band.dark[y], gain_ln, source) }
        })
        .collect();
    let noise_rows = dose_rows.start..dose_rows.end.min(dose_rows.start + NOISE_ROWS);
    let air_sigma =
        noise::air_sigma(noise_rows, |y| (!is_bad[y]).then(|| (band.counts.row(y), band.dark[y], band.air[y])));
    let gains: Vec<u16> = (0..height).map(gain).collect();
    let counts = band.counts.pixels();
    let (gain_changes, drifts) = {
        let band = Band { width, counts, rows: &rows, gains: &gains, max_value: band.max_value, sigma: air_sigma };
        let changes = gain_change::find(&band, other_gain_changes);
        let (drifts, firsts) = gain_change::blocks(&band, &changes);
        rows.iter_mut().zip(firsts).for_each(|(row, first)| row.drift = first);
        (changes, drifts)
    };
    keep_steady_dose_rows(&mut rows, &gain_changes);
    let reference_sum = dose_rows.filter(|y| rows[*y].is_dose != 0).map(|y| u32::from(gains[y])).sum();
    // Only the high band's limit bounds mass; where the low band alone sees nothing, material says so.
    let dropped = if is_low { Validity::PENETRATION_LIMITED } else { 0 };
    let floor = u32::from(options.penetration_floor.max(1));
    let scatter = u32::from(median_gain) * u32::from(options.scatter_per_mille) / 1000;
    Ok(BandPlan {
        band: band_index,
        rows,
        drifts,
        gain_changes,
        column_offset: 0.0,
        uncertain_offset: None,
        dose: DosePlan::Measured(passes::dose::Params { width: width as u32, first_row, end_row, reference_sum }),
        attenuate: passes::attenuate::Params {
            width: width as u32,
            height: height as u32,
            max_value: u32::from(band.max_value),
            floor,
            is_inverted: 0,
            keep_bits: u32::from(!dropped),
            is_merged: u32::from(is_low),
            limit: floor.max(scatter.min(u32::from(u16::MAX))),
            is_filtered: 1,
            first_tap: Taps::IDENTITY.first,
            padding: [0; 2],
            weights: Taps::IDENTITY.weights,
        },
        bad_rows: is_bad.iter().filter(|bad| **bad).count(),
        air_sigma,
    })
}

/// Holds the bands against each other: registers the low one to the high one, by what the site says, else by what the
/// scanner states, else by what the scan itself shows; and says how much their pulses change against each other.
pub(super) fn join(
    index: usize,
    view: &RawView,
    options: &PlanOptions,
    high: &BandPlan,
    low: &mut BandPlan,
) -> Result<Option<f64>, ImagingError> {
    let gains = [high.band, low.band].map(|band| {
        let band = &view.bands[band];
        band.air.iter().zip(&band.dark).map(|(air, dark)| air.saturating_sub(*dark)).collect::<Vec<u16>>()
    });
    let [high_band, low_band] = [(high, &gains[0]), (&*low, &gains[1])].map(|(plan, gains)| {
        let band = &view.bands[plan.band];
        let (width, counts) = (band.counts.width(), band.counts.pixels());
        Band { width, counts, rows: &plan.rows, gains, max_value: band.max_value, sigma: plan.air_sigma }
    });
    let jitter = pulse_jitter(&high_band, &low_band);
    let (column_offset, uncertain_offset) = match options.low_offset_per_mille {
        Some(offset) if offset.unsigned_abs() > MAX_OFFSET_PER_MILLE => {
            let (value, limit) = (u64::from(offset.unsigned_abs()), u64::from(MAX_OFFSET_PER_MILLE));
            let field = "options.low_offset_per_mille".to_owned();
            return Err(ImagingError::OutOfRange { view: index, field, value, limit });
        }
        Some(offset) => (f64::from(offset) / 1000.0, None),
        None => match stated_offset(view, high.band, low.band) {
            // What is known needs no estimate; what no registration reaches is said like what is not certain.
            Some(offset) if offset.abs() <= registration::MAX_OFFSET => (offset, None),
            Some(offset) => (0.0, Some(offset)),
            None => estimated_offset(&high_band, &low_band, [high.attenuate.limit, low.attenuate.limit]),
        },
    };
    let taps = Taps::new(column_offset);
    (low.column_offset, low.uncertain_offset) = (column_offset, uncertain_offset);
    (low.attenuate.first_tap, low.attenuate.weights) = (taps.first, taps.weights);
    Ok(jitter)
}

/// Where the low band lies beside the high one, in columns, if the scanner states the place of either.
fn stated_offset(view: &RawView, high: usize, low: usize) -> Option<f64> {
    let [high, low] = [high, low].map(|band| view.bands[band].column_offset);
    (high.is_some() || low.is_some()).then(|| low.unwrap_or(0.0) - high.unwrap_or(0.0))
}

/// Where the low band lies beside the high one, in columns, as the scan shows it: certain, or not.
fn estimated_offset(high: &Band<'_>, low: &Band<'_>, limits: [u32; 2]) -> (f64, Option<f64>) {
    match interlace(high, low, limits) {
        Interlace::Known(offset) => (offset, None),
        Interlace::Uncertain(offset) => (0.0, Some(offset)),
    }
}

/// A row whose gain changed does not measure the dose, while most dose rows are steady.
fn keep_steady_dose_rows(rows: &mut [Row], changes: &[GainChange]) {
    let is_changed = |y: usize| changes.iter().any(|change| change.rows.contains(&y));
    let used: Vec<usize> = (0..rows.len()).filter(|y| rows[*y].is_dose != 0).collect();
    let (changed, steady): (Vec<usize>, Vec<usize>) = used.into_iter().partition(|y| is_changed(*y));
    if steady.len() > changed.len() {
        changed.into_iter().for_each(|y| rows[y].is_dose = 0);
    }
}
