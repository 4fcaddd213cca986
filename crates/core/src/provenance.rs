use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which engine really ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EngineKind {
    /// `cpu` or `wgpu`.
    pub kind: String,
    /// Adapter or processor, in words.
    pub device: String,
}

/// Milliseconds per stage, by stage name.
pub type StageTimes = BTreeMap<String, f64>;

/// Where a piece of evidence comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Provenance {
    /// The check, model or instrument.
    pub source: String,
    /// Its version or sha256.
    pub version: String,
}
