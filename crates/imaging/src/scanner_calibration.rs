use pellucid_core::ScannerIdentity;
use serde::{Deserialize, Serialize};

use crate::ImagingError;
use crate::physics::ThreeNumbers;

/// Three numbers for each band of one machine, as a calibration file holds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerCalibration {
    /// Serial number that the machine's scans carry.
    pub serial: String,
    /// One entry per end point.
    pub bands: Vec<CalibratedBand>,
}

/// The numbers of one band and how well they fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibratedBand {
    /// End point that scans state for the band, MeV.
    pub endpoint_mev: f64,
    /// Factors on the parts of the attenuation coefficient.
    pub numbers: ThreeNumbers,
    /// Known objects they were fitted to.
    pub objects: u32,
    /// Root mean square of the relative error of attenuation without the numbers.
    pub rms_before: f64,
    /// The same with them.
    pub rms_after: f64,
}

impl ScannerCalibration {
    /// The numbers of a machine's band; 1 where nothing is known of it.
    pub fn numbers(calibrations: &[Self], scanner: &ScannerIdentity, endpoint_mev: f64) -> ThreeNumbers {
        let of_machine = calibrations.iter().filter(|c| c.is_of(scanner));
        let mut bands = of_machine.flat_map(|c| &c.bands);
        bands.find(|band| band.endpoint_mev == endpoint_mev).map_or_else(ThreeNumbers::default, |band| band.numbers)
    }

    /// Whether it is this machine's; a machine without a serial number has none.
    pub(crate) fn is_of(&self, scanner: &ScannerIdentity) -> bool {
        !self.serial.is_empty() && self.serial == scanner.serial
    }

    /// Tells calibrations apart: FNV-1a of end points and numbers, eight hexadecimal digits.
    pub(crate) fn fingerprint(&self) -> String {
        let values = self.bands.iter().flat_map(|band| {
            let ThreeNumbers { photoelectric, compton, pair } = band.numbers;
            [band.endpoint_mev, photoelectric, compton, pair]
        });
        let bytes = values.flat_map(f64::to_le_bytes);
        let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        format!("{hash:08x}")
    }

    /// Whether a file's values are possible.
    ///
    /// # Errors
    /// The first that is not, with its limit.
    pub fn check(&self) -> Result<(), ImagingError> {
        for (i, band) in self.bands.iter().enumerate() {
            let fault = band.numbers.fault().map(|(field, value)| (field, value, "it must lie in [0.2, 5]"));
            let endpoint = (!(1.0..=10.0).contains(&band.endpoint_mev)).then_some((
                "endpoint_mev",
                band.endpoint_mev,
                "it must lie in [1, 10] MeV",
            ));
            if let Some((field, value, rule)) = fault.or(endpoint) {
                return Err(ImagingError::BadReference { step: Some(i), field, value, rule });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_machine_itself_is_corrected() {
        let numbers = ThreeNumbers { photoelectric: 1.0, compton: 0.98, pair: 1.1 };
        let band = CalibratedBand { endpoint_mev: 6.0, numbers, objects: 9, rms_before: 0.02, rms_after: 0.001 };
        let known = [ScannerCalibration { serial: "A-1".into(), bands: vec![band] }];
        let of = |serial: &str, mev| {
            let scanner = ScannerIdentity { serial: serial.into(), ..ScannerIdentity::default() };
            ScannerCalibration::numbers(&known, &scanner, mev)
        };
        assert_eq!(of("A-1", 6.0), numbers);
        for (serial, mev) in [("A-1", 3.5), ("A-2", 6.0), ("", 6.0)] {
            assert_eq!(of(serial, mev), ThreeNumbers::default());
        }
        assert!(known[0].check().is_ok());
        let mut broken = known[0].clone();
        broken.bands[0].numbers.pair = f64::NAN;
        assert!(broken.check().unwrap_err().to_string().contains("pair"));
    }
}
