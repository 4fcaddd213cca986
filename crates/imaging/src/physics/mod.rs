//! X-ray physics of cargo scanners: cross sections, materials, spectra, detector, and the forward model built of them.
//!
//! `T(λ) = Σ w(E) exp(−Σ_m μ_m(E) λ_m)`, `A = −ln T`, with λ the areal density in g/cm² of each material along the ray,
//! μ its mass attenuation coefficient in cm²/g and w the band's response (spectrum times deposited energy, sum 1).
//! Good-beam geometry: scatter is an addend of the scanner, not of the formula. All arithmetic is plain IEEE with `libm`,
//! so the same input gives the same bits on every host.

mod band;
mod band_noise;
mod catalogue;
mod cross_section;
mod curves;
mod detector;
mod exponential;
mod forward;
mod inversion;
mod material;
mod posterior;
mod spectrum;
mod three_numbers;

pub use band::{BandOptions, BandResponse};
pub use band_noise::{BandNoise, SYSTEMATIC};
pub use cross_section::{
    CrossSection, ENERGY_MAX_MEV, ENERGY_MIN_MEV, cross_section_cm2_per_g, is_tabulated, mass_attenuation_cm2_per_g,
};
pub use curves::{CURVE_MAX, CURVE_POINTS, CURVE_STEP, EffectiveCurve, MaterialCurve, MaterialCurves};
pub use detector::{Scintillator, mean_deposited_mev, mean_square_deposited_mev2};
pub use exponential::{exp_plain, exp_plain_f32};
pub use forward::{ForwardTable, Signals};
pub use inversion::{LayeredInversion, Spot, SteelLayer, Tangent};
pub use material::{Material, catalogued, material, materials};
pub use posterior::{CLASS_PRIORS, CLASSES, DECISIVE_PROBABILITY, MaterialPosterior, RayEstimate, RayMeasurement};
pub(crate) use posterior::{Hypothesis, class_index, weigh};
pub use spectrum::bremsstrahlung;
pub(crate) use three_numbers::FEWEST;
pub use three_numbers::{ReferenceStep, ThreeNumbers, ThreeNumbersFit, fit_three_numbers};
