use std::path::{Path, PathBuf};

use clap::Args;
use pellucid_core::ContainerNumber;
use pellucid_phantom::{AsDeclared, AsDeclaredLoad, Rendered, Scanner, as_declared, render, scan_of};
use serde_json::{Value, json};

use super::{Session, note};
use crate::case_folder::{read_declaration, save, save_json};
use crate::failure::{Exit, Failure};
use crate::whole_folder;

/// Arguments of `pellucid phantom declared`.
#[derive(Debug, Args)]
pub(crate) struct DeclaredArgs {
    /// The declaration: a JSON file as the API takes it.
    declaration: PathBuf,
    /// Number of the container, where the declaration has several.
    #[arg(long, value_name = "ID")]
    container: Option<String>,
    /// How many loads, 0 to 100; 0 asks only whether it fits.
    #[arg(short, default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=100))]
    n: u64,
    /// A scanner preset or a scanner file.
    #[arg(long, default_value = "relocatable_6_3p5")]
    scanner: String,
    /// Seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder to write: load-0, load-1 …, each with scan.tif, truth/ and loaded.json.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// `pellucid phantom declared`: what scans would show if a declaration were true, or that it does not fit.
pub(crate) fn run(session: &Session, args: &DeclaredArgs) -> Result<(), Failure> {
    let file = args.declaration.display().to_string();
    let declaration = read_declaration(&args.declaration)?;
    let number = args.container.as_deref().map(str::parse::<ContainerNumber>).transpose();
    let number = number.map_err(|error| {
        Failure::new(Exit::Usage, format!("--container {}: {error}", args.container.as_deref().unwrap_or("")))
    })?;
    let declared =
        AsDeclared::of(&declaration, number.as_ref()).map_err(|error| Failure::from(error).while_doing(&file))?;
    let scanner = super::phantom::find_scanner(&args.scanner)?;
    let loads = as_declared(&declared, &scanner, args.n as usize, args.seed)
        .map_err(|error| Failure::from(error).while_doing(&file))?;
    let mut told = Vec::with_capacity(loads.len());
    for (i, load) in loads.iter().enumerate() {
        let lines = lines(load);
        if let Some(output) = &args.output {
            let folder = output.join(format!("load-{i}"));
            let rendered = render(&load.scene, &scanner, load.columns(&scanner), args.seed.wrapping_add(i as u64))?;
            whole_folder::write(&folder, |partial| write(partial, rendered, &scanner, &lines))?;
            note(folder.display());
        }
        told.push(lines);
    }
    session.answer(&json!({ "fits": true, "loads": told }), || {
        let first = told.first().map_or(String::new(), |lines| format!("; the first: {lines}"));
        format!("{file} fits: {} load(s){first}", loads.len())
    })
}

/// What was loaded of each line.
fn lines(load: &AsDeclaredLoad) -> Value {
    let line = |line: &pellucid_phantom::LoadedLine| {
        json!({
            "line": line.line,
            "hs": line.heading,
            "packages": line.packages,
            "pieces": line.pieces,
            "net_kg": line.net_kg,
            "gross_kg": line.gross_kg,
            "corners_mm": line.corners_mm,
        })
    };
    load.lines.iter().map(line).collect()
}

fn write(folder: &Path, rendered: Rendered, scanner: &Scanner, lines: &Value) -> Result<(), Failure> {
    let truth = folder.join("truth");
    std::fs::create_dir_all(&truth).map_err(|error| Failure::file("making the folder", &truth, error))?;
    save(&truth.join("areal_density.tif"), &pellucid_scan::encode_plane_f32(&rendered.areal_density)?)?;
    save(&truth.join("component.tif"), &pellucid_scan::encode_plane_u8(&rendered.component)?)?;
    save(&truth.join("item.tif"), &pellucid_scan::encode_plane_u16(&rendered.item)?)?;
    save(&folder.join("scan.tif"), &pellucid_scan::encode_tiff(&scan_of(rendered.view, scanner))?)?;
    save_json(&folder.join("loaded.json"), lines)
}
