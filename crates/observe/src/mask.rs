//! The layout model's container mask: connected cells become rough boxes.

use std::ops::Range;

use pellucid_core::LayoutOutput;

use crate::layout_window::LayoutWindow;

/// The container plane of a layout output, over the cells that the view covers.
pub(crate) struct ContainerMask<'a> {
    layout: &'a LayoutOutput,
    plane: Option<usize>,
    cols: usize,
    rows: usize,
    /// View pixels per cell.
    pub(crate) cell_px: f64,
}

/// A rough box in cells (fractions allowed), right and bottom exclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CellBox {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    /// Mean probability of its cells.
    pub(crate) confidence: f32,
}

/// Probability from which a cell belongs to a container.
const SURE: f32 = 0.5;
/// The same when no cell is sure.
const HINT: f32 = 0.25;

impl<'a> ContainerMask<'a> {
    pub(crate) fn new(layout: &'a LayoutOutput, window: &LayoutWindow) -> Self {
        let stride = layout.stride.max(1);
        let whole =
            layout.classes.values.len() == layout.classes.channels * layout.classes.width * layout.classes.height;
        let plane = layout.class_names.iter().position(|name| name == "container");
        Self {
            layout,
            plane: plane.filter(|c| whole && *c < layout.classes.channels),
            cols: window.valid_width.div_ceil(stride).min(layout.valid_width).min(layout.classes.width),
            rows: layout.classes.height,
            cell_px: window.scale * stride as f64,
        }
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        self.plane.map_or(0.0, |plane| self.layout.classes.at(plane, x, y))
    }

    /// Rough boxes from left to right.
    pub(crate) fn boxes(&self) -> Vec<CellBox> {
        let found = self.boxes_above(SURE);
        if found.is_empty() { self.boxes_above(HINT) } else { found }
    }

    fn boxes_above(&self, threshold: f32) -> Vec<CellBox> {
        let mut label = vec![0_u32; self.cols * self.rows];
        let mut found = Vec::new();
        let mut stack = Vec::new();
        for start in 0..label.len() {
            let is_free =
                |label: &[u32], i: usize| label[i] == 0 && self.at(i % self.cols, i / self.cols) >= threshold;
            if !is_free(&label, start) {
                continue;
            }
            let id = found.len() as u32 + 1;
            label[start] = id;
            stack.push(start);
            let mut cells = Vec::new();
            while let Some(i) = stack.pop() {
                cells.push(i);
                let (x, y) = (i % self.cols, i / self.cols);
                let mut visit = |j: usize| {
                    if is_free(&label, j) {
                        label[j] = id;
                        stack.push(j);
                    }
                };
                if x > 0 {
                    visit(i - 1);
                }
                if x + 1 < self.cols {
                    visit(i + 1);
                }
                if y > 0 {
                    visit(i - self.cols);
                }
                if y + 1 < self.rows {
                    visit(i + self.cols);
                }
            }
            found.push(cells);
        }
        let smallest = (self.cols * self.rows / 100).max(12);
        let boxes: Vec<CellBox> =
            found.into_iter().filter(|cells| cells.len() >= smallest).map(|cells| self.cell_box(&cells)).collect();
        joined(boxes)
    }

    /// The box in which at least 40 % of each row and column is mask, so that tails along a chassis do not count.
    fn cell_box(&self, cells: &[usize]) -> CellBox {
        let (mut columns, mut rows) = (vec![0_usize; self.cols], vec![0_usize; self.rows]);
        let mut sum = 0.0;
        for &i in cells {
            columns[i % self.cols] += 1;
            rows[i / self.cols] += 1;
            sum += self.at(i % self.cols, i / self.cols);
        }
        let span = |counts: &[usize]| {
            let mut sorted: Vec<usize> = counts.iter().copied().filter(|c| *c > 0).collect();
            sorted.sort_unstable();
            let typical = sorted.get(sorted.len() * 3 / 4).copied().unwrap_or(1);
            let is_in = |c: &usize| *c * 5 >= typical * 2;
            let first = counts.iter().position(is_in).unwrap_or(0);
            let last = counts.iter().rposition(is_in).unwrap_or(0);
            (first as f64, last as f64 + 1.0)
        };
        let ((left, right), (top, bottom)) = (span(&columns), span(&rows));
        CellBox { left, right, top, bottom, confidence: sum / cells.len().max(1) as f32 }
    }

    /// View column of the most probable casting among `xs`, where one stands both in the upper and the lower quarter of
    /// `ys`.
    pub(crate) fn strongest_casting(&self, xs: Range<usize>, ys: Range<usize>) -> Option<usize> {
        let castings = &self.layout.castings;
        if castings.width < self.cols || castings.height < self.rows || castings.values.len() < castings.width {
            return None;
        }
        let cell = |px: usize, limit: usize| ((px as f64 / self.cell_px) as usize).min(limit);
        let columns = cell(xs.start, self.cols)..cell(xs.end, self.cols);
        let quarter = ys.len() / 4;
        let reach = self.cell_px as usize;
        let upper = cell(ys.start.saturating_sub(reach), self.rows)..cell(ys.start + quarter, self.rows);
        let lower = cell(ys.end - quarter, self.rows)..cell(ys.end + reach, self.rows);
        let peak = |x: usize, rows: Range<usize>| rows.map(|y| castings.at(0, x, y)).fold(0.0_f32, f32::max);
        let score = |x: usize| peak(x, upper.clone()).min(peak(x, lower.clone()));
        let best = columns.max_by(|a, b| score(*a).total_cmp(&score(*b)))?;
        (score(best) >= 0.5).then_some(((best as f64 + 0.5) * self.cell_px) as usize)
    }
}

/// Joins boxes of one container that an unreadable stripe cut apart: same height, closer than three cells. Two containers
/// joined by this are parted again on the pixels.
fn joined(mut boxes: Vec<CellBox>) -> Vec<CellBox> {
    boxes.sort_by(|a, b| a.left.total_cmp(&b.left));
    let mut out: Vec<CellBox> = Vec::new();
    for next in boxes {
        if let Some(last) = out.last_mut() {
            let overlap = last.bottom.min(next.bottom) - last.top.max(next.top);
            let taller = (last.bottom - last.top).max(next.bottom - next.top);
            if next.left - last.right <= 3.0 && overlap > 0.7 * taller {
                last.right = last.right.max(next.right);
                last.top = last.top.min(next.top);
                last.bottom = last.bottom.max(next.bottom);
                last.confidence = 0.5 * (last.confidence + next.confidence);
                continue;
            }
        }
        out.push(next);
    }
    out
}
