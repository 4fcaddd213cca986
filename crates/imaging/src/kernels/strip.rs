//! The organic or the steel part of a pixel's attenuation.
//!
//! Two attenuations give two unknowns: how much cellulose and how much steel lie on a ray. Like every two-material
//! decomposition it is one line through what may be there: other organic matter counts as cellulose, heavy matter as steel,
//! light inorganic matter as some of both. The host solves it behind steel as the first layer and weighs it against the
//! noise ([`crate::StripTables`]); a pixel looks its place up among the cells of [`super::material`].
//!
//! 1. Box means `h` and `l`, node `n`, `o` and `d = clamp(o − l, 0, reach_n)` as steps 1 and 2 of [`super::material`].
//! 2. Between the middles of cells: `p = max(d · rate_n − 2¹⁹, 0)`, `k = p >> 20`, `f = (p >> 12) & 255`; words
//!    `w = CELL[n][k]` and `v = CELL[n][min(k + 1, 63)]`.
//! 3. [`WHOLE`]` + (a >> 1)` where the ray cannot be split: `PENETRATION_LIMITED`, unmeasured, or [`UNSPLIT`] in `w` or `v`.
//! 4. Else `min((a · (s_w + (((s_v − s_w) · f) >> 8)) + 2048) >> 12, 32767)`, `s` the part's share of attenuation in Q12:
//!    bits 0–12 organic, bits 13–25 steel.

use pellucid_core::Validity;

use super::material::{CELLS, GRID, Node, is_unmeasured};

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// What is added to half of the attenuation of pixels that cannot be split.
pub const WHOLE: u32 = 1 << 15;
/// Bit of a cell in which nothing can be told apart.
pub const UNSPLIT: u32 = 1 << 31;

/// Which part is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Part {
    /// What behaves like cellulose.
    Organic = 0,
    /// What behaves like steel.
    Steel = 1,
}

/// The integer tables that engines read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripTables {
    /// Where the cells of each node lie, as those of the material tables.
    pub nodes: [Node; GRID],
    /// Shares of the organic and of the steel part in Q12, at most 4,096 each, from the organic end down.
    pub cells: [[u32; CELLS]; GRID],
}

/// A cell of two shares in Q12.
pub const fn packed(organic_q12: u32, steel_q12: u32) -> u32 {
    organic_q12 | steel_q12 << 13
}

/// Share of a part in Q12.
#[inline(always)]
fn share(word: u32, part: u32) -> i32 {
    (word >> (13 * part) & 8191) as i32
}

/// Steps 2 to 4 from the box means in Q16, the attenuation to split, its validity and the number of the part.
#[inline(always)]
pub fn strip(h: u32, l: u32, a: u16, validity: u8, part: u32, tables: &StripTables) -> u16 {
    let n = (h.wrapping_add(2048) >> 12).min(GRID as u32 - 1);
    let node = &tables.nodes[n as usize];
    let e = h.wrapping_sub(n << 12) as i32;
    let o = node.origin_q16.wrapping_add(node.slope_q16.wrapping_mul(e) >> 12);
    let d = o.wrapping_sub(l as i32).max(0).min(node.reach_q16) as u32;
    let p = d.wrapping_mul(node.rate).max(1 << 19).wrapping_sub(1 << 19);
    let k = (p >> 20) as usize % CELLS;
    let cells = &tables.cells[n as usize];
    let (w, v) = (cells[k], cells[(k + 1).min(CELLS - 1)]);
    let a = u32::from(a);
    if (w | v) & UNSPLIT != 0 || validity & Validity::PENETRATION_LIMITED != 0 || is_unmeasured(validity) {
        return (WHOLE + (a >> 1)) as u16;
    }
    let (from, to) = (share(w, part), share(v, part));
    let f = (p >> 12 & 255) as i32;
    let s = from.wrapping_add(to.wrapping_sub(from).wrapping_mul(f) >> 8).max(0) as u32;
    (a.wrapping_mul(s).wrapping_add(2048) >> 12).min(WHOLE - 1) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells whose organic share falls from 1 to 0 over one unit of attenuation below 2 A; the last four are not split.
    fn tables() -> StripTables {
        let cell = |k: usize| {
            let steel = (4096 * k / 59).min(4096) as u32;
            if k < 60 { packed(4096 - steel, steel) } else { UNSPLIT }
        };
        StripTables {
            nodes: std::array::from_fn(|n| Node {
                origin_q16: 2 * (n as i32) * 4096,
                slope_q16: 8192,
                rate: 1 << 10,
                reach_q16: 65_535,
            }),
            cells: [std::array::from_fn(cell); GRID],
        }
    }

    #[test]
    fn parts_follow_the_place_between_the_ends_and_make_up_the_whole() {
        let tables = tables();
        let at = |below: f64, part: Part| {
            let q16 = |a: f64| (a * 65_536.0).round() as u32;
            f64::from(strip(q16(2.0), q16(4.0 - below), 8192, 0, part as u32, &tables)) / 4096.0
        };
        assert_eq!((at(0.0, Part::Organic), at(0.0, Part::Steel)), (2.0, 0.0));
        let mut last = 2.0;
        for i in 1..90 {
            let (organic, steel) = (at(f64::from(i) / 100.0, Part::Organic), at(f64::from(i) / 100.0, Part::Steel));
            assert!(organic <= last && last - organic < 0.03, "smooth from cell to cell");
            assert!((organic + steel - 2.0).abs() < 0.002, "{organic} + {steel}");
            last = organic;
        }
        assert!(last < 0.1);
    }

    #[test]
    fn what_cannot_be_split_stays_whole() {
        let tables = tables();
        let at = |l: u32, validity: u8| strip(2 << 16, l, 8192, validity, Part::Steel as u32, &tables);
        let whole = (WHOLE + 4096) as u16;
        assert_eq!(at(3 << 16, 0), whole, "beyond what the low band sees");
        for bit in [Validity::PENETRATION_LIMITED, Validity::BEAM_OFF, Validity::DEAD] {
            assert_eq!(at(4 << 16, bit), whole);
        }
        assert_eq!(at(4 << 16, Validity::DEAD | Validity::INTERPOLATED), 0);
        for h in (0..=256_u32).map(|i| (i << 12).min(65_535 * 16)) {
            for l in [0, 1 << 16, 65_535 * 16] {
                let _ = strip(h, l, 65_535, 0, Part::Organic as u32, &tables);
            }
        }
    }
}
