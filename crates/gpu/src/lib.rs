//! The imaging plan on a GPU, through wgpu: the same bytes as the CPU engine, and the only place that embeds `shaders/`.
//!
//! ```text
//! counts ─ mapped staging ─▶ dose ─▶ attenuate ─▶ material ─▶ mapped read-back     (one submission a scan)
//!                                          └─ planes stay on the device for resample and display
//! ```
//!
//! - [`select`] chooses the engine and says so in one line; [`WgpuEngine`] is the engine.
//! - Formulas live in `pellucid-imaging`; a shader repeats its pass bit for bit ([`parity_report`] checks it anywhere).
//! - A lost device, a full memory or a plane beyond the adapter's limits is an error with its name. Nothing falls back
//!   silently: the caller decides.

mod adapter;
mod device;
mod display_pass;
mod display_steps;
mod engine;
mod imaging_pass;
mod parity;
mod plane;
mod pool;
mod recorder;
mod resample_pass;
mod residents;
mod select;
mod shaders;

mod error;

pub use adapter::{AdapterSummary, GpuOptions};
pub use engine::WgpuEngine;
pub use error::GpuError;
pub use parity::{ParityReport, parity_report};
pub use select::{GpuMode, GpuModeError, select};
pub use shaders::{SHADERS, Shader};
