//! Where the source stands, fitted from the lines of one box, and the rectified coordinates that follow from it.
//!
//! Rays fan out in y only: a point `y` above the underside at distance `z` from the source is drawn at
//! `row = level + R · (s − y) / z`, s the source's height above the underside, R rows per unit of slope. Four lines of an
//! ISO box lie at known `(y, z)`: upper edge of the near and of the far top rail, floor at the far wall, near end of the
//! cross-members. With counts and a described fan R is given, and three lines yield distance, source height and the
//! box's height; in vendor grey R is not known, and all four yield distance and source height for a given box height.

use pellucid_core::{IsoSize, PixelBox, ScanGeometry};

use crate::container_geometry::Insets;
use crate::lines::BoxLines;

/// External width of every ISO container, mm.
const WIDTH_MM: f64 = 2438.0;
/// The rail lies this far below the castings' top, mm (ISO 1161 and 1496-1).
const RAIL_BELOW_TOP: f64 = 6.0;
/// Lower near end of the cross-members: above the underside, and behind the near rail's face, mm.
const MEMBER_END: [f64; 2] = [10.0, 46.0];
/// Top of the bottom rails above the underside, mm: what is seen of a dry box's floor, 2 mm lower.
const RAIL_TOP: f64 = 162.0;
/// z of the lines from the outside of the near wall, mm: outer face of near rails, inner face of the far top rail (and as
/// much again, because half of its darkness is reached below its edge), outer face of the far bottom rail.
const NEAR_RAIL: f64 = 2.0;
const FAR_TOP_RAIL: f64 = WIDTH_MM - 81.0;
const FAR_RAIL: f64 = WIDTH_MM - 2.0;
/// Errors of lines, rows: an edge between light and dark, and the underside when only the rough box tells it (a share of
/// the height).
const LINE_ROWS: f64 = 1.0;
const ROUGH_UNDERSIDE: f64 = 0.03;
/// Distances from source to near wall that machines are built with, mm.
const NEAR_WALL_MM: [f64; 2] = [1000.0, 12_000.0];

/// Source and scale of a view with respect to one box.
///
/// Box coordinates in mm: x from the left end of the silhouette, y up from the underside, depth from the outside of the
/// near wall. Pixel coordinates count edges: pixel `i` reaches from `i` to `i + 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perspective {
    /// Source to the outside of the near wall, mm, and one standard deviation.
    pub near_wall_mm: [f64; 2],
    /// Source above the underside of the box, mm, and one standard deviation.
    pub source_mm: [f64; 2],
    /// Height of the box, mm, and one standard deviation; the second is 0 where the height was taken, not measured.
    pub height_mm: [f64; 2],
    /// Rows per unit of slope of the rays.
    rows_per_slope: f64,
    /// Row of the level ray at column `x0`, and rows per column that the picture is tilted by.
    level_row: f64,
    tilt: f64,
    /// Column of the left end, and mm per column.
    x0: f64,
    mm_per_column: f64,
}

impl Perspective {
    /// Box coordinates `[x, y]` in mm of what a pixel coordinate shows at a depth (mm behind the near wall).
    pub fn box_mm(&self, x: f64, row: f64, depth_mm: f64) -> [f64; 2] {
        let level = self.level_row + self.tilt * (x - self.x0);
        let y = self.source_mm[0] - (row - level) * (self.near_wall_mm[0] + depth_mm) / self.rows_per_slope;
        [(x - self.x0) * self.mm_per_column, y]
    }

    /// Pixel coordinates `[x, row]` that show a place in the box; the inverse of [`Self::box_mm`].
    pub fn pixel(&self, x_mm: f64, y_mm: f64, depth_mm: f64) -> [f64; 2] {
        let x = self.x0 + x_mm / self.mm_per_column;
        let level = self.level_row + self.tilt * (x - self.x0);
        let slope = (self.source_mm[0] - y_mm) / (self.near_wall_mm[0] + depth_mm);
        [x, level + self.rows_per_slope * slope]
    }

    /// Rows per unit of slope of the rays.
    pub fn rows_per_slope(&self) -> f64 {
        self.rows_per_slope
    }

    /// Row of the level ray at the box's left end.
    pub fn level_row(&self) -> f64 {
        self.level_row
    }

    /// Column of the box's left end.
    pub fn left_end(&self) -> f64 {
        self.x0
    }

    /// mm per column.
    pub fn mm_per_column(&self) -> f64 {
        self.mm_per_column
    }

    /// Rows per column that the picture is tilted by.
    pub fn tilt(&self) -> f64 {
        self.tilt
    }

    /// The lines along the box that an ISO box has at known places, each with its height above the underside and its depth
    /// behind the near wall in mm: the fit was made from such lines, and puts them all where [`Self::pixel`] says.
    pub fn lines(&self) -> [(&'static str, [f64; 2]); 4] {
        let rail = self.height_mm[0] - RAIL_BELOW_TOP;
        [
            ("near top rail", [rail, NEAR_RAIL]),
            ("far top rail", [rail, FAR_TOP_RAIL]),
            ("far bottom rail", [RAIL_TOP, FAR_RAIL]),
            ("underside", [MEMBER_END[0], MEMBER_END[1]]),
        ]
    }

    /// mm per row at a depth.
    pub fn mm_per_row(&self, depth_mm: f64) -> f64 {
        (self.near_wall_mm[0] + depth_mm) / self.rows_per_slope
    }

    /// Fits a described fan: distance, source height and box height from near top, far top and floor.
    ///
    /// `None` when a load hides one of the lines, when detectors are not evenly spaced on a vertical arm, or when the lines
    /// fit no machine.
    pub(crate) fn with_fan(lines: &BoxLines, region: PixelBox, fan: &ScanGeometry, insets: Insets) -> Option<Self> {
        let [floor_top, far_floor_mm] = floor_line(insets);
        let arm = fan.arm.filter(|arm| fan.detectors.is_empty() && arm.pitch_mm > 0.0 && arm.distance_mm > 0.0)?;
        let (far, floor) = (lines.far_top?, lines.floor?);
        let rows_per_slope = arm.distance_mm / arm.pitch_mm;
        // Detector r looks through the middle of row r.
        let level = (arm.top_mm - fan.source_height_mm) / arm.pitch_mm + 0.5;
        let top = lines.top_row(middle(region));
        let slope = |row: f64| (level - row) / rows_per_slope;
        let (near_top, far_top, far_floor) = (slope(top), slope(top + far), slope(top + floor));
        if near_top < far_top + 0.02 {
            return None;
        }
        let depth = FAR_TOP_RAIL - NEAR_RAIL;
        let z = depth * far_top / (near_top - far_top);
        let near_wall = z - NEAR_RAIL;
        let source = floor_top - far_floor * (near_wall + far_floor_mm);
        let height = near_top * z + source + RAIL_BELOW_TOP;
        let error = LINE_ROWS / rows_per_slope;
        let dz = depth * error * near_top.hypot(far_top) / (near_top - far_top).powi(2);
        let source_error = (error * (z + depth)).hypot(far_floor * dz);
        Self {
            near_wall_mm: [near_wall, dz],
            source_mm: [source, source_error],
            height_mm: [height, (error * z).hypot((near_top - far_floor) * dz).hypot(error * (z + depth))],
            rows_per_slope,
            level_row: level + lines.tilt() * (f64::from(region.x) - middle(region)),
            tilt: lines.tilt(),
            x0: f64::from(region.x),
            mm_per_column: fan.column_pitch_mm,
        }
        .if_sane()
    }

    /// Fits vendor grey: distance and source height from all four lines, for a box of the given length class.
    pub(crate) fn without_fan(lines: &BoxLines, region: PixelBox, size: IsoSize, insets: Insets) -> Option<Self> {
        // Long boxes come in two heights, and grey does not tell which: the middle, with half of the difference as error.
        let [height_mm, height_error] = if size == IsoSize::Twenty { [2591.0, 0.0] } else { [2743.5, 152.5] };
        let (far, floor) = (lines.far_top?, lines.floor?);
        let [floor_top, far_floor_mm] = floor_line(insets);
        let top = lines.top_row(middle(region));
        let rough = f64::from(region.bottom()) - top - 0.5 * lines.tilt().abs() * f64::from(region.width);
        let (rows, error) = lines.underside.map_or((rough, ROUGH_UNDERSIDE * rough), |rows| (rows, LINE_ROWS));
        let span = height_mm - RAIL_BELOW_TOP - MEMBER_END[0];
        let solve = |far: f64, floor: f64, rows: f64| -> Option<(f64, f64)> {
            let depth = [FAR_TOP_RAIL - NEAR_RAIL, far_floor_mm - NEAR_RAIL];
            // With A the height of the rail above the source and z the distance of its face:
            // far = R A (1/z − 1/(z + d)), rows = R (A/z + (span − A)/(z + e)); their ratio gives A for a distance z.
            let above = |z: f64| {
                let share = far / rows;
                let end = z + MEMBER_END[1];
                share * span / end / (depth[0] / (z * (z + depth[0])) - share / z + share / end)
            };
            // Then where the floor would be: floor = R (A/z + (drop − A)/(z + d')).
            let misfit = |z: f64| {
                let a = above(z);
                let drop = height_mm - RAIL_BELOW_TOP - floor_top;
                let unit = a / z + (span - a) / (z + MEMBER_END[1]);
                (a / z + (drop - a) / (z + depth[1])) / unit - floor / rows
            };
            let [mut lo, mut hi] = NEAR_WALL_MM;
            let sign = misfit(lo).signum();
            if sign == misfit(hi).signum() {
                return None;
            }
            for _ in 0..60 {
                let z = 0.5 * (lo + hi);
                if misfit(z).signum() == sign { lo = z } else { hi = z }
            }
            let z = 0.5 * (lo + hi);
            Some((z - NEAR_RAIL, height_mm - RAIL_BELOW_TOP - above(z)))
        };
        let (near_wall, source) = solve(far, floor, rows)?;
        // Errors by moving one line at a time.
        let moved = [
            solve(far + LINE_ROWS, floor, rows),
            solve(far, floor + LINE_ROWS, rows),
            solve(far, floor, rows + error),
        ];
        let spread = |value: fn((f64, f64)) -> f64, at: f64| {
            moved.iter().map(|m| m.map_or(at, |m| value(m) - at).powi(2)).sum::<f64>().sqrt()
        };
        let (z, above) = (near_wall + NEAR_RAIL, height_mm - RAIL_BELOW_TOP - source);
        let rows_per_slope = rows / (above / z + (span - above) / (z + MEMBER_END[1]));
        let level = top + rows_per_slope * above / z;
        Self {
            near_wall_mm: [near_wall, spread(|m| m.0, near_wall)],
            source_mm: [source, spread(|m| m.1, source)],
            height_mm: [height_mm, height_error],
            rows_per_slope,
            level_row: level + lines.tilt() * (f64::from(region.x) - middle(region)),
            tilt: lines.tilt(),
            x0: f64::from(region.x),
            mm_per_column: size.external_length_mm() / f64::from(region.width.max(1)),
        }
        .if_sane()
    }

    fn if_sane(self) -> Option<Self> {
        let [near, height] = [self.near_wall_mm[0], self.height_mm[0]];
        let is_sane = (NEAR_WALL_MM[0]..NEAR_WALL_MM[1]).contains(&near)
            && (1500.0..4000.0).contains(&height)
            && self.source_mm[0].abs() < 6000.0
            && self.mm_per_column > 0.0;
        is_sane.then_some(self)
    }
}

/// Height above the underside and depth behind the near wall, mm, of the line where the floor begins at the far wall: the far
/// bottom rail's upper edge, or a floor that stands above it.
fn floor_line(insets: Insets) -> [f64; 2] {
    if insets.floor_mm > RAIL_TOP { [insets.floor_mm, WIDTH_MM - insets.wall_mm] } else { [RAIL_TOP, FAR_RAIL] }
}

fn middle(region: PixelBox) -> f64 {
    f64::from(region.x) + 0.5 * f64::from(region.width)
}
