use serde::Deserialize;

use super::faults::Faults;
use super::{Bay, Form, Stowed};
use crate::error::PhantomError;
use crate::scene::component;
use crate::shape::{Axis, Shape, turned};

/// Coils of sheet on cradles, eye to the side.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coils {
    /// What they are of.
    pub(crate) material: String,
    outer_diameter_mm: [f64; 2],
    inner_diameter_mm: [f64; 2],
    /// Width of the sheet.
    width_mm: [f64; 2],
    /// Share of a coil that is metal.
    density_factor: [f64; 2],
    /// Most that the coils of one container weigh, kg.
    total_kg: [f64; 2],
}

/// How far a coil may stand from its place, mm.
const WOBBLE: f64 = 40.0;
/// Half the thickness of a wedge, mm, and where it lies on a coil: radians from its lowest point.
const WEDGE: f64 = 35.0;
const FLANK: f64 = 0.85;

impl Form for Coils {
    fn faults(&self) -> Faults {
        Faults::of(&[
            ("outer_diameter_mm", self.outer_diameter_mm),
            ("inner_diameter_mm", self.inner_diameter_mm),
            ("width_mm", self.width_mm),
            ("density_factor", self.density_factor),
            ("total_kg", self.total_kg),
        ])
        .material("material", &self.material)
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let size = bay.size();
        let outer =
            bay.fit(self.outer_diameter_mm, (size[0] - 300.0).min(size[1] - 150.0), "diameter of a coil")? / 2.0;
        let inner = (bay.dice.within(self.inner_diameter_mm) / 2.0).min(outer * 0.7);
        let width = bay.fit(self.width_mm, size[2] - 200.0, "width of a coil")?;
        let factor = bay.dice.within(self.density_factor);
        let pure = bay.scene.substance(&self.material, None)?;
        let substance = bay.scene.substance(&self.material, Some(pure.density * factor))?;
        let wood = bay.scene.substance("wood", None)?;
        let unit_kg = std::f64::consts::PI * (outer * outer - inner * inner) * width * substance.density * 1e-6;
        let limit = bay.payload_kg.min(bay.dice.within(self.total_kg)) * bay.fill;
        // Narrow strip coils stand side by side in a group.
        let abreast = if width < 0.45 * size[2] && bay.dice.chance(0.5) { 2 } else { 1 };
        let places = ((size[0] - 300.0) / (2.0 * outer + 120.0)).floor().max(1.0) as usize;
        let units = match bay.asked(places * abreast) {
            Some(units) => units.max(1),
            None => ((limit / unit_kg).floor() as usize).clamp(1, places * abreast),
        };
        let groups = units.div_ceil(abreast);
        // Coils stand apart so that the floor carries them: around the middle or spread along the box.
        let free = size[0] - groups as f64 * 2.0 * outer;
        let gap =
            if bay.dice.chance(0.5) { free / (groups + 1) as f64 } else { 140.0_f64.min(free / (groups + 1) as f64) };
        let start = (size[0] - groups as f64 * 2.0 * outer - (groups - 1) as f64 * gap) / 2.0;
        let across = bay.dice.between(-120.0, 120.0);
        let mut placed = 0;
        for group in 0..groups {
            let wobble = bay.dice.between(-WOBBLE, WOBBLE) * f64::from(groups > 1);
            let x = bay.space[0][0] + start + outer + group as f64 * (2.0 * outer + gap) + wobble;
            let x = x.clamp(bay.space[0][0] + outer, bay.space[1][0] - outer);
            for lane in 0..abreast {
                if placed == units {
                    break;
                }
                placed += 1;
                let r = outer * bay.dice.about(0.03);
                let middle = (bay.space[0][2] + bay.space[1][2]) / 2.0 + across;
                let z = if abreast == 1 { middle } else { middle + (lane as f64 - 0.5) * (width + 60.0) };
                let half = width / 2.0;
                let z = z.clamp(bay.space[0][2] + half, bay.space[1][2] - half);
                let lift = 90.0;
                let centre = [x, bay.space[0][1] + lift + r, z];
                bay.paint_goods();
                let coil = Shape::Cylinder { axis: Axis::Z, centre, radius: r, half_length: half };
                let index = bay.scene.add(coil, substance);
                let hollow = bay.scene.hollow();
                let eye = Shape::Cylinder { axis: Axis::Z, centre, radius: inner, half_length: half };
                bay.scene.nest(index, eye, hollow);
                bay.scene.paint(component::PACKAGING, 0);
                let floor = bay.space[0][1];
                let beam = (1.1 * r).min(outer + gap / 2.0 - WOBBLE);
                for dz in [-0.6, 0.6] {
                    let zc = z + dz * half;
                    bay.scene.block([x - beam, floor, zc - 60.0], [x + beam, floor + 88.0, zc + 60.0], wood);
                }
                for side in [-1.0, 1.0] {
                    // Wedges against the flanks.
                    let (sin, cos) = libm::sincos(FLANK);
                    let wedge = Shape::Brick {
                        centre: [x + side * sin * (r + WEDGE), centre[1] - cos * (r + WEDGE), z],
                        half: [0.22 * r, WEDGE, half * 0.9],
                        axes: turned(Axis::Z, side * FLANK),
                    };
                    bay.scene.add(wedge, wood);
                }
            }
        }
        Ok(Stowed { packages: units, pieces: units, hides: Vec::new() })
    }
}
