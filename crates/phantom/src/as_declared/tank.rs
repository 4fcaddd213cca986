//! Liquids as declared, in tank containers.

use super::misfit::Misfit;
use super::search::Want;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::{Bay, FULLEST, Plan, TANK_KG, Target};
use crate::lot::{Lot, pour_into};
use crate::scene::Scene;
use crate::structure::{ContainerBox, ContainerPlan, vessel_in};

/// Vessels, and densities of the liquid, that are drawn before it is said not to go in.
const DRAWS: u64 = 64;

/// A tank with a line in it: the first that is drawn large enough for the line at a density that is drawn too.
///
/// # Errors
/// [`Misfit::Volume`] when the line needs more than the largest vessel that was drawn.
pub(super) fn filled_tank(
    plan: ContainerPlan,
    want: &Want,
    seed: u64,
    placing: Option<u64>,
) -> Result<(Scene, ContainerBox, Lot), PhantomError> {
    let (mut needed_m3, mut usable_m3) = (f64::INFINITY, 0.0);
    for index in 0..DRAWS {
        let mut scene = Scene::default();
        let mut dice = Dice::stream(placing.unwrap_or(seed), "container", index);
        let container = plan.build(&mut scene, &mut dice)?;
        let target = Target { units: 1, kg: want.gross_kg, is_trial: false };
        let bay = Bay {
            scene: &mut scene,
            dice: Dice::stream(seed, "tank", index),
            space: container.inside,
            payload_kg: TANK_KG,
            fill: 1.0,
            item: want.item,
            plan: Plan { target: Some(target), placing, ..Plan::default() },
        };
        let lot = pour_into(bay, want.goods, container.hollow)?;
        if (lot.gross_kg / want.gross_kg - 1.0).abs() < 1e-6 {
            return Ok((scene, container, lot));
        }
        let room_m3 = FULLEST * vessel_in(container.inside, f64::INFINITY).volume_mm3() * 1e-9;
        usable_m3 = room_m3.max(usable_m3);
        needed_m3 = needed_m3.min(room_m3 * want.gross_kg / lot.gross_kg);
    }
    let goods = vec![(want.goods.heading.clone(), want.gross_kg)];
    Err(Misfit::Volume { goods, needed_m3, usable_m3 }.into())
}
