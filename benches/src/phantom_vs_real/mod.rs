//! Processed phantoms measured beside real scans, with the same code.

mod chart;
mod figures;
mod pictures;
mod report;
mod spectrum;

pub use chart::{curves, sheet};
pub use figures::{Curves, Figures, measure};
pub use pictures::{Picture, Stage, phantom, real_pictures};
pub use report::{Group, distance, quantile, table};
