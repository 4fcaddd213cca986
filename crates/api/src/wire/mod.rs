//! Shapes on the wire, beside the vocabulary of `pellucid-core`.

mod declaration;
mod evaluation;
mod event;
mod job;
mod map;
mod operations;
mod scan;

pub use declaration::StoredDeclaration;
pub use evaluation::{EvaluationList, EvaluationRequest, EvaluationSummary, StoredEvaluation};
pub use event::{Event, EventPage};
pub use job::{Job, JobPage, JobState};
pub use map::{MapDocument, MapGrid};
pub use operations::{Liveness, Metric, Readiness, ReadinessCheck};
pub use scan::{ScanDetail, ScanPage, ScanReceived, ScanState, ScanSummary, ViewSummary};
