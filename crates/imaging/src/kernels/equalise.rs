//! Tone map of one tile for local contrast: histogram equalisation whose contrast is limited (CLAHE).
//!
//! From the histogram `h` of the tile's `n` measured pixels over 4,096 bins:
//! `clip = max(⌊limit · n / 2²⁰⌋, 1)` with `limit` the largest height of a bin over the mean one in Q8; the pixels above,
//! `E = Σ max(h − clip, 0)`, are shared out evenly: `C_b = Σ_{i<=b} min(h_i, clip) + ⌊(b + 1) E / 4096⌋`; the map is
//! `low + (((high − low) · min(⌊2¹⁶ C_b / n⌋, 2¹⁶ − 1)) >> 16)`.
//! Tiles where nothing was measured keep every bin: `low + (((high − low) · b) >> 12)`.
//! Source: Zuiderveld, Contrast limited adaptive histogram equalization, Graphics Gems IV, 1994; clipped once, as is usual.

use super::statistics::{BINS, BinWindow};

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Most pixels of a tile, so that every product fits 32 bits: 2²⁹ pixels of a view in 64 tiles, and room.
pub const MAX_TILE: u32 = 1 << 24;

/// Height at which a bin is clipped, from the limit over the mean height (Q8, 256 to 65,535) and the tile's pixels.
pub fn clip_height(limit_q8: u32, n: u32) -> u32 {
    // limit · n needs 40 bits: n in two parts, each product and the sum within 32.
    let (high, low) = (n >> 12, n & 0xfff);
    ((limit_q8 * high + ((limit_q8 * low) >> 12)) >> 8).max(1)
}

/// `⌊2¹⁶ c / n⌋`, at most `2¹⁶ − 1`, by two digits of long division; `c <= n < 2²⁴`, `n >= 1`.
#[inline]
pub fn share_q16(c: u32, n: u32) -> u32 {
    let (first, rest) = (c * 256 / n, c * 256 % n);
    (first * 256 + rest * 256 / n).min(65_535)
}

/// Attenuation (Q12) at a share (Q16) of the window.
#[inline]
pub fn at_share(share_q16: u32, window: &BinWindow) -> u16 {
    (window.low + (((window.high - window.low) * share_q16) >> 16)) as u16
}

/// The tone map of a histogram, one attenuation (Q12) per bin.
pub fn tone_map(histogram: &[u32], limit_q8: u32, window: &BinWindow, map: &mut [u16]) {
    let n: u32 = histogram.iter().sum();
    if n == 0 {
        for (bin, map) in map.iter_mut().enumerate() {
            *map = at_share((bin << 4) as u32, window);
        }
        return;
    }
    let clip = clip_height(limit_q8, n);
    let excess: u32 = histogram.iter().map(|h| h.saturating_sub(clip)).sum();
    let mut c = 0;
    for (bin, (h, map)) in histogram.iter().zip(map).enumerate() {
        c += h.min(&clip);
        *map = at_share(share_q16(c + shared(bin as u32, excess), n), window);
    }
}

/// `⌊(b + 1) E / 4096⌋` without 36 bits.
#[inline]
pub fn shared(bin: u32, excess: u32) -> u32 {
    let bins = BINS as u32;
    (bin + 1) * (excess / bins) + (bin + 1) * (excess % bins) / bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn divisions_in_parts_are_exact(c in 0..MAX_TILE, n in 1..MAX_TILE, limit in 256..65_536_u32) {
            let c = c.min(n);
            let expect = (u64::from(c) * 65_536 / u64::from(n)).min(65_535);
            prop_assert_eq!(u64::from(share_q16(c, n)), expect);
            let clip = u64::from(clip_height(limit, n));
            let exact = (u64::from(limit) * u64::from(n)) >> 20;
            prop_assert_eq!(clip, exact.max(1));
        }

        #[test]
        fn maps_rise_and_end_at_the_window(histogram in proptest::collection::vec(0..3000_u32, BINS), limit in 256..4000_u32) {
            let window = BinWindow::new(100, 30_000);
            let mut map = vec![0; BINS];
            tone_map(&histogram, limit, &window, &mut map);
            prop_assert!(map.is_sorted());
            prop_assert!(map[0] >= 100 && map[BINS - 1] >= 29_998 && map[BINS - 1] <= 30_000);
        }
    }

    #[test]
    fn nothing_measured_changes_nothing() {
        let mut map = vec![0; BINS];
        tone_map(&[0; BINS], 512, &BinWindow::ALL, &mut map);
        assert!(map.iter().enumerate().all(|(bin, a)| i32::from(*a).abs_diff(bin as i32 * 16) <= 1));
    }

    #[test]
    fn contrast_is_limited() {
        let mut histogram = vec![0; BINS];
        histogram[1000] = 4096 * 10;
        let mut map = vec![0; BINS];
        tone_map(&histogram, 512, &BinWindow::ALL, &mut map);
        // Twenty of 40,960 pixels in the step and what is shared out, ten, in every bin.
        let step = |bin: usize| u32::from(map[bin]) - u32::from(map[bin - 1]);
        assert!(step(1000).abs_diff(3 * 16) <= 1 && step(2000).abs_diff(16) <= 1, "{} {}", step(1000), step(2000));
    }
}
