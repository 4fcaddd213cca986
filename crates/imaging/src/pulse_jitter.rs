//! How much the bands' pulses change against each other, from the dose rows. Runs on the host, once per plan.
//!
//! `j = σ(ln dose_low − ln dose_high)` over the columns, the spread taken from the median deviation. Doses of each band
//! are put right column by column, whatever `j` is; but a tube whose pulses change by much changes its end point too,
//! and with it the spectrum (DOMAIN §3, "end-point jitter"), which air rows cannot tell from dose. So it is reported.

use crate::gain_change::Band;

/// `j`; `None` where a band has no dose rows or too few columns.
pub(crate) fn pulse_jitter(high: &Band<'_>, low: &Band<'_>) -> Option<f64> {
    let (high, low) = (high.doses()?, low.doses()?);
    let pairs = high.iter().zip(&low).filter(|(high, low)| **high > 0.1 && **low > 0.1);
    let mut logs: Vec<f64> = pairs.map(|(high, low)| libm::log(low / high)).collect();
    if logs.len() < 32 {
        return None;
    }
    let middle = logs.len() / 2;
    let centre = *logs.select_nth_unstable_by(middle, f64::total_cmp).1;
    logs.iter_mut().for_each(|ln| *ln = (*ln - centre).abs());
    Some(1.4826 * *logs.select_nth_unstable_by(middle, f64::total_cmp).1)
}
