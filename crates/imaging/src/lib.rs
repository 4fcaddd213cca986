//! Counts to measured planes: physics, the CPU definition of every kernel, the imaging plan, scan quality.
//!
//! ```text
//! RawScan ─ Plan::for_scan ─▶ Plan ─ Engine::submit ─▶ Ticket ─ wait ─▶ Imaged ─ submit_resample ─▶ model planes
//!                                                                             └─ submit_display ──▶ RGBA
//! ```
//!
//! - [`kernels`] define each step for one pixel, in integers that every engine repeats bit for bit.
//! - [`passes`] run them over a view, row-parallel; `shaders/` holds their twins.
//! - [`Plan`] holds everything the host decides once per scan: gains, bad rows, doses' references, material tables.
//! - [`CpuEngine`] runs a plan here; `pellucid-gpu` runs the same plan on wgpu; [`suite::run`] holds both to the kernels.
//! - [`quality`] says how far a scan can be trusted: a poor scan is a value, not an error.
//! - [`physics`] is the forward model: cross sections, spectra, detector, material curves.

pub mod kernels;
pub mod passes;
pub mod physics;
pub mod quality;
pub mod suite;

mod chain;
mod cpu_engine;
mod display_params;
mod display_plan;
mod edge_width;
mod engine;
mod error;
mod gain_change;
mod imaged;
mod instruction_set;
mod interlace;
mod material_tables;
mod plan;
mod pulse_jitter;
mod reference;
mod resample_plan;
mod scanner_calibration;
mod shown;
mod strip_tables;

pub use chain::{CHAIN_PLANES, CHAIN_SIDE, COLOURS, Chain};
pub use cpu_engine::CpuEngine;
pub use display_params::{Denoise, DisplayParams};
pub use display_plan::{DisplayPlan, DisplayStep, Enhancement, LocalContrast, Smoothing};
pub use engine::{Engine, Ticket};
pub use error::ImagingError;
pub use gain_change::{GainChange, GainChangeKind};
pub use imaged::{DisplayImage, Imaged, ImagedView, ResampleWindow};
pub use instruction_set::InstructionSet;
pub use kernels::strip::StripTables;
pub use plan::{BandPlan, DosePlan, MaterialPlan, Plan, PlanOptions, ViewPlan};
pub use reference::{ObjectFit, ReferenceObject, ReferenceScan};
pub use resample_plan::ResamplePlan;
pub use scanner_calibration::{CalibratedBand, ScannerCalibration};
