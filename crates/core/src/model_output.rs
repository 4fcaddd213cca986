/// Planes of one input to a model, planar (C, H, W), f32.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaneStack {
    /// Planes.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `channels · height · width` values.
    pub values: Vec<f32>,
}

impl PlaneStack {
    /// One plane; panics when `c` is not below `channels`, as slices do.
    pub fn plane(&self, c: usize) -> &[f32] {
        let n = self.height * self.width;
        &self.values[c * n..(c + 1) * n]
    }

    /// The value in column `x` of row `y` of plane `c`; panics outside, as slices do.
    pub fn at(&self, c: usize, x: usize, y: usize) -> f32 {
        self.plane(c)[y * self.width + x]
    }
}

/// What the `layout` model says of a whole scan.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutOutput {
    /// Class names of `classes`' planes, from the card: `background container cab running_gear unreadable`.
    pub class_names: Vec<String>,
    /// Probabilities per class on a grid of `stride` input pixels.
    pub classes: PlaneStack,
    /// Probability that a cell holds a corner casting (one plane), same grid.
    pub castings: PlaneStack,
    /// Model-input pixels per grid cell.
    pub stride: usize,
    /// Columns of the grid that the scan covers; the rest of the width bucket is padding.
    pub valid_width: usize,
    /// sha256 of the model.
    pub model_sha256: String,
}

/// What the `cargo` model says of one container at 10 mm.
#[derive(Debug, Clone, PartialEq)]
pub struct CargoOutput {
    /// Embedding per patch, `(dims, rows, cols)` at `stride`.
    pub embedding: PlaneStack,
    /// Commodity probabilities per patch, `(headings, rows, cols)`, same grid.
    pub commodity: PlaneStack,
    /// Headings of `commodity`'s planes, from the card; `empty` is one of them.
    pub headings: Vec<String>,
    /// Probabilities of structure classes at half the stride.
    pub structure: PlaneStack,
    /// Names of `structure`'s planes, from the card.
    pub structure_names: Vec<String>,
    /// Probability of a concealed object at half the stride (one plane).
    pub concealment: PlaneStack,
    /// Model-input pixels (10 mm) per patch: 16.
    pub stride: usize,
    /// sha256 of the model.
    pub model_sha256: String,
}
