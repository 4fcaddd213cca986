//! Detail over an evened base: `A = clamp(e + Σ_{k<4} ((g_k(c_4) · (c_k − c_{k+1}) + 128) >> 8), 0, 65535)`, `c_0` to `c_4` the
//! levels of an edge-avoiding decomposition, `e` the evened `c_4`, gains in Q8. Kernel: [`crate::kernels::enhance`].

use rayon::prelude::*;

use super::rows_per_task;
use crate::InstructionSet;
use crate::kernels::enhance::{GAINS, LEVELS, enhanced};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Unused, 0.
    pub padding: [u32; 2],
}

/// Gains in Q8 of the four levels per `c_4 >> 8`.
pub type Gains = [[i32; LEVELS]; GAINS];

/// Fills `out` from the planes `c_0` to `c_4` and the evened base.
pub fn run(params: &Params, gains: &Gains, levels: [&[u16]; LEVELS + 1], evened: &[u16], out: &mut [u16]) {
    run_with(InstructionSet::best(), params, gains, levels, evened, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(
    set: InstructionSet,
    params: &Params,
    gains: &Gains,
    levels: [&[u16]; LEVELS + 1],
    evened: &[u16],
    out: &mut [u16],
) {
    let chunk = params.width as usize * rows_per_task(params.width as usize);
    out.par_chunks_mut(chunk).enumerate().for_each(|(k, out)| {
        let n = out.len();
        let levels = levels.map(|level| &level[k * chunk..][..n]);
        let evened = &evened[k * chunk..][..n];
        set.run(
            #[inline(always)]
            || {
                for x in 0..n {
                    let c = levels.map(|level| level[x]);
                    out[x] = enhanced(c, evened[x], gains[usize::from(c[LEVELS] >> 8)]);
                }
            },
        );
    });
}
