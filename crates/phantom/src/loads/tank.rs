use serde::Deserialize;

use super::faults::Faults;
use super::wall::Filling;
use super::{Bay, Stowed};
use crate::error::PhantomError;
use crate::structure::vessel_in;
use crate::terms::Terms;

/// A liquid in the vessel of a tank container.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tank {
    material: String,
    density: [f64; 2],
    /// Share of the vessel that a full one holds: what is left is room for the liquid to expand.
    #[serde(default = "usual")]
    filling: [f64; 2],
    /// What declarations say of it, where not what the head of the file says.
    pub(crate) declared: Option<Terms>,
}

fn usual() -> [f64; 2] {
    [0.92, 0.96]
}

/// Shares of a vessel without baffles that nobody may send on its way (IMDG 4.2.1.9.6): the liquid would surge.
pub(crate) const SURGING: [f64; 2] = [0.2, 0.8];
/// Most that a vessel may be filled, whatever it holds (IMDG 4.2.1.9.2, a coefficient of expansion of nearly 0).
pub(crate) const FULLEST: f64 = 0.97;
/// Largest vessel that the yard builds, m³, and what a tank container carries, kg.
const LARGEST_M3: f64 = 22.0;
pub(crate) const TANK_KG: f64 = 26_000.0;

impl Tank {
    /// What is wrong with the figures of a file of this heading.
    pub(crate) fn faults(&self, heading: &str) -> Faults {
        // A vessel of what is denser would have to surge.
        let densest = TANK_KG / (SURGING[1] * LARGEST_M3) * 1e-3;
        let faults = Faults::default()
            .packed("", &self.material, Some(self.density))
            .unless(self.density[1] <= densest, "density", &format!("at most {densest:.2} in tanks of this size"))
            .between("filling", self.filling, [SURGING[1], FULLEST]);
        self.declared.as_ref().map_or(faults.clone(), |terms| faults.part("declared", terms.faults(heading)))
    }

    /// Pours it into the vessel that the bay's space is the box around, the hollow of which is solid `hollow`: as much as the
    /// bay's fill of the vessel, no more than may be in it and than the container carries.
    ///
    /// # Errors
    /// The catalogue lacks its material.
    pub(crate) fn pour(&self, bay: &mut Bay<'_>, hollow: Option<u32>) -> Result<Stowed, PhantomError> {
        let liquid = Filling::new(&self.material, Some(self.density)).draw(bay)?;
        let most = bay.dice.within(self.filling);
        let whole_kg = vessel_in(bay.space, f64::INFINITY).volume_mm3() * liquid.density * 1e-6;
        let share = match bay.asked_kg(FULLEST * whole_kg) {
            Some(kg) => kg / whole_kg,
            None => bay.fill.min(most).min(bay.payload_kg / whole_kg),
        };
        let poured = vessel_in(bay.space, level_mm(bay.space, share));
        bay.paint_goods();
        match hollow {
            Some(hollow) => bay.scene.nest(hollow, poured, liquid),
            None => bay.scene.add(poured, liquid),
        };
        Ok(Stowed { packages: 1, pieces: 1, hides: Vec::new() })
    }
}

/// Height up to which a share of a vessel stands.
fn level_mm(space: [[f64; 3]; 2], share: f64) -> f64 {
    let [mut low, mut high] = [space[0][1], space[1][1]];
    let wanted = share * vessel_in(space, f64::INFINITY).volume_mm3();
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        if vessel_in(space, middle).volume_mm3() < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
