use crate::dice::Dice;
use crate::scanner::{Imperfections, ScannerBand};

/// The detectors of one band as they really are: dark, gain, and which are dead.
#[derive(Debug, Clone)]
pub(crate) struct DetectorArray {
    dark: Vec<f64>,
    /// Counts above dark in air at dose 1; 0 for a dead detector.
    gain: Vec<f64>,
    /// Counts that a stuck detector always gives.
    stuck: Vec<Option<u16>>,
    counts_per_quantum: f64,
    flaws: Imperfections,
    /// Scatter of this scan as a share of I₀.
    pub(crate) scatter: f64,
}

/// Largest value of a 16-bit file.
pub(crate) const FULL_SCALE: u16 = 65_535;

impl DetectorArray {
    pub(crate) fn new(band: &ScannerBand, flaws: &Imperfections, rows: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed, &format!("detectors {}", band.kind.as_str()));
        // Both bands share the crystals, so the same detectors are dead in both.
        let mut shared = Dice::new(seed, "dead detectors and scatter");
        let mut dead = vec![None; rows];
        for _ in 0..shared.whole(flaws.dead_detectors[0], flaws.dead_detectors[1]) {
            let row = shared.below(rows);
            dead[row] = Some(shared.chance(0.5));
        }
        let scatter = shared.within(flaws.scatter);
        let mut array = Self {
            dark: Vec::with_capacity(rows),
            gain: Vec::with_capacity(rows),
            stuck: vec![None; rows],
            counts_per_quantum: band.air_counts / band.air_quanta,
            flaws: flaws.clone(),
            scatter,
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

    /// Dose of one pulse relative to the calibration's.
    pub(crate) fn dose(&self, dice: &mut Dice) -> f64 {
        (1.0 + self.flaws.dose_jitter * dice.normal()).max(0.1)
    }

    /// Mean counts of a row behind a transmission (scatter included) at a dose, and the variance of the counts.
    pub(crate) fn mean_and_variance(&self, row: usize, transmission: f64, dose: f64) -> (f64, f64) {
        let signal = self.gain[row] * transmission * dose;
        let quantum = self.flaws.excess_noise * self.counts_per_quantum * signal;
        (self.dark[row] + signal, quantum + self.flaws.electronic_noise * self.flaws.electronic_noise)
    }

    /// Counts of a row, with noise: a compound Poisson number of photons, each leaving a random energy.
    pub(crate) fn read(&self, row: usize, transmission: f64, dose: f64, dice: &mut Dice) -> u16 {
        if let Some(value) = self.stuck[row] {
            return value;
        }
        let (mean, variance) = self.mean_and_variance(row, transmission, dose);
        let signal = mean - self.dark[row];
        let quanta = signal / self.counts_per_quantum;
        if self.flaws.excess_noise <= 0.0 || quanta > 200.0 {
            return counts(mean + variance.sqrt() * dice.normal());
        }
        let arrived = dice.poisson(quanta);
        let spread = ((self.flaws.excess_noise - 1.0).max(0.0) * arrived).sqrt();
        let left = (arrived + spread * dice.normal()).max(0.0);
        counts(self.dark[row] + left * self.counts_per_quantum + self.flaws.electronic_noise * dice.normal())
    }
}

fn counts(value: f64) -> u16 {
    (value + 0.5).clamp(0.0, f64::from(FULL_SCALE)) as u16
}

#[cfg(test)]
mod tests {
    use pellucid_core::BandKind;

    use super::*;
    use crate::Scanner;

    #[test]
    fn variance_of_counts_follows_the_model() {
        let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        let mut flaws = scanner.imperfections.clone();
        flaws.dead_detectors = [0, 0];
        let array = DetectorArray::new(&scanner.bands[0], &flaws, 8, 5);
        for (transmission, dose) in [(1.0, 1.0), (0.5, 0.98), (0.02, 1.0), (8e-4, 1.02), (2e-4, 1.0)] {
            let mut dice = Dice::new(11, "noise");
            let draws: Vec<f64> =
                (0..30_000).map(|_| f64::from(array.read(3, transmission, dose, &mut dice))).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / draws.len() as f64;
            let (expected_mean, expected_variance) = array.mean_and_variance(3, transmission, dose);
            // Rounding to whole counts adds 1/12; the mean is known to within 5 standard errors.
            assert!((mean - expected_mean).abs() < 5.0 * (expected_variance / 30_000.0_f64).sqrt() + 0.2, "{mean}");
            assert!((variance / (expected_variance + 1.0 / 12.0) - 1.0).abs() < 0.05, "{transmission}: {variance}");
        }
    }

    #[test]
    fn dead_detectors_are_dead_in_both_bands() {
        let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        let mut flaws = scanner.imperfections.clone();
        flaws.dead_detectors = [3, 3];
        let dead: Vec<Vec<bool>> = scanner
            .bands
            .iter()
            .map(|band| DetectorArray::new(band, &flaws, 100, 9))
            .map(|array| array.gain.iter().map(|g| *g == 0.0).collect())
            .collect();
        assert_eq!(scanner.bands[1].kind, BandKind::Low);
        assert_eq!(dead[0], dead[1]);
        assert!((1..=3).contains(&dead[0].iter().filter(|d| **d).count()));
    }
}
