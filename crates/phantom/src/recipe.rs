use pellucid_core::{ContainerType, IsoSize, TamperingKind};
use serde::{Deserialize, Serialize};

use crate::across::Across;
use crate::consolidated::Consolidated;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::loads::SURGING;
use crate::object::{ObjectRecipe, check_objects};
use crate::packings::{PackingSet, Packings};
use crate::papers::Papers;
use crate::structure::{Body, Storage, StorageDoors, StorageRacks, Vehicle};
use crate::tampering::{self, TamperingRecipe};

pub use crate::family::Family;

/// What travels through the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conveyance {
    /// Tractor, chassis and containers.
    Truck,
    /// Chassis and containers.
    Trailer,
    /// The containers with a margin; the chassis runs out of the picture.
    Box,
}

/// One container of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerRecipe {
    /// Size, as the code of a dry box.
    pub size: IsoSize,
    /// Type; dry when absent.
    #[serde(default, skip_serializing_if = "is_dry")]
    pub container_type: ContainerType,
    /// Headings really loaded, from the front wall to the doors; `["empty"]` for none.
    pub headings: Vec<String>,
    /// Share of what fits or may be carried, smallest and largest.
    #[serde(default = "full")]
    pub fill: [f64; 2],
    /// Where goods stand across the box; over its whole width when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across: Option<Across>,
    /// What the box is, where it is more than its type says; headings are then what it is declared as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// How a battery-storage container is fitted out; drawn where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// Solids that are placed as said, besides goods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<ObjectRecipe>,
    /// Parcels of many lines in place of goods of one to three headings; `headings` then names those that they are drawn from, or
    /// none for all that come in cartons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consolidated: Option<Consolidated>,
    /// Which ways of packing its goods may have; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packings: Option<Packings>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_dry(container_type: &ContainerType) -> bool {
    *container_type == ContainerType::Dry
}

fn full() -> [f64; 2] {
    [0.8, 1.0]
}

impl ContainerRecipe {
    /// A dry box with goods of one heading over its whole width.
    pub fn dry(size: IsoSize, heading: impl Into<String>, fill: [f64; 2]) -> Self {
        Self {
            size,
            container_type: ContainerType::Dry,
            headings: vec![heading.into()],
            fill,
            across: None,
            objects: Vec::new(),
            body: None,
            storage: None,
            consolidated: None,
            packings: None,
        }
    }

    /// The same, of ways of packing that the shipped models and library know.
    pub fn known(size: IsoSize, heading: impl Into<String>, fill: [f64; 2]) -> Self {
        Self { packings: Some(Packings::of(PackingSet::Known)), ..Self::dry(size, heading, fill) }
    }

    /// Racks and doors of a battery-storage container, the `index`-th of a recipe; `None` for any other.
    pub(crate) fn fitted_out(&self, seed: u64, index: usize) -> Option<(StorageRacks, StorageDoors)> {
        self.body?;
        Some(self.storage.unwrap_or_default().settled(&mut Dice::stream(seed, "battery storage", index as u64)))
    }

    /// Refuses what cannot be in a tank; `key` is that of the container.
    fn check_tank(&self, file: &str, key: &str) -> Result<(), PhantomError> {
        let refuse = |name: &str, reason: String| Err(PhantomError::value(file, format!("{key}.{name}"), reason));
        let parts = [
            ("across", self.across.is_some()),
            ("consolidated", self.consolidated.is_some()),
            ("packings", self.packings.is_some()),
        ];
        if let Some((part, _)) = parts.into_iter().find(|(_, is_set)| *is_set) {
            return refuse(part, "a tank holds one liquid or nothing".to_owned());
        }
        let [heading] = self.headings.as_slice() else {
            return refuse("headings", format!("one, as a tank holds one liquid, got {}", self.headings.len()));
        };
        if heading == EMPTY {
            return Ok(());
        }
        Goods::in_tank(heading, file, &format!("{key}.headings[0]"))?;
        let [low, high] = self.fill;
        let [least, most] = SURGING;
        if high > least && low < most {
            let reason = format!(
                "a tank without baffles travels at most {least} or at least {most} full, got {:?}",
                self.fill
            );
            return refuse("fill", reason);
        }
        Ok(())
    }

    /// Which key asks for what no battery-storage container is, and why.
    fn body_fault(&self) -> Option<(&'static str, &'static str)> {
        match (self.body, self.storage) {
            (None, None) => None,
            (None, Some(_)) => Some(("storage", "is for body = \"battery_storage\"")),
            (Some(Body::BatteryStorage), _) if self.container_type != ContainerType::Dry => {
                Some(("body", "a battery-storage container is of type \"dry\""))
            }
            (Some(Body::BatteryStorage), _) if self.size == IsoSize::FortyFiveHigh => {
                Some(("body", "battery-storage containers are built of 20 and 40 ft"))
            }
            (Some(Body::BatteryStorage), _) if self.headings != ["8507"] => {
                Some(("headings", "a battery-storage container is one unit of [\"8507\"]"))
            }
            (Some(Body::BatteryStorage), _) if self.across.is_some() => {
                Some(("across", "racks stand along both sides of a battery-storage container"))
            }
            (Some(Body::BatteryStorage), _) => None,
        }
    }
}

/// A scene in words: everything else is drawn from the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name.
    pub name: String,
    /// Scanner preset it is meant for.
    pub scanner: String,
    /// Seed it is meant for; 0 when any will do.
    #[serde(default)]
    pub seed: u64,
    /// What travels through the lane.
    pub conveyance: Conveyance,
    /// One container, or two of 20 ft.
    pub containers: Vec<ContainerRecipe>,
    /// Tampering; none when honest.
    #[serde(default)]
    pub tampering: Option<TamperingRecipe>,
    /// Whether the scan is given as vendor grey of 8 bits.
    #[serde(default)]
    pub processed: bool,
    /// What carries the containers, where more is said than [`Recipe::conveyance`] does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<Vehicle>,
    /// How the declaration is written; a full import declaration of general trade when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub papers: Option<Papers>,
}

/// Kilograms concealed when a recipe does not say.
pub(crate) const CONCEALED_KG: f64 = 25.0;
/// Excess when a recipe does not say.
pub(crate) const EXCESS: [f64; 2] = [0.27, 0.6];

impl Recipe {
    /// A recipe from TOML; `file` names it in errors.
    ///
    /// # Errors
    /// The text is not such a TOML file, or asks for something impossible.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, PhantomError> {
        let recipe: Self = toml::from_str(text)
            .map_err(|source| PhantomError::Toml { file: file.to_owned(), source: Box::new(source) })?;
        recipe.validate(file)?;
        Ok(recipe)
    }

    /// A random recipe of a family, the same for the same seed.
    ///
    /// # Errors
    /// One of the embedded goods files is faulty.
    pub fn random(seed: u64, family: Family) -> Result<Self, PhantomError> {
        let mut dice = Dice::new(seed, "recipe");
        let goods = Goods::known()?;
        let draw = |dice: &mut Dice, is_fit: &dyn Fn(&Goods) -> bool| -> String {
            let fit: Vec<&Goods> = goods.iter().copied().filter(|g| is_fit(g)).collect();
            dice.pick(&fit).map_or_else(|| EMPTY.to_owned(), |g| g.heading.clone())
        };
        let heading = match family {
            Family::Empty => EMPTY.to_owned(),
            Family::Honest if dice.chance(1.0 / 9.0) => EMPTY.to_owned(),
            Family::ConcealedOrganic => draw(&mut dice, &|g| g.heading == "6109" || g.heading == "8418"),
            _ => draw(&mut dice, &|_| true),
        };
        let is_heavy = ["0901", "7208", "2204", "1202"].contains(&heading.as_str());
        let size = match dice.unit() {
            u if u < if is_heavy { 0.8 } else { 0.45 } => IsoSize::Twenty,
            u if u < 0.88 => IsoSize::Forty,
            _ => IsoSize::FortyHigh,
        };
        let conveyance = match dice.unit() {
            u if u < 0.5 => Conveyance::Truck,
            u if u < 0.75 => Conveyance::Trailer,
            _ => Conveyance::Box,
        };
        let fill = [0.72, 1.0];
        let mut containers = vec![ContainerRecipe::known(size, heading.clone(), fill)];
        if size == IsoSize::Twenty && dice.chance(0.15) {
            let second = if dice.chance(0.3) { EMPTY.to_owned() } else { heading.clone() };
            containers.push(ContainerRecipe::known(size, second, fill));
        }
        let other = draw(&mut dice, &|g| g.heading != heading);
        let conveyance = if family == Family::VehicleHide { Conveyance::Truck } else { conveyance };
        if family == Family::ReeferHide {
            // What travels cold.
            containers.truncate(1);
            containers[0] = ContainerRecipe {
                container_type: ContainerType::Reefer,
                ..ContainerRecipe::known(
                    containers[0].size,
                    if seed.is_multiple_of(2) { "0303" } else { "0202" },
                    fill,
                )
            };
        }
        let tampering = family.tampering().map(TamperingRecipe::of);
        let tampering = tampering.map(|mut tampering| {
            match tampering.kind {
                TamperingKind::Substitution | TamperingKind::Empty => tampering.declared = Some(other),
                TamperingKind::ConcealedGoods => tampering.heading = Some(other),
                _ => {}
            }
            tampering
        });
        Ok(Self {
            name: format!("{}_{heading}", family.as_str()),
            scanner: if dice.chance(0.85) { "relocatable_6_3p5" } else { "gantry_6" }.to_owned(),
            seed,
            conveyance,
            containers,
            tampering,
            processed: false,
            vehicle: None,
            papers: None,
        })
    }

    /// Refuses what cannot be.
    ///
    /// # Errors
    /// The first fault, with file, key and reason.
    pub fn validate(&self, file: &str) -> Result<(), PhantomError> {
        let refuse = |key: String, reason: String| Err(PhantomError::value(file, key, reason));
        if self.containers.is_empty() || self.containers.len() > 2 {
            return refuse("containers".into(), format!("one, or two of 20 ft, got {}", self.containers.len()));
        }
        for (i, container) in self.containers.iter().enumerate() {
            let key = format!("containers[{i}]");
            if self.containers.len() == 2 && container.size != IsoSize::Twenty {
                return refuse(format!("{key}.size"), "two containers must both be of 20 ft".into());
            }
            if container.container_type == ContainerType::Tank {
                if container.size != IsoSize::Twenty {
                    return refuse(format!("{key}.container_type"), "tanks are built as 20 ft only".into());
                }
                container.check_tank(file, &key)?;
            }
            if let Some((part, reason)) = container.body_fault() {
                return refuse(format!("{key}.{part}"), reason.into());
            }
            let [low, high] = container.fill;
            if !(low > 0.0 && high >= low) {
                return refuse(format!("{key}.fill"), format!("0 < low ≤ high, got {:?}", container.fill));
            }
            if high > 1.0 {
                return refuse(format!("{key}.fill"), format!("overfull: at most 1, got {high}"));
            }
            if let Some(across) = container.across
                && !(Across::LEAST..=1.0).contains(&across.share)
            {
                return refuse(
                    format!("{key}.across.share"),
                    format!("{} to 1, got {}", Across::LEAST, across.share),
                );
            }
            if let Some(packings) = &container.packings {
                packings.validate(file, &key)?;
            }
            if let Some(consolidated) = container.consolidated {
                consolidated.validate(file, &key, &container.headings)?;
                continue;
            }
            if container.headings.is_empty() || container.headings.len() > 3 {
                return refuse(format!("{key}.headings"), format!("one to three, got {}", container.headings.len()));
            }
            for (j, heading) in container.headings.iter().enumerate() {
                if heading == EMPTY && container.headings.len() == 1 {
                    continue;
                }
                Goods::of(heading, file, &format!("{key}.headings[{j}]"))?;
            }
            check_objects(container, file, &key)?;
        }
        let boxes: Vec<_> = self.containers.iter().map(|c| (c.size, c.container_type)).collect();
        let is_truck = self.conveyance == Conveyance::Truck;
        if let Some((key, reason)) = self.vehicle.and_then(|vehicle| vehicle.fault(is_truck, &boxes)) {
            return refuse(format!("vehicle.{key}"), reason);
        }
        if let Some(papers) = &self.papers {
            papers.validate(file, self)?;
        }
        match &self.tampering {
            Some(tampering) => tampering::validate(self, file, tampering),
            None => Ok(()),
        }
    }
}
