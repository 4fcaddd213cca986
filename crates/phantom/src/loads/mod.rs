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
mod sacks;
mod slabs;
mod stow;
mod tyres;
mod vehicles;
mod wall;

use serde::Deserialize;

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::packings::Packings;
use crate::scene::Scene;

pub(crate) use dunnage::{brace, leave, leave_behind};
pub(crate) use faults::Faults;
pub(crate) use mixed::{Carton, Parcels, by_item, is_parcelled, stow_mixed};

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
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::clashes::clashes;
    use crate::fan::Fan;
    use crate::goods::Goods;
    use crate::projection::Projector;
    use crate::scanner::Scanner;

    /// Insides of a 20 ft dry box and a 40 ft high cube, and what they may carry.
    const BOXES: [([f64; 3], f64); 2] =
        [([5898.0, 2390.0, 2350.0], 27_800.0), ([12_032.0, 2695.0, 2350.0], 26_300.0)];

    fn check(
        goods: &Goods,
        index: usize,
        seed: u64,
        size: [f64; 3],
        payload_kg: f64,
    ) -> Result<(String, f64), String> {
        let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        let mut scene = Scene::default();
        let low = [400.0, 1300.0, 3000.0];
        let space = [low, [0, 1, 2].map(|d| low[d] + size[d])];
        let dice = Dice::stream(seed, "goods", index as u64);
        let mut bay = Bay { scene: &mut scene, dice, space, payload_kg, fill: 0.93, item: 1, plan: Plan::default() };
        let name = format!("{} packing[{index}], {} m, seed {seed}", goods.heading, size[0] / 1000.0);
        let stowed = goods.packing[index].form().stow(&mut bay).map_err(|error| format!("{name}: {error}"))?;
        let real = scene.mass_kg();
        let mut faults = Vec::new();
        let mut fault = |is_fault: bool, text: String| {
            if is_fault {
                faults.push(text);
            }
        };
        for solid in &scene.solids {
            let (min, max) = solid.shape.bounds();
            let out = (0..3).map(|d| (space[0][d] - min[d]).max(max[d] - space[1][d])).fold(0.0, f64::max);
            fault(out > 25.0, format!("{out:.0} mm outside: {:?}", solid.shape));
            fault((0..3).any(|d| max[d] <= min[d]), format!("no size: {:?}", solid.shape));
        }
        let (share, pair) = clashes(&scene, &mut Dice::new(seed, "points"));
        // Sacks and tyres give way to each other, which pillows and cylinders cannot; long boards overhang a little, and the
        // tubes of a motorcycle run through its engine.
        let most = match goods.packing[index] {
            Packing::Sacks(_) | Packing::Tyres(_) => 0.3,
            Packing::Boards(_) | Packing::Vehicles(_) => 0.05,
            _ => 0.01,
        };
        fault(share > most, format!("{:.1} % of points lie in two: {pair}", 100.0 * share));
        let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
        let columns = ((space[1][0] + 400.0) / 12.0).ceil() as usize;
        let traced = Projector::new(&scene, &fan, columns, 12.0).traced_mass_kg(|_| true);
        let error = traced / real - 1.0;
        fault(real > payload_kg * 1.06, format!("{real:.0} kg"));
        fault(stowed.packages == 0 || stowed.pieces == 0, "nothing stowed".to_owned());
        let solids = scene.len();
        fault(solids > 150_000, format!("{solids} solids"));
        let area = size[0] * size[1] * 1e-2;
        let text = format!(
            "{name}: {real:.0} kg in {} packages, {} pieces, {solids} solids, {:.0} g/cm2",
            stowed.packages,
            stowed.pieces,
            real * 1000.0 / area
        );
        if faults.is_empty() {
            Ok((text, error))
        } else {
            Err(format!("{text}: {}", faults[..faults.len().min(2)].join("; ")))
        }
    }

    /// Every way of packing, in a small and a large box by turns: inside it, not above its payload, and as heavy as its rays say.
    #[test]
    fn every_packing_of_all_goods_stows_and_weighs_right() {
        let all = Goods::all().unwrap();
        let cases: Vec<_> = all
            .iter()
            .flat_map(|goods| (0..goods.packing.len()).map(move |i| (goods, i)))
            .zip(BOXES.into_iter().cycle())
            .map(|((goods, i), load)| (goods, i, load))
            .collect();
        let results: Vec<Result<(String, f64), String>> = cases
            .par_iter()
            .enumerate()
            .map(|(k, (goods, i, load))| {
                // What is too long or too high for one of them goes into the other.
                let other = BOXES.iter().find(|other| *other != load);
                let checked = |(size, payload): &([f64; 3], f64)| check(goods, *i, k as u64, *size, *payload);
                checked(load).or_else(|fault| match other {
                    Some(other) if fault.contains(" needs ") => checked(other),
                    _ => Err(fault),
                })
            })
            .collect();
        let faults: Vec<&String> = results.iter().filter_map(|r| r.as_ref().err()).collect();
        let errors: Vec<f64> = results.iter().flatten().map(|(_, error)| error.abs()).collect();
        for (text, _) in results.iter().flatten() {
            println!("{text}");
        }
        for text in &faults {
            println!("FAULT {text}");
        }
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let off: Vec<String> = results
            .iter()
            .flatten()
            .filter(|(_, error)| error.abs() > 0.005)
            .map(|(text, error)| format!("{:+.2} % {text}", 100.0 * error))
            .collect();
        println!(
            "{} loads; traced mass is off by {:.2} % in the mean, by more than 0.5 % in {}: {off:#?}",
            results.len(),
            100.0 * mean,
            off.len()
        );
        assert!(mean < 0.0005 && off.is_empty(), "traced mass: {mean} in the mean, {off:#?}");
        assert!(faults.is_empty(), "{} of {} are faulty, the first: {}", faults.len(), results.len(), faults[0]);
    }

    /// Boxes of parcels: nothing in two cartons, nothing outside, as heavy as its rays say, some cartons much heavier than others.
    #[test]
    fn mixed_cartons_stand_apart_and_weigh_right() {
        for (seed, (size, payload_kg)) in BOXES.into_iter().enumerate() {
            let mut scene = Scene::default();
            let low = [400.0, 1300.0, 3000.0];
            let space = [low, [0, 1, 2].map(|d| low[d] + size[d])];
            let dice = Dice::stream(seed as u64, "parcels", 0);
            let bay = Bay { scene: &mut scene, dice, space, payload_kg, fill: 0.95, item: 1, plan: Plan::default() };
            let (lots, _) = crate::consolidated::Consolidated { lines: [90, 260] }.load(bay, &[], "x").unwrap();
            let packages: usize = lots.iter().map(|lot| lot.packages).sum();
            let gross_kg: f64 = lots.iter().map(|lot| lot.gross_kg).sum();
            println!("{} lines, {packages} cartons, {} solids, {gross_kg:.0} kg", lots.len(), scene.len());
            assert!((gross_kg / scene.mass_kg() - 1.0).abs() < 1e-9 && gross_kg < 1.03 * payload_kg, "{gross_kg}");
            for solid in &scene.solids {
                let (min, max) = solid.shape.bounds();
                assert!(
                    (0..3).all(|d| min[d] > space[0][d] - 0.1 && max[d] < space[1][d] + 0.1),
                    "{:?}",
                    solid.shape
                );
            }
            let (share, pair) = clashes(&scene, &mut Dice::new(seed as u64, "points"));
            assert!(share == 0.0, "{share}: {pair}");
            let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
            let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
            let columns = ((space[1][0] + 400.0) / 12.0).ceil() as usize;
            let traced = Projector::new(&scene, &fan, columns, 12.0).traced_mass_kg(|_| true);
            assert!((traced / gross_kg - 1.0).abs() < 0.005, "traced {traced} of {gross_kg}");
            let carton_kg = lots.iter().map(|lot| lot.gross_kg / lot.packages as f64);
            let (light, heavy) = carton_kg.fold((f64::MAX, 0.0_f64), |(a, b), d| (a.min(d), b.max(d)));
            assert!(heavy > 4.0 * light, "cartons of {light} to {heavy} kg");
            // Most of the room is used.
            let end = lots.iter().map(|lot| lot.corners[1][0]).fold(0.0, f64::max);
            assert!(end > space[0][0] + 0.6 * size[0], "{end}");
        }
    }
}
