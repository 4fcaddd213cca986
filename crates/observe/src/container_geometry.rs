use pellucid_core::{ContainerType, IsoSize, PixelBox, ScanGeometry};
use pellucid_imaging::ResampleWindow;

use crate::perspective::Perspective;

/// mm of the `cargo` model's pixel along x.
pub const MODEL_MM: f64 = 10.0;
/// Rows of the `cargo` model's input.
pub const CARGO_ROWS: usize = 304;
/// Rows of it that the silhouette's height becomes.
pub const SILHOUETTE_ROWS: usize = 280;
/// Columns of its input for a 20' box and for longer ones.
pub const CARGO_WIDTHS: [usize; 2] = [640, 1408];
/// Model pixels per patch.
pub const PATCH: usize = 16;

/// A container found in a view.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerGeometry {
    /// Index of the view.
    pub view: usize,
    /// Box around its silhouette, near wall included.
    pub region: PixelBox,
    /// Confidence that this is a container with these edges, in [0, 1].
    pub confidence: f32,
    /// Recognised size. For grade `processed` only the length class is seen: `Forty` then stands for every 40' box.
    pub size: Option<IsoSize>,
    /// Recognised type; `None` when nothing that shows tells.
    pub container_type: Option<ContainerType>,
    /// From its left and right end in the view to the space for goods, mm.
    pub ends_mm: [f64; 2],
    /// Length in mm: of the recognised size, else as measured; `None` without scale.
    pub length_mm: Option<f64>,
    /// External height in mm: of the recognised size, else as measured; `None` without scale.
    pub height_mm: Option<f64>,
    /// mm per pixel along x and y at mid-depth; `None` without scale.
    pub pitch_mm: Option<[f64; 2]>,
    /// Where it stands in the fan; `None` without fan geometry.
    pub place: Option<ContainerPlace>,
    /// Source and scale as its own lines show them; `None` where a load hides the lines.
    ///
    /// With fan geometry this is independent of `place`, which trusts the lane's middle.
    pub perspective: Option<Perspective>,
}

/// Outside of a container in the plane of the fan, in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContainerPlace {
    /// z of near and far wall, from the source.
    pub z_mm: [f64; 2],
    /// y of underside and top, above the lane.
    pub y_mm: [f64; 2],
    /// How thick its walls, floor and roof are.
    pub insets: Insets,
}

/// From the outside of a container to the space for goods, mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Insets {
    /// Side walls; of a tank, to where its vessel bulges farthest.
    pub wall_mm: f64,
    /// Underside to what goods stand on.
    pub floor_mm: f64,
    /// Top to the inside of the roof.
    pub roof_mm: f64,
    /// Ends: the one with doors, and the one with the front wall or the machinery.
    pub ends_mm: [f64; 2],
}

impl Insets {
    /// Of a type, as lines publish inside dimensions; a box of unknown type is taken to be dry. The floor of a flat depends on
    /// its length in mm.
    pub fn of(container_type: Option<ContainerType>, length_mm: f64) -> Self {
        let (wall_mm, floor_mm, roof_mm, ends_mm) = match container_type {
            // Corrugated walls with their margin.
            None | Some(ContainerType::Dry) => (43.0, 160.0, 48.0, [80.0, 80.0]),
            // 2.29 m wide and 2.56 m high inside, over T-bars.
            Some(ContainerType::Reefer) => (74.0, 232.0, 103.0, [100.0, 500.0]),
            // Two heads hold as much as cylinders of two thirds of their length.
            Some(ContainerType::Tank) => (100.0, 110.0, 180.0, [325.0, 325.0]),
            Some(ContainerType::Flat) => (30.0, if length_mm < 7000.0 { 350.0 } else { 620.0 }, 0.0, [240.0, 240.0]),
        };
        Self { wall_mm, floor_mm, roof_mm, ends_mm }
    }
}

impl ContainerPlace {
    /// z of the space for goods.
    pub fn inside_z_mm(self) -> [f64; 2] {
        [self.z_mm[0] + self.insets.wall_mm, self.z_mm[1] - self.insets.wall_mm]
    }

    /// y of the space for goods.
    pub fn inside_y_mm(self) -> [f64; 2] {
        [self.y_mm[0] + self.insets.floor_mm, self.y_mm[1] - self.insets.roof_mm]
    }

    /// z at mid-depth.
    pub fn middle_z_mm(self) -> f64 {
        0.5 * (self.z_mm[0] + self.z_mm[1])
    }

    /// Depths at which the ray `y = height + slope · z` runs inside the space for goods; `None` when it misses it.
    pub fn admissible_z_mm(self, height: f64, slope: f64) -> Option<[f64; 2]> {
        let ([mut from, mut to], [floor, roof]) = (self.inside_z_mm(), self.inside_y_mm());
        if slope.abs() < 1e-9 {
            return (floor..=roof).contains(&height).then_some([from, to]);
        }
        let (a, b) = ((floor - height) / slope, (roof - height) / slope);
        from = from.max(a.min(b));
        to = to.min(a.max(b));
        (to > from).then_some([from, to])
    }
}

/// Slope (rise per mm of z) of the ray of a row.
pub(crate) fn ray_slope(geometry: &ScanGeometry, row: usize) -> Option<f64> {
    geometry.detector(row).map(|d| (d.height_mm - geometry.source_height_mm) / d.distance_mm)
}

/// First row, from the top, whose ray passes at or below height `y_mm` at depth `z_mm`; `rows` when none does.
pub(crate) fn row_at(geometry: &ScanGeometry, rows: usize, y_mm: f64, z_mm: f64) -> usize {
    (0..rows).find(|row| geometry.ray_height_mm(*row, z_mm).is_some_and(|y| y <= y_mm)).unwrap_or(rows)
}

impl ContainerGeometry {
    /// Columns of the model's input for this container.
    pub fn cargo_width(&self) -> usize {
        // A length that is not known is seen by the shape: long boxes are more than three times as long as high.
        let length = self.length_mm.unwrap_or_else(|| {
            let ratio = f64::from(self.region.width) / f64::from(self.region.height.max(1));
            if ratio < 3.0 { 6058.0 } else { 12192.0 }
        });
        if length <= MODEL_MM * CARGO_WIDTHS[0] as f64 { CARGO_WIDTHS[0] } else { CARGO_WIDTHS[1] }
    }

    /// Length that the silhouette's width stands for in the model's input, mm; never more than the input holds.
    pub fn model_length_mm(&self) -> f64 {
        let widest = MODEL_MM * self.cargo_width() as f64;
        let known = self.size.map(IsoSize::external_length_mm).or(self.length_mm);
        known.unwrap_or(if self.cargo_width() == CARGO_WIDTHS[0] { 6058.0 } else { 12192.0 }).min(widest)
    }
}

/// The window that becomes the `cargo` model's input: centred on the silhouette; along x 10 mm per pixel by the ISO length
/// (silhouette width ↔ length / 10 model pixels), along y the silhouette's height becomes 280 of 304 rows.
pub fn cargo_window(container: &ContainerGeometry, view_index: usize) -> ResampleWindow {
    let region = container.region;
    let (width, height) = (f64::from(region.width.max(1)), f64::from(region.height.max(1)));
    let out_width = container.cargo_width();
    let (x, y) = (f64::from(region.x) + 0.5 * width, f64::from(region.y) + 0.5 * height);
    let half_width = 0.5 * out_width as f64 * width / (container.model_length_mm() / MODEL_MM);
    let half_height = 0.5 * CARGO_ROWS as f64 * height / SILHOUETTE_ROWS as f64;
    ResampleWindow {
        view: view_index,
        x0: x - half_width,
        y0: y - half_height,
        x1: x + half_width,
        y1: y + half_height,
        out_width,
        out_height: CARGO_ROWS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(width: u32, height: u32, size: Option<IsoSize>) -> ContainerGeometry {
        ContainerGeometry {
            view: 0,
            region: PixelBox { x: 100, y: 50, width, height },
            confidence: 1.0,
            size,
            container_type: None,
            ends_mm: [80.0; 2],
            length_mm: size.map(IsoSize::external_length_mm),
            height_mm: size.map(IsoSize::external_height_mm),
            pitch_mm: None,
            place: None,
            perspective: None,
        }
    }

    #[test]
    fn a_window_has_10_mm_along_the_length_and_280_rows_of_silhouette() {
        for (size, width, columns) in
            [(IsoSize::Twenty, 505, 640), (IsoSize::Forty, 1016, 1408), (IsoSize::FortyFiveHigh, 1143, 1408)]
        {
            let w = cargo_window(&container(width, 240, Some(size)), 2);
            assert_eq!((w.view, w.out_width, w.out_height), (2, columns, 304));
            let per_column = (w.x1 - w.x0) / columns as f64;
            let silhouette = f64::from(width) / per_column * MODEL_MM;
            assert!((silhouette - size.external_length_mm()).abs() < 1e-6, "{size:?}: {silhouette}");
            assert!((240.0 / ((w.y1 - w.y0) / 304.0) - 280.0).abs() < 1e-9);
            assert!((0.5 * (w.x0 + w.x1) - (100.0 + f64::from(width) / 2.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn without_scale_the_shape_decides_the_length() {
        assert_eq!(cargo_window(&container(500, 220, None), 0).out_width, 640);
        assert_eq!(cargo_window(&container(1000, 220, None), 0).out_width, 1408);
        assert!(cargo_window(&container(0, 0, None), 0).x1.is_finite());
    }

    #[test]
    fn rays_leave_the_space_for_goods_through_floor_and_roof() {
        let insets = Insets::of(None, 6058.0);
        let place = ContainerPlace { z_mm: [2750.0, 5188.0], y_mm: [1150.0, 3741.0], insets };
        let level = place.admissible_z_mm(1950.0, 0.0).unwrap();
        assert_eq!(level, [2793.0, 5145.0]);
        let down = place.admissible_z_mm(1950.0, -0.2).unwrap();
        assert_eq!((down[0], (down[1] - 3200.0).abs() < 1e-9), (2793.0, true));
        let up = place.admissible_z_mm(1950.0, 0.5).unwrap();
        assert!((up[1] - (3693.0 - 1950.0) / 0.5).abs() < 1e-9);
        assert!(place.admissible_z_mm(1950.0, -0.4).is_none());
        assert!(place.admissible_z_mm(1000.0, 0.0).is_none());
    }
}
