use super::{Bay, Capacity};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::component;

/// How a trader's yard fills a box when it is not full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Full stacks from the front wall, a step before the doors.
    FromFront,
    /// Whole layers over the floor.
    Layers,
    /// Stacks around the middle, gaps at both ends.
    Middle,
}

impl Bay<'_> {
    /// Length, height, width of the space.
    pub(super) fn size(&self) -> [f64; 3] {
        let [a, b] = self.space;
        [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
    }

    /// A measure of `range`, mm, no larger than its `room`.
    ///
    /// # Errors
    /// Even the least of the range is larger: nothing is squashed.
    pub(super) fn fit(&mut self, range: [f64; 2], room_mm: f64, what: &'static str) -> Result<f64, PhantomError> {
        let drawn = self.dice.within(range);
        within_room(drawn, range[0], room_mm, what)
    }

    /// Units that are loaded of `fitting` ones of `unit_kg`: the fill is a share of what fits and may be carried.
    /// With a target it says how many. What is drawn afterwards is where they stand.
    pub(super) fn units(&mut self, fitting: usize, unit_kg: f64) -> usize {
        if let Some(units) = self.asked(fitting) {
            return units;
        }
        let carried = (self.payload_kg / unit_kg.max(1e-6)).floor();
        let most = (fitting as f64).min(carried);
        ((most * self.fill + 0.5) as usize).clamp(usize::from(fitting > 0), fitting.max(1))
    }

    /// Packages that a target asks for, of `fitting` ones. Called once all that one shipment has in common is drawn.
    pub(super) fn asked(&mut self, fitting: usize) -> Option<usize> {
        self.place_anew();
        let target = self.plan.target?;
        self.plan.capacity = Some(Capacity::Units(fitting));
        Some(target.units.min(fitting))
    }

    /// Kilograms that a target asks for, of `fitting_kg`; for what is poured, as [`Bay::asked`].
    pub(super) fn asked_kg(&mut self, fitting_kg: f64) -> Option<f64> {
        self.place_anew();
        let target = self.plan.target?;
        self.plan.capacity = Some(Capacity::Kilograms(fitting_kg));
        Some(target.kg.min(fitting_kg))
    }

    fn place_anew(&mut self) {
        if let Some(seed) = self.plan.placing {
            self.dice = Dice::new(seed, "placing");
        }
    }

    /// A drawn order of stowage; heavy goods lie in layers more often.
    pub(super) fn order(&mut self, layers: f64) -> Order {
        let draw = self.dice.unit();
        if draw < layers {
            Order::Layers
        } else if draw < layers + (1.0 - layers) * 0.8 {
            Order::FromFront
        } else {
            Order::Middle
        }
    }

    /// Paints what is added next as goods of this bay's line.
    pub(super) fn paint_goods(&mut self) {
        self.scene.paint(component::CARGO, self.item);
    }

    /// Paints what is added next as packaging of this bay's line.
    pub(super) fn paint_packaging(&mut self) {
        self.scene.paint(component::PACKAGING, self.item);
    }
}

/// Where units stand: in a grid over the floor, or on pallets two abreast.
pub(super) struct Stand {
    /// Units along, up and across: of the whole floor, or of one pallet.
    n: [usize; 3],
    /// Distances between them.
    step: [f64; 3],
    /// Free length and width that is left.
    slack: [f64; 2],
    pallets: Option<Pallets>,
    order: Order,
}

/// Pallets of one shipment.
struct Pallets {
    /// Length and width of one.
    size: [f64; 2],
    along: usize,
    across: usize,
}

/// Measures of a package, in the order of the axes.
pub(super) const PACKAGE: [&str; 3] = ["length of a package", "height of a package", "width of a package"];
/// What is left free below a roof, mm.
pub(super) const CLEAR: f64 = 20.0;
/// Air between packages side by side, mm.
pub(super) const AIR: f64 = 2.0;
/// Height of a pallet, mm.
const PALLET: f64 = 145.0;
/// Usual pallets: length along the lane and width, mm.
const PALLETS: [[f64; 2]; 4] = [[1100.0, 1100.0], [1200.0, 1000.0], [1000.0, 1200.0], [1140.0, 1140.0]];

impl Stand {
    /// Draws how units of `size` are stowed in a bay.
    ///
    /// # Errors
    /// Not one goes in.
    pub(super) fn draw(bay: &mut Bay<'_>, size: [f64; 3], on_pallets: bool) -> Result<Self, PhantomError> {
        let space = bay.size();
        let cell = [size[0] + AIR, size[1] + 0.5, size[2] + AIR];
        let wanted = bay.dice.pick(&PALLETS).copied().unwrap_or(PALLETS[0]);
        let most = bay.dice.between(1000.0, 2150.0);
        let order = bay.order(0.25);
        if on_pallets {
            let height = most.max(size[1] + 1.0).min(space[1] - PALLET - 30.0);
            let turned = |wanted: [f64; 2]| {
                // What is larger than a pallet has one of its own size.
                let own = [wanted[0].max(size[0]), wanted[1].max(size[2])];
                let n = counts([own[0] + 30.0, height, own[1] + 30.0], cell);
                // What hangs over its pallet still has its own room.
                let own = [own[0].max(n[0] as f64 * cell[0]), own[1].max(n[2] as f64 * cell[2])];
                let along = ((space[0] + 1e-6) / (own[0] + 15.0)).floor() as usize;
                let across = ((space[2] + 1e-6) / (own[1] + 5.0)).floor() as usize;
                (along * across * n.iter().product::<usize>(), own, n, along, across)
            };
            // Pallets are turned where more goes in that way: two rows, not one.
            let (as_drawn, other) = (turned(wanted), turned([wanted[1], wanted[0]]));
            let (units, own, n, along, across) = if other.0 > as_drawn.0 { other } else { as_drawn };
            if units > 0 {
                let slack = [space[0] - along as f64 * own[0], space[2] - across as f64 * own[1]];
                let step = [own[0] / n[0] as f64, cell[1], own[1] / n[2] as f64];
                let step = [step[0].max(size[0]), step[1], step[2].max(size[2])];
                return Ok(Self { n, step, slack, pallets: Some(Pallets { size: own, along, across }), order });
            }
        }
        let n = whole([space[0], space[1] - CLEAR, space[2]], cell)?;
        let slack = [space[0] - n[0] as f64 * cell[0], space[2] - n[2] as f64 * cell[2]];
        Ok(Self { n, step: cell, slack: slack.map(|s| s.max(0.0)), pallets: None, order })
    }

    /// At most so many layers.
    pub(super) fn of_layers(mut self, layers: usize) -> Self {
        self.n[1] = self.n[1].min(layers);
        self
    }

    /// Units that fit.
    pub(super) fn fitting(&self) -> usize {
        self.n.iter().product::<usize>() * self.pallets.as_ref().map_or(1, |p| p.along * p.across)
    }
}

/// Lower corners of the first `units` in the order they are loaded; lays the pallets that they stand on.
pub(super) fn places(bay: &mut Bay<'_>, stand: &Stand, units: usize) -> Result<Vec<[f64; 3]>, PhantomError> {
    let [low, _] = bay.space;
    let (spread, aside) = (bay.dice.unit(), bay.dice.unit());
    let Some(pallets) = &stand.pallets else {
        // Files are pushed together each for itself: seams of one are behind stacks of another.
        let free = 0.6 * spread * stand.slack[0];
        let files: Vec<Vec<f64>> = (0..stand.n[2]).map(|_| seams(&mut bay.dice, stand.n[0], free)).collect();
        // They stand askew by what is free between them.
        let loose = AIR.min(stand.slack[0] * (1.0 - 0.6 * spread)).max(1e-9);
        let at = |dice: &mut Dice, [x, y, z]: [usize; 3]| {
            [
                low[0] + x as f64 * stand.step[0] + files[z][x] + dice.between(0.0, loose),
                low[1] + y as f64 * stand.step[1],
                low[2] + z as f64 * stand.step[2] + aside * stand.slack[1],
            ]
        };
        return Ok(cells(stand.n, units, stand.order).into_iter().map(|cell| at(&mut bay.dice, cell)).collect());
    };
    let each = stand.n.iter().product::<usize>();
    let gap = [spread * stand.slack[0] / pallets.along as f64, stand.slack[1] / pallets.across as f64];
    let mut found = Vec::with_capacity(units);
    for [x, _, z] in cells([pallets.along, 1, pallets.across], units.div_ceil(each), Order::FromFront) {
        let wobble = bay.dice.between(0.0, 0.5);
        let corner = [
            low[0] + x as f64 * (pallets.size[0] + gap[0]) + wobble * gap[0],
            low[1],
            low[2] + z as f64 * (pallets.size[1] + gap[1]) + aside * gap[1],
        ];
        bay.add_pallet(corner, pallets.size)?;
        let left = (units - found.len()).min(each);
        // A last pallet is loaded layer by layer.
        for [i, j, k] in cells(stand.n, left, Order::Layers) {
            let over = [0, 1].map(|d| {
                let (n, step) = ([stand.n[0], stand.n[2]][d], [stand.step[0], stand.step[2]][d]);
                (pallets.size[d] - n as f64 * step) / 2.0
            });
            found.push([
                corner[0] + over[0] + i as f64 * stand.step[0],
                corner[1] + PALLET + j as f64 * stand.step[1],
                corner[2] + over[1] + k as f64 * stand.step[2],
            ]);
        }
    }
    // Loads that hang over their pallets still stay inside.
    let [min, max] = bay.space;
    for place in &mut found {
        for d in [0, 2] {
            place[d] = place[d].clamp(min[d], (max[d] - (stand.step[d] - AIR)).max(min[d]));
        }
    }
    Ok(found)
}

/// How far each of a file of stacks stands from where it would if all touched: some of `free` mm between any two.
fn seams(dice: &mut Dice, stacks: usize, free: f64) -> Vec<f64> {
    let shares: Vec<f64> = (0..stacks).map(|_| dice.unit().powi(3)).collect();
    let scale = free * dice.unit() / shares.iter().sum::<f64>().max(1e-9);
    shares
        .iter()
        .scan(0.0, |offset, share| {
            *offset += share * scale;
            Some(*offset)
        })
        .collect()
}

/// What was drawn, no larger than its room.
///
/// # Errors
/// Even the least it may be is larger.
pub(super) fn within_room(
    drawn_mm: f64,
    least_mm: f64,
    room_mm: f64,
    what: &'static str,
) -> Result<f64, PhantomError> {
    if least_mm > room_mm {
        return Err(PhantomError::NoRoom { what, needs_mm: least_mm, room_mm });
    }
    Ok(drawn_mm.min(room_mm))
}

/// As [`counts`], of packages of which one must go in.
///
/// # Errors
/// Not one goes in.
pub(super) fn whole(space: [f64; 3], unit: [f64; 3]) -> Result<[usize; 3], PhantomError> {
    let n = counts(space, unit);
    match n.iter().position(|n| *n == 0) {
        Some(d) => Err(PhantomError::NoRoom { what: PACKAGE[d], needs_mm: unit[d], room_mm: space[d] }),
        None => Ok(n),
    }
}

/// How many whole units of `unit` go into `space` in each direction.
pub(super) fn counts(space: [f64; 3], unit: [f64; 3]) -> [usize; 3] {
    [0, 1, 2].map(|d| ((space[d] + 1e-6) / unit[d]).floor().max(0.0) as usize)
}

/// Cells (along, up, across) of the first `units` of a grid, in the order they are loaded; cells below always come first.
pub(super) fn cells(n: [usize; 3], units: usize, order: Order) -> Vec<[usize; 3]> {
    let mut cells = Vec::with_capacity(n[0] * n[1] * n[2]);
    let along: Vec<usize> = match order {
        Order::Middle => {
            let middle = n[0] / 2;
            let mut rest: Vec<usize> = (0..n[0]).collect();
            rest.sort_by_key(|x| (x.abs_diff(middle), *x));
            rest
        }
        _ => (0..n[0]).collect(),
    };
    if order == Order::Layers {
        for y in 0..n[1] {
            for x in &along {
                cells.extend((0..n[2]).map(|z| [*x, y, z]));
            }
        }
    } else {
        for x in &along {
            for y in 0..n[1] {
                cells.extend((0..n[2]).map(|z| [*x, y, z]));
            }
        }
    }
    cells.truncate(units);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loads::Plan;
    use crate::scene::Scene;

    #[test]
    fn pallets_stand_in_two_rows() {
        for seed in 0..40 {
            let mut scene = Scene::default();
            let space = [[0.0; 3], [5898.0, 2390.0, 2350.0]];
            let dice = Dice::new(seed, "pallets");
            let mut bay =
                Bay { scene: &mut scene, dice, space, payload_kg: 28e3, fill: 1.0, item: 1, plan: Plan::default() };
            let stand = Stand::draw(&mut bay, [400.0, 300.0, 300.0], true).unwrap();
            let pallets = stand.pallets.as_ref().unwrap();
            assert!(pallets.across == 2 && pallets.along >= 4, "{seed}: {} by {}", pallets.along, pallets.across);
        }
    }

    #[test]
    fn nothing_hangs_in_the_air() {
        for order in [Order::FromFront, Order::Layers, Order::Middle] {
            for units in [1, 7, 29, 60] {
                let cells = cells([5, 4, 3], units, order);
                assert_eq!(cells.len(), units);
                for [x, y, z] in &cells {
                    assert!(*y == 0 || cells.contains(&[*x, y - 1, *z]), "{order:?} {units}");
                }
            }
        }
    }
}
