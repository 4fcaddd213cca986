use serde::Deserialize;

use super::faults::Faults;
use super::stow::within_room;
use super::wall::Filling;
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::shape::Shape;

/// One bag of liquid on the floor.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flexitank {
    material: String,
    density: Option<[f64; 2]>,
    volume_m3: [f64; 2],
}

/// How long a flexitank is laid, mm: it fills the floor of a 20 ft box.
const SHORTEST: f64 = 4900.0;
const LONGEST: f64 = 5800.0;
/// How wide at the least.
const NARROWEST: f64 = 2000.0;

impl Form for Flexitank {
    fn faults(&self) -> Faults {
        Faults::of(&[("volume_m3", self.volume_m3)]).packed("", &self.material, self.density)
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let filling = Filling::new(&self.material, self.density);
        let substance = filling.draw(bay)?;
        let wood = bay.scene.substance("plywood", None)?;
        let wanted = bay.dice.within(self.volume_m3) * 1e9 * bay.fill;
        let shared = wanted.min(bay.payload_kg / substance.density * 1e6);
        // A bag is flat on top and blunt at its ends.
        let roundness = bay.dice.between(1.36, 1.4);
        // It fills the floor of a 20 ft box but for a bulkhead at the doors.
        let plan = [
            within_room(LONGEST, SHORTEST, space[0] - 120.0, "length of a flexitank")?,
            within_room(space[2] - 24.0, NARROWEST, space[2] - 24.0, "width of a flexitank")?,
        ];
        let unit = Shape::Pillow { centre: [0.0; 3], half: [plan[0] / 2.0, 1.0, plan[1] / 2.0], roundness };
        let highest = space[1] / 2.0 - 60.0;
        let largest = (highest * unit.volume_mm3()).min(self.volume_m3[1] * 1e9);
        let asked_kg = bay.asked_kg(largest * substance.density * 1e-6);
        let volume = asked_kg.map_or(shared, |kg| kg / substance.density * 1e6);
        let half = [plan[0] / 2.0, (volume / unit.volume_mm3()).min(highest), plan[1] / 2.0];
        let low = bay.space[0];
        let centre = [low[0] + 20.0 + half[0], low[1] + half[1] + 4.0, low[2] + 12.0 + half[2]];
        bay.paint_goods();
        let parent = bay.scene.add(Shape::Pillow { centre, half, roundness }, substance);
        bay.paint_packaging();
        let x = centre[0] + half[0] + 20.0;
        let top = low[1] + 2.0 * half[1] + 250.0;
        bay.scene.block([x, low[1], low[2] + 10.0], [x + 18.0, top, bay.space[1][2] - 10.0], wood);
        let (min, max) = ([0, 1, 2].map(|d| centre[d] - 0.5 * half[d]), [0, 1, 2].map(|d| centre[d] + 0.5 * half[d]));
        Ok(Stowed { packages: 1, pieces: 1, hides: vec![Hide { parent, min, max }] })
    }
}
