//! The chain's second sweep: evening, colours and means, of which only a few rows exist at a time.

use fearless_simd::{Simd, dispatch};
use rayon::prelude::*;

use super::means::{self, Pairs, STEP};
use super::{CHAIN_PLANES, CHAIN_SIDE, COLOURS};
use crate::kernels::local_contrast::parts;
use crate::kernels::resample::Axis;
use crate::passes::local_contrast::{Cells, Looked, Packed, runs};
use crate::{InstructionSet, LocalContrast};

/// Values of a plane that one task fills: whole lines, few enough to share out.
const BAND: usize = 32 * CHAIN_SIDE;

/// Means of 8-bit channels with 20 bits, to [0, 1].
pub(super) const SCALE: f32 = 1.0 / (255.0 * 4096.0);

/// Entry of the table of colours.
#[inline(always)]
pub(super) fn entry(evened: u16, high: u16, low: u16) -> u16 {
    (evened & 0xff00) | (low.saturating_sub(high) >> 6).min(255)
}

/// What scans of one size share.
pub(super) struct Shade {
    set: InstructionSet,
    cells: Cells,
    /// Positions of the rows among the tiles.
    positions: Vec<u32>,
    colours: Box<[u32; COLOURS]>,
    rows: Axis,
    columns: Pairs,
    width: usize,
    /// Maps for each stretch of rows between the same tiles.
    packed: Vec<Packed>,
}

impl Shade {
    pub(super) fn new(
        set: InstructionSet,
        (width, height): (usize, usize),
        local: &LocalContrast,
        colours: Box<[u32; COLOURS]>,
    ) -> Self {
        let axis = |size: usize| Axis::new(0.0, size as f64, CHAIN_SIDE, size);
        Self {
            set,
            cells: Cells::new(&local.blend, &local.columns),
            positions: local.rows.clone(),
            colours,
            rows: axis(height),
            columns: Pairs::new(&axis(width)),
            width,
            packed: runs(&local.rows).into_iter().map(|_| Packed::new()).collect(),
        }
    }

    /// Fills `out` from both planes and the maps of the high one's tiles.
    pub(super) fn run(&mut self, planes: [&[u16]; 2], maps: &[u16], out: &mut [f32]) {
        let (cells, positions) = (&self.cells, &self.positions);
        let stretches = runs(positions);
        self.packed.par_iter_mut().zip(stretches).for_each(|(packed, stretch)| {
            self.set.run(
                #[inline(always)]
                || cells.pack(maps, parts(positions[stretch.start]).0, packed),
            );
        });
        let (red, rest) = out.split_at_mut(CHAIN_SIDE * CHAIN_SIDE);
        let (green, blue) = rest.split_at_mut(CHAIN_SIDE * CHAIN_SIDE);
        let lines = red.par_chunks_mut(BAND).zip(green.par_chunks_mut(BAND)).zip(blue.par_chunks_mut(BAND));
        let shade = &*self;
        lines.enumerate().for_each_init(
            || Scratch::new(shade),
            |scratch, (k, ((red, green), blue))| {
                scratch.next = 0;
                for i in 0..red.len() / CHAIN_SIDE {
                    let line = i * CHAIN_SIDE..(i + 1) * CHAIN_SIDE;
                    let out = [&mut red[line.clone()], &mut green[line.clone()], &mut blue[line]];
                    let line = k * BAND / CHAIN_SIDE + i;
                    dispatch!(shade.set.level(), simd => shade.line(simd, line, planes, scratch, out));
                }
            },
        );
    }

    /// One line of the result: means of the rows it covers, then of the columns of each cell.
    #[inline(always)]
    fn line<S: Simd>(
        &self,
        simd: S,
        line: usize,
        planes: [&[u16]; 2],
        scratch: &mut Scratch,
        out: [&mut [f32]; CHAIN_PLANES],
    ) {
        let row = &self.rows.cells[line];
        let (first, end) = (row.first as usize, (row.first + row.count) as usize);
        for y in scratch.next.max(first)..end {
            self.colour(simd, y, planes, scratch);
        }
        scratch.next = end;
        let Scratch { ring, pitch, slots, down, means, sums, .. } = scratch;
        let (bytes, length): (&[u8], usize) = (bytemuck::cast_slice(ring), *pitch * 4);
        let row_of = |i: usize| &bytes[((first + i) & (*slots - 1)) * length..][..length];
        means::of_rows(row_of, self.rows.weights_of(row), down, &mut means[..length]);
        self.columns.sums(simd, means, sums);
        let [red, green, blue] = out;
        let lines = red.iter_mut().zip(green).zip(blue);
        for (((red, green), blue), sums) in lines.zip(&*sums) {
            let [r, g, b, _] = sums.map(|sum| (sum.wrapping_add(128) >> 8) as f32 * SCALE);
            (*red, *green, *blue) = (r, g, b);
        }
    }

    /// Colours of row `y` into the ring.
    #[inline(always)]
    fn colour<S: Simd>(&self, simd: S, y: usize, planes: [&[u16]; 2], scratch: &mut Scratch) {
        let Scratch { evened, looked, ring, pitch, slots, .. } = scratch;
        let [high, low] = planes.map(|plane| &plane[y * self.width..][..self.width]);
        let position = self.positions[y];
        // Tiles above follow each other without a gap.
        let packed = &self.packed[parts(position).0 - parts(self.positions[0]).0];
        self.cells.lines(simd, packed, &[position], high, evened, looked);
        for (evened, (high, low)) in evened.iter_mut().zip(high.iter().zip(low)) {
            *evened = entry(*evened, *high, *low);
        }
        let colours = &mut ring[(y & (*slots - 1)) * *pitch..][..*pitch];
        let table: &[u32; COLOURS] = &self.colours;
        for (colour, entry) in colours.iter_mut().zip(&*evened) {
            *colour = table[usize::from(*entry)];
        }
        means::pair(simd, colours);
    }
}

/// What a task keeps.
struct Scratch {
    evened: Vec<u16>,
    looked: Looked,
    /// Paired colours of the last rows; row `y` is at slot `y % slots`.
    ring: Vec<u32>,
    /// Rows of the ring, a power of two.
    slots: usize,
    /// Pixels of a row of the ring.
    pitch: usize,
    /// First row that is not in the ring yet.
    next: usize,
    down: Vec<u32>,
    means: Vec<i16>,
    sums: Vec<[i32; 4]>,
}

impl Scratch {
    fn new(shade: &Shade) -> Self {
        let pitch = shade.width.next_multiple_of(STEP);
        let rows = shade.rows.cells.iter().map(|cell| cell.count).max().unwrap_or(1);
        let slots = (rows as usize).next_power_of_two();
        Self {
            evened: vec![0; shade.width],
            looked: Looked::default(),
            ring: vec![0; slots * pitch],
            slots,
            pitch,
            next: 0,
            down: vec![0; 4 * pitch],
            means: vec![0; 4 * (pitch + shade.columns.margin())],
            sums: vec![[0; 4]; CHAIN_SIDE],
        }
    }
}
