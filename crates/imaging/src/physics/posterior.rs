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

/// The listed materials with their prior weights, which sum to [`CLASS_PRIORS`] by class. The organic end is of hydrogen-rich to
/// hydrogen-poor goods, because hydrogen moves λ by 13 % and `A_low` by next to nothing.
const LISTED: [(&str, f64); 13] = [
    ("polyethylene", 0.12),
    ("water", 0.14),
    ("cellulose", 0.34),
    ("glass", 0.05),
    ("aluminium", 0.08),
    ("sodium_chloride", 0.05),
    ("iron", 0.16),
    ("copper", 0.04),
    ("tin", 0.005),
    ("rare_earth_oxide", 0.002),
    ("tungsten", 0.004),
    ("lead", 0.007),
    ("uranium", 0.002),
];

/// `τ` as a share of the separation of cellulose and iron in `A_low`: about half a unit of effective atomic number.
const NEIGHBOURS: f64 = 0.03;
/// Probability from which a class is named.
pub const DECISIVE_PROBABILITY: f64 = 0.9;
/// What the measurement may say for heavy matter over what it says for the class that is named (Bayes factor). Thin heavy
/// matter crosses every other class; it is rare, so its probability stays small where nothing speaks against it, but it is
/// what shields and what smugglers value: there nothing is named. Chosen on lead, tin, silver, tungsten and uranium of 2 to
/// 40 g/cm² against iron and copper.
const HEAVY_DOUBT: f64 = 0.3;
/// One sigma of areal density by class in [`CLASSES`], as a share, for the materials that are not listed: electrons per
/// gram differ. From the catalogue's pure materials at 20 to 80 g/cm²; the organic ones that are listed cover the others.
const UNLISTED: [f64; 4] = [0.0, 0.022, 0.013, 0.05];
/// Attenuation of cargo below which there is only air.
const THIN: f64 = 0.02;
/// Classes that a posterior is about, in the order of its probabilities.
pub const CLASSES: [MaterialClass; 4] =
    [MaterialClass::Organic, MaterialClass::LightInorganic, MaterialClass::Metal, MaterialClass::Heavy];
/// Prior probabilities of [`CLASSES`]: what containers hold by mass, to the nearest tenth, and heavy matter rare.
pub const CLASS_PRIORS: [f64; 4] = [0.6, 0.18, 0.2, 0.02];

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
    /// The likeliest class if its probability reaches [`DECISIVE_PROBABILITY`] and heavy matter is no likely mistake, air
    /// where there is no cargo, else undecidable.
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
    /// Probabilities of [`CLASSES`] before the measurement, and after it.
    pub(crate) prior: [f64; 4],
    pub(crate) probability: [f64; 4],
    pub(crate) lambda: f64,
    /// Variance of `λ` between hypotheses, and between the materials that each stands for.
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

    /// The class that is named: the likeliest, if it is likely enough and the measurement speaks against heavy matter.
    pub(crate) fn named(&self) -> Option<MaterialClass> {
        let (likeliest, largest) = self.likeliest();
        let heavy = CLASSES.len() - 1;
        let says = |k: usize| self.probability[k] / self.prior[k].max(1e-9);
        let is_doubtful = likeliest != heavy && says(heavy) > HEAVY_DOUBT * says(likeliest);
        (largest >= DECISIVE_PROBABILITY && !is_doubtful).then(|| CLASSES[likeliest])
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
    let (mut prior, mut probability) = ([0.0; 4], [0.0; 4]);
    let priors: f64 = hypotheses.iter().map(|h| h.prior).sum();
    for h in hypotheses {
        let weight = libm::exp(score(h) - best);
        sum += weight;
        first += weight * h.lambda[0];
        let unlisted = UNLISTED[h.class.min(3)];
        second += weight * h.lambda[0] * h.lambda[0] * (1.0 + unlisted * unlisted);
        slope_squares[0] += weight * h.lambda[1] * h.lambda[1];
        slope_squares[1] += weight * h.lambda[2] * h.lambda[2];
        prior[h.class.min(3)] += h.prior / priors;
        probability[h.class.min(3)] += weight;
    }
    let lambda = first / sum;
    Weighed {
        prior,
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

    /// Steel that alone shows attenuation `a` in the high band, g/cm².
    pub(crate) fn steel_for(&self, a: f64) -> f64 {
        self.inversion.steel_for(a)
    }

    /// Cellulose that together with `steel` shows `a_high`: attenuation of the low band behind both, and that of the high
    /// band behind the cellulose alone.
    pub(crate) fn behind_steel(&self, steel: f64, a_high: f64) -> (f64, f64) {
        let [cellulose, _] = self.decisive;
        let spot = self.inversion.spot(steel, a_high);
        let lambda = self.inversion.lambda(cellulose, spot);
        let (mut low, mut high) = (0.0, a_high);
        for _ in 0..30 {
            let middle = 0.5 * (low + high);
            if self.inversion.lambda(cellulose, self.inversion.spot(0.0, middle)) < lambda {
                low = middle;
            } else {
                high = middle;
            }
        }
        (self.inversion.low(cellulose, spot), 0.5 * (low + high))
    }

    /// Change of the low band's attenuation per unit of the high band's, behind cellulose.
    pub(crate) fn low_slope(&self, a_high: f64) -> f64 {
        self.inversion.low_tangent(self.decisive[0], self.inversion.spot(0.0, a_high)).per_attenuation
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
        let cargo = ray.a_high - self.inversion.steel_attenuation(ray.steel_g_per_cm2);
        let class = if cargo < THIN && !ray.is_limited {
            MaterialClass::Air
        } else if ray.is_limited || low.is_none() {
            MaterialClass::Undecidable
        } else {
            weighed.named().unwrap_or(MaterialClass::Undecidable)
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
        for (class, share) in CLASSES.into_iter().zip(CLASS_PRIORS) {
            let of_class = LISTED.iter().filter(|(name, _)| material(name).unwrap().class == class);
            assert!((of_class.map(|(_, prior)| prior).sum::<f64>() - share).abs() < 1e-9, "{class:?}");
        }
    }

    #[test]
    fn lead_that_looks_like_iron_is_not_called_iron() {
        let (high, low) = (BandResponse::new(6.0), BandResponse::new(3.5));
        let posterior = MaterialPosterior::new(&high, Some(&low));
        let named = |name: &str, lambda: f64| {
            let layers = [(material(name).unwrap(), lambda)];
            let (a_high, a_low) = (high.attenuation(&layers), low.attenuation(&layers));
            let ray = RayMeasurement {
                steel_g_per_cm2: 0.0,
                steel_sigma_g_per_cm2: 0.0,
                a_high,
                sigma_high: 0.003,
                is_limited: false,
                low: Some((a_low, 0.003)),
            };
            posterior.estimate(&ray).class
        };
        for lambda in 1..=20 {
            assert_eq!(named("lead", f64::from(lambda)), MaterialClass::Undecidable, "{lambda} g/cm² of lead");
        }
        assert_eq!(named("iron", 20.0), MaterialClass::Undecidable);
        assert_eq!((named("lead", 40.0), named("iron", 40.0)), (MaterialClass::Heavy, MaterialClass::Metal));
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
