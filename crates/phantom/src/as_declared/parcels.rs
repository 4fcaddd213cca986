//! Boxes of many lines as declared: cartons in mixed walls.

use super::misfit::Misfit;
use super::search::{Place, Want};
use crate::consolidated::EFFICIENCY;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::{Bay, Carton, Parcels, Plan, by_item, stow_mixed};
use crate::scene::{Scene, component};
use crate::yard::Lot;

/// Cartons drawn for one line, and how near the declared mass ends the search.
const DRAWS: usize = 400;
const CLOSE: f64 = 0.03;
/// Farthest that the carton chosen may be off, and that the density of a line's goods is turned: few cartons of a line are
/// weighed, so their scatter adds to the draw's.
const NEAR: f64 = 0.12;
const TURNED: f64 = 0.15;
/// How far goods may become denser than their material: figures are rounded.
const DENSER: f64 = 1.02;
/// Loads tried before lines are said not to fit.
const TRIED: u64 = 8;

/// Loads cartons of all lines, exactly as declared.
pub(super) fn consolidate(
    scene: &mut Scene,
    wants: &[Want],
    place: Place,
    usable_m3: f64,
    seed: u64,
) -> Result<Vec<Lot>, PhantomError> {
    let (first, fine) = (scene.solids.len(), scene.fine.len());
    let mut needed = f64::INFINITY;
    for tried in 0..TRIED {
        let dice = Dice::stream(seed, "parcels", tried);
        let Place { space, payload_kg } = place;
        let mut bay = Bay { scene, dice, space, payload_kg, fill: 1.0, item: 0, plan: Plan::default() };
        let mut parcels = Vec::with_capacity(wants.len());
        for want in wants {
            parcels.push(cartons_of(&mut bay, want)?);
        }
        let volume: f64 = parcels.iter().map(|p| p.count as f64 * p.carton.volume_m3()).sum();
        let room = (0..3).map(|d| space[1][d] - space[0][d]).product::<f64>() * 1e-9;
        needed = needed.min(volume / (room * EFFICIENCY));
        if volume > room {
            continue;
        }
        let stacked = stow_mixed(&mut bay, &parcels);
        let is_whole = stacked.iter().zip(&parcels).all(|(stacked, parcels)| stacked.packages == parcels.count);
        if is_whole && turn_all(scene, first, wants) {
            let totals = by_item(scene, first);
            let lots = wants.iter().zip(stacked).filter_map(|(want, stacked)| {
                let total = totals.get(&want.item)?;
                Some(Lot {
                    goods: want.goods,
                    item: want.item,
                    packages: stacked.packages,
                    pieces: stacked.pieces,
                    net_kg: total.net_kg,
                    gross_kg: total.gross_kg,
                    corners: total.corners,
                })
            });
            return Ok(lots.collect());
        }
        scene.solids.truncate(first);
        scene.fine.truncate(fine);
    }
    let goods = wants.iter().map(|want| (want.goods.heading.clone(), want.gross_kg)).collect();
    Err(Misfit::Volume { goods, needed_m3: needed.max(1.0) * usable_m3, usable_m3 }.into())
}

/// Cartons of a line that weigh what is declared: drawn until one does.
fn cartons_of(bay: &mut Bay<'_>, want: &Want) -> Result<Parcels, PhantomError> {
    let mut best: Option<(f64, f64, Parcels)> = None;
    for _ in 0..DRAWS {
        let Some(carton) = Carton::draw(want.goods, bay)? else { continue };
        let kg = carton.weigh(bay);
        let fewest = (want.gross_kg / kg).round().max(1.0) as usize;
        let count = want.packages.map_or(fewest, |packages| packages as usize);
        let off = (count as f64 * kg / want.gross_kg - 1.0).abs();
        if best.as_ref().is_none_or(|(least, ..)| off < *least) {
            best = Some((off, kg, Parcels { item: want.item, count, carton }));
        }
        if off <= CLOSE {
            break;
        }
    }
    match best {
        Some((off, _, parcels)) if off <= NEAR => Ok(parcels),
        Some((_, package_kg, _)) => Err(Misfit::Packages {
            packages: want.packages.unwrap_or(1),
            package_type: want.goods.package_type.clone(),
            package_kg,
            declared_kg: want.gross_kg,
        }
        .into()),
        None => {
            Err(Misfit::Stowage { heading: want.goods.heading.clone(), declared_kg: want.gross_kg, tried: DRAWS }
                .into())
        }
    }
}

/// Turns the density of every line's goods until they weigh what is declared; whether that is a density that they can have.
fn turn_all(scene: &mut Scene, first: usize, wants: &[Want]) -> bool {
    let totals = by_item(scene, first);
    let turn_of = |item: u16| {
        let want = wants.iter().find(|want| want.item == item)?;
        let total = totals.get(&item)?;
        Some((want.gross_kg - (total.gross_kg - total.net_kg)) / total.net_kg.max(1e-9))
    };
    let turns: std::collections::BTreeMap<u16, f64> =
        wants.iter().filter_map(|want| Some((want.item, turn_of(want.item)?))).collect();
    if turns.values().any(|turn| !((1.0 - TURNED)..=(1.0 + TURNED)).contains(turn)) {
        return false;
    }
    let Scene { materials, solids, .. } = scene;
    for solid in solids[first..].iter_mut().filter(|s| s.component == component::CARGO && s.substance.density > 0.0) {
        let turn = turns.get(&solid.item).copied().unwrap_or(1.0);
        let own = materials.get(solid.substance.slot as usize).map_or(f64::INFINITY, |m| m.density_g_per_cm3);
        // What is at its own density already stays there: a hundredth of a line's mass at most.
        solid.substance.density *=
            if turn > 1.0 { turn.min((own * DENSER / solid.substance.density).max(1.0)) } else { turn };
    }
    let after = by_item(scene, first);
    wants.iter().all(|want| after.get(&want.item).is_some_and(|t| (t.gross_kg / want.gross_kg - 1.0).abs() <= 0.01))
}
