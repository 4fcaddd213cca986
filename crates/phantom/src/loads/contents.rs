use serde::Deserialize;

use super::assembly::{Assembly, Model};
use super::faults::Faults;
use super::pieces::{Piece, Pieces};
use super::wall::{Mixed, Portion, mix_faults};
use super::{Bay, Hide};
use crate::error::PhantomError;
use crate::scene::{Scene, Substance};
use crate::shape::Shape;

/// What is in a package.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Contents {
    /// Stacks of something soft, granular or folded, or a solid block.
    Fill(Fill),
    /// Equal pieces in a grid.
    Pieces(Pieces),
    /// A thing made of parts.
    Assembly(Assembly),
}

/// Stacks of something soft, granular or folded.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fill {
    mix: Vec<Portion>,
    /// Stacks side by side in a package.
    #[serde(default = "super::one")]
    stacks: [f64; 2],
    /// Share of the height that stays empty.
    #[serde(default = "little_headroom")]
    headroom: [f64; 2],
    /// Spread of density between packages.
    #[serde(default = "little_uneven")]
    uneven: [f64; 2],
}

fn little_headroom() -> [f64; 2] {
    [0.005, 0.02]
}

fn little_uneven() -> [f64; 2] {
    [0.01, 0.03]
}

/// Space in a package: the solid it is the inside of, if any, and its corners.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) parent: Option<u32>,
    pub(super) min: [f64; 3],
    pub(super) max: [f64; 3],
}

impl Room {
    /// Length, height, width.
    pub(super) fn size(&self) -> [f64; 3] {
        [0, 1, 2].map(|d| self.max[d] - self.min[d])
    }

    /// Adds a solid to what the room is the inside of.
    pub(super) fn add(&self, scene: &mut Scene, shape: Shape, substance: Substance) -> u32 {
        match self.parent {
            Some(parent) => scene.nest(parent, shape, substance),
            None => scene.add(shape, substance),
        }
    }
}

/// Contents as one shipment has them.
#[derive(Debug, Clone)]
pub(super) enum Packed {
    Fill { mixed: Mixed, stacks: usize, headroom: f64, uneven: f64 },
    Pieces(Piece),
    Assembly(Model),
}

impl Contents {
    pub(super) fn faults(&self) -> Faults {
        match self {
            Self::Fill(fill) => mix_faults(&fill.mix)
                .range("stacks", fill.stacks)
                .within("headroom", fill.headroom, 0.9)
                .within("uneven", fill.uneven, 0.5),
            Self::Pieces(pieces) => pieces.faults(),
            Self::Assembly(assembly) => assembly.faults(),
        }
    }

    /// Draws what one shipment's packages hold.
    pub(super) fn draw(&self, bay: &mut Bay<'_>) -> Result<Packed, PhantomError> {
        Ok(match self {
            Self::Fill(fill) => Packed::Fill {
                mixed: Mixed::draw(&fill.mix, bay)?,
                stacks: bay.dice.within(fill.stacks).round().max(1.0) as usize,
                headroom: bay.dice.within(fill.headroom),
                uneven: bay.dice.within(fill.uneven),
            },
            Self::Pieces(pieces) => Packed::Pieces(pieces.draw(bay)?),
            Self::Assembly(assembly) => Packed::Assembly(assembly.draw(bay)?),
        })
    }
}

impl Packed {
    /// Fills a room whose length lies along the lane, or across it when `is_turned`. Returns pieces, and a place to hide.
    pub(super) fn fill(&self, bay: &mut Bay<'_>, room: Room, is_turned: bool) -> (usize, Option<Hide>) {
        match self {
            Self::Fill { mixed, stacks, headroom, uneven } => {
                let filled = bay.dice.about(*uneven);
                // Stacks stand side by side along the package.
                let d = if is_turned { 2 } else { 0 };
                let step = room.size()[d] / *stacks as f64;
                let seam = if *stacks > 1 { 2.0_f64.min(step / 8.0) } else { 0.0 };
                let mut first = None;
                for i in 0..*stacks {
                    let substance = mixed.pick(bay.dice.unit());
                    let substance = Substance { density: substance.density * filled, ..substance };
                    let empty = (headroom * bay.dice.between(0.4, 1.6)).clamp(0.0, 0.9);
                    let (mut min, mut max) = (room.min, room.max);
                    min[d] = room.min[d] + i as f64 * step + seam;
                    max[d] = room.min[d] + (i + 1) as f64 * step - seam;
                    max[1] -= empty * room.size()[1];
                    let parent = room.add(bay.scene, Shape::Block { min, max }, substance);
                    first.get_or_insert(Hide { parent, min, max });
                }
                (1, first)
            }
            Self::Pieces(piece) => piece.fill(bay, room, is_turned),
            Self::Assembly(model) => (1, model.build(bay, room, is_turned)),
        }
    }

    /// Solids that a package of this inside takes.
    pub(super) fn solids(&self, size: [f64; 3]) -> usize {
        match self {
            Self::Fill { stacks, .. } => *stacks,
            Self::Pieces(piece) => piece.solids(size),
            Self::Assembly(model) => model.solids(),
        }
    }

    /// The same matter without its pieces, for packages of so many small ones that no ray tells them apart.
    pub(super) fn smoothed(self, size: [f64; 3]) -> Self {
        match self {
            Self::Pieces(piece) => {
                let substance = piece.smoothed(size);
                Self::Fill { mixed: Mixed::of(substance), stacks: 1, headroom: 0.0, uneven: 0.01 }
            }
            other => other,
        }
    }
}
