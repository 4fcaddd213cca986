//! Boxes of many lines as declared: cartons in mixed walls.

use std::collections::{BTreeMap, BTreeSet};

use super::search::{Place, Want};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::{Bay, Carton, Parcels, Plan, by_item, stow_mixed};
use crate::lot::Lot;
use crate::scene::{Scene, component};

/// Cartons drawn for one line, and how near the declared mass makes one acceptable.
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
/// Acceptable cartons among which the densest is a line's best.
const BEST_OF: usize = 12;
/// Share of a box that mixed cartons fill at the best.
pub(super) const BEST_EFFICIENCY: f64 = 0.8;

/// Room that a line needs at the least as cartons, m³ of cartons themselves, drawn from a seed.
pub(super) fn least_volume_m3(want: &Want, place: Place, seed: u64) -> Result<Option<f64>, PhantomError> {
    let mut apart = Scene::default();
    let Place { space, payload_kg, .. } = place;
    let dice = Dice::stream(seed, "parcels", TRIED);
    let mut bay = Bay { scene: &mut apart, dice, space, payload_kg, fill: 1.0, item: 0, plan: Plan::default() };
    Ok(cartons_of(&mut bay, want, BEST_OF)?.as_ref().map(volume_m3))
}

/// Loads cartons of all lines, exactly as declared; `None`, with the scene as it was, when they were not got in.
pub(super) fn consolidate(
    scene: &mut Scene,
    wants: &[Want],
    place: Place,
    seed: u64,
) -> Result<Option<Vec<Lot>>, PhantomError> {
    let (first, fine) = (scene.solids.len(), scene.fine.len());
    let Place { space, payload_kg, .. } = place;
    let room = (0..3).map(|d| space[1][d] - space[0][d]).product::<f64>() * 1e-9;
    let mut parcels: Vec<Option<Parcels>> = vec![None; wants.len()];
    let mut best_of = 1;
    for tried in 0..TRIED {
        let dice = Dice::stream(seed, "parcels", tried);
        let mut bay = Bay { scene, dice, space, payload_kg, fill: 1.0, item: 0, plan: Plan::default() };
        let mut drawn = Vec::with_capacity(wants.len());
        for (want, kept) in wants.iter().zip(&mut parcels) {
            drawn.push(match kept.take() {
                Some(parcels) => parcels,
                None => match cartons_of(&mut bay, want, best_of)? {
                    Some(parcels) => parcels,
                    None => return Ok(None),
                },
            });
        }
        let volume: f64 = drawn.iter().map(volume_m3).sum();
        let (mut are_in, mut lots) = (false, Vec::with_capacity(wants.len()));
        if volume <= room * BEST_EFFICIENCY {
            let stacked = stow_mixed(&mut bay, &drawn);
            are_in = stacked.iter().zip(&drawn).all(|(stacked, drawn)| stacked.packages == drawn.count);
            let is_sound = turn_all(scene, first, wants);
            let totals = by_item(scene, first);
            for (want, stacked) in wants.iter().zip(stacked) {
                let Some(total) = totals.get(&want.item).filter(|_| is_sound.contains(&want.item)) else { continue };
                lots.push(Lot {
                    goods: want.goods,
                    terms: None,
                    item: want.item,
                    is_hidden: false,
                    packages: stacked.packages,
                    pieces: stacked.pieces,
                    net_kg: total.net_kg,
                    gross_kg: total.gross_kg,
                    corners: total.corners,
                });
            }
            if are_in && lots.len() == wants.len() {
                return Ok(Some(lots));
            }
            scene.solids.truncate(first);
            scene.fine.truncate(fine);
        }
        if are_in {
            // Only cartons of another mass than declared are drawn anew.
            for ((want, drawn), kept) in wants.iter().zip(drawn).zip(&mut parcels) {
                *kept = lots.iter().any(|lot| lot.item == want.item).then_some(drawn);
            }
        } else {
            best_of = (2 * best_of).min(BEST_OF);
            parcels = denser(scene, wants, place, Dice::stream(seed, "denser", tried), drawn, best_of)?;
        }
    }
    Ok(None)
}

/// Cartons with denser ones in place of those that take most of the room.
fn denser(
    scene: &mut Scene,
    wants: &[Want],
    place: Place,
    dice: Dice,
    drawn: Vec<Parcels>,
    best_of: usize,
) -> Result<Vec<Option<Parcels>>, PhantomError> {
    let Place { space, payload_kg, .. } = place;
    let mut bay = Bay { scene, dice, space, payload_kg, fill: 1.0, item: 0, plan: Plan::default() };
    let mut volumes: Vec<f64> = drawn.iter().map(volume_m3).collect();
    volumes.sort_by(f64::total_cmp);
    let large = volumes.get(volumes.len() / 2).copied().unwrap_or(0.0);
    let mut parcels = Vec::with_capacity(drawn.len());
    for (want, drawn) in wants.iter().zip(drawn) {
        let other = if volume_m3(&drawn) < large { None } else { cartons_of(&mut bay, want, best_of)? };
        parcels.push(other.filter(|other| volume_m3(other) < volume_m3(&drawn)).or(Some(drawn)));
    }
    Ok(parcels)
}

fn volume_m3(parcels: &Parcels) -> f64 {
    parcels.count as f64 * parcels.carton.volume_m3()
}

/// Cartons of a line that weigh what is declared: the densest of so many that do.
fn cartons_of(bay: &mut Bay<'_>, want: &Want, best_of: usize) -> Result<Option<Parcels>, PhantomError> {
    let mut nearest: Option<(f64, Parcels)> = None;
    let mut close: Vec<Parcels> = Vec::new();
    for _ in 0..DRAWS {
        let Some(carton) = Carton::draw(want.goods, bay)? else { continue };
        let kg = carton.weigh(bay);
        let fewest = (want.gross_kg / kg).round().max(1.0) as usize;
        let count = want.packages.map_or(fewest, |packages| packages as usize);
        // Goods can be looser packed than drawn more often than denser.
        let off = (count as f64 * kg / want.gross_kg - 1.0 - CLOSE).abs();
        let parcels = Parcels { item: want.item, count, carton };
        if off <= CLOSE {
            close.push(parcels);
            if close.len() >= best_of {
                break;
            }
        } else if nearest.as_ref().is_none_or(|(least, _)| off < *least) {
            nearest = Some((off, parcels));
        }
    }
    let densest = close.into_iter().min_by(|a, b| volume_m3(a).total_cmp(&volume_m3(b)));
    Ok(densest.or_else(|| nearest.filter(|(off, _)| *off <= NEAR).map(|(_, parcels)| parcels)))
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
