use pellucid_core::IsoSize;

use super::container::Space;
use super::frame::{CASTING, FLOOR, Frame, RAIL};
use super::sheets;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;

/// Builds a steel dry box: castings, posts, rails, corrugated walls and roof, doors, floor on cross-members. Leaves the
/// space between walls, floor and roof.
pub(super) fn build(scene: &mut Scene, dice: &mut Dice, frame: &Frame, size: IsoSize) -> Result<Space, PhantomError> {
    let (min, max) = (frame.min, frame.max);
    frame.whole(scene);
    sheets::walls(scene, dice, frame);
    sheets::roof(scene, dice, frame);
    frame.end_wall(scene, min[0] + 30.0, [min[1] + 150.0, max[1] - 72.0], 46.0, 9, dice.between(1.8, 2.2));
    doors(scene, dice, frame)?;
    floor(scene, dice, frame, size)?;
    // Under inner castings goods stand no higher than the doors are.
    let under = if frame.has_inner_posts { CASTING[1] + 2.0 } else { 48.0 };
    let inside = [[min[0] + 80.0, min[1] + FLOOR, min[2] + 43.0], [max[0] - 80.0, max[1] - under, max[2] - 43.0]];
    Ok(Space { inside, hollow: None })
}

pub(super) fn doors(scene: &mut Scene, dice: &mut Dice, frame: &Frame) -> Result<(), PhantomError> {
    let ([_, y0, z0], [x1, y1, z1]) = (frame.min, frame.max);
    let (y_low, y_high) = (y0 + 152.0, y1 - 114.0);
    let middle = (z0 + z1) / 2.0;
    let x = x1 - 62.0;
    for (a, b) in [(z0 + 114.0, middle - 6.0), (middle + 6.0, z1 - 114.0)] {
        // Frame of each leaf: two uprights and two cross beams, around a folded panel.
        for z in [a, b - 100.0] {
            scene.shell([x, y_low, z], [x + 50.0, y_high, z + 100.0], 3.0, frame.steel, None);
        }
        for y in [y_low, y_high - 150.0] {
            scene.shell([x, y, a + 100.0], [x + 50.0, y + 150.0, b - 100.0], 3.0, frame.steel, None);
        }
        let fold = (b - a - 200.0) / 5.0;
        for i in 0..5 {
            let at = x + 8.0 + 30.0 * f64::from(i % 2);
            let z = a + 100.0 + fold * f64::from(i);
            scene.block([at, y_low + 150.0, z], [at + 2.0, y_high - 150.0, z + fold], frame.steel);
            scene.mark_fine(at, at + 2.0);
        }
        frame.lock_bars(scene, [a, b], || dice.between(850.0, 1100.0));
        let rubber = scene.substance("rubber", None)?;
        scene.block([x1 - 30.0, y_low - 15.0, a], [x1 - 12.0, y_low, b], rubber);
    }
    Ok(())
}

fn floor(scene: &mut Scene, dice: &mut Dice, frame: &Frame, size: IsoSize) -> Result<(), PhantomError> {
    let ([x0, y0, z0], [x1, _, z1]) = (frame.min, frame.max);
    let plywood = scene.substance("plywood", Some(dice.between(0.62, 0.78)))?;
    // Between the lips of the side rails, whose upper side is level with it; ends stop at sill and doors.
    scene.block([x0 + 80.0, y0 + FLOOR - 28.0, z0 + RAIL], [x1 - 90.0, y0 + FLOOR, z1 - RAIL], plywood);
    let (low, high) = (y0 + 16.0, y0 + FLOOR - 28.0);
    let tunnel = if size == IsoSize::Twenty { 0.0 } else { 3150.0 };
    frame.cross_members(scene, [low, high], dice.between(280.0, 330.0), tunnel);
    if tunnel > 0.0 {
        frame.tunnel(scene, [low, high], tunnel);
    } else {
        // Fork pockets.
        let middle = (x0 + x1) / 2.0;
        for x in [middle - 1025.0 - 180.0, middle + 1025.0 - 180.0] {
            scene.block([x, low - 5.0, z0 + RAIL], [x + 360.0, low, z1 - RAIL], frame.steel);
        }
    }
    Ok(())
}
