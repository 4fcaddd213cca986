//! Mass, emptiness, hidden things, and what grade `processed` can say.

use pellucid_core::{FindingKind, FindingValidity, Grade, Lane, RiskLevel};

use crate::synthetic::*;

#[test]
fn overweight_and_missing_mass_are_found() {
    for seed in 0..10 {
        let observation = load(&[("0901", 18_000.0)], &Look::default(), 500 + seed);
        for (declared, expected) in [(13_500.0, "more"), (25_500.0, "less")] {
            let (verdict, decision) = judge(&declare(&[("0901", declared)]), &observation);
            assert_ne!(decision.lane, Lane::Green, "{seed} {declared}: {}", verdict.risk_score);
            let text = verdict.headline().en;
            assert!(text.contains(expected) || text.contains("not found"), "{text}");
        }
    }
}

#[test]
fn risk_never_falls_with_excess_mass() {
    let declaration = declare(&[("0901", 10_000.0)]);
    let mut last = 0.0;
    for kg in [10_000.0, 11_000.0, 12_000.0, 13_000.0, 15_000.0, 18_000.0] {
        let (verdict, _) = judge(&declaration, &load(&[("0901", kg)], &Look::default(), 9));
        assert!(verdict.log_odds >= last || kg == 10_000.0, "{kg}: {} < {last}", verdict.log_odds);
        last = verdict.log_odds;
    }
}

#[test]
fn a_weighbridge_that_contradicts_the_declaration_needs_no_scan() {
    let mut declaration = declare(&[("0901", 14_000.0)]);
    declaration.containers[0].weighbridge_kg = Some(18_000.0 + 2_230.0);
    let (verdict, decision) = judge(&declaration, &load(&[("0901", 18_000.0)], &Look::default(), 9));
    assert_ne!(decision.lane, Lane::Green);
    assert_eq!(verdict.mass.declared_from.as_deref(), Some("weighbridge"));
    assert!(verdict.headline().en.contains("by weighbridge less tare"), "{}", verdict.headline().en);
}

#[test]
fn an_empty_box_that_should_be_full_is_red() {
    for seed in 0..5 {
        let (verdict, decision) = judge(&declare(&[("6109", 6_000.0)]), &load(&[], &Look::default(), seed));
        assert_eq!(decision.lane, Lane::Red, "{}", verdict.risk_score);
        assert!(verdict.checks.iter().any(|c| c.is_claim() && c.finding.text.zh.starts_with("空箱")));
    }
}

#[test]
fn declared_empty_boxes_are_judged_by_their_cargo() {
    let declaration = declare(&[]);
    let (verdict, decision) = judge(&declaration, &load(&[], &Look::default(), 3));
    assert_eq!((decision.lane, decision.risk_level), (Lane::Green, RiskLevel::Low), "{:?}", verdict.headline());
    assert!(verdict.lines.is_empty() && verdict.segments.is_empty());
    let (verdict, decision) = judge(&declaration, &load(&[("6109", 2_000.0)], &Look::default(), 3));
    assert_eq!(decision.lane, Lane::Red, "{}", verdict.risk_score);
    assert!(verdict.headline().zh.starts_with("申报空箱，图像显示有货"), "{}", verdict.headline().zh);
}

#[test]
fn hidden_objects_show_in_the_map_and_in_density() {
    let declaration = declare(&[("6109", 6_000.0)]);
    let hidden = Look { concealment: 0.98, lump_kg: 25.0, ..Look::default() };
    let (verdict, decision) = judge(&declaration, &load(&[("6109", 6_000.0)], &hidden, 3));
    assert_ne!(decision.lane, Lane::Green, "{}", verdict.risk_score);
    let odd = verdict.checks.iter().find(|c| c.finding.kind == FindingKind::OddPatch).unwrap();
    assert!(odd.is_claim() && odd.finding.mass_kg.unwrap().contains(25.0), "{:?}", odd.finding);
    let map = verdict.checks.iter().find(|c| c.finding.kind == FindingKind::ConcealedObject).unwrap();
    assert!(map.is_claim() && map.finding.region.is_some(), "{:?}", map.finding);
}

#[test]
fn risk_never_falls_with_concealment() {
    let declaration = declare(&[("6109", 6_000.0)]);
    let mut last = f64::NEG_INFINITY;
    for concealment in [0.05, 0.2, 0.5, 0.8, 0.95, 0.999] {
        let look = Look { concealment, ..Look::default() };
        let (verdict, _) = judge(&declaration, &load(&[("6109", 6_000.0)], &look, 3));
        assert!(verdict.log_odds >= last - 1e-12, "{concealment}");
        last = verdict.log_odds;
    }
}

#[test]
fn opaque_coils_are_green_and_opaque_shirts_are_not() {
    let coils = Look { opaque_share: 0.4, ..Look::default() };
    let (verdict, decision) = judge(&declare(&[("7208", 18_000.0)]), &load(&[("7208", 18_000.0)], &coils, 3));
    assert_eq!(decision.lane, Lane::Green, "{:?} {:?}", verdict.headline(), decision.obstacles);
    assert!((verdict.coverage.pixels - 0.6).abs() < 1e-6 && verdict.usual_opaque_share > 0.4);
    let (_, decision) = judge(&declare(&[("6109", 6_000.0)]), &load(&[("6109", 6_000.0)], &coils, 3));
    assert_eq!((decision.lane, decision.risk_level), (Lane::Yellow, RiskLevel::Unknown));
    assert!(decision.obstacles[0].en.contains("cannot be seen through"), "{:?}", decision.obstacles);
}

#[test]
fn processed_scans_speak_of_shares_and_never_of_kilograms() {
    let look = Look { grade: Grade::Processed, ..Look::default() };
    let declaration = declare(&[("0901", 18_000.0)]);
    for parts in [vec![("0901", 18_000.0)], vec![("0901", 12_000.0), ("4407", 6_000.0)], vec![]] {
        let (verdict, decision) = judge(&declaration, &load(&parts, &look, 21));
        let record = record(&verdict, &decision);
        assert!(record.findings.iter().all(|f| f.mass_kg.is_none()), "{:?}", record.findings);
        assert!(record.declared_vs_observed.iter().all(|l| l.found_kg.is_none()));
        let mass = &record.mass;
        assert!(mass.observed_kg.is_none() && mass.observed_interval_kg.is_none());
        assert!(mass.undeclared_kg.is_none() && mass.missing_kg.is_none());
        for reason in record.reasons.iter().filter(|r| r.code != FindingKind::InfeasibleVolume) {
            assert!(!reason.text_en.contains(" kg") && !reason.text_en.contains(" t "), "{}", reason.text_en);
        }
        let total = record.findings.iter().find(|f| f.kind == FindingKind::MassMismatch).unwrap();
        assert_eq!(total.validity, FindingValidity::NotApplicable);
        match parts.len() {
            1 => assert_eq!(decision.lane, Lane::Green, "{:?}", verdict.headline()),
            _ => assert_ne!(decision.lane, Lane::Green, "{:?}", verdict.headline()),
        }
    }
}

#[test]
fn eighteen_tonnes_of_shirts_do_not_fit() {
    let (verdict, _) = judge(&declare(&[("6109", 20_000.0)]), &load(&[("6109", 20_000.0)], &Look::default(), 3));
    let volume = verdict.checks.iter().find(|c| c.finding.kind == FindingKind::InfeasibleVolume).unwrap();
    assert!(volume.is_claim(), "{:?}", volume.finding);
    assert_eq!(volume.finding.text.en, "The declared 20.0 t need at least 50 m³, the box has 33 m³");
}
