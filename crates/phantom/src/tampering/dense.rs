use super::organic::{Cavity, Stuff};
use super::recipe::{HiddenObject, TamperingRecipe};
use super::thing::{Thing, block, cylinder};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;
use crate::shape::{Axis, Shape};

/// A dense object with the heading it would have.
pub(super) fn draw(
    scene: &mut Scene,
    dice: &mut Dice,
    tampering: &TamperingRecipe,
    object: HiddenObject,
) -> Result<(Thing, &'static str), PhantomError> {
    match object {
        HiddenObject::Parcel => parcel(scene, dice, tampering),
        HiddenObject::Source => Ok((source(scene, dice)?, "2844")),
        _ => {
            let drawn = if dice.chance(0.75) { "lead" } else { "tungsten" };
            let material = tampering.material.as_deref().unwrap_or(drawn);
            let heading = if material == "tungsten" { "8101" } else { "7806" };
            Ok((pig(scene, dice, material)?, heading))
        }
    }
}

/// A pig: a thick pot with a lid, and in its hollow a capsule of steel.
fn pig(scene: &Scene, dice: &mut Dice, material: &str) -> Result<Thing, PhantomError> {
    let radius = if material == "tungsten" { dice.between(38.0, 52.0) } else { dice.between(60.0, 85.0) };
    let wall = radius * dice.between(0.45, 0.6);
    let half = radius * dice.between(1.2, 1.5);
    Thing::build(scene, |scene| {
        let shield = scene.substance(material, None)?;
        let (steel, nothing) = (scene.substance("steel", None)?, scene.hollow());
        let pot = scene.add(cylinder(Axis::Y, [0.0; 3], radius, half), shield);
        let bore = scene.nest(pot, cylinder(Axis::Y, [0.0; 3], radius - wall, half - wall), nothing);
        let capsule = [0.0, -0.4 * (half - wall), 0.0];
        scene.nest(bore, cylinder(Axis::Y, capsule, 0.5 * (radius - wall), 0.6 * (half - wall)), steel);
        Ok(())
    })
}

/// Bricks in a wrapping of sheet lead, 2 to 6 mm.
fn parcel(
    scene: &mut Scene,
    dice: &mut Dice,
    tampering: &TamperingRecipe,
) -> Result<(Thing, &'static str), PhantomError> {
    let lead_mm = dice.between(2.0, 6.0);
    let layers = dice.whole(2, 4) as f64;
    let stuff = Stuff::draw(scene, dice, tampering)?;
    let [length, height, width] = stuff.brick_mm();
    let size = [length + 3.0, layers * height + 2.0, width + 3.0].map(|v| v + 2.0 * lead_mm);
    let thing = Thing::build(scene, |scene| {
        let lead = scene.substance("lead", None)?;
        let inside = scene.shell([0.0; 3], size, lead_mm, lead, None);
        let (min, max) = ([lead_mm; 3], size.map(|v| v - lead_mm));
        stuff.fill(scene, &Cavity { parent: Some(inside), min, max }, f64::INFINITY);
        Ok(())
    })?;
    Ok((thing, stuff.heading))
}

/// A container of a source for radiography: a shield of depleted uranium in foam in a steel case, with a handle.
fn source(scene: &Scene, dice: &mut Dice) -> Result<Thing, PhantomError> {
    let length = dice.between(300.0, 345.0);
    let shield_mm = dice.between(48.0, 56.0);
    Thing::build(scene, |scene| {
        let (steel, uranium) = (scene.substance("steel", None)?, scene.substance("uranium", None)?);
        let foam = scene.substance("polyurethane", Some(0.3))?;
        let (height, width) = (150.0, 135.0);
        let inside = scene.shell([0.0; 3], [length, height, width], 2.5, steel, Some(foam));
        let centre = [length / 2.0, height / 2.0, width / 2.0];
        let semi = [shield_mm * 1.25, shield_mm, shield_mm];
        let shield = scene.nest(inside, Shape::Ellipsoid { centre, semi }, uranium);
        let tube = scene.nest(shield, cylinder(Axis::X, centre, 7.0, 0.9 * semi[0]), steel);
        let nothing = scene.hollow();
        scene.nest(tube, cylinder(Axis::X, centre, 4.5, 0.9 * semi[0]), nothing);
        for x in [60.0, length - 75.0] {
            scene.add(block([x, height, width / 2.0 - 8.0], [x + 15.0, height + 35.0, width / 2.0 + 8.0]), steel);
        }
        scene.block(
            [60.0, height + 35.0, width / 2.0 - 9.0],
            [length - 60.0, height + 50.0, width / 2.0 + 9.0],
            steel,
        );
        Ok(())
    })
}
