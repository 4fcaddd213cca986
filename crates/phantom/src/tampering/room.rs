use crate::dice::Dice;
use crate::scene::Scene;
use crate::shape::Shape;

/// Width of the cells in which heights are kept, mm.
const CELL: f64 = 25.0;
/// What stands on a load may overhang, but so much of its underside lies on something (within [`SOFT`] mm).
const SUPPORTED: f64 = 0.5;
const SOFT: f64 = 40.0;
/// Thickest film, mm.
const FILM: f64 = 1.0;

/// On what something may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// On the floor.
    Floor,
    /// On goods.
    Load,
}

/// How high matter reaches over each part of a floor.
#[derive(Debug, Clone)]
pub(super) struct Heights {
    low: [f64; 3],
    high: [f64; 3],
    n: [usize; 2],
    top: Vec<f64>,
}

impl Heights {
    /// Heights of everything that reaches into `space`.
    pub(super) fn of(scene: &Scene, space: [[f64; 3]; 2]) -> Self {
        let [low, high] = space;
        let n = [0, 2].map(|d| ((high[d] - low[d]) / CELL).floor().max(0.0) as usize);
        let mut heights = Self { low, high, n, top: vec![low[1]; n[0] * n[1]] };
        for solid in scene.solids.iter().filter(|solid| solid.parent.is_none()) {
            let (min, max) = solid.shape.bounds();
            // A film under the roof holds nothing up.
            let is_film = max[1] - min[1] < FILM && min[1] > low[1] + FILM;
            if !is_film && (0..3).all(|d| max[d] > low[d] && min[d] < high[d] - 1.0) {
                heights.raise(min, max);
            }
        }
        heights
    }

    /// Lets matter between two corners stand there too.
    pub(super) fn raise(&mut self, min: [f64; 3], max: [f64; 3]) {
        let cell = |v: f64, d: usize| ((v - self.low[d]) / CELL).max(0.0);
        let x = (cell(min[0] + 0.5, 0).floor() as usize, (cell(max[0] - 0.5, 0).ceil() as usize).min(self.n[0]));
        let z = (cell(min[2] + 0.5, 2).floor() as usize, (cell(max[2] - 0.5, 2).ceil() as usize).min(self.n[1]));
        for x in x.0..x.1 {
            for top in &mut self.top[x * self.n[1]..(x + 1) * self.n[1]][z.0.min(z.1)..z.1] {
                *top = top.max(max[1]);
            }
        }
    }

    /// Lower corner of a place for something of `size` between two x, as near to the doors as can be.
    pub(super) fn find(&self, size: [f64; 3], level: Level, x: [f64; 2], dice: &mut Dice) -> Option<[f64; 3]> {
        let cells = [0, 2].map(|d| ((size[d] - 1e-6) / CELL).ceil() as usize);
        if cells[0] > self.n[0] || cells[1] > self.n[1] {
            return None;
        }
        let aside = dice.below(self.n[1] - cells[1] + 1);
        for i in (0..=self.n[0] - cells[0]).rev() {
            let at = self.low[0] + i as f64 * CELL;
            if at < x[0] || at + size[0] > x[1] {
                continue;
            }
            for j in 0..=self.n[1] - cells[1] {
                let j = (j + aside) % (self.n[1] - cells[1] + 1);
                if let Some(y) = self.rest([i, j], cells, level)
                    && y + size[1] <= self.high[1] - 5.0
                {
                    return Some([at, y, self.low[2] + j as f64 * CELL]);
                }
            }
        }
        None
    }

    /// Height at which something rests on `cells` from `at` on.
    fn rest(&self, at: [usize; 2], cells: [usize; 2], level: Level) -> Option<f64> {
        let rows = || (at[0]..at[0] + cells[0]).map(|x| &self.top[x * self.n[1] + at[1]..][..cells[1]]);
        if level == Level::Floor && rows().flatten().any(|top| *top > self.low[1] + FILM) {
            return None;
        }
        let rest = rows().flatten().fold(self.low[1], |a, b| a.max(*b));
        if level == Level::Floor {
            return Some(rest);
        }
        let under = rows().flatten().filter(|top| **top > rest - SOFT).count();
        let is_on_load = rest > self.low[1] + 150.0;
        (is_on_load && under as f64 >= SUPPORTED * (cells[0] * cells[1]) as f64).then_some(rest)
    }
}

/// Lower corner of a free place for something of `size` within `region`, on the flat top of a block there: for the few solids of
/// a vehicle or a machine. Everything free-standing is taken for as large as the box around it.
pub(super) fn find_among(scene: &Scene, region: [[f64; 3]; 2], size: [f64; 3], dice: &mut Dice) -> Option<[f64; 3]> {
    const STEP: f64 = 30.0;
    let [low, high] = region;
    let near: Vec<([f64; 3], [f64; 3], bool)> = scene
        .solids
        .iter()
        .filter(|solid| solid.parent.is_none())
        .map(|solid| (solid.shape.bounds(), matches!(solid.shape, Shape::Block { .. })))
        .filter(|((min, max), _)| (0..3).all(|d| max[d] >= low[d] - 1.0 && min[d] <= high[d]))
        .map(|((min, max), is_flat)| (min, max, is_flat))
        .collect();
    let mut found = Vec::new();
    let mut tops: Vec<f64> = near
        .iter()
        .filter(|n| n.2 && n.1[1] >= low[1] - 1.0 && n.1[1] + size[1] <= high[1])
        .map(|n| n.1[1])
        .collect();
    tops.sort_by(f64::total_cmp);
    tops.dedup();
    for y in tops {
        for i in 0..=((high[0] - low[0] - size[0]) / STEP).floor().max(-1.0) as i64 {
            for k in 0..=((high[2] - low[2] - size[2]) / STEP).floor().max(-1.0) as i64 {
                let min = [low[0] + i as f64 * STEP, y, low[2] + k as f64 * STEP];
                let max = [0, 1, 2].map(|d| min[d] + size[d]);
                let is_free =
                    !near.iter().any(|(a, b, _)| (0..3).all(|d| min[d] < b[d] - 1e-6 && max[d] > a[d] + 1e-6));
                let under: f64 = near
                    .iter()
                    .filter(|(_, top, is_flat)| *is_flat && (top[1] - y).abs() < 1e-6)
                    .map(|(a, b, _)| {
                        let along = |d: usize| (max[d].min(b[d]) - min[d].max(a[d])).max(0.0);
                        along(0) * along(2)
                    })
                    .sum();
                if is_free && under >= 0.6 * size[0] * size[2] {
                    found.push(min);
                }
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    dice.pick(&found).copied()
}
