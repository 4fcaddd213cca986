use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use pellucid_core::{ContainerObservation, Grade, ScanQuality, Segment};
use pellucid_observe::{ContainerGeometry, Perspective};
use pellucid_pipeline::{Measured, Stopwatch, measure};
use pellucid_scan::Limits;
use serde_json::json;

use super::{Session, note};
use crate::case_folder::save;
use crate::failure::{Exit, Failure};
use crate::scanner_watch::figure_in_words;
use crate::{inspection_sheet, kilograms, measured_words, scan_input, wiring};

/// Arguments of `pellucid inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The scan: a file, or a folder of files as a vendor writes it.
    scan: PathBuf,
    /// Draw it all on one sheet, an SVG file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Every patch with its embedding, too; only with --json.
    #[arg(long)]
    patches: bool,
}

/// `pellucid inspect`: all that is measured of a scan, without a declaration.
pub(crate) fn run(session: &Session, args: &InspectArgs) -> Result<(), Failure> {
    check(session, args)?;
    let file = scan_input::read(&args.scan, &Limits::default())?;
    let (instruments, line) = wiring::instruments(&session.config)?;
    note(line);
    let mut watch = Stopwatch::start();
    let mut measured = measure(&instruments, &file, &mut watch)
        .map_err(|error| Failure::from(error).while_doing(args.scan.display()))?;
    for warning in &measured.warnings {
        note(format_args!("{}: {warning}", args.scan.display()));
    }
    if let Some(output) = &args.output {
        save(output, inspection_sheet::svg(&*instruments.engine, &measured, &name_of(&args.scan))?.as_bytes())?;
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
        "geometry": measured.containers.iter().map(geometry).collect::<Vec<_>>(),
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

/// What cannot be done is said before anything is measured.
fn check(session: &Session, args: &InspectArgs) -> Result<(), Failure> {
    let usage = |text: String| Err(Failure::new(Exit::Usage, text));
    if args.patches && !session.is_json {
        return usage("--patches goes with --json: patches are many, and no words are made of them".to_owned());
    }
    match &args.output {
        Some(output) if !output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg")) => {
            usage(format!("--output {}: the sheet is an SVG file, its name must end with .svg", output.display()))
        }
        _ => Ok(()),
    }
}

/// The scan's name on its sheet: of a file in a folder, both, because every case calls its scan the same.
fn name_of(scan: &Path) -> String {
    let full = std::path::absolute(scan).unwrap_or_else(|_| scan.to_owned());
    let names: Vec<_> = full.iter().rev().take(2).collect();
    let names: Vec<_> = names.iter().rev().map(|name| name.to_string_lossy()).collect();
    names.join("/").trim_start_matches("//").to_owned()
}

/// Where the source stood with respect to a box, each value with its standard error; null where the lines did not tell.
fn geometry(container: &ContainerGeometry) -> serde_json::Value {
    let Some(fitted) = container.perspective else { return serde_json::Value::Null };
    let with_error = |[value, error]: [f64; 2]| json!({ "value": value, "sigma": error });
    let region = container.region;
    let length_mm = fitted.box_mm(f64::from(region.right()), 0.0, 0.0)[0];
    let line = |(name, [y_mm, depth_mm]): (&str, [f64; 2])| {
        let ends = [0.0, length_mm].map(|x| fitted.pixel(x, y_mm, depth_mm));
        json!({ "line": name, "above_underside_mm": y_mm, "behind_near_wall_mm": depth_mm, "from_to_px": ends })
    };
    json!({
        "source_to_near_wall_mm": with_error(fitted.near_wall_mm),
        "source_above_underside_mm": with_error(fitted.source_mm),
        "height_mm": with_error(fitted.height_mm),
        "tilt_rows_per_column": fitted.tilt(),
        "lines": fitted.lines().map(line),
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
        let fitted = measured.containers.get(index).and_then(|geometry| geometry.perspective);
        describe(&mut text, index + 1, container, observation.grade, fitted.as_ref());
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
        let _ = writeln!(text, "  {}: {}", issue.code, measured_words::issue(issue));
    }
    let figures: Vec<String> = quality.figures.iter().map(figure_in_words).collect();
    if !figures.is_empty() {
        let _ = writeln!(text, "  {}", figures.join(", "));
    }
}

fn describe(
    text: &mut String,
    number: usize,
    container: &ContainerObservation,
    grade: Grade,
    fitted: Option<&Perspective>,
) {
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
    let _ = writeln!(text, "  {}", measured_words::geometry(fitted));
    let mass = container.cargo_mass.as_ref().map_or_else(
        || "kilograms not applicable to this grade".to_owned(),
        |mass| kilograms::cargo_mass(mass, grade),
    );
    let _ = writeln!(
        text,
        "  cargo: {mass}; {:.0} % of its cells filled; empty with probability {:.3}",
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
        let _ = writeln!(text, "  {}", segment_line(index + 1, segment, &container.headings, grade));
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
fn segment_line(number: usize, segment: &Segment, headings: &[String], grade: Grade) -> String {
    let mass = match (segment.best_kg, segment.mass_kg) {
        (Some(best), Some(kg)) => kilograms::likeliest(best, kg),
        _ => format!("{:.2} m² of attenuation", segment.attenuation_area_m2),
    };
    let units = segment.units.map_or_else(String::new, |units| format!(", {units} units"));
    let material = measured_words::materials(segment.material, grade);
    let material = material.map_or_else(String::new, |material| format!(", {material}"));
    format!(
        "segment {number}: {mass}, {:.1} m² seen{units}{material}; looks like {}",
        segment.area_m2,
        measured_words::looks_like(segment, headings)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_names_its_scan_by_folder_and_file() {
        assert_eq!(name_of(Path::new("/scans/coffee/scan.tif")), "coffee/scan.tif");
    }
}
