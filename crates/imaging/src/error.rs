use pellucid_core::{ErrorKind, Grade, Preset};

/// What can go wrong between counts and measured planes.
///
/// A poor scan is not an error: it is a [`pellucid_core::ScanQuality`]. Errors are scans that contradict themselves,
/// requests that make no sense, and engines that fail.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImagingError {
    /// The scan holds no view.
    #[error("planning a scan: it has no views")]
    NoViews,
    /// A view lacks the band that its grade promises.
    #[error("planning view {view}: grade {} needs a {band} band", grade.as_str())]
    MissingBand {
        /// Index of the view.
        view: usize,
        /// The scan's grade.
        grade: Grade,
        /// Name of the band.
        band: &'static str,
    },
    /// A field of the scan has another size than the rest of it.
    #[error("planning view {view}: {field} has {value} where {limit} are needed")]
    Mismatch {
        /// Index of the view.
        view: usize,
        /// The field, such as `bands[low].dark`.
        field: String,
        /// Its size.
        value: u64,
        /// The size it should have.
        limit: u64,
    },
    /// A field lies outside its range.
    #[error("planning view {view}: {field} is {value}, the limit is {limit}")]
    OutOfRange {
        /// Index of the view.
        view: usize,
        /// The field, such as `dose_rows.end`.
        field: String,
        /// Its value.
        value: u64,
        /// The largest value allowed.
        limit: u64,
    },
    /// An end-point energy the physics does not cover.
    #[error("planning view {view}: bands[{band}].endpoint_mev is {value}; {rule}")]
    BadEndpoint {
        /// Index of the view.
        view: usize,
        /// Name of the band.
        band: &'static str,
        /// The end point in MeV.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A size exceeds what the kernels' integers can hold.
    #[error("planning view {view}: {field} of {value} exceeds the limit of {limit}")]
    TooLarge {
        /// Index of the view.
        view: usize,
        /// The field, such as `height`.
        field: &'static str,
        /// Its value.
        value: u64,
        /// The largest value allowed.
        limit: u64,
    },
    /// The plan was made for a scan of another shape.
    #[error(
        "running a plan: view {view} was planned as {planned_width} x {planned_height}, the scan has {width} x {height}"
    )]
    PlanMismatch {
        /// Index of the view.
        view: usize,
        /// Columns in the plan.
        planned_width: usize,
        /// Rows in the plan.
        planned_height: usize,
        /// Columns in the scan.
        width: usize,
        /// Rows in the scan.
        height: usize,
    },
    /// A view that does not exist was asked for.
    #[error("asking for view {view}: there are {views}")]
    NoSuchView {
        /// The index asked for.
        view: usize,
        /// Views there are.
        views: usize,
    },
    /// A resample window cannot be used.
    #[error("resampling: {field} is {value}; {rule}")]
    BadWindow {
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// Display parameters cannot be used.
    #[error("displaying: {field} is {value}; {rule}")]
    BadDisplay {
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// The preset needs something this view or version does not have.
    #[error("displaying preset {}: {reason}", preset.as_str())]
    PresetUnavailable {
        /// The preset.
        preset: Preset,
        /// Why not.
        reason: &'static str,
    },
    /// A reference object or a calibration cannot be used.
    #[error("calibrating{}: {field} is {value}; {rule}", step.map_or_else(String::new, |step| format!(", entry {step}")))]
    BadReference {
        /// Index of the object or band, if it is one's fault.
        step: Option<usize>,
        /// The field.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// Too few objects that a band can be fitted to.
    #[error(
        "calibrating {endpoint_mev} MV: {} of {known} known objects can be fitted; at least {fewest} must{}",
        known - opaque.len(),
        left_out(opaque, *largest)
    )]
    TooFewReferences {
        /// End point of the band.
        endpoint_mev: f64,
        /// Objects that are given.
        known: usize,
        /// Fewest that are fitted to.
        fewest: usize,
        /// Those that are too opaque: number through all scans, and attenuation as measured.
        opaque: Vec<(usize, f64)>,
        /// Attenuation from which they are.
        largest: f64,
    },
    /// Reference scans that are not all of one known machine.
    #[error(
        "calibrating: reference scan {scan} is of machine {found:?}, the first of {expected:?}; all must name the same one"
    )]
    ReferenceMachine {
        /// Index of the scan.
        scan: usize,
        /// Serial number of the first.
        expected: String,
        /// Its own.
        found: String,
    },
    /// The engine cannot run now, such as a lost device; the caller decides what to do.
    #[error("running on engine {engine}: {reason}")]
    EngineUnavailable {
        /// Which engine.
        engine: String,
        /// What happened.
        reason: String,
    },
    /// A fault of ours.
    #[error("running {stage}: {reason}")]
    Internal {
        /// Which stage.
        stage: &'static str,
        /// What happened.
        reason: String,
    },
}

fn left_out(opaque: &[(usize, f64)], largest: f64) -> String {
    let list: Vec<String> =
        opaque.iter().map(|(object, a)| format!("object {object} (attenuation {a:.1})")).collect();
    if list.is_empty() {
        return String::new();
    }
    format!("; from {largest} on scatter is too much of what a band sees, so it leaves out {}", list.join(", "))
}

impl ImagingError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoViews
            | Self::MissingBand { .. }
            | Self::Mismatch { .. }
            | Self::OutOfRange { .. }
            | Self::BadEndpoint { .. }
            | Self::PlanMismatch { .. }
            | Self::BadWindow { .. }
            | Self::BadReference { .. }
            | Self::TooFewReferences { .. }
            | Self::ReferenceMachine { .. }
            | Self::BadDisplay { .. } => ErrorKind::InvalidInput,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::NoSuchView { .. } => ErrorKind::NotFound,
            Self::PresetUnavailable { .. } => ErrorKind::Unsupported,
            Self::EngineUnavailable { .. } => ErrorKind::Unavailable,
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }
}
