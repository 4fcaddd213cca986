//! ISO size and scale of a box whose edges are known.

use pellucid_core::{IsoSize, PixelBox};
use pellucid_imaging::ImagedView;

use crate::container_geometry::ContainerPlace;
use crate::lines::BoxLines;
use crate::perspective::Perspective;

/// Largest deviation of a measured length from an ISO length: lanes are not quite constant in speed.
const LENGTH_TOLERANCE: f64 = 0.035;
/// External width of every ISO container, mm.
const WIDTH_MM: f64 = 2438.0;
/// Width over height of the silhouette below which no vendor's scale makes a container of it.
const UPRIGHT: f64 = 0.7;
/// Width over height that only a 20' box has, and only a longer one, however a vendor scales pictures.
const SHORT_BELOW: f64 = 1.25;
const LONG_ABOVE: f64 = 2.4;

/// The ISO size of a length within tolerance and the nearer of two heights.
pub(crate) fn iso_size(length_mm: f64, height_mm: f64) -> Option<IsoSize> {
    IsoSize::ALL
        .iter()
        .copied()
        .filter(|size| (length_mm / size.external_length_mm() - 1.0).abs() <= LENGTH_TOLERANCE)
        .filter(|size| *size == IsoSize::Twenty || (height_mm / size.external_height_mm() - 1.0).abs() < 0.04)
        .min_by(|a, b| {
            let misfit =
                |s: &IsoSize| (length_mm - s.external_length_mm()).abs() + (height_mm - s.external_height_mm()).abs();
            misfit(a).total_cmp(&misfit(b))
        })
}

/// Length class of a box in a picture without scale: `Twenty`, or `Forty` for every longer box.
///
/// Vendors scale the two axes apart, so the shape of the silhouette decides extremes only. Castings are 178 mm long on
/// every box: 2.9 % of a 20' box, 1.5 % of a 40' one. `None` when neither speaks, or both castings contradict each other.
pub(crate) fn length_class(region: &PixelBox, lines: Option<&BoxLines>) -> Option<IsoSize> {
    let ratio = f64::from(region.width) / f64::from(region.height.max(1));
    if ratio < UPRIGHT {
        // Every container lies longer than it is high: this picture is turned, or it is something else.
        return None;
    }
    match lines.and_then(BoxLines::is_short) {
        Some(true) => Some(IsoSize::Twenty),
        Some(false) => Some(IsoSize::Forty),
        _ if ratio < SHORT_BELOW => Some(IsoSize::Twenty),
        _ if ratio > LONG_ABOVE => Some(IsoSize::Forty),
        _ => None,
    }
}

/// mm per pixel at mid-depth.
pub(crate) fn pitch(
    view: &ImagedView,
    region: &PixelBox,
    length_mm: Option<f64>,
    height_mm: Option<f64>,
    place: Option<&ContainerPlace>,
    perspective: Option<&Perspective>,
) -> Option<[f64; 2]> {
    let length = length_mm?;
    let x = length / f64::from(region.width.max(1));
    if let (Some(g), Some(place)) = (&view.geometry, place) {
        let row = (region.y + region.height / 2) as usize;
        if let Some(y) = g.row_pitch_mm(row, place.middle_z_mm()) {
            return Some([x, y.abs()]);
        }
    }
    if let Some(fitted) = perspective {
        return Some([x, fitted.mm_per_row(0.5 * WIDTH_MM)]);
    }
    // Without a fan the near wall spans the silhouette, and mid-depth is drawn smaller by the usual perspective.
    const MID_OVER_NEAR: f64 = 1.3;
    Some([x, MID_OVER_NEAR * height_mm.unwrap_or(2591.0) / f64::from(region.height.max(1))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_heights_name_a_size_or_none() {
        assert_eq!(iso_size(6070.0, 2591.0), Some(IsoSize::Twenty));
        assert_eq!(iso_size(12_150.0, 2900.0), Some(IsoSize::FortyHigh));
        assert_eq!(iso_size(12_150.0, 2591.0), Some(IsoSize::Forty));
        assert_eq!(iso_size(9000.0, 2591.0), None);
        assert_eq!(iso_size(12_192.0, 2000.0), None);
    }

    #[test]
    fn without_castings_only_extreme_shapes_have_a_size() {
        let region = |width| PixelBox { x: 0, y: 0, width, height: 600 };
        assert_eq!(length_class(&region(600), None), Some(IsoSize::Twenty));
        assert_eq!(length_class(&region(300), None), None);
        assert_eq!(length_class(&region(1100), None), None);
        assert_eq!(length_class(&region(1900), None), Some(IsoSize::Forty));
    }
}
