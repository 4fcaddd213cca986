//! How far a scan can be trusted, from its plan and its validity planes.
//!
//! Each figure is held against a stated limit; what exceeds it becomes an issue. Some issues alone make a scan unusable.

use pellucid_core::{QualityIssue, Raster, ScanQuality, Validity};
use rayon::prelude::*;

use crate::{ImagedView, Plan};

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

/// Share of detector rows that were refused, over all bands.
pub const DEAD_DETECTORS: Limit = Limit { code: "dead_detectors", issue: 0.01, unusable: 0.25 };
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
/// Share of the grey range that a processed picture leaves unused; 1 is a flat picture.
pub const LOW_CONTRAST: Limit = Limit { code: "low_contrast", issue: 0.75, unusable: 0.97 };

/// Assesses a measured scan.
pub fn assess(plan: &Plan, views: &[ImagedView]) -> ScanQuality {
    let mut quality = ScanQuality { is_usable: true, issues: Vec::new() };
    let mut hold = |limit: Limit, value: f64| {
        if value > limit.issue {
            quality.issues.push(QualityIssue { code: limit.code.into(), value, limit: limit.issue });
        }
        quality.is_usable &= value <= limit.unusable;
    };
    let bands = || plan.views().iter().flat_map(|view| std::iter::once(&view.high).chain(&view.low));
    let rows: usize = bands().map(|band| band.rows.len()).sum();
    let bad: usize = bands().map(|band| band.bad_rows).sum();
    hold(DEAD_DETECTORS, share(bad as u64, rows as u64));
    for (limit, is_corrected) in [(GAIN_CHANGED, true), (GAIN_UNCERTAIN, false)] {
        let changes = bands().flat_map(|band| &band.gain_changes);
        let changed: usize = changes.filter(|c| c.is_corrected() == is_corrected).map(|c| c.rows.len()).sum();
        hold(limit, share(changed as u64, rows as u64));
    }
    let apart = bands().filter_map(|band| band.uncertain_offset).map(f64::abs).fold(0.0, f64::max);
    hold(BANDS_APART, apart);
    let counts = views.iter().map(|view| count_bits(&view.validity)).fold([0_u64; 8], add);
    let pixels: u64 = views.iter().map(|view| view.validity.len() as u64).sum();
    for (limit, bit) in [
        (SATURATED, Validity::SATURATED),
        (PENETRATION_LIMITED, Validity::PENETRATION_LIMITED),
        (BEAM_OFF, Validity::BEAM_OFF),
    ] {
        hold(limit, share(counts[bit.trailing_zeros() as usize], pixels));
    }
    if plan.grade().has_mass() {
        hold(NOISE, bands().filter_map(|band| band.air_sigma).fold(0.0, f64::max));
        hold(PULSE_JITTER, plan.views().iter().filter_map(|view| view.pulse_jitter).fold(0.0, f64::max));
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
