use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use pellucid_core::ScannerIdentity;
use pellucid_imaging::{Engine, Plan};
use pellucid_observe::{Beam, scan_quality};
use pellucid_scan::{Limits, decode};

use super::{Session, note};
use crate::failure::{Exit, Failure};
use crate::scanner_watch::{WatchedScan, in_words, report};
use crate::{scan_input, wiring};

/// Arguments of `pellucid quality`.
#[derive(Debug, Args)]
pub(crate) struct QualityArgs {
    /// Scan files, or folders of them (searched for scan.tif and files of known endings).
    #[arg(required = true)]
    scans: Vec<PathBuf>,
}

/// Endings of files that are looked at in folders.
const ENDINGS: [&str; 8] = ["tif", "tiff", "dcm", "dcs", "png", "jpg", "jpeg", "jp2"];

/// `pellucid quality`: what the scans of each machine say of it, day by day, and what got worse. No models are needed.
pub(crate) fn run(session: &Session, args: &QualityArgs) -> Result<(), Failure> {
    let (engine, line) = wiring::engine(&session.config)?;
    note(line);
    let mut files = Vec::new();
    for path in &args.scans {
        if path.is_dir() { collect(path, &mut files)? } else { files.push(path.clone()) }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(Exit::NotFound, "no scan files there".to_owned()));
    }
    let mut scans = Vec::with_capacity(files.len());
    let mut unreadable = 0;
    for file in &files {
        match watch(&*engine, file) {
            Ok(scan) => scans.push(scan),
            // One bad file of a week must not hide the others.
            Err(failure) => {
                unreadable += 1;
                note(format_args!("{}: {:#}", file.display(), failure.error));
            }
        }
    }
    if scans.is_empty() {
        return Err(Failure::new(Exit::BadInput, format!("none of {unreadable} file(s) could be read as a scan")));
    }
    let reports = report(scans);
    session.answer(&serde_json::json!({ "unreadable": unreadable, "machines": reports }), || in_words(&reports))?;
    match unreadable {
        0 => Ok(()),
        n => Err(Failure::new(Exit::SomeFailed, format!("{n} of {} file(s) could not be read", files.len()))),
    }
}

fn watch(engine: &dyn Engine, file: &Path) -> Result<(ScannerIdentity, WatchedScan), Failure> {
    let limits = Limits::default();
    let scan = decode(&scan_input::read(file, &limits)?, &limits)?.scan;
    let (scanner, acquired_at) = (scan.scanner.clone(), scan.acquired_at.clone());
    let beams: Vec<Option<Beam>> = scan.views.iter().map(Beam::of_view).collect();
    let plan = Plan::for_scan(&scan)?;
    let imaged = engine.submit(&plan, Arc::new(scan))?.wait()?;
    let quality = scan_quality(&imaged, &beams);
    Ok((scanner, WatchedScan { file: file.display().to_string(), acquired_at, quality }))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::file("reading", folder, error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_truth = path.file_name().is_some_and(|name| name == "truth");
        if path.is_dir() && !is_truth {
            collect(&path, files)?;
        } else if path
            .extension()
            .and_then(|e| e.to_str())
            .is_some_and(|e| ENDINGS.contains(&e.to_lowercase().as_str()))
        {
            files.push(path);
        }
    }
    Ok(())
}
