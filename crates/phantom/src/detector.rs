use pellucid_core::BandKind;

use crate::dice::Dice;
use crate::pixels::Arriving;
use crate::scanner::{Imperfections, ScannerBand};

/// The detectors of one band as they really are: dark, gain, which are dead, how they change.
#[derive(Debug, Clone)]
pub(crate) struct DetectorArray {
    dark: Vec<f64>,
    /// Counts above dark in air at dose 1; 0 for a dead detector.
    gain: Vec<f64>,
    /// Counts that a stuck detector always gives.
    stuck: Vec<Option<u16>>,
    /// How far dark (counts) and gain (relative) have moved by the last column.
    dark_drift: Vec<f64>,
    gain_drift: Vec<f64>,
    steps: Vec<GainStep>,
    counts_per_quantum: f64,
    flaws: Imperfections,
    /// Scatter of this scan as a share of I₀.
    scatter: f64,
    columns: usize,
    seed: u64,
    label: &'static str,
}

/// A board of detectors whose gain jumps in mid-scan.
#[derive(Debug, Clone)]
struct GainStep {
    rows: std::ops::Range<usize>,
    column: usize,
    factor: f64,
}

/// Largest value of a 16-bit file.
pub(crate) const FULL_SCALE: u16 = 65_535;
/// Photons above which the skewness of their noise, below 0.03, is left out and theirs and that of electronics are one draw.
const PLENTY: f64 = 5_000.0;
/// Detectors on one board, which change together.
const BOARD: usize = 32;

impl DetectorArray {
    pub(crate) fn new(band: &ScannerBand, flaws: &Imperfections, rows: usize, columns: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed, &format!("detectors {}", band.kind.as_str()));
        // Both bands share the crystals, so the same detectors are dead in both.
        let mut shared = Dice::new(seed, "dead detectors and scatter");
        let mut dead = vec![None; rows];
        for _ in 0..shared.whole(flaws.dead_detectors[0], flaws.dead_detectors[1]) {
            let row = shared.below(rows);
            dead[row] = Some(shared.chance(0.5));
        }
        let scatter = shared.within(flaws.scatter);
        // Both bands share the amplifiers: they drift and jump together.
        let mut moving = Dice::new(seed, "drift and steps");
        let dark_drift = (0..rows).map(|_| flaws.dark_drift * moving.normal()).collect();
        let gain_drift = (0..rows).map(|_| (flaws.gain_drift * moving.normal()).clamp(-0.5, 0.5)).collect();
        let steps = (0..moving.whole(flaws.gain_steps[0], flaws.gain_steps[1])).map(|_| {
            let board = moving.below(rows.div_ceil(BOARD));
            let sign = if moving.chance(0.5) { 1.0 } else { -1.0 };
            GainStep {
                rows: board * BOARD..((board + 1) * BOARD).min(rows),
                column: (moving.between(0.1, 0.9) * columns as f64) as usize,
                factor: 1.0 + sign * flaws.gain_step_size * moving.between(0.5, 1.5),
            }
        });
        let steps = steps.collect();
        let mut array = Self {
            dark: Vec::with_capacity(rows),
            gain: Vec::with_capacity(rows),
            stuck: vec![None; rows],
            dark_drift,
            gain_drift,
            steps,
            counts_per_quantum: band.air_counts / band.air_quanta,
            flaws: flaws.clone(),
            scatter,
            columns,
            seed,
            label: if band.kind == BandKind::High { "noise high" } else { "noise low" },
        };
        for (row, dead) in dead.into_iter().enumerate() {
            let off_axis = (row as f64 + 0.5) / rows as f64 * 2.0 - 1.0;
            let profile = 1.0 - flaws.off_axis_loss * off_axis * off_axis;
            let gain = band.air_counts * profile * (1.0 + flaws.gain_spread * dice.normal()).clamp(0.5, 1.2);
            let dark = (flaws.dark_counts + flaws.dark_spread * dice.normal()).max(0.0);
            // Air must stay below full scale, or every scan would be saturated.
            array.gain.push(if dead.is_some() { 0.0 } else { gain.min(63_000.0 - dark) });
            array.dark.push(dark);
            if dead == Some(true) {
                array.stuck[row] = Some(dice.between(0.0, 60_000.0) as u16);
            }
        }
        array
    }

    /// Dark as the calibration found it.
    pub(crate) fn dark(&self) -> Vec<u16> {
        self.dark.iter().zip(&self.stuck).map(|(dark, stuck)| stuck.unwrap_or_else(|| counts(*dark))).collect()
    }

    /// Air as the calibration found it.
    pub(crate) fn air(&self) -> Vec<u16> {
        let rows = self.dark.iter().zip(&self.gain).zip(&self.stuck);
        rows.map(|((dark, gain), stuck)| stuck.unwrap_or_else(|| counts(dark + gain))).collect()
    }

    /// Gain of a row in a column over that of the calibration.
    fn change(&self, row: usize, column: usize) -> f64 {
        let drift = 1.0 + self.gain_drift[row] * self.progress(column);
        let steps = self.steps.iter().filter(|step| step.rows.contains(&row) && column >= step.column);
        steps.fold(drift, |gain, step| gain * step.factor)
    }

    fn progress(&self, column: usize) -> f64 {
        (column as f64 + 0.5) / self.columns.max(1) as f64
    }

    /// Reads a column: what arrives now, with noise, and a rest of what arrived `before`. The noise is drawn here, or is
    /// given ([`Self::noise`]).
    pub(crate) fn read(&self, now: &Arriving, before: &[f32], noise: Option<&[f32]>, column: usize) -> Vec<u16> {
        let mut dice = Dice::stream(self.seed, self.label, column as u64);
        // Where light stays in its pixel, that of photons and that of electronics are one noise.
        let is_one = noise.is_some() || (self.flaws.crosstalk <= 0.0 && self.flaws.lag <= 0.0);
        let arriving = self.arriving(now, &mut dice);
        let mut light: Vec<f64> = match noise {
            Some(noise) => {
                let rows = arriving.into_iter().zip(noise).enumerate();
                rows.map(|(row, (light, noise))| light[0] + f64::from(*noise) * self.sigma(row, light)).collect()
            }
            None => {
                let rows = arriving.into_iter().enumerate();
                rows.map(|(row, light)| {
                    self.light(row, light, if is_one { self.electronic(row) } else { 0.0 }, &mut dice)
                })
                .collect()
            }
        };
        let crosstalk = self.flaws.crosstalk;
        if crosstalk > 0.0 {
            let alone = light.clone();
            for (row, light) in light.iter_mut().enumerate() {
                let above = alone[row.saturating_sub(1)];
                let below = alone[(row + 1).min(alone.len() - 1)];
                *light += crosstalk * (above + below - 2.0 * alone[row]);
            }
        }
        let lag = self.flaws.lag;
        if lag > 0.0 {
            let scatter = self.scattered(before);
            for (light, t) in light.iter_mut().zip(before) {
                let t = f64::from(*t);
                *light += lag * (t + scatter * (1.0 - t) - *light);
            }
        }
        let is_moving = self.flaws.gain_drift > 0.0 || !self.steps.is_empty();
        light
            .into_iter()
            .enumerate()
            .map(|(row, light)| {
                if let Some(value) = self.stuck[row] {
                    return value;
                }
                let change = if is_moving { self.change(row, column) } else { 1.0 };
                let dark = self.dark[row] + self.dark_drift[row] * self.progress(column);
                let is_noisy = is_one && self.gain[row] > 0.0;
                let noise = if is_noisy { 0.0 } else { self.flaws.electronic_noise * dice.normal() };
                counts(dark + self.gain[row] * light * change + noise)
            })
            .collect()
    }

    /// The noise of a column in standard deviations of each pixel: that of photons and of electronics.
    pub(crate) fn noise(&self, now: &Arriving, column: usize) -> Vec<f32> {
        let mut dice = Dice::stream(self.seed, self.label, column as u64);
        let rows = self.arriving(now, &mut dice).into_iter().enumerate();
        rows.map(|(row, light)| {
            let sigma = self.sigma(row, light);
            let noisy = self.light(row, light, self.electronic(row), &mut dice);
            if sigma > 0.0 { ((noisy - light[0]) / sigma) as f32 } else { 0.0 }
        })
        .collect()
    }

    /// Mean and variance of each row's light and number of its photons over those in air, with the pulse's dose and with scatter.
    fn arriving(&self, now: &Arriving, dice: &mut Dice) -> Vec<[f64; 3]> {
        let dose = (1.0 + self.flaws.dose_jitter * dice.normal()).max(0.1);
        let scatter = self.scattered(&now.transmission);
        let rows = now.transmission.iter().zip(&now.variance).zip(&now.quanta);
        rows.map(|((t, v), n)| {
            let more = scatter * (1.0 - f64::from(*t));
            [t, v, n].map(|share| (f64::from(*share) + more) * dose)
        })
        .collect()
    }

    /// Scatter comes from the whole illuminated column: most where most of the beam gets through.
    fn scattered(&self, through: &[f32]) -> f64 {
        self.scatter * through.iter().map(|t| f64::from(*t)).sum::<f64>() / through.len().max(1) as f64
    }

    /// Electronic noise of a row as a share of its light in air.
    fn electronic(&self, row: usize) -> f64 {
        if self.gain[row] > 0.0 { self.flaws.electronic_noise / self.gain[row] } else { 0.0 }
    }

    /// Standard deviation of [`Self::light`].
    fn sigma(&self, row: usize, [_, variance, _]: [f64; 3]) -> f64 {
        let quanta_in_air = self.gain[row] / self.counts_per_quantum;
        let photons =
            if quanta_in_air > 0.0 { self.flaws.excess_noise.max(0.0) * variance / quanta_in_air } else { 0.0 };
        let electronic = self.electronic(row);
        (photons + electronic * electronic).sqrt()
    }

    /// Light of a row as a share of that in air, with noise: a compound Poisson number of photons, each leaving a random
    /// energy, and `electronic` noise. Mean, variance and photons are over those in air.
    fn light(&self, row: usize, [mean, variance, quanta]: [f64; 3], electronic: f64, dice: &mut Dice) -> f64 {
        let quanta_in_air = self.gain[row] / self.counts_per_quantum;
        if self.flaws.excess_noise <= 0.0 || quanta_in_air <= 0.0 || mean <= 0.0 {
            return if electronic > 0.0 { mean + electronic * dice.normal() } else { mean };
        }
        let photons = self.flaws.excess_noise * variance / quanta_in_air;
        // Photons of a hardened beam are more alike. Where a machine states less excess in air than that, they are all alike.
        let excess = (self.flaws.excess_noise * variance * quanta / (mean * mean)).max(1.0);
        let arriving = mean * mean * excess / photons;
        if arriving > PLENTY {
            return mean + (photons + electronic * electronic).sqrt() * dice.normal();
        }
        let left = dice.photons(arriving, excess) * mean / arriving;
        if electronic > 0.0 { left + electronic * dice.normal() } else { left }
    }
}

fn counts(value: f64) -> u16 {
    (value + 0.5).clamp(0.0, f64::from(FULL_SCALE)) as u16
}
