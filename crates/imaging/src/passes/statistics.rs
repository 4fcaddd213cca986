//! Statistics per tile: count, extremes, sum and a histogram of 4,096 bins of the measured pixels;
//! `bin(a) = ((clamp(a, low, high) − low) · scale) >> 20`. Kernel: [`crate::kernels::statistics`].

use std::ops::Range;

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
    let (tiles_x, window) = ((params.tiles_x as usize).max(1), params.window());
    // Tiles side by side, so that rows are read as they lie; half a row of them, to have enough to share out.
    let group = if tiles_x.is_multiple_of(2) { tiles_x / 2 } else { tiles_x };
    let input = Input { set, params, plane, validity };
    histograms.par_chunks_mut(BINS * group).zip(extents.par_chunks_mut(group)).enumerate().for_each_init(
        || (0..group).map(|_| Counter::new(window)).collect::<Vec<_>>(),
        |counters, (k, (histograms, extents))| {
            histograms.fill(0);
            extents.fill(Extent::NONE);
            let (first, rows) = (k * group, params.rows(k * group));
            for start in rows.clone().step_by(ROWS_AT_A_TIME) {
                let rows = start..(start + ROWS_AT_A_TIME).min(rows.end);
                let tiles = histograms.chunks_mut(BINS).zip(&mut *extents).zip(&mut *counters);
                for (tile, ((histogram, extent), counter)) in (first..).zip(tiles) {
                    input.count(tile, rows.clone(), counter, histogram, extent);
                }
            }
            for (histogram, counter) in histograms.chunks_mut(BINS).zip(counters) {
                set.run(
                    #[inline(always)]
                    || counter.finish(histogram),
                );
            }
        },
    );
}

/// Rows of a tile before the next one: its bins stay in the nearest cache meanwhile.
const ROWS_AT_A_TIME: usize = 16;

/// Bits without which every pixel was measured.
const UNMEASURED: u8 = pellucid_core::Validity::BEAM_OFF | pellucid_core::Validity::DEAD;

#[derive(Clone, Copy)]
struct Input<'a> {
    set: InstructionSet,
    params: &'a Params,
    plane: &'a [u16],
    validity: &'a [u8],
}

impl Input<'_> {
    /// Adds some rows of a tile.
    fn count(
        &self,
        tile: usize,
        rows: Range<usize>,
        counter: &mut Counter,
        histogram: &mut [u32],
        extent: &mut Extent,
    ) {
        let (width, columns) = (self.params.width as usize, self.params.columns(tile));
        for y in rows {
            let row = y * width + columns.start..y * width + columns.end;
            for (row, valid) in self.plane[row.clone()].chunks(CHUNK).zip(self.validity[row].chunks(CHUNK)) {
                let window = &counter.window;
                let bins = &mut counter.bins;
                let binned = self.set.run(
                    #[inline(always)]
                    || binned(row, valid, window, bins),
                );
                if let Some(part) = binned {
                    *extent = extent.merged(part);
                    counter.add(row.len(), histogram);
                    continue;
                }
                for (a, v) in row.iter().zip(valid) {
                    if !is_unmeasured(*v) {
                        *extent = extent.with(*a, *v);
                        histogram[counter.window.bin(*a)] += 1;
                    }
                }
            }
        }
    }
}

/// Pixels that are worked on at a time.
const CHUNK: usize = 512;

/// Histograms that take turns: one bin hit again and again would wait for itself.
const TURNS: usize = 8;

/// Counts runs of measured pixels.
struct Counter {
    window: BinWindow,
    bins: [u16; CHUNK],
    /// The histograms, bin by bin: all turns of a bin lie in one line of the cache and none looks like another's address.
    turns: Box<[[u16; TURNS]; BINS]>,
    /// No count is above this.
    most: usize,
}

impl Counter {
    fn new(window: BinWindow) -> Self {
        Self { window, bins: [0; CHUNK], turns: Box::new([[0; TURNS]; BINS]), most: 0 }
    }

    /// Adds the first `n` bins.
    fn add(&mut self, n: usize, histogram: &mut [u32]) {
        if self.most + n.div_ceil(TURNS) > usize::from(u16::MAX) {
            self.finish(histogram);
        }
        self.most += n.div_ceil(TURNS);
        let (several, rest) = self.bins[..n].as_chunks::<TURNS>();
        for bins in several {
            // Words: taken apart with shifts, they are not made a vector first.
            let words: [u64; TURNS / 4] = bytemuck::cast(*bins);
            for turn in 0..TURNS {
                let bin = (words[turn / 4] >> (16 * (turn % 4))) as usize & (BINS - 1);
                self.turns[bin][turn] = self.turns[bin][turn].wrapping_add(1);
            }
        }
        for (turn, bin) in rest.iter().enumerate() {
            self.turns[usize::from(*bin) & (BINS - 1)][turn] += 1;
        }
    }

    /// Moves all counts to the histogram.
    #[inline(always)]
    fn finish(&mut self, histogram: &mut [u32]) {
        for (all, turns) in histogram.iter_mut().zip(&*self.turns) {
            let words: [u64; TURNS / 4] = bytemuck::cast(*turns);
            let pairs = |word: u64| (word & 0xffff_0000_ffff) + ((word >> 16) & 0xffff_0000_ffff);
            let pairs = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(pairs(*word)));
            *all = all.wrapping_add(pairs as u32).wrapping_add((pairs >> 32) as u32);
        }
        self.turns.fill([0; TURNS]);
        self.most = 0;
    }
}

/// Bins of up to [`CHUNK`] pixels and their extent; `None` when some were not measured.
#[inline(always)]
fn binned(row: &[u16], valid: &[u8], window: &BinWindow, bins: &mut [u16; CHUNK]) -> Option<Extent> {
    if valid.iter().fold(0, |any, v| any | v) & UNMEASURED != 0 {
        return None;
    }
    // Bins of the whole range of 16 bits are its upper twelve.
    if *window == BinWindow::ALL {
        bins.iter_mut().zip(row).for_each(|(bin, a)| *bin = *a >> 4);
    } else {
        bins.iter_mut().zip(row).for_each(|(bin, a)| *bin = window.bin(*a) as u16);
    }
    let (mut min, mut max, mut sum) = (u16::MAX, 0, 0_u32);
    for a in row {
        min = min.min(*a);
        max = max.max(*a);
        sum = sum.wrapping_add(u32::from(*a));
    }
    Some(Extent { count: row.len() as u64, min, max, sum: u64::from(sum) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_pixels_than_a_turn_can_hold_are_all_counted() {
        let mut counter = Counter::new(BinWindow::ALL);
        let mut histogram = vec![0; BINS];
        counter.bins = std::array::from_fn(|i| if i % TURNS == 3 { 4095 } else { 7 });
        let rounds = 2 * usize::from(u16::MAX) * TURNS / CHUNK + 3;
        (0..rounds).for_each(|_| counter.add(CHUNK, &mut histogram));
        counter.add(5, &mut histogram);
        counter.finish(&mut histogram);
        let of_turn = (rounds * CHUNK / TURNS) as u32;
        assert_eq!(histogram[4095], of_turn + 1);
        assert_eq!(histogram[7], of_turn * (TURNS as u32 - 1) + 4);
        assert_eq!(histogram.iter().sum::<u32>(), (rounds * CHUNK + 5) as u32);
    }
}
