//! Contact sheets of the yard's goods: two shipments of each way of packing in a 20 ft box, or in one of 40 ft where they are
//! too long for it, in grey and in material colours.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use pellucid_core::{IsoSize, PixelBox, Preset};
use pellucid_imaging::{CpuEngine, DisplayImage, DisplayParams, Engine, Plan};
use pellucid_phantom::{ContainerRecipe, Conveyance, Goods, PackingSet, Packings, Recipe, make_case_of};

use crate::failure::{Exit, Failure};
use crate::{case_folder, picture};

/// Ways of packing on a page, shipments of each, and the machine that sees them.
const ROWS: usize = 12;
const SHIPMENTS: [u64; 2] = [0, 1];
const SCANNER: &str = "relocatable_6_3p5";
const PRESETS: [Preset; 2] = [Preset::Grey, Preset::Material];
/// Sizes of a page's parts.
const CELL: [f64; 2] = [330.0, 150.0];
const LABEL: f64 = 20.0;

/// Writes pages of the headings that are named, or of all when none is; returns the files.
///
/// # Errors
/// A heading that the yard does not know; what cannot be drawn or written.
pub(crate) fn write(headings: &[String], folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let all = Goods::all()?;
    if let Some(unknown) = headings.iter().find(|heading| !all.iter().any(|goods| goods.heading == **heading)) {
        let text = format!("{unknown}: the yard has no such heading; it has {}", known(all));
        return Err(Failure::new(Exit::NotFound, text));
    }
    let wanted: Vec<(&Goods, usize)> = all
        .iter()
        .filter(|goods| headings.is_empty() || headings.contains(&goods.heading))
        .flat_map(|goods| goods.packing_places(PackingSet::All).into_iter().map(move |place| (goods, place)))
        .collect();
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("making the folder", folder, error))?;
    let mut files = Vec::new();
    for (number, page) in wanted.chunks(ROWS).enumerate() {
        let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) else { continue };
        let file = folder.join(format!("goods-{:02}-{}-{}.svg", number + 1, first.heading, last.heading));
        case_folder::save(&file, svg(page)?.as_bytes())?;
        super::cli::note(file.display());
        files.push(file);
    }
    Ok(files)
}

fn known(all: &[Goods]) -> String {
    all.iter().map(|goods| goods.heading.as_str()).collect::<Vec<_>>().join(", ")
}

fn svg(page: &[(&Goods, usize)]) -> Result<String, Failure> {
    let width = CELL[0] * (SHIPMENTS.len() * PRESETS.len()) as f64;
    let height = (CELL[1] + LABEL) * page.len() as f64;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <style>text{{font:13px sans-serif}}</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (row, (goods, place)) in page.iter().enumerate() {
        let top = row as f64 * (CELL[1] + LABEL);
        let mut masses = Vec::new();
        for (column, shipment) in SHIPMENTS.into_iter().enumerate() {
            let (pictures, kg) = draw(goods, *place, shipment)?;
            masses.push(format!("{kg:.0} kg"));
            for (i, picture) in pictures.iter().enumerate() {
                let x = (column * PRESETS.len() + i) as f64 * CELL[0];
                let png = BASE64_STANDARD.encode(picture::png(picture)?);
                let _ = writeln!(
                    text,
                    "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" href=\"data:image/png;base64,{png}\"/>",
                    x + 3.0,
                    top + LABEL,
                    CELL[0] - 6.0,
                    CELL[1] - 4.0
                );
            }
        }
        let name = format!("{} {} {} packing[{place}]", goods.heading, goods.name_zh, goods.name_en);
        let name = name.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(text, "<text x=\"4\" y=\"{}\">{name}: {}</text>", top + 15.0, masses.join(", "));
    }
    text.push_str("</svg>\n");
    Ok(text)
}

/// One shipment's box in every preset, and what its goods weigh.
fn draw(goods: &Goods, place: usize, shipment: u64) -> Result<(Vec<DisplayImage>, f64), Failure> {
    // Another seed for every picture: what all have in common must not look like a habit of the goods.
    let seed = goods.heading.bytes().fold(0, |seed, digit| seed * 10 + u64::from(digit - b'0'));
    let seed = (seed * 16 + place as u64) * 16 + shipment;
    let only = BTreeMap::from([(goods.heading.clone(), vec![place])]);
    let recipe = |size| Recipe {
        name: goods.heading.clone(),
        scanner: SCANNER.to_owned(),
        seed,
        conveyance: Conveyance::Box,
        containers: vec![ContainerRecipe {
            packings: Some(Packings { only: only.clone(), ..Packings::default() }),
            ..ContainerRecipe::dry(size, goods.heading.clone(), [0.8, 1.0])
        }],
        tampering: None,
        processed: false,
        vehicle: None,
        papers: None,
    };
    let case =
        make_case_of(&recipe(IsoSize::Twenty), seed).or_else(|_| make_case_of(&recipe(IsoSize::Forty), seed))?;
    let kg = case.truth.items.iter().map(|item| item.mass_kg).sum();
    let scan = Arc::new(case.scan);
    let plan = Plan::for_scan(&scan)?;
    let engine = CpuEngine::new();
    let imaged = Arc::new(engine.submit(&plan, scan)?.wait()?);
    let px = case.truth.containers.first().map(|container| container.box_px);
    let pictures = PRESETS.into_iter().map(|preset| {
        let picture = engine.submit_display(&imaged, 0, &DisplayParams::preset(preset))?.wait()?;
        Ok(px.map_or(picture.clone(), |px| cut(&picture, px)))
    });
    Ok((pictures.collect::<Result<_, Failure>>()?, kg))
}

/// The part of a picture inside a box.
fn cut(picture: &DisplayImage, px: PixelBox) -> DisplayImage {
    let columns = px.x as usize..(px.right() as usize).min(picture.width);
    let rows = px.y as usize..(px.bottom() as usize).min(picture.height);
    let row =
        |y: usize| &picture.rgba[(y * picture.width + columns.start) * 4..(y * picture.width + columns.end) * 4];
    let rgba = rows.clone().flat_map(|y| row(y).iter().copied()).collect();
    DisplayImage { width: columns.len(), height: rows.len(), rgba }
}
