use std::f64::consts::PI;

use serde::Deserialize;

use super::faults::Faults;
use super::stow::{cells, whole};
use super::{Bay, Form, Stowed};
use crate::error::PhantomError;
use crate::scene::{Substance, component};
use crate::shape::{Axis, Shape};

/// Cross-section of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Section {
    Round,
    Tube,
    Block,
}

/// What lies along the box: logs, bars, pipes, profiles, beams.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Long {
    section: Section,
    /// Diameter of what is round.
    width_mm: [f64; 2],
    height_mm: Option<[f64; 2]>,
    wall_mm: Option<[f64; 2]>,
    length_mm: [f64; 2],
    material: String,
    density: Option<[f64; 2]>,
    /// Spread of diameters within a shipment.
    #[serde(default)]
    spread: [f64; 2],
    /// Pieces in a bundle; one for what lies loose.
    #[serde(default = "super::one")]
    bundle: [f64; 2],
    total_kg: [f64; 2],
}

/// Height of the bearers between bundles, mm.
const BEARER: f64 = 75.0;
/// Pieces of a load from which several count as one of their matter.
const MOST_PIECES: usize = 20_000;

/// Pieces as one shipment has them: width, height and length in mm.
struct Piece {
    size: [f64; 3],
    is_round: bool,
    wall: f64,
    substance: Substance,
    spread: f64,
}

impl Form for Long {
    fn faults(&self) -> Faults {
        let mut faults = Faults::of(&[
            ("width_mm", self.width_mm),
            ("length_mm", self.length_mm),
            ("bundle", self.bundle),
            ("total_kg", self.total_kg),
        ])
        .packed("", &self.material, self.density)
        .within("spread", self.spread, 0.6)
        .unless(
            (self.section == Section::Block) == self.height_mm.is_some(),
            "height_mm",
            "blocks have it, and only they",
        )
        .unless(
            (self.section == Section::Tube) == self.wall_mm.is_some(),
            "wall_mm",
            "tubes have it, and only they",
        );
        if let Some(range) = self.height_mm {
            faults = faults.range("height_mm", range);
        }
        self.wall_mm.map_or(faults.clone(), |range| faults.range("wall_mm", range))
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let density = self.density.map(|range| bay.dice.within(range));
        let substance = bay.scene.substance(&self.material, density)?;
        let width = bay.dice.within(self.width_mm);
        let height = self.height_mm.map_or(width, |range| bay.dice.within(range));
        let wall = self.wall_mm.map_or(0.0, |range| bay.dice.within(range)).min(width / 2.2);
        let length = bay.fit(self.length_mm, space[0] - 60.0, "length of a piece")?;
        let is_round = self.section != Section::Block;
        let spread = bay.dice.within(self.spread);
        let mut piece = Piece { size: [length, height, width], is_round, wall, substance, spread };
        let count = bay.dice.within(self.bundle).round().max(1.0) as usize;
        bay.payload_kg = bay.payload_kg.min(bay.dice.within(self.total_kg));
        if count == 1 {
            whole(space, [length, height * (1.0 + spread) + 40.0, width * (1.0 + spread)])?;
            return Ok(piece.lay_loose(bay));
        }
        // About square, on bearers.
        let columns = ((count as f64 * height / width).sqrt().round() as usize).clamp(1, count);
        let rows = count.div_ceil(columns);
        // No thicker than what goes through the doors.
        let columns = columns.min(((space[2] - 12.0) / width) as usize).max(1);
        let rows = rows.min(((space[1] - 30.0 - BEARER) / height) as usize).max(1);
        let count = count.min(rows * columns);
        let mut grid = [rows, columns];
        let bundle = [length, rows as f64 * height, columns as f64 * width];
        let cell = [length + 30.0, bundle[1] + BEARER, bundle[2] + 12.0];
        let n = whole([space[0], space[1] - 30.0, space[2]], cell)?;
        let fitting = n.iter().product::<usize>();
        if fitting * count > MOST_PIECES {
            // Fewer and thicker ones of the same matter.
            let merge = ((fitting * count) as f64 / MOST_PIECES as f64).sqrt().ceil();
            piece.size = [length, height * merge, width * merge];
            piece.wall *= merge;
            grid = [rows, columns].map(|v| ((v as f64 / merge).floor() as usize).max(1));
        }
        let bundle_kg = piece.mass_kg() * (grid[0] * grid[1]) as f64;
        let units = bay.units(fitting, bundle_kg);
        let order = bay.order(0.6);
        let slack = [space[0] - n[0] as f64 * cell[0], space[2] - n[2] as f64 * cell[2]].map(|s| s.max(0.0));
        let (ahead, ragged) = (bay.dice.unit(), bay.dice.between(2.0, 25.0));
        for [x, y, z] in cells(n, units, order) {
            let low = [
                bay.space[0][0] + x as f64 * cell[0] + ahead * slack[0],
                bay.space[0][1] + y as f64 * cell[1],
                bay.space[0][2] + z as f64 * cell[2] + slack[1] / 2.0,
            ];
            piece.bundle(bay, low, grid, ragged)?;
        }
        Ok(Stowed { packages: units, pieces: units * count, hides: Vec::new() })
    }
}

impl Piece {
    fn mass_kg(&self) -> f64 {
        let [length, height, width] = self.size;
        let area = match (self.is_round, self.wall > 0.0) {
            (false, _) => height * width,
            (true, false) => PI / 4.0 * width * width,
            (true, true) => PI * self.wall * (width - self.wall),
        };
        area * length * self.substance.density * 1e-6
    }

    /// Adds one with its lower corner at `low`, its diameter scaled.
    fn add(&self, bay: &mut Bay<'_>, low: [f64; 3], scale: f64, length: f64) {
        let [_, height, width] = self.size.map(|s| s * scale);
        if !self.is_round {
            bay.scene.block(low, [low[0] + length, low[1] + height, low[2] + width], self.substance);
            return;
        }
        let centre = [low[0] + length / 2.0, low[1] + width / 2.0, low[2] + width / 2.0];
        let rod = |radius: f64| Shape::Cylinder { axis: Axis::X, centre, radius, half_length: length / 2.0 };
        let index = bay.scene.add(rod(width / 2.0), self.substance);
        if self.wall > 0.0 {
            let hollow = bay.scene.hollow();
            bay.scene.nest(index, rod(width / 2.0 - self.wall * scale), hollow);
        }
    }

    /// Bearers, pieces in rows and straps.
    fn bundle(&self, bay: &mut Bay<'_>, low: [f64; 3], grid: [usize; 2], ragged: f64) -> Result<(), PhantomError> {
        let [length, height, width] = self.size;
        let (wood, steel) = (bay.scene.substance("wood", None)?, bay.scene.substance("steel", None)?);
        let (tall, wide) = (grid[0] as f64 * height, grid[1] as f64 * width);
        bay.scene.paint(component::PACKAGING, 0);
        for at in [0.12, 0.5, 0.88] {
            let x = low[0] + at * length;
            bay.scene.block([x - 40.0, low[1], low[2]], [x + 40.0, low[1] + BEARER, low[2] + wide], wood);
        }
        bay.paint_goods();
        for i in 0..grid[0] {
            for j in 0..grid[1] {
                let (a, b) = (bay.dice.between(0.0, ragged), bay.dice.between(0.0, ragged));
                let scale = 1.0 - self.spread * bay.dice.unit() / 2.0;
                let at = [low[0] + a, low[1] + BEARER + i as f64 * height, low[2] + j as f64 * width];
                self.add(bay, at, scale, length - a - b);
            }
        }
        bay.paint_packaging();
        for at in [0.2, 0.8] {
            let x = low[0] + at * length;
            let base = low[1] + BEARER;
            for z in [low[2] - 1.0, low[2] + wide] {
                bay.scene.block([x - 12.0, base, z], [x + 12.0, base + tall, z + 1.0], steel);
            }
        }
        Ok(())
    }

    /// Lays pieces of differing thickness row upon row, group behind group.
    fn lay_loose(&self, bay: &mut Bay<'_>) -> Stowed {
        let space = bay.size();
        let [length, height, width] = self.size;
        let groups = ((space[0] - 30.0) / (length + 40.0)).floor().max(1.0) as usize;
        let limit = bay.payload_kg * bay.fill;
        // Rows of pieces of mean thickness; with a target it is seen while they are laid whether they go in.
        let rows = ((space[1] - 40.0) / (height * (1.0 + self.spread))).floor();
        let asked = bay.asked(groups * rows.max(0.0) as usize * (space[2] / (width + 3.0)) as usize);
        let start = bay.space[0][0] + (space[0] - groups as f64 * (length + 40.0)).max(0.0) * bay.dice.unit();
        bay.paint_goods();
        let (mut mass, mut count) = (0.0, 0);
        let mut bottom = bay.space[0][1];
        'rows: while bottom + height * (1.0 + self.spread) < bay.space[1][1] - 40.0 {
            for group in 0..groups {
                let mut z = bay.space[0][2] + bay.dice.between(0.0, 0.3) * width;
                loop {
                    let scale = 1.0 + self.spread * bay.dice.between(-1.0, 1.0);
                    if z + width * scale > bay.space[1][2] {
                        break;
                    }
                    let one = self.mass_kg() * scale * scale;
                    let is_full = match asked {
                        Some(units) => count == units,
                        None => count > 0 && mass + one > limit,
                    };
                    if is_full {
                        break 'rows;
                    }
                    let cut = length * bay.dice.between(0.97, 1.0);
                    let x = start + group as f64 * (length + 40.0) + bay.dice.between(0.0, 30.0);
                    self.add(bay, [x, bottom, z], scale, cut);
                    mass += one;
                    count += 1;
                    z += width * scale + 3.0;
                }
            }
            // Solids must not overlap, so a row lies on the thickest of the row below.
            bottom += height * (1.0 + self.spread);
        }
        Stowed { packages: count, pieces: count, hides: Vec::new() }
    }
}
