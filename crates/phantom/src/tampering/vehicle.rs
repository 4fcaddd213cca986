use super::organic::{Cavity, Stuff};
use super::recipe::{Place, TamperingRecipe};
use super::room::find_among;
use super::thing::{block, cylinder};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::recipe::Conveyance;
use crate::scene::{Scene, Solid, component};
use crate::shape::{Axis, Shape};
use crate::yard::MASK_ID;

/// Kilograms when a recipe does not say: few fit into a tyre or a tank.
const HIDDEN_KG: [f64; 2] = [8.0, 30.0];

/// Hides bricks in the vehicle. Places are found among its solids, so that any tractor and chassis will do. Returns the heading.
pub(super) fn hide(
    scene: &mut Scene,
    dice: &mut Dice,
    tampering: &TamperingRecipe,
    conveyance: Conveyance,
    file: &str,
) -> Result<&'static str, PhantomError> {
    let places: &[Place] = if conveyance == Conveyance::Truck {
        &[Place::Cab, Place::FuelTank, Place::Chassis, Place::SpareWheel, Place::Tyres]
    } else {
        &[Place::Chassis, Place::SpareWheel, Place::Tyres]
    };
    let first = dice.below(places.len());
    let kg = tampering.mass_kg.unwrap_or(dice.within(HIDDEN_KG));
    let stuff = Stuff::draw(scene, dice, tampering)?;
    // Not every vehicle has room in every place; where a recipe leaves it open the next one will do.
    let drawn: Vec<Place> = places.iter().cycle().skip(first).take(places.len()).copied().collect();
    let tried = tampering.place.map_or(drawn, |place| vec![place]);
    for place in &tried {
        let mut with = scene.clone();
        let left = match place {
            Place::Cab => in_cab(&mut with, dice, &stuff, kg)?,
            Place::FuelTank => in_tank(&mut with, dice, &stuff, kg)?,
            Place::Chassis => in_chassis(&mut with, dice, &stuff, kg)?,
            Place::SpareWheel => in_spare_wheel(&mut with, dice, &stuff, kg)?,
            _ => in_tyres(&mut with, dice, &stuff, kg),
        };
        // As much as goes in is enough where a recipe does not say how much.
        if left <= 0.0 || tampering.mass_kg.is_none() && left < 0.5 * kg {
            *scene = with;
            return Ok(stuff.heading);
        }
    }
    let reason = format!("{kg:.1} kg do not fit into {tried:?} of this vehicle");
    Err(PhantomError::value(file, "tampering.mass_kg", reason))
}

fn is_vehicle(solid: &Solid) -> bool {
    [component::CHASSIS, component::TRACTOR].contains(&solid.component)
}

/// A pile on the floor of the cab or on its bunk.
fn in_cab(scene: &mut Scene, dice: &mut Dice, stuff: &Stuff, kg: f64) -> Result<f64, PhantomError> {
    // Floor and roof are the wide thin plates of the tractor, the one above the other.
    let plates: Vec<([f64; 3], [f64; 3])> = scene
        .solids
        .iter()
        .filter(|s| s.component == component::TRACTOR && s.parent.is_none() && matches!(s.shape, Shape::Block { .. }))
        .map(|s| s.shape.bounds())
        .filter(|(a, b)| b[2] - a[2] > 800.0 && b[1] - a[1] < 7.0 && b[0] - a[0] > 1000.0)
        .collect();
    let lowest = plates.iter().min_by(|a, b| a.0[1].total_cmp(&b.0[1]));
    let highest = plates.iter().max_by(|a, b| a.0[1].total_cmp(&b.0[1]));
    let (Some((floor_min, floor_max)), Some((roof, _))) = (lowest, highest) else { return Ok(kg) };
    let region = [
        [floor_min[0] + 60.0, floor_max[1], floor_min[2] + 90.0],
        [floor_max[0] - 60.0, roof[1] - 300.0, floor_max[2] - 90.0],
    ];
    let pile = stuff.parcel(scene, kg)?;
    for pile in [pile.clone(), pile.across()] {
        if let Some(at) = find_among(scene, region, pile.size, dice) {
            pile.put(scene, at, None)?;
            return Ok(0.0);
        }
    }
    Ok(kg)
}

/// A false end of a fuel tank: a plate across it, behind it a dry room with a shelf.
fn in_tank(scene: &mut Scene, dice: &mut Dice, stuff: &Stuff, kg: f64) -> Result<f64, PhantomError> {
    let is_fuel = |s: &Solid| {
        is_vehicle(s) && s.parent.is_some() && scene.materials[usize::from(s.substance.slot)].name == "diesel"
    };
    let tanks: Vec<usize> =
        (0..scene.len()).filter(|i| scene.solids[*i].substance.density > 0.0 && is_fuel(&scene.solids[*i])).collect();
    let Some(&tank) = dice.pick(&tanks) else { return Ok(kg) };
    // Diesel lies in the hollow of its tank, up to a level.
    let Shape::Vessel { centre, radius, half_length, head, level } = scene.solids[tank].shape else { return Ok(kg) };
    let Some(inside) = scene.solids[tank].parent else { return Ok(kg) };
    let side = radius / 2.0_f64.sqrt() - 2.0;
    // As long as the mass asks for: four bricks of five places are used at worst.
    let [brick, _, _] = stuff.brick_mm();
    let volume = kg / stuff.substance.density * 1e6;
    let length = (1.3 * volume / (4.0 * side * side) + brick).min(1.6 * half_length);
    let from = centre[0] - half_length;
    let (steel, nothing) = (scene.substance("steel", None)?, scene.hollow());
    // What fuel there is stays behind the plate.
    let wet = 0.5 * (2.0 * half_length - length - PLATE);
    let moved = [from + length + PLATE + wet, centre[1], centre[2]];
    scene.solids[tank].shape = Shape::Vessel { centre: moved, radius, half_length: wet - head, head, level };
    scene.paint(component::CONCEALED, MASK_ID);
    let plate = [from + length + 0.5 * PLATE, centre[1], centre[2]];
    scene.nest(inside, cylinder(Axis::X, plate, radius, 0.5 * PLATE), steel);
    let middle = [from + 0.5 * length, centre[1], centre[2]];
    let room = scene.nest(inside, cylinder(Axis::X, middle, radius, 0.5 * length), nothing);
    let (min, max) =
        ([from, centre[1] - side, centre[2] - side], [from + length, centre[1] + side, centre[2] + side]);
    scene.nest(room, block([min[0], min[1] - 2.0, min[2]], [max[0], min[1], max[2]]), steel);
    let added = stuff.fill(scene, &Cavity { parent: Some(room), min, max }, kg);
    Ok(if added + 1e-6 < kg { kg - added } else { 0.0 })
}

/// Thickness of the plate that parts a tank, mm.
const PLATE: f64 = 3.0;

/// Webs of the chassis: long thin upright plates along it.
fn webs(scene: &Scene) -> Vec<([f64; 3], [f64; 3])> {
    scene
        .solids
        .iter()
        .filter(|s| s.component == component::CHASSIS && s.parent.is_none() && matches!(s.shape, Shape::Block { .. }))
        .map(|s| s.shape.bounds())
        .filter(|(a, b)| b[0] - a[0] > 2000.0 && b[2] - a[2] < 20.0 && b[1] - a[1] > 200.0)
        .collect()
}

/// A box of steel sheet between the webs of the rails, below the cross-members.
fn in_chassis(scene: &mut Scene, dice: &mut Dice, stuff: &Stuff, kg: f64) -> Result<f64, PhantomError> {
    let webs = webs(scene);
    let middle = webs.iter().map(|(a, b)| 0.5 * (a[2] + b[2])).sum::<f64>() / webs.len().max(1) as f64;
    // The longest piece of the inner ones, and the one across from it.
    let length_of = |(a, b): &([f64; 3], [f64; 3])| b[0] - a[0];
    let near = webs
        .iter()
        .filter(|(_, b)| b[2] < middle)
        .max_by(|a, b| a.1[2].total_cmp(&b.1[2]).then(length_of(a).total_cmp(&length_of(b))));
    let Some((near_min, near_max)) = near else { return Ok(kg) };
    let mirrored = 2.0 * middle - near_max[2];
    let far = webs.iter().find(|(a, _)| (a[2] - mirrored).abs() < 1.0 && a[0] == near_min[0]);
    let Some((far_min, _)) = far else { return Ok(kg) };
    let (low, width) = (near_min[1] + 16.0, far_min[2] - near_max[2]);
    // Below the cross-members, which are half as deep as the beams.
    let height = (0.5 * (near_max[1] - near_min[1]) - 40.0).max(60.0);
    let volume = kg / stuff.substance.density * 1e6;
    let length = (1.5 * volume / (width * height) + 230.0).max(420.0);
    // From web to web it is free where nothing else stands or hangs.
    let solids: Vec<_> = scene.solids.iter().filter(|s| s.parent.is_none()).map(|s| s.shape.bounds()).collect();
    let mut free = Vec::new();
    let mut x = near_min[0] + 100.0;
    while x + length < near_max[0] - 100.0 {
        let (min, max) = ([x, low, near_max[2]], [x + length, low + height, far_min[2]]);
        let is_free = !solids.iter().any(|(a, b)| (0..3).all(|d| min[d] < b[d] - 1e-6 && max[d] > a[d] + 1e-6));
        if is_free {
            free.push((min, max));
        }
        x += 60.0;
    }
    let Some(&(min, max)) = dice.pick(&free) else { return Ok(kg) };
    let steel = scene.substance("steel", None)?;
    scene.paint(component::CONCEALED, MASK_ID);
    let room = scene.shell(min, max, 2.5, steel, None);
    let cavity = Cavity { parent: Some(room), min: min.map(|v| v + 2.5), max: max.map(|v| v - 2.5) };
    Ok(stuff.fill_all(scene, [cavity], kg))
}

/// Bricks strapped around the rim of the wheels, inside their tyres.
fn in_tyres(scene: &mut Scene, dice: &mut Dice, stuff: &Stuff, kg: f64) -> f64 {
    let mut airs: Vec<usize> = (0..scene.len()).filter(|i| rim_in(scene, *i).is_some()).collect();
    let first = dice.below(airs.len());
    airs.rotate_left(first);
    let mut left = kg;
    for air in airs {
        if left <= 1e-6 {
            return 0.0;
        }
        left -= fill_tyre(scene, stuff, air, left);
    }
    if left <= 1e-6 { 0.0 } else { left }
}

/// Radius of the rim in the air of a tyre.
fn rim_in(scene: &Scene, air: usize) -> Option<f64> {
    let solid = &scene.solids[air];
    if !is_vehicle(solid) || solid.substance.density > 0.0 {
        return None;
    }
    let Shape::Cylinder { axis, radius, .. } = solid.shape else { return None };
    scene.solids.iter().filter(|s| s.parent == Some(air as u32)).find_map(|rim| match rim.shape {
        Shape::Cylinder { axis: other, radius: inner, .. } => {
            (other == axis && inner < radius - 60.0 && inner > 150.0).then_some(inner)
        }
        _ => None,
    })
}

/// Lays flat packs side by side around a rim; returns their mass.
fn fill_tyre(scene: &mut Scene, stuff: &Stuff, air: usize, kg: f64) -> f64 {
    let (Some(rim), Shape::Cylinder { axis, centre, radius, half_length }) =
        (rim_in(scene, air), scene.solids[air].shape.clone())
    else {
        return 0.0;
    };
    let [length, height, width] = stuff.brick_mm();
    // Along the rim, away from it, across the tyre; no wider than the tyre, no higher than the tread allows.
    let half_across = (0.5 * length).min(half_length - 4.0);
    let half_along = (0.5 * width).min(0.35 * rim);
    let reach = ((radius - 3.0) * (radius - 3.0) - half_along * half_along).sqrt();
    let half_up = (1.5 * height).min(0.5 * (reach - rim) - 1.0);
    if half_up < 8.0 || half_across < 20.0 {
        return 0.0;
    }
    let turn = 2.0 * libm::atan2(half_along + 1.5, rim);
    let count = (std::f64::consts::TAU / turn).floor() as usize;
    let each = 8.0 * half_up * half_along * half_across * stuff.substance.density * 1e-6;
    scene.paint(component::CONCEALED, MASK_ID);
    let mut laid = 0.0;
    for i in 0..count {
        let share = ((kg - laid) / each).min(1.0);
        if share < 1e-6 {
            break;
        }
        // From the lowest point on, to both sides.
        let step = if i % 2 == 0 { -(i as f64) / 2.0 } else { (i as f64 + 1.0) / 2.0 };
        let (sin, cos) = libm::sincos(-std::f64::consts::FRAC_PI_2 + step * turn);
        let out = rim + 0.5 + half_up * share;
        let half = [half_up * share, half_along, half_across];
        let shape = if axis == Axis::Z {
            let at = [centre[0] + out * cos, centre[1] + out * sin, centre[2]];
            Shape::Brick { centre: at, half, axes: [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]] }
        } else {
            // A wheel that lies flat has them on its lower side.
            let at = [centre[0] + out * cos, centre[1] - half_length + half_across + 0.5, centre[2] + out * sin];
            Shape::Brick { centre: at, half, axes: [[cos, 0.0, sin], [-sin, 0.0, cos], [0.0, 1.0, 0.0]] }
        };
        scene.nest(air as u32, shape, stuff.substance);
        laid += share * each;
    }
    laid
}

/// A spare wheel below the rails, the trailer's own or one more on its carrier, bricks around its rim.
fn in_spare_wheel(scene: &mut Scene, dice: &mut Dice, stuff: &Stuff, kg: f64) -> Result<f64, PhantomError> {
    // One that hangs there already will do.
    let flat = (0..scene.len()).find(|i| {
        rim_in(scene, *i).is_some() && matches!(scene.solids[*i].shape, Shape::Cylinder { axis: Axis::Y, .. })
    });
    if let Some(air) = flat {
        let laid = fill_tyre(scene, stuff, air, kg);
        return Ok(if laid + 1e-6 < kg { kg - laid } else { 0.0 });
    }
    let webs = webs(scene);
    let middle = webs.iter().map(|(a, b)| 0.5 * (a[2] + b[2])).sum::<f64>() / webs.len().max(1) as f64;
    let (radius, half_width) = (dice.between(490.0, 515.0), 140.0);
    // Flat below the rails, on a carrier that hangs from them.
    let solids: Vec<_> = scene.solids.iter().filter(|s| s.parent.is_none()).map(|s| s.shape.bounds()).collect();
    let mut free = Vec::new();
    for (a, b) in webs.iter().filter(|(_, b)| b[2] < middle) {
        // Flanges under the web are no thicker than this.
        let under = a[1] - 30.0;
        let mut x = a[0] + radius;
        while x + radius < b[0] {
            let min = [x - radius - 20.0, under - 12.0 - 2.0 * half_width, middle - radius - 10.0];
            let max = [x + radius + 20.0, under, middle + radius + 10.0];
            let is_free = !solids.iter().any(|(a, b)| (0..3).all(|d| min[d] < b[d] - 1e-6 && max[d] > a[d] + 1e-6));
            if is_free && min[1] > 120.0 {
                free.push(([x, under - 12.0 - half_width, middle], under));
            }
            x += 30.0;
        }
    }
    let Some(&(centre, under)) = dice.pick(&free) else { return Ok(kg) };
    scene.paint(component::CHASSIS, 0);
    let (rubber, steel, nothing) =
        (scene.substance("rubber", None)?, scene.substance("steel", None)?, scene.hollow());
    let disc = |radius: f64, half: f64| cylinder(Axis::Y, centre, radius, half);
    let tyre = scene.add(disc(radius, half_width), rubber);
    let belt = scene.nest(tyre, disc(radius - 26.0, half_width - 24.0), steel);
    let air = scene.nest(belt, disc(radius - 29.0, half_width - 24.0), nothing);
    let rim = scene.nest(air, disc(288.0, half_width - 24.0), steel);
    let well = scene.nest(rim, disc(274.0, half_width - 24.0), nothing);
    scene.nest(well, disc(274.0, 7.0), steel);
    // The carrier: a plate from rail to rail on which it hangs by its middle.
    let carrier = block([centre[0] - 60.0, under - 12.0, middle - 500.0], [centre[0] + 60.0, under, middle + 500.0]);
    scene.add(carrier, steel);
    let laid = fill_tyre(scene, stuff, air as usize, kg);
    Ok(if laid + 1e-6 < kg { kg - laid } else { 0.0 })
}
