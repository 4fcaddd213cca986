//! The most unusual place of a box: of its areal density, and of the model's concealment map.
//!
//! Both are largest values over many patches, so the library keeps their spread per heading and the checks hold a box
//! against that: what is usual among refrigerators would be odd among sacks.

use pellucid_core::{ContainerObservation, Patch, PixelBox};

use crate::distribution::logit;

/// The most unusual place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Peak {
    /// The figure that is held against the library.
    pub(crate) value: f64,
    /// Box around its patches in the view.
    pub(crate) px: PixelBox,
    /// Patches.
    pub(crate) patches: usize,
    /// Kilograms above the surroundings; `None` for grade `processed`.
    pub(crate) excess_kg: Option<f64>,
}

const REACH: i32 = 3;
const CORE: i32 = 1;
const NEIGHBOURS_NEEDED: usize = 8;
const OPAQUE_LIMIT: f32 = 0.3;
/// Concealment is kept this far from 0 and 1.
const CONCEALMENT_MARGIN: f64 = 1e-4;
/// Patches join the peak from this share of its height on.
const JOIN: f64 = 0.5;
/// Relative spread that any patch is granted.
const FLOOR: f64 = 0.05;

struct Grid<'a> {
    cols: i32,
    rows: i32,
    cells: Vec<Option<&'a Patch>>,
}

impl<'a> Grid<'a> {
    fn new(container: &'a ContainerObservation) -> Self {
        let (cols, rows) = (i32::from(container.patch_cols), i32::from(container.patch_rows));
        let mut cells = vec![None; (cols * rows) as usize];
        for patch in &container.patches {
            let (col, row) = (i32::from(patch.col), i32::from(patch.row));
            if col < cols && row < rows {
                cells[(row * cols + col) as usize] = Some(patch);
            }
        }
        Self { cols, rows, cells }
    }

    fn at(&self, col: i32, row: i32) -> Option<&'a Patch> {
        if (0..self.cols).contains(&col) && (0..self.rows).contains(&row) {
            self.cells[(row * self.cols + col) as usize]
        } else {
            None
        }
    }
}

/// What sticks out: kilograms where they are measured, else attenuation times area.
fn amount(patch: &Patch) -> f64 {
    patch.best_kg.unwrap_or(patch.attenuation_area_m2)
}

fn is_cargo(patch: &Patch) -> bool {
    patch.segment.is_some()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Median and robust standard deviation of the cargo around a patch, its nearest neighbours left out.
fn surroundings(grid: &Grid<'_>, col: i32, row: i32, floor: f64) -> Option<(f64, f64)> {
    let mut values = Vec::with_capacity(48);
    for dr in -REACH..=REACH {
        for dc in -REACH..=REACH {
            if (dr.abs() > CORE || dc.abs() > CORE)
                && let Some(patch) = grid.at(col + dc, row + dr)
                && is_cargo(patch)
            {
                values.push(amount(patch));
            }
        }
    }
    if values.len() < NEIGHBOURS_NEEDED {
        return None;
    }
    let middle = median(&mut values);
    let mut deviations: Vec<f64> = values.iter().map(|v| (v - middle).abs()).collect();
    let sd = 1.4826 * median(&mut deviations) + FLOOR * middle.max(floor);
    Some((middle, sd))
}

/// The patch that sticks out of its surroundings by most: `value = ln(1 + max z)`, `z` in robust standard deviations.
pub(crate) fn oddest(container: &ContainerObservation) -> Option<Peak> {
    let grid = Grid::new(container);
    let mut all: Vec<f64> = container.patches.iter().filter(|p| is_cargo(p)).map(amount).collect();
    if all.is_empty() {
        return None;
    }
    let typical = median(&mut all);
    let mut scores = vec![None; grid.cells.len()];
    let mut best: Option<(usize, f64)> = None;
    for row in 0..grid.rows {
        for col in 0..grid.cols {
            let Some(patch) = grid.at(col, row) else { continue };
            if !is_cargo(patch) || patch.opaque_share > OPAQUE_LIMIT {
                continue;
            }
            let Some((middle, sd)) = surroundings(&grid, col, row, typical) else { continue };
            let z = (amount(patch) - middle) / sd;
            let index = (row * grid.cols + col) as usize;
            scores[index] = Some((z, amount(patch) - middle));
            if best.is_none_or(|(_, top)| z > top) {
                best = Some((index, z));
            }
        }
    }
    let (top, z) = best?;
    let is_part = |index: usize| scores[index].is_some_and(|(other, _)| other >= JOIN * z && other > 0.0);
    let members = connected(&grid, top, is_part);
    let has_mass = members.iter().all(|i| grid.cells[*i].is_some_and(|p| p.best_kg.is_some()));
    let excess: f64 = members.iter().filter_map(|i| scores[*i]).map(|(_, excess)| excess).sum();
    Some(Peak {
        value: libm::log1p(z.max(0.0)),
        px: around(&grid, &members)?,
        patches: members.len(),
        excess_kg: has_mass.then_some(excess),
    })
}

/// The highest place of the concealment map: `value` is the logit of its two best neighbouring patches' mean.
pub(crate) fn concealment(container: &ContainerObservation) -> Option<Peak> {
    let grid = Grid::new(container);
    let p = |index: usize| grid.cells[index].map_or(0.0, |patch| f64::from(patch.concealment));
    let mut best: Option<(usize, f64)> = None;
    for index in 0..grid.cells.len() {
        if grid.cells[index].is_none() {
            continue;
        }
        let beside = neighbours(&grid, index).map(p).fold(0.0, f64::max);
        let score = 0.75 * p(index) + 0.25 * beside;
        if best.is_none_or(|(_, top)| score > top) {
            best = Some((index, score));
        }
    }
    let (top, score) = best?;
    let members = connected(&grid, top, |index| p(index) >= JOIN * score);
    let typical = {
        let mut all: Vec<f64> = container.patches.iter().filter(|p| is_cargo(p)).map(amount).collect();
        if all.is_empty() { 0.0 } else { median(&mut all) }
    };
    let mut excess = Some(0.0);
    for index in &members {
        let Some(patch) = grid.cells[*index] else { continue };
        let (col, row) = (i32::from(patch.col), i32::from(patch.row));
        let base = surroundings(&grid, col, row, typical).map_or(0.0, |(middle, _)| middle);
        excess = excess.zip(patch.best_kg).map(|(sum, kg)| sum + (kg - base).max(0.0));
    }
    Some(Peak {
        value: logit(score, CONCEALMENT_MARGIN),
        px: around(&grid, &members)?,
        patches: members.len(),
        excess_kg: excess,
    })
}

fn neighbours(grid: &Grid<'_>, index: usize) -> impl Iterator<Item = usize> {
    let (col, row) = (index as i32 % grid.cols, index as i32 / grid.cols);
    let (cols, rows) = (grid.cols, grid.rows);
    [(1, 0), (-1, 0), (0, 1), (0, -1)].into_iter().filter_map(move |(dc, dr)| {
        let (c, r) = (col + dc, row + dr);
        ((0..cols).contains(&c) && (0..rows).contains(&r)).then_some((r * cols + c) as usize)
    })
}

fn connected(grid: &Grid<'_>, start: usize, is_part: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut members = vec![start];
    let mut next = 0;
    while next < members.len() {
        for index in neighbours(grid, members[next]) {
            if grid.cells[index].is_some() && is_part(index) && !members.contains(&index) {
                members.push(index);
            }
        }
        next += 1;
    }
    members.sort_unstable();
    members
}

fn around(grid: &Grid<'_>, members: &[usize]) -> Option<PixelBox> {
    members.iter().filter_map(|i| grid.cells[*i]).map(|p| p.px).reduce(PixelBox::union)
}
