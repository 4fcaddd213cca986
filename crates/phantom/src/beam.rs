use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pellucid_imaging::physics::{BandOptions, BandResponse, ForwardTable};

use crate::fan::Fan;
use crate::scanner::{Scanner, ScannerBand};
use crate::scene::Scene;

/// The beam of one band over the rows of a fan: the farther off its axis, the softer.
///
/// Bremsstrahlung at an angle is as soft as that of a lower end point behind less filter on the axis: a fit to the Geant4 data
/// of Lalor & Danagoulian 2024 (NIM A 1064, 169343), good to 1 % of A behind 100 g/cm² of C, Fe and Pb up to 26° off the axis and
/// to 1.5 % for everything in their picture (`tests/physics.rs`, `tests/physics_picture.rs`). Tables stand at end points a
/// [`STEP`] apart, rows take the nearest and go from there along a straight line.
#[derive(Debug)]
pub(crate) struct Beam {
    tables: Vec<ForwardTable>,
    /// Neighbouring rows of one table: places in `tables`, from the upper row down.
    groups: Vec<(Range<usize>, usize)>,
    /// By which share each row's end point is lower.
    softer: Vec<f64>,
}

/// Energy bins of the forward model: with 32, A differs by less than the noise from the full spectrum.
const ENERGY_BINS: usize = 32;
/// Relative step of the end point over which hardening is told.
const HARDER: f64 = 0.01;
/// Shares of the end point between two tables.
const STEP: f64 = 0.01;
/// By which share the filter seems thinner where the end point of a beam of 6 MV seems lower by one.
const THINNER: f64 = 5.8;
/// End point, MeV, whose softening a scanner states.
const STATED_MEV: f64 = 6.0;

impl Beam {
    /// The beam of a band for the materials of a scene over the rows of a fan.
    pub(crate) fn new(band: &ScannerBand, scanner: &Scanner, scene: &Scene, fan: &Fan) -> Self {
        let per_radian = scanner.imperfections.off_axis_softening * (band.endpoint_mev / STATED_MEV).sqrt();
        let axis = scanner.fan.beam_axis_deg.map_or_else(|| middle(fan), f64::to_radians);
        let softer: Vec<f64> =
            fan.slopes.iter().map(|slope| (per_radian * (libm::atan(*slope) - axis).abs()).min(0.5)).collect();
        let places: Vec<usize> = softer.iter().map(|share| (share / STEP).round() as usize).collect();
        let tables = places.iter().max().map_or(1, |most| most + 1);
        let tables = (0..tables).map(|place| table(band, place as f64 * STEP, scene)).collect();
        let mut groups: Vec<(Range<usize>, usize)> = Vec::new();
        for (row, place) in places.iter().enumerate() {
            match groups.last_mut() {
                Some((rows, last)) if last == place => rows.end = row + 1,
                _ => groups.push((row..row + 1, *place)),
            }
        }
        Self { tables, groups, softer }
    }

    /// Neighbouring rows that share a table, from the top down.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (Range<usize>, &ForwardTable)> {
        self.groups.iter().map(|(rows, place)| (rows.clone(), &self.tables[*place]))
    }

    /// By which share the end point of each row is above that of its table, where a pulse's is `jitter` above its own.
    pub(crate) fn harder(&self, jitter: f64) -> impl Iterator<Item = f32> {
        self.softer.iter().map(move |share| {
            let lowered = (share / STEP).round() * STEP;
            ((jitter - (share - lowered)) / (1.0 - lowered)) as f32
        })
    }
}

/// Elevation in the middle of a fan, radians.
pub(crate) fn middle(fan: &Fan) -> f64 {
    match (fan.edges.first(), fan.edges.last()) {
        (Some(top), Some(bottom)) => 0.5 * (libm::atan(*top) + libm::atan(*bottom)),
        _ => 0.0,
    }
}

/// The forward model of a band whose end point is lower by a share, for the materials of a scene.
fn table(band: &ScannerBand, lower: f64, scene: &Scene) -> ForwardTable {
    let endpoint_mev = band.endpoint_mev * (1.0 - lower);
    let thinner = THINNER * lower / (band.endpoint_mev / STATED_MEV).sqrt();
    let filter_g_per_cm2 = band.filter_g_per_cm2 * (1.0 - thinner).max(0.1);
    let usual = response(endpoint_mev, filter_g_per_cm2);
    let harder = response(endpoint_mev * (1.0 + HARDER), filter_g_per_cm2);
    ForwardTable::with_bins(&usual, &scene.materials, ENERGY_BINS).with_hardening(&usual, &harder, HARDER)
}

/// The response of a band, computed once per end point and filter.
fn response(endpoint_mev: f64, filter_g_per_cm2: f64) -> Arc<BandResponse> {
    static CACHE: OnceLock<Mutex<BTreeMap<[u64; 2], Arc<BandResponse>>>> = OnceLock::new();
    let mut cache = CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let key = [endpoint_mev, filter_g_per_cm2].map(f64::to_bits);
    let options = BandOptions { filter_g_per_cm2, ..BandOptions::default() };
    Arc::clone(cache.entry(key).or_insert_with(|| Arc::new(BandResponse::with_options(endpoint_mev, &options))))
}
