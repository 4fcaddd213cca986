use serde::Deserialize;

use super::Bay;
use super::faults::Faults;
use crate::error::PhantomError;
use crate::scene::Substance;

/// A material at a density: its own where none is given.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filling {
    material: String,
    /// Density of the packed goods, g/cm³.
    density: Option<[f64; 2]>,
}

impl Filling {
    pub(super) fn new(material: &str, density: Option<[f64; 2]>) -> Self {
        Self { material: material.to_owned(), density }
    }

    pub(super) fn faults(&self) -> Faults {
        Faults::default().packed("", &self.material, self.density)
    }

    /// As one shipment has it.
    pub(super) fn draw(&self, bay: &mut Bay<'_>) -> Result<Substance, PhantomError> {
        let density = self.density.map(|range| bay.dice.within(range));
        bay.scene.substance(&self.material, density)
    }
}

/// What surrounds something: board, sheet, glass, planks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wall {
    material: String,
    /// Its thickness.
    pub(super) mm: [f64; 2],
    /// Density, g/cm³: below its own where it is corrugated or has gaps.
    density: Option<[f64; 2]>,
}

impl Wall {
    pub(super) fn faults(&self) -> Faults {
        Faults::default().range("mm", self.mm).packed("", &self.material, self.density)
    }

    /// Whether it is of corrugated board.
    pub(super) fn is_board(&self) -> bool {
        self.material == "cardboard"
    }

    /// Substance and thickness in mm of one shipment.
    pub(super) fn draw(&self, bay: &mut Bay<'_>) -> Result<(Substance, f64), PhantomError> {
        let density = self.density.map(|range| bay.dice.within(range));
        Ok((bay.scene.substance(&self.material, density)?, bay.dice.within(self.mm)))
    }
}

/// Goods of several materials, each package or place of one of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portion {
    material: String,
    density: [f64; 2],
    /// How much of the whole is of it, against the others.
    share: f64,
}

/// Faults of a mixture.
pub(super) fn mix_faults(mix: &[Portion]) -> Faults {
    let faults = Faults::default().unless(!mix.is_empty(), "mix", "at least one material is required");
    mix.iter().enumerate().fold(faults, |faults, (i, portion)| {
        let one = Faults::default().packed("", &portion.material, Some(portion.density)).unless(
            portion.share > 0.0 && portion.share.is_finite(),
            "share",
            "it must lie above 0",
        );
        faults.part(&format!("mix[{i}]"), one)
    })
}

/// A mixture as one shipment has it: substances with cumulative shares.
#[derive(Debug, Clone)]
pub(super) struct Mixed(Vec<(Substance, f64)>);

impl Mixed {
    pub(super) fn draw(mix: &[Portion], bay: &mut Bay<'_>) -> Result<Self, PhantomError> {
        let whole: f64 = mix.iter().map(|portion| portion.share).sum();
        let mut sum = 0.0;
        let substances = mix.iter().map(|portion| {
            sum += portion.share / whole;
            let density = bay.dice.within(portion.density);
            Ok((bay.scene.substance(&portion.material, Some(density))?, sum))
        });
        Ok(Self(substances.collect::<Result<_, PhantomError>>()?))
    }

    /// Of one substance.
    pub(super) fn of(substance: Substance) -> Self {
        Self(vec![(substance, 1.0)])
    }

    /// One of them, by share.
    pub(super) fn pick(&self, unit: f64) -> Substance {
        let found = self.0.iter().find(|(_, sum)| unit < *sum).or(self.0.last());
        found.map_or(Substance { slot: 0, density: 0.0 }, |(substance, _)| *substance)
    }

    /// Mean density, g/cm³.
    pub(super) fn density(&self) -> f64 {
        let mut before = 0.0;
        let parts =
            self.0.iter().map(|(substance, sum)| substance.density * (sum - std::mem::replace(&mut before, *sum)));
        parts.sum()
    }
}
