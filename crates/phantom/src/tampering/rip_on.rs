use super::organic::{Cavity, Stuff};
use super::thing::Thing;
use crate::error::PhantomError;
use crate::scene::Scene;
use crate::shape::Shape;

/// A sports bag of bricks: cloth, clothes around the bricks, and in them `kg`.
pub(super) fn bag(scene: &Scene, stuff: &Stuff, kg: f64) -> Result<Thing, PhantomError> {
    let [length, height, width] = stuff.brick_mm();
    let brick_kg = length * height * width * stuff.substance.density * 1e-6;
    let count = (kg / brick_kg).ceil().max(1.0);
    // Two abreast, three long, as high as it must be; longer when it grows too high.
    let along = if count > 48.0 { 4.0 } else { 3.0 };
    let layers = (count / (2.0 * along)).ceil();
    let pile = [along * (length + 2.0), layers * height + 1.0, 2.0 * (width + 2.0)];
    // The corners of the pile touch the bag where its roundness cuts the corners of its box.
    const ROUNDNESS: f64 = 1.38;
    let reach = 0.98 * ROUNDNESS / 3.0_f64.sqrt();
    let half = pile.map(|v| 0.5 * v / reach + 6.0);
    Thing::build(scene, |scene| {
        let (nylon, clothes) = (scene.substance("nylon", Some(0.8))?, scene.substance("cotton", Some(0.12))?);
        let outside = Shape::Pillow { centre: [0.0; 3], half, roundness: ROUNDNESS };
        let cloth = scene.add(outside, nylon);
        let inside = Shape::Pillow { centre: [0.0; 3], half: half.map(|v| v - 1.5), roundness: ROUNDNESS };
        let inside = scene.nest(cloth, inside, clothes);
        let [min, max] = [-0.5, 0.5].map(|side| pile.map(|v| side * v));
        stuff.fill(scene, &Cavity { parent: Some(inside), min, max }, kg);
        Ok(())
    })
}
