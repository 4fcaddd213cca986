use super::organic::{Cavity, Stuff};
use super::recipe::{Place, TamperingRecipe};
use super::room::find_among;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, component};
use crate::shape::Shape;
use crate::structure::ContainerBox;
use crate::yard::MASK_ID;

/// Kilograms when a recipe does not say.
const HIDDEN_KG: [f64; 2] = [6.0, 30.0];

/// Hides bricks among the machinery or in the insulation of a refrigerated box. Returns the heading.
pub(super) fn hide(
    scene: &mut Scene,
    dice: &mut Dice,
    container: &ContainerBox,
    tampering: &TamperingRecipe,
    file: &str,
) -> Result<&'static str, PhantomError> {
    let drawn = if dice.chance(0.5) { Place::Machinery } else { Place::Insulation };
    let place = tampering.place.unwrap_or(drawn);
    let kg = tampering.mass_kg.unwrap_or(dice.within(HIDDEN_KG));
    let stuff = Stuff::draw(scene, dice, tampering)?;
    let left = if place == Place::Machinery {
        in_machinery(scene, dice, container, &stuff, kg)?
    } else {
        let rooms = foam_rooms(scene, dice, container, kg);
        stuff.fill_all(scene, rooms, kg)
    };
    if left > 0.0 {
        let reason = format!("{kg:.1} kg do not fit into the {place:?}: {left:.1} kg are left over");
        return Err(PhantomError::value(file, "tampering.mass_kg", reason));
    }
    Ok(stuff.heading)
}

/// Sheet boxes on the flat tops of the machinery end, as many as the mass needs. Returns what is left over.
fn in_machinery(
    scene: &mut Scene,
    dice: &mut Dice,
    container: &ContainerBox,
    stuff: &Stuff,
    kg: f64,
) -> Result<f64, PhantomError> {
    let ([x0, y0, z0], [_, y1, z1]) = (container.outside[0], container.outside[1]);
    // Between the front frame and the bulkhead before the goods.
    let region = [[x0 + 90.0, y0 + 150.0, z0 + 215.0], [container.inside[0][0] - 62.0, y1 - 80.0, z1 - 215.0]];
    let steel = scene.substance("steel", None)?;
    let [length, height, width] = stuff.brick_mm();
    let mut left = kg;
    // Large boxes first.
    for [along, up, across] in [[2.0, 4.0, 5.0], [1.0, 4.0, 5.0], [1.0, 4.0, 2.0], [1.0, 3.0, 1.0], [1.0, 2.0, 1.0]] {
        while left > 1e-6 {
            let inner = [along * (width + 2.0), up * height + 2.0, across * (length + 2.0)];
            let size = inner.map(|v| v + 2.4);
            let Some(at) = find_among(scene, region, size, dice) else { break };
            let max = [0, 1, 2].map(|d| at[d] + size[d]);
            scene.paint(component::CONCEALED, MASK_ID);
            let room = scene.shell(at, max, 1.2, steel, None);
            let cavity = Cavity { parent: Some(room), min: at.map(|v| v + 1.2), max: max.map(|v| v - 1.2) };
            let laid = stuff.fill(scene, &cavity, left);
            if laid <= 0.0 {
                break;
            }
            left -= laid;
        }
    }
    Ok(if left <= 1e-6 { 0.0 } else { left })
}

/// Rooms cut out of the foam of walls, roof and doors, between the posts in it: about as many as the mass needs lie together.
fn foam_rooms(scene: &Scene, dice: &mut Dice, container: &ContainerBox, kg: f64) -> Vec<Cavity> {
    let [low, high] = container.outside;
    let foams: Vec<usize> = (0..scene.len())
        .filter(|i| {
            let solid = &scene.solids[*i];
            let (min, max) = solid.shape.bounds();
            let size = [0, 1, 2].map(|d| max[d] - min[d]);
            let thin = size.iter().fold(f64::INFINITY, |a, b| a.min(*b));
            solid.component == component::CONTAINER
                && matches!(solid.shape, Shape::Block { .. })
                && scene.materials[usize::from(solid.substance.slot)].name == "polyurethane"
                && solid.substance.density > 0.0
                && (38.0..150.0).contains(&thin)
                && size.iter().filter(|mm| **mm > 900.0).count() >= 2
                && (0..3).all(|d| min[d] >= low[d] && max[d] <= high[d] + 1.0)
                // The floor below the T-bars carries the goods.
                && max[1] > container.inside[0][1] + 100.0
        })
        .collect();
    let mut rooms = Vec::new();
    let first = dice.below(foams.len());
    for foam in foams.iter().cycle().skip(first).take(foams.len()) {
        let mut of_panel = rooms_between(scene, *foam, kg);
        let first = dice.below(of_panel.len());
        of_panel.rotate_left(first);
        rooms.extend(of_panel);
    }
    rooms
}

/// Rooms of a panel of foam between the posts in it.
fn rooms_between(scene: &Scene, foam: usize, kg: f64) -> Vec<Cavity> {
    let (min, max) = scene.solids[foam].shape.bounds();
    // Along the panel: the box's length, or its width for doors and bulkhead.
    let d = if max[0] - min[0] > 150.0 { 0 } else { 2 };
    let children = scene.solids.iter().filter(|s| s.parent == Some(foam as u32)).map(|s| s.shape.bounds());
    let mut posts: Vec<[f64; 2]> = children.map(|(a, b)| [a[d], b[d]]).collect();
    posts.push([max[d], max[d]]);
    posts.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut rooms = Vec::new();
    let mut from = min[d];
    for [start, end] in posts {
        if start - from > 250.0 {
            // A metre wide at most where little is hidden, so that a find has an outline.
            let wide = (start - from - 20.0).min(if kg > 60.0 { f64::INFINITY } else { 900.0 });
            let (mut a, mut b) = (min.map(|v| v + 1.0), max.map(|v| v - 1.0));
            (a[d], b[d]) = (from + 10.0, from + 10.0 + wide);
            rooms.push(Cavity { parent: Some(foam as u32), min: a, max: b });
        }
        from = from.max(end);
    }
    rooms
}
