//! The record that leaves: sums, bytes, sentences.

use pellucid_core::{Grade, Lane};
use pellucid_verify::{Context, RandomLane, decide};
use proptest::prelude::*;

use crate::synthetic::*;

#[test]
fn reasons_add_up_to_the_log_odds_exactly() {
    for (i, parts) in
        [vec![("0901", 18_000.0)], vec![("4407", 9_000.0), ("0901", 9_000.0)], vec![]].iter().enumerate()
    {
        for grade in [Grade::DualEnergyRaw, Grade::Processed] {
            let look = Look { grade, ..Look::default() };
            let (verdict, decision) = judge(&declare(&[("0901", 18_000.0)]), &load(parts, &look, i as u64));
            let record = record(&verdict, &decision);
            let sum = record.reasons.iter().fold(record.prior_log_odds, |sum, r| sum + r.contribution);
            assert_eq!(sum.to_bits(), verdict.log_odds.to_bits());
            assert!((1.0 / (1.0 + (-sum).exp()) - record.probability).abs() < 1e-12);
            assert!(record.interval.contains(record.probability));
            assert!(record.reasons.windows(2).all(|w| w[0].contribution >= w[1].contribution));
            assert!(record.findings.iter().all(|f| f.validity != pellucid_core::FindingValidity::Applicable
                || !f.evidence.is_empty()
                || f.log_likelihood_ratio > 0.0));
        }
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let declaration = declare(&[("0901", 18_000.0)]);
    let observation = load(&[("0901", 14_000.0), ("4407", 4_000.0)], &Look::default(), 1);
    let bytes = || {
        let (verdict, decision) = judge(&declaration, &observation);
        serde_json::to_vec(&record(&verdict, &decision)).unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn sentences_are_those_officers_know() {
    let say = |declared: &[(&str, f64)], parts: &[(&'static str, f64)], look: Look| {
        let (verdict, _) = judge(&declare(declared), &load(parts, &look, 4));
        let text = verdict.headline();
        (text.zh, text.en)
    };
    let coffee = [("0901", 18_000.0)];
    let golden = [
        say(&coffee, &coffee, Look::default()),
        say(&coffee, &[("0901", 15_000.0), ("4407", 3_000.0)], Look::default()),
        say(&coffee, &[("4407", 18_000.0)], Look::default()),
        say(&coffee, &[], Look::default()),
        say(&coffee, &[("0901", 24_000.0)], Look::default()),
        say(&coffee, &coffee, Look { concealment: 0.999, ..Look::default() }),
        say(&[("9999", 18_000.0)], &coffee, Look::default()),
    ];
    let expected = [
        ("未见异常：与申报相符", "No anomaly: the scan agrees with the declaration"),
        (
            "核对品名发现异常：2.6–3.8 t 无法用申报解释，似 4407 锯材，位于箱内右部",
            "2.6–3.8 t not explained by the declaration: looks like 4407 sawn timber, right of the box",
        ),
        (
            "核对品名发现异常：整箱货物（17.3–21.3 t）不似申报的 0901 咖啡豆，似 4407 锯材",
            "The whole load (17.3–21.3 t) does not look like the declared 0901 coffee: looks like 4407 sawn timber",
        ),
        (
            "空箱：申报有货，图像显示空箱，箱内可见货物约 0 kg",
            "Empty: declared loaded, the scan shows an empty box, about 0 kg of cargo to be seen",
        ),
        (
            "重量不符：扫描测得 23.4–28.0 t，比申报的 18.0 t（核实总重）重约 41%",
            "Mass mismatch: 23.4–28.0 t measured, about 41 % more than the declared 18.0 t (VGM)",
        ),
        (
            "疑似夹藏：有与周围货物不同的物体，比周围多 1–3 kg，位于箱内中部",
            "Suspected concealment: an object unlike the cargo around it, 1–3 kg more than its surroundings, middle of the box",
        ),
        (
            "未见异常，但图像库未覆盖申报的 品目 9999，未核对品名",
            "No anomaly, but: The library does not cover heading 9999: goods not checked",
        ),
    ];
    let golden: Vec<(&str, &str)> = golden.iter().map(|(zh, en)| (zh.as_str(), en.as_str())).collect();
    assert_eq!(golden, expected);
}

#[test]
fn random_selection_is_seeded_stored_and_follows_the_tier() {
    let mut declaration = declare(&[("0901", 18_000.0)]);
    let observation = load(&[("0901", 18_000.0)], &Look::default(), 1);
    let (verdict, _) = judge(&declaration, &observation);
    let mut policy = demo_policy();
    policy.random.lane = RandomLane::Yellow;
    policy.random.probability = 0.1;
    let drawn: Vec<bool> =
        (0..2_000).map(|seed| decide(&policy, &declaration, &verdict, seed).is_random_selection).collect();
    let count = drawn.iter().filter(|d| **d).count();
    assert!((150..250).contains(&count), "{count}");
    let seed = drawn.iter().position(|d| *d).unwrap() as u64;
    let decision = decide(&policy, &declaration, &verdict, seed);
    assert_eq!((decision.lane, decision.selection_probability), (Lane::Yellow, 0.1));
    declaration.trader = Some(pellucid_core::Trader { code: "X".into(), credit: Some("严重失信".into()) });
    assert_eq!(decide(&policy, &declaration, &verdict, seed).selection_probability, 1.0);
    declaration.trader = Some(pellucid_core::Trader { code: "X".into(), credit: Some("gold".into()) });
    let decision = decide(&policy, &declaration, &verdict, seed);
    assert!(decision.notes[0].en.contains("\"gold\""), "{:?}", decision.notes);
}

#[test]
fn credit_moves_thresholds_but_not_for_safety() {
    let mut declaration = declare(&[("6109", 6_000.0)]);
    let hidden = Look { concealment: 0.999, lump_kg: 60.0, ..Look::default() };
    let (verdict, _) = judge(&declaration, &load(&[("6109", 6_000.0)], &hidden, 3));
    let mut policy = demo_policy();
    policy.lanes.red_score = verdict.risk_score - 1.0;
    policy.lanes.yellow_score = 1.0;
    for tier in &mut policy.tiers {
        tier.score_margin = if tier.name == "advanced" { 20.0 } else { 0.0 };
    }
    declaration.trader = Some(pellucid_core::Trader { code: "X".into(), credit: Some("advanced".into()) });
    assert_eq!(decide(&policy, &declaration, &verdict, 1).lane, Lane::Red);
    policy.safety.findings.clear();
    assert_eq!(decide(&policy, &declaration, &verdict, 1).lane, Lane::Yellow);
}

#[test]
fn a_prior_from_the_risk_system_moves_the_odds_by_itself() {
    let declaration = declare(&[("0901", 18_000.0)]);
    let observation = load(&[("0901", 18_000.0)], &Look::default(), 1);
    let (base, _) = judge(&declaration, &observation);
    let context = Context { prior_log_odds: Some(base.prior_log_odds + 2.0), ..Context::default() };
    let (moved, _) = judge_in(&declaration, &observation, &context);
    assert!((moved.log_odds - base.log_odds - 2.0).abs() < 1e-12);
    assert_eq!(moved.checks, base.checks);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_load_gives_a_sound_record(seed in 0_u64..500, a in 0_usize..10, b in 0_usize..10, kg in 50.0_f64..26_000.0, share in 0.0_f64..1.0) {
        let (left, right) = (HEADINGS[a], HEADINGS[b]);
        let observation = load(&[(left, kg * share), (right, kg * (1.0 - share))], &Look::default(), seed);
        let (verdict, decision) = judge(&declare(&[(left, kg)]), &observation);
        prop_assert!((0.0..=100.0).contains(&verdict.risk_score));
        prop_assert!((0.0..=1.0).contains(&verdict.probability));
        let observed: f64 = verdict.segments.iter().map(|s| s.amount).sum();
        let shares: f64 = verdict.lines.iter().map(|l| l.found_share).sum();
        prop_assert!(shares <= 1.0 + 1e-9 && observed > 0.0);
        for segment in &verdict.segments {
            let sum = segment.undeclared_share + segment.line_shares.iter().sum::<f64>();
            prop_assert!(sum <= 1.0 + 1e-9, "{sum}");
        }
        prop_assert!(serde_json::to_string(&record(&verdict, &decision)).is_ok());
    }
}
