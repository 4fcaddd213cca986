use std::collections::BTreeSet;

use pellucid_core::{ContainerType, IsoSize, TamperingKind};

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::EMPTY;
use crate::loading::{LoadDraws, Loading};
use crate::loads::TANK_KG;
use crate::lot::Lot;
use crate::object::ObjectRecipe;
use crate::recipe::{Conveyance, Recipe};
use crate::scanner::Scanner;
use crate::scene::Scene;
use crate::structure::{ContainerBox, ContainerPlan, Fit};
use crate::tampering::{Concealed, Tamper};

/// Value of undeclared goods in the `item` raster.
pub(crate) const MASK_ID: u16 = 1000;

/// A container with what is really in it.
#[derive(Debug, Clone)]
pub(crate) struct LoadedBox {
    /// Its place in the recipe; in the picture boxes stand from left to right.
    pub(crate) index: usize,
    pub(crate) container: ContainerBox,
    pub(crate) lots: Vec<Lot>,
    pub(crate) concealed: Vec<Concealed>,
    /// What its goods drew: what others in their place would have.
    pub(crate) draws: LoadDraws,
}

impl LoadedBox {
    /// Kilograms of all that is in it, goods and what is hidden.
    pub(crate) fn real_kg(&self) -> f64 {
        self.lots.iter().map(|lot| lot.gross_kg).sum::<f64>()
            + self.concealed.iter().map(|hidden| hidden.mass_kg).sum::<f64>()
    }
}

/// A scene ready to be rendered.
#[derive(Debug, Clone)]
pub(crate) struct Staged {
    pub(crate) scene: Scene,
    pub(crate) boxes: Vec<LoadedBox>,
    pub(crate) width_mm: f64,
}

/// Most that a container may carry, kg.
pub(crate) fn payload_kg(size: IsoSize, container_type: ContainerType) -> f64 {
    if container_type == ContainerType::Tank {
        return TANK_KG;
    }
    match size {
        IsoSize::Twenty => 27_800.0,
        IsoSize::Forty => 26_500.0,
        IsoSize::FortyHigh => 26_300.0,
        IsoSize::FortyFiveHigh => 25_600.0,
    }
}

/// Lines of the goods of a recipe: each heading has one, however many containers hold it.
pub(crate) fn lines(recipe: &Recipe) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    for (i, container) in recipe.containers.iter().enumerate() {
        // Parcels have lines of their own, after these.
        let pool = container.consolidated.is_some();
        let replaced = recipe
            .tampering
            .as_ref()
            .filter(|t| t.container == i && matches!(t.kind, TamperingKind::Substitution | TamperingKind::Empty))
            .and_then(|t| t.declared.as_deref());
        let headings: Vec<&str> = match replaced {
            Some(declared) => vec![declared],
            None if pool => Vec::new(),
            None => {
                let loaded = container.headings.iter().map(String::as_str).filter(|h| *h != EMPTY);
                loaded.chain(container.objects.iter().filter_map(ObjectRecipe::declared)).collect()
            }
        };
        for heading in headings {
            if !lines.contains(&heading) {
                lines.push(heading);
            }
        }
    }
    lines
}

/// What a recipe's boxes share with the others of their declaration.
#[derive(Debug, Clone)]
pub(crate) struct Lading<'a> {
    /// Lines of goods by heading.
    pub(crate) lines: Vec<&'a str>,
    /// Value in the `item` raster of the first line of parcels, which come after those.
    pub(crate) first_parcel: u16,
    /// Seed of the goods of a lot: all its boxes hold the same.
    pub(crate) lot: Option<u64>,
}

impl<'a> Lading<'a> {
    /// A recipe that is a shipment by itself.
    pub(crate) fn of(recipe: &'a Recipe) -> Self {
        let lines = lines(recipe);
        Self { first_parcel: lines.len() as u16 + 1, lines, lot: None }
    }
}

/// Builds the scene of a recipe: a pure function of recipe, scanner and seed.
pub(crate) fn stage(recipe: &Recipe, scanner: &Scanner, seed: u64) -> Result<Staged, PhantomError> {
    stage_of(recipe, scanner, seed, &Lading::of(recipe))
}

/// Builds the scene of a recipe whose boxes are part of a larger shipment.
pub(crate) fn stage_of(
    recipe: &Recipe,
    scanner: &Scanner,
    seed: u64,
    lading: &Lading<'_>,
) -> Result<Staged, PhantomError> {
    let mut dice = Dice::new(seed, "stage");
    let mut scene = Scene::default();
    let near = scanner.fan.source_to_near_wall_mm + (45.0 * dice.normal()).clamp(-110.0, 110.0);
    let middle = near + 1219.0;
    let margin = dice.between(250.0, 700.0);
    let gap = dice.between(70.0, 140.0);
    let is_truck = recipe.conveyance == Conveyance::Truck;
    let sizes: Vec<_> = recipe.containers.iter().map(|c| (c.size, c.container_type)).collect();
    let load_mm = sizes.iter().map(|(size, _)| size.external_length_mm() + gap).sum::<f64>() - gap;
    let vehicle = recipe.vehicle.unwrap_or_default().settle(is_truck, &sizes, load_mm, seed);
    let deck = vehicle.deck_mm;
    let lead = match recipe.conveyance {
        Conveyance::Box => margin,
        _ => margin + vehicle.reach_mm() + vehicle.before_mm,
    };
    let mut ends = Vec::with_capacity(sizes.len());
    let mut x = lead;
    for (size, _) in &sizes {
        ends.push(([x, x + size.external_length_mm()], *size));
        x += size.external_length_mm() + gap;
    }
    let load_end = lead + load_mm;
    vehicle.build(&mut scene, &ends, middle, seed)?;
    let width_mm = match recipe.conveyance {
        Conveyance::Box => load_end + dice.between(250.0, 700.0),
        _ => load_end + vehicle.behind_mm + dice.between(200.0, 600.0),
    };

    let mut lading = lading.clone();
    let mut boxes = Vec::with_capacity(recipe.containers.len());
    for (i, (container, ([x_mm, _], _))) in recipe.containers.iter().zip(&ends).enumerate() {
        let mut dice = Dice::stream(seed, "container", i as u64);
        let plan = ContainerPlan {
            size: container.size,
            container_type: container.container_type,
            x_mm: *x_mm,
            y_mm: deck,
            z_mm: near,
        };
        let fit = Fit {
            storage_doors: container.fitted_out(seed, i).map(|(_, doors)| doors),
            is_on_gooseneck: vehicle.is_on_gooseneck(),
        };
        let built = plan.build_as(&mut scene, &mut dice, &fit)?;
        let tampering = recipe.tampering.as_ref().filter(|t| t.container == i);
        let loading = Loading { recipe, index: i, tampering, lading: &lading, seed };
        let loaded = loading.load(&mut scene, built)?;
        let parcels = loaded.lots.iter().filter(|lot| (lading.first_parcel..MASK_ID).contains(&lot.item)).count();
        lading.first_parcel += parcels as u16;
        boxes.push(loaded);
    }
    if let Some(tampering) = recipe.tampering.as_ref().filter(|t| t.kind == TamperingKind::VehicleHide)
        && let Some(loaded) = boxes.get_mut(tampering.container)
    {
        let tamper = Tamper { tampering, container: loaded.container, seed, file: &recipe.name };
        loaded.concealed = tamper.hide_in_vehicle(&mut scene, recipe.conveyance)?;
    }
    close_up(&mut scene, &mut boxes);
    if dice.chance(0.5) {
        scene.mirror(width_mm);
        for loaded in &mut boxes {
            let corners = [&mut loaded.container.outside, &mut loaded.container.inside];
            let lots = loaded.lots.iter_mut().map(|lot| &mut lot.corners);
            let hidden = loaded.concealed.iter_mut().map(|c| &mut c.corners);
            for [a, b] in corners.into_iter().chain(lots).chain(hidden) {
                (a[0], b[0]) = (width_mm - b[0], width_mm - a[0]);
            }
        }
        boxes.reverse();
    }
    Ok(Staged { scene, boxes, width_mm })
}

/// Gives what is not declared the values from [`MASK_ID`] on without gaps, in their order.
fn close_up(scene: &mut Scene, boxes: &mut [LoadedBox]) {
    let lots = boxes.iter().flat_map(|loaded| loaded.lots.iter().map(|lot| lot.item));
    let hidden = boxes.iter().flat_map(|loaded| loaded.concealed.iter().map(|hidden| hidden.item));
    let used: BTreeSet<u16> = lots.chain(hidden).filter(|item| *item >= MASK_ID).collect();
    let closed =
        |item: u16| used.iter().position(|used| *used == item).map_or(item, |position| MASK_ID + position as u16);
    for solid in scene.solids.iter_mut().filter(|solid| solid.item >= MASK_ID) {
        solid.item = closed(solid.item);
    }
    for loaded in boxes {
        loaded.lots.iter_mut().for_each(|lot| lot.item = closed(lot.item));
        loaded.concealed.iter_mut().for_each(|hidden| hidden.item = closed(hidden.item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fan::Fan;
    use crate::goods::Goods;
    use crate::projection::Projector;
    use crate::recipe::{ContainerRecipe, Family};
    use crate::scene::component;
    use crate::structure::vessel_in;

    /// Everything inside and of the containers weighs along the rays what its solids weigh.
    #[test]
    fn whole_loads_weigh_what_their_rays_weigh() {
        // Loads of every heading are weighed in `loads`.
        for heading in Goods::known().unwrap().iter().map(|g| g.heading.as_str()).chain([EMPTY]) {
            let mut recipe = Recipe::random(3, Family::Honest).unwrap();
            recipe.containers.truncate(1);
            recipe.containers[0].headings = vec![heading.to_owned()];
            let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
            let staged = stage(&recipe, &scanner, 3).unwrap();
            let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
            let columns = (staged.width_mm / 12.0).ceil() as usize;
            let projector = Projector::new(&staged.scene, &fan, columns, 12.0);
            let is_box = |c: u8| [component::CONTAINER, component::CARGO, component::PACKAGING].contains(&c);
            let real = staged.scene.mass_of_kg(|s| is_box(s.component));
            let traced = projector.traced_mass_kg(|i| is_box(staged.scene.solids[i as usize].component));
            assert!((traced / real - 1.0).abs() < 0.005, "{heading}: traced {traced:.1} kg, real {real:.1} kg");
            let tare = staged.boxes[0].container.tare_kg;
            let typical = staged.boxes[0].container.size.typical_tare_kg();
            assert!((tare / typical - 1.0).abs() < 0.2, "tare {tare:.0} kg, typical {typical:.0} kg");
            let goods: f64 = staged.boxes[0].lots.iter().map(|l| l.gross_kg).sum();
            assert!(
                goods <= payload_kg(recipe.containers[0].size, ContainerType::Dry) * 1.05,
                "{heading}: {goods:.0} kg"
            );
        }
    }

    /// Every liquid in its tank: within half a percent along its rays, above the level that would surge, below the brim.
    #[test]
    fn liquids_in_tanks_weigh_what_their_rays_weigh() {
        let poured: Vec<&Goods> = Goods::all().unwrap().iter().filter(|goods| goods.is_poured()).collect();
        assert!(poured.len() >= 8, "{}", poured.len());
        for (seed, goods) in poured.into_iter().enumerate() {
            let mut recipe = Recipe::random(3, Family::Honest).unwrap();
            let container = ContainerRecipe::dry(IsoSize::Twenty, goods.heading.clone(), [0.8, 1.0]);
            recipe.containers = vec![ContainerRecipe { container_type: ContainerType::Tank, ..container }];
            let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
            let staged = stage(&recipe, &scanner, seed as u64).unwrap();
            let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
            let columns = (staged.width_mm / 12.0).ceil() as usize;
            let lot = &staged.boxes[0].lots[0];
            let is_liquid = |i: u32| staged.scene.solids[i as usize].component == component::CARGO;
            let traced = Projector::new(&staged.scene, &fan, columns, 12.0).traced_mass_kg(is_liquid);
            let off = traced / lot.gross_kg - 1.0;
            assert!(off.abs() < 0.005, "{}: traced {traced:.1} kg, real {:.1} kg", goods.heading, lot.gross_kg);
            let inside = staged.boxes[0].container.inside;
            let room_m3 = vessel_in(inside, f64::INFINITY).volume_mm3() * 1e-9;
            let liquid = staged.scene.solids.iter().find(|solid| solid.component == component::CARGO).unwrap();
            let share = liquid.shape.volume_mm3() * 1e-9 / room_m3;
            println!("{}: {:.0} kg, {:.1} % of {room_m3:.2} m3", goods.heading, lot.gross_kg, 100.0 * share);
            assert!((0.799..=0.971).contains(&share) && lot.gross_kg <= 26_001.0, "{}: {share}", goods.heading);
            assert!((18.0..=22.0).contains(&room_m3), "{room_m3}");
        }
    }

    #[test]
    fn goods_stay_inside_the_box() {
        for seed in 0..12 {
            let recipe = Recipe::random(seed, Family::Honest).unwrap();
            let staged = stage(&recipe, &Scanner::preset("gantry_6").unwrap(), seed).unwrap();
            for loaded in &staged.boxes {
                let [low, high] = loaded.container.inside;
                for lot in &loaded.lots {
                    for d in 0..3 {
                        let outside = (low[d] - lot.corners[0][d]).max(lot.corners[1][d] - high[d]);
                        assert!(outside < 25.0, "{} seed {seed}: {outside:.0} mm beyond side {d}", recipe.name);
                    }
                }
            }
        }
    }
}
