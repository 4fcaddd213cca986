//! Counts of detectors: dark, gain, dose, scatter and noise of one band, read from the scan.

use pellucid_core::{RawBand, RawView};
use pellucid_imaging::kernels::bad_detectors::{is_bad, median_gain};
use pellucid_imaging::physics::BandNoise;

use super::calibration::CalibrationOptions;
use super::noise::{CountNoise, Sample};
use super::refuse;
use crate::error::PhantomError;

/// Scatter as a share of I₀ where nothing dark shows it (DOMAIN §3: 10⁻⁴ to 3·10⁻³).
const USUAL_SCATTER: f64 = 5e-4;
/// Signals that may be scatter alone, as a share of I₀, how many are needed, and the share of them that is darker.
const DARKEST: f64 = 6e-3;
const FEWEST_DARK: usize = 500;
const SCATTER_RANK: f64 = 0.1;
/// Doses below which the beam was off.
const BEAM_OFF: f64 = 0.1;

/// Counts of detectors.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) dark: Vec<f64>,
    /// Counts above dark in air at dose 1; NaN for a dead detector.
    pub(super) gain: Vec<f64>,
    /// Dose per column; NaN where the beam was off.
    pub(super) dose: Vec<f64>,
    /// Scatter per column as a share of I₀.
    pub(super) scatter: Vec<f64>,
    pub(super) noise: CountNoise,
    pub(super) growth: Option<BandNoise>,
    pub(super) max_value: u16,
}

impl Counts {
    /// Counts above dark of air at the column's dose; NaN where nothing is measured.
    pub(super) fn air(&self, x: usize, y: usize) -> f64 {
        self.gain[y] * self.dose[x]
    }

    /// Transmission without scatter.
    pub(super) fn through(&self, x: usize, y: usize, counts: u16) -> f64 {
        let scatter = self.scatter[x];
        ((f64::from(counts) - self.dark[y]) / self.air(x, y) - scatter) / (1.0 - scatter)
    }
}

/// Reads them from a band, the `order`-th that is calibrated.
///
/// # Errors
/// Dark, air or dose rows that do not fit the view; an option outside of its range.
pub(super) fn counts(
    view: &RawView,
    raw: &RawBand,
    order: usize,
    growth: Option<BandNoise>,
    options: &CalibrationOptions,
    assumed: &mut Vec<String>,
) -> Result<Counts, PhantomError> {
    let (width, height) = view.size();
    for (name, values) in [("dark", &raw.dark), ("air", &raw.air)] {
        if values.len() != height {
            let key = format!("bands[{}].{name}", raw.kind.as_str());
            return Err(refuse(key, format!("must have one value per row, {height}, got {}", values.len())));
        }
    }
    let [first, end] = view.dose_rows.map(|row| row as usize);
    if first > end || end > height {
        return Err(refuse("dose_rows", format!("must lie in 0 to {height}, got {first} to {end}")));
    }
    let middle = median_gain(&raw.dark, &raw.air);
    let is_dead = |y: usize| is_bad(raw.counts.row(y), raw.dark[y], raw.air[y], middle, raw.max_value);
    let gain: Vec<f64> = (0..height)
        .map(|y| if is_dead(y) { f64::NAN } else { f64::from(raw.air[y].saturating_sub(raw.dark[y])) })
        .collect();
    let dark: Vec<f64> = raw.dark.iter().map(|dark| f64::from(*dark)).collect();
    let share = |x: usize, y: usize| (f64::from(raw.counts.at(x, y)) - dark[y]) / gain[y];
    let air_rows: Vec<usize> = (first..end).filter(|y| gain[*y].is_finite()).collect();
    if air_rows.is_empty() {
        assumed.push(format!("{} band: no dose rows, so a dose of 1 in every column", raw.kind.as_str()));
    }
    let dose: Vec<f64> = (0..width)
        .map(|x| {
            let n = air_rows.len().max(1) as f64;
            let dose = if air_rows.is_empty() { 1.0 } else { air_rows.iter().map(|y| share(x, *y)).sum::<f64>() / n };
            if dose < BEAM_OFF { f64::NAN } else { dose }
        })
        .collect();
    let mut made = Counts {
        dark,
        gain,
        dose,
        scatter: vec![0.0; width],
        noise: CountNoise { variance_per_count: 0.0, electronic: 0.0, correlation: [0.0; 2] },
        growth,
        max_value: raw.max_value,
    };
    let scatter = scatter(raw, &made, options.scatter, assumed)?;
    made.scatter = scatter;
    made.noise = match &options.noise {
        Some(given) => checked_noise(given, order)?,
        None => {
            let signal = |x: usize, y: usize| f64::from(raw.counts.at(x, y)) - made.dark[y] + 0.0 * made.air(x, y);
            let air = |x: usize, y: usize| made.air(x, y);
            let sample = Sample { size: (width, height), air_rows: first..end, signal: &signal, air: &air };
            CountNoise::of(&sample, assumed)
        }
    };
    Ok(made)
}

fn checked_noise(given: &[CountNoise], order: usize) -> Result<CountNoise, PhantomError> {
    let Some(noise) = given.get(order) else {
        return Err(refuse("noise", format!("must have one entry per band, got {}", given.len())));
    };
    let key = |name: &str| format!("noise[{order}].{name}");
    for (name, value, low, high) in [
        ("variance_per_count", noise.variance_per_count, 0.0, 1e4),
        ("electronic", noise.electronic, 0.0, 1e4),
        ("correlation[0]", noise.correlation[0], -0.7, 0.7),
        ("correlation[1]", noise.correlation[1], -0.7, 0.7),
    ] {
        if !(low..=high).contains(&value) {
            return Err(refuse(key(name), format!("must lie in {low} to {high}, got {value}")));
        }
    }
    Ok(*noise)
}

/// Scatter per column: a share of what the whole column lets through, because that is where it comes from.
fn scatter(
    raw: &RawBand,
    made: &Counts,
    given: Option<f64>,
    assumed: &mut Vec<String>,
) -> Result<Vec<f64>, PhantomError> {
    if given.is_some_and(|share| !(0.0..=0.1).contains(&share)) {
        return Err(refuse("scatter", format!("must lie in 0 to 0.1, got {}", given.unwrap_or(f64::NAN))));
    }
    let (width, height) = (raw.counts.width(), raw.counts.height());
    let through = |x: usize, y: usize| made.through(x, y, raw.counts.at(x, y));
    let mean = |x: usize| {
        let good = (0..height).map(|y| through(x, y)).filter(|t| t.is_finite());
        let (sum, n) = good.fold((0.0, 0.0), |(sum, n), t| (sum + t, n + 1.0));
        if n > 0.0 { (sum / n).clamp(0.0, 1.0) } else { 0.0 }
    };
    let means: Vec<f64> = (0..width).map(mean).collect();
    let share = match given {
        Some(share) => share,
        None => {
            let step = (width * height / 400_000).max(1);
            let columns = (0..width).step_by(step).filter(|x| means[*x] > 0.02);
            let pixels = columns.flat_map(|x| (0..height).map(move |y| (x, y)));
            let mut darkest: Vec<f64> = pixels
                .map(|(x, y)| (through(x, y), x))
                .filter(|(t, _)| *t < DARKEST)
                .map(|(t, x)| t / means[x])
                .collect();
            if darkest.len() < FEWEST_DARK {
                assumed.push(format!(
                    "{} band: nothing dark enough to read scatter from: {USUAL_SCATTER} of I₀",
                    raw.kind.as_str()
                ));
                USUAL_SCATTER
            } else {
                let rank = (darkest.len() as f64 * SCATTER_RANK) as usize;
                darkest.select_nth_unstable_by(rank, f64::total_cmp).1.clamp(0.0, 3e-3)
            }
        }
    };
    Ok(means.into_iter().map(|mean| share * mean).collect())
}
