use super::beam::{Edge, Section};
use super::underslung;
use super::vehicle::{Legs, Trailer};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance, component};
use crate::shape::{Axis, Shape};

/// What a tractor couples to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chassis {
    /// x of the king pin.
    pub king_pin_mm: f64,
    /// Height of the coupling plate.
    pub coupling_mm: f64,
}

/// A trailer of a stated kind to be built.
///
/// Its main beams are welded I-beams, 400 to 600 mm deep behind the neck (makers' sheets: 450 to 580 mm, web 8 mm, flanges 14 to 16 mm), shallow over the fifth
/// wheel and towards the rear end, and no deeper over the axles than springs leave room.
///
/// Published tares: skeletal 40 ft tri-axle 4.6–6.2 t, 20 ft 3.2–4.6 t; gooseneck 40 ft 3.3–5.6 t with two
/// axles and to 7 t with three; slider 5–6.5 t; flat-bed
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
    /// x of further bolsters, for boxes that it does not carry now.
    pub spare_bolsters_x_mm: Vec<f64>,
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

/// From the front end to the king pin, mm, at least and at most.
pub(super) const KING_PIN: [f64; 2] = [650.0, 880.0];
/// From the middle to the main beams, and to those of a slider's rear frame.
pub(super) const MAIN_Z: f64 = 490.0;
pub(super) const SLIDER_Z: f64 = 340.0;
/// Share of a slider's length that its front frame has.
const SPLIT: f64 = 0.62;

/// What of a trailer stands fast once its figures are drawn.
pub(super) struct Frame {
    pub(super) x: [f64; 2],
    /// End of the neck.
    pub(super) neck: f64,
    /// Upper side of the main beams, and of the neck's.
    pub(super) top: f64,
    neck_top: f64,
    /// Lower edge of all beams.
    pub(super) edge: Edge,
    section: Section,
    /// x of its axles from the last one forwards, and radius of its wheels.
    pub(super) axles: Vec<f64>,
    pub(super) radius: f64,
    pub(super) mid: f64,
    pub(super) steel: Substance,
}

impl Frame {
    /// Whether something at x from `a` to `b` stands over the wheels.
    fn is_over_wheels(&self, a: f64, b: f64) -> bool {
        self.axles.iter().any(|x| b > x - self.radius - 20.0 && a < x + self.radius + 20.0)
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
        let frame = self.frame(dice, steel);
        self.beams(scene, dice, &frame);
        self.bolsters(scene, &frame);
        if self.trailer == Trailer::FlatBed {
            self.deck(scene, dice, &frame)?;
        }
        if self.trailer == Trailer::Terminal {
            self.guides(scene, &frame);
        }
        let coupling = frame.edge.at(self.x_mm) - 8.0;
        let king_pin = self.x_mm + dice.between(KING_PIN[0], KING_PIN[1]);
        let plate = if self.trailer == Trailer::Gooseneck { 470.0 } else { 480.0 };
        scene.block(
            [king_pin - 450.0, coupling, self.middle_mm - plate],
            [king_pin + 450.0, coupling + 8.0, self.middle_mm + plate],
            steel,
        );
        let pin = [king_pin, coupling - 42.0, self.middle_mm];
        scene.add(Shape::Cylinder { axis: Axis::Y, centre: pin, radius: 25.0, half_length: 42.0 }, steel);
        underslung::axles(self, scene, &frame)?;
        underslung::hang(self, scene, dice, &frame)?;
        Ok(Chassis { king_pin_mm: king_pin, coupling_mm: coupling })
    }

    pub(super) fn is_short(&self) -> bool {
        self.length_mm < 9000.0
    }

    /// Draws what its parts share.
    fn frame(&self, dice: &mut Dice, steel: Substance) -> Frame {
        let x = [self.x_mm, self.x_mm + self.length_mm];
        let is_heavy = self.trailer == Trailer::Terminal;
        let section = if is_heavy {
            Section { web: 16.0, flange: 28.0, half: 85.0 }
        } else {
            Section { web: dice.between(7.0, 9.0), flange: dice.between(14.0, 18.0), half: 65.0 }
        };
        // Castings stand on the bolsters; a planked deck lies under them.
        let top = self.deck_mm - if self.trailer == Trailer::FlatBed { 62.0 } else { 12.0 };
        let neck = x[0] + if self.is_short() { dice.between(2300.0, 2340.0) } else { dice.between(2800.0, 3050.0) };
        let is_gooseneck = self.trailer == Trailer::Gooseneck;
        // A tunnel is at least 108 mm high over its length (ISO 668 annex).
        let neck_top = if is_gooseneck { self.deck_mm + 96.0 } else { top };
        let shallow = if is_gooseneck { dice.between(125.0, 150.0) } else { dice.between(140.0, 165.0) };
        // What rides low has low wheels.
        let radius = dice.between(475.0, 500.0).min(0.5 * (self.deck_mm - 110.0));
        let spread = dice.between(1300.0, 1320.0).max(2.0 * radius + 300.0);
        let last = x[1] - if self.is_short() { dice.between(600.0, 680.0) } else { dice.between(800.0, 2000.0) };
        let axles: Vec<f64> = (0..self.axles).map(|axle| last - axle as f64 * spread).collect();
        let first = axles.last().copied().unwrap_or(last);
        let over_axles = (top - dice.between(420.0, 520.0)).max(radius + 150.0);
        let lowest = (top - dice.between(500.0, 600.0)).max(500.0).min(over_axles);
        let rear = top - dice.between(190.0, 270.0);
        // It leaves the tractor's frame free and is down at the legs.
        let mut edge = Edge::level(x[0], neck_top - shallow);
        let down = x[0] + 2050.0;
        let from = down + if self.is_short() { 850.0 } else { dice.between(1450.0, 1850.0) };
        if first - 1500.0 > from + 500.0 && self.trailer != Trailer::Slider {
            edge.curve(down, from, lowest);
            edge.curve(first - 1500.0, first - 700.0, over_axles);
        } else {
            edge.curve(down, from, over_axles);
        }
        if x[1] - last > 1000.0 {
            edge.curve(last + 620.0, x[1] - 60.0, rear.max(over_axles));
        }
        edge.end(x[1]);
        Frame { x, neck, top, neck_top, edge, section, axles, radius, mid: self.middle_mm, steel }
    }

    fn beams(&self, scene: &mut Scene, dice: &mut Dice, f: &Frame) {
        let neck_z = if self.trailer == Trailer::Gooseneck { 410.0 } else { MAIN_Z };
        // A slider's rear frame is narrower and runs inside the front one.
        let split = f.x[0] + SPLIT * (f.x[1] - f.x[0]);
        let is_slider = self.trailer == Trailer::Slider;
        let rear = if is_slider { split } else { f.x[1] };
        let inner = Section { half: 60.0, ..f.section };
        for side in [-1.0, 1.0] {
            f.edge.beam(scene, [f.x[0], f.neck], f.neck_top, f.mid + side * neck_z, f.section, f.steel);
            f.edge.beam(scene, [f.neck, rear], f.top, f.mid + side * MAIN_Z, f.section, f.steel);
            if is_slider {
                let z = f.mid + side * SLIDER_Z;
                f.edge.beam(scene, [split - 1900.0, f.x[1]], f.top - 20.0, z, inner, f.steel);
                // Lock pins between the frames.
                for x in [split - 1500.0, split - 300.0] {
                    let centre = [x, 0.5 * (f.top + f.edge.at(x)), f.mid + side * 415.0];
                    scene.add(Shape::Cylinder { axis: Axis::Z, centre, radius: 30.0, half_length: 70.0 }, f.steel);
                }
            }
        }
        // The step between neck and deck: a box girder across, and boxes that tie the neck's beams to the wider ones.
        let (low, high) = (f.edge.at(f.neck - 160.0) + 30.0, f.top - 22.0);
        let half = neck_z - f.section.half - 1.0;
        let across = |scene: &mut Scene, [a, b]: [f64; 2]| {
            scene.shell([f.neck - 160.0, low, f.mid + a], [f.neck, high, f.mid + b], 8.0, f.steel, None);
        };
        across(scene, [-half, half]);
        if neck_z < MAIN_Z {
            let ends = [neck_z + f.section.half + 1.0, MAIN_Z + f.section.half];
            across(scene, ends);
            across(scene, [-ends[1], -ends[0]]);
        }
        let cross = |scene: &mut Scene, x: f64, y: [f64; 2], half: f64| {
            scene.block([x, y[0], f.mid - half], [x + 5.0, y[1], f.mid + half], f.steel);
            scene.block([x + 5.0, y[0], f.mid - half], [x + 55.0, y[0] + 5.0, f.mid + half], f.steel);
            scene.mark_fine(x, x + 5.0);
        };
        let thick = f.section.flange;
        let mut x = f.x[0] + 200.0;
        while x < f.neck - 240.0 {
            let low = f.edge.at(f.x[0]) + 2.0 * thick;
            cross(scene, x, [low, f.neck_top - thick], neck_z - 0.5 * f.section.web);
            x += dice.between(560.0, 700.0);
        }
        let mut x = f.neck + 300.0;
        while x < f.x[1] - 200.0 {
            let half = if is_slider && x >= split { SLIDER_Z } else { MAIN_Z } - 0.5 * f.section.web;
            // Half as deep as the beams.
            let y = [f.top - (0.5 * (f.top - f.edge.lowest(x, x + 60.0))).max(110.0), f.top - 36.0];
            if !(is_slider && (split - 1960.0..split).contains(&x)) {
                cross(scene, x, y, half);
            }
            if !matches!(self.trailer, Trailer::FlatBed | Trailer::Terminal | Trailer::Slider) {
                self.outriggers(scene, f, x);
            }
            x += dice.between(560.0, 700.0);
        }
        if is_slider {
            for x in [split - 1960.0, split - 70.0] {
                for side in [-1.0, 1.0] {
                    let z = [f.mid + side * 420.0, f.mid + side * 402.0];
                    let (a, b) = (z[0].min(z[1]), z[0].max(z[1]));
                    scene.block([x, f.edge.at(x) + 20.0, a], [x + 60.0, f.top - 20.0, b], f.steel);
                }
            }
        }
    }

    /// Brackets outside the beams, where neither bolsters nor wheels are.
    fn outriggers(&self, scene: &mut Scene, f: &Frame, x: f64) {
        let mut bolsters = self.castings_x_mm.iter().chain(&self.spare_bolsters_x_mm);
        if f.is_over_wheels(x, x + 5.0) || bolsters.any(|at| (at - x).abs() < 100.0) {
            return;
        }
        for side in [-1.0, 1.0] {
            let ends = [f.mid + side * (MAIN_Z + f.section.half), f.mid + side * 780.0];
            let z = [ends[0].min(ends[1]), ends[0].max(ends[1])];
            scene.block([x, f.top - 110.0, z[0]], [x + 5.0, f.top - 14.0, z[1]], f.steel);
        }
    }

    /// Beams across the frame under the castings, in parts that stand beside the main beams; over wheels they are low.
    fn bolsters(&self, scene: &mut Scene, f: &Frame) {
        let is_planked = self.trailer == Trailer::FlatBed;
        let carried = self.castings_x_mm.iter().map(|x| (*x, true));
        for (x, is_carrying) in carried.chain(self.spare_bolsters_x_mm.iter().map(|x| (*x, false))) {
            let is_on_neck = x < f.neck;
            let beam_z = match (self.trailer, is_on_neck) {
                (Trailer::Gooseneck, true) => 410.0,
                (Trailer::Slider, false) if x > f.x[0] + SPLIT * (f.x[1] - f.x[0]) => SLIDER_Z,
                _ => MAIN_Z,
            };
            let is_low = is_on_neck || f.is_over_wheels(x - 85.0, x + 85.0);
            let depth = if !is_low {
                130.0
            } else if is_on_neck {
                72.0
            } else {
                (self.deck_mm - 2.0 * f.radius - 30.0).clamp(40.0, 130.0)
            };
            let y = [self.deck_mm - depth, self.deck_mm - if is_carrying { 2.0 } else { 14.0 }];
            for side in [-1.0, 1.0] {
                let ends = [f.mid + side * (beam_z + f.section.half), f.mid + side * HALF_WIDTH];
                let z = [ends[0].min(ends[1]), ends[0].max(ends[1])];
                scene.shell([x - 85.0, y[0], z[0]], [x + 85.0, y[1], z[1]], 7.0, f.steel, None);
                if !self.has_twist_locks || self.trailer == Trailer::Terminal || is_planked && !is_carrying {
                    continue;
                }
                // Its head turns in the hollow of the casting, or is sunk; its nut hangs under the bolster.
                let z = f.mid + side * CASTING_Z;
                let [low, high] = if is_carrying { [15.0, 65.0] } else { [-depth + 8.0, -22.0] };
                let (a, b) = ([x - 28.0, self.deck_mm + low, z - 50.0], [x + 28.0, self.deck_mm + high, z + 50.0]);
                scene.block(a, b, f.steel);
                if !is_low {
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
            let inner = f.mid + side * (HALF_WIDTH + 30.0);
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
}
