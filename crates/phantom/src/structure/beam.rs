use crate::scene::{Scene, Substance};
use crate::shape::{Axis, Shape, turned};

/// Section of a welded I-beam: thickness of web and flange, half of a flange's width, mm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) web: f64,
    pub(super) flange: f64,
    pub(super) half: f64,
}

/// The lower edge of a trailer's main beams along the lane: it runs down from the neck in a curve to where the beam is deepest,
/// and up again over the axles and to the rear end.
#[derive(Debug, Clone)]
pub(super) struct Edge {
    knots: Vec<[f64; 2]>,
}

/// Straight pieces of a curve.
const PIECES: usize = 6;
/// Steps of a web along a slope are at most so high, mm: less than a flange is thick.
const STEP: f64 = 12.0;

impl Edge {
    /// A level edge from `x` on.
    pub(super) fn level(x: f64, y: f64) -> Self {
        Self { knots: vec![[x, y]] }
    }

    /// Runs level to `from` and in a curve, level at both ends, to height `y` at `to`.
    pub(super) fn curve(&mut self, from: f64, to: f64, y: f64) {
        let Some(&[last, low]) = self.knots.last() else { return };
        if from > last {
            self.knots.push([from, low]);
        }
        if (y - low).abs() < 1.0 {
            return;
        }
        for i in 1..=PIECES {
            let t = i as f64 / PIECES as f64;
            self.knots.push([from + (to - from) * t, low + (y - low) * t * t * (3.0 - 2.0 * t)]);
        }
    }

    /// Ends level at `x`.
    pub(super) fn end(&mut self, x: f64) {
        let Some(&[last, low]) = self.knots.last() else { return };
        if x > last {
            self.knots.push([x, low]);
        }
    }

    /// Its height at `x`.
    pub(super) fn at(&self, x: f64) -> f64 {
        let after = self.knots.iter().position(|knot| knot[0] >= x).unwrap_or(self.knots.len());
        match (after.checked_sub(1).and_then(|i| self.knots.get(i)), self.knots.get(after)) {
            (Some(a), Some(b)) => a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0]).max(1e-9),
            (Some(a), None) => a[1],
            (None, b) => b.map_or(0.0, |b| b[1]),
        }
    }

    /// Its lowest height between two places.
    pub(super) fn lowest(&self, from: f64, to: f64) -> f64 {
        let inside = self.knots.iter().filter(|knot| knot[0] > from && knot[0] < to).map(|knot| knot[1]);
        inside.fold(self.at(from).min(self.at(to)), f64::min)
    }

    /// An I-beam along the lane at `z` whose upper side is level at `top` and whose lower side follows the edge.
    pub(super) fn beam(&self, scene: &mut Scene, x: [f64; 2], top: f64, z: f64, section: Section, steel: Substance) {
        let Section { web, flange, half } = section;
        scene.block([x[0], top - flange, z - half], [x[1], top, z + half], steel);
        let mut ends = vec![x[0]];
        ends.extend(self.knots.iter().map(|knot| knot[0]).filter(|at| *at > x[0] && *at < x[1]));
        ends.push(x[1]);
        for pair in ends.windows(2) {
            let ([a, b], [ya, yb]) = ([pair[0], pair[1]], [self.at(pair[0]), self.at(pair[1])]);
            let rise = yb - ya;
            let steps = (rise.abs() / STEP).ceil().max(1.0);
            let thick = if rise.abs() < 1e-6 { flange } else { flange * libm::hypot(b - a, rise) / (b - a) };
            for i in 0..steps as usize {
                let [from, to] = [i, i + 1].map(|i| a + (b - a) * i as f64 / steps);
                // Nowhere lower than the flange under it.
                let low = self.at(from).max(self.at(to)) + thick;
                scene.block([from, low, z - web / 2.0], [to, top - flange, z + web / 2.0], steel);
            }
            if rise.abs() < 1e-6 {
                scene.block([a, ya, z - half], [b, ya + flange, z + half], steel);
            } else {
                let centre = [0.5 * (a + b), 0.5 * (ya + yb) + 0.5 * thick, z];
                let half = [0.5 * libm::hypot(b - a, rise), 0.5 * flange, half];
                let axes = turned(Axis::Z, libm::atan2(rise, b - a));
                scene.add(Shape::Brick { centre, half, axes }, steel);
            }
        }
    }
}
