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
        let substance = bay.scene.substance(&self.material, Some(density))?;
        let fabric = bay.scene.substance("polypropylene", Some(0.5))?;
        // A bag bulges over its side; two in a row press against each other.
        let wide = if 2.0 * side <= size[2] { (size[2] / 2.0).min(side * 1.12) } else { side };
        // None is left behind for a little air between them.
        let tight = (size[0] / side).floor().max(1.0);
        let long = (side * bay.dice.between(1.0, 1.04)).min(size[0] / tight).max(side);
        let cell = [long, 0.0, wide];
        let bag_kg = |height: f64| mean_mm3(side, height, k) * density * 1e-6;
        let floor = (size[0] / cell[0]).floor() * (size[2] / cell[2]).floor();
        let height = self.height(bay, size[1] - CLEAR, |height| floor * bag_kg(height));
        let levels = ((size[1] - CLEAR) / height).floor().clamp(1.0, 2.0);
        let on_pallets = bay.dice.chance(0.25) && height * levels + 150.0 * levels < size[1];
        let lift = if on_pallets { 145.0 } else { 0.0 };
        let mut n = whole(size, [cell[0], height + lift, cell[2]])?;
        n[1] = n[1].min(levels as usize);
        let (body, dome) = (BODY * height, (1.0 - BODY) * height);
        let bag_kg = bag_kg(height);
        let units = bay.units(n[0] * n[1] * n[2], bag_kg);
        let layers = if bay.payload_kg / bag_kg < (n[0] * n[1] * n[2]) as f64 { 0.85 } else { 0.3 };
        let order = bay.order(layers);
        let mut stowed = Stowed { packages: units, pieces: units, hides: Vec::new() };
        let slack = size[0] - cell[0] * n[0] as f64;
        let spread = bay.dice.chance(0.5);
        let mut tops = vec![bay.space[0][1]; n[0] * n[2]];
        let places = cells(n, units, order);
        for [x, y, z] in &places {
            let dice = &mut bay.dice;
            // One with another on it is pressed flat.
            let is_pressed = places.contains(&[*x, y + 1, *z]);
            let (rise, share) = if is_pressed { (0.35, 0.3) } else { (0.0, dice.between(0.5, 1.0)) };
            let high = body * dice.between(HIGH[0], HIGH[1]) + rise * dome;
            let half = [side / 2.0 * dice.between(0.97, 1.0), high / 2.0, side / 2.0 * dice.between(0.975, 1.0)];
            let gap = if spread { slack / n[0] as f64 * *x as f64 } else { 0.0 };
            let loose = cell[0] / 2.0 - half[0];
            let wall = dice.between(0.0, (size[2] / n[2] as f64 - 2.0 * half[2]).min(60.0));
            let at = &mut tops[x * n[2] + z];
            let base = *at + lift;
            let centre = [
                bay.space[0][0] + (*x as f64 + 0.5) * cell[0] + gap + dice.between(-1.0, 1.0) * loose.min(14.0),
                base + half[1],
                match *z {
                    _ if n[2] == 1 => (bay.space[0][2] + bay.space[1][2]) / 2.0,
                    0 => bay.space[0][2] + half[2] + wall,
                    z if z + 1 == n[2] => bay.space[1][2] - half[2] - wall,
                    z => bay.space[0][2] + (z as f64 + 0.5) * size[2] / n[2] as f64,
                },
            ];
            // The heap on top sags differently from bag to bag.
            let top = dome * share;
            let tilt = dice.between(-0.1, 0.1) * half[0];
            let heap = [centre[0] + tilt, centre[1] + half[1], centre[2]];
            *at = heap[1] + top;
            bay.paint_goods();
            let bag = bay.scene.add(Shape::Prism { centre, half, roundness: k }, substance);
            let semi = [half[0] * 0.88, top, half[2] * 0.88];
            bay.scene.add(Shape::Dome { base: heap, semi }, substance);
            bay.paint_packaging();
            // Slings stand beside the heap, or lie there below the next bag.
            let sling = [half[0] * 0.8, if is_pressed { top / 2.0 } else { 30.0 }, 4.0];
            for dz in [-0.93, 0.93] {
                let middle = [centre[0], heap[1] + sling[1], centre[2] + dz * half[2]];
                let [min, max] = [-1.0, 1.0].map(|side| [0, 1, 2].map(|d| middle[d] + side * sling[d]));
                bay.scene.add(Shape::Block { min, max }, fabric);
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

/// Left free below a roof for slings and the loader's forks, mm.
const CLEAR: f64 = 60.0;
/// Share of a bag's height that is its body; the rest is the heap on it, at most.
const BODY: f64 = 0.92;
/// Least and largest share of that which a body is high.
const HIGH: [f64; 2] = [0.93, 1.0];

impl BigBags {
    /// Height of a bag below a roof at `room`. Two are stacked where two go in and one layer, of so many kilograms, leaves the box
    /// light; few traders do otherwise.
    fn height(&self, bay: &mut Bay<'_>, room: f64, layer_kg: impl Fn(f64) -> f64) -> f64 {
        let drawn = bay.dice.within(self.height_mm);
        let is_stacked = bay.dice.chance(0.95);
        let [least, most] = [self.height_mm[0], self.height_mm[1].min(room / 2.0)];
        let stacked = bay.dice.between(least, most);
        if is_stacked && least <= most && layer_kg(drawn) < 0.9 * bay.payload_kg { stacked } else { drawn.min(room) }
    }
}

/// Mean volume of a bag of a side and a height.
fn mean_mm3(side: f64, height: f64, roundness: f64) -> f64 {
    let half = [0.985 * side / 2.0, BODY * height * (HIGH[0] + HIGH[1]) / 4.0, 0.9875 * side / 2.0];
    let body = Shape::Prism { centre: [0.0; 3], half, roundness };
    let semi = [0.88 * half[0], 0.75 * (1.0 - BODY) * height, 0.88 * half[2]];
    body.volume_mm3() + Shape::Dome { base: [0.0; 3], semi }.volume_mm3()
}
