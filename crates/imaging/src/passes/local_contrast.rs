//! Local contrast: each pixel through the tone maps of its four nearest tiles, blended by distance:
//! `A = (top (256 − w_y) + bottom w_y + 2¹⁵) >> 16`, `top = m_00 (256 − w_x) + m_01 w_x`, `bottom` likewise.
//! Kernel: [`crate::kernels::local_contrast`].

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Simd, dispatch};
use rayon::prelude::*;

use crate::InstructionSet;
use crate::kernels::local_contrast::parts;
use crate::kernels::statistics::{BINS, BinWindow};

/// Uniform parameters, 32 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Tiles in a row.
    pub tiles_x: u32,
    /// Tiles in a column.
    pub tiles_y: u32,
    /// Attenuation (Q12) at the start of the first bin.
    pub low: u32,
    /// Attenuation (Q12) at the end of the last bin.
    pub high: u32,
    /// `⌊(2³² − 1) / (high − low)⌋`.
    pub scale: u32,
    /// Unused, 0.
    pub padding: u32,
}

impl Params {
    /// The kernel's view of these parameters.
    pub fn window(&self) -> BinWindow {
        BinWindow { low: self.low, high: self.high, scale: self.scale }
    }
}

/// Rows that one task takes: a cell's packed maps must be worth packing.
const ROWS_PER_TASK: usize = 128;

/// Rows of a cell before the next one: its maps stay in the nearest cache meanwhile.
const ROWS_AT_A_TIME: usize = 16;

/// Fills `out` from `plane`, the maps of all tiles and the positions of columns and rows among them.
pub fn run(params: &Params, plane: &[u16], maps: &[u16], columns: &[u32], rows: &[u32], out: &mut [u16]) {
    run_with(InstructionSet::best(), params, plane, maps, [columns, rows], out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(
    set: InstructionSet,
    params: &Params,
    plane: &[u16],
    maps: &[u16],
    [columns, rows]: [&[u32]; 2],
    out: &mut [u16],
) {
    let width = params.width as usize;
    let cells = Cells::new(params, columns);
    let mut tasks = Vec::new();
    let mut rest = out;
    for band in runs(rows) {
        for start in band.clone().step_by(ROWS_PER_TASK) {
            let band = start..(start + ROWS_PER_TASK).min(band.end);
            let (own, others) = rest.split_at_mut(band.len() * width);
            rest = others;
            tasks.push((band, own));
        }
    }
    tasks.into_par_iter().for_each_init(
        || (Packed::new(), Looked::default()),
        |(packed, looked), (band, out)| {
            let above = parts(rows[band.start]).0;
            set.run(
                #[inline(always)]
                || cells.pack(maps, above, packed),
            );
            let plane = &plane[band.start * width..][..out.len()];
            let weights = &rows[band];
            let chunks = weights.chunks(ROWS_AT_A_TIME);
            let lines = plane.chunks(width * ROWS_AT_A_TIME).zip(out.chunks_mut(width * ROWS_AT_A_TIME));
            for (weights, (plane, out)) in chunks.zip(lines) {
                dispatch!(set.level(), simd => cells.lines(simd, packed, weights, plane, out, looked));
            }
        },
    );
}

/// Stretches of equal first tile.
pub(crate) fn runs(positions: &[u32]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in positions.chunk_by(|a, b| parts(*a).0 == parts(*b).0) {
        runs.push(start..start + run.len());
        start += run.len();
    }
    runs
}

/// The maps of four neighbouring tiles side by side, one word per bin and each less 2¹⁵: a signed product of neighbours is
/// one instruction.
pub(crate) type Packed = Vec<[u64; BINS]>;

/// Pixels that are worked on at a time.
const CHUNK: usize = 256;
/// Pixels of the longest vector of words: the last ones of a chunk are worked on with what lies behind them.
const STEP: usize = 8;

/// What was found in the maps for a chunk, and the products of that.
pub(crate) struct Looked {
    found: [u64; CHUNK],
    products: [[u32; 2]; CHUNK],
}

impl Default for Looked {
    fn default() -> Self {
        Self { found: [0; CHUNK], products: [[0; 2]; CHUNK] }
    }
}

/// Columns between the same two centres of tiles, and everything that rows share.
pub(crate) struct Cells {
    window: BinWindow,
    width: usize,
    tiles: (usize, usize),
    runs: Vec<Range<usize>>,
    first_tiles: Vec<usize>,
    /// Weights of the left and the right tile, for the tiles above and for those below; [`STEP`] more than columns.
    weights: Vec<[i16; 4]>,
}

impl Cells {
    pub(crate) fn new(params: &Params, columns: &[u32]) -> Self {
        let runs = runs(columns);
        let four = |column: &u32| {
            let right = parts(*column).1 as i16;
            [256 - right, right, 256 - right, right]
        };
        let mut weights: Vec<[i16; 4]> = columns.iter().map(four).collect();
        weights.resize(columns.len() + STEP, [0; 4]);
        Self {
            window: params.window(),
            width: columns.len(),
            tiles: (params.tiles_x as usize, params.tiles_y as usize),
            first_tiles: runs.iter().map(|run| parts(columns[run.start]).0).collect(),
            runs,
            weights,
        }
    }

    /// Maps of all cells between tile row `above` and the next, from those of all tiles.
    #[inline(always)]
    pub(crate) fn pack(&self, maps: &[u16], above: usize, packed: &mut Packed) {
        let below = (above + 1).min(self.tiles.1 - 1);
        let map = |x: usize, y: usize| &maps[(y * self.tiles.0 + x) * BINS..][..BINS];
        packed.resize(self.runs.len(), [0; BINS]);
        for (packed, left) in packed.iter_mut().zip(&self.first_tiles) {
            let right = (left + 1).min(self.tiles.0 - 1);
            let [m00, m01] = [map(*left, above), map(right, above)];
            let [m10, m11] = [map(*left, below), map(right, below)];
            for (bin, word) in packed.iter_mut().enumerate() {
                *word = bytemuck::cast([m00[bin], m01[bin], m10[bin], m11[bin]].map(|m| m ^ 0x8000));
            }
        }
    }

    /// Whole rows of the same maps, with their positions among the tiles.
    #[inline(always)]
    pub(crate) fn lines<S: Simd>(
        &self,
        simd: S,
        packed: &Packed,
        rows: &[u32],
        plane: &[u16],
        out: &mut [u16],
        looked: &mut Looked,
    ) {
        for ((run, first), maps) in self.runs.iter().map(|run| (run, run.start)).zip(packed) {
            let lines = plane.chunks_exact(self.width).zip(out.chunks_exact_mut(self.width));
            for (row, (line, out)) in rows.iter().zip(lines) {
                let chunks = line[run.clone()].chunks(CHUNK).zip(out[run.clone()].chunks_mut(CHUNK));
                for (k, (line, out)) in chunks.enumerate() {
                    let weights = &self.weights[first + k * CHUNK..];
                    // Bins of the whole range of 16 bits are its upper twelve.
                    if self.window == BinWindow::ALL {
                        look_up(maps, line, |a| usize::from(a >> 4), looked);
                    } else {
                        look_up(maps, line, |a| self.window.bin(a), looked);
                    }
                    blend_found(simd, looked, weights, parts(*row).1, out);
                }
            }
        }
    }
}

#[inline(always)]
fn look_up(maps: &[u64; BINS], line: &[u16], bin: impl Fn(u16) -> usize, looked: &mut Looked) {
    for (found, a) in looked.found.iter_mut().zip(line) {
        *found = maps[bin(*a) & (BINS - 1)];
    }
}

/// The kernel's `blend` of what was found: `wy` is the weight of the tiles below in Q8.
#[inline(always)]
fn blend_found<S: Simd>(simd: S, looked: &mut Looked, weights: &[[i16; 4]], wy: u32, out: &mut [u16]) {
    let lanes = S::i16s::LEN;
    let whole = out.len().next_multiple_of(STEP);
    let rows = S::i32s::from_fn(simd, |lane| (if lane % 2 == 0 { 256 - wy } else { wy }) as i32);
    let found: &[i16] = bytemuck::cast_slice(&looked.found[..whole]);
    let weights = weights[..whole].as_flattened();
    let products: &mut [i32] = bytemuck::cast_slice_mut(&mut looked.products[..whole]);
    let vectors = found.chunks_exact(lanes).zip(weights.chunks_exact(lanes));
    for ((found, weights), products) in vectors.zip(products.chunks_exact_mut(lanes / 2)) {
        let across = S::i16s::from_slice(simd, found).pairwise_dot_product(S::i16s::from_slice(simd, weights));
        (across * rows).store_slice(products);
    }
    // The maps were taken less 2¹⁵, so that the sum lacks 2¹⁵ · 2¹⁶.
    for (out, [top, bottom]) in out.iter_mut().zip(&looked.products) {
        *out = (top.wrapping_add(*bottom).wrapping_add((1 << 31) + (1 << 15)) >> 16) as u16;
    }
}
