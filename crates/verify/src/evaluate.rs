use std::collections::BTreeMap;

use pellucid_core::{EngineKind, Evaluation, Finding, FindingValidity, StageTimes, Versions};

use crate::decision::Decision;
use crate::verdict::Verdict;

/// What the pipeline knows and verification does not.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationInputs {
    /// Versions; `library` and `policy` are overwritten from the verdict and the decision.
    pub versions: Versions,
    /// sha256 of the scan file and of the declaration, hexadecimal.
    pub input_sha256: BTreeMap<String, String>,
    /// Milliseconds per stage.
    pub timings_ms: StageTimes,
    /// The engine that really ran.
    pub engine: EngineKind,
}

/// Assembles the evaluation record.
pub fn evaluate(verdict: &Verdict, decision: &Decision, inputs: EvaluationInputs) -> Evaluation {
    // Claims, and checks that could not be made; passed ones are among the reasons only.
    let is_listed =
        |finding: &&Finding| finding.validity != FindingValidity::Applicable || finding.log_likelihood_ratio > 0.0;
    Evaluation {
        risk_score: verdict.risk_score,
        probability: verdict.probability,
        interval: verdict.interval,
        calibration: verdict.calibration,
        risk_level: decision.risk_level,
        lane: decision.lane,
        lane_where: decision.lane_where,
        conditional_pick_up: decision.conditional_pick_up,
        follow_up: decision.follow_up,
        selection_probability: decision.selection_probability,
        is_random_selection: decision.is_random_selection,
        degraded: decision.obstacles.clone(),
        coverage: verdict.coverage.clone(),
        prior_log_odds: verdict.prior_log_odds,
        reasons: verdict.reasons(),
        findings: verdict.checks.iter().map(|c| &c.finding).filter(is_listed).cloned().collect(),
        declared_vs_observed: verdict.lines.clone(),
        mass: verdict.mass.clone(),
        grade: verdict.grade,
        quality: verdict.quality.clone(),
        containers: verdict.containers.clone(),
        versions: Versions {
            library: verdict.library_version.clone(),
            policy: decision.policy_version.clone(),
            ..inputs.versions
        },
        input_sha256: inputs.input_sha256,
        timings_ms: inputs.timings_ms,
        engine: inputs.engine,
    }
}
