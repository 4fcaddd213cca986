//! Dose of each pulse: `dose = ln S − ln R` in Q20 per column, or `BEAM_OFF`; `S = Σ max(counts − dark, 0)` over the dose
//! rows among `[first_row, end_row)`, `R` their `Σ (air − dark)`. Kernel: [`crate::kernels::dose`].

use rayon::prelude::*;

use super::Row;
use crate::kernels::dose::{dose_q20, signal};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// First dose row.
    pub first_row: u32,
    /// One past the last dose row; equal to `first_row` when there are none.
    pub end_row: u32,
    /// `R`: sum of `air − dark` over the good dose rows; 0 when there are none.
    pub reference_sum: u32,
}

/// Fills `dose` (one per column) from the counts of a band.
pub fn run(params: &Params, counts: &[u16], rows: &[Row], dose: &mut [i32]) {
    let width = params.width as usize;
    let chunk = 1024;
    dose.par_chunks_mut(chunk).enumerate().for_each(|(k, dose)| {
        let mut sums = [0_u32; 1024];
        let sums = &mut sums[..dose.len()];
        for y in params.first_row as usize..params.end_row as usize {
            if rows[y].is_dose == 0 {
                continue;
            }
            let line = &counts[y * width + k * chunk..][..sums.len()];
            for (sum, count) in sums.iter_mut().zip(line) {
                *sum += signal(*count, rows[y].dark);
            }
        }
        for (dose, sum) in dose.iter_mut().zip(sums) {
            *dose = dose_q20(*sum, params.reference_sum);
        }
    });
}
