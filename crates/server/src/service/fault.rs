use std::error::Error;

use pellucid_api::{ApiError, Fault};
use pellucid_core::ErrorKind;
use pellucid_pipeline::PipelineError;
use pellucid_store::StoreError;

/// What a caller is told of a fault of the store.
pub(super) fn store_fault(error: StoreError) -> ApiError {
    match error {
        StoreError::VersionConflict { current, .. } => ApiError::PreconditionFailed { current },
        StoreError::Cursor(cursor) => {
            ApiError::request(Fault::field("cursor", "this cursor was not given out here").value(cursor))
        }
        error => told(error.kind(), error),
    }
}

/// What a caller is told of a fault of an inspection.
pub(super) fn pipeline_fault(error: PipelineError) -> ApiError {
    match error {
        // The file is the caller's own: the format's complaint says what to mend.
        PipelineError::Decode(source) => {
            let mut fault = Fault::field("scan", chain(&source));
            if let pellucid_scan::ScanError::TooLarge { field, value, limit } = &source {
                fault = Fault { field: Some(format!("scan: {field}")), ..fault }.limit(limit).value(value);
            }
            ApiError::new(source.kind(), fault)
        }
        PipelineError::Store { source, .. } => store_fault(source),
        error => told(error.kind(), error),
    }
}

/// Faults of the input are told in full; ours are logged in full and told by their kind.
fn told(kind: ErrorKind, error: impl Error + Send + Sync + 'static) -> ApiError {
    match kind {
        ErrorKind::Internal => ApiError::internal(error),
        ErrorKind::Unavailable | ErrorKind::Overloaded | ErrorKind::Timeout => {
            ApiError::caused_by(kind, Fault::new(error.to_string()), error)
        }
        _ => ApiError::new(kind, Fault::new(chain(&error))),
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
