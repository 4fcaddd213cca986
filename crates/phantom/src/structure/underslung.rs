use super::trailer::{Frame, MAIN_Z, SLIDER_Z, TrailerPlan};
use super::vehicle::{Legs, Trailer};
use super::wheel::{add_tube, add_wheel};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;
use crate::shape::Axis;

/// From the middle to the beams that carry axles and bumper.
fn beam_z(plan: &TrailerPlan) -> f64 {
    if plan.trailer == Trailer::Slider { SLIDER_Z } else { MAIN_Z }
}

/// Ends of something at both sides of a trailer, the smaller one first.
fn ordered(f: &Frame, side: f64, [a, b]: [f64; 2]) -> [f64; 2] {
    if side > 0.0 { [f.mid + a, f.mid + b] } else { [f.mid - b, f.mid - a] }
}

/// Axles, wheels, brakes, springs.
pub(super) fn axles(plan: &TrailerPlan, scene: &mut Scene, f: &Frame) -> Result<(), PhantomError> {
    let radius = f.radius;
    for &x in &f.axles {
        // 150 mm square tubes of some 13 mm.
        let low = [x - 70.0, radius - 70.0, f.mid - 615.0];
        scene.shell(low, [x + 70.0, radius + 70.0, f.mid + 615.0], 12.0, f.steel, None);
        for side in [-1.0, 1.0] {
            for offset in [760.0, 1060.0] {
                add_wheel(scene, Axis::Z, [x, radius, f.mid + side * offset], radius, 135.0)?;
            }
            add_tube(scene, Axis::Z, [x, radius, f.mid + side * 910.0], [212.0, 192.0], 12.0)?;
            let z = f.mid + side * beam_z(plan);
            scene.block([x - 520.0, radius + 71.0, z - 40.0], [x + 520.0, radius + 112.0, z + 40.0], f.steel);
            for at in [x - 560.0, x + 520.0] {
                let low = [at, radius + 30.0, z - 45.0];
                scene.shell(low, [at + 40.0, f.edge.lowest(at, at + 40.0), z + 45.0], 8.0, f.steel, None);
            }
        }
    }
    Ok(())
}

/// Legs, air tank, tool box, spare wheel and bumper.
pub(super) fn hang(plan: &TrailerPlan, scene: &mut Scene, dice: &mut Dice, f: &Frame) -> Result<(), PhantomError> {
    let legs = f.neck + dice.between(90.0, 110.0);
    landing_legs(plan, scene, dice, f, legs);
    let first_tyre = f.axles.last().map_or(f.x[1], |x| x - f.radius);
    let mut free = legs + 150.0;
    if plan.has_spare_wheel || plan.has_tool_box {
        let room = first_tyre - 60.0 - free;
        if room < 970.0 {
            let key = if plan.has_spare_wheel { "vehicle.spare_wheel" } else { "vehicle.tool_box" };
            let reason = format!("needs 970 mm between legs and tyres, there are {room:.0}: fewer axles leave more");
            return Err(PhantomError::value("recipe", key, reason));
        }
        let under = f.edge.lowest(free, free + 970.0);
        if plan.has_spare_wheel {
            let centre = [free + 485.0, under - 160.0, f.mid];
            add_wheel(scene, Axis::Y, centre, 480.0, 135.0)?;
            scene.block(
                [free + 445.0, under - 310.0, f.mid - 520.0],
                [free + 525.0, under - 296.0, f.mid + 520.0],
                f.steel,
            );
        }
        if plan.has_tool_box {
            let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
            let [a, b] = ordered(f, side, [640.0, 1120.0]);
            // Beside the beams, clear of what reaches out from them.
            let high = (f.top - 150.0).min(under + 300.0);
            let low = [free + 120.0, high - 420.0, a];
            scene.shell(low, [free + 820.0, high, b], 2.0, f.steel, None);
            // Ropes, lashings, a jack: a fifth of the box.
            let tools = scene.substance("steel", Some(1.1))?;
            let low = [free + 150.0, high - 416.0, a + 30.0];
            scene.block(low, [free + 790.0, high - 340.0, b - 30.0], tools);
        }
        free += 970.0;
    }
    if first_tyre - free > 420.0 {
        let under = f.edge.lowest(free + 50.0, free + 310.0);
        add_tube(scene, Axis::Z, [free + 180.0, under - 140.0, f.mid], [130.0, 126.5], 330.0)?;
    }
    let bumper = [f.x[1] - 100.0, 450.0, f.mid - 1150.0];
    scene.shell(bumper, [f.x[1], 560.0, f.mid + 1150.0], 5.0, f.steel, None);
    for side in [-1.0, 1.0] {
        let z = f.mid + side * beam_z(plan);
        let high = f.edge.lowest(f.x[1] - 90.0, f.x[1] - 10.0);
        scene.block([f.x[1] - 90.0, 560.0, z - 6.0], [f.x[1] - 10.0, high, z + 6.0], f.steel);
    }
    Ok(())
}

fn landing_legs(plan: &TrailerPlan, scene: &mut Scene, dice: &mut Dice, f: &Frame, legs: f64) {
    let foot = match plan.legs {
        Legs::Down => 0.0,
        Legs::Up => dice.between(330.0, 420.0),
    };
    let low = f.edge.lowest(legs - 90.0, legs + 90.0);
    for side in [-1.0, 1.0] {
        let z = f.mid + side * 700.0;
        let corner = [legs - 65.0, foot + 18.0, z - 65.0];
        scene.shell(corner, [legs + 65.0, f.top - 140.0, z + 65.0], 7.0, f.steel, None);
        scene.block([legs - 130.0, foot, z - 110.0], [legs + 130.0, foot + 18.0, z + 110.0], f.steel);
        // Bracket to the main beam.
        let beside = if plan.trailer == Trailer::Terminal { 20.0 } else { 0.0 };
        let [a, b] = ordered(f, side, [556.0 + beside, 634.0]);
        scene.block([legs - 90.0, low, a], [legs + 90.0, (f.top - 160.0).max(low + 60.0), b], f.steel);
    }
    // A stay between them, under the beams.
    let stay = (low - 60.0).min(700.0);
    scene.block([legs - 15.0, stay, f.mid - 630.0], [legs + 15.0, stay + 30.0, f.mid + 630.0], f.steel);
}
