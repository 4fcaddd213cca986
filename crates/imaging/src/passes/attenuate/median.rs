//! Median of 3 × 3 attenuations, edges replicated, as the sweep applies it. Kernel: [`crate::kernels::median`].

use rayon::prelude::*;

use crate::InstructionSet;
use crate::kernels::median::median9;
use crate::passes::rows_per_task;

/// Fills `out` from `plane`; both hold `width x height` pixels.
pub fn run(width: usize, height: usize, plane: &[u16], out: &mut [u16]) {
    run_with(InstructionSet::best(), width, height, plane, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, width: usize, height: usize, plane: &[u16], out: &mut [u16]) {
    let band = rows_per_task(width);
    let row = |y: usize| &plane[y * width..][..width];
    out.par_chunks_mut(width * band).enumerate().for_each(|(k, out)| {
        set.run(
            #[inline(always)]
            || {
                for (i, out) in out.chunks_mut(width).enumerate() {
                    let y = k * band + i;
                    line(row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1)), out);
                }
            },
        );
    });
}

/// One row of medians from the rows above, at and below it.
#[inline(always)]
pub(super) fn line(up: &[u16], here: &[u16], down: &[u16], out: &mut [u16]) {
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
    inner(up, here, down, &mut out[1..last]);
}

/// Medians of a run of pixels; the inputs hold one column more on either side.
///
/// The median of nine is the median of the largest of the columns' smallest, the median of their middle ones and the
/// smallest of their largest (Smith, Implementing median filters in XC4000E, 1996). Only minima and maxima of whole slices,
/// which become vector instructions; sorting each column three times is cheaper than keeping the sorted ones in memory.
#[inline(always)]
fn inner(up: &[u16], here: &[u16], down: &[u16], out: &mut [u16]) {
    let n = out.len();
    let [u0, u1, u2] = [&up[..n], &up[1..][..n], &up[2..][..n]];
    let [h0, h1, h2] = [&here[..n], &here[1..][..n], &here[2..][..n]];
    let [d0, d1, d2] = [&down[..n], &down[1..][..n], &down[2..][..n]];
    for x in 0..n {
        let [s0, m0, l0] = sorted(u0[x], h0[x], d0[x]);
        let [s1, m1, l1] = sorted(u1[x], h1[x], d1[x]);
        let [s2, m2, l2] = sorted(u2[x], h2[x], d2[x]);
        out[x] = median3(s0.max(s1).max(s2), median3(m0, m1, m2), l0.min(l1).min(l2));
    }
}

#[inline(always)]
fn sorted(a: u16, b: u16, c: u16) -> [u16; 3] {
    let (low, high) = (a.min(b), a.max(b));
    [low.min(c), low.max(high.min(c)), high.max(c)]
}

#[inline(always)]
fn median3(a: u16, b: u16, c: u16) -> u16 {
    a.min(b).max(a.max(b).min(c))
}
