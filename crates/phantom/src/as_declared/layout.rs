//! How lines share a container: one behind the other, long goods beside the others.

use super::compact::push_together;
use super::demand::{Demand, Part};
use super::parcels::consolidate;
use super::search::{Place, Survey, Want, stow_line};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::lot::Lot;
use crate::scene::Scene;

/// Ways in which a box is shared out before lines are said not to fit.
const LAYOUTS: u64 = 24;
/// As many where all lines are mixed cartons, of which each layout tries many stowages.
const LAYOUTS_OF_ONE: u64 = 2;
/// Ways of packing that are drawn for a line in its part.
const DRAWS: u64 = 500;
/// A part is given so much more after its goods did not go in.
const MORE: f64 = 1.2;
/// Clearance beyond the longest thing of a part, and between strips, mm.
const AHEAD: f64 = 130.0;
const BESIDE: f64 = 15.0;
/// Least length and width of a part, mm.
const SHORTEST: f64 = 200.0;
const NARROWEST: f64 = 450.0;
/// Share of the length from which goods are laid beside others, and how far their length may be above what their mass needs.
const LONG: f64 = 0.5;
const LONGER: f64 = 1.5;

type Space = [[f64; 3]; 2];

/// One way of sharing a box.
pub(super) struct Layout<'a> {
    wants: &'a [Want],
    parts: &'a [Part],
    place: Place,
    seed: u64,
    number: u64,
    /// Share of the box that each part is given.
    weights: Vec<f64>,
    lots: Vec<Option<Lot>>,
    dice: Dice,
}

/// Loads all parts as declared, in a drawn layout, or pushed together where none of a number of layouts did; `None`, with the
/// scene as it was, when that does not do either.
pub(super) fn share_out(
    scene: &mut Scene,
    wants: &[Want],
    demand: &Demand,
    place: Place,
    seed: u64,
) -> Result<Option<Vec<Lot>>, PhantomError> {
    let (first, fine) = (scene.solids.len(), scene.fine.len());
    let mut layout = Layout {
        wants,
        parts: &demand.parts,
        place,
        seed,
        number: 0,
        weights: demand.parts.iter().map(|part| part.share).collect(),
        lots: vec![None; wants.len()],
        dice: Dice::new(seed, "order"),
    };
    let layouts = if demand.parts.len() == 1 { LAYOUTS_OF_ONE } else { LAYOUTS };
    while layout.number < layouts {
        let mut order: Vec<usize> = (0..demand.parts.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, layout.dice.below(i + 1));
        }
        layout.lots.fill(None);
        match layout.fill(scene, &order, place.space)? {
            None => return Ok(Some(layout.lots.into_iter().flatten().collect())),
            Some(failed) => layout.weights[failed] *= MORE,
        }
        scene.solids.truncate(first);
        scene.fine.truncate(fine);
        layout.number += 1;
    }
    push_together(scene, wants, demand, place, seed)
}

impl Layout<'_> {
    /// Stows parts in a space; the one that did not go in.
    fn fill(&mut self, scene: &mut Scene, group: &[usize], space: Space) -> Result<Option<usize>, PhantomError> {
        if let [part] = group {
            return self.stow(scene, *part, space);
        }
        let [low, high] = space;
        let length = high[0] - low[0];
        let needs: Vec<f64> =
            group.iter().map(|part| self.length_mm(*part, space).max(self.parts[*part].least_mm + AHEAD)).collect();
        let needed: f64 = needs.iter().sum();
        if needed > length && group.iter().any(|part| self.is_long(*part, space)) {
            return self.beside(scene, group, space);
        }
        // Lines are loaded close to each other: what is free stays at the doors, or between them.
        let stretch = if self.number == 0 { self.dice.between(1.05, 1.3) } else { f64::INFINITY };
        let stretch = stretch.min(length / needed);
        let mut start = low[0];
        for (k, part) in group.iter().enumerate() {
            let end = if k + 1 == group.len() { high[0] } else { (start + needs[k] * stretch).min(high[0]) };
            let own = [[start, low[1], low[2]], [end, high[1], high[2]]];
            if let Some(failed) = self.stow(scene, *part, own)? {
                return Ok(Some(failed));
            }
            // The next line begins where this one ends.
            start = (self.end_mm(*part, start) + self.dice.between(5.0, 60.0)).min(end);
        }
        Ok(None)
    }

    /// Lays long goods in a strip of the width, the others in the rest of it.
    fn beside(&mut self, scene: &mut Scene, group: &[usize], space: Space) -> Result<Option<usize>, PhantomError> {
        let [low, high] = space;
        let (length, width) = (high[0] - low[0], high[2] - low[2]);
        let (mut long, mut rest): (Vec<usize>, Vec<usize>) =
            group.iter().copied().partition(|part| self.is_long(*part, space));
        if rest.is_empty() {
            rest = long.split_off(long.len() / 2);
        }
        if self.dice.chance(0.5) {
            std::mem::swap(&mut long, &mut rest);
        }
        // Widths that leave both strips the room that their goods need: packages are whole, so another may suit them better.
        let least = |of: &[usize]| {
            let needed: f64 = of.iter().map(|part| self.length_mm(*part, space)).sum::<f64>() / length * width;
            let abreast = of.iter().map(|part| self.parts[*part].least_mm + AHEAD).sum::<f64>() / length;
            needed.max(NARROWEST * abreast.ceil())
        };
        let (near, far) = (least(&long), width - BESIDE - least(&rest));
        if near > far {
            return Ok(group.iter().copied().max_by(|a, b| self.weights[*a].total_cmp(&self.weights[*b])));
        }
        let border = low[2] + self.dice.between(near, far);
        let strips = [[low, [high[0], high[1], border]], [[low[0], low[1], border + BESIDE], high]];
        for (group, strip) in [long, rest].iter().zip(strips) {
            if let Some(failed) = self.fill(scene, group, strip)? {
                return Ok(Some(failed));
            }
        }
        Ok(None)
    }

    fn stow(&mut self, scene: &mut Scene, part: usize, space: Space) -> Result<Option<usize>, PhantomError> {
        let Layout { wants, parts, place, .. } = *self;
        let whole = place.space;
        let is_strip = space[1][2] - space[0][2] < whole[1][2] - whole[0][2] - 1.0;
        let own = Place { space, is_strip, ..place };
        if space[1][0] - space[0][0] < SHORTEST || space[1][2] - space[0][2] < NARROWEST {
            return Ok(Some(part));
        }
        let seed = Dice::stream(self.seed, "line", self.number << 32 | part as u64).seed();
        let lines = &parts[part].lines;
        if parts[part].is_mixed() {
            let mixed: Vec<Want> = lines.iter().map(|line| wants[*line]).collect();
            let Some(lots) = consolidate(scene, &mixed, own, seed)? else { return Ok(Some(part)) };
            for (line, lot) in lines.iter().zip(lots) {
                self.lots[*line] = Some(lot);
            }
            return Ok(None);
        }
        for line in lines {
            let want = &wants[*line];
            let lot = stow_line(scene, want, own, seed, &mut Survey::new(want.goods), DRAWS)?;
            if lot.is_none() {
                return Ok(Some(part));
            }
            self.lots[*line] = lot;
        }
        Ok(None)
    }

    /// Length that a part is to have in a space, mm.
    fn length_mm(&self, part: usize, space: Space) -> f64 {
        let whole = self.place.space;
        let across = (space[1][2] - space[0][2]) / (whole[1][2] - whole[0][2]);
        self.weights[part] * (whole[1][0] - whole[0][0]) / across
    }

    fn is_long(&self, part: usize, space: Space) -> bool {
        let least = self.parts[part].least_mm + AHEAD;
        least > LONG * (space[1][0] - space[0][0]) || least > LONGER * self.length_mm(part, space)
    }

    /// Where a part's goods end, mm.
    fn end_mm(&self, part: usize, start_mm: f64) -> f64 {
        let lots = self.parts[part].lines.iter().filter_map(|line| self.lots[*line].as_ref());
        lots.map(|lot| lot.corners[1][0]).fold(start_mm, f64::max)
    }
}
