//! Where the rays of a fan enter and leave what a plane across the lane cuts out of a solid.
//!
//! A row is a wedge, not a line. Where the chord runs smoothly over a row, the chord of its middle is its mean. Where a corner
//! of a rectangle lies in a row, the mean is taken piece by piece between the corners, so that level sheets far thinner than a
//! row weigh what they weigh. Other slices are sampled more densely at their upper and lower ends.

use crate::fan::Fan;
use crate::slice::{Ray, Slice};

/// Chords of neighbouring rows: z where rays enter and leave, equal for a miss.
///
/// A row that a slice does not fill has the chord that stands for its mean length and mean moment.
#[derive(Debug, Default)]
pub(crate) struct Chords {
    pub(crate) first: usize,
    pub(crate) enter: Vec<f64>,
    pub(crate) leave: Vec<f64>,
}

/// Outermost rows of a round slice that are sampled more densely, at either end.
const END_ROWS: usize = 2;
/// Slices of fewer rows than this are sampled densely throughout.
const FEW_ROWS: usize = 8;
/// Rays of a row that is sampled densely.
const DENSE: usize = 4;
/// Abscissa of the two-point Gauss rule on [0, 1]; both weights are ½.
const GAUSS: f64 = 0.211_324_865_405_187_13;

impl Chords {
    /// Finds the chords of a slice; `false` when no row meets it.
    #[inline(always)]
    pub(crate) fn find(&mut self, slice: &Slice, fan: &Fan) -> bool {
        let (y, z) = slice.bounds();
        if z[0] <= 0.0 || fan.rows() == 0 {
            return false;
        }
        let [a, b] = y.map(|y| y - fan.height);
        let lowest = if a < 0.0 { a / z[0] } else { a / z[1] };
        let highest = if b > 0.0 { b / z[0] } else { b / z[1] };
        if lowest >= fan.edges[0] || highest <= fan.edges[fan.rows()] {
            return false;
        }
        let (first, end) = (fan.row_of(highest), fan.row_of(lowest) + 1);
        self.first = first;
        self.enter.clear();
        self.leave.clear();
        match slice {
            Slice::Rectangle { y, z } => {
                self.rectangle(fan, first..end, *y, *z);
                let (under, over) = (ordered(a / z[0], a / z[1]), ordered(b / z[0], b / z[1]));
                let inner = ordered(under[1], over[0]);
                let corners = [under[0], inner[0], inner[1], over[1]];
                let mut done = usize::MAX;
                for corner in corners {
                    let row = fan.row_of(corner);
                    if row != done && corner < fan.edges[row] && corner > fan.edges[row + 1] {
                        self.between_corners(fan, row, &corners, [a, b], *z);
                        done = row;
                    }
                }
            }
            Slice::Ellipse { centre, semi } => {
                self.ellipse(fan, first..end, *centre, *semi);
                self.ends(slice, fan);
            }
            Slice::RoundedRectangle { y, z, centre, semi } => {
                self.ellipse(fan, first..end, *centre, *semi);
                for ((enter, leave), inverse) in
                    self.enter.iter_mut().zip(&mut self.leave).zip(&fan.inverses[first..end])
                {
                    let (p, q) = ((y[0] - fan.height) * inverse, (y[1] - fan.height) * inverse);
                    *enter = larger(*enter, larger(z[0], smaller(p, q)));
                    *leave = larger(*enter, smaller(*leave, smaller(z[1], larger(p, q))));
                }
                self.ends(slice, fan);
            }
            _ => {
                for slope in &fan.slopes[first..end] {
                    let [enter, leave] = slice.chord(fan.ray(*slope)).unwrap_or([0.0; 2]);
                    self.enter.push(enter);
                    self.leave.push(leave);
                }
                self.ends(slice, fan);
            }
        }
        true
    }

    /// Rays through the middles of rows against a rectangle.
    #[inline(always)]
    fn rectangle(&mut self, fan: &Fan, rows: std::ops::Range<usize>, y: [f64; 2], z: [f64; 2]) {
        let [a, b] = y.map(|y| y - fan.height);
        self.enter.resize(rows.len(), 0.0);
        self.leave.resize(rows.len(), 0.0);
        for ((enter, leave), inverse) in self.enter.iter_mut().zip(&mut self.leave).zip(&fan.inverses[rows]) {
            let (p, q) = (a * inverse, b * inverse);
            *enter = larger(z[0], smaller(p, q));
            *leave = larger(*enter, smaller(z[1], larger(p, q)));
        }
    }

    /// Rays through the middles of rows against an ellipse.
    #[inline(always)]
    fn ellipse(&mut self, fan: &Fan, rows: std::ops::Range<usize>, centre: [f64; 2], semi: [f64; 2]) {
        let (iy, iz) = (1.0 / (semi[0] * semi[0]), 1.0 / (semi[1] * semi[1]));
        self.enter.resize(rows.len(), 0.0);
        self.leave.resize(rows.len(), 0.0);
        for ((enter, leave), slope) in self.enter.iter_mut().zip(&mut self.leave).zip(&fan.slopes[rows]) {
            let d = fan.height + slope * centre[1] - centre[0];
            let a = slope * slope * iy + iz;
            let b = d * slope * iy;
            let square = b * b - a * (d * d * iy - 1.0);
            let root = larger(square, 0.0).sqrt();
            *enter = centre[1] + (-b - root) / a;
            *leave = centre[1] + (-b + root) / a;
        }
    }

    /// The mean of a row in which corners of a rectangle lie: between them chords run smoothly.
    #[inline(always)]
    fn between_corners(&mut self, fan: &Fan, row: usize, corners: &[f64; 4], rise: [f64; 2], z: [f64; 2]) {
        let (low, high) = (fan.edges[row + 1], fan.edges[row]);
        let (mut length, mut moment) = (0.0, 0.0);
        let mut from = low;
        for corner in [corners[0], corners[1], corners[2], corners[3], high] {
            let to = smaller(corner, high);
            let width = to - from;
            if width > 0.0 {
                // Where a level ray may be, a row is steep against the slope: two cuts. Elsewhere one gives the mean.
                let nodes: &[f64] = if low < width && high > -width { &[GAUSS, 1.0 - GAUSS] } else { &[0.5] };
                let share = width / nodes.len() as f64;
                for at in nodes {
                    let inverse = Ray::new(fan.height, from + width * at).inverse;
                    let (p, q) = (rise[0] * inverse, rise[1] * inverse);
                    let enter = larger(z[0], smaller(p, q));
                    let leave = larger(enter, smaller(z[1], larger(p, q)));
                    length += share * (leave - enter);
                    moment += 0.5 * share * (leave - enter) * (leave + enter);
                }
                from = to;
            }
        }
        self.set_mean(row, length / (high - low), moment / (high - low));
    }

    /// The means of the rows at the ends of a slice that is not a rectangle.
    #[inline(always)]
    fn ends(&mut self, slice: &Slice, fan: &Fan) {
        let rows = self.enter.len();
        for i in 0..rows {
            if rows >= FEW_ROWS && i >= END_ROWS && i + END_ROWS < rows {
                continue;
            }
            let row = self.first + i;
            let (low, high) = (fan.edges[row + 1], fan.edges[row]);
            let (mut length, mut moment) = (0.0, 0.0);
            for k in 0..DENSE {
                let slope = low + (high - low) * (k as f64 + 0.5) / DENSE as f64;
                if let Some([enter, leave]) = slice.chord(fan.ray(slope)) {
                    length += leave - enter;
                    moment += 0.5 * (leave - enter) * (leave + enter);
                }
            }
            self.set_mean(row, length / DENSE as f64, moment / DENSE as f64);
        }
    }

    /// The chord of a mean length and a mean of `(leave² − enter²) / 2`.
    #[inline(always)]
    fn set_mean(&mut self, row: usize, length: f64, moment: f64) {
        let middle = if length > 0.0 { moment / length } else { 0.0 };
        let i = row - self.first;
        self.enter[i] = middle - length / 2.0;
        self.leave[i] = middle + length / 2.0;
    }
}

/// Two values, the smaller one first.
#[inline(always)]
fn ordered(a: f64, b: f64) -> [f64; 2] {
    [smaller(a, b), larger(a, b)]
}

// Plain comparisons, which become one instruction each; values are never NaN.
#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}
