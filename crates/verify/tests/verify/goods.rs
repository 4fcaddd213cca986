//! Honest goods, other goods, goods that are not known.

use pellucid_core::{FindingKind, FindingValidity, Grade, Lane, RiskLevel};
use pellucid_verify::{Context, SampleSource, decide, verify};

use crate::synthetic::*;

#[test]
fn honest_boxes_are_green_and_leak_nothing() {
    for heading in &HEADINGS[..CLEAR] {
        for seed in 0..12 {
            let kg = usual_kg(heading);
            let look = usual_look(heading, Grade::DualEnergyRaw);
            let (verdict, decision) = judge(&declare(&[(heading, kg)]), &load(&[(heading, kg)], &look, seed));
            assert_eq!(
                decision.lane,
                Lane::Green,
                "{heading} {seed}: {} {:?}",
                verdict.risk_score,
                verdict.headline()
            );
            assert_eq!(decision.risk_level, RiskLevel::Low);
            let undeclared = verdict.mass.undeclared_kg.unwrap();
            assert!(undeclared.lo < 0.001 * kg, "{heading} {seed}: {undeclared:?}");
            let sink: f64 = verdict.segments.iter().map(|s| s.amount * s.undeclared_share).sum();
            assert!(sink < 0.005 * kg, "{heading} {seed}: {sink}");
        }
    }
}

#[test]
fn whole_loads_of_other_goods_are_red_and_named() {
    for (i, declared) in HEADINGS[..CLEAR].iter().enumerate() {
        let real = HEADINGS[(i + 3) % CLEAR];
        let kg = usual_kg(declared);
        let look = usual_look(real, Grade::DualEnergyRaw);
        let (verdict, decision) = judge(&declare(&[(declared, kg)]), &load(&[(real, kg)], &look, 40 + i as u64));
        assert_eq!(decision.lane, Lane::Red, "{declared} is {real}: {}", verdict.risk_score);
        let claim = verdict.checks.iter().find(|c| c.finding.kind == FindingKind::UndeclaredGoods).unwrap();
        assert!(claim.finding.text.en.contains(real), "{}", claim.finding.text.en);
        assert!(claim.finding.text.zh.starts_with("核对品名发现异常"), "{}", claim.finding.text.zh);
    }
}

#[test]
fn a_fifth_of_other_goods_is_found_with_its_kilograms() {
    for seed in 0..20 {
        let (total, other) = (18_000.0, 3_600.0);
        let observation = load(&[("0901", total - other), ("4407", other)], &Look::default(), 300 + seed);
        let (verdict, decision) = judge(&declare(&[("0901", total)]), &observation);
        assert_ne!(decision.lane, Lane::Green, "{seed}: {}", verdict.risk_score);
        let sink: f64 = verdict.segments.iter().map(|s| s.amount * s.undeclared_share).sum();
        // Columns are whole patches and the box has an error of its own: 3 % a standard deviation.
        let real: f64 = 7.0 / 36.0 * verdict.mass.observed_kg.unwrap();
        assert!((sink / real - 1.0).abs() < 0.1, "{seed}: {sink} of {real}");
        let kg = verdict.mass.undeclared_kg.unwrap();
        assert!(kg.contains(real), "{kg:?} {real}");
    }
}

#[test]
fn two_declared_lines_are_told_apart() {
    let observation = load(&[("0901", 10_000.0), ("6109", 4_000.0)], &Look::default(), 7);
    let (verdict, decision) = judge(&declare(&[("0901", 10_000.0), ("6109", 4_000.0)]), &observation);
    assert_eq!(decision.lane, Lane::Green, "{:?}", verdict.headline());
    let found: Vec<f64> = verdict.lines.iter().map(|l| l.found_share).collect();
    assert!((found[0] - 10.0 / 14.0).abs() < 0.05 && (found[1] - 4.0 / 14.0).abs() < 0.05, "{found:?}");
    assert!(verdict.lines.iter().all(|l| l.likeness.unwrap() > 0.9 && !l.regions.is_empty()));
}

#[test]
fn equivalent_goods_do_not_accuse_each_other() {
    let rows = library().coverage();
    let row = rows.iter().find(|r| r.heading == "1006" && r.grade == Grade::DualEnergyRaw).unwrap();
    assert_eq!(row.equivalents, ["1701"]);
    assert!(
        rows.iter().filter(|r| !["1006", "1701"].contains(&r.heading.as_str())).all(|r| r.equivalents.is_empty())
    );
    let observation = load(&[("1701", 18_000.0)], &Look::default(), 5);
    let (verdict, _) = judge(&declare(&[("1006", 18_000.0)]), &observation);
    assert_eq!(verdict.coverage.lines[&1], "indistinguishable");
    assert!(verdict.mass.undeclared_kg.unwrap().lo < 1.0);
}

#[test]
fn goods_that_are_not_covered_are_unknown_and_never_green() {
    let observation = load(&[("0901", 18_000.0)], &Look::default(), 5);
    let (verdict, decision) = judge(&declare(&[("9999", 18_000.0)]), &observation);
    assert_eq!((decision.lane, decision.risk_level), (Lane::Yellow, RiskLevel::Unknown));
    assert!(verdict.is_unknown && !verdict.degraded.is_empty());
    assert_eq!(verdict.coverage.goods, 0.0);
    let finding = verdict.checks.iter().find(|c| c.finding.kind == FindingKind::UndeclaredGoods).unwrap();
    assert_eq!(finding.finding.validity, FindingValidity::NotCovered);
    assert_eq!(finding.contribution, 0.0);
    // Mass still counts: twice the declared load is high risk whatever the goods.
    let (verdict, decision) = judge(&declare(&[("9999", 9_000.0)]), &observation);
    assert_ne!(decision.risk_level, RiskLevel::Unknown, "{}", verdict.risk_score);
}

#[test]
fn a_borrowed_heading_explains_but_never_accuses() {
    let observation = load(&[("7208", 18_000.0)], &Look::default(), 5);
    let (verdict, decision) = judge(&declare(&[("0902", 18_000.0)]), &observation);
    assert_eq!(verdict.coverage.lines[&1], "borrowed");
    let finding = verdict.checks.iter().find(|c| c.finding.kind == FindingKind::UndeclaredGoods).unwrap();
    assert!(finding.finding.log_likelihood_ratio <= 0.0);
    assert_ne!(decision.lane, Lane::Green);
}

#[test]
fn phantoms_alone_do_not_accuse_real_scans() {
    let declaration = declare(&[("0901", 18_000.0)]);
    let observation = load(&[("4407", 18_000.0)], &Look::default(), 5);
    let context = Context::default();
    let lane = |library| {
        let verdict = verify(&declaration, &observation, library, &context, &profile()).unwrap();
        decide(&default_policy(), &declaration, &verdict, 1).lane
    };
    assert_eq!(lane(library()), Lane::Yellow);
    assert_eq!(lane(site_library()), Lane::Red);
}

#[test]
fn unlike_anything_known_is_suspect_too() {
    let small = build(&["0901", "1202", "4011", "6109", "7208", "8418"], SampleSource::Phantom);
    let declaration = declare(&[("0901", 18_000.0)]);
    let observation = load(&[("4407", 18_000.0)], &Look::default(), 5);
    let verdict = verify(&declaration, &observation, &small, &Context::default(), &profile()).unwrap();
    let decision = decide(&demo_policy(), &declaration, &verdict, 1);
    assert_ne!(decision.lane, Lane::Green, "{}", verdict.risk_score);
    assert!(verdict.headline().en.contains("looks like no goods of the library"), "{:?}", verdict.headline());
}

#[test]
fn more_other_goods_never_lower_the_risk() {
    let mut last = 0.0;
    for share in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        let parts = [("0901", 18_000.0 * (1.0 - share)), ("4407", 18_000.0 * share)];
        let (verdict, _) = judge(&declare(&[("0901", 18_000.0)]), &load(&parts, &Look::default(), 77));
        let llr = verdict.checks.iter().find(|c| c.finding.kind == FindingKind::UndeclaredGoods).unwrap();
        let now = llr.contribution;
        assert!(share == 0.0 || now >= last - 1e-9, "{share}: {now} < {last}");
        last = now;
    }
}
