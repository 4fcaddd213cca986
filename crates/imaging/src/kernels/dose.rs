//! Dose of each pulse against the calibration's, from detector rows above every load.
//!
//! Per column, over the good rows of `[dose_rows.start, dose_rows.end)` whose gain does not drift:
//! `S = Σ max(counts − dark, 0)`, `R = Σ (air − dark)`, `dose = ln S − ln R` in Q20.
//! The beam was off where `S = 0` or `S < ⌊R / 8⌋`. Without good dose rows the dose is taken as the calibration's: 0.
//! Source: DOMAIN §3, `T = (counts − dark) / ((air − dark) · dose)`.

use super::logarithm::ln_q20;

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Stands for a column without beam in a plane of doses.
pub const BEAM_OFF: i32 = i32::MIN;

/// Signal of one pixel: counts over dark, never below 0.
#[inline]
pub fn signal(counts: u16, dark: u32) -> u32 {
    u32::from(counts).saturating_sub(dark)
}

/// `dose` in Q20, or [`BEAM_OFF`], from the column's sum `S` and the reference sum `R`; 0 when `R` is 0.
#[inline]
pub fn dose_q20(sum: u32, reference: u32) -> i32 {
    if reference == 0 {
        return 0;
    }
    if sum == 0 || sum < reference >> 3 {
        return BEAM_OFF;
    }
    ln_q20(sum) as i32 - ln_q20(reference) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dose_is_the_log_ratio() {
        assert_eq!(dose_q20(1000, 1000), 0);
        assert!((f64::from(dose_q20(1100, 1000)) / 1_048_576.0 - 1.1_f64.ln()).abs() < 1e-5);
        assert_eq!(dose_q20(124, 1000), BEAM_OFF);
        assert_eq!(dose_q20(0, 4), BEAM_OFF);
        assert_eq!(dose_q20(77, 0), 0);
    }
}
