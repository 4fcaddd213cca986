use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, component};
use crate::shape::{Axis, Shape};

/// A skeletal trailer to be built.
#[derive(Debug, Clone, Copy)]
pub struct ChassisPlan {
    /// x of its front end.
    pub x_mm: f64,
    /// Length.
    pub length_mm: f64,
    /// Height of the containers' underside.
    pub deck_mm: f64,
    /// z of the middle of the lane.
    pub middle_mm: f64,
    /// x of the ends of the containers, where bolsters carry them.
    pub bolsters: [f64; 4],
    /// Axles.
    pub axles: usize,
}

/// A chassis in a scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chassis {
    /// x of the king pin.
    pub king_pin_mm: f64,
    /// Height of the coupling plate.
    pub coupling_mm: f64,
}

impl ChassisPlan {
    /// Builds rails, cross-members, bolsters, axles with wheels, landing legs, tank and bumper.
    ///
    /// # Errors
    /// The catalogue lacks one of its materials.
    pub fn build(self, scene: &mut Scene, dice: &mut Dice) -> Result<Chassis, PhantomError> {
        scene.paint(component::CHASSIS, 0);
        let steel = scene.substance("steel", None)?;
        let (x0, x1, top, mid) = (self.x_mm, self.x_mm + self.length_mm, self.deck_mm - 12.0, self.middle_mm);
        let neck = x0 + dice.between(2500.0, 3300.0);
        let (shallow, deep) = (dice.between(130.0, 170.0), dice.between(330.0, 420.0));
        for z in [mid - 490.0, mid + 490.0] {
            for (a, b, depth) in [(x0, neck, shallow), (neck, x1, deep)] {
                scene.block([a, top - depth, z - 4.0], [b, top, z + 4.0], steel);
                for y in [top - 14.0, top - depth] {
                    scene.block([a, y, z - 65.0], [b, y + 14.0, z + 65.0], steel);
                }
            }
            // The step between neck and deck.
            scene.block([neck - 12.0, top - deep, z - 65.0], [neck, top - shallow, z + 65.0], steel);
        }
        let mut x = x0 + 400.0;
        while x < x1 - 300.0 {
            scene.block([x, top - 110.0, mid - 486.0], [x + 5.0, top - 14.0, mid + 486.0], steel);
            scene.mark_fine(x, x + 5.0);
            x += dice.between(520.0, 760.0);
        }
        for x in self.bolsters.into_iter().filter(|x| *x >= x0 - 200.0 && *x <= x1 + 200.0) {
            let low = [x - 85.0, top - 120.0, mid - 1210.0];
            scene.shell(low, [x + 85.0, top, mid + 1210.0], 6.0, steel, None);
            for z in [mid - 1130.0, mid + 1130.0] {
                scene.block([x - 30.0, top, z - 30.0], [x + 30.0, top + 12.0, z + 30.0], steel);
            }
        }
        let king_pin = x0 + dice.between(650.0, 900.0);
        scene.block(
            [king_pin - 450.0, top - shallow - 8.0, mid - 480.0],
            [king_pin + 450.0, top - shallow, mid + 480.0],
            steel,
        );
        let pin = [king_pin, top - shallow - 50.0, mid];
        scene.add(Shape::Cylinder { axis: Axis::Y, centre: pin, radius: 25.0, half_length: 42.0 }, steel);

        let radius = dice.between(490.0, 520.0);
        let spread = dice.between(1300.0, 1390.0);
        let last = x1 - dice.between(700.0, 1100.0);
        for axle in 0..self.axles {
            let x = last - axle as f64 * spread;
            let hub = [x, radius, mid];
            let beam = Shape::Cylinder { axis: Axis::Z, centre: hub, radius: 64.0, half_length: 920.0 };
            let tube = scene.add(beam, steel);
            let bore = Shape::Cylinder { axis: Axis::Z, centre: hub, radius: 50.0, half_length: 920.0 };
            let hollow = scene.hollow();
            scene.nest(tube, bore, hollow);
            for side in [-1.0, 1.0] {
                for offset in [760.0, 1090.0] {
                    add_wheel(scene, [x, radius, mid + side * offset], radius, 140.0)?;
                }
                let drum = [x, radius, mid + side * 800.0];
                add_tube(scene, Axis::Z, drum, [212.0, 188.0], 110.0)?;
                // Leaf springs and a hanger.
                let z = mid + side * 490.0;
                scene.block([x - 520.0, radius + 66.0, z - 45.0], [x + 520.0, radius + 112.0, z + 45.0], steel);
                scene.block([x + 590.0, radius + 20.0, z - 50.0], [x + 680.0, top - deep, z + 50.0], steel);
            }
        }
        let legs = neck + dice.between(-300.0, 500.0);
        for side in [-1.0, 1.0] {
            let z = mid + side * 700.0;
            scene.shell([legs - 65.0, 330.0, z - 65.0], [legs + 65.0, top - 60.0, z + 65.0], 7.0, steel, None);
            scene.block([legs - 130.0, 300.0, z - 110.0], [legs + 130.0, 318.0, z + 110.0], steel);
        }
        scene.block([legs - 20.0, 820.0, mid - 640.0], [legs + 20.0, 850.0, mid + 640.0], steel);
        let tank = [legs + dice.between(900.0, 1600.0), top - deep - 140.0, mid + dice.between(-200.0, 200.0)];
        add_tube(scene, Axis::Z, tank, [130.0, 126.5], 330.0)?;
        scene.shell([x1 - 120.0, 480.0, mid - 1150.0], [x1 - 20.0, 580.0, mid + 1150.0], 5.0, steel, None);
        for z in [mid - 480.0, mid + 480.0] {
            scene.block([x1 - 110.0, 580.0, z - 6.0], [x1 - 30.0, top - deep, z + 6.0], steel);
        }
        if dice.chance(0.5) {
            let box_x = tank[0] + dice.between(600.0, 1200.0);
            let low = [box_x, top - deep - 480.0, mid - 1050.0];
            scene.shell(low, [box_x + 620.0, top - deep - 60.0, mid - 600.0], 2.0, steel, None);
        }
        Ok(Chassis { king_pin_mm: king_pin, coupling_mm: top - shallow - 8.0 })
    }
}

/// A tube around an axis: radii outside and inside, half length.
pub(super) fn add_tube(
    scene: &mut Scene,
    axis: Axis,
    centre: [f64; 3],
    radii: [f64; 2],
    half_length: f64,
) -> Result<(), PhantomError> {
    let steel = scene.substance("steel", None)?;
    let outer = scene.add(Shape::Cylinder { axis, centre, radius: radii[0], half_length }, steel);
    let hollow = scene.hollow();
    scene.nest(outer, Shape::Cylinder { axis, centre, radius: radii[1], half_length }, hollow);
    Ok(())
}

/// A lorry wheel standing in the lane: tyre on a steel rim with its disc and hub.
pub(super) fn add_wheel(
    scene: &mut Scene,
    centre: [f64; 3],
    radius: f64,
    half_width: f64,
) -> Result<(), PhantomError> {
    add_wheel_on(scene, Axis::Z, centre, radius, half_width, true)
}

/// A lorry wheel on any axis. In the wheels of plain vehicles the hub runs through the disc, which then counts twice in it
/// (10 kg): those scenes are to stay as they are.
pub(super) fn add_wheel_on(
    scene: &mut Scene,
    axis: Axis,
    centre: [f64; 3],
    radius: f64,
    half_width: f64,
    is_plain: bool,
) -> Result<(), PhantomError> {
    let (rubber, steel) = (scene.substance("rubber", None)?, scene.substance("steel", None)?);
    let hollow = scene.hollow();
    let disc = |radius: f64, half_length: f64| Shape::Cylinder { axis, centre, radius, half_length };
    // A worn shoulder: the tread is narrower than the tyre.
    let tyre = scene.add(disc(radius - 22.0, half_width), rubber);
    let tread = scene.add(disc(radius, half_width - 22.0), rubber);
    scene.nest(tread, disc(radius - 22.0, half_width - 22.0), hollow);
    let belt = scene.nest(tyre, disc(radius - 26.0, half_width - 24.0), steel);
    let air = scene.nest(belt, disc(radius - 29.0, half_width - 24.0), hollow);
    let rim = scene.nest(air, disc(288.0, half_width - 24.0), steel);
    scene.nest(rim, disc(274.0, half_width - 24.0), hollow);
    let along = match axis {
        Axis::X => 0,
        Axis::Y => 1,
        Axis::Z => 2,
    };
    for side in [-1.0, 1.0] {
        let mut centre = centre;
        centre[along] += side * (half_width - 12.0);
        let end = Shape::Cylinder { axis, centre, radius: 274.0, half_length: 12.0 };
        scene.nest(tyre, end, hollow);
    }
    let plate = scene.add(disc(273.0, 7.0), steel);
    if !is_plain {
        scene.nest(plate, disc(165.0, 7.0), hollow);
    }
    scene.add(disc(165.0, half_width - 60.0), steel);
    Ok(())
}
