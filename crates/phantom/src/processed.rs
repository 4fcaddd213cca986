use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView};

use crate::dice::Dice;
use crate::error::PhantomError;

/// Turns a raw phantom into what vendors hand out: 8-bit grey of the high band, corrected, windowed, with a gamma and a
/// clip to black. Air, dark and geometry are gone.
///
/// # Errors
/// The scan has no high band, or its calibration rows do not fit.
pub fn to_processed(scan: &RawScan, seed: u64) -> Result<RawScan, PhantomError> {
    let mut dice = Dice::new(seed, "vendor");
    // Vendors differ in gamma, in where white and black lie.
    let gamma = dice.between(0.55, 0.9);
    let white = dice.between(0.95, 1.0);
    let black = dice.between(0.002, 0.02);
    let views = scan
        .views
        .iter()
        .map(|view| {
            let Some(high) = view.band(BandKind::High) else {
                return Err(PhantomError::value("scan", view.name.clone(), "no high band to make grey of"));
            };
            let (width, height) = (high.counts.width(), high.counts.height());
            if high.dark.len() != height || high.air.len() != height {
                return Err(PhantomError::value(
                    "scan",
                    view.name.clone(),
                    "dark and air must have one value per row",
                ));
            }
            let mut transmission = vec![0.0_f64; width * height];
            let mut last_good: Option<usize> = None;
            for y in 0..height {
                let (dark, air) = (f64::from(high.dark[y]), f64::from(high.air[y]));
                if air - dark < 1000.0 {
                    // Dead detectors are painted over with the row above.
                    if let Some(good) = last_good {
                        transmission.copy_within(good * width..(good + 1) * width, y * width);
                    }
                    continue;
                }
                last_good = Some(y);
                for (x, counts) in high.counts.row(y).iter().enumerate() {
                    transmission[y * width + x] = (f64::from(*counts) - dark) / (air - dark);
                }
            }
            let grey = transmission
                .into_iter()
                .map(|t| {
                    let level = ((t / white - black) / (1.0 - black)).clamp(0.0, 1.0);
                    (255.0 * libm::pow(level, gamma) + 0.5) as u16
                })
                .collect();
            Ok(RawView {
                name: view.name.clone(),
                bands: vec![RawBand {
                    kind: BandKind::Grey,
                    max_value: 255,
                    endpoint_mev: None,
                    column_offset: None,
                    counts: Raster::from_vec(width, height, grey)?,
                    dark: Vec::new(),
                    air: Vec::new(),
                }],
                geometry: None,
                dose_rows: [0, 0],
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RawScan { grade: Grade::Processed, views, ..scan.clone() })
}
