use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pellucid_core::ErrorKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ApiError, Fault};

/// Seconds after which a refused caller may try again.
const RETRY_AFTER_S: u32 = 2;

/// RFC 9457 problem document (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:pellucid:problem:` and the code below.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind of problem in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong with this request; absent when the fault is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Path of the field or name of the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The limit that was exceeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The value that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Every fault, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Seconds after which to try again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// The one table from errors to status codes.
fn row(error: &ApiError) -> (StatusCode, &'static str, &'static str) {
    match error {
        ApiError::Request(_) => (StatusCode::BAD_REQUEST, "invalid_request", "The request is malformed"),
        ApiError::KeyMissing => {
            (StatusCode::BAD_REQUEST, "idempotency_key_missing", "Creating requests need an Idempotency-Key")
        }
        ApiError::MethodNotAllowed => {
            (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The resource does not take that method")
        }
        ApiError::KeyReused { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The key was used with another body")
        }
        ApiError::InProgress { .. } => {
            (StatusCode::CONFLICT, "request_in_progress", "The first request with this key is still running")
        }
        ApiError::PreconditionFailed { .. } => {
            (StatusCode::PRECONDITION_FAILED, "precondition_failed", "Another version is in force")
        }
        ApiError::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"),
        ApiError::MediaType(_) => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The format is not supported")
        }
        ApiError::Service { kind, .. } => match kind {
            ErrorKind::InvalidInput => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", "The content breaks its format or the rules")
            }
            ErrorKind::Unsupported => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported", "The format is not supported")
            }
            ErrorKind::TooLarge => (StatusCode::UNPROCESSABLE_ENTITY, "limit_exceeded", "A limit is exceeded"),
            ErrorKind::NotFound => (StatusCode::NOT_FOUND, "not_found", "There is no such thing"),
            ErrorKind::Conflict => (StatusCode::CONFLICT, "conflict", "The state does not allow it"),
            ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first"),
            ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Not allowed"),
            ErrorKind::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too much work at present"),
            ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "A dependency is down"),
            ErrorKind::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "It took too long"),
            ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "The service failed"),
        },
    }
}

/// What the caller is told beyond the row of the table.
fn fault(error: &ApiError) -> Fault {
    match error {
        ApiError::Request(fault) | ApiError::Service { fault, .. } => (**fault).clone(),
        ApiError::BodyTooLarge { limit } => {
            Fault::field("body", format!("at most {limit} bytes are accepted here")).limit(limit)
        }
        ApiError::KeyMissing => Fault::field("Idempotency-Key", "send a quoted string that names this request"),
        ApiError::KeyReused { key } | ApiError::InProgress { key } => {
            Fault::field("Idempotency-Key", error.to_string()).value(key)
        }
        ApiError::PreconditionFailed { current } => Fault::field("If-Match", error.to_string()).limit(current),
        ApiError::MediaType(_) | ApiError::MethodNotAllowed => Fault::new(error.to_string()),
    }
}

impl Problem {
    /// The document for an error; causes of 5xx are left out.
    pub fn of(error: &ApiError) -> Self {
        let (status, code, title) = row(error);
        let fault = if status == StatusCode::INTERNAL_SERVER_ERROR { Fault::default() } else { fault(error) };
        let is_temporary = matches!(error, ApiError::InProgress { .. }) || status == StatusCode::SERVICE_UNAVAILABLE;
        Self {
            type_uri: format!("urn:pellucid:problem:{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: (!fault.detail.is_empty()).then_some(fault.detail),
            field: fault.field,
            limit: fault.limit,
            value: fault.value,
            faults: fault.faults,
            retry_after_s: is_temporary.then_some(RETRY_AFTER_S),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_s;
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for ApiError {
    /// Errors are handled here and nowhere else: 5xx are logged with their causes, the rest go to the caller.
    fn into_response(self) -> Response {
        let problem = Problem::of(&self);
        if problem.status >= 500 {
            tracing::error!(error = &self as &dyn std::error::Error, status = problem.status, "request failed");
        }
        problem.into_response()
    }
}
