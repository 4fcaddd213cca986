use pellucid_core::IsoSize;

use super::container::Space;
use super::frame::Frame;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::Scene;
use crate::shape::{Axis, Shape};

/// Insulation between shell and cladding, mm.
const INSULATION: f64 = 50.0;

/// Builds a tank container of 20 ft: a frame, and in it a horizontal stainless vessel with 2:1 heads, insulated and clad, with
/// manhole, walkway and skirts that carry it at both ends.
pub(super) fn build(scene: &mut Scene, dice: &mut Dice, frame: &Frame, size: IsoSize) -> Result<Space, PhantomError> {
    if size != IsoSize::Twenty {
        return Err(PhantomError::value("container", "container_type", "tanks are built as 20 ft only"));
    }
    let ([x0, y0, z0], [x1, y1, z1]) = (frame.min, frame.max);
    frame.castings(scene);
    frame.posts(scene);
    frame.end_rails(scene);
    // Beam tanks have no side rails, frame tanks have all four.
    if dice.chance(0.7) {
        frame.top_rails(scene);
        frame.bottom_rails(scene);
    }
    let stainless = scene.substance("stainless_steel", None)?;
    let aluminium = scene.substance("aluminium_alloy", None)?;
    let foam = scene.substance("polyurethane", Some(dice.between(0.045, 0.07)))?;
    let radius = dice.between(1130.0, 1185.0);
    let centre = [0.5 * (x0 + x1), y0 + radius + dice.between(60.0, 110.0), 0.5 * (z0 + z1)];
    let reach = 0.5 * (x1 - x0) - dice.between(110.0, 150.0);
    let vessel = |r: f64, reach: f64| Shape::Vessel {
        centre,
        radius: r,
        half_length: reach - 0.5 * r,
        head: 0.5 * r,
        level: f64::INFINITY,
    };
    let wall = dice.between(5.0, 6.6);
    let cladding = scene.add(vessel(radius, reach), aluminium);
    let lagging = scene.nest(cladding, vessel(radius - 1.2, reach - 1.2), foam);
    let (outer, outer_reach) = (radius - 1.2 - INSULATION, reach - 1.2 - INSULATION);
    let shell = scene.nest(lagging, vessel(outer, outer_reach), stainless);
    let nothing = scene.hollow();
    let hollow = scene.nest(shell, vessel(outer - wall, outer_reach - wall), nothing);
    // Skirts between the end frames and the heads; inside them the heads bulge freely.
    let skirt = 0.58 * radius;
    let depth = 0.5 * radius * (1.0 - (1.0 - (skirt / radius).powi(2)).sqrt());
    for (from, to) in [(x0 + 80.0, centre[0] - reach + depth), (centre[0] + reach - depth, x1 - 90.0)] {
        let at = [0.5 * (from + to), centre[1], centre[2]];
        let half_length = 0.5 * (to - from);
        let ring = scene.add(Shape::Cylinder { axis: Axis::X, centre: at, radius: skirt, half_length }, frame.steel);
        let bore = Shape::Cylinder { axis: Axis::X, centre: at, radius: skirt - 6.0, half_length };
        scene.nest(ring, bore, nothing);
    }
    // Struts of each end frame, above and below the skirt.
    for x in [x0 + 8.0, x1 - 78.0] {
        for side in [-1.0, 1.0] {
            let z = centre[2] + side * 760.0;
            for [low, high] in [[y0 + 150.0, centre[1] - 250.0], [centre[1] + 250.0, y1 - 112.0]] {
                scene.shell([x, low, z - 60.0], [x + 70.0, high, z + 60.0], 8.0, frame.steel, None);
            }
        }
    }
    // Beams along the underside, which spread the load of the skirts.
    for z in [centre[2] - 480.0, centre[2] + 380.0] {
        scene.shell([x0 + 90.0, y0 + 14.0, z], [x1 - 90.0, y0 + 54.0, z + 100.0], 6.0, frame.steel, None);
    }
    let top = centre[1] + radius;
    let manhole = centre[0] + dice.between(-300.0, 300.0);
    scene.shell(
        [manhole - 260.0, top + 2.0, centre[2] - 260.0],
        [manhole + 260.0, (top + 130.0).min(y1 - 20.0), centre[2] + 260.0],
        5.0,
        stainless,
        None,
    );
    scene.block([x0 + 200.0, y1 - 60.0, z0 + 250.0], [x1 - 200.0, y1 - 57.0, z0 + 700.0], aluminium);
    let reach = [outer_reach - wall, outer - wall, outer - wall];
    let inside = [[0, 1, 2].map(|d| centre[d] - reach[d]), [0, 1, 2].map(|d| centre[d] + reach[d])];
    Ok(Space { inside, hollow: Some(hollow) })
}

/// The vessel with 2:1 heads in the box around it, or the part of it below a level.
pub(crate) fn vessel_in([low, high]: [[f64; 3]; 2], level: f64) -> Shape {
    let centre = [0, 1, 2].map(|d| 0.5 * (low[d] + high[d]));
    let radius = 0.5 * (high[1] - low[1]);
    let head = 0.5 * radius;
    Shape::Vessel { centre, radius, half_length: 0.5 * (high[0] - low[0]) - head, head, level }
}
