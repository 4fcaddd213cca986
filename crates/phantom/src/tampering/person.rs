use super::recipe::Posture;
use super::thing::{Thing, block, cylinder};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance};
use crate::shape::{Axis, Shape};

/// What the truth calls a person where goods have a heading.
pub(crate) const PERSON: &str = "person";

/// Mass of a dressed person, kg.
const MASS_KG: [f64; 2] = [60.0, 95.0];
/// Thickness of clothes, mm.
const CLOTH: f64 = 4.0;

/// What people are made of. The catalogue has no bone: calcium carbonate at the density of whole bone stands for it.
struct Body {
    tissue: Substance,
    lung: Substance,
    bone: Substance,
    cloth: Substance,
}

impl Body {
    fn of(scene: &mut Scene) -> Result<Self, PhantomError> {
        Ok(Self {
            tissue: scene.substance("soft_tissue", None)?,
            lung: scene.substance("soft_tissue", Some(0.3))?,
            bone: scene.substance("calcium_carbonate", Some(1.45))?,
            cloth: scene.substance("cotton", Some(0.3))?,
        })
    }

    /// A limb along an axis: cloth, tissue, a bone.
    fn limb(&self, scene: &mut Scene, axis: Axis, centre: [f64; 3], radius: f64, half: f64) {
        let cloth = scene.add(cylinder(axis, centre, radius, half), self.cloth);
        let tissue = scene.nest(cloth, cylinder(axis, centre, radius - CLOTH, half), self.tissue);
        scene.nest(tissue, cylinder(axis, centre, 0.24 * radius, half), self.bone);
    }

    /// A limb between two points; its ends are flat.
    fn slanted(&self, scene: &mut Scene, from: [f64; 2], to: [f64; 2], z: f64, radius: f64) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).sqrt();
        let axis = [along[0] / length, along[1] / length, 0.0];
        let centre = [0.5 * (from[0] + to[0]), 0.5 * (from[1] + to[1]), z];
        let rod = |radius: f64| Shape::Rod { centre, axis, radius, half_length: 0.5 * length };
        let cloth = scene.add(rod(radius), self.cloth);
        let tissue = scene.nest(cloth, rod(radius - CLOTH), self.tissue);
        scene.nest(tissue, rod(0.24 * radius), self.bone);
    }

    /// A part of the trunk: a rounded box from `centre` and half sizes; returns the tissue in it.
    fn trunk(&self, scene: &mut Scene, centre: [f64; 3], half: [f64; 3]) -> u32 {
        let cloth = scene.add(Shape::Pillow { centre, half, roundness: 1.22 }, self.cloth);
        let half = half.map(|v| v - CLOTH);
        scene.nest(cloth, Shape::Pillow { centre, half, roundness: 1.22 }, self.tissue)
    }

    fn head(&self, scene: &mut Scene, centre: [f64; 3], semi: [f64; 3]) {
        let head = scene.add(Shape::Ellipsoid { centre, semi }, self.tissue);
        let skull = Shape::Ellipsoid { centre, semi: semi.map(|v| v - 6.0) };
        let skull = scene.nest(head, skull, self.bone);
        scene.nest(skull, Shape::Ellipsoid { centre, semi: semi.map(|v| v - 12.0) }, self.tissue);
    }
}

/// A person in a posture, of a drawn mass.
pub(super) fn draw(scene: &Scene, dice: &mut Dice, posture: Posture) -> Result<Thing, PhantomError> {
    let kg = dice.within(MASS_KG);
    let thing = Thing::build(scene, |scene| match posture {
        Posture::Standing => stretched(scene, false),
        Posture::Lying => stretched(scene, true),
        Posture::Sitting => sitting(scene),
    })?;
    Ok(thing.of_mass(kg))
}

/// Upright, looking along x; or on the back, feet at the origin, everything resting on the floor.
fn stretched(scene: &mut Scene, is_lying: bool) -> Result<(), PhantomError> {
    let body = Body::of(scene)?;
    // `up` along the body, `depth` from back to front.
    let point = |up: f64, depth: f64, z: f64| {
        // Who lies rests on the floor with every part, who stands has them above each other.
        if is_lying { [up, depth, z] } else { [120.0, up, z] }
    };
    let half = |up: f64, depth: f64, z: f64| if is_lying { [up, depth, z] } else { [depth, up, z] };
    let along = if is_lying { Axis::X } else { Axis::Y };
    for side in [-1.0, 1.0] {
        let z = side * 92.0;
        body.limb(scene, along, point(270.0, 52.0, z), 52.0, 190.0);
        body.limb(scene, along, point(655.0, 76.0, z), 76.0, 195.0);
        let foot = if is_lying { [0.0, 0.0, z - 45.0] } else { [40.0, 0.0, z - 45.0] };
        let toe = if is_lying { [80.0, 240.0, z + 45.0] } else { [290.0, 80.0, z + 45.0] };
        let shoe = scene.substance("rubber", Some(0.7))?;
        let shoe = scene.block(foot, toe, shoe);
        scene.nest(shoe, block(foot.map(|v| v + 8.0), toe.map(|v| v - 8.0)), body.tissue);
        let z = side * 242.0;
        body.limb(scene, along, point(1325.0, 44.0, z), 44.0, 150.0);
        body.limb(scene, along, point(1040.0, 37.0, z), 37.0, 135.0);
    }
    body.trunk(scene, point(955.0, 108.0, 0.0), half(105.0, 108.0, 172.0));
    let chest = body.trunk(scene, point(1270.0, 118.0, 0.0), half(210.0, 118.0, 192.0));
    inside_chest(scene, &body, chest, |up, depth, z| {
        let at = point(1270.0 + up, 118.0 + depth, z);
        if is_lying { at } else { [120.0 + depth, at[1], at[2]] }
    });
    body.limb(scene, along, point(1505.0, 56.0, 0.0), 56.0, 25.0);
    body.head(scene, point(1640.0, 96.0, 0.0), half(110.0, 96.0, 78.0));
    Ok(())
}

/// Lungs and spine of a chest whose middle `at(0, 0, 0)` gives; `up` along the body.
fn inside_chest(scene: &mut Scene, body: &Body, chest: u32, at: impl Fn(f64, f64, f64) -> [f64; 3]) {
    let semi = |a: [f64; 3], b: [f64; 3]| [0, 1, 2].map(|d| 0.5 * (a[d] - b[d]).abs());
    for side in [-1.0, 1.0] {
        let (low, high) = (at(-80.0, -55.0, side * 30.0), at(130.0, 85.0, side * 130.0));
        let centre = [0, 1, 2].map(|d| 0.5 * (low[d] + high[d]));
        scene.nest(chest, Shape::Ellipsoid { centre, semi: semi(low, high) }, body.lung);
    }
    let (a, b) = (at(-150.0, -92.0, -16.0), at(150.0, -66.0, 16.0));
    let (min, max) = ([0, 1, 2].map(|d| a[d].min(b[d])), [0, 1, 2].map(|d| a[d].max(b[d])));
    scene.nest(chest, block(min, max), body.bone);
}

/// On the floor with the knees drawn up, looking along x.
fn sitting(scene: &mut Scene) -> Result<(), PhantomError> {
    let body = Body::of(scene)?;
    body.trunk(scene, [118.0, 100.0, 0.0], [112.0, 100.0, 172.0]);
    let chest = body.trunk(scene, [118.0, 410.0, 0.0], [118.0, 210.0, 192.0]);
    inside_chest(scene, &body, chest, |up, depth, z| [118.0 + depth, 410.0 + up, z]);
    body.limb(scene, Axis::Y, [118.0, 645.0, 0.0], 56.0, 25.0);
    body.head(scene, [118.0, 780.0, 0.0], [96.0, 110.0, 78.0]);
    for side in [-1.0, 1.0] {
        let z = side * 92.0;
        body.slanted(scene, [262.0, 130.0], [520.0, 430.0], z, 74.0);
        body.slanted(scene, [640.0, 430.0], [700.0, 90.0], z, 52.0);
        let shoe = scene.substance("rubber", Some(0.7))?;
        let (heel, toe) = ([650.0, 0.0, z - 45.0], [900.0, 80.0, z + 45.0]);
        let shoe = scene.block(heel, toe, shoe);
        scene.nest(shoe, block(heel.map(|v| v + 8.0), toe.map(|v| v - 8.0)), body.tissue);
        let z = side * 242.0;
        body.limb(scene, Axis::Y, [118.0, 460.0, z], 44.0, 150.0);
        body.limb(scene, Axis::X, [300.0, 262.0, z], 37.0, 220.0);
    }
    Ok(())
}
