use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use pellucid_core::Preset;
use pellucid_imaging::{DisplayParams, Plan};
use serde_json::json;

use super::{Session, note};
use crate::case_folder::save;
use crate::failure::{Exit, Failure};
use crate::{picture, wiring};

/// Arguments of `pellucid render`.
#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// The scan file.
    scan: PathBuf,
    /// How it is drawn.
    #[arg(long, default_value = "grey")]
    preset: Preset,
    /// Index of the view.
    #[arg(long, default_value_t = 0)]
    view: usize,
    /// The PNG to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// `pellucid render`.
pub(crate) fn run(session: &Session, args: &RenderArgs) -> Result<(), Failure> {
    let bytes = std::fs::read(&args.scan).map_err(|error| Failure::file("reading", &args.scan, error))?;
    let decoded = pellucid_scan::decode(&bytes, &pellucid_scan::Limits::default())?;
    for warning in &decoded.warnings {
        note(format_args!("{}: {warning}", args.scan.display()));
    }
    let (engine, line) = wiring::engine(&session.config)?;
    note(line);
    let plan = Plan::for_scan(&decoded.scan)?;
    let imaged = Arc::new(engine.submit(&plan, Arc::new(decoded.scan))?.wait()?);
    if args.view >= imaged.views.len() {
        return Err(Failure::new(Exit::NotFound, format!("the scan has {} view(s), from 0", imaged.views.len())));
    }
    let drawn = engine.submit_display(&imaged, args.view, &DisplayParams::preset(args.preset))?.wait()?;
    save(&args.output, &picture::png(&drawn)?)?;
    let answer = json!({ "file": args.output, "width": drawn.width, "height": drawn.height });
    session.answer(&answer, || format!("{} ({} x {})", args.output.display(), drawn.width, drawn.height))
}
