use pellucid_core::PixelBox;
use pellucid_imaging::ResampleWindow;

use crate::container_geometry::{CARGO_ROWS, PATCH};

/// The patch grid of a container's window, laid over the pixels of its view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PatchGrid {
    pub(crate) cols: usize,
    pub(crate) rows: usize,
    x0: f64,
    y0: f64,
    /// View pixels per patch.
    dx: f64,
    dy: f64,
    view: (usize, usize),
}

impl PatchGrid {
    pub(crate) fn new(window: &ResampleWindow, view: (usize, usize)) -> Self {
        let cols = window.out_width / PATCH;
        let rows = CARGO_ROWS / PATCH;
        Self {
            cols,
            rows,
            x0: window.x0,
            y0: window.y0,
            dx: (window.x1 - window.x0) / cols as f64,
            dy: (window.y1 - window.y0) / rows as f64,
            view,
        }
    }

    /// First pixel whose centre lies at or after an edge.
    fn first(edge: f64, limit: usize) -> usize {
        (edge - 0.5).ceil().clamp(0.0, limit as f64) as usize
    }

    /// Columns `[from, to)` of the view whose pixel centres lie in a column of patches.
    pub(crate) fn columns(&self, col: usize) -> [usize; 2] {
        let edge = |c: usize| Self::first(self.x0 + c as f64 * self.dx, self.view.0);
        [edge(col), edge(col + 1)]
    }

    /// Rows `[from, to)` likewise.
    pub(crate) fn view_rows(&self, row: usize) -> [usize; 2] {
        let edge = |r: usize| Self::first(self.y0 + r as f64 * self.dy, self.view.1);
        [edge(row), edge(row + 1)]
    }

    /// The pixels of a patch; empty where the window exceeds the view.
    pub(crate) fn px(&self, col: usize, row: usize) -> PixelBox {
        let ([x0, x1], [y0, y1]) = (self.columns(col), self.view_rows(row));
        PixelBox { x: x0 as u32, y: y0 as u32, width: (x1 - x0) as u32, height: (y1 - y0) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_of_the_window_belongs_to_one_patch() {
        let window =
            ResampleWindow { view: 0, x0: 3.3, y0: -4.2, x1: 530.1, y1: 301.7, out_width: 640, out_height: 304 };
        let grid = PatchGrid::new(&window, (500, 300));
        assert_eq!((grid.cols, grid.rows), (40, 19));
        let mut next = grid.columns(0)[0];
        assert_eq!(next, 3);
        for col in 0..40 {
            let [from, to] = grid.columns(col);
            assert_eq!(from, next);
            next = to;
        }
        assert_eq!(next, 500);
        assert_eq!(grid.view_rows(0)[0], 0);
        assert_eq!(grid.view_rows(18)[1], 300);
    }
}
