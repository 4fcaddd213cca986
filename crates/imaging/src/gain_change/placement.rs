use std::ops::Range;

use super::{Band, RowChange};

/// Shortest and longest run of columns on either side of a step that it is read from.
const WINDOWS: Range<usize> = 12..97;
/// Deviation of a step's height from the one the margins tell, as a share of it.
const HEIGHT_SLACK: f64 = 0.35;
/// Standard errors of a step's height that the run must leave it clear by.
const CLEAR_SIGMAS: f64 = 4.0;
/// Share of an even drift that the middle of the scan must show at least, and at most.
const DRIFT_SHARE: std::ops::RangeInclusive<f64> = 0.6..=1.4;
/// How far to look for a neighbour whose gain is known.
const NEIGHBOUR_REACH: usize = 4;

/// Where a change of gain lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A step before this column.
    At(usize),
    /// An even drift over the whole scan.
    Everywhere,
    /// Nothing fits, or more than one place does.
    Unknown,
}

/// Where in `between` the gain of `rows` changed by `height` (in ln) against their neighbours.
pub(super) fn place(
    band: &Band<'_>,
    rows: &Range<usize>,
    changed: &[RowChange],
    between: Range<usize>,
    height: f64,
) -> Place {
    let Some(difference) = difference(band, rows, changed) else { return Place::Unknown };
    // A median of n has 1.25 times the error of a mean, and a step is the difference of two.
    let error = |noise: f64, window: usize| 1.25 * noise * (2.0 / window as f64).sqrt();
    let clear = HEIGHT_SLACK * height.abs() / CLEAR_SIGMAS;
    let noise = noise(&difference);
    let window = WINDOWS.clone().find(|window| error(noise, *window) <= clear).unwrap_or(WINDOWS.end - 1);
    let first = between.start.max(window);
    let end = between.end.min(difference.len().saturating_sub(window));
    let (mut fitting, mut opposite): (Vec<usize>, usize) = (Vec::new(), 0);
    for column in first..end {
        let (left, right) = (&difference[column - window..column], &difference[column..column + window]);
        let rise = (median(right.to_vec()) - median(left.to_vec())) / height;
        if (rise.abs() - 1.0).abs() > HEIGHT_SLACK {
            continue;
        }
        // Behind dense goods nothing is seen clearly enough to speak for a step or against one.
        if error(self::noise(left).max(self::noise(right)), window) > clear {
            continue;
        }
        if rise > 0.0 {
            fitting.push(column);
        } else {
            opposite += 1;
        }
    }
    let mut clusters = fitting.chunk_by(|a, b| b - a <= window);
    match (clusters.next(), clusters.next(), opposite) {
        (Some(cluster), None, 0) => Place::At(sharpest(&difference, cluster, window)),
        (None, _, _) if is_drift(&difference, between, height) => Place::Everywhere,
        _ => Place::Unknown,
    }
}

/// Logarithm of the rows' signal over that of their neighbours above and below, per column.
fn difference(band: &Band<'_>, rows: &Range<usize>, changed: &[RowChange]) -> Option<Vec<f64>> {
    let is_known =
        |y: &usize| band.is_good(*y) && changed.iter().all(|change| change.row != *y || change.is_stripe());
    let above = (rows.start.saturating_sub(NEIGHBOUR_REACH)..rows.start).rev().find(is_known);
    let below = (rows.end..(rows.end + NEIGHBOUR_REACH).min(band.rows.len())).find(is_known);
    let pairs: Vec<(usize, usize)> =
        [above.map(|y| (rows.start, y)), below.map(|y| (rows.end - 1, y))].into_iter().flatten().collect();
    if pairs.is_empty() {
        return None;
    }
    let at = |x: usize| {
        let sum: f64 =
            pairs.iter().map(|(inner, outer)| libm::log(band.ratio(x, *inner) / band.ratio(x, *outer))).sum();
        sum / pairs.len() as f64
    };
    Some((0..band.width).map(at).collect())
}

/// The column of a cluster at which the two sides differ most.
fn sharpest(difference: &[f64], cluster: &[usize], window: usize) -> usize {
    let (first, last) = (cluster[0], cluster[cluster.len() - 1]);
    let half = window / 2;
    let contrast = |column: usize| {
        let (left, right) = (&difference[column - half..column], &difference[column..column + half]);
        // The sum of squares that a step at this column explains.
        (right.iter().sum::<f64>() - left.iter().sum::<f64>()).abs()
    };
    (first.max(half)..=last).max_by(|a, b| contrast(*a).total_cmp(&contrast(*b))).unwrap_or(first)
}

/// Whether most columns rise as an even drift would: a step moves few of them, an object none.
fn is_drift(difference: &[f64], between: Range<usize>, height: f64) -> bool {
    let reach = between.len() / 4;
    if reach < WINDOWS.end {
        return false;
    }
    let rises = (between.start..between.end - reach).map(|x| difference[x + reach] - difference[x]).collect();
    let expected = height * reach as f64 / between.len() as f64;
    DRIFT_SHARE.contains(&(median(rises) / expected))
}

/// Standard deviation of a column, whatever the course.
fn noise(difference: &[f64]) -> f64 {
    let jumps = difference.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    median(jumps) * 1.4826 / std::f64::consts::SQRT_2
}

/// The upper one of two middle values; 0 for none.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}
