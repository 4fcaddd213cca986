//! Statistics of the tiles of a plane: extremes, sum, and a histogram of 4,096 bins, over the pixels where something was
//! measured.
//!
//! A plane is divided into at most 8 × 8 tiles: along a side of `n` pixels there are `t = min(8, n)`, and the `i`-th
//! covers `[⌊i n / t⌋, ⌊(i + 1) n / t⌋)`. The window `[low, high]` of attenuation (Q12) is divided into bins:
//! `bin(a) = ((clamp(a, low, high) − low) · scale) >> 20`, `scale = ⌊(2³² − 1) / (high − low)⌋`; over the whole range of
//! 16 bits that is `a >> 4`.

use super::material::is_unmeasured;

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Bins of a histogram.
pub const BINS: usize = 4096;

/// Most tiles along a side.
pub const MAX_TILES: usize = 8;

/// The range of attenuation that the bins divide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BinWindow {
    /// Attenuation (Q12) at the start of the first bin.
    pub low: u32,
    /// Attenuation (Q12) at the end of the last bin, above `low`.
    pub high: u32,
    /// `⌊(2³² − 1) / (high − low)⌋`.
    pub scale: u32,
}

impl BinWindow {
    /// Every attenuation there is.
    pub const ALL: Self = Self { low: 0, high: 65_535, scale: u32::MAX / 65_535 };

    /// A window; `high` is raised to `low + 1` where it is not above `low`.
    pub fn new(low: u16, high: u16) -> Self {
        let (low, high) = (u32::from(low.min(65_534)), u32::from(high));
        let high = high.max(low + 1);
        Self { low, high, scale: u32::MAX / (high - low) }
    }

    /// Bin of an attenuation, 0 to 4,095.
    #[inline(always)]
    pub fn bin(&self, a: u16) -> usize {
        let above = u32::from(a).clamp(self.low, self.high).wrapping_sub(self.low);
        (above.wrapping_mul(self.scale) >> 20) as usize & (BINS - 1)
    }

    /// Attenuation (Q12) at the start of a bin.
    pub fn start_of(&self, bin: usize) -> u16 {
        (self.low + (((self.high - self.low) as u64 * bin as u64) / BINS as u64) as u32) as u16
    }
}

/// Tiles along a side of `size` pixels.
pub fn tiles(size: usize) -> usize {
    size.min(MAX_TILES)
}

/// First pixel of a tile; of the tile after the last: `size`.
#[inline]
pub fn tile_start(tile: usize, tiles: usize, size: usize) -> usize {
    tile * size / tiles.max(1)
}

/// Extremes and sum of the measured pixels of a tile, or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Measured pixels.
    pub count: u64,
    /// Smallest attenuation (Q12); 65,535 for none.
    pub min: u16,
    /// Largest attenuation (Q12); 0 for none.
    pub max: u16,
    /// Sum of all (Q12).
    pub sum: u64,
}

impl Extent {
    /// Of no pixel.
    pub const NONE: Self = Self { count: 0, min: u16::MAX, max: 0, sum: 0 };

    /// With one more pixel; unmeasured pixels change nothing.
    pub fn with(self, a: u16, validity: u8) -> Self {
        if is_unmeasured(validity) {
            return self;
        }
        self.merged(Self { count: 1, min: a, max: a, sum: u64::from(a) })
    }

    /// Of two sets of pixels together.
    pub fn merged(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
        }
    }

    /// Mean attenuation (no unit); `None` for no pixel.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / 4096.0)
    }
}

/// Start (Q12) of the first bin up to which `share` (0 to 1) of all pixels lie; `None` for no pixel.
pub fn percentile(histogram: &[u32], window: &BinWindow, share: f64) -> Option<u16> {
    let total: u64 = histogram.iter().map(|n| u64::from(*n)).sum();
    let wanted = ((total as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
    let mut seen = 0;
    let bin = histogram.iter().position(|n| {
        seen += u64::from(*n);
        seen >= wanted
    })?;
    Some(window.start_of(bin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pellucid_core::Validity;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bins_rise_through_the_window(low in 0..65_535_u16, span in 1..65_535_u16, a in any::<u16>()) {
            let window = BinWindow::new(low, low.saturating_add(span));
            prop_assert_eq!(BinWindow::ALL.bin(a), usize::from(a >> 4));
            prop_assert!(window.bin(a) <= window.bin(a.saturating_add(1)));
            prop_assert_eq!(window.bin(low), 0);
            prop_assert_eq!(window.bin(u16::MAX), BINS - 1);
        }

        #[test]
        fn tiles_divide_every_side(size in 1..3000_usize) {
            let tiles = tiles(size);
            prop_assert_eq!((tile_start(0, tiles, size), tile_start(tiles, tiles, size)), (0, size));
            prop_assert!((0..tiles).all(|i| tile_start(i, tiles, size) < tile_start(i + 1, tiles, size)));
        }
    }

    #[test]
    fn only_measured_pixels_count() {
        let pixels = [(100, 0), (900, Validity::BEAM_OFF), (300, Validity::SATURATED), (7, Validity::DEAD)];
        let extent = pixels.iter().fold(Extent::NONE, |extent, (a, v)| extent.with(*a, *v));
        assert_eq!(extent, Extent { count: 2, min: 100, max: 300, sum: 400 });
        assert_eq!(extent.mean(), Some(200.0 / 4096.0));
        assert_eq!(Extent::NONE.mean(), None);
    }

    #[test]
    fn percentiles_are_the_bins_that_hold_them() {
        let mut histogram = vec![0; BINS];
        (histogram[10], histogram[20], histogram[30]) = (50, 49, 1);
        let at = |share| percentile(&histogram, &BinWindow::ALL, share);
        assert_eq!([at(0.0), at(0.5), at(0.51), at(0.99), at(1.0)], [159, 159, 319, 319, 479].map(Some));
        assert_eq!(percentile(&[0; BINS], &BinWindow::ALL, 0.5), None);
    }
}
