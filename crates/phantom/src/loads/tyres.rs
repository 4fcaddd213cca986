use serde::Deserialize;

use super::faults::Faults;
use super::pile::{Pile, Style};
use super::{Bay, Form, Stowed};
use crate::error::PhantomError;
use crate::scene::Substance;
use crate::shape::{Axis, Shape};

/// Tyres: upright across the lane (rings), lying in stacks, or laced.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tyres {
    diameter_mm: [f64; 2],
    width_mm: [f64; 2],
    rim_mm: [f64; 2],
    /// Thickness of tread with belts.
    tread_mm: [f64; 2],
    /// Thickness of a sidewall.
    wall_mm: [f64; 2],
}

struct Tyre {
    radius: f64,
    half_width: f64,
    rim: f64,
    tread: f64,
    wall: f64,
    rubber: Substance,
    steel: Substance,
}

impl Form for Tyres {
    fn faults(&self) -> Faults {
        Faults::of(&[
            ("diameter_mm", self.diameter_mm),
            ("width_mm", self.width_mm),
            ("rim_mm", self.rim_mm),
            ("tread_mm", self.tread_mm),
            ("wall_mm", self.wall_mm),
        ])
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let size = bay.size();
        let (rubber, steel) = (bay.scene.substance("rubber", None)?, bay.scene.substance("steel", None)?);
        let dice = &mut bay.dice;
        let radius = dice.within(self.diameter_mm) / 2.0;
        let tyre = Tyre {
            radius,
            half_width: dice.within(self.width_mm) / 2.0,
            rim: (dice.within(self.rim_mm) / 2.0).min(radius * 0.72),
            tread: dice.within(self.tread_mm),
            wall: dice.within(self.wall_mm),
            rubber,
            steel,
        };
        let style = Style::ALL[dice.below(3)];
        let lean = dice.between(0.5, 0.75);
        let loose = dice.between(2.0, 14.0);
        let pile = Pile::of(style, lean, loose, [2.0 * tyre.radius, 2.0 * tyre.half_width], size)?;
        let units = bay.units(pile.count(), tyre.mass_kg());
        let order = bay.order(0.15);
        bay.paint_goods();
        let low = bay.space[0];
        for place in pile.places(&mut bay.dice, order).into_iter().take(units) {
            tyre.add(bay, [0, 1, 2].map(|d| low[d] + place.centre[d]), pile.axis(place.file));
        }
        Ok(Stowed { packages: units, pieces: units, hides: Vec::new() })
    }
}

impl Tyre {
    /// Tread with a steel belt, shoulders, sidewalls and beads; hollow inside. The parts touch and do not overlap.
    fn add(&self, bay: &mut Bay<'_>, centre: [f64; 3], axis: [f64; 3]) {
        // Cylinders along an axis of the lane are much cheaper to trace than inclined ones.
        let straight = [Axis::X, Axis::Y, Axis::Z].into_iter().zip(axis).find(|(_, a)| a.abs() > 0.999_999);
        let rod = |radius: f64, half_length: f64, along: f64| {
            let centre = [0, 1, 2].map(|d| centre[d] + along * axis[d]);
            match straight {
                Some((axis, _)) => Shape::Cylinder { axis, centre, radius, half_length },
                None => Shape::Rod { centre, axis, radius, half_length },
            }
        };
        let scene = &mut *bay.scene;
        let hollow = scene.hollow();
        let [tread_half, shoulder, wall] = self.widths();
        let (r, t) = (self.radius, self.tread);
        let body = scene.add(rod(r, tread_half, 0.0), self.rubber);
        let belt = scene.nest(body, rod(r - 0.5 * t, tread_half, 0.0), self.steel);
        let under = scene.nest(belt, rod(r - 0.5 * t - BELT, tread_half, 0.0), self.rubber);
        scene.nest(under, rod(r - t, tread_half, 0.0), hollow);
        for side in [-1.0, 1.0] {
            let along = side * (tread_half + shoulder / 2.0);
            let ring = scene.add(rod(r - 0.35 * t, shoulder / 2.0, along), self.rubber);
            scene.nest(ring, rod(r - 1.35 * t, shoulder / 2.0, along), hollow);
            let along = side * (self.half_width - wall / 2.0);
            let ring = scene.add(rod(r - 0.9 * t, wall / 2.0, along), self.rubber);
            scene.nest(ring, rod(self.rim, wall / 2.0, along), hollow);
            let along = side * (self.half_width - wall - BEAD / 2.0);
            let ring = scene.add(rod(self.rim + BEAD, BEAD / 2.0, along), self.rubber);
            let wire = scene.nest(ring, rod(self.rim + 0.6 * BEAD, BEAD / 2.0, along), self.steel);
            let core = scene.nest(wire, rod(self.rim + 0.4 * BEAD, BEAD / 2.0, along), self.rubber);
            scene.nest(core, rod(self.rim, BEAD / 2.0, along), hollow);
        }
    }

    /// Half width of the tread, width of a shoulder, thickness of a sidewall.
    fn widths(&self) -> [f64; 3] {
        let shoulder = (self.half_width - self.wall) * 0.26;
        [self.half_width - self.wall - shoulder, shoulder, self.wall]
    }

    fn mass_kg(&self) -> f64 {
        let ring =
            |outer: f64, inner: f64, width: f64| std::f64::consts::PI * (outer * outer - inner * inner) * width;
        let [tread_half, shoulder, wall] = self.widths();
        let (r, t) = (self.radius, self.tread);
        let rubber = ring(r, r - t, 2.0 * tread_half)
            + 2.0 * ring(r - 0.35 * t, r - 1.35 * t, shoulder)
            + 2.0 * ring(r - 0.9 * t, self.rim, wall)
            + 2.0 * ring(self.rim + BEAD, self.rim, BEAD);
        let steel = ring(r - 0.5 * t, r - 0.5 * t - BELT, 2.0 * tread_half)
            + 2.0 * ring(self.rim + 0.6 * BEAD, self.rim + 0.4 * BEAD, BEAD);
        (rubber * self.rubber.density + steel * (self.steel.density - self.rubber.density)) * 1e-6
    }
}

/// Steel of the belts as one layer, mm.
const BELT: f64 = 0.8;
/// Side of the square section of a bead, mm.
const BEAD: f64 = 12.0;
