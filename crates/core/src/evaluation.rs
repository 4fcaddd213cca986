use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Bilingual, EngineKind, Finding, FindingKind, Grade, Interval, Region, ScanQuality, StageTimes};

/// Recommended handling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// No anomaly.
    Green,
    /// A person looks.
    Yellow,
    /// Refer to examination.
    Red,
}

impl Lane {
    /// Name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// Where an examination would take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LaneWhere {
    /// At the port.
    Port,
    /// At the destination.
    Destination,
}

/// Risk in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// Below policy's yellow threshold.
    Low,
    /// Between the thresholds.
    Elevated,
    /// Above policy's red threshold.
    High,
    /// Too little could be checked to say.
    Unknown,
}

/// What thresholds and probabilities were fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// On local honest scans.
    Calibrated,
    /// On phantoms only, or elsewhere.
    UncalibratedHere,
}

/// How much of the declaration could be checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// Share of declared mass whose heading the library covers at this grade, in [0, 1].
    pub goods: f64,
    /// Share of the container that can be read, in [0, 1].
    pub pixels: f64,
    /// State per declared line: `site elsewhere phantom_only borrowed indistinguishable not_covered`.
    pub lines: BTreeMap<u32, String>,
}

/// One addend of the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Reason {
    /// The finding kind behind it.
    pub code: FindingKind,
    /// Officer's sentence, Chinese.
    pub text_zh: String,
    /// Officer's sentence, English.
    pub text_en: String,
    /// Its part of the log-odds; prior and reasons add up to the log-odds of `probability`.
    pub contribution: f64,
    /// Where to look.
    pub region: Option<Region>,
}

/// One declared line beside what was found for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeclaredVersusObserved {
    /// Line number of the declaration.
    pub line: u32,
    /// HS code, if declared.
    pub hs: Option<String>,
    /// Name as declared.
    pub name: String,
    /// Declared mass in this container, scaled to gross, if known.
    pub declared_kg: Option<f64>,
    /// Mass explained by this line; `None` for grade `processed`.
    pub found_kg: Option<Interval>,
    /// Share of observed cargo explained by this line, in [0, 1].
    pub found_share: f64,
    /// How well it looks like the goods, in [0, 1]; `None` when not covered.
    pub likeness: Option<f64>,
    /// Coverage state of the heading.
    pub coverage: String,
    /// Where it was found.
    pub regions: Vec<Region>,
}

/// Kilograms at a glance.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MassBalance {
    /// Best declared figure for this container's goods, gross, kg.
    pub declared_kg: Option<f64>,
    /// Which figure that is: `weighbridge`, `vgm`, `goods_kg`, `gross`.
    pub declared_from: Option<String>,
    /// Observed cargo, kg; `None` for grade `processed`.
    pub observed_kg: Option<f64>,
    /// Its 90 % interval.
    pub observed_interval_kg: Option<Interval>,
    /// Kilograms that no declared line explains.
    pub undeclared_kg: Option<Interval>,
    /// Declared kilograms that were not found.
    pub missing_kg: Option<Interval>,
}

/// Everything an evaluation depends on besides its inputs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Versions {
    /// This software.
    pub software: String,
    /// The imaging plan.
    pub plan: String,
    /// sha256 per model name.
    pub models: BTreeMap<String, String>,
    /// The library.
    pub library: String,
    /// The policy.
    pub policy: String,
    /// The declaration's version (its content hash).
    pub declaration: String,
}

/// One versioned machine run over one scan and one declaration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Evaluation {
    /// 0–100.
    pub risk_score: f64,
    /// Probability that an examination would find the declaration wrong, in [0, 1].
    pub probability: f64,
    /// 90 % interval of the probability.
    pub interval: Interval,
    /// What the probability was fitted on.
    pub calibration: Calibration,
    /// Risk in words.
    pub risk_level: RiskLevel,
    /// Recommended lane.
    pub lane: Lane,
    /// Where to examine.
    #[serde(rename = "where")]
    pub lane_where: LaneWhere,
    /// Whether the goods may be picked up on condition.
    pub conditional_pick_up: bool,
    /// Whether clearance should be followed up later.
    pub follow_up: bool,
    /// Probability with which this box would have been drawn at random, in [0, 1].
    pub selection_probability: f64,
    /// Whether this box was drawn at random.
    pub is_random_selection: bool,
    /// Why the evaluation is less than a full one; empty when it is not.
    pub degraded: Vec<Bilingual>,
    /// How much could be checked.
    pub coverage: Coverage,
    /// Log-odds of the prior; with the reasons' contributions they give the probability.
    pub prior_log_odds: f64,
    /// Addends of the score, largest first.
    pub reasons: Vec<Reason>,
    /// Claims with evidence.
    pub findings: Vec<Finding>,
    /// Line by line.
    pub declared_vs_observed: Vec<DeclaredVersusObserved>,
    /// Kilograms.
    pub mass: MassBalance,
    /// Grade of the scan.
    pub grade: Grade,
    /// Quality of the scan.
    pub quality: ScanQuality,
    /// Containers seen, left to right.
    pub containers: Vec<Region>,
    /// What it depends on.
    pub versions: Versions,
    /// sha256 of the scan file and of the declaration, hexadecimal.
    pub input_sha256: BTreeMap<String, String>,
    /// Milliseconds per stage.
    pub timings_ms: StageTimes,
    /// The engine that really ran.
    pub engine: EngineKind,
}
