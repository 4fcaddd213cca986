//! `pellucid scanner calibrate` on plates of a machine that is not what its scans say, and the file it leaves.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Output};

use pellucid_phantom::{Plate, Scanner, plate_scan};

fn pellucid(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pellucid"));
    command.args(arguments).current_dir(folder).env("PELLUCID_GPU", "off").output().unwrap()
}

fn text_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Writes plates as a 5.7 / 3.3 MV machine with a thin filter sees them that says 6.0 / 3.5, and what they are.
fn write_references(folder: &Path) {
    let mut scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    for (band, (endpoint, filter)) in scanner.bands.iter_mut().zip([(5.7, 3.0), (3.3, 3.0)]) {
        (band.endpoint_mev, band.filter_g_per_cm2) = (endpoint, filter);
    }
    let plates: Vec<Plate> = ["polyethylene", "aluminium", "iron", "lead"]
        .into_iter()
        .flat_map(|name| [15.0, 40.0, 80.0].map(|x| Plate { material: name.to_owned(), areal_density_g_per_cm2: x }))
        .collect();
    let mut made = plate_scan(&plates, 0.0, &scanner, 5_400_001).unwrap();
    for (band, said) in made.scan.views[0].bands.iter_mut().zip([6.0, 3.5]) {
        band.endpoint_mev = Some(said);
    }
    let mut text = "[[scan]]\nfile = \"plates.tif\"\n".to_owned();
    for (plate, px) in plates.iter().zip(&made.px) {
        let (material, areal_density) = (&plate.material, plate.areal_density_g_per_cm2);
        write!(
            text,
            "[[scan.object]]\nx = {}\ny = {}\nwidth = {}\nheight = {}\n\
             layers = [{{ material = {material:?}, areal_density_g_per_cm2 = {areal_density:?} }}]\n",
            px.x, px.y, px.width, px.height
        )
        .unwrap();
    }
    std::fs::create_dir(folder.join("reference")).unwrap();
    std::fs::write(folder.join("reference/plates.tif"), pellucid_scan::encode_tiff(&made.scan).unwrap()).unwrap();
    std::fs::write(folder.join("reference/plates.toml"), text).unwrap();
}

#[test]
fn a_machine_is_calibrated_and_its_file_is_used() {
    let folder = tempfile::tempdir().unwrap();
    write_references(folder.path());
    let calibrate = ["scanner", "calibrate", "reference/plates.toml", "-o", "calibrations.toml"];
    let output = pellucid(folder.path(), &[&["--json"], &calibrate[..]].concat());
    assert!(output.status.success(), "{}", text_of(&output));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let bands = answer["calibration"]["bands"].as_array().unwrap();
    println!("{:#}", answer["calibration"]);
    assert_eq!(bands.len(), 2);
    for band in bands {
        let [before, after] = ["rms_before", "rms_after"].map(|key| band[key].as_f64().unwrap());
        assert!(before > 0.02 && after < 0.3 * before && after < 0.01, "{band}");
    }
    // Calibrating again takes the place of the machine's entry.
    let again = pellucid(folder.path(), &calibrate);
    assert!(String::from_utf8_lossy(&again.stdout).contains("fits least: object"), "{}", text_of(&again));
    let file = std::fs::read_to_string(folder.path().join("calibrations.toml")).unwrap();
    assert_eq!(file.matches("serial = ").count(), 1, "{file}");
    // The file changes what is drawn; a file that is not one is refused with its name.
    let draw = |name: &str| {
        let arguments = ["render", "reference/plates.tif", "--preset", "material", "-o", name];
        let drawn = pellucid(folder.path(), &arguments);
        assert!(drawn.status.success(), "{}", text_of(&drawn));
        std::fs::read(folder.path().join(name)).unwrap()
    };
    let before = draw("before.png");
    std::fs::write(folder.path().join("pellucid.toml"), "calibrations = \"calibrations.toml\"\n").unwrap();
    assert_ne!(draw("after.png"), before);
    std::fs::write(folder.path().join("calibrations.toml"), "scanners = 3\n").unwrap();
    let refused = pellucid(folder.path(), &["render", "reference/plates.tif", "-o", "b.png"]);
    assert_eq!(refused.status.code(), Some(5), "{}", text_of(&refused));
    assert!(text_of(&refused).contains("calibrations.toml"), "{}", text_of(&refused));
}

#[test]
fn references_that_cannot_be_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write_references(folder.path());
    let object = |material: &str, x: u32, areal_density: f64| {
        format!(
            "[[scan.object]]\nx = {x}\ny = 80\nwidth = 4\nheight = 4\n\
             layers = [{{ material = {material:?}, areal_density_g_per_cm2 = {areal_density:?} }}]\n"
        )
    };
    let scan = "[[scan]]\nfile = \"plates.tif\"\n";
    for (text, word) in [
        (format!("{scan}{}", object("cheese", 10, 9.0)), "cheese"),
        (format!("{scan}{}", object("cheese", 10, 9.0)), "polyethylene, "),
        (
            format!("{scan}{}", object("iron", 900_000, 9.0)),
            "plates.tif: object 0: x + width is 900004; the view's width is ",
        ),
        (format!("{scan}{}", object("iron", 10, 9.0).replace("width = 4", "width = 0")), "object 0: width is 0"),
        (format!("{scan}{}", object("iron", 10, 9.0).replace("x =", "view = 2\nx =")), "numbered from 0 to 0"),
        (format!("{scan}{}", object("iron", 10, -4.0)), "areal_density_g_per_cm2"),
        (format!("{scan}{}", object("iron", 10, 15.0)), "6 MV: 1 of 1 known objects can be fitted; at least 3 must"),
        ("[[scan]]\nfile = \"wrong.toml\"\nobject = []\n".to_owned(), "wrong.toml"),
        ("[[scan]]\nfile = \"absent.tif\"\nobject = []\n".to_owned(), "absent.tif"),
        (format!("{scan}colour = 1\n"), "colour"),
    ] {
        std::fs::write(folder.path().join("reference/wrong.toml"), &text).unwrap();
        let output = pellucid(folder.path(), &["scanner", "calibrate", "reference/wrong.toml", "-o", "c.toml"]);
        let exit = if word == "absent.tif" { 4 } else { 5 };
        assert_eq!(output.status.code(), Some(exit), "{word}: {}", text_of(&output));
        assert!(text_of(&output).contains(word), "{} lacks {word}", text_of(&output));
        assert!(!folder.path().join("c.toml").exists());
    }
}

#[test]
fn scans_without_a_machine_and_folders_without_a_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_references(folder.path());
    let at = |name: &str| folder.path().join("reference").join(name);
    // A folder as some vendor writes it is a scan like any other; this one names no machine.
    std::fs::create_dir(at("vendor")).unwrap();
    let json = r#"{"profile": "pellucid-scan/1", "grade": "single_energy_raw", "files": ["high.png", "dark.png", "air.png"],
        "views": [{"name": "side", "bands": [{"name": "high", "page": 0, "dark_page": 1, "air_page": 2, "endpoint_mev": 6}]}]}"#;
    std::fs::write(at("vendor/scan.json"), json).unwrap();
    for (name, columns, rows, value) in [("high", 64, 32, 9_000), ("dark", 32, 1, 200), ("air", 32, 1, 50_000)] {
        let png = pellucid_scan::png_gray16(columns, rows, &vec![value; (columns * rows) as usize]).unwrap();
        std::fs::write(at("vendor").join(format!("{name}.png")), png).unwrap();
    }
    std::fs::write(at("vendor.toml"), "[[scan]]\nfile = \"vendor\"\nobject = []\n").unwrap();
    let output = pellucid(folder.path(), &["scanner", "calibrate", "reference/vendor.toml", "-o", "c.toml"]);
    let text = text_of(&output);
    assert!(output.status.code() == Some(5) && text.contains("vendor: the scan gives no serial number"), "{text}");
    // A folder is no file of references.
    let output = pellucid(folder.path(), &["scanner", "calibrate", "reference", "-o", "c.toml"]);
    let text = text_of(&output);
    assert!(output.status.code() == Some(5) && text.contains("reading reference"), "{text}");
}
