use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use pellucid_core::{ContainerObservation, MaterialShares, ScanQuality, Segment};
use pellucid_pipeline::{Measured, Stopwatch, measure};
use pellucid_scan::Limits;
use serde_json::json;

use super::{Session, note};
use crate::case_folder::save;
use crate::failure::Failure;
use crate::kilograms::interval;
use crate::scanner_watch::figure_in_words;
use crate::{inspection_sheet, scan_input, wiring};

/// Arguments of `pellucid inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The scan: a file, or a folder of files as a vendor writes it.
    scan: PathBuf,
    /// Draw it all on one sheet, as SVG.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With --json: every patch with its embedding, too.
    #[arg(long)]
    patches: bool,
}

/// Headings named per segment.
const GUESSES: usize = 3;

/// `pellucid inspect`: all that is measured of a scan, without a declaration.
pub(crate) fn run(session: &Session, args: &InspectArgs) -> Result<(), Failure> {
    let file = scan_input::read(&args.scan, &Limits::default())?;
    let (instruments, line) = wiring::instruments(&session.config)?;
    note(line);
    let mut watch = Stopwatch::start();
    let mut measured = measure(&instruments, &file, &mut watch)?;
    for warning in &measured.warnings {
        note(format_args!("{}: {warning}", args.scan.display()));
    }
    if let Some(output) = &args.output {
        save(output, inspection_sheet::svg(&*instruments.engine, &measured)?.as_bytes())?;
    }
    let times = watch.times();
    if session.is_json && !args.patches {
        measured.observation.containers.iter_mut().for_each(|container| container.patches.clear());
    }
    let views = measured.imaged.views.iter().map(|view| json!({ "name": view.name, "size_px": view.size() }));
    let answer = json!({
        "grade": measured.observation.grade,
        "views": views.collect::<Vec<_>>(),
        "engine": measured.imaged.engine,
        "plan": measured.imaged.plan_version,
        "warnings": measured.warnings,
        "containers_read": measured.containers_read,
        "quality": measured.observation.quality,
        "containers": measured.observation.containers,
        "sheet": args.output,
        "timings_ms": times,
    });
    session.answer(&answer, || {
        let mut text = in_words(&measured);
        let times: Vec<_> = times.iter().map(|(stage, ms)| format!("{stage} {ms:.0}")).collect();
        let _ = writeln!(text, "ms: {}", times.join("  "));
        if let Some(output) = &args.output {
            let _ = writeln!(text, "drawn in {}", output.display());
        }
        text
    })
}

fn in_words(measured: &Measured) -> String {
    let (imaged, observation) = (&measured.imaged, &measured.observation);
    let mut text = String::new();
    for view in &imaged.views {
        let (width, height) = view.size();
        let _ = writeln!(text, "{}  view {}  {width} x {height} px", observation.grade.as_str(), view.name);
    }
    let _ = writeln!(text, "measured by {} ({}), {}", imaged.engine.kind, imaged.engine.device, imaged.plan_version);
    for read in &measured.containers_read {
        let _ = writeln!(text, "number read: {} ({:.2}, {})", read.id, read.confidence, read.source);
    }
    quality(&mut text, &observation.quality);
    if observation.containers.is_empty() {
        let _ = writeln!(text, "no container was found: nothing can be said of a load");
    }
    for (index, container) in observation.containers.iter().enumerate() {
        describe(&mut text, index + 1, container);
    }
    text
}

fn quality(text: &mut String, quality: &ScanQuality) {
    let verdict = if quality.is_usable { "usable" } else { "NOT usable: rescan or examine" };
    let _ = writeln!(
        text,
        "quality: {verdict}{}",
        if quality.issues.is_empty() { ", nothing to complain of" } else { "" }
    );
    for issue in &quality.issues {
        let _ = writeln!(text, "  {:<22} {:.4}, limit {}", issue.code, issue.value, issue.limit);
    }
    let figures: Vec<String> = quality.figures.iter().map(figure_in_words).collect();
    if !figures.is_empty() {
        let _ = writeln!(text, "  {}", figures.join(", "));
    }
}

fn describe(text: &mut String, number: usize, container: &ContainerObservation) {
    let px = container.region.px;
    let size = container.size_type();
    let mm = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |value| format!("{value:.0}"));
    let _ = writeln!(
        text,
        "container {number}: {size}, confidence {:.2}, view {}, x {}..{} y {}..{} px, {} x {} mm",
        container.confidence,
        container.region.view,
        px.x,
        px.right(),
        px.y,
        px.bottom(),
        mm(container.length_mm),
        mm(container.height_mm),
    );
    let mass = container.cargo_mass.as_ref().map_or_else(
        || "kilograms not applicable to this grade".to_owned(),
        |mass| format!("{:.0} kg ({}), {:.1} % opaque", mass.best_kg, interval(mass.kg), 100.0 * mass.opaque_share),
    );
    let _ = writeln!(
        text,
        "  cargo {mass}; {:.0} % of its cells filled; empty with probability {:.3}",
        100.0 * container.fill_share,
        container.empty_probability
    );
    for row in &container.units {
        let upwards = match (row.layers, row.layer_mm) {
            (Some(layers), Some(mm)) => format!(", {layers} layers of {mm:.0} mm"),
            (Some(1), None) => ", each by itself".to_owned(),
            _ => ", layers not told".to_owned(),
        };
        let _ = writeln!(
            text,
            "  units: {} along x {}..{} px, {:.0} mm wide{upwards} (regularity {:.2})",
            row.along,
            row.px.x,
            row.px.right(),
            row.width_mm,
            row.regularity
        );
    }
    for (index, segment) in container.segments.iter().enumerate() {
        let _ = writeln!(text, "  {}", segment_line(index + 1, segment, &container.headings));
    }
    for deviation in &container.structure {
        let at = deviation.region.px;
        let _ = writeln!(
            text,
            "  structure: {} differs at x {}..{} y {}..{} px, confidence {:.2}",
            deviation.part,
            at.x,
            at.right(),
            at.y,
            at.bottom(),
            deviation.confidence
        );
    }
}

/// A segment in one line: what it weighs, where it is, what it is made of and looks like.
fn segment_line(number: usize, segment: &Segment, headings: &[String]) -> String {
    let mass = match (segment.best_kg, segment.mass_kg) {
        (Some(best), Some(kg)) => format!("{best:.0} kg ({})", interval(kg)),
        _ => format!("{:.2} m² of attenuation", segment.attenuation_area_m2),
    };
    let units = segment.units.map_or_else(String::new, |units| format!(", {units} units"));
    format!(
        "segment {number}: {mass}, {:.1} m² seen{units}, {}; looks like {}",
        segment.area_m2,
        materials(segment.material),
        looks_like(segment, headings)
    )
}

/// Shares of at least a twentieth, largest first.
fn materials(shares: MaterialShares) -> String {
    let mut parts = [
        ("organic", shares.organic),
        ("light inorganic", shares.light_inorganic),
        ("metal", shares.metal),
        ("heavy", shares.heavy),
        ("undecidable", shares.undecidable),
    ];
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let said = parts.iter().filter(|(_, share)| *share >= 0.05);
    let said: Vec<_> = said.map(|(name, share)| format!("{name} {:.0} %", 100.0 * share)).collect();
    if said.is_empty() { "material not measured".to_owned() } else { said.join(", ") }
}

fn looks_like(segment: &Segment, headings: &[String]) -> String {
    let mut guesses: Vec<_> = headings.iter().zip(&segment.commodity).collect();
    guesses.sort_by(|a, b| b.1.total_cmp(a.1));
    let said = guesses.iter().take(GUESSES).map(|(heading, p)| format!("{heading} {p:.2}"));
    said.collect::<Vec<_>>().join(", ")
}
