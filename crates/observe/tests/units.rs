//! Units counted in phantoms whose goods have known sizes.

#![allow(clippy::unwrap_used, reason = "what cannot be observed has failed the test")]

mod scene;

use pellucid_core::{IsoSize, UnitCount};
use pellucid_observe::observe_with;
use pellucid_phantom::Conveyance;
use scene::{beams, cargo_of, case, found, image, recipe};

/// Units of a load, and how long the load really is, mm.
fn counted(heading: &str, seed: u64) -> (Vec<UnitCount>, f64) {
    let case = case(&recipe(&[heading], IsoSize::Twenty, Conveyance::Trailer), seed);
    let imaged = image(&case);
    let containers = found(&case, &imaged);
    let outputs: Vec<_> = containers.iter().map(|c| cargo_of(&case, c)).collect();
    let observation = observe_with(&imaged, &beams(&case), &containers, &outputs).unwrap();
    let length = case.truth.items.first().map_or(0.0, |item| item.box_mm[3] - item.box_mm[0]);
    (observation.containers[0].units.clone(), length)
}

/// Of `seeds` loads, how many are counted with a width within `range`; whatever is counted must be.
fn check(heading: &str, seeds: u64, range: [f64; 2], at_least: usize) {
    let mut right = 0;
    for seed in 0..seeds {
        let (units, length) = counted(heading, seed);
        for row in &units {
            println!(
                "{heading} {seed}: {} x {:.0} mm, layers {:?}, length {length:.0}",
                row.along, row.width_mm, row.layers
            );
            assert!((range[0]..=range[1]).contains(&row.width_mm), "{heading} {seed}: {row:?}");
        }
        let seen: f64 = units.iter().map(|row| f64::from(row.along) * row.width_mm).sum();
        right += usize::from(!units.is_empty() && (seen / length - 1.0).abs() < 0.2);
    }
    assert!(right >= at_least, "{heading}: {right} of {seeds}");
}

#[test]
fn appliances_are_counted_along_the_box() {
    // 590 to 760 mm wide or deep, up to 80 % of what is left shared out between them. Seams of half of the loads are too
    // faint to repeat surely: those are left uncounted.
    check("8418", 6, [590.0, 860.0], 3);
}

#[test]
fn cartons_of_bottles_are_counted() {
    check("2204", 6, [200.0, 520.0], 4);
}

#[test]
fn what_does_not_repeat_is_not_counted() {
    for seed in 0..4 {
        assert!(counted("empty", seed).0.is_empty());
        let sacks = counted("0901", seed).0;
        assert!(sacks.iter().all(|row| row.width_mm > 300.0), "{sacks:?}");
    }
}
