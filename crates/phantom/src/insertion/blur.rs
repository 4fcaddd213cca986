//! The line spread of a scan: how wide its own edges are, and the same width for the edges of what is put in.

use std::f64::consts::PI;

/// Standard deviations to which a line spread reaches.
const REACH: f64 = 3.0;
/// Standard deviations, px, below which a line spread is less than the pixel itself.
const SHARP: f64 = 0.2;
/// Smallest step of an edge, in transmission.
const STEP: f64 = 0.15;
/// Pixels on either side within which an edge rises, and how much of the step the level stretches may rise by.
const RISE: usize = 4;
const LEVEL: f64 = 0.1;
/// Fewest edges, and the share of them that are no wider than what is taken: solids' own slopes only widen edges.
const FEWEST: usize = 40;
const SHARPEST: f64 = 0.25;
/// Where between two pixels the edge of that share lies, in pixels from the best place: edges lie anywhere.
const OFF_CENTRE: f64 = 0.5 * SHARPEST;
/// Most lines that are looked at.
const LINES: usize = 200;

/// A window of a view, column after column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) rows: usize,
    pub(super) values: Vec<f64>,
}

/// Rows and columns that a line spread of these standard deviations reaches.
pub(super) fn reach(sigma_px: [f64; 2]) -> [usize; 2] {
    sigma_px.map(|sigma| if sigma < SHARP { 0 } else { (REACH * sigma).ceil() as usize })
}

/// Spreads a change of signal: `1 + G∗(s · (r − 1)) / G∗s` with `r` the ratio of the signal after to that before, `s` the
/// signal before and G a Gaussian of `sigma_px` along x and y. Light spreads, not attenuation, so the signal is the weight:
/// beside bright air the edge of a solid is brighter than beside a dark load. Exactly 1 where nothing within reach changes.
pub(super) fn spread(ratio: &mut Plane, signal: &Plane, sigma_px: [f64; 2]) {
    let [columns, rows] = reach(sigma_px);
    if columns == 0 && rows == 0 {
        return;
    }
    // Dead detectors give no light; darkness keeps a little, so that there is a weight everywhere else.
    let weight: Vec<f64> = signal.values.iter().map(|s| if s.is_finite() { s.max(1e-4) } else { 0.0 }).collect();
    let mut change: Vec<f64> = ratio.values.iter().zip(&weight).map(|(r, w)| (r - 1.0) * w).collect();
    let mut total = weight;
    for (sigma, reach, is_along_x) in [(sigma_px[0], columns, true), (sigma_px[1], rows, false)] {
        if reach > 0 {
            let taps = taps(sigma, reach);
            change = filtered(&change, ratio.rows, &taps, is_along_x);
            total = filtered(&total, ratio.rows, &taps, is_along_x);
        }
    }
    for ((ratio, change), total) in ratio.values.iter_mut().zip(&change).zip(&total) {
        *ratio = if *total > 0.0 { 1.0 + change / total } else { 1.0 };
    }
}

fn taps(sigma: f64, reach: usize) -> Vec<f64> {
    let value = |i: usize| {
        let x = (i as f64 - reach as f64) / sigma;
        libm::exp(-0.5 * x * x)
    };
    let taps: Vec<f64> = (0..=2 * reach).map(value).collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|v| v / sum).collect()
}

/// A line of taps over a plane stored column after column; outside there is nothing.
pub(super) fn filtered(values: &[f64], rows: usize, taps: &[f64], is_along_x: bool) -> Vec<f64> {
    let reach = taps.len() / 2;
    let step = if is_along_x { rows } else { 1 };
    let columns = values.len() / rows.max(1);
    (0..values.len())
        .map(|i| {
            let (at, end) = if is_along_x { (i / rows, columns) } else { (i % rows, rows) };
            let (first, last) = (at.saturating_sub(reach), (at + reach).min(end - 1));
            (first..=last).map(|k| taps[k + reach - at] * values[i + k * step - at * step]).sum()
        })
        .collect()
}

/// Standard deviation of the line spread along rows and along columns, px, as the sharpest quarter of the edges of a
/// picture of transmissions shows it (`at(x, y)`, NaN where nothing is measured); `None` where there are too few edges.
pub(super) fn sigma_of_edges(size: (usize, usize), at: impl Fn(usize, usize) -> f64) -> [Option<f64>; 2] {
    let (width, height) = size;
    let mut found = [Vec::new(), Vec::new()];
    for y in (0..height).step_by((height / LINES).max(1)) {
        widths(&(0..width).map(|x| at(x, y)).collect::<Vec<_>>(), &mut found[0]);
    }
    for x in (0..width).step_by((width / LINES).max(1)) {
        widths(&(0..height).map(|y| at(x, y)).collect::<Vec<_>>(), &mut found[1]);
    }
    found.map(|mut widths| {
        let rank = (widths.len() as f64 * SHARPEST) as usize;
        (widths.len() >= FEWEST).then(|| sigma_of_width(*widths.select_nth_unstable_by(rank, f64::total_cmp).1))
    })
}

/// Widths of the edges of a line: the step over its steepest pixel.
fn widths(line: &[f64], found: &mut Vec<f64>) {
    let mut x = 2 * RISE;
    while x + 2 * RISE < line.len() {
        let step = line[x + RISE] - line[x - RISE];
        let near = &line[x - 2 * RISE..=x + 2 * RISE];
        let is_edge = step.abs() >= STEP
            && near.iter().all(|v| v.is_finite())
            && (line[x - 2 * RISE] - line[x - RISE]).abs() < LEVEL * step.abs()
            && (line[x + 2 * RISE] - line[x + RISE]).abs() < LEVEL * step.abs();
        if !is_edge {
            x += 1;
            continue;
        }
        let pieces = line[x - RISE..=x + RISE].windows(2).map(|pair| (pair[1] - pair[0]) * step.signum());
        let (steepest, least) = pieces.fold((0.0_f64, 0.0_f64), |(most, least), d| (most.max(d), least.min(d)));
        if least > -LEVEL * step.abs() && steepest > 0.0 {
            found.push((step.abs() / steepest).max(1.0));
        }
        x += 2 * RISE;
    }
}

/// The Gaussian that, with the pixel itself, makes an edge that wide.
fn sigma_of_width(width: f64) -> f64 {
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if 1.0 / steepest(middle) < width { low = middle } else { high = middle }
    }
    low
}

/// Steepest step between two pixels of an edge of height 1: a pixel wide ramp of pixels (a triangle), spread by a Gaussian.
fn steepest(sigma: f64) -> f64 {
    if sigma < 1e-3 {
        return 1.0 - OFF_CENTRE;
    }
    // ∫ (1 − |u|) N(u − d; σ) du over |u| ≤ 1, from the integral of the cumulative normal.
    let ramp = |x: f64| {
        let z = x / sigma;
        x * 0.5 * (1.0 + libm::erf(z / std::f64::consts::SQRT_2))
            + sigma * libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt()
    };
    ramp(OFF_CENTRE + 1.0) - 2.0 * ramp(OFF_CENTRE) + ramp(OFF_CENTRE - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slabs with edges anywhere in a pixel, spread by a Gaussian.
    fn slabs(sigma: f64) -> impl Fn(usize, usize) -> f64 {
        move |x, y| {
            let period = 40.0 + 0.37 * y as f64;
            let inside = |x: f64| if (x / period).fract() < 0.5 { 0.3 } else { 1.0 };
            let (mut sum, mut weights) = (0.0, 0.0);
            for k in 0..200 {
                let u = f64::from(k) / 199.0 * 8.0 - 4.0;
                let weight = libm::exp(-0.5 * u * u);
                for sub in 0..8 {
                    sum += weight * inside(200.0 + x as f64 + (f64::from(sub) + 0.5) / 8.0 + sigma * u);
                }
                weights += 8.0 * weight;
            }
            sum / weights
        }
    }

    #[test]
    fn edges_show_the_line_spread() {
        for (sigma, slack) in [(0.0, 0.25), (0.6, 0.15), (1.2, 0.15), (1.8, 0.3)] {
            let found = sigma_of_edges((400, 64), slabs(sigma))[0].unwrap();
            println!("line spread of {sigma} px: found {found:.2}");
            assert!((found - sigma).abs() < slack, "{sigma}: {found}");
        }
        assert_eq!(sigma_of_edges((300, 200), |_, _| 0.5), [None, None]);
    }

    #[test]
    fn what_is_spread_is_light() {
        // A solid of transmission 0.2 from column 20 on, before air up to column 25 and a dark load behind it.
        let (rows, columns) = (3, 40);
        let signal = |c: usize| if c < 25 { 1.0 } else { 0.01 };
        let plane = |value: &dyn Fn(usize) -> f64| Plane {
            rows,
            values: (0..rows * columns).map(|i| value(i / rows)).collect(),
        };
        let before = plane(&signal);
        let mut ratio = plane(&|c| if c < 20 { 1.0 } else { 0.2 });
        spread(&mut ratio, &before, [1.0, 0.0]);
        assert_eq!(ratio.values[16 * rows], 1.0);
        assert!((0.2..0.7).contains(&ratio.values[20 * rows]), "{}", ratio.values[20 * rows]);
        assert!((ratio.values[24 * rows] - 0.2).abs() < 1e-3);
        let mut sharp = plane(&|c| if c < 20 { 1.0 } else { 0.2 });
        spread(&mut sharp, &before, [0.1, 0.0]);
        assert_eq!(sharp.values[20 * rows], 0.2);
    }
}
