use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use pellucid_core::ScannerIdentity;
use pellucid_imaging::{Engine, Plan, PlanOptions};
use pellucid_observe::{Beam, scan_quality};
use pellucid_scan::{Limits, decode};

use super::{Session, note};
use crate::failure::{Exit, Failure};
use crate::scanner_watch::{WatchedScan, in_words, report};
use crate::{scan_input, wiring};

/// Arguments of `pellucid quality`.
#[derive(Debug, Args)]
pub(crate) struct QualityArgs {
    /// Scan files, folders as a vendor writes them, or folders of either.
    #[arg(required = true)]
    scans: Vec<PathBuf>,
}

/// Endings of files that are looked at in folders.
const ENDINGS: [&str; 8] = ["tif", "tiff", "dcm", "dcs", "png", "jpg", "jpeg", "jp2"];
/// Endings of what describes a folder whose files are one scan.
const DESCRIPTIONS: [&str; 2] = ["json", "xml"];

/// `pellucid quality`: what the scans of each machine say of it, day by day, and what got worse. No models are needed.
pub(crate) fn run(session: &Session, args: &QualityArgs) -> Result<(), Failure> {
    let (engine, line) = wiring::engine(&session.config)?;
    note(line);
    let options = wiring::plan_options(&session.config)?;
    let mut watch = Watch { engine: &*engine, options: &options, scans: Vec::new(), unreadable: 0 };
    for path in &args.scans {
        if path.is_dir() { watch.folder(path)? } else { watch.file(path) }
    }
    let Watch { scans, unreadable, .. } = watch;
    match (scans.len(), unreadable) {
        (0, 0) => return Err(Failure::new(Exit::NotFound, "no scan files there")),
        (0, n) => return Err(Failure::new(Exit::BadInput, format!("none of {n} file(s) could be read as a scan"))),
        _ => {}
    }
    let all = scans.len() + unreadable;
    let reports = report(scans);
    session.answer(&serde_json::json!({ "unreadable": unreadable, "machines": reports }), || in_words(&reports))?;
    match unreadable {
        0 => Ok(()),
        n => Err(Failure::new(Exit::SomeFailed, format!("{n} of {all} scan(s) could not be read"))),
    }
}

/// Scans as they are measured.
struct Watch<'a> {
    engine: &'a dyn Engine,
    options: &'a PlanOptions,
    scans: Vec<(ScannerIdentity, WatchedScan)>,
    unreadable: usize,
}

impl Watch<'_> {
    /// A folder that a description makes one scan, or else everything in it.
    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let (folders, files) = scan_input::listed(folder)?;
        if files.iter().any(|file| ends_with(file, &DESCRIPTIONS))
            && let Ok(scan) = self.measure(folder)
        {
            self.scans.push(scan);
            return Ok(());
        }
        files.iter().filter(|file| ends_with(file, &ENDINGS)).for_each(|file| self.file(file));
        folders.iter().try_for_each(|folder| self.folder(folder))
    }

    /// A scan file. One bad file of a week must not hide the others.
    fn file(&mut self, file: &Path) {
        match self.measure(file) {
            Ok(scan) => self.scans.push(scan),
            Err(failure) => {
                self.unreadable += 1;
                note(format_args!("{}: {:#}", file.display(), failure.error));
            }
        }
    }

    fn measure(&self, path: &Path) -> Result<(ScannerIdentity, WatchedScan), Failure> {
        let limits = Limits::default();
        let decoded = decode(&scan_input::read(path, &limits)?, &limits)?;
        for warning in &decoded.warnings {
            note(format_args!("{}: {warning}", path.display()));
        }
        let scan = decoded.scan;
        let (scanner, acquired_at) = (scan.scanner.clone(), scan.acquired_at.clone());
        let beam = |view| Beam::of_machine(view, &scanner, &self.options.calibrations);
        let beams: Vec<Option<Beam>> = scan.views.iter().map(beam).collect();
        let plan = Plan::with_options(&scan, self.options)?;
        let imaged = self.engine.submit(&plan, Arc::new(scan))?.wait()?;
        let quality = scan_quality(&imaged, &beams);
        Ok((scanner, WatchedScan { file: path.display().to_string(), acquired_at, quality }))
    }
}

fn ends_with(file: &Path, endings: &[&str]) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}
