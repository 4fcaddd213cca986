//! What traders usually declare, what no goods can be, and what the documents say of it.

use super::*;

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

/// The document quotes what the program says, and the example that it shows.
#[test]
fn the_document_says_what_the_program_does() {
    let text = include_str!("../../RECIPES.md");
    let of = |size, heading, kg| refusal(&box_of(size, vec![line(1, heading, kg, None)]));
    for said in [of(IsoSize::Forty, "6109", 18_000.0), of(IsoSize::Twenty, "7208", 31_000.0)] {
        assert!(text.contains(&format!("`{said}`")), "{said}");
    }
    let example = include_str!("../../examples/as_declared.rs");
    let shown = text.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    for line in shown.lines() {
        assert!(example.contains(line.trim()), "{line}");
    }
}
