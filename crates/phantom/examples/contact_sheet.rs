//! Draws scenes as grey pictures: `cargo run -p pellucid-phantom --example contact_sheet -- OUT_DIR SEED [FAMILY|FILE.toml]`.
//!
//! Without a family the ten samples are drawn; with one, twelve random recipes of it; with a file, its recipe.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use pellucid_core::BandKind;
use pellucid_phantom::{Case, Family, Recipe, make_case_of, sample_recipes};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(arguments.first().map_or("/tmp", String::as_str));
    let seed: u64 = arguments.get(1).map_or(Ok(1), |text| text.parse())?;
    let recipes: Vec<(Recipe, u64)> = match arguments.get(2) {
        None => sample_recipes()?.into_iter().map(|r| (r.clone(), r.seed)).collect(),
        Some(file) if file.ends_with(".toml") => {
            vec![(Recipe::from_toml(file, &std::fs::read_to_string(file)?)?, seed)]
        }
        Some(name) => {
            let family = Family::ALL.iter().find(|f| f.as_str() == name).ok_or("no such family")?;
            (seed..seed + 12).map(|s| Ok((Recipe::random(s, *family)?, s))).collect::<Result<_, Box<dyn Error>>>()?
        }
    };
    for (recipe, seed) in recipes {
        let start = Instant::now();
        let case = make_case_of(&recipe, seed)?;
        let took = start.elapsed().as_secs_f64();
        let (width, height) = case.scan.views[0].size();
        let real: Vec<String> = case.truth.items.iter().map(|i| format!("{} {:.0} kg", i.hs, i.mass_kg)).collect();
        println!(
            "{:28} {seed:4} {width}x{height} {took:5.2} s  real: {}; declared gross {:?}, {:?}; {:?}",
            recipe.name,
            real.join(", "),
            case.declaration.gross_kg,
            case.declaration.items.iter().map(|i| (i.hs.clone(), i.quantity)).collect::<Vec<_>>(),
            case.truth.tampering.as_ref().map(|t| (t.kind, t.mass_kg)),
        );
        save(&folder.join(format!("{}-{seed}.png", recipe.name)), &case)?;
    }
    Ok(())
}

/// Grey of the high band above, components below.
fn save(path: &Path, case: &Case) -> Result<(), Box<dyn Error>> {
    let view = &case.scan.views[0];
    let (width, height) = view.size();
    let band = &view.bands[0];
    let mut grey = Vec::with_capacity(2 * width * height);
    for y in 0..height {
        for counts in band.counts.row(y) {
            grey.push(match band.kind {
                BandKind::Grey => *counts as u8,
                _ => {
                    let (dark, air) = (f64::from(band.dark[y]), f64::from(band.air[y]));
                    let t = ((f64::from(*counts) - dark) / (air - dark).max(1.0)).clamp(0.0, 1.0);
                    (255.0 * t.powf(0.6)) as u8
                }
            });
        }
    }
    for (component, item) in case.component.pixels().iter().zip(case.item.pixels()) {
        grey.push(255 - component * 36 - (item % 5) as u8 * 4);
    }
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width as u32, 2 * height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&grey)?;
    Ok(())
}
