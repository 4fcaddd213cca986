use serde::Deserialize;

use super::faults::Faults;
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::shape::{Axis, Shape};

/// Garments on rails, carcasses on hooks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hanging {
    material: String,
    density: [f64; 2],
    /// How far they hang down.
    drop_mm: [f64; 2],
    /// Across the box.
    width_mm: [f64; 2],
    /// Along it.
    thickness_mm: [f64; 2],
    /// Rails above each other.
    #[serde(default = "super::one")]
    rails: [f64; 2],
}

/// Rail below the roof, and hook below the rail, mm.
const RAIL: f64 = 60.0;
const HOOK: f64 = 80.0;

impl Form for Hanging {
    fn faults(&self) -> Faults {
        Faults::of(&[
            ("drop_mm", self.drop_mm),
            ("width_mm", self.width_mm),
            ("thickness_mm", self.thickness_mm),
            ("rails", self.rails),
        ])
        .packed("", &self.material, Some(self.density))
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let density = bay.dice.within(self.density);
        let substance = bay.scene.substance(&self.material, Some(density))?;
        let steel = bay.scene.substance("steel", None)?;
        let drop = bay.fit(self.drop_mm, space[1] - RAIL - HOOK - 40.0, "drop of what hangs")?;
        let width = bay.fit(self.width_mm, space[2] - 20.0, "width of what hangs")?;
        let thickness = bay.fit(self.thickness_mm, space[0] - 2.0, "thickness of what hangs")?;
        let levels = (bay.dice.within(self.rails).round().max(1.0) as usize)
            .min(((space[1] - RAIL) / (drop + HOOK)).floor().max(1.0) as usize);
        let abreast = (space[2] / (width + 10.0)).floor().max(1.0) as usize;
        let along = (space[0] / (thickness + 2.0)).floor().max(1.0) as usize;
        let half = [thickness / 2.0, drop / 2.0, width / 2.0];
        let unit = Shape::Pillow { centre: [0.0; 3], half, roundness: 1.25 };
        let units = bay.units(levels * abreast * along, unit.volume_mm3() * density * 1e-6);
        let step = [space[0] / along as f64, space[2] / abreast as f64];
        let rows = units.div_ceil(levels * abreast);
        let mut stowed = Stowed { packages: units, pieces: units, hides: Vec::new() };
        let top = |level: usize| bay.space[1][1] - RAIL - level as f64 * (drop + HOOK + 20.0);
        let tops: Vec<f64> = (0..levels).map(top).collect();
        let middles: Vec<f64> = (0..abreast).map(|k| bay.space[0][2] + (k as f64 + 0.5) * step[1]).collect();
        bay.paint_packaging();
        let end = bay.space[0][0] + rows as f64 * step[0];
        for y in &tops {
            for z in &middles {
                let centre = [(bay.space[0][0] + end) / 2.0, *y, *z];
                let half_length = (end - bay.space[0][0]) / 2.0;
                bay.scene.add(Shape::Cylinder { axis: Axis::X, centre, radius: 12.0, half_length }, steel);
            }
        }
        bay.paint_goods();
        let all = (0..rows).flat_map(|i| tops.iter().flat_map(move |y| (0..abreast).map(move |k| (i, *y, k))));
        for (i, y, k) in all.take(units) {
            let x = bay.space[0][0] + (i as f64 + 0.5) * step[0];
            let half = [half[0] * bay.dice.between(0.9, 1.0), half[1] * bay.dice.between(0.9, 1.0), half[2]];
            let centre = [x, y - HOOK - half[1], middles[k]];
            let parent = bay.scene.add(Shape::Pillow { centre, half, roundness: 1.25 }, substance);
            let inner = half.map(|h| 0.5 * h);
            let min = [0, 1, 2].map(|d| centre[d] - inner[d]);
            stowed.hides.push(Hide { parent, min, max: [0, 1, 2].map(|d| centre[d] + inner[d]) });
        }
        Ok(stowed)
    }
}
