//! Fitting on validation cases.

use pellucid_core::TamperingKind;
use pellucid_verify::{Context, FitCase, fit};

use crate::synthetic::*;

fn case(
    declared: &'static str,
    parts: &[(&'static str, f64)],
    look: Look,
    seed: u64,
    tampering: Option<TamperingKind>,
) -> FitCase {
    FitCase {
        declaration: declare(&[(declared, usual_kg(declared))]),
        observation: load(parts, &look, seed),
        context: Context::default(),
        tampering,
    }
}

#[test]
fn parameters_follow_the_cases() {
    let mut cases = Vec::new();
    for seed in 0..12 {
        let heading = HEADINGS[seed as usize % CLEAR];
        let kg = usual_kg(heading);
        let other = HEADINGS[(seed as usize + 3) % CLEAR];
        cases.push(case(
            heading,
            &[(heading, kg)],
            usual_look(heading, pellucid_core::Grade::DualEnergyRaw),
            900 + seed,
            None,
        ));
        cases.push(case(heading, &[(other, kg)], Look::default(), 950 + seed, Some(TamperingKind::Substitution)));
        let hidden = Look { concealment: 0.9, lump_kg: 25.0, ..Look::default() };
        cases.push(case("6109", &[("6109", 6_000.0)], hidden, 990 + seed, Some(TamperingKind::ConcealedOrganic)));
    }
    let report = fit(&cases, library(), &profile()).unwrap();
    assert_eq!(report.honest, 12);
    assert!(report.left_alone.is_empty(), "{:?}", report.left_alone);
    // The made-up masses are good to 3 %: far better than the start value.
    assert!(report.profile.mass.sigma_relative < 0.08, "{:?}", report.sigma_losses);
    let [mean, _] = report.profile.concealment.wrong;
    assert!((mean - (0.9_f64 / 0.1).ln()).abs() < 0.3, "{mean}");
    assert!(report.profile.concealment.honest[0] < mean - 2.0);
    assert_eq!(report.temperature_losses.len(), 10);
    let worst = |kind| report.scores.iter().filter(move |(t, _)| *t == kind).map(|(_, score)| *score);
    let honest = worst(None).fold(0.0, f64::max);
    let substituted = worst(Some(TamperingKind::Substitution)).fold(100.0, f64::min);
    assert!(honest < 20.0 && substituted > 80.0, "{honest} {substituted}");
    assert!(fit(&cases[..3], library(), &profile()).is_err());
}
