//! Pictures for people: PNG files, reduced sizes, transparent overlays.

use pellucid_imaging::DisplayImage;
use pellucid_pipeline::ScanMap;

use crate::failure::{Exit, Failure};

/// A picture as a PNG file.
///
/// # Errors
/// When it is too large for one.
pub(crate) fn png(picture: &DisplayImage) -> Result<Vec<u8>, Failure> {
    let side = |length: usize| {
        u32::try_from(length).map_err(|_| Failure::new(Exit::Failure, format!("a picture of {length} pixels a side")))
    };
    Ok(pellucid_scan::png_rgba8(side(picture.width)?, side(picture.height)?, &picture.rgba)?)
}

/// A picture reduced by a whole factor: the mean of each block.
pub(crate) fn reduce(picture: &DisplayImage, factor: usize) -> DisplayImage {
    let (width, height) = (picture.width.div_ceil(factor), picture.height.div_ceil(factor));
    let mut rgba = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        for x in 0..width {
            let (x1, y1) = (((x + 1) * factor).min(picture.width), ((y + 1) * factor).min(picture.height));
            let mut sums = [0_u32; 4];
            for source_y in y * factor..y1 {
                let start = (source_y * picture.width + x * factor) * 4;
                let end = (source_y * picture.width + x1) * 4;
                for pixel in picture.rgba[start..end].chunks_exact(4) {
                    sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
                }
            }
            let count = ((y1 - y * factor) * (x1 - x * factor)) as u32;
            rgba.extend(sums.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }
    DisplayImage { width, height, rgba }
}

/// A picture of at most so many columns.
pub(crate) fn fit_width(picture: DisplayImage, max_width: Option<u32>) -> DisplayImage {
    match max_width.map(|width| picture.width.div_ceil(width.max(1) as usize)) {
        Some(factor) if factor > 1 => reduce(&picture, factor),
        _ => picture,
    }
}

/// Columns of an overlay at most; cells are far larger than its pixels.
const OVERLAY_COLUMNS: u32 = 1024;

/// Colour of an overlay, and the share of opacity at full strength.
const OVERLAY: ([u8; 3], f32) = ([220, 20, 60], 0.72);

/// An overlay as a transparent picture with the aspect of its view: the stronger the value, the less transparent.
pub(crate) fn overlay(map: &ScanMap) -> DisplayImage {
    let factor = map.view_px[0].div_ceil(OVERLAY_COLUMNS).max(1);
    let [width, height] = map.view_px.map(|side| side.div_ceil(factor).max(1) as usize);
    let mut rgba = vec![0_u8; width * height * 4];
    let ([red, green, blue], strongest) = OVERLAY;
    for grid in &map.grids {
        for (index, value) in grid.values.iter().enumerate() {
            let Some(value) = value.filter(|value| *value > 0.0) else { continue };
            let (col, row) = (index as u32 % grid.cols, index as u32 / grid.cols);
            // Cell edges in view pixels, rounded the same way on both sides so that cells meet.
            let edge =
                |from: u32, side: u32, i: u32, n: u32| from + (u64::from(side) * u64::from(i) / u64::from(n)) as u32;
            let x = [col, col + 1].map(|i| edge(grid.px.x, grid.px.width, i, grid.cols) / factor);
            let y = [row, row + 1].map(|i| edge(grid.px.y, grid.px.height, i, grid.rows) / factor);
            let alpha = (255.0 * strongest * (value / map.full_scale.max(f32::MIN_POSITIVE)).min(1.0)) as u8;
            for y in y[0] as usize..(y[1] as usize).min(height) {
                for x in x[0] as usize..(x[1] as usize).min(width) {
                    rgba[(y * width + x) * 4..][..4].copy_from_slice(&[red, green, blue, alpha]);
                }
            }
        }
    }
    DisplayImage { width, height, rgba }
}

#[cfg(test)]
mod tests {
    use pellucid_core::{MapKind, PixelBox};
    use pellucid_pipeline::MapGrid;

    use super::*;

    #[test]
    fn a_reduced_picture_holds_the_means() {
        let rgba: Vec<u8> = [0, 10, 20, 30, 40, 100].iter().flat_map(|v| [*v, *v, *v, 255]).collect();
        let small = reduce(&DisplayImage { width: 3, height: 2, rgba }, 2);
        assert_eq!((small.width, small.height), (2, 1));
        assert_eq!(small.rgba, [20, 20, 20, 255, 60, 60, 60, 255]);
    }

    #[test]
    fn an_overlay_is_opaque_only_where_there_is_something() {
        let px = PixelBox { x: 2, y: 1, width: 4, height: 2 };
        let grid = MapGrid { px, cols: 2, rows: 1, values: vec![Some(5.0), None] };
        let map = ScanMap {
            kind: MapKind::Undeclared,
            view: 0,
            unit: "kg".to_owned(),
            full_scale: 5.0,
            view_px: [8, 4],
            grids: vec![grid],
        };
        let picture = overlay(&map);
        assert_eq!((picture.width, picture.height), (8, 4));
        let alpha = |x: usize, y: usize| picture.rgba[(y * 8 + x) * 4 + 3];
        assert_eq!(
            [alpha(2, 1), alpha(3, 2), alpha(4, 1), alpha(1, 1), alpha(2, 0), alpha(2, 3)],
            [183, 183, 0, 0, 0, 0]
        );
    }
}
