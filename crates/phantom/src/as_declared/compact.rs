//! Boxes that only just take what is declared: every line as tight as its packages allow.

use super::demand::Demand;
use super::parcels::consolidate;
use super::search::{Draw, Place, Want, stow_draw, try_one, way_of};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::is_parcelled;
use crate::lot::Lot;
use crate::scene::Scene;

/// Draws for a line: of any way of packing, then of those alone that are nearly as dense as the best so far; and the densest
/// draws, which are pushed together.
const DRAWS: u64 = 150;
const MORE_DRAWS: u64 = 2_400;
const NEARLY: f64 = 1.15;
const DENSEST: usize = 32;
/// Halvings of the room that a line is pushed into.
const HALVINGS: usize = 7;
/// Share by which packages may weigh other than declared before the density of goods is turned.
const NEAR: f64 = 0.05;
/// Orders of the lines from the front wall that are tried.
const ORDERS: usize = 4;
/// Clearance between lines, mm.
const APART: f64 = 4.0;
/// Share of the length from which goods bear others on top, and the least room above them, mm.
const LONG: f64 = 0.5;
const LOWEST: f64 = 400.0;

/// Directions in which lines are pushed together.
const ALONG: usize = 0;
const UP: usize = 1;

/// A way of packing a line with the least room that it needs in one direction, mm.
#[derive(Debug, Clone, Copy)]
struct Tight {
    draw: Draw,
    extent_mm: f64,
}

/// What is stowed so far.
struct Stowage<'a> {
    scene: &'a mut Scene,
    wants: &'a [Want],
    seed: u64,
    lots: Vec<Option<Lot>>,
}

/// Loads lines one behind the other, each pushed together: over the whole height; or on top of long goods; or cartons of
/// several lines in mixed walls. `None`, with the scene as it was, when they do not go in so.
pub(super) fn push_together(
    scene: &mut Scene,
    wants: &[Want],
    demand: &Demand,
    place: Place,
    seed: u64,
) -> Result<Option<Vec<Lot>>, PhantomError> {
    let (first, fine) = (scene.solids.len(), scene.fine.len());
    let mut mixed: Vec<usize> = Vec::new();
    let mut own: Vec<usize> = Vec::new();
    let mut long: Vec<usize> = Vec::new();
    let length = place.space[1][0] - place.space[0][0];
    for part in &demand.parts {
        match part.lines.as_slice() {
            [line] if part.least_mm > LONG * length => long.push(*line),
            [line] => own.push(*line),
            lines => mixed.extend(lines),
        }
    }
    let cartons: Vec<usize> = own.iter().copied().filter(|line| is_parcelled(wants[*line].goods)).collect();
    let rest: Vec<usize> = own.iter().copied().filter(|line| !cartons.contains(line)).collect();
    let all: Vec<usize> = long.iter().chain(&own).copied().collect();
    let mut ways: Vec<(&[usize], &[usize], &[usize])> = vec![(&[], &all, &mixed)];
    if !long.is_empty() {
        ways.push((&long, &own, &mixed));
    }
    if cartons.len() > 1 && mixed.is_empty() {
        ways.push((&long, &rest, &cartons));
    }
    for (below, behind, mixed) in ways {
        let mut filled = Stowage { scene, wants, seed, lots: vec![None; wants.len()] };
        if filled.fill(below, behind, mixed, place)? {
            return Ok(Some(filled.lots.into_iter().flatten().collect()));
        }
        scene.solids.truncate(first);
        scene.fine.truncate(fine);
    }
    Ok(None)
}

impl Stowage<'_> {
    /// Long goods on the floor, lines one behind the other above them, mixed cartons in what is left; whether all went in.
    fn fill(
        &mut self,
        below: &[usize],
        behind: &[usize],
        mixed: &[usize],
        mut place: Place,
    ) -> Result<bool, PhantomError> {
        for line in below {
            let Some(lot) = self.lay(*line, place)? else { return Ok(false) };
            // What lies on them needs them below it.
            let [low, high] = lot.corners;
            place.space[0] = [low[0].max(place.space[0][0]), high[1] + APART, low[2].max(place.space[0][2])];
            place.space[1][0] = high[0].min(place.space[1][0]);
            place.space[1][2] = high[2].min(place.space[1][2]);
            place.is_strip = true;
            self.lots[*line] = Some(lot);
        }
        if place.space[1][1] - place.space[0][1] < LOWEST {
            return Ok(behind.is_empty() && mixed.is_empty());
        }
        let mut tight = Vec::with_capacity(behind.len());
        for line in behind {
            let found = self.pushed(*line, place, ALONG)?;
            if found.is_empty() {
                return Ok(false);
            }
            tight.push((*line, found));
        }
        let least: f64 = tight.iter().map(|(_, found)| found[0].extent_mm + APART).sum();
        if least > place.space[1][0] - place.space[0][0] + APART {
            return Ok(false);
        }
        let (first, fine) = (self.scene.solids.len(), self.scene.fine.len());
        let mut dice = Dice::new(self.seed, "compact");
        for _ in 0..ORDERS {
            for i in (1..tight.len()).rev() {
                tight.swap(i, dice.below(i + 1));
            }
            if self.line_up(&tight, mixed, place)? {
                return Ok(true);
            }
            self.scene.solids.truncate(first);
            self.scene.fine.truncate(fine);
        }
        Ok(false)
    }

    /// Stows lines from the front wall on, each in as little of the length as will do, then mixed cartons.
    fn line_up(
        &mut self,
        tight: &[(usize, Vec<Tight>)],
        mixed: &[usize],
        place: Place,
    ) -> Result<bool, PhantomError> {
        let [low, high] = place.space;
        let mut start = low[0];
        for (k, (line, found)) in tight.iter().enumerate() {
            let later: f64 = tight[k + 1..].iter().map(|(_, found)| found[0].extent_mm + APART).sum();
            let mut lot = None;
            for way in found {
                let end = start + way.extent_mm;
                if end + later > high[0] + APART {
                    break;
                }
                let space = [[start, low[1], low[2]], [end.min(high[0]), high[1], high[2]]];
                lot = stow_draw(
                    self.scene,
                    &self.wants[*line],
                    Place { space, ..place },
                    self.seed_of(*line),
                    way.draw,
                )?;
                if lot.is_some() {
                    start = end + APART;
                    break;
                }
            }
            if lot.is_none() {
                return Ok(false);
            }
            self.lots[*line] = lot;
        }
        if mixed.is_empty() {
            return Ok(true);
        }
        let wants: Vec<Want> = mixed.iter().map(|line| self.wants[*line]).collect();
        let own = Place { space: [[start, low[1], low[2]], high], ..place };
        let Some(lots) = consolidate(self.scene, &wants, own, self.seed)? else { return Ok(false) };
        for (line, lot) in mixed.iter().zip(lots) {
            self.lots[*line] = Some(lot);
        }
        Ok(true)
    }

    /// Lays long goods over the floor, as low as they go.
    fn lay(&mut self, line: usize, place: Place) -> Result<Option<Lot>, PhantomError> {
        for way in self.pushed(line, place, UP)? {
            let mut own = place;
            own.space[1][1] = own.space[0][1] + way.extent_mm;
            let lot = stow_draw(self.scene, &self.wants[line], own, self.seed_of(line), way.draw)?;
            if lot.is_some() {
                return Ok(lot);
            }
        }
        Ok(None)
    }

    fn seed_of(&self, line: usize) -> u64 {
        Dice::stream(self.seed, "compact line", line as u64).seed()
    }

    /// Ways of packing a line, pushed together in a direction: those that need least first.
    fn pushed(&self, line: usize, place: Place, axis: usize) -> Result<Vec<Tight>, PhantomError> {
        let (want, seed) = (&self.wants[line], self.seed_of(line));
        let mut drawn = Vec::new();
        let mut least = vec![f64::INFINITY; want.goods.packing.len()];
        for index in 0..MORE_DRAWS {
            let way = way_of(want, seed, index);
            let best = least.iter().copied().fold(f64::INFINITY, f64::min);
            if index >= DRAWS && least.get(way).is_none_or(|own| *own > NEARLY * best) {
                continue;
            }
            let draw = try_one(want, place, seed, index)?;
            let Some(draw) = draw.filter(|draw| draw.share <= 1.0 && draw.error() <= NEAR) else { continue };
            if let Some(own) = least.get_mut(way) {
                *own = own.min(draw.share);
            }
            drawn.push(draw);
        }
        drawn.sort_by(|a, b| a.share.total_cmp(&b.share));
        let whole = place.space[1][axis] - place.space[0][axis];
        let mut pushed = Vec::with_capacity(DENSEST);
        for draw in drawn.into_iter().take(DENSEST) {
            let (mut low, mut best) = (0.8 * draw.share * whole, Tight { draw, extent_mm: whole });
            for _ in 0..HALVINGS {
                let middle = 0.5 * (low + best.extent_mm);
                let mut own = place;
                own.space[1][axis] = own.space[0][axis] + middle;
                let fits = try_one(want, own, seed, draw.index)?;
                match fits.filter(|draw| draw.share <= 1.0 && draw.error() <= NEAR) {
                    Some(draw) => best = Tight { draw, extent_mm: middle },
                    None => low = middle,
                }
            }
            pushed.push(best);
        }
        pushed.sort_by(|a, b| a.extent_mm.total_cmp(&b.extent_mm));
        Ok(pushed)
    }
}
