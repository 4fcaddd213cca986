//! The loading yard: puts goods of one heading into a space.

mod appliances;
mod big_bags;
mod boards;
mod bottles;
mod cartons;
mod coils;
mod dunnage;
mod sacks;
mod stow;
mod tyres;

use serde::Deserialize;

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;

pub(crate) use dunnage::{brace, leave_behind};

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

/// Ways of packing; each variant holds what a goods file says about it. Pairs are smallest and largest.
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
}

impl Packing {
    /// Checks the ranges of the file.
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        match self {
            Self::Sacks(form) => form.ranges(),
            Self::BigBags(form) => form.ranges(),
            Self::Tyres(form) => form.ranges(),
            Self::Cartons(form) => form.ranges(),
            Self::Coils(form) => form.ranges(),
            Self::Appliances(form) => form.ranges(),
            Self::Bottles(form) => form.ranges(),
            Self::Boards(form) => form.ranges(),
        }
        .into_iter()
        .filter(|(_, range)| !(range[0] > 0.0 && range[1] >= range[0] && range[1] < 1.0e5))
        .map(|(key, range)| (key.to_owned(), format!("0 < low ≤ high, got {range:?}")))
        .collect()
    }

    /// The materials it names.
    pub(crate) fn materials(&self) -> Vec<&str> {
        match self {
            Self::Sacks(form) => vec![&form.material],
            Self::BigBags(form) => vec![&form.material],
            Self::Cartons(form) => vec![&form.material],
            Self::Boards(form) => vec![&form.material],
            Self::Bottles(form) => vec![&form.liquid],
            Self::Coils(form) => vec![&form.material],
            Self::Tyres(_) | Self::Appliances(_) => vec![],
        }
    }

    /// Stows goods into a bay.
    pub(crate) fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        match self {
            Self::Sacks(form) => form.stow(bay),
            Self::BigBags(form) => form.stow(bay),
            Self::Tyres(form) => form.stow(bay),
            Self::Cartons(form) => form.stow(bay),
            Self::Coils(form) => form.stow(bay),
            Self::Appliances(form) => form.stow(bay),
            Self::Bottles(form) => form.stow(bay),
            Self::Boards(form) => form.stow(bay),
        }
    }
}
