//! Edges over a faint picture: `A = min((a · base + max(g − floor(a), 0) · gain + 128) >> 8, 65535)`, `g` the slope of
//! attenuation by Scharr's operator, edges replicated. Kernel: [`crate::kernels::edge`].

use rayon::prelude::*;

use super::{replicated, rows_per_task};
use crate::InstructionSet;
use crate::kernels::edge::{FLOORS, drawn, slope};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Share of the picture that stays, Q8, up to 256.
    pub base_q8: u32,
    /// Attenuation shown per attenuation a pixel, Q8, up to 32,768.
    pub gain_q8: u32,
}

/// Fills `out` from `plane`; `floors` are slopes of noise per `a >> 8`.
pub fn run(params: &Params, floors: &[u32; FLOORS], plane: &[u16], out: &mut [u16]) {
    run_with(InstructionSet::best(), params, floors, plane, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, params: &Params, floors: &[u32; FLOORS], plane: &[u16], out: &mut [u16]) {
    let (width, height) = (params.width as usize, params.height as usize);
    let band = rows_per_task(width);
    out.par_chunks_mut(width * band).enumerate().for_each(|(k, out)| {
        let padded = replicated(plane, (width, height), k * band, out.len() / width, 1);
        let line = |y: usize| &padded[y * (width + 2)..][..width + 2];
        for (y, out) in out.chunks_mut(width).enumerate() {
            let (up, here, down) = (line(y), line(y + 1), line(y + 2));
            set.run(
                #[inline(always)]
                || {
                    let n = out.len();
                    let [up, here, down] = [up, here, down].map(|row| &row[..n + 2]);
                    for x in 0..n {
                        let three = |row: &[u16]| [row[x], row[x + 1], row[x + 2]];
                        let slope = slope(three(up), three(here), three(down));
                        let floor = floors[usize::from(here[x + 1] >> 8)];
                        out[x] = drawn(here[x + 1], slope, floor, params.base_q8, params.gain_q8);
                    }
                },
            );
        }
    });
}
