use serde::{Deserialize, Serialize};

use crate::{Grade, Raster, ScanGeometry};

/// One energy channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandKind {
    /// The band of higher end-point energy, or the only one.
    High,
    /// The band of lower end-point energy.
    Low,
    /// Vendor grey of grade `processed`: larger is brighter, air near the top.
    Grey,
}

impl BandKind {
    /// The band's name in files and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Grey => "grey",
        }
    }
}

/// Counts of one band of one view, never rescaled.
#[derive(Debug, Clone, PartialEq)]
pub struct RawBand {
    /// Which channel.
    pub kind: BandKind,
    /// Largest grey or count the file can hold: 255 or 65,535.
    pub max_value: u16,
    /// End-point energy of the bremsstrahlung spectrum in MeV, if known.
    pub endpoint_mev: Option<f64>,
    /// Where the band's column 0 lies on the columns of its view, in columns, at most [`RawBand::MAX_COLUMN_OFFSET`]
    /// either way: interlaced machines take their bands half a column apart. `None` where the scanner does not say.
    pub column_offset: Option<f64>,
    /// Counts; rows are detectors from the top down, columns are pulses in time.
    pub counts: Raster<u16>,
    /// Counts without beam per detector (length: rows); empty for grade `processed`.
    pub dark: Vec<u16>,
    /// Counts in air per detector (length: rows); empty for grade `processed`.
    pub air: Vec<u16>,
}

impl RawBand {
    /// Farthest that a band may lie beside its view's columns; more is no interlacing but a mistake.
    pub const MAX_COLUMN_OFFSET: f64 = 4.0;
}

/// One projection.
#[derive(Debug, Clone, PartialEq)]
pub struct RawView {
    /// Name given by the scanner, such as `side`.
    pub name: String,
    /// Bands of equal size, high first.
    pub bands: Vec<RawBand>,
    /// Fan geometry, if known.
    pub geometry: Option<ScanGeometry>,
    /// Detector rows `[start, end)` above every load, from which the dose of each pulse is read; empty if none.
    pub dose_rows: [u32; 2],
}

impl RawView {
    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        self.bands.first().map_or((0, 0), |band| (band.counts.width(), band.counts.height()))
    }

    /// The band of a kind, if the view has it.
    pub fn band(&self, kind: BandKind) -> Option<&RawBand> {
        self.bands.iter().find(|band| band.kind == kind)
    }
}

/// The machine that made a scan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScannerIdentity {
    /// Maker.
    pub vendor: String,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Day of the last calibration, `YYYY-MM-DD`, if known.
    pub calibration_date: Option<String>,
}

/// A container number as some reader saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerRead {
    /// The text as read.
    pub id: String,
    /// Confidence in [0, 1].
    pub confidence: f32,
    /// Who read it, such as `ocr` or `operator`.
    pub source: String,
}

/// A decoded scan: counts and what the file says about them, nothing computed.
#[derive(Debug, Clone, PartialEq)]
pub struct RawScan {
    /// What the pixels are.
    pub grade: Grade,
    /// Views of one capture.
    pub views: Vec<RawView>,
    /// The machine.
    pub scanner: ScannerIdentity,
    /// When it was taken, RFC 3339, if known.
    pub acquired_at: Option<String>,
    /// Container numbers read at the lane.
    pub containers_read: Vec<ContainerRead>,
    /// Site, if known.
    pub site: Option<String>,
    /// Lane, if known.
    pub lane: Option<String>,
    /// Keys of the file's description that this version does not know, kept for writing back.
    pub unknown: serde_json::Map<String, serde_json::Value>,
}
