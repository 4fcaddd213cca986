use std::sync::Arc;

use pellucid_core::{EngineKind, Grade, Raster, ScanGeometry, ScanQuality, StageTimes};

use crate::kernels::strip::StripTables;

/// Measured planes of one view. All planes have the view's size.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagedView {
    /// Name given by the scanner.
    pub name: String,
    /// Fan geometry, if known.
    pub geometry: Option<ScanGeometry>,
    /// Attenuation of the high band (or the only one), in 1/4096, [0, 16).
    pub high: Raster<u16>,
    /// Attenuation of the low band, in 1/4096; `None` unless dual energy.
    pub low: Option<Raster<u16>>,
    /// Areal density in g/cm², >= 0; `None` for grade `processed` and for bands of unknown end point.
    pub areal_density: Option<Raster<f32>>,
    /// [`pellucid_core::MaterialClass`] numbers; `None` where `areal_density` is.
    pub z_class: Option<Raster<u8>>,
    /// One sigma of `areal_density` over it, in 1/512: noise and what composition leaves open; 255 where it is half or more,
    /// or where there is no upper bound. Edges and unknown structure are not in it. `None` where `areal_density` is.
    pub areal_density_sigma: Option<Raster<u8>>,
    /// Probability of the likeliest class in 1/255, whether it was named or left undecidable (below nine tenths, or
    /// where thin heavy matter looks the same); 0 where nothing was measured. `None` where `areal_density` is.
    pub class_confidence: Option<Raster<u8>>,
    /// [`pellucid_core::Validity`] bits. `PENETRATION_LIMITED` speaks of the high band; the others of either band.
    pub validity: Raster<u8>,
    /// How pictures split attenuation into an organic and a steel part; `None` unless dual energy.
    pub strips: Option<Arc<StripTables>>,
    /// Attenuation of black in a vendor picture, in 1/4096: nothing can be darker. `None` for raw grades.
    pub black: Option<u16>,
}

impl ImagedView {
    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.high.width(), self.high.height())
    }

    /// Whether classes can be told here: two bands of known end points were measured.
    pub fn has_material(&self) -> bool {
        self.low.is_some() && self.z_class.is_some()
    }
}

/// A scan, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Imaged {
    /// Grade of the scan.
    pub grade: Grade,
    /// One entry per view, in the scan's order.
    pub views: Vec<ImagedView>,
    /// How far it can be trusted.
    pub quality: ScanQuality,
    /// Milliseconds per stage.
    pub timings_ms: StageTimes,
    /// Version of the plan that made it.
    pub plan_version: String,
    /// The engine that really ran.
    pub engine: EngineKind,
}

/// A picture for people: 4 bytes a pixel, red green blue alpha, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayImage {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `4 · width · height` bytes.
    pub rgba: Vec<u8>,
}

/// A box of fractional pixels of one view and the size it is resampled to.
///
/// Pixel `(x, y)` covers `[x, x+1) x [y, y+1)`. The box may exceed the view: outside is air (A = 0, T = 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResampleWindow {
    /// Index of the view.
    pub view: usize,
    /// Left edge in pixels.
    pub x0: f64,
    /// Top edge in pixels.
    pub y0: f64,
    /// Right edge in pixels, > `x0`.
    pub x1: f64,
    /// Bottom edge in pixels, > `y0`.
    pub y1: f64,
    /// Columns of the result, 1 to 16,384.
    pub out_width: usize,
    /// Rows of the result, 1 to 16,384.
    pub out_height: usize,
}
