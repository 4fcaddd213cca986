//! Which box, which container, which number.

use pellucid_core::{ContainerRead, ContainerType, FindingKind, Grade, IsoSize, Lane, RiskLevel};
use pellucid_verify::Context;

use crate::synthetic::*;

fn part(heading: &'static str, kg: f64) -> Vec<Part> {
    vec![Part { heading, kg }]
}

#[test]
fn two_boxes_and_one_declared_are_ambiguous_and_not_green() {
    let boxes = vec![
        observe(&part("0901", 18_000.0), &Look::default(), 1),
        observe(&part("4407", 18_000.0), &Look::default(), 2),
    ];
    let scan = scan(boxes, Grade::DualEnergyRaw);
    let declaration = declare(&[("0901", 18_000.0)]);
    let (verdict, decision) = judge(&declaration, &scan);
    assert_eq!((decision.lane, decision.risk_level), (Lane::Yellow, RiskLevel::Unknown));
    assert!(verdict.degraded[0].en.contains("cannot be told which one"), "{:?}", verdict.degraded);
    assert_eq!(verdict.boxes, [0]);
    let context = Context { container_index: Some(1), ..Context::default() };
    let (verdict, decision) = judge_in(&declaration, &scan, &context);
    assert_eq!(verdict.boxes, [1]);
    assert_eq!(decision.lane, Lane::Red);
}

#[test]
fn two_boxes_of_one_shipment_are_judged_together() {
    let mut declaration = declare(&[("0901", 36_000.0)]);
    let mut second = declaration.containers[0].clone();
    second.id = "MSKU9070323".parse().unwrap();
    declaration.containers[0].vgm_kg = Some(20_230.0);
    second.vgm_kg = Some(20_230.0);
    declaration.containers.push(second);
    let boxes = vec![
        observe(&part("0901", 18_000.0), &Look::default(), 1),
        observe(&part("0901", 18_000.0), &Look::default(), 2),
    ];
    let (verdict, decision) = judge(&declaration, &scan(boxes, Grade::DualEnergyRaw));
    assert_eq!(decision.lane, Lane::Green, "{:?} {:?}", verdict.headline(), decision.obstacles);
    assert_eq!(verdict.mass.declared_kg, Some(36_000.0));
    // One box of the two alone: only the VGM says what should be in it.
    let context = Context { container: Some("MSKU9070323".parse().unwrap()), ..Context::default() };
    let one = scan(vec![observe(&part("0901", 18_000.0), &Look::default(), 3)], Grade::DualEnergyRaw);
    let (verdict, decision) = judge_in(&declaration, &one, &context);
    assert_eq!(decision.lane, Lane::Green, "{:?} {:?}", verdict.headline(), decision.obstacles);
    assert_eq!(verdict.mass.declared_kg, Some(18_000.0));
}

#[test]
fn no_container_is_unknown() {
    let (verdict, decision) = judge(&declare(&[("0901", 18_000.0)]), &scan(vec![], Grade::DualEnergyRaw));
    assert_eq!((decision.lane, decision.risk_level), (Lane::Yellow, RiskLevel::Unknown));
    assert!(verdict.headline().en.contains("No container was found"), "{:?}", verdict.headline());
}

#[test]
fn an_unusable_scan_is_unknown() {
    let mut observation = load(&[("0901", 18_000.0)], &Look::default(), 1);
    observation.quality.is_usable = false;
    let (_, decision) = judge(&declare(&[("0901", 18_000.0)]), &observation);
    assert_eq!((decision.lane, decision.risk_level), (Lane::Yellow, RiskLevel::Unknown));
}

#[test]
fn container_numbers_are_compared_with_what_was_read() {
    let declaration = declare(&[("0901", 18_000.0)]);
    let observation = load(&[("0901", 18_000.0)], &Look::default(), 1);
    for (read, is_claim) in [("CSQU3054383", false), ("MSKU9070323", true), ("MSKU907032", false)] {
        let read = ContainerRead { id: read.into(), confidence: 0.95, source: "ocr".into() };
        let context = Context { containers_read: vec![read.clone()], ..Context::default() };
        let (verdict, _) = judge_in(&declaration, &observation, &context);
        let claims = verdict.checks.iter().filter(|c| c.finding.kind == FindingKind::ContainerNumber && c.is_claim());
        assert_eq!(claims.count() > 0, is_claim, "{}", read.id);
    }
}

#[test]
fn a_shared_container_is_not_accused_of_others_goods() {
    let mut declaration = declare(&[("0901", 9_000.0)]);
    declaration.containers[0].lcl = true;
    declaration.containers[0].vgm_kg = None;
    let observation = load(&[("0901", 9_000.0), ("4407", 9_000.0)], &Look::default(), 1);
    let (verdict, decision) = judge(&declaration, &observation);
    assert_eq!((decision.lane, decision.risk_level), (Lane::Yellow, RiskLevel::Unknown), "{:?}", verdict.headline());
}

#[test]
fn a_declaration_that_contradicts_itself_is_said_so() {
    let mut declaration = declare(&[("0901", 18_000.0)]);
    declaration.gross_kg = Some(15_000.0);
    let (verdict, _) = judge(&declaration, &load(&[("0901", 18_000.0)], &Look::default(), 1));
    let texts: Vec<&str> =
        verdict.checks.iter().filter(|c| c.is_claim()).map(|c| c.finding.text.en.as_str()).collect();
    assert!(texts.contains(&"Declared net masses add up to 17.5 t, more than the gross mass of 15.0 t"), "{texts:?}");
}

#[test]
fn goods_of_the_other_box_are_not_declared_here() {
    let mut declaration = declare(&[("0901", 18_000.0), ("4407", 16_000.0)]);
    let mut second = declaration.containers[0].clone();
    second.id = "MSKU9070323".parse().unwrap();
    declaration.containers[0].items = vec![1];
    declaration.containers[0].vgm_kg = Some(20_230.0);
    second.items = vec![2];
    second.vgm_kg = Some(18_230.0);
    declaration.containers.push(second);
    let judge_boxes = |left: (&'static str, f64), right: (&'static str, f64)| {
        let boxes = vec![
            observe(&part(left.0, left.1), &Look::default(), 1),
            observe(&part(right.0, right.1), &Look::default(), 2),
        ];
        judge(&declaration, &scan(boxes, Grade::DualEnergyRaw))
    };
    // Either order is honest.
    for (left, right) in [(("0901", 18_000.0), ("4407", 16_000.0)), (("4407", 16_000.0), ("0901", 18_000.0))] {
        let (verdict, decision) = judge_boxes(left, right);
        assert_eq!(decision.lane, Lane::Green, "{:?} {:?}", verdict.headline(), decision.obstacles);
    }
    // Timber in both is not.
    let (verdict, decision) = judge_boxes(("4407", 18_000.0), ("4407", 16_000.0));
    assert_eq!(decision.lane, Lane::Red, "{:?}", verdict.headline());
    assert!(verdict.headline().en.contains("looks like 4407"), "{:?}", verdict.headline());
    // Too much in one does not make up for too little in the other.
    let (verdict, decision) = judge_boxes(("0901", 11_000.0), ("4407", 23_000.0));
    assert_ne!(decision.lane, Lane::Green, "{:?}", verdict.headline());
}

#[test]
fn a_type_that_was_not_declared_is_said_so() {
    let declaration = declare(&[("0901", 18_000.0)]);
    for (container_type, size_type, differs) in [
        (Some(ContainerType::Reefer), "22R0", true),
        (Some(ContainerType::Tank), "22T0", true),
        (Some(ContainerType::Dry), "22G1", false),
        (None, "22??", false),
    ] {
        let mut observation = load(&[("0901", 18_000.0)], &Look::default(), 3);
        observation.containers[0].container_type = container_type;
        let (verdict, _) = judge(&declaration, &observation);
        let said = verdict.checks.iter().any(|c| c.finding.text.en.contains("size or type differs"));
        assert_eq!(said, differs, "{container_type:?}");
        assert_eq!(observation.containers[0].size_type()[..3], size_type[..3]);
    }
    // A picture tells the length of a long box, not its height.
    let mut picture = load(&[("0901", 18_000.0)], &Look::default(), 3).containers.remove(0);
    (picture.size, picture.height_mm) = (Some(IsoSize::Forty), None);
    assert_eq!(picture.size_type(), "40 ft dry");
    picture.size = None;
    assert_eq!(picture.size_type(), "size unknown");
}
