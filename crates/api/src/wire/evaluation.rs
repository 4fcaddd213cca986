use pellucid_core::{Declaration, Evaluation, EvaluationId, FindingKind, Interval, Lane, Reason, RiskLevel, ScanId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One evaluation as it was stored; never changed afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoredEvaluation {
    /// Its id; absent from a dry run, which stores nothing.
    pub id: Option<EvaluationId>,
    /// The scan.
    pub scan: Option<ScanId>,
    /// Number of the declaration it was held against.
    pub declaration_no: Option<String>,
    /// When it was made, RFC 3339 UTC.
    pub created_at: Option<String>,
    /// The evaluation itself.
    #[serde(flatten)]
    pub evaluation: Evaluation,
}

/// What a list shows of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationSummary {
    /// Its id.
    pub id: EvaluationId,
    /// When it was made, RFC 3339 UTC.
    pub created_at: String,
    /// 0–100.
    pub risk_score: f64,
    /// Risk in words.
    pub risk_level: RiskLevel,
    /// Recommended lane.
    pub lane: Lane,
    /// Whether it is less than a full evaluation.
    pub is_degraded: bool,
    /// The largest addend of the score, if any.
    pub main_reason: Option<Reason>,
    /// Kinds of what was found, each once.
    pub finding_kinds: Vec<FindingKind>,
    /// Best declared figure, kg.
    pub declared_kg: Option<f64>,
    /// Observed cargo, kg.
    pub observed_kg: Option<f64>,
    /// Kilograms that no declared line explains.
    pub undeclared_kg: Option<Interval>,
    /// Declared kilograms that were not found.
    pub missing_kg: Option<Interval>,
}

/// Evaluations of one scan, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvaluationList {
    /// All of them.
    pub items: Vec<StoredEvaluation>,
}

/// Asks for an evaluation of a stored scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRequest {
    /// The scan.
    pub scan: ScanId,
    /// Held against this document; the scan's own declaration when absent. Only a dry run may bring its own: other
    /// declarations are stored first (`PUT /scans/{id}/declarations/{no}`).
    #[serde(default)]
    pub declaration: Option<Declaration>,
    /// Whether nothing is stored.
    #[serde(default)]
    pub dry_run: bool,
}
