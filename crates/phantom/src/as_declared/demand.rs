//! What lines need of a container at the least: decided once, whatever the seed of the loads.

use super::misfit::Misfit;
use super::parcels::{BEST_EFFICIENCY, least_volume_m3};
use super::search::{DRAWS, Place, Survey, Want, stow_line, survey};
use crate::consolidated::EFFICIENCY;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::is_parcelled;
use crate::scene::Scene;

/// Seed of the draws that decide whether a declaration fits.
pub(super) const FIXED_SEED: u64 = 0;
/// Lines up to which each has its own part of the box, and the most parts of boxes of more lines.
const MOST_LINES: usize = 5;
pub(super) const MOST_PARTS: usize = 10;
/// Ways of packing that are drawn per line, for few lines and for many; and again where lines only just do not fit.
const DRAWN: [u64; 2] = [160, 60];
const DRAWN_AGAIN: u64 = 1500;
const JUST: f64 = 1.4;
/// Length of a part for parcels at the least, mm.
const PARCELS_MM: f64 = 900.0;

/// Lines that are stowed together in a part of the box.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Places among the lines; several are mixed cartons.
    pub(super) lines: Vec<usize>,
    /// Share of the box that they need.
    pub(super) share: f64,
    /// Length of the longest thing that cannot be shorter, mm.
    pub(super) least_mm: f64,
}

impl Part {
    /// Whether its lines are mixed cartons.
    pub(super) fn is_mixed(&self) -> bool {
        self.lines.len() > 1
    }
}

/// What lines need of a container.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    pub(super) parts: Vec<Part>,
    /// Share of the box that all lines need when each is packed best.
    pub(super) least_share: f64,
}

/// What one line needs.
struct Need {
    /// In a part of its own.
    own: Option<f64>,
    least_mm: f64,
    /// Share of the box that its cartons are, where it comes in cartons.
    cartons: Option<f64>,
}

impl Need {
    fn of(want: &Want, place: Place, usable_m3: f64, seed: u64, lines: usize) -> Result<Self, PhantomError> {
        let is_few = lines <= MOST_LINES;
        let seen = survey(want, place, seed, DRAWN[usize::from(!is_few)])?;
        let cartons = if is_few || !is_parcelled(want.goods) { None } else { least_volume_m3(want, place, seed)? };
        let room_m3 = (0..3).map(|d| place.space[1][d] - place.space[0][d]).product::<f64>() * 1e-9;
        let cartons = cartons.map(|volume_m3| volume_m3 / room_m3);
        if cartons.is_some() || seen.least_share().is_some() {
            return Ok(Self { own: seen.least_share(), least_mm: seen.least_mm(), cartons });
        }
        // What a few draws do not meet is looked for in earnest.
        let mut seen = Survey::new(want.goods);
        let lot = stow_line(&mut Scene::default(), want, place, seed, &mut seen, DRAWS)?;
        if lot.is_none() {
            return Err(seen.misfit(want, usable_m3).into());
        }
        Ok(Self { own: seen.least_share(), least_mm: seen.least_mm(), cartons })
    }

    /// The least that it needs, packed best.
    fn least(&self) -> f64 {
        let mixed = self.cartons.map_or(f64::INFINITY, |share| share / BEST_EFFICIENCY);
        self.own.unwrap_or(f64::INFINITY).min(mixed)
    }
}

impl Demand {
    /// What lines need of an empty container; a function of the lines and the container alone.
    ///
    /// # Errors
    /// [`Misfit`] when a line cannot be what it declares, when all lines need more than there is though each is packed best, or
    /// when too many need a part of their own.
    pub(super) fn of(wants: &[Want], place: Place, usable_m3: f64) -> Result<Self, PhantomError> {
        let seed_of = |i: usize| Dice::stream(FIXED_SEED, "survey", i as u64).seed();
        let mut needs = Vec::with_capacity(wants.len());
        for (i, want) in wants.iter().enumerate() {
            needs.push(Need::of(want, place, usable_m3, seed_of(i), wants.len())?);
        }
        let sum = |needs: &[Need]| needs.iter().map(Need::least).sum::<f64>();
        if (1.0..JUST).contains(&sum(&needs)) {
            for (i, (want, need)) in wants.iter().zip(&mut needs).enumerate() {
                let draws = DRAWN_AGAIN / (wants.len() as u64).div_ceil(MOST_LINES as u64);
                let seen = survey(want, place, seed_of(i), draws)?;
                if let Some(share) = seen.least_share() {
                    need.own = Some(need.own.map_or(share, |own| own.min(share)));
                    need.least_mm = need.least_mm.min(seen.least_mm());
                }
            }
        }
        let least_share = sum(&needs);
        if least_share > 1.0 {
            let goods = wants.iter().map(|want| (want.goods.heading.clone(), want.gross_kg)).collect();
            return Err(Misfit::Volume { goods, needed_m3: least_share * usable_m3, usable_m3 }.into());
        }
        Ok(Self { parts: parts(&needs)?, least_share })
    }
}

/// Which lines go together.
fn parts(needs: &[Need]) -> Result<Vec<Part>, PhantomError> {
    let (mixed, own): (Vec<usize>, Vec<usize>) = (0..needs.len()).partition(|i| needs[*i].cartons.is_some());
    // A single line of cartons is no mixture.
    let (mixed, own) = if mixed.len() == 1 { (Vec::new(), (0..needs.len()).collect()) } else { (mixed, own) };
    if own.len() > MOST_PARTS {
        return Err(Misfit::Parts { lines: own.len(), most: MOST_PARTS }.into());
    }
    let mut parts: Vec<Part> = own
        .into_iter()
        .map(|i| Part { lines: vec![i], share: needs[i].least(), least_mm: needs[i].least_mm.min(1e6) })
        .collect();
    if !mixed.is_empty() {
        let share = mixed.iter().filter_map(|i| needs[*i].cartons).sum::<f64>() / EFFICIENCY;
        parts.push(Part { lines: mixed, share, least_mm: PARCELS_MM });
    }
    Ok(parts)
}
