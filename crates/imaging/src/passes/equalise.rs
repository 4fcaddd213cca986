//! Tone map of each tile: its histogram clipped at `limit` times the mean height of a bin, what was above shared out, summed
//! up, spread over the window. Kernel: [`crate::kernels::equalise`].

use rayon::prelude::*;

use crate::InstructionSet;
use crate::kernels::equalise::{clip_height, tone_map};
use crate::kernels::statistics::{BINS, BinWindow};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Tiles of the view.
    pub tiles: u32,
    /// Largest height of a bin over the mean one in Q8, 256 to 65,535.
    pub limit_q8: u32,
    /// Attenuation (Q12) at the start of the first bin.
    pub low: u32,
    /// Attenuation (Q12) at the end of the last bin.
    pub high: u32,
}

/// Fills one map of [`BINS`] attenuations (Q12) per tile.
pub fn run(params: &Params, histograms: &[u32], maps: &mut [u16]) {
    run_with(InstructionSet::best(), params, histograms, maps);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, params: &Params, histograms: &[u32], maps: &mut [u16]) {
    let window = BinWindow::new(params.low as u16, params.high as u16);
    let (histograms, maps) = (histograms.par_chunks_exact(BINS), maps.par_chunks_exact_mut(BINS));
    maps.zip(histograms).for_each_init(
        || [0; BINS],
        |clipped, (map, histogram)| {
            set.run(
                #[inline(always)]
                || mapped(histogram, params.limit_q8, &window, clipped, map),
            );
        },
    );
}

/// The kernel's tone map, its divisions as products with `1 / n`.
#[inline(always)]
fn mapped(histogram: &[u32], limit_q8: u32, window: &BinWindow, clipped: &mut [u32; BINS], map: &mut [u16]) {
    let n = histogram.iter().fold(0_u32, |n, h| n.wrapping_add(*h));
    if n == 0 {
        return tone_map(histogram, limit_q8, window, map);
    }
    let clip = clip_height(limit_q8, n);
    let excess = histogram.iter().fold(0_u32, |excess, h| excess.wrapping_add(h.saturating_sub(clip)));
    let mut c = 0_u32;
    for (clipped, h) in clipped.iter_mut().zip(histogram) {
        c = c.wrapping_add((*h).min(clip));
        *clipped = c;
    }
    let (whole, rest) = (excess / BINS as u32, excess % BINS as u32);
    let (low, span) = (window.low, window.high.wrapping_sub(window.low));
    let inverse = 1.0 / f64::from(n);
    let mut bins = 0_u32;
    for (map, clipped) in map.iter_mut().zip(&*clipped) {
        bins = bins.wrapping_add(1);
        let shared = bins.wrapping_mul(whole).wrapping_add(bins.wrapping_mul(rest) / BINS as u32);
        let c = clipped.wrapping_add(shared) as i32;
        // (2¹⁶ c + ½) / n is 2⁻²⁵ or more away from every whole number, the product's error below 2⁻³⁵.
        let share = whole_part((f64::from(c) * 65_536.0 + 0.5) * inverse);
        *map = low.wrapping_add(span.wrapping_mul(share.min(65_535)) >> 16) as u16;
    }
}

/// The whole part of a number of 0 to 2³¹ that is 2⁻²⁶ or more away from every whole number: less ½ it is rounded by adding
/// 1.5 · 2⁵², whose last digit is one. A conversion would not be a vector instruction.
#[inline(always)]
fn whole_part(value: f64) -> u32 {
    (value - 0.5 + 6_755_399_441_055_744.0).to_bits() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::equalise::MAX_TILE;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn maps_are_those_of_the_kernel(
            mut histogram in proptest::collection::vec(0..4000_u32, BINS),
            (bin, more) in (0..BINS, 0..MAX_TILE - 4000 * BINS as u32),
            limit_q8 in 256..65_536_u32,
            (low, high) in any::<(u16, u16)>(),
        ) {
            histogram[bin] += more;
            let window = BinWindow::new(low, high);
            let (low, high) = (window.low, window.high);
            let mut expect = vec![0; BINS];
            tone_map(&histogram, limit_q8, &window, &mut expect);
            for set in InstructionSet::all() {
                let mut map = vec![7; BINS];
                run_with(set, &Params { tiles: 1, limit_q8, low, high }, &histogram, &mut map);
                prop_assert!(map == expect, "{}", set.name());
            }
        }
    }

    #[test]
    fn few_pixels_and_none_are_those_of_the_kernel() {
        for n in 0..70 {
            let mut histogram = vec![0; BINS];
            (0..n).for_each(|i| histogram[i * i * 7 % BINS] += 1);
            let mut expect = vec![0; BINS];
            tone_map(&histogram, 256, &BinWindow::ALL, &mut expect);
            let mut map = vec![7; BINS];
            run(&Params { tiles: 1, limit_q8: 256, low: 0, high: 65_535 }, &histogram, &mut map);
            assert_eq!(map, expect, "{n} pixels");
        }
    }
}
