//! The refrigeration unit at one end of a reefer, weighed against what units weigh.

use pellucid_core::{ContainerType, PixelBox, Region, StructureDeviation};
use pellucid_imaging::ImagedView;
use pellucid_imaging::physics::LayeredInversion;

use crate::container_geometry::ContainerGeometry;
use crate::structure::{Structure, is_good};

/// Behind castings and posts of the front end, to the bulkhead: mm from the end.
const UNIT_MM: [f64; 2] = [130.0, 490.0];
/// Rows that the unit fills, shares of the box's height from its top: below the header, above the sill.
const UNIT_ROWS: [f64; 2] = [0.05, 0.8];
/// Mass between posts and bulkhead as a picture shows it (steel in place of every metal), kg: usual, and more than phantoms'
/// units show (295 to 355 kg over three machines and two sizes). Real makes differ more, so on real scans this is a start value.
const USUAL_KG: f64 = 325.0;
const MOST_KG: f64 = 400.0;
/// Attenuation that next to nothing in a unit but its compressor reaches, and the most that it covers, m².
const DARK: f64 = 5.0;
const MOST_DARK_M2: f64 = 0.07;
/// g/cm² over mm², in kg.
const KG: f64 = 1e-5;

/// Machinery that weighs more than units do, where something may be hidden in it. `None` for other types, and without scale.
///
/// The mass is that of steel with the same attenuation, less the walls; where rays are stopped it is a lower value.
pub(crate) fn heavy_machinery(
    view: &ImagedView,
    container: &ContainerGeometry,
    structure: &Structure,
    inversion: &LayeredInversion,
) -> Option<StructureDeviation> {
    if container.container_type != Some(ContainerType::Reefer) {
        return None;
    }
    let pitch = container.pitch_mm?;
    let region = container.region;
    let is_right = container.ends_mm[1] > container.ends_mm[0];
    let at = |mm: f64| ((mm / pitch[0]).round() as u32).min(region.width / 3);
    let [from, to] = UNIT_MM.map(at);
    let columns = if is_right { region.right() - to..region.right() - from } else { region.x + from..region.x + to };
    let row = |share: f64| region.y + (share * f64::from(region.height)) as u32;
    let rows = row(UNIT_ROWS[0])..row(UNIT_ROWS[1]);
    let attenuation = |x: usize, y: usize| f64::from(view.high.at(x, y)) / 4096.0;
    let (mut sum, mut dark) = (0.0, 0.0);
    for y in rows.clone() {
        let walls = structure.rows.get((y - region.y) as usize)?.steel;
        for x in columns.clone().map(|x| x as usize).filter(|x| is_good(view, *x, y as usize)) {
            dark += f64::from(u8::from(attenuation(x, y as usize) > DARK));
            sum += (inversion.steel_for(attenuation(x, y as usize)) - walls).max(0.0);
        }
    }
    let kg = sum * pitch[0] * pitch[1] * KG;
    let dark_m2 = dark * pitch[0] * pitch[1] * 1e-6;
    let strength = (kg / MOST_KG).max(dark_m2 / MOST_DARK_M2);
    (strength > 1.0).then(|| StructureDeviation {
        part: "reefer_machinery".to_owned(),
        region: Region {
            view: container.view as u16,
            px: PixelBox { x: columns.start, y: rows.start, width: columns.len() as u32, height: rows.len() as u32 },
        },
        confidence: (1.0 - 0.5 / strength) as f32,
        box_mm: None,
        extra_kg: Some((kg - USUAL_KG).max(0.0)),
    })
}
