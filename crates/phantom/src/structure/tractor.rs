use super::chassis::{add_tube, add_wheel};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, component};
use crate::shape::{Axis, Shape};

/// Builds a tractor whose fifth wheel is under the king pin; its front reaches some 5 m before it.
///
/// # Errors
/// The catalogue lacks one of its materials.
pub fn add_tractor(
    scene: &mut Scene,
    dice: &mut Dice,
    king_pin_mm: f64,
    coupling_mm: f64,
    middle_mm: f64,
) -> Result<(), PhantomError> {
    scene.paint(component::TRACTOR, 0);
    let steel = scene.substance("steel", None)?;
    let mid = middle_mm;
    let front = king_pin_mm - dice.between(4700.0, 5100.0);
    let rear = king_pin_mm + 900.0;
    let top = coupling_mm - 160.0;
    for z in [mid - 400.0, mid + 400.0] {
        scene.block([front + 250.0, top - 270.0, z - 4.0], [rear, top, z + 4.0], steel);
        for y in [top - 9.0, top - 270.0] {
            scene.block([front + 250.0, y, z - 40.0], [rear, y + 9.0, z + 40.0], steel);
        }
    }
    // Fifth wheel.
    scene.block(
        [king_pin_mm - 420.0, coupling_mm - 45.0, mid - 430.0],
        [king_pin_mm + 420.0, coupling_mm, mid + 430.0],
        steel,
    );
    scene.block(
        [king_pin_mm - 200.0, top, mid - 430.0],
        [king_pin_mm + 200.0, coupling_mm - 45.0, mid - 330.0],
        steel,
    );
    scene.block(
        [king_pin_mm - 200.0, top, mid + 330.0],
        [king_pin_mm + 200.0, coupling_mm - 45.0, mid + 430.0],
        steel,
    );

    let radius = dice.between(490.0, 515.0);
    let rear_axles: &[f64] = if dice.chance(0.7) { &[-650.0, 670.0] } else { &[0.0] };
    for offset in rear_axles {
        let x = king_pin_mm + offset;
        for side in [-1.0, 1.0] {
            for z in [740.0, 1065.0] {
                add_wheel(scene, [x, radius, mid + side * z], radius, 135.0)?;
            }
            scene.paint(component::TRACTOR, 0);
        }
        add_tube(scene, Axis::Z, [x, radius, mid], [85.0, 72.0], 860.0)?;
        scene.add(Shape::Ellipsoid { centre: [x, radius, mid], semi: [190.0, 200.0, 190.0] }, steel);
    }
    let steer = front + dice.between(1350.0, 1500.0);
    for side in [-1.0, 1.0] {
        add_wheel(scene, [steer, radius, mid + side * 1010.0], radius, 145.0)?;
    }
    add_tube(scene, Axis::Z, [steer, radius, mid], [60.0, 35.0], 900.0)?;

    // Engine and gearbox: castings with the hollows of cylinders and gears, so not solid iron.
    let iron = scene.substance("cast_iron", Some(3.2))?;
    let engine = [front + 650.0, 620.0, mid - 330.0];
    let block = scene.block(engine, [engine[0] + 1150.0, engine[1] + 820.0, mid + 330.0], iron);
    let hollow = scene.hollow();
    for i in 0..6 {
        let centre = [engine[0] + 120.0 + 182.0 * f64::from(i), engine[1] + 560.0, mid];
        scene.nest(block, Shape::Cylinder { axis: Axis::Y, centre, radius: 60.0, half_length: 200.0 }, hollow);
    }
    let gear = [engine[0] + 1650.0, 800.0, mid];
    scene.add(Shape::Cylinder { axis: Axis::X, centre: gear, radius: 230.0, half_length: 470.0 }, iron);
    scene.block([front + 420.0, 700.0, mid - 420.0], [front + 520.0, 1500.0, mid + 420.0], iron);

    let (aluminium, diesel) = (scene.substance("aluminium", None)?, scene.substance("diesel", None)?);
    for side in [-1.0, 1.0] {
        let centre = [steer + 1500.0, 720.0, mid + side * 880.0];
        let shape = |radius: f64| Shape::Cylinder { axis: Axis::X, centre, radius, half_length: 480.0 };
        let tank = scene.add(shape(300.0), aluminium);
        scene.nest(tank, shape(296.0), diesel);
    }
    cab(scene, dice, front, mid)
}

fn cab(scene: &mut Scene, dice: &mut Dice, front: f64, mid: f64) -> Result<(), PhantomError> {
    let (steel, glass) = (scene.substance("steel", None)?, scene.substance("glass", None)?);
    let (foam, water) = (scene.substance("polyurethane", Some(0.07))?, scene.substance("soft_tissue", None)?);
    let length = dice.between(1650.0, 2250.0);
    let (low, high) = (1150.0, dice.between(2900.0, 3500.0));
    let (z0, z1) = (mid - 1240.0, mid + 1240.0);
    let rear = front + length;
    for z in [z0, z1 - 3.0] {
        // Door and quarter panel below and behind the side window; window glass above the door.
        scene.block([front, low, z], [rear, low + 850.0, z + 3.0], steel);
        scene.block([front + 1150.0, low + 850.0, z], [rear, high, z + 3.0], steel);
        scene.block([front, high - 250.0, z], [front + 1150.0, high, z + 3.0], steel);
        scene.block([front + 120.0, low + 850.0, z], [front + 1150.0, high - 250.0, z + 4.0], glass);
    }
    for (x, top) in [(front, low + 850.0), (rear - 2.0, high)] {
        scene.block([x, low, z0 + 3.0], [x + 2.0, top, z1 - 3.0], steel);
        scene.mark_fine(x, x + 2.0);
    }
    scene.block([front + 10.0, low + 850.0, z0 + 60.0], [front + 16.0, high - 250.0, z1 - 60.0], glass);
    scene.mark_fine(front + 10.0, front + 16.0);
    scene.block([front, high - 2.0, z0], [rear, high, z1], steel);
    scene.block([front, low, z0], [rear, low + 3.0, z1], steel);
    for z in [z0 + 20.0, z1 - 80.0] {
        // A and B pillars.
        for x in [front + 20.0, front + 1130.0] {
            scene.shell([x, low, z], [x + 70.0, high, z + 60.0], 3.0, steel, None);
        }
    }
    let plastic = scene.substance("polypropylene", Some(0.25))?;
    scene.block([front + 60.0, low + 480.0, z0 + 80.0], [front + 480.0, low + 880.0, z1 - 80.0], plastic);
    for (side, seat_z) in [(0, mid - 560.0), (1, mid + 560.0)] {
        let seat = front + 820.0;
        scene.block([seat, low + 380.0, seat_z - 260.0], [seat + 480.0, low + 510.0, seat_z + 260.0], foam);
        scene.block([seat + 420.0, low + 510.0, seat_z - 240.0], [seat + 540.0, low + 1150.0, seat_z + 240.0], foam);
        scene.shell(
            [seat + 60.0, low + 30.0, seat_z - 180.0],
            [seat + 420.0, low + 380.0, seat_z + 180.0],
            2.5,
            steel,
            None,
        );
        scene.block([seat + 470.0, low + 380.0, seat_z - 200.0], [seat + 485.0, low + 1100.0, seat_z - 170.0], steel);
        scene.block([seat + 470.0, low + 380.0, seat_z + 170.0], [seat + 485.0, low + 1100.0, seat_z + 200.0], steel);
        if side == 0 && dice.chance(0.6) {
            let x = seat + 300.0;
            for (dx, dy, semi) in [
                (0.0, 830.0, [130.0, 320.0, 210.0]),
                (-20.0, 1270.0, [95.0, 130.0, 80.0]),
                (-200.0, 560.0, [270.0, 85.0, 180.0]),
            ] {
                scene.add(Shape::Ellipsoid { centre: [x + dx, low + dy, seat_z], semi }, water);
            }
        }
    }
    let column = Shape::Rod {
        centre: [front + 560.0, low + 720.0, mid - 560.0],
        axis: [0.6, 0.8, 0.0],
        radius: 25.0,
        half_length: 280.0,
    };
    scene.add(column, steel);
    // Sleeper bunk.
    if length > 1900.0 {
        scene.block([rear - 560.0, low + 600.0, z0 + 60.0], [rear - 40.0, low + 700.0, z1 - 60.0], foam);
    }
    Ok(())
}
