//! Cartons of many sizes and lines in one box, stowed stack by stack as loaders do.

use std::collections::BTreeMap;

use super::packs::Pack;
use super::stow::counts;
use super::{Bay, Hide, Packing};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::packings::Packings;
use crate::scene::{Scene, component};

/// Cartons of one line.
#[derive(Debug, Clone)]
pub(crate) struct Parcels {
    pub(crate) item: u16,
    pub(crate) count: usize,
    pub(crate) carton: Carton,
}

/// A carton as one line has it.
#[derive(Debug, Clone)]
pub(crate) struct Carton {
    pack: Pack,
    /// Pieces in it, where the goods file says them; else what its contents count.
    pieces: Option<usize>,
}

/// What became of one line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stacked {
    pub(crate) packages: usize,
    pub(crate) pieces: usize,
    pub(crate) hides: Vec<Hide>,
}

/// Longest side of a carton that one man carries and stows in a mixed box, mm.
const LONGEST: f64 = 900.0;
/// Solids of one carton from which its pieces are drawn as what they weigh, so that a box of a thousand cartons can be traced.
const MOST_SOLIDS: usize = 36;
/// Depth and width of a stack, about, mm.
const DEPTH: [f64; 2] = [450.0, 850.0];
const WIDTH: [f64; 2] = [350.0, 750.0];
/// Clearance around a carton, and below the roof, mm.
const CLEAR: f64 = 2.0;
const HEADROOM: f64 = 40.0;
/// By how much stacks end lower than others, mm.
const UNEVEN: f64 = 160.0;
/// Steps across the box in which stacks are set, mm.
const CELL: f64 = 10.0;
/// Share of a stack's plan that a layer covers before the search for a better one ends.
const COVERED: f64 = 0.9;
/// Layers must cover at least this much of the plan of their stack, or what is stacked on them would fall.
const LEAST: f64 = 0.45;
/// Chapters whose goods travel cold, or alone: no parcels.
const ALONE: &[&str] = &["02", "03", "05", "07", "08", "24", "28", "29", "36"];

/// Whether goods come in cartons that mixed boxes hold.
pub(crate) fn is_parcelled(goods: &Goods) -> bool {
    !ALONE.contains(&&goods.heading[..2]) && goods.packing.iter().any(|way| is_carton(&way.packing))
}

fn is_carton(packing: &Packing) -> bool {
    match packing {
        Packing::Packs(packs) => packs.is_carton(LONGEST),
        Packing::Cartons(_) => true,
        _ => false,
    }
}

impl Carton {
    /// One of the goods' cartons, drawn; `None` when the drawn one is too large to be carried.
    pub(crate) fn draw(goods: &Goods, bay: &mut Bay<'_>) -> Result<Option<Self>, PhantomError> {
        let choices = Packings::choices(bay.plan.packings, goods);
        let cartons: Vec<&Packing> =
            choices.into_iter().map(|way| &way.packing).filter(|packing| is_carton(packing)).collect();
        let (pack, pieces) = match bay.dice.pick(&cartons) {
            Some(Packing::Packs(packs)) => packs.parcel(bay)?,
            Some(Packing::Cartons(cartons)) => cartons.parcel(bay)?,
            _ => return Ok(None),
        };
        let pack = pack.simplified(MOST_SOLIDS);
        Ok((pack.size.iter().all(|side| *side <= LONGEST)).then_some(Self { pack, pieces }))
    }

    /// Its volume, m³.
    pub(crate) fn volume_m3(&self) -> f64 {
        self.pack.size.iter().product::<f64>() * 1e-9
    }

    /// Its gross mass, kg: the mean of a few.
    pub(crate) fn weigh(&self, bay: &mut Bay<'_>) -> f64 {
        bay.weigh_apart(3, |bay| self.pack.build(bay, [0.0; 3], false))
    }

    fn size(&self, is_turned: bool) -> [f64; 3] {
        let [length, height, width] = self.pack.size;
        if is_turned { [width, height, length] } else { self.pack.size }
    }
}

/// Cartons of one line side by side on the plan of a stack.
struct Layer {
    parcels: usize,
    is_turned: bool,
    /// Cartons along and across, and how many of them there are.
    grid: [usize; 2],
    count: usize,
    cover: f64,
}

/// Where a carton comes to stand.
struct Place {
    parcels: usize,
    is_turned: bool,
    low: [f64; 3],
}

/// Stows parcels stack by stack from the front wall to the doors, lines in a drawn order, each as near together as their sizes
/// allow: stacks interlock as loaders set them, no wall reaches straight across. What
/// does not go in is left out: each line says how many of its cartons are inside.
pub(crate) fn stow_mixed(bay: &mut Bay<'_>, parcels: &[Parcels]) -> Vec<Stacked> {
    let places = stacks(bay, parcels);
    let item = bay.item;
    let mut stacked = vec![Stacked::default(); parcels.len()];
    for place in places {
        let parcel = &parcels[place.parcels];
        bay.item = parcel.item;
        let pack = if place.is_turned { parcel.carton.pack.turned() } else { parcel.carton.pack.clone() };
        let (inside, hide) = pack.build(bay, place.low, place.is_turned);
        let line = &mut stacked[place.parcels];
        line.packages += 1;
        line.pieces += parcel.carton.pieces.unwrap_or(inside);
        line.hides.extend(hide);
    }
    bay.item = item;
    stacked
}

fn stacks(bay: &mut Bay<'_>, parcels: &[Parcels]) -> Vec<Place> {
    let [low, high] = bay.space;
    let dice = &mut bay.dice;
    let mut left: Vec<usize> = parcels.iter().map(|p| p.count).collect();
    let mut order: Vec<usize> = (0..parcels.len()).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, dice.below(i + 1));
    }
    let mut places = Vec::new();
    let mut front = Front { ends: vec![low[0]; ((high[2] - low[2]) / CELL) as usize] };
    loop {
        order.retain(|p| left[*p] > 0);
        let Some((at, plan)) = order.iter().find_map(|p| front.open(&parcels[*p].carton, high[0], dice)) else {
            return places;
        };
        let corner = [at[0] + dice.between(0.0, 6.0).min(high[0] - at[0] - plan[0]), low[2] + at[1]];
        let top = high[1] - HEADROOM - dice.between(0.0, UNEVEN);
        let mut y = low[1];
        while let Some(layer) = best_layer(parcels, &left, &order, plan, top - y) {
            lay(&layer, parcels, [corner[0], y, corner[1]], plan, dice, &mut places);
            left[layer.parcels] -= layer.count;
            y += parcels[layer.parcels].carton.pack.size[1] + 0.5;
        }
        front.close(corner[0] + plan[0], at[1], plan[1]);
    }
}

/// How far the load reaches, cell by cell across the box.
struct Front {
    ends: Vec<f64>,
}

impl Front {
    /// Where a stack of a line's cartons comes to stand: the place nearest to the front wall that is wide enough. Its x, its
    /// distance from the near side, and its plan.
    fn open(&self, carton: &Carton, end: f64, dice: &mut Dice) -> Option<([f64; 2], [f64; 2])> {
        let (depth, width, turned) = (dice.within(DEPTH), dice.within(WIDTH), dice.chance(0.5));
        // As deep as a stack is usually, or a single carton at the doors.
        [(turned, depth), (!turned, depth), (turned, 0.0), (!turned, 0.0)].into_iter().find_map(|(turned, depth)| {
            let size = carton.size(turned);
            let plan = [several(size[0], depth), several(size[2], width)];
            let cells = (plan[1] / CELL).ceil() as usize;
            let reach = |from: usize| self.ends[from..from + cells].iter().copied().fold(f64::MIN, f64::max);
            let last = self.ends.len().checked_sub(cells)?;
            let (from, x) = (0..=last).map(|from| (from, reach(from))).min_by(|a, b| a.1.total_cmp(&b.1))?;
            (x + plan[0] <= end).then_some(([x, from as f64 * CELL], plan))
        })
    }

    fn close(&mut self, end: f64, z: f64, width: f64) {
        let from = (z / CELL).round() as usize;
        let cells = (width / CELL).ceil() as usize;
        self.ends.iter_mut().skip(from).take(cells).for_each(|e| *e = e.max(end));
    }
}

/// As many times `side` as come near `about`.
fn several(side: f64, about: f64) -> f64 {
    (about / (side + CLEAR)).floor().max(1.0) * (side + CLEAR)
}

/// The line whose cartons cover most of a stack's plan, the first that covers nearly all of it.
fn best_layer(parcels: &[Parcels], left: &[usize], order: &[usize], plan: [f64; 2], height: f64) -> Option<Layer> {
    let mut best: Option<Layer> = None;
    for p in order.iter().copied().filter(|p| left[*p] > 0) {
        for is_turned in [false, true] {
            let size = parcels[p].carton.size(is_turned);
            if size[1] > height {
                continue;
            }
            let n = counts([plan[0], 1.0, plan[1]], [size[0] + CLEAR, 1.0, size[2] + CLEAR]);
            let count = (n[0] * n[2]).min(left[p]);
            let cover = count as f64 * size[0] * size[2] / (plan[0] * plan[1]);
            if count > 0 && cover >= LEAST && best.as_ref().is_none_or(|b| cover > b.cover) {
                best = Some(Layer { parcels: p, is_turned, grid: [n[0], n[2]], count, cover });
            }
        }
        if best.as_ref().is_some_and(|b| b.cover >= COVERED) {
            break;
        }
    }
    best
}

/// Places of a layer's cartons, spread over the plan of the stack.
fn lay(layer: &Layer, parcels: &[Parcels], at: [f64; 3], plan: [f64; 2], dice: &mut Dice, places: &mut Vec<Place>) {
    let size = parcels[layer.parcels].carton.size(layer.is_turned);
    let slack = [0, 1].map(|d| (plan[d] - layer.grid[d] as f64 * (size[2 * d] + CLEAR)).max(0.0));
    let shift = [dice.unit() * slack[0], dice.unit() * slack[1]];
    for k in 0..layer.count {
        let (i, j) = (k / layer.grid[1], k % layer.grid[1]);
        let low = [
            at[0] + shift[0] + i as f64 * (size[0] + CLEAR) + dice.between(0.0, CLEAR),
            at[1],
            at[2] + shift[1] + j as f64 * (size[2] + CLEAR) + dice.between(0.0, CLEAR),
        ];
        places.push(Place { parcels: layer.parcels, is_turned: layer.is_turned, low });
    }
}

/// Net and gross kilograms and corners of every item from solid `first` on, in one pass.
pub(crate) fn by_item(scene: &Scene, first: usize) -> BTreeMap<u16, ItemTotals> {
    let mut totals: BTreeMap<u16, ItemTotals> = BTreeMap::new();
    for solid in &scene.solids[first..] {
        let volume = solid.shape.volume_mm3() * 1e-6;
        let own = totals.entry(solid.item).or_default();
        own.add(solid.component, volume * solid.substance.density);
        let (min, max) = solid.shape.bounds();
        for d in 0..3 {
            own.corners[0][d] = own.corners[0][d].min(min[d]);
            own.corners[1][d] = own.corners[1][d].max(max[d]);
        }
        if let Some(parent) = solid.parent.and_then(|p| scene.solids.get(p as usize)) {
            totals.entry(parent.item).or_default().add(parent.component, -volume * parent.substance.density);
        }
    }
    totals
}

/// What one item amounts to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemTotals {
    pub(crate) net_kg: f64,
    pub(crate) gross_kg: f64,
    pub(crate) corners: [[f64; 3]; 2],
}

impl Default for ItemTotals {
    fn default() -> Self {
        Self { net_kg: 0.0, gross_kg: 0.0, corners: [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]] }
    }
}

impl ItemTotals {
    fn add(&mut self, component: u8, kg: f64) {
        if component == component::CARGO {
            self.net_kg += kg;
        }
        if component == component::CARGO || component == component::PACKAGING {
            self.gross_kg += kg;
        }
    }
}
