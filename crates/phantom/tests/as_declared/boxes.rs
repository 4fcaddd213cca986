//! Boxes of any lines, and whether they fit.

use super::*;

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
            let result = std::panic::catch_unwind(|| as_declared(&declared, &scanner, 1, k));
            match result {
                Err(_) => (false, Some(format!("{}: panicked", text()))),
                Ok(Ok(loads)) => {
                    let faults = faults(&declared, &loads[0]);
                    (true, (!faults.is_empty()).then(|| format!("{}: {}", text(), faults.join("; "))))
                }
                Ok(Err(PhantomError::Misfit(_))) => (false, None),
                Ok(Err(error)) => (false, Some(format!("{}: {error}", text()))),
            }
        })
        .collect();
    let loaded = results.iter().filter(|(is_loaded, _)| *is_loaded).count();
    println!("{loaded} of {} loaded", results.len());
    let wrong: Vec<&String> = results.iter().filter_map(|(_, fault)| fault.as_ref()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(loaded * 2 > results.len(), "{loaded} of {}", results.len());
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
            let verdict = match as_declared(&cases[case], &coarse(), 1, seed) {
                Ok(loads) => {
                    assert_eq!(faults(&cases[case], &loads[0]), Vec::<String>::new());
                    "fits".to_owned()
                }
                Err(error) => error.to_string(),
            };
            (case, seed, verdict)
        })
        .collect();
    let fits = |case: usize| verdicts[6 * case].2 == "fits";
    assert!((0..cases.len()).all(|case| fits(case) == (case != 2)), "{verdicts:#?}");
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
