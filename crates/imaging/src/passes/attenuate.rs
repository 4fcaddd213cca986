//! Counts of one band to attenuation and validity, in one sweep:
//! `A = (LN[air − dark] + δ + dose − LN[max(s, floor)] + 128) >> 8` for good rows, the rounded mean of the nearest good
//! rows for bad ones; registered to the high band's columns by four taps; then the median of 3 × 3, edges replicated.
//! Kernels: [`crate::kernels::attenuation`], [`crate::kernels::drift`], [`crate::kernels::interpolation`],
//! [`crate::kernels::registration`], [`crate::kernels::median`].

mod line;
pub mod median;

use rayon::prelude::*;

use super::Row;
use crate::InstructionSet;
use crate::kernels::attenuation::Response;
use crate::kernels::drift::DriftBlock;
use crate::kernels::registration::{Taps, registered, registered_validity};
use line::Lines;

/// Uniform parameters, 64 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Largest value of the converter or the file.
    pub max_value: u32,
    /// Smallest signal in counts that is told from none, 1 to 65,535.
    pub floor: u32,
    /// 1 when larger means darker.
    pub is_inverted: u32,
    /// Validity bits that counts may set; bits of bad rows are always set.
    pub keep_bits: u32,
    /// 1 when validity bits are added to those that another band left, 0 when they are written afresh.
    pub is_merged: u32,
    /// Signal in counts up to which attenuation is only a lower bound, `floor` to 65,535.
    pub limit: u32,
    /// 1 when attenuation is median-filtered, 0 when it is left as it is.
    pub is_filtered: u32,
    /// Column of the first tap relative to the pixel's own, −2 to 0.
    pub first_tap: i32,
    /// Unused, 0.
    pub padding: [u32; 2],
    /// Weights of the four taps in Q8; their sum is 256.
    pub weights: [i32; 4],
}

impl Params {
    /// The kernel's view of these parameters.
    pub fn response(&self) -> Response {
        Response {
            max_value: self.max_value,
            floor: self.floor,
            limit: self.limit,
            is_inverted: self.is_inverted != 0,
            keep_bits: self.keep_bits,
        }
    }

    /// The taps of the registration.
    pub fn taps(&self) -> Taps {
        Taps { first: self.first_tap, weights: self.weights }
    }
}

/// What a sweep reads.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Counts of the band.
    pub counts: &'a [u16],
    /// One entry per detector row.
    pub rows: &'a [Row],
    /// Dose of each column.
    pub dose: &'a [i32],
    /// Blocks of the rows that drift.
    pub drifts: &'a [DriftBlock],
}

/// Fewest rows of a task: each task attenuates one row more on either side.
const FEWEST_ROWS: usize = 16;
/// Most rows of a task, so that the last ones are shared out evenly.
const MOST_ROWS: usize = 128;

/// Fills `out` (Q12) and `validity` from the counts and the doses per column of a band.
pub fn run(params: &Params, input: Input<'_>, out: &mut [u16], validity: &mut [u8]) {
    run_with(InstructionSet::best(), params, input, out, validity);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, params: &Params, input: Input<'_>, out: &mut [u16], validity: &mut [u8]) {
    let (width, height) = (params.width as usize, params.height as usize);
    let share = height.div_ceil(4 * rayon::current_num_threads());
    let band = share.clamp(FEWEST_ROWS, MOST_ROWS);
    let lines = Lines::new(params, input);
    out.par_chunks_mut(width * band).zip(validity.par_chunks_mut(width * band)).enumerate().for_each_init(
        || Scratch::new(width),
        |scratch, (k, (out, validity))| {
            let task = Task { lines: &lines, params, taps: params.taps(), first_row: k * band };
            set.run(
                #[inline(always)]
                || task.sweep(scratch, out, validity),
            );
        },
    );
}

/// Rows that stay in the cache while they are needed.
struct Scratch {
    /// Attenuation of three neighbouring rows; row `y` is at `y % 3`.
    ring: [Vec<u16>; 3],
    /// Validity of the row at hand.
    bits: Vec<u8>,
    /// A row before it is registered.
    plain: Vec<u16>,
    plain_bits: Vec<u8>,
}

impl Scratch {
    fn new(width: usize) -> Self {
        let row = || vec![0; width];
        Self { ring: [row(), row(), row()], bits: vec![0; width], plain: row(), plain_bits: vec![0; width] }
    }
}

/// A run of rows of the view.
struct Task<'a> {
    lines: &'a Lines<'a>,
    params: &'a Params,
    taps: Taps,
    first_row: usize,
}

impl Task<'_> {
    #[inline(always)]
    fn sweep(&self, scratch: &mut Scratch, out: &mut [u16], validity: &mut [u8]) {
        let (width, height) = (self.params.width as usize, self.params.height as usize);
        let (first, end) = (self.first_row, self.first_row + out.len() / width);
        let is_filtered = self.params.is_filtered != 0;
        let from = if is_filtered { first.saturating_sub(1) } else { first };
        let to = if is_filtered { (end + 1).min(height) } else { end };
        for y in from..to {
            self.fill(y, scratch);
            if (first..end).contains(&y) {
                let merged = if self.params.is_merged != 0 { 0xff } else { 0 };
                let valid = &mut validity[(y - first) * width..][..width];
                for (valid, bits) in valid.iter_mut().zip(&scratch.bits) {
                    *valid = (*valid & merged) | bits;
                }
                if !is_filtered {
                    out[(y - first) * width..][..width].copy_from_slice(&scratch.ring[y % 3]);
                }
            }
            if is_filtered && y > first {
                self.filter(y - 1, scratch, out);
            }
        }
        // The view's last row has no neighbour below.
        if is_filtered && end == height {
            self.filter(height - 1, scratch, out);
        }
    }

    /// Median of row `y`, whose neighbours are in the ring.
    #[inline(always)]
    fn filter(&self, y: usize, scratch: &Scratch, out: &mut [u16]) {
        let width = self.params.width as usize;
        let row = |y: usize| scratch.ring[y % 3].as_slice();
        let below = (y + 1).min(self.params.height as usize - 1);
        let out = &mut out[(y - self.first_row) * width..][..width];
        median::line(row(y.saturating_sub(1)), row(y), row(below), out);
    }

    /// Attenuation and validity of row `y` into the ring.
    #[inline(always)]
    fn fill(&self, y: usize, scratch: &mut Scratch) {
        let out = &mut scratch.ring[y % 3];
        if self.taps.is_identity() {
            self.lines.fill(y, out, &mut scratch.bits);
            return;
        }
        self.lines.fill(y, &mut scratch.plain, &mut scratch.plain_bits);
        let (plain, bits) = (&scratch.plain, &scratch.plain_bits);
        let (width, weights) = (plain.len(), self.taps.weights);
        let mut edge = |x: usize| {
            let columns = self.taps.columns(x, width);
            out[x] = registered(columns.map(|c| plain[c]), weights);
            scratch.bits[x] = registered_validity(columns.map(|c| bits[c]), weights);
        };
        // The taps reach two columns to the left and three to the right at most.
        (0..width.min(2)).for_each(&mut edge);
        (width.saturating_sub(3).max(2)..width).for_each(&mut edge);
        let n = width.saturating_sub(5);
        if n == 0 {
            return;
        }
        let first = (2 + self.taps.first) as usize;
        let [p0, p1, p2, p3] = [0, 1, 2, 3].map(|k| &plain[first + k..][..n]);
        let [b0, b1, b2, b3] = [0, 1, 2, 3].map(|k| &bits[first + k..][..n]);
        for (x, out) in out[2..][..n].iter_mut().enumerate() {
            *out = registered([p0[x], p1[x], p2[x], p3[x]], weights);
        }
        for (x, out) in scratch.bits[2..][..n].iter_mut().enumerate() {
            *out = registered_validity([b0[x], b1[x], b2[x], b3[x]], weights);
        }
    }
}
