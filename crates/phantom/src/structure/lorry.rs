use super::cab::Cab;
use super::trailer::Chassis;
use super::vehicle::{Drive, Tractor};
use super::wheel::{add_tube, add_wheel};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance, component};
use crate::shape::{Axis, Shape};

/// A tractor of a stated kind, coupled to a chassis.
///
/// Published kerb masses: cab over 4×2 6–8 t (the lightest are for container work: Mercedes-Benz Actros Loader) and 6×4 7.8–10 t (Volvo FM,
/// Sinotruk Howo), conventional 6×4 day cab 7–8.2 t and sleeper 8–9.5 t (Freightliner Cascadia), terminal 4×2 6.2–8.5 t (Kalmar T2,
/// Terberg YT). A driver and full tanks weigh up to 0.4 t more.
#[derive(Debug, Clone, Copy)]
pub struct TractorPlan {
    /// Its kind.
    pub tractor: Tractor,
    /// Driven axles.
    pub drive: Drive,
    /// Whether somebody sits at the wheel.
    pub has_driver: bool,
    /// z of the middle of the lane.
    pub middle_mm: f64,
}

/// Thickness of the rails' flanges, mm; with the web, inner rails and brackets included.
const FLANGE: f64 = 16.0;

/// Heights and places that its parts share.
struct Layout {
    front: f64,
    steer: f64,
    axles: Vec<f64>,
    /// Frame rails: ends along the lane, and heights.
    rails: [f64; 2],
    rail_y: [f64; 2],
    radius: f64,
    mid: f64,
    steel: Substance,
}

impl TractorPlan {
    /// From the king pin to the front bumper, mm.
    pub(super) fn reach_mm(tractor: Tractor) -> f64 {
        match tractor {
            Tractor::CabOver | Tractor::CabOverSleeper => 4650.0,
            Tractor::Conventional => 4950.0,
            Tractor::ConventionalSleeper => 6600.0,
            Tractor::Terminal => 3900.0,
        }
    }

    /// Builds it.
    ///
    /// # Errors
    /// The catalogue lacks one of its materials.
    pub fn build(self, scene: &mut Scene, dice: &mut Dice, chassis: Chassis) -> Result<(), PhantomError> {
        scene.paint(component::TRACTOR, 0);
        let steel = scene.substance("steel", None)?;
        let (king_pin, coupling) = (chassis.king_pin_mm, chassis.coupling_mm);
        let front = king_pin - Self::reach_mm(self.tractor);
        // Tractors for low couplings have low tyres.
        let radius = dice.between(485.0, 500.0).min(0.5 * (coupling - 60.0));
        let is_long = matches!(self.tractor, Tractor::Conventional | Tractor::ConventionalSleeper);
        let rail_top = coupling - 150.0;
        let l = Layout {
            front,
            steer: front + if is_long { dice.between(1150.0, 1250.0) } else { dice.between(1350.0, 1450.0) },
            axles: match self.drive {
                Drive::FourByTwo => vec![king_pin + 450.0],
                Drive::SixByFour => vec![king_pin - 480.0, king_pin + 840.0],
            },
            rails: [front + 300.0, king_pin + 1150.0],
            rail_y: [(rail_top - 270.0).max(radius + 105.0), rail_top],
            radius,
            mid: self.middle_mm,
            steel,
        };
        self.frame(scene, &l, king_pin, coupling);
        running_gear(scene, &l)?;
        let floor = self.floor(&l);
        let engine_end = self.engine(scene, dice, &l, floor)?;
        tanks(scene, dice, &l)?;
        let cab = self.cab(dice, &l, floor);
        cab.build(scene, dice, self.has_driver)?;
        if is_long {
            bonnet(scene, &l, engine_end, cab.y[0])?;
            let stack = [cab.x[1] + 130.0, 2200.0, l.mid + 950.0];
            add_tube(scene, Axis::Y, stack, [64.0, 62.0], 1150.0)?;
        }
        Ok(())
    }

    /// Height of the cab's floor.
    fn floor(self, l: &Layout) -> f64 {
        let wanted = match self.tractor {
            Tractor::CabOver => 1300.0,
            Tractor::CabOverSleeper => 1460.0,
            Tractor::Conventional | Tractor::ConventionalSleeper => 1060.0,
            Tractor::Terminal => 1000.0,
        };
        f64::max(wanted, l.rail_y[1] + 30.0)
    }

    fn cab(self, dice: &mut Dice, l: &Layout, floor: f64) -> Cab {
        let (x, height, z) = match self.tractor {
            Tractor::CabOver => ([0.0, 1700.0], dice.between(1650.0, 1800.0), [-1240.0, 1240.0]),
            Tractor::CabOverSleeper => ([0.0, 2250.0], dice.between(2000.0, 2350.0), [-1245.0, 1245.0]),
            Tractor::Conventional => ([1650.0, 3100.0], dice.between(1650.0, 1750.0), [-1050.0, 1050.0]),
            Tractor::ConventionalSleeper => ([1650.0, 4850.0], dice.between(2250.0, 2600.0), [-1200.0, 1200.0]),
            Tractor::Terminal => ([150.0, 1750.0], dice.between(1700.0, 1850.0), [-1240.0, -345.0]),
        };
        Cab {
            x: x.map(|x| l.front + x),
            y: [floor, floor + height],
            z: z.map(|z| l.mid + z),
            has_bunk: matches!(self.tractor, Tractor::CabOverSleeper | Tractor::ConventionalSleeper),
        }
    }

    fn frame(self, scene: &mut Scene, l: &Layout, king_pin: f64, coupling: f64) {
        let is_terminal = self.tractor == Tractor::Terminal;
        let web = if is_terminal { 30.0 } else { 18.0 };
        for side in [-1.0, 1.0] {
            let z = l.mid + side * 400.0;
            scene.block(
                [l.rails[0], l.rail_y[0] + FLANGE, z - web / 2.0],
                [l.rails[1], l.rail_y[1] - FLANGE, z + web / 2.0],
                l.steel,
            );
            for y in [l.rail_y[0], l.rail_y[1] - FLANGE] {
                scene.block([l.rails[0], y, z - 40.0], [l.rails[1], y + FLANGE, z + 40.0], l.steel);
            }
            // Pedestals of the fifth wheel.
            let low = [king_pin - 220.0, l.rail_y[1], l.mid + side * 380.0 - 50.0];
            scene.block(low, [king_pin + 220.0, coupling - 45.0, low[2] + 100.0], l.steel);
        }
        // Its plate in two halves: the king pin stands in the slot between them.
        for (a, b) in [(-430.0, -60.0), (60.0, 430.0)] {
            scene.block(
                [king_pin - 420.0, coupling - 45.0, l.mid + a],
                [king_pin + 420.0, coupling, l.mid + b],
                l.steel,
            );
        }
        let bumper = if is_terminal { 12.0 } else { 6.0 };
        scene.shell([l.front, 350.0, l.mid - 1200.0], [l.front + 90.0, 640.0, l.mid + 1200.0], bumper, l.steel, None);
        if is_terminal {
            // The boom that lifts the fifth wheel.
            for side in [-1.0, 1.0] {
                let low = [king_pin - 1500.0, l.rail_y[1], l.mid + side * 240.0 - 40.0];
                scene.block(low, [king_pin - 230.0, l.rail_y[1] + 100.0, low[2] + 80.0], l.steel);
            }
        }
        // Front cross-beam, on which cab and bumper stand, with the steering gear.
        scene.block([l.front + 180.0, 660.0, l.mid - 850.0], [l.front + 300.0, 780.0, l.mid + 850.0], l.steel);
        for x in [l.rails[1] - 970.0, l.rails[1] - 20.0] {
            scene.block(
                [x, l.rail_y[0] + FLANGE, l.mid - 384.0],
                [x + 8.0, l.rail_y[1] - FLANGE, l.mid + 384.0],
                l.steel,
            );
            scene.mark_fine(x, x + 8.0);
        }
    }

    /// Engine, radiator, gearbox and shaft; gives where the engine ends.
    fn engine(self, scene: &mut Scene, dice: &mut Dice, l: &Layout, floor: f64) -> Result<f64, PhantomError> {
        let aluminium = scene.substance("aluminium", Some(0.9))?;
        let is_long = matches!(self.tractor, Tractor::Conventional | Tractor::ConventionalSleeper);
        let high = if is_long {
            1620.0
        } else if self.tractor == Tractor::Terminal {
            1400.0
        } else {
            floor - 50.0
        };
        let low = [l.front + 480.0, 640.0, l.mid - 320.0];
        let length = if is_long { 1130.0 } else { 1250.0 };
        let end = low[0] + length;
        // Castings with the hollows of cylinders and gears, so not solid iron: 1.1 to 1.3 t for 11 to 13 litres.
        let litres = 640.0e-6 * length * (high - low[1]) - 6.0 * 380.0e-6 * std::f64::consts::PI * 62.0 * 62.0;
        let iron = scene.substance("cast_iron", Some(dice.between(1100.0, 1300.0) / litres))?;
        let block = scene.block(low, [end, high, l.mid + 320.0], iron);
        let hollow = scene.hollow();
        for i in 0..6 {
            let centre = [low[0] + 0.08 * length + 0.165 * length * f64::from(i), high - 240.0, l.mid];
            let bore = Shape::Cylinder { axis: Axis::Y, centre, radius: 62.0, half_length: 190.0 };
            scene.nest(block, bore, hollow);
        }
        scene.block([l.front + 330.0, 700.0, l.mid - 350.0], [l.front + 430.0, high, l.mid + 350.0], aluminium);
        let iron = scene.substance("cast_iron", Some(3.0))?;
        let gear = [end + 440.0, 800.0_f64.min(floor - 260.0), l.mid];
        scene.add(Shape::Cylinder { axis: Axis::X, centre: gear, radius: 215.0, half_length: 420.0 }, iron);
        let first = l.axles.first().copied().unwrap_or(gear[0] + 1500.0);
        let shaft = [gear[0] + 425.0, first - 200.0];
        if shaft[1] > shaft[0] + 100.0 {
            let centre = [0.5 * (shaft[0] + shaft[1]), gear[1] - 100.0, l.mid];
            add_tube(scene, Axis::X, centre, [60.0, 54.0], 0.5 * (shaft[1] - shaft[0]))?;
        }
        Ok(end)
    }
}

/// Axles with wheels, differentials, springs.
fn running_gear(scene: &mut Scene, l: &Layout) -> Result<(), PhantomError> {
    let iron = scene.substance("cast_iron", Some(6.0))?;
    let drum = scene.substance("cast_iron", Some(6.0))?;
    for &x in &l.axles {
        for side in [-1.0, 1.0] {
            for z in [740.0, 1065.0] {
                add_wheel(scene, Axis::Z, [x, l.radius, l.mid + side * z], l.radius, 135.0)?;
            }
            add_tube(scene, Axis::Z, [x, l.radius, l.mid + side * 345.0], [85.0, 60.0], 140.0)?;
            // Brake and hub reduction.
            let brake = [x, l.radius, l.mid + side * 545.0];
            scene.add(Shape::Cylinder { axis: Axis::Z, centre: brake, radius: 205.0, half_length: 59.0 }, drum);
            springs(scene, l, x, side, l.radius + 86.0);
        }
        scene.add(Shape::Ellipsoid { centre: [x, l.radius, l.mid], semi: [190.0, 200.0, 195.0] }, iron);
    }
    if let [first, second] = l.axles[..] {
        // The bogie: walking beams and their trunnion.
        let x = 0.5 * (first + second);
        for side in [-1.0, 1.0] {
            let low = [x - 150.0, l.radius - 70.0, l.mid + side * 400.0 - 60.0];
            scene.block(low, [x + 150.0, l.radius + 80.0, low[2] + 120.0], l.steel);
        }
        add_tube(scene, Axis::Z, [x, l.radius, l.mid], [75.0, 50.0], 339.0)?;
    }
    for side in [-1.0, 1.0] {
        add_wheel(scene, Axis::Z, [l.steer, l.radius, l.mid + side * 1010.0], l.radius, 145.0)?;
        springs(scene, l, l.steer, side, l.radius + 41.0);
        let brake = [l.steer, l.radius, l.mid + side * 815.0];
        scene.add(Shape::Cylinder { axis: Axis::Z, centre: brake, radius: 190.0, half_length: 49.0 }, drum);
    }
    scene.block(
        [l.steer - 45.0, l.radius - 50.0, l.mid - 765.0],
        [l.steer + 45.0, l.radius + 40.0, l.mid + 765.0],
        l.steel,
    );
    Ok(())
}

fn springs(scene: &mut Scene, l: &Layout, x: f64, side: f64, y: f64) {
    let z = l.mid + side * 400.0;
    let top = (y + 48.0).min(l.rail_y[0]);
    if top > y + 5.0 {
        scene.block([x - 450.0, y, z - 38.0], [x + 450.0, top, z + 38.0], l.steel);
    }
}

/// A fuel tank to one side; to the other another one, or batteries and the box that cleans the exhaust.
fn tanks(scene: &mut Scene, dice: &mut Dice, l: &Layout) -> Result<(), PhantomError> {
    let first = l.axles.first().copied().unwrap_or(l.rails[1]);
    let (from, to) = (l.steer + l.radius + 90.0, first - l.radius - 90.0);
    if to - from < 500.0 {
        return Ok(());
    }
    let (aluminium, diesel) = (scene.substance("aluminium", None)?, scene.substance("diesel", None)?);
    let half = (0.5 * (to - from)).min(dice.between(520.0, 680.0));
    let middle = from + half;
    let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let centre = [middle, 690.0, l.mid + side * 860.0];
    let tank = scene.add(Shape::Cylinder { axis: Axis::X, centre, radius: 290.0, half_length: half }, aluminium);
    let vessel = |level: f64, r: f64, h: f64| Shape::Vessel { centre, radius: r, half_length: h, head: 1.0, level };
    let hollow = scene.hollow();
    let inside = scene.nest(tank, vessel(f64::INFINITY, 286.0, half - 4.0), hollow);
    let level = 690.0 + 286.0 * dice.between(-0.7, 0.85);
    scene.nest(inside, vessel(level, 286.0, half - 4.0), diesel);
    let ends = [l.mid - side * 560.0, l.mid - side * 1140.0];
    let (a, b) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let ceramic = scene.substance("ceramic", Some(0.75))?;
    let stainless = scene.substance("stainless_steel", None)?;
    scene.shell([middle - half, 430.0, a], [middle, 960.0, b], 3.0, stainless, Some(ceramic));
    let battery = scene.substance("lead_acid_battery", None)?;
    scene.block([middle + 60.0, 520.0, a + 40.0], [middle + half.min(400.0), 760.0, b - 40.0], battery);
    Ok(())
}

/// Bonnet of glass-fibre over a long-nosed tractor's engine.
fn bonnet(scene: &mut Scene, l: &Layout, engine_end: f64, floor: f64) -> Result<(), PhantomError> {
    let skin = scene.substance("glass_fibre", Some(1.9))?;
    let (a, b) = (l.front + 110.0, engine_end + 35.0);
    let y = [floor - 60.0, 1700.0];
    for side in [-1.0, 1.0] {
        let z = l.mid + side * 840.0;
        scene.block([a, y[0], z - 2.5], [b, y[1], z + 2.5], skin);
    }
    scene.block([a, y[1], l.mid - 842.5], [b, y[1] + 5.0, l.mid + 842.5], skin);
    scene.block([a - 5.0, y[0], l.mid - 842.5], [a, y[1] + 5.0, l.mid + 842.5], skin);
    Ok(())
}
