use serde::{Deserialize, Serialize};

use crate::{Grade, PixelBox, TamperingKind};

/// A container as a phantom placed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthContainer {
    /// Container number.
    pub id: String,
    /// Size and type code (`22G1`).
    pub size_type: String,
    /// Box around its projection in the first view.
    pub box_px: PixelBox,
}

/// How a phantom was tampered with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TamperingTruth {
    /// How.
    pub kind: TamperingKind,
    /// Kilograms concerned.
    pub mass_kg: f64,
    /// Heading of what is really there, if goods.
    pub hs: Option<String>,
    /// Value of the object in `truth/item.tif`, if it has a mask.
    pub mask_id: Option<u16>,
    /// Place of its container among [`CaseTruth::containers`], from 0.
    #[serde(default)]
    pub container: usize,
    /// Kilograms of pallets and dunnage that lie in a box that is called full; only of `empty`, where `mass_kg` is what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_kg: Option<f64>,
}

/// Goods as really loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthItem {
    /// Declared line it belongs to; 0 when undeclared.
    pub line: u32,
    /// Real heading.
    pub hs: String,
    /// Kilograms really loaded.
    pub mass_kg: f64,
    /// `[x0, y0, z0, x1, y1, z1]` in mm inside the container (x along, y up, z across from the source).
    pub box_mm: [f64; 6],
    /// Place of its container among [`CaseTruth::containers`], from 0.
    #[serde(default)]
    pub container: usize,
}

/// `truth.json` of a case folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseTruth {
    /// Name of the case.
    pub case: String,
    /// Recipe it was made from.
    pub recipe: String,
    /// Scanner preset.
    pub scanner: String,
    /// Seed.
    pub seed: u64,
    /// Grade of the scan.
    pub grade: Grade,
    /// Containers, left to right.
    pub containers: Vec<TruthContainer>,
    /// Tampering; `None` when honest.
    pub tampering: Option<TamperingTruth>,
    /// What is really loaded.
    pub items: Vec<TruthItem>,
}
