use serde::Deserialize;

use super::faults::Faults;
use super::stow::{Stand, places};
use super::wall::{Filling, Wall};
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::scene::Substance;
use crate::shape::{Axis, Shape};

/// Which way an axis points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Up,
    Across,
    Along,
}

/// Round packages: drums, reels, rolls, cable drums, gas cylinders, barrels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cylinders {
    axis: Direction,
    diameter_mm: [f64; 2],
    length_mm: [f64; 2],
    /// Diameter of an empty core.
    core_mm: Option<[f64; 2]>,
    wall: Option<Wall>,
    inside: Filling,
    /// Share of a standing drum that is empty.
    #[serde(default)]
    headspace: [f64; 2],
    flanges: Option<Flanges>,
    /// Most layers above each other.
    #[serde(default = "layers")]
    layers: [f64; 2],
    /// Probability that they stand on pallets.
    #[serde(default)]
    pallets: f64,
    /// Pieces in a package.
    pieces: Option<[f64; 2]>,
}

fn layers() -> [f64; 2] {
    [1.0, 4.0]
}

/// Discs at both ends, larger than the roll.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flanges {
    material: String,
    mm: [f64; 2],
    over_mm: [f64; 2],
}

/// One as a shipment has it.
struct Roll {
    axis: Axis,
    radius: f64,
    length: f64,
    core: f64,
    wall: Option<(Substance, f64)>,
    inside: Substance,
    headspace: f64,
    flange: Option<(Substance, f64, f64)>,
}

impl Form for Cylinders {
    fn faults(&self) -> Faults {
        let mut faults =
            Faults::of(&[("diameter_mm", self.diameter_mm), ("length_mm", self.length_mm), ("layers", self.layers)])
                .within("headspace", self.headspace, 0.9)
                .unless((0.0..=1.0).contains(&self.pallets), "pallets", "0 to 1")
                .part("inside", self.inside.faults());
        if let Some(core) = self.core_mm {
            faults = faults.range("core_mm", core).unless(
                core[1] < self.diameter_mm[0],
                "core_mm",
                "a core is thinner than the thinnest roll",
            );
        }
        if let Some(wall) = &self.wall {
            faults =
                faults.part("wall", wall.faults().walls("mm", wall.mm, self.diameter_mm[0].min(self.length_mm[0])));
        }
        if let Some(flanges) = &self.flanges {
            let ranges = [("mm", flanges.mm), ("over_mm", flanges.over_mm)];
            faults = faults.part("flanges", Faults::of(&ranges).material("material", &flanges.material));
        }
        self.pieces.map_or(faults.clone(), |pieces| faults.range("pieces", pieces))
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let roll = self.draw(bay, space)?;
        let on_pallets = bay.dice.chance(self.pallets) && roll.axis == Axis::Y;
        let size = roll.size();
        let layers = bay.dice.within(self.layers).round().max(1.0) as usize;
        let unit_kg = bay.weigh_apart(1, |bay| roll.build(bay, [0.0; 3]));
        let stand = Stand::draw(bay, size, on_pallets)?.of_layers(layers);
        let units = bay.units(stand.fitting(), unit_kg);
        let pieces = self.pieces.map_or(1, |range| bay.dice.within(range).round().max(1.0) as usize);
        // What lies is kept from rolling by wedges, and rows above lie in the gaps below.
        let mut stowed = Stowed { packages: units, pieces: units * pieces, hides: Vec::new() };
        for low in places(bay, &stand, units)? {
            stowed.hides.push(roll.build(bay, low));
        }
        Ok(stowed)
    }
}

impl Cylinders {
    fn draw(&self, bay: &mut Bay<'_>, space: [f64; 3]) -> Result<Roll, PhantomError> {
        let axis = match self.axis {
            Direction::Up => Axis::Y,
            Direction::Across => Axis::Z,
            Direction::Along => Axis::X,
        };
        let d = axis as usize;
        let over = self.flanges.as_ref().map_or(0.0, |flanges| bay.dice.within(flanges.over_mm));
        let flange = match &self.flanges {
            Some(flanges) => Some((bay.scene.substance(&flanges.material, None)?, bay.dice.within(flanges.mm), over)),
            None => None,
        };
        let least = (0..3).filter(|i| *i != d).map(|i| space[i]).fold(f64::INFINITY, f64::min);
        let diameter = bay.fit(self.diameter_mm, least - 30.0 - 2.0 * over, "diameter of a roll")?;
        let core = self.core_mm.map_or(0.0, |range| bay.dice.within(range));
        Ok(Roll {
            axis,
            radius: diameter / 2.0,
            length: bay.fit(self.length_mm, space[d] - 30.0, "length of a roll")?,
            core: (core / 2.0).min(diameter * 0.45),
            wall: self.wall.as_ref().map(|wall| wall.draw(bay)).transpose()?,
            inside: self.inside.draw(bay)?,
            headspace: if axis == Axis::Y { bay.dice.within(self.headspace) } else { 0.0 },
            flange,
        })
    }
}

impl Roll {
    /// Sizes of the box around it.
    fn size(&self) -> [f64; 3] {
        let over = self.flange.map_or(0.0, |(_, _, over)| over);
        let mut size = [2.0 * (self.radius + over); 3];
        size[self.axis as usize] = self.length;
        size
    }

    fn build(&self, bay: &mut Bay<'_>, low: [f64; 3]) -> Hide {
        let d = self.axis as usize;
        let size = self.size();
        let middle = [0, 1, 2].map(|i| low[i] + size[i] / 2.0);
        let part = |from: f64, to: f64, radius: f64| {
            let mut centre = middle;
            centre[d] = low[d] + (from + to) / 2.0;
            Shape::Cylinder { axis: self.axis, centre, radius, half_length: (to - from) / 2.0 }
        };
        let (mut from, mut to, mut radius) = (0.0, self.length, self.radius);
        bay.paint_packaging();
        if let Some((substance, mm, over)) = self.flange {
            bay.scene.add(part(0.0, mm, radius + over), substance);
            bay.scene.add(part(to - mm, to, radius + over), substance);
            (from, to) = (mm, to - mm);
        }
        let mut parent = None;
        if let Some((substance, mm)) = self.wall {
            let mm = mm.min(radius / 3.0).min((to - from) / 3.0);
            let shell = bay.scene.add(part(from, to, radius), substance);
            (from, to, radius) = (from + mm, to - mm, radius - mm);
            let hollow = bay.scene.hollow();
            parent = Some(bay.scene.nest(shell, part(from, to, radius), hollow));
        }
        bay.paint_goods();
        to -= self.headspace * (to - from);
        let shape = part(from, to, radius);
        let inside = match parent {
            Some(parent) => bay.scene.nest(parent, shape, self.inside),
            None => bay.scene.add(shape, self.inside),
        };
        if self.core > 0.0 {
            let hollow = bay.scene.hollow();
            bay.scene.nest(inside, part(from, to, self.core), hollow);
        }
        // Beside the core.
        let (near, far) = (self.core + 0.15 * (radius - self.core), self.core + 0.55 * (radius - self.core));
        let (mut min, mut max) = (middle.map(|v| v - 0.2 * radius), middle.map(|v| v + 0.2 * radius));
        (min[d], max[d]) = (low[d] + from + 0.2 * (to - from), low[d] + to - 0.2 * (to - from));
        let e = if d == 0 { 2 } else { 0 };
        (min[e], max[e]) = (middle[e] + near, middle[e] + far);
        Hide { parent: inside, min, max }
    }
}
