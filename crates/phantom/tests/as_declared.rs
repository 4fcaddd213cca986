//! Loads from declarations: what honest traders declare can be loaded, what cannot be is refused in their terms.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::{ContainerType, DeclarationStage, IsoSize};
use pellucid_phantom::{
    AsDeclared, AsDeclaredLoad, ContainerRecipe, Conveyance, DeclaredLoad, Dice, Goods, Misfit, PhantomError, Recipe,
    Scanner, as_declared, component, make_case, render,
};
use rayon::prelude::*;

fn coarse() -> Scanner {
    Scanner::preset("relocatable_6_3p5").unwrap().with_resolution(101, 48.0)
}

fn honest(headings: &[&str], size: IsoSize) -> Recipe {
    let mut container = ContainerRecipe::dry(size, headings[0], [0.6, 1.0]);
    container.headings = headings.iter().map(|h| (*h).to_owned()).collect();
    Recipe {
        name: headings.join("_"),
        scanner: "relocatable_6_3p5".to_owned(),
        seed: 0,
        conveyance: Conveyance::Box,
        containers: vec![container],
        tampering: None,
        processed: false,
        papers: None,
        vehicle: None,
    }
}

fn line(line: u32, heading: &str, gross_kg: f64, packages: Option<u32>) -> DeclaredLoad {
    DeclaredLoad { line, heading: heading.to_owned(), gross_kg, packages }
}

fn box_of(size: IsoSize, lines: Vec<DeclaredLoad>) -> AsDeclared {
    AsDeclared { size, container_type: ContainerType::Dry, lines, place_mm: None, is_mirrored: false }
}

/// What is wrong with a load: mass of each line as its solids weigh, packages, place.
fn faults(declared: &AsDeclared, load: &AsDeclaredLoad) -> Vec<String> {
    let mut faults = Vec::new();
    for (wanted, found) in declared.lines.iter().zip(&load.lines) {
        let is_of_line = |item: u16, c: u8| {
            u32::from(item) == wanted.line && [component::CARGO, component::PACKAGING].contains(&c)
        };
        let kg = load.scene.mass_of_kg(|s| is_of_line(s.item, s.component));
        if (kg / wanted.gross_kg - 1.0).abs() > 0.01 || (found.gross_kg / kg - 1.0).abs() > 1e-6 {
            faults.push(format!("line {}: {kg:.0} kg, declared {:.0}", wanted.line, wanted.gross_kg));
        }
        if wanted.packages.is_some_and(|packages| packages as usize != found.packages) {
            faults.push(format!("line {}: {} packages, declared {:?}", wanted.line, found.packages, wanted.packages));
        }
        let [low, high] = load.container.inside;
        let out = (0..3).map(|d| (low[d] - found.corners_mm[0][d]).max(found.corners_mm[1][d] - high[d]));
        let out = out.fold(0.0, f64::max);
        if out > 25.0 {
            faults.push(format!("line {}: {out:.0} mm outside", wanted.line));
        }
    }
    if declared.lines.len() != load.lines.len() {
        faults.push(format!("{} of {} lines", load.lines.len(), declared.lines.len()));
    }
    faults
}

#[test]
fn what_honest_traders_declare_can_be_loaded() {
    let all = Goods::all().unwrap();
    let scanner = coarse();
    let results: Vec<(String, Result<Vec<String>, String>)> = all
        .par_iter()
        .enumerate()
        .map(|(k, goods)| {
            let seed = k as u64;
            let size = IsoSize::ALL[k % IsoSize::ALL.len()];
            let case = make_case(&honest(&[&goods.heading], size), &scanner, seed).unwrap();
            let declared = AsDeclared::of(&case.declaration, None).unwrap();
            let name = format!(
                "{} {}: {:.0} kg in {:?}",
                goods.heading,
                size.code(),
                declared.lines[0].gross_kg,
                declared.lines[0].packages
            );
            match as_declared(&declared, &scanner, 2, seed) {
                Ok(loads) => {
                    let faults = loads.iter().flat_map(|load| faults(&declared, load)).collect();
                    (name, Ok(faults))
                }
                Err(error) => (name, Err(error.to_string())),
            }
        })
        .collect();
    let refused: Vec<String> =
        results.iter().filter_map(|(name, r)| Some(format!("{name}: {}", r.as_ref().err()?))).collect();
    let faulty: Vec<String> = results
        .iter()
        .filter_map(|(name, r)| Some(format!("{name}: {}", r.as_ref().ok().filter(|f| !f.is_empty())?.join("; "))))
        .collect();
    println!("{} of {} refused, {} faulty", refused.len(), results.len(), faulty.len());
    refused.iter().chain(&faulty).for_each(|text| println!("{text}"));
    assert!(faulty.is_empty(), "{faulty:#?}");
    assert!(refused.len() * 50 <= results.len(), "{refused:#?}");
}

#[test]
fn several_lines_share_a_box() {
    let scanner = coarse();
    let pairs = [
        ["6109", "9403", ""],
        ["0901", "1701", ""],
        ["8418", "8450", "8516"],
        ["2204", "2208", ""],
        ["7318", "8481", "8708"],
        ["3604", "9503", ""],
        ["7208", "7214", ""],
        ["4011", "8507", "8504"],
    ];
    let refused: Vec<String> = (0..16_usize)
        .into_par_iter()
        .filter_map(|k| {
            let headings: Vec<&str> = pairs[k % pairs.len()].into_iter().filter(|h| !h.is_empty()).collect();
            // The yard stows bars behind coils: half of a box of 20 ft is too short for them.
            let size = if headings.contains(&"7214") { 1 } else { (k / pairs.len() + k) % 3 };
            let recipe = honest(&headings, IsoSize::ALL[size]);
            let case = make_case(&recipe, &scanner, k as u64).unwrap();
            let declared = AsDeclared::of(&case.declaration, None).unwrap();
            match as_declared(&declared, &scanner, 1, 5) {
                Ok(loads) => {
                    assert_eq!(faults(&declared, &loads[0]), Vec::<String>::new(), "{}", recipe.name);
                    None
                }
                Err(error) => Some(format!("{} {}: {error}", recipe.name, recipe.containers[0].size.code())),
            }
        })
        .collect();
    assert!(refused.len() <= 1, "{refused:#?}");
}

#[test]
fn each_load_is_another_draw_and_the_same_again() {
    let declared = box_of(IsoSize::Twenty, vec![line(1, "0901", 12_000.0, None), line(2, "1701", 5_000.0, None)]);
    let run = |n| as_declared(&declared, &coarse(), n, 7).unwrap();
    let (three, two) = (run(3), run(2));
    assert_eq!(three[0].lines, two[0].lines);
    assert_eq!(three[1].lines, two[1].lines);
    assert_ne!(three[0].lines[0].packages, three[1].lines[0].packages);
    assert_ne!(three[0].lines[0].corners_mm, three[2].lines[0].corners_mm);
    let scanner = coarse();
    let rendered = render(&three[0].scene, &scanner, three[0].columns(&scanner), 1).unwrap();
    let shown: std::collections::BTreeSet<u16> = rendered.item.pixels().iter().copied().collect();
    assert_eq!(shown.into_iter().collect::<Vec<_>>(), [0, 1, 2]);
    let mirrored = AsDeclared { is_mirrored: true, ..declared };
    let turned = as_declared(&mirrored, &scanner, 1, 7).unwrap();
    let middle = |load: &AsDeclaredLoad| load.container.outside[0][0] + load.container.outside[1][0];
    assert!((middle(&turned[0]) - middle(&three[0])).abs() < 1e-6);
    let (a, b) = (turned[0].lines[0].corners_mm, three[0].lines[0].corners_mm);
    assert!((a[0][0] + b[1][0] - middle(&turned[0])).abs() < 1e-6);
}

#[test]
fn an_empty_declaration_is_an_empty_box() {
    let loads = as_declared(&box_of(IsoSize::Forty, Vec::new()), &coarse(), 2, 1).unwrap();
    assert!(loads.iter().all(|load| load.lines.is_empty() && load.scene.len() > 50));
}

fn refusal(declared: &AsDeclared) -> String {
    as_declared(declared, &coarse(), 1, 3).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_is_refused_in_the_terms_of_the_trade() {
    use IsoSize::{Forty, Twenty};
    let of = |size, heading, kg, packages| refusal(&box_of(size, vec![line(1, heading, kg, packages)]));
    assert_eq!(of(Twenty, "7208", 31_000.0, None), "does not fit: 31 t are above the payload of 28.2 t");
    assert_eq!(of(Twenty, "9999", 1_000.0, None), "no such heading: 9999");
    let shirts = of(Forty, "6109", 18_000.0, None);
    assert!(shirts.starts_with("does not fit: 18 t of 6109 need "), "{shirts}");
    assert!(shirts.ends_with(" m³ of 67"), "{shirts}");
    let coffee = of(Twenty, "0901", 2_400.0, Some(400));
    assert!(coffee.starts_with("400 bags of ") && coffee.ends_with(" t, declared 2.4 t"), "{coffee}");
    let two = refusal(&box_of(Forty, vec![line(1, "6109", 6_000.0, None), line(2, "8418", 6_000.0, None)]));
    assert!(two.starts_with("does not fit: 6 t of 6109 and 6 t of 8418 need "), "{two}");
    let twice = refusal(&box_of(Forty, vec![line(1, "6109", 60.0, None), line(1, "8418", 60.0, None)]));
    assert_eq!(twice, "as declared: lines[1].line: 1 occurs twice");
}

/// Light goods to the payload of a box need far more than its volume; twice the payload is too heavy, whatever it is.
#[test]
fn double_payloads_and_impossible_volumes_are_refused() {
    let all = Goods::all().unwrap();
    let wrong: Vec<String> = all
        .par_iter()
        .filter_map(|goods| {
            let declare =
                |kg| as_declared(&box_of(IsoSize::Forty, vec![line(1, &goods.heading, kg, None)]), &coarse(), 1, 9);
            let heavy = declare(57_000.0);
            if !matches!(&heavy, Err(PhantomError::Misfit(Misfit::Payload { .. }))) {
                return Some(format!("{}: 57 t are not refused", goods.heading));
            }
            let light = ["6109", "8418", "9619", "9405", "9503", "8415", "4202"];
            if light.contains(&goods.heading.as_str()) {
                return match declare(28_000.0) {
                    Err(PhantomError::Misfit(Misfit::Volume { needed_m3, usable_m3, .. }))
                        if needed_m3 > 1.3 * usable_m3 =>
                    {
                        None
                    }
                    other => Some(format!("{}: {:?}", goods.heading, other.err().map(|e| e.to_string()))),
                };
            }
            None
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Lines of random headings that share a drawn mass, in a drawn container.
fn random(k: u64) -> AsDeclared {
    let all = Goods::all().unwrap();
    let mut dice = Dice::stream(11, "declarations", k);
    let size = IsoSize::ALL[dice.below(IsoSize::ALL.len())];
    let types =
        [ContainerType::Dry, ContainerType::Dry, ContainerType::Dry, ContainerType::Reefer, ContainerType::Flat];
    let container_type = *dice.pick(&types).unwrap();
    let total_kg = dice.between(6.5, 10.2).exp();
    let parts: Vec<f64> = (0..dice.whole(1, 6)).map(|_| dice.between(0.1, 1.0)).collect();
    let sum: f64 = parts.iter().sum();
    let lines = parts.iter().enumerate().map(|(i, part)| {
        let gross_kg = (total_kg * part / sum).round().max(1.0);
        let packages = dice.chance(0.15).then(|| dice.whole(1, 400) as u32);
        line(i as u32 + 1, &dice.pick(all).unwrap().heading, gross_kg, packages)
    });
    AsDeclared { container_type, ..box_of(size, lines.collect()) }
}

/// Whatever is declared is loaded as declared or refused in words: nothing panics, and goods larger than their part of the box
/// are no fault of the program.
#[test]
fn random_declarations_are_loaded_as_declared_or_refused() {
    let scanner = coarse();
    let results: Vec<(bool, Option<String>)> = (0..600_u64)
        .into_par_iter()
        .map(|k| {
            let declared = random(k);
            let text = || {
                let of = declared.lines.iter().map(|l| format!("{:.0} {} {:?}", l.gross_kg, l.heading, l.packages));
                format!(
                    "{k}: {} {:?}: {}",
                    declared.size.code(),
                    declared.container_type,
                    of.collect::<Vec<_>>().join(", ")
                )
            };
            let start = std::time::Instant::now();
            let result = std::panic::catch_unwind(|| as_declared(&declared, &scanner, 1, k));
            let took = start.elapsed().as_secs_f64();
            if took > 3.0 {
                println!("SLOW {took:.1} s {}", text());
            }
            match result {
                Err(_) => (false, Some(format!("{}: panicked", text()))),
                Ok(Ok(loads)) => {
                    let faults = faults(&declared, &loads[0]);
                    (true, (!faults.is_empty()).then(|| format!("{}: {}", text(), faults.join("; "))))
                }
                Ok(Err(error @ PhantomError::Misfit(_))) => {
                    println!("{}: {error}", text());
                    (false, None)
                }
                Ok(Err(error)) => (false, Some(format!("{}: {error}", text()))),
            }
        })
        .collect();
    let loaded = results.iter().filter(|(is_loaded, _)| *is_loaded).count();
    println!("{loaded} of {} loaded", results.len());
    let wrong: Vec<&String> = results.iter().filter_map(|(_, fault)| fault.as_ref()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(loaded * 3 > results.len(), "{loaded} of {}", results.len());
}

/// The declaration of the API document: 320 bags of coffee, 20,120 kg gross with their bags.
#[test]
fn the_example_of_the_api_can_be_loaded() {
    let declaration: pellucid_core::Declaration = serde_json::from_str(
        r#"{ "number": "530120261000012345", "stage": "full", "direction": "import", "regime": "0110",
             "voluntary_disclosure": false, "trader": {"code": "91350200MA2XXXXX0X", "credit": "advanced"},
             "bill_of_lading": "OOLU2700000001", "vessel": "…", "origin": "BR", "destination": "CN",
             "gross_kg": 20120.0, "packages": 320, "package_type": "bag",
             "items": [ {"line": 1, "hs": "0901110000", "name": "咖啡豆 coffee beans, not roasted", "quantity": 320,
                         "unit": "bag", "net_kg": 19200.0, "un_number": null, "vins": []} ],
             "containers": [ {"id": "MSCU6345120", "size_type": "22G1", "tare_kg": 2230.0, "goods_kg": null,
                              "vgm_kg": 22350.0, "weighbridge_kg": null, "items": [1], "lcl": false} ] }"#,
    )
    .unwrap();
    declaration.validate().unwrap();
    let declared = AsDeclared::of(&declaration, None).unwrap();
    assert_eq!(declared.lines, [line(1, "0901", 20_120.0, Some(320))]);
    for seed in 0..6 {
        let loads = as_declared(&declared, &coarse(), 2, seed).unwrap();
        assert!(loads.iter().all(|load| faults(&declared, load).is_empty()), "{seed}");
    }
}

/// Full boxes of 20 ft in the packages that traders use.
#[test]
fn packages_weigh_what_traders_packages_do() {
    let usual: [(&str, u32, f64); 12] = [
        ("0901", 320, 60.7),
        ("0901", 300, 65.7),
        ("0901", 275, 70.7),
        ("1006", 1000, 25.1),
        ("1006", 500, 50.2),
        ("1701", 500, 50.15),
        ("2523", 540, 50.2),
        ("3901", 640, 25.1),
        ("3102", 460, 50.15),
        ("0901", 320, 60.0),
        ("0901", 275, 70.0),
        ("1701", 480, 50.5),
    ];
    let refused: Vec<String> = usual
        .into_par_iter()
        .filter_map(|(heading, packages, kg)| {
            let declared = box_of(IsoSize::Twenty, vec![line(1, heading, f64::from(packages) * kg, Some(packages))]);
            match as_declared(&declared, &coarse(), 1, 2) {
                Ok(loads) => {
                    let faults = faults(&declared, &loads[0]);
                    (!faults.is_empty()).then(|| format!("{packages} of {heading}: {}", faults.join("; ")))
                }
                Err(error) => Some(format!("{packages} of {heading}: {error}")),
            }
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

/// What the seed draws is how a load lies, not whether it fits.
#[test]
fn whether_a_declaration_fits_does_not_depend_on_the_seed() {
    use IsoSize::{Forty, FortyHigh, Twenty};
    let mixed = |count: u32| {
        let headings = ["6109", "6403", "9503", "8516", "3924", "4202", "8517", "3304", "7323", "9405"];
        let lines =
            (0..count).map(|i| line(i + 1, headings[i as usize % headings.len()], 7000.0 / f64::from(count), None));
        lines.collect::<Vec<_>>()
    };
    let cases = [
        box_of(Forty, vec![line(1, "6109", 16_000.0, None)]),
        box_of(Forty, vec![line(1, "6109", 17_000.0, None)]),
        box_of(Forty, vec![line(1, "6109", 18_000.0, None)]),
        box_of(FortyHigh, mixed(200)),
        box_of(FortyHigh, mixed(7)),
        box_of(Forty, vec![line(1, "6109", 6_000.0, None), line(2, "9403", 6_000.0, None)]),
        box_of(Twenty, vec![line(1, "0901", 20_120.0, Some(320))]),
        box_of(
            Twenty,
            [("7208", 4000.0), ("7214", 3000.0), ("7304", 3000.0), ("7308", 2000.0), ("7318", 3000.0)]
                .iter()
                .enumerate()
                .map(|(i, (h, kg))| line(i as u32 + 1, h, *kg, None))
                .collect(),
        ),
    ];
    let verdicts: Vec<(usize, u64, String)> = (0..cases.len() * 6)
        .into_par_iter()
        .map(|k| {
            let (case, seed) = (k / 6, (k % 6) as u64);
            let start = std::time::Instant::now();
            let verdict = match as_declared(&cases[case], &coarse(), 1, seed) {
                Ok(loads) => {
                    assert_eq!(faults(&cases[case], &loads[0]), Vec::<String>::new());
                    "fits".to_owned()
                }
                Err(error) => error.to_string(),
            };
            println!("{case} {seed} {:.1} s {verdict}", start.elapsed().as_secs_f64());
            (case, seed, verdict)
        })
        .collect();
    for pair in verdicts.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        assert_eq!(pair[0].2, pair[1].2, "case {}, seeds {} and {}", pair[0].0, pair[0].1, pair[1].1);
    }
}

/// Lines that come in cartons go together, others have a part of their own, long ones beside them.
#[test]
fn many_lines_of_any_goods_share_a_box() {
    use IsoSize::{Forty, FortyHigh, Twenty};
    let of = |headings: &[&str], kg: f64| -> Vec<DeclaredLoad> {
        headings.iter().enumerate().map(|(i, h)| line(i as u32 + 1, h, kg, None)).collect()
    };
    let steel = ["7208", "7214", "7304", "7308", "7318"];
    let cases = [
        box_of(Twenty, of(&["7208", "8481"], 9_000.0)),
        box_of(FortyHigh, of(&["7208", "8481"], 9_000.0)),
        box_of(Twenty, of(&["7208", "7214"], 8_000.0)),
        box_of(Twenty, of(&steel, 3_000.0)),
        box_of(Forty, of(&["0901", "1701", "1006", "3901", "4001", "5201"], 3_000.0)),
        box_of(Forty, of(&["0901", "1701", "6109", "9503", "8516", "3924", "7208"], 2_000.0)),
        box_of(FortyHigh, of(&["7304", "4407", "6109", "9503", "8516", "3924", "5201", "9401"], 1_200.0)),
        box_of(Forty, of(&["0901", "1006", "1701", "1001", "2523", "3102", "3901", "4001"], 2_000.0)),
    ];
    let refused: Vec<String> = cases
        .par_iter()
        .flat_map_iter(|declared| (0..3).map(move |seed| (declared, seed)))
        .filter_map(|(declared, seed)| {
            let name = || declared.lines.iter().map(|l| l.heading.as_str()).collect::<Vec<_>>().join(" ");
            match as_declared(declared, &coarse(), 1, seed) {
                Ok(loads) => {
                    let faults = faults(declared, &loads[0]);
                    (!faults.is_empty()).then(|| format!("{}: {}", name(), faults.join("; ")))
                }
                Err(error) => Some(format!("{}: {error}", name())),
            }
        })
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let eleven = ["1001", "1005", "1201", "2504", "2603", "2619", "2620", "4403", "7204", "7404", "7602"];
    let refused = refusal(&box_of(Forty, of(&eleven, 1_000.0)));
    assert!(
        refused.starts_with("11 lines need a place of their own") && refused.ends_with("at most 10 in one container"),
        "{refused}"
    );
}

#[test]
fn liquid_in_a_flexitank_is_loaded() {
    let declared = box_of(IsoSize::Twenty, vec![line(1, "1511", 21_000.0, Some(1))]);
    let loads = as_declared(&declared, &coarse(), 2, 1).unwrap();
    for load in &loads {
        assert_eq!(faults(&declared, load), Vec::<String>::new());
        let [low, high] = load.lines[0].corners_mm;
        assert!(high[0] - low[0] > 4_900.0 && high[1] - low[1] < 2_200.0, "{low:?} to {high:?}");
    }
}

#[test]
fn line_numbers_reach_as_far_as_the_raster() {
    let of = |number| as_declared(&box_of(IsoSize::Forty, vec![line(number, "6109", 900.0, None)]), &coarse(), 1, 1);
    for number in [1, 999, 1_000, 9_999, 65_535] {
        assert_eq!(of(number).unwrap()[0].lines[0].line, number);
    }
    for number in [0, 65_536] {
        let error = of(number).unwrap_err().to_string();
        assert_eq!(error, format!("as declared: lines[0].line: 1 to 65535, got {number}"));
    }
}

#[test]
fn figures_that_no_goods_have_are_refused_with_their_path() {
    let declaration = make_case(&honest(&["0901"], IsoSize::Twenty), &coarse(), 4).unwrap().declaration;
    for bad in [-5.0, f64::NAN, f64::INFINITY] {
        let refused = |change: &dyn Fn(&mut pellucid_core::Declaration)| {
            let mut declaration = declaration.clone();
            change(&mut declaration);
            AsDeclared::of(&declaration, None).unwrap_err().to_string()
        };
        let text = |path: &str| format!("declaration: {path}: a number of at least 0, got {bad}");
        assert_eq!(refused(&|d| d.containers[0].goods_kg = Some(bad)), text("containers[0].goods_kg"));
        assert_eq!(refused(&|d| d.containers[0].vgm_kg = Some(bad)), text("containers[0].vgm_kg"));
        assert_eq!(refused(&|d| d.containers[0].tare_kg = Some(bad)), text("containers[0].tare_kg"));
        assert_eq!(refused(&|d| d.items[0].net_kg = Some(bad)), text("items[0].net_kg"));
        assert_eq!(refused(&|d| d.gross_kg = Some(bad)), text("gross_kg"));
    }
    let mut light = declaration.clone();
    (light.containers[0].goods_kg, light.containers[0].weighbridge_kg) = (None, None);
    (light.containers[0].vgm_kg, light.containers[0].tare_kg) = (Some(2_000.0), Some(2_230.0));
    let error = AsDeclared::of(&light, None).unwrap_err().to_string();
    assert_eq!(error, "declaration: containers[0]: the goods must weigh more than 0 kg, got -230 after the tare");
}

#[test]
fn a_container_of_a_lot_takes_its_share() {
    let mut declaration = make_case(&honest(&["0901"], IsoSize::Twenty), &coarse(), 4).unwrap().declaration;
    let gross_kg = declaration.gross_kg.unwrap();
    let one = declaration.containers[0].clone();
    let id = pellucid_core::ContainerNumber::with_check_digit("TEMU", 123_456).unwrap();
    declaration.containers[0] =
        pellucid_core::DeclaredContainer { goods_kg: None, vgm_kg: None, weighbridge_kg: None, ..one.clone() };
    declaration.containers.push(pellucid_core::DeclaredContainer {
        id: id.clone(),
        size_type: Some("42G1".to_owned()),
        goods_kg: None,
        vgm_kg: None,
        weighbridge_kg: None,
        ..one
    });
    assert!(AsDeclared::of(&declaration, None).is_err(), "two containers, and not said which");
    let share = |declaration: &pellucid_core::Declaration| {
        let seen = AsDeclared::of(declaration, Some(&id)).unwrap();
        assert_eq!((seen.size, seen.lines.len(), seen.lines[0].packages), (IsoSize::Forty, 1, None));
        seen.lines[0].gross_kg
    };
    let (small, large) = (IsoSize::Twenty.usable_volume_m3(), IsoSize::Forty.usable_volume_m3());
    assert!((share(&declaration) - gross_kg * large / (small + large)).abs() < 1.0);
    declaration.containers[1].vgm_kg = Some(22_230.0);
    declaration.containers[1].tare_kg = Some(3_700.0);
    assert!((share(&declaration) - 18_530.0).abs() < 1e-6);
    declaration.containers[1].goods_kg = Some(18_000.0);
    assert!((share(&declaration) - 18_000.0).abs() < 1e-6);
    declaration.stage = DeclarationStage::Manifest;
    declaration.items[0].hs = None;
    let error = AsDeclared::of(&declaration, Some(&id)).unwrap_err().to_string();
    assert_eq!(error, "declaration: items[0].hs: a heading of four digits is required, got none");
}
