//! Looks for a way of packing and a stowage that amount to what one line declares.

use super::misfit::Misfit;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::loads::{Bay, Capacity, Packing, Plan, Target};
use crate::lot::{Lot, corners, masses};
use crate::scene::{Scene, Solid, component};

/// What one line declares of one container.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    pub(super) goods: &'static Goods,
    /// Value in the `item` raster.
    pub(super) item: u16,
    pub(super) gross_kg: f64,
    pub(super) packages: Option<u32>,
}

/// Ways of packing that are drawn for one line that is looked for in earnest.
pub(super) const DRAWS: u64 = 16_000;
/// Draws of one way of packing after which it is given up if it needs so much more than the room, or its packages are off by such
/// a factor (as a logarithm).
const ENOUGH: usize = 120;
const HOPELESS_SHARE: f64 = 1.5;
const HOPELESS_FACTOR: f64 = 0.7;
/// Packages that are built to know what one weighs.
const WEIGHED: usize = 4;
/// Share by which packages as drawn may weigh other than declared: at once, or when nothing nearer was drawn.
const CLOSE: f64 = 0.02;
const NEAR: f64 = 0.08;
/// Nearest draws that are stowed when none is close.
const STOWED: usize = 16;
/// Most that the density of goods is turned so that they weigh what is declared, and how far above the material's own: figures
/// are rounded.
const TURNED: f64 = 0.06;
const DENSER: f64 = 1.02;
/// How far loads may stand out of their space, mm: sacks and garments give way.
const OUTSIDE: f64 = 25.0;

/// One drawn way of packing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    pub(super) index: u64,
    units: usize,
    package_kg: f64,
    /// Mass of so many units over what is declared.
    ratio: f64,
    /// Share of the space that they need.
    pub(super) share: f64,
    /// Longest thing in them along the box, mm.
    length_mm: f64,
}

impl Draw {
    pub(super) fn error(&self) -> f64 {
        (self.ratio - 1.0).abs()
    }
}

/// What was seen of one way of packing.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    drawn: usize,
    /// Package whose mass is nearest to the declared one, and by which factor it is off, as a logarithm.
    nearest: Option<(f64, f64)>,
    /// Smallest share of the space that draws of the declared mass need.
    least_share: Option<f64>,
    /// Shortest of what is longest in each of those draws, mm.
    least_mm: f64,
}

impl Way {
    /// Whether more draws may still find a load.
    fn is_open(&self) -> bool {
        self.drawn < ENOUGH
            || match (self.least_share, self.nearest) {
                (Some(share), _) => share < HOPELESS_SHARE,
                (None, Some((_, off))) => off < HOPELESS_FACTOR,
                (None, None) => false,
            }
    }
}

/// What was seen while a line was looked for: the reason of a refusal.
#[derive(Debug, Clone)]
pub(super) struct Survey(Vec<Way>);

impl Survey {
    pub(super) fn new(goods: &Goods) -> Self {
        Self(vec![Way::default(); goods.packing.len()])
    }

    fn note(&mut self, way: usize, draw: Option<&Draw>) {
        let Some(way) = self.0.get_mut(way) else { return };
        way.drawn += 1;
        let Some(draw) = draw else { return };
        let off = libm::log(draw.ratio.max(1e-9)).abs();
        if way.nearest.is_none_or(|(_, least)| off < least) {
            way.nearest = Some((draw.package_kg, off));
        }
        if draw.error() <= NEAR {
            let shortest = if way.least_share.is_some() { way.least_mm } else { f64::INFINITY };
            way.least_mm = shortest.min(draw.length_mm);
            way.least_share = Some(way.least_share.map_or(draw.share, |least| least.min(draw.share)));
        }
    }

    fn is_open(&self, way: usize) -> bool {
        self.0.get(way).is_some_and(Way::is_open)
    }

    /// Smallest share of the space that draws of the declared mass need.
    pub(super) fn least_share(&self) -> Option<f64> {
        self.0.iter().filter_map(|way| way.least_share).min_by(f64::total_cmp)
    }

    /// Length of the shortest thing that is the longest of its draw, mm: no part of a box may be shorter.
    pub(super) fn least_mm(&self) -> f64 {
        self.0.iter().filter(|way| way.least_share.is_some()).map(|way| way.least_mm).fold(f64::INFINITY, f64::min)
    }

    /// Why a line is refused, in a container of this usable volume.
    pub(super) fn misfit(&self, want: &Want, usable_m3: f64) -> Misfit {
        let heading = want.goods.heading.clone();
        let nearest = self.0.iter().filter_map(|way| way.nearest).min_by(|a, b| a.1.total_cmp(&b.1));
        match (self.least_share(), nearest) {
            (Some(share), _) if share > 1.0 => {
                Misfit::Volume { goods: vec![(heading, want.gross_kg)], needed_m3: share * usable_m3, usable_m3 }
            }
            (_, Some((package_kg, off))) if off > CLOSE => Misfit::Packages {
                packages: want.packages.unwrap_or(1),
                package_type: want.goods.package_type.clone(),
                package_kg,
                declared_kg: want.gross_kg,
            },
            (share, _) => Misfit::Stowage {
                goods: vec![(heading, want.gross_kg)],
                needed_m3: share.map(|share| share * usable_m3),
                usable_m3,
            },
        }
    }
}

/// Space and payload that lines share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) space: [[f64; 3]; 2],
    pub(super) payload_kg: f64,
    /// Whether other lines lie beside it: what is poured, hung or driven in, and what leans on both walls, needs the whole width.
    pub(super) is_strip: bool,
    /// Seed of where packages come to stand, apart from how they are packed.
    pub(super) placing: Option<u64>,
}

/// Draws ways of packing and notes what they would need of a space; stows nothing.
pub(super) fn survey(want: &Want, place: Place, seed: u64, draws: u64) -> Result<Survey, PhantomError> {
    let mut survey = Survey::new(want.goods);
    for index in 0..draws {
        let draw = try_one(want, place, seed, index)?;
        survey.note(way_of(want, seed, index), draw.as_ref());
    }
    Ok(survey)
}

/// The way of packing of a draw: the first that its stream draws.
pub(super) fn way_of(want: &Want, seed: u64, index: u64) -> usize {
    Dice::stream(seed, "as_declared", index).below(want.goods.packing.len())
}

/// Stows a line as declared; `None`, with the scene as it was, when no draw does it.
pub(super) fn stow_line(
    scene: &mut Scene,
    want: &Want,
    place: Place,
    seed: u64,
    survey: &mut Survey,
    draws: u64,
) -> Result<Option<Lot>, PhantomError> {
    let mut near = Vec::new();
    for index in 0..draws {
        let way = way_of(want, seed, index);
        if !survey.is_open(way) {
            continue;
        }
        let draw = try_one(want, place, seed, index)?;
        survey.note(way, draw.as_ref());
        let Some(draw) = draw else { continue };
        if draw.share > 1.0 {
            continue;
        }
        if draw.error() > CLOSE {
            if draw.error() <= NEAR {
                near.push(draw);
            }
            continue;
        }
        if let Some(lot) = stow_draw(scene, want, place, seed, draw)? {
            return Ok(Some(lot));
        }
    }
    near.sort_by(|a, b| a.error().total_cmp(&b.error()));
    for draw in near.into_iter().take(STOWED) {
        if let Some(lot) = stow_draw(scene, want, place, seed, draw)? {
            return Ok(Some(lot));
        }
    }
    Ok(None)
}

/// Whether goods packed so take the whole width of a box.
fn needs_width(packing: &Packing) -> bool {
    use Packing::{BigBags, Bulk, Flexitank, Hanging, Vehicles};
    matches!(packing, Bulk(_) | BigBags(_) | Hanging(_) | Flexitank(_) | Vehicles(_))
}

/// The stream of a draw with its way of packing.
fn stow_with(
    scene: &mut Scene,
    want: &Want,
    place: Place,
    seed: u64,
    index: u64,
    target: Target,
) -> Result<(usize, usize, Option<Capacity>), PhantomError> {
    let mut dice = Dice::stream(seed, "as_declared", index);
    let Some(packing) = dice.pick(&want.goods.packing).map(|way| &way.packing) else { return Ok((0, 0, None)) };
    if place.is_strip && needs_width(packing) {
        return Ok((0, 0, None));
    }
    let Place { space, payload_kg, placing, .. } = place;
    let plan = Plan { target: Some(target), placing, ..Plan::default() };
    let mut bay = Bay { scene, dice, space, payload_kg, fill: 1.0, item: want.item, plan };
    match packing.form().stow(&mut bay) {
        // Not one goes in.
        Err(PhantomError::NoRoom { .. }) => Ok((0, 0, None)),
        stowed => stowed.map(|stowed| (stowed.packages, stowed.pieces, bay.plan.capacity)),
    }
}

/// Builds a few packages apart to learn what they weigh and how many fit; `None` when not one fits.
pub(super) fn try_one(want: &Want, place: Place, seed: u64, index: u64) -> Result<Option<Draw>, PhantomError> {
    let mut apart = Scene::default();
    let units = want.packages.map_or(WEIGHED, |packages| WEIGHED.min(packages as usize).max(1));
    let target = Target { units, kg: want.gross_kg, is_trial: true };
    let (packages, _, capacity) = stow_with(&mut apart, want, place, seed, index, target)?;
    let gross_kg = apart.mass_of_kg(|solid| solid.item == want.item);
    let lengths = apart.solids.iter().filter(|solid| solid.item == want.item).map(|solid| {
        let (min, max) = solid.shape.bounds();
        max[0] - min[0]
    });
    let length_mm = lengths.fold(0.0, f64::max);
    let draw = match capacity {
        Some(Capacity::Units(fitting)) if packages > 0 && gross_kg > 0.0 => {
            let package_kg = gross_kg / packages as f64;
            let fewest = (want.gross_kg / package_kg).round().max(1.0) as usize;
            let units = want.packages.map_or(fewest, |packages| packages as usize);
            let ratio = units as f64 * package_kg / want.gross_kg;
            Draw { index, units, package_kg, ratio, share: units as f64 / fitting as f64, length_mm }
        }
        Some(Capacity::Kilograms(most_kg)) if gross_kg > 0.0 => {
            // What is poured is one package, of any mass.
            let ratio = want.packages.map_or(1.0, |declared| f64::from(declared) / packages.max(1) as f64);
            Draw {
                index,
                units: packages,
                package_kg: want.gross_kg / packages.max(1) as f64,
                ratio,
                share: want.gross_kg / most_kg,
                length_mm,
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(draw))
}

/// Stows a draw and turns the density of its goods until they weigh what is declared; `None`, with the scene as it was, when
/// that is too far, or not all packages go in.
pub(super) fn stow_draw(
    scene: &mut Scene,
    want: &Want,
    place: Place,
    seed: u64,
    draw: Draw,
) -> Result<Option<Lot>, PhantomError> {
    let (first, first_fine) = (scene.solids.len(), scene.fine.len());
    let (mut units, mut kg) = (draw.units, want.gross_kg);
    for _ in 0..2 {
        let target = Target { units, kg, is_trial: false };
        let (packages, pieces, capacity) = stow_with(scene, want, place, seed, draw.index, target)?;
        if packages == 0 {
            break;
        }
        let is_counted = matches!(capacity, Some(Capacity::Units(_)));
        let (net_kg, gross_kg) = masses(scene, want.item);
        let corners = corners(scene, first, want.item);
        let is_inside = (0..3)
            .all(|d| corners[0][d] > place.space[0][d] - OUTSIDE && corners[1][d] < place.space[1][d] + OUTSIDE);
        let turn = (want.gross_kg - (gross_kg - net_kg)) / net_kg.max(1e-9);
        if is_inside && (!is_counted || packages == units) && turn_density(scene, first, want.item, turn) {
            let (goods, item) = (want.goods, want.item);
            let is_hidden = false;
            let lot = Lot {
                goods,
                terms: None,
                item,
                is_hidden,
                packages,
                pieces,
                net_kg: net_kg * turn,
                gross_kg: want.gross_kg,
                corners,
            };
            return Ok(Some(lot));
        }
        scene.solids.truncate(first);
        scene.fine.truncate(first_fine);
        if !is_inside || turn <= 0.0 || (is_counted && (want.packages.is_some() || packages < units)) {
            break;
        }
        // Pallets and bulkheads weigh too: some packages or kilograms more or less.
        units = ((units as f64 * turn).round() as usize).max(1);
        kg *= turn;
    }
    Ok(None)
}

/// Multiplies the density of a line's goods; whether that is a density that they can have.
fn turn_density(scene: &mut Scene, first: usize, item: u16, turn: f64) -> bool {
    if !((1.0 - TURNED)..=(1.0 + TURNED)).contains(&turn) {
        return false;
    }
    let Scene { materials, solids, .. } = scene;
    let is_goods =
        |solid: &Solid| solid.item == item && solid.component == component::CARGO && solid.substance.density > 0.0;
    let is_too_dense = |solid: &Solid| {
        let own = materials.get(solid.substance.slot as usize).map_or(f64::INFINITY, |m| m.density_g_per_cm3);
        solid.substance.density * turn > own * DENSER
    };
    if turn > 1.0 && solids[first..].iter().any(|solid| is_goods(solid) && is_too_dense(solid)) {
        return false;
    }
    for solid in solids[first..].iter_mut().filter(|solid| is_goods(solid)) {
        solid.substance.density *= turn;
    }
    true
}
