//! Statistics per tile: count, extremes, sum and a histogram of 4,096 bins of the measured pixels;
//! `bin(a) = ((clamp(a, low, high) − low) · scale) >> 20`. Kernel: [`crate::kernels::statistics`].

use rayon::prelude::*;

use crate::InstructionSet;
use crate::kernels::material::is_unmeasured;
use crate::kernels::statistics::{BINS, BinWindow, Extent, tile_start, tiles};

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
    /// Rows of a tile that one workgroup counts: their pixels fit 16 bits.
    pub rows_per_slice: u32,
}

/// Most pixels that one workgroup counts, unless one row of a tile holds more.
const SLICE_PIXELS: usize = 32_768;

impl Params {
    /// Parameters of a view of `width x height`.
    pub fn new(width: usize, height: usize, window: &BinWindow) -> Self {
        let (tiles_x, tiles_y) = (tiles(width), tiles(height));
        let rows = SLICE_PIXELS / width.div_ceil(tiles_x.max(1)).max(1);
        Self {
            width: width as u32,
            height: height as u32,
            tiles_x: tiles_x as u32,
            tiles_y: tiles_y as u32,
            low: window.low,
            high: window.high,
            scale: window.scale,
            rows_per_slice: rows.max(1) as u32,
        }
    }

    /// The kernel's view of these parameters.
    pub fn window(&self) -> BinWindow {
        BinWindow { low: self.low, high: self.high, scale: self.scale }
    }

    /// Tiles of the view.
    pub fn tiles(&self) -> usize {
        self.tiles_x as usize * self.tiles_y as usize
    }

    /// Columns of a tile.
    pub fn columns(&self, tile: usize) -> std::ops::Range<usize> {
        let (tile, tiles, size) = (tile % self.tiles_x as usize, self.tiles_x as usize, self.width as usize);
        tile_start(tile, tiles, size)..tile_start(tile + 1, tiles, size)
    }

    /// Rows of a tile.
    pub fn rows(&self, tile: usize) -> std::ops::Range<usize> {
        let (tile, tiles, size) = (tile / self.tiles_x as usize, self.tiles_y as usize, self.height as usize);
        tile_start(tile, tiles, size)..tile_start(tile + 1, tiles, size)
    }
}

/// Fills one histogram of [`BINS`] and one extent per tile, row after row of tiles.
pub fn run(params: &Params, plane: &[u16], validity: &[u8], histograms: &mut [u32], extents: &mut [Extent]) {
    run_with(InstructionSet::best(), params, plane, validity, histograms, extents);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(
    set: InstructionSet,
    params: &Params,
    plane: &[u16],
    validity: &[u8],
    histograms: &mut [u32],
    extents: &mut [Extent],
) {
    let (width, window) = (params.width as usize, params.window());
    histograms.par_chunks_mut(BINS).zip(extents).enumerate().for_each(|(tile, (histogram, extent))| {
        histogram.fill(0);
        *extent = Extent::NONE;
        let columns = params.columns(tile);
        let mut counter = Counter::new(set, window);
        for y in params.rows(tile) {
            let row = y * width + columns.start..y * width + columns.end;
            let (row, valid) = (&plane[row.clone()], &validity[row]);
            if valid.iter().fold(0, |any, v| any | v) & UNMEASURED == 0 {
                *extent = extent.merged(counter.count(row, histogram));
                continue;
            }
            for (a, v) in row.iter().zip(valid) {
                if !is_unmeasured(*v) {
                    *extent = extent.with(*a, *v);
                    histogram[window.bin(*a)] += 1;
                }
            }
        }
        counter.finish(histogram);
    });
}

/// Bits without which every pixel was measured.
const UNMEASURED: u8 = pellucid_core::Validity::BEAM_OFF | pellucid_core::Validity::DEAD;

/// Pixels that are worked on at a time.
const CHUNK: usize = 512;

/// Counts rows of measured pixels. Every other pixel goes to a second histogram: one bin hit twice in a row would wait for
/// itself.
pub(crate) struct Counter {
    set: InstructionSet,
    window: BinWindow,
    second: Box<[u32; BINS]>,
}

impl Counter {
    pub(crate) fn new(set: InstructionSet, window: BinWindow) -> Self {
        Self { set, window, second: Box::new([0; BINS]) }
    }

    /// Adds a row to `histogram` and to the second one; its extent.
    pub(crate) fn count(&mut self, row: &[u16], histogram: &mut [u32]) -> Extent {
        let mut extent = Extent::NONE;
        let Ok(histogram) = <&mut [u32; BINS]>::try_from(histogram) else { return extent };
        let (window, second) = (self.window, &mut *self.second);
        for row in row.chunks(CHUNK) {
            let mut bins = [0_u16; CHUNK];
            let (min, max, sum) = self.set.run(
                #[inline(always)]
                || binned(row, &window, &mut bins),
            );
            let part = Extent { count: row.len() as u64, min, max, sum: u64::from(sum) };
            extent = extent.merged(part);
            for pair in bins[..row.len()].chunks(2) {
                let first = &mut histogram[usize::from(pair[0]) & (BINS - 1)];
                *first = first.wrapping_add(1);
                if let Some(bin) = pair.get(1) {
                    let second = &mut second[usize::from(*bin) & (BINS - 1)];
                    *second = second.wrapping_add(1);
                }
            }
        }
        extent
    }

    /// Adds what the second histogram holds.
    pub(crate) fn finish(&self, histogram: &mut [u32]) {
        for (all, second) in histogram.iter_mut().zip(&*self.second) {
            *all = all.wrapping_add(*second);
        }
    }
}

/// Bins of up to [`CHUNK`] pixels; their smallest, largest and sum.
#[inline(always)]
fn binned(row: &[u16], window: &BinWindow, bins: &mut [u16; CHUNK]) -> (u16, u16, u32) {
    let (mut min, mut max, mut sum) = (u16::MAX, 0, 0_u32);
    for (a, bin) in row.iter().zip(bins) {
        *bin = window.bin(*a) as u16;
        min = min.min(*a);
        max = max.max(*a);
        sum = sum.wrapping_add(u32::from(*a));
    }
    (min, max, sum)
}
