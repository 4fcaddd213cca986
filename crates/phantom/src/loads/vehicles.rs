use serde::Deserialize;

use super::faults::Faults;
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::scene::{Substance, component};
use crate::shape::{Axis, Shape, turned};

/// What kind of vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Car,
    Motorcycle,
}

/// Vehicles on their wheels, one behind the other.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vehicles {
    kind: Kind,
    length_mm: [f64; 2],
    width_mm: [f64; 2],
    height_mm: [f64; 2],
    mass_kg: [f64; 2],
}

impl Form for Vehicles {
    fn faults(&self) -> Faults {
        Faults::default()
            .between("length_mm", self.length_mm, [1000.0, 11_800.0])
            .between("width_mm", self.width_mm, [300.0, 2300.0])
            .between("height_mm", self.height_mm, [600.0, 2600.0])
            .between("mass_kg", self.mass_kg, [30.0, 20_000.0])
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let size = [
            bay.fit(self.length_mm, space[0] - 100.0, "length of a vehicle")?,
            bay.fit(self.height_mm, space[1] - 60.0, "height of a vehicle")?,
            bay.fit(self.width_mm, space[2] - 60.0, "width of a vehicle")?,
        ];
        let mass_kg = bay.dice.within(self.mass_kg);
        let across = match self.kind {
            Kind::Car => 1,
            Kind::Motorcycle => (space[2] / (size[2] + 60.0)).floor().max(1.0) as usize,
        };
        let along = ((space[0] - 40.0) / (size[0] + 120.0)).floor().max(1.0) as usize;
        let units = bay.units(along * across, mass_kg);
        let gap = (space[0] - along as f64 * size[0]) / (along + 1) as f64;
        let mut stowed = Stowed { packages: units, pieces: units, hides: Vec::new() };
        for i in 0..units {
            let (x, z) = (i / across, i % across);
            let pitch = space[2] / across as f64;
            let low = [
                bay.space[0][0] + gap + x as f64 * (size[0] + gap),
                bay.space[0][1],
                bay.space[0][2] + z as f64 * pitch + (pitch - size[2]) / 2.0,
            ];
            let is_reversed = bay.dice.chance(0.3);
            let frame = Frame { low, size, is_reversed };
            let first = bay.scene.len();
            let substances = Substances::of(bay)?;
            bay.paint_goods();
            let (hide, wheels) = match self.kind {
                Kind::Car => add_car(bay, &frame, &substances),
                Kind::Motorcycle => add_motorcycle(bay, &frame, &substances),
            };
            scale_mass(bay, first, mass_kg);
            stowed.hides.push(hide);
            bay.scene.paint(component::PACKAGING, 0);
            let wood = bay.scene.substance("wood", None)?;
            // Chocks before and behind the wheels, against their treads.
            let high = (0.25 * wheels.radius).min(70.0);
            let beside = (high * (2.0 * wheels.radius - high)).sqrt();
            for middle in wheels.at.map(|share| frame.x(share)) {
                for x in [middle - beside - CHOCK, middle + beside] {
                    bay.scene.block([x, low[1], low[2]], [x + CHOCK, low[1] + high, low[2] + size[2]], wood);
                }
            }
        }
        Ok(stowed)
    }
}

/// Parts that stand for many smaller ones with air between them (engines, frames, trim) are drawn closer or looser until the
/// vehicle weighs what it should, none denser than its material.
fn scale_mass(bay: &mut Bay<'_>, first: usize, mass_kg: f64) {
    for _ in 0..SCALINGS {
        let (mut whole, mut open) = (0.0, 0.0);
        for i in first..bay.scene.len() {
            let kg = bay.scene.added_mass_kg(i);
            whole += kg;
            if bay.is_open(i) {
                open += kg;
            }
        }
        if open <= 0.0 {
            return;
        }
        let factor = (1.0 + (mass_kg - whole) / open).clamp(LOOSEST, CLOSEST);
        for i in first..bay.scene.len() {
            if bay.is_open(i) {
                let own = bay.density_of_material(i);
                let density = &mut bay.scene.solids[i].substance.density;
                *density = (*density * factor).min(own);
            }
        }
    }
}

/// Length of a chock, mm.
const CHOCK: f64 = 80.0;

/// Times that densities are scaled: those that reach their material's leave the rest to others.
const SCALINGS: usize = 3;
/// Least and largest factor of one scaling.
const LOOSEST: f64 = 0.55;
const CLOSEST: f64 = 1.6;
/// Share of its material's density below which a part is open.
const OPEN: f64 = 0.97;

impl Bay<'_> {
    fn density_of_material(&self, index: usize) -> f64 {
        let slot = usize::from(self.scene.solids[index].substance.slot);
        self.scene.materials.get(slot).map_or(0.0, |material| material.density_g_per_cm3)
    }

    /// Whether a solid stands for several with air between them: lighter than its material, and nothing lies in it.
    fn is_open(&self, index: usize) -> bool {
        let density = self.scene.solids[index].substance.density;
        let is_parent = self.scene.solids[index..].iter().any(|solid| solid.parent == Some(index as u32));
        density > 0.0 && density < OPEN * self.density_of_material(index) && !is_parent
    }
}

struct Substances {
    steel: Substance,
    iron: Substance,
    aluminium: Substance,
    rubber: Substance,
    glass: Substance,
    foam: Substance,
    plastic: Substance,
    fuel: Substance,
    lead: Substance,
}

impl Substances {
    fn of(bay: &mut Bay<'_>) -> Result<Self, PhantomError> {
        let mut of = |name, density| bay.scene.substance(name, density);
        Ok(Self {
            steel: of("steel", None)?,
            // An engine block is half water jacket and cylinders.
            iron: of("cast_iron", Some(3.1))?,
            aluminium: of("aluminium_alloy", Some(1.4))?,
            rubber: of("rubber", None)?,
            glass: of("glass", None)?,
            foam: of("polyurethane", Some(0.055))?,
            plastic: of("polypropylene", Some(0.35))?,
            fuel: of("diesel", None)?,
            lead: of("lead_acid_battery", None)?,
        })
    }
}

/// Wheels of a vehicle: shares of its length at which they stand, and their radius in mm.
struct Wheels {
    at: [f64; 2],
    radius: f64,
}

/// Where a vehicle stands; shares of its size, along it from its front.
struct Frame {
    low: [f64; 3],
    size: [f64; 3],
    is_reversed: bool,
}

impl Frame {
    fn x(&self, share: f64) -> f64 {
        self.low[0] + self.size[0] * if self.is_reversed { 1.0 - share } else { share }
    }

    fn block(&self, bay: &mut Bay<'_>, x: [f64; 2], y: [f64; 2], z: [f64; 2], substance: Substance) -> u32 {
        let (a, b) = (self.x(x[0]), self.x(x[1]));
        let at = |d: usize, share: f64| self.low[d] + share * self.size[d];
        bay.scene.block([a.min(b), at(1, y[0]), at(2, z[0])], [a.max(b), at(1, y[1]), at(2, z[1])], substance)
    }

    /// Sheet of `mm` from one point of the side view to another, over a share of the width.
    fn sheet(&self, bay: &mut Bay<'_>, from: [f64; 2], to: [f64; 2], z: [f64; 2], mm: f64, substance: Substance) {
        let point = |p: [f64; 2]| [self.x(p[0]), self.low[1] + p[1] * self.size[1]];
        let (a, b) = (point(from), point(to));
        let along = [b[0] - a[0], b[1] - a[1]];
        let length = (along[0] * along[0] + along[1] * along[1]).sqrt();
        let width = (z[1] - z[0]) * self.size[2];
        let centre = [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0, self.low[2] + (z[0] + z[1]) / 2.0 * self.size[2]];
        let axes = turned(Axis::Z, libm::atan2(along[1], along[0]));
        bay.scene.add(Shape::Brick { centre, half: [length / 2.0 - 1.0, mm / 2.0, width / 2.0], axes }, substance);
    }

    /// A cylinder across, by its middle as shares and its radius in mm.
    fn disc(&self, bay: &mut Bay<'_>, at: [f64; 2], z: [f64; 2], radius: f64, substance: Substance) -> u32 {
        let middle = self.low[2] + (z[0] + z[1]) / 2.0 * self.size[2];
        let centre = [self.x(at[0]), self.low[1] + at[1] * self.size[1], middle];
        let half_length = (z[1] - z[0]) / 2.0 * self.size[2];
        bay.scene.add(Shape::Cylinder { axis: Axis::Z, centre, radius, half_length }, substance)
    }

    /// Tyre, rim and disc at a share of the length.
    fn wheel(&self, bay: &mut Bay<'_>, x: f64, z: [f64; 2], radius: f64, parts: &Substances) {
        let y = radius / self.size[1];
        let tyre = self.disc(bay, [x, y], z, radius, parts.rubber);
        let shape = |radius: f64, share: f64| {
            let half = (z[1] - z[0]) / 2.0 * self.size[2] * share;
            let middle = self.low[2] + (z[0] + z[1]) / 2.0 * self.size[2];
            let centre = [self.x(x), self.low[1] + radius.max(y * self.size[1]), middle];
            Shape::Cylinder { axis: Axis::Z, centre, radius, half_length: half }
        };
        // The air of the tyre, inside its sidewalls and tread, then the rim and the hub.
        let hollow = bay.scene.hollow();
        bay.scene.nest(tyre, shape(radius * 0.93, 0.88), hollow);
        let rim = bay.scene.nest(tyre, shape(radius * 0.62, 1.0), parts.steel);
        bay.scene.nest(rim, shape(radius * 0.60, 0.97), hollow);
        bay.scene.nest(rim, shape(radius * 0.42, 0.12), parts.steel);
    }
}

fn add_car(bay: &mut Bay<'_>, f: &Frame, s: &Substances) -> (Hide, Wheels) {
    let floor = 0.16;
    // Wheels stand clear of panels and doors, and axles of the floor.
    let radius = (bay.dice.between(0.2, 0.225) * f.size[1]).min(0.078 * f.size[0]).max(floor * f.size[1] + 30.0);
    let boot = bay.dice.between(0.0, 1.0);
    let (belt, hood) = (bay.dice.between(0.60, 0.66), bay.dice.between(0.28, 0.34));
    let wheels = Wheels { at: [0.19, 0.80], radius };
    for x in wheels.at {
        for z in [[0.0, 0.12], [0.88, 1.0]] {
            f.wheel(bay, x, z, radius, s);
        }
        // Axle and brake discs.
        f.disc(bay, [x, radius / f.size[1]], [0.13, 0.87], 26.0, s.steel);
        for z in [[0.122, 0.129], [0.871, 0.878]] {
            f.disc(bay, [x, radius / f.size[1]], z, radius * 0.42, s.steel);
        }
    }
    // Floor, sills, sides, pillars and roof.
    f.sheet(bay, [0.14, floor], [0.93, floor], [0.14, 0.86], 1.6, s.steel);
    for z in [[0.02, 0.05], [0.95, 0.98]] {
        f.block(
            bay,
            [0.30, 0.70],
            [floor, floor + 0.07],
            z,
            Substance { density: s.steel.density * 0.16, ..s.steel },
        );
    }
    for (z, t) in [(0.015, 0.0), (0.985, 1.0)] {
        let sheet = 1.5 / f.size[2];
        let side = if t < 0.5 { [z, z + sheet] } else { [z - sheet, z] };
        f.block(bay, [0.28, 0.71], [floor + 0.07, belt], side, s.steel);
        f.block(bay, [0.03, 0.10], [floor + 0.05, 0.52], side, s.steel);
        f.block(bay, [0.89, 0.97], [floor + 0.05, 0.56], side, s.steel);
        let post = if t < 0.5 { [z + sheet, z + 0.035] } else { [z - 0.035, z - sheet] };
        f.block(
            bay,
            [0.505, 0.525],
            [floor + 0.07, 0.95],
            post,
            Substance { density: s.steel.density * 0.2, ..s.steel },
        );
    }
    let rear = 0.80 + 0.1 * (1.0 - boot);
    f.sheet(bay, [hood + 0.15, 0.985], [rear - 0.06, 0.985], [0.08, 0.92], 0.9, s.steel);
    f.sheet(bay, [0.03, 0.50], [hood, belt], [0.08, 0.92], 1.4, s.steel);
    f.sheet(bay, [hood + 0.005, belt + 0.01], [hood + 0.145, 0.975], [0.1, 0.9], 4.6, s.glass);
    f.sheet(bay, [rear + 0.06 * boot, belt + 0.01], [rear - 0.055, 0.975], [0.1, 0.9], 3.6, s.glass);
    if boot > 0.3 {
        f.sheet(bay, [rear + 0.065, belt], [0.975, belt - 0.02], [0.1, 0.9], 1.0, s.steel);
    }
    // Bumpers with their beams.
    for (x, beam) in [([0.0, 0.03], [0.032, 0.042]), ([0.97, 1.0], [0.958, 0.968])] {
        f.block(bay, x, [0.2, 0.42], [0.04, 0.96], Substance { density: 0.12, ..s.plastic });
        f.block(bay, beam, [0.28, 0.34], [0.1, 0.9], Substance { density: s.steel.density * 0.3, ..s.steel });
    }
    // Engine, gearbox, radiator, battery.
    let engine = if bay.dice.chance(0.5) { s.iron } else { Substance { density: 2.1, ..s.aluminium } };
    f.block(bay, [0.115, 0.20], [0.24, 0.52], [0.28, 0.62], engine);
    f.disc(bay, [0.158, 0.33], [0.64, 0.83], 0.085 * f.size[1], s.aluminium);
    f.block(bay, [0.055, 0.065], [0.24, 0.47], [0.2, 0.8], Substance { density: 0.9, ..s.aluminium });
    f.block(bay, [0.21, 0.25], [0.36, 0.49], [0.68, 0.8], s.lead);
    add_frames(bay, f, s, [floor, belt]);
    // Seats: cushion and back with frames; the bench behind.
    for (x, z) in [(0.42, [0.12, 0.44]), (0.42, [0.56, 0.88]), (0.63, [0.12, 0.88])] {
        f.block(bay, [x, x + 0.11], [floor + 0.08, floor + 0.2], z, s.foam);
        f.sheet(bay, [x + 0.105, floor + 0.21], [x + 0.145, 0.82], z, 110.0, s.foam);
        f.block(
            bay,
            [x, x + 0.11],
            [floor + 0.06, floor + 0.07],
            z,
            Substance { density: s.steel.density * 0.35, ..s.steel },
        );
    }
    f.block(bay, [hood + 0.01, hood + 0.05], [0.42, 0.57], [0.08, 0.92], Substance { density: 0.2, ..s.plastic });
    // Tank under the bench, exhaust along the floor, spare wheel's well.
    f.block(bay, [0.655, 0.72], [0.085, 0.15], [0.2, 0.7], Substance { density: s.fuel.density * 0.15, ..s.fuel });
    let exhaust = [f.x(0.25).min(f.x(0.95)), f.x(0.25).max(f.x(0.95))];
    let centre = [(exhaust[0] + exhaust[1]) / 2.0, f.low[1] + 0.11 * f.size[1], f.low[2] + 0.75 * f.size[2]];
    let pipe = Substance { density: s.steel.density * 0.12, ..s.steel };
    bay.scene.add(
        Shape::Cylinder { axis: Axis::X, centre, radius: 27.0, half_length: (exhaust[1] - exhaust[0]) / 2.0 },
        pipe,
    );
    let trunk = f.block(
        bay,
        [0.86, 0.95],
        [floor + 0.02, floor + 0.09],
        [0.25, 0.75],
        Substance { density: 0.08, ..s.plastic },
    );
    let (a, b) = (f.x(0.865), f.x(0.945));
    let at = |d: usize, share: f64| f.low[d] + share * f.size[d];
    let hide = Hide {
        parent: trunk,
        min: [a.min(b), at(1, floor + 0.025), at(2, 0.27)],
        max: [a.max(b), at(1, floor + 0.085), at(2, 0.73)],
    };
    (hide, wheels)
}

/// What carries a car and lies behind its panels: rails and cross-members of folded sheet, struts and the rear axle's beam, the
/// insides of doors, carpet with cables.
fn add_frames(bay: &mut Bay<'_>, f: &Frame, s: &Substances, [floor, belt]: [f64; 2]) {
    let folded = |share: f64| Substance { density: s.steel.density * share, ..s.steel };
    for z in [[0.16, 0.2], [0.8, 0.84]] {
        f.block(bay, [0.05, 0.97], [0.085, 0.15], z, folded(0.24));
    }
    f.block(bay, [0.262, 0.272], [0.24, 0.56], [0.13, 0.87], folded(0.15));
    for z in [[0.13, 0.16], [0.84, 0.87]] {
        f.block(bay, [0.165, 0.205], [0.245, 0.54], z, folded(0.3));
        f.block(bay, [0.78, 0.82], [0.245, 0.54], z, folded(0.3));
    }
    f.block(bay, [0.772, 0.838], [0.25, 0.31], [0.2, 0.8], folded(0.15));
    for x in [[0.285, 0.5], [0.53, 0.705]] {
        for z in [[0.02, 0.05], [0.95, 0.98]] {
            f.block(bay, x, [floor + 0.08, belt - 0.01], z, folded(0.06));
        }
    }
    let carpet = Substance { density: 0.25, ..s.plastic };
    f.block(bay, [0.285, 0.705], [floor + 0.004, floor + 0.03], [0.06, 0.94], carpet);
}

fn add_motorcycle(bay: &mut Bay<'_>, f: &Frame, s: &Substances) -> (Hide, Wheels) {
    let radius = (bay.dice.between(0.24, 0.29) * f.size[1]).min(0.155 * f.size[0]);
    let wheels = Wheels { at: [0.16, 0.84], radius };
    for x in wheels.at {
        f.wheel(bay, x, [0.42, 0.58], radius, s);
    }
    // Fork and swing arm beside the wheels; frame tubes below the tank and before the engine.
    let tube = Substance { density: s.steel.density * 0.3, ..s.steel };
    for z in [[0.36, 0.41], [0.59, 0.64]] {
        f.sheet(bay, [0.16, 0.3], [0.29, 0.9], z, 34.0, tube);
        f.sheet(bay, [0.55, 0.36], [0.84, 0.27], z, 34.0, tube);
    }
    f.sheet(bay, [0.31, 0.66], [0.62, 0.6], [0.46, 0.54], 38.0, tube);
    f.sheet(bay, [0.33, 0.61], [0.36, 0.32], [0.46, 0.54], 34.0, tube);
    let engine = f.block(bay, [0.37, 0.53], [0.2, 0.46], [0.28, 0.72], Substance { density: 2.0, ..s.aluminium });
    f.block(bay, [0.385, 0.47], [0.47, 0.57], [0.38, 0.62], s.iron);
    f.block(bay, [0.36, 0.52], [0.71, 0.86], [0.36, 0.64], Substance { density: 0.12, ..s.steel });
    f.block(bay, [0.54, 0.80], [0.66, 0.75], [0.36, 0.64], s.foam);
    f.block(bay, [0.56, 0.63], [0.42, 0.54], [0.4, 0.6], s.lead);
    f.disc(bay, [0.29, 0.93], [0.05, 0.95], 13.0, tube);
    let at = |d: usize, share: f64| f.low[d] + share * f.size[d];
    let (a, b) = (f.x(0.40), f.x(0.50));
    let hide =
        Hide { parent: engine, min: [a.min(b), at(1, 0.25), at(2, 0.35)], max: [a.max(b), at(1, 0.42), at(2, 0.65)] };
    (hide, wheels)
}

#[cfg(test)]
mod tests {
    use crate::dice::Dice;
    use crate::goods::Goods;
    use crate::loads::{Bay, Packing, Plan};
    use crate::scene::{Scene, component};

    #[test]
    fn vehicles_weigh_what_their_file_says_and_are_of_real_matter() {
        for goods in ["8703", "8711"].map(|heading| Goods::of(heading, "test", "heading").unwrap()) {
            for (index, packing) in goods.packing.iter().map(|way| &way.packing).enumerate() {
                let Packing::Vehicles(vehicles) = packing else { continue };
                for seed in 0..20 {
                    let mut scene = Scene::default();
                    let space = [[0.0, 1300.0, 3000.0], [12_032.0, 3990.0, 5350.0]];
                    let dice = Dice::stream(seed, "vehicles", index as u64);
                    let mut bay = Bay {
                        scene: &mut scene,
                        dice,
                        space,
                        payload_kg: 26_000.0,
                        fill: 1.0,
                        item: 1,
                        plan: Plan::default(),
                    };
                    let stowed = packing.form().stow(&mut bay).unwrap();
                    let each = scene.mass_of_kg(|s| s.component == component::CARGO) / stowed.packages as f64;
                    let [low, high] = vehicles.mass_kg;
                    let context = format!("{} packing[{index}] seed {seed}", goods.heading);
                    assert!((0.97 * low..1.03 * high).contains(&each), "{context}: {each:.0} kg of {low} to {high}");
                    // Foams are of any density; metals are not.
                    let of = |solid: &crate::scene::Solid| scene.materials[usize::from(solid.substance.slot)];
                    for solid in scene.solids.iter().filter(|solid| of(solid).name != "polyurethane") {
                        let own = of(solid);
                        let density = solid.substance.density;
                        assert!(density <= 1.02 * own.density_g_per_cm3, "{context}: {} of {density}", own.name);
                    }
                }
            }
        }
    }
}
