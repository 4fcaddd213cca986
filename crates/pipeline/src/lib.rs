//! One inspection from bytes to a stored evaluation: stages, timings, provenance, jobs, retry.
//!
//! ```text
//! receive ─ decode once, blob, scan + job in one transaction
//! work    ─ claim ─▶ inspect = measure (decode → image → layout → cargo → observe) + judge (verify → policy)
//!                 ─▶ evaluation + event + job done in one transaction
//! ```
//!
//! `pellucid score` and the service's worker call the same [`inspect`]. A stage that fails ends the inspection with an
//! error: no evaluation is ever made up, so a failure is never green.

mod facts;
mod inspection;
mod instruments;
mod judge;
mod maps;
mod measure;
mod observers;
mod stopwatch;
mod toolbox;
mod worker;

mod error;

pub use error::PipelineError;
pub use facts::read_facts;
pub use inspection::{Inspection, InspectionRequest, inspect};
pub use instruments::Instruments;
pub use judge::{Judged, judge};
pub use maps::{MapGrid, ScanMap, maps_from_bytes, maps_of, maps_to_bytes};
pub use measure::{Measured, RawNotes, image, measure};
pub use observers::{CargoReader, LayoutReader};
pub use stopwatch::Stopwatch;
pub use toolbox::Toolbox;
pub use worker::{Bell, WorkerOptions, work, work_once};
