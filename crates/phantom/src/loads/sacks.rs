use serde::Deserialize;

use super::faults::{Faults, ROUND};
use super::stow::{counts, whole};
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::shape::Shape;

/// Sacks of something granular, laid crosswise in layers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sacks {
    /// What is in them.
    pub(crate) material: String,
    /// Density of a filled sack, g/cm³.
    bulk_density: [f64; 2],
    length_mm: [f64; 2],
    width_mm: [f64; 2],
    thickness_mm: [f64; 2],
    /// Rounding, 1 to √2.
    roundness: [f64; 2],
}

impl Form for Sacks {
    fn faults(&self) -> Faults {
        Faults::of(&[("width_mm", self.width_mm), ("thickness_mm", self.thickness_mm)])
            .bulk(&self.material, self.bulk_density)
            .between("length_mm", self.length_mm, [100.0, 1500.0])
            .between("roundness", self.roundness, ROUND)
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let dice = &mut bay.dice;
        let density = dice.within(self.bulk_density);
        let sack = [dice.within(self.length_mm), dice.within(self.thickness_mm), dice.within(self.width_mm)];
        let k = dice.within(self.roundness).clamp(1.02, 1.4);
        // Sacks settle into each other: the next layer lies lower than the sack is thick.
        let layer = sack[1] * dice.between(0.86, 0.93);
        let (loose, sideways) = (dice.between(18.0, 55.0), dice.between(0.0, 60.0));
        let is_crossed = dice.chance(0.7);
        let substance = bay.scene.substance(&self.material, Some(density))?;
        bay.paint_goods();
        let unit = |size: [f64; 3]| Shape::Pillow { centre: [0.0; 3], half: size.map(|s| s / 2.0), roundness: k };
        let sack_kg = unit(sack).volume_mm3() * density * 1e-6;
        let size = bay.size();
        let lying = [sack[0] * 0.97, layer, sack[2] * 0.97];
        let across = [sack[2] * 0.97, layer, sack[0] * 0.97];
        let layers = ((size[1] - sack[1] * 0.6) / layer).floor().max(1.0) as usize;
        let grids: Vec<([f64; 3], bool)> =
            (0..layers).map(|y| if is_crossed && y % 2 == 1 { (across, true) } else { (lying, false) }).collect();
        // The first layer says whether one goes in.
        whole([size[0], size[1] - sack[1] * 0.6 + layer, size[2]], lying)?;
        let fitting: usize = grids.iter().map(|(cell, _)| counts(size, *cell)).map(|n| n[0] * n[2]).sum();
        let mut left = bay.units(fitting, sack_kg);
        let mut stowed = Stowed { packages: left, pieces: left, hides: Vec::new() };
        for (y, (cell, is_turned)) in grids.iter().enumerate() {
            let n = counts(size, *cell);
            let slack = [(size[0] - cell[0] * n[0] as f64).max(0.0), (size[2] - cell[2] * n[2] as f64).max(0.0)];
            // Rows are pushed together by hand, each to another end.
            let pushes: Vec<f64> = (0..n[2]).map(|_| bay.dice.unit() * slack[0]).collect();
            // The last layers are not whole: sacks lie where the loader threw them.
            let mut places: Vec<(usize, usize)> = (0..n[0]).flat_map(|x| (0..n[2]).map(move |z| (x, z))).collect();
            if left < places.len() {
                let from = bay.dice.below(places.len());
                places.rotate_left(from);
            }
            for (x, z) in places {
                if left == 0 {
                    return Ok(stowed);
                }
                left -= 1;
                let dice = &mut bay.dice;
                let plump = [dice.about(0.05), dice.about(0.14), dice.about(0.05)];
                let mut half = if *is_turned { [sack[2], sack[1], sack[0]] } else { sack }.map(|s| s / 2.0);
                for d in 0..3 {
                    half[d] *= plump[d];
                }
                // The same beans in another shape: a flatter sack is a longer one.
                half[0] /= plump[0] * plump[1] * plump[2];
                let mut centre = [
                    bay.space[0][0] + pushes[z] + (x as f64 + 0.5) * cell[0] + dice.between(-loose, loose),
                    bay.space[0][1] + sack[1] / 2.0 + y as f64 * layer + dice.between(-0.25, 0.25) * loose,
                    bay.space[0][2]
                        + slack[1] * 0.5
                        + (z as f64 + 0.5) * cell[2]
                        + dice.between(-loose, loose)
                        + sideways * 0.3,
                ];
                for d in [0, 2] {
                    let room = [bay.space[0][d] + half[d], bay.space[1][d] - half[d]];
                    centre[d] = centre[d].clamp(room[0].min(room[1]), room[1].max(room[0]));
                }
                centre[1] = centre[1].clamp(bay.space[0][1] + half[1] * 0.9, bay.space[1][1] - half[1]);
                let index = bay.scene.add(Shape::Pillow { centre, half, roundness: k }, substance);
                let inner = half.map(|h| h * 0.55);
                stowed.hides.push(Hide {
                    parent: index,
                    min: [centre[0] - inner[0], centre[1] - inner[1], centre[2] - inner[2]],
                    max: [centre[0] + inner[0], centre[1] + inner[1], centre[2] + inner[2]],
                });
            }
        }
        Ok(stowed)
    }
}
