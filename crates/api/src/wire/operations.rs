use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The process answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Liveness {
    /// Always `alive`.
    pub status: String,
    /// Software version.
    pub version: String,
}

/// One thing that the service needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReadinessCheck {
    /// What was checked: `database`, `blobs`, `models`, `worker`.
    pub name: String,
    /// Whether it works.
    pub is_ready: bool,
    /// One sentence.
    pub detail: String,
}

/// Whether scans can be taken in and evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// Whether every check passed.
    pub is_ready: bool,
    /// The checks.
    pub checks: Vec<ReadinessCheck>,
}

/// One number for `/metrics`.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Name in the Prometheus convention, without the `pellucid_` prefix.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// `counter` or `gauge`.
    pub kind: &'static str,
    /// Label pairs and value, one line each.
    pub samples: Vec<(Vec<(&'static str, String)>, f64)>,
}
