use pellucid_core::IsoSize;

use super::container::Space;
use super::frame::{CASTING, Frame};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;

/// Length of an end wall with its gussets.
const END: f64 = 230.0;

/// Builds a flat rack: a deep floor of beams with a wooden deck, and an end wall at either end.
pub(super) fn build(scene: &mut Scene, dice: &mut Dice, frame: &Frame, size: IsoSize) -> Result<Space, PhantomError> {
    let ([x0, y0, z0], [x1, y1, z1]) = (frame.min, frame.max);
    frame.castings(scene);
    frame.posts(scene);
    frame.end_rails(scene);
    // 20 ft flats have a floor of some 350 mm, longer ones of some 620 mm, which carries 40 t between the castings.
    let is_short = size == IsoSize::Twenty;
    let (deck, web, flange) = if is_short { (350.0, 8.0, [150.0, 16.0]) } else { (620.0, 10.0, [200.0, 20.0]) };
    let wood = scene.substance("wood", Some(dice.between(0.6, 0.75)))?;
    let top = y0 + deck - 50.0;
    let (a, b) = (x0 + CASTING[0], x1 - CASTING[0]);
    scene.block([a, top, z0 + 60.0], [b, top + 50.0, z1 - 60.0], wood);
    for z in [z0 + 10.0, z1 - 10.0 - web] {
        let flanges = if z < 0.5 * (z0 + z1) { [z, z + flange[0]] } else { [z + web - flange[0], z + web] };
        scene.block([a, y0 + 12.0 + flange[1], z], [b, top - flange[1], z + web], frame.steel);
        for y in [y0 + 12.0, top - flange[1]] {
            scene.block([a, y, flanges[0]], [b, y + flange[1], flanges[1]], frame.steel);
        }
    }
    // Two inner beams, under the cross-members.
    let middle = 0.5 * (z0 + z1);
    for z in [middle - 490.0, middle + 490.0] {
        let y = [y0 + 30.0, top - 164.0];
        scene.block([a, y[0] + 10.0, z - 4.5], [b, y[1] - 10.0, z + 4.5], frame.steel);
        for low in [y[0], y[1] - 10.0] {
            scene.block([a, low, z - 50.0], [b, low + 10.0, z + 50.0], frame.steel);
        }
    }
    let depth = [top - 160.0, top - 4.0];
    frame.cross_members(scene, depth, dice.between(400.0, 520.0), 0.0);
    let y = [y0 + deck, y1 - 120.0];
    let thickness = dice.between(4.4, 5.4);
    for x in [x0 + 30.0, x1 - 30.0 - 46.0] {
        frame.end_wall(scene, x, y, 46.0, 7, thickness);
    }
    // Gussets that hold the end walls upright.
    for (from, to) in [(x0 + 124.0, x0 + END), (x1 - END, x1 - 124.0)] {
        for z in [z0 + 20.0, z1 - 28.0] {
            scene.block([from, y0 + deck, z], [to, y0 + deck + 600.0, z + 8.0], frame.steel);
        }
    }
    let inside = [[x0 + END + 20.0, y0 + deck, z0 + 30.0], [x1 - END - 20.0, y1 - 20.0, z1 - 30.0]];
    Ok(Space { inside, hollow: None })
}
