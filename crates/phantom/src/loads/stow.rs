use super::Bay;
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

    /// Units that are loaded of `fitting` ones of `unit_kg`: the fill is a share of what fits and may be carried.
    pub(super) fn units(&self, fitting: usize, unit_kg: f64) -> usize {
        let carried = (self.payload_kg / unit_kg.max(1e-6)).floor();
        let most = (fitting as f64).min(carried);
        ((most * self.fill + 0.5) as usize).clamp(usize::from(fitting > 0), fitting.max(1))
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
