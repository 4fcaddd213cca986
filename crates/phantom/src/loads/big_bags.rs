use serde::Deserialize;

use super::faults::{Faults, ROUND};
use super::stow::{cells, whole};
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::shape::Shape;

/// Flexible bulk bags of about a tonne: rounded columns with a dome.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BigBags {
    /// What is in them.
    pub(crate) material: String,
    /// Density of the filling, g/cm³.
    bulk_density: [f64; 2],
    side_mm: [f64; 2],
    height_mm: [f64; 2],
    /// Rounding of the plan, 1 to √2.
    roundness: [f64; 2],
}

impl Form for BigBags {
    fn faults(&self) -> Faults {
        Faults::of(&[("side_mm", self.side_mm), ("height_mm", self.height_mm)])
            .bulk(&self.material, self.bulk_density)
            .between("roundness", self.roundness, ROUND)
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let size = bay.size();
        let density = bay.dice.within(self.bulk_density);
        let side = bay.dice.within(self.side_mm);
        let k = bay.dice.within(self.roundness).clamp(1.02, 1.4);
        let mut height = bay.dice.within(self.height_mm);
        let levels = ((size[1] - 60.0) / height).floor().clamp(1.0, 2.0);
        height = height.min((size[1] - 60.0) / levels);
        let on_pallets = bay.dice.chance(0.25) && height * levels + 150.0 * levels < size[1];
        let lift = if on_pallets { 145.0 } else { 0.0 };
        let substance = bay.scene.substance(&self.material, Some(density))?;
        let fabric = bay.scene.substance("polypropylene", Some(0.5))?;
        // A bag bulges over its side; two in a row press against each other.
        let cell = [side * bay.dice.between(1.0, 1.04), height + lift, (size[2] / 2.0).min(side * 1.12)];
        let mut n = whole(size, cell)?;
        n[1] = n[1].min(levels as usize);
        let (body, dome) = (height * 0.86, height * 0.14);
        let prism = |half: [f64; 3]| Shape::Prism { centre: [0.0; 3], half, roundness: k };
        let bag_kg = prism([side / 2.0, body / 2.0, side / 2.0]).volume_mm3() * density * 1e-6;
        let units = bay.units(n[0] * n[1] * n[2], bag_kg);
        let layers = if bay.payload_kg / bag_kg < (n[0] * n[1] * n[2]) as f64 { 0.85 } else { 0.3 };
        let order = bay.order(layers);
        let mut stowed = Stowed { packages: units, pieces: units, hides: Vec::new() };
        let slack = size[0] - cell[0] * n[0] as f64;
        let spread = bay.dice.chance(0.5);
        for [x, y, z] in cells(n, units, order) {
            let dice = &mut bay.dice;
            let half = [side / 2.0 * dice.about(0.025), body / 2.0 * dice.about(0.05), side / 2.0 * dice.about(0.02)];
            let gap = if spread { slack / n[0] as f64 * x as f64 } else { 0.0 };
            let base = bay.space[0][1] + y as f64 * (height + lift) + lift;
            let centre = [
                (bay.space[0][0] + (x as f64 + 0.5) * cell[0] + gap + dice.between(-14.0, 14.0))
                    .min(bay.space[1][0] - half[0])
                    .max(bay.space[0][0] + half[0]),
                base + half[1],
                if n[2] == 1 {
                    (bay.space[0][2] + bay.space[1][2]) / 2.0
                } else if z == 0 {
                    bay.space[0][2] + half[2] + dice.between(5.0, 60.0)
                } else {
                    bay.space[1][2] - half[2] - dice.between(5.0, 60.0) - (n[2] - 1 - z) as f64 * cell[2]
                },
            ];
            // The heap on top is flat, and sags differently from bag to bag.
            let top = dome * dice.between(0.5, 1.0);
            let tilt = dice.between(-0.1, 0.1) * half[0];
            bay.paint_goods();
            let bag = bay.scene.add(Shape::Prism { centre, half, roundness: k }, substance);
            let heap = [centre[0] + tilt, centre[1] + half[1], centre[2]];
            let semi = [half[0] * 0.88, top, half[2] * 0.88];
            bay.scene.add(Shape::Dome { base: heap, semi }, substance);
            bay.paint_packaging();
            for dz in [-0.7, 0.7] {
                let loop_centre = [centre[0], heap[1] + top * 0.6, centre[2] + dz * half[2]];
                let sling = [half[0] * 0.8, 30.0, 4.0];
                bay.scene.add(
                    Shape::Block {
                        min: [0, 1, 2].map(|d| loop_centre[d] - sling[d]),
                        max: [0, 1, 2].map(|d| loop_centre[d] + sling[d]),
                    },
                    fabric,
                );
            }
            if on_pallets {
                bay.add_pallet(
                    [centre[0] - half[0], base - lift, centre[2] - half[2]],
                    [2.0 * half[0], 2.0 * half[2]],
                )?;
            }
            let inner = half.map(|h| h * 0.5);
            stowed.hides.push(Hide {
                parent: bag,
                min: [0, 1, 2].map(|d| centre[d] - inner[d]),
                max: [0, 1, 2].map(|d| centre[d] + inner[d]),
            });
        }
        Ok(stowed)
    }
}
