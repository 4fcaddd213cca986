//! Median of 3 × 3 attenuations, edges replicated, as the sweep applies it. Kernel: [`crate::kernels::median`].

use rayon::prelude::*;

use crate::InstructionSet;
use crate::kernels::median::median9;
use crate::passes::rows_per_task;

/// Pixels that are worked on at a time: their sorted columns stay in registers and the nearest cache.
const CHUNK: usize = 256;

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
    for (k, out) in out[1..last].chunks_mut(CHUNK).enumerate() {
        let from = k * CHUNK;
        let with_neighbours = from..from + out.len() + 2;
        inner(&up[with_neighbours.clone()], &here[with_neighbours.clone()], &down[with_neighbours], out);
    }
}

/// Medians of up to [`CHUNK`] pixels; the inputs hold one column more on either side.
///
/// Each column is sorted once for the three pixels it serves; the median of nine is the median of the largest of the
/// smallest, the median of the middle ones and the smallest of the largest (Smith, Implementing median filters in XC4000E,
/// 1996). Only minima and maxima over whole slices, which become vector instructions.
#[inline(always)]
fn inner(up: &[u16], here: &[u16], down: &[u16], out: &mut [u16]) {
    let (mut smallest, mut middle, mut largest) = ([0_u16; CHUNK + 2], [0_u16; CHUNK + 2], [0_u16; CHUNK + 2]);
    let n = out.len() + 2;
    let (smallest, middle, largest) = (&mut smallest[..n], &mut middle[..n], &mut largest[..n]);
    let (up, here, down) = (&up[..n], &here[..n], &down[..n]);
    for x in 0..n {
        let (low, high) = (up[x].min(here[x]), up[x].max(here[x]));
        smallest[x] = low.min(down[x]);
        largest[x] = high.max(down[x]);
        middle[x] = low.max(high.min(down[x]));
    }
    let n = out.len();
    let (s0, s1, s2) = (&smallest[..n], &smallest[1..][..n], &smallest[2..][..n]);
    let (m0, m1, m2) = (&middle[..n], &middle[1..][..n], &middle[2..][..n]);
    let (l0, l1, l2) = (&largest[..n], &largest[1..][..n], &largest[2..][..n]);
    for x in 0..n {
        let low = s0[x].max(s1[x]).max(s2[x]);
        let high = l0[x].min(l1[x]).min(l2[x]);
        out[x] = median3(low, median3(m0[x], m1[x], m2[x]), high);
    }
}

#[inline(always)]
fn median3(a: u16, b: u16, c: u16) -> u16 {
    a.min(b).max(a.max(b).min(c))
}
