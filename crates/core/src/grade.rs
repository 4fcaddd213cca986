use serde::{Deserialize, Serialize};

/// What a scan's pixels are, which bounds what can be said from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Counts of two bands with dark and air: everything works.
    DualEnergyRaw,
    /// Counts of one band: no material; areal density only along an assumed composition.
    SingleEnergyRaw,
    /// Vendor grey of 8 or 16 bits: appearance and shares only, never kilograms.
    Processed,
}

impl Grade {
    /// The grade's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DualEnergyRaw => "dual_energy_raw",
            Self::SingleEnergyRaw => "single_energy_raw",
            Self::Processed => "processed",
        }
    }

    /// Whether kilograms can be measured at all.
    pub fn has_mass(self) -> bool {
        self != Self::Processed
    }
}
