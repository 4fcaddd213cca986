//! How sharp a picture is, from the edges that are in it anyway: posts, rails, floors, goods.
//!
//! An edge is a monotone step of attenuation between two level stretches. Its width is the step over its steepest pixel:
//! 1 when it falls between two pixels, 1 to 2 for a perfect edge anywhere, 4/3 in the middle of those; lag, crosstalk, an
//! uneven lane speed and smoothing widen it. Found edges are as they come, so single values mean little; the median of many
//! moves when the machine does.

use pellucid_core::Raster;
use rayon::prelude::*;

/// Smallest step, in 1/4096 of attenuation.
const STEP: i32 = 1638;
/// Attenuation above which noise makes edges of its own.
const DARKEST: i32 = 4 * 4096;
/// Pixels on either side within which an edge rises.
const REACH: usize = 3;
/// How much of the step a level stretch may rise by.
const LEVEL: i32 = 10;
/// Fewest edges that a median is taken of.
const FEWEST: usize = 40;
/// Every so many lines are looked at.
const STRIDE: usize = 4;

/// Median width of edges met along rows and along columns, in pixels, >= 1; `None` where there are too few.
pub(crate) fn edge_widths(plane: &Raster<u16>) -> [Option<f64>; 2] {
    let (width, height) = (plane.width(), plane.height());
    let along_rows =
        (0..height).into_par_iter().step_by(STRIDE).flat_map_iter(|y| widths(plane.row(y).iter().copied()));
    let along_columns = (0..width)
        .into_par_iter()
        .step_by(STRIDE)
        .flat_map_iter(|x| widths((0..height).map(move |y| plane.at(x, y))));
    [median(along_rows.collect()), median(along_columns.collect())]
}

/// Widths of the edges of a line.
fn widths(line: impl Iterator<Item = u16>) -> Vec<f64> {
    let line: Vec<i32> = line.map(i32::from).collect();
    let mut found = Vec::new();
    let mut x = 2 * REACH;
    while x + 2 * REACH < line.len() {
        let (before, after) = (line[x - REACH], line[x + REACH]);
        let step = after - before;
        let is_edge = step.abs() >= STEP
            && before.max(after) < DARKEST
            && (line[x - 2 * REACH] - before).abs() * LEVEL < step.abs()
            && (line[x + 2 * REACH] - after).abs() * LEVEL < step.abs();
        if !is_edge {
            x += 1;
            continue;
        }
        let pieces = line[x - REACH..=x + REACH].windows(2).map(|pair| (pair[1] - pair[0]) * step.signum());
        let (steepest, least) = pieces.fold((0, 0), |(most, least), d| (most.max(d), least.min(d)));
        if least > -step.abs() / LEVEL && steepest > 0 {
            found.push((f64::from(step.abs()) / f64::from(steepest)).max(1.0));
        }
        x += 2 * REACH;
    }
    found
}

fn median(mut widths: Vec<f64>) -> Option<f64> {
    let middle = widths.len() / 2;
    (widths.len() >= FEWEST).then(|| *widths.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slabs whose edges lie anywhere in a pixel, blurred by a box of `blur` pixels along x.
    fn slabs(blur: f64) -> Raster<u16> {
        let (width, height) = (400, 64);
        let inside = |x: f64, y: usize| {
            let period = 40.0 + 0.37 * y as f64;
            (x / period).fract() < 0.5
        };
        let values = (0..width * height).map(|i| {
            let (x, y) = ((i % width) as f64, i / width);
            let hits = (0..64).filter(|k| inside(x + (f64::from(*k) + 0.5) / 64.0 * blur, y)).count();
            (hits as f64 / 64.0 * 6_000.0) as u16
        });
        Raster::from_vec(width, height, values.collect()).unwrap()
    }

    #[test]
    fn blur_widens_edges() {
        let sharp = edge_widths(&slabs(1.0))[0].unwrap();
        let blurred = edge_widths(&slabs(3.0))[0].unwrap();
        assert!((1.1..1.6).contains(&sharp), "{sharp}");
        assert!((2.7..3.4).contains(&blurred), "{blurred}");
    }

    #[test]
    fn no_edges_no_width() {
        assert_eq!(edge_widths(&Raster::filled(300, 200, 900)), [None, None]);
        assert_eq!(edge_widths(&Raster::filled(3, 2, 900)), [None, None]);
    }
}
