use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Random draws that give the same values on every host: a ChaCha stream and `libm`.
///
/// Every part of a scene draws from its own stream, named by a label, so that a change in one part leaves the others.
#[derive(Debug, Clone)]
pub struct Dice {
    rng: ChaCha8Rng,
    spare: Option<f64>,
}

impl Dice {
    /// A stream of its own for `label` under `seed`.
    pub fn new(seed: u64, label: &str) -> Self {
        Self::stream(seed, label, 0)
    }

    /// The `index`-th stream of a label, such as one per column.
    pub fn stream(seed: u64, label: &str, index: u64) -> Self {
        // FNV-1a: any fixed hash of the label will do.
        let hash =
            label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ hash);
        rng.set_stream(index);
        Self { rng, spare: None }
    }

    /// Uniform in [0, 1).
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in a range given as a pair.
    pub fn within(&mut self, range: [f64; 2]) -> f64 {
        self.between(range[0], range[1])
    }

    /// A factor in [1 − spread, 1 + spread).
    pub fn about(&mut self, spread: f64) -> f64 {
        self.between(1.0 - spread, 1.0 + spread)
    }

    /// Whole number in [0, n); 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Whole number in [low, high].
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of several; `None` when there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// One of several by their shares, which add up to 1; `None` when there is none.
    pub fn share<T: Copy>(&mut self, choices: &[(T, f64)]) -> Option<T> {
        let mut at = self.unit();
        for (choice, share) in choices {
            if at < *share {
                return Some(*choice);
            }
            at -= share;
        }
        choices.last().map(|(choice, _)| *choice)
    }

    /// Standard normal (Box–Muller).
    #[inline]
    pub fn normal(&mut self) -> f64 {
        if let Some(value) = self.spare.take() {
            return value;
        }
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        let angle = std::f64::consts::TAU * self.unit();
        let (sin, cos) = libm::sincos(angle);
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Poisson count of mean `mean`; a normal approximation above 60.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal() + 0.5).max(0.0).floor();
        }
        let limit = libm::exp(-mean.max(0.0));
        let (mut count, mut product) = (0.0, self.unit());
        while product > limit {
            count += 1.0;
            product *= self.unit();
        }
        count
    }

    /// Gamma variate of mean and variance `shape`, above 0 (Marsaglia & Tsang, ACM TOMS 26 (2000) 363).
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = libm::pow(1.0 - self.unit(), 1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && libm::log(1.0 - self.unit()) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
                return d * v;
            }
        }
    }

    /// Signal of a compound Poisson number of photons, `mean` of them, in those of one photon: each leaves an energy with
    /// `⟨E²⟩/⟨E⟩² = excess` (1 and up), gamma distributed. Variance `mean · excess`, third moment
    /// `mean · excess · (2 excess − 1)`; bremsstrahlung in thick crystals has 4 to 8 % less of the skewness (`tests/physics.rs`).
    pub(crate) fn photons(&mut self, mean: f64, excess: f64) -> f64 {
        if mean > MANY {
            let skewness = (2.0 * excess - 1.0) / (excess * mean).sqrt();
            let z = self.normal();
            // Cornish & Fisher's first term.
            return mean + (mean * excess).sqrt() * (z + skewness / 6.0 * (z * z - 1.0));
        }
        let arrived = self.poisson(mean);
        let spread = excess - 1.0;
        if arrived == 0.0 || spread < 1e-6 {
            return arrived;
        }
        spread * self.gamma(arrived / spread)
    }

    /// A whole seed for a part that draws by itself.
    pub fn seed(&mut self) -> u64 {
        self.rng.next_u64()
    }
}

/// Photons above which their number is not drawn: their signal is a normal variate, a little skewed.
const MANY: f64 = 60.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |seed, label: &str, index| Dice::stream(seed, label, index).unit();
        assert_eq!(draw(1, "a", 0), draw(1, "a", 0));
        assert_ne!(draw(1, "a", 0), draw(2, "a", 0));
        assert_ne!(draw(1, "a", 0), draw(1, "b", 0));
        assert_ne!(draw(1, "a", 0), draw(1, "a", 1));
    }

    #[test]
    fn draws_have_their_mean_and_variance() {
        let mut dice = Dice::new(7, "moments");
        for mean in [0.3, 8.0, 200.0] {
            let draws: Vec<f64> = (0..40_000).map(|_| dice.poisson(mean)).collect();
            let average = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|d| (d - average) * (d - average)).sum::<f64>() / draws.len() as f64;
            assert!((average / mean - 1.0).abs() < 0.04, "mean {average} of {mean}");
            assert!((variance / mean - 1.0).abs() < 0.05, "variance {variance} of {mean}");
        }
        for (mean, excess) in [(0.8, 1.9), (6.0, 1.3), (40.0, 1.0), (40.0, 3.0), (500.0, 1.9)] {
            let draws: Vec<f64> = (0..200_000).map(|_| dice.photons(mean, excess)).collect();
            let average = draws.iter().sum::<f64>() / draws.len() as f64;
            let moment = |power| draws.iter().map(|d| (d - average).powi(power)).sum::<f64>() / draws.len() as f64;
            let (variance, third) = (moment(2), moment(3));
            assert!((average / mean - 1.0).abs() < 0.01, "mean {average} of {mean}");
            assert!((variance / (mean * excess) - 1.0).abs() < 0.03, "{mean}, {excess}: variance {variance}");
            let expected = mean * excess * (2.0 * excess - 1.0);
            let error = 5.0 * (15.0 * variance.powi(3) / draws.len() as f64).sqrt();
            assert!((third - expected).abs() < 0.05 * expected + error, "{mean}, {excess}: {third} of {expected}");
        }
        let normals: Vec<f64> = (0..40_000).map(|_| dice.normal()).collect();
        let variance = normals.iter().map(|d| d * d).sum::<f64>() / normals.len() as f64;
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }
}
