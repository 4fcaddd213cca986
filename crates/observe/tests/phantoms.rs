//! Observation against the truth of phantoms: boxes, kilograms, emptiness, segments, grades.

#![allow(clippy::unwrap_used, reason = "what cannot be observed has failed the test")]

mod scene;

use pellucid_core::{ContainerObservation, ErrorKind, Grade, IsoSize, Observation, PixelBox};
use pellucid_imaging::Imaged;
use pellucid_observe::{
    Beam, ContainerGeometry, ObserveError, find_containers, layout_window, observe, observe_with,
};
use pellucid_phantom::structure::{Tractor, Vehicle};
use pellucid_phantom::{Case, Conveyance, Recipe, component, to_processed};
use scene::{beams, cargo_of, case, found, image, layout_of, layout_of_boxes, recipe};

fn observed(case: &Case) -> (Imaged, Vec<ContainerGeometry>, Observation) {
    let imaged = image(case);
    let containers = found(case, &imaged);
    let outputs: Vec<_> = containers.iter().map(|c| cargo_of(case, c)).collect();
    let observation = observe_with(&imaged, &beams(case), &containers, &outputs).unwrap();
    (imaged, containers, observation)
}

fn only(case: &Case) -> ContainerObservation {
    let mut containers = observed(case).2.containers;
    assert_eq!(containers.len(), 1);
    containers.remove(0)
}

fn loaded_kg(case: &Case) -> f64 {
    case.truth.items.iter().map(|i| i.mass_kg).sum()
}

#[test]
fn boxes_are_found_within_a_few_pixels_with_and_without_a_lorry() {
    for (heading, size, conveyance, seed) in [
        ("0901", IsoSize::Twenty, Conveyance::Truck, 3),
        ("4011", IsoSize::Forty, Conveyance::Box, 42),
        ("4407", IsoSize::Twenty, Conveyance::Trailer, 18),
        ("8418", IsoSize::FortyHigh, Conveyance::Truck, 47),
        ("empty", IsoSize::FortyHigh, Conveyance::Box, 26),
    ] {
        let case = case(&recipe(&[heading], size, conveyance), seed);
        let containers = found(&case, &image(&case));
        assert_eq!(containers.len(), 1, "{heading} {size:?}");
        let (c, truth) = (&containers[0], case.truth.containers[0].box_px);
        let iou = c.region.iou(truth);
        assert!(iou > 0.94, "{heading} {size:?}: IoU {iou:.3}, {:?} for {truth:?}", c.region);
        for (got, expect) in [(c.region.x, truth.x), (c.region.right(), truth.right()), (c.region.y, truth.y)] {
            assert!(got.abs_diff(expect) <= 3, "{heading} {size:?}: {:?} for {truth:?}", c.region);
        }
        assert_eq!(c.size, Some(size));
        assert!(c.confidence > 0.8 && c.place.is_some());
    }
}

#[test]
fn two_boxes_on_one_chassis_are_told_apart() {
    let case = case(&recipe(&["0901", "6109"], IsoSize::Twenty, Conveyance::Truck), 5);
    let containers = found(&case, &image(&case));
    assert_eq!(containers.len(), 2);
    for (c, truth) in containers.iter().zip(&case.truth.containers) {
        assert!(c.region.iou(truth.box_px) > 0.93, "{:?} for {:?}", c.region, truth.box_px);
        assert_eq!(c.size, Some(IsoSize::Twenty));
    }
}

#[test]
fn without_a_mask_the_dark_block_is_taken_with_little_confidence() {
    let case = case(&recipe(&["0901"], IsoSize::Twenty, Conveyance::Box), 9);
    let imaged = image(&case);
    let window = layout_window(&imaged.views[0], 0);
    let mut layout = layout_of(&case, &window);
    layout.classes.values.fill(0.1);
    let containers = find_containers(&imaged.views[0], &layout, &window);
    assert_eq!(containers.len(), 1);
    assert!(containers[0].confidence <= 0.2);
    assert!(containers[0].region.iou(case.truth.containers[0].box_px) > 0.7, "{:?}", containers[0].region);
    layout.class_names = vec!["something".to_owned()];
    assert!(find_containers(&imaged.views[0], &layout, &window)[0].confidence <= 0.2);
}

#[test]
fn loads_of_one_kind_are_weighed_within_eight_percent() {
    for (heading, size, seed) in [
        ("0901", IsoSize::FortyHigh, 14),
        ("0901", IsoSize::Twenty, 27),
        ("1202", IsoSize::Forty, 28),
        ("1202", IsoSize::FortyHigh, 41),
        ("2204", IsoSize::FortyHigh, 29),
        ("6109", IsoSize::FortyHigh, 32),
        ("6109", IsoSize::Twenty, 45),
        ("4011", IsoSize::Twenty, 30),
    ] {
        let case = case(&recipe(&[heading], size, Conveyance::Trailer), seed);
        let truth = loaded_kg(&case);
        let container = only(&case);
        let mass = container.cargo_mass.unwrap();
        let error = mass.best_kg / truth - 1.0;
        println!(
            "{heading} {size:?}: {:.0} kg {:?} for {truth:.0} kg ({:+.1} %)",
            mass.best_kg,
            mass.kg,
            100.0 * error
        );
        assert!(error.abs() < 0.08, "{heading} {size:?}: {:.0} kg for {truth:.0} kg", mass.best_kg);
        assert!(mass.kg.contains(truth), "{heading} {size:?}: {truth:.0} kg is not in {:?}", mass.kg);
        let by_patch: f64 = container.patches.iter().filter_map(|p| p.best_kg).sum();
        let by_segment: f64 = container.segments.iter().filter_map(|s| s.best_kg).sum();
        assert!((by_patch / mass.best_kg - 1.0).abs() < 1e-6 && (by_segment / mass.best_kg - 1.0).abs() < 1e-6);
        assert!(container.empty_probability < 0.05, "{heading}: {}", container.empty_probability);
    }
}

#[test]
fn steel_coils_are_opaque_and_give_a_lower_bound_only() {
    let case = case(&recipe(&["7208"], IsoSize::Twenty, Conveyance::Trailer), 33);
    let container = only(&case);
    let mass = container.cargo_mass.unwrap();
    assert!(mass.kg.hi.is_none() && mass.kg.lo < loaded_kg(&case), "{mass:?}");
    assert!(container.patches.iter().any(|p| p.mass_kg.is_some_and(|kg| kg.hi.is_none())));
    assert!(container.empty_probability < 0.05);
}

#[test]
fn empty_boxes_look_empty() {
    for (size, seed) in [(IsoSize::Twenty, 39), (IsoSize::Forty, 13), (IsoSize::FortyHigh, 26)] {
        let container = only(&case(&recipe(&["empty"], size, Conveyance::Trailer), seed));
        let mass = container.cargo_mass.unwrap();
        assert!(container.empty_probability > 0.9, "{size:?}: {}", container.empty_probability);
        assert!(mass.best_kg < 150.0 && container.fill_share < 0.06, "{size:?}: {mass:?} {}", container.fill_share);
    }
}

#[test]
fn a_sleeper_that_a_model_takes_for_a_box_is_none() {
    let mut truck = recipe(&["0901"], IsoSize::Twenty, Conveyance::Truck);
    truck.vehicle = Some(Vehicle { tractor: Some(Tractor::ConventionalSleeper), ..Vehicle::default() });
    let case = case(&truck, 17);
    let imaged = image(&case);
    let container = case.truth.containers[0].box_px;
    // The cab stands before or behind the box, depending on which way the truck drives.
    let is_cab =
        |x: u32| (0..case.component.height()).any(|y| case.component.at(x as usize, y) == component::TRACTOR);
    let columns: Vec<u32> = (0..case.component.width() as u32)
        .filter(|x| !(container.x..container.right()).contains(x) && is_cab(*x))
        .collect();
    let drop_px = container.height / 8;
    let cab = PixelBox {
        x: columns[columns.len() / 2] - 100,
        y: container.y + drop_px,
        width: 200,
        height: container.height - drop_px,
    };
    let window = layout_window(&imaged.views[0], 0);
    let layout = layout_of_boxes(&[container, cab], &window);
    let found = find_containers(&imaged.views[0], &layout, &window);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].size, Some(IsoSize::Twenty));
    // A piece that is level with the box may be of another box: it is kept, of no size.
    let piece = PixelBox { x: container.x + 150, width: container.width - 150, ..container };
    let torn = layout_of_boxes(&[PixelBox { width: 110, ..container }, piece], &window);
    assert!(!find_containers(&imaged.views[0], &torn, &window).is_empty());
    // Alone in a picture it is not thrown away: somebody must look.
    let alone = find_containers(&imaged.views[0], &layout_of_boxes(&[cab], &window), &window);
    assert!(!alone.is_empty() && alone.iter().all(|c| c.size.is_none()), "{alone:?}");
}

#[test]
fn segments_keep_to_one_kind_of_goods() {
    let mut mixed = recipe(&["0901"], IsoSize::Forty, Conveyance::Trailer);
    mixed.containers[0].headings = vec!["0901".to_owned(), "8418".to_owned()];
    let container = only(&case(&mixed, 11));
    let kind = |i: u32| {
        let p = &container.patches[i as usize].commodity;
        (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap()
    };
    let goods = [0, 1];
    let (mut patches, mut strangers, mut largest) = (0, 0, 0);
    for segment in &container.segments {
        let members: Vec<usize> = segment.patches.iter().map(|i| kind(*i)).filter(|k| goods.contains(k)).collect();
        let first = members.iter().filter(|k| **k == 0).count();
        patches += members.len();
        strangers += first.min(members.len() - first);
        largest = largest.max(segment.patches.len());
    }
    assert!(patches > 300 && largest <= 60);
    assert!(strangers * 50 < patches, "{strangers} of {patches} patches are in segments of the other goods");
    let in_fair_segments: usize = container.segments.iter().map(|s| s.patches.len()).filter(|n| *n >= 10).sum();
    let all: usize = container.segments.iter().map(|s| s.patches.len()).sum();
    assert!(in_fair_segments * 10 > all * 8, "{in_fair_segments} of {all} patches are in segments of 10 or more");
}

#[test]
fn processed_pictures_give_shares_and_no_kilograms() {
    let raw = case(&recipe(&["6109"], IsoSize::Forty, Conveyance::Truck), 19);
    let picture = Case { scan: to_processed(&raw.scan, 1).unwrap(), ..raw.clone() };
    assert_eq!(picture.scan.grade, Grade::Processed);
    let (_, containers, observation) = observed(&picture);
    assert_eq!(containers.len(), 1);
    let iou = containers[0].region.iou(raw.truth.containers[0].box_px);
    assert!(iou > 0.9, "IoU {iou:.3}");
    let container = &observation.containers[0];
    assert!(container.cargo_mass.is_none());
    assert!(container.patches.iter().all(|p| p.best_kg.is_none() && p.mass_kg.is_none()));
    assert!(container.segments.iter().all(|s| s.best_kg.is_none() && s.mass_kg.is_none()));
    assert!(!container.segments.is_empty() && container.segments.iter().all(|s| s.attenuation_area_m2 > 0.0));
    assert!(container.fill_share > 0.3 && container.empty_probability < 0.1);
}

#[test]
fn one_energy_gives_kilograms_along_an_assumed_composition() {
    let one = Recipe { scanner: "gantry_6".to_owned(), ..recipe(&["0901"], IsoSize::Twenty, Conveyance::Trailer) };
    let case = case(&one, 7);
    assert_eq!(case.scan.grade, Grade::SingleEnergyRaw);
    let container = only(&case);
    let (mass, truth) = (container.cargo_mass.unwrap(), loaded_kg(&case));
    assert!((mass.best_kg / truth - 1.0).abs() < 0.1, "{:.0} kg for {truth:.0} kg", mass.best_kg);
    assert!(container.segments.iter().all(|s| s.material.undecidable > 0.99));
}

#[test]
fn the_beam_is_inferred_and_the_same_scan_gives_the_same_observation() {
    let case = case(&recipe(&["1202"], IsoSize::Twenty, Conveyance::Box), 2);
    let (imaged, containers, first) = observed(&case);
    assert_eq!(Beam::inferred(&imaged.views[0]), beams(&case)[0]);
    let outputs: Vec<_> = containers.iter().map(|c| cargo_of(&case, c)).collect();
    assert_eq!(observe(&imaged, &containers, &outputs).unwrap(), first);
}

#[test]
fn outputs_that_do_not_fit_are_refused() {
    let case = case(&recipe(&["1202"], IsoSize::Twenty, Conveyance::Box), 2);
    let imaged = image(&case);
    let containers = found(&case, &imaged);
    let output = cargo_of(&case, &containers[0]);
    let none = observe(&imaged, &containers, &[]).unwrap_err();
    assert_eq!(none, ObserveError::Count { containers: 1, outputs: 0 });
    assert_eq!(none.kind(), ErrorKind::Internal);
    let mut other_view = containers.clone();
    other_view[0].view = 4;
    let output_of = |change: fn(&mut pellucid_core::CargoOutput)| {
        let mut changed = output.clone();
        change(&mut changed);
        [changed]
    };
    let view = observe(&imaged, &other_view, &output_of(|_| {})).unwrap_err();
    assert!(matches!(view, ObserveError::View { view: 4, .. }), "{view}");
    let grid = observe(&imaged, &containers, &output_of(|o| o.embedding.width = 88)).unwrap_err();
    assert!(matches!(grid, ObserveError::Grid { cols: 88, .. }), "{grid}");
    let planes = observe(&imaged, &containers, &output_of(|o| o.headings.push("x".to_owned()))).unwrap_err();
    assert!(matches!(planes, ObserveError::Planes { plane: "commodity", .. }), "{planes}");
}
