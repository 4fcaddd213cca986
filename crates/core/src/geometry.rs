use serde::{Deserialize, Serialize};

/// Where one detector stands in the plane of the fan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DetectorPosition {
    /// Horizontal distance from the source in mm.
    pub distance_mm: f64,
    /// Height above the lane's surface in mm.
    pub height_mm: f64,
}

/// Detectors evenly spaced on one vertical arm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DetectorArm {
    /// Horizontal distance from the source in mm.
    pub distance_mm: f64,
    /// Height of the first (top) detector in mm above the lane's surface.
    pub top_mm: f64,
    /// Spacing downwards in mm.
    pub pitch_mm: f64,
}

/// Fan geometry of a view. The plane of the fan is vertical and across the lane; rays start at the source.
///
/// Coordinates: `z` horizontally from the source across the lane, `y` up from the lane's surface, `x` along the lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanGeometry {
    /// Horizontal distance from the source to the middle of the lane in mm.
    pub source_to_lane_mm: f64,
    /// Height of the source above the lane's surface in mm.
    pub source_height_mm: f64,
    /// Distance the load moves between two columns in mm.
    pub column_pitch_mm: f64,
    /// Evenly spaced vertical arm; used when `detectors` is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<DetectorArm>,
    /// Every detector from the top down; empty when `arm` describes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detectors: Vec<DetectorPosition>,
}

impl ScanGeometry {
    /// Position of the detector of a row, if the description covers it.
    pub fn detector(&self, row: usize) -> Option<DetectorPosition> {
        if let Some(position) = self.detectors.get(row) {
            return Some(*position);
        }
        if !self.detectors.is_empty() {
            return None;
        }
        self.arm.map(|arm| DetectorPosition {
            distance_mm: arm.distance_mm,
            height_mm: arm.top_mm - arm.pitch_mm * row as f64,
        })
    }

    /// Height in mm, at horizontal distance `z_mm` from the source, of the ray to the detector of a row.
    pub fn ray_height_mm(&self, row: usize, z_mm: f64) -> Option<f64> {
        let d = self.detector(row)?;
        Some(self.source_height_mm + (d.height_mm - self.source_height_mm) * z_mm / d.distance_mm)
    }

    /// Vertical size in mm, at horizontal distance `z_mm`, of the pixel of a row (half the span of its neighbours).
    pub fn row_pitch_mm(&self, row: usize, z_mm: f64) -> Option<f64> {
        let here = self.ray_height_mm(row, z_mm)?;
        let above = row.checked_sub(1).and_then(|r| self.ray_height_mm(r, z_mm));
        let below = self.ray_height_mm(row + 1, z_mm);
        match (above, below) {
            (Some(a), Some(b)) => Some((a - b) / 2.0),
            (Some(a), None) => Some(a - here),
            (None, Some(b)) => Some(here - b),
            (None, None) => None,
        }
    }
}
