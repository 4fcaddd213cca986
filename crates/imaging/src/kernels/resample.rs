//! Area-weighted means of a plane over a grid of fractional pixel boxes: rows first, then columns.
//!
//! Each output column (row) is a [`Cell`]: the input columns (rows) it covers with Q12 weights, and the weight of what
//! lies outside the view. All weights of a cell add up to 4096: the `k`-th is
//! `round(4096 · C_k) − round(4096 · C_{k−1})` with `C` the cumulative share of the cell's length.
//! For values `v` (attenuation Q12 or transmission Q15, `outside` = 0 or 2¹⁵):
//! `col(x) = (Σ_y w_y · v(x, y) + w_outside · outside + 128) >> 8` for each input column,
//! `out = (Σ_x w_x · col(x) + w_outside · (outside << 4) + 128) >> 8`, as `f32` times 2⁻²³: that is `A / 8` or `T`.
//! Every sum fits `u32`, every `out` fits the 24 bits of an `f32`, so the result is exact.

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Sum of the weights of a cell.
pub const ONE: u32 = 4096;

/// Scale of the integer result: `A / 8` and `T`.
pub const SCALE: f32 = 1.0 / 8_388_608.0;

/// One output column or row.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Cell {
    /// First input column (row) inside the view.
    pub first: u32,
    /// Input columns (rows) inside the view.
    pub count: u32,
    /// Index of the first weight.
    pub offset: u32,
    /// Weight of what lies outside the view.
    pub outside: u32,
}

/// One axis of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Output columns (rows).
    pub cells: Vec<Cell>,
    /// Weights of all cells, one after another.
    pub weights: Vec<u32>,
}

impl Axis {
    /// Divides `[start, end)` (pixels of a view of `size`) into `out` cells. `start < end`, both finite.
    pub fn new(start: f64, end: f64, out: usize, size: usize) -> Self {
        let mut axis = Self { cells: Vec::with_capacity(out), weights: Vec::new() };
        let edge = |k: usize| start + (end - start) * (k as f64 / out as f64);
        for k in 0..out {
            axis.push(edge(k), edge(k + 1), size);
        }
        axis
    }

    fn push(&mut self, from: f64, to: f64, size: usize) {
        let limit = size as f64;
        let (inside_from, inside_to) = (from.clamp(0.0, limit), to.clamp(0.0, limit));
        let first = inside_from.floor().min(limit) as usize;
        let last = (inside_to.ceil() as usize).max(first);
        let share = |at: f64| -> u32 {
            let share = (at.clamp(from, to) - from) / (to - from);
            (share.clamp(0.0, 1.0) * f64::from(ONE)).round() as u32
        };
        let offset = self.weights.len() as u32;
        let mut before = share(inside_from);
        let mut inside = 0;
        for pixel in first..last {
            let after = share(((pixel + 1) as f64).min(inside_to));
            self.weights.push(after.saturating_sub(before));
            inside += after.saturating_sub(before);
            before = after.max(before);
        }
        self.cells.push(Cell { first: first as u32, count: (last - first) as u32, offset, outside: ONE - inside });
    }

    /// Weights of a cell.
    pub fn weights_of(&self, cell: &Cell) -> &[u32] {
        &self.weights[cell.offset as usize..(cell.offset + cell.count) as usize]
    }
}

/// Weighted sum of values over one axis, rounded by 8 bits.
#[inline]
pub fn weighted(values: impl Iterator<Item = u32>, weights: &[u32], outside_weight: u32, outside: u32) -> u32 {
    let start = outside_weight.wrapping_mul(outside).wrapping_add(128);
    values.zip(weights).fold(start, |sum, (v, w)| sum.wrapping_add(v.wrapping_mul(*w))) >> 8
}

/// One output value: the definition. `outside` is 0 for attenuation, 2¹⁵ for transmission.
pub fn resampled(
    value: impl Fn(usize, usize) -> u16,
    columns: &Axis,
    rows: &Axis,
    at: (usize, usize),
    outside: u32,
) -> f32 {
    let (column, row) = (&columns.cells[at.0], &rows.cells[at.1]);
    let inner = |x: usize| {
        let ys = (row.first..row.first + row.count).map(|y| u32::from(value(x, y as usize)));
        weighted(ys, rows.weights_of(row), row.outside, outside)
    };
    let xs = (column.first..column.first + column.count).map(|x| inner(x as usize));
    weighted(xs, columns.weights_of(column), column.outside, outside << 4) as f32 * SCALE
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn weights_of_a_cell_add_up(start in -300.0..300.0_f64, length in 0.01..900.0_f64, out in 1..40_usize, size in 1..200_usize) {
            let axis = Axis::new(start, start + length, out, size);
            for cell in &axis.cells {
                prop_assert_eq!(axis.weights_of(cell).iter().sum::<u32>() + cell.outside, ONE);
                prop_assert!(cell.first + cell.count <= size as u32);
            }
        }
    }

    fn check(plane: &[u16], size: (usize, usize), window: [f64; 4], out: (usize, usize), expect: &[f64]) {
        let columns = Axis::new(window[0], window[2], out.0, size.0);
        let rows = Axis::new(window[1], window[3], out.1, size.1);
        let value = |x: usize, y: usize| plane[y * size.0 + x];
        for (i, expect) in expect.iter().enumerate() {
            let got = resampled(value, &columns, &rows, (i % out.0, i / out.0), 0);
            assert!((f64::from(got) * 8.0 - expect).abs() < 1e-3, "cell {i}: {} not {expect}", got * 8.0);
        }
    }

    #[test]
    fn means_are_weighted_by_area() {
        let plane = [4096, 8192, 12288, 16384];
        check(&plane, (2, 2), [0.0, 0.0, 2.0, 2.0], (1, 1), &[2.5]);
        check(&plane, (2, 2), [0.0, 0.0, 2.0, 2.0], (2, 2), &[1.0, 2.0, 3.0, 4.0]);
        check(&plane, (2, 2), [0.5, 0.0, 1.5, 1.0], (1, 1), &[1.5]);
        check(&plane, (2, 2), [0.0, 0.0, 2.0, 1.0], (4, 1), &[1.0, 1.0, 2.0, 2.0]);
        check(&plane, (2, 2), [-2.0, 0.0, 2.0, 1.0], (2, 1), &[0.0, 1.5]);
        check(&plane, (2, 2), [50.0, 50.0, 51.0, 51.0], (1, 1), &[0.0]);
    }

    #[test]
    fn air_outside_is_exactly_transparent() {
        let (columns, rows) = (Axis::new(-5.0, -1.0, 1, 3), Axis::new(0.0, 3.0, 1, 3));
        assert_eq!(resampled(|_, _| 9, &columns, &rows, (0, 0), 32_768), 1.0);
        let columns = Axis::new(-1.3, 2.9, 1, 3);
        assert_eq!(resampled(|_, _| 32_768, &columns, &rows, (0, 0), 32_768), 1.0);
        assert!(resampled(|_, _| 65_535, &columns, &rows, (0, 0), 0) < 2.0);
    }
}
