//! Scalar definitions of every step: formula, source, tolerance. Everything here is integer arithmetic that a shader
//! repeats exactly, so every `TOLERANCE` is 0: engines agree in every bit.
//!
//! Fixed point: "Q20" means units of 2⁻²⁰. Attenuation planes are Q12 in `u16` (1/4096, [0, 16)).

pub mod attenuation;
pub mod bad_detectors;
pub mod bilateral;
pub mod dead_rows;
pub mod display;
pub mod dose;
pub mod drift;
pub mod edge;
pub mod enhance;
pub mod equalise;
pub mod grey;
pub mod interpolation;
pub mod local_contrast;
pub mod logarithm;
pub mod material;
pub mod median;
pub mod noise;
pub mod non_local_means;
pub mod registration;
pub mod resample;
pub mod side_bars;
pub mod statistics;
pub mod strip;
pub mod transmission;
