//! Truth tests of dual energy on plates of known material that nothing was chosen on; `results/dual-energy.md` holds the
//! figures and the picture.

#![allow(clippy::unwrap_used)]

use pellucid_benches::dual_energy::{CONFIDENCES, HELD_OUT, PlateScore, Score, coverage, judge_plates, sum};
use pellucid_core::MaterialClass;
use pellucid_imaging::physics::material;

type Reading = fn(&PlateScore) -> &Score;

const READINGS: [(&str, Reading); 2] = [("pixels", |s| &s.pixels), ("means behind known steel", |s| &s.rays)];

fn class_of(name: &str) -> MaterialClass {
    material(name).unwrap().class
}

/// `A` up to `opaque` shows both bands well; thin metal looks like lead up to `thin` g/cm².
fn check(preset: &str, opaque: f64, thin: f64) {
    let scores = judge_plates(preset, &HELD_OUT);
    for (reading, score) in READINGS {
        let all = sum(&scores, score);
        let wrong = all.wrong_share().unwrap();
        let covered = [1, 2].map(|sigmas| coverage(scores.iter(), score, sigmas));
        println!("{preset}, {reading}: wrong {:.2} %, within 1 and 2 sigma {covered:.3?}", 100.0 * wrong);
        assert!(wrong < 0.004, "{preset}, {reading}: {wrong} named wrong");
        assert!((0.6..0.88).contains(&covered[0]) && covered[1] > 0.93, "{preset}, {reading}: {covered:?}");
        for (from, [named, right]) in CONFIDENCES.into_iter().zip(all.confident) {
            assert!(named == 0.0 || right / named >= from, "{preset}, {reading}: {right} of {named} at {from}");
        }
        // Heavy matter is never taken for anything else, however thin.
        let heavy = scores.iter().filter(|s| class_of(s.material) == MaterialClass::Heavy);
        let wrong = sum(heavy, score).wrong_share().unwrap();
        assert!(wrong < 0.01, "{preset}, {reading}: {wrong} of heavy plates named wrong");
        // What is thick enough and still shows light is named.
        for (class, from) in
            [(MaterialClass::Organic, 16.0), (MaterialClass::LightInorganic, 36.0), (MaterialClass::Metal, thin)]
        {
            let clear = scores.iter().filter(|s| {
                class_of(s.material) == class && s.areal_density >= from && s.a_high < opaque && s.steel < 3.0
            });
            let right = sum(clear, score).right_share().unwrap();
            println!("  {class:?} from {from} g/cm² up to A = {opaque}: {:.1} % named right", 100.0 * right);
            assert!(right > 0.85, "{preset}, {reading}, {class:?}: {right}");
        }
    }
    for s in scores.iter().filter(|s| s.areal_density >= 16.0 && s.a_high < opaque) {
        let (bias, what) = (s.rays.bias().unwrap(), format!("{} {} behind {}", s.material, s.areal_density, s.steel));
        let limit = match class_of(s.material) {
            MaterialClass::Organic => 0.04,
            MaterialClass::Heavy => 0.25,
            _ => 0.07,
        };
        assert!(bias.abs() < limit, "{preset}: areal density of {what} off by {bias}");
    }
}

#[test]
fn plates_are_what_they_are_at_6_and_3p5_mv() {
    check("relocatable_6_3p5", 3.0, 36.0);
}

#[test]
fn plates_are_what_they_are_at_9_and_6_mv() {
    check("portal_9_6", 3.5, 25.0);
}
