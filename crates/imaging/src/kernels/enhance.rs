//! Detail over an evened base, for one pixel, from the levels of an edge-avoiding wavelet decomposition.
//!
//! `c_0` is attenuation, `c_{k+1}` is `c_k` smoothed by [`super::bilateral`] at step `2^k`; `e` is the evened `c_4`:
//! `A = clamp(e + Σ_{k<4} ((g_k(c_4) · (c_k − c_{k+1}) + 128) >> 8), 0, 65535)`, gains in Q8 per level and `c_4 >> 8`, with
//! an arithmetic shift. Edges stay in `c_4`, so raised detail has no halo. Gains of 256 with `e = c_4` give `c_0` back.
//! Source: Fattal, Agrawala & Rusinkiewicz, Multiscale shape and detail enhancement, SIGGRAPH 2007.

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Levels of detail.
pub const LEVELS: usize = 4;

/// Entries of a table of gains.
pub const GAINS: usize = 256;

/// Largest gain in Q8.
pub const MAX_GAIN_Q8: i32 = 4096;

/// The value from `c_0` to `c_4`, the evened base, and the gains of the four levels at `c_4`.
#[inline(always)]
pub fn enhanced(c: [u16; LEVELS + 1], evened: u16, gains_q8: [i32; LEVELS]) -> u16 {
    let mut value = i32::from(evened);
    for k in 0..LEVELS {
        let detail = i32::from(c[k]).wrapping_sub(i32::from(c[k + 1]));
        value = value.wrapping_add(gains_q8[k].wrapping_mul(detail).wrapping_add(128) >> 8);
    }
    value.clamp(0, 65_535) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn gains_of_one_give_the_pixel_back(c in any::<[u16; LEVELS + 1]>()) {
            prop_assert_eq!(enhanced(c, c[LEVELS], [256; LEVELS]), c[0]);
        }
    }

    #[test]
    fn detail_is_raised_and_the_ends_hold() {
        assert_eq!(enhanced([1100, 1000, 1000, 1000, 1000], 900, [512; LEVELS]), 1100);
        assert_eq!(enhanced([0, 65_535, 0, 65_535, 0], 0, [MAX_GAIN_Q8, 0, MAX_GAIN_Q8, 0]), 0);
        assert_eq!(enhanced([65_535, 0, 65_535, 0, 65_535], 65_535, [MAX_GAIN_Q8, 0, MAX_GAIN_Q8, 0]), 65_535);
    }
}
