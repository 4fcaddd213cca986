//! The file of calibrations: three numbers a band for each machine of a site.

use std::path::Path;

use pellucid_imaging::ScannerCalibration;
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CalibrationFile {
    #[serde(default)]
    scanners: Vec<ScannerCalibration>,
}

/// The calibrations of a file.
///
/// # Errors
/// There is no such file, it is no calibration file, or a value is impossible.
pub(crate) fn load(file: &Path) -> Result<Vec<ScannerCalibration>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file("reading", file, error))?;
    let read: CalibrationFile = toml::from_str(&text)
        .map_err(|error| Failure::new(Exit::BadInput, format!("{}: {}", file.display(), error.message())))?;
    for scanner in &read.scanners {
        let named =
            |error: Failure| error.while_doing(format_args!("{}, scanner {}", file.display(), scanner.serial));
        scanner.check().map_err(Failure::from).map_err(named)?;
    }
    Ok(read.scanners)
}

/// Writes a machine's calibration into a file; those of other machines stay.
///
/// # Errors
/// The file is something else, or cannot be written.
pub(crate) fn replace(file: &Path, calibration: &ScannerCalibration) -> Result<(), Failure> {
    let mut scanners = if file.is_file() { load(file)? } else { Vec::new() };
    scanners.retain(|known| known.serial != calibration.serial);
    scanners.push(calibration.clone());
    scanners.sort_by(|a, b| a.serial.cmp(&b.serial));
    let text = toml::to_string(&CalibrationFile { scanners })
        .map_err(|error| Failure::new(Exit::Failure, format!("writing a calibration: {error}")))?;
    crate::case_folder::save(file, text.as_bytes())
}
