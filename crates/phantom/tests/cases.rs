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
    let tampering = |to: &'static str| swap("kind = \"concealed_organic\"\nmass_kg = 25.0", to);
    check_refused(tampering("kind = \"substitution\""), "x.toml: tampering.declared: ");
    check_refused(tampering("kind = \"teleport\""), "reading x.toml");
    check_refused(tampering("kind = \"person\"\nhat = true"), "reading x.toml");
    check_refused(
        tampering("kind = \"person\"\nmass_kg = 70.0"),
        "x.toml: tampering.mass_kg: person does not take it",
    );
    check_refused(tampering("kind = \"person\"\ncount = 9"), "x.toml: tampering.count: 1 to 6, got 9");
    check_refused(tampering("kind = \"person\"\nplace = \"cab\""), "x.toml: tampering.place: person takes");
    check_refused(tampering("kind = \"rip_on\"\ncount = 0"), "x.toml: tampering.count: 1 to 8, got 0");
    check_refused(tampering("kind = \"rip_on\"\nmass_kg = 900.0"), "x.toml: tampering.mass_kg: 5 and at most 400");
    check_refused(tampering("kind = \"reefer_hide\""), "x.toml: tampering.kind: reefer_hide is not possible");
    check_refused(tampering("kind = \"vehicle_hide\""), "x.toml: tampering.kind: vehicle_hide needs conveyance");
    check_refused(tampering("kind = \"concealed_goods\""), "x.toml: tampering.heading: ");
    check_refused(tampering("kind = \"concealed_goods\"\nheading = \"6109\""), "x.toml: tampering.heading: 6109 is");
    check_refused(tampering("kind = \"concealed_metal\"\nobject = \"pig\""), "x.toml: tampering.object: ");
    check_refused(
        tampering("kind = \"concealed_metal\"\nobject = \"bars\"\nmaterial = \"water\""),
        "x.toml: tampering.material: one of gold",
    );
    check_refused(
        tampering("kind = \"concealed_organic\"\nmaterial = \"cocaine\"\ndensity_g_per_cm3 = 1.5"),
        "x.toml: tampering.density_g_per_cm3: above 0 and at most the material's own 1.2, got 1.5",
    );
    check_refused(
        tampering("kind = \"concealed_organic\"\nmaterial = \"cocaine\"\ndensity_g_per_cm3 = 0.0"),
        "x.toml: tampering.density_g_per_cm3: ",
    );
    check_refused(
        tampering("kind = \"concealed_organic\"\nbrick_mm = [2000.0, 40.0, 100.0]"),
        "x.toml: tampering.brick_mm: ",
    );
    check_refused(
        tampering("kind = \"false_structure\"\nfilled = false\nmass_kg = 9.0"),
        "x.toml: tampering.mass_kg: what is not filled",
    );
    check_refused(
        tampering("kind = \"substitution\"\ndeclared = \"0901\"\nshare = [0.5, 0.95]"),
        "x.toml: tampering.share: 0.02",
    );
    check_refused(
        tampering("kind = \"over_weight\"\nplace = \"roof\""),
        "x.toml: tampering.place: over_weight does not",
    );
    // Two tamperings.
    check_refused(swap("[tampering]", "[tampering]\nkind = \"person\"\n[tampering]"), "reading x.toml");
    check_refused(swap("[tampering]", "[[tampering]]"), "reading x.toml");
    // People in a tank.
    let tank = |text: String| {
        text.replace("headings = [\"6109\"]", "headings = [\"empty\"]\ncontainer_type = \"tank\"")
            .replace("kind = \"concealed_organic\"\nmass_kg = 25.0", "kind = \"person\"")
    };
    check_refused(tank, "x.toml: tampering.kind: person is not possible in a container of type 22T");
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

/// A recipe of an empty or loaded box with objects of these lines.
fn with_objects(heading: &str, objects: &[&str]) -> Result<Recipe, String> {
    let mut text = format!(
        "name = 'x'\nscanner = 'relocatable_6_3p5'\nconveyance = 'box'\n[[containers]]\nsize = '22G1'\nheadings = ['{heading}']\nfill = [0.3, 0.3]\n"
    );
    for object in objects {
        text.push_str(&format!("[[containers.objects]]\n{object}\n"));
    }
    Recipe::from_toml("x.toml", &text).map_err(|error| format!("{error}: {:?}", std::error::Error::source(&error)))
}

const STEEL: &str =
    "shape = 'block'\nat_mm = [1000.0, 0.0, 500.0]\nsize_mm = [800.0, 400.0, 600.0]\nmaterial = 'steel'";
const DRUM: &str = "shape = 'cylinder'\naxis = 'y'\nat_mm = [3000.0, 0.0, 900.0]\nsize_mm = [580.0, 880.0, 580.0]\nmaterial = 'water'";

#[test]
fn objects_stand_where_they_are_said_to_and_weigh_what_they_weigh() {
    let declared = format!("{STEEL}\nhs = '7208'");
    let hidden = format!("{DRUM}\nhs = '2208'\nline = 0");
    let recipe = with_objects("empty", &[&declared, &hidden]).unwrap();
    let case = make_case(&recipe, &coarse(&recipe.scanner), 1).unwrap();
    let item = |line: u32| case.truth.items.iter().find(|i| i.line == line).unwrap();
    assert!((item(1).mass_kg / (0.8 * 0.4 * 0.6 * 7850.0) - 1.0).abs() < 1e-9);
    assert_eq!(item(1).hs, "7208");
    assert!((item(0).mass_kg / (std::f64::consts::PI * 0.29 * 0.29 * 0.88 * 1000.0) - 1.0).abs() < 1e-9);
    let [x0, y0, z0, x1, y1, z1] = item(1).box_mm;
    let along = [x0, x1] == [1000.0, 1800.0] || (x1 - x0 - 800.0).abs() < 0.2;
    assert!(along && [y0, y1, z0, z1] == [0.0, 400.0, 500.0, 1100.0], "{:?}", item(1).box_mm);
    for (value, hs) in [(1, "7208"), (1000, "2208")] {
        assert!(case.item.pixels().contains(&value), "{value}");
        assert_eq!(case.heading_of(value), Some(hs));
    }
    assert_eq!(case.declaration.items.len(), 1);
    let net = case.declaration.items[0].net_kg.unwrap();
    assert!((net / item(1).mass_kg - 1.0).abs() < 0.01, "{net}");
}

#[test]
fn impossible_objects_are_refused_with_their_key() {
    let refused = |objects: &[&str], expected: &str| {
        let error = with_objects("empty", objects).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    refused(
        &[&STEEL.replace("1000.0, 0.0", "5500.0, 0.0")],
        "x.toml: containers[0].objects[0].at_mm: outside the box",
    );
    refused(&[&STEEL.replace("1000.0, 0.0", "-1.0, 0.0")], "containers[0].objects[0].at_mm: outside");
    refused(&[STEEL, STEEL], "x.toml: containers[0].objects[1].at_mm: overlaps containers[0].objects[0]");
    refused(&[STEEL, &DRUM.replace("3000.0", "1700.0")], "containers[0].objects[1].at_mm: overlaps");
    refused(&[&STEEL.replace("steel", "kryptonite")], "containers[0].objects[0].material: ");
    refused(&[&format!("{STEEL}\ndensity_g_per_cm3 = 0.0")], "containers[0].objects[0].density_g_per_cm3: ");
    refused(&[&format!("{STEEL}\ndensity_g_per_cm3 = 26.0")], "containers[0].objects[0].density_g_per_cm3: ");
    refused(&[&format!("{STEEL}\nhs = '9999'")], "containers[0].objects[0].hs: unknown heading");
    refused(&[&format!("{STEEL}\nline = 1")], "containers[0].objects[0].line: ");
    refused(&[&format!("{STEEL}\naxis = 'x'")], "containers[0].objects[0].axis: ");
    refused(&[&DRUM.replace("axis = 'y'\n", "")], "containers[0].objects[0].axis: ");
    refused(&[&DRUM.replace("880.0, 580.0]", "880.0, 480.0]")], "containers[0].objects[0].size_mm: a cylinder");
    refused(&[&STEEL.replace("400.0, 600.0", "0.0, 600.0")], "containers[0].objects[0].size_mm: ");
    refused(&[&STEEL.replace("'block'", "'cone'")], "reading x.toml");
    refused(&[&format!("{STEEL}\ncolour = 'red'")], "reading x.toml");
    // Bodies that touch do not overlap, nor do round ones whose boxes do.
    with_objects("empty", &[STEEL, &STEEL.replace("1000.0, 0.0", "1800.0, 0.0")]).unwrap();
    let ball = "shape = 'ellipsoid'\nsize_mm = [600.0, 600.0, 600.0]\nmaterial = 'water'";
    let at = |x: f64, y: f64| format!("{ball}\nat_mm = [{x:?}, {y:?}, 200.0]");
    with_objects("empty", &[&at(100.0, 0.0), &at(550.0, 450.0)]).unwrap();
    refused(&[&at(100.0, 0.0), &at(450.0, 350.0)], "containers[0].objects[1].at_mm: overlaps");
}

#[test]
fn objects_do_not_go_into_goods_nor_above_the_payload() {
    let refused = |recipe: &Recipe, expected: &str| {
        let error = make_case(recipe, &coarse(&recipe.scanner), 1).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let in_goods = with_objects("6109", &[&STEEL.replace("1000.0, 0.0", "10.0, 0.0")]).unwrap();
    refused(&in_goods, "x: containers[0].objects[0].at_mm: overlaps goods of 6109");
    let behind = with_objects("6109", &[&STEEL.replace("1000.0, 0.0", "5000.0, 1900.0")]).unwrap();
    make_case(&behind, &coarse(&behind.scanner), 1).unwrap();
    let heavy = STEEL.replace("800.0, 400.0, 600.0", "3000.0, 900.0, 1500.0");
    refused(&with_objects("empty", &[&heavy]).unwrap(), "x: containers[0].objects: overfull: 3");
    let undeclared = format!("{}\nhs = '7208'\nline = 3", STEEL.replace("1000.0, 0.0", "5000.0, 1900.0"));
    refused(&with_objects("6109", &[&undeclared]).unwrap(), "containers[0].objects[0].line: there are 1, got 3");
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

/// With two boxes in a picture, truth says which goods lie in which and which is tampered with; an empty one what was left in it.
#[test]
fn truth_says_which_container() {
    let text = "name = 'x'\nscanner = 'relocatable_6_3p5'\nconveyance = 'trailer'\n[[containers]]\nsize = '22G1'\n\
                headings = ['0901']\n[[containers]]\nsize = '22G1'\nheadings = ['empty']\n[tampering]\nkind = 'empty'\n\
                declared = '6109'\ncontainer = 1\nleft_kg = 30.0\n";
    let recipe = Recipe::from_toml("x.toml", text).unwrap();
    for seed in 0..4 {
        let case = make_case(&recipe, &coarse(&recipe.scanner), seed).unwrap();
        let tampering = case.truth.tampering.as_ref().unwrap();
        let left = tampering.left_kg.unwrap();
        assert!((left - 30.0).abs() < 0.5, "{left}");
        let loaded = case.truth.items[0].container;
        assert!(case.truth.items.iter().all(|item| item.container == loaded));
        assert_eq!(loaded + tampering.container, 1, "one is loaded, the other empty");
        // Where the goods show is inside the box that truth names.
        let shown = case.truth.containers[loaded].box_px;
        let columns = (0..case.item.width()).filter(|x| (0..case.item.height()).any(|y| case.item.at(*x, y) == 1));
        assert!(columns.map(|x| x as u32).all(|x| x + 1 >= shown.x && x <= shown.right()));
    }
}
