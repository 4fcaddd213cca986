//! Boxes of e-commerce and market purchase: cartons of hundreds of lines.

use serde::{Deserialize, Serialize};

use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loads::{Bay, Carton, Hide, Parcels, by_item, is_parcelled, stow_mixed};
use crate::lot::Lot;
use crate::yard::MASK_ID;

/// A container that holds parcels of many lines (1210, 1039): cartons of the headings that its recipe names, or of every
/// heading that comes in cartons when it names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consolidated {
    /// Lines, fewest and most; each is a line of the declaration. All containers of a recipe together hold at most 999.
    pub lines: [usize; 2],
}

/// Share of a box that cartons of many sizes fill when the box is full.
pub(crate) const EFFICIENCY: f64 = 0.68;
/// Draws of a carton for one line before the smallest is taken.
const DRAWS: usize = 12;
/// Largest carton against the room that is there per line.
const LARGEST: f64 = 2.0;
/// Spread of the quantities of lines, as the deviation of a logarithm: few lines make most of a box.
const SPREAD: f64 = 1.0;

impl Consolidated {
    /// Refuses what cannot be; `key` is that of its container.
    pub(crate) fn validate(self, file: &str, key: &str, headings: &[String]) -> Result<(), PhantomError> {
        let [low, high] = self.lines;
        if !(2 <= low && low <= high && high < usize::from(MASK_ID)) {
            let reason = format!("2 ≤ low ≤ high ≤ {}, got [{low}, {high}]", MASK_ID - 1);
            return Err(PhantomError::value(file, format!("{key}.consolidated.lines"), reason));
        }
        for (j, heading) in headings.iter().enumerate() {
            let key = format!("{key}.headings[{j}]");
            if !is_parcelled(Goods::of(heading, file, &key)?) {
                return Err(PhantomError::value(
                    file,
                    key,
                    format!("{heading} does not come in cartons by the piece"),
                ));
            }
        }
        Ok(())
    }

    /// Fills a bay with parcels; lines count from `bay.item` on.
    pub(crate) fn load(
        self,
        mut bay: Bay<'_>,
        headings: &[String],
        key: &str,
    ) -> Result<(Vec<Lot>, Vec<Hide>), PhantomError> {
        let all = Goods::all()?.iter();
        let pool: Vec<&'static Goods> = all
            .filter(|goods| is_parcelled(goods) && (headings.is_empty() || headings.contains(&goods.heading)))
            .collect();
        let lines = bay.dice.whole(self.lines[0], self.lines[1]);
        let [low, high] = bay.space;
        let room_m3 = (0..3).map(|d| high[d] - low[d]).product::<f64>() * 1e-9 * EFFICIENCY * bay.fill;
        let (goods, parcels) = draw_lines(&mut bay, &pool, lines, room_m3)?;
        let first = bay.scene.len();
        let stacked = stow_mixed(&mut bay, &parcels);
        let mut lots = Vec::with_capacity(lines);
        let mut hides = Vec::new();
        let totals = by_item(bay.scene, first);
        let mut renumbered = std::collections::BTreeMap::new();
        for ((goods, parcels), stacked) in goods.into_iter().zip(&parcels).zip(stacked) {
            let Some(total) = totals.get(&parcels.item).filter(|_| stacked.packages > 0) else { continue };
            let item = bay.item + lots.len() as u16;
            renumbered.insert(parcels.item, item);
            hides.extend(stacked.hides);
            lots.push(Lot {
                goods,
                terms: None,
                item,
                is_hidden: false,
                packages: stacked.packages,
                pieces: stacked.pieces,
                net_kg: total.net_kg,
                gross_kg: total.gross_kg,
                corners: total.corners,
            });
        }
        // Lines of which nothing went in are not declared: the others close up.
        for solid in &mut bay.scene.solids[first..] {
            solid.item = renumbered.get(&solid.item).copied().unwrap_or(solid.item);
        }
        if lots.len() < self.lines[0] {
            let reason = format!("{} lines wanted, room for cartons of {}", self.lines[0], lots.len());
            return Err(PhantomError::value(key, "consolidated.lines", reason));
        }
        Ok((lots, hides))
    }
}

/// Goods and cartons of every line, as many as fill the room and may be carried.
fn draw_lines(
    bay: &mut Bay<'_>,
    pool: &[&'static Goods],
    lines: usize,
    room_m3: f64,
) -> Result<(Vec<&'static Goods>, Vec<Parcels>), PhantomError> {
    let most_m3 = LARGEST * room_m3 / lines as f64;
    let mut goods = Vec::with_capacity(lines);
    let mut parcels: Vec<Parcels> = Vec::with_capacity(lines);
    let mut weights = Vec::with_capacity(lines);
    while parcels.len() < lines {
        let mut smallest: Option<(&'static Goods, Carton)> = None;
        for _ in 0..DRAWS {
            let Some(one) = bay.dice.pick(pool).copied() else { continue };
            let Some(carton) = Carton::draw(one, bay)? else { continue };
            let is_small = carton.volume_m3() <= most_m3;
            if is_small || smallest.as_ref().is_none_or(|(_, least)| carton.volume_m3() < least.volume_m3()) {
                smallest = Some((one, carton));
            }
            if is_small {
                break;
            }
        }
        let Some((one, carton)) = smallest else {
            return Err(PhantomError::value("consolidated", "headings", "none of them comes in cartons"));
        };
        goods.push(one);
        weights.push(libm::exp(SPREAD * bay.dice.normal()));
        parcels.push(Parcels { item: bay.item + parcels.len() as u16, count: 1, carton });
    }
    // Each line has a carton at least; the room that is left goes to lines by their weight.
    let least_m3: f64 = parcels.iter().map(|p| p.carton.volume_m3()).sum();
    let left_m3 = (room_m3 - least_m3).max(0.0) / weights.iter().sum::<f64>();
    for (parcel, weight) in parcels.iter_mut().zip(&weights) {
        parcel.count += (left_m3 * weight / parcel.carton.volume_m3()) as usize;
    }
    let mut gross_kg = 0.0;
    for parcel in &parcels {
        gross_kg += parcel.count as f64 * parcel.carton.weigh(bay);
    }
    let share = (bay.payload_kg / gross_kg).min(1.0);
    for parcel in &mut parcels {
        parcel.count = ((parcel.count as f64 * share) as usize).max(1);
    }
    Ok((goods, parcels))
}
