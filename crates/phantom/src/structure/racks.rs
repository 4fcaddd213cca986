use super::storage::StorageRacks;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance};
use crate::shape::{Axis, Shape};

/// What a battery-storage container was fitted out with.
#[derive(Debug, Clone, Default)]
pub(crate) struct FittedOut {
    /// Modules in its racks.
    pub(crate) modules: usize,
    /// Spaces inside it that could hide something: the hollow and its corners.
    pub(crate) spaces: Vec<(u32, [f64; 3], [f64; 3])>,
}

/// A module of LFP cells: liquid-cooled ones of 52 prismatic cells of 280 Ah (some 330 kg), air-cooled ones of 16 to 20
/// (some 100 kg). A 280 Ah cell is 174 × 72 × 204 mm and weighs 5.4 kg (makers' data sheets: EVE LF280K, CATL).
struct Module {
    /// Along the box, up, across it.
    size: [f64; 3],
    rows: usize,
    density: f64,
}

/// Along the box: the cooling unit at its front, control and fire suppression at its other end.
const COOLING: f64 = 740.0;
const CONTROL: f64 = 600.0;
/// Between the modules of neighbouring racks, for uprights.
const BETWEEN: f64 = 68.0;
/// Under the lowest module: switchgear of the rack.
const PLINTH: f64 = 110.0;
/// Most that modules may weigh together, kg: the unit is to stay within 36 t on the road.
const MOST_KG: f64 = 31_000.0;

struct Materials {
    steel: Substance,
    aluminium: Substance,
    copper: Substance,
    electronics: Substance,
    coolant: Substance,
}

/// Fills the inside of a shell: `fill` is the share of the racks' places that hold a module. Brush is the caller's.
pub(crate) fn fit_out(
    scene: &mut Scene,
    dice: &mut Dice,
    inside: [[f64; 3]; 2],
    racks: StorageRacks,
    fill: f64,
) -> Result<FittedOut, PhantomError> {
    let m = Materials {
        steel: scene.substance("steel", None)?,
        aluminium: scene.substance("aluminium_alloy", None)?,
        copper: scene.substance("copper", None)?,
        electronics: scene.substance("electronics", Some(dice.between(0.7, 0.95)))?,
        coolant: scene.substance("water", Some(1.06))?,
    };
    let [low, high] = inside;
    let half = 0.5 * (high[2] - low[2]);
    let module = match racks {
        StorageRacks::BackToBack => Module {
            size: [dice.between(770.0, 785.0), dice.between(226.0, 236.0), (half - 50.0).min(1095.0)],
            rows: 4,
            density: dice.between(1.88, 2.0),
        },
        StorageRacks::Aisle => Module {
            size: [dice.between(440.0, 480.0), dice.between(224.0, 238.0), dice.between(680.0, 740.0)],
            rows: 2,
            density: dice.between(1.85, 2.05),
        },
    };
    let cells = scene.substance("lfp_cell", Some(module.density))?;
    let (from, to) = (low[0] + COOLING + 40.0, high[0] - CONTROL - 40.0);
    let step = module.size[1] + 18.0;
    let tiers = ((high[1] - low[1] - PLINTH - 120.0) / step).floor().max(1.0) as usize;
    // Cases, plates and links are some 15 % on top of what cells in the whole of a module would weigh at nine tenths.
    let module_kg = 1.05 * module.density * module.size.iter().product::<f64>() * 1e-6 * 0.9;
    let carried = (MOST_KG / module_kg / (2 * tiers) as f64).floor();
    let room = to - from - 40.0;
    let count = (room / (module.size[0] + BETWEEN)).floor().min(carried).max(1.0);
    // Racks that weight leaves out leave wider gaps between the others.
    let pitch = (room / count).min(module.size[0] + 4.0 * BETWEEN);
    let start = from + 0.5 * (to - from - count * pitch);
    let count = count as usize;
    let places = 2 * count * tiers;
    let wanted = (fill.clamp(0.0, 1.0) * places as f64).round() as usize;
    let mut fitted = FittedOut::default();
    for rack in 0..2 * count {
        let (i, side) = (rack / 2, if rack % 2 == 0 { -1.0 } else { 1.0 });
        let middle = 0.5 * (low[2] + high[2]);
        let x = start + i as f64 * pitch;
        // Distance of the rack's inner and outer face from the middle of the box.
        let (inner, outer) = match racks {
            StorageRacks::BackToBack => (22.0, 22.0 + module.size[2]),
            StorageRacks::Aisle => (half - 12.0 - module.size[2], half - 12.0),
        };
        let z = [middle + side * inner, middle + side * outer];
        let z = [z[0].min(z[1]), z[0].max(z[1])];
        let height = low[1] + PLINTH + tiers as f64 * step + 10.0;
        let margin = 0.5 * (pitch - module.size[0]);
        for at in [x + margin - 32.0, x + pitch - margin + 2.0] {
            for z in [z[0], z[1] - 40.0] {
                scene.shell([at, low[1], z], [at + 30.0, height, z + 40.0], 2.5, m.steel, None);
            }
        }
        let body = [x + margin, x + margin + module.size[0]];
        for tier in 0..tiers {
            let y = low[1] + PLINTH + tier as f64 * step;
            for at in [body[0], body[1] - 45.0] {
                scene.block([at, y - 4.0, z[0] + 42.0], [at + 45.0, y, z[1] - 42.0], m.steel);
            }
            // Racks are filled from below.
            if tier * 2 * count + rack < wanted {
                add_module(scene, &m, cells, &module, [body[0], y, z[0]], side);
                fitted.modules += 1;
            }
        }
        let gear = [body[0] + 20.0, low[1] + 12.0, z[0] + 0.2 * module.size[2]];
        scene.block(gear, [body[1] - 20.0, low[1] + PLINTH - 14.0, gear[2] + 0.55 * module.size[2]], m.electronics);
        // The rack's own busbar, upright in the gap beside its modules.
        let bar = [x + pitch - margin + 8.0, low[1] + PLINTH, 0.5 * (z[0] + z[1])];
        scene.block(bar, [bar[0] + 8.0, height, bar[2] + 60.0], m.copper);
    }
    // Busbars along the box, and what carries cables, above the racks.
    let (bars, middle) = (high[1] - 60.0, 0.5 * (low[2] + high[2]));
    let along = [start, start + count as f64 * pitch];
    for at in [-150.0, 150.0] {
        scene.block([along[0], bars, middle + at - 5.0], [along[1], bars + 50.0, middle + at + 5.0], m.copper);
    }
    let cable = scene.substance("cable", Some(dice.between(0.9, 1.4)))?;
    scene.block([along[0], bars - 10.0, middle - 100.0], [along[1], bars + 30.0, middle + 100.0], cable);
    if racks == StorageRacks::BackToBack {
        coolant_pipes(scene, &m, along, [bars - 42.0, middle]);
    }
    cooling(scene, dice, &m, low, [low[0] + COOLING, high[1], high[2]])?;
    control(scene, dice, &m, [high[0] - CONTROL, low[1], low[2]], high, &mut fitted)?;
    Ok(fitted)
}

/// One module whose lower corner is given; its plugs are on the side away from the middle of the box.
fn add_module(scene: &mut Scene, m: &Materials, cells: Substance, module: &Module, low: [f64; 3], side: f64) {
    let high = [0, 1, 2].map(|d| low[d] + module.size[d]);
    let case = 2.5;
    let inside = scene.shell(low, high, case, m.aluminium, None);
    let (a, b) = ([0, 1, 2].map(|d| low[d] + case), [0, 1, 2].map(|d| high[d] - case));
    let mut nest = |min: [f64; 3], max: [f64; 3], substance| scene.nest(inside, Shape::Block { min, max }, substance);
    nest(a, [b[0], a[1] + 6.0, b[2]], m.aluminium);
    let front = if side < 0.0 { [a[2], a[2] + 55.0] } else { [b[2] - 55.0, b[2]] };
    let depth = if side < 0.0 { [a[2] + 62.0, b[2] - 6.0] } else { [a[2] + 6.0, b[2] - 62.0] };
    nest([a[0] + 20.0, a[1] + 20.0, front[0]], [b[0] - 20.0, b[1] - 30.0, front[0] + 6.0], m.electronics);
    let width = (b[0] - a[0] - 8.0) / module.rows as f64;
    let top = a[1] + 6.0 + 204.0_f64.min(b[1] - a[1] - 18.0);
    for row in 0..module.rows {
        let x = a[0] + 8.0 + row as f64 * width;
        nest([x, a[1] + 6.0, depth[0]], [x + width - 8.0, top, depth[1]], cells);
        // Links of the cells, in a strip over each row's terminals.
        let middle = x + 0.5 * (width - 8.0);
        for at in [middle - 52.0, middle + 32.0] {
            nest([at, top, depth[0] + 10.0], [at + 20.0, top + 2.5, depth[1] - 10.0], m.copper);
        }
    }
}

/// Supply and return of the coolant along the box.
fn coolant_pipes(scene: &mut Scene, m: &Materials, along: [f64; 2], [y, middle]: [f64; 2]) {
    for at in [-60.0, 60.0] {
        let centre = [0.5 * (along[0] + along[1]), y, middle + at];
        let half_length = 0.5 * (along[1] - along[0]);
        let pipe = |radius: f64| Shape::Cylinder { axis: Axis::X, centre, radius, half_length };
        let tube = scene.add(pipe(30.0), m.steel);
        scene.nest(tube, pipe(27.0), m.coolant);
    }
}

/// The cooling unit across the front end: coil, two fans, compressor, pump and tank in a frame; 350 to 700 kg (a chiller of
/// 40 to 60 kW).
fn cooling(
    scene: &mut Scene,
    dice: &mut Dice,
    m: &Materials,
    low: [f64; 3],
    high: [f64; 3],
) -> Result<(), PhantomError> {
    let fins = scene.substance("aluminium_alloy", Some(dice.between(0.5, 0.62)))?;
    let tubes = scene.substance("copper", Some(dice.between(0.34, 0.46)))?;
    let motor = scene.substance("electric_motor", None)?;
    let compressor = scene.substance("compressor", Some(dice.between(4.4, 5.2)))?;
    let middle = 0.5 * (low[2] + high[2]);
    let half = 0.5 * (high[2] - low[2]) - 40.0;
    let top = high[1] - 120.0;
    for z in [middle - half, middle + half - 40.0] {
        for x in [low[0] + 10.0, high[0] - 50.0] {
            scene.shell([x, low[1], z], [x + 40.0, top, z + 40.0], 3.0, m.steel, None);
        }
    }
    scene.block([high[0] - 4.0, low[1], middle - half], [high[0] - 2.5, top, middle + half], m.steel);
    scene.mark_fine(high[0] - 4.0, high[0] - 2.5);
    let shelf = low[1] + (top - low[1]) * dice.between(0.4, 0.46);
    scene.block([low[0] + 52.0, shelf, middle - half], [high[0] - 52.0, shelf + 3.0, middle + half], m.steel);
    let coil = low[0] + 70.0;
    let inner = [middle - half + 50.0, middle + half - 50.0];
    scene.block([coil, shelf + 60.0, inner[0]], [coil + 70.0, top - 60.0, inner[1]], fins);
    scene.block([coil + 70.0, shelf + 60.0, inner[0]], [coil + 130.0, top - 60.0, inner[1]], tubes);
    for side in [-1.0, 1.0] {
        let centre = [coil + 300.0, 0.5 * (shelf + top), middle + side * 0.5 * half];
        scene.add(Shape::Cylinder { axis: Axis::X, centre, radius: 95.0, half_length: 80.0 }, motor);
        let ring = |radius: f64| Shape::Cylinder {
            axis: Axis::X,
            centre: [coil + 420.0, centre[1], centre[2]],
            radius,
            half_length: 35.0,
        };
        let shroud = scene.add(ring(380.0_f64.min(0.45 * (top - shelf))), m.steel);
        let hollow = scene.hollow();
        scene.nest(shroud, ring(380.0_f64.min(0.45 * (top - shelf)) - 3.0), hollow);
    }
    let at = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let centre = [low[0] + 330.0, low[1] + 260.0, middle + at * 0.5 * half];
    scene.add(Shape::Cylinder { axis: Axis::Y, centre, radius: 125.0, half_length: 230.0 }, compressor);
    let pump = [low[0] + 330.0, low[1] + 150.0, middle];
    scene.add(Shape::Cylinder { axis: Axis::Z, centre: pump, radius: 85.0, half_length: 160.0 }, motor);
    let tank = [low[0] + 160.0, low[1] + 40.0, middle - at * 0.75 * half - 170.0];
    scene.shell(tank, [tank[0] + 340.0, tank[1] + 420.0, tank[2] + 340.0], 2.0, m.steel, Some(m.coolant));
    Ok(())
}

/// Control cabinet and the bottles of the fire suppression, at the other end.
fn control(
    scene: &mut Scene,
    dice: &mut Dice,
    m: &Materials,
    low: [f64; 3],
    high: [f64; 3],
    fitted: &mut FittedOut,
) -> Result<(), PhantomError> {
    let is_near = dice.chance(0.5);
    let middle = 0.5 * (low[2] + high[2]);
    let z = if is_near { [low[2] + 30.0, middle - 60.0] } else { [middle + 60.0, high[2] - 30.0] };
    let (min, max) = ([low[0] + 20.0, low[1] + 60.0, z[0]], [high[0] - 30.0, low[1] + 2000.0, z[1]]);
    let inside = scene.shell(min, max, 2.0, m.steel, None);
    let shelves = [[0.03, 0.2], [0.3, 0.42], [0.52, 0.6], [0.72, 0.9]];
    let height = max[1] - min[1];
    for [a, b] in shelves {
        let part = Shape::Block {
            min: [min[0] + 60.0, min[1] + a * height, min[2] + 40.0],
            max: [max[0] - 160.0, min[1] + b * height, max[2] - 40.0],
        };
        scene.nest(inside, part, m.electronics);
    }
    let free = (
        [min[0] + 70.0, min[1] + 0.61 * height, min[2] + 45.0],
        [max[0] - 60.0, min[1] + 0.71 * height, max[2] - 45.0],
    );
    fitted.spaces.push((inside, free.0, free.1));
    // Seamless steel bottles of 70 to 120 l with a fluorinated agent under nitrogen.
    let agent = scene.substance("ethanol", Some(dice.between(1.1, 1.35)))?;
    let bottles = dice.whole(2, 3);
    let radius = dice.between(128.0, 150.0);
    let far = if is_near { [middle + 60.0, high[2] - 30.0] } else { [low[2] + 30.0, middle - 60.0] };
    for i in 0..bottles {
        let centre =
            [0.5 * (low[0] + high[0]), low[1] + 700.0, far[0] + radius + 10.0 + i as f64 * (2.0 * radius + 14.0)];
        let bottle = |radius: f64, half_length: f64| Shape::Cylinder { axis: Axis::Y, centre, radius, half_length };
        let wall = scene.add(bottle(radius, 640.0), m.steel);
        scene.nest(wall, bottle(radius - 6.5, 630.0), agent);
        let valve = [centre[0], centre[1] + 700.0, centre[2]];
        let brass = scene.substance("brass", None)?;
        scene.add(Shape::Cylinder { axis: Axis::Y, centre: valve, radius: 30.0, half_length: 60.0 }, brass);
    }
    Ok(())
}
