//! Natural logarithm of whole numbers in Q20, from one table that every engine shares.
//!
//! `LN[n] = round(ln(n) · 2²⁰)`, `LN[0] = 0`. Above 65,535: `ln(n) ≈ LN[n >> s] + s · ln 2` with the smallest `s` that
//! brings `n >> s` into the table, an error below 2⁻¹⁵ (a dose of many counts needs no more).
//! Source: FORMATS "Attenuation" (fixed point, one shared table).

use std::sync::LazyLock;

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// round(ln 2 · 2²⁰).
pub const LN2_Q20: u32 = 726_817;

static TABLE: LazyLock<Box<[u32; 65536]>> = LazyLock::new(|| {
    let mut table = Box::new([0_u32; 65536]);
    for (n, entry) in table.iter_mut().enumerate().skip(1) {
        *entry = libm::round(libm::log(n as f64) * 1_048_576.0) as u32;
    }
    table
});

/// The table `LN`, built once per process; 256 KiB.
pub fn ln_table() -> &'static [u32; 65536] {
    &TABLE
}

/// `ln(n)` in Q20; 0 for `n = 0`.
pub fn ln_q20(n: u32) -> u32 {
    let shift = 16_u32.saturating_sub(n.leading_zeros());
    ln_table()[(n >> shift) as usize] + shift * LN2_Q20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_the_rounded_logarithm() {
        let table = ln_table();
        assert_eq!((table[0], table[1]), (0, 0));
        assert_eq!(table[2], LN2_Q20);
        for n in [3_u16, 10, 255, 4095, 65535] {
            assert!((f64::from(table[usize::from(n)]) / 1_048_576.0 - f64::from(n).ln()).abs() < 5e-7);
        }
    }

    #[test]
    fn large_numbers_lose_less_than_the_stated_error() {
        for n in [0_u32, 1, 65_535, 65_536, 65_537, 1_000_003, 1 << 31, u32::MAX] {
            let error = f64::from(ln_q20(n)) / 1_048_576.0 - f64::from(n.max(1)).ln();
            assert!(error.abs() < 1.0 / 32_768.0 + 1e-5, "ln {n}: {error}");
        }
    }
}
