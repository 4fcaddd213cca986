//! `pellucid quality` on a week of one machine's scans: what fails is said, what does not is not, and what cannot be told neither.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use pellucid_phantom::{Family, Recipe, Scanner, make_case};
use serde_json::Value;

/// Two scans a day for seven days, of loads and empty boxes in turn, by a machine that changes from day to day.
fn week(folder: &Path, change: impl Fn(&mut Scanner, f64)) -> Value {
    std::fs::create_dir_all(folder).unwrap();
    for i in 0..14_u64 {
        let (seed, day) = (4_610_000 + i, i / 2);
        let mut scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        // One machine has one scatter; phantoms draw theirs anew for every scan.
        scanner.imperfections.scatter = [5e-4; 2];
        scanner.imperfections.dead_detectors = [1, 1];
        change(&mut scanner, day as f64);
        let family = [Family::Honest, Family::Empty, Family::Substitution][(i % 3) as usize];
        let mut scan = make_case(&Recipe::random(seed, family).unwrap(), &scanner, seed).unwrap().scan;
        scan.scanner.serial = "PH-00001".into();
        scan.acquired_at = Some(format!("2026-10-{:02}T{:02}:00:00Z", 1 + day, 8 + 6 * (i % 2)));
        let file = folder.join(format!("{i:02}.tif"));
        std::fs::write(file, pellucid_scan::encode_tiff(&scan).unwrap()).unwrap();
    }
    watched(&[folder])
}

fn watched(paths: &[&Path]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pellucid"));
    command.args(["--json", "quality"]).args(paths).env("PELLUCID_GPU", "off");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn worse(answer: &Value) -> Vec<&str> {
    let machines = answer["machines"].as_array().unwrap();
    assert_eq!(machines.len(), 1);
    assert!(machines[0]["untold"].is_null(), "{}", machines[0]["untold"]);
    machines[0]["worse"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect()
}

#[test]
fn a_machine_that_fails_is_seen_within_a_week() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);

    let steady = week(&at("steady"), |_, _| {});
    assert_eq!(worse(&steady), [""; 0], "{}", steady["machines"][0]["worse"]);

    // Ten points of the dose a day, down to 40 %.
    let dose = week(&at("dose"), |scanner, day| {
        scanner.bands.iter_mut().for_each(|band| band.air_quanta *= 1.0 - 0.1 * day);
    });
    let codes = worse(&dose);
    assert!(codes.contains(&"noise_high") && codes.contains(&"contrast"), "{codes:?}");

    // Scatter to seven times: figures say it, and past 3 ‰ an issue with its limit does.
    let scatter = week(&at("scatter"), |scanner, day| scanner.imperfections.scatter = [5e-4 * (1.0 + day); 2]);
    let codes = worse(&scatter);
    assert!(codes.contains(&"scatter"), "{codes:?}");
    let issues = &scatter["machines"][0]["issues"];
    assert!((2..=4).contains(&issues["scatter"].as_u64().unwrap()), "of the last two days: {issues}");

    // The figures of test objects move with what limits them.
    let last = |answer: &Value, code: &str| {
        let days = answer["machines"][0]["days"].as_array().unwrap();
        let figures = days.last().unwrap()[1].as_array().unwrap().clone();
        figures.iter().find(|f| f["code"] == code).unwrap()["value"].as_f64().unwrap()
    };
    let table =
        ["penetration", "contrast", "material_to"].map(|code| [&steady, &dose, &scatter].map(|a| last(a, code)));
    println!("steady, 40 % of the dose, scatter 3.5e-3: {table:?}");
    let [penetration, contrast, material] = table;
    assert!(penetration[1] < penetration[0] && penetration[2] < penetration[0]);
    assert!(contrast[1] > 1.1 * contrast[0] && material[2] < material[0]);
}

#[test]
fn pictures_of_nobody_are_not_called_well() {
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_scans/timber_processed/scan.png");
    let folder = tempfile::tempdir().unwrap();
    for i in 0..9 {
        std::fs::copy(&picture, folder.path().join(format!("{i}.png"))).unwrap();
    }
    let answer = watched(&[folder.path()]);
    let why = answer["machines"][0]["untold"].as_str().unwrap();
    assert!(why.contains("no serial number in 9 scans"), "{why}");
}
