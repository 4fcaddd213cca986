use std::path::{Path, PathBuf};

use clap::Args;
use pellucid_core::Grade;
use pellucid_observe::ContainerGeometry;
use pellucid_phantom::{
    Calibration, CalibrationOptions, InsertOptions, Insertion, Placement, Scene, insert, scene_of_objects,
};
use pellucid_pipeline::{Stopwatch, measure};
use pellucid_scan::{Limits, decode};
use serde_json::json;

use super::box_view::box_view;
use super::{Session, note};
use crate::case_folder::{save, save_json};
use crate::failure::{Exit, Failure};
use crate::{scan_input, whole_folder, wiring};

/// Arguments of `pellucid phantom project`.
#[derive(Debug, Args)]
pub(crate) struct ProjectArgs {
    /// The scan: a file, or a folder of files as a vendor writes it.
    scan: PathBuf,
    /// What is put into it: a TOML file of [[objects]], as recipes have them.
    objects: PathBuf,
    /// Give places in the coordinates of this container, from 0 at the left: along it from its left end, up from its
    /// underside, away from the outside of its near wall. Without it they are the lane's: from the first column, from the
    /// lane's surface, from the source. Vendor pictures need it.
    #[arg(long, value_name = "N")]
    container: Option<usize>,
    /// What the objects take the place of, such as sugar:0.85 (g/cm³); added to what is there when absent.
    #[arg(long, value_name = "MATERIAL[:DENSITY]")]
    displaces: Option<String>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Folder to write: the scan, truth/item.tif, truth/areal_density.tif, projection.json.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// `pellucid phantom project`: solids in a scan, as if they had been there when it was taken.
pub(crate) fn run(session: &Session, args: &ProjectArgs) -> Result<(), Failure> {
    let file = scan_input::read(&args.scan, &Limits::default())?;
    let scan = decode(&file, &Limits::default()).map_err(Failure::from)?.scan;
    let text = std::fs::read_to_string(&args.objects)
        .map_err(|error| Failure::file("reading the objects", &args.objects, error))?;
    let mut scene = scene_of_objects(&args.objects.display().to_string(), &text)?;
    let placement = match &args.displaces {
        None => Placement::Adds,
        Some(goods) => displaced(&mut scene, goods)?,
    };
    let mut options = CalibrationOptions::default();
    let mut assumptions = Vec::new();
    if let Some(index) = args.container {
        let container = found(session, &file, index, &args.scan.display().to_string())?;
        let fan = scan.views.get(container.view).and_then(|view| view.geometry.as_ref());
        let (view, assumed) = box_view(&container, fan, index)?;
        options.view = container.view;
        options.container_px = Some(container.region);
        options.box_view = Some(view);
        assumptions.extend(assumed);
    }
    let calibration = Calibration::of(&scan, &options)?;
    assumptions.extend(calibration.assumptions().iter().cloned());
    for assumption in &assumptions {
        note(format_args!("assumed: {assumption}"));
    }
    let done =
        insert(&scan, &calibration, &scene, &InsertOptions { placement, ..InsertOptions::default() }, args.seed)?;
    whole_folder::write(&args.output, |folder| write(folder, args, &done, &assumptions))?;
    let answer = json!({
        "mass_kg": done.mass_kg,
        "displaced_kg": done.displaced_kg,
        "box_px": done.box_px,
        "assumptions": assumptions,
        "folder": args.output,
    });
    session.answer(&answer, || format!("{}: {:.3} kg put in", args.output.display(), done.mass_kg))
}

/// A container of the scan, found as inspections find it.
fn found(session: &Session, file: &[u8], index: usize, name: &str) -> Result<ContainerGeometry, Failure> {
    let (instruments, line) = wiring::instruments(&session.config)?;
    note(line);
    let measured = measure(&instruments, file, &mut Stopwatch::start())
        .map_err(|error| Failure::from(error).while_doing(name))?;
    let count = measured.containers.len();
    measured.containers.into_iter().nth(index).ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("--container {index}: {count} container(s) found, counted from 0"))
    })
}

fn displaced(scene: &mut Scene, goods: &str) -> Result<Placement, Failure> {
    let (name, density) = goods.split_once(':').map_or((goods, None), |(name, density)| (name, Some(density)));
    let density = density.map(str::parse::<f64>).transpose().map_err(|error| {
        Failure::new(Exit::Usage, format!("--displaces {goods}: expected MATERIAL or MATERIAL:DENSITY: {error}"))
    })?;
    let substance = scene.substance(name, density);
    Ok(Placement::Displaces(
        substance.map_err(|error| Failure::from(error).while_doing(format!("--displaces {goods}")))?,
    ))
}

fn write(folder: &Path, args: &ProjectArgs, done: &Insertion, assumptions: &[String]) -> Result<(), Failure> {
    let truth = folder.join("truth");
    std::fs::create_dir_all(&truth).map_err(|error| Failure::file("making the folder", &truth, error))?;
    let scan = &done.scan;
    let grey = scan.views.first().and_then(|view| view.bands.first());
    match (scan.grade, grey) {
        (Grade::Processed, Some(band)) => {
            let (width, height) = (band.counts.width() as u32, band.counts.height() as u32);
            let png = if band.max_value > 255 {
                pellucid_scan::png_gray16(width, height, band.counts.pixels())?
            } else {
                let grey: Vec<u8> = band.counts.pixels().iter().map(|value| (*value).min(255) as u8).collect();
                pellucid_scan::png_gray8(width, height, &grey)?
            };
            save(&folder.join("scan.png"), &png)?;
        }
        _ => save(&folder.join("scan.tif"), &pellucid_scan::encode_tiff(scan)?)?,
    }
    save(&truth.join("item.tif"), &pellucid_scan::encode_plane_u16(&done.mask)?)?;
    save(&truth.join("areal_density.tif"), &pellucid_scan::encode_plane_f32(&done.areal_density)?)?;
    let told = json!({
        "mass_kg": done.mass_kg,
        "displaced_kg": done.displaced_kg,
        "box_px": done.box_px,
        "container": args.container,
        "seed": args.seed,
        "assumptions": assumptions,
    });
    save_json(&folder.join("projection.json"), &told)
}
