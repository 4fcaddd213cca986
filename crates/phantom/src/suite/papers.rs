//! Papers of the cases of a suite: from a stream of their own, so that they tell nothing of what is in the box.

use pellucid_core::Direction;

use crate::dice::Dice;
use crate::papers::{Papers, Regime};

/// Regimes with their shares: general trade first, then what ports of trade and processing see.
const REGIMES: &[(&str, f64)] = &[
    ("0110", 0.6),
    ("0615", 0.1),
    ("1233", 0.04),
    ("5000", 0.04),
    ("0214", 0.03),
    ("1039", 0.03),
    ("1210", 0.03),
    ("4561", 0.02),
    ("0654", 0.015),
    ("9710", 0.015),
    ("0255", 0.01),
    ("1239", 0.01),
    ("1300", 0.01),
    ("2600", 0.01),
    ("3010", 0.01),
    ("3100", 0.01),
    ("9610", 0.01),
    ("9810", 0.01),
];
/// Regimes of boxes of parcels.
const PARCELS: &[(&str, f64)] =
    &[("1210", 0.35), ("1039", 0.25), ("9610", 0.15), ("1239", 0.1), ("9710", 0.1), ("9810", 0.05)];
/// Credit tiers.
const CREDIT: &[(&str, f64)] =
    &[("regular", 0.62), ("certified", 0.15), ("advanced", 0.12), ("dishonest", 0.07), ("seriously_dishonest", 0.04)];
/// Directions of regimes that are not of one alone.
const DIRECTIONS: &[(Direction, f64)] = &[(Direction::Import, 0.75), (Direction::Export, 0.25)];
/// Regimes under which goods pass through the country, and how often.
const PASSING: &[&str] = &["0110", "1233", "5000"];
const TRANSIT: f64 = 0.08;
/// How often a declaration is an amendment made as 主动披露.
const DISCLOSED: f64 = 0.05;

/// Papers of the case of a seed.
pub(super) fn papers(seed: u64) -> Papers {
    of(REGIMES, seed)
}

/// The same of a box of parcels.
pub(super) fn parcel_papers(seed: u64) -> Papers {
    of(PARCELS, seed)
}

fn of(regimes: &[(&str, f64)], seed: u64) -> Papers {
    let mut dice = Dice::new(seed, "suite papers");
    let regime = dice.share(regimes).unwrap_or("0110");
    let credit = dice.share(CREDIT).map(str::to_owned);
    let (direction, passes) = (dice.share(DIRECTIONS), dice.chance(TRANSIT));
    let voluntary_disclosure = dice.chance(DISCLOSED);
    let direction = match Regime::of(regime).and_then(|regime| regime.only) {
        Some(only) => Some(only),
        None if passes && PASSING.contains(&regime) => Some(Direction::Transit),
        None => direction,
    };
    Papers { regime: Some(regime.to_owned()), direction, credit, voluntary_disclosure, ..Papers::default() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::papers::{CREDIT_TIERS, REGIMES as KNOWN};
    use crate::suite::Suite;

    /// Cases of the mixture that are drawn, none built.
    const CASES: u64 = 8_000;

    #[test]
    fn shares_are_of_regimes_and_tiers_that_exist_and_add_up() {
        for shares in [REGIMES, PARCELS, CREDIT] {
            assert!((shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
        }
        assert!(KNOWN.iter().all(|known| REGIMES.iter().any(|(code, _)| *code == known.code)));
        assert!(REGIMES.iter().chain(PARCELS).all(|(code, _)| Regime::of(code).is_some()));
        assert!(CREDIT.iter().all(|(tier, _)| CREDIT_TIERS.contains(tier)) && CREDIT.len() == CREDIT_TIERS.len());
    }

    /// What the papers of the mixture say, counted: every value occurs, and among tampered cases as often as among honest ones.
    #[test]
    fn every_regime_tier_and_direction_occurs_alike_in_honest_and_tampered_cases() {
        let mut counts: BTreeMap<String, [f64; 2]> = BTreeMap::new();
        let mut all = [0.0; 2];
        for index in 0..CASES {
            let family = Suite::Train.mixed_family(index);
            // These build loads to find their shares: what papers they have is drawn as everywhere.
            if family.name.starts_with("part_") {
                continue;
            }
            let Ok((draft, twin)) = Suite::Train.draft(family, index, 0) else { continue };
            let recipe = twin.filter(|_| index % 2 == 1).unwrap_or(draft.recipe);
            let side = usize::from(recipe.tampering.is_some());
            all[side] += 1.0;
            let papers = recipe.papers.unwrap_or_default();
            let regime = papers.regime.as_deref().unwrap_or("0110");
            let only = Regime::of(regime).unwrap().only;
            let direction = papers.direction.or(only).unwrap_or(Direction::Import);
            assert!(only.is_none_or(|only| only == direction), "{regime} {direction:?}");
            for value in [
                format!("regime {regime}"),
                format!("credit {}", papers.credit.as_deref().unwrap_or("drawn")),
                format!("direction {direction:?}"),
                format!("disclosed {}", papers.voluntary_disclosure),
            ] {
                counts.entry(value).or_default()[side] += 1.0;
            }
        }
        let expected = KNOWN
            .iter()
            .map(|regime| format!("regime {}", regime.code))
            .chain(CREDIT_TIERS.iter().map(|tier| format!("credit {tier}")))
            .chain(["Import", "Export", "Transit"].map(|direction| format!("direction {direction}")))
            .chain(["disclosed true".to_owned(), "disclosed false".to_owned()]);
        for value in expected {
            assert!(counts.get(&value).is_some_and(|[honest, tampered]| *honest > 4.0 && *tampered > 4.0), "{value}");
        }
        assert!(all[0] > all[1] && all[1] > 1_500.0, "{all:?}");
        let share = |value: &str| counts[value].iter().sum::<f64>() / (all[0] + all[1]);
        assert!((0.7..0.85).contains(&share("regime 0110")), "{}", share("regime 0110"));
        for (value, [honest, tampered]) in &counts {
            let (a, b) = (honest / all[0], tampered / all[1]);
            let p = (honest + tampered) / (all[0] + all[1]);
            let deviation = (p * (1.0 - p) * (1.0 / all[0] + 1.0 / all[1])).sqrt();
            println!("{value}: {:.2} % of honest, {:.2} % of tampered", 100.0 * a, 100.0 * b);
            // Some forty values: one in a thousand sets of them is further off than this.
            assert!((a - b).abs() < 4.2 * deviation, "{value}: {a:.4} of honest, {b:.4} of tampered");
        }
    }
}
