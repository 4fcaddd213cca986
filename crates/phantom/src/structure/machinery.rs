use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;
use crate::shape::{Axis, Shape};

/// Builds the refrigeration unit across the front end between `x`, `y` and `z`: bulkhead of foam between aluminium sheets,
/// below it compressor, receiver, condenser with fan and controller, above it evaporator with two fans. Some 400 to 480 kg,
/// as makers publish for 40 ft units.
pub(super) fn add_machinery(
    scene: &mut Scene,
    dice: &mut Dice,
    x: [f64; 2],
    y: [f64; 2],
    z: [f64; 2],
) -> Result<(), PhantomError> {
    let aluminium = scene.substance("aluminium_alloy", None)?;
    let foam = scene.substance("polyurethane", Some(0.045))?;
    let steel = scene.substance("steel", None)?;
    // Bulkhead, and the shelf between the warm half below and the cold half above.
    let inner = x[1] - 58.0;
    let bulkhead = scene.block([inner, y[0] - 5.0, z[0] - 40.0], [x[1], y[1], z[1] + 40.0], aluminium);
    let core =
        Shape::Block { min: [inner + 3.0, y[0] - 2.0, z[0] - 37.0], max: [x[1] - 2.0, y[1] - 3.0, z[1] + 37.0] };
    scene.nest(bulkhead, core, foam);
    scene.mark_fine(inner, inner + 3.0);
    scene.mark_fine(x[1] - 2.0, x[1]);
    let shelf = y[0] + (y[1] - y[0]) * dice.between(0.5, 0.56);
    let cold = scene.block([x[0], shelf, z[0]], [inner, shelf + 40.0, z[1]], aluminium);
    let core = Shape::Block { min: [x[0], shelf + 3.0, z[0] + 3.0], max: [inner, shelf + 37.0, z[1] - 3.0] };
    scene.nest(cold, core, foam);
    for at in [z[0], z[1] - 45.0] {
        scene.shell([x[0], y[0], at], [x[0] + 45.0, shelf, at + 45.0], 4.0, aluminium, None);
        scene.shell([x[0], shelf + 40.0, at], [x[0] + 45.0, y[1], at + 45.0], 4.0, aluminium, None);
    }
    // Panels that close the unit to both sides.
    for at in [z[0] - 6.0, z[1] + 3.0] {
        scene.block([x[0] + 2.0, y[0], at], [inner - 4.0, y[1], at + 3.0], steel);
    }
    for at in [z[0] - 2.0, z[1] - 46.0] {
        let (low, high) = ([x[0] + 46.0, y[0], at], [inner - 4.0, y[1], at + 48.0]);
        scene.shell(low, high, 4.0, aluminium, Some(foam));
    }
    let middle = 0.5 * (x[0] + inner);
    let width = z[1] - z[0];
    // A unit stands with the compressor to one side or the other.
    let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let across = |share: f64| 0.5 * (z[0] + z[1]) + side * share * width;
    let at = dice.between(0.26, 0.3);
    let compressor = scene.substance("compressor", Some(dice.between(4.4, 5.2)))?;
    let base = y[0] + dice.between(20.0, 60.0);
    let radius = dice.between(118.0, 134.0);
    scene.add(
        Shape::Cylinder {
            axis: Axis::Z,
            centre: [middle, base + radius + 20.0, across(at)],
            radius,
            half_length: dice.between(205.0, 240.0),
        },
        compressor,
    );
    scene.block([middle - 120.0, base, across(at) - 200.0], [middle + 120.0, base + 6.0, across(at) + 200.0], steel);
    let receiver = [middle - 90.0, base + 260.0, across(-0.05)];
    let shell =
        scene.add(Shape::Cylinder { axis: Axis::Y, centre: receiver, radius: 80.0, half_length: 200.0 }, steel);
    let refrigerant = scene.substance("ethanol", Some(1.1))?;
    scene.nest(
        shell,
        Shape::Cylinder { axis: Axis::Y, centre: receiver, radius: 76.0, half_length: 196.0 },
        refrigerant,
    );
    // Coils are tubes in fins: a quarter of copper and aluminium, the rest air.
    let fins = scene.substance("aluminium_alloy", Some(dice.between(0.5, 0.62)))?;
    let tubes = scene.substance("copper", Some(dice.between(0.34, 0.46)))?;
    let motor = scene.substance("electric_motor", None)?;
    let condenser = shelf - dice.between(640.0, 700.0);
    scene.block([middle + 10.0, condenser, z[0] + 64.0], [middle + 85.0, shelf - 60.0, z[1] - 64.0], fins);
    scene.block([middle + 85.0, condenser, z[0] + 64.0], [middle + 30.0, shelf - 60.0, z[1] - 64.0], tubes);
    // Its header, bent round below the shelf.
    scene.block([middle + 116.0, shelf - 130.0, z[0] + 64.0], [inner - 12.0, shelf - 60.0, z[1] - 64.0], fins);
    let fan = [middle - 60.0, condenser + 300.0, across(-0.1)];
    scene.add(Shape::Cylinder { axis: Axis::X, centre: fan, radius: 78.0, half_length: 60.0 }, motor);
    let box_of = scene.substance("electronics", Some(dice.between(0.55, 0.75)))?;
    let corner = [x[0] + 55.0, base + 60.0, across(-0.3) - 230.0];
    scene.block(corner, [corner[0] + 170.0, corner[1] + dice.between(420.0, 520.0), corner[2] + 460.0], box_of);
    let cold_fins = scene.substance("aluminium_alloy", Some(dice.between(0.3, 0.4)))?;
    // Evaporator across the cold half, its fans above it.
    let evaporator = shelf + dice.between(150.0, 230.0);
    let height = dice.between(270.0, 320.0);
    for (from, to, substance) in [(-130.0, 60.0, cold_fins), (60.0, 150.0, tubes)] {
        scene.block(
            [middle + from, evaporator, z[0] + 64.0],
            [middle + to, evaporator + height, z[1] - 64.0],
            substance,
        );
    }
    for share in [-0.22, 0.22] {
        let centre = [middle, evaporator + height + dice.between(190.0, 240.0), across(share)];
        scene.add(Shape::Cylinder { axis: Axis::Y, centre, radius: 68.0, half_length: 85.0 }, motor);
    }
    Ok(())
}
