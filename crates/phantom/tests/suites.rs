//! Suites: what is held out stays out, cases repeat to the byte, and every family can be built.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::collections::BTreeSet;

use pellucid_core::{ContainerType, IsoSize, TamperingKind};
use pellucid_phantom::{
    Goods, HELD_OUT_SCANNER, ManifestEntry, ManifestHeader, NEW_HEADINGS, PackingSet, Pairs, Recipe, Role, Scanner,
    Side, Suite, SuiteCase, SuiteFamily,
};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// The first `n` cases of every family of a suite.
fn first(suite: Suite, n: u64) -> Vec<SuiteCase> {
    let wanted: Vec<_> = suite.families().flat_map(|family| (0..n).map(|index| (family.name, index))).collect();
    wanted.into_par_iter().map(|(family, index)| suite.case(family, index).unwrap()).collect()
}

/// Every heading that a recipe names: loaded, hidden, declared.
fn headings(recipe: &Recipe) -> Vec<&str> {
    let loaded = recipe.containers.iter().flat_map(|container| &container.headings).map(String::as_str);
    let tampering = recipe.tampering.as_ref();
    loaded
        .chain(tampering.and_then(|t| t.heading.as_deref()))
        .chain(tampering.and_then(|t| t.declared.as_deref()))
        .collect()
}

fn is_falling(recipe: &Recipe) -> bool {
    recipe.containers.iter().any(|container| !container.headings.is_sorted())
}

fn sides(recipe: &Recipe) -> impl Iterator<Item = Side> {
    recipe.containers.iter().filter_map(|container| container.across).map(|across| across.side)
}

/// Ways of packing that goods of a case may have, as heading and place.
fn ways(case: &SuiteCase) -> Vec<(String, usize)> {
    let mut ways = Vec::new();
    for container in &case.recipe.containers {
        for goods in Goods::all().unwrap() {
            let named = headings(&case.recipe).contains(&goods.heading.as_str());
            let places = match &container.packings {
                _ if !named => continue,
                // A battery-storage container is its goods, and what is in a tank is poured.
                None if container.body.is_some() || container.headings == ["empty"] => continue,
                None if container.container_type == ContainerType::Tank => continue,
                None => goods.packing_places(PackingSet::All),
                Some(packings) => match packings.only.get(&goods.heading) {
                    Some(only) => only.clone(),
                    None => goods.packing_places(packings.set),
                },
            };
            ways.extend(places.into_iter().map(|place| (goods.heading.clone(), place)));
        }
    }
    ways
}

#[test]
fn what_is_held_out_occurs_in_test_alone() {
    let is_held_out = |(heading, place): &(String, usize)| {
        let goods = Goods::all().unwrap().iter().find(|goods| goods.heading == *heading).unwrap();
        !goods.packing_places(PackingSet::Seen).contains(place)
    };
    let has_new = |case: &SuiteCase| headings(&case.recipe).iter().any(|heading| NEW_HEADINGS.contains(heading));
    let is_between = |case: &SuiteCase| case.recipe.containers.iter().any(|c| c.fill[0] > 0.571 && c.fill[0] < 0.7);
    let test = first(Suite::Test, 6);
    let mut words: BTreeSet<String> = test.iter().map(|case| case.recipe_sha256().unwrap()).collect();
    assert!(words.len() > test.len() * 9 / 10, "{} of {}", words.len(), test.len());
    for suite in [Suite::Train, Suite::Validation] {
        let cases = first(suite, 6);
        let mut own = BTreeSet::new();
        for case in &cases {
            let name = &case.name;
            assert_ne!(case.scanner.name, HELD_OUT_SCANNER, "{name}");
            assert_ne!(case.recipe.scanner, HELD_OUT_SCANNER, "{name}");
            assert!(!has_new(case), "{name}: {:?}", headings(&case.recipe));
            assert!(!sides(&case.recipe).any(|side| side == Side::Far), "{name}");
            assert!(!is_falling(&case.recipe), "{name}");
            assert!(!is_between(case), "{name}");
            let held_out = ways(case).into_iter().find(is_held_out);
            assert_eq!(held_out, None, "{name}");
            let hash = case.recipe_sha256().unwrap();
            assert!(!words.contains(&hash), "{name} is a recipe of another suite");
            own.insert(hash);
        }
        words.extend(own);
    }
    assert!(test.iter().any(|case| case.scanner.name == HELD_OUT_SCANNER));
    assert!(test.iter().any(has_new) && test.iter().any(is_between));
    assert!(test.iter().any(|case| sides(&case.recipe).any(|side| side == Side::Far)));
    // One honest box of six is mixed.
    assert!((0..48).any(|index| is_falling(&Suite::Test.case("honest", index).unwrap().recipe)));
    let held_out = test.iter().filter(|case| ways(case).iter().any(is_held_out)).count();
    assert!(held_out * 2 > test.len(), "{held_out} of {}", test.len());
}

#[test]
fn seeds_are_disjoint_and_cases_go_two_and_two() {
    let mut all = BTreeSet::new();
    for suite in Suite::ALL {
        let cases = first(suite, 2);
        let seeds: BTreeSet<u64> = cases.iter().map(|case| case.seed).collect();
        let range = [(suite as u64 + 1) << 50, (suite as u64 + 2) << 50];
        assert!(seeds.iter().all(|seed| (range[0]..range[1]).contains(seed)));
        for pair in cases.chunks(2) {
            let (a, b) = (&pair[0], &pair[1]);
            assert!(all.insert(a.name.clone()) && all.insert(b.name.clone()));
            match suite.family(a.family).unwrap().pairs {
                Pairs::None => assert_ne!(a.seed, b.seed, "{}", a.name),
                Pairs::Twins => {
                    assert_eq!((a.seed, a.role, b.role), (b.seed, Role::Case, Role::Twin), "{}", a.name);
                    assert!(a.recipe.tampering.is_some() && b.recipe.tampering.is_none(), "{}", a.name);
                    assert_eq!(a.scanner, b.scanner);
                    let boxes = |case: &SuiteCase| {
                        case.recipe.containers.iter().map(|c| (c.size, c.fill)).collect::<Vec<_>>()
                    };
                    assert_eq!(boxes(a), boxes(b), "{}", a.name);
                }
                Pairs::Scanners => {
                    assert_eq!((a.seed, &a.recipe.containers), (b.seed, &b.recipe.containers));
                    assert_eq!((a.recipe.scanner.as_str(), b.role), (HELD_OUT_SCANNER, Role::SeenScanner));
                }
            }
        }
    }
}

/// What must travel cold is in refrigerated boxes of sizes that are built, nothing else is, and a lie does not let the box tell.
#[test]
fn cold_goods_travel_in_refrigerated_boxes() {
    let is_cold = |heading: &str| Goods::all().unwrap().iter().any(|goods| goods.heading == heading && goods.is_cold);
    let mut seen = 0;
    for case in Suite::ALL.into_iter().flat_map(|suite| first(suite, 4)) {
        for (index, container) in case.recipe.containers.iter().enumerate() {
            let is_reefer = container.container_type == ContainerType::Reefer;
            let tampering = case.recipe.tampering.as_ref().filter(|t| t.container == index);
            let declared = tampering.and_then(|t| t.declared.as_deref());
            let named = container.headings.iter().map(String::as_str).filter(|heading| *heading != "empty");
            for heading in named.chain(declared) {
                assert_eq!(is_cold(heading), is_reefer, "{}: {heading}", case.name);
            }
            let is_built = matches!(container.size, IsoSize::Twenty | IsoSize::FortyHigh);
            assert!(!is_reefer || is_built, "{}: {:?}", case.name, container.size);
            seen += usize::from(is_reefer);
        }
    }
    assert!(seen > 20, "{seen}");
}

/// A change of any recipe, scanner or seed is noticed; whoever means it raises `SUITE_VERSION` and writes the new hash here.
#[test]
fn manifests_are_the_same_in_every_run() {
    const GOLDEN: [&str; 3] = [
        "92b101ee28bc7fc20788bd8b9ca4069d3f0f177d4c8028552e4b59be34f363d6",
        "700f51279f8bc2c8be64db6b78a15be00349f30699680ebdc876d472ae51ae0a",
        "a978ab1b9febd234bf2f12966c300b2dab606d52febf9f08233da66972597df6",
    ];
    let lines = |suite| {
        let cases = first(suite, 3);
        let line = |case: &SuiteCase| serde_json::to_string(&ManifestEntry::of(case).unwrap()).unwrap();
        cases.iter().map(line).collect::<Vec<_>>()
    };
    let hash = |lines: &[String]| hex::encode(Sha256::digest(lines.join("\n").as_bytes()));
    assert_eq!(lines(Suite::Validation), lines(Suite::Validation));
    assert_eq!(Suite::ALL.map(|suite| hash(&lines(suite))), GOLDEN);
}

#[test]
fn shards_share_the_cases_out() {
    let names = |shard, count| {
        let cases = Suite::Validation.cases(Some("homogeneous".to_owned()), 11, shard, count);
        cases.map(|case| case.unwrap().name).collect::<Vec<_>>()
    };
    let whole: BTreeSet<String> = names(0, 1).into_iter().collect();
    let parts: Vec<String> = (0..3).flat_map(|shard| names(shard, 3)).collect();
    assert_eq!((whole.len(), parts.len()), (11, 11));
    assert_eq!(parts.into_iter().collect::<BTreeSet<_>>(), whole);
    for (shard, count) in [(0, 1), (0, 3), (1, 3), (2, 3)] {
        let header = ManifestHeader::of(Suite::Validation, Some("homogeneous"), 11, shard, count);
        assert_eq!(header.cases as usize, names(shard, count).len());
    }
}

#[test]
fn a_mixture_is_mostly_honest_and_its_cases_are_those_of_the_families() {
    let cases: Vec<SuiteCase> =
        (0..240_u64).into_par_iter().map(|index| Suite::Train.mixed_case(index).unwrap()).collect();
    for case in cases.iter().step_by(40) {
        assert_eq!(Suite::Train.case(case.family, case.index).unwrap(), *case);
    }
    let honest = cases.iter().filter(|case| case.recipe.tampering.is_none()).count();
    assert!((132..190).contains(&honest), "{honest} of 240");
    let families: BTreeSet<&str> = cases.iter().map(|case| case.family).collect();
    assert!(families.len() > 35, "{}", families.len());
    assert!(!families.contains("lot") && !families.contains("new_heading"));
}

/// Vendor grey comes from machines that make pictures as real ones do: 799 rows, columns of many widths, sources nearer.
#[test]
fn processed_cases_come_from_machines_of_pictures() {
    let scanners: Vec<_> = (0..12).map(|i| Suite::Train.case("processed", 2 * i).unwrap().scanner).collect();
    let pitches: BTreeSet<u64> = scanners.iter().map(|s| (s.fan.column_pitch_mm * 1000.0) as u64).collect();
    assert_eq!(pitches.len(), scanners.len(), "{pitches:?}");
    assert!(scanners.iter().all(|s| s.fan.rows == 799 && s.bands.len() == 1));
}

/// Papers alone do not tell a tampered load from its twin: the same trader, box and habits of stating what was weighed.
#[test]
fn papers_of_twins_differ_only_in_what_is_lied_about() {
    let (mut weighed, mut regimes) = (0, BTreeSet::new());
    for family in Suite::Train.families().filter(|family| family.pairs == Pairs::Twins) {
        for place in 0..3 {
            let [tampered, honest] = [2 * place, 2 * place + 1].map(|index| {
                let mut case = Suite::Train.case(family.name, index).unwrap();
                case.scanner = case.scanner.with_resolution(24, 200.0);
                case.make().unwrap().remove(0).declaration
            });
            let context = format!("{} {place}", family.name);
            assert_eq!(tampered.number, honest.number, "{context}");
            assert_eq!(tampered.trader, honest.trader, "{context}");
            assert_eq!(tampered.package_type, honest.package_type, "{context}");
            let drawn = |d: &pellucid_core::Declaration| {
                (
                    d.stage,
                    d.direction,
                    d.regime.clone(),
                    d.voluntary_disclosure,
                    d.origin.clone(),
                    d.destination.clone(),
                )
            };
            assert_eq!(drawn(&tampered), drawn(&honest), "{context}");
            regimes.extend(tampered.regime);
            assert_eq!(tampered.items.len(), honest.items.len(), "{context}");
            for (a, b) in tampered.items.iter().zip(&honest.items) {
                assert_eq!((&a.hs, &a.unit), (&b.hs, &b.unit), "{context}");
            }
            for (a, b) in tampered.containers.iter().zip(&honest.containers) {
                assert_eq!((&a.id, &a.size_type, a.tare_kg), (&b.id, &b.size_type, b.tare_kg), "{context}");
                let stated = |c: &pellucid_core::DeclaredContainer| {
                    [c.goods_kg, c.vgm_kg, c.weighbridge_kg].map(|kg| kg.is_some())
                };
                assert_eq!(stated(a), stated(b), "{context}");
                weighed += usize::from(a.weighbridge_kg.is_some());
            }
        }
    }
    assert!(weighed > 5, "{weighed}");
    assert!(regimes.len() > 7, "{regimes:?}");
}

/// The unseen type of machine is no younger and stands no better than the seen one beside it: what a comparison of the two
/// tells is the type.
#[test]
fn both_machines_of_a_pair_are_worn_alike() {
    let mut worn = 0;
    for place in 0..16 {
        let [unseen, seen] = [2 * place, 2 * place + 1].map(|index| {
            let scanner = Suite::Test.case("unseen_scanner", index).unwrap().scanner;
            let preset = Scanner::preset(&scanner.name).unwrap();
            assert_ne!(scanner, preset, "{} {index}: as it comes", scanner.name);
            (scanner, preset)
        });
        assert_eq!((unseen.0.name.as_str(), seen.0.name.as_str()), (HELD_OUT_SCANNER, "relocatable_6_3p5"));
        let factors = |(scanner, preset): &(Scanner, Scanner)| {
            let (own, new) = (&scanner.imperfections, &preset.imperfections);
            let (fan, layout) = (&scanner.fan, &preset.fan);
            [
                own.dose_jitter / new.dose_jitter,
                own.gain_spread / new.gain_spread,
                scanner.bands[0].air_quanta / preset.bands[0].air_quanta,
                scanner.bands[1].air_quanta / preset.bands[1].air_quanta,
                fan.source_to_near_wall_mm - layout.source_to_near_wall_mm,
                fan.detector_distance_mm - layout.detector_distance_mm,
                fan.source_height_mm - layout.source_height_mm,
                fan.detector_top_mm - layout.detector_top_mm,
                own.dark_drift,
                own.gain_drift,
                own.gain_step_size,
                own.endpoint_jitter,
                own.off_axis_softening,
                own.crosstalk,
                own.lag,
                own.speed_error,
                own.interlace,
            ]
        };
        for (a, b) in factors(&unseen).into_iter().zip(factors(&seen)) {
            assert!((a - b).abs() < 1e-9 * a.abs().max(1.0), "{place}: {:?} {:?}", factors(&unseen), factors(&seen));
        }
        assert_eq!(unseen.0.imperfections.gain_steps, seen.0.imperfections.gain_steps);
        worn += usize::from(unseen.0.imperfections.gain_drift > 0.0);
    }
    assert!((1..16).contains(&worn), "{worn} of 16");
}

/// Twins are renderings of one scene but for what is hidden: windows of a brick differ where it is.
#[test]
fn windows_of_twins_differ_where_something_is_hidden() {
    let [tampered, twin] = [0, 1].map(|index| Suite::Test.case("organic_brick", index).unwrap().windows().unwrap());
    let (a, b) = (&tampered[0], &twin[0]);
    assert_eq!((a.tampering, b.tampering), (Some(TamperingKind::ConcealedOrganic), None));
    let [left, top, right, bottom] = a.silhouette_px;
    let (width, height) = (a.direct.item.width(), a.direct.item.height());
    assert_eq!((height, top, bottom), (304, 12.0, 292.0));
    assert!((left + right - width as f64).abs() < 1e-6 && right - left > 600.0, "{:?}", a.silhouette_px);
    let hidden = a.items.iter().find(|item| !item.is_declared).unwrap();
    assert!((1.45..=1.56).contains(&hidden.mass_kg), "{}", hidden.mass_kg);
    let marked =
        |w: &pellucid_phantom::SuiteWindow| w.direct.item.pixels().iter().filter(|v| **v == hidden.value).count();
    assert!(marked(a) > 40 && marked(b) == 0, "{} and {}", marked(a), marked(b));
    // Density differs there, and in few other places: goods make room at most.
    let pairs = a.direct.areal_density.pixels().iter().zip(b.direct.areal_density.pixels());
    let moved = pairs.filter(|(a, b)| (**a - **b).abs() > 0.05).count();
    assert!(moved > 20 && moved < width * height / 10, "{moved}");
    // What is declared is in the raster, and weighs what its solids weigh.
    assert!(b.items.iter().all(|item| item.is_declared && item.mass_kg > 1.0));
    assert_eq!(b.declared.len(), b.items.len());
}

#[test]
fn a_lot_and_a_trader_s_shipments_are_declared_as_such() {
    let coarse = |mut case: SuiteCase| {
        case.scanner = case.scanner.with_resolution(101, 48.0);
        case
    };
    let lot = coarse(Suite::Validation.case("lot", 0).unwrap());
    let scans = lot.make().unwrap();
    assert_eq!(scans.len(), lot.lot.unwrap());
    assert!(scans.iter().all(|scan| scan.declaration.number == scans[0].declaration.number));
    assert_eq!(scans.iter().filter(|scan| scan.truth.tampering.is_some()).count(), 1);
    let traders = |indices: [u64; 3]| {
        indices.map(|index| {
            let case = coarse(Suite::Test.case("new_heading", index).unwrap());
            let made = case.make().unwrap();
            (
                case.role,
                case.recipe.containers[0].headings[0].clone(),
                made[0].declaration.trader.clone().unwrap().code,
            )
        })
    };
    let [a, b, c] = traders([0, 9, 10]);
    assert_eq!((a.0, b.0, c.0), (Role::Library, Role::Library, Role::Query));
    assert_eq!((&a.1, &a.2), (&b.1, &b.2));
    assert!(a.1 == c.1 && a.2 != c.2 && NEW_HEADINGS.contains(&a.1.as_str()));
}

#[test]
fn a_twentieth_of_the_mass_is_a_twentieth() {
    for index in [0, 2, 4] {
        let mut case = Suite::Test.case("part_5", index).unwrap();
        case.scanner = case.scanner.with_resolution(101, 48.0);
        let made = case.make().unwrap().remove(0);
        let hidden = made.truth.tampering.unwrap().mass_kg;
        let all: f64 = made.truth.items.iter().map(|item| item.mass_kg).sum();
        println!("{}: {hidden:.0} of {all:.0} kg", case.name);
        assert!((0.042..0.059).contains(&(hidden / all)), "{}: {hidden} of {all}", case.name);
    }
}

#[test]
fn names_of_families_are_unique_and_snake_case() {
    let names: BTreeSet<&str> = SuiteFamily::ALL.iter().map(|family| family.name).collect();
    assert_eq!(names.len(), SuiteFamily::ALL.len());
    assert!(names.iter().all(|name| name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')));
    for kind in pellucid_phantom::Family::EVERY.iter().filter_map(|family| family.tampering()) {
        assert!(names.contains(format!("tamper_{kind}").as_str()), "{kind}");
    }
    assert!(Suite::Train.case("unseen_scanner", 0).is_err() && Suite::of("training").is_none());
}
