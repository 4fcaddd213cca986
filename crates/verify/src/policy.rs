use std::collections::{BTreeMap, BTreeSet};

use pellucid_core::{Finding, FindingKind, LaneWhere};
use serde::{Deserialize, Serialize};

use crate::VerifyError;

/// Format that this software reads.
pub const POLICY_FORMAT: &str = "pellucid-policy/1";

/// From risk to lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanePolicy {
    /// Score from which a person looks, 0–100.
    pub yellow_score: f64,
    /// Score from which examination is recommended, 0–100.
    pub red_score: f64,
    /// Log-likelihood ratio of a single finding from which a person looks, whatever the score.
    pub yellow_finding_llr: f64,
    /// The same for kinds that deserve more or less attention.
    pub yellow_finding_llr_by_kind: BTreeMap<FindingKind, f64>,
    /// Whether claims that only phantoms stand behind may lead to red; false wherever real scans are judged.
    pub phantom_only_may_accuse: bool,
}

/// What must have been checked before anything is green.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GreenPolicy {
    /// Least share of declared mass that the library covers, in [0, 1].
    pub least_goods_coverage: f64,
    /// Least share of the container that can be read, in [0, 1], unless the declared goods are usually as opaque.
    pub least_readable_share: f64,
    /// Finding kinds whose check must have been made.
    pub required_checks: BTreeSet<FindingKind>,
}

/// What happens to a box that is drawn at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RandomLane {
    /// A person looks: green becomes yellow.
    Yellow,
    /// The lane stays; the draw is only recorded, for a blind review elsewhere.
    Keep,
}

/// Random selection: without it nobody knows what was missed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomPolicy {
    /// Probability before the tier's factor, in [0, 1].
    pub probability: f64,
    /// What it does.
    pub lane: RandomLane,
}

/// One credit tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Name in declarations.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    /// Added to both score thresholds; safety findings ignore it.
    pub score_margin: f64,
    /// Factor of the random selection.
    pub random_factor: f64,
    /// Where an examination takes place.
    #[serde(rename = "where")]
    pub lane_where: LaneWhere,
    /// Whether goods under review may be picked up on condition.
    pub conditional_pick_up: bool,
}

/// Findings that ignore credit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafetyPolicy {
    /// Their kinds.
    pub findings: BTreeSet<FindingKind>,
    /// Headings that are dangerous: a declared UN number or one of these at the port, never at the destination.
    pub headings: BTreeSet<String>,
}

/// Versioned rules that turn risk into a recommended lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// `pellucid-policy/1`.
    pub format: String,
    /// Version.
    pub version: String,
    /// For people, Chinese.
    pub description_zh: String,
    /// For people, English.
    pub description_en: String,
    /// Lanes.
    pub lanes: LanePolicy,
    /// Green.
    pub green: GreenPolicy,
    /// Random selection.
    pub random: RandomPolicy,
    /// Tier of traders without one or with one that is not in the table.
    pub default_tier: String,
    /// Tiers.
    pub tiers: Vec<Tier>,
    /// Safety.
    pub safety: SafetyPolicy,
}

impl Policy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// No TOML, unknown or missing keys, values out of range (all of them at once).
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        let policy: Self =
            toml::from_str(text).map_err(|source| VerifyError::Parse { what: "policy", source: Box::new(source) })?;
        let faults = policy.faults();
        if faults.is_empty() { Ok(policy) } else { Err(VerifyError::Invalid { what: "policy", faults }) }
    }

    /// Whether a single finding deserves a person's look.
    pub(crate) fn is_notable(&self, finding: &Finding) -> bool {
        let lanes = &self.lanes;
        let limit = lanes.yellow_finding_llr_by_kind.get(&finding.kind).unwrap_or(&lanes.yellow_finding_llr);
        finding.log_likelihood_ratio >= *limit
    }

    /// The tier of a name, else the default one; the flag says whether the name was found.
    pub(crate) fn tier(&self, name: Option<&str>) -> Option<(&Tier, bool)> {
        let find = |name: &str| self.tiers.iter().find(|t| t.name == name || t.zh == name);
        match name.and_then(find) {
            Some(tier) => Some((tier, true)),
            None => find(&self.default_tier).map(|tier| (tier, name.is_none())),
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.format != POLICY_FORMAT {
            faults.push(format!("format: must be {POLICY_FORMAT:?}, got {:?}", self.format));
        }
        for (path, text) in [
            ("version", &self.version),
            ("description_zh", &self.description_zh),
            ("description_en", &self.description_en),
        ] {
            if text.trim().is_empty() {
                faults.push(format!("{path}: must not be empty"));
            }
        }
        let mut range = |path: String, value: f64, lo: f64, hi: f64| {
            if !(lo..=hi).contains(&value) {
                faults.push(format!("{path}: must be within {lo} and {hi}, got {value}"));
            }
        };
        range("lanes.yellow_score".into(), self.lanes.yellow_score, 0.0, 100.0);
        range("lanes.red_score".into(), self.lanes.red_score, self.lanes.yellow_score, 100.0);
        range("lanes.yellow_finding_llr".into(), self.lanes.yellow_finding_llr, 0.0, 50.0);
        for (kind, llr) in &self.lanes.yellow_finding_llr_by_kind {
            range(format!("lanes.yellow_finding_llr_by_kind.{kind}"), *llr, 0.0, 50.0);
        }
        range("green.least_goods_coverage".into(), self.green.least_goods_coverage, 0.0, 1.0);
        range("green.least_readable_share".into(), self.green.least_readable_share, 0.0, 1.0);
        range("random.probability".into(), self.random.probability, 0.0, 1.0);
        for (i, tier) in self.tiers.iter().enumerate() {
            range(format!("tiers[{i}].score_margin"), tier.score_margin, -50.0, 50.0);
            range(format!("tiers[{i}].random_factor"), tier.random_factor, 0.0, 1000.0);
        }
        for (i, tier) in self.tiers.iter().enumerate() {
            if self.tiers[..i].iter().any(|t| t.name == tier.name) {
                faults.push(format!("tiers[{i}].name: {:?} occurs twice", tier.name));
            }
        }
        if !self.tiers.iter().any(|t| t.name == self.default_tier) {
            faults.push(format!("default_tier: {:?} is not in tiers", self.default_tier));
        }
        faults
    }
}
