//! Model planes of one window: area-weighted means of `A_high / 8`, `A_low / 8`, `T_high`, and whether there is a low
//! band. Kernel: [`crate::kernels::resample`].

use rayon::prelude::*;

use crate::kernels::resample::{Axis, SCALE, weighted};
use crate::kernels::transmission::{ONE_Q15, transmission_table};

/// Planes of the result.
pub const PLANES: usize = 4;

/// Uniform parameters, 32 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub view_width: u32,
    /// Rows of the view.
    pub view_height: u32,
    /// Columns of the result.
    pub out_width: u32,
    /// Rows of the result.
    pub out_height: u32,
    /// 1 when there is a low band.
    pub is_dual: u32,
    /// Unused, 0.
    pub padding: [u32; 3],
}

/// Fills `out`: four planes of `out_width x out_height`, one after another.
pub fn run(params: &Params, columns: &Axis, rows: &Axis, high: &[u16], low: Option<&[u16]>, out: &mut [f32]) {
    let n = params.out_width as usize * params.out_height as usize;
    let (high_out, rest) = out.split_at_mut(n);
    let (low_out, rest) = rest.split_at_mut(n);
    let (transmission_out, presence_out) = rest.split_at_mut(n);
    let table = transmission_table();
    plane(params, columns, rows, 0, high_out, |row, sums, weight| add(sums, row, weight), high);
    match low {
        Some(low) => plane(params, columns, rows, 0, low_out, |row, sums, weight| add(sums, row, weight), low),
        None => low_out.fill(0.0),
    }
    let add_transmission = |row: &[u16], sums: &mut [u32], weight: u16| {
        for (sum, a) in sums.iter_mut().zip(row) {
            *sum = sum.wrapping_add(u32::from(table[usize::from(*a)]).wrapping_mul(u32::from(weight)));
        }
    };
    plane(params, columns, rows, ONE_Q15, transmission_out, add_transmission, high);
    presence_out.fill(if low.is_some() { 1.0 } else { 0.0 });
}

// Products of two 16-bit numbers are cheaper vectors than those of 32-bit ones; weights are at most 4096.
fn add(sums: &mut [u32], row: &[u16], weight: u16) {
    for (sum, a) in sums.iter_mut().zip(row) {
        *sum = sum.wrapping_add(u32::from(*a).wrapping_mul(u32::from(weight)));
    }
}

fn plane(
    params: &Params,
    columns: &Axis,
    rows: &Axis,
    outside: u32,
    out: &mut [f32],
    add: impl Fn(&[u16], &mut [u32], u16) + Sync,
    pixels: &[u16],
) {
    let width = params.view_width as usize;
    // Only the columns that some cell reads are summed.
    let inside = columns.cells.iter().filter(|cell| cell.count > 0);
    let first = inside.clone().map(|cell| cell.first as usize).min().unwrap_or(0);
    let end = inside.map(|cell| (cell.first + cell.count) as usize).max().unwrap_or(first);
    out.par_chunks_mut(params.out_width as usize).zip(&rows.cells).for_each_init(
        || vec![0_u32; end - first],
        |sums, (out, row)| {
            sums.fill(row.outside * outside + 128);
            for (y, weight) in (row.first as usize..).zip(rows.weights_of(row)) {
                add(&pixels[y * width + first..y * width + end], sums, *weight as u16);
            }
            sums.iter_mut().for_each(|sum| *sum >>= 8);
            for (out, cell) in out.iter_mut().zip(&columns.cells) {
                let covered =
                    if cell.count == 0 { &[] } else { &sums[cell.first as usize - first..][..cell.count as usize] };
                *out = weighted(covered.iter().copied(), columns.weights_of(cell), cell.outside, outside << 4) as f32
                    * SCALE;
            }
        },
    );
}
