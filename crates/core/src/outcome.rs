use serde::{Deserialize, Serialize};

/// What the opened box held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// Whether the declaration was found wrong.
    pub is_hit: bool,
    /// HS headings actually found.
    pub headings_found: Vec<String>,
    /// Kilograms concerned, if weighed.
    pub mass_kg: Option<f64>,
    /// Free text.
    pub note: String,
}
