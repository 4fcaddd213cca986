//! Log-densities and tails used by several checks. Natural logarithms; `libm` so that every machine gives the same bits.

const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_7;
const EULER: f64 = 0.577_215_664_901_532_9;
const SQRT_6_OVER_PI: f64 = 0.779_696_801_233_676;

/// `ln(e^a + e^b)`.
pub(crate) fn log_add(a: f64, b: f64) -> f64 {
    let (hi, lo) = if a >= b { (a, b) } else { (b, a) };
    if lo == f64::NEG_INFINITY { hi } else { hi + libm::log1p(libm::exp(lo - hi)) }
}

/// `ln Σ e^x`; −∞ when nothing is given.
pub(crate) fn log_sum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, log_add)
}

/// `1 / (1 + e^−x)`.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// `ln(p / (1 − p))` with `p` kept `margin` away from 0 and 1.
pub(crate) fn logit(p: f64, margin: f64) -> f64 {
    let p = p.clamp(margin, 1.0 - margin);
    libm::log(p / (1.0 - p))
}

/// Log-density of a normal distribution.
pub(crate) fn log_normal_density(x: f64, mean: f64, sd: f64) -> f64 {
    let z = (x - mean) / sd;
    -0.5 * z * z - libm::log(sd) - LN_SQRT_2PI
}

/// `ln P(X > x)` of a normal distribution; the asymptotic expansion takes over where `erfc` underflows.
pub(crate) fn log_normal_survival(x: f64, mean: f64, sd: f64) -> f64 {
    let z = (x - mean) / sd;
    if z > 20.0 {
        -0.5 * z * z - libm::log(z) - LN_SQRT_2PI
    } else {
        libm::log(0.5 * libm::erfc(z / std::f64::consts::SQRT_2))
    }
}

/// A Gumbel distribution, that of the largest of many values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gumbel {
    pub(crate) location: f64,
    pub(crate) scale: f64,
}

impl Gumbel {
    /// By moments: scale = sd √6/π, location = mean − γ scale.
    pub(crate) fn from_moments(mean: f64, sd: f64) -> Self {
        let scale = sd * SQRT_6_OVER_PI;
        Self { location: mean - EULER * scale, scale }
    }

    pub(crate) fn log_density(self, x: f64) -> f64 {
        let y = (x - self.location) / self.scale;
        -libm::log(self.scale) - y - libm::exp(-y)
    }
}

/// Log-likelihood ratio of the largest value `x` of a box, `wrong` over `honest`, never falling in `x`.
///
/// `wrong` is widened and moved until it lies above `honest`, which makes the ratio rise beyond `honest`'s mode; below the
/// mode the ratio is held, since an unusually calm box says nothing more.
pub(crate) fn extreme_ratio(x: f64, honest: Gumbel, wrong: Gumbel) -> f64 {
    let wrong = Gumbel { location: wrong.location.max(honest.location), scale: wrong.scale.max(honest.scale) };
    let x = x.max(honest.location);
    wrong.log_density(x) - honest.log_density(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_join_smoothly() {
        let below = log_normal_survival(19.999, 0.0, 1.0);
        let above = log_normal_survival(20.001, 0.0, 1.0);
        assert!(below > above && below - above < 0.1, "{below} {above}");
        assert!((log_normal_survival(0.0, 0.0, 1.0) - 0.5_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn extreme_ratio_never_falls() {
        let honest = Gumbel::from_moments(1.0, 0.3);
        let wrong = Gumbel::from_moments(2.5, 0.8);
        let mut last = f64::NEG_INFINITY;
        for i in 0..200 {
            let ratio = extreme_ratio(i as f64 * 0.1 - 5.0, honest, wrong);
            assert!(ratio >= last - 1e-12, "{i}: {ratio} < {last}");
            last = ratio;
        }
        assert!(last > 5.0);
    }

    #[test]
    fn log_sums_are_stable() {
        assert!((log_sum(&[-1000.0, -1000.0]) - (-1000.0 + 2.0_f64.ln())).abs() < 1e-12);
        assert_eq!(log_sum(&[]), f64::NEG_INFINITY);
    }
}
