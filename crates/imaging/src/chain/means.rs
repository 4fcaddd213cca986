//! Area-weighted means of 8-bit colours over cells of rows and columns: rows first, `(Σ w v + 8) >> 4`, then columns. The
//! bytes of a row lie in pairs of pixels, `r r g g b b · ·`, so that one signed product takes both columns of a pair.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i16x8, i32x4};

use crate::kernels::resample::{Axis, ONE};

/// Rows are a multiple of that many pixels long: the longest vector's.
pub(super) const STEP: usize = 16;

/// What is taken from means of rows, so that they are signed.
const ZERO: u16 = 1 << 15;

/// Places of the bytes of four pixels when they lie in pairs.
const PAIRED: [u8; 16] = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15];

/// Puts the bytes of pixels `r g b ·` in pairs.
#[inline(always)]
pub(super) fn pair<S: Simd>(simd: S, row: &mut [u32]) {
    let places = S::u8s::from_fn(simd, |lane| PAIRED[lane % 16]);
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(row);
    for bytes in bytes.chunks_exact_mut(S::u8s::LEN) {
        S::u8s::from_slice(simd, bytes).swizzle_dyn_within_blocks(places).store_slice(bytes);
    }
}

/// Means of rows of paired bytes, with weights in Q12 whose sum is 1; less [`ZERO`]. `sums` is as long as `means`.
#[inline(always)]
pub(super) fn of_rows<'a>(row: impl Fn(usize) -> &'a [u8], weights: &[u32], sums: &mut [u32], means: &mut [i16]) {
    let mean = |_: i16, sum: u32| ((sum.wrapping_add(8) >> 4) as u16 ^ ZERO) as i16;
    match *weights {
        [w] => add([row(0)], [w], means, mean),
        [v, w] => add([row(0), row(1)], [v, w], means, mean),
        [u, v, w] => add([row(0), row(1), row(2)], [u, v, w], means, mean),
        [t, u, v, w] => add([row(0), row(1), row(2), row(3)], [t, u, v, w], means, mean),
        _ => {
            sums.fill(0);
            for (i, weight) in weights.iter().enumerate() {
                add([row(i)], [*weight], sums, u32::wrapping_add);
            }
            for (means, sum) in means.iter_mut().zip(sums) {
                *means = mean(0, *sum);
            }
        }
    }
}

/// Adds weighted rows to `out`.
#[inline(always)]
fn add<const ROWS: usize, T: Copy>(
    rows: [&[u8]; ROWS],
    weights: [u32; ROWS],
    out: &mut [T],
    with: impl Fn(T, u32) -> T,
) {
    let rows = rows.map(|row| &row[..out.len()]);
    // Weights are 4,096 at most: known to the compiler, a product takes one instruction.
    let weights = weights.map(|weight| weight & 0x1fff);
    for (i, out) in out.iter_mut().enumerate() {
        let sum = rows
            .iter()
            .zip(weights)
            .fold(0_u32, |sum, (row, weight)| sum.wrapping_add(u32::from(row[i]).wrapping_mul(weight)));
        *out = with(*out, sum);
    }
}

/// Columns of the cells of an axis, in whole pairs and as many for each cell.
pub(super) struct Pairs {
    first: Vec<u32>,
    /// For each cell its pairs' weights, `w₀ w₁` four times.
    weights: Vec<[i16; 8]>,
    per_cell: usize,
}

impl Pairs {
    /// Pairs of an axis that lies inside its view: a cell's weights add up to 1.
    pub(super) fn new(axis: &Axis) -> Self {
        let pairs = |cell: &crate::kernels::resample::Cell| {
            (cell.first / 2) as usize..(cell.first + cell.count).div_ceil(2) as usize
        };
        let per_cell = axis.cells.iter().map(|cell| pairs(cell).len()).max().unwrap_or(0);
        let weights = axis.cells.iter().flat_map(|cell| {
            let of = axis.weights_of(cell);
            let weight = move |x: usize| {
                let at = x.checked_sub(cell.first as usize).and_then(|k| of.get(k));
                at.map_or(0, |w| *w as i16)
            };
            let first = pairs(cell).start;
            (first..first + per_cell).map(move |pair| {
                let two = [weight(2 * pair), weight(2 * pair + 1)];
                std::array::from_fn(|lane| two[lane % 2])
            })
        });
        let (first, weights) = (axis.cells.iter().map(|cell| cell.first / 2).collect(), weights.collect());
        Self { first, weights, per_cell }
    }

    /// Pixels behind a row's last that its cells read with weight 0.
    pub(super) fn margin(&self) -> usize {
        2 * self.per_cell
    }

    /// `Σ w mean` of each cell, red, green and blue, for the means of a row.
    #[inline(always)]
    pub(super) fn sums<S: Simd>(&self, simd: S, means: &[i16], sums: &mut [[i32; 4]]) {
        match self.per_cell {
            1 => self.sums_of::<1, S>(simd, means, sums),
            2 => self.sums_of::<2, S>(simd, means, sums),
            3 => self.sums_of::<3, S>(simd, means, sums),
            4 => self.sums_of::<4, S>(simd, means, sums),
            5 => self.sums_of::<5, S>(simd, means, sums),
            _ => self.sums_of::<0, S>(simd, means, sums),
        }
    }

    /// The same for cells of `PAIRS`, 0 for any number.
    #[inline(always)]
    fn sums_of<const PAIRS: usize, S: Simd>(&self, simd: S, means: &[i16], sums: &mut [[i32; 4]]) {
        let pairs = if PAIRS == 0 { self.per_cell } else { PAIRS };
        let means = means.as_chunks::<8>().0;
        // The means were taken less 2¹⁵.
        let start = i32x4::splat(simd, (u32::from(ZERO) * ONE) as i32);
        let cells = self.first.iter().zip(self.weights.chunks_exact(pairs.max(1)));
        for (sums, (first, weights)) in sums.iter_mut().zip(cells) {
            let (means, mut sum) = (&means[*first as usize..][..pairs], start);
            for (means, weights) in means.iter().zip(weights) {
                sum += i16x8::simd_from(simd, *means).pairwise_dot_product(i16x8::simd_from(simd, *weights));
            }
            *sums = sum.to_array();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InstructionSet;
    use fearless_simd::dispatch;

    fn bytes(n: usize) -> Vec<u8> {
        (0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 23) as u8).collect()
    }

    #[test]
    fn rows_and_columns_are_weighted_as_their_axis_says_for_cells_of_every_length() {
        for size in [1, 2, 257, 640, 1000, 1281, 1800, 2048, 2600, 3300, 4500, 6000] {
            let (axis, width) = (Axis::new(0.0, size as f64, 640, size), size.next_multiple_of(STEP));
            let pairs = Pairs::new(&axis);
            let rows = bytes(64 * size + 7);
            for set in InstructionSet::all() {
                for cell in axis.cells.iter().step_by(37) {
                    let row = |i: usize| &rows[(cell.first as usize + i) * 64..][..64];
                    let weights = axis.weights_of(cell);
                    let (mut sums, mut means) = (vec![9; 64], vec![9; 64]);
                    set.run(|| of_rows(row, weights, &mut sums, &mut means));
                    for (x, mean) in means.iter().enumerate() {
                        let sum: u32 = weights.iter().enumerate().map(|(i, w)| w * u32::from(row(i)[x])).sum();
                        assert_eq!(i32::from(*mean) + 32_768, ((sum + 8) >> 4) as i32, "{size} {}", set.name());
                    }
                }
                let mut colours: Vec<u32> = (0..width as u32).map(|x| x.wrapping_mul(0x9e37_79b9)).collect();
                let pixels: Vec<[u8; 4]> = colours.iter().map(|c| c.to_ne_bytes()).collect();
                dispatch!(set.level(), simd => pair(simd, &mut colours));
                let mut means = vec![0; 4 * (width + pairs.margin())];
                let mean = |byte: u8| ((u16::from(byte) * 255) ^ 0x8000) as i16;
                for (mean_of, byte) in means.iter_mut().zip(bytemuck::cast_slice(&colours)) {
                    *mean_of = mean(*byte);
                }
                let mut sums = vec![[7; 4]; 640];
                dispatch!(set.level(), simd => pairs.sums(simd, &means, &mut sums));
                for (cell, sums) in axis.cells.iter().zip(&sums) {
                    for (channel, sum) in sums.iter().enumerate() {
                        let columns = (cell.first as usize..).zip(axis.weights_of(cell));
                        let expect: u32 = columns.map(|(x, w)| w * 255 * u32::from(pixels[x][channel])).sum();
                        assert_eq!(*sum as u32, expect, "{size} {}", set.name());
                    }
                }
            }
        }
    }
}
