//! What a ray through known structure holds: areal density, class and how sure both are, by Bayes' rule over materials.
//!
//! Hypothesis `m` is a material behind the known steel. At the measured `A_high` it has one areal density `λ_m` and predicts
//! one `A_low,m` ([`LayeredInversion`]). Its weight is
//! `w_m = prior_m · N(A_low − A_low,m; σ_m)`, `σ_m² = σ_low² + (∂A_low,m/∂A_high · σ_high)² + (∂A_low,m/∂s · σ_s)² + τ²`,
//! where `τ` stands for the materials between those that are listed. The probability of a class is the sum of its weights;
//! areal density is their mean, with the variance within and between hypotheses. Without a low band the priors stand.

use pellucid_core::MaterialClass;

use super::inversion::LayeredInversion;
use super::material::{Material, material};

/// The listed materials with their prior weights. Sums by class: organic 0.60, light inorganic 0.18, metal 0.20, heavy
/// 0.02: what containers hold by mass, to the nearest tenth, and heavy matter rare. The organic end is of hydrogen-rich to
/// hydrogen-poor goods, because hydrogen moves λ by 13 % and `A_low` by next to nothing.
const LISTED: [(&str, f64); 11] = [
    ("polyethylene", 0.12),
    ("water", 0.14),
    ("cellulose", 0.34),
    ("glass", 0.05),
    ("aluminium", 0.08),
    ("sodium_chloride", 0.05),
    ("iron", 0.16),
    ("copper", 0.04),
    ("tin", 0.006),
    ("lead", 0.008),
    ("tungsten", 0.006),
];

/// `τ` as a share of the separation of cellulose and iron in `A_low`: about half a unit of effective atomic number.
const NEIGHBOURS: f64 = 0.03;
/// Probability from which a class is named.
pub const DECISIVE_PROBABILITY: f64 = 0.9;
/// Attenuation of cargo below which there is only air.
const THIN: f64 = 0.02;
/// Classes that a posterior is about, in the order of its probabilities.
pub const CLASSES: [MaterialClass; 4] =
    [MaterialClass::Organic, MaterialClass::LightInorganic, MaterialClass::Metal, MaterialClass::Heavy];

/// What both bands measured along one ray (or the mean of rays through the same structure).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RayMeasurement {
    /// Steel that the ray crosses before any cargo, g/cm², and its one sigma.
    pub steel_g_per_cm2: f64,
    /// One sigma of the steel.
    pub steel_sigma_g_per_cm2: f64,
    /// Attenuation of the high band.
    pub a_high: f64,
    /// One sigma of it ([`super::BandNoise::sigma`]).
    pub sigma_high: f64,
    /// Whether it is only a lower bound.
    pub is_limited: bool,
    /// Attenuation of the low band and its one sigma; `None` without one, or where it sees nothing any more.
    pub low: Option<(f64, f64)>,
}

/// What such a ray holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RayEstimate {
    /// Areal density of cargo, g/cm²; a lower bound where `is_limited`.
    pub areal_density_g_per_cm2: f64,
    /// One sigma of it; infinite where `is_limited`.
    pub sigma_g_per_cm2: f64,
    /// Probabilities of [`CLASSES`]; they sum to 1.
    pub probability: [f64; 4],
    /// The likeliest class if its probability reaches [`DECISIVE_PROBABILITY`], air where there is no cargo, else
    /// undecidable.
    pub class: MaterialClass,
    /// Whether the areal density is only a lower bound.
    pub is_limited: bool,
}

/// One hypothesis at the measured point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hypothesis {
    /// Index in [`CLASSES`].
    pub(crate) class: usize,
    pub(crate) prior: f64,
    /// Predicted attenuation of the low band and its slopes against `A_high` and steel.
    pub(crate) low: [f64; 3],
    /// Areal density with the same slopes.
    pub(crate) lambda: [f64; 3],
}

/// What hypotheses and a measurement come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weighed {
    pub(crate) probability: [f64; 4],
    pub(crate) lambda: f64,
    /// Variance of `λ` between hypotheses.
    pub(crate) between: f64,
    /// Mean squares of the slopes of `λ` against `A_high` and steel.
    pub(crate) slope_squares: [f64; 2],
}

impl Weighed {
    /// Variance of `λ` for variances of `A_high` and steel.
    pub(crate) fn variance(&self, high_variance: f64, steel_variance: f64) -> f64 {
        self.between + self.slope_squares[0] * high_variance + self.slope_squares[1] * steel_variance
    }

    /// Index of the likeliest class with its probability.
    pub(crate) fn likeliest(&self) -> (usize, f64) {
        let larger = |best: (usize, f64), (k, p): (usize, &f64)| if *p > best.1 { (k, *p) } else { best };
        self.probability.iter().enumerate().fold((0, 0.0), larger)
    }
}

/// Index in [`CLASSES`]; what is none of them counts as organic.
pub(crate) fn class_index(class: MaterialClass) -> usize {
    CLASSES.iter().position(|c| *c == class).unwrap_or(0)
}

/// Bayes' rule over hypotheses. `low` is the low band's attenuation with its variance; `neighbours` is `τ`.
pub(crate) fn weigh(
    hypotheses: &[Hypothesis],
    low: Option<(f64, f64)>,
    high_variance: f64,
    steel_variance: f64,
    neighbours: f64,
) -> Weighed {
    let score = |h: &Hypothesis| match low {
        None => libm::log(h.prior),
        Some((a_low, low_variance)) => {
            let variance = low_variance
                + h.low[1] * h.low[1] * high_variance
                + h.low[2] * h.low[2] * steel_variance
                + neighbours * neighbours;
            let off = a_low - h.low[0];
            libm::log(h.prior) - 0.5 * off * off / variance - 0.5 * libm::log(variance)
        }
    };
    let best = hypotheses.iter().map(score).fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut first, mut second, mut slope_squares) = (0.0, 0.0, 0.0, [0.0; 2]);
    let mut probability = [0.0; 4];
    for h in hypotheses {
        let weight = libm::exp(score(h) - best);
        sum += weight;
        first += weight * h.lambda[0];
        second += weight * h.lambda[0] * h.lambda[0];
        slope_squares[0] += weight * h.lambda[1] * h.lambda[1];
        slope_squares[1] += weight * h.lambda[2] * h.lambda[2];
        probability[h.class.min(3)] += weight;
    }
    let lambda = first / sum;
    Weighed {
        probability: probability.map(|p| p / sum),
        lambda,
        between: (second / sum - lambda * lambda).max(0.0),
        slope_squares: slope_squares.map(|s| s / sum),
    }
}

/// The listed materials behind any structure, in one beam.
#[derive(Debug, Clone)]
pub struct MaterialPosterior {
    inversion: LayeredInversion,
    listed: Vec<(usize, f64)>,
    /// Indices of cellulose and iron.
    decisive: [usize; 2],
}

impl MaterialPosterior {
    /// Over the materials named in this module, in a band or a pair of bands.
    pub fn new(high: &super::BandResponse, low: Option<&super::BandResponse>) -> Self {
        let known: Vec<(&Material, f64)> =
            LISTED.iter().filter_map(|(name, prior)| material(name).map(|m| (m, *prior))).collect();
        let materials: Vec<&Material> = known.iter().map(|(m, _)| *m).collect();
        let place = |name: &str| materials.iter().position(|m| m.name == name).unwrap_or(0);
        Self {
            decisive: [place("cellulose"), place("iron")],
            inversion: LayeredInversion::new(high, low, &materials),
            listed: known.iter().map(|(m, prior)| (class_index(m.class), *prior)).collect(),
        }
    }

    /// Attenuation of the high band behind steel alone.
    pub fn steel_attenuation(&self, steel_g_per_cm2: f64) -> f64 {
        self.inversion.steel_attenuation(steel_g_per_cm2)
    }

    /// Every listed material behind `steel` at `a_high`.
    pub(crate) fn hypotheses(&self, steel: f64, a_high: f64) -> impl Iterator<Item = Hypothesis> + '_ {
        let spot = self.inversion.spot(steel, a_high);
        self.listed.iter().enumerate().map(move |(m, (class, prior))| {
            let (low, lambda) = (self.inversion.low_tangent(m, spot), self.inversion.lambda_tangent(m, spot));
            Hypothesis {
                class: *class,
                prior: *prior,
                low: [low.value, low.per_attenuation, low.per_steel],
                lambda: [lambda.value, lambda.per_attenuation, lambda.per_steel],
            }
        })
    }

    /// `τ` behind `steel` at `a_high`.
    pub(crate) fn neighbours(&self, steel: f64, a_high: f64) -> f64 {
        let spot = self.inversion.spot(steel, a_high);
        let [organic, metal] = self.decisive.map(|m| self.inversion.low(m, spot));
        NEIGHBOURS * (organic - metal).max(0.0)
    }

    /// Areal density, class and uncertainty of the cargo behind known steel.
    pub fn estimate(&self, ray: &RayMeasurement) -> RayEstimate {
        let hypotheses: Vec<Hypothesis> = self.hypotheses(ray.steel_g_per_cm2, ray.a_high).collect();
        let neighbours = self.neighbours(ray.steel_g_per_cm2, ray.a_high);
        let low = ray.low.filter(|_| self.inversion.is_dual()).map(|(a, sigma)| (a, sigma * sigma));
        let (high_variance, steel_variance) = (ray.sigma_high * ray.sigma_high, ray.steel_sigma_g_per_cm2.powi(2));
        let weighed = weigh(&hypotheses, low, high_variance, steel_variance, neighbours);
        let (likeliest, largest) = weighed.likeliest();
        let cargo = ray.a_high - self.inversion.steel_attenuation(ray.steel_g_per_cm2);
        let class = if cargo < THIN && !ray.is_limited {
            MaterialClass::Air
        } else if ray.is_limited || low.is_none() || largest < DECISIVE_PROBABILITY {
            MaterialClass::Undecidable
        } else {
            CLASSES[likeliest]
        };
        RayEstimate {
            areal_density_g_per_cm2: weighed.lambda,
            sigma_g_per_cm2: if ray.is_limited {
                f64::INFINITY
            } else {
                libm::sqrt(weighed.variance(high_variance, steel_variance))
            },
            probability: weighed.probability,
            class,
            is_limited: ray.is_limited,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physics::BandResponse;

    #[test]
    fn priors_are_shares() {
        assert!((LISTED.iter().map(|(_, prior)| prior).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(LISTED.iter().all(|(name, _)| material(name).is_some()));
    }

    #[test]
    fn what_no_measurement_separates_is_undecidable() {
        let posterior = MaterialPosterior::new(&BandResponse::new(6.0), Some(&BandResponse::new(3.5)));
        let ray = RayMeasurement {
            steel_g_per_cm2: 0.0,
            steel_sigma_g_per_cm2: 0.0,
            a_high: 1.0,
            sigma_high: 0.003,
            is_limited: false,
            low: None,
        };
        let alone = posterior.estimate(&ray);
        assert_eq!(alone.class, MaterialClass::Undecidable);
        assert!((alone.probability[0] - 0.6).abs() < 1e-9 && (alone.probability[3] - 0.02).abs() < 1e-9);
        let noisy = posterior.estimate(&RayMeasurement { low: Some((1.3, 10.0)), ..ray });
        assert!(noisy.class == MaterialClass::Undecidable && (noisy.probability[0] - 0.6).abs() < 0.01);
        assert!((noisy.areal_density_g_per_cm2 / alone.areal_density_g_per_cm2 - 1.0).abs() < 1e-3);
        let limited = posterior.estimate(&RayMeasurement { is_limited: true, low: Some((1.3, 0.01)), ..ray });
        assert!(limited.class == MaterialClass::Undecidable && limited.sigma_g_per_cm2.is_infinite());
        let nothing = posterior.estimate(&RayMeasurement { a_high: 0.01, low: Some((0.01, 0.01)), ..ray });
        assert_eq!(nothing.class, MaterialClass::Air);
    }
}
