//! Transmission from attenuation: `T[a] = round(e^(−a / 4096) · 2¹⁵)`, Q15 in `u16`, so that air is exactly 1.

use std::sync::LazyLock;

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Transmission of air.
pub const ONE_Q15: u32 = 32_768;

static TABLE: LazyLock<Box<[u16; 65536]>> = LazyLock::new(|| {
    let mut table = Box::new([0_u16; 65536]);
    for (a, entry) in table.iter_mut().enumerate() {
        *entry = libm::round(libm::exp(-(a as f64) / 4096.0) * 32_768.0) as u16;
    }
    table
});

/// The table `T`, built once per process; 128 KiB.
pub fn transmission_table() -> &'static [u16; 65536] {
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transmission_falls_from_one() {
        let table = transmission_table();
        assert_eq!(u32::from(table[0]), ONE_Q15);
        assert_eq!(table[4096], 12_055);
        assert!(table.is_sorted_by(|a, b| a >= b));
    }
}
