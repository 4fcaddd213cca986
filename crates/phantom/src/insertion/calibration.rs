//! What has to be known of a scan before anything is put into it, read from the scan where nobody says it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pellucid_core::{BandKind, Grade, PixelBox, RawBand, RawScan, RawView};
use pellucid_imaging::kernels::grey::Picture;
use pellucid_imaging::physics::{BandOptions, BandResponse, ForwardTable, Material};
use pellucid_imaging::{Plan, ScannerCalibration};

use super::blur::sigma_of_edges;
use super::counts::{Counts, counts};
use super::existing::{Existing, chain};
use super::frame::{BoxView, Frame};
use super::grey::{GreyModel, GreyNoise, used_values};
use super::noise::{CountNoise, quantum_growth};
use super::refuse;
use crate::error::PhantomError;

/// End point of vendor grey where nothing says it, MV.
const USUAL_ENDPOINT: f64 = 6.0;
/// Energy bins of the forward model, as the renderer has them.
const ENERGY_BINS: usize = 32;
/// What is known of a scan besides its pixels; the default leaves all to the scan.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationOptions {
    /// Index of the view.
    pub view: usize,
    /// How the view shows a box: scenes are then in the box's coordinates, and the scan's own geometry is not used. Needed
    /// where the scan has none.
    pub box_view: Option<BoxView>,
    /// Silhouette of a container, from whose walls the gamma of vendor grey is read.
    pub container_px: Option<PixelBox>,
    /// Distance the load moved between two columns, mm, 0.5 to 100, where the scan's geometry is wrong (lane speed).
    pub column_pitch_mm: Option<f64>,
    /// End points of the high and the low band in MV, 1 to 10, for bands that do not state theirs.
    pub endpoint_mev: [Option<f64>; 2],
    /// Tungsten between target and load, g/cm².
    pub filter_g_per_cm2: f64,
    /// Three numbers per band of calibrated machines.
    pub machines: Vec<ScannerCalibration>,
    /// Steel that a single band holds to be walls, and that bare walls of vendor grey stand for, g/cm², 0 to 100. The two
    /// corrugated side walls of a dry box are 1.6 to 2 mm of steel each, 2.5 g/cm² and more.
    pub wall_steel_g_per_cm2: f64,
    /// Standard deviation of the scan's line spread along x and y, px, 0 to 10; `None`: as its sharpest edges show.
    pub blur_px: Option<[f64; 2]>,
    /// Scatter as a share of I₀ where the whole column is open, 0 to 0.1; `None`: as the darkest pixels show.
    pub scatter: Option<f64>,
    /// Noise of each band; `None`: as air and the darkest pixels show.
    pub noise: Option<Vec<CountNoise>>,
    /// Whether quanta behind a load are larger than in air, as in energy-integrating detectors (up to twice the variance).
    pub quanta_grow: bool,
    /// How vendor grey pictures transmission; `None`: as air and walls show.
    pub grey: Option<GreyModel>,
}

impl Default for CalibrationOptions {
    fn default() -> Self {
        Self {
            view: 0,
            box_view: None,
            container_px: None,
            column_pitch_mm: None,
            endpoint_mev: [None; 2],
            filter_g_per_cm2: BandOptions::default().filter_g_per_cm2,
            machines: Vec::new(),
            wall_steel_g_per_cm2: 2.6,
            blur_px: None,
            scatter: None,
            noise: None,
            quanta_grow: true,
            grey: None,
        }
    }
}

/// Forward tables of every band by the names of a scene's materials.
type KnownTables = BTreeMap<Vec<&'static str>, Arc<Vec<ForwardTable>>>;

/// A scan's physics, ready for any number of insertions into it.
#[derive(Debug, Clone)]
pub struct Calibration {
    pub(super) view: usize,
    pub(super) size: (usize, usize),
    pub(super) frame: Frame,
    pub(super) bands: Vec<BandCalibration>,
    pub(super) existing: Existing,
    pub(super) blur_px: [f64; 2],
    assumptions: Vec<String>,
    /// Forward tables per list of materials: scans of one threat after the other need few.
    tables: Arc<Mutex<KnownTables>>,
}

/// One band's physics.
#[derive(Debug, Clone)]
pub(super) struct BandCalibration {
    pub(super) index: usize,
    pub(super) kind: BandKind,
    pub(super) response: Arc<BandResponse>,
    /// Where its column 0 lies on the view's columns.
    pub(super) column_offset: f64,
    pub(super) signal: Signal,
}

/// What a band's pixels mean.
#[derive(Debug, Clone)]
pub(super) enum Signal {
    Counts(Box<Counts>),
    Grey { model: GreyModel, noise: GreyNoise, used: Option<Vec<u16>>, max_value: u16 },
}

impl Signal {
    /// Transmission that a value stands for; NaN where nothing is measured.
    pub(super) fn through(&self, x: usize, y: usize, value: u16) -> f64 {
        match self {
            Self::Counts(counts) => counts.through(x, y, value),
            Self::Grey { model, max_value, .. } => {
                let grey = if model.is_inverted { max_value.saturating_sub(value) } else { value };
                model.transmission(f64::from(grey))
            }
        }
    }
}

impl Calibration {
    /// Calibrates a view of a scan. Takes some tens of milliseconds; insertions are fast.
    ///
    /// # Errors
    /// A scan without geometry and without [`CalibrationOptions::box_view`]; a band that is missing or of unknown end point;
    /// dark, air or dose rows that do not fit; an option outside of its range.
    pub fn of(scan: &RawScan, options: &CalibrationOptions) -> Result<Self, PhantomError> {
        let Some(view) = scan.views.get(options.view) else {
            return Err(refuse("view", format!("must be below {}, got {}", scan.views.len(), options.view)));
        };
        let mut assumed = Vec::new();
        let frame = frame(view, options)?;
        let kinds: &[BandKind] = match scan.grade {
            Grade::DualEnergyRaw => &[BandKind::High, BandKind::Low],
            Grade::SingleEnergyRaw => &[BandKind::High],
            Grade::Processed => &[BandKind::Grey],
        };
        let mut bands = Vec::with_capacity(kinds.len());
        for (i, kind) in kinds.iter().enumerate() {
            let Some(index) = view.bands.iter().position(|band| band.kind == *kind) else {
                let key = format!("bands[{}]", kind.as_str());
                return Err(refuse(key, format!("missing in a scan of grade {:?}", scan.grade)));
            };
            let given = options.endpoint_mev[i];
            let response = response(scan, &view.bands[index], given, options, &mut assumed)?;
            bands.push(band(view, index, response, i, options, &mut assumed)?);
        }
        if bands.len() == 2 {
            bands[1].column_offset += low_offset(scan, view, options.view, &mut assumed);
        }
        let low = bands.get(1).map(|band| band.response.as_ref());
        let existing = Existing::new(&bands[0].response, low, options.wall_steel_g_per_cm2)?;
        if bands.len() == 1 {
            assumed.push(format!(
                "one band: what is there is steel up to {} g/cm² and organic behind it",
                options.wall_steel_g_per_cm2
            ));
        }
        let high = &view.bands[bands[0].index].counts;
        let blur_px = match options.blur_px {
            Some(given) if given.iter().all(|s| (0.0..=10.0).contains(s)) => given,
            Some(given) => return Err(refuse("blur_px", format!("must lie in 0 to 10, got {given:?}"))),
            None => {
                let at = |x: usize, y: usize| bands[0].signal.through(x, y, high.at(x, y));
                let found = sigma_of_edges(view.size(), at);
                if found.contains(&None) {
                    assumed
                        .push(format!("too few edges to read the line spread from along x or y ({found:?}): none"));
                }
                found.map(|sigma| sigma.unwrap_or(0.0))
            }
        };
        let (view, size) = (options.view, view.size());
        Ok(Self { view, size, frame, bands, existing, blur_px, assumptions: assumed, tables: Arc::default() })
    }

    /// Each band's forward model of what is there and of a scene's materials, in this order.
    pub(super) fn tables(&self, materials: &[&'static Material]) -> Result<Arc<Vec<ForwardTable>>, PhantomError> {
        let names: Vec<&'static str> = materials.iter().map(|m| m.name).collect();
        let mut known = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tables) = known.get(&names) {
            return Ok(Arc::clone(tables));
        }
        let mut layers = chain()?;
        layers.extend_from_slice(materials);
        let table = |band: &BandCalibration| ForwardTable::with_bins(&band.response, &layers, ENERGY_BINS);
        let tables = Arc::new(self.bands.iter().map(table).collect());
        known.insert(names, Arc::clone(&tables));
        Ok(tables)
    }

    /// Columns and rows of the view.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Standard deviation of the line spread along x and y, px.
    pub fn blur_px(&self) -> [f64; 2] {
        self.blur_px
    }

    /// Noise of the bands of a raw scan, high first.
    pub fn noise(&self) -> Vec<CountNoise> {
        let of = |band: &BandCalibration| match &band.signal {
            Signal::Counts(counts) => Some(counts.noise),
            Signal::Grey { .. } => None,
        };
        self.bands.iter().filter_map(of).collect()
    }

    /// How the grey of a processed scan pictures transmission.
    pub fn grey(&self) -> Option<GreyModel> {
        self.bands.iter().find_map(|band| match &band.signal {
            Signal::Grey { model, .. } => Some(*model),
            Signal::Counts(_) => None,
        })
    }

    /// What neither the scan nor the options say and was assumed, in words.
    pub fn assumptions(&self) -> &[String] {
        &self.assumptions
    }
}

fn frame(view: &RawView, options: &CalibrationOptions) -> Result<Frame, PhantomError> {
    let pitch = options.column_pitch_mm;
    let frame = match (options.box_view, &view.geometry) {
        (Some(seen), _) => Frame::Box(BoxView { mm_per_column: pitch.unwrap_or(seen.mm_per_column), ..seen }),
        (None, Some(geometry)) => {
            Frame::Lane { geometry: geometry.clone(), pitch_mm: pitch.unwrap_or(geometry.column_pitch_mm) }
        }
        (None, None) => {
            return Err(refuse(
                "geometry",
                "the scan has none, and neither is there a box_view: nothing tells where rays go",
            ));
        }
    };
    frame.checked()
}

fn response(
    scan: &RawScan,
    band: &RawBand,
    given: Option<f64>,
    options: &CalibrationOptions,
    assumed: &mut Vec<String>,
) -> Result<Arc<BandResponse>, PhantomError> {
    let key = format!("bands[{}].endpoint_mev", band.kind.as_str());
    let endpoint = match (band.endpoint_mev.or(given), band.kind) {
        (Some(endpoint), _) => endpoint,
        (None, BandKind::Grey) => {
            assumed.push(format!("vendor grey of unknown end point: {USUAL_ENDPOINT} MV"));
            USUAL_ENDPOINT
        }
        (None, _) => return Err(refuse(key, "not stated, by the scan or by endpoint_mev: its physics is not known")),
    };
    if !(1.0..=10.0).contains(&endpoint) {
        return Err(refuse(key, format!("must lie in 1 to 10, got {endpoint}")));
    }
    if !(0.0..=60.0).contains(&options.filter_g_per_cm2) {
        let reason = format!("must lie in 0 to 60, got {}", options.filter_g_per_cm2);
        return Err(refuse("filter_g_per_cm2", reason));
    }
    let shaped = BandOptions { filter_g_per_cm2: options.filter_g_per_cm2, ..BandOptions::default() };
    let numbers = ScannerCalibration::numbers(&options.machines, &scan.scanner, endpoint);
    Ok(Arc::new(BandResponse::with_options(endpoint, &shaped).with_numbers(numbers)))
}

fn band(
    view: &RawView,
    index: usize,
    response: Arc<BandResponse>,
    order: usize,
    options: &CalibrationOptions,
    assumed: &mut Vec<String>,
) -> Result<BandCalibration, PhantomError> {
    let raw = &view.bands[index];
    let (width, height) = view.size();
    let size = (raw.counts.width(), raw.counts.height());
    if size != (width, height) || width == 0 || height == 0 {
        let key = format!("bands[{}].counts", raw.kind.as_str());
        return Err(refuse(key, format!("must have the {width} x {height} pixels of the view, got {size:?}")));
    }
    let signal = if raw.kind == BandKind::Grey {
        let picture = Picture::new(raw.counts.pixels(), width, raw.max_value);
        let endpoint = raw.endpoint_mev.or(options.endpoint_mev[0]).unwrap_or(USUAL_ENDPOINT);
        let model = options.grey.unwrap_or_else(|| {
            GreyModel::of(&picture, options.container_px, options.wall_steel_g_per_cm2, endpoint, assumed)
        });
        let model = model.checked(raw.max_value)?;
        let noise = GreyNoise::of(&picture, &model, assumed);
        Signal::Grey { model, noise, used: used_values(raw), max_value: raw.max_value }
    } else {
        let growth = options.quanta_grow.then(|| quantum_growth(&response));
        Signal::Counts(Box::new(counts(view, raw, order, growth, options, assumed)?))
    };
    let column_offset = raw.column_offset.unwrap_or(0.0);
    Ok(BandCalibration { index, kind: raw.kind, response, column_offset, signal })
}

/// Where the low band lies beside what it states: 0 when it states anything, else as the scan's edges show.
fn low_offset(scan: &RawScan, view: &RawView, index: usize, assumed: &mut Vec<String>) -> f64 {
    if view.bands.iter().any(|band| band.column_offset.is_some()) {
        return 0.0;
    }
    let planned = Plan::for_scan(scan).ok();
    let low = planned.as_ref().and_then(|plan| plan.views().get(index)).and_then(|view| view.low.as_ref());
    if let Some(offset) = low.and_then(|low| low.uncertain_offset) {
        assumed.push(format!("the bands may lie {offset:.2} columns apart; nothing is moved"));
    }
    low.map_or(0.0, |low| low.column_offset)
}
