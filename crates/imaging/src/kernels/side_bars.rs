//! Columns at the edges of a vendor picture that were taken with the beam off. Runs on the host, once per plan.
//!
//! A column without beam is black from top to bottom, the air above the box included: no load is. Compression blurs the ends
//! of a bar, and a faulty detector row crosses it in grey, so a column may miss a tenth of its pixels, and a few columns in a
//! row may miss more.

use std::ops::Range;

use super::grey::{Picture, floor};

/// Engines agree exactly: the host decides.
pub const TOLERANCE: u32 = 0;

/// Columns in a row that need not be black.
const FORGIVEN: usize = 3;
/// Least share of black pixels in a column of a bar.
const COLUMN: f64 = 0.9;
/// Least share in the top and in the bottom twentieth of a column.
const END: f64 = 0.8;
/// Least share over a whole bar, its forgiven columns included.
const BAR: f64 = 0.9;

/// Widths of the bars at the left and the right edge, in columns. `None` when there would be nothing else.
pub fn side_bars(picture: &Picture<'_>) -> Option<(usize, usize)> {
    let (width, height) = picture.size();
    if width == 0 || height == 0 {
        return None;
    }
    let left = bar(picture, 0..width);
    if left == width {
        return None;
    }
    Some((left, bar(picture, (left..width).rev())))
}

/// Columns of the bar at the start of `columns`.
fn bar(picture: &Picture<'_>, columns: impl Iterator<Item = usize>) -> usize {
    let (_, height) = picture.size();
    let end = height.div_ceil(20);
    let floor = floor(picture.scale().white);
    let (mut last, mut found, mut sum) = (0, 0, 0.0);
    for (i, x) in columns.enumerate() {
        let share = |rows: Range<usize>| {
            let whole = rows.len() as f64;
            rows.filter(|y| u32::from(picture.at(x, *y)) <= floor).count() as f64 / whole
        };
        let column = share(0..height);
        sum += column;
        if column >= COLUMN && share(0..end) >= END && share(height - end..height) >= END {
            last = i + 1;
            if sum >= BAR * last as f64 {
                found = last;
            }
        } else if i + 1 - last > FORGIVEN {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 90;
    const HEIGHT: usize = 200;

    /// Air, a load from row 40 down, and bars of 20 and 9 columns that faulty rows and blur cross.
    fn picture(load_from: usize) -> Vec<u16> {
        let grey = |x: usize, y: usize| match (x, y) {
            (19, _) if y.is_multiple_of(4) => 60,
            (0..20 | 81.., 60 | 61 | 120) => 7,
            (0..20 | 81.., _) => (x * y % 3) as u16,
            (20, _) => 120,
            (21, _) => 1,
            (30..70, y) if y >= load_from => 0,
            _ => 240,
        };
        (0..WIDTH * HEIGHT).map(|i| grey(i % WIDTH, i / WIDTH)).collect()
    }

    fn check(grey: &[u16], expect: Option<(usize, usize)>) {
        for turn in [0, 255] {
            let grey: Vec<u16> = grey.iter().map(|grey| grey.abs_diff(turn)).collect();
            assert_eq!(side_bars(&Picture::new(&grey, WIDTH, 255)), expect, "turned from {turn}");
        }
    }

    #[test]
    fn bars_are_found_through_noise_faulty_rows_and_blur() {
        check(&picture(40), Some((22, 9)));
    }

    #[test]
    fn a_load_under_air_is_no_bar() {
        let mut grey = picture(12);
        for row in grey.chunks_mut(WIDTH) {
            row.copy_within(30..70, 0);
            row[45..].fill(240);
        }
        check(&grey, Some((0, 0)));
    }

    #[test]
    fn a_picture_of_nothing_else_has_none() {
        assert_eq!(side_bars(&Picture::new(&[0; 16], 4, 255)), None);
        assert_eq!(side_bars(&Picture::new(&[], 0, 255)), None);
    }
}
