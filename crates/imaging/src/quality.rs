//! How far a scan can be trusted, from its plan and its validity planes.
//!
//! Each figure is held against a stated limit; what exceeds it becomes an issue. Some issues alone make a scan unusable.

use pellucid_core::{QualityFigure, QualityIssue, Raster, ScanQuality, Validity};
use rayon::prelude::*;

use crate::edge_width::edge_widths;
use crate::kernels::logarithm::ln_q20;
use crate::{BandPlan, ImagedView, Plan};

/// A figure's code, the value above which it is an issue, and the value above which the scan is unusable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Code of the issue.
    pub code: &'static str,
    /// Above this it is an issue.
    pub issue: f64,
    /// Above this nothing can be concluded; infinite where the figure alone never says so.
    pub unusable: f64,
}

/// Share of detector rows that were refused, over all bands; of grade `processed`, rows that show as lines in the picture. Rows
/// between good ones are filled, boards of them are not: with a tenth gone too much of the height is guessed or blind.
pub const DEAD_DETECTORS: Limit = Limit { code: "dead_detectors", issue: 0.01, unusable: 0.10 };
/// Share of detector rows, over all bands, whose gain stepped, drifted or was off, and was put right.
pub const GAIN_CHANGED: Limit = Limit { code: "gain_changed", issue: 0.0, unusable: 0.25 };
/// Share of detector rows, over all bands, whose gain changed in a way that is not certain: they are left as they are.
pub const GAIN_UNCERTAIN: Limit = Limit { code: "gain_uncertain", issue: 0.0, unusable: 0.25 };
/// Columns by which the bands seem to lie apart, where it is not certain and they are left as they are (not a share).
pub const BANDS_APART: Limit = Limit { code: "bands_apart", issue: 0.15, unusable: f64::INFINITY };
/// Share of pixels at the converter's end.
pub const SATURATED: Limit = Limit { code: "saturated", issue: 0.01, unusable: 0.5 };
/// Share of pixels behind which nothing measurable is left.
pub const PENETRATION_LIMITED: Limit = Limit { code: "penetration_limited", issue: 0.05, unusable: 0.6 };
/// Share of columns without beam.
pub const BEAM_OFF: Limit = Limit { code: "beam_off", issue: 0.02, unusable: 0.5 };
/// Largest standard deviation of attenuation in air, over the bands (not a share).
pub const NOISE: Limit = Limit { code: "noise", issue: 0.03, unusable: 0.2 };
/// Standard deviation of the bands' doses against each other, from pulse to pulse (not a share): beyond it the end point
/// is likely to move with the dose.
pub const PULSE_JITTER: Limit = Limit { code: "pulse_jitter", issue: 0.08, unusable: f64::INFINITY };
/// Share of bands whose dose cannot be measured.
pub const MISSING_DOSE: Limit = Limit { code: "missing_dose", issue: 0.0, unusable: f64::INFINITY };
/// Share of raw views whose bands have no known end point: no mass, no material.
pub const MISSING_ENDPOINT: Limit = Limit { code: "missing_endpoint", issue: 0.0, unusable: f64::INFINITY };
/// Pixels over which an edge rises, along either axis: a sharp picture has 4/3.
pub const BLURRED: Limit = Limit { code: "blurred", issue: 3.0, unusable: f64::INFINITY };
/// Share of the grey range that a processed picture leaves unused; 1 is a flat picture.
pub const LOW_CONTRAST: Limit = Limit { code: "low_contrast", issue: 0.75, unusable: 0.97 };

/// Shares and deviations that are the machine's and not the load's: they are figures of every scan they can be measured in.
const MACHINE: [Limit; 4] = [DEAD_DETECTORS, GAIN_CHANGED, SATURATED, PULSE_JITTER];

/// Assesses a measured scan.
pub fn assess(plan: &Plan, views: &[ImagedView]) -> ScanQuality {
    let mut quality = ScanQuality { is_usable: true, issues: Vec::new(), figures: figures(plan, views) };
    let widths = quality.figures.iter().filter(|figure| figure.code.starts_with(EDGE_WIDTH));
    let blur = widths.map(|figure| figure.value).fold(0.0, f64::max);
    let mut hold = |limit: Limit, value: f64| {
        if MACHINE.contains(&limit) {
            quality.figures.push(QualityFigure::new(limit.code, value, "1"));
        }
        if value > limit.issue {
            quality.issues.push(QualityIssue { code: limit.code.into(), value, limit: limit.issue });
        }
        quality.is_usable &= value <= limit.unusable;
    };
    let is_raw = plan.grade().has_mass();
    let bands = || plan.views().iter().flat_map(|view| std::iter::once(&view.high).chain(&view.low));
    let rows: usize = bands().map(|band| band.rows.len()).sum();
    let bad: usize = bands().map(|band| band.bad_rows).sum();
    hold(DEAD_DETECTORS, share(bad as u64, rows as u64));
    let counts = views.iter().map(|view| count_bits(&view.validity)).fold([0_u64; 8], add);
    let pixels: u64 = views.iter().map(|view| view.validity.len() as u64).sum();
    let flagged = |bit: u8| share(counts[bit.trailing_zeros() as usize], pixels);
    // A picture tells nothing of gains, bands or the converter's end: what cannot be measured has no figure.
    if is_raw {
        for (limit, is_corrected) in [(GAIN_CHANGED, true), (GAIN_UNCERTAIN, false)] {
            let changes = bands().flat_map(|band| &band.gain_changes);
            let changed: usize = changes.filter(|c| c.is_corrected() == is_corrected).map(|c| c.rows.len()).sum();
            hold(limit, share(changed as u64, rows as u64));
        }
        hold(BANDS_APART, bands().filter_map(|band| band.uncertain_offset).map(f64::abs).fold(0.0, f64::max));
        hold(SATURATED, flagged(Validity::SATURATED));
    }
    hold(PENETRATION_LIMITED, flagged(Validity::PENETRATION_LIMITED));
    hold(BEAM_OFF, flagged(Validity::BEAM_OFF));
    hold(BLURRED, blur);
    if is_raw {
        hold(NOISE, bands().filter_map(|band| band.air_sigma).fold(0.0, f64::max));
        if let Some(jitter) = plan.views().iter().filter_map(|view| view.pulse_jitter).reduce(f64::max) {
            hold(PULSE_JITTER, jitter);
        }
        let undosed = bands().filter(|band| !band.has_dose()).count();
        hold(MISSING_DOSE, share(undosed as u64, bands().count() as u64));
        let unknown = plan.views().iter().filter(|view| view.material.is_none()).count();
        hold(MISSING_ENDPOINT, share(unknown as u64, plan.views().len() as u64));
    } else {
        let contrast = plan.views().iter().filter_map(|view| view.grey_contrast).fold(0.0, f64::max);
        hold(LOW_CONTRAST, 1.0 - contrast);
    }
    quality
}

/// Start of the codes of edge widths, which end with the axis.
const EDGE_WIDTH: &str = "edge_width_";

/// What every scan tells of its machine: noise in air and the largest attenuation that a band can tell from none, by band;
/// the width of edges along both axes (of the sharpest view).
fn figures(plan: &Plan, views: &[ImagedView]) -> Vec<QualityFigure> {
    let mut figures = Vec::new();
    let noisiest = |bands: &[&BandPlan]| bands.iter().filter_map(|band| band.air_sigma).reduce(f64::max);
    let high: Vec<&BandPlan> = plan.views().iter().map(|view| &view.high).collect();
    let low: Vec<&BandPlan> = plan.views().iter().filter_map(|view| view.low.as_ref()).collect();
    if plan.grade().has_mass() {
        for (bands, noise, range) in [(&high, "noise_high", "range_high"), (&low, "noise_low", "range_low")] {
            figures.extend(noisiest(bands).map(|value| QualityFigure::new(noise, value, "1")));
            let least = bands.iter().filter_map(|band| largest_attenuation(band)).reduce(f64::min);
            figures.extend(least.map(|value| QualityFigure::new(range, value, "1")));
        }
    }
    let widths: Vec<[Option<f64>; 2]> = views.iter().map(|view| edge_widths(&view.high)).collect();
    for (axis, name) in ["x", "y"].into_iter().enumerate() {
        let sharpest = widths.iter().filter_map(|pair| pair[axis]).reduce(f64::min);
        figures.extend(sharpest.map(|value| QualityFigure::new(&format!("{EDGE_WIDTH}{name}"), value, "px")));
    }
    figures
}

/// Attenuation at which a band's middling detector is left with the smallest signal that counts.
fn largest_attenuation(band: &BandPlan) -> Option<f64> {
    let mut gains: Vec<u32> = band.rows.iter().map(|row| row.gain_ln).filter(|gain| *gain > 0).collect();
    let middle = gains.len() / 2;
    let gain = gains.get_mut(middle).is_some().then(|| *gains.select_nth_unstable(middle).1)?;
    let floor = ln_q20(band.attenuate.floor.max(1));
    Some(f64::from(gain.saturating_sub(floor)) / 1_048_576.0)
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn add(mut a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}

/// Pixels per validity bit.
fn count_bits(validity: &Raster<u8>) -> [u64; 8] {
    let count = |pixels: &[u8]| {
        let mut counts = [0_u64; 8];
        // Most pixels are valid: runs without any bit cost one comparison.
        for run in pixels.chunks(64).filter(|run| run.iter().fold(0, |all, v| all | v) != 0) {
            for (bit, count) in counts.iter_mut().enumerate() {
                *count += run.iter().map(|v| u64::from((v >> bit) & 1)).sum::<u64>();
            }
        }
        counts
    };
    validity.pixels().par_chunks(1 << 16).map(count).reduce(|| [0; 8], add)
}
