//! Whole cases: determinism, truth, paperwork, refusals.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::{Grade, TamperingKind};
use pellucid_phantom::{
    Case, Family, Recipe, Scanner, component, make_case, make_case_of, sample_recipes, training_recipe,
};

/// A small machine, so that many cases can be made.
fn coarse(name: &str) -> Scanner {
    Scanner::preset(name).unwrap().with_resolution(101, 48.0)
}

fn case(seed: u64, family: Family) -> (Recipe, Case) {
    let recipe = Recipe::random(seed, family).unwrap();
    let case = make_case(&recipe, &coarse(&recipe.scanner), seed).unwrap();
    (recipe, case)
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let recipe = sample_recipes().unwrap().into_iter().find(|r| r.name == "shirts_with_25_kg").unwrap();
    let scanner = Scanner::preset(&recipe.scanner).unwrap().with_resolution(202, 24.0);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| make_case(&recipe, &scanner, 5).unwrap())
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one.scan, two.scan);
    assert_eq!(one.declaration, two.declaration);
    assert_eq!(one.truth, two.truth);
    assert_eq!(one.item, two.item);
    let bits = |c: &Case| c.areal_density.pixels().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&one), bits(&two));
    let other = make_case(&recipe, &scanner, 6).unwrap();
    assert_ne!(one.declaration, other.declaration);
    assert_ne!(one.truth.items, other.truth.items);
}

#[test]
fn truth_adds_up_in_every_family() {
    for seed in 0..6 {
        for family in Family::ALL {
            let (recipe, case) = case(seed, *family);
            let declared: f64 = case.declaration.items.iter().filter_map(|i| i.net_kg).sum();
            let gross = case.declaration.gross_kg.unwrap();
            let known: f64 = case.truth.items.iter().filter(|i| i.line > 0).map(|i| i.mass_kg).sum();
            let context =
                format!("{} seed {seed}: declared {declared} net, {gross} gross, known {known}", recipe.name);
            case.declaration.validate().unwrap();
            assert!(case.declaration.containers.iter().all(|c| c.id.is_check_digit_valid()));
            assert_eq!(case.truth.containers.len(), recipe.containers.len());
            assert!(gross >= declared, "{context}");
            let mask = |id| case.item.pixels().iter().filter(|i| **i == id).count();
            let boxed = case.truth.containers.iter().all(|c| c.box_px.width > 0 && c.box_px.height > 0);
            assert!(boxed, "{context}");
            match (family, &case.truth.tampering) {
                (Family::Honest, None) => {
                    assert!((gross - known).abs() <= 0.01 * known + 1.0, "{context}");
                    assert_eq!(mask(1000), 0, "{context}");
                }
                (Family::OverWeight, Some(t)) => {
                    assert_eq!(t.kind, TamperingKind::OverWeight);
                    assert!((known - t.mass_kg - gross).abs() <= 0.02 * known, "{context}");
                    let boxes = recipe.containers.len();
                    assert!(boxes > 1 || known > 1.25 * gross, "{context}");
                }
                (Family::ConcealedOrganic, Some(t)) => {
                    assert_eq!(t.mass_kg, 25.0);
                    assert!(mask(1000) > 0, "{context}");
                    let hidden: f64 = case.truth.items.iter().filter(|i| i.line == 0).map(|i| i.mass_kg).sum();
                    assert_eq!(hidden, 25.0, "{context}");
                }
                (Family::Substitution, Some(t)) => {
                    assert!(mask(1000) > 0 && t.mask_id == Some(1000), "{context}");
                    let declared = case.declaration.items[0].hs.as_ref().unwrap();
                    assert_ne!(declared.heading(), t.hs.as_deref(), "{context}");
                    assert_eq!(case.heading_of(1000), t.hs.as_deref());
                }
                (Family::Empty, Some(t)) => {
                    assert!(t.mass_kg > 500.0 && t.mask_id.is_none(), "{context}");
                    assert!(!case.declaration.items.is_empty(), "{context}");
                }
                (_, tampering) => panic!("{context}: {tampering:?}"),
            }
        }
    }
}

#[test]
fn what_is_concealed_lies_inside_the_container_and_shows() {
    for seed in 20..28 {
        let (_, case) = case(seed, Family::ConcealedOrganic);
        let bounds: Vec<_> = case.truth.containers.iter().map(|c| c.box_px).collect();
        let width = case.item.width();
        for (index, component) in case.component.pixels().iter().enumerate() {
            if *component == component::CONCEALED {
                let (x, y) = ((index % width) as u32, (index / width) as u32);
                assert!(bounds.iter().any(|b| x >= b.x && x < b.right() && y >= b.y && y < b.bottom()), "{x} {y}");
                assert_eq!(case.item.pixels()[index], 1000);
            }
        }
    }
}

#[test]
fn two_seeds_are_two_shipments() {
    let recipe = sample_recipes().unwrap().into_iter().find(|r| r.name == "coffee").unwrap();
    let masses: Vec<f64> = (1..6)
        .map(|seed| make_case(&recipe, &coarse(&recipe.scanner), seed).unwrap().truth.items[0].mass_kg)
        .collect();
    for (i, a) in masses.iter().enumerate() {
        assert!((8_000.0..28_000.0).contains(a), "{masses:?}");
        assert!(masses[..i].iter().all(|b| (a - b).abs() > 1.0), "{masses:?}");
    }
}

#[test]
fn samples_cover_grades_and_tampering_and_are_small() {
    let recipes = sample_recipes().unwrap();
    assert_eq!(recipes.len(), 10);
    let kinds: Vec<_> = recipes.iter().filter_map(|r| r.tampering.as_ref()).map(|t| t.kind).collect();
    for kind in [
        TamperingKind::Substitution,
        TamperingKind::Empty,
        TamperingKind::OverWeight,
        TamperingKind::ConcealedOrganic,
    ] {
        assert!(kinds.contains(&kind), "{kind}");
    }
    let grade = |name: &str| {
        let recipe = recipes.iter().find(|r| r.name == name).unwrap();
        let case = make_case_of(recipe, recipe.seed).unwrap();
        let (width, height) = case.scan.views[0].size();
        assert!(width <= 1_200 && height <= 420, "{name}: {width} x {height}");
        case
    };
    let raw = grade("coffee");
    assert_eq!(raw.scan.grade, Grade::DualEnergyRaw);
    let [first, last] = raw.scan.views[0].dose_rows;
    assert!(last >= first + 4, "{:?}", raw.scan.views[0].dose_rows);
    let air = raw.scan.views[0].bands[0].air.iter().filter(|a| **a > 5_000);
    assert!(air.clone().all(|a| (34_000..65_000).contains(a)), "{:?}", air.min());
    assert_eq!(grade("wine_gantry").scan.grade, Grade::SingleEnergyRaw);
    let grey = grade("timber_processed");
    assert_eq!(grey.scan.grade, Grade::Processed);
    assert_eq!(grey.scan.views[0].bands[0].max_value, 255);
    assert!(grey.scan.views[0].geometry.is_none());
}

#[test]
fn training_recipes_are_sound() {
    for seed in 0..200 {
        let (recipe, _) = training_recipe(seed).unwrap();
        recipe.validate("training").unwrap();
    }
}

fn check_refused(change: impl FnOnce(String) -> String, expected: &str) {
    const GOOD: &str = r#"
name = "x"
scanner = "relocatable_6_3p5"
conveyance = "box"
[[containers]]
size = "22G1"
headings = ["6109"]
fill = [0.8, 1.0]
[tampering]
kind = "concealed_organic"
mass_kg = 25.0
"#;
    Recipe::from_toml("x.toml", GOOD).unwrap();
    let text = change(GOOD.to_owned());
    assert_ne!(text, GOOD);
    let error = Recipe::from_toml("x.toml", &text).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn impossible_recipes_are_refused_with_file_key_and_reason() {
    let swap = |from: &'static str, to: &'static str| move |text: String| text.replace(from, to);
    check_refused(swap("[0.8, 1.0]", "[0.8, 1.2]"), "x.toml: containers[0].fill: overfull");
    check_refused(swap("[0.8, 1.0]", "[-0.8, 1.0]"), "x.toml: containers[0].fill: 0 < low");
    check_refused(swap("6109", "9999"), "x.toml: containers[0].headings[0]: unknown heading \"9999\"");
    check_refused(swap("25.0", "-3.0"), "x.toml: tampering.mass_kg: above 0");
    check_refused(swap("mass_kg = 25.0", "material = \"kryptonite\""), "x.toml: tampering.material: ");
    check_refused(swap("concealed_organic", "person"), "x.toml: tampering.kind: person is not made");
    check_refused(swap("concealed_organic", "substitution"), "x.toml: tampering.declared: ");
    check_refused(swap("\"6109\"", "\"empty\""), "x.toml: tampering.container: ");
    check_refused(swap("[tampering]", "[tampering]\ncontainer = 4"), "x.toml: tampering.container: ");
    check_refused(swap("conveyance", "colour"), "reading x.toml");
}

#[test]
fn more_than_fits_is_refused_when_the_load_is_built() {
    let mut recipe = sample_recipes().unwrap().into_iter().find(|r| r.name == "shirts_with_25_kg").unwrap();
    if let Some(tampering) = &mut recipe.tampering {
        tampering.mass_kg = Some(5_000.0);
    }
    recipe.containers[0].fill = [0.02, 0.02];
    let error = make_case(&recipe, &coarse(&recipe.scanner), 1).unwrap_err().to_string();
    assert!(error.contains("tampering.mass_kg: 5000 kg do not fit"), "{error}");
}

#[test]
fn faulty_scanners_are_refused() {
    let good = include_str!("../scanners/gantry_6.toml");
    for (from, to, expected) in [
        ("rows = 404", "rows = 2", "s.toml: fan.rows"),
        ("detector_distance_mm = 8000.0", "detector_distance_mm = 100.0", "s.toml: fan.detector_distance_mm"),
        ("endpoint_mev = 6.0", "endpoint_mev = 60.0", "s.toml: bands[0].endpoint_mev"),
        ("kind = \"high\"", "kind = \"low\"", "s.toml: bands[0].kind"),
        ("dead_detectors = [0, 4]", "dead_detectors = [0, 400]", "s.toml: imperfections.dead_detectors"),
        ("gain_spread = 0.02", "gain_spread = -1.0", "s.toml: imperfections.gain_spread"),
    ] {
        let text = good.replace(from, to);
        assert_ne!(text, good);
        let error = Scanner::from_toml("s.toml", &text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(Scanner::preset("tricorder").unwrap_err().to_string().contains("gantry_6"));
}
