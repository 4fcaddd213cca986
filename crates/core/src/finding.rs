use serde::{Deserialize, Serialize};

use crate::{Bilingual, FindingKind, Interval, Provenance, Region};

/// Whether a check could be made (closed list of FORMATS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FindingValidity {
    /// It was made and counts.
    Applicable,
    /// The input for it is absent.
    NotApplicable,
    /// The library does not know the goods.
    NotCovered,
    /// Known, but other goods look the same at this grade.
    Indistinguishable,
    /// The scan cannot be read there.
    Unreadable,
    /// Made, but thresholds are not fitted to this site.
    Uncalibrated,
}

/// One fact that a finding rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// What was measured or compared, such as `total_mass_kg`.
    pub name: String,
    /// The observed value.
    pub observed: Option<f64>,
    /// The value it was held against.
    pub expected: Option<f64>,
    /// Unit of both; empty for shares and probabilities.
    pub unit: String,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A claim worth a person's time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Finding {
    /// What is claimed.
    pub kind: FindingKind,
    /// Whether the check could be made.
    pub validity: FindingValidity,
    /// Log-likelihood ratio, natural logarithm: evidence for "wrong" over "as declared"; 0 unless applicable.
    pub log_likelihood_ratio: f64,
    /// Where; absent when it is about the whole box.
    pub region: Option<Region>,
    /// Kilograms concerned; absent for grade `processed` and for claims without mass.
    pub mass_kg: Option<Interval>,
    /// Declared line concerned, if one.
    pub line: Option<u32>,
    /// One sentence for officers.
    pub text: Bilingual,
    /// The facts.
    pub evidence: Vec<Evidence>,
}
