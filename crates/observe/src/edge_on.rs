//! Lines that sheets across the lane draw.
//!
//! The fan lies across the lane, so a sheet across the lane is met edge-on by every ray of its column: it darkens a line of
//! pixels by the share of their width that it takes, however much it weighs.

use std::ops::Range;

use pellucid_core::PixelBox;
use pellucid_imaging::ImagedView;

use crate::structure::is_good;

/// Columns that are looked at on either side.
const MARGIN: usize = 4;
/// What noise alone leaves of a profile above its opening by three columns, in its standard deviations.
const NOISE: f64 = 1.5;

/// Mean attenuation of the columns of a region over some of its rows: averaged, noise does not count as lines.
pub(crate) struct Profile {
    left: usize,
    means: Vec<f64>,
    rows: usize,
}

impl Profile {
    /// The profile of a region over those of `rows` that lie in it.
    pub(crate) fn new(view: &ImagedView, region: PixelBox, rows: [usize; 2]) -> Self {
        let rows = rows[0].max(region.y as usize)..rows[1].min(region.bottom() as usize);
        let (left, right) = (region.x as usize, region.right() as usize);
        let mut sums = vec![(0.0, 0.0); right - left];
        for y in rows.clone() {
            for (x, sum) in (left..right).zip(&mut sums).filter(|(x, _)| is_good(view, *x, y)) {
                *sum = (sum.0 + f64::from(view.high.at(x, y)) / 4096.0, sum.1 + 1.0);
            }
        }
        let means = sums.into_iter().map(|(sum, n)| if n > 0.0 { sum / n } else { 0.0 }).collect();
        Self { left, means, rows: rows.len() }
    }

    /// Mean attenuation over some columns that stands in lines of one or two columns; `air_sigma` is the standard deviation
    /// of a pixel in air.
    pub(crate) fn lines(&self, columns: Range<usize>, air_sigma: f64) -> f64 {
        let from = columns.start.saturating_sub(self.left);
        let to = columns.end.saturating_sub(self.left).min(self.means.len());
        if from >= to || self.rows == 0 {
            return 0.0;
        }
        let start = from.saturating_sub(MARGIN);
        let means = &self.means[start..(to + MARGIN).min(self.means.len())];
        let n = means.len();
        let window = |i: usize| i.saturating_sub(1)..(i + 2).min(n);
        let eroded: Vec<f64> =
            (0..n).map(|i| means[window(i)].iter().copied().fold(f64::INFINITY, f64::min)).collect();
        let opened = |i: usize| eroded[window(i)].iter().copied().fold(0.0, f64::max);
        let mean = means.iter().sum::<f64>() / n as f64;
        let noise = NOISE * air_sigma * (mean.exp() / self.rows as f64).sqrt();
        let lines = (from - start..to - start).map(|i| (means[i] - opened(i) - noise).max(0.0)).sum::<f64>();
        lines / (to - from) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_and_steps_slopes_and_noise_do_not() {
        let noise = |i: usize| f64::from((i as u32).wrapping_mul(2_654_435_761) >> 8) / 16_777_216.0 - 0.5;
        let profile =
            |value: &dyn Fn(usize) -> f64| Profile { left: 100, means: (0..60).map(value).collect(), rows: 16 };
        // A deviation of 0.3 · 0.0025 after 16 rows: an even spread of 0.01 pixels would have.
        let flat = profile(&|i| 1.0 + 0.002 * noise(i));
        assert!(flat.lines(110..150, 0.003) < 2e-4);
        let slope = profile(&|i| 0.05 * i as f64 + if i > 30 { 1.0 } else { 0.0 });
        assert!(slope.lines(110..150, 0.003) < 1e-9);
        let sheets = profile(&|i| 1.0 + if i % 20 < 2 { 0.2 } else { 0.0 });
        assert!((sheets.lines(110..150, 1e-6) - 0.02).abs() < 1e-4, "{}", sheets.lines(110..150, 1e-6));
        assert_eq!(sheets.lines(10..20, 0.003), 0.0);
    }
}
