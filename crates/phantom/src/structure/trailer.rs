use super::chassis::{Chassis, add_tube, add_wheel_on};
use super::vehicle::{Legs, Trailer};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance, component};
use crate::shape::{Axis, Shape};

/// A trailer of a stated kind to be built.
///
/// Published tares: skeletal 40 ft tri-axle 4.6–6.2 t, 20 ft 3.2–4.6 t; gooseneck 40 ft 3.3–5.6 t; slider 5–6.5 t; flat-bed
/// 40 ft 6–8 t; terminal trailers 5.5–8 t (makers' data sheets: CIMC, Schmitz Cargobull, Krone, Buiscar, Hyundai Translead).
#[derive(Debug, Clone)]
pub struct TrailerPlan {
    /// Its kind.
    pub trailer: Trailer,
    /// x of its front end.
    pub x_mm: f64,
    /// Length.
    pub length_mm: f64,
    /// Height of the containers' underside.
    pub deck_mm: f64,
    /// z of the middle of the lane.
    pub middle_mm: f64,
    /// x of the middles of the pairs of bottom castings that it carries.
    pub castings_x_mm: Vec<f64>,
    /// Axles.
    pub axles: usize,
    /// Landing legs.
    pub legs: Legs,
    /// Spare wheel under the frame.
    pub has_spare_wheel: bool,
    /// Tool box at the side.
    pub has_tool_box: bool,
    /// Twist locks in the castings.
    pub has_twist_locks: bool,
}

/// Bolsters, decks and guides end this far from the middle: the width of the load and of the road.
const HALF_WIDTH: f64 = 1215.0;
/// z of the middle of bottom castings from the middle of the box (ISO 668: 2259 mm apart).
const CASTING_Z: f64 = 1129.5;

/// What of a trailer stands fast once its figures are drawn.
struct Frame {
    x: [f64; 2],
    /// End of the neck.
    neck: f64,
    /// Upper side of the main beams, and of the neck's.
    top: f64,
    neck_top: f64,
    shallow: f64,
    deep: f64,
    mid: f64,
    steel: Substance,
}

impl Frame {
    /// An I-beam along the lane at z, between two heights.
    fn beam(&self, scene: &mut Scene, x: [f64; 2], y: [f64; 2], z: f64, [web, flange, half]: [f64; 3]) {
        scene.block([x[0], y[0] + flange, z - web / 2.0], [x[1], y[1] - flange, z + web / 2.0], self.steel);
        for low in [y[0], y[1] - flange] {
            scene.block([x[0], low, z - half], [x[1], low + flange, z + half], self.steel);
        }
    }
}

impl TrailerPlan {
    /// Builds it.
    ///
    /// # Errors
    /// The catalogue lacks one of its materials; there is no room for what is to hang between legs and axles.
    pub fn build(&self, scene: &mut Scene, dice: &mut Dice) -> Result<Chassis, PhantomError> {
        scene.paint(component::CHASSIS, 0);
        let steel = scene.substance("steel", None)?;
        let is_short = self.length_mm < 9000.0;
        let x = [self.x_mm, self.x_mm + self.length_mm];
        // Castings stand on the bolsters; a planked deck lies under them.
        let top = self.deck_mm - if self.trailer == Trailer::FlatBed { 62.0 } else { 12.0 };
        let neck = x[0] + if is_short { dice.between(2300.0, 2340.0) } else { dice.between(2800.0, 3050.0) };
        let shallow = dice.between(140.0, 170.0);
        let frame = Frame {
            x,
            neck,
            top,
            // A tunnel is at least 108 mm high over its length (ISO 668 annex).
            neck_top: if self.trailer == Trailer::Gooseneck { self.deck_mm + 96.0 } else { top },
            shallow,
            deep: dice.between(340.0, 410.0),
            mid: self.middle_mm,
            steel,
        };
        self.beams(scene, dice, &frame);
        self.bolsters(scene, &frame);
        if self.trailer == Trailer::FlatBed {
            self.deck(scene, dice, &frame)?;
        }
        if self.trailer == Trailer::Terminal {
            self.guides(scene, &frame);
        }
        let coupling = frame.neck_top - shallow - 8.0;
        let king_pin = x[0] + dice.between(650.0, 880.0);
        let plate = if self.trailer == Trailer::Gooseneck { 470.0 } else { 480.0 };
        scene.block(
            [king_pin - 450.0, coupling, self.middle_mm - plate],
            [king_pin + 450.0, coupling + 8.0, self.middle_mm + plate],
            steel,
        );
        let pin = [king_pin, coupling - 42.0, self.middle_mm];
        scene.add(Shape::Cylinder { axis: Axis::Y, centre: pin, radius: 25.0, half_length: 42.0 }, steel);
        let first_tyre = self.axles(scene, dice, &frame)?;
        self.hang(scene, dice, &frame, first_tyre)?;
        Ok(Chassis { king_pin_mm: king_pin, coupling_mm: coupling })
    }

    fn beams(&self, scene: &mut Scene, dice: &mut Dice, f: &Frame) {
        let is_heavy = self.trailer == Trailer::Terminal;
        let neck_z = if self.trailer == Trailer::Gooseneck { 410.0 } else { 490.0 };
        let section = if is_heavy { [14.0, 20.0, 85.0] } else { [8.0, 14.0, 65.0] };
        // A slider's rear frame is narrower and runs inside the front one.
        let split = f.x[0] + 0.62 * (f.x[1] - f.x[0]);
        let is_slider = self.trailer == Trailer::Slider;
        let rear = if is_slider { split } else { f.x[1] };
        for side in [-1.0, 1.0] {
            let z = f.mid + side * neck_z;
            f.beam(scene, [f.x[0], f.neck], [f.neck_top - f.shallow, f.neck_top], z, section);
            let z = f.mid + side * 490.0;
            f.beam(scene, [f.neck, rear], [f.top - f.deep, f.top], z, section);
            if is_slider {
                let z = f.mid + side * 340.0;
                f.beam(scene, [split - 1900.0, f.x[1]], [f.top - f.deep, f.top - 20.0], z, [8.0, 14.0, 60.0]);
                // Lock pins between the frames.
                for x in [split - 1500.0, split - 300.0] {
                    let centre = [x, f.top - 0.5 * f.deep, f.mid + side * 415.0];
                    scene.add(Shape::Cylinder { axis: Axis::Z, centre, radius: 30.0, half_length: 70.0 }, f.steel);
                }
            }
        }
        // The step between neck and deck: a box girder across.
        let (low, high) = (f.top - f.deep, f.neck_top - f.shallow);
        let z = if self.trailer == Trailer::Gooseneck { 480.0 } else { 425.0 };
        scene.shell([f.neck - 160.0, low, f.mid - z], [f.neck, high, f.mid + z], 8.0, f.steel, None);
        let cross = |scene: &mut Scene, x: f64, y: [f64; 2], half: f64| {
            scene.block([x, y[0], f.mid - half], [x + 5.0, y[1], f.mid + half], f.steel);
            scene.block([x + 5.0, y[0], f.mid - half], [x + 55.0, y[0] + 5.0, f.mid + half], f.steel);
            scene.mark_fine(x, x + 5.0);
        };
        let mut x = f.x[0] + 200.0;
        while x < f.neck - 240.0 {
            let web = f.neck_top - f.shallow + section[1];
            cross(scene, x, [web, f.neck_top - section[1]], neck_z - 5.0);
            x += dice.between(560.0, 700.0);
        }
        let mut x = f.neck + 300.0;
        let half = if is_slider { 275.0 } else { 484.0 };
        while x < f.x[1] - 200.0 {
            if !(is_slider && x < split) {
                cross(scene, x, [f.top - 130.0, f.top - 36.0], half);
            } else if x < split - 1960.0 {
                cross(scene, x, [f.top - 130.0, f.top - 36.0], 484.0);
            }
            x += dice.between(560.0, 700.0);
        }
        if is_slider {
            for x in [split - 1960.0, split - 70.0] {
                for side in [-1.0, 1.0] {
                    let z = [f.mid + side * 420.0, f.mid + side * 402.0];
                    let (a, b) = (z[0].min(z[1]), z[0].max(z[1]));
                    scene.block([x, f.top - f.deep + 20.0, a], [x + 60.0, f.top - 20.0, b], f.steel);
                }
            }
        }
    }

    /// Beams across the frame under the castings, in three parts that stand between and beside the main beams.
    fn bolsters(&self, scene: &mut Scene, f: &Frame) {
        let is_planked = self.trailer == Trailer::FlatBed;
        for &x in &self.castings_x_mm {
            let is_on_neck = x < f.neck;
            let (beam_z, half) = match (self.trailer, is_on_neck) {
                (Trailer::Gooseneck, true) => (410.0, 65.0),
                (Trailer::Terminal, _) => (490.0, 85.0),
                (Trailer::Slider, false) if x > f.x[0] + 0.62 * (f.x[1] - f.x[0]) => (340.0, 60.0),
                _ => (490.0, 65.0),
            };
            let y = if is_planked {
                [self.deck_mm - 132.0, self.deck_mm - 2.0]
            } else {
                [f.top - 120.0, self.deck_mm - 2.0]
            };
            for side in [-1.0, 1.0] {
                let ends = [f.mid + side * (beam_z + half), f.mid + side * HALF_WIDTH];
                let z = [ends[0].min(ends[1]), ends[0].max(ends[1])];
                scene.shell([x - 85.0, y[0], z[0]], [x + 85.0, y[1], z[1]], 7.0, f.steel, None);
                if self.has_twist_locks && self.trailer != Trailer::Terminal {
                    // Its head turns in the hollow of the casting, its nut hangs under the bolster.
                    let z = f.mid + side * CASTING_Z;
                    scene.block(
                        [x - 28.0, self.deck_mm + 15.0, z - 50.0],
                        [x + 28.0, self.deck_mm + 65.0, z + 50.0],
                        f.steel,
                    );
                    let centre = [x, y[0] - 40.0, z];
                    scene.add(Shape::Cylinder { axis: Axis::Y, centre, radius: 32.0, half_length: 40.0 }, f.steel);
                }
            }
        }
    }

    /// Planks on cross-members between the side rails, and a headboard.
    fn deck(&self, scene: &mut Scene, dice: &mut Dice, f: &Frame) -> Result<(), PhantomError> {
        let wood = scene.substance("wood", Some(dice.between(0.62, 0.78)))?;
        let y = self.deck_mm;
        let mut cuts: Vec<f64> = vec![f.x[0] + 60.0];
        cuts.extend(self.castings_x_mm.iter().flat_map(|x| [x - 86.0, x + 86.0]));
        cuts.push(f.x[1]);
        for pair in cuts.chunks_exact(2).filter(|pair| pair[1] > pair[0]) {
            scene.block([pair[0], y - 30.0, f.mid - HALF_WIDTH], [pair[1], y - 2.0, f.mid + HALF_WIDTH], wood);
            let bays = ((pair[1] - pair[0]) / 450.0).floor().max(1.0) as usize;
            for i in 0..bays {
                let x = pair[0] + (i as f64 + 0.5) * (pair[1] - pair[0]) / bays as f64;
                scene.block([x, y - 62.0, f.mid - 1150.0], [x + 5.0, y - 30.0, f.mid + 1150.0], f.steel);
                scene.mark_fine(x, x + 5.0);
            }
        }
        for side in [-1.0, 1.0] {
            let outer = f.mid + side * (HALF_WIDTH + 40.0);
            let inner = f.mid + side * (HALF_WIDTH + 34.0);
            scene.block([f.x[0], y - 160.0, outer.min(inner)], [f.x[1], y - 2.0, outer.max(inner)], f.steel);
        }
        let board = [f.x[0], y - 2.0, f.mid - 1200.0];
        scene.shell(board, [f.x[0] + 40.0, y + 620.0, f.mid + 1200.0], 3.0, f.steel, None);
        Ok(())
    }

    /// Plates that lead a box onto its seat, outside its corners.
    fn guides(&self, scene: &mut Scene, f: &Frame) {
        for &x in &self.castings_x_mm {
            for side in [-1.0, 1.0] {
                let z = [f.mid + side * 1228.0, f.mid + side * 1246.0];
                let (a, b) = (z[0].min(z[1]), z[0].max(z[1]));
                let y = self.deck_mm;
                scene.block([x - 160.0, y - 130.0, a], [x + 160.0, y + 110.0, b], f.steel);
                let (angle, length) = (side * 0.35, 260.0);
                let (s, c) = libm::sincos(angle);
                scene.add(
                    Shape::Brick {
                        centre: [x, y + 118.0 + 0.5 * length * c, f.mid + side * 1240.0 + 0.5 * length * s],
                        half: [150.0, 0.5 * length, 8.0],
                        axes: [[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]],
                    },
                    f.steel,
                );
            }
        }
    }

    /// Axles, wheels, brakes, springs; gives the foremost x of a tyre.
    fn axles(&self, scene: &mut Scene, dice: &mut Dice, f: &Frame) -> Result<f64, PhantomError> {
        let radius = dice.between(470.0, 490.0);
        let spread = dice.between(1300.0, 1320.0);
        let is_short = f.x[1] - f.x[0] < 9000.0;
        let last = f.x[1] - if is_short { dice.between(600.0, 680.0) } else { dice.between(700.0, 900.0) };
        let beam_z = if self.trailer == Trailer::Slider { 340.0 } else { 490.0 };
        for axle in 0..self.axles {
            let x = last - axle as f64 * spread;
            // 150 mm square tubes of some 13 mm.
            let low = [x - 70.0, radius - 70.0, f.mid - 615.0];
            scene.shell(low, [x + 70.0, radius + 70.0, f.mid + 615.0], 12.0, f.steel, None);
            for side in [-1.0, 1.0] {
                for offset in [760.0, 1060.0] {
                    add_wheel_on(scene, Axis::Z, [x, radius, f.mid + side * offset], radius, 135.0, false)?;
                }
                add_tube(scene, Axis::Z, [x, radius, f.mid + side * 910.0], [212.0, 192.0], 12.0)?;
                let z = f.mid + side * beam_z;
                scene.block([x - 520.0, radius + 71.0, z - 40.0], [x + 520.0, radius + 112.0, z + 40.0], f.steel);
                for at in [x - 560.0, x + 520.0] {
                    let low = [at, radius + 30.0, z - 45.0];
                    scene.shell(low, [at + 40.0, f.top - f.deep, z + 45.0], 8.0, f.steel, None);
                }
            }
        }
        Ok(last - (self.axles.max(1) - 1) as f64 * spread - radius)
    }

    /// Legs, air tank, tool box, spare wheel and bumper.
    fn hang(&self, scene: &mut Scene, dice: &mut Dice, f: &Frame, first_tyre: f64) -> Result<(), PhantomError> {
        let legs = f.neck + dice.between(90.0, 110.0);
        let foot = match self.legs {
            Legs::Down => 0.0,
            Legs::Up => dice.between(330.0, 420.0),
        };
        for side in [-1.0, 1.0] {
            let z = f.mid + side * 700.0;
            let low = [legs - 65.0, foot + 18.0, z - 65.0];
            scene.shell(low, [legs + 65.0, f.top - 140.0, z + 65.0], 7.0, f.steel, None);
            scene.block([legs - 130.0, foot, z - 110.0], [legs + 130.0, foot + 18.0, z + 110.0], f.steel);
            // Bracket to the main beam.
            let ends = [f.mid + side * 556.0, f.mid + side * 634.0];
            let beside = if self.trailer == Trailer::Terminal { 20.0 } else { 0.0 };
            let (a, b) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            let (a, b) = if side > 0.0 { (a + beside, b) } else { (a, b - beside) };
            scene.block([legs - 90.0, f.top - f.deep, a], [legs + 90.0, f.top - 160.0, b], f.steel);
        }
        scene.block([legs - 15.0, 700.0, f.mid - 630.0], [legs + 15.0, 730.0, f.mid + 630.0], f.steel);
        let under = f.top - f.deep;
        let mut free = legs + 150.0;
        if self.has_spare_wheel || self.has_tool_box {
            let room = first_tyre - 60.0 - free;
            if room < 970.0 {
                let key = if self.has_spare_wheel { "vehicle.spare_wheel" } else { "vehicle.tool_box" };
                let reason =
                    format!("needs 970 mm between legs and tyres, there are {room:.0}: fewer axles leave more");
                return Err(PhantomError::value("recipe", key, reason));
            }
            if self.has_spare_wheel {
                let centre = [free + 485.0, under - 160.0, f.mid];
                add_wheel_on(scene, Axis::Y, centre, 480.0, 135.0, false)?;
                scene.block(
                    [free + 445.0, under - 310.0, f.mid - 520.0],
                    [free + 525.0, under - 296.0, f.mid + 520.0],
                    f.steel,
                );
            }
            if self.has_tool_box {
                let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
                let ends = [f.mid + side * 640.0, f.mid + side * 1120.0];
                let (a, b) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                let low = [free + 120.0, under - 380.0, a];
                scene.shell(low, [free + 820.0, under + 40.0, b], 2.0, f.steel, None);
                // Ropes, lashings, a jack: a fifth of the box.
                let tools = scene.substance("steel", Some(1.1))?;
                let low = [free + 150.0, under - 376.0, a + 30.0];
                scene.block(low, [free + 790.0, under - 300.0, b - 30.0], tools);
            }
            free += 970.0;
        }
        if first_tyre - free > 420.0 {
            add_tube(scene, Axis::Z, [free + 180.0, under - 140.0, f.mid], [130.0, 126.5], 330.0)?;
        }
        let bumper = [f.x[1] - 100.0, 450.0, f.mid - 1150.0];
        scene.shell(bumper, [f.x[1], 560.0, f.mid + 1150.0], 5.0, f.steel, None);
        for side in [-1.0, 1.0] {
            let z = f.mid + side * if self.trailer == Trailer::Slider { 340.0 } else { 490.0 };
            scene.block([f.x[1] - 90.0, 560.0, z - 6.0], [f.x[1] - 10.0, under, z + 6.0], f.steel);
        }
        Ok(())
    }
}
