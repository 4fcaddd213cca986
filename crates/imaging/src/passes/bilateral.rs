//! Edge-preserving mean over a 5 × 5 grid of pixels `step` apart, edges replicated:
//! `A = ⌊(Σ s r a_q + ⌊Σ s r / 2⌋) / Σ s r⌋`, `s` the share by distance, `r` Tukey's biweight of `|a_q − a|`.
//! Kernel: [`crate::kernels::bilateral`].

use rayon::prelude::*;

use super::{replicated, rows_per_task};
use crate::InstructionSet;
use crate::kernels::bilateral::{Neighbourhood, WIDTHS, class, likeness, quotient};

/// Uniform parameters, 48 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Pixels between neighbours, 1 to 16.
    pub step: u32,
    /// Share at no distance, above 0.
    pub share_00: u32,
    /// Share beside.
    pub share_01: u32,
    /// Share diagonally.
    pub share_11: u32,
    /// Share two steps beside.
    pub share_02: u32,
    /// Share a knight's move away.
    pub share_12: u32,
    /// Share two steps diagonally.
    pub share_22: u32,
    /// Unused, 0.
    pub padding: [u32; 3],
}

impl Params {
    /// Parameters of a view of `width x height`.
    pub fn new(width: usize, height: usize, near: &Neighbourhood) -> Self {
        let [share_00, share_01, share_11, share_02, share_12, share_22] = near.shares;
        let (width, height, step, padding) = (width as u32, height as u32, near.step, [0; 3]);
        Self { width, height, step, share_00, share_01, share_11, share_02, share_12, share_22, padding }
    }

    /// The kernel's view of these parameters.
    pub fn neighbourhood(&self) -> Neighbourhood {
        let shares = [self.share_00, self.share_01, self.share_11, self.share_02, self.share_12, self.share_22];
        Neighbourhood { step: self.step, shares }
    }
}

/// Pixels that are worked on at a time.
const CHUNK: usize = 256;

/// Fills `out` from `plane`; `widths` are inverse widths per `a >> 8`.
pub fn run(params: &Params, widths: &[u16; WIDTHS], plane: &[u16], out: &mut [u16]) {
    run_with(InstructionSet::best(), params, widths, plane, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, params: &Params, widths: &[u16; WIDTHS], plane: &[u16], out: &mut [u16]) {
    let (width, height) = (params.width as usize, params.height as usize);
    let near = params.neighbourhood();
    let step = near.step as usize;
    let margin = 2 * step;
    let band = rows_per_task(width);
    out.par_chunks_mut(width * band).enumerate().for_each(|(k, out)| {
        let (first, rows) = (k * band, out.len() / width);
        // Rows with their edges replicated, so that every neighbour is a slice of the same length.
        let padded = replicated(plane, (width, height), first, rows, margin);
        let pitch = width + 2 * margin;
        for (i, out) in out.chunks_mut(width).enumerate() {
            let lines: [&[u16]; 5] = std::array::from_fn(|j| &padded[(i + j * step) * pitch..][..pitch]);
            for (k, out) in out.chunks_mut(CHUNK).enumerate() {
                let lines = lines.map(|line| &line[k * CHUNK..][..out.len() + 2 * margin]);
                set.run(
                    #[inline(always)]
                    || chunk(&near, step, widths, lines, out),
                );
            }
        }
    });
}

/// Means of up to [`CHUNK`] pixels; the lines hold `2 · step` columns more on either side. Weights are 16 bits wide, so
/// that twice as many fit a vector.
#[inline(always)]
fn chunk(near: &Neighbourhood, step: usize, widths: &[u16; WIDTHS], lines: [&[u16]; 5], out: &mut [u16]) {
    let n = out.len();
    let here = &lines[2][2 * step..][..n];
    let (mut inverse, mut sums, mut weights) = ([0_u16; CHUNK], [0_u32; CHUNK], [0_u16; CHUNK]);
    let (inverse, sums, weights) = (&mut inverse[..n], &mut sums[..n], &mut weights[..n]);
    for x in 0..n {
        inverse[x] = widths[usize::from(here[x] >> 8)];
    }
    for (dy, line) in lines.into_iter().enumerate() {
        for dx in 0..5_usize {
            let share = near.shares[class(dx as i32 - 2, dy as i32 - 2)] as u16;
            if share == 0 {
                continue;
            }
            let there = &line[dx * step..][..n];
            for x in 0..n {
                let w = likeness(here[x], there[x], inverse[x]).wrapping_mul(share);
                weights[x] = weights[x].wrapping_add(w);
                sums[x] = sums[x].wrapping_add(u32::from(w).wrapping_mul(u32::from(there[x])));
            }
        }
    }
    for x in 0..n {
        out[x] = quotient(sums[x], u32::from(weights[x]));
    }
}
