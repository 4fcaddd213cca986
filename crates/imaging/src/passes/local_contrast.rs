//! Local contrast: each pixel through the tone maps of its four nearest tiles, blended by distance:
//! `A = (top (256 − w_y) + bottom w_y + 2¹⁵) >> 16`, `top = m_00 (256 − w_x) + m_01 w_x`, `bottom` likewise.
//! Kernel: [`crate::kernels::local_contrast`].

use std::ops::Range;

use rayon::prelude::*;

use crate::InstructionSet;
use crate::kernels::local_contrast::{blend, parts};
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
const ROWS_PER_TASK: usize = 64;

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
    let cells = Cells::new(set, params, maps, columns);
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
    tasks.into_par_iter().for_each(|(band, out)| {
        let packed = cells.packed(parts(rows[band.start]).0);
        for (y, out) in band.zip(out.chunks_mut(width)) {
            cells.line(&packed, parts(rows[y]).1, &plane[y * width..][..width], out);
        }
    });
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

/// The maps of four neighbouring tiles, one 64-bit word per bin.
pub(crate) type Packed = Vec<[u64; BINS]>;

/// Pixels that are worked on at a time.
const CHUNK: usize = 256;

/// Columns between the same two centres of tiles, and everything that rows share.
pub(crate) struct Cells<'a> {
    set: InstructionSet,
    window: BinWindow,
    tiles: (usize, usize),
    maps: &'a [u16],
    runs: Vec<Range<usize>>,
    first_tiles: Vec<usize>,
    weights: Vec<u32>,
}

impl<'a> Cells<'a> {
    pub(crate) fn new(set: InstructionSet, params: &Params, maps: &'a [u16], columns: &[u32]) -> Self {
        let runs = runs(columns);
        Self {
            set,
            window: params.window(),
            tiles: (params.tiles_x as usize, params.tiles_y as usize),
            maps,
            first_tiles: runs.iter().map(|run| parts(columns[run.start]).0).collect(),
            runs,
            weights: columns.iter().map(|column| parts(*column).1).collect(),
        }
    }

    /// Maps of all cells between tile row `above` and the next.
    pub(crate) fn packed(&self, above: usize) -> Packed {
        let below = (above + 1).min(self.tiles.1 - 1);
        let map = |x: usize, y: usize| &self.maps[(y * self.tiles.0 + x) * BINS..][..BINS];
        let mut packed = vec![[0_u64; BINS]; self.runs.len()];
        for (packed, left) in packed.iter_mut().zip(&self.first_tiles) {
            let right = (left + 1).min(self.tiles.0 - 1);
            let [m00, m01] = [map(*left, above), map(right, above)];
            let [m10, m11] = [map(*left, below), map(right, below)];
            for (bin, word) in packed.iter_mut().enumerate() {
                let [a, b, c, d] = [m00[bin], m01[bin], m10[bin], m11[bin]].map(u64::from);
                *word = a | b << 16 | c << 32 | d << 48;
            }
        }
        packed
    }

    /// One row: weight of the tiles below in Q8.
    pub(crate) fn line(&self, packed: &Packed, weight: u32, row: &[u16], out: &mut [u16]) {
        self.set.run(
            #[inline(always)]
            || {
                for (run, maps) in self.runs.iter().zip(packed) {
                    let chunks = out[run.clone()].chunks_mut(CHUNK);
                    let pixels = row[run.clone()].chunks(CHUNK).zip(self.weights[run.clone()].chunks(CHUNK));
                    for (out, (row, weights)) in chunks.zip(pixels) {
                        chunk(&self.window, maps, weight, row, weights, out);
                    }
                }
            },
        );
    }
}

/// Bins, look-ups and blends as three loops, of which only the look-ups are not vector instructions.
#[inline(always)]
fn chunk(window: &BinWindow, maps: &[u64; BINS], wy: u32, row: &[u16], weights: &[u32], out: &mut [u16]) {
    let n = out.len();
    let (row, weights) = (&row[..n], &weights[..n]);
    let (mut bins, mut found) = ([0_u16; CHUNK], [0_u64; CHUNK]);
    let (bins, found) = (&mut bins[..n], &mut found[..n]);
    for x in 0..n {
        bins[x] = window.bin(row[x]) as u16;
    }
    for x in 0..n {
        found[x] = maps[usize::from(bins[x]) & (BINS - 1)];
    }
    for x in 0..n {
        let [a, b, c, d] = [found[x], found[x] >> 16, found[x] >> 32, found[x] >> 48].map(|m| m as u16);
        out[x] = blend([a, b, c, d], weights[x], wy);
    }
}
