//! The material kernel's tables from the posterior over materials: built for a pair of bands and their noise, shared by the
//! scans of a machine.
//!
//! The structure in front of a pixel is not known at this stage, so each material is taken bare and behind the two walls of
//! a steel box with equal prior, and the class of a hypothesis is that of whatever makes up most of the ray. Class and
//! areal density come from means of 25 pixels; the areal density that is written is at the pixel's own attenuation, whose
//! noise the median has taken down to about a fifth of its variance (3 × 3, Gaussian noise).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use pellucid_core::MaterialClass;

use crate::kernels::material::{
    AIR_WORDS, CELLS, GRID, MAX_RATIO_Q12, MaterialTables, Node, SIGMA_SCALE, UNMEASURED, Word,
};
use crate::kernels::strip::StripTables;
use crate::physics::{
    BandNoise, BandResponse, EffectiveCurve, Hypothesis, MaterialPosterior, ThreeNumbers, class_index, material,
    weigh,
};
use crate::strip_tables;

/// Tables kept; machines on one site have a handful of states, files that lie must not fill memory.
const KEPT: usize = 24;
/// Steel of two corrugated walls met head-on, g/cm² (ISO 1496 practice, 1.7 mm sheets).
pub(crate) const TWO_WALLS: f64 = 2.9;
/// Independent pixels in the means that name a class.
pub(crate) const BOX_PIXELS: f64 = 25.0;
/// Independent pixels that a median of 3 × 3 is worth.
const MEDIAN_PIXELS: f64 = 5.0;
/// Sigmas of `A_low` beyond the outermost material that still have cells.
const MARGIN_SIGMAS: f64 = 3.0;
/// Electronic noise that is assumed where nothing measures it, in counts.
const ELECTRONIC_COUNTS: f64 = 3.0;
/// Largest and smallest noise that tables are built for.
const SIGMAS: [f64; 2] = [1e-4, 1.0];

/// What the scan shows of a band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BandState {
    /// End point in MeV.
    pub(crate) endpoint_mev: f64,
    /// The machine's three numbers in this band.
    pub(crate) numbers: ThreeNumbers,
    /// Standard deviation of attenuation in air.
    pub(crate) air_sigma: f64,
    /// Signal in air, counts.
    pub(crate) gain: f64,
    /// Attenuation beyond which the band sees nothing.
    pub(crate) limit: f64,
    /// One sigma of scatter as a share of the signal in air.
    pub(crate) scatter: f64,
}

/// A state in steps, so that scans of one machine share tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct BandKey {
    beam: BeamKey,
    /// In eighths of an octave, rounded up.
    air_sigma: i32,
    electronic: i32,
    /// In sixteenths of attenuation, rounded down.
    limit: i32,
    scatter: u64,
}

type Key = (BandKey, Option<BandKey>);
/// Bits of the end point and of the three numbers.
type BeamKey = [u64; 4];

/// A cache that is emptied when it is full.
struct Kept<K, V>(Mutex<BTreeMap<K, Arc<V>>>);

impl<K: Ord, V> Kept<K, V> {
    fn get(&self, key: K, build: impl FnOnce() -> V) -> Arc<V> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&key) {
            return Arc::clone(found);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let built = Arc::new(build());
        kept.insert(key, Arc::clone(&built));
        built
    }
}

/// What depends on end points alone.
struct Beam {
    /// Noise of a quiet scan.
    high: BandNoise,
    low: Option<BandNoise>,
    posterior: MaterialPosterior,
    /// `λ` along the default curve, g/cm², per node.
    default: Vec<f64>,
}

fn eighths(value: f64) -> i32 {
    libm::ceil(8.0 * libm::log2(value.clamp(SIGMAS[0], SIGMAS[1]))) as i32
}

impl BandState {
    fn beam_key(&self) -> BeamKey {
        let ThreeNumbers { photoelectric, compton, pair } = self.numbers;
        [self.endpoint_mev, photoelectric, compton, pair].map(f64::to_bits)
    }

    fn band(&self) -> BandResponse {
        BandResponse::new(self.endpoint_mev).with_numbers(self.numbers)
    }
}

impl BandKey {
    fn of(state: &BandState) -> Self {
        Self {
            beam: state.beam_key(),
            air_sigma: eighths(state.air_sigma),
            electronic: eighths(ELECTRONIC_COUNTS / state.gain.max(1.0)),
            limit: libm::floor(16.0 * state.limit.clamp(0.0, 16.0)) as i32,
            scatter: state.scatter.to_bits(),
        }
    }

    fn noise(&self, in_air: &BandNoise) -> BandNoise {
        let octaves = |eighths: i32| libm::exp2(f64::from(eighths) / 8.0);
        let mut noise = in_air.clone();
        (noise.air_sigma, noise.electronic) = (octaves(self.air_sigma), octaves(self.electronic));
        (noise.scatter, noise.limit) = (f64::from_bits(self.scatter), f64::from(self.limit) / 16.0);
        noise
    }
}

/// What end points give, kept.
fn beam(high: &BandState, low: Option<&BandState>, key: &Key) -> Arc<Beam> {
    static BEAMS: LazyLock<Kept<(BeamKey, Option<BeamKey>), Beam>> = LazyLock::new(|| Kept(Mutex::default()));
    let beams = (key.0.beam, key.1.map(|low| low.beam));
    BEAMS.get(beams, || Beam::new(high.band(), low.map(BandState::band)))
}

/// Tables for a band, or a pair of bands, in the state that a scan shows.
pub(crate) fn tables(high: &BandState, low: Option<&BandState>) -> Arc<MaterialTables> {
    static TABLES: LazyLock<Kept<Key, MaterialTables>> = LazyLock::new(|| Kept(Mutex::default()));
    let key = (BandKey::of(high), low.map(BandKey::of));
    TABLES.get(key, || build(&beam(high, low, &key), &key))
}

/// Tables that split attenuation into an organic and a steel part.
pub(crate) fn strips(high: &BandState, low: &BandState) -> Arc<StripTables> {
    static STRIPS: LazyLock<Kept<Key, StripTables>> = LazyLock::new(|| Kept(Mutex::default()));
    let material = tables(high, Some(low));
    let key = (BandKey::of(high), Some(BandKey::of(low)));
    let beam = beam(high, Some(low), &key);
    let noise = key.1.zip(beam.low.as_ref()).map(|(key, quiet)| key.noise(quiet));
    STRIPS.get(key, || {
        let high = key.0.noise(&beam.high);
        strip_tables::build(&beam.posterior, &material.nodes, &high, noise.as_ref().unwrap_or(&high))
    })
}

impl Beam {
    fn new(high: BandResponse, low: Option<BandResponse>) -> Self {
        let curve = material("cellulose").map(|m| EffectiveCurve::new(&high, m));
        let lambda = |n: usize| curve.as_ref().map_or(0.0, |c| c.areal_density(n as f64 / 16.0));
        let posterior = MaterialPosterior::new(&high, low.as_ref());
        let quiet = |band: &BandResponse| BandNoise::new(band, SIGMAS[0]);
        let default = (0..GRID).map(lambda).collect();
        Self { posterior, default, high: quiet(&high), low: low.as_ref().map(quiet) }
    }

    /// Every listed material at `a`, bare and behind two walls; areal densities include the walls.
    fn hypotheses(&self, a: f64) -> Vec<Hypothesis> {
        let walls = if a > self.posterior.steel_attenuation(TWO_WALLS) { &[0.0, TWO_WALLS][..] } else { &[0.0] };
        let behind = |steel: &f64| {
            let steel = *steel;
            self.posterior.hypotheses(steel, a).map(move |mut h| {
                if h.lambda[0] < steel {
                    h.class = class_index(MaterialClass::Metal);
                }
                h.lambda[0] += steel;
                h
            })
        };
        walls.iter().flat_map(behind).collect()
    }
}

fn build(beam: &Beam, key: &Key) -> MaterialTables {
    let high = key.0.noise(&beam.high);
    let low = key.1.zip(beam.low.as_ref()).map(|(key, quiet)| key.noise(quiet));
    let mut tables = MaterialTables {
        nodes: [Node { origin_q16: 0, slope_q16: 0, rate: 0, reach_q16: 0 }; GRID],
        cells: [[UNMEASURED; CELLS]; GRID],
        lambda_q10: std::array::from_fn(|n| libm::round(beam.default[n].clamp(0.0, 2000.0) * 1024.0) as i32),
        air: air_words(&high),
    };
    for n in 0..GRID {
        let a = n as f64 / 16.0;
        let hypotheses = beam.hypotheses(a);
        let at = Place { a, default: beam.default[n], hypotheses: &hypotheses, high: &high };
        if let Some(low) = &low {
            let neighbours = beam.posterior.neighbours(0.0, a);
            let node = at.node(low, neighbours);
            for (k, word) in tables.cells[n].iter_mut().enumerate() {
                let a_low = low_of_cell(&node, k);
                *word = at.word((!low.is_limited(a_low)).then_some((a_low, low)), neighbours);
            }
            tables.nodes[n] = node;
        } else {
            tables.cells[n].fill(at.word(None, 0.0));
        }
    }
    tables
}

/// One node with what it may hold.
struct Place<'a> {
    a: f64,
    /// `λ` along the default curve.
    default: f64,
    hypotheses: &'a [Hypothesis],
    high: &'a BandNoise,
}

impl Place<'_> {
    /// Cells from beyond the organic end to beyond the heavy one.
    fn node(&self, low: &BandNoise, neighbours: f64) -> Node {
        let ends = self
            .hypotheses
            .iter()
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], h| [least.min(h.low[0]), most.max(h.low[0])]);
        let top = self.hypotheses.iter().max_by(|a, b| a.low[0].total_cmp(&b.low[0]));
        let slope = top.map_or(1.0, |h| h.low[1]);
        let noise = libm::hypot(low.sigma(ends[1], BOX_PIXELS), slope * self.high.sigma(self.a, BOX_PIXELS));
        // Where noise exceeds what materials differ by, cells beyond a few units of attenuation say nothing new.
        let margin = (MARGIN_SIGMAS * libm::hypot(noise, neighbours)).min(2.0);
        let q16 = |a: f64| libm::round(a.clamp(-64.0, 64.0) * 65_536.0) as i32;
        let origin_q16 = q16(ends[1] + margin);
        let window = (origin_q16 - q16(ends[0] - margin)).max(64) as u64;
        let cells = (CELLS as u64) << 20;
        let rate = cells / window;
        let reach = window.min((cells - 1) / rate);
        let slope_q16 = (libm::round(slope * 4096.0) as i32).clamp(-(1 << 18), 1 << 18);
        Node { origin_q16, slope_q16, rate: rate as u32, reach_q16: reach as i32 }
    }

    fn word(&self, low: Option<(f64, &BandNoise)>, neighbours: f64) -> u32 {
        if self.default <= 0.0 || self.high.is_limited(self.a) {
            return UNMEASURED;
        }
        let of_means = |noise: &BandNoise, a: f64| libm::pow(noise.sigma(a.max(0.0), BOX_PIXELS), 2.0);
        let own = libm::pow(self.high.sigma(self.a, MEDIAN_PIXELS), 2.0);
        let seen = low.map(|(a_low, noise)| (a_low, of_means(noise, a_low)));
        let means = weigh(self.hypotheses, seen, of_means(self.high, self.a), 0.0, neighbours);
        let (lambda, variance) = (means.lambda, means.variance(own, 0.0));
        let (_, largest) = means.likeliest();
        let named = low.and_then(|_| means.named());
        // Undecidable pixels keep the default curve, so their error is about that.
        let (off, written) = if named.is_some() { (0.0, lambda) } else { (lambda - self.default, self.default) };
        let sigma = libm::sqrt(variance + off * off) / written.max(1e-9);
        Word {
            ratio_q12: (libm::round(4096.0 * written / self.default).max(0.0) as u32).min(MAX_RATIO_Q12),
            class: named.unwrap_or(MaterialClass::Undecidable),
            confidence: libm::round(255.0 * largest) as u8,
            sigma: libm::round((SIGMA_SCALE * sigma).min(255.0)) as u8,
        }
        .packed()
    }
}

/// `A_low` in the middle of a cell.
pub(crate) fn low_of_cell(node: &Node, k: usize) -> f64 {
    let below = (k as f64 + 0.5) * 1_048_576.0 / f64::from(node.rate.max(1));
    (f64::from(node.origin_q16) - below) / 65_536.0
}

/// Words of air: how sure it is that nothing stands there.
fn air_words(high: &BandNoise) -> [u32; AIR_WORDS] {
    std::array::from_fn(|i| {
        let a = (i as f64 + 0.5) * 64.0 / 65_536.0;
        let z = (THIN - a) / high.sigma(a, BOX_PIXELS);
        let probability = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
        let confidence = libm::round(255.0 * probability) as u8;
        Word { ratio_q12: 4096, class: MaterialClass::Air, confidence, sigma: 255 }.packed()
    })
}

/// Mean attenuation below which there is only air; at most `AIR_WORDS · 64 / 65,536`.
pub(crate) const THIN: f64 = 0.02;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::material::{Found, Pixel, find};

    fn state(endpoint_mev: f64, air_sigma: f64) -> BandState {
        BandState {
            endpoint_mev,
            numbers: ThreeNumbers::default(),
            air_sigma,
            gain: 50_000.0,
            limit: 6.2,
            scatter: 5e-4,
        }
    }

    fn check(tables: &MaterialTables, steel: f64, name: &str, lambda: f64) -> (Found, f64) {
        let layers = [(material("steel").unwrap(), steel), (material(name).unwrap(), lambda)];
        let [high, low] = [6.0, 3.5].map(|mev| BandResponse::new(mev).attenuation(&layers));
        let [h, l] = [high, low].map(|a| libm::round(a * 65_536.0) as u32);
        let pixel = Pixel { h, l, a_high: libm::round(high * 4096.0) as u16, validity: 0 };
        let found = find(pixel, || Some([h, l]), 1311, tables);
        (found, f64::from(found.areal_density()) / (steel + lambda) - 1.0)
    }

    #[test]
    fn known_materials_are_found_bare_and_behind_walls() {
        let tables = tables(&state(6.0, 0.0018), Some(&state(3.5, 0.0021)));
        assert!(tables.is_sound());
        for (name, class) in [
            ("polyethylene", MaterialClass::Organic),
            ("cellulose", MaterialClass::Organic),
            ("aluminium", MaterialClass::LightInorganic),
            ("iron", MaterialClass::Metal),
            ("lead", MaterialClass::Heavy),
        ] {
            for steel in [0.0, 2.9] {
                for lambda in [30.0, 60.0, 90.0] {
                    let (found, error) = check(&tables, steel, name, lambda);
                    println!(
                        "{name} {lambda} behind {steel}: class {}, confidence {}, λ {:+.2} %, one sigma {:.2} %",
                        found.class(),
                        found.confidence(),
                        100.0 * error,
                        f64::from(found.sigma()) / 5.12
                    );
                    let is_undecidable = found.class() == MaterialClass::Undecidable as u8;
                    assert!(found.class() == class as u8 || is_undecidable, "{name} {lambda} behind {steel}");
                    assert!(error.abs() < 2.5 * f64::from(found.sigma()) / 512.0 + 0.003, "{name} {lambda}: {error}");
                }
            }
        }
    }

    #[test]
    fn noisy_scans_need_more_matter() {
        let least = |sigma: f64| {
            let tables = tables(&state(6.0, sigma), Some(&state(3.5, sigma)));
            assert!(tables.is_sound());
            let is_named =
                |lambda: &f64| check(&tables, 0.0, "iron", *lambda).0.class() == MaterialClass::Metal as u8;
            (1..40).map(|i| 3.0 * f64::from(i)).find(is_named).unwrap()
        };
        let (quiet, noisy) = (least(0.002), least(0.03));
        println!("iron is named from {quiet} g/cm² on at a noise of 0.002, from {noisy} at 0.03");
        assert!(quiet < 16.0 && noisy > 1.5 * quiet, "{quiet} {noisy}");
    }

    #[test]
    fn one_band_names_nothing() {
        let tables = tables(&state(6.0, 0.002), None);
        assert!(tables.is_sound());
        let (found, _) = check(&tables, 0.0, "cellulose", 30.0);
        assert_eq!(found.class(), MaterialClass::Undecidable as u8);
        assert!((f64::from(found.areal_density()) / 30.0 - 1.0).abs() < 0.002);
        assert!((10..80).contains(&found.sigma()), "composition unknown: {}", found.sigma());
    }

    #[test]
    fn any_state_gives_sound_tables() {
        for (sigma, limit, gain) in [(0.0, 0.0, 0.0), (f64::NAN, 99.0, 1.0), (9.0, 3.0, 1e9)] {
            let odd = |mev| BandState {
                endpoint_mev: mev,
                numbers: ThreeNumbers::default(),
                air_sigma: sigma,
                gain,
                limit,
                scatter: 0.0,
            };
            assert!(tables(&odd(9.0), Some(&odd(6.0))).is_sound());
        }
    }
}
