//! Whether a quality figure got worse over time: by a trend through all scans, or by a step between the first and the last.
//!
//! Between scans of a healthy machine figures scatter with the load, so a change must be clear against that scatter, and
//! large enough to matter for what the figure measures.

use pellucid_core::{QualityFigure, ScanQuality};
use serde::Serialize;

/// Fewest scans that a change is told from: in fewer, chance puts figures in rising order too often.
pub(crate) const FEWEST: usize = 8;
/// Fewest scans that a step is told from, a third of them on either side.
const FEWEST_STEP: usize = 12;
/// A trend counts from so many standard errors of Kendall's score on, which one steady figure in two thousand shows by
/// chance; a step from so many of its own, where no more than this share of either side reaches over to the other.
const CLEAR_TREND: f64 = 3.3;
const CLEAR_STEP: f64 = 5.0;
const ASTRAY: f64 = 0.1;
/// Points that a trend is drawn through at most; more scans than that are taken together in order.
const POINTS: usize = 256;

/// Which way a figure gets worse.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Worse {
    Rising,
    Falling,
}

/// The least change that matters.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Least {
    /// As a share of the figure before: noise, widths and thicknesses have a scale of their own.
    Share(f64),
    /// In the figure's own unit: shares of detectors or pixels, which may be 0, and attenuation, which is a logarithm.
    Step(f64),
}

/// A figure that is followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Followed {
    pub(crate) code: &'static str,
    worse: Worse,
    least: Least,
}

/// The figures that speak of the machine and not of the load, and what change of them matters.
///
/// Noise grows by 12 % where a quarter of the dose is lost; a range of attenuation falls by 0.15 where 14 % of the counts
/// are. Edges are found on what stands in the picture and scatter by more than the rest.
pub(crate) const FOLLOWED: [Followed; 15] = [
    rising("noise_high", Least::Share(0.12)),
    rising("noise_low", Least::Share(0.12)),
    rising("pulse_jitter", Least::Share(0.25)),
    rising("edge_width_x", Least::Share(0.2)),
    rising("edge_width_y", Least::Share(0.2)),
    rising("contrast", Least::Share(0.12)),
    rising("wire", Least::Share(0.2)),
    rising("scatter", Least::Share(0.5)),
    rising("dead_detectors", Least::Step(0.005)),
    rising("gain_changed", Least::Step(0.005)),
    rising("saturated", Least::Step(0.005)),
    falling("penetration", Least::Share(0.05)),
    falling("material_to", Least::Share(0.12)),
    falling("range_high", Least::Step(0.15)),
    falling("range_low", Least::Step(0.15)),
];

const fn rising(code: &'static str, least: Least) -> Followed {
    Followed { code, worse: Worse::Rising, least }
}

const fn falling(code: &'static str, least: Least) -> Followed {
    Followed { code, worse: Worse::Falling, least }
}

/// How a change shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    Trend,
    Step,
}

/// A figure that got worse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Worsening {
    pub(crate) code: String,
    pub(crate) unit: String,
    pub(crate) shape: Shape,
    /// Along the trend, or medians of the first and the last third of the scans.
    pub(crate) before: f64,
    pub(crate) after: f64,
    /// Days between the first and the last scan that show the figure.
    pub(crate) days: f64,
    /// Kendall's score of the trend, or the step over its standard error.
    pub(crate) clearness: f64,
}

impl Followed {
    /// Whether the figure got worse over the scans, each with its time in days, in order; `None` where it did not, or where
    /// fewer than [`FEWEST`] show it.
    pub(crate) fn worsening(&self, scans: &[(f64, &ScanQuality)]) -> Option<Worsening> {
        let figure = |q: &&ScanQuality| q.figures.iter().find(|f| f.code == self.code).cloned();
        let shown: Vec<(f64, QualityFigure)> = scans.iter().filter_map(|(t, q)| Some((*t, figure(q)?))).collect();
        if shown.len() < FEWEST {
            return None;
        }
        let sign = if self.worse == Worse::Rising { 1.0 } else { -1.0 };
        let points: Vec<[f64; 2]> = shown.iter().map(|(t, figure)| [*t, sign * figure.value]).collect();
        let matters = |before: f64, after: f64| match self.least {
            Least::Share(share) => after - before > share * before.abs(),
            Least::Step(step) => after - before > step,
        };
        let days = points.last()?[0] - points.first()?[0];
        let unit = shown.first()?.1.unit.clone();
        let found = [(Shape::Trend, trend(&points), CLEAR_TREND), (Shape::Step, step(&points), CLEAR_STEP)];
        let is_worse = |(_, change, clear): &(Shape, Change, f64)| {
            change.clearness > *clear && matters(change.before, change.after)
        };
        let (shape, change, _) = found.into_iter().find(is_worse)?;
        let (before, after) = (sign * change.before, sign * change.after);
        Some(Worsening { code: self.code.to_owned(), unit, shape, before, after, days, clearness: change.clearness })
    }
}

/// A change upwards.
#[derive(Debug, Clone, Copy)]
struct Change {
    before: f64,
    after: f64,
    clearness: f64,
}

/// The line of Theil and Sen through `[time, value]`, and Kendall's score with ties (normal for ten points or more).
fn trend(points: &[[f64; 2]]) -> Change {
    let points = thinned(points);
    let n = points.len();
    let (mut slopes, mut score) = (Vec::with_capacity(n * n / 2), 0.0);
    for (i, a) in points.iter().enumerate() {
        for b in points.iter().skip(i + 1).filter(|b| b[0] > a[0]) {
            slopes.push((b[1] - a[1]) / (b[0] - a[0]));
            score += (b[1] - a[1]).partial_cmp(&0.0).map_or(0.0, |order| f64::from(order as i8));
        }
    }
    let slope = if slopes.is_empty() { 0.0 } else { median(&slopes) };
    let rest: Vec<f64> = points.iter().map(|[t, v]| v - slope * t).collect();
    let (offset, first, last) = (median(&rest), points[0][0], points[n - 1][0]);
    let spread = score_variance(&points).sqrt();
    // Less one: Kendall's score moves in steps.
    let clearness = if spread > 0.0 { (score.abs() - 1.0).max(0.0) * score.signum() / spread } else { 0.0 };
    Change { before: offset + slope * first, after: offset + slope * last, clearness }
}

/// Variance of Kendall's score where nothing changes (Kendall 1970): `x(x − 1)(2x + 5)` over all points less that over each
/// group of equal times and of equal values, with its two terms for points that share both.
fn score_variance(points: &[[f64; 2]]) -> f64 {
    let ties = |axis: usize| -> Vec<f64> {
        let mut values: Vec<f64> = points.iter().map(|p| p[axis]).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.chunk_by(|a, b| a == b).map(|group| group.len() as f64).collect()
    };
    let sum = |ties: &[f64], of: fn(f64) -> f64| ties.iter().map(|n| of(*n)).sum::<f64>();
    let (n, times, values) = (points.len() as f64, ties(0), ties(1));
    let single = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let (pairs, triples) = (|n: f64| n * (n - 1.0), |n: f64| n * (n - 1.0) * (n - 2.0));
    (single(n) - sum(&times, single) - sum(&values, single)) / 18.0
        + sum(&times, pairs) * sum(&values, pairs) / (2.0 * pairs(n))
        + sum(&times, triples) * sum(&values, triples) / (9.0 * triples(n))
}

/// Medians of the first and the last third, and their difference over its standard error: 1.2533 / √n of the scatter
/// within all thirds (1.4826 · median deviation).
fn step(points: &[[f64; 2]]) -> Change {
    let values: Vec<f64> = points.iter().map(|p| p[1]).collect();
    let third = values.len() / 3;
    let (first, rest) = values.split_at(third);
    let (middle, last) = rest.split_at(rest.len() - third);
    let deviations = [first, middle, last].into_iter().flat_map(|part| {
        let centre = median(part);
        part.iter().map(move |v| (v - centre).abs())
    });
    let scatter = 1.4826 * median(&deviations.collect::<Vec<_>>());
    let (before, after) = (median(first), median(last));
    // A figure that is told in whole steps may not scatter at all.
    let error = (scatter * 1.2533 * (2.0 / third as f64).sqrt()).max(1e-3 * before.abs()).max(1e-6);
    let astray = (ASTRAY * third as f64) as usize;
    let is_apart = values.len() >= FEWEST_STEP && nth(first, third - 1 - astray) < nth(last, astray);
    Change { before, after, clearness: if is_apart { (after - before) / error } else { 0.0 } }
}

/// Points in order, so many of them taken together that no more than [`POINTS`] are left.
fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let together = points.len().div_ceil(POINTS).max(1);
    let middle = |group: &[[f64; 2]]| [0, 1].map(|axis| median(&group.iter().map(|p| p[axis]).collect::<Vec<_>>()));
    points.chunks(together).map(middle).collect()
}

/// The value that so many are below.
fn nth(values: &[f64], below: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(below).copied().unwrap_or(f64::NAN)
}

/// Median; NaN of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => 0.5 * (sorted[middle - 1] + sorted[middle]),
        _ => sorted[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two scans a day of a figure, and what the watch says of it.
    fn watched(code: &str, values: &[f64]) -> Option<Worsening> {
        let scans: Vec<ScanQuality> = values
            .iter()
            .map(|v| ScanQuality { figures: vec![QualityFigure::new(code, *v, "1")], ..ScanQuality::default() })
            .collect();
        let timed: Vec<(f64, &ScanQuality)> = scans.iter().enumerate().map(|(i, q)| (0.5 * i as f64, q)).collect();
        FOLLOWED.iter().find(|f| f.code == code).unwrap().worsening(&timed)
    }

    /// Numbers that scatter evenly in [-1, 1], the same every time.
    fn scatter(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        }
    }

    #[test]
    fn a_dose_that_fails_by_ten_points_a_day_shows_in_a_week() {
        // Noise of 14 scans, 0.0018 to 0.0029: a relative change of 60 % that no absolute limit of shares sees.
        let noise: Vec<f64> = (0..14).map(|i| 0.00183 / (1.0 - 0.1 * f64::from(i / 2)).sqrt()).collect();
        let found = watched("noise_high", &noise).unwrap();
        assert_eq!(found.shape, Shape::Trend);
        assert!(found.after > 1.3 * found.before && (found.days - 6.5).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_step_at_the_end_of_a_week_shows() {
        let mut next = scatter(3);
        let width: Vec<f64> = (0..21).map(|i| (1.5 + 0.1 * next()) * if i < 15 { 1.0 } else { 1.6 }).collect();
        assert!(watched("edge_width_x", &width).is_some());
        let range: Vec<f64> = (0..12).map(|i| if i < 8 { 8.7 } else { 8.4 } + 0.01 * next()).collect();
        assert_eq!(watched("range_high", &range).map(|w| w.before > w.after), Some(true));
    }

    #[test]
    fn what_gets_better_or_hardly_moves_is_left_alone() {
        let mut next = scatter(5);
        let better: Vec<f64> = (0..14).map(|i| 0.003 - 0.0001 * f64::from(i)).collect();
        assert!(watched("noise_high", &better).is_none());
        let hardly: Vec<f64> = (0..60).map(|i| 0.002 * (1.0 + 0.001 * f64::from(i)) + 1e-6 * next()).collect();
        assert!(watched("noise_high", &hardly).is_none(), "clear, but of no matter");
        assert!(watched("noise_high", &[0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007]).is_none(), "too few");
    }

    #[test]
    fn steady_figures_raise_few_alarms() {
        let mut alarms = 0;
        for seed in 0..2000 {
            let mut next = scatter(seed);
            // A third of scatter either way: more than edges show.
            let values: Vec<f64> = (0..8 + seed % 20).map(|_| 1.5 * (1.0 + 0.33 * (next() + next()) / 2.0)).collect();
            alarms += usize::from(watched("edge_width_y", &values).is_some());
        }
        println!("{alarms} alarms in 2000 steady weeks");
        assert!(alarms <= 4);
    }

    #[test]
    fn equal_values_are_no_evidence() {
        let zeros = [0.0; 14];
        assert!(watched("saturated", &zeros).is_none());
        let mut one = zeros;
        one[13] = 0.2;
        assert!(watched("saturated", &one).is_none(), "one scan is no change of a machine");
        // Kendall's variance without ties: n (n − 1) (2 n + 5) / 18.
        let points: Vec<[f64; 2]> = (0..10).map(|i| [f64::from(i), f64::from(i * 7 % 10)]).collect();
        assert!((score_variance(&points) - 125.0).abs() < 1e-9);
    }
}
