//! Median of 3 × 3 attenuations, edges replicated, as the sweep applies it. Kernel: [`crate::kernels::median`].
//!
//! The median of nine is the median of the largest of the columns' smallest, the median of their middle ones and the smallest
//! of their largest (Smith, Implementing median filters in XC4000E, 1996). Two rows are made at a time: what their columns
//! share is sorted once, and sorted columns are kept for the three pixels that need them: 17 minima and maxima a pixel.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, dispatch};
use rayon::prelude::*;

use crate::InstructionSet;
use crate::passes::rows_per_task;

/// Fills `out` from `plane`; both hold `width x height` pixels.
pub fn run(width: usize, height: usize, plane: &[u16], out: &mut [u16]) {
    run_with(InstructionSet::best(), width, height, plane, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, width: usize, height: usize, plane: &[u16], out: &mut [u16]) {
    let band = rows_per_task(width);
    out.par_chunks_mut(width * band).enumerate().for_each_init(
        || Box::new(Columns::default()),
        |columns, (k, out)| {
            for (i, out) in out.chunks_mut(2 * width).enumerate() {
                let rows = neighbours(k * band + 2 * i, height).map(|y| &plane[y * width..][..width]);
                dispatch!(set.level(), simd => columns.two(simd, rows, out));
            }
        },
    );
}

/// Rows that the medians of rows `y` and `y + 1` are made of.
pub(super) fn neighbours(y: usize, height: usize) -> [usize; ROWS] {
    [y.saturating_sub(1), y, (y + 1).min(height - 1), (y + 2).min(height - 1)]
}

/// Rows that two neighbouring ones are made of.
pub(super) const ROWS: usize = 4;
/// Columns of a block: those of the longest vector.
const BLOCK: usize = 32;
/// Blocks that are worked on at a time: their sorted columns stay in the nearest cache.
const BLOCKS: usize = 32;

#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Block([u16; BLOCK]);

/// Columns of three pixels each, sorted, with a block more on either side.
struct Sorted {
    low: [Block; BLOCKS + 2],
    middle: [Block; BLOCKS + 2],
    high: [Block; BLOCKS + 2],
}

/// Sorted columns around the upper and around the lower of two rows.
pub(super) struct Columns {
    upper: Sorted,
    lower: Sorted,
}

impl Default for Columns {
    fn default() -> Self {
        let empty = [Block([0; BLOCK]); BLOCKS + 2];
        let sorted = || Sorted { low: empty, middle: empty, high: empty };
        Self { upper: sorted(), lower: sorted() }
    }
}

impl Columns {
    /// Medians of the second of four rows, and of the third where `out` holds two rows.
    #[inline(always)]
    pub(super) fn two<S: Simd>(&mut self, simd: S, [a, b, c, d]: [&[u16]; ROWS], out: &mut [u16]) {
        let width = a.len();
        for start in (0..width).step_by(BLOCKS * BLOCK) {
            let (from, end) = (start.saturating_sub(BLOCK), (start + (BLOCKS + 1) * BLOCK).min(width));
            let rows = [&a[from..end], &b[from..end], &c[from..end], &d[from..end]];
            self.sort(simd, rows, usize::from(start == 0));
            let columns = (BLOCKS * BLOCK).min(width - start);
            // The last sweep ends at the plane's edge; one before it may have loaded as far, for its neighbour's sake.
            let is_last = start + columns == width;
            let edges = [(start == 0).then_some(BLOCK), is_last.then_some(BLOCK - 1 + width - start)];
            for (sorted, out) in [&mut self.upper, &mut self.lower].into_iter().zip(out.chunks_mut(width)) {
                sorted.repeat(edges);
                sorted.medians(simd, &mut out[start..start + columns]);
            }
        }
    }

    /// Sorts columns to block `first` and on.
    #[inline(always)]
    fn sort<S: Simd>(&mut self, simd: S, rows: [&[u16]; ROWS], first: usize) {
        let length = rows[0].len();
        let whole = length / BLOCK;
        let [a, b, c, d] =
            [blocks(rows[0], whole), blocks(rows[1], whole), blocks(rows[2], whole), blocks(rows[3], whole)];
        for k in 0..whole {
            for part in (0..BLOCK).step_by(S::u16s::LEN) {
                let load = |row: &[[u16; BLOCK]]| S::u16s::from_slice(simd, &row[k][part..part + S::u16s::LEN]);
                let (b, c) = (load(b), load(c));
                // What depends on the middle rows alone serves both.
                let (low, high) = (b.min(c), b.max(c));
                self.upper.put(first + k, part, load(a), low, high);
                self.lower.put(first + k, part, load(d), low, high);
            }
        }
        for x in whole * BLOCK..length {
            let [a, b, c, d] = rows.map(|row| row[x]);
            self.upper.put_one(first * BLOCK + x, a, b, c);
            self.lower.put_one(first * BLOCK + x, d, b, c);
        }
    }
}

/// The first `n` blocks of a row.
#[inline(always)]
fn blocks(row: &[u16], n: usize) -> &[[u16; BLOCK]] {
    &row.as_chunks::<BLOCK>().0[..n]
}

impl Sorted {
    /// Columns of `other` and of two that are in order already.
    #[inline(always)]
    fn put<S: Simd, V: SimdInt<S, Element = u16>>(&mut self, block: usize, part: usize, other: V, low: V, high: V) {
        let (part, rest) = (part..part + V::LEN, other.max(low));
        other.min(low).store_slice(&mut self.low[block].0[part.clone()]);
        rest.min(high).store_slice(&mut self.middle[block].0[part.clone()]);
        rest.max(high).store_slice(&mut self.high[block].0[part]);
    }

    fn put_one(&mut self, x: usize, a: u16, b: u16, c: u16) {
        let (low, high) = (b.min(c), b.max(c));
        let (rest, block, x) = (a.max(low), x / BLOCK, x % BLOCK);
        self.low[block].0[x] = a.min(low);
        self.middle[block].0[x] = rest.min(high);
        self.high[block].0[x] = rest.max(high);
    }

    /// Puts the plane's first column before itself, its last one behind itself.
    fn repeat(&mut self, [left, right]: [Option<usize>; 2]) {
        for blocks in [&mut self.low, &mut self.middle, &mut self.high] {
            let columns: &mut [u16] = bytemuck::cast_slice_mut(blocks);
            if let Some(left) = left {
                columns[left - 1] = columns[left];
            }
            if let Some(right) = right {
                columns[right + 1] = columns[right];
            }
        }
    }

    /// Medians of up to [`BLOCKS`] blocks of columns.
    #[inline(always)]
    fn medians<S: Simd>(&self, simd: S, out: &mut [u16]) {
        let (whole, rest) = out.as_chunks_mut::<BLOCK>();
        let n = whole.len() + usize::from(!rest.is_empty());
        let (low, middle, high) = (windows(&self.low, n), windows(&self.middle, n), windows(&self.high, n));
        for (k, out) in whole.iter_mut().enumerate() {
            medians(simd, low, middle, high, k, out);
        }
        if let Some(k) = n.checked_sub(1).filter(|_| !rest.is_empty()) {
            let mut last = [0; BLOCK];
            medians(simd, low, middle, high, k, &mut last);
            rest.copy_from_slice(&last[..rest.len()]);
        }
    }
}

/// `n` blocks from the column before, from the column itself and from the one behind.
#[inline(always)]
fn windows(sorted: &[Block], n: usize) -> [&[[u16; BLOCK]]; 3] {
    let columns: &[u16] = bytemuck::cast_slice(sorted);
    [blocks(&columns[BLOCK - 1..], n), blocks(&columns[BLOCK..], n), blocks(&columns[BLOCK + 1..], n)]
}

/// Medians of block `k`.
#[inline(always)]
fn medians<S: Simd>(
    simd: S,
    low: [&[[u16; BLOCK]]; 3],
    middle: [&[[u16; BLOCK]]; 3],
    high: [&[[u16; BLOCK]]; 3],
    k: usize,
    out: &mut [u16; BLOCK],
) {
    for part in (0..BLOCK).step_by(S::u16s::LEN) {
        let part = part..part + S::u16s::LEN;
        let load = |window: &[[u16; BLOCK]]| S::u16s::from_slice(simd, &window[k][part.clone()]);
        let largest_low = load(low[0]).max(load(low[1])).max(load(low[2]));
        let smallest_high = load(high[0]).min(load(high[1])).min(load(high[2]));
        let middle = median3(load(middle[0]), load(middle[1]), load(middle[2]));
        median3(largest_low, middle, smallest_high).store_slice(&mut out[part]);
    }
}

#[inline(always)]
fn median3<S: Simd, V: SimdInt<S>>(a: V, b: V, c: V) -> V {
    a.min(b).max(a.max(b).min(c))
}
