//! Noise of a band in air, from its dose rows. Runs on the host.
//!
//! With `q(r, c) = (counts − dark) / (air − dark)` in neighbouring good dose rows `r`, `r'`:
//! `d(c) = (q(r, c) − q(r, c+1)) − (q(r', c) − q(r', c+1))`. Dose and its jitter cancel, so `σ² = mean(d²) / 4`.
//! What becomes of it behind a load is [`crate::physics::BandNoise`]'s to say.

/// Engines agree exactly: the host decides.
pub const TOLERANCE: u32 = 0;

/// Assumed where the dose rows cannot tell.
pub const DEFAULT_SIGMA: f64 = 0.01;

/// σ of attenuation in air of a band; `None` with fewer than two good neighbouring dose rows or 16 columns.
/// `row(r)` gives counts, dark and air of a dose row, or `None` where it is bad.
pub fn air_sigma<'a>(
    rows: std::ops::Range<usize>,
    row: impl Fn(usize) -> Option<(&'a [u16], u16, u16)>,
) -> Option<f64> {
    let (mut sum, mut n) = (0.0_f64, 0_u64);
    for r in rows.clone().skip(1) {
        let (Some((up, dark_up, air_up)), Some((here, dark, air))) = (row(r - 1), row(r)) else { continue };
        let (gain_up, gain) = (f64::from(air_up) - f64::from(dark_up), f64::from(air) - f64::from(dark));
        for (u, h) in up.windows(2).zip(here.windows(2)) {
            let d_up = (f64::from(u[0]) - f64::from(u[1])) / gain_up;
            let d = (f64::from(h[0]) - f64::from(h[1])) / gain;
            sum += (d_up - d) * (d_up - d);
            n += 1;
        }
    }
    (n >= 16).then(|| libm::sqrt(sum / n as f64) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_measured_and_dose_jitter_is_not() {
        let mut state = 7_u32;
        let mut uniform = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24) - 0.5
        };
        let dose: Vec<f64> = (0..2000).map(|_| 1.0 + 0.2 * uniform()).collect();
        let rows: Vec<Vec<u16>> = (0..4)
            .map(|_| dose.iter().map(|d| (100.0 + 20_000.0 * (d + 0.02 * uniform())).round() as u16).collect())
            .collect();
        let sigma = air_sigma(0..4, |r| Some((rows[r].as_slice(), 100, 20_100))).unwrap();
        let expect = 0.02 / 12.0_f64.sqrt();
        assert!((sigma / expect - 1.0).abs() < 0.05, "{sigma} against {expect}");
        assert_eq!(air_sigma(0..1, |r| Some((rows[r].as_slice(), 100, 20_100))), None);
        assert_eq!(air_sigma(0..4, |r| (r % 2 == 0).then(|| (rows[r].as_slice(), 100, 20_100))), None);
    }
}
