use serde::Deserialize;

use super::contents::Room;
use super::faults::Faults;
use super::{Bay, Hide};
use crate::error::PhantomError;
use crate::scene::Substance;
use crate::shape::{Axis, Shape};

/// Form of a part, inside the box that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// The whole box.
    Block,
    /// Its six sides, of sheet.
    Shell,
    Ellipsoid,
    /// Cylinders with their axis up, along the thing and across it.
    Upright,
    Lying,
    Across,
}

/// A part of a thing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    material: String,
    /// Density, g/cm³: lower than its own where it is half air.
    density: Option<[f64; 2]>,
    shape: Form,
    /// Sheet of a shell.
    mm: Option<[f64; 2]>,
    /// Where, as shares of the package's inside: along it, up, across it.
    at: [[f64; 2]; 3],
    /// Probability that a shipment's model has it.
    #[serde(default = "always")]
    chance: f64,
}

fn always() -> f64 {
    1.0
}

/// A thing made of parts: appliance, machine, furniture.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assembly {
    parts: Vec<Part>,
}

/// A part as a shipment's model has it.
#[derive(Debug, Clone)]
struct Made {
    substance: Substance,
    form: Form,
    mm: f64,
    at: [[f64; 2]; 3],
    /// The part that it lies in.
    inside: Option<usize>,
}

/// A thing as one shipment has it.
#[derive(Debug, Clone)]
pub(super) struct Model {
    parts: Vec<Made>,
}

fn contains(outer: &[[f64; 2]; 3], inner: &[[f64; 2]; 3]) -> bool {
    outer.iter().zip(inner).all(|(o, i)| o[0] <= i[0] && i[1] <= o[1])
}

fn overlap(a: &[[f64; 2]; 3], b: &[[f64; 2]; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a[0].max(b[0]) < a[1].min(b[1]) - 1e-9)
}

impl Assembly {
    pub(super) fn faults(&self) -> Faults {
        let faults = Faults::default().unless(!self.parts.is_empty(), "parts", "at least one is required");
        self.parts.iter().enumerate().fold(faults, |faults, (i, part)| {
            let is_box = part.at.iter().all(|[low, high]| *low >= 0.0 && low < high && *high <= 1.0);
            let clash = self.parts[..i]
                .iter()
                .position(|other| overlap(&other.at, &part.at) && !contains(&other.at, &part.at));
            let reason = format!("it overlaps part {} without lying in it", clash.unwrap_or(0));
            let mut one = Faults::default()
                .packed("", &part.material, part.density)
                .unless((part.shape == Form::Shell) == part.mm.is_some(), "mm", "shells have it, and only they")
                .unless(is_box, "at", "three pairs with 0 ≤ low < high ≤ 1")
                .unless(clash.is_none(), "at", &reason)
                .unless((0.0..=1.0).contains(&part.chance), "chance", "0 to 1");
            if let Some(mm) = part.mm {
                one = one.range("mm", mm);
            }
            faults.part(&format!("parts[{i}]"), one)
        })
    }

    pub(super) fn draw(&self, bay: &mut Bay<'_>) -> Result<Model, PhantomError> {
        // Models differ in which side is which.
        let mirrored = [bay.dice.chance(0.5), false, bay.dice.chance(0.5)];
        let mut parts: Vec<Made> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let density = part.density.map(|range| bay.dice.within(range));
            let mm = part.mm.map_or(0.0, |range| bay.dice.within(range));
            if !bay.dice.chance(part.chance) {
                continue;
            }
            let mut at = part.at;
            for (range, _) in at.iter_mut().zip(mirrored).filter(|(_, is_mirrored)| *is_mirrored) {
                *range = [1.0 - range[1], 1.0 - range[0]];
            }
            let inside = parts.iter().rposition(|outer| contains(&outer.at, &at));
            let substance = bay.scene.substance(&part.material, density)?;
            parts.push(Made { substance, form: part.shape, mm, at, inside });
        }
        Ok(Model { parts })
    }
}

impl Model {
    pub(super) fn solids(&self) -> usize {
        self.parts.len() + self.parts.iter().filter(|part| part.form == Form::Shell).count()
    }

    /// Builds it in a room; returns the inside of its first shell as a place to hide.
    pub(super) fn build(&self, bay: &mut Bay<'_>, room: Room, is_turned: bool) -> Option<Hide> {
        let size = room.size();
        // The room of each part's inside.
        let mut rooms: Vec<Room> = Vec::with_capacity(self.parts.len());
        let mut hide = None;
        for part in &self.parts {
            let mut at = part.at;
            if is_turned {
                at.swap(0, 2);
            }
            let mut min = [0, 1, 2].map(|d| room.min[d] + at[d][0] * size[d]);
            let mut max = [0, 1, 2].map(|d| room.min[d] + at[d][1] * size[d]);
            let outer = part.inside.and_then(|i| rooms.get(i)).copied();
            let around = outer.unwrap_or(room);
            if outer.is_some() {
                // Nothing stands out of a sheet that it lies in.
                for d in 0..3 {
                    min[d] = min[d].clamp(around.min[d], around.max[d] - 1.0);
                    max[d] = max[d].clamp(min[d] + 1.0, around.max[d].max(min[d] + 1.0));
                }
            }
            let index = around.add(bay.scene, part.shape(min, max, is_turned), part.substance);
            let mut inner = Room { parent: Some(index), min, max };
            if part.form == Form::Shell {
                let mm = [0, 1, 2].map(|d| part.mm.min((max[d] - min[d]) / 2.5));
                for x in [min[0], max[0] - mm[0]] {
                    bay.scene.mark_fine(x, x + mm[0]);
                }
                inner.min = [0, 1, 2].map(|d| min[d] + mm[d]);
                inner.max = [0, 1, 2].map(|d| max[d] - mm[d]);
                let hollow = bay.scene.hollow();
                inner.parent = Some(bay.scene.nest(index, Shape::Block { min: inner.min, max: inner.max }, hollow));
            }
            rooms.push(inner);
            if hide.is_none()
                && let (Form::Shell | Form::Block, Some(parent)) = (part.form, inner.parent)
                && !self.parts.iter().any(|other| other.inside.is_some_and(|i| i + 1 == rooms.len()))
            {
                hide = Some(Hide { parent, min: inner.min, max: inner.max });
            }
        }
        hide
    }
}

impl Made {
    fn shape(&self, min: [f64; 3], max: [f64; 3], is_turned: bool) -> Shape {
        let centre = [0, 1, 2].map(|d| (min[d] + max[d]) / 2.0);
        let half = [0, 1, 2].map(|d| (max[d] - min[d]) / 2.0);
        let rod = |axis: Axis| {
            let (half_length, radius) = match axis {
                Axis::X => (half[0], half[1].min(half[2])),
                Axis::Y => (half[1], half[0].min(half[2])),
                Axis::Z => (half[2], half[0].min(half[1])),
            };
            Shape::Cylinder { axis, centre, radius, half_length }
        };
        match (self.form, is_turned) {
            (Form::Block | Form::Shell, _) => Shape::Block { min, max },
            (Form::Ellipsoid, _) => Shape::Ellipsoid { centre, semi: half },
            (Form::Upright, _) => rod(Axis::Y),
            (Form::Lying, false) | (Form::Across, true) => rod(Axis::X),
            (Form::Lying, true) | (Form::Across, false) => rod(Axis::Z),
        }
    }
}
