//! The HTTP contract of Pellucid: what a [`Service`] must do, the shapes on the wire, errors as problem documents, and
//! the [`router`] that speaks it. Nothing here knows how scans are stored or inspected.

mod error;
mod extract;
mod handlers;
mod idempotency;
mod json;
mod problem;
mod router;
mod service;
pub mod wire;

pub use error::{ApiError, Fault};
pub use idempotency::{Answer, Begun, IdempotentRequest};
pub use json::{JSON_BYTES_LIMIT, JSON_DEPTH_LIMIT, JsonFault, parse_json};
pub use problem::Problem;
pub use router::{ApiLimits, openapi, router};
pub use service::{
    Awaited, DeclarationPut, EvaluationOrder, EventQuery, JobQuery, MapQuery, Picture, RenderQuery, ScanIntake,
    ScanQuery, ScanSort, Service,
};
