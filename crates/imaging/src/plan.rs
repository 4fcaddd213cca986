use std::sync::Arc;

use pellucid_core::{BandKind, Grade, RawScan, RawView};

use crate::kernels::attenuation::{Response, attenuation};
use crate::kernels::drift::DriftBlock;
use crate::kernels::logarithm::ln_table;
use crate::kernels::material::MaterialTables;
use crate::kernels::strip::StripTables;
use crate::passes::{self, Row};
use crate::{GainChange, ImagingError, ScannerCalibration};

mod grey;
mod material;
mod raw;

/// Version of plans and kernels; a change of any formula or constant changes it.
const VERSION: &str = concat!("imaging-", env!("CARGO_PKG_VERSION"), "/6");

/// Most rows of a view: sums over rows must fit 32 bits.
const MAX_HEIGHT: u64 = 65_535;
/// Most columns of a view.
const MAX_WIDTH: u64 = 131_072;
/// Most pixels of a view: their indices must fit 32 bits with room to spare.
const MAX_PIXELS: u64 = 1 << 29;

/// What a site may tune.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOptions {
    /// Smallest signal in counts that is told from none, at least 1; raw grades only.
    pub penetration_floor: u16,
    /// Scatter in thousandths of the signal in air: signals up to it are no measure of a load any more. The default of 2
    /// limits attenuation to 6.2 (machines scatter 0.1 to 3 thousandths, so that it saturates near 6 to 8).
    pub scatter_per_mille: u16,
    /// Where the low band's column 0 lies beside the high band's, in thousandths of a column, −1,000 to 1,000: a property
    /// of the machine (interlaced ones take the bands half a pitch apart). `None`: what the scan states
    /// ([`pellucid_core::RawBand::column_offset`]), else what its edges show.
    pub low_offset_per_mille: Option<i16>,
    /// Three numbers a band of the machines that were calibrated; the others are taken as the physics is.
    pub calibrations: Arc<[ScannerCalibration]>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { penetration_floor: 8, scatter_per_mille: 2, low_offset_per_mille: None, calibrations: Arc::new([]) }
    }
}

/// Everything the host decides once per scan; engines read it. Cloning is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    version: Arc<str>,
    grade: Grade,
    views: Arc<[ViewPlan]>,
}

/// The plan of one view.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewPlan {
    /// Columns, >= 1.
    pub width: usize,
    /// Rows, >= 1.
    pub height: usize,
    /// The high band, or the only one.
    pub high: BandPlan,
    /// The low band of grade dual energy.
    pub low: Option<BandPlan>,
    /// Areal density and class; `None` for grade `processed` and for bands of unknown end point.
    pub material: Option<MaterialPlan>,
    /// Standard deviation of `ln(dose_low / dose_high)` from pulse to pulse; `None` unless both bands have dose rows.
    pub pulse_jitter: Option<f64>,
    /// Spread of grey values of grade `processed` (0.5th to 99.5th percentile) over its largest value.
    pub grey_contrast: Option<f64>,
}

/// The plan of one band of a view.
#[derive(Debug, Clone, PartialEq)]
pub struct BandPlan {
    /// Index of the band in the view.
    pub band: usize,
    /// One entry per detector row.
    pub rows: Vec<Row>,
    /// Blocks of the rows whose gain drifts or steps.
    pub drifts: Vec<DriftBlock>,
    /// Rows whose gain is not that of their calibration: what `drifts` corrects, and what is left as it is.
    pub gain_changes: Vec<GainChange>,
    /// Where doses come from.
    pub dose: DosePlan,
    /// Parameters of the attenuate pass.
    pub attenuate: passes::attenuate::Params,
    /// Where its column 0 lies beside the high band's, in columns; it is registered by this much.
    pub column_offset: f64,
    /// An offset that the scan hints at without certainty, or states beyond the reach of registration (one column):
    /// nothing is moved by it.
    pub uncertain_offset: Option<f64>,
    /// Rows that were refused; of a vendor picture, lines over its whole width.
    pub bad_rows: usize,
    /// Standard deviation of attenuation in air; `None` where the dose rows cannot tell.
    pub air_sigma: Option<f64>,
}

/// Where a band's dose per column comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DosePlan {
    /// The dose pass measures it; `reference_sum` 0 means that there are no good dose rows and every dose is 0.
    Measured(passes::dose::Params),
    /// The host knows it: one value per column, as the dose pass would write them.
    Given(Vec<i32>),
}

/// The material pass of a view.
#[derive(Debug, Clone, PartialEq)]
pub struct MaterialPlan {
    /// Parameters of the pass.
    pub params: passes::material::Params,
    /// Its tables.
    pub tables: Arc<MaterialTables>,
    /// How pictures split attenuation into an organic and a steel part; `None` without a low band.
    pub strips: Option<Arc<StripTables>>,
}

impl Plan {
    /// Plans a scan with default options.
    ///
    /// # Errors
    /// Scans that contradict themselves: no views, missing bands, sizes that do not match, values out of range. A poor
    /// scan is planned like any other.
    pub fn for_scan(scan: &RawScan) -> Result<Self, ImagingError> {
        Self::with_options(scan, &PlanOptions::default())
    }

    /// Plans a scan; errors as [`Plan::for_scan`].
    pub fn with_options(scan: &RawScan, options: &PlanOptions) -> Result<Self, ImagingError> {
        if scan.views.is_empty() {
            return Err(ImagingError::NoViews);
        }
        let views: Result<Vec<ViewPlan>, ImagingError> =
            scan.views.iter().enumerate().map(|(index, view)| plan_view(scan, index, view, options)).collect();
        let calibrated = options.calibrations.iter().find(|c| c.is_of(&scan.scanner));
        let version = calibrated.map_or_else(|| VERSION.into(), |c| format!("{VERSION}+{}", c.fingerprint()).into());
        Ok(Self { version, grade: scan.grade, views: views?.into() })
    }

    /// Version of the formulas and constants behind this plan, and the fingerprint of the machine's calibration if it has
    /// one.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Grade of the scan it was made for.
    pub fn grade(&self) -> Grade {
        self.grade
    }

    /// One plan per view, in the scan's order.
    pub fn views(&self) -> &[ViewPlan] {
        &self.views
    }

    /// Whether a scan has the shape this plan was made for; engines ask before they start.
    pub fn check(&self, scan: &RawScan) -> Result<(), ImagingError> {
        if scan.views.len() != self.views.len() {
            return Err(ImagingError::NoSuchView { view: self.views.len().max(1) - 1, views: scan.views.len() });
        }
        for (view, (plan, raw)) in self.views.iter().zip(&scan.views).enumerate() {
            let bands = [Some(&plan.high), plan.low.as_ref()];
            for band in bands.into_iter().flatten() {
                let (width, height) =
                    raw.bands.get(band.band).map_or((0, 0), |b| (b.counts.width(), b.counts.height()));
                if (width, height) != (plan.width, plan.height) {
                    let (planned_width, planned_height) = (plan.width, plan.height);
                    return Err(ImagingError::PlanMismatch { view, planned_width, planned_height, width, height });
                }
            }
        }
        Ok(())
    }
}

impl ViewPlan {
    /// Attenuation of black in a vendor picture, Q12: nothing can be darker. `None` for raw grades.
    pub fn black(&self) -> Option<u16> {
        self.grey_contrast?;
        let band = &self.high;
        let row = band.rows.first()?;
        Some(
            attenuation(
                0,
                0,
                row.gain_ln,
                0,
                &Response { is_inverted: false, ..band.attenuate.response() },
                ln_table(),
            )
            .0,
        )
    }
}

impl BandPlan {
    /// Whether pulses can be corrected for their dose.
    pub fn has_dose(&self) -> bool {
        matches!(&self.dose, DosePlan::Measured(params) if params.reference_sum > 0)
    }
}

fn band_of(grade: Grade, index: usize, view: &RawView, kind: BandKind) -> Result<usize, ImagingError> {
    let missing = || ImagingError::MissingBand { view: index, grade, band: kind.as_str() };
    view.bands.iter().position(|band| band.kind == kind).ok_or_else(missing)
}

fn plan_view(scan: &RawScan, index: usize, view: &RawView, options: &PlanOptions) -> Result<ViewPlan, ImagingError> {
    let grade = scan.grade;
    let high = band_of(grade, index, view, if grade == Grade::Processed { BandKind::Grey } else { BandKind::High })?;
    let low = if grade == Grade::DualEnergyRaw { Some(band_of(grade, index, view, BandKind::Low)?) } else { None };
    let (width, height) = check_size(index, view, high, low)?;
    if grade == Grade::Processed {
        return Ok(grey::plan_grey(&view.bands[high], high, width, height));
    }
    let mut high = raw::plan_raw(index, view, high, options, false, &[])?;
    let mut low = low.map(|low| raw::plan_raw(index, view, low, options, true, &high.gain_changes)).transpose()?;
    // What only the low band could place is placed in the high band too.
    if let Some(low) = low.as_ref().filter(|_| high.gain_changes.iter().any(|change| !change.is_corrected())) {
        high = raw::plan_raw(index, view, high.band, options, false, &low.gain_changes)?;
    }
    let pulse_jitter = match low.as_mut() {
        Some(low) => raw::join(index, view, options, &high, low)?,
        None => None,
    };
    let numbers = |mev| ScannerCalibration::numbers(&options.calibrations, &scan.scanner, mev);
    let size = (width, height);
    let material = material::plan_material(index, view, (&high, low.as_ref()), size, options, &numbers)?;
    Ok(ViewPlan { width, height, high, low, material, pulse_jitter, grey_contrast: None })
}

fn check_size(index: usize, view: &RawView, high: usize, low: Option<usize>) -> Result<(usize, usize), ImagingError> {
    let (width, height) = (view.bands[high].counts.width(), view.bands[high].counts.height());
    for (field, value, limit) in [
        ("width", width as u64, MAX_WIDTH),
        ("height", height as u64, MAX_HEIGHT),
        ("pixels", width as u64 * height as u64, MAX_PIXELS),
    ] {
        if value == 0 {
            return Err(ImagingError::Mismatch { view: index, field: field.into(), value, limit: 1 });
        }
        if value > limit {
            return Err(ImagingError::TooLarge { view: index, field, value, limit });
        }
    }
    if let Some(low) = low {
        let counts = &view.bands[low].counts;
        for (side, value, limit) in [("width", counts.width(), width), ("height", counts.height(), height)] {
            if value != limit {
                let field = format!("bands[low].{side}");
                return Err(ImagingError::Mismatch { view: index, field, value: value as u64, limit: limit as u64 });
            }
        }
    }
    Ok((width, height))
}
