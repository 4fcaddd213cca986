//! Median of 3 × 3 attenuations, edges replicated. Kernel: [`crate::kernels::median`].

use rayon::prelude::*;

use super::rows_per_task;
use crate::kernels::median::median9;

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

/// Fills `out` from `plane`; both hold the view.
pub fn run(params: &Params, plane: &[u16], out: &mut [u16]) {
    let (width, height) = (params.width as usize, params.height as usize);
    let band = rows_per_task(width);
    let row = |y: usize| &plane[y * width..][..width];
    out.par_chunks_mut(width * band).enumerate().for_each(|(k, out)| {
        for (i, out) in out.chunks_mut(width).enumerate() {
            let y = k * band + i;
            line(row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)), out);
        }
    });
}

fn line(up: &[u16], here: &[u16], down: &[u16], out: &mut [u16]) {
    let last = here.len() - 1;
    let at = |left: usize, middle: usize, right: usize| {
        let column = |x: usize| [up[x], here[x], down[x]];
        let ([a, d, g], [b, e, h], [c, f, i]) = (column(left), column(middle), column(right));
        median9([a, b, c, d, e, f, g, h, i])
    };
    out[0] = at(0, 0, last.min(1));
    out[last] = at(last.saturating_sub(1), last, last);
    if last < 2 {
        return;
    }
    // Equal lengths known to the compiler: the loop below becomes vector minima and maxima.
    let n = last - 1;
    let (u0, u1, u2) = (&up[..n], &up[1..][..n], &up[2..][..n]);
    let (h0, h1, h2) = (&here[..n], &here[1..][..n], &here[2..][..n]);
    let (d0, d1, d2) = (&down[..n], &down[1..][..n], &down[2..][..n]);
    for (x, out) in out[1..last].iter_mut().enumerate() {
        *out = median9([u0[x], u1[x], u2[x], h0[x], h1[x], h2[x], d0[x], d1[x], d2[x]]);
    }
}
