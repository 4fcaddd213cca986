//! What a scanner would show of the test objects of IEEE N42.46 and IEC 62523, worked out from the noise and the edges of
//! the scan at hand: no test object was scanned, so these figures rank machines and days and certify nothing.
//!
//! Seen is what stands 3 σ out over a block of 50 × 50 mm in the plane of the lane. What a detector sees behind transmission
//! `T` is `S = T + s (1 − T)` with scatter `s`; σ of `−ln S` by [`BandNoise`], with the quanta of S and electronic noise. So
//! penetration falls with the dose, with scatter (which hides the little that gets through) and with the counts in air.
//! Scatter is what the scan itself shows where it holds something opaque, and at least the 1 ‰ that is usual.

use std::sync::Arc;

use pellucid_core::{QualityFigure, ScanQuality};
use pellucid_imaging::ImagedView;
use pellucid_imaging::physics::{BandNoise, BandResponse, EffectiveCurve, material};

use crate::beam::Beam;
use crate::beam_cache::BeamCache;

/// Standard deviations from which something is seen.
const SEEN: f64 = 3.0;
/// Side of the block that is looked at, mm.
const BLOCK_MM: f64 = 50.0;
/// Length of wire that is looked at, mm.
const WIRE_MM: f64 = 100.0;
/// Thickness of the test object behind steel, share of that steel.
const OBJECT: f64 = 0.2;
/// Steel that contrast is told behind, mm.
const CONTRAST_STEEL_MM: f64 = 100.0;
/// Steel and copper, g/cm² per mm.
const STEEL: f64 = 0.785;
const COPPER: f64 = 0.896;
/// Scatter as a share of the signal in air, where the scan does not show more: the middle of what machines have (1e-4 to 3e-3).
const USUAL_SCATTER: f64 = 1e-3;
/// One sigma of what is not known of scatter, as a share of it: materials are told by absolute attenuation.
const SCATTER_UNKNOWN: f64 = 0.5;
/// Electronic noise as a share of the smallest signal that counts: machines cut off at twice their noise.
const ELECTRONIC: f64 = 0.5;
/// Thickest steel that is tried, mm.
const THICKEST_MM: u32 = 600;
/// Width of a perfect edge, pixels.
const PERFECT_EDGE: f64 = 4.0 / 3.0;

/// The figures of a view; empty without beam, geometry or noise.
///
/// - `penetration` (mm): thickest steel behind which steel a fifth as thick is seen;
/// - `contrast` (%, to a hundredth): thinnest part of 100 mm of steel that is seen on top of it; absent where nothing is;
/// - `wire` (mm): thinnest copper wire across the columns, seen in air over 100 mm of its length;
/// - `material_from`, `material_to` (g/cm²): the areal densities of iron between which it is told from cellulose.
pub(crate) fn figures_of(view: &ImagedView, beam: Beam, quality: &ScanQuality) -> Vec<QualityFigure> {
    let pitch = view.geometry.as_ref().and_then(|g| {
        let rows = view.high.height() / 2;
        Some([g.column_pitch_mm, g.row_pitch_mm(rows, g.source_to_lane_mm)?.abs()])
    });
    let (Some([x_mm, y_mm]), Some(noise)) = (pitch, quality.figure("noise_high")) else { return Vec::new() };
    if x_mm <= 0.0 || y_mm <= 0.0 {
        return Vec::new();
    }
    let objects = objects(beam);
    let scatter = quality.figure("scatter").unwrap_or(0.0).max(USUAL_SCATTER);
    let band = Sight::new(&objects.noise[0], noise, quality.figure("range_high"), scatter);
    let pixels = (BLOCK_MM / x_mm * BLOCK_MM / y_mm).max(1.0);
    let is_seen = |mm: f64, share: f64| {
        let [bare, covered] = [1.0, 1.0 + share].map(|s| band.shown(objects.steel(mm * s)));
        !band.random.is_limited(covered) && covered - bare >= SEEN * band.random.sigma(covered, pixels)
    };
    let mut figures = Vec::new();
    // Thin steel hides nothing, but a fifth of it is too thin to see: so from the thick end.
    let penetration = (1..=THICKEST_MM).rev().map(f64::from).find(|mm| is_seen(*mm, OBJECT));
    figures.extend(penetration.map(|mm| QualityFigure::new("penetration", mm, "mm")));
    let contrast = (1..=10_000).map(|k| f64::from(k) / 10_000.0).find(|share| is_seen(CONTRAST_STEEL_MM, *share));
    figures.extend(contrast.map(|share| QualityFigure::new("contrast", 100.0 * share, "%")));
    // A thin wire darkens as many columns as an edge takes beyond a perfect one.
    let spread = quality.figure("edge_width_x").map_or(1.0, |width| (width / PERFECT_EDGE).max(1.0));
    let needed = SEEN * band.random.sigma(0.0, WIRE_MM / y_mm) * x_mm * spread / objects.copper_per_mm;
    figures.push(QualityFigure::new("wire", (needed * 4.0 / std::f64::consts::PI).sqrt(), "mm"));
    if let (Some(low), Some(noise)) = (objects.noise.get(1), quality.figure("noise_low")) {
        let low = Sight::new(low, noise, quality.figure("range_low"), scatter);
        figures.extend(objects.material_range([&band.absolute(), &low.absolute()], pixels));
    }
    figures
}

/// Test objects in a beam: what does not depend on the scan.
struct Objects {
    /// Noise of the bands, high first, at no noise in air.
    noise: Vec<BandNoise>,
    /// Attenuation in the high band behind 0, 1, 2 … mm of steel.
    steel: Vec<f64>,
    /// Attenuation of 1 mm of copper.
    copper_per_mm: f64,
    /// Areal densities of iron with their attenuation in both bands, and the low one of cellulose that looks alike in the
    /// high band; empty for a single band.
    iron: Vec<[f64; 4]>,
}

/// The objects of a beam, worked out once.
fn objects(beam: Beam) -> Arc<Objects> {
    static CACHE: BeamCache<Objects> = BeamCache::new();
    CACHE.get(beam, || Objects::new(beam))
}

impl Objects {
    fn new(beam: Beam) -> Self {
        let bands = beam.responses();
        let curve = |name, band: &BandResponse| material(name).map(|m| EffectiveCurve::new(band, m));
        let attenuation = |name, lambda: f64| curve(name, &bands[0]).map_or(0.0, |c| c.attenuation(lambda));
        let steel = curve("steel", &bands[0]);
        let thickest = THICKEST_MM + THICKEST_MM / 5 + 1;
        let behind = |mm: u32| steel.as_ref().map_or(0.0, |curve| curve.attenuation(STEEL * f64::from(mm)));
        let both = |name| Some([curve(name, bands.first()?)?, curve(name, bands.get(1)?)?]);
        let iron = match (both("iron"), both("cellulose")) {
            (Some(iron), Some(cellulose)) => (0..48)
                .map(|i| {
                    let lambda = 1.12_f64.powi(i);
                    let [high, low] = [0, 1].map(|band: usize| iron[band].attenuation(lambda));
                    [lambda, high, low, cellulose[1].attenuation(cellulose[0].areal_density(high))]
                })
                .collect(),
            _ => Vec::new(),
        };
        Self {
            noise: bands.iter().map(|band| BandNoise::new(band, 0.0)).collect(),
            steel: (0..=thickest).map(behind).collect(),
            copper_per_mm: attenuation("copper", COPPER).max(1e-6),
            iron,
        }
    }

    /// Attenuation behind steel, between whole millimetres on a line.
    fn steel(&self, mm: f64) -> f64 {
        let i = (mm as usize).min(self.steel.len() - 2);
        let t = (mm - i as f64).clamp(0.0, 1.0);
        self.steel[i] * (1.0 - t) + self.steel[i + 1] * t
    }

    /// Where iron is told from cellulose of the same attenuation in the high band.
    fn material_range(&self, noise: [&BandNoise; 2], pixels: f64) -> Vec<QualityFigure> {
        let is_told = |[_, high, low, other]: &&[f64; 4]| {
            let sigma = noise[1].sigma(*low, pixels).hypot(low / high.max(1e-6) * noise[0].sigma(*high, pixels));
            !noise[0].is_limited(*high) && !noise[1].is_limited(*low) && (other - low).abs() >= SEEN * sigma
        };
        let told: Vec<f64> = self.iron.iter().filter(is_told).map(|iron| iron[0]).collect();
        let figure = |code, value: Option<&f64>| value.map(|value| QualityFigure::new(code, *value, "g/cm2"));
        [figure("material_from", told.first()), figure("material_to", told.last())].into_iter().flatten().collect()
    }
}

/// What one band can tell apart.
struct Sight {
    /// Noise of what is shown: quanta and electronics.
    random: BandNoise,
    scatter: f64,
}

impl Sight {
    fn new(noise: &BandNoise, air_sigma: f64, range: Option<f64>, scatter: f64) -> Self {
        let limit = range.unwrap_or(f64::INFINITY);
        let mut random = noise.clone();
        (random.air_sigma, random.limit, random.electronic) = (air_sigma, limit, ELECTRONIC * libm::exp(-limit));
        Self { random, scatter }
    }

    /// Attenuation that is shown where scatter adds to what gets through.
    fn shown(&self, attenuation: f64) -> f64 {
        let through = libm::exp(-attenuation);
        -libm::log(through + self.scatter * (1.0 - through))
    }

    /// Noise of attenuation itself, after scatter is taken off as far as it is known.
    fn absolute(&self) -> BandNoise {
        let mut noise = self.random.clone();
        noise.scatter = SCATTER_UNKNOWN * self.scatter;
        noise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pellucid_core::{DetectorArm, Raster, ScanGeometry};
    use pellucid_imaging::physics::ThreeNumbers;

    fn figures(noise: f64, edge: f64, low_mev: Option<f64>) -> Vec<QualityFigure> {
        figures_with(noise, edge, low_mev, &[])
    }

    fn figures_with(noise: f64, edge: f64, low_mev: Option<f64>, more: &[(&str, f64)]) -> Vec<QualityFigure> {
        let geometry = ScanGeometry {
            source_to_lane_mm: 4000.0,
            source_height_mm: 2000.0,
            column_pitch_mm: 5.0,
            arm: Some(DetectorArm { distance_mm: 8000.0, top_mm: 6000.0, pitch_mm: 10.0 }),
            detectors: Vec::new(),
        };
        let view = ImagedView {
            name: "side".into(),
            geometry: Some(geometry),
            high: Raster::filled(8, 600, 0),
            low: None,
            areal_density: None,
            z_class: None,
            areal_density_sigma: None,
            class_confidence: None,
            strips: None,
            black: None,
            validity: Raster::filled(8, 600, 0),
        };
        let mut quality = ScanQuality::default();
        let usual = [("noise_high", noise), ("noise_low", 1.2 * noise), ("edge_width_x", edge), ("range_high", 8.7)];
        // The first of a code counts.
        for (code, value) in more.iter().chain(&usual) {
            quality.figures.push(QualityFigure::new(code, *value, "1"));
        }
        figures_of(&view, Beam { high_mev: 6.0, low_mev, numbers: [ThreeNumbers::default(); 2] }, &quality)
    }

    fn value(figures: &[QualityFigure], code: &str) -> Option<f64> {
        figures.iter().find(|figure| figure.code == code).map(|figure| figure.value)
    }

    #[test]
    fn a_noisier_machine_shows_less() {
        let (quiet, noisy) = (figures(0.004, 1.4, Some(3.5)), figures(0.1, 1.4, Some(3.5)));
        let both = |code| (value(&quiet, code).unwrap(), value(&noisy, code).unwrap());
        let (a, b) = both("penetration");
        // Makers of 6 MV machines state 300 to 330 mm.
        assert!((260.0..360.0).contains(&a) && b < 0.8 * a, "{a} {b}");
        let (a, b) = both("contrast");
        assert!((0.1..2.0).contains(&a) && b > 2.0 * a, "{a} {b}");
        let (a, b) = both("wire");
        assert!((0.3..3.0).contains(&a) && b > 1.5 * a, "{a} {b}");
        let range = |noise| {
            ["material_from", "material_to"].map(|code| value(&figures(noise, 1.4, Some(3.5)), code).unwrap())
        };
        let ([from, to], [noisy_from, noisy_to]) = (range(0.004), range(0.02));
        assert!(
            from <= noisy_from && to >= noisy_to && (from, to) != (noisy_from, noisy_to),
            "{from}-{to} {noisy_from}-{noisy_to}"
        );
    }

    #[test]
    fn dose_scatter_and_counts_bound_penetration() {
        let of = |noise, more: &[(&str, f64)]| {
            let figures = figures_with(noise, 1.4, Some(3.5), more);
            ["penetration", "contrast", "material_to"].map(|code| value(&figures, code).unwrap())
        };
        let [good, contrast, to] = of(0.004, &[]);
        // A tenth of the dose: noise grows by the root of ten.
        let [weak, weak_contrast, weak_to] = of(0.0126, &[]);
        let [scattered, _, scattered_to] = of(0.004, &[("scatter", 5e-3)]);
        let [dim, ..] = of(0.004, &[("range_high", 7.0)]);
        println!(
            "penetration {good} mm; a tenth of the dose {weak}, scatter 5e-3 {scattered}, a sixth of the counts {dim}"
        );
        println!("contrast {contrast} %, {weak_contrast}; iron to {to}, {weak_to}, {scattered_to} g/cm²");
        assert!(weak < 0.9 * good && weak_contrast > 1.3 * contrast && weak_to <= to);
        assert!(scattered < 0.97 * good && scattered_to < 0.9 * to && dim < good);
        // Less scatter than usual is nothing to boast of: what is seen is an upper bound of one place.
        assert_eq!(of(0.004, &[("scatter", 1e-5)]), [good, contrast, to]);
    }

    #[test]
    fn a_blurred_machine_shows_thicker_wires_only() {
        let (sharp, blurred) = (figures(0.01, 1.33, None), figures(0.01, 4.0, None));
        assert!(value(&blurred, "wire").unwrap() > 1.6 * value(&sharp, "wire").unwrap());
        assert_eq!(value(&sharp, "penetration"), value(&blurred, "penetration"));
        assert_eq!(value(&sharp, "material_from"), None);
    }
}
