//! Areal density, material class and how sure both are, of one pixel from its attenuation and the means of its 5 × 5
//! neighbourhood.
//!
//! The physics is in tables that the host makes ([`crate::material_tables`]): the posterior over materials, given `A_high`,
//! `A_low` and the noise of both bands as the scan shows it (DOMAIN §3, `(A_high, A_low) → (λ, Z)` through the forward
//! model). A pixel looks its place up. Nodes stand at `A_high = n / 16`, n = 0 … 256; at each node 64 cells cut the range of
//! `A_low` that materials and noise can give, from the organic end down.
//!
//! 1. Means over the `m` pixels of the 5 × 5 box that lie in the plane: `h = ⌊(16 Σ A_high + ⌊m/2⌋) / m⌋` in Q16, `l`
//!    likewise from `A_low`, 0 without a low band.
//! 2. Node: `n = min((h + 2048) >> 12, 256)`, `e = h − 4096 n`; `o = origin_n + ((slope_n · e) >> 12)`;
//!    `k = (clamp(o − l, 0, reach_n) · rate_n) >> 20`, at most 63.
//! 3. Word: `w = AIR[h >> 6]` when `h < thin`; else `UNMEASURED` when the pixel is `PENETRATION_LIMITED`, `BEAM_OFF`, or
//!    `DEAD` without `INTERPOLATED`; else `CELL[n][k]`.
//! 4. Heavy matter is named on level ground only. Across an edge, beside a sheet met edge-on, or where bands lie a little
//!    apart, means leave less in `A_low` than any lighter matter would, so steel looks like lead there. Of the 3 × 3 squares
//!    that have the pixel at a corner and lie in the plane (up left, up right, down left, down right), the first whose
//!    `A_high` spans least is looked up as in steps 1 and 2, `m = 9`. When it spans at most [`LEVEL_Q12`] and its own word
//!    is heavy, `w` is that word; else `w` becomes undecidable, of ratio 1 and confidence 0, and keeps its sigma.
//! 5. Of the word: bits 0–12 `ratio` in Q12, bits 13–15 the class, bits 16–23 the confidence (probability of the likeliest
//!    class, 255 for 1), bits 24–31 one sigma of `λ` over `λ` in 1/512 (255: half of it or more, or no upper bound).
//! 6. `λ`: along the default curve at the pixel's own `a = A_high`: `i = a >> 8`, `f = a & 255`,
//!    `λ_d = max(L_i + (((L_{i+1} − L_i) · f) >> 8), 0)` in Q10 g/cm²; `λ = ⌊λ_d · ratio(w) / 4096⌋`. As `f32 / 1024`, exact.
//!
//! Without a low band `rate` is 0 and every cell is undecidable. All shifts are arithmetic; all products fit 32 bits within
//! the limits of [`MaterialTables::is_sound`].

use pellucid_core::{MaterialClass, Validity};

/// Engines agree exactly, the areal density included.
pub const TOLERANCE: u32 = 0;

/// Nodes of a table: `A_high` from 0 to 16 in steps of 1/16.
pub const GRID: usize = 257;
/// Cells of a node.
pub const CELLS: usize = 64;
/// Words of air, each for 64 steps of Q16 attenuation.
pub const AIR_WORDS: usize = 32;
/// Half the side of the neighbourhood, in pixels.
pub const BOX_RADIUS: usize = 2;
/// Q10 units of `λ` per g/cm².
pub const LAMBDA_SCALE: f32 = 1024.0;
/// Units of relative one-sigma: 1/512; 255 also stands for *half or more*, and for lower bounds.
pub const SIGMA_SCALE: f64 = 512.0;
/// Largest ratio to the default curve in Q12.
pub const MAX_RATIO_Q12: u32 = (1 << 13) - 1;

/// What tells nothing: undecidable, no confidence, no bound on the error, the default curve.
pub const UNMEASURED: u32 =
    Word { ratio_q12: 4096, class: MaterialClass::Undecidable, confidence: 0, sigma: 255 }.packed();

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// `λ` over that along the default curve, Q12, at most [`MAX_RATIO_Q12`].
    pub ratio_q12: u32,
    /// The class.
    pub class: MaterialClass,
    /// Probability of the likeliest class, in 1/255.
    pub confidence: u8,
    /// One sigma of `λ` over `λ`, in 1/512.
    pub sigma: u8,
}

impl Word {
    /// As the tables hold it.
    pub const fn packed(self) -> u32 {
        let ratio = if self.ratio_q12 > MAX_RATIO_Q12 { MAX_RATIO_Q12 } else { self.ratio_q12 };
        ratio | (self.class as u32) << 13 | (self.confidence as u32) << 16 | (self.sigma as u32) << 24
    }
}

/// Where the cells of a node lie.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Node {
    /// `A_low` where cell 0 begins, Q16.
    pub origin_q16: i32,
    /// Its change per 1/16 of `A_high`, Q16.
    pub slope_q16: i32,
    /// Cells per Q16 of `A_low`, in Q20.
    pub rate: u32,
    /// Farthest below the origin that is told apart, Q16, >= 0.
    pub reach_q16: i32,
}

/// The integer tables that engines read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialTables {
    /// One per node.
    pub nodes: [Node; GRID],
    /// [`Word`]s, from the organic end down.
    pub cells: [[u32; CELLS]; GRID],
    /// `λ` along the default curve in Q10 g/cm².
    pub lambda_q10: [i32; GRID],
    /// [`Word`]s of air by mean attenuation.
    pub air: [u32; AIR_WORDS],
}

/// What a pixel is found to be: areal density in Q10 g/cm² and its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Areal density, Q10 g/cm².
    pub lambda_q10: u32,
    /// The word that the pixel was given.
    pub word: u32,
}

impl Found {
    /// Areal density in g/cm².
    #[inline(always)]
    pub fn areal_density(self) -> f32 {
        self.lambda_q10 as f32 * (1.0 / LAMBDA_SCALE)
    }

    /// Number of the class.
    #[inline(always)]
    pub fn class(self) -> u8 {
        (self.word >> 13 & 7) as u8
    }

    /// Probability of the likeliest class, in 1/255.
    #[inline(always)]
    pub fn confidence(self) -> u8 {
        (self.word >> 16) as u8
    }

    /// One sigma of areal density over areal density, in 1/512.
    #[inline(always)]
    pub fn sigma(self) -> u8 {
        (self.word >> 24) as u8
    }
}

/// Mean of a box in Q16 from the sum of its `m >= 1` Q12 attenuations.
#[inline(always)]
pub fn mean_q16(sum: u32, m: u32) -> u32 {
    sum.wrapping_mul(16).wrapping_add(m / 2) / m
}

/// Largest span of `A_high` in Q12 over ground on which heavy matter is named: 0.05.
pub const LEVEL_Q12: u32 = 205;
/// What makes a word undecidable, its sigma apart: class, ratio and no confidence.
const UNDECIDED: u32 = (MaterialClass::Undecidable as u32) << 13 | 4096;
/// Side of a corner of a box, and its pixels.
const CORNER: usize = BOX_RADIUS + 1;
const CORNER_PIXELS: u32 = (CORNER * CORNER) as u32;

/// What a pixel is looked up by.
#[derive(Debug, Clone, Copy)]
pub struct Pixel {
    /// Mean of its box in the high band, Q16.
    pub h: u32,
    /// Mean of its box in the low band, Q16; 0 without one.
    pub l: u32,
    /// Its own attenuation in the high band, Q12.
    pub a_high: u16,
    /// Its validity.
    pub validity: u8,
}

/// Steps 2 to 6. `level` gives what [`level_corner`] finds around the pixel; it is asked for where heavy matter would be
/// named. `thin` is at most `64 · AIR_WORDS`. Wrapping like every engine's integers; within the limits of the tables
/// nothing wraps.
#[inline(always)]
pub fn find(pixel: Pixel, level: impl FnOnce() -> Option<[u32; 2]>, thin: u32, tables: &MaterialTables) -> Found {
    let Pixel { h, l, a_high, validity } = pixel;
    if h < thin {
        return of_air(h, a_high, tables);
    }
    let cell = look_up([h, l], tables);
    let mut word = if is_hidden(validity) { UNMEASURED } else { cell };
    if is_heavy(word) {
        let corner = level().map(|means| look_up(means, tables)).filter(|word| is_heavy(*word));
        word = corner.unwrap_or(word & 0xff00_0000 | UNDECIDED);
    }
    // As 64 bits for speed: the floor is the same as in two halves of 32.
    let product = u64::from(default_lambda_q10(a_high, tables)).wrapping_mul(u64::from(word & MAX_RATIO_Q12));
    Found { lambda_q10: (product >> 12) as u32, word }
}

/// The word of step 2 from means in Q16, high band first.
#[inline(always)]
fn look_up([h, l]: [u32; 2], tables: &MaterialTables) -> u32 {
    let n = (h.wrapping_add(2048) >> 12).min(GRID as u32 - 1);
    let node = &tables.nodes[n as usize];
    let e = h.wrapping_sub(n << 12) as i32;
    let o = node.origin_q16.wrapping_add(node.slope_q16.wrapping_mul(e) >> 12);
    let d = o.wrapping_sub(l as i32).max(0).min(node.reach_q16) as u32;
    let k = d.wrapping_mul(node.rate) >> 20;
    tables.cells[n as usize][k as usize % CELLS]
}

#[inline(always)]
fn is_heavy(word: u32) -> bool {
    word >> 13 & 7 == MaterialClass::Heavy as u32
}

/// Means of step 4 in Q16 around `(x, y)` of planes of `width` columns, high band first; `None` where no corner is level.
pub fn level_corner(high: &[u16], low: &[u16], width: usize, (x, y): (usize, usize)) -> Option<[u32; 2]> {
    let height = high.len() / width;
    let inside = |v: usize, k: usize, n: usize| (v + k).checked_sub(BOX_RADIUS).filter(|first| first + CORNER <= n);
    let (mut best, mut means) = (LEVEL_Q12 + 1, None);
    for (right, down) in [(0, 0), (BOX_RADIUS, 0), (0, BOX_RADIUS), (BOX_RADIUS, BOX_RADIUS)] {
        let Some((left, top)) = inside(x, right, width).zip(inside(y, down, height)) else { continue };
        let (mut least, mut most, mut sums) = (u16::MAX, 0, [0; 2]);
        for row in (top..top + CORNER).map(|y| y * width + left..y * width + left + CORNER) {
            for (h, l) in high[row.clone()].iter().zip(&low[row]) {
                (least, most) = (least.min(*h), most.max(*h));
                sums = [sums[0] + u32::from(*h), sums[1] + u32::from(*l)];
            }
        }
        let span = u32::from(most - least);
        if span < best {
            (best, means) = (span, Some(sums.map(|sum| mean_q16(sum, CORNER_PIXELS))));
        }
    }
    means
}

/// [`find`] of a pixel whose mean attenuation is below `thin`; ratios of air are 1.
#[inline(always)]
pub fn of_air(h: u32, a_high: u16, tables: &MaterialTables) -> Found {
    Found { lambda_q10: default_lambda_q10(a_high, tables), word: tables.air[(h >> 6) as usize % AIR_WORDS] }
}

/// `λ_d` of step 6.
#[inline(always)]
fn default_lambda_q10(a_high: u16, tables: &MaterialTables) -> u32 {
    let (i, f) = (usize::from(a_high >> 8), i32::from(a_high & 255));
    let (l0, l1) = (tables.lambda_q10[i], tables.lambda_q10[i + 1]);
    l0.wrapping_add(l1.wrapping_sub(l0).wrapping_mul(f) >> 8).max(0) as u32
}

/// Whether nothing at all was measured: no beam, or a dead detector without good neighbours.
#[inline(always)]
pub fn is_unmeasured(validity: u8) -> bool {
    (validity & Validity::BEAM_OFF != 0) | (validity & (Validity::DEAD | Validity::INTERPOLATED) == Validity::DEAD)
}

/// Whether a pixel tells nothing of what lies on its ray: not measured, or too little light.
#[inline(always)]
fn is_hidden(validity: u8) -> bool {
    (validity & Validity::PENETRATION_LIMITED != 0) | is_unmeasured(validity)
}

/// Sum and number of the pixels of the 5 × 5 box around `(x, y)` that lie in the plane.
pub fn box_sum(plane: &[u16], width: usize, height: usize, x: usize, y: usize) -> (u32, u32) {
    let (mut sum, mut n) = (0, 0);
    for yy in y.saturating_sub(BOX_RADIUS)..(y + BOX_RADIUS + 1).min(height) {
        for xx in x.saturating_sub(BOX_RADIUS)..(x + BOX_RADIUS + 1).min(width) {
            sum += u32::from(plane[yy * width + xx]);
            n += 1;
        }
    }
    (sum, n)
}

impl MaterialTables {
    /// Whether every product of [`find`] fits 32 bits and every index its table: slopes within ±2¹⁹, `rate · reach` below 64
    /// cells, `λ` within 0 and 2²¹ with steps below 2²³, ratio 1 where no class is named.
    pub fn is_sound(&self) -> bool {
        let node = |node: &Node| {
            node.slope_q16.unsigned_abs() < 1 << 19
                && node.origin_q16.unsigned_abs() < 1 << 24
                && (0..1 << 24).contains(&node.reach_q16)
                && (u64::from(node.reach_q16.unsigned_abs()) * u64::from(node.rate)) >> 20 < CELLS as u64
        };
        let lambda = |value: &i32| (0..1 << 21).contains(value);
        let steps = self.lambda_q10.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 1 << 23);
        let word = |word: &u32| (1..5).contains(&(word >> 13 & 7)) || word & MAX_RATIO_Q12 == 4096;
        self.nodes.iter().all(node)
            && self.lambda_q10.iter().all(lambda)
            && steps
            && self.cells.iter().flatten().chain(&self.air).all(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIN: u32 = 1311;

    /// Cells of one class each, from organic to heavy, whose ratio rises by 4 a cell.
    fn tables() -> MaterialTables {
        let word = |k: usize| {
            let class = MaterialClass::ALL[1 + k / 16];
            Word { ratio_q12: 4096 + 4 * k as u32, class, confidence: 200 + (k as u8) / 2, sigma: k as u8 }.packed()
        };
        let origin = |n: usize| (1.4 * n as f64 * 4096.0) as i32;
        MaterialTables {
            nodes: std::array::from_fn(|n| Node {
                origin_q16: origin(n),
                slope_q16: 5734,
                rate: 1 << 10,
                reach_q16: (63 << 10) + 512,
            }),
            cells: [std::array::from_fn(word); GRID],
            lambda_q10: std::array::from_fn(|n| 1500 * n as i32),
            air: [Word { ratio_q12: 4096, class: MaterialClass::Air, confidence: 99, sigma: 255 }.packed();
                AIR_WORDS],
        }
    }

    fn check(a_high: f64, below: f64, validity: u8, class: MaterialClass, ratio: f64) {
        let tables = tables();
        assert!(tables.is_sound());
        let q16 = |a: f64| (a * 65_536.0).round() as u32;
        let l = q16((1.4 * a_high - below).max(0.0));
        let pixel = Pixel { h: q16(a_high), l, a_high: (a_high * 4096.0).round() as u16, validity };
        let found = find(pixel, || Some([pixel.h, l]), THIN, &tables);
        assert_eq!(found.class(), class as u8, "A {a_high}, {below} below the organic end");
        let expect = a_high * 16.0 * 1500.0 / 1024.0 * ratio;
        assert!((f64::from(found.areal_density()) - expect).abs() < 0.02, "{found:?} {expect}");
    }

    #[test]
    fn a_pixel_takes_the_cell_it_falls_in() {
        // A cell is 1/64 wide here.
        check(2.0, 0.0, 0, MaterialClass::Organic, 1.0);
        check(2.0, -1.0, 0, MaterialClass::Organic, 1.0);
        check(2.0, 20.25 / 64.0, 0, MaterialClass::LightInorganic, 1.0 + 80.0 / 4096.0);
        check(2.03, 40.5 / 64.0, 0, MaterialClass::Metal, 1.0 + 160.0 / 4096.0);
        check(2.0, 1.5, 0, MaterialClass::Heavy, 1.0 + 252.0 / 4096.0);
        check(15.9, 1.5, 0, MaterialClass::Heavy, 1.0 + 252.0 / 4096.0);
    }

    #[test]
    fn what_cannot_be_told_is_said_so_and_takes_the_default_curve() {
        check(0.01, 0.0, 0, MaterialClass::Air, 1.0);
        check(0.01, 0.0, Validity::PENETRATION_LIMITED, MaterialClass::Air, 1.0);
        for bits in [Validity::PENETRATION_LIMITED, Validity::BEAM_OFF, Validity::DEAD] {
            check(2.0, 0.9, bits, MaterialClass::Undecidable, 1.0);
        }
        check(
            2.0,
            20.25 / 64.0,
            Validity::DEAD | Validity::INTERPOLATED,
            MaterialClass::LightInorganic,
            1.0 + 80.0 / 4096.0,
        );
    }

    #[test]
    fn heavy_matter_is_named_on_level_ground_only() {
        let tables = tables();
        let q16 = |a: f64| (a * 65_536.0).round() as u32;
        let at = |below: f64, level: Option<f64>| {
            let pixel = Pixel { h: q16(2.0), l: q16(2.8 - below), a_high: 8192, validity: 0 };
            find(pixel, || level.map(|below| [q16(2.0), q16(2.8 - below)]), THIN, &tables)
        };
        let (heavy, undecidable) = (MaterialClass::Heavy as u8, MaterialClass::Undecidable as u8);
        let found = at(0.9, Some(0.8));
        assert_eq!((found.class(), found.sigma()), (heavy, (0.8 * 64.0) as u8), "the word is the corner's");
        for level in [None, Some(0.6)] {
            let found = at(0.9, level);
            assert_eq!((found.class(), found.confidence()), (undecidable, 0));
            assert_eq!((found.word & MAX_RATIO_Q12, found.sigma()), (4096, (0.9 * 64.0) as u8));
        }
        assert_eq!(at(0.6, None).class(), MaterialClass::Metal as u8, "other classes do not need it");
    }

    #[test]
    fn the_levelest_corner_that_lies_in_the_plane_counts() {
        // Two columns of 0, four of 4096 with a slant of 10 a row.
        let (width, height) = (6, 5);
        let high: Vec<u16> =
            (0..30).map(|i| if i % width < 2 { 0 } else { 4096 + 10 * (i / width) as u16 }).collect();
        let low: Vec<u16> = high.iter().map(|a| a / 2 * 3).collect();
        let at = |x, y| level_corner(&high, &low, width, (x, y));
        // Up right is the first of two with the same span.
        assert_eq!(at(2, 2), Some([16 * 4106, 16 * 4106 / 2 * 3]));
        // Only down right lies in the plane and is level.
        assert_eq!(at(2, 0), Some([16 * 4106, 16 * 4106 / 2 * 3]));
        assert_eq!(at(5, height - 1), Some([16 * 4126, 16 * 4126 / 2 * 3]));
        // Every corner of columns that hold both is steep.
        assert_eq!([at(1, 2), at(0, 0)], [None; 2]);
        assert_eq!(level_corner(&[9; 4], &[9; 4], 2, (0, 0)), None, "no corner fits");
    }

    #[test]
    fn words_hold_what_they_are_given() {
        let word = Word { ratio_q12: 9999, class: MaterialClass::Undecidable, confidence: 254, sigma: 253 }.packed();
        let found = Found { lambda_q10: 1024, word };
        assert_eq!((found.class(), found.confidence(), found.sigma()), (5, 254, 253));
        assert_eq!((found.areal_density(), word & MAX_RATIO_Q12), (1.0, MAX_RATIO_Q12));
    }

    #[test]
    fn extreme_means_stay_in_range() {
        let tables = tables();
        for h in (0..=256).map(|i| (i << 12_u32).min(65_535 * 16)) {
            for l in [0, 1 << 16, 65_535 * 16] {
                let found = find(Pixel { h, l, a_high: 65_535, validity: 0 }, || Some([h, l]), THIN, &tables);
                assert!(found.class() <= 5 && (0.0..=1000.0).contains(&found.areal_density()));
            }
        }
    }
}
