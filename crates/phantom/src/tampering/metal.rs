use super::recipe::{HiddenObject, TamperingRecipe};
use super::thing::{Thing, block, cylinder};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;
use crate::shape::{Axis, Shape};

/// An object of metal with the heading it would have; `is_long` gives rifles in place of pistols.
pub(super) fn draw(
    scene: &Scene,
    dice: &mut Dice,
    tampering: &TamperingRecipe,
    object: HiddenObject,
    is_long: bool,
) -> Result<(Thing, &'static str), PhantomError> {
    Ok(match object {
        HiddenObject::Firearms if is_long => (rifle(scene, dice)?, "9303"),
        HiddenObject::Firearms => (pistol(scene, dice)?, "9302"),
        HiddenObject::Ammunition => (cartridges(scene, dice)?, "9306"),
        HiddenObject::Knives => (knives(scene, dice)?, "8211"),
        HiddenObject::Tools => (tools(scene, dice)?, "8205"),
        _ => {
            const BARS: &[(&str, &str)] =
                &[("gold", "7108"), ("copper", "7403"), ("silver", "7106"), ("lead", "7801"), ("aluminium", "7601")];
            let drawn = dice.pick(&BARS[..3]).copied().unwrap_or(BARS[0]);
            let wanted = tampering.material.as_deref();
            let (material, heading) = BARS.iter().find(|(name, _)| Some(*name) == wanted).copied().unwrap_or(drawn);
            (bar(scene, dice, material)?, heading)
        }
    })
}

/// A pistol lying on its side: slide, barrel, frame, grip with magazine.
fn pistol(scene: &Scene, dice: &mut Dice) -> Result<Thing, PhantomError> {
    let (length, height) = (dice.between(178.0, 205.0), dice.between(125.0, 140.0));
    Thing::build(scene, |scene| {
        let (steel, nylon) = (scene.substance("steel", None)?, scene.substance("nylon", None)?);
        let brass = scene.substance("ammunition", Some(3.6))?;
        let nothing = scene.hollow();
        // x along the barrel, z from grip to sights, y its thickness.
        let slide = scene.block([0.0, 2.0, height - 30.0], [length, 27.0, height], steel);
        let bore = scene.nest(slide, block([8.0, 5.0, height - 27.0], [length - 4.0, 24.0, height - 5.0]), nothing);
        let middle = [length * 0.62, 14.5, height - 16.0];
        let half = length * 0.31;
        let barrel = scene.nest(bore, cylinder(Axis::X, middle, 7.5, half), steel);
        scene.nest(barrel, cylinder(Axis::X, middle, 4.5, half), nothing);
        let frame = scene.block([10.0, 1.0, height - 50.0], [length - 15.0, 28.0, height - 30.0], nylon);
        scene.nest(frame, block([30.0, 6.0, height - 48.0], [length - 40.0, 23.0, height - 34.0]), steel);
        let grip = scene.block([14.0, 0.0, 0.0], [68.0, 30.0, height - 50.0], nylon);
        let magazine = scene.nest(grip, block([20.0, 4.0, 2.0], [60.0, 26.0, height - 52.0]), steel);
        scene.nest(magazine, block([22.0, 6.0, 6.0], [58.0, 24.0, height - 54.0]), brass);
        Ok(())
    })
}

/// A rifle lying on its side: receiver with bolt, barrel, gas tube, magazine, grip and stock.
fn rifle(scene: &Scene, dice: &mut Dice) -> Result<Thing, PhantomError> {
    let barrel = dice.between(380.0, 480.0);
    let wood = dice.chance(0.5);
    Thing::build(scene, |scene| {
        let steel = scene.substance("steel", None)?;
        let stock = if wood { scene.substance("wood", Some(0.55))? } else { scene.substance("nylon", Some(0.6))? };
        let brass = scene.substance("ammunition", Some(3.6))?;
        let nothing = scene.hollow();
        scene.block([0.0, 0.0, 105.0], [240.0, 40.0, 160.0], stock);
        let receiver = scene.block([240.0, 4.0, 115.0], [490.0, 36.0, 170.0], steel);
        let inside = scene.nest(receiver, block([243.0, 6.0, 117.0], [487.0, 34.0, 168.0]), nothing);
        scene.nest(inside, cylinder(Axis::X, [380.0, 20.0, 145.0], 12.0, 80.0), steel);
        let centre = [490.0 + barrel / 2.0, 20.0, 145.0];
        let tube = scene.add(cylinder(Axis::X, centre, 9.5, barrel / 2.0), steel);
        scene.nest(tube, cylinder(Axis::X, centre, 3.9, barrel / 2.0), nothing);
        let gas = [490.0 + barrel * 0.3, 20.0, 166.0];
        scene.add(cylinder(Axis::X, gas, 8.0, barrel * 0.3), steel);
        scene.block([500.0, 2.0, 95.0], [500.0 + barrel * 0.45, 38.0, 135.0], stock);
        scene.block([262.0, 6.0, 25.0], [305.0, 34.0, 115.0], stock);
        let magazine = scene.block([360.0, 7.0, 0.0], [425.0, 33.0, 115.0], steel);
        scene.nest(magazine, block([361.0, 8.0, 1.0], [424.0, 32.0, 114.0]), brass);
        Ok(())
    })
}

/// A steel case of cartridges in cartons.
fn cartridges(scene: &Scene, dice: &mut Dice) -> Result<Thing, PhantomError> {
    let size = [dice.between(270.0, 320.0), dice.between(140.0, 180.0), dice.between(130.0, 160.0)];
    let packed = dice.between(2.2, 2.9);
    Thing::build(scene, |scene| {
        let (steel, board) = (scene.substance("steel", None)?, scene.substance("cardboard", Some(0.5))?);
        let rounds = scene.substance("ammunition", Some(packed))?;
        let inside = scene.shell([0.0; 3], size, 0.9, steel, None);
        let step = [0, 2].map(|d| (size[d] - 4.0) / if d == 0 { 4.0 } else { 2.0 });
        for i in 0..4 {
            for k in 0..2 {
                let min = [2.0 + f64::from(i) * step[0], 0.9, 2.0 + f64::from(k) * step[1]];
                let max = [min[0] + step[0] - 1.0, size[1] - 8.0, min[2] + step[1] - 1.0];
                let carton = scene.nest(inside, block(min, max), board);
                scene.nest(carton, block(min.map(|v| v + 1.0), max.map(|v| v - 1.0)), rounds);
            }
        }
        Ok(())
    })
}

/// A dozen knives in sleeves of board, tied into a bundle.
fn knives(scene: &Scene, dice: &mut Dice) -> Result<Thing, PhantomError> {
    let (blade, broad) = (dice.between(160.0, 260.0), dice.between(28.0, 45.0));
    Thing::build(scene, |scene| {
        let steel = scene.substance("stainless_steel", None)?;
        let handle = scene.substance("wood", Some(0.7))?;
        let board = scene.substance("cardboard", Some(0.4))?;
        for i in 0..12 {
            let (x, y) = (0.0, f64::from(i / 2) * 19.0);
            let z = f64::from(i % 2) * (broad + 8.0);
            // The blade in its sleeve, the tang in the handle.
            let sleeve = scene.block([x, y, z], [x + blade + 4.0, y + 19.0, z + broad + 4.0], board);
            scene.nest(
                sleeve,
                block([x + 2.0, y + 8.0, z + 2.0], [x + blade + 4.0, y + 10.4, z + broad + 2.0]),
                steel,
            );
            let from = x + blade + 4.0;
            let grip = scene.block([from, y, z + 6.0], [from + 115.0, y + 19.0, z + 32.0], handle);
            scene.nest(grip, block([from, y + 8.0, z + 10.0], [from + 95.0, y + 10.4, z + 26.0]), steel);
        }
        Ok(())
    })
}

/// A steel box of spanners, hammer heads and sockets.
fn tools(scene: &Scene, dice: &mut Dice) -> Result<Thing, PhantomError> {
    let length = dice.between(400.0, 480.0);
    Thing::build(scene, |scene| {
        let steel = scene.substance("steel", None)?;
        let (width, height) = (205.0, 160.0);
        let inside = scene.shell([0.0; 3], [length, height, width], 1.2, steel, None);
        for i in 0..7 {
            let z = 6.0 + 27.0 * f64::from(i);
            let reach = length - 30.0 - 22.0 * f64::from(i % 4);
            scene.nest(inside, block([12.0, 1.2, z], [reach, 8.5, z + 20.0]), steel);
            scene.nest(inside, block([12.0, 8.5, z], [reach * 0.8, 15.0, z + 20.0]), steel);
        }
        for (i, x) in [60.0, 170.0, 280.0].into_iter().enumerate() {
            let head = cylinder(Axis::Z, [x, 36.0, 70.0], 21.0, 48.0 - 6.0 * i as f64);
            scene.nest(inside, head, steel);
            let socket = scene.nest(inside, cylinder(Axis::X, [x, 33.0, 160.0], 18.0, 34.0), steel);
            let nothing = scene.hollow();
            scene.nest(socket, cylinder(Axis::X, [x, 33.0, 160.0], 11.0, 34.0), nothing);
        }
        Ok(())
    })
}

/// A cast bar, a little narrower above than below.
fn bar(scene: &Scene, dice: &mut Dice, material: &str) -> Result<Thing, PhantomError> {
    let (length, width, height) = (dice.between(230.0, 265.0), dice.between(62.0, 78.0), dice.between(32.0, 42.0));
    Thing::build(scene, |scene| {
        let metal = scene.substance(material, None)?;
        let centre = [length / 2.0, height / 2.0, width / 2.0];
        let half = [length / 2.0, height / 2.0, width / 2.0];
        scene.add(Shape::Pillow { centre, half, roundness: 1.36 }, metal);
        Ok(())
    })
}
