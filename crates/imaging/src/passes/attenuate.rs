//! Counts of one band to attenuation and validity, in one sweep:
//! `A = (LN[air − dark] + δ + dose − LN[max(s, floor)] + 128) >> 8` for good rows, the rounded mean of the nearest good
//! rows for bad ones; registered to the high band's columns by four taps; then the median of 3 × 3, edges replicated.
//! Kernels: [`crate::kernels::attenuation`], [`crate::kernels::drift`], [`crate::kernels::interpolation`],
//! [`crate::kernels::registration`], [`crate::kernels::median`].

mod line;
pub mod median;

use fearless_simd::{Simd, dispatch};
use rayon::prelude::*;

use super::Row;
use crate::InstructionSet;
use crate::kernels::attenuation::Response;
use crate::kernels::drift::DriftBlock;
use crate::kernels::registration::{Taps, registered, registered_validity};
use line::Lines;
use median::{Columns, ROWS, neighbours};

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
            dispatch!(set.level(), simd => task.sweep(simd, scratch, out, validity));
        },
    );
}

/// Rows that stay in the cache while they are needed.
struct Scratch {
    /// Attenuation of neighbouring rows; row `y` is at `y % ROWS`.
    ring: [Vec<u16>; ROWS],
    columns: Box<Columns>,
    row: Single,
}

/// One row at hand.
struct Single {
    bits: Vec<u8>,
    /// A row before it is registered.
    plain: Vec<u16>,
    plain_bits: Vec<u8>,
}

impl Scratch {
    fn new(width: usize) -> Self {
        let row = Single { bits: vec![0; width], plain: vec![0; width], plain_bits: vec![0; width] };
        Self { ring: [(); ROWS].map(|()| vec![0; width]), columns: Box::default(), row }
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
    fn sweep<S: Simd>(&self, simd: S, scratch: &mut Scratch, out: &mut [u16], validity: &mut [u8]) {
        let (width, height) = (self.params.width as usize, self.params.height as usize);
        let first = self.first_row;
        let Scratch { ring, columns, row } = scratch;
        if self.params.is_filtered == 0 {
            for (k, out) in out.chunks_mut(width).enumerate() {
                self.give(first + k, row, out, validity);
            }
            return;
        }
        let mut next = first.saturating_sub(1);
        for (k, out) in out.chunks_mut(2 * width).enumerate() {
            let y = first + 2 * k;
            let end = (y + out.len() / width + 1).min(height);
            for y in next..end {
                self.give(y, row, &mut ring[y % ROWS], validity);
            }
            next = end;
            columns.two(simd, neighbours(y, height).map(|y| ring[y % ROWS].as_slice()), out);
        }
    }

    /// Row `y`, and its validity where it is one of this task's.
    #[inline(always)]
    fn give(&self, y: usize, row: &mut Single, out: &mut [u16], validity: &mut [u8]) {
        self.fill(y, row, out);
        let (width, merged) = (out.len(), if self.params.is_merged != 0 { 0xff } else { 0 });
        let valid = y.checked_sub(self.first_row).and_then(|y| validity.get_mut(y * width..(y + 1) * width));
        for (valid, bits) in valid.unwrap_or_default().iter_mut().zip(&row.bits) {
            *valid = (*valid & merged) | bits;
        }
    }

    /// Attenuation and validity of row `y`.
    #[inline(always)]
    fn fill(&self, y: usize, row: &mut Single, out: &mut [u16]) {
        if self.taps.is_identity() {
            self.lines.fill(y, out, &mut row.bits);
            return;
        }
        self.lines.fill(y, &mut row.plain, &mut row.plain_bits);
        let (plain, bits) = (&row.plain, &row.plain_bits);
        let (width, weights) = (plain.len(), self.taps.weights);
        let mut edge = |x: usize| {
            let columns = self.taps.columns(x, width);
            out[x] = registered(columns.map(|c| plain[c]), weights);
            row.bits[x] = registered_validity(columns.map(|c| bits[c]), weights);
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
        for (x, out) in row.bits[2..][..n].iter_mut().enumerate() {
            *out = registered_validity([b0[x], b1[x], b2[x], b3[x]], weights);
        }
    }
}
