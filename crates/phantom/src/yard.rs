use pellucid_core::{IsoSize, TamperingKind};

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::loads::{Bay, Hide, Plan, brace, leave_behind};
use crate::recipe::{CONCEALED_KG, Conveyance, Recipe, TamperingRecipe};
use crate::scanner::Scanner;
use crate::scene::{Scene, component};
use crate::shape::Shape;
use crate::structure::{ChassisPlan, ContainerBox, ContainerPlan, add_tractor};

/// Value of undeclared goods in the `item` raster.
pub(crate) const MASK_ID: u16 = 1000;

/// Goods of one heading in one container, as really loaded.
#[derive(Debug, Clone)]
pub(crate) struct Lot {
    pub(crate) goods: &'static Goods,
    /// Value in the `item` raster: the declared line, or [`MASK_ID`].
    pub(crate) item: u16,
    pub(crate) packages: usize,
    pub(crate) pieces: usize,
    /// Goods alone.
    pub(crate) net_kg: f64,
    /// With packaging and pallets.
    pub(crate) gross_kg: f64,
    /// Corners in the lane.
    pub(crate) corners: [[f64; 3]; 2],
}

/// Something hidden.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Concealed {
    pub(crate) mass_kg: f64,
    pub(crate) heading: &'static str,
    pub(crate) corners: [[f64; 3]; 2],
}

/// A container with what is really in it.
#[derive(Debug, Clone)]
pub(crate) struct LoadedBox {
    /// Its place in the recipe; in the picture boxes stand from left to right.
    pub(crate) index: usize,
    pub(crate) container: ContainerBox,
    pub(crate) lots: Vec<Lot>,
    pub(crate) concealed: Option<Concealed>,
}

/// A scene ready to be rendered.
#[derive(Debug, Clone)]
pub(crate) struct Staged {
    pub(crate) scene: Scene,
    pub(crate) boxes: Vec<LoadedBox>,
    pub(crate) width_mm: f64,
}

/// Most that a container may carry, kg.
pub(crate) fn payload_kg(size: IsoSize) -> f64 {
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
            None => container.headings.iter().map(String::as_str).filter(|h| *h != EMPTY).collect(),
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
    let deck = dice.between(1160.0, 1320.0);
    let margin = dice.between(250.0, 700.0);
    let lead = match recipe.conveyance {
        Conveyance::Truck => margin + 4500.0,
        Conveyance::Trailer => margin + 350.0,
        Conveyance::Box => margin,
    };
    let gap = dice.between(70.0, 140.0);
    let mut starts = Vec::with_capacity(recipe.containers.len());
    let mut x = lead;
    for container in &recipe.containers {
        starts.push(x);
        x += container.size.external_length_mm() + gap;
    }
    let load_end = x - gap;

    let chassis_start = lead - dice.between(60.0, 250.0);
    let plan = ChassisPlan {
        x_mm: chassis_start,
        length_mm: load_end - chassis_start + dice.between(80.0, 400.0),
        deck_mm: deck,
        middle_mm: middle,
        bolsters: [
            lead + 90.0,
            starts.get(1).map_or(load_end - 90.0, |s| s - gap - 90.0),
            starts.get(1).map_or(f64::NEG_INFINITY, |s| s + 90.0),
            load_end - 90.0,
        ],
        axles: if load_end - lead > 7000.0 || dice.chance(0.3) { 3 } else { 2 },
    };
    let chassis = plan.build(&mut scene, &mut Dice::new(seed, "chassis"))?;
    if recipe.conveyance == Conveyance::Truck {
        let mut dice = Dice::new(seed, "tractor");
        add_tractor(&mut scene, &mut dice, chassis.king_pin_mm, chassis.coupling_mm, middle)?;
    }
    let width_mm = match recipe.conveyance {
        Conveyance::Box => load_end + dice.between(250.0, 700.0),
        _ => (plan.x_mm + plan.length_mm).max(load_end) + dice.between(200.0, 600.0),
    };

    let mut lading = lading.clone();
    let mut boxes = Vec::with_capacity(recipe.containers.len());
    for (i, (container, x_mm)) in recipe.containers.iter().zip(&starts).enumerate() {
        let mut dice = Dice::stream(seed, "container", i as u64);
        let plan = ContainerPlan {
            size: container.size,
            container_type: container.container_type,
            x_mm: *x_mm,
            y_mm: deck,
            z_mm: near,
        };
        let built = plan.build(&mut scene, &mut dice)?;
        let tampering = recipe.tampering.as_ref().filter(|t| t.container == i);
        let loaded = load(&mut scene, built, recipe, i, tampering, &lading, seed)?;
        let parcels = loaded.lots.iter().filter(|lot| (lading.first_parcel..MASK_ID).contains(&lot.item)).count();
        lading.first_parcel += parcels as u16;
        boxes.push(loaded);
    }
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

fn load(
    scene: &mut Scene,
    container: ContainerBox,
    recipe: &Recipe,
    index: usize,
    tampering: Option<&TamperingRecipe>,
    lading: &Lading<'_>,
    seed: u64,
) -> Result<LoadedBox, PhantomError> {
    let wanted = &recipe.containers[index];
    let mut dice = Dice::stream(seed, "load", index as u64);
    let space = container.inside;
    let mut loaded = LoadedBox { index, container, lots: Vec::new(), concealed: None };
    if wanted.headings.iter().any(|h| h == EMPTY) {
        // Nobody leaves pallets in a tank.
        if loaded.container.hollow.is_none() {
            leave_behind(scene, &mut dice, space)?;
        }
        return Ok(loaded);
    }
    let is_substituted = tampering.is_some_and(|t| t.kind == TamperingKind::Substitution);
    let mut hides = Vec::new();
    if let Some(consolidated) = wanted.consolidated {
        let item = if is_substituted { MASK_ID } else { lading.first_parcel };
        let part = wanted.across.map_or(space, |across| across.part_of(space));
        let payload_kg = payload_kg(container.size);
        let (fill, yard) = (dice.within(wanted.fill), Dice::new(dice.seed(), "consolidated"));
        let bay = Bay { scene, dice: yard, space: part, payload_kg, fill, item, plan: Plan::default() };
        (loaded.lots, hides) =
            consolidated.load(bay, &wanted.headings, &format!("{}: containers[{index}]", recipe.name))?;
        let end = |d: usize| loaded.lots.iter().map(|lot| lot.corners[1][d]).fold(part[0][d], f64::max);
        brace(scene, &mut dice, part, end(0), end(1))?;
    }
    let headings = if wanted.consolidated.is_some() { &[] } else { wanted.headings.as_slice() };
    let mut start = space[0][0];
    let count = headings.len();
    for (j, heading) in headings.iter().enumerate() {
        // Several goods share the length of the box.
        let left = space[1][0] - start;
        let share = if j + 1 == count { 1.0 } else { dice.between(0.75, 1.25) / (count - j) as f64 };
        let part = [[start, space[0][1], space[0][2]], [start + left * share, space[1][1], space[1][2]]];
        let part = wanted.across.map_or(part, |across| across.part_of(part));
        let goods = Goods::of(heading, &recipe.name, &format!("containers[{index}].headings[{j}]"))?;
        let line = lading.lines.iter().position(|l| l == heading).map_or(0, |l| l as u16 + 1);
        let item = if is_substituted { MASK_ID + j as u16 } else { line };
        let first = scene.len();
        let payload = payload_kg(container.size) * left * share / (space[1][0] - space[0][0]);
        let fill = dice.within(wanted.fill);
        let own = dice.seed();
        let (lot, places) = match lading.lot {
            None => stow(scene, goods, item, part, payload, fill, Dice::new(own, "goods"))?,
            Some(lot) => {
                let plan = Plan { placing: Some(own), ..Plan::default() };
                let dice = Dice::stream(lot, "lot", u64::from(line));
                stow_into(Bay { scene, dice, space: part, payload_kg: payload, fill, item, plan }, goods)?
            }
        };
        hides.extend(places);
        let top = lot.corners[1];
        brace(scene, &mut dice, part, top[0], top[1])?;
        loaded.lots.push(lot);
        start = part[1][0];
        debug_assert!(scene.len() > first, "goods add solids");
    }
    if let Some(tampering) = tampering.filter(|t| t.kind == TamperingKind::ConcealedOrganic) {
        loaded.concealed = Some(conceal(scene, &mut dice, tampering, &hides, &recipe.name)?);
        // What is hidden takes the place of goods.
        for lot in &mut loaded.lots {
            (lot.net_kg, lot.gross_kg) = masses(scene, lot.item);
        }
    }
    Ok(loaded)
}

/// Stows goods and weighs them.
pub(crate) fn stow(
    scene: &mut Scene,
    goods: &'static Goods,
    item: u16,
    space: [[f64; 3]; 2],
    payload_kg: f64,
    fill: f64,
    dice: Dice,
) -> Result<(Lot, Vec<Hide>), PhantomError> {
    stow_into(Bay { scene, dice, space, payload_kg, fill, item, plan: Plan::default() }, goods)
}

/// Stows goods into a bay and weighs them.
pub(crate) fn stow_into(mut bay: Bay<'_>, goods: &'static Goods) -> Result<(Lot, Vec<Hide>), PhantomError> {
    let (first, item) = (bay.scene.len(), bay.item);
    let Some(packing) = bay.dice.pick(&goods.packing) else {
        return Err(PhantomError::value(&goods.heading, "packing", "at least one is required"));
    };
    let before = masses(bay.scene, item);
    let stowed = packing.form().stow(&mut bay)?;
    let scene = bay.scene;
    let after = masses(scene, item);
    let (net_kg, gross_kg) = (after.0 - before.0, after.1 - before.1);
    let corners = corners(scene, first, item);
    let lot = Lot { goods, item, packages: stowed.packages, pieces: stowed.pieces, net_kg, gross_kg, corners };
    Ok((lot, stowed.hides))
}

/// Corners of an item's solids from `first` on.
pub(crate) fn corners(scene: &Scene, first: usize, item: u16) -> [[f64; 3]; 2] {
    let mut corners = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for solid in scene.solids[first..].iter().filter(|solid| solid.item == item) {
        let (min, max) = solid.shape.bounds();
        for d in 0..3 {
            corners[0][d] = corners[0][d].min(min[d]);
            corners[1][d] = corners[1][d].max(max[d]);
        }
    }
    corners
}

/// Net and gross mass of an item, kg.
pub(crate) fn masses(scene: &Scene, item: u16) -> (f64, f64) {
    let net = scene.mass_of_kg(|s| s.item == item && s.component == component::CARGO);
    (net, net + scene.mass_of_kg(|s| s.item == item && s.component == component::PACKAGING))
}

/// Kinds of organic contraband with the heading each would have.
const CONTRABAND: &[(&str, &str)] = &[
    ("cocaine", "2939"),
    ("heroin", "2939"),
    ("methamphetamine", "2939"),
    ("tobacco", "2403"),
    ("medicine", "3004"),
];

/// Hides bricks in goods: as many neighbouring places as the mass needs.
fn conceal(
    scene: &mut Scene,
    dice: &mut Dice,
    tampering: &TamperingRecipe,
    hides: &[Hide],
    file: &str,
) -> Result<Concealed, PhantomError> {
    let wanted_kg = tampering.mass_kg.unwrap_or(CONCEALED_KG);
    let drawn = dice.pick(CONTRABAND).copied().unwrap_or(("cocaine", "2939"));
    let (material, heading) = match tampering.material.as_deref() {
        None => drawn,
        Some(name) => (name, CONTRABAND.iter().find(|(known, _)| *known == name).map_or("2939", |(_, hs)| hs)),
    };
    let density = dice.between(1.0, 1.25);
    let substance = scene.substance(material, Some(density))?;
    scene.paint(component::CONCEALED, MASK_ID);
    let mut left_mm3 = wanted_kg / density * 1e6;
    let mut corners = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    let first = dice.below(hides.len());
    for hide in hides.iter().cycle().skip(first).take(hides.len()) {
        let room = [0, 1, 2].map(|d| (hide.max[d] - hide.min[d] - 4.0).max(0.0));
        let volume = room[0] * room[1] * room[2];
        if volume <= 0.0 {
            continue;
        }
        let scale = libm::cbrt((left_mm3 / volume).min(1.0));
        let size = room.map(|r| r * scale);
        let at = [
            hide.min[0] + 2.0 + dice.unit() * (room[0] - size[0]),
            hide.min[1] + 2.0 + 0.5 * dice.unit() * (room[1] - size[1]),
            hide.min[2] + 2.0 + dice.unit() * (room[2] - size[2]),
        ];
        let end = [0, 1, 2].map(|d| at[d] + size[d]);
        scene.nest(hide.parent, Shape::Block { min: at, max: end }, substance);
        for d in 0..3 {
            corners[0][d] = corners[0][d].min(at[d]);
            corners[1][d] = corners[1][d].max(end[d]);
        }
        left_mm3 -= size[0] * size[1] * size[2];
        if left_mm3 < 1.0 {
            return Ok(Concealed { mass_kg: wanted_kg, heading, corners });
        }
    }
    let reason = format!("{wanted_kg} kg do not fit into the hiding places of this load");
    Err(PhantomError::value(file, "tampering.mass_kg", reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{Fan, Projector};
    use crate::recipe::Family;

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
            assert!(goods <= payload_kg(recipe.containers[0].size) * 1.05, "{heading}: {goods:.0} kg");
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
