//! Local contrast of one pixel: the tone maps of the four nearest tiles, blended by distance.
//!
//! Along a side the centre of tile `i` is `e_i + e_{i+1}` in half pixels (`e` its edges), that of pixel `x` is `2 x + 1`.
//! `j` is the last tile whose centre is not beyond the pixel's, `w = ⌊256 (2 x + 1 − c_j) / (c_{j+1} − c_j)⌋` in Q8;
//! before the first centre `j = 0, w = 0`; at and after the last one `j` is the last tile and `w = 0`.
//! With `m_{rs}` the four maps at the pixel's bin and `w_x`, `w_y` the weights:
//! `top = m_00 (256 − w_x) + m_01 w_x`, `bottom` likewise, `A = (top (256 − w_y) + bottom w_y + 2¹⁵) >> 16`.
//! Source: Zuiderveld, Graphics Gems IV, 1994.

use super::statistics::{tile_start, tiles};

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Where a column (row) lies between the centres of tiles: the first tile in the low half, the Q8 weight of the next in
/// the high half.
pub fn positions(size: usize) -> Vec<u32> {
    let tiles = tiles(size);
    let centre = |tile: usize| tile_start(tile, tiles, size) + tile_start(tile + 1, tiles, size);
    (0..size)
        .map(|x| {
            let at = 2 * x + 1;
            let j = (0..tiles).rev().find(|tile| centre(*tile) <= at);
            let weight = match j {
                Some(j) if j + 1 < tiles => 256 * (at - centre(j)) / (centre(j + 1) - centre(j)),
                _ => 0,
            };
            j.unwrap_or(0) as u32 | (weight as u32) << 16
        })
        .collect()
}

/// First tile and weight of the next, of an entry of [`positions`].
#[inline]
pub fn parts(position: u32) -> (usize, u32) {
    ((position & 0xffff) as usize, position >> 16)
}

/// Four maps blended: `[m_00, m_01, m_10, m_11]`, weights in Q8 up to 256.
#[inline(always)]
pub fn blend(m: [u16; 4], wx: u32, wy: u32) -> u16 {
    let row = |left: u16, right: u16| {
        u32::from(left).wrapping_mul(256_u32.wrapping_sub(wx)).wrapping_add(u32::from(right).wrapping_mul(wx))
    };
    let (top, bottom) = (row(m[0], m[1]), row(m[2], m[3]));
    let sum = top.wrapping_mul(256_u32.wrapping_sub(wy)).wrapping_add(bottom.wrapping_mul(wy));
    (sum.wrapping_add(1 << 15) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blends_stay_between(m in any::<[u16; 4]>(), wx in 0..=256_u32, wy in 0..=256_u32) {
            let value = blend(m, wx, wy);
            prop_assert!(value >= *m.iter().min().unwrap() && value <= *m.iter().max().unwrap());
        }

        #[test]
        fn positions_rise_from_the_first_tile_to_the_last(size in 1..2000_usize) {
            let positions = positions(size);
            let parts: Vec<(usize, u32)> = positions.iter().map(|p| parts(*p)).collect();
            prop_assert_eq!((parts[0].0, parts[size - 1]), (0, (tiles(size) - 1, 0)));
            prop_assert!(parts.is_sorted() && parts.iter().all(|(_, weight)| *weight < 256));
        }
    }

    #[test]
    fn a_pixel_in_the_middle_of_two_tiles_takes_half_of_each() {
        let at = parts(positions(80)[9]);
        assert_eq!(at, (0, 256 * 9 / 20));
        assert_eq!(blend([100, 300, 100, 300], 128, 77), 200);
        assert_eq!(blend([0, 0, 65_535, 65_535], 9, 256), 65_535);
    }
}
