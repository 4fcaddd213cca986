use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance};
use crate::shape::{Axis, Shape};

/// A cab: sheet, glass, dashboard, seats, a bunk, and whoever drives.
pub(super) struct Cab {
    pub(super) x: [f64; 2],
    pub(super) y: [f64; 2],
    pub(super) z: [f64; 2],
    pub(super) has_bunk: bool,
}

/// From the front of the cab to the front edge of the seats, mm.
const SEAT: f64 = 900.0;

impl Cab {
    /// Builds it; one that is narrow has only the driver's seat.
    pub(super) fn build(&self, scene: &mut Scene, dice: &mut Dice, has_driver: bool) -> Result<(), PhantomError> {
        let steel = scene.substance("steel", None)?;
        self.shell(scene, steel)?;
        let ([a, b], [low, _], [z0, z1]) = (self.x, self.y, self.z);
        let plastic = scene.substance("polypropylene", Some(0.25))?;
        scene.block([a + 110.0, low + 480.0, z0 + 90.0], [a + 480.0, low + 880.0, z1 - 90.0], plastic);
        let middle = 0.5 * (z0 + z1);
        let seats = if z1 - z0 < 1500.0 { vec![middle] } else { vec![middle - 560.0, middle + 560.0] };
        for z in &seats {
            seat(scene, steel, [a + SEAT, low, *z])?;
        }
        let z = seats.first().copied().unwrap_or(middle);
        let column = Shape::Rod {
            centre: [a + 600.0, low + 740.0, z],
            axis: [0.6, 0.8, 0.0],
            radius: 25.0,
            half_length: 150.0,
        };
        scene.add(column, steel);
        let rubber = scene.substance("rubber", None)?;
        let ring = |radius: f64| Shape::Rod {
            centre: [a + 705.0, low + 880.0, z],
            axis: [0.6, 0.8, 0.0],
            radius,
            half_length: 14.0,
        };
        let rim = scene.add(ring(225.0), rubber);
        let hollow = scene.hollow();
        scene.nest(rim, ring(197.0), hollow);
        if has_driver {
            let stature = dice.between(0.94, 1.06);
            driver(scene, [a + SEAT + 260.0, low, z], stature)?;
        }
        if self.has_bunk {
            let foam = scene.substance("polyurethane", Some(0.06))?;
            scene.block([b - 640.0, low + 450.0, z0 + 60.0], [b - 30.0, low + 460.0, z1 - 60.0], steel);
            scene.block([b - 640.0, low + 460.0, z0 + 60.0], [b - 30.0, low + 590.0, z1 - 60.0], foam);
            // Lockers under it, with what a driver lives on.
            let goods = scene.substance("polypropylene", Some(dice.between(0.05, 0.15)))?;
            scene.block([b - 620.0, low + 10.0, z0 + 80.0], [b - 60.0, low + 440.0, z1 - 80.0], goods);
        }
        Ok(())
    }

    fn shell(&self, scene: &mut Scene, steel: Substance) -> Result<(), PhantomError> {
        let glass = scene.substance("glass", None)?;
        let ([a, b], [low, high], [z0, z1]) = (self.x, self.y, self.z);
        let (sill, lintel) = (low + 880.0, high - (high - low - 1500.0).max(180.0));
        let door = a + 1230.0;
        // Two skins, frames and trim of doors and quarter panels: some 6 mm of steel in all.
        for z in [z0, z1 - 6.0] {
            scene.block([a, low + 6.0, z], [b, sill, z + 6.0], steel);
            scene.block([a, sill, z], [a + 90.0, lintel, z + 6.0], steel);
            scene.block([a + 90.0, sill, z], [door, lintel, z + 5.0], glass);
            scene.block([door, sill, z], [b, lintel, z + 6.0], steel);
            scene.block([a, lintel, z], [b, high - 4.0, z + 6.0], steel);
        }
        scene.block([a, high - 4.0, z0], [b, high, z1], steel);
        scene.block([a, low, z0], [b, low + 6.0, z1], steel);
        let across = [z0 + 6.0, z1 - 6.0];
        for (x, y) in [(a, [low + 6.0, sill]), (a, [lintel, high - 4.0]), (b - 4.0, [low + 6.0, high - 4.0])] {
            scene.block([x, y[0], across[0]], [x + 4.0, y[1], across[1]], steel);
            scene.mark_fine(x, x + 4.0);
        }
        scene.block([a + 8.0, sill, z0 + 60.0], [a + 15.0, lintel, z1 - 60.0], glass);
        scene.mark_fine(a + 8.0, a + 15.0);
        for z in [z0 + 16.0, z1 - 76.0] {
            for x in [a + 24.0, door + 10.0] {
                scene.shell([x, low + 6.0, z], [x + 70.0, high - 4.0, z + 60.0], 3.0, steel, None);
            }
        }
        Ok(())
    }
}

/// A suspension seat whose front edge, floor and middle are given.
fn seat(scene: &mut Scene, steel: Substance, [x, low, z]: [f64; 3]) -> Result<(), PhantomError> {
    let foam = scene.substance("polyurethane", Some(0.07))?;
    scene.block([x, low + 380.0, z - 260.0], [x + 420.0, low + 505.0, z + 260.0], foam);
    scene.block([x + 420.0, low + 505.0, z - 240.0], [x + 540.0, low + 1150.0, z + 240.0], foam);
    scene.shell([x + 60.0, low + 10.0, z - 180.0], [x + 420.0, low + 380.0, z + 180.0], 2.5, steel, None);
    for side in [-1.0, 1.0] {
        let at = z + side * 265.0;
        scene.block([x + 440.0, low + 380.0, at - 12.0], [x + 455.0, low + 1100.0, at + 12.0], steel);
    }
    Ok(())
}

/// Somebody of some 75 kg at the wheel: `x` the middle of the trunk, `low` the floor. Soft tissue alone: bones add a few
/// hundredths to its attenuation.
fn driver(scene: &mut Scene, [x, low, z]: [f64; 3], stature: f64) -> Result<(), PhantomError> {
    let tissue = scene.substance("soft_tissue", Some(1.05))?;
    let t = stature;
    let seat = low + 506.0;
    let trunk = seat + 275.0 * t;
    scene.add(Shape::Ellipsoid { centre: [x, trunk, z], semi: [148.0 * t, 272.0 * t, 205.0 * t] }, tissue);
    let neck = trunk + 273.0 * t;
    let shape = Shape::Cylinder { axis: Axis::Y, centre: [x, neck + 22.0, z], radius: 58.0, half_length: 22.0 };
    scene.add(shape, tissue);
    let head = [x - 10.0, neck + 45.0 + 125.0 * t, z];
    scene.add(Shape::Ellipsoid { centre: head, semi: [98.0 * t, 124.0 * t, 78.0 * t] }, tissue);
    for side in [-1.0, 1.0] {
        let at = z + side * 105.0;
        let (from, to) = (x - 560.0, x - 152.0 * t);
        let thigh = [0.5 * (from + to), seat + 76.0, at];
        let half_length = 0.5 * (to - from);
        scene.add(Shape::Cylinder { axis: Axis::X, centre: thigh, radius: 75.0, half_length }, tissue);
        let shin = [from + 62.0, low + 6.0 + 250.0, at];
        scene.add(Shape::Cylinder { axis: Axis::Y, centre: shin, radius: 54.0, half_length: 248.0 }, tissue);
        // From the shoulder to the rim of the wheel, which the hands hold from outside.
        let (shoulder, hand) = ([x - 30.0, trunk + 190.0 * t], [x - 425.0, low + 930.0]);
        let d = [hand[0] - shoulder[0], hand[1] - shoulder[1]];
        let length = (d[0] * d[0] + d[1] * d[1]).sqrt();
        scene.add(
            Shape::Rod {
                centre: [shoulder[0] + 0.5 * d[0], shoulder[1] + 0.5 * d[1], z + side * 272.0],
                axis: [d[0] / length, d[1] / length, 0.0],
                radius: 44.0,
                half_length: 0.5 * length,
            },
            tissue,
        );
    }
    Ok(())
}
