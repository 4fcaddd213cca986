//! Counts of one band to attenuation and validity: `A = (LN[air − dark] + dose − LN[max(s, floor)] + 128) >> 8` for good
//! rows, the rounded mean of the nearest good rows for bad ones.
//! Kernels: [`crate::kernels::attenuation`], [`crate::kernels::interpolation`].

use pellucid_core::Validity;
use rayon::prelude::*;

use super::{Row, rows_per_task};
use crate::kernels::attenuation::{Response, attenuation};
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
    /// Signal in counts up to which nothing measurable is left, 1 to 65,535.
    pub floor: u32,
    /// 1 when larger means darker.
    pub is_inverted: u32,
    /// Validity bits that counts may set; bits of bad rows are always set.
    pub keep_bits: u32,
    /// 1 when validity bits are added to those that another band left, 0 when they are written afresh.
    pub is_merged: u32,
    /// Unused, 0.
    pub padding: u32,
}

impl Params {
    /// The kernel's view of these parameters.
    pub fn response(&self) -> Response {
        Response {
            max_value: self.max_value,
            floor: self.floor,
            is_inverted: self.is_inverted != 0,
            keep_bits: self.keep_bits,
        }
    }
}

/// Fills `out` (Q12) and `validity` from the counts and the doses per column of a band.
pub fn run(params: &Params, counts: &[u16], rows: &[Row], dose: &[i32], out: &mut [u16], validity: &mut [u8]) {
    let width = params.width as usize;
    let band = rows_per_task(width);
    out.par_chunks_mut(width * band).zip(validity.par_chunks_mut(width * band)).enumerate().for_each(
        |(k, (out, validity))| {
            for (y, (out, validity)) in out.chunks_mut(width).zip(validity.chunks_mut(width)).enumerate() {
                line(params, counts, rows, dose, k * band + y, out, validity);
            }
        },
    );
}

fn line(params: &Params, counts: &[u16], rows: &[Row], dose: &[i32], y: usize, out: &mut [u16], validity: &mut [u8]) {
    let (width, ln, response) = (params.width as usize, ln_table(), params.response());
    let merged = if params.is_merged != 0 { 0xff } else { 0 };
    let row = rows[y];
    let counts_of = |y: u32| &counts[y as usize * width..][..width];
    match row.state {
        GOOD => {
            let pixels = counts_of(y as u32).iter().zip(dose);
            for ((out, valid), (count, dose)) in out.iter_mut().zip(validity).zip(pixels) {
                let (a, v) = attenuation(*count, row.dark, row.gain_ln, *dose, &response, ln);
                *out = a;
                *valid = (*valid & merged) | v;
            }
        }
        DEAD => {
            out.fill(0);
            validity.iter_mut().for_each(|valid| *valid = (*valid & merged) | Validity::DEAD);
        }
        _ => {
            let (up, down) = (rows[row.up as usize], rows[row.down as usize]);
            let pixels = counts_of(row.up).iter().zip(counts_of(row.down)).zip(dose);
            for ((out, valid), ((count_up, count_down), dose)) in out.iter_mut().zip(validity).zip(pixels) {
                let above = attenuation(*count_up, up.dark, up.gain_ln, *dose, &response, ln);
                let below = attenuation(*count_down, down.dark, down.gain_ln, *dose, &response, ln);
                let (a, v) = interpolate(above, below, row.weight, row.span);
                *out = a;
                *valid = (*valid & merged) | v;
            }
        }
    }
}
