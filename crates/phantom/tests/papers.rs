//! Declarations as traders write them, lots, and boxes of parcels.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::collections::BTreeSet;

use pellucid_core::{DeclarationStage, Direction, TamperingKind};
use pellucid_phantom::{AsDeclared, Case, Goods, Recipe, Scanner, as_declared, component, make_case, make_lot};

fn coarse() -> Scanner {
    Scanner::preset("relocatable_6_3p5").unwrap().with_resolution(101, 48.0)
}

fn recipe(container: &str, rest: &str) -> Result<Recipe, String> {
    let text = format!(
        "name = \"x\"\nscanner = \"relocatable_6_3p5\"\nconveyance = \"box\"\n[[containers]]\nfill = [0.8, 1.0]\n{container}\n{rest}"
    );
    Recipe::from_toml("x.toml", &text).map_err(|error| error.to_string())
}

fn case(container: &str, rest: &str, seed: u64) -> Case {
    make_case(&recipe(container, rest).unwrap(), &coarse(), seed).unwrap()
}

const COFFEE: &str = "size = \"22G1\"\nheadings = [\"0901\"]";

#[test]
fn no_papers_leave_a_declaration_as_it_was() {
    let plain = case(COFFEE, "", 3);
    let full = case(COFFEE, "[papers]\nstage = \"full\"", 3);
    assert!(plain.others.is_empty());
    assert_eq!(plain.truth, full.truth);
    assert_eq!(plain.scan, full.scan);
    // Identities are drawn as ever; masses are rounded as this trader does.
    assert_eq!(plain.declaration.number, full.declaration.number);
    let gap = plain.declaration.items[0].net_kg.unwrap() / full.declaration.items[0].net_kg.unwrap() - 1.0;
    assert!(gap.abs() < 0.02, "{gap}");
    let text = toml::to_string(&recipe(COFFEE, "").unwrap()).unwrap();
    assert!(!text.contains("papers") && !text.contains("consolidated"), "{text}");
}

#[test]
fn each_stage_says_what_is_known_then() {
    for seed in 0..6 {
        let at = |stage: &str| {
            let case = case(COFFEE, &format!("[papers]\nstage = \"{stage}\"\ngoods_kg = true\nvgm = true"), seed);
            case.declaration.validate().unwrap();
            case.declaration
        };
        let [manifest, summary, full] = ["manifest", "summary", "full"].map(at);
        assert_eq!(manifest.stage, DeclarationStage::Manifest);
        assert_eq!(manifest.number, manifest.bill_of_lading);
        assert!(manifest.regime.is_none() && manifest.items[0].net_kg.is_none());
        assert!(manifest.items[0].name.contains("COFFEE"), "{}", manifest.items[0].name);
        assert!(manifest.items[0].hs.as_ref().is_none_or(|hs| hs.as_str().len() == 6));
        assert_eq!(summary.stage, DeclarationStage::Summary);
        assert_eq!(summary.items[0].hs.as_ref().unwrap().as_str().len(), 6);
        assert!(summary.items[0].net_kg.is_none() && summary.gross_kg == full.gross_kg);
        assert!(summary.containers[0].goods_kg.is_none() && full.containers[0].goods_kg.is_some());
        assert_eq!(full.items[0].hs.as_ref().unwrap().as_str().len(), 10);
        assert!(full.gross_kg.unwrap() >= full.items[0].net_kg.unwrap());
        for one in [&manifest, &summary, &full] {
            assert_eq!(one.containers[0].id, full.containers[0].id);
            assert!(one.containers[0].vgm_kg.is_some() && one.packages == full.packages);
        }
    }
}

#[test]
fn what_is_stated_and_left_out_is_what_the_recipe_says() {
    for seed in 0..4 {
        let on = case(
            COFFEE,
            "[papers]\nvgm = true\nweighbridge = true\ngoods_kg = true\ncredit = \"seriously_dishonest\"\nregime = \"0615\"\nvoluntary_disclosure = true",
            seed,
        );
        let one = &on.declaration.containers[0];
        let real: f64 = on.truth.items.iter().map(|item| item.mass_kg).sum();
        let tare = one.tare_kg.unwrap();
        assert!((one.weighbridge_kg.unwrap() / (real + tare) - 1.0).abs() < 0.01);
        assert!((one.vgm_kg.unwrap() / (real + tare) - 1.0).abs() < 0.01);
        assert!((one.goods_kg.unwrap() / real - 1.0).abs() < 0.01);
        assert_eq!(on.declaration.trader.as_ref().unwrap().credit.as_deref(), Some("seriously_dishonest"));
        assert_eq!(on.declaration.regime.as_deref(), Some("0615"));
        assert!(on.declaration.voluntary_disclosure);
        let off = case(COFFEE, "[papers]\nvgm = false\nweighbridge = false\ngoods_kg = false", seed).declaration;
        let one = &off.containers[0];
        assert!(one.vgm_kg.is_none() && one.weighbridge_kg.is_none() && one.goods_kg.is_none());
    }
    // A weighbridge tells the truth about an overweight box too.
    let tampering = "[papers]\nweighbridge = true\n[tampering]\nkind = \"over_weight\"\nshare = [0.3, 0.4]";
    let heavy = case("size = \"22G1\"\nheadings = [\"0901\"]", tampering, 1);
    let real: f64 = heavy.truth.items.iter().map(|item| item.mass_kg).sum();
    let one = &heavy.declaration.containers[0];
    assert!((one.weighbridge_kg.unwrap() / (real + one.tare_kg.unwrap()) - 1.0).abs() < 0.01);
    assert!(heavy.declaration.gross_kg.unwrap() < 0.85 * real);
}

#[test]
fn exports_leave_and_imports_come() {
    let out = case(COFFEE, "[papers]\nregime = \"1039\"", 2).declaration;
    assert_eq!(out.direction, Some(Direction::Export));
    assert_eq!((out.origin.as_deref(), &out.number.as_ref().unwrap()[8..9]), (Some("CN"), "0"));
    assert_ne!(out.destination.as_deref(), Some("CN"));
    let back = case(COFFEE, "[papers]\nregime = \"1300\"", 2).declaration;
    assert_eq!((back.direction, back.destination.as_deref()), (Some(Direction::Import), Some("CN")));
}

#[test]
fn goods_that_need_them_have_un_numbers_vins_and_their_unit() {
    let of = |heading: &str, seed| {
        let container = format!("size = \"42G1\"\nheadings = [\"{heading}\"]");
        case(&container, "[papers]", seed).declaration
    };
    for goods in Goods::all().unwrap().iter().filter(|goods| goods.un_number.is_some()) {
        assert_eq!(of(&goods.heading, 1).items[0].un_number, goods.un_number, "{}", goods.heading);
    }
    assert_eq!(of("3604", 1).items[0].un_number.as_deref(), Some("0336"));
    for (heading, seed) in [("8703", 1), ("8703", 2), ("8711", 3)] {
        let item = of(heading, seed).items.remove(0);
        let distinct: BTreeSet<&String> = item.vins.iter().collect();
        assert_eq!((distinct.len() as f64, item.vins[0].len()), (item.quantity.unwrap(), 17), "{item:?}");
    }
    let tiles = of("6907", 1).items.remove(0);
    let kg_per_m2 = tiles.net_kg.unwrap() / tiles.quantity.unwrap();
    assert!((16.9..26.1).contains(&kg_per_m2), "{kg_per_m2}");
    let grain = of("1001", 1).items.remove(0);
    assert_eq!(grain.quantity, grain.net_kg);
}

#[test]
fn impossible_papers_are_refused() {
    let refused = |rest: &str, expected: &str| {
        let error = recipe(COFFEE, rest).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    refused("[papers]\nregime = \"0119\"", "x.toml: papers.regime: unknown regime \"0119\"; one of 0110 一般贸易");
    refused(
        "[papers]\nregime = \"1039\"\ndirection = \"import\"",
        "papers.direction: 1039 市场采购 is for Export alone",
    );
    refused("[papers]\nlcl = [2, 3]", "papers.lcl: 2 declarations need as many lines, got 1");
    refused("[papers]\ncredit = \"\"", "papers.credit: ");
    refused("[papers]\ncolour = 1", "reading x.toml");
    let error = recipe("size = \"22G1\"\nheadings = []\nconsolidated = { lines = [0, 5] }", "").unwrap_err();
    assert!(error.contains("x.toml: containers[0].consolidated.lines: 2 ≤ low"), "{error}");
    let error = recipe("size = \"22G1\"\nheadings = [\"7208\"]\nconsolidated = { lines = [2, 5] }", "").unwrap_err();
    assert!(error.contains("containers[0].headings[0]: 7208 does not come in cartons"), "{error}");
}

#[test]
fn several_declarations_share_a_box() {
    let container = "size = \"42G1\"\nheadings = [\"6109\", \"9503\", \"8516\"]";
    let case = case(container, "[papers]\nlcl = [2, 3]\nvgm = true", 5);
    assert!((2..=3).contains(&case.others.len()));
    let whole = &case.declaration;
    whole.validate().unwrap();
    assert!(whole.number.is_none() && whole.containers[0].lcl && whole.items.len() == 3);
    let mut lines = 0;
    for one in &case.others {
        one.validate().unwrap();
        assert!(one.containers[0].lcl && one.containers[0].id == whole.containers[0].id);
        assert!(one.number.is_some() && one.items[0].line == 1);
        assert!(one.containers[0].items.len() == one.items.len());
        lines += one.items.len();
    }
    assert_eq!(lines, 3);
    let sum: f64 = case.others.iter().filter_map(|one| one.gross_kg).sum();
    assert!((sum / whole.gross_kg.unwrap() - 1.0).abs() < 0.001);
    let distinct: BTreeSet<_> = case.others.iter().map(|one| &one.number).collect();
    assert_eq!(distinct.len(), case.others.len());
}

#[test]
fn boxes_of_a_lot_share_goods_and_declaration_and_differ_in_stowage() {
    let recipe = recipe("size = \"42G1\"\nheadings = [\"9503\"]", "[papers]\ngoods_kg = false\nvgm = false").unwrap();
    let lot = make_lot(&recipe, &coarse(), 4, 11).unwrap();
    assert_eq!(lot.len(), 4);
    let declaration = &lot[0].declaration;
    declaration.validate().unwrap();
    assert_eq!((declaration.containers.len(), declaration.items.len()), (4, 1));
    let mut real = 0.0;
    for (i, case) in lot.iter().enumerate() {
        assert_eq!(&case.declaration, declaration);
        assert_eq!(case.truth.containers[0].id, declaration.containers[i].id.as_str());
        assert_eq!(declaration.containers[i].items, [1]);
        assert_eq!(case.truth.items[0].line, 1);
        real += case.truth.items[0].mass_kg;
    }
    assert!((declaration.gross_kg.unwrap() / real - 1.0).abs() < 0.01);
    // One shipment: cartons alike, so that masses are multiples of one carton's but for scatter; not one stowage.
    let scans: BTreeSet<Vec<u16>> = lot.iter().map(|case| case.item.pixels().to_vec()).collect();
    assert_eq!(scans.len(), 4);
    let seen = AsDeclared::of(declaration, Some(&declaration.containers[2].id)).unwrap();
    assert!((seen.lines[0].gross_kg - declaration.gross_kg.unwrap() / 4.0).abs() < 1.0);
}

#[test]
fn one_box_of_a_lot_is_tampered_with() {
    let text = "[tampering]\nkind = \"substitution\"\ndeclared = \"3901\"";
    let recipe = recipe("size = \"42G1\"\nheadings = [\"3915\"]", text).unwrap();
    let lot = make_lot(&recipe, &coarse(), 5, 2).unwrap();
    let tampered: Vec<&Case> = lot.iter().filter(|case| case.truth.tampering.is_some()).collect();
    assert_eq!(tampered.len(), 1);
    let kind = tampered[0].truth.tampering.as_ref().map(|t| (t.kind, t.hs.clone()));
    assert_eq!(kind, Some((TamperingKind::Substitution, Some("3915".to_owned()))));
    for case in lot.iter().filter(|case| case.truth.tampering.is_none()) {
        assert_eq!((case.truth.items[0].hs.as_str(), case.truth.items[0].line), ("3901", 1));
    }
    assert_eq!(lot[0].declaration.items.len(), 1);
    assert!(make_lot(&recipe, &coarse(), 0, 2).is_err());
}

#[test]
fn boxes_of_parcels_are_sound() {
    for (seed, size, lines) in [(1, "45G1", [150, 400]), (2, "22G1", [100, 160]), (3, "42G1", [20, 40])] {
        let container = format!("size = \"{size}\"\nheadings = []\nconsolidated = {{ lines = {lines:?} }}");
        let case = case(&container, "[papers]\nregime = \"1210\"", seed);
        case.declaration.validate().unwrap();
        let count = case.declaration.items.len();
        assert!((lines[0]..=lines[1]).contains(&count), "{count}");
        assert_eq!(case.truth.items.len(), count);
        let headings: BTreeSet<&str> = case.truth.items.iter().map(|item| item.hs.as_str()).collect();
        assert!(headings.len() > 10, "{headings:?}");
        let real: f64 = case.truth.items.iter().map(|item| item.mass_kg).sum();
        let gross_kg = case.declaration.gross_kg.unwrap();
        assert!((gross_kg / real - 1.0).abs() < 0.01, "{gross_kg} {real}");
        println!(
            "{size}: {count} lines of {} headings, {real:.0} kg in {:?} packages",
            headings.len(),
            case.declaration.packages
        );
        assert!(real > 3_000.0 && real < 28_500.0, "{real}");
        let shown: BTreeSet<u16> = case.item.pixels().iter().copied().collect();
        assert!(shown.iter().all(|item| usize::from(*item) <= count));
        assert!(shown.len() > count / 3, "{} of {count} lines show", shown.len());
        for (i, item) in case.declaration.items.iter().enumerate() {
            let truth = &case.truth.items[i];
            assert_eq!(item.line as usize, i + 1);
            assert_eq!(item.hs.as_ref().unwrap().heading(), Some(truth.hs.as_str()));
            assert_eq!(truth.line, item.line);
            // Figures of several kilograms are written down whole.
            assert!(item.net_kg.unwrap() <= truth.mass_kg * 1.01 + 0.5, "{item:?} {}", truth.mass_kg);
        }
    }
}

#[test]
fn what_parcel_traders_declare_can_be_loaded() {
    let container = "size = \"42G1\"\nheadings = []\nconsolidated = { lines = [30, 60] }";
    let mut parcels = recipe(container, "[papers]").unwrap();
    parcels.containers[0].fill = [0.6, 0.8];
    let case = make_case(&parcels, &coarse(), 4).unwrap();
    let declared = AsDeclared::of(&case.declaration, None).unwrap();
    let load = as_declared(&declared, &coarse(), 1, 8).unwrap().remove(0);
    assert_eq!(load.lines.len(), declared.lines.len());
    let [low, high] = load.container.inside;
    for (wanted, found) in declared.lines.iter().zip(&load.lines) {
        assert_eq!((wanted.line, &wanted.heading), (found.line, &found.heading));
        assert!((found.gross_kg / wanted.gross_kg - 1.0).abs() < 0.011, "{wanted:?} {found:?}");
        for d in 0..3 {
            assert!(found.corners_mm[0][d] > low[d] - 1.0 && found.corners_mm[1][d] < high[d] + 1.0, "{found:?}");
        }
    }
    let goods =
        load.scene.mass_of_kg(|s| s.item > 0 && [component::CARGO, component::PACKAGING].contains(&s.component));
    let sum: f64 = declared.lines.iter().map(|line| line.gross_kg).sum();
    assert!((goods / sum - 1.0).abs() < 0.01, "{goods} {sum}");
}
