use std::f64::consts::PI;

use serde::Deserialize;

use super::contents::Room;
use super::faults::Faults;
use super::stow::counts;
use super::wall::{Filling, Wall};
use super::{Bay, Hide};
use crate::error::PhantomError;
use crate::scene::Substance;
use crate::shape::{Axis, Shape};

/// Form of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// A cylinder that stands.
    Upright,
    /// A cylinder along its package.
    Lying,
    /// A box.
    Block,
}

/// Equal pieces in a grid, as many as fit a package: bottles, cans, batteries, boxes in boxes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pieces {
    shape: Form,
    length_mm: Option<[f64; 2]>,
    /// Diameter of a cylinder.
    width_mm: Option<[f64; 2]>,
    height_mm: Option<[f64; 2]>,
    wall: Option<Wall>,
    inside: Filling,
    /// Share of a piece's height that is empty.
    #[serde(default)]
    headspace: [f64; 2],
    /// Air between pieces.
    #[serde(default = "gap")]
    gap_mm: [f64; 2],
}

fn gap() -> [f64; 2] {
    [1.0, 3.0]
}

/// Pieces as one shipment has them.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    form: Form,
    size: [f64; 3],
    wall: Option<(Substance, f64)>,
    inside: Substance,
    headspace: f64,
    gap: f64,
}

impl Pieces {
    pub(super) fn faults(&self) -> Faults {
        let given = [self.length_mm, self.height_mm, self.width_mm].map(|range| range.is_some());
        let (expected, rule) = match self.shape {
            Form::Upright => ([false, true, true], "upright pieces have width_mm (their diameter) and height_mm"),
            Form::Lying => ([true, false, true], "lying pieces have width_mm (their diameter) and length_mm"),
            Form::Block => ([true; 3], "blocks have length_mm, width_mm and height_mm"),
        };
        let mut faults = Faults::default().unless(given == expected, "shape", rule);
        for (key, range) in
            [("length_mm", self.length_mm), ("width_mm", self.width_mm), ("height_mm", self.height_mm)]
        {
            faults = range.map_or(faults.clone(), |range| faults.range(key, range));
        }
        let faults = faults.part("inside", self.inside.faults()).within("headspace", self.headspace, 0.9).within(
            "gap_mm",
            self.gap_mm,
            200.0,
        );
        self.wall.as_ref().map_or(faults.clone(), |wall| faults.part("wall", wall.faults()))
    }

    pub(super) fn draw(&self, bay: &mut Bay<'_>) -> Result<Piece, PhantomError> {
        let width = self.width_mm.map_or(0.0, |range| bay.dice.within(range));
        let other = |bay: &mut Bay<'_>, range: Option<[f64; 2]>| range.map_or(width, |range| bay.dice.within(range));
        let size = [other(bay, self.length_mm), other(bay, self.height_mm), width];
        Ok(Piece {
            form: self.shape,
            size,
            wall: self.wall.as_ref().map(|wall| wall.draw(bay)).transpose()?,
            inside: self.inside.draw(bay)?,
            headspace: bay.dice.within(self.headspace),
            gap: bay.dice.within(self.gap_mm),
        })
    }
}

impl Piece {
    /// Sizes along the lane, up and across.
    fn lying_as(&self, is_turned: bool) -> [f64; 3] {
        let [length, height, width] = self.size;
        if is_turned { [width, height, length] } else { self.size }
    }

    pub(super) fn solids(&self, size: [f64; 3]) -> usize {
        let n = counts(size, self.size.map(|s| s + self.gap));
        n[0].max(1) * n[1].max(1) * n[2].max(1) * (1 + usize::from(self.wall.is_some()))
    }

    /// The matter of the pieces of a package, spread over it. With a wall its class is the inside's.
    pub(super) fn smoothed(&self, size: [f64; 3]) -> Substance {
        let n = counts(size, self.size.map(|s| s + self.gap)).map(|n| n.max(1) as f64);
        let round = if self.form == Form::Block { 1.0 } else { PI / 4.0 };
        let share =
            (n[0] * n[1] * n[2] * self.size.iter().product::<f64>() * round / size.iter().product::<f64>()).min(1.0);
        let shell = self.wall.map_or(0.0, |(wall, mm)| {
            let inner: f64 = self.size.iter().map(|s| (1.0 - 2.0 * mm / s).max(0.0)).product();
            wall.density * (1.0 - inner)
        });
        Substance { density: share * (self.inside.density * (1.0 - self.headspace) + shell), ..self.inside }
    }

    /// Puts as many into a room as fit, at least one; returns how many, and the inside of one.
    pub(super) fn fill(&self, bay: &mut Bay<'_>, room: Room, is_turned: bool) -> (usize, Option<Hide>) {
        let size = room.size();
        let own = self.lying_as(is_turned);
        // A piece that is larger than its package is as large as it.
        let own = [0, 1, 2].map(|d| own[d].min(size[d]));
        let n = counts(size, own.map(|s| s + self.gap)).map(|n| n.max(1));
        let step = [0, 1, 2].map(|d| {
            if d == 1 { own[1] + self.gap.min(size[1] / n[1] as f64 - own[1]) } else { size[d] / n[d] as f64 }
        });
        let mut first = None;
        for i in 0..n[0] {
            for j in 0..n[1] {
                for k in 0..n[2] {
                    let at = [i, j, k];
                    let mut min = [0, 1, 2].map(|d| room.min[d] + at[d] as f64 * step[d]);
                    for d in [0, 2] {
                        min[d] += (step[d] - own[d]) / 2.0;
                    }
                    let hide = self.add(bay, room, min, own, is_turned);
                    first.get_or_insert(hide);
                }
            }
        }
        (n[0] * n[1] * n[2], first)
    }

    fn add(&self, bay: &mut Bay<'_>, room: Room, min: [f64; 3], own: [f64; 3], is_turned: bool) -> Hide {
        let (mut low, mut high) = (min, [0, 1, 2].map(|d| min[d] + own[d]));
        let shape = |low: [f64; 3], high: [f64; 3]| {
            let centre = [0, 1, 2].map(|d| (low[d] + high[d]) / 2.0);
            let half = [0, 1, 2].map(|d| (high[d] - low[d]) / 2.0);
            let axis = match (self.form, is_turned) {
                (Form::Block, _) => return Shape::Block { min: low, max: high },
                (Form::Upright, _) => Axis::Y,
                (Form::Lying, false) => Axis::X,
                (Form::Lying, true) => Axis::Z,
            };
            let (half_length, radius) = match axis {
                Axis::X => (half[0], half[1].min(half[2])),
                Axis::Y => (half[1], half[0].min(half[2])),
                Axis::Z => (half[2], half[0].min(half[1])),
            };
            Shape::Cylinder { axis, centre, radius, half_length }
        };
        let mut room = room;
        if let Some((wall, mm)) = self.wall {
            let mm = mm.min(own.iter().fold(f64::INFINITY, |a, b| a.min(*b)) / 3.0);
            room.parent = Some(room.add(bay.scene, shape(low, high), wall));
            (low, high) = (low.map(|v| v + mm), high.map(|v| v - mm));
        }
        let inside = if self.wall.is_some() && self.headspace > 0.0 {
            // The empty part too takes the place of the wall.
            let hollow = bay.scene.hollow();
            let parent = room.add(bay.scene, shape(low, high), hollow);
            high[1] -= self.headspace * (high[1] - low[1]);
            Room { parent: Some(parent), ..room }.add(bay.scene, shape(low, high), self.inside)
        } else {
            high[1] -= self.headspace * (high[1] - low[1]);
            room.add(bay.scene, shape(low, high), self.inside)
        };
        let third = [0, 1, 2].map(|d| (high[d] - low[d]) / 6.0);
        Hide { parent: inside, min: [0, 1, 2].map(|d| low[d] + third[d]), max: [0, 1, 2].map(|d| high[d] - third[d]) }
    }
}
