//! Kilograms of patches and of a whole load, with 90 % intervals.

use pellucid_core::{Interval, MassBudget, MassEstimate};

use crate::measure::Measured;

/// Share of opaque pixels from which the mass of a patch has no upper bound.
const OPAQUE_PATCH: f64 = 0.1;
/// The same for the cargo of a container.
pub(crate) const OPAQUE_CONTAINER: f64 = 0.01;
/// Two-sided 90 % of a normal distribution.
const NINETY: f64 = 1.645;
/// A depth anywhere between the extremes with equal chance lies within nine tenths of the way in 90 of 100 cases.
const DEPTH: f64 = 0.9;

/// Mass of one patch, whatever its depth and its composition.
pub(crate) fn patch_interval(m: &Measured) -> Interval {
    let slack = NINETY * m.structure_kg;
    let lo = (m.near_kg * (1.0 - m.composition) - slack).max(0.0);
    let hi = (m.far_kg * (1.0 + m.composition) + m.unresolved * m.best_kg.max(0.0) + slack).max(lo);
    if f64::from(m.opaque) > OPAQUE_PATCH * f64::from(m.pixels.max(1)) {
        Interval::at_least(lo)
    } else {
        Interval::new(lo, hi)
    }
}

/// Mass of the cargo patches together, with its 90 % interval.
///
/// Depth is one unknown for the whole load, so its extremes add up ([`DEPTH`]). Composition and structure add in quadrature
/// to that. What sheets seen edge-on hide between pixels adds above only.
pub(crate) fn mass_estimate(cargo: &[usize], measured: &[Measured]) -> MassEstimate {
    let sum = |value: fn(&Measured) -> f64| cargo.iter().map(|i| value(&measured[*i])).sum::<f64>();
    let best = sum(|m| m.best_kg).max(0.0);
    let (near, far) = (sum(|m| m.near_kg), sum(|m| m.far_kg));
    let budget = MassBudget {
        depth_kg: [DEPTH * (best - near), DEPTH * (far - best)],
        composition_kg: sum(|m| m.composition * m.best_kg.max(0.0)),
        structure_kg: NINETY * sum(|m| m.structure_kg),
        hidden_kg: sum(|m| m.unresolved * m.best_kg.max(0.0)),
    };
    let (opaque, pixels) = (sum(|m| f64::from(m.opaque)), sum(|m| f64::from(m.pixels)));
    let all: f64 = measured.iter().map(|m| f64::from(m.pixels)).sum();
    let is_bounded = opaque <= OPAQUE_CONTAINER * pixels;
    let interval = |composition_kg: f64| {
        let other = composition_kg.hypot(budget.structure_kg);
        let lo = (best - budget.depth_kg[0].hypot(other)).max(0.0);
        let hi = best + budget.depth_kg[1].hypot(other) + budget.hidden_kg;
        if is_bounded { Interval::new(lo, hi.max(lo)) } else { Interval::at_least(lo) }
    };
    MassEstimate {
        best_kg: best,
        kg: interval(budget.composition_kg),
        known_composition_kg: interval(0.0),
        budget,
        opaque_share: if all > 0.0 { opaque / all } else { 0.0 },
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
            near_kg: best * 0.8,
            far_kg: best * 1.2,
            composition: 0.05,
            structure_kg: 0.1,
            ..Measured::default()
        }
    }

    #[test]
    fn opaque_patches_leave_the_mass_unbounded() {
        let clear = mass_estimate(&[0, 1], &[patch(50.0, 0), patch(50.0, 0)]);
        assert!((clear.best_kg - 100.0).abs() < 1e-9);
        let hi = clear.kg.hi.unwrap();
        assert!(clear.kg.lo > 78.0 && clear.kg.lo < 83.0 && hi > 117.0 && hi < 122.0, "{clear:?}");
        let opaque = mass_estimate(&[0, 1], &[patch(50.0, 60), patch(50.0, 0)]);
        assert!(opaque.kg.hi.is_none() && (opaque.opaque_share - 0.3).abs() < 1e-9);
        assert!(patch_interval(&patch(50.0, 60)).hi.is_none());
    }
}
