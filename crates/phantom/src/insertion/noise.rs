//! How much the counts of a band scatter, as the scan itself shows it, and what has to be added where a signal falls.
//!
//! Compound Poisson: a signal of `m` counts above dark has the variance `F c m q(A) + e²`, with c the counts that one
//! quantum leaves, F the excess `⟨ε²⟩/⟨ε⟩²`, e the electronic noise and q how much larger quanta are behind attenuation A
//! (1 unless asked for). Behind what is put in, the scatter that is there shrinks with the signal, to `r²` of its variance;
//! the rest up to the variance of the new mean is drawn: a compound Poisson number again, so that few quanta look like few.

use pellucid_imaging::physics::{BandNoise, BandResponse};

use super::blur::filtered;
use crate::dice::Dice;

/// `⟨ε²⟩/⟨ε⟩²` where nothing says more (DOMAIN §3: 1.2–1.4).
pub(super) const EXCESS: f64 = 1.3;
/// Variance per count, and electronic noise in counts, where the scan shows none of it.
const USUAL_SLOPE: f64 = 0.15;
const USUAL_ELECTRONIC: f64 = 3.0;
/// Quads of pixels from which a spread is read, at least.
const FEWEST: usize = 500;
/// Correlation below which neighbours count as independent.
const INDEPENDENT: f64 = 0.03;

/// Noise of one band's counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountNoise {
    /// Variance per count above dark: counts of a quantum times their excess.
    pub variance_per_count: f64,
    /// Standard deviation of the electronics, counts.
    pub electronic: f64,
    /// Correlation of a pixel's noise with that of its neighbour along x and y, within ±0.7.
    pub correlation: [f64; 2],
}

/// What a spread can be read from: one band's signal, larger for more light.
pub(super) struct Sample<'a> {
    pub(super) size: (usize, usize),
    /// Rows that see air in every column.
    pub(super) air_rows: std::ops::Range<usize>,
    /// Counts above dark, NaN where the detector is dead or the beam off.
    pub(super) signal: &'a dyn Fn(usize, usize) -> f64,
    /// The same of air at the column's dose.
    pub(super) air: &'a dyn Fn(usize, usize) -> f64,
}

impl CountNoise {
    /// Read from a scan; says what had to be assumed.
    pub(super) fn of(sample: &Sample<'_>, assumed: &mut Vec<String>) -> Self {
        let correlation = correlation(sample);
        let through = |x: usize, y: usize| (sample.signal)(x, y) / (sample.air)(x, y);
        // Neighbours that go up and down together spread less against each other.
        let alone = (1.0 - correlation[0]) * (1.0 - correlation[1]);
        let bright = quads(sample, |x, y| through(x, y) > 0.9).map(|[v, m]| [v / alone, m]);
        let dark = quads(sample, |x, y| through(x, y) < 0.01).map(|[v, m]| [v / alone, m]);
        let [variance, mean] = bright.unwrap_or_else(|| {
            assumed.push(format!("no air to read noise from: a variance of {USUAL_SLOPE} per count"));
            [USUAL_SLOPE + 1.0 / 12.0, 1.0]
        });
        let slope = ((variance - 1.0 / 12.0) / mean.max(1.0)).max(0.0);
        // A scan without any noise has none in the dark either.
        let usual = if slope > 1e-6 { USUAL_ELECTRONIC } else { 0.0 };
        let square = dark.map(|[v, m]| (v - 1.0 / 12.0 - slope * m.max(0.0)).max(0.0)).unwrap_or_else(|| {
            assumed.push(format!("nothing dark to read electronic noise from: {usual} counts"));
            usual * usual
        });
        let electronic = square.min(variance).sqrt();
        let left = ((variance - 1.0 / 12.0 - electronic * electronic) / mean.max(1.0)).max(0.0);
        Self { variance_per_count: if bright.is_some() { left } else { slope }, electronic, correlation }
    }

    /// Variance of a signal of `mean` counts above dark of quanta `quantum` times those in air.
    pub(super) fn variance(&self, mean: f64, quantum: f64) -> f64 {
        self.variance_per_count * mean.max(0.0) * quantum + self.electronic * self.electronic
    }
}

/// Variance (from `a − b − c + d` over quads of pixels, which knows nothing of dose or gain, edges left out) and mean.
fn quads(sample: &Sample<'_>, is_meant: impl Fn(usize, usize) -> bool) -> Option<[f64; 2]> {
    let (width, height) = sample.size;
    let (mut spreads, mut sum) = (Vec::new(), 0.0);
    let step = (width * height / 400_000).max(1);
    for y in 0..height.saturating_sub(1) {
        for x in (0..width.saturating_sub(1)).step_by(step) {
            let corners = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
            if !corners.iter().all(|(x, y)| is_meant(*x, *y)) {
                continue;
            }
            // Relative to air, so that rows of other gain and columns of other dose cancel.
            let air = corners.map(|(x, y)| (sample.air)(x, y));
            let through: Vec<f64> = corners.iter().zip(air).map(|((x, y), a)| (sample.signal)(*x, *y) / a).collect();
            let middle = air.iter().sum::<f64>() / 4.0;
            spreads.push((through[0] - through[1] - through[2] + through[3]).abs() * middle);
            sum += through.iter().sum::<f64>() * middle / 4.0;
        }
    }
    let n = spreads.len();
    if n < FEWEST {
        return None;
    }
    let median = *spreads.select_nth_unstable_by(n / 2, f64::total_cmp).1;
    // The median of whole counts is coarse: it only tells which quads are edges, beyond four standard deviations.
    let limit = 4.0 * (1.4826 * median).max(1.0);
    let squares: Vec<f64> = spreads.into_iter().filter(|d| *d <= limit).map(|d| d * d / 4.0).collect();
    Some([squares.iter().sum::<f64>() / squares.len() as f64, sum / n as f64])
}

/// Correlation with the next pixel along x and y, from the rows that see air.
fn correlation(sample: &Sample<'_>) -> [f64; 2] {
    let rows: Vec<usize> =
        sample.air_rows.clone().filter(|y| (0..sample.size.0).any(|x| (sample.signal)(x, *y).is_finite())).collect();
    let (width, n) = (sample.size.0, rows.len());
    if n < 4 || width < 64 {
        return [0.0; 2];
    }
    let mut residual = vec![vec![0.0; width]; n];
    for (line, y) in residual.iter_mut().zip(&rows) {
        for (x, value) in line.iter_mut().enumerate() {
            let v = (sample.signal)(x, *y) / (sample.air)(x, *y);
            *value = if v.is_finite() { v } else { 1.0 };
        }
        let mean = line.iter().sum::<f64>() / width as f64;
        line.iter_mut().for_each(|v| *v -= mean);
    }
    for x in 0..width {
        let mean = residual.iter().map(|line| line[x]).sum::<f64>() / n as f64;
        residual.iter_mut().for_each(|line| line[x] -= mean);
    }
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let power: f64 = residual.iter().map(|line| product(line, line)).sum::<f64>() / (n * width) as f64;
    if power <= 0.0 {
        return [0.0; 2];
    }
    let along_x: f64 = residual.iter().map(|line| product(&line[1..], &line[..width - 1])).sum();
    let along_y: f64 = residual.windows(2).map(|pair| product(&pair[0], &pair[1])).sum();
    // Taking off the mean of n rows leaves neighbours a correlation of −1 / (n − 1).
    let found = [
        along_x / (n * (width - 1)) as f64 / power,
        along_y / ((n - 1) * width) as f64 / power + 1.0 / (n - 1) as f64,
    ];
    found.map(|r| if r.abs() < INDEPENDENT { 0.0 } else { r.clamp(-0.7, 0.7) })
}

/// One draw of mean 0 and variance 1: a compound Poisson number of `quanta`, of which one has the excess [`EXCESS`].
fn innovation(dice: &mut Dice, quanta: f64) -> f64 {
    if quanta <= 0.0 {
        return dice.normal();
    }
    (dice.photons(quanta, EXCESS) - quanta) / (EXCESS * quanta).sqrt()
}

/// Noise of the given variances over a window of columns: `[quantum, electronic]` per pixel, and the counts of a quantum.
pub(super) fn draw(
    variances: &[[f64; 2]],
    rows: usize,
    first_column: usize,
    noise: &CountNoise,
    seed: u64,
    label: &str,
) -> Vec<f64> {
    let quantum = noise.variance_per_count / EXCESS;
    let mut unit = vec![0.0; variances.len()];
    for (column, (unit, variances)) in unit.chunks_mut(rows).zip(variances.chunks(rows)).enumerate() {
        let mut dice = Dice::stream(seed, label, (first_column + column) as u64);
        for (unit, [photons, electronic]) in unit.iter_mut().zip(variances) {
            let quanta = photons / (EXCESS * quantum * quantum).max(1e-12);
            let total = photons + electronic;
            let value = innovation(&mut dice, quanta) * photons.sqrt() + dice.normal() * electronic.sqrt();
            // Where nothing is drawn the neighbours still need something to be correlated with.
            *unit = if total > 0.0 { value / total.sqrt() } else { dice.normal() };
        }
    }
    let unit = correlated(unit, rows, noise.correlation);
    unit.iter().zip(variances).map(|(u, [a, b])| u * (a + b).sqrt()).collect()
}

/// Independent values of variance 1 → values of variance 1 whose neighbours are correlated.
pub(super) fn correlated(mut values: Vec<f64>, rows: usize, correlation: [f64; 2]) -> Vec<f64> {
    for (r, is_along_x) in [(correlation[0], true), (correlation[1], false)] {
        if r != 0.0 {
            // Taps [a, 1, a] correlate neighbours by 2a / (1 + 2a²).
            let a = (1.0 - (1.0 - 2.0 * r * r).max(0.0).sqrt()) / (2.0 * r);
            let norm = 1.0 / (1.0 + 2.0 * a * a).sqrt();
            values = filtered(&values, rows, &[a * norm, norm, a * norm], is_along_x);
        }
    }
    values
}

/// How much larger the quanta behind an attenuation are than in air.
pub(super) fn quantum_growth(band: &BandResponse) -> BandNoise {
    BandNoise::new(band, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_noise_has_the_variance_and_correlation_that_was_asked_for() {
        for (correlation, variance) in [([0.0, 0.0], 4.0), ([0.4, 0.2], 900.0), ([0.0, -0.2], 0.02)] {
            let noise = CountNoise { variance_per_count: 0.15, electronic: 0.0, correlation };
            let (rows, columns) = (200, 200);
            let drawn = draw(&vec![[variance, 0.0]; rows * columns], rows, 0, &noise, 3, "test");
            let at = |c: usize, r: usize| drawn[c * rows + r];
            let (mut square, mut x, mut y) = (0.0, 0.0, 0.0);
            for c in 1..columns - 2 {
                for r in 1..rows - 2 {
                    square += at(c, r) * at(c, r);
                    x += at(c, r) * at(c + 1, r);
                    y += at(c, r) * at(c, r + 1);
                }
            }
            let n = ((columns - 3) * (rows - 3)) as f64;
            assert!((square / n / variance - 1.0).abs() < 0.03, "{correlation:?}: {}", square / n);
            assert!((x / square - correlation[0]).abs() < 0.02, "{correlation:?}: {}", x / square);
            assert!((y / square - correlation[1]).abs() < 0.02, "{correlation:?}: {}", y / square);
        }
    }

    #[test]
    fn a_scan_tells_its_noise() {
        // Rows 0..20 air, then a load down to nothing; dose jitter and gains that must not matter.
        let (width, height) = (300, 260);
        let noise = CountNoise { variance_per_count: 0.2, electronic: 4.0, correlation: [0.3, 0.0] };
        let air =
            |x: usize, y: usize| (50_000.0 + 900.0 * (y % 7) as f64) * (1.0 + 0.01 * ((x * 37 % 11) as f64 - 5.0));
        let through = |y: usize| if y < 20 { 1.0 } else { 1e-4 };
        let mean: Vec<f64> = (0..width * height).map(|i| air(i / height, i % height) * through(i % height)).collect();
        let variances: Vec<[f64; 2]> = mean.iter().map(|m| [0.2 * m, 16.0]).collect();
        let drawn = draw(&variances, height, 0, &noise, 5, "test");
        let signal = |x: usize, y: usize| (mean[x * height + y] + drawn[x * height + y] + 0.5).floor();
        let mut assumed = Vec::new();
        let sample = Sample { size: (width, height), air_rows: 0..20, signal: &signal, air: &air };
        let found = CountNoise::of(&sample, &mut assumed);
        println!("{found:?}");
        assert!((found.variance_per_count / 0.2 - 1.0).abs() < 0.08, "{found:?}");
        assert!((found.electronic / 4.0 - 1.0).abs() < 0.08, "{found:?}");
        assert!((found.correlation[0] - 0.3).abs() < 0.04 && found.correlation[1] == 0.0, "{found:?}");
        assert!(assumed.is_empty(), "{assumed:?}");
    }
}
