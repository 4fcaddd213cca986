use pellucid_core::TamperingKind;

use super::recipe::{Place, TamperingRecipe};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loads::Hide;
use crate::lot::{Lot, stow};
use crate::packings::Packings;
use crate::scene::Scene;
use crate::yard::MASK_ID;

/// Shortest part of a box that goods are stowed into, mm.
const SHORTEST: f64 = 1300.0;
/// Tries to part a box, each with more room where goods were too long.
const TRIES: usize = 4;
/// Kilograms of hidden goods when a recipe does not say: from this to half of the load.
const LEAST_KG: f64 = 50.0;

/// A part of a box to be loaded with one kind of goods, other goods hidden among them.
pub(crate) struct Around<'a> {
    pub(crate) tampering: &'a TamperingRecipe,
    /// What everybody expects, and its line.
    pub(crate) cover: (&'static Goods, u16),
    pub(crate) hidden: &'static Goods,
    pub(crate) space: [[f64; 3]; 2],
    pub(crate) payload_kg: f64,
    pub(crate) fill: f64,
    pub(crate) file: &'a str,
    pub(crate) packings: Option<&'a Packings>,
}

impl Around<'_> {
    /// Stows cover goods at the doors (and before the hidden ones when these are in the middle) and the hidden goods in a block.
    pub(crate) fn stow(&self, scene: &mut Scene, dice: &mut Dice) -> Result<(Vec<Lot>, Vec<Hide>), PhantomError> {
        let [low, high] = self.space;
        let length = high[0] - low[0];
        let drawn = if dice.chance(0.5) { Place::Front } else { Place::Middle };
        let place = self.tampering.place.unwrap_or(drawn);
        // One shipment each: packages of a seed are the same wherever they stand.
        let (cover_seed, hidden_seed) = (dice.seed(), dice.seed());
        let yard = |seed: u64| Dice::new(seed, "goods");
        // What a full box of the hidden goods weighs says how long a block of them is.
        let mut apart = scene.without_solids();
        let (full, _) =
            stow(&mut apart, self.hidden, 1, self.space, self.payload_kg, 1.0, yard(hidden_seed), self.packings)?;
        let reach = full.corners[1][0] - full.corners[0][0];
        let share = dice.unit();
        let is_substitution = self.tampering.kind == TamperingKind::Substitution;
        let (block, wanted_kg) = if let Some([a, b]) = self.tampering.share.filter(|_| is_substitution) {
            (length * (a + share * (b - a)), None)
        } else {
            let mut apart = scene.without_solids();
            let goods = self.cover.0;
            let (cover, _) =
                stow(&mut apart, goods, 1, self.space, self.payload_kg, self.fill, yard(cover_seed), self.packings)?;
            let most = (0.5 * cover.gross_kg.min(full.gross_kg)).max(LEAST_KG);
            let kg = self.tampering.mass_kg.unwrap_or(LEAST_KG + share * (most - LEAST_KG));
            // Whole packages need a little more room than their share.
            (1.08 * kg / full.gross_kg * reach, Some(kg))
        };
        let mut block = block.max(SHORTEST.min(reach));
        let mut before = None;
        let (first, first_fine) = (scene.solids.len(), scene.fine.len());
        for _ in 0..TRIES {
            if block + SHORTEST > length {
                let reason = format!(
                    "{} would take {block:.0} mm of {length:.0} and leave less than {SHORTEST:.0} mm for goods at the doors",
                    self.hidden.heading
                );
                return self.refuse(reason);
            }
            let ahead = *before.get_or_insert_with(|| match place {
                Place::Middle if length - block - SHORTEST > SHORTEST => {
                    SHORTEST + dice.unit() * (length - block - 2.0 * SHORTEST)
                }
                _ => 0.0,
            });
            let (mut lots, mut hides, mut from) = (Vec::new(), Vec::new(), low[0]);
            let mut tight = None;
            for (span, is_hidden) in [(ahead, false), (block, true), (length - ahead - block, false)] {
                if span <= 0.0 {
                    continue;
                }
                let space = [[from, low[1], low[2]], [from + span, high[1], high[2]]];
                let share_kg = self.payload_kg * span / length;
                let (goods, item, payload, fill, seed) = if is_hidden {
                    (self.hidden, MASK_ID, wanted_kg.unwrap_or(share_kg), 1.0, hidden_seed)
                } else {
                    (self.cover.0, self.cover.1, share_kg, self.fill, cover_seed)
                };
                let (mut lot, places) =
                    match stow(scene, goods, item, space, payload, fill, yard(seed), self.packings) {
                        Err(PhantomError::NoRoom { what, needs_mm, room_mm }) => {
                            tight = Some((
                                is_hidden,
                                PhantomError::NoRoom { what, needs_mm, room_mm },
                                needs_mm - room_mm,
                            ));
                            break;
                        }
                        stowed => stowed?,
                    };
                from += span;
                if let Some(kg) = self.tampering.mass_kg.filter(|_| is_hidden) {
                    // As near as whole packages come.
                    let package = lot.gross_kg / lot.packages.max(1) as f64;
                    if (lot.gross_kg - kg).abs() > (0.1 * kg).max(package) {
                        return self.refuse(format!(
                            "{kg:.0} kg of {}: {} packages of {package:.0} kg are what this block takes",
                            goods.heading, lot.packages
                        ));
                    }
                }
                lot.is_hidden = is_hidden && self.tampering.kind == TamperingKind::ConcealedGoods;
                lots.push(lot);
                hides.extend(places);
            }
            let Some((is_hidden, error, more_mm)) = tight else { return Ok((lots, hides)) };
            scene.solids.truncate(first);
            scene.fine.truncate(first_fine);
            // Goods longer than the part they got: a longer block, or all cover goods at the doors.
            if is_hidden {
                block += more_mm + 20.0;
            } else if ahead > 0.0 {
                before = Some(0.0);
            } else {
                return Err(error);
            }
        }
        self.refuse(format!("there is no place for a block of {}", self.hidden.heading))
    }

    fn refuse<T>(&self, reason: String) -> Result<T, PhantomError> {
        let key = if self.tampering.share.is_some() { "tampering.share" } else { "tampering.mass_kg" };
        Err(PhantomError::value(self.file, key, reason))
    }
}
