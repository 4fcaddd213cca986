//! Kilograms of patches, of segments and of a whole load, with 90 % intervals.
//!
//! What is measured is `best` with the load in the middle of the space for goods. The truth is taken to be
//! `best + depth + error + hidden`: depth by [`crate::stowage`], the same for all patches of a load, because a load stands
//! as one; errors of composition and structure normal; hidden what sheets seen edge-on keep to themselves. The interval
//! leaves 5 % of that distribution below and 5 % above.

use pellucid_core::{Interval, MassBudget, MassEstimate};

use crate::measure::Measured;
use crate::stowage::{Place, anywhere, places};

/// Share of opaque pixels from which the mass of a patch has no upper bound.
const OPAQUE_PATCH: f64 = 0.1;
/// The same for the cargo of a container.
pub(crate) const OPAQUE_CONTAINER: f64 = 0.01;
/// Two-sided 90 % of a normal distribution.
const NINETY: f64 = 1.645;
/// Largest attenuation of a sheet that is met edge-on, over the attenuation of the line it draws: a sheet lets nothing
/// through its own width, 0.7 m of steel has 16, and appliances stand behind each other.
const SHEET: f64 = 20.0;
/// Chances that lines hide none, a quarter … all of [`SHEET`] times what they show: edges and seams draw lines as well.
const HIDDEN: [f64; 5] = [0.5, 0.125, 0.125, 0.125, 0.125];

/// Sums over patches.
struct Sums {
    best: f64,
    /// With everything at the near, at the far edge of the space for goods.
    edges: [f64; 2],
    composition: f64,
    structure: f64,
    hidden: f64,
    /// g/cm³ over the full width; `None` without a fan.
    density: Option<f64>,
    metal: f64,
    opaque: f64,
    pixels: f64,
}

impl Sums {
    fn of(cargo: &[usize], measured: &[Measured]) -> Self {
        let sum = |value: &dyn Fn(&Measured) -> f64| cargo.iter().map(|i| value(&measured[*i])).sum::<f64>();
        let weight = |m: &Measured| m.best_kg.max(0.0);
        let all = sum(&weight).max(1e-9);
        let has_fan = cargo.iter().all(|i| measured[*i].density.is_some());
        let density = sum(&|m| weight(m) * m.density.unwrap_or(0.0)) / all;
        Self {
            best: sum(&|m| m.best_kg).max(0.0),
            edges: [sum(&|m| m.near_kg), sum(&|m| m.far_kg)],
            composition: sum(&|m| m.composition * weight(m)),
            structure: NINETY * sum(&|m| m.structure_kg),
            hidden: SHEET * sum(&|m| m.edge_on * weight(m)),
            density: has_fan.then_some(density),
            metal: sum(&|m| weight(m) * f64::from(m.material.metal + m.material.heavy)) / all,
            opaque: sum(&|m| f64::from(m.opaque)),
            pixels: sum(&|m| f64::from(m.pixels)),
        }
    }

    fn places(&self) -> Vec<Place> {
        self.density.map_or_else(anywhere, |density| places(density, self.metal))
    }

    /// Kilograms that a place adds.
    fn depth_kg(&self, offset: f64) -> f64 {
        let [near, far] = self.edges;
        if offset < 0.0 { offset * (self.best - near).max(0.0) } else { offset * (far - self.best).max(0.0) }
    }

    /// The 90 % interval, with an error of composition of `composition` kg at 90 %.
    fn interval(&self, places: &[Place], composition: f64) -> Interval {
        let sigma = (composition.hypot(self.structure) / NINETY).max(1e-6);
        let parts: Vec<(f64, f64)> = places
            .iter()
            .flat_map(|place| {
                let at = self.best + self.depth_kg(place.offset);
                let share = |k: usize| self.hidden * k as f64 / (HIDDEN.len() - 1) as f64;
                HIDDEN.iter().enumerate().map(move |(k, chance)| (at + share(k), place.weight * chance))
            })
            .collect();
        Interval::new(quantile(&parts, sigma, 0.05).max(0.0), quantile(&parts, sigma, 0.95).max(0.0))
    }
}

/// Quantile of a mixture of normal distributions of one sigma, by halving to a thousandth of sigma.
fn quantile(parts: &[(f64, f64)], sigma: f64, p: f64) -> f64 {
    let below = |x: f64| -> f64 {
        parts
            .iter()
            .map(|(at, weight)| weight * 0.5 * libm::erfc((at - x) / sigma * std::f64::consts::FRAC_1_SQRT_2))
            .sum()
    };
    let ends = parts.iter().map(|(at, _)| *at);
    let mut low = ends.clone().fold(f64::INFINITY, f64::min) - 4.0 * sigma;
    let mut high = ends.fold(f64::NEG_INFINITY, f64::max) + 4.0 * sigma;
    while high - low > 1e-3 * sigma.max(1e-6) && high - low > 1e-9 * high.abs() {
        let middle = 0.5 * (low + high);
        if below(middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Mass of one patch. Its parts add in quadrature, which is close to the mixture and cheap for thousands of patches.
pub(crate) fn patch_interval(m: &Measured) -> Interval {
    let sums = Sums::of(&[0], std::slice::from_ref(m));
    let places = sums.places();
    let [below, above] = depth_budget(&sums, &places);
    let other = sums.composition.hypot(sums.structure);
    let lo = (sums.best - below.hypot(other)).max(0.0);
    if f64::from(m.opaque) > OPAQUE_PATCH * f64::from(m.pixels.max(1)) {
        Interval::at_least(lo)
    } else {
        Interval::new(lo, (sums.best + above.hypot(other) + sums.hidden).max(lo))
    }
}

/// Mass of a segment: unbounded above as soon as one of its patches is.
pub(crate) fn segment_interval(cargo: &[usize], measured: &[Measured]) -> Interval {
    let sums = Sums::of(cargo, measured);
    let interval = sums.interval(&sums.places(), sums.composition);
    let is_opaque =
        cargo.iter().any(|i| f64::from(measured[*i].opaque) > OPAQUE_PATCH * f64::from(measured[*i].pixels.max(1)));
    if is_opaque { Interval::at_least(interval.lo) } else { interval }
}

/// How far depth alone moves a mass down and up, kg, with 5 % beyond each.
fn depth_budget(sums: &Sums, places: &[Place]) -> [f64; 2] {
    let tail = |order: &[&Place]| {
        let mut left = 0.05;
        let at = order.iter().find(|place| {
            left -= place.weight;
            left < 0.0
        });
        at.map_or(0.0, |place| sums.depth_kg(place.offset).abs())
    };
    [tail(&places.iter().collect::<Vec<_>>()), tail(&places.iter().rev().collect::<Vec<_>>())]
}

/// Mass of the cargo patches together, with its 90 % interval.
pub(crate) fn mass_estimate(cargo: &[usize], measured: &[Measured]) -> MassEstimate {
    let sums = Sums::of(cargo, measured);
    let places = sums.places();
    let all: f64 = measured.iter().map(|m| f64::from(m.pixels)).sum();
    let is_bounded = sums.opaque <= OPAQUE_CONTAINER * sums.pixels;
    let interval = |composition: f64| {
        let interval = sums.interval(&places, composition);
        if is_bounded { interval } else { Interval::at_least(interval.lo) }
    };
    MassEstimate {
        best_kg: sums.best,
        kg: interval(sums.composition),
        known_composition_kg: interval(0.0),
        budget: MassBudget {
            depth_kg: depth_budget(&sums, &places),
            composition_kg: sums.composition,
            structure_kg: sums.structure,
            hidden_kg: sums.hidden,
        },
        opaque_share: if all > 0.0 { sums.opaque / all } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(best: f64, opaque: u32) -> Measured {
        Measured {
            pixels: 100,
            opaque,
            best_kg: best,
            near_kg: best * 0.7,
            far_kg: best * 1.3,
            composition: 0.05,
            structure_kg: 0.1,
            density: Some(0.3),
            ..Measured::default()
        }
    }

    #[test]
    fn opaque_patches_leave_the_mass_unbounded() {
        let clear = mass_estimate(&[0, 1], &[patch(50.0, 0), patch(50.0, 0)]);
        assert!((clear.best_kg - 100.0).abs() < 1e-9);
        let hi = clear.kg.hi.unwrap();
        assert!(clear.kg.lo > 83.0 && clear.kg.lo < 92.0 && hi > 108.0 && hi < 117.0, "{clear:?}");
        assert!(clear.known_composition_kg.lo > clear.kg.lo && clear.known_composition_kg.hi.unwrap() < hi);
        let opaque = mass_estimate(&[0, 1], &[patch(50.0, 60), patch(50.0, 0)]);
        assert!(opaque.kg.hi.is_none() && (opaque.opaque_share - 0.3).abs() < 1e-9);
        assert!(patch_interval(&patch(50.0, 60)).hi.is_none());
        assert!(segment_interval(&[0, 1], &[patch(50.0, 60), patch(50.0, 0)]).hi.is_none());
    }

    #[test]
    fn lines_may_hide_mass_above_only() {
        let seamed = Measured { edge_on: 0.02, ..patch(50.0, 0) };
        let (plain, hidden) = (mass_estimate(&[0], &[patch(50.0, 0)]), mass_estimate(&[0], &[seamed]));
        assert!((hidden.budget.hidden_kg - 20.0).abs() < 1e-9);
        assert!(hidden.kg.hi.unwrap() > plain.kg.hi.unwrap() + 8.0);
        assert!((hidden.kg.lo - plain.kg.lo).abs() < 2.5, "{hidden:?} {plain:?}");
    }

    #[test]
    fn without_a_fan_depth_is_anywhere() {
        let blind = Measured { density: None, ..patch(50.0, 0) };
        let estimate = mass_estimate(&[0], &[blind]);
        assert!(estimate.budget.depth_kg[0] > 14.0, "{estimate:?}");
    }

    #[test]
    fn quantiles_of_a_mixture_are_its_quantiles() {
        let normal = quantile(&[(10.0, 1.0)], 2.0, 0.95);
        assert!((normal - 13.29).abs() < 0.01, "{normal}");
        let two = [(0.0, 0.5), (100.0, 0.5)];
        assert!((quantile(&two, 1.0, 0.25)).abs() < 0.01 && (quantile(&two, 1.0, 0.75) - 100.0).abs() < 0.01);
    }
}
