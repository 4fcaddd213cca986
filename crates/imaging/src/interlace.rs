//! How far the low band lies beside the high one, read from the scan itself where nothing states it. Runs on the host, once
//! per plan.
//!
//! With `g(x) = ln s(x + 1) − ln s(x)` along a row, less the dose, the two bands' gradients are those of the same edges:
//! `c(k) = Σ g_high(x) · g_low(x + k)` over rows and columns has its centre at `k = −d` for a low band that lies `d`
//! columns beside the high one. Noise of the bands is independent and cancels in `c`. Interlaced machines take the bands
//! half a pitch apart (DOMAIN §3), so an estimate near ±1/2 on which parts of the scan agree is taken as ±1/2; parts that
//! disagree or lie near 0 say nothing; anything else is reported, and nothing is moved.

use crate::gain_change::Band;

/// Rows that are looked at.
const ROWS: usize = 96;
/// Parts of those rows that must agree.
const PARTS: usize = 6;
/// Largest lag looked at, in columns.
const REACH: usize = 3;
/// Deviation from half a pitch, and of the parts from one another, that is borne.
const SLACK: f64 = 0.15;
/// Standard deviations of noise that a gradient must exceed to be an edge.
const EDGE_SIGMAS: f64 = 5.0;
/// Edges that a part needs.
const FEWEST_EDGES: usize = 40;

/// What the scan says of its bands' places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Interlace {
    /// The low band's offset in columns: 0 or ±1/2.
    Known(f64),
    /// The bands do not lie together, and how far they lie apart is not certain.
    Uncertain(f64),
}

/// Where the low band lies beside the high one; `limits` are the signals below which only noise is left.
pub(crate) fn interlace(high: &Band<'_>, low: &Band<'_>, limits: [u32; 2]) -> Interlace {
    let both: Vec<usize> = (0..high.rows.len()).filter(|y| high.is_good(*y) && low.is_good(*y)).collect();
    let sampled: Vec<usize> = both.iter().copied().step_by(both.len().div_ceil(ROWS).max(1)).collect();
    // Without the dose, its jitter would pass for edges.
    let (Some(high_doses), Some(low_doses)) = (high.doses(), low.doses()) else { return Interlace::Known(0.0) };
    let doses = [high_doses, low_doses];
    let parts = sampled.chunks(sampled.len().div_ceil(PARTS).max(1));
    let mut offsets: Vec<f64> = parts.filter_map(|rows| offset(high, low, limits, &doses, rows)).collect();
    if offsets.len() * 2 < PARTS {
        return Interlace::Known(0.0);
    }
    offsets.sort_by(f64::total_cmp);
    let middle = offsets[offsets.len() / 2];
    let agreeing = offsets.iter().filter(|d| (**d - middle).abs() <= SLACK).count();
    let half = 0.5_f64.copysign(middle);
    if middle.abs() <= SLACK || agreeing * 3 < offsets.len() * 2 {
        Interlace::Known(0.0)
    } else if (middle - half).abs() <= SLACK {
        Interlace::Known(half)
    } else {
        Interlace::Uncertain(middle)
    }
}

/// The offset that some rows tell, if they hold enough edges.
fn offset(high: &Band<'_>, low: &Band<'_>, limits: [u32; 2], doses: &[Vec<f64>; 2], rows: &[usize]) -> Option<f64> {
    let (width, lags) = (high.width, 2 * REACH + 1);
    let (mut correlation, mut edges) = (vec![0.0; lags], 0);
    for y in rows {
        let gradients = |band: &Band<'_>, which: usize| -> Vec<f64> {
            let ln = |x: usize| libm::log(band.signal(x, *y) / doses[which][x].max(1e-3));
            let lns: Vec<f64> = (0..width).map(ln).collect();
            let is_seen = |x: usize| band.signal(x, *y) > f64::from(limits[which]) * 4.0;
            let gradient = |x: usize| if is_seen(x) && is_seen(x + 1) { lns[x + 1] - lns[x] } else { 0.0 };
            (0..width.saturating_sub(1)).map(gradient).collect()
        };
        let (of_high, of_low) = (gradients(high, 0), gradients(low, 1));
        for x in REACH..of_high.len().saturating_sub(REACH) {
            // Noise grows as the signal falls: σ_A² = σ² e^A.
            let sigma = high.sigma() / high.ratio(x, *y).min(1.0).sqrt();
            if of_high[x].abs() < EDGE_SIGMAS * sigma * std::f64::consts::SQRT_2 {
                continue;
            }
            edges += 1;
            // One very hard edge must not outvote all others.
            let weight = of_high[x].signum() * of_high[x].abs().min(0.2);
            for (k, sum) in correlation.iter_mut().enumerate() {
                *sum += weight * of_low[x + k - REACH];
            }
        }
    }
    if edges < FEWEST_EDGES {
        return None;
    }
    let base = (correlation[0] + correlation[lags - 1]) / 2.0;
    let (mut sum, mut moment) = (0.0, 0.0);
    for (k, c) in correlation.iter().enumerate() {
        let above = (c - base).max(0.0);
        sum += above;
        moment += above * (k as f64 - REACH as f64);
    }
    (sum > 0.0).then(|| -moment / sum)
}
