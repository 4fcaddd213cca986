use pellucid_core::{MapKind, PixelBox};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Values on a grid that is laid over a box of the view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MapGrid {
    /// The box in the view's pixels.
    pub px: PixelBox,
    /// Columns of the grid.
    pub cols: u32,
    /// Rows of the grid.
    pub rows: u32,
    /// `rows · cols` values, row after row; `null` where nothing can be said.
    pub values: Vec<Option<f32>>,
}

/// An overlay for one view: one grid per container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MapDocument {
    /// What the values mean.
    pub kind: MapKind,
    /// Their unit: `kg`, `g/cm²`, `class`, or empty for shares and probabilities.
    pub unit: String,
    /// The value that is drawn at full strength.
    pub full_scale: f32,
    /// Size of the view in pixels: columns, rows.
    pub view_px: [u32; 2],
    /// The grids, containers from left to right.
    pub grids: Vec<MapGrid>,
}
