//! Where the rays of a fan enter and leave what a plane across the lane cuts out of a solid.
//!
//! A row is a wedge, not a line. Where the chord runs smoothly over a row, the chord of its middle is its mean. Where a corner
//! of a rectangle lies in a row, or the row looks level, the mean is taken piece by piece between the corners, so that level sheets
//! far thinner than a row weigh what they weigh. Other slices are sampled more densely at their upper and lower ends.

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
const END_ROWS: usize = 3;
/// Slices of fewer rows than this are sampled densely throughout.
const FEW_ROWS: usize = 8;
/// Rays of a row that is sampled densely.
const DENSE: usize = 4;
/// Gauss–Legendre rule on [0, 1]: abscissas and weights.
pub(crate) const NODES: [(f64, f64); 3] =
    [(0.112_701_665_379_258_3, 5.0 / 18.0), (0.5, 8.0 / 18.0), (0.887_298_334_620_741_7, 5.0 / 18.0)];

impl Chords {
    /// Finds the chords of a slice; `false` when no row meets it.
    #[inline(always)]
    pub(crate) fn find(&mut self, slice: &Slice, fan: &Fan) -> bool {
        let (y, z) = slice.bounds();
        if z[0] <= 0.0 || fan.rows() == 0 {
            return false;
        }
        let [a, b] = y.map(|y| y - fan.height);
        let mut lowest = if a < 0.0 { a / z[0] } else { a / z[1] };
        let mut highest = if b > 0.0 { b / z[0] } else { b / z[1] };
        if let Slice::Ellipse { centre, semi } | Slice::RoundedRectangle { centre, semi, .. } = slice {
            let tangents = tangents(fan.height, *centre, *semi);
            (lowest, highest) = (larger(lowest, tangents[0]), smaller(highest, tangents[1]));
        }
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
                // Near the level the inverse of the slope runs too fast for one chord to have both means.
                let level = (fan.level.start.max(first), fan.level.end.min(end));
                for row in level.0..level.1 {
                    self.between_corners(fan, row, &corners, [a, b], *z);
                }
                let mut done = usize::MAX;
                for corner in corners {
                    let row = fan.row_of(corner);
                    let is_due = row != done && !fan.level.contains(&row);
                    if is_due && corner < fan.edges[row] && corner > fan.edges[row + 1] {
                        self.between_corners(fan, row, &corners, [a, b], *z);
                        done = row;
                    }
                }
            }
            Slice::Ellipse { centre, semi } => {
                self.ellipse(fan, first..end, *centre, *semi);
                self.round_ends(slice, fan, [lowest, highest]);
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

    /// The exact means of a row: between corners of a rectangle a chord begins on a vertical side or on a level one, where z is
    /// the rise over the slope.
    #[inline(always)]
    fn between_corners(&mut self, fan: &Fan, row: usize, corners: &[f64; 4], rise: [f64; 2], z: [f64; 2]) {
        let (low, high) = (fan.edges[row + 1], fan.edges[row]);
        let (mut length, mut moment) = (0.0, 0.0);
        let mut from = low;
        for corner in [corners[0], corners[1], corners[2], corners[3], high] {
            let to = smaller(corner, high);
            let width = to - from;
            if width > 0.0 {
                let inverse = Ray::new(fan.height, from + 0.5 * width).inverse;
                let (p, q) = ((rise[0] * inverse), (rise[1] * inverse));
                let (near, far) = if p < q { (rise[0], rise[1]) } else { (rise[1], rise[0]) };
                let (enters, leaves) = (near * inverse, far * inverse);
                if larger(z[0], enters) < smaller(z[1], leaves) {
                    // A level side is met on one side of the level only, so slopes here have one sign.
                    let has_level_side = enters > z[0] || leaves < z[1];
                    let [first, second] =
                        if has_level_side { [libm::log(to / from), width / (from * to)] } else { [0.0; 2] };
                    let at = |level_side: bool, rise: f64, side: f64| match level_side {
                        true => [rise * first, 0.5 * rise * rise * second],
                        false => [side * width, 0.5 * side * side * width],
                    };
                    let (enter, leave) = (at(enters > z[0], near, z[0]), at(leaves < z[1], far, z[1]));
                    length += leave[0] - enter[0];
                    moment += leave[1] - enter[1];
                }
                from = to;
            }
        }
        self.set_mean(row, length / (high - low), moment / (high - low));
    }

    /// The means of the rows at the ends of an ellipse, where chords end as a root does: with the root taken out, three nodes
    /// give them.
    #[inline(always)]
    fn round_ends(&mut self, slice: &Slice, fan: &Fan, [lowest, highest]: [f64; 2]) {
        let rows = self.enter.len();
        for i in 0..rows {
            if rows >= FEW_ROWS && i >= END_ROWS && i + END_ROWS < rows {
                continue;
            }
            let row = self.first + i;
            let (low, high) = (fan.edges[row + 1], fan.edges[row]);
            let (from, to) = (larger(low, lowest), smaller(high, highest));
            let (is_lower, is_upper) = (lowest > low, highest < high);
            let (mut length, mut moment) = (0.0, 0.0);
            if to > from {
                for (t, weight) in NODES {
                    let (at, slower) = match (is_lower, is_upper) {
                        (true, true) => (t * t * (3.0 - 2.0 * t), 6.0 * t * (1.0 - t)),
                        (true, false) => (t * t, 2.0 * t),
                        (false, true) => (1.0 - t * t, 2.0 * t),
                        (false, false) => (t, 1.0),
                    };
                    if let Some([enter, leave]) = slice.chord(fan.ray(from + (to - from) * at)) {
                        let share = weight * slower * (to - from);
                        length += share * (leave - enter);
                        moment += 0.5 * share * (leave - enter) * (leave + enter);
                    }
                }
            }
            self.set_mean(row, length / (high - low), moment / (high - low));
        }
    }

    /// The means of the rows at the ends of a slice that is neither a rectangle nor an ellipse.
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

/// Slopes of the lower and the upper ray from a source at `height` that touch an ellipse (y, z): where what stands under the
/// root of its chords is 0.
#[inline(always)]
fn tangents(height: f64, centre: [f64; 2], semi: [f64; 2]) -> [f64; 2] {
    let (iy, iz) = (1.0 / (semi[0] * semi[0]), 1.0 / (semi[1] * semi[1]));
    let rise = height - centre[0];
    let (a, b) = (iy * (1.0 - iz * centre[1] * centre[1]), -iz * iy * rise * centre[1]);
    let root = larger(b * b - a * iz * (1.0 - iy * rise * rise), 0.0).sqrt();
    ordered((-b - root) / a, (-b + root) / a)
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
