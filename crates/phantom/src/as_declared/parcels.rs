//! Boxes of many lines as declared: cartons in mixed walls.

use std::collections::{BTreeMap, BTreeSet};

use super::misfit::Misfit;
use super::search::{Place, Want};
use crate::consolidated::EFFICIENCY;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::{Bay, Carton, Parcels, Plan, by_item, stow_mixed};
use crate::lot::Lot;
use crate::scene::{Scene, component};

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
const TRIED: u64 = 24;
/// How near each line comes to its declared mass.
const RIGHT: f64 = 0.01;

/// Loads cartons of all lines, exactly as declared.
pub(super) fn consolidate(
    scene: &mut Scene,
    wants: &[Want],
    place: Place,
    usable_m3: f64,
    seed: u64,
) -> Result<Vec<Lot>, PhantomError> {
    let (first, fine) = (scene.solids.len(), scene.fine.len());
    let Place { space, payload_kg } = place;
    let room = (0..3).map(|d| space[1][d] - space[0][d]).product::<f64>() * 1e-9;
    let mut parcels: Vec<Option<Parcels>> = vec![None; wants.len()];
    let mut needed = f64::INFINITY;
    for tried in 0..TRIED {
        let dice = Dice::stream(seed, "parcels", tried);
        let mut bay = Bay { scene, dice, space, payload_kg, fill: 1.0, item: 0, plan: Plan::default() };
        let mut drawn = Vec::with_capacity(wants.len());
        for (want, kept) in wants.iter().zip(&mut parcels) {
            drawn.push(match kept.take() {
                Some(parcels) => parcels,
                None => cartons_of(&mut bay, want)?,
            });
        }
        let volume: f64 = drawn.iter().map(|p| p.count as f64 * p.carton.volume_m3()).sum();
        needed = needed.min(volume / (room * EFFICIENCY));
        if volume > room {
            continue;
        }
        let stacked = stow_mixed(&mut bay, &drawn);
        let is_sound = turn_all(scene, first, wants);
        let mut lots = Vec::with_capacity(wants.len());
        let totals = by_item(scene, first);
        for (((want, stacked), drawn), kept) in wants.iter().zip(stacked).zip(drawn).zip(&mut parcels) {
            let total = totals.get(&want.item);
            let Some(total) = total.filter(|_| stacked.packages == drawn.count && is_sound.contains(&want.item))
            else {
                continue;
            };
            // Cartons that do are kept when others are drawn anew.
            *kept = Some(drawn);
            lots.push(Lot {
                goods: want.goods,
                item: want.item,
                is_hidden: false,
                packages: stacked.packages,
                pieces: stacked.pieces,
                net_kg: total.net_kg,
                gross_kg: total.gross_kg,
                corners: total.corners,
            });
        }
        if lots.len() == wants.len() {
            return Ok(lots);
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
        // Goods can be looser packed than drawn more often than denser.
        let off = (count as f64 * kg / want.gross_kg - 1.0 - CLOSE).abs();
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

/// Turns the density of every line's goods until they weigh what is declared; lines for which that is a density that they can
/// have.
fn turn_all(scene: &mut Scene, first: usize, wants: &[Want]) -> BTreeSet<u16> {
    let totals = by_item(scene, first);
    let turns: BTreeMap<u16, f64> = wants
        .iter()
        .filter_map(|want| {
            let total = totals.get(&want.item)?;
            let turn = (want.gross_kg - (total.gross_kg - total.net_kg)) / total.net_kg.max(1e-9);
            Some((want.item, turn.clamp(1.0 - TURNED, 1.0 + TURNED)))
        })
        .collect();
    let Scene { materials, solids, .. } = scene;
    for solid in solids[first..].iter_mut().filter(|s| s.component == component::CARGO && s.substance.density > 0.0) {
        let turn = turns.get(&solid.item).copied().unwrap_or(1.0);
        let own = materials.get(solid.substance.slot as usize).map_or(f64::INFINITY, |m| m.density_g_per_cm3);
        // What is as dense as its material already stays so.
        let most = (own * DENSER / solid.substance.density).max(1.0);
        solid.substance.density *= turn.min(most);
    }
    let after = by_item(scene, first);
    let is_right =
        |want: &&Want| after.get(&want.item).is_some_and(|t| (t.gross_kg / want.gross_kg - 1.0).abs() <= RIGHT);
    wants.iter().filter(is_right).map(|want| want.item).collect()
}
