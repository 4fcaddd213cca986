use serde::Deserialize;

use super::faults::Faults;
use super::stow::{cells, whole};
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::shape::Shape;

/// Refrigerators and freezers in cartons.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Appliances {
    width_mm: [f64; 2],
    depth_mm: [f64; 2],
    height_mm: [f64; 2],
    /// Thickness of the insulation.
    foam_mm: [f64; 2],
    /// Thickness of the outer sheet.
    sheet_mm: [f64; 2],
    compressor_kg: [f64; 2],
}

impl Form for Appliances {
    fn faults(&self) -> Faults {
        Faults::of(&[
            ("width_mm", self.width_mm),
            ("depth_mm", self.depth_mm),
            ("height_mm", self.height_mm),
            ("foam_mm", self.foam_mm),
            ("sheet_mm", self.sheet_mm),
            ("compressor_kg", self.compressor_kg),
        ])
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let size = bay.size();
        let dice = &mut bay.dice;
        let carton = [dice.within(self.width_mm), dice.within(self.height_mm), dice.within(self.depth_mm)];
        let model = Model {
            foam: dice.within(self.foam_mm),
            sheet: dice.within(self.sheet_mm),
            compressor_kg: dice.within(self.compressor_kg),
            freezer_share: dice.between(0.25, 0.4),
            shelves: dice.whole(2, 4),
            faces_doors: dice.chance(0.5),
        };
        // Seen from the side of the lane the appliance faces along the box or across it.
        let is_turned = dice.chance(0.5);
        let carton = if is_turned { [carton[2], carton[1], carton[0]] } else { carton };
        let cell = [carton[0] + 4.0, carton[1] + 4.0, carton[2] + 4.0];
        let n = whole(size, cell)?;
        let units = bay.units(n[0] * n[1] * n[2], 70.0);
        let order = bay.order(0.1);
        let slack = [size[0] - n[0] as f64 * cell[0], size[2] - n[2] as f64 * cell[2]];
        let spread = bay.dice.unit() * 0.8;
        let mut stowed = Stowed { packages: units, pieces: units, hides: Vec::new() };
        for [x, y, z] in cells(n, units, order) {
            let low = [
                bay.space[0][0] + x as f64 * (cell[0] + spread * slack[0] / n[0] as f64),
                bay.space[0][1] + y as f64 * cell[1],
                bay.space[0][2] + z as f64 * (cell[2] + slack[1] / n[2] as f64) + bay.dice.between(0.0, 3.0),
            ];
            stowed.hides.extend(model.add(bay, low, [0, 1, 2].map(|d| low[d] + carton[d]))?);
        }
        Ok(stowed)
    }
}

struct Model {
    foam: f64,
    sheet: f64,
    compressor_kg: f64,
    freezer_share: f64,
    shelves: usize,
    faces_doors: bool,
}

impl Model {
    fn add(&self, bay: &mut Bay<'_>, low: [f64; 3], high: [f64; 3]) -> Result<Vec<Hide>, PhantomError> {
        let board = bay.scene.substance("cardboard", Some(0.2))?;
        let eps = bay.scene.substance("expanded_polystyrene", None)?;
        let (steel, foam) = (bay.scene.substance("steel", None)?, bay.scene.substance("polyurethane", None)?);
        let (plastic, glass) = (bay.scene.substance("polystyrene", None)?, bay.scene.substance("glass", None)?);
        let copper = bay.scene.substance("copper", None)?;
        let iron = bay.scene.substance("compressor", None)?;
        let inset = |a: [f64; 3], b: [f64; 3], d: f64| (a.map(|v| v + d), b.map(|v| v - d));
        bay.paint_packaging();
        let shell = bay.scene.block(low, high, board);
        let (a, b) = inset(low, high, 6.0);
        let hollow = bay.scene.hollow();
        bay.scene.nest(shell, Shape::Block { min: a, max: b }, hollow);
        // Foam pads at top and bottom keep the appliance off the board.
        let (mut a, mut b) = inset(low, high, 26.0);
        bay.scene.block([a[0], low[1] + 6.0, a[2]], [b[0], a[1] + 14.0, b[2]], eps);
        bay.scene.block([a[0], b[1] - 14.0, a[2]], [b[0], high[1] - 6.0, b[2]], eps);
        a[1] += 14.0;
        b[1] -= 14.0;
        bay.paint_goods();
        // Sheet on six sides as plates, so that rays along them meet exactly their thickness.
        let t = self.sheet;
        for (min, max) in [
            ([a[0], a[1], a[2]], [a[0] + t, b[1], b[2]]),
            ([b[0] - t, a[1], a[2]], [b[0], b[1], b[2]]),
            ([a[0] + t, a[1], a[2]], [b[0] - t, b[1], a[2] + t]),
            ([a[0] + t, a[1], b[2] - t], [b[0] - t, b[1], b[2]]),
            ([a[0] + t, b[1] - t, a[2] + t], [b[0] - t, b[1], b[2] - t]),
        ] {
            bay.scene.block(min, max, steel);
        }
        for x in [a[0], b[0] - t] {
            bay.scene.mark_fine(x, x + t);
        }
        // Machine room at the bottom; insulation above it around two compartments.
        let room = a[1] + 250.0;
        let (fa, fb) = ([a[0] + t, room, a[2] + t], [b[0] - t, b[1] - t, b[2] - t]);
        let body = bay.scene.block(fa, fb, foam);
        let (ia, ib) = inset(fa, fb, self.foam);
        let split = ia[1] + (ib[1] - ia[1]) * (1.0 - self.freezer_share);
        let fridge = [ia, [ib[0], split - self.foam / 2.0, ib[2]]];
        let freezer = [[ia[0], split + self.foam / 2.0, ia[2]], ib];
        let mut cavities = Vec::new();
        for [min, max] in [fridge, freezer] {
            let liner = bay.scene.nest(body, Shape::Block { min, max }, plastic);
            let (min, max) = inset(min, max, 2.0);
            let hollow = bay.scene.hollow();
            let inside = bay.scene.nest(liner, Shape::Block { min, max }, hollow);
            cavities.push((inside, min, max));
        }
        let [min, max] = fridge;
        for i in 1..=self.shelves {
            let y = min[1] + (max[1] - min[1]) * i as f64 / (self.shelves + 1) as f64;
            bay.scene.block([min[0] + 6.0, y, min[2] + 6.0], [max[0] - 6.0, y + 4.0, max[2] - 6.0], glass);
        }
        // Compressor in a rear corner, condenser coil behind, gasket of the door.
        let radius = libm::cbrt(self.compressor_kg * 1e6 / iron.density * 3.0 / (4.0 * std::f64::consts::PI) / 1.1);
        let rear = if self.faces_doors { a[0] + 30.0 + radius } else { b[0] - 30.0 - radius };
        let centre = [rear, a[1] + 30.0 + 1.1 * radius, a[2] + (b[2] - a[2]) * 0.3];
        bay.scene.add(Shape::Ellipsoid { centre, semi: [radius, 1.1 * radius, radius] }, iron);
        bay.scene.block([a[0] + 20.0, a[1], a[2] + 20.0], [b[0] - 20.0, a[1] + 3.0, b[2] - 20.0], steel);
        let coil = [rear, a[1] + 120.0, a[2] + (b[2] - a[2]) * 0.68];
        bay.scene.block(
            [coil[0] - 60.0, coil[1] - 80.0, coil[2] - 50.0],
            [coil[0] + 60.0, coil[1] + 80.0, coil[2] - 45.0],
            copper,
        );
        // Between the shelves of the lower compartment, and in the upper one.
        let mut hides = Vec::new();
        for (c, (parent, min, max)) in cavities.into_iter().enumerate() {
            let floors = if c == 0 { self.shelves + 1 } else { 1 };
            let step = (max[1] - min[1]) / floors as f64;
            hides.extend((0..floors).map(|i| Hide {
                parent,
                min: [min[0], min[1] + i as f64 * step + 5.0, min[2]],
                max: [max[0], min[1] + (i + 1) as f64 * step, max[2]],
            }));
        }
        Ok(hides)
    }
}
