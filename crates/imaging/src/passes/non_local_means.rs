//! Non-local means, patches of 7 × 7 searched over 21 × 21, edges replicated: `A = ⌊(Σ w a_q + ⌊Σ w / 2⌋) / Σ w⌋`, `w` Tukey's
//! biweight of the sum of the patches' absolute differences. Kernel: [`crate::kernels::non_local_means`].

use rayon::prelude::*;

use super::replicated;
use crate::InstructionSet;
use crate::kernels::bilateral::{WIDTHS, quotient};
use crate::kernels::non_local_means::{PATCH_RADIUS, SEARCH_RADIUS, difference, weight};

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
/// Pixels around a block that its patches and its search reach.
const MARGIN: usize = PATCH_RADIUS + SEARCH_RADIUS;
/// Side of a patch.
const SIDE: usize = 2 * PATCH_RADIUS + 1;
/// Columns of differences that a block of [`COLUMNS`] needs.
const WIDE: usize = COLUMNS + SIDE - 1;

/// Fills `out` from `plane`; `widths` are inverse widths per `a >> 8`.
pub fn run(params: &Params, widths: &[u16; WIDTHS], plane: &[u16], out: &mut [u16]) {
    run_with(InstructionSet::best(), params, widths, plane, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, params: &Params, widths: &[u16; WIDTHS], plane: &[u16], out: &mut [u16]) {
    let (width, height) = (params.width as usize, params.height as usize);
    out.par_chunks_mut(width * ROWS).enumerate().for_each_init(Block::new, |block, (k, out)| {
        let rows = out.len() / width;
        let padded = replicated(plane, (width, height), k * ROWS, rows, MARGIN);
        let pitch = width + 2 * MARGIN;
        for start in (0..width).step_by(COLUMNS) {
            let columns = COLUMNS.min(width - start);
            set.run(
                #[inline(always)]
                || block.filter(&padded, pitch, start, columns, rows, widths),
            );
            for (out, values) in out.chunks_mut(width).zip(block.values.chunks(COLUMNS)) {
                out[start..start + columns].copy_from_slice(&values[..columns]);
            }
        }
    });
}

/// Sums of a block of pixels, and what one shift of the search needs.
struct Block {
    sums: Box<[[u32; COLUMNS]; ROWS]>,
    weights: Box<[[u16; COLUMNS]; ROWS]>,
    inverse: Box<[[u16; COLUMNS]; ROWS]>,
    differences: Box<[[u16; WIDE]; ROWS + SIDE - 1]>,
    values: Box<[u16; COLUMNS * ROWS]>,
}

impl Block {
    fn new() -> Self {
        Self {
            sums: Box::new([[0; COLUMNS]; ROWS]),
            weights: Box::new([[0; COLUMNS]; ROWS]),
            inverse: Box::new([[0; COLUMNS]; ROWS]),
            differences: Box::new([[0; WIDE]; ROWS + SIDE - 1]),
            values: Box::new([0; COLUMNS * ROWS]),
        }
    }

    /// Fills `values` for `columns x rows` pixels from column `start` of a plane padded by [`MARGIN`] on every side.
    #[inline(always)]
    fn filter(
        &mut self,
        padded: &[u16],
        pitch: usize,
        start: usize,
        columns: usize,
        rows: usize,
        widths: &[u16; WIDTHS],
    ) {
        for y in 0..rows {
            let here = &padded[(y + MARGIN) * pitch + start + MARGIN..][..columns];
            self.sums[y].fill(0);
            self.weights[y].fill(0);
            for (inverse, a) in self.inverse[y].iter_mut().zip(here) {
                *inverse = widths[usize::from(*a >> 8)];
            }
        }
        for dy in 0..=2 * SEARCH_RADIUS {
            for dx in 0..=2 * SEARCH_RADIUS {
                self.shift(padded, pitch, (start, dx, dy), columns, rows);
            }
        }
        for y in 0..rows {
            for x in 0..columns {
                self.values[y * COLUMNS + x] = quotient(self.sums[y][x], u32::from(self.weights[y][x]));
            }
        }
    }

    /// Adds the patches `(dx, dy) − SEARCH_RADIUS` away.
    #[inline(always)]
    fn shift(&mut self, padded: &[u16], pitch: usize, at: (usize, usize, usize), columns: usize, rows: usize) {
        let (start, dx, dy) = at;
        let wide = columns + SIDE - 1;
        for y in 0..rows + SIDE - 1 {
            let here = &padded[(y + SEARCH_RADIUS) * pitch + start + SEARCH_RADIUS..][..wide];
            let there = &padded[(y + dy) * pitch + start + dx..][..wide];
            let differences = &mut self.differences[y][..wide];
            for x in 0..wide {
                differences[x] = difference(here[x], there[x]);
            }
        }
        // Sums of seven rows, moved down one row at a time.
        let mut upright = [0_u16; WIDE];
        for row in &self.differences[..SIDE - 1] {
            for x in 0..wide {
                upright[x] = upright[x].wrapping_add(row[x]);
            }
        }
        for y in 0..rows {
            let upright = &mut upright[..wide];
            let below = &self.differences[y + SIDE - 1][..wide];
            for x in 0..wide {
                upright[x] = upright[x].wrapping_add(below[x]);
            }
            let there = &padded[(y + PATCH_RADIUS + dy) * pitch + start + PATCH_RADIUS + dx..][..columns];
            accumulate(
                upright,
                there,
                &self.inverse[y][..columns],
                &mut self.sums[y][..columns],
                &mut self.weights[y][..columns],
            );
            let above = &self.differences[y][..wide];
            for x in 0..wide {
                upright[x] = upright[x].wrapping_sub(above[x]);
            }
        }
    }
}

/// Distances from sums of seven rows, weights, and both sums of one row.
#[inline(always)]
fn accumulate(upright: &[u16], there: &[u16], inverse: &[u16], sums: &mut [u32], weights: &mut [u16]) {
    let n = sums.len();
    let (there, inverse, weights) = (&there[..n], &inverse[..n], &mut weights[..n]);
    let u: [&[u16]; SIDE] = std::array::from_fn(|k| &upright[k..][..n]);
    for x in 0..n {
        let pairs = u[0][x].wrapping_add(u[1][x]).wrapping_add(u[2][x].wrapping_add(u[3][x]));
        let distance = pairs.wrapping_add(u[4][x].wrapping_add(u[5][x])).wrapping_add(u[6][x]);
        let w = weight(distance, inverse[x]);
        weights[x] = weights[x].wrapping_add(w);
        sums[x] = sums[x].wrapping_add(u32::from(w).wrapping_mul(u32::from(there[x])));
    }
}
