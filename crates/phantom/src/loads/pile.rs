use super::stow::{Order, whole};
use crate::dice::Dice;
use crate::error::PhantomError;

/// How tyres stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Axis across: each row stands in the gaps of the one below.
    Upright,
    /// In stacks.
    Lying,
    /// Each leans on the next, as shingles do; rows on them lean the same way.
    Laced,
}

impl Style {
    pub(super) const ALL: [Self; 3] = [Self::Upright, Self::Lying, Self::Laced];
}

/// Cylinders of one size that touch and do not press into each other. Lengths in mm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pile {
    style: Style,
    /// Tilt of the axis from the vertical, of laced ones.
    lean: f64,
    /// Most air between two of a row.
    loose: f64,
    diameter: f64,
    width: f64,
    size: [f64; 3],
    /// Those that go into the lowest row where they touch, rows and files.
    n: [usize; 3],
}

/// A place in a bay: middle from its lower corner; rows count from the floor, files from the near wall.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) centre: [f64; 3],
    pub(super) file: usize,
    row: usize,
    /// When it is loaded: the lower the earlier.
    turn: f64,
}

impl Pile {
    /// Of tyres of `[diameter, width]` in a bay of a size.
    ///
    /// # Errors
    /// Not one goes in.
    pub(super) fn of(
        style: Style,
        lean: f64,
        loose: f64,
        [diameter, width]: [f64; 2],
        size: [f64; 3],
    ) -> Result<Self, PhantomError> {
        // Flatter than this they would touch with their treads.
        let lean = lean.max(libm::atan2(width, diameter));
        let pile = Self { style, lean, loose, diameter, width, size, n: [0; 3] };
        let own = pile.bounds();
        let whole = whole(size, own)?;
        let rows = ((size[1] - own[1]) / pile.step() + 1e-9).floor() as usize + 1;
        Ok(Self { n: [whole[0], rows, whole[2]], ..pile })
    }

    /// Axis of those of a file: files lean by turns, which looks like herringbone from the side.
    pub(super) fn axis(&self, file: usize) -> [f64; 3] {
        let (sin, cos) = libm::sincos(self.lean);
        match self.style {
            Style::Upright => [0.0, 0.0, 1.0],
            Style::Lying => [0.0, 1.0, 0.0],
            Style::Laced => [sin * Self::side(file), cos, 0.0],
        }
    }

    fn side(file: usize) -> f64 {
        if file.is_multiple_of(2) { 1.0 } else { -1.0 }
    }

    /// Sizes of the box around one.
    fn bounds(&self) -> [f64; 3] {
        let (d, w) = (self.diameter, self.width);
        let (sin, cos) = libm::sincos(self.lean);
        match self.style {
            Style::Upright => [d, d, w],
            Style::Lying => [d, w, d],
            Style::Laced => [w * sin + d * cos, w * cos + d * sin, d],
        }
    }

    /// Height of a row above the one below.
    fn step(&self) -> f64 {
        match self.style {
            // Two that touch carry a third in an equilateral triangle.
            Style::Upright => self.diameter * 0.75_f64.sqrt(),
            Style::Lying => self.width,
            Style::Laced => self.diameter * libm::sin(self.lean),
        }
    }

    /// Distance of two of a row that touch.
    fn pitch(&self) -> f64 {
        match self.style {
            Style::Upright | Style::Lying => self.diameter,
            Style::Laced => self.width / libm::sin(self.lean),
        }
    }

    /// Whether half a tyre more goes into the length than whole ones.
    fn has_half(&self) -> bool {
        self.size[0] - self.n[0] as f64 * self.diameter >= self.diameter / 2.0
    }

    /// How many fit at least, however loosely they stand.
    pub(super) fn count(&self) -> usize {
        let [along, rows, files] = self.n;
        let of_file = match self.style {
            Style::Upright if self.has_half() => along * rows,
            // Nothing stands on one.
            Style::Upright if along == 1 => 1,
            Style::Upright => along * rows - rows / 2,
            Style::Lying => along * rows,
            Style::Laced => {
                let free = self.size[0] - self.bounds()[0];
                let sure = (free / (self.pitch() + self.loose)).floor() as usize;
                sure.max(1) + (rows - 1) * sure
            }
        };
        of_file * files
    }

    /// Every place in the order in which they are loaded, those below before those on them.
    pub(super) fn places(&self, dice: &mut Dice, order: Order) -> Vec<Place> {
        let wide = self.bounds()[2];
        let files = self.n[2];
        let free = self.size[2] - files as f64 * wide;
        let aside = (free / files as f64).min(8.0);
        let low = dice.unit() * (free - files as f64 * aside).max(0.0);
        let mut places: Vec<Place> = Vec::with_capacity(self.count());
        for file in 0..files {
            let rows = match self.style {
                Style::Upright => self.upright(dice),
                Style::Lying => self.stacks(dice),
                Style::Laced => self.laced(dice, Self::side(file)),
            };
            let mut first = places.len();
            for (row, middles) in rows.into_iter().enumerate() {
                let y = self.bounds()[1] / 2.0 + row as f64 * self.step();
                let below = places.len();
                for x in middles {
                    let z = low + file as f64 * (wide + aside) + wide / 2.0 + dice.unit() * aside;
                    let own = match order {
                        Order::Layers => row as f64,
                        Order::FromFront => x,
                        Order::Middle => (x - self.size[0] / 2.0).abs(),
                    };
                    let carries = |place: &&Place| (place.centre[0] - x).abs() < 0.9 * self.pitch();
                    let turn = places[first..below].iter().filter(carries).map(|p| p.turn).fold(own, f64::max);
                    places.push(Place { centre: [x, y, z], file, row, turn });
                }
                first = below;
            }
        }
        places.sort_by(|a, b| a.turn.total_cmp(&b.turn).then(a.row.cmp(&b.row)));
        places
    }

    /// Middles of so many in a row of a length, with at most `loose` of air between two.
    fn middles(&self, dice: &mut Dice, length: f64) -> Vec<f64> {
        let count = self.n[0] as f64;
        let free = (length - count * self.diameter).max(0.0);
        let air = (free / count).min(self.loose);
        let mut x = dice.unit() * (free - air * count) - self.diameter / 2.0;
        let mut next = || {
            x += self.diameter + dice.unit() * air;
            x
        };
        (0..self.n[0]).map(|_| next()).collect()
    }

    /// Rows in the gaps of those below. The first and the last of every second row, or of every row where there is half a tyre's
    /// room, lean on the walls.
    fn upright(&self, dice: &mut Dice) -> Vec<Vec<f64>> {
        let half = self.diameter / 2.0;
        let has_half = self.has_half();
        let lowest = self.middles(dice, self.size[0] - if has_half { half } else { 0.0 });
        let mut rows = vec![lowest];
        while rows.len() < self.n[1] {
            let below = &rows[rows.len() - 1];
            let mut row: Vec<f64> = below.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
            let is_shifted = rows.len() % 2 == 1;
            if let Some(first) = below.first().filter(|_| !is_shifted) {
                let most = row.first().map_or(f64::INFINITY, |next| next - self.diameter);
                row.insert(0, (first - half).min(most));
            }
            if let Some(last) = below.last().filter(|_| is_shifted == has_half) {
                let least = row.last().map_or(f64::NEG_INFINITY, |next| next + self.diameter);
                row.push((last + half).max(least));
            }
            if row.is_empty() {
                break;
            }
            rows.push(row);
        }
        rows
    }

    /// Stacks, in which tyres lie a little askew.
    fn stacks(&self, dice: &mut Dice) -> Vec<Vec<f64>> {
        (0..self.n[1]).map(|_| self.middles_in_cells(dice)).collect()
    }

    fn middles_in_cells(&self, dice: &mut Dice) -> Vec<f64> {
        let air = (self.size[0] / self.n[0] as f64 - self.diameter).min(self.loose);
        let cell = self.diameter + air;
        (0..self.n[0]).map(|i| i as f64 * cell + self.diameter / 2.0 + dice.unit() * air).collect()
    }

    /// Rows that are one row, moved along the treads: what touches in one does so in all.
    fn laced(&self, dice: &mut Dice, side: f64) -> Vec<Vec<f64>> {
        let reach = self.bounds()[0] / 2.0;
        let free = self.size[0] - 2.0 * reach;
        let aside = self.diameter * libm::cos(self.lean);
        let farthest = (self.n[1] - 1) as f64 * aside;
        let start = reach + dice.unit() * free.min(self.loose);
        let mut sequence = vec![start];
        for (direction, end) in [(1.0, self.size[0] + farthest), (-1.0, -farthest)] {
            let mut x = start;
            while direction * x < direction * end {
                x += direction * (self.pitch() + dice.unit() * self.loose);
                sequence.push(x);
            }
        }
        sequence.sort_by(f64::total_cmp);
        let row = |row: usize| {
            let moved = sequence.iter().map(|x| x - side * row as f64 * aside);
            moved.filter(|x| *x >= reach && *x <= self.size[0] - reach).collect()
        };
        (0..self.n[1]).map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair is apart, every place is in the bay, as many as are promised, and none before what carries it.
    #[test]
    fn tyres_touch_and_do_not_press_into_each_other() {
        for seed in 0..60 {
            let mut dice = Dice::new(seed, "piles");
            let style = Style::ALL[seed as usize % 3];
            let (diameter, width) = (dice.between(520.0, 1080.0), dice.between(80.0, 320.0));
            let size = [dice.between(1200.0, 6000.0), dice.between(1200.0, 2690.0), dice.between(1100.0, 2350.0)];
            let (lean, loose) = (dice.between(0.5, 0.75), dice.between(2.0, 14.0));
            let pile = Pile::of(style, lean, loose, [diameter, width], size).unwrap();
            let places = pile.places(&mut dice, [Order::FromFront, Order::Layers, Order::Middle][seed as usize % 3]);
            assert!(places.len() >= pile.count() && pile.count() > 0, "{} of {}", places.len(), pile.count());
            let half = pile.bounds().map(|b| b / 2.0);
            for (i, a) in places.iter().enumerate() {
                for d in 0..3 {
                    let room = (a.centre[d] - half[d]).min(size[d] - half[d] - a.centre[d]);
                    assert!(room > -1e-6, "{pile:?}: {a:?} is {room} mm inside");
                }
                for b in &places[i + 1..] {
                    let by = [0, 1, 2].map(|d| b.centre[d] - a.centre[d]);
                    if a.file != b.file {
                        assert!(by[2].abs() > 2.0 * half[2] - 1e-6, "{pile:?}: {a:?} {b:?}");
                        continue;
                    }
                    // Along the axis, or at right angles to it, in the plane of the file.
                    let axis = pile.axis(a.file);
                    let along = by[0] * axis[0] + by[1] * axis[1];
                    let beside = (by[0] * by[0] + by[1] * by[1] - along * along).max(0.0).sqrt();
                    let apart = (along.abs() - width).max(beside - diameter);
                    assert!(apart > -1e-6, "{pile:?}: {a:?} and {b:?} are {apart} mm apart");
                    let carries = b.row + 1 == a.row && by[0].abs() < 0.85 * pile.pitch();
                    assert!(!carries, "{a:?} is loaded before {b:?}");
                }
            }
        }
    }
}
