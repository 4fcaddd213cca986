use pellucid_core::{EvaluationId, ScanId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happened, delivered at least once and in order per scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Place in the log: pass it as `after` to go on from here.
    pub cursor: String,
    /// What happened, such as `scan.received` or `evaluation.completed`.
    pub kind: String,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// The scan concerned.
    pub scan: Option<ScanId>,
    /// The evaluation concerned.
    pub evaluation: Option<EvaluationId>,
    /// Small facts by kind.
    pub data: serde_json::Map<String, serde_json::Value>,
}

/// Events after a cursor, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventPage {
    /// The events.
    pub items: Vec<Event>,
    /// Cursor of the last one; the cursor that was asked for when there are none.
    pub next: String,
}
