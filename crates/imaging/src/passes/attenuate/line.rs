use std::ops::Range;

use pellucid_core::Validity;

use super::{Input, Params};
use crate::kernels::attenuation::attenuation;
use crate::kernels::dose::BEAM_OFF;
use crate::kernels::drift::{self, BLOCK};
use crate::kernels::interpolation::{DEAD, GOOD, interpolate};
use crate::kernels::logarithm::ln_table;

/// Pixels that are worked on at a time: intermediate values stay in the nearest cache. Whole blocks of drift.
const CHUNK: usize = 8 * BLOCK;

/// Below every dose that can be measured (|ln S − ln R| < 23), so that `BEAM_OFF` does not overflow on its way out.
const NO_DOSE: i32 = 23 << 20;

/// Attenuation and validity of single rows, before registration and filter.
pub(super) struct Lines<'a> {
    params: &'a Params,
    input: Input<'a>,
    is_off: bool,
    ln: &'static [u32; 65536],
}

impl<'a> Lines<'a> {
    pub(super) fn new(params: &'a Params, input: Input<'a>) -> Self {
        Self { params, input, is_off: input.dose.contains(&BEAM_OFF), ln: ln_table() }
    }

    /// Row `y`; both slices hold one row.
    #[inline(always)]
    pub(super) fn fill(&self, y: usize, out: &mut [u16], validity: &mut [u8]) {
        let row = &self.input.rows[y];
        match row.state {
            GOOD => self.own(y, 0, out, validity),
            DEAD => {
                out.fill(0);
                validity.fill(Validity::DEAD);
            }
            _ => {
                let (mut below_a, mut below_v) = ([0_u16; CHUNK], [0_u8; CHUNK]);
                for (k, (out, valid)) in out.chunks_mut(CHUNK).zip(validity.chunks_mut(CHUNK)).enumerate() {
                    let n = out.len();
                    self.own(row.up as usize, k * CHUNK, out, valid);
                    self.own(row.down as usize, k * CHUNK, &mut below_a[..n], &mut below_v[..n]);
                    for x in 0..n {
                        (out[x], valid[x]) =
                            interpolate((out[x], valid[x]), (below_a[x], below_v[x]), row.weight, row.span);
                    }
                }
            }
        }
    }

    /// Pixels of a good row from column `start` on.
    #[inline(always)]
    fn own(&self, y: usize, start: usize, out: &mut [u16], validity: &mut [u8]) {
        let mut shifted = [0_i32; CHUNK];
        let first = self.input.rows[y].drift;
        for (k, (out, validity)) in out.chunks_mut(CHUNK).zip(validity.chunks_mut(CHUNK)).enumerate() {
            let from = start + k * CHUNK;
            let columns = from..from + out.len();
            let dose = &self.input.dose[columns.clone()];
            if first == drift::NONE {
                self.chunk(y, columns, dose, out, validity);
                continue;
            }
            // A drift adds to the dose, column by column; a column without beam stays one.
            let shifted = &mut shifted[..out.len()];
            let blocks = &self.input.drifts[first as usize + from / BLOCK..];
            for (i, ((to, dose), block)) in shifted.chunks_mut(BLOCK).zip(dose.chunks(BLOCK)).zip(blocks).enumerate()
            {
                for (x, (to, dose)) in to.iter_mut().zip(dose).enumerate() {
                    let offset = block.at(from + i * BLOCK + x);
                    *to = if *dose == BEAM_OFF { BEAM_OFF } else { dose.wrapping_add(offset) };
                }
            }
            self.chunk(y, columns, shifted, out, validity);
        }
    }

    /// [`attenuation`] of a run of pixels of a good row, as three loops of which only the table look-up is not a vector
    /// instruction everywhere. Pixels that are rare enough take the kernel itself.
    #[inline(always)]
    fn chunk(&self, y: usize, columns: Range<usize>, dose: &[i32], out: &mut [u16], validity: &mut [u8]) {
        let (row, params, n) = (&self.input.rows[y], self.params, out.len());
        let counts = &self.input.counts[y * params.width as usize..][columns];
        let (counts, dose, validity) = (&counts[..n], &dose[..n], &mut validity[..n]);
        let (mut signal, mut logarithm) = ([0_u16; CHUNK], [0_i32; CHUNK]);
        let (signal, logarithm) = (&mut signal[..n], &mut logarithm[..n]);
        if params.is_inverted != 0 {
            self.signal::<true>(row.dark as u16, counts, signal, validity);
        } else {
            self.signal::<false>(row.dark as u16, counts, signal, validity);
        }
        for (logarithm, s) in logarithm.iter_mut().zip(&*signal) {
            *logarithm = self.ln[usize::from(*s)] as i32;
        }
        let gain = row.gain_ln as i32 + 128;
        for ((out, dose), logarithm) in out.iter_mut().zip(dose).zip(&*logarithm) {
            let a = gain.wrapping_add((*dose).max(-NO_DOSE)).wrapping_sub(*logarithm);
            *out = (a >> 8).clamp(0, 65535) as u16;
        }
        if !self.is_off {
            return;
        }
        let response = params.response();
        for x in (0..n).filter(|x| dose[*x] == BEAM_OFF) {
            (out[x], validity[x]) = attenuation(counts[x], row.dark, row.gain_ln, dose[x], &response, self.ln);
        }
    }

    /// What the table is asked for, and validity.
    #[inline(always)]
    fn signal<const IS_INVERTED: bool>(&self, dark: u16, counts: &[u16], signal: &mut [u16], validity: &mut [u8]) {
        let params = self.params;
        let (max, floor, limit) = (params.max_value as u16, params.floor as u16, params.limit as u16);
        let keep = params.keep_bits as u8;
        let (if_saturated, if_limited) = (Validity::SATURATED & keep, Validity::PENETRATION_LIMITED & keep);
        for ((signal, valid), count) in signal.iter_mut().zip(validity).zip(counts) {
            let count = if IS_INVERTED { max.wrapping_sub((*count).min(max)) } else { *count };
            let s = count.saturating_sub(dark);
            let saturated = if count >= max { if_saturated } else { 0 };
            let limited = if s <= limit { if_limited } else { 0 };
            *valid = saturated | limited;
            *signal = s.max(floor);
        }
    }
}
