use serde::Deserialize;

use super::faults::{Faults, ROUND};
use super::stow::PACKAGE;
use super::{Bay, Form, Hide, Stowed};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::shape::Shape;

/// Sacks of something granular, laid crosswise in layers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sacks {
    /// What is in them.
    pub(crate) material: String,
    /// Density of a filled sack, g/cm³.
    bulk_density: [f64; 2],
    length_mm: [f64; 2],
    width_mm: [f64; 2],
    thickness_mm: [f64; 2],
    /// Rounding, 1 to √2.
    roundness: [f64; 2],
}

impl Form for Sacks {
    fn faults(&self) -> Faults {
        Faults::of(&[("width_mm", self.width_mm), ("thickness_mm", self.thickness_mm)])
            .bulk(&self.material, self.bulk_density)
            .between("length_mm", self.length_mm, [100.0, 1500.0])
            .between("roundness", self.roundness, ROUND)
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let dice = &mut bay.dice;
        let density = dice.within(self.bulk_density);
        let free = [dice.within(self.length_mm), dice.within(self.thickness_mm), dice.within(self.width_mm)];
        let k = dice.within(self.roundness).clamp(1.02, 1.4);
        let settle = dice.between(0.86, 0.93);
        let (is_crossed, is_turned) = (dice.chance(0.7), dice.chance(0.3));
        let substance = bay.scene.substance(&self.material, Some(density))?;
        bay.paint_goods();
        let volume = pillow([0.0; 3], free.map(|s| s / 2.0), k).volume_mm3();
        let sack = Settled::of(free, k, settle);
        let size = bay.size();
        let [first, second] = match (sack.lying(size, false), sack.lying(size, true)) {
            (Some(along), Some(across)) if is_turned => [across, along],
            (Some(along), Some(across)) => [along, across],
            (Some(only), None) | (None, Some(only)) => [only.clone(), only],
            (None, None) => return Err(sack.no_room(size)),
        };
        let second = if is_crossed { second } else { first.clone() };
        let mut top = 0.0;
        let layers: Vec<&Lying> = [&first, &second]
            .into_iter()
            .cycle()
            .take_while(|lying| {
                top += lying.layer();
                top <= size[1]
            })
            .collect();
        let fitting: usize = layers.iter().map(|lying| lying.count()).sum();
        let mut left = bay.units(fitting, volume * density * 1e-6);
        let mut stowed = Stowed { packages: left, pieces: left, hides: Vec::new() };
        let mut stack = Stack { floor: bay.space[0][1], sacks: Vec::with_capacity(left) };
        for lying in &layers {
            let loaded = lying.count().min(left);
            left -= loaded;
            for (centre, half) in lying.lay(bay, loaded, &mut stack) {
                let parent = bay.scene.add(pillow(centre, half, sack.roundness), substance);
                let inner = half.map(|h| h * 0.55);
                stowed.hides.push(Hide {
                    parent,
                    min: [0, 1, 2].map(|d| centre[d] - inner[d]),
                    max: [0, 1, 2].map(|d| centre[d] + inner[d]),
                });
            }
        }
        Ok(stowed)
    }
}

fn pillow(centre: [f64; 3], half: [f64; 3], roundness: f64) -> Shape {
    Shape::Pillow { centre, half, roundness }
}

/// Most by which lengths of sacks in a row, and widths of rows, differ from their mean: two men do not lay two sacks alike.
const UNEVEN: [f64; 2] = [0.04, 0.015];
/// Most by which sacks are squeezed or spread to fill the width of a box.
const SQUEEZE: f64 = 0.06;

/// A sack as it lies among others: flatter, wider and squarer than a free one, with the same filling.
struct Settled {
    length: f64,
    height: f64,
    width: f64,
    roundness: f64,
}

impl Settled {
    /// Of a free sack of `[length, thickness, width]`; `settle` is how high it is when others lie on it, of its thickness.
    fn of([length, thickness, width]: [f64; 3], k: f64, settle: f64) -> Self {
        // Faces that bear on each other are flat.
        let roundness = 0.3 * k + 0.7 * 1.4;
        let share = |k: f64| pillow([0.0; 3], [0.5; 3], k).volume_mm3();
        let wider = (share(k) / (share(roundness) * settle)).sqrt();
        Self { length: length * wider, height: thickness * settle, width: width * wider, roundness }
    }

    /// How they lie in a layer, most of the width along the box or most across it: what packs best of all rows that fill the
    /// width with a little squeezing or spreading. `None` where no layer goes in.
    fn lying(&self, size: [f64; 3], is_across: bool) -> Option<Lying> {
        let room = size[2] / (1.0 - SQUEEZE);
        let most = |width: f64, taken: f64| ((room - taken) / width).floor().max(0.0) as usize;
        let mut best: Option<Lying> = None;
        for across in 0..=most(self.length, 0.0) {
            let taken = across as f64 * self.length;
            for along in 0..=most(self.width, taken) {
                let rest = along as f64 * self.width;
                if across + along == 0 || (taken > rest) != is_across {
                    continue;
                }
                // What is wider is shorter and flatter, by as much each.
                let squeeze = (size[2] / (taken + rest)).clamp(1.0 - SQUEEZE, 1.0 + SQUEEZE);
                let other = squeeze.sqrt().recip();
                let row =
                    |width: f64, length: f64| Row::of(size[0], width * squeeze, length * other, self.height * other);
                let mut rows = vec![row(self.length, self.width); across];
                rows.extend(vec![row(self.width, self.length); along]);
                let lying = Lying { rows };
                let is_better =
                    |best: &Lying| lying.count() as f64 / lying.layer() > best.count() as f64 / best.layer();
                let is_whole = lying.rows.iter().all(|row| row.count > 0) && lying.layer() <= size[1];
                if is_whole && best.as_ref().is_none_or(is_better) {
                    best = Some(lying);
                }
            }
        }
        best
    }

    /// Which of its measures has no room.
    fn no_room(&self, size: [f64; 3]) -> PhantomError {
        let least = [self.length.min(self.width), self.height, self.length.min(self.width)];
        let short = [1, 2].into_iter().find(|d| least[*d] > size[*d]).unwrap_or(0);
        PhantomError::NoRoom {
            what: PACKAGE[short],
            needs_mm: [self.length, self.height, self.width][short],
            room_mm: size[short],
        }
    }
}

/// A row of sacks along the box: how many, and their mean length along it, height, and width across it.
#[derive(Clone)]
struct Row {
    count: usize,
    length: f64,
    height: f64,
    width: f64,
}

impl Row {
    /// In a box of a length. One more is pressed in where that is worth the height that it costs.
    fn of(room: f64, width: f64, length: f64, height: f64) -> Self {
        let whole = (room / length).floor();
        let squeeze = room / (length * (whole + 1.0));
        if squeeze >= 1.0 - SQUEEZE && squeeze * (whole + 1.0) > whole {
            return Self { count: whole as usize + 1, length: length * squeeze, height: height / squeeze, width };
        }
        Self { count: whole as usize, length, height, width }
    }
}

/// A layer of sacks.
#[derive(Clone)]
struct Lying {
    rows: Vec<Row>,
}

impl Lying {
    fn count(&self) -> usize {
        self.rows.iter().map(|row| row.count).sum()
    }

    /// Height of the highest sack: the shortest one of the narrowest row.
    fn layer(&self) -> f64 {
        let highest = self.rows.iter().map(|row| row.height).fold(0.0, f64::max);
        highest / ((1.0 - UNEVEN[0]) * (1.0 - UNEVEN[1]))
    }

    /// Lays so many on a stack; centres and half sizes.
    fn lay(&self, bay: &mut Bay<'_>, loaded: usize, stack: &mut Stack) -> Vec<([f64; 3], [f64; 3])> {
        let (low, size) = (bay.space[0], bay.size());
        let dice = &mut bay.dice;
        let mut rows = self.rows.clone();
        let from = dice.below(rows.len());
        rows.rotate_left(from);
        let means: Vec<f64> = rows.iter().map(|row| row.width).collect();
        let widths = uneven(dice, &means, UNEVEN[1]);
        let mut z = low[2] + dice.unit() * (size[2] - means.iter().sum::<f64>()).max(0.0);
        // The last layer is not whole: its sacks lie where they were thrown.
        let is_whole = loaded == self.count();
        let (mut left, mut room) = (loaded, self.count());
        let mut laid = Vec::with_capacity(loaded);
        for (row, wider) in rows.iter().zip(&widths) {
            let count = (2 * left * row.count + room) / (2 * room);
            (left, room) = (left - count, room - row.count);
            let width = row.width * wider;
            let lengths = uneven(dice, &vec![row.length; count], UNEVEN[0]);
            let free = (size[0] - count as f64 * row.length).max(0.0);
            let gaps: Vec<f64> = (0..=count)
                .map(|i| match dice.unit() {
                    // Whole rows are pushed together by hand, each to another end.
                    u if is_whole && (i == 0 || i == count) => 2.0 * u * count as f64,
                    u if is_whole => u,
                    u => u * u * u,
                })
                .collect();
            let scale = free / gaps.iter().sum::<f64>().max(1e-9);
            let mut x = low[0];
            for (gap, longer) in gaps.iter().zip(&lengths) {
                x += gap * scale;
                let own = [row.length * longer, row.height / (longer * wider), width];
                let corner = stack.rest([x, z], own);
                laid.push(([0, 1, 2].map(|d| corner[d] + own[d] / 2.0), own.map(|s| s / 2.0)));
                x += own[0];
            }
            z += width;
        }
        laid
    }
}

/// Sacks that lie already: lower and upper corners of the boxes around them.
struct Stack {
    floor: f64,
    sacks: Vec<[[f64; 3]; 2]>,
}

impl Stack {
    /// Lower corner of a sack of a size laid at `[x, z]`: it rests on the highest below it.
    fn rest(&mut self, [x, z]: [f64; 2], size: [f64; 3]) -> [f64; 3] {
        let meets = |[low, high]: &&[[f64; 3]; 2]| {
            low[0] < x + size[0] && high[0] > x && low[2] < z + size[2] - 1e-6 && high[2] > z + 1e-6
        };
        let y = self.sacks.iter().filter(meets).map(|[_, high]| high[1]).fold(self.floor, f64::max);
        self.sacks.push([[x, y, z], [x + size[0], y + size[1], z + size[2]]]);
        [x, y, z]
    }
}

/// Factors about 1, none farther from it than `spread`, that leave the sum of `means` what it is. They drift: things are drawn out
/// here and pushed together there, so that joints of one row do not lie above those of another.
fn uneven(dice: &mut Dice, means: &[f64], spread: f64) -> Vec<f64> {
    let mut drift = dice.between(-1.0, 1.0);
    let mut next = || {
        drift = (drift + dice.between(-0.7, 0.7)).clamp(-1.0, 1.0);
        drift
    };
    let drawn: Vec<f64> = means.iter().map(|_| next()).collect();
    let mean = drawn.iter().zip(means).map(|(d, m)| d * m).sum::<f64>() / means.iter().sum::<f64>().max(1e-9);
    let most = drawn.iter().map(|d| (d - mean).abs()).fold(1.0, f64::max);
    drawn.iter().map(|d| 1.0 + (d - mean) * spread / most).collect()
}
