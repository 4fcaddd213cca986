//! Plates of known material and areal density: what scanners are calibrated with, and what measurements are judged on.

use pellucid_core::{BandKind, Grade, PixelBox, RawScan, RawView, ScannerIdentity};

use crate::error::PhantomError;
use crate::fan::Fan;
use crate::render::render;
use crate::scanner::Scanner;
use crate::scene::{Scene, component};

/// A plate: a material of the catalogue at its own density.
#[derive(Debug, Clone, PartialEq)]
pub struct Plate {
    /// Name of the material.
    pub material: String,
    /// Areal density along a level ray, g/cm².
    pub areal_density_g_per_cm2: f64,
}

/// A scan of plates and where each is seen.
#[derive(Debug, Clone)]
pub struct PlateScan {
    /// What the scanner gave.
    pub scan: RawScan,
    /// Pixels that show each plate whole, in the order given; the slant of their rays is below a quarter of a percent.
    pub px: Vec<PixelBox>,
}

/// Columns of a plate, and of air between plates.
const PLATE_COLUMNS: usize = 14;
const GAP_COLUMNS: usize = 6;
/// Columns and rows at the rim of a plate that are not meant.
const RIM: usize = 3;
/// Half the height of a plate, mm, and where plates stand.
const HALF_HEIGHT_MM: f64 = 450.0;
const NEAR_MM: f64 = 3300.0;
/// Slope of rays that cross a plate from face to face however thick it is.
const SLOPE: f64 = 0.065;
const STEEL_DENSITY: f64 = 7.85;

/// Scans plates one beside the other, all behind one sheet of steel of `steel_g_per_cm2` (0 for none).
///
/// # Errors
/// An unknown material; a plate that is too thick for the lane (1,900 mm) or not positive.
pub fn plate_scan(
    plates: &[Plate],
    steel_g_per_cm2: f64,
    scanner: &Scanner,
    seed: u64,
) -> Result<PlateScan, PhantomError> {
    let pitch = scanner.fan.column_pitch_mm;
    let height = scanner.fan.source_height_mm;
    let (low, high) = (height - HALF_HEIGHT_MM, height + HALF_HEIGHT_MM);
    let step = PLATE_COLUMNS + GAP_COLUMNS;
    let columns = GAP_COLUMNS + step * plates.len();
    let mut scene = Scene::default();
    if steel_g_per_cm2 > 0.0 {
        let steel = scene.substance("steel", None)?;
        scene.paint(component::CONTAINER, 0);
        let far = NEAR_MM - 200.0 + steel_g_per_cm2 / STEEL_DENSITY * 10.0;
        scene.block([0.0, low, NEAR_MM - 200.0], [columns as f64 * pitch, high, far], steel);
    }
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let [top, bottom] = [SLOPE, -SLOPE].map(|slope| fan.row_at(height + slope * NEAR_MM, NEAR_MM).clamp(0.0, 1e6));
    let (top, bottom) = (top.ceil() as usize + RIM, (bottom.floor() as usize).saturating_sub(RIM));
    let mut px = Vec::with_capacity(plates.len());
    for (i, plate) in plates.iter().enumerate() {
        let substance = scene.substance(&plate.material, None)?;
        let thickness = plate.areal_density_g_per_cm2 / substance.density * 10.0;
        if !(thickness > 0.0 && thickness <= 1900.0) {
            let name = format!("plate {i}");
            let reason = format!("its thickness must lie within 0 and 1900 mm, got {thickness:.1}");
            return Err(PhantomError::value(&name, "areal_density_g_per_cm2", reason));
        }
        let first = GAP_COLUMNS + step * i;
        scene.paint(component::CARGO, (i + 1).min(999) as u16);
        let x = [first as f64 * pitch, (first + PLATE_COLUMNS) as f64 * pitch];
        scene.block([x[0], low, NEAR_MM], [x[1], high, NEAR_MM + thickness], substance);
        px.push(PixelBox {
            x: (first + RIM) as u32,
            y: top as u32,
            width: (PLATE_COLUMNS - 2 * RIM) as u32,
            height: bottom.saturating_sub(top) as u32,
        });
    }
    let view = render(&scene, scanner, columns, seed)?.view;
    Ok(PlateScan { scan: scan_of(view, scanner), px })
}

/// A scan of one view without container, date or lane: of plates, or of any other scene for a trial.
pub fn scan_of(view: RawView, scanner: &Scanner) -> RawScan {
    let has_low = view.band(BandKind::Low).is_some();
    RawScan {
        grade: if has_low { Grade::DualEnergyRaw } else { Grade::SingleEnergyRaw },
        views: vec![view],
        scanner: ScannerIdentity {
            vendor: scanner.vendor.clone(),
            model: scanner.model.clone(),
            serial: "PH-PLATES".to_owned(),
            calibration_date: None,
        },
        acquired_at: None,
        containers_read: Vec::new(),
        site: Some("phantom-yard".to_owned()),
        lane: None,
        unknown: serde_json::Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use pellucid_imaging::physics::{BandResponse, material};

    use super::*;
    use crate::Imperfections;

    fn plate(material: &str, areal_density_g_per_cm2: f64) -> Plate {
        Plate { material: material.to_owned(), areal_density_g_per_cm2 }
    }

    #[test]
    fn plates_show_what_they_are_said_to_be() {
        let mut scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        scanner.imperfections = Imperfections::none();
        let plates = [plate("iron", 50.0), plate("polyethylene", 150.0), plate("water", 5.0)];
        let made = plate_scan(&plates, 6.0, &scanner, 1).unwrap();
        for (plate, px) in plates.iter().zip(&made.px) {
            assert!(px.height >= 30, "{px:?}");
            let layers = [
                (material("steel").unwrap(), 6.0),
                (material(&plate.material).unwrap(), plate.areal_density_g_per_cm2),
            ];
            for band in &made.scan.views[0].bands {
                let expect = BandResponse::new(band.endpoint_mev.unwrap()).attenuation(&layers);
                for y in [px.y, px.y + px.height / 2, px.bottom() - 1] {
                    for x in [px.x, px.right() - 1] {
                        let (x, y) = (x as usize, y as usize);
                        let (dark, air) = (f64::from(band.dark[y]), f64::from(band.air[y]));
                        let a = -((f64::from(band.counts.at(x, y)) - dark) / (air - dark)).ln();
                        assert!((a / expect - 1.0).abs() < 0.008, "{} at {x}, {y}: {a} {expect}", plate.material);
                    }
                }
            }
        }
    }

    #[test]
    fn impossible_plates_are_refused() {
        let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        for (plates, word) in [
            ([plate("water", 250.0)], "1900 mm"),
            ([plate("cheese", 1.0)], "cheese"),
            ([plate("iron", 0.0)], "plate 0"),
        ] {
            let text = plate_scan(&plates, 0.0, &scanner, 1).unwrap_err().to_string();
            assert!(text.contains(word), "{text}");
        }
    }
}
