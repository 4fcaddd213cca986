//! Counts of one band to attenuation and validity: `A = (LN[air − dark] + dose − LN[max(s, floor)] + 128) >> 8` for good
//! rows, the rounded mean of the nearest good rows for bad ones.
//! Kernels: [`crate::kernels::attenuation`], [`crate::kernels::interpolation`].

use std::ops::Range;

use pellucid_core::Validity;
use rayon::prelude::*;

use super::{Row, rows_per_task};
use crate::kernels::attenuation::{Response, attenuation};
use crate::kernels::dose::BEAM_OFF;
use crate::kernels::interpolation::{DEAD, GOOD, interpolate};
use crate::kernels::logarithm::ln_table;

/// Uniform parameters, 32 bytes.
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
}

/// Pixels that are worked on at a time: intermediate values stay in the nearest cache.
const CHUNK: usize = 512;

/// Fills `out` (Q12) and `validity` from the counts and the doses per column of a band.
pub fn run(params: &Params, counts: &[u16], rows: &[Row], dose: &[i32], out: &mut [u16], validity: &mut [u8]) {
    let width = params.width as usize;
    let band = rows_per_task(width);
    let sweep = Sweep { params, counts, rows, dose, is_off: dose.contains(&BEAM_OFF) };
    out.par_chunks_mut(width * band).zip(validity.par_chunks_mut(width * band)).enumerate().for_each(
        |(k, (out, validity))| {
            for (i, (out, validity)) in out.chunks_mut(width).zip(validity.chunks_mut(width)).enumerate() {
                sweep.line(k * band + i, out, validity);
            }
        },
    );
}

struct Sweep<'a> {
    params: &'a Params,
    counts: &'a [u16],
    rows: &'a [Row],
    dose: &'a [i32],
    is_off: bool,
}

impl Sweep<'_> {
    fn line(&self, y: usize, out: &mut [u16], validity: &mut [u8]) {
        let row = &self.rows[y];
        let merged = if self.params.is_merged != 0 { 0xff } else { 0 };
        let (mut a, mut v) = ([0_u16; CHUNK], [0_u8; CHUNK]);
        let (mut below_a, mut below_v) = ([0_u16; CHUNK], [0_u8; CHUNK]);
        let mut start = 0;
        for (out, validity) in out.chunks_mut(CHUNK).zip(validity.chunks_mut(CHUNK)) {
            let n = out.len();
            let columns = start..start + n;
            start += n;
            match row.state {
                GOOD => {
                    self.chunk(y, columns, out, &mut v[..n]);
                }
                DEAD => {
                    out.fill(0);
                    v[..n].fill(Validity::DEAD);
                }
                _ => {
                    self.chunk(row.up as usize, columns.clone(), &mut a[..n], &mut v[..n]);
                    self.chunk(row.down as usize, columns, &mut below_a[..n], &mut below_v[..n]);
                    for x in 0..n {
                        (out[x], v[x]) = interpolate((a[x], v[x]), (below_a[x], below_v[x]), row.weight, row.span);
                    }
                }
            }
            for (valid, v) in validity.iter_mut().zip(&v[..n]) {
                *valid = (*valid & merged) | v;
            }
        }
    }

    /// [`attenuation`] of a run of pixels of a good row, as three loops of which only the table look-up is not a vector
    /// instruction. Pixels that are rare enough take the kernel itself.
    fn chunk(&self, y: usize, columns: Range<usize>, out: &mut [u16], validity: &mut [u8]) {
        let (row, params, ln) = (&self.rows[y], self.params, ln_table());
        let counts = &self.counts[y * params.width as usize..][columns.clone()];
        let dose = &self.dose[columns];
        let (max, dark) = (params.max_value as u16, row.dark as u16);
        let (floor, limit) = (params.floor as u16, params.limit as u16);
        let keep = params.keep_bits as u8;
        let n = out.len();
        let (out, validity, counts, dose) = (&mut out[..n], &mut validity[..n], &counts[..n], &dose[..n]);
        let (mut signal, mut logarithm) = ([0_u16; CHUNK], [0_i32; CHUNK]);
        let (signal, logarithm) = (&mut signal[..n], &mut logarithm[..n]);
        let invert = params.is_inverted != 0;
        for x in 0..n {
            let count = if invert { max.wrapping_sub(counts[x].min(max)) } else { counts[x] };
            let s = count.saturating_sub(dark);
            let saturated = if count >= max { Validity::SATURATED } else { 0 };
            let limited = if s <= limit { Validity::PENETRATION_LIMITED } else { 0 };
            validity[x] = (saturated | limited) & keep;
            signal[x] = s.max(floor);
        }
        for (logarithm, s) in logarithm.iter_mut().zip(&*signal) {
            *logarithm = ln[usize::from(*s)] as i32;
        }
        let gain = row.gain_ln as i32 + 128;
        for x in 0..n {
            let a = gain.wrapping_add(dose[x].max(-NO_DOSE)).wrapping_sub(logarithm[x]);
            out[x] = (a >> 8).clamp(0, 65535) as u16;
        }
        if !self.is_off {
            return;
        }
        let response = params.response();
        for x in (0..n).filter(|x| dose[*x] == BEAM_OFF) {
            (out[x], validity[x]) = attenuation(counts[x], row.dark, row.gain_ln, dose[x], &response, ln);
        }
    }
}

/// Below every dose that can be measured (|ln S − ln R| < 23), so that `BEAM_OFF` does not overflow on its way out.
const NO_DOSE: i32 = 23 << 20;
