//! Which detector rows are refused. Runs on the host, once per plan.
//!
//! With `g = max(air − dark, 0)` and its median over all rows, a row is bad when `g = 0`, when `4 g` is below the
//! median, when its counts are all equal but below the converter's end, or when its counts and its air reading are all
//! at the converter's end. Scans narrower than [`MIN_WIDTH`] columns skip the two tests on equal counts.

/// Engines agree exactly: the host decides.
pub const TOLERANCE: u32 = 0;

/// Columns below which equal counts prove nothing.
pub const MIN_WIDTH: usize = 16;

/// The median gain of all rows (the upper one of two); 0 for no rows.
pub fn median_gain(dark: &[u16], air: &[u16]) -> u16 {
    let mut gains: Vec<u16> = air.iter().zip(dark).map(|(air, dark)| air.saturating_sub(*dark)).collect();
    gains.sort_unstable();
    gains.get(gains.len() / 2).copied().unwrap_or(0)
}

/// Whether one row is bad.
pub fn is_bad(counts: &[u16], dark: u16, air: u16, median_gain: u16, max_value: u16) -> bool {
    let gain = air.saturating_sub(dark);
    if gain == 0 || u32::from(gain) * 4 < u32::from(median_gain) {
        return true;
    }
    let Some(&first) = counts.first() else { return false };
    if counts.len() < MIN_WIDTH || counts.iter().any(|count| *count != first) {
        return false;
    }
    first < max_value || air >= max_value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_refused_for_the_stated_reasons() {
        let lively: Vec<u16> = (0..32).map(|x| 500 + x).collect();
        assert!(!is_bad(&lively, 100, 1100, 1000, 65535));
        assert!(is_bad(&lively, 100, 100, 1000, 65535), "no gain");
        assert!(is_bad(&lively, 100, 349, 1000, 65535), "weak");
        assert!(!is_bad(&lively, 100, 350, 1000, 65535), "a quarter is enough");
        assert!(is_bad(&[7; 32], 100, 1100, 1000, 65535), "stuck");
        assert!(!is_bad(&[65535; 32], 100, 1100, 1000, 65535), "saturated, not stuck");
        assert!(is_bad(&[65535; 32], 100, 65535, 1000, 65535), "stuck at the end");
        assert!(!is_bad(&[7; 15], 100, 1100, 1000, 65535), "too narrow to tell");
    }

    #[test]
    fn median_gain_ignores_order() {
        assert_eq!(median_gain(&[0, 0, 0], &[5, 900, 7]), 7);
        assert_eq!(median_gain(&[], &[]), 0);
    }
}
