//! Tone map of each tile: its histogram clipped at `limit` times the mean height of a bin, what was above shared out, summed
//! up, spread over the window. Kernel: [`crate::kernels::equalise`].

use rayon::prelude::*;

use crate::kernels::equalise::tone_map;
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
    let window = BinWindow::new(params.low as u16, params.high as u16);
    maps.par_chunks_mut(BINS).zip(histograms.par_chunks(BINS)).for_each(|(map, histogram)| {
        tone_map(histogram, params.limit_q8, &window, map);
    });
}
