use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use pellucid_core::{PixelBox, RawScan};
use pellucid_imaging::physics::catalogued;
use pellucid_imaging::{Engine, Imaged, ObjectFit, Plan, ReferenceObject, ReferenceScan, ScannerCalibration};
use pellucid_scan::Limits;
use serde::{Deserialize, Serialize};

use super::{Session, note};
use crate::failure::{Exit, Failure};
use crate::{calibrations, scan_input, wiring};

/// Commands of `pellucid scanner`.
#[derive(Debug, Subcommand)]
pub(crate) enum ScannerCommand {
    /// Fit three numbers a band to known objects in reference scans, and write them to a calibration file.
    Calibrate(CalibrateArgs),
}

/// Arguments of `pellucid scanner calibrate`.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// TOML with `[[scan]]` entries (file, beside this one) and their `[[scan.object]]`: x, y, width and height of the box
    /// of pixels that shows it, and its layers, each with material and `areal_density_g_per_cm2` along the ray. Materials
    /// are listed when one is not known.
    references: PathBuf,
    /// Calibration file; other machines in it stay. `calibrations = "FILE"` in the configuration uses it.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// The file of references.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct References {
    scan: Vec<ScanEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScanEntry {
    file: PathBuf,
    object: Vec<ObjectEntry>,
}

/// What stands where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectEntry {
    #[serde(default)]
    view: usize,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    layers: Vec<LayerEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerEntry {
    material: String,
    areal_density_g_per_cm2: f64,
}

/// What the command answers.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    calibration: &'a ScannerCalibration,
    objects: &'a [ObjectFit],
}

/// Runs a command of `pellucid scanner`.
pub(crate) fn run(session: &Session, command: &ScannerCommand) -> Result<(), Failure> {
    match command {
        ScannerCommand::Calibrate(args) => calibrate(session, args),
    }
}

fn calibrate(session: &Session, args: &CalibrateArgs) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&args.references)
        .map_err(|error| Failure::file("reading", &args.references, error))?;
    let named = |error: Failure| error.while_doing(args.references.display());
    let references: References = toml::from_str(&text).map_err(|error| named(Failure::new(Exit::BadInput, error)))?;
    let objects = references.scan.iter().map(objects).collect::<Result<Vec<_>, Failure>>().map_err(named)?;
    let (engine, _) = wiring::engine(&session.config)?;
    let folder = args.references.parent().unwrap_or_else(|| Path::new(""));
    let measured = references
        .scan
        .iter()
        .map(|entry| measure(&*engine, &folder.join(&entry.file)))
        .collect::<Result<Vec<_>, Failure>>()?;
    for ((entry, objects), (scan, _, imaged)) in references.scan.iter().zip(&objects).zip(&measured) {
        check(scan, imaged, objects)
            .map_err(|fault| named(Failure::new(Exit::BadInput, format!("{}: {fault}", entry.file.display()))))?;
    }
    let scans: Vec<ReferenceScan<'_>> = measured
        .iter()
        .zip(&objects)
        .map(|((scan, plan, imaged), objects)| ReferenceScan { scan, plan, imaged, objects })
        .collect();
    let (calibration, fits) = ScannerCalibration::fit(&scans).map_err(|error| named(error.into()))?;
    calibrations::replace(&args.output, &calibration)?;
    session.answer(&Answer { calibration: &calibration, objects: &fits }, || {
        let all: Vec<&ReferenceObject> = objects.iter().flatten().collect();
        let text = report(&calibration, &fits, &all);
        format!("{text}written to {}", args.output.display())
    })
}

fn objects(entry: &ScanEntry) -> Result<Vec<ReferenceObject>, Failure> {
    let layer = |layer: &LayerEntry| {
        let unknown = |reason| Failure::new(Exit::BadInput, format!("layers.material: {reason}"));
        Ok((catalogued(&layer.material).map_err(unknown)?, layer.areal_density_g_per_cm2))
    };
    let object = |entry: &ObjectEntry| {
        let ObjectEntry { view, x, y, width, height, .. } = *entry;
        let layers = entry.layers.iter().map(layer).collect::<Result<Vec<_>, Failure>>()?;
        Ok(ReferenceObject { view, px: PixelBox { x, y, width, height }, layers })
    };
    entry.object.iter().map(object).collect()
}

/// What is wrong with the objects of a scan, or with the scan, before anything is fitted.
fn check(scan: &RawScan, imaged: &Imaged, objects: &[ReferenceObject]) -> Result<(), String> {
    if scan.scanner.serial.trim().is_empty() {
        return Err("the scan gives no serial number, and a calibration is a machine's own".to_owned());
    }
    for (index, object) in objects.iter().enumerate() {
        let at = |fault: String| Err(format!("object {index}: {fault}"));
        let Some(view) = imaged.views.get(object.view) else {
            let last = imaged.views.len().saturating_sub(1);
            return at(format!("view is {}; the scan's views are numbered from 0 to {last}", object.view));
        };
        let (width, height) = view.size();
        let PixelBox { x, y, width: across, height: down } = object.px;
        for (size, name, from, start, limit) in [(across, "width", x, "x", width), (down, "height", y, "y", height)] {
            if size == 0 {
                return at(format!("{name} is 0; at least 1 pixel must show the object"));
            }
            let end = u64::from(from) + u64::from(size);
            if end > limit as u64 {
                return at(format!("{start} + {name} is {end}; the view's {name} is {limit} pixels"));
            }
        }
    }
    Ok(())
}

/// Measures a reference scan as the physics is, without any calibration.
fn measure(engine: &dyn Engine, path: &Path) -> Result<(Arc<RawScan>, Plan, Imaged), Failure> {
    let limits = Limits::default();
    let named = |error: Failure| error.while_doing(path.display());
    let decoded = pellucid_scan::decode(&scan_input::read(path, &limits)?, &limits).map_err(|e| named(e.into()))?;
    for warning in &decoded.warnings {
        note(format_args!("{}: {warning}", path.display()));
    }
    let scan = Arc::new(decoded.scan);
    let plan = Plan::for_scan(&scan).map_err(|error| named(error.into()))?;
    let imaged = engine.submit(&plan, Arc::clone(&scan))?.wait()?;
    Ok((scan, plan, imaged))
}

/// A line a band, and the object that fits least: it may not be what it is said to be.
fn report(calibration: &ScannerCalibration, fits: &[ObjectFit], objects: &[&ReferenceObject]) -> String {
    let mut text = format!("{}\n", calibration.serial);
    for band in &calibration.bands {
        let n = band.numbers;
        text += &format!(
            "{} MV: photoelectric {:.4}, Compton {:.4}, pair {:.4}; attenuation of {} objects off by {:.2} % before, \
             {:.2} % after\n",
            band.endpoint_mev,
            n.photoelectric,
            n.compton,
            n.pair,
            band.objects,
            100.0 * band.rms_before,
            100.0 * band.rms_after
        );
    }
    let off = |fit: &ObjectFit| fit.after / fit.measured - 1.0;
    if let Some(worst) = fits.iter().max_by(|a, b| off(a).abs().total_cmp(&off(b).abs())) {
        let layers = objects.get(worst.object).map_or_else(String::new, |object| {
            let each = object.layers.iter().map(|(m, x)| format!("{x} g/cm² of {}", m.name));
            each.collect::<Vec<_>>().join(" and ")
        });
        let (object, endpoint, percent) = (worst.object, worst.endpoint_mev, 100.0 * off(worst));
        text += &format!("fits least: object {object}, {layers}: {percent:+.2} % at {endpoint} MV\n");
    }
    text
}
