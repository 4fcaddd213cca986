//! Non-local means, patches of 7 × 7 searched over 21 × 21, edges replicated: `A = ⌊(Σ w a_q + ⌊Σ w / 2⌋) / Σ w⌋`, `w` Tukey's
//! biweight of the sum of the patches' absolute differences. Kernel: [`crate::kernels::non_local_means`].

use fearless_simd::prelude::*;
use fearless_simd::{Simd, dispatch};
use rayon::prelude::*;

use super::replicated;
use crate::InstructionSet;
use crate::kernels::bilateral::{WIDTHS, quotient};
use crate::kernels::non_local_means::{MAX_DIFFERENCE, PATCH_RADIUS, SEARCH_RADIUS, weight};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Unused, 0.
    pub padding: [u32; 2],
}

/// Columns and rows that are worked on at a time: what one shift of them needs stays in the nearest cache.
const COLUMNS: usize = 256;
const ROWS: usize = 16;
/// Columns of the longest vector; blocks are whole ones of them, whatever lies behind the view's last column.
const STEP: usize = 32;
/// Pixels around a block that its patches and its search reach.
const MARGIN: usize = PATCH_RADIUS + SEARCH_RADIUS;
/// Side of a patch.
const SIDE: usize = 2 * PATCH_RADIUS + 1;
/// Columns of differences that a block of [`COLUMNS`] needs.
const WIDE: usize = COLUMNS + STEP;
/// What is taken from attenuations, so that a signed product takes them.
const ZERO: u16 = 1 << 15;

/// Fills `out` from `plane`; `widths` are inverse widths per `a >> 8`.
pub fn run(params: &Params, widths: &[u16; WIDTHS], plane: &[u16], out: &mut [u16]) {
    run_with(InstructionSet::best(), params, widths, plane, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, params: &Params, widths: &[u16; WIDTHS], plane: &[u16], out: &mut [u16]) {
    let (width, height) = (params.width as usize, params.height as usize);
    out.par_chunks_mut(width * ROWS).enumerate().for_each_init(Block::new, |block, (k, out)| {
        let rows = out.len() / width;
        let mut padded = replicated(plane, (width, height), k * ROWS, rows, MARGIN);
        padded.resize(padded.len() + 2 * STEP, 0);
        let pitch = width + 2 * MARGIN;
        for start in (0..width).step_by(COLUMNS) {
            let columns = COLUMNS.min(width - start);
            dispatch!(set.level(), simd => {
                let area = Area { padded: &padded, pitch, start, steps: columns.div_ceil(STEP), rows };
                block.filter(simd, &area, widths)
            });
            for (out, values) in out.chunks_mut(width).zip(&block.values[..]) {
                out[start..start + columns].copy_from_slice(&values[..columns]);
            }
        }
    });
}

/// Pixels of a block: `rows` of [`STEP`] times `steps`, from column `start` of a plane padded by [`MARGIN`] on every side.
struct Area<'a> {
    padded: &'a [u16],
    pitch: usize,
    start: usize,
    steps: usize,
    rows: usize,
}

impl Area<'_> {
    /// As many steps from a row and a column on, counted from the padding's corner.
    #[inline(always)]
    fn steps(&self, (x, y): (usize, usize), steps: usize) -> &[[u16; STEP]] {
        &self.padded[y * self.pitch + self.start + x..].as_chunks::<STEP>().0[..steps]
    }
}

/// Sums of a block of pixels, and what two shifts of the search need.
struct Block {
    /// `Σ w (a − 2¹⁵)` of columns 0, 2, 4 … and of columns 1, 3, 5 …
    sums: Box<[[[i32; COLUMNS / 2]; 2]; ROWS]>,
    weights: Box<[[u16; COLUMNS]; ROWS]>,
    inverse: Box<[[u16; COLUMNS]; ROWS]>,
    shifts: Box<[Shift; 2]>,
    values: Box<[[u16; COLUMNS]; ROWS]>,
}

/// Differences of a block from itself shifted.
struct Shift {
    /// Those of the last rows.
    rows: [[u16; WIDE]; SIDE],
    /// Their sums.
    upright: [u16; WIDE],
    /// Weights of the row at hand.
    weights: [u16; COLUMNS],
}

impl Block {
    fn new() -> Self {
        let shift = || Shift { rows: [[0; WIDE]; SIDE], upright: [0; WIDE], weights: [0; COLUMNS] };
        Self {
            sums: Box::new([[[0; COLUMNS / 2]; 2]; ROWS]),
            weights: Box::new([[0; COLUMNS]; ROWS]),
            inverse: Box::new([[0; COLUMNS]; ROWS]),
            shifts: Box::new([shift(), shift()]),
            values: Box::new([[0; COLUMNS]; ROWS]),
        }
    }

    /// Fills `values`.
    #[inline(always)]
    fn filter<S: Simd>(&mut self, simd: S, area: &Area<'_>, widths: &[u16; WIDTHS]) {
        // A pixel's own patch has the largest weight.
        let own = weight(0, 0);
        for y in 0..area.rows {
            self.weights[y].fill(own);
            let here = area.steps((MARGIN, y + MARGIN), area.steps).as_flattened();
            for (x, a) in here.iter().enumerate() {
                self.inverse[y][x] = widths[usize::from(*a >> 8)];
                self.sums[y][x % 2][x / 2] = i32::from(own) * (i32::from(*a) - i32::from(ZERO));
            }
        }
        let side = 2 * SEARCH_RADIUS + 1;
        let centre = side * SEARCH_RADIUS + SEARCH_RADIUS;
        // Two at a time: what weighs two pixels is one instruction.
        for pair in (0..centre / 2).flat_map(|k| [2 * k, centre + 1 + 2 * k]) {
            self.two(simd, area, [pair, pair + 1].map(|shift| (shift % side, shift / side)));
        }
        for y in 0..area.rows {
            for x in 0..area.steps * STEP {
                let weights = u32::from(self.weights[y][x]);
                let sum = (self.sums[y][x % 2][x / 2] as u32).wrapping_add(weights.wrapping_mul(u32::from(ZERO)));
                self.values[y][x] = quotient(sum, weights);
            }
        }
    }

    /// Adds the patches that lie `(dx, dy) − SEARCH_RADIUS` away.
    #[inline(always)]
    fn two<S: Simd>(&mut self, simd: S, area: &Area<'_>, shifts: [(usize, usize); 2]) {
        for shift in &mut *self.shifts {
            shift.upright.fill(0);
            shift.rows.iter_mut().for_each(|row| row.fill(0));
        }
        for j in 0..area.rows + SIDE - 1 {
            for (shift, (dx, dy)) in self.shifts.iter_mut().zip(shifts) {
                let here = area.steps((SEARCH_RADIUS, j + SEARCH_RADIUS), area.steps + 1);
                shift.slide(simd, j, here, area.steps((dx, j + dy), area.steps + 1));
            }
            let Some(y) = j.checked_sub(SIDE - 1) else { continue };
            let there = shifts.map(|(dx, dy)| area.steps((dx + PATCH_RADIUS, y + dy + PATCH_RADIUS), area.steps));
            for shift in &mut *self.shifts {
                shift.weigh(&self.inverse[y], area.steps);
            }
            let [first, second] = &*self.shifts;
            let weights = [&first.weights, &second.weights];
            add(simd, weights, there, &mut self.sums[y], &mut self.weights[y]);
        }
    }
}

impl Shift {
    /// Moves on to row `j`: its differences, as the kernel's, come in, those of seven rows before go out.
    #[inline(always)]
    fn slide<S: Simd>(&mut self, simd: S, j: usize, here: &[[u16; STEP]], there: &[[u16; STEP]]) {
        let lanes = S::u16s::LEN;
        let load = |values: &[u16]| S::u16s::from_slice(simd, values);
        let most = S::u16s::splat(simd, MAX_DIFFERENCE);
        let pixels = here.as_flattened().chunks_exact(lanes).zip(there.as_flattened().chunks_exact(lanes));
        let kept = self.rows[j % SIDE].chunks_exact_mut(lanes).zip(self.upright.chunks_exact_mut(lanes));
        for ((row, upright), (here, there)) in kept.zip(pixels) {
            let (a, b) = (load(here), load(there));
            let new = ((a.max(b) - a.min(b)) >> 2).min(most);
            (load(upright) + new - load(row)).store_slice(upright);
            new.store_slice(row);
        }
    }

    /// Weights of a row: sums of seven columns of sums, against the pixels' widths.
    #[inline(always)]
    fn weigh(&mut self, inverse: &[u16; COLUMNS], steps: usize) {
        let upright = &self.upright;
        let (u0, u1, u2) = (from(upright, 0, steps), from(upright, 1, steps), from(upright, 2, steps));
        let (u3, u4, u5) = (from(upright, 3, steps), from(upright, 4, steps), from(upright, 5, steps));
        let (u6, inverse) = (from(upright, 6, steps), from(inverse, 0, steps));
        for (k, weights) in self.weights.as_chunks_mut::<STEP>().0[..steps].iter_mut().enumerate() {
            let mut row = [0; STEP];
            for x in 0..STEP {
                let left = u0[k][x].wrapping_add(u1[k][x]).wrapping_add(u2[k][x].wrapping_add(u3[k][x]));
                let right = u4[k][x].wrapping_add(u5[k][x]).wrapping_add(u6[k][x]);
                row[x] = weight(left.wrapping_add(right), inverse[k][x]);
            }
            *weights = row;
        }
    }
}

/// Steps from a column on.
#[inline(always)]
fn from(row: &[u16], first: usize, steps: usize) -> &[[u16; STEP]] {
    &row[first..].as_chunks::<STEP>().0[..steps]
}

/// Adds two weights and what they weigh to the sums of each pixel.
#[inline(always)]
fn add<S: Simd>(
    simd: S,
    weights: [&[u16; COLUMNS]; 2],
    there: [&[[u16; STEP]]; 2],
    [even, odd]: &mut [[i32; COLUMNS / 2]; 2],
    sums: &mut [u16; COLUMNS],
) {
    let zero = S::u16s::splat(simd, ZERO);
    let lanes = S::u16s::LEN;
    let there = there.map(<[[u16; STEP]]>::as_flattened);
    let pixels = there[0].chunks_exact(lanes).zip(there[1].chunks_exact(lanes));
    let weights = weights[0].chunks_exact(lanes).zip(weights[1].chunks_exact(lanes));
    let halves = even.chunks_exact_mut(lanes / 2).zip(odd.chunks_exact_mut(lanes / 2));
    for (((a, b), (v, w)), ((even, odd), sum)) in pixels.zip(weights).zip(halves.zip(sums.chunks_exact_mut(lanes))) {
        let load = |values: &[u16]| S::u16s::from_slice(simd, values);
        let (v, w) = (load(v), load(w));
        (load(sum) + v + w).store_slice(sum);
        let (weights, pixels) = (pairs(simd, v, w), pairs(simd, load(a) ^ zero, load(b) ^ zero));
        for ((sum, weights), pixels) in [even, odd].into_iter().zip(weights).zip(pixels) {
            (S::i32s::from_slice(simd, sum) + weights.pairwise_dot_product(pixels)).store_slice(sum);
        }
    }
}

/// Of two vectors the pixels of even columns side by side, then those of odd ones.
#[inline(always)]
fn pairs<S: Simd>(simd: S, a: S::u16s, b: S::u16s) -> [S::i16s; 2] {
    let (a, b) = (a.bitcast::<S::u32s>(), b.bitcast::<S::u32s>());
    let (low, high) = (S::u32s::splat(simd, 0xffff), S::u32s::splat(simd, 0xffff_0000));
    [((a & low) | (b << 16)).bitcast(), ((a >> 16) | (b & high)).bitcast()]
}
