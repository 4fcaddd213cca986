//! The organic or the steel part of attenuation: box means of 5 × 5, one place among the cells of the nearest node,
//! `min((a · (s_w + (((s_v − s_w) · f) >> 8)) + 2048) >> 12, 32767)`, or `2¹⁵ + (a >> 1)` where it cannot be split.
//! Kernel: [`crate::kernels::strip`].

use rayon::prelude::*;

use super::material::BoxMeans;
use super::rows_per_task;
use crate::InstructionSet;
use crate::kernels::strip::{StripTables, strip};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Number of the [`crate::kernels::strip::Part`].
    pub part: u32,
    /// Unused, 0.
    pub padding: u32,
}

/// The planes a pass reads.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Attenuation to split, Q12: the high band's.
    pub plane: &'a [u16],
    /// Attenuation of the low band, Q12.
    pub low: &'a [u16],
    /// Validity bits.
    pub validity: &'a [u8],
}

/// Fills `out`.
pub fn run(params: &Params, tables: &StripTables, input: Input<'_>, out: &mut [u16]) {
    run_with(InstructionSet::best(), params, tables, input, out);
}

/// [`run`] with an instruction set of the caller's choice.
pub fn run_with(set: InstructionSet, params: &Params, tables: &StripTables, input: Input<'_>, out: &mut [u16]) {
    let size = (params.width as usize, params.height as usize);
    let width = size.0;
    let band = rows_per_task(width);
    out.par_chunks_mut(width * band).enumerate().for_each(|(task, out)| {
        let (mut highs, mut lows) = (BoxMeans::new(width), BoxMeans::new(width));
        for (i, out) in out.chunks_mut(width).enumerate() {
            let y = task * band + i;
            set.run(
                #[inline(always)]
                || {
                    highs.load(input.plane, size, y);
                    lows.load(input.low, size, y);
                },
            );
            let (own, validity) = (&input.plane[y * width..][..width], &input.validity[y * width..][..width]);
            for (x, out) in out.iter_mut().enumerate() {
                *out = strip(highs.means[x], lows.means[x], own[x], validity[x], params.part, tables);
            }
        }
    });
}
