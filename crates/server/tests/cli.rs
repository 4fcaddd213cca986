//! The command line as scripts see it: data on stdout, exit codes, files.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The workspace, where models and the setup folder lie.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn pellucid(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .args(arguments)
        .current_dir(root())
        .env("PELLUCID_GPU", "off")
        .output()
        .unwrap()
}

#[track_caller]
fn check(arguments: &[&str], code: i32) -> Output {
    let output = pellucid(arguments);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
    output
}

#[track_caller]
fn json(arguments: &[&str]) -> serde_json::Value {
    let output = check(arguments, 0);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn exit_codes_tell_usage_absence_and_bad_input_apart() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.tif");
    std::fs::write(&text, "no scan").unwrap();
    let text = text.to_str().unwrap();
    let picture = folder.path().join("x.png");
    let picture = picture.to_str().unwrap();
    check(&["nonsense"], 2);
    check(&["render", text], 2);
    check(&["--gpu-mode", "sometimes", "config"], 2);
    check(&["--config", "/no/such.toml", "config"], 4);
    check(&["render", "/no/such.tif", "-o", picture], 4);
    check(&["render", text, "-o", picture], 5);
    check(&["phantom", "scene", "no-such-recipe", "-o", picture], 4);
    check(&["serve", "--bind", "0.0.0.0:0"], 2);
    assert!(!Path::new(picture).exists());
}

#[test]
fn the_configuration_names_every_fault_and_hides_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pellucid.toml");
    std::fs::write(&file, "colour = 'red'\nworkers = 'many'\n").unwrap();
    let output = check(&["--config", file.to_str().unwrap(), "config"], 2);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("colour") && message.contains("workers"), "{message}");
    let config = json(&["config", "--json"]);
    assert_eq!(config["gpu"], "off", "the environment is a layer");
    assert_eq!(config["bind"], "127.0.0.1:8460");
}

#[test]
fn solids_are_projected_into_scans_in_either_frame() {
    let folder = tempfile::tempdir().unwrap();
    let objects = folder.path().join("objects.toml");
    let block = |at: &str| {
        format!(
            "[[objects]]\nshape = \"block\"\nat_mm = {at}\nsize_mm = [300.0, 200.0, 400.0]\nmaterial = \"sugar\"\n"
        )
    };
    let kg = 0.3 * 0.2 * 0.4 * 1000.0 * 1.59;
    let (objects_path, out) = (objects.to_str().unwrap().to_owned(), folder.path().join("made"));
    let out = out.to_str().unwrap();
    // In an empty box on a trailer: above the floor, in the middle of its width.
    std::fs::write(&objects, block("[2500.0, 900.0, 1000.0]")).unwrap();
    let made =
        json(&["phantom", "project", "sample_scans/empty", &objects_path, "--container", "0", "-o", out, "--json"]);
    let mass = made["mass_kg"].as_f64().unwrap();
    assert!((mass / kg - 1.0).abs() < 0.02, "{mass} {kg}");
    for name in ["scan.tif", "truth/item.tif", "truth/areal_density.tif", "projection.json"] {
        assert!(Path::new(out).join(name).is_file(), "{name}");
    }
    let before = json(&["inspect", "sample_scans/empty", "--json"]);
    let scan = format!("{out}/scan.tif");
    let after = json(&["inspect", &scan, "--json"]);
    let best = |answer: &serde_json::Value| answer["containers"][0]["cargo_mass"]["best_kg"].as_f64().unwrap();
    let gained = best(&after) - best(&before);
    println!("{mass:.2} kg put in, {gained:.2} kg more measured");
    assert!((gained / kg - 1.0).abs() < 0.35, "{gained} of {kg}");
    // In the lane's frame; goods give way.
    std::fs::write(&objects, block("[5000.0, 1900.0, 3600.0]")).unwrap();
    let made = json(&[
        "phantom",
        "project",
        "sample_scans/coffee",
        &objects_path,
        "--displaces",
        "coffee:0.6",
        "-o",
        out,
        "--json",
    ]);
    assert!(made["displaced_kg"].as_f64().unwrap() > 10.0, "{made}");
    // Where a load hides the rails: the described fan tells, or a usual machine is taken and said to be.
    std::fs::write(&objects, block("[2500.0, 900.0, 1000.0]")).unwrap();
    for (scan, is_assumed) in [("sample_scans/coffee", false), ("sample_scans/timber_processed", true)] {
        let made = json(&["phantom", "project", scan, &objects_path, "--container", "0", "-o", out, "--json"]);
        assert!((made["mass_kg"].as_f64().unwrap() / kg - 1.0).abs() < 0.02, "{made}");
        assert_eq!(made["assumptions"].to_string().contains("the source stood"), is_assumed, "{made}");
    }
    // Refusals write nothing.
    let nothing = folder.path().join("nothing");
    let nothing_path = nothing.to_str().unwrap();
    for (scan, text, more, code) in [
        ("sample_scans/empty", block("[1e6, 0.0, 3600.0]"), vec![], 5),
        ("sample_scans/empty", block("[2500.0, 900.0, 1000.0]"), vec!["--container", "7"], 4),
        ("sample_scans/empty", block("[2500.0, 900.0, 1000.0]").replace("sugar", "cheese"), vec![], 5),
        ("sample_scans/timber_processed", block("[2500.0, 900.0, 1000.0]"), vec![], 5),
        ("sample_scans/empty", block("[5000.0, 1900.0, 3600.0]"), vec!["--displaces", "sugar:much"], 2),
    ] {
        std::fs::write(&objects, text).unwrap();
        let mut arguments = vec!["phantom", "project", scan, &objects_path, "-o", nothing_path];
        arguments.extend(more);
        check(&arguments, code);
        assert!(!nothing.exists(), "{arguments:?}");
    }
}

#[test]
fn a_phantom_becomes_a_case_folder_and_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("coffee");
    let truth = json(&["phantom", "scene", "coffee", "--seed", "5", "-o", case.to_str().unwrap(), "--json"]);
    assert_eq!(truth["seed"], 5);
    for name in ["scan.tif", "declaration.json", "truth.json", "truth/areal_density.tif", "truth/item.tif"] {
        assert!(case.join(name).is_file(), "{name}");
    }
    let again = folder.path().join("again");
    json(&["phantom", "scene", "coffee", "--seed", "5", "-o", again.to_str().unwrap(), "--json"]);
    let bytes = |folder: &Path| std::fs::read(folder.join("scan.tif")).unwrap();
    assert_eq!(bytes(&case), bytes(&again), "the same seed gives the same bytes");

    let picture = folder.path().join("coffee.png");
    let scan = case.join("scan.tif");
    let (scan, out) = (scan.to_str().unwrap(), picture.to_str().unwrap());
    let answer = json(&["render", scan, "--preset", "material", "-o", out, "--json"]);
    let png = std::fs::read(&picture).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    assert!(answer["width"].as_u64().unwrap() > 300);
    for preset in pellucid_core::Preset::ALL {
        check(&["render", scan, "--preset", preset.as_str(), "-o", out], 0);
    }
    let processed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_scans/timber_processed/scan.png");
    check(&["render", processed.to_str().unwrap(), "--preset", "organic", "-o", out], 5);
    check(&["render", scan, "--preset", "purple", "-o", out], 2);
    refused_renderings(scan, processed.to_str().unwrap(), out);
    check(&["render", scan, "--view", "3", "-o", out], 4);
}

/// What `render` refuses, and that it says why.
fn refused_renderings(dual: &str, processed: &str, out: &str) {
    let refused = |arguments: &[&str], code: i32, words: &[&str]| {
        let said = check(&[&["render"], arguments].concat(), code).stderr;
        let said = String::from_utf8_lossy(&said);
        words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?}: {said} lacks {word}"));
    };
    let folder = tempfile::tempdir().unwrap();
    let single = folder.path().join("single.tif");
    std::fs::write(&single, single_energy(&std::fs::read(dual).unwrap())).unwrap();
    let single = single.to_str().unwrap();
    for preset in ["material", "organic", "inorganic"] {
        refused(&[single, "--preset", preset, "-o", out], 5, &[preset, "single_energy_raw", "dual_energy_raw"]);
        refused(&[processed, "--preset", preset, "-o", out], 5, &[preset, "processed", "dual_energy_raw"]);
    }
    refused(&[dual, "--window=-1,2", "-o", out], 5, &["window_low is -1", "[0, 16)"]);
    refused(&[dual, "--window", "-1,2", "-o", out], 5, &["window_low is -1"]);
    refused(&[dual, "--window", "3,2", "-o", out], 5, &["window_high is 2"]);
    for (preset, option, value) in [
        ("grey", "--detail-gain", "2"),
        ("material", "--contrast-limit", "2"),
        ("edge", "--sweep", "1,1"),
        ("density_sweep", "--window", "0,3"),
        ("density_sweep", "--gamma", "2"),
    ] {
        refused(&[dual, "--preset", preset, option, value, "-o", out], 2, &[option, preset]);
    }
    refused(&[dual, "-o", &out.replace(".png", ".jpg")], 2, &[".jpg", ".png"]);
    let help = String::from_utf8(check(&["render", "--help"], 0).stdout).unwrap();
    assert!(pellucid_core::Preset::ALL.iter().all(|preset| help.contains(preset.as_str())), "{help}");
}

/// The high band alone of a dual-energy scan.
fn single_energy(file: &[u8]) -> Vec<u8> {
    let limits = pellucid_scan::Limits::default();
    let mut scan = pellucid_scan::decode(file, &limits).unwrap().scan;
    scan.grade = pellucid_core::Grade::SingleEnergyRaw;
    scan.views.iter_mut().for_each(|view| view.bands.retain(|band| band.kind == pellucid_core::BandKind::High));
    pellucid_scan::encode_tiff(&scan).unwrap()
}

#[test]
fn a_scan_is_measured_and_drawn_without_a_declaration() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.svg");
    let sheet = sheet.to_str().unwrap();
    let coffee = json(&["inspect", "sample_scans/coffee/scan.tif", "--json", "-o", sheet]);
    let container = &coffee["containers"][0];
    assert_eq!(container["size"], "22G1");
    assert!(container["cargo_mass"]["best_kg"].as_f64().unwrap() > 10_000.0, "{container}");
    assert!(container["patches"].as_array().unwrap().is_empty());
    let drawn = std::fs::read_to_string(sheet).unwrap();
    let panels = |drawn: &str| -> Vec<String> {
        let titles = drawn.lines().filter_map(|line| line.split_once("class=\"title\">side · "));
        titles.map(|(_, title)| title.trim_end_matches("</text>").to_owned()).collect()
    };
    let titles = panels(&drawn);
    let load = "areal density of the load per patch";
    assert_eq!(titles, ["containers", "material", "segments", load, "validity (white: measured)"]);
    assert!(coffee["geometry"][0].is_null(), "its load hides the box's lines");
    for words in [
        "22G1",
        "coffee/scan.tif",
        "Scan quality: usable",
        "two bands of counts",
        "kg/m²",
        "undecidable",
        "penetration-limited",
    ] {
        assert!(drawn.contains(words), "{words}");
    }
    assert!(drawn.ends_with("</svg>\n"));
    assert!(drawn.contains("1 · 22G1 · ≥ "), "a load that is opaque has a lower bound and no best");
    let empty = json(&["inspect", "sample_scans/empty/scan.tif", "--json", "-o", sheet]);
    assert!(panels(&std::fs::read_to_string(sheet).unwrap()).contains(&"fitted geometry".to_owned()));
    let source = &empty["geometry"][0]["source_to_near_wall_mm"];
    assert!((source["value"].as_f64().unwrap() - 2750.0).abs() < 4.0 * source["sigma"].as_f64().unwrap(), "{source}");
    assert_eq!(empty["geometry"][0]["lines"].as_array().unwrap().len(), 4);

    // One band has no materials: no panel, no share, nothing "undecidable".
    let wine = check(&["inspect", "sample_scans/wine_gantry/scan.tif", "-o", sheet], 0);
    let words = String::from_utf8(wine.stdout).unwrap();
    assert!(!words.contains("undecidable"), "{words}");
    let drawn = std::fs::read_to_string(sheet).unwrap();
    assert!(
        !drawn.contains("organic") && !panels(&drawn).iter().any(|title| title == "material"),
        "{:?}",
        panels(&drawn)
    );

    let timber = json(&["inspect", "sample_scans/timber_processed/scan.png", "--json", "--patches"]);
    assert_eq!(timber["grade"], "processed");
    assert!(timber["containers"][0]["cargo_mass"].is_null());
    assert!(!timber["containers"][0]["patches"].as_array().unwrap().is_empty());
    let words = check(&["inspect", "sample_scans/timber_processed/scan.png"], 0);
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("kilograms not applicable to this grade"), "{words}");
    let said = |arguments: &[&str], code| String::from_utf8(check(arguments, code).stderr).unwrap();
    assert!(said(&["inspect", "sample_scans/README.md"], 5).contains("sample_scans/README.md"));
    assert!(said(&["inspect", "/no/such.tif"], 4).contains("/no/such.tif"));
    // Refused before anything is measured.
    let picture = folder.path().join("sheet.png");
    let picture = picture.to_str().unwrap();
    let refused = said(&["inspect", "sample_scans/coffee/scan.tif", "-o", picture], 2);
    assert!(refused.contains(".svg") && refused.contains("sheet.png") && !Path::new(picture).exists(), "{refused}");
    assert!(said(&["inspect", "sample_scans/coffee/scan.tif", "--patches"], 2).contains("--json"));
}

#[test]
fn suites_are_cut_into_shards_without_overlap() {
    let folder = tempfile::tempdir().unwrap();
    for shard in ["0/2", "1/2"] {
        let out = folder.path().to_str().unwrap();
        let answer = json(&["phantom", "suite", "honest", "-n", "3", "--shard", shard, "-o", out, "--json"]);
        assert_eq!(answer["written"], if shard == "0/2" { 2 } else { 1 });
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn goods_are_drawn_on_sheets_by_heading() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("sheets");
    let answer = json(&["phantom", "sheet", "8703,0202", "-o", out.to_str().unwrap(), "--json"]);
    let file = answer["files"][0].as_str().unwrap();
    assert!(file.ends_with("goods-01-0202-8703.svg") && answer["files"].as_array().unwrap().len() == 1, "{answer}");
    let svg = std::fs::read_to_string(file).unwrap();
    // Two headings with all their ways of packing, two shipments each, grey and material.
    let goods = ["0202", "8703"].map(|heading| root().join(format!("crates/phantom/goods/{heading}.toml")));
    let ways = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap().matches("[[packing]]").count();
    assert_eq!(svg.matches("<image").count(), 4 * goods.iter().map(ways).sum::<usize>());
    assert!(svg.contains("0202 ") && svg.contains("8703 ") && svg.contains(" kg, "), "no names and masses");
    // A new heading is a file, without building anything anew.
    let mine = folder.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    let text = std::fs::read_to_string(&goods[0]).unwrap().replace("0202", "0299");
    std::fs::write(mine.join("0299.toml"), &text).unwrap();
    let mine = mine.to_str().unwrap();
    let answer = json(&["phantom", "sheet", "0299", "--goods", mine, "-o", out.to_str().unwrap(), "--json"]);
    assert!(answer["files"][0].as_str().unwrap().ends_with("goods-01-0299-0299.svg"), "{answer}");
    std::fs::write(Path::new(mine).join("0298.toml"), text).unwrap();
    let refused = check(&["phantom", "sheet", "0299", "--goods", mine, "-o", out.to_str().unwrap()], 5);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("0298.toml: heading: the file must be named 0299.toml"), "{text}");
    let refused = check(&["phantom", "sheet", "0000", "-o", out.to_str().unwrap()], 4);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("0000: the yard") && text.contains("0901, "), "{text}");
}

#[test]
fn declarations_are_loaded_or_refused_with_the_room_they_need() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let declare = |name: &str, hs: &str, size: &str, net: f64, gross: f64| {
        let text = serde_json::json!({
            "stage": "full", "gross_kg": gross,
            "items": [{ "line": 1, "hs": hs, "net_kg": net }],
            "containers": [{ "id": "MSCU6345120", "size_type": size, "items": [1] }],
        });
        std::fs::write(path(name), text.to_string()).unwrap();
        path(name)
    };
    let coffee = declare("coffee.json", "0901110000", "22G1", 19_200.0, 19_900.0);
    let out = path("loads");
    let made = json(&["phantom", "declared", &coffee, "-n", "2", "-o", &out, "--json"]);
    let gross = |load: usize| made["loads"][load][0]["gross_kg"].as_f64().unwrap();
    assert!((gross(0) - 19_900.0).abs() < 1.0 && (gross(1) - 19_900.0).abs() < 1.0, "{made}");
    for name in ["load-0/scan.tif", "load-1/truth/item.tif", "load-1/loaded.json"] {
        assert!(Path::new(&out).join(name).is_file(), "{name}");
    }
    let shirts = declare("shirts.json", "6109100021", "42G1", 17_000.0, 18_000.0);
    let refused = check(&["phantom", "declared", &shirts, "-n", "0"], 5);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("does not fit: 18 t of 6109 need") && text.contains("m³ of 67"), "{text}");
    check(&["phantom", "declared", &coffee, "--container", "no number"], 2);
}

#[test]
fn models_that_were_touched_do_not_verify() {
    let rows = json(&["models", "verify", "--json"]);
    assert!(rows.as_array().unwrap().iter().all(|row| row["is_trusted"] == true), "{rows}");

    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("models/layout"), &folder.path().join("layout"));
    copy(&root().join("models/keys"), &folder.path().join("keys"));
    let version = std::fs::read_dir(folder.path().join("layout")).unwrap().next().unwrap().unwrap().path();
    let model = version.join("model.onnx");
    let mut bytes = std::fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&model, bytes).unwrap();
    let models = folder.path().to_str().unwrap();
    check(&["--models", models, "models", "verify"], 8);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn scanners_are_watched_over_files_case_folders_and_vendor_folders() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["coffee", "timber_processed"] {
        std::fs::create_dir(at(name)).unwrap();
        for file in std::fs::read_dir(root().join("sample_scans").join(name)).unwrap() {
            let file = file.unwrap().path();
            if file.is_file() {
                std::fs::copy(&file, at(name).join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    let all = folder.path().to_str().unwrap();
    let machines = |answer: &serde_json::Value| answer["machines"].as_array().unwrap().len();
    let answer = json(&["--json", "quality", all]);
    assert_eq!((machines(&answer), answer["unreadable"].as_u64()), (2, Some(0)), "{answer}");
    let figures = answer.to_string();
    assert!(figures.contains("noise_high") && figures.contains("penetration"), "{figures}");

    // A folder whose description names its pictures is one scan, not three pictures.
    std::fs::create_dir(at("vendor")).unwrap();
    let json_text = r#"{"profile": "pellucid-scan/1", "grade": "single_energy_raw", "scanner": {"vendor": "v", "model": "m",
        "serial": "s"}, "files": ["high.png", "dark.png", "air.png"],
        "views": [{"name": "side", "bands": [{"name": "high", "page": 0, "dark_page": 1, "air_page": 2}]}]}"#;
    std::fs::write(at("vendor/scan.json"), json_text).unwrap();
    for (name, columns, rows, value) in [("high", 64, 32, 9_000), ("dark", 32, 1, 200), ("air", 32, 1, 50_000)] {
        let png = pellucid_scan::png_gray16(columns, rows, &vec![value; (columns * rows) as usize]).unwrap();
        std::fs::write(at("vendor").join(format!("{name}.png")), png).unwrap();
    }
    let answer = json(&["--json", "quality", all]);
    assert_eq!((machines(&answer), answer["unreadable"].as_u64()), (3, Some(0)), "{answer}");

    // One bad file is counted and named; links that lead round in circles are not followed.
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), at("round")).unwrap();
    std::fs::write(at("bad.tif"), "no scan").unwrap();
    let output = check(&["--json", "quality", all], 3);
    assert!(String::from_utf8_lossy(&output.stderr).contains("bad.tif"));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((machines(&answer), answer["unreadable"].as_u64()), (3, Some(1)), "{answer}");
    check(&["quality", at("bad.tif").to_str().unwrap()], 5);
    std::fs::create_dir(at("nothing")).unwrap();
    check(&["quality", at("nothing").to_str().unwrap()], 4);
    check(&["quality", "/no/such/scan.tif"], 5);
}
