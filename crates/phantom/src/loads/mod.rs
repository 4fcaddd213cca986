//! The loading yard: puts goods of one heading into a space.

mod appliances;
mod assembly;
mod big_bags;
mod boards;
mod bottles;
mod bulk;
mod cartons;
mod coils;
mod contents;
mod cylinders;
mod dunnage;
mod faults;
mod flexitank;
mod hanging;
mod long;
mod mixed;
mod packs;
mod pieces;
mod pile;
mod sacks;
mod slabs;
mod stow;
mod tank;
mod tyres;
mod vehicles;
mod wall;

use serde::Deserialize;

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::packings::Packings;
use crate::scene::Scene;
use crate::terms::Terms;

pub(crate) use dunnage::{brace, leave, leave_behind};
pub(crate) use faults::Faults;
pub(crate) use mixed::{Carton, Parcels, by_item, is_parcelled, stow_mixed};
pub(crate) use tank::{FULLEST, SURGING, TANK_KG, Tank};

/// A space in which goods are stowed, and how full it is to be.
pub(crate) struct Bay<'a> {
    pub(crate) scene: &'a mut Scene,
    pub(crate) dice: Dice,
    /// Smallest and largest corner; x grows from the front wall to the doors.
    pub(crate) space: [[f64; 3]; 2],
    /// Most that the space may carry, kg.
    pub(crate) payload_kg: f64,
    /// Share of what fits, by volume or by payload.
    pub(crate) fill: f64,
    /// Declared line.
    pub(crate) item: u16,
    /// What else is asked of the load.
    pub(crate) plan: Plan<'a>,
}

/// What is asked of a load beside its fill.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plan<'a> {
    /// How much is loaded, in place of a share of what fits.
    pub(crate) target: Option<Target>,
    /// Seed of where things come to stand: boxes of one lot hold the same goods, each stowed by itself.
    pub(crate) placing: Option<u64>,
    /// What the goods as drawn would fill the space with; set while they are stowed towards a target.
    pub(crate) capacity: Option<Capacity>,
    /// Ways of packing that goods may have; all when absent.
    pub(crate) packings: Option<&'a Packings>,
}

/// How much is loaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// Packages, of goods that are counted.
    pub(crate) units: usize,
    /// Kilograms, of goods that are poured.
    pub(crate) kg: f64,
    /// Whether a few packages are built only to learn what they weigh: without pallets.
    pub(crate) is_trial: bool,
}

/// What would fill a space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Capacity {
    Units(usize),
    Kilograms(f64),
}

impl Bay<'_> {
    /// Mean mass in kg of `count` things, built apart: those of a mixture differ.
    fn weigh_apart<T>(&mut self, count: usize, mut build: impl FnMut(&mut Bay<'_>) -> T) -> f64 {
        let mut apart = self.scene.without_solids();
        let mut bay = Bay { scene: &mut apart, dice: self.dice.clone(), ..*self };
        for _ in 0..count {
            build(&mut bay);
        }
        apart.mass_kg() / count as f64
    }
}

/// A place inside goods that can hide something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hide {
    /// The solid whose substance would be displaced.
    pub(crate) parent: u32,
    pub(crate) min: [f64; 3],
    pub(crate) max: [f64; 3],
}

/// What was stowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stowed {
    /// Packages: sacks, cartons, coils …
    pub(crate) packages: usize,
    /// Pieces, where a package holds several.
    pub(crate) pieces: usize,
    pub(crate) hides: Vec<Hide>,
}

/// A way of packing: what a goods file says about it. Pairs are smallest and largest.
pub(crate) trait Form {
    /// What is wrong with the figures of the file.
    fn faults(&self) -> Faults;

    /// Stows goods into a bay.
    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError>;
}

/// Of what is one where a file does not say.
fn one() -> [f64; 2] {
    [1.0, 1.0]
}

/// One way of packing in a goods file: its form, and what declarations say of goods packed so, where not what the head says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Way {
    pub(crate) declared: Option<Terms>,
    #[serde(flatten)]
    pub(crate) packing: Packing,
}

impl Way {
    /// What is wrong with it in a file of this heading.
    pub(crate) fn faults(&self, heading: &str) -> Faults {
        let faults = self.packing.form().faults();
        self.declared.as_ref().map_or(faults.clone(), |terms| faults.part("declared", terms.faults(heading)))
    }
}

/// Ways of packing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub(crate) enum Packing {
    /// Pillow-shaped sacks in crossed layers.
    Sacks(sacks::Sacks),
    /// Flexible bulk bags: rounded columns.
    BigBags(big_bags::BigBags),
    /// Tyres, stacked, upright or laced.
    Tyres(tyres::Tyres),
    /// Cartons of something soft or granular.
    Cartons(cartons::Cartons),
    /// Coils on cradles, eye to the side.
    Coils(coils::Coils),
    /// Appliances in cartons: steel shell, foam, compressor.
    Appliances(appliances::Appliances),
    /// Bottles in cartons.
    Bottles(bottles::Bottles),
    /// Bundles of boards.
    Boards(boards::Boards),
    /// Boxes of any kind, stacked or on pallets.
    Packs(packs::Packs),
    /// Drums, reels, rolls.
    Cylinders(cylinders::Cylinders),
    /// Poured or thrown.
    Bulk(bulk::Bulk),
    /// Logs, bars, pipes.
    Long(long::Long),
    /// Packs of flat things.
    Slabs(slabs::Slabs),
    /// Garments and carcasses.
    Hanging(hanging::Hanging),
    /// A bag of liquid.
    Flexitank(flexitank::Flexitank),
    /// Cars and motorcycles.
    Vehicles(vehicles::Vehicles),
}

impl Packing {
    /// The form behind the name.
    pub(crate) fn form(&self) -> &dyn Form {
        match self {
            Self::Sacks(form) => form,
            Self::BigBags(form) => form,
            Self::Tyres(form) => form,
            Self::Cartons(form) => form,
            Self::Coils(form) => form,
            Self::Appliances(form) => form,
            Self::Bottles(form) => form,
            Self::Boards(form) => form,
            Self::Packs(form) => form,
            Self::Cylinders(form) => form,
            Self::Bulk(form) => form,
            Self::Long(form) => form,
            Self::Slabs(form) => form,
            Self::Hanging(form) => form,
            Self::Flexitank(form) => form,
            Self::Vehicles(form) => form,
        }
    }
}

#[cfg(test)]
mod tests;
