use std::collections::BTreeMap;

use pellucid_core::{Calibration, FindingKind};
use serde::{Deserialize, Serialize};

use crate::VerifyError;
use crate::distribution::Gumbel;
use crate::node::Spread;

/// Format that this software reads.
pub const PROFILE_FORMAT: &str = "pellucid-risk-profile/1";

/// Prior odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorProfile {
    /// Share of boxes whose declaration an examination would find wrong, in (0, 1); used unless the context brings a prior.
    pub base_rate: f64,
}

/// Explaining segments by lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransportProfile {
    /// Divides every log-likelihood: how many segments are worth one independent look. Fitted on validation shipments. At least 1.
    pub temperature: f64,
    /// Probability that nothing at all is undeclared, used to share out kilograms only, in (0, 1).
    pub honest_share: f64,
    /// Probability that a segment is ill-made and fits no density, for one that holds `segment_fault_share` of the cargo.
    pub segment_fault_rate: f64,
    /// See above; smaller segments are ill-made in inverse proportion, up to one half.
    pub segment_fault_share: f64,
    /// Bound of one segment's tempered log-likelihood ratio.
    pub segment_cap: f64,
    /// Share of undeclared goods that look like nothing in the library, in (0, 1).
    pub unknown_share: f64,
    /// Share of honest loads that come in a form the library has not seen, in (0, 1).
    pub novel_share: f64,
    /// Weight of the model's commodity probabilities beside the embedding; 0 leaves them out.
    pub commodity_weight: f64,
    /// Least commodity probability that is believed, in (0, 1).
    pub commodity_floor: f64,
    /// How far a line's mass may be off before it costs, relative.
    pub capacity_tolerance: f64,
    /// The same where shares of attenuation stand for mass.
    pub capacity_tolerance_processed: f64,
    /// Price of exceeding it, in temperatures per unit of relative entropy.
    pub capacity_penalty: f64,
    /// Price of falling short of it: low, since a line must not pull in what does not look like it.
    pub demand_penalty: f64,
    /// Largest share of the cargo that may be dunnage.
    pub dunnage_share: f64,
}

/// Total mass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MassProfile {
    /// Standard deviation of `ln(observed / true)` where the library has no figure for the goods.
    pub sigma_relative: f64,
    /// Mean of the same.
    pub bias_relative: f64,
    /// Shipments that these two are worth against the library's figures.
    pub shrink_shipments: f64,
    /// Part of the observed interval's half width (as a standard deviation) that is believed to be random from box to box.
    pub interval_weight: f64,
    /// Error of taking the structure off, kg.
    pub sigma_absolute_kg: f64,
    /// Relative error of a tare that is declared, and of one that is typical of the size.
    pub tare_sigma_relative: [f64; 2],
    /// Relative error of a declared gross or goods mass of an honest box.
    pub declared_sigma_relative: f64,
    /// Standard deviation of `ln(observed / declared)` when the mass is wrong.
    pub alternative_sd: f64,
}

/// Empty and not empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmptyProfile {
    /// Log-likelihood ratio per logit of the observed probability.
    pub slope: f64,
    /// Added to it.
    pub offset: f64,
    /// Cargo that surely is not nothing, kg.
    pub cargo_kg: f64,
}

/// A largest value over a box, honest and wrong, as two Gumbel distributions by mean and standard deviation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtremeProfile {
    /// `[mean, sd]` in honest boxes whose goods the library has no figure for.
    pub honest: [f64; 2],
    /// `[mean, sd]` in boxes that hide something.
    pub wrong: [f64; 2],
    /// Shipments that `honest` is worth against the library's figures.
    pub shrink_shipments: f64,
}

impl ExtremeProfile {
    /// Distribution in honest boxes of these goods.
    pub(crate) fn honest_for(&self, known: Option<Spread>) -> Gumbel {
        let prior = Spread { mean: self.honest[0], sd: self.honest[1], count: 0 };
        let spread = known.map_or(prior, |s| s.shrunk(prior, self.shrink_shipments));
        Gumbel::from_moments(spread.mean, spread.sd.max(0.05))
    }

    /// Distribution in boxes that hide something.
    pub(crate) fn wrong(&self) -> Gumbel {
        Gumbel::from_moments(self.wrong[0], self.wrong[1])
    }
}

/// Material classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterialProfileParameters {
    /// Least standard deviation of a class's share.
    pub sd_floor: f64,
    /// Least share of cargo whose class can be told.
    pub least_decided: f64,
    /// Shipments that the floor is worth against the library's spread.
    pub shrink_shipments: f64,
}

/// What may be read from a scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingProfile {
    /// Least confidence that a box is a container.
    pub container_confidence: f64,
    /// Standard deviations of usual opacity beyond which a load is opaque without excuse.
    pub opacity_sds: f64,
    /// Added to that limit.
    pub opacity_margin: f64,
    /// Relative error of stowage density (standard deviation of its logarithm).
    pub stowage_sigma: f64,
}

/// How one check enters the sum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckWeight {
    /// Share of wrong boxes that are wrong in the way this check sees, in [0, 1).
    pub share: f64,
    /// Factor in [0, 1] for checks that see what others see too.
    pub weight: f64,
    /// Largest contribution.
    pub cap: f64,
}

/// Adding up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FusionProfile {
    /// Per finding kind; a kind without an entry does not count.
    pub checks: BTreeMap<FindingKind, CheckWeight>,
    /// Standard deviation of the log-odds of a box without findings.
    pub interval_base_sd: f64,
    /// Standard deviation per unit of contribution.
    pub interval_relative_sd: f64,
    /// Log-odds at which the score is 50.
    pub score_midpoint: f64,
    /// Log-odds per unit of the score's logistic.
    pub score_slope: f64,
}

/// Everything that turns evidence into a probability: weights, temperature, standard deviations. Versioned data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskProfile {
    /// `pellucid-risk-profile/1`.
    pub format: String,
    /// Version.
    pub version: String,
    /// For people, Chinese.
    pub description_zh: String,
    /// For people, English.
    pub description_en: String,
    /// `calibrated` only when fitted on local honest scans.
    pub calibration: Calibration,
    /// What it was fitted on, in words.
    pub fitted_on: String,
    /// Prior.
    pub prior: PriorProfile,
    /// Transport.
    pub transport: TransportProfile,
    /// Total mass.
    pub mass: MassProfile,
    /// Empty and not empty.
    pub empty: EmptyProfile,
    /// Model's concealment map (logits).
    pub concealment: ExtremeProfile,
    /// Odd patches (`ln(1 + z)`).
    pub oddness: ExtremeProfile,
    /// Material classes.
    pub material: MaterialProfileParameters,
    /// What may be read from a scan.
    pub reading: ReadingProfile,
    /// Adding up.
    pub fusion: FusionProfile,
}

impl RiskProfile {
    /// Reads and checks a profile.
    ///
    /// # Errors
    /// No TOML, unknown or missing keys, values out of range (all of them at once).
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        let profile: Self = toml::from_str(text)
            .map_err(|source| VerifyError::Parse { what: "risk profile", source: Box::new(source) })?;
        let faults = profile.faults();
        if faults.is_empty() { Ok(profile) } else { Err(VerifyError::Invalid { what: "risk profile", faults }) }
    }

    /// The profile as TOML, as `fit` writes it.
    ///
    /// # Errors
    /// Only when serialisation itself fails.
    pub fn to_toml(&self) -> Result<String, VerifyError> {
        toml::to_string_pretty(self)
            .map_err(|error| VerifyError::Invalid { what: "risk profile", faults: vec![error.to_string()] })
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.format != PROFILE_FORMAT {
            faults.push(format!("format: must be {PROFILE_FORMAT:?}, got {:?}", self.format));
        }
        for (path, text) in [
            ("version", &self.version),
            ("description_zh", &self.description_zh),
            ("description_en", &self.description_en),
            ("fitted_on", &self.fitted_on),
        ] {
            if text.trim().is_empty() {
                faults.push(format!("{path}: must not be empty"));
            }
        }
        let t = &self.transport;
        let m = &self.mass;
        let r = &self.reading;
        let f = &self.fusion;
        let ranges = [
            ("prior.base_rate", self.prior.base_rate, 1e-6, 0.5),
            ("transport.temperature", t.temperature, 1.0, 1000.0),
            ("transport.honest_share", t.honest_share, 0.01, 0.9999),
            ("transport.segment_fault_rate", t.segment_fault_rate, 1e-6, 0.5),
            ("transport.segment_fault_share", t.segment_fault_share, 1e-4, 1.0),
            ("transport.segment_cap", t.segment_cap, 0.1, 100.0),
            ("transport.unknown_share", t.unknown_share, 1e-3, 0.999),
            ("transport.novel_share", t.novel_share, 1e-6, 0.999),
            ("transport.commodity_weight", t.commodity_weight, 0.0, 10.0),
            ("transport.commodity_floor", t.commodity_floor, 1e-6, 0.5),
            ("transport.capacity_tolerance", t.capacity_tolerance, 0.0, 5.0),
            ("transport.capacity_tolerance_processed", t.capacity_tolerance_processed, 0.0, 5.0),
            ("transport.capacity_penalty", t.capacity_penalty, 0.01, 1000.0),
            ("transport.demand_penalty", t.demand_penalty, 0.01, 1000.0),
            ("transport.dunnage_share", t.dunnage_share, 0.0, 0.03),
            ("mass.sigma_relative", m.sigma_relative, 1e-3, 2.0),
            ("mass.bias_relative", m.bias_relative, -1.0, 1.0),
            ("mass.shrink_shipments", m.shrink_shipments, 0.1, 1000.0),
            ("mass.interval_weight", m.interval_weight, 0.0, 1.0),
            ("mass.sigma_absolute_kg", m.sigma_absolute_kg, 1.0, 5000.0),
            ("mass.tare_sigma_relative[0]", m.tare_sigma_relative[0], 0.0, 0.5),
            ("mass.tare_sigma_relative[1]", m.tare_sigma_relative[1], 0.0, 0.5),
            ("mass.declared_sigma_relative", m.declared_sigma_relative, 0.0, 0.5),
            ("mass.alternative_sd", m.alternative_sd, 0.05, 5.0),
            ("empty.slope", self.empty.slope, 0.0, 10.0),
            ("empty.offset", self.empty.offset, -20.0, 20.0),
            ("empty.cargo_kg", self.empty.cargo_kg, 1.0, 5000.0),
            ("material.sd_floor", self.material.sd_floor, 0.01, 1.0),
            ("material.least_decided", self.material.least_decided, 0.0, 1.0),
            ("material.shrink_shipments", self.material.shrink_shipments, 0.1, 1000.0),
            ("reading.container_confidence", r.container_confidence, 0.0, 1.0),
            ("reading.opacity_sds", r.opacity_sds, 0.0, 10.0),
            ("reading.opacity_margin", r.opacity_margin, 0.0, 1.0),
            ("reading.stowage_sigma", r.stowage_sigma, 0.01, 2.0),
            ("fusion.interval_base_sd", f.interval_base_sd, 0.0, 10.0),
            ("fusion.interval_relative_sd", f.interval_relative_sd, 0.0, 10.0),
            ("fusion.score_midpoint", f.score_midpoint, -20.0, 20.0),
            ("fusion.score_slope", f.score_slope, 0.01, 20.0),
        ];
        for (path, value, lo, hi) in ranges {
            range(&mut faults, path, value, lo, hi);
        }
        for (name, extreme) in [("concealment", &self.concealment), ("oddness", &self.oddness)] {
            range(&mut faults, &format!("{name}.honest[1]"), extreme.honest[1], 0.01, 20.0);
            range(&mut faults, &format!("{name}.wrong[1]"), extreme.wrong[1], 0.01, 20.0);
            range(&mut faults, &format!("{name}.honest[0]"), extreme.honest[0], -20.0, 20.0);
            range(&mut faults, &format!("{name}.wrong[0]"), extreme.wrong[0], -20.0, 20.0);
            range(&mut faults, &format!("{name}.shrink_shipments"), extreme.shrink_shipments, 0.1, 1000.0);
        }
        for (kind, check) in &f.checks {
            range(&mut faults, &format!("fusion.checks.{kind}.share"), check.share, 0.0, 0.99);
            range(&mut faults, &format!("fusion.checks.{kind}.weight"), check.weight, 0.0, 1.0);
            range(&mut faults, &format!("fusion.checks.{kind}.cap"), check.cap, 0.0, 50.0);
        }
        faults
    }
}

fn range(faults: &mut Vec<String>, path: &str, value: f64, lo: f64, hi: f64) {
    if !(lo..=hi).contains(&value) {
        faults.push(format!("{path}: must be within {lo} and {hi}, got {value}"));
    }
}
