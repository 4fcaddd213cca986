//! Tank containers with liquids: truth, papers, tampering, refusals.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::{ContainerType, IsoSize, TamperingKind};
use pellucid_phantom::{
    AsDeclared, Case, DeclaredLoad, Goods, Misfit, PhantomError, Recipe, Scanner, as_declared, component, make_case,
};

/// Headings whose liquids travel in tanks.
const POURED: [&str; 8] = ["1511", "2204", "2208", "2710", "2905", "3402", "3907", "4001"];

fn coarse() -> Scanner {
    Scanner::preset("relocatable_6_3p5").unwrap().with_resolution(101, 48.0)
}

fn recipe(container: &str, rest: &str) -> Result<Recipe, String> {
    let text = format!(
        "name = 'x'\nscanner = 'relocatable_6_3p5'\nconveyance = 'box'\n[[containers]]\nsize = '22G1'\n\
         container_type = 'tank'\n{container}\n{rest}"
    );
    Recipe::from_toml("x.toml", &text).map_err(|error| error.to_string())
}

fn case(heading: &str, rest: &str, seed: u64) -> Case {
    make_case(&recipe(&format!("headings = ['{heading}']"), rest).unwrap(), &coarse(), seed).unwrap()
}

#[test]
fn every_liquid_fills_its_tank_as_the_rules_say_and_is_declared_in_bulk() {
    for heading in POURED {
        for seed in 0..6 {
            for papers in ["", "[papers]"] {
                let case = case(heading, papers, seed);
                let context = format!("{heading} seed {seed} {papers}");
                let [item] = case.truth.items.as_slice() else { panic!("{context}: {:?}", case.truth.items) };
                assert_eq!((item.hs.as_str(), item.line, item.container), (heading, 1, 0), "{context}");
                assert!((13_000.0..26_001.0).contains(&item.mass_kg), "{context}: {}", item.mass_kg);
                // A level below the top of the vessel, which is as high as it is wide.
                let [_, y0, z0, _, y1, z1] = item.box_mm;
                assert!((0.7..0.95).contains(&((y1 - y0) / (z1 - z0))), "{context}: {:?}", item.box_mm);
                assert!(case.item.pixels().iter().filter(|line| **line == 1).count() > 500, "{context}");
                case.declaration.validate().unwrap();
                let line = &case.declaration.items[0];
                assert_eq!(case.declaration.packages, Some(1), "{context}");
                assert_eq!(case.declaration.package_type.as_deref(), Some("bulk"), "{context}");
                assert!((line.net_kg.unwrap() / item.mass_kg - 1.0).abs() < 0.01, "{context}");
                let each = line.net_kg.unwrap() / line.quantity.unwrap();
                match line.unit.as_deref() {
                    Some("kg") => assert_eq!(each, 1.0, "{context}"),
                    Some("litre") => assert!((0.87..1.0).contains(&each), "{context}: {each}"),
                    other => panic!("{context}: {other:?}"),
                }
                assert_eq!(case.declaration.containers[0].size_type.as_deref(), Some("22T0"));
            }
        }
    }
    let wine = case("2204", "", 1).declaration.items[0].clone();
    assert_eq!(wine.hs.unwrap().as_str(), "2204290000");
    assert!(wine.name.contains("wine in bulk"), "{}", wine.name);
}

/// What is poured into a vessel comes in no dry box.
#[test]
fn a_dry_box_never_takes_a_load_of_a_tank() {
    let all = Goods::all().unwrap();
    for heading in POURED {
        assert!(all.iter().any(|goods| goods.heading == heading));
        for seed in 0..12 {
            let text = format!(
                "name = 'x'\nscanner = 'relocatable_6_3p5'\nconveyance = 'box'\n[[containers]]\nsize = '22G1'\nheadings = ['{heading}']"
            );
            let dry = make_case(&Recipe::from_toml("x.toml", &text).unwrap(), &coarse(), seed).unwrap();
            assert_ne!(dry.declaration.package_type.as_deref(), Some("bulk"), "{heading} {seed}");
        }
    }
}

#[test]
fn tampering_that_a_tank_takes() {
    for seed in 0..5 {
        let other = case("1511", "[tampering]\nkind = 'substitution'\ndeclared = '2204'", seed);
        let tampering = other.truth.tampering.as_ref().unwrap();
        assert_eq!((tampering.kind, tampering.hs.as_deref()), (TamperingKind::Substitution, Some("1511")));
        assert!(other.item.pixels().contains(&1000) && !other.item.pixels().contains(&1));
        let line = &other.declaration.items[0];
        assert_eq!((line.hs.as_ref().unwrap().heading(), line.unit.as_deref()), (Some("2204"), Some("litre")));
        let short = case("1511", "[tampering]\nkind = 'short_weight'\nshare = [0.3, 0.4]", seed);
        let real = short.truth.items[0].mass_kg;
        assert!((1.29..1.41).contains(&(short.declaration.gross_kg.unwrap() / real)), "{seed}");
        let over = case("1511", "[tampering]\nkind = 'over_weight'\nshare = [0.3, 0.4]", seed);
        assert!(over.declaration.gross_kg.unwrap() < 0.8 * over.truth.items[0].mass_kg, "{seed}");
        let empty = case("empty", "[tampering]\nkind = 'empty'\ndeclared = '2710'", seed);
        assert!(empty.truth.items.is_empty() && empty.truth.tampering.as_ref().unwrap().mass_kg > 12_000.0);
        assert!(!empty.component.pixels().contains(&component::CARGO));
    }
}

#[test]
fn what_no_tank_is_is_refused_with_file_key_and_reason() {
    let refused = |container: &str, rest: &str, expected: &str| {
        let error = recipe(container, rest).unwrap_err();
        assert!(error.starts_with(&format!("x.toml: {expected}")), "{error}");
    };
    let oil = "headings = ['1511']";
    let tampering = |text: &str| format!("[tampering]\n{text}");
    refused("headings = ['7208']", "", "containers[0].headings[0]: 7208 does not travel in tank containers; those");
    refused("headings = ['9999']", "", "containers[0].headings[0]: unknown heading");
    refused("headings = ['1511', '2204']", "", "containers[0].headings: one, as a tank holds one liquid, got 2");
    refused(&format!("{oil}\nfill = [0.5, 0.9]"), "", "containers[0].fill: a tank without baffles travels");
    refused(&format!("{oil}\nfill = [0.1, 0.85]"), "", "containers[0].fill: a tank without baffles travels");
    refused(&format!("{oil}\nacross = {{ share = 0.6, side = 'near' }}"), "", "containers[0].across: a tank holds");
    refused(&format!("{oil}\npackings = {{ set = 'seen' }}"), "", "containers[0].packings: a tank holds");
    for kind in ["concealed_organic", "concealed_metal", "concealed_dense", "person", "rip_on", "false_structure"] {
        let expected =
            format!("tampering.kind: {kind} is not possible in a container of type 22T0: a tank holds one");
        refused(oil, &tampering(&format!("kind = '{kind}'")), &expected);
    }
    refused(
        oil,
        &tampering("kind = 'concealed_goods'\nheading = '2402'"),
        "tampering.kind: concealed_goods is not possible in a container of type 22T0",
    );
    let part = "kind = 'substitution'\ndeclared = '2204'\nshare = [0.2, 0.3]";
    refused(oil, &tampering(part), "tampering.share: a tank holds one liquid: all of it");
    let dry = "kind = 'substitution'\ndeclared = '6109'";
    refused(oil, &tampering(dry), "tampering.declared: 6109 does not travel in tank containers");
    let dry = "kind = 'empty'\ndeclared = '6109'";
    refused("headings = ['empty']", &tampering(dry), "tampering.declared: 6109 does not travel");
    let left = "kind = 'empty'\ndeclared = '1511'\nleft_kg = 20.0";
    refused("headings = ['empty']", &tampering(left), "tampering.left_kg: nothing is left in an empty tank");
    // Remainders may surge as they like.
    recipe(&format!("{oil}\nfill = [0.05, 0.15]"), "").unwrap();
}

#[test]
fn declared_liquids_are_poured_as_declared() {
    let line = |heading: &str, gross_kg: f64, packages| DeclaredLoad {
        line: 1,
        heading: heading.to_owned(),
        gross_kg,
        packages,
    };
    let tank = |lines| AsDeclared {
        size: IsoSize::Twenty,
        container_type: ContainerType::Tank,
        lines,
        place_mm: None,
        is_mirrored: false,
    };
    for seed in 0..4 {
        let loads = as_declared(&tank(vec![line("1511", 16_500.0, Some(1))]), &coarse(), 2, seed).unwrap();
        for load in &loads {
            let kg = load.scene.mass_of_kg(|solid| solid.item == 1);
            assert!((kg - 16_500.0).abs() < 0.1 && load.lines[0].packages == 1, "{kg}");
        }
        assert_ne!(loads[0].lines, loads[1].lines);
        // What an honest trader declares of any liquid goes in.
        for heading in POURED {
            let declared = AsDeclared::of(&case(heading, "[papers]", seed).declaration, None).unwrap();
            as_declared(&declared, &coarse(), 1, seed).unwrap();
        }
    }
    let refusal = |lines| match as_declared(&tank(lines), &coarse(), 1, 3) {
        Err(PhantomError::Misfit(misfit)) => misfit,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(vec![line("7208", 9_000.0, None)]), Misfit::Tank { heading: "7208".to_owned() });
    let two = vec![line("1511", 9_000.0, None), DeclaredLoad { line: 2, ..line("2204", 9_000.0, None) }];
    assert_eq!(refusal(two).to_string(), "a tank holds one liquid, 2 lines are declared");
    assert!(matches!(refusal(vec![line("2905", 27_000.0, None)]), Misfit::Payload { .. }));
    let oil = refusal(vec![line("1511", 21_500.0, None)]);
    assert!(matches!(oil, Misfit::Volume { needed_m3, usable_m3, .. } if needed_m3 > usable_m3), "{oil:?}");
    let drums = refusal(vec![line("1511", 16_000.0, Some(80))]);
    assert_eq!(drums.to_string(), "80 loads in bulk of 16 t would weigh 1280 t, declared 16 t");
}
