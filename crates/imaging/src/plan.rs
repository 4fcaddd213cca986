use std::sync::Arc;

use pellucid_core::{BandKind, Grade, RawBand, RawScan, RawView, Validity};

use crate::kernels::material::{GRID, MaterialTables};
use crate::kernels::{bad_detectors, dose, grey, interpolation, logarithm, noise};
use crate::passes::{self, Row};
use crate::{ImagingError, material_curves};

/// Version of plans and kernels; a change of any formula or constant changes it.
const VERSION: &str = concat!("imaging-", env!("CARGO_PKG_VERSION"), "/2");

/// Most rows of a view: sums over rows must fit 32 bits.
const MAX_HEIGHT: u64 = 65_535;
/// Most columns of a view.
const MAX_WIDTH: u64 = 131_072;
/// Most pixels of a view: their indices must fit 32 bits with room to spare.
const MAX_PIXELS: u64 = 1 << 29;
/// Dose rows from which noise is measured; more would not sharpen it.
const NOISE_ROWS: usize = 32;
/// Mean attenuation below which there is only air.
const THIN_Q16: u32 = 1311;
/// Share of the floor's signal that the low band must keep, as a factor.
const LOW_MARGIN: u32 = 4;
/// End points the physics covers, in MeV.
const ENDPOINTS_MEV: std::ops::RangeInclusive<f64> = 1.0..=10.0;

/// What a site may tune.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanOptions {
    /// Smallest signal in counts that is told from none, at least 1; raw grades only.
    pub penetration_floor: u16,
    /// Scatter in thousandths of the signal in air: signals up to it are no measure of a load any more. The default of 2
    /// limits attenuation to 6.2 (machines scatter 0.1 to 3 thousandths, so that it saturates near 6 to 8).
    pub scatter_per_mille: u16,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { penetration_floor: 8, scatter_per_mille: 2 }
    }
}

/// Everything the host decides once per scan; engines read it. Cloning is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
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
    /// Whether attenuation is median-filtered: raw grades are, vendor pictures are left as they are.
    pub is_filtered: bool,
    /// Areal density and class; `None` for grade `processed` and for bands of unknown end point.
    pub material: Option<MaterialPlan>,
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
    /// Where doses come from.
    pub dose: DosePlan,
    /// Parameters of the attenuate pass.
    pub attenuate: passes::attenuate::Params,
    /// Rows that were refused.
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
            scan.views.iter().enumerate().map(|(index, view)| plan_view(scan.grade, index, view, options)).collect();
        Ok(Self { grade: scan.grade, views: views?.into() })
    }

    /// Version of the formulas and constants behind this plan.
    pub fn version(&self) -> &str {
        VERSION
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

impl BandPlan {
    /// Whether pulses can be corrected for their dose.
    pub fn has_dose(&self) -> bool {
        matches!(&self.dose, DosePlan::Measured(params) if params.reference_sum > 0)
    }
}

impl ViewPlan {
    /// Parameters of the median pass.
    pub fn median(&self) -> passes::median::Params {
        passes::median::Params { width: self.width as u32, height: self.height as u32, padding: [0; 2] }
    }
}

fn band_of(grade: Grade, index: usize, view: &RawView, kind: BandKind) -> Result<usize, ImagingError> {
    let missing = || ImagingError::MissingBand { view: index, grade, band: kind.as_str() };
    view.bands.iter().position(|band| band.kind == kind).ok_or_else(missing)
}

fn plan_view(grade: Grade, index: usize, view: &RawView, options: &PlanOptions) -> Result<ViewPlan, ImagingError> {
    let high = band_of(grade, index, view, if grade == Grade::Processed { BandKind::Grey } else { BandKind::High })?;
    let low = if grade == Grade::DualEnergyRaw { Some(band_of(grade, index, view, BandKind::Low)?) } else { None };
    let (width, height) = check_size(index, view, high, low)?;
    if grade == Grade::Processed {
        return Ok(plan_grey(&view.bands[high], high, width, height));
    }
    let high = plan_raw(index, view, high, options, false)?;
    let low = low.map(|low| plan_raw(index, view, low, options, true)).transpose()?;
    let material = plan_material(index, view, &high, low.as_ref(), width, height)?;
    Ok(ViewPlan { width, height, high, low, is_filtered: true, material, grey_contrast: None })
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

fn plan_raw(
    index: usize,
    view: &RawView,
    band_index: usize,
    options: &PlanOptions,
    is_low: bool,
) -> Result<BandPlan, ImagingError> {
    let band = &view.bands[band_index];
    let (width, height) = (band.counts.width(), band.counts.height());
    for (name, values) in [("dark", &band.dark), ("air", &band.air)] {
        if values.len() != height {
            let field = format!("bands[{}].{name}", band.kind.as_str());
            let (value, limit) = (values.len() as u64, height as u64);
            return Err(ImagingError::Mismatch { view: index, field, value, limit });
        }
    }
    let [first_row, end_row] = view.dose_rows;
    for (field, value, limit) in [("dose_rows.end", end_row, height as u32), ("dose_rows.start", first_row, end_row)]
    {
        if value > limit {
            let (value, limit) = (u64::from(value), u64::from(limit));
            return Err(ImagingError::OutOfRange { view: index, field: field.into(), value, limit });
        }
    }
    let median_gain = bad_detectors::median_gain(&band.dark, &band.air);
    let is_bad: Vec<bool> = (0..height)
        .map(|y| bad_detectors::is_bad(band.counts.row(y), band.dark[y], band.air[y], median_gain, band.max_value))
        .collect();
    let gain = |y: usize| band.air[y].saturating_sub(band.dark[y]);
    let rows = interpolation::sources(&is_bad)
        .into_iter()
        .enumerate()
        .map(|(y, source)| {
            let gain_ln = if is_bad[y] { 0 } else { logarithm::ln_table()[usize::from(gain(y))] };
            Row::new(band.dark[y], gain_ln, source)
        })
        .collect();
    let dose_rows = first_row as usize..end_row as usize;
    let reference_sum = dose_rows.clone().filter(|y| !is_bad[*y]).map(|y| u32::from(gain(y))).sum();
    let noise_rows = dose_rows.start..dose_rows.end.min(dose_rows.start + NOISE_ROWS);
    let air_sigma =
        noise::air_sigma(noise_rows, |y| (!is_bad[y]).then(|| (band.counts.row(y), band.dark[y], band.air[y])));
    // Only the high band's limit bounds mass; where the low band alone sees nothing, material says so.
    let dropped = if is_low { Validity::PENETRATION_LIMITED } else { 0 };
    let floor = u32::from(options.penetration_floor.max(1));
    let scatter = u32::from(median_gain) * u32::from(options.scatter_per_mille) / 1000;
    Ok(BandPlan {
        band: band_index,
        rows,
        dose: DosePlan::Measured(passes::dose::Params { width: width as u32, first_row, end_row, reference_sum }),
        attenuate: passes::attenuate::Params {
            width: width as u32,
            height: height as u32,
            max_value: u32::from(band.max_value),
            floor,
            is_inverted: 0,
            keep_bits: u32::from(!dropped),
            is_merged: u32::from(is_low),
            limit: floor.max(scatter.min(u32::from(u16::MAX))),
        },
        bad_rows: is_bad.iter().filter(|bad| **bad).count(),
        air_sigma,
    })
}

fn plan_grey(band: &RawBand, band_index: usize, width: usize, height: usize) -> ViewPlan {
    let pixels = band.counts.pixels();
    let scale = grey::grey_scale(pixels, width, band.max_value);
    let (left, right) = grey::side_bars(pixels, width, band.max_value, &scale).unwrap_or((0, 0));
    let is_bar = |x: usize| x < left || x >= width - right;
    let doses = (0..width).map(|x| if is_bar(x) { dose::BEAM_OFF } else { 0 }).collect();
    let white_ln = logarithm::ln_table()[usize::from(scale.white)];
    let high = BandPlan {
        band: band_index,
        rows: interpolation::sources(&vec![false; height])
            .into_iter()
            .map(|source| Row::new(0, white_ln, source))
            .collect(),
        dose: DosePlan::Given(doses),
        attenuate: passes::attenuate::Params {
            width: width as u32,
            height: height as u32,
            max_value: u32::from(band.max_value),
            floor: grey::floor(scale.white),
            is_inverted: u32::from(scale.is_inverted),
            // Vendors clip air to white on purpose: no saturation.
            keep_bits: u32::from(Validity::PENETRATION_LIMITED | Validity::BEAM_OFF),
            is_merged: 0,
            limit: grey::floor(scale.white),
        },
        bad_rows: 0,
        air_sigma: None,
    };
    let grey_contrast = Some(f64::from(scale.contrast) / f64::from(band.max_value.max(1)));
    ViewPlan { width, height, high, low: None, is_filtered: false, material: None, grey_contrast }
}

fn plan_material(
    index: usize,
    view: &RawView,
    high: &BandPlan,
    low: Option<&BandPlan>,
    width: usize,
    height: usize,
) -> Result<Option<MaterialPlan>, ImagingError> {
    let endpoint = |band: &BandPlan| view.bands[band.band].endpoint_mev;
    let Some(high_mev) = endpoint(high) else { return Ok(None) };
    let low_mev = match low.map(endpoint) {
        Some(None) => return Ok(None),
        Some(Some(mev)) => Some(mev),
        None => None,
    };
    for (band, value) in [("high", Some(high_mev)), ("low", low_mev)] {
        if let Some(value) = value.filter(|value| !ENDPOINTS_MEV.contains(value)) {
            let rule = "it must lie in [1, 10] MeV";
            return Err(ImagingError::BadEndpoint { view: index, band, value, rule });
        }
    }
    if let Some(value) = low_mev.filter(|low_mev| *low_mev >= high_mev) {
        return Err(ImagingError::BadEndpoint {
            view: index,
            band: "low",
            value,
            rule: "it must lie below the high band's",
        });
    }
    let curves = material_curves::curves(high_mev, low_mev);
    let sigma = |band: &BandPlan| band.air_sigma.unwrap_or(noise::DEFAULT_SIGMA);
    let needed = low.map_or([0.0; GRID], |low| noise::needed_separation(&curves, sigma(high), sigma(low)));
    let Some(tables) = MaterialTables::from_curves(&curves, &needed) else {
        return Err(ImagingError::NoCurves { view: index, high_mev, low_mev });
    };
    let [decisive_first, decisive_last] = curves.decisive;
    let low_limit_q16 = low.map_or(u32::MAX, |low| {
        let band = &view.bands[low.band];
        let gain = bad_detectors::median_gain(&band.dark, &band.air);
        let seen = logarithm::ln_q20(low.attenuate.limit.max(low.attenuate.floor * LOW_MARGIN));
        logarithm::ln_q20(u32::from(gain)).saturating_sub(seen) >> 4
    });
    let params = passes::material::Params {
        width: width as u32,
        height: height as u32,
        curves: curves.materials.len() as u32,
        default_curve: curves.default_curve as u32,
        decisive_first: decisive_first as u32,
        decisive_last: decisive_last as u32,
        thin_q16: THIN_Q16,
        low_limit_q16,
        is_dual: u32::from(low.is_some()),
        padding: [0; 3],
    };
    Ok(Some(MaterialPlan { params, tables: Arc::new(tables) }))
}
