//! Edges of a container on the pixels: profiles of "something is here" along x and y.

use std::ops::Range;

use pellucid_core::Validity;
use pellucid_imaging::ImagedView;

/// Attenuation of the high band of a view, read as real numbers; refused pixels count as air.
#[derive(Clone, Copy)]
pub(crate) struct Pixels<'a> {
    view: &'a ImagedView,
}

impl<'a> Pixels<'a> {
    pub(crate) fn new(view: &'a ImagedView) -> Self {
        Self { view }
    }

    pub(crate) fn width(self) -> usize {
        self.view.high.width()
    }

    pub(crate) fn height(self) -> usize {
        self.view.high.height()
    }

    pub(crate) fn at(self, x: usize, y: usize) -> f64 {
        f64::from(self.view.high.at(x, y)) / 4096.0
    }

    fn is_measured(self, x: usize, y: usize) -> bool {
        !Validity(self.view.validity.at(x, y)).has(Validity::BEAM_OFF)
    }

    /// Per column of `xs`: share of the rows `ys` in which attenuation exceeds `threshold`.
    pub(crate) fn column_shares(self, xs: Range<usize>, ys: Range<usize>, threshold: f64) -> Vec<f64> {
        let mut counts = vec![0_u32; xs.len()];
        for y in ys.clone() {
            for (count, x) in counts.iter_mut().zip(xs.clone()) {
                *count += u32::from(self.at(x, y) > threshold && self.is_measured(x, y));
            }
        }
        let rows = ys.len().max(1) as f64;
        counts.into_iter().map(|count| f64::from(count) / rows).collect()
    }

    /// Per row of `ys`: share of the columns `xs` in which attenuation exceeds `threshold`.
    pub(crate) fn row_shares(self, xs: Range<usize>, ys: Range<usize>, threshold: f64) -> Vec<f64> {
        let columns = xs.len().max(1) as f64;
        ys.map(|y| {
            let count = xs.clone().filter(|x| self.at(*x, y) > threshold && self.is_measured(*x, y)).count();
            count as f64 / columns
        })
        .collect()
    }

    /// Mean attenuation per row of `ys` over the columns `xs`.
    pub(crate) fn row_means(self, xs: Range<usize>, ys: Range<usize>) -> Vec<f64> {
        let columns = xs.len().max(1) as f64;
        ys.map(|y| xs.clone().map(|x| self.at(x, y).min(4.0)).sum::<f64>() / columns).collect()
    }

    /// Mean attenuation per column of `xs` over the rows `ys`, capped at 4 so that dense cargo does not drown edges.
    pub(crate) fn column_means(self, xs: Range<usize>, ys: Range<usize>) -> Vec<f64> {
        let mut sums = vec![0.0; xs.len()];
        for y in ys.clone() {
            for (sum, x) in sums.iter_mut().zip(xs.clone()) {
                *sum += self.at(x, y).min(4.0);
            }
        }
        let rows = ys.len().max(1) as f64;
        sums.into_iter().map(|sum| sum / rows).collect()
    }

    /// The value below which `share` of a window's pixels lie (every pixel of a large window is not needed: a sample of
    /// about 20,000 is).
    pub(crate) fn quantile(self, xs: Range<usize>, ys: Range<usize>, share: f64) -> f64 {
        let step = ((xs.len() * ys.len()) / 20_000).max(1);
        let mut values: Vec<u16> = ys
            .flat_map(|y| xs.clone().map(move |x| (x, y)))
            .step_by(step)
            .map(|(x, y)| self.view.high.at(x, y))
            .collect();
        values.sort_unstable();
        let index = ((values.len().max(1) - 1) as f64 * share).round() as usize;
        values.get(index).map_or(0.0, |v| f64::from(*v) / 4096.0)
    }

    /// Standard deviation of attenuation in air: robust spread of differences between neighbouring columns among the
    /// lightest pixels of the view.
    pub(crate) fn air_sigma(self) -> f64 {
        let limit = self.quantile(0..self.width(), 0..self.height(), 0.1).max(0.004) + 0.03;
        let mut differences = Vec::new();
        let step = (self.height() / 100).max(1);
        for y in (0..self.height()).step_by(step) {
            for pair in self.view.high.row(y).windows(2) {
                let (a, b) = (f64::from(pair[0]) / 4096.0, f64::from(pair[1]) / 4096.0);
                // Attenuation is cut off at 0, so pixels there tell nothing of the spread.
                if a < limit && b < limit && a > 0.0 && b > 0.0 {
                    differences.push((a - b).abs());
                }
            }
        }
        if differences.len() < 50 {
            return 0.01;
        }
        differences.sort_unstable_by(f64::total_cmp);
        let median = differences[differences.len() / 2];
        (median / 0.6745 / std::f64::consts::SQRT_2).clamp(0.001, 0.05)
    }
}

/// Walks from `start` towards smaller indices while `shares` stay at or above one half, forgiving dips of up to `forgive`
/// entries; returns the last index that still belongs, or `None` when `start` does not or the walk ran off the end.
pub(crate) fn walk_down(shares: &[f64], start: usize, forgive: usize) -> Option<usize> {
    let mut last = start;
    if shares.get(start).copied().unwrap_or(0.0) < 0.5 {
        return None;
    }
    let mut i = start;
    while i > 0 {
        i -= 1;
        if shares[i] >= 0.5 {
            last = i;
        } else if last - i > forgive {
            return Some(last);
        }
    }
    // What still holds on at the border of the profile has no edge inside it, unless it is the border of the picture.
    (last > 0).then_some(last)
}

/// As [`walk_down`], towards larger indices.
pub(crate) fn walk_up(shares: &[f64], start: usize, forgive: usize) -> Option<usize> {
    let reversed: Vec<f64> = shares.iter().rev().copied().collect();
    let last = reversed.len().checked_sub(1)?;
    walk_down(&reversed, last.checked_sub(start)?, forgive).map(|i| last - i)
}

/// Index in `means` at which a new level begins within `around ± reach`, and whether the change is clear: at least three
/// times the mean change elsewhere there. `rising` picks the direction.
pub(crate) fn steepest(means: &[f64], around: usize, reach: usize, rising: bool) -> Option<(usize, bool)> {
    let from = around.saturating_sub(reach).max(2);
    let to = (around + reach + 1).min(means.len().saturating_sub(1));
    if to <= from {
        return None;
    }
    let change = |i: usize| {
        let step = 0.5 * (means[i] + means[i + 1]) - 0.5 * (means[i - 1] + means[i - 2]);
        if rising { step } else { -step }
    };
    let best = (from..to).max_by(|a, b| change(*a).total_cmp(&change(*b)).then(b.cmp(a)))?;
    // The neighbours of the best share its step and do not count as background.
    let others: Vec<f64> = (from..to).filter(|i| i.abs_diff(best) > 1).map(|i| change(i).max(0.0)).collect();
    let mean = others.iter().sum::<f64>() / others.len().max(1) as f64;
    Some((best, change(best) > 3.0 * mean && change(best) > 0.005))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_stop_at_the_edge_and_forgive_short_dips() {
        let shares = [0.0, 0.1, 0.9, 1.0, 0.2, 1.0, 1.0, 0.8, 0.3, 0.0, 0.0, 0.0];
        assert_eq!(walk_down(&shares, 6, 1), Some(2));
        assert_eq!(walk_down(&shares, 6, 0), Some(5));
        assert_eq!(walk_up(&shares, 5, 1), Some(7));
        assert_eq!(walk_down(&shares, 0, 1), None);
        assert_eq!(walk_down(&[1.0, 1.0, 1.0], 2, 0), None);
    }

    #[test]
    fn the_steepest_change_is_found_in_its_direction() {
        let means = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.2, 0.2, 0.2, 0.2];
        assert_eq!(steepest(&means, 4, 3, true), Some((4, true)));
        assert_eq!(steepest(&means, 6, 3, false), Some((7, true)));
        assert_eq!(steepest(&[0.0; 3], 1, 5, true), None);
    }
}
