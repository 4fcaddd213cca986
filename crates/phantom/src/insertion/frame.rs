//! In which coordinates solids are given, and where a view shows them.

use pellucid_core::{DetectorArm, PixelBox, ScanGeometry};

use super::refuse;
use crate::error::PhantomError;
use crate::fan::Fan;
use crate::scanner::parts;
use crate::scene::Scene;
use crate::shape::Shape;

/// How a view shows one ISO box whose fan nobody described: what a fit of its rails and castings gives.
///
/// Box coordinates in mm: x from the box's left end, y up from its underside, depth from the outside of its near wall. A
/// point is drawn at `row = level_row + tilt · (column − x0) + rows_per_slope · (source_mm − y) / (near_wall_mm + depth)`
/// and `column = x0 + x / mm_per_column`. Pixel coordinates count edges: pixel `i` reaches from `i` to `i + 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxView {
    /// Source to the outside of the near wall, mm, 200 to 50,000.
    pub near_wall_mm: f64,
    /// Source above the underside of the box, mm, within ±20,000.
    pub source_mm: f64,
    /// Rows per unit of slope of the rays, 10 to 1,000,000.
    pub rows_per_slope: f64,
    /// Row of the level ray at column `x0`.
    pub level_row: f64,
    /// Rows per column that the picture is tilted by, within ±0.2.
    pub tilt: f64,
    /// Column of the box's left end.
    pub x0: f64,
    /// mm per column, 0.5 to 100.
    pub mm_per_column: f64,
}

impl BoxView {
    fn check(&self) -> Result<(), PhantomError> {
        for (key, value, low, high) in [
            ("near_wall_mm", self.near_wall_mm, 200.0, 50_000.0),
            ("source_mm", self.source_mm, -20_000.0, 20_000.0),
            ("rows_per_slope", self.rows_per_slope, 10.0, 1e6),
            ("level_row", self.level_row, -1e6, 1e6),
            ("tilt", self.tilt, -0.2, 0.2),
            ("x0", self.x0, -1e6, 1e6),
            ("mm_per_column", self.mm_per_column, 0.5, 100.0),
        ] {
            if !(low..=high).contains(&value) {
                return Err(refuse(format!("box_view.{key}"), format!("must lie in {low} to {high}, got {value}")));
            }
        }
        Ok(())
    }

    /// The fan at a column, as a geometry: heights above the underside, one row a mm on an arm `rows_per_slope` mm away.
    fn geometry(&self, column: f64) -> ScanGeometry {
        let level = self.level_row + self.tilt * (column - self.x0);
        ScanGeometry {
            source_to_lane_mm: self.near_wall_mm + 1219.0,
            source_height_mm: self.source_mm,
            column_pitch_mm: self.mm_per_column,
            arm: Some(DetectorArm {
                distance_mm: self.rows_per_slope,
                // The ray of a row goes through its middle.
                top_mm: self.source_mm + level - 0.5,
                pitch_mm: 1.0,
            }),
            detectors: Vec::new(),
        }
    }
}

/// Coordinates of solids.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frame {
    /// The lane's: x from the left edge of column 0, y up from the lane, z from the source.
    Lane { geometry: ScanGeometry, pitch_mm: f64 },
    /// A box's ([`BoxView`]).
    Box(BoxView),
}

/// Columns `[first, end)` with the rays that they look along.
pub(super) struct Block {
    pub(super) columns: [usize; 2],
    /// With every row of the view in `row_parts`, as the renderer cuts them.
    pub(super) fan: Fan,
    pub(super) row_parts: usize,
}

/// How far rays of one block may be off at its ends, in rows.
const TILT_ROWS: f64 = 0.05;

impl Frame {
    /// # Errors
    /// A value that no machine has.
    pub(super) fn checked(self) -> Result<Self, PhantomError> {
        match &self {
            Self::Box(view) => view.check()?,
            Self::Lane { geometry, pitch_mm } => {
                if !(0.5..=100.0).contains(pitch_mm) {
                    return Err(refuse("column_pitch_mm", format!("must lie in 0.5 to 100, got {pitch_mm}")));
                }
                if geometry.detector(0).is_none_or(|d| d.distance_mm.is_nan() || d.distance_mm <= 0.0) {
                    return Err(refuse("geometry", "describes no detector in front of the source"));
                }
            }
        }
        Ok(self)
    }

    pub(super) fn pitch_mm(&self) -> f64 {
        match self {
            Self::Lane { pitch_mm, .. } => *pitch_mm,
            Self::Box(view) => view.mm_per_column,
        }
    }

    /// The scene where x counts from the left edge of column 0 and z from the source.
    pub(super) fn placed(&self, scene: &Scene) -> Scene {
        let mut placed = scene.clone();
        if let Self::Box(view) = self {
            let by = [view.x0 * view.mm_per_column, 0.0, view.near_wall_mm];
            for solid in &mut placed.solids {
                solid.shape = moved(solid.shape.clone(), by);
            }
            for range in &mut placed.fine {
                *range = range.map(|x| x + by[0]);
            }
        }
        placed
    }

    /// The rays of columns `[first, end)`: one block, or several where the picture is tilted.
    pub(super) fn blocks(&self, columns: [usize; 2], rows: usize) -> Vec<Block> {
        let step = match self {
            Self::Box(view) if view.tilt != 0.0 => ((2.0 * TILT_ROWS / view.tilt.abs()) as usize).max(1),
            _ => usize::MAX,
        };
        let block = |first: usize| {
            let end = first.saturating_add(step).min(columns[1]);
            let geometry = self.geometry((first + end) as f64 / 2.0);
            let pitch = geometry.row_pitch_mm(rows / 2, geometry.source_to_lane_mm);
            let row_parts = parts(pitch.unwrap_or(0.0));
            Block { columns: [first, end], fan: Fan::new(&geometry, rows).refined(row_parts), row_parts }
        };
        (columns[0]..columns[1]).step_by(step.min(columns[1] - columns[0]).max(1)).map(block).collect()
    }

    fn geometry(&self, column: f64) -> ScanGeometry {
        match self {
            Self::Lane { geometry, .. } => geometry.clone(),
            Self::Box(view) => view.geometry(column),
        }
    }

    /// The pixels that show a placed scene's solids, all of which the view must hold.
    ///
    /// # Errors
    /// A solid at or behind the source, behind the detectors, or not whole in the picture.
    pub(super) fn bounds(&self, placed: &Scene, size: (usize, usize)) -> Result<PixelBox, PhantomError> {
        let (width, rows) = size;
        let mut found: Option<PixelBox> = None;
        for (i, solid) in placed.solids.iter().enumerate() {
            let (min, max) = solid.shape.bounds();
            let key = |name: &str| format!("scene.solids[{i}].{name}");
            if min.iter().chain(&max).any(|v| !v.is_finite()) || (0..3).any(|d| max[d] <= min[d]) {
                return Err(refuse(key("shape"), format!("must have an extent, got {min:?} to {max:?} mm")));
            }
            let columns = [min[0] / self.pitch_mm(), max[0] / self.pitch_mm()];
            if columns[0] < 0.0 || columns[1] > width as f64 {
                let got = format!("columns {:.1} to {:.1}", columns[0], columns[1]);
                return Err(refuse(key("x"), format!("must lie in columns 0 to {width} of the picture, got {got}")));
            }
            if min[2] <= 0.0 {
                return Err(refuse(key("z"), format!("must lie beyond the source at 0 mm, got {:.0} mm", min[2])));
            }
            let geometry = self.geometry((columns[0] + columns[1]) / 2.0);
            if let Self::Lane { geometry, .. } = self {
                let detectors = (0..rows).map_while(|row| geometry.detector(row));
                let nearest = detectors.map(|d| d.distance_mm).fold(f64::INFINITY, f64::min);
                if max[2] > nearest {
                    let limit = format!("must lie before the detectors at {nearest:.0} mm, got {:.0} mm", max[2]);
                    return Err(refuse(key("z"), limit));
                }
            }
            let slopes = slopes(&geometry, rows);
            let [top, bottom] = seen_rows(&slopes, geometry.source_height_mm, [min[1], max[1]], [min[2], max[2]]);
            let tilt = match self {
                Self::Box(view) => view.tilt.abs() * (columns[1] - columns[0]) / 2.0,
                Self::Lane { .. } => 0.0,
            };
            let [top, bottom] = [top - tilt, bottom + tilt];
            if top < 0.0 || bottom > slopes.len() as f64 {
                let got = format!("rows {top:.1} to {bottom:.1}");
                let limit = format!("must lie in rows 0 to {} of the picture, got {got}", slopes.len());
                return Err(refuse(key("y"), limit));
            }
            let [x, y] = [columns[0] as u32, top as u32];
            let [right, low] = [columns[1].ceil() as u32, bottom.ceil() as u32];
            let here = PixelBox { x, y, width: right - x, height: low - y };
            found = Some(found.map_or(here, |all| all.union(here)));
        }
        found.ok_or_else(|| refuse("scene", "must hold at least one solid, got none"))
    }
}

/// Rise per mm of z of the ray of each row, from the top down.
fn slopes(geometry: &ScanGeometry, rows: usize) -> Vec<f64> {
    let described = (0..rows).map_while(|row| geometry.detector(row));
    described.map(|d| (d.height_mm - geometry.source_height_mm) / d.distance_mm).collect()
}

/// Rows (edges counted, fractional) between which a box of heights `y` and distances `z` is seen; what lies beyond the
/// fan is drawn out in a straight line.
fn seen_rows(slopes: &[f64], source: f64, y: [f64; 2], z: [f64; 2]) -> [f64; 2] {
    let [a, b] = [y[1] - source, y[0] - source];
    let highest = if a > 0.0 { a / z[0] } else { a / z[1] };
    let lowest = if b < 0.0 { b / z[0] } else { b / z[1] };
    let row = |slope: f64| {
        let n = slopes.len();
        if n < 2 {
            return -1.0;
        }
        let k = slopes.partition_point(|m| *m > slope).clamp(1, n - 1);
        k as f64 - 0.5 + (slopes[k - 1] - slope) / (slopes[k - 1] - slopes[k]).max(1e-12)
    };
    [row(highest), row(lowest)]
}

/// The same solid elsewhere.
fn moved(mut shape: Shape, by: [f64; 3]) -> Shape {
    let add = |point: &mut [f64; 3]| point.iter_mut().zip(by).for_each(|(p, d)| *p += d);
    match &mut shape {
        Shape::Block { min, max } => {
            add(min);
            add(max);
        }
        Shape::Cylinder { centre, .. }
        | Shape::Ellipsoid { centre, .. }
        | Shape::Dome { base: centre, .. }
        | Shape::Pillow { centre, .. }
        | Shape::Prism { centre, .. }
        | Shape::Rod { centre, .. }
        | Shape::Brick { centre, .. } => add(centre),
        Shape::Vessel { centre, level, .. } => {
            add(centre);
            *level += by[1];
        }
        Shape::Sheet(sheet) => {
            let (across, level) = match sheet.wave {
                crate::corrugation::Wave::AcrossZ => (by[1], by[2]),
                crate::corrugation::Wave::AcrossY => (by[2], by[1]),
            };
            sheet.x = sheet.x.map(|x| x + by[0]);
            sheet.phase += by[0];
            sheet.across = sheet.across.map(|v| v + across);
            sheet.level += level;
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corrugation::{Corrugation, Wave};
    use crate::shape::{Axis, turned};

    #[test]
    fn every_solid_is_moved_whole() {
        let (centre, by) = ([100.0, 900.0, 700.0], [40.0, 15.0, 2500.0]);
        let sheet = |wave| {
            let x = [0.0, 600.0];
            let (across, level, depth, period) = ([200.0, 900.0], 500.0, 30.0, 200.0);
            let (flat_share, slope_share, phase, thickness) = (0.3, 0.2, 0.0, 2.0);
            Shape::Sheet(Corrugation {
                wave,
                x,
                across,
                level,
                depth,
                period,
                flat_share,
                slope_share,
                phase,
                thickness,
                slope_thickness: thickness,
            })
        };
        for shape in [
            Shape::Block { min: [0.0; 3], max: [1.0, 2.0, 3.0] },
            Shape::Cylinder { axis: Axis::Y, centre, radius: 10.0, half_length: 5.0 },
            Shape::Ellipsoid { centre, semi: [1.0, 2.0, 3.0] },
            Shape::Dome { base: centre, semi: [1.0, 2.0, 3.0] },
            Shape::Pillow { centre, half: [9.0; 3], roundness: 1.2 },
            Shape::Prism { centre, half: [9.0; 3], roundness: 1.2 },
            Shape::Rod { centre, axis: [0.6, 0.8, 0.0], radius: 3.0, half_length: 9.0 },
            Shape::Brick { centre, half: [9.0; 3], axes: turned(Axis::Y, 0.4) },
            Shape::Vessel { centre, radius: 50.0, half_length: 70.0, head: 25.0, level: 920.0 },
            sheet(Wave::AcrossZ),
            sheet(Wave::AcrossY),
        ] {
            let (min, max) = shape.bounds();
            let there = moved(shape.clone(), by);
            let (low, high) = there.bounds();
            for d in 0..3 {
                assert!(
                    (low[d] - min[d] - by[d]).abs() < 1e-9 && (high[d] - max[d] - by[d]).abs() < 1e-9,
                    "{shape:?}"
                );
            }
            assert!((there.volume_mm3() / shape.volume_mm3() - 1.0).abs() < 1e-9, "{shape:?}");
        }
    }

    #[test]
    fn a_box_view_draws_places_where_it_says() {
        let view = BoxView {
            near_wall_mm: 2700.0,
            source_mm: 700.0,
            rows_per_slope: 900.0,
            level_row: 420.3,
            tilt: 0.01,
            x0: 100.0,
            mm_per_column: 5.0,
        };
        let frame = Frame::Box(view).checked().unwrap();
        let mut scene = Scene::default();
        let steel = scene.substance("steel", None).unwrap();
        scene.block([1000.0, 300.0, 1500.0], [1005.0, 305.0, 1505.0], steel);
        let seen = frame.bounds(&frame.placed(&scene), (1000, 800)).unwrap();
        let row = 420.3 + 0.01 * 200.5 + 900.0 * (700.0 - 302.5) / (2700.0 + 1502.5);
        assert_eq!((seen.x, seen.width), (300, 1));
        assert!(f64::from(seen.y) <= row && f64::from(seen.bottom()) >= row && seen.height <= 3, "{seen:?} {row}");
        let blocks = frame.blocks([0, 40], 800);
        assert_eq!((blocks.len(), blocks[3].columns), (4, [30, 40]));
        let rays = (blocks[3].fan.row_at(302.5, 4202.5) + 0.5) / blocks[3].row_parts as f64;
        assert!((rays - (420.3 + 0.01 * (35.0 - 100.0) + 900.0 * 397.5 / 4202.5)).abs() < 1e-9);
    }
}
