//! Three numbers a band: how a machine differs from the physics.
//!
//! `μ̃(E) = μ_total + (a − 1) μ_photoelectric + (b − 1) μ_Compton + (c − 1) μ_pair`, one triple per band, found by least
//! squares on log-transparencies of known objects (P. Lalor, A. Danagoulian, "Atomic number estimation of dual energy cargo
//! radiographs using a semiempirical transparency model", NIM A 1064 (2024) 169343, and its published code). They take up
//! what the forward model leaves out or has wrong: end point, filtration, detector, scatter that reaches the array.

use serde::{Deserialize, Serialize};

use super::band::BandResponse;
use super::exponential::exp_plain;
use super::material::Material;
use crate::ImagingError;

/// Factors on the parts of every mass attenuation coefficient in one band; 1 is the physics as it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreeNumbers {
    /// On photoelectric absorption.
    pub photoelectric: f64,
    /// On Compton scattering.
    pub compton: f64,
    /// On pair production.
    pub pair: f64,
}

impl Default for ThreeNumbers {
    fn default() -> Self {
        Self { photoelectric: 1.0, compton: 1.0, pair: 1.0 }
    }
}

/// Where each number may lie.
const RANGE: std::ops::RangeInclusive<f64> = 0.2..=5.0;

impl ThreeNumbers {
    /// Whether each number lies within 0.2 and 5: the name and value of the first that does not.
    pub fn fault(&self) -> Option<(&'static str, f64)> {
        let named = [("photoelectric", self.photoelectric), ("compton", self.compton), ("pair", self.pair)];
        named.into_iter().find(|(_, value)| !RANGE.contains(value))
    }

    fn array(self) -> [f64; 3] {
        [self.photoelectric, self.compton, self.pair]
    }
}

/// A known object and the attenuation that a band showed behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceStep {
    /// What stood there: materials with their areal densities in g/cm².
    pub layers: Vec<(&'static Material, f64)>,
    /// `−ln T` that the band showed.
    pub attenuation: f64,
    /// One sigma of it.
    pub sigma: f64,
}

/// Numbers that fit a band to known objects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThreeNumbersFit {
    /// The numbers.
    pub numbers: ThreeNumbers,
    /// Root mean square of the relative error of attenuation without them.
    pub rms_before: f64,
    /// The same with them.
    pub rms_after: f64,
}

/// Fewest objects that three numbers are fitted to.
pub(crate) const FEWEST: usize = 3;
/// One sigma of each number before anything is measured: numbers that the objects say nothing about stay near 1 (without
/// heavy matter the photoelectric one does).
const PRIOR_SIGMA: f64 = 0.3;
/// What no reference is known better to, as a share of its attenuation: areal density and good-beam geometry.
const REFERENCE_SHARE: f64 = 0.002;
const ROUNDS: usize = 30;

/// Fits the three numbers of a band by weighted least squares (Gauss–Newton, analytic slopes, weak prior at 1).
///
/// # Errors
/// Fewer than 3 objects; an attenuation, sigma or areal density that cannot be; numbers that leave [0.2, 5], which means
/// that the objects or the end point are not what they are said to be.
pub fn fit_three_numbers(band: &BandResponse, steps: &[ReferenceStep]) -> Result<ThreeNumbersFit, ImagingError> {
    check(steps)?;
    let plain = band.clone().with_numbers(ThreeNumbers::default());
    let rays: Vec<Ray> = steps.iter().map(|step| Ray::new(&plain, step)).collect();
    let mut numbers = [1.0; 3];
    for _ in 0..ROUNDS {
        let prior = 1.0 / (PRIOR_SIGMA * PRIOR_SIGMA);
        let mut normal = [[0.0; 4]; 3];
        for (k, row) in normal.iter_mut().enumerate() {
            row[k] = prior;
            row[3] = prior * (1.0 - numbers[k]);
        }
        for ray in &rays {
            let (attenuation, slopes) = ray.attenuation(&plain, numbers);
            let (weight, off) = (1.0 / ray.variance, ray.measured - attenuation);
            for i in 0..3 {
                for j in 0..3 {
                    normal[i][j] += weight * slopes[i] * slopes[j];
                }
                normal[i][3] += weight * slopes[i] * off;
            }
        }
        let step = solve(normal);
        for (number, step) in numbers.iter_mut().zip(step) {
            *number = (*number + step.clamp(-0.5, 0.5)).clamp(0.01, 20.0);
        }
        if step.iter().all(|s| s.abs() < 1e-10) {
            break;
        }
    }
    let rms = |numbers: [f64; 3]| {
        let square = |ray: &Ray| libm::pow(ray.attenuation(&plain, numbers).0 / ray.measured - 1.0, 2.0);
        libm::sqrt(rays.iter().map(square).sum::<f64>() / rays.len() as f64)
    };
    let found = ThreeNumbers { photoelectric: numbers[0], compton: numbers[1], pair: numbers[2] };
    if let Some((field, value)) = found.fault() {
        return Err(ImagingError::BadReference {
            step: None,
            field,
            value,
            rule: "fitted numbers must lie in [0.2, 5]; check the objects and the end point",
        });
    }
    Ok(ThreeNumbersFit { numbers: found, rms_before: rms(ThreeNumbers::default().array()), rms_after: rms(numbers) })
}

fn check(steps: &[ReferenceStep]) -> Result<(), ImagingError> {
    let bad = |step: Option<usize>, field, value, rule| Err(ImagingError::BadReference { step, field, value, rule });
    if steps.len() < FEWEST {
        return bad(None, "steps", steps.len() as f64, "at least 3 known objects are needed");
    }
    for (i, step) in steps.iter().enumerate() {
        if !(0.02..=12.0).contains(&step.attenuation) {
            return bad(Some(i), "attenuation", step.attenuation, "it must lie in [0.02, 12]");
        }
        if !(0.0..=1.0).contains(&step.sigma) {
            return bad(Some(i), "sigma", step.sigma, "it must lie in [0, 1]");
        }
        if let Some((_, value)) = step.layers.iter().find(|(_, value)| !(0.0..=2000.0).contains(value)) {
            return bad(Some(i), "areal_density_g_per_cm2", *value, "it must lie in [0, 2000]");
        }
        if step.layers.iter().all(|(_, value)| *value == 0.0) {
            return bad(Some(i), "areal_density_g_per_cm2", 0.0, "something must stand there");
        }
    }
    Ok(())
}

/// Exponents of one object, by the band's energies: the fixed part and the three that are scaled.
struct Ray {
    coherent: Vec<f64>,
    parts: [Vec<f64>; 3],
    measured: f64,
    variance: f64,
}

impl Ray {
    fn new(band: &BandResponse, step: &ReferenceStep) -> Self {
        let n = band.energies_mev.len();
        let (mut coherent, mut parts) = (vec![0.0; n], [0; 3].map(|_| vec![0.0; n]));
        for (material, areal_density) in &step.layers {
            for (i, energy) in band.energies_mev.iter().enumerate() {
                let c = material.cross_section_cm2_per_g(*energy).unwrap_or_default();
                coherent[i] += c.coherent * areal_density;
                for (part, value) in parts.iter_mut().zip([c.photoelectric, c.incoherent, c.pair]) {
                    part[i] += value * areal_density;
                }
            }
        }
        let reference = REFERENCE_SHARE * step.attenuation;
        Self {
            coherent,
            parts,
            measured: step.attenuation,
            variance: step.sigma * step.sigma + reference * reference,
        }
    }

    /// Attenuation with its slopes against the numbers.
    fn attenuation(&self, band: &BandResponse, numbers: [f64; 3]) -> (f64, [f64; 3]) {
        let (mut transmission, mut slopes) = (0.0, [0.0; 3]);
        let [a, b, c] = &self.parts;
        for (i, weight) in band.weights.iter().enumerate() {
            let exponent = self.coherent[i] + numbers[0] * a[i] + numbers[1] * b[i] + numbers[2] * c[i];
            let through = weight * exp_plain(-exponent);
            transmission += through;
            for (slope, part) in slopes.iter_mut().zip(&self.parts) {
                *slope += through * part[i];
            }
        }
        let transmission = transmission.max(1e-300);
        (-libm::log(transmission), slopes.map(|slope| slope / transmission))
    }
}

/// Solves three equations by elimination; the prior keeps them regular.
fn solve(mut m: [[f64; 4]; 3]) -> [f64; 3] {
    for k in 0..3 {
        let pivot = (k..3).max_by(|a, b| m[*a][k].abs().total_cmp(&m[*b][k].abs())).unwrap_or(k);
        m.swap(k, pivot);
        for i in k + 1..3 {
            let factor = m[i][k] / m[k][k];
            let upper = m[k];
            for (value, upper) in m[i].iter_mut().zip(upper).skip(k) {
                *value -= factor * upper;
            }
        }
    }
    let mut x = [0.0; 3];
    for k in (0..3).rev() {
        let known: f64 = (k + 1..3).map(|j| m[k][j] * x[j]).sum();
        x[k] = (m[k][3] - known) / m[k][k];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physics::material;

    fn steps(band: &BandResponse) -> Vec<ReferenceStep> {
        let objects =
            [("polyethylene", [10.0, 40.0, 90.0]), ("iron", [10.0, 50.0, 120.0]), ("lead", [10.0, 40.0, 100.0])];
        let each = |(name, values): (&str, [f64; 3])| {
            values.map(|lambda| {
                let layers = vec![(material(name).unwrap(), lambda)];
                ReferenceStep { attenuation: band.attenuation(&layers), layers, sigma: 0.002 }
            })
        };
        objects.into_iter().flat_map(each).collect()
    }

    #[test]
    fn known_numbers_come_back() {
        let numbers = ThreeNumbers { photoelectric: 1.1, compton: 0.97, pair: 1.04 };
        let band = BandResponse::new(6.0).with_numbers(numbers);
        let fit = fit_three_numbers(&band, &steps(&band)).unwrap();
        assert!((fit.numbers.photoelectric - 1.1).abs() < 0.01, "{fit:?}");
        assert!((fit.numbers.compton - 0.97).abs() < 1e-3 && (fit.numbers.pair - 1.04).abs() < 2e-3, "{fit:?}");
        assert!(fit.rms_before > 0.01 && fit.rms_after < 1e-3, "{fit:?}");
    }

    #[test]
    fn what_the_objects_do_not_show_stays_one() {
        let band = BandResponse::new(6.0);
        let light: Vec<_> = steps(&band).into_iter().take(3).collect();
        let fit = fit_three_numbers(&band, &light).unwrap();
        assert!((fit.numbers.photoelectric - 1.0).abs() < 1e-6, "{fit:?}");
    }

    #[test]
    fn impossible_references_are_refused() {
        let band = BandResponse::new(6.0);
        let refused = |change: &dyn Fn(&mut Vec<ReferenceStep>), word: &str| {
            let mut all = steps(&band);
            change(&mut all);
            let text = fit_three_numbers(&band, &all).unwrap_err().to_string();
            assert!(text.contains(word), "{text} lacks {word}");
        };
        refused(&|all| all.truncate(2), "at least 3");
        refused(&|all| all[1].attenuation = f64::NAN, "attenuation");
        refused(&|all| all[1].sigma = -1.0, "sigma");
        refused(&|all| all[4].layers[0].1 = 1e6, "areal_density");
        refused(&|all| all.iter_mut().for_each(|s| s.attenuation = (s.attenuation * 9.0).min(12.0)), "[0.2, 5]");
    }
}
