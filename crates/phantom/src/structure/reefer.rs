use pellucid_core::IsoSize;

use super::container::Space;
use super::frame::Frame;
use super::machinery::add_machinery;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance};
use crate::shape::Shape;

/// Insulated walls, roof and doors: thickness, mm. A 40 ft high cube is 11.59 m long, 2.29 m wide and 2.56 m high inside.
const WALL: f64 = 74.0;
const ROOF: f64 = 103.0;
const DOOR: f64 = 100.0;
/// Underside to the top of the T-bars, and their height.
const FLOOR: f64 = 232.0;
const T_BAR: f64 = 63.5;
/// T-bars across the box stand this far apart.
const T_PITCH: f64 = 60.0;
/// Front end of the box to the inside of the bulkhead behind the machinery.
const MACHINERY: f64 = 500.0;

struct Skins {
    outer: Substance,
    foam: Substance,
    inner: Substance,
}

/// Builds an integral refrigerated box: steel frame, walls of sheet, foam and liner with posts inside, a floor of aluminium
/// T-bars, and the machinery across its front end.
pub(super) fn build(scene: &mut Scene, dice: &mut Dice, frame: &Frame, size: IsoSize) -> Result<Space, PhantomError> {
    let ([x0, y0, z0], [x1, y1, z1]) = (frame.min, frame.max);
    frame.whole(scene);
    let skins = Skins {
        outer: scene.substance("stainless_steel", None)?,
        foam: scene.substance("polyurethane", Some(dice.between(0.038, 0.05)))?,
        inner: scene.substance("stainless_steel", None)?,
    };
    let spacing = dice.between(700.0, 1250.0);
    let sheet = dice.between(1.1, 1.4);
    for (outside, inward) in [(z0 + 6.0, 1.0), (z1 - 6.0, -1.0)] {
        side_wall(scene, frame, &skins, [outside, inward], sheet, spacing);
    }
    roof(scene, frame, &skins, spacing)?;
    doors(scene, dice, frame, &skins)?;
    floor(scene, dice, frame, size)?;
    // The frame that the unit is bolted into.
    for z in [z0 + 114.0, z1 - 122.0] {
        scene.block([x0 + 85.0, y0 + 150.0, z], [x0 + 300.0, y1 - 75.0, z + 8.0], frame.steel);
    }
    add_machinery(scene, dice, [x0 + 85.0, x0 + MACHINERY], [y0 + 155.0, y1 - 75.0], [z0 + 164.0, z1 - 164.0])?;
    let inside = [[x0 + MACHINERY, y0 + FLOOR, z0 + WALL], [x1 - DOOR, y1 - ROOF, z1 - WALL]];
    Ok(Space { inside, hollow: None })
}

/// A panel from its outer face (z and the direction inwards), with upright posts of folded sheet in its foam.
fn side_wall(scene: &mut Scene, frame: &Frame, skins: &Skins, [outside, inward]: [f64; 2], sheet: f64, spacing: f64) {
    let ([x0, y0, _], [x1, y1, _]) = (frame.min, frame.max);
    let (from, to) = (x0 + 124.0, x1 - 124.0);
    let y = [y0 + 162.0, y1 - 66.0];
    let slab = |a: f64, b: f64| {
        let (a, b) = (outside + inward * a, outside + inward * b);
        ([from, y[0], a.min(b)], [to, y[1], a.max(b)])
    };
    let (inner_face, liner) = (WALL - 6.0, 0.7);
    let (low, high) = slab(0.0, sheet);
    scene.block(low, high, skins.outer);
    let (low, high) = slab(sheet, inner_face - liner);
    let foam = scene.block(low, high, skins.foam);
    let (low, high) = slab(inner_face - liner, inner_face);
    scene.block(low, high, skins.inner);
    let count = ((to - from) / spacing).floor().max(1.0);
    for i in 1..count as usize {
        // A U of 2 mm steel, 45 mm wide and 40 mm deep, its web on the outer sheet.
        let x = from + (to - from) * i as f64 / count;
        let part = |scene: &mut Scene, x: [f64; 2], a: f64, b: f64| {
            let (low, high) = slab(sheet + a, sheet + b);
            let shape = Shape::Block { min: [x[0], low[1], low[2]], max: [x[1], high[1], high[2]] };
            scene.nest(foam, shape, frame.steel);
        };
        part(scene, [x, x + 45.0], 0.0, 2.0);
        for at in [x, x + 43.0] {
            part(scene, [at, at + 2.0], 2.0, 40.0);
            scene.mark_fine(at, at + 2.0);
        }
    }
}

fn roof(scene: &mut Scene, frame: &Frame, skins: &Skins, spacing: f64) -> Result<(), PhantomError> {
    let ([x0, _, z0], [x1, y1, z1]) = (frame.min, frame.max);
    let aluminium = scene.substance("aluminium_alloy", None)?;
    let (from, to) = (x0 + 90.0, x1 - 90.0);
    scene.block([from, y1 - 10.0, z0 + 62.0], [to, y1 - 8.4, z1 - 62.0], aluminium);
    let (low, high) = ([from, y1 - ROOF + 0.8, z0 + WALL], [to, y1 - 10.0, z1 - WALL]);
    let foam = scene.block(low, high, skins.foam);
    scene.block([from, y1 - ROOF, z0 + WALL], [to, y1 - ROOF + 0.8, z1 - WALL], aluminium);
    let count = ((to - from) / spacing).floor().max(1.0);
    for i in 1..count as usize {
        let x = from + (to - from) * i as f64 / count;
        let shape = Shape::Block { min: [x, y1 - 42.0, low[2]], max: [x + 2.5, y1 - 10.0, high[2]] };
        scene.nest(foam, shape, frame.steel);
        scene.mark_fine(x, x + 2.5);
    }
    Ok(())
}

fn doors(scene: &mut Scene, dice: &mut Dice, frame: &Frame, skins: &Skins) -> Result<(), PhantomError> {
    let ([_, y0, z0], [x1, y1, z1]) = (frame.min, frame.max);
    let (y_low, y_high) = (y0 + 152.0, y1 - 114.0);
    let middle = (z0 + z1) / 2.0;
    let rubber = scene.substance("rubber", None)?;
    for (a, b) in [(z0 + 114.0, middle - 6.0), (middle + 6.0, z1 - 114.0)] {
        let (inside, outside) = (x1 - DOOR + 2.0, x1 - 26.0);
        let leaf = scene.block([inside, y_low, a], [outside, y_high, b], skins.outer);
        let foam =
            Shape::Block { min: [inside + 1.2, y_low + 1.2, a + 1.2], max: [outside - 1.2, y_high - 1.2, b - 1.2] };
        scene.nest(leaf, foam, skins.foam);
        for x in [inside, outside - 1.2] {
            scene.mark_fine(x, x + 1.2);
        }
        frame.lock_bars(scene, [a, b], || dice.between(850.0, 1100.0));
        scene.block([x1 - DOOR - 10.0, y_low, a], [x1 - DOOR + 2.0, y_low + 25.0, b], rubber);
    }
    Ok(())
}

/// Cross-members, a steel skin, foam, and T-bars along the box.
fn floor(scene: &mut Scene, dice: &mut Dice, frame: &Frame, size: IsoSize) -> Result<(), PhantomError> {
    let ([x0, y0, z0], [x1, _, z1]) = (frame.min, frame.max);
    let (low, high) = (y0 + 10.0, y0 + 112.0);
    let tunnel = if size == IsoSize::Twenty { 0.0 } else { 3150.0 };
    frame.cross_members(scene, [low, high], dice.between(330.0, 420.0), tunnel);
    if tunnel > 0.0 {
        frame.tunnel(scene, [low, high], tunnel);
    }
    let (from, to) = (x0 + MACHINERY, x1 - DOOR - 12.0);
    let (a, b) = (z0 + WALL, z1 - WALL);
    scene.block([from, high, a], [to, high + 2.0, b], frame.steel);
    let foam = scene.substance("polyurethane", Some(0.05))?;
    let base = y0 + FLOOR - T_BAR;
    scene.block([from, high + 2.0, a], [to, base, b], foam);
    let aluminium = scene.substance("aluminium_alloy", None)?;
    scene.block([from, base, a], [to, base + 3.5, b], aluminium);
    let count = ((b - a) / T_PITCH).floor() as usize;
    for i in 0..count {
        let z = a + (i as f64 + 0.5) * (b - a) / count as f64;
        scene.block([from, base + 3.5, z - 1.7], [to, base + T_BAR - 4.5, z + 1.7], aluminium);
        scene.block([from, base + T_BAR - 4.5, z - 16.0], [to, base + T_BAR, z + 16.0], aluminium);
    }
    Ok(())
}
