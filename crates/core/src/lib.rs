//! The vocabulary of Pellucid: ids, units, rasters, raw scans, declarations, observations, findings, evaluations.
//!
//! Nothing here does I/O, is async or holds an algorithm; every other crate may use this one.

mod bilingual;
mod codes;
mod container_number;
mod container_type;
mod declaration;
mod disposition;
mod error_kind;
mod evaluation;
mod finding;
mod geometry;
mod grade;
mod hs_code;
mod ids;
mod interval;
mod iso_size;
mod material;
mod model_output;
mod observation;
mod outcome;
mod provenance;
mod raster;
mod raw_scan;
mod region;
mod truth;
mod validity;

pub use bilingual::Bilingual;
pub use codes::{FindingKind, MapKind, Preset, TamperingKind};
pub use container_number::{ContainerNumber, ContainerNumberError};
pub use container_type::ContainerType;
pub use declaration::{
    Declaration, DeclarationError, DeclarationStage, DeclaredContainer, DeclaredItem, Direction, Trader,
};
pub use disposition::{Conclusion, Disposition};
pub use error_kind::ErrorKind;
pub use evaluation::{
    Calibration, Coverage, DeclaredVersusObserved, Evaluation, Lane, LaneWhere, MassBalance, Reason, RiskLevel,
    Versions,
};
pub use finding::{Evidence, Finding, FindingValidity};
pub use geometry::{DetectorArm, DetectorPosition, ScanGeometry};
pub use grade::Grade;
pub use hs_code::{HsCode, HsCodeError};
pub use ids::{BlobHash, EvaluationId, JobId, ScanId};
pub use interval::Interval;
pub use iso_size::IsoSize;
pub use material::{MaterialClass, MaterialShares};
pub use model_output::{CargoOutput, LayoutOutput, PlaneStack};
pub use observation::{
    ContainerObservation, MassBudget, MassEstimate, Observation, Patch, QualityFigure, QualityIssue, ScanQuality,
    Segment, StructureDeviation, UnitCount,
};
pub use outcome::Outcome;
pub use provenance::{EngineKind, Provenance, StageTimes};
pub use raster::{PixelMemory, Raster, RasterError};
pub use raw_scan::{BandKind, ContainerRead, RawBand, RawScan, RawView, ScannerIdentity};
pub use region::{PixelBox, Region};
pub use truth::{CaseTruth, TamperingTruth, TruthContainer, TruthItem};
pub use validity::Validity;
