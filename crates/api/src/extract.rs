//! Axum's extractors with problem documents for refusals.

use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

use crate::json::{JSON_BYTES_LIMIT, JsonFault, parse_json};
use crate::{ApiError, Fault};

/// Seconds that `Prefer: wait` may ask for.
pub(crate) const WAIT_LIMIT_S: u64 = 30;

/// Parameters of the path.
pub(crate) struct ApiPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::request(Fault::field("path", rejection.body_text()))),
        }
    }
}

/// Parameters of the query.
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::request(Fault::field("query", rejection.body_text()))),
        }
    }
}

/// A JSON body as bytes, within the limit; parsed by [`json_body`].
pub(crate) struct JsonBytes(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        match to_bytes(request.into_body(), JSON_BYTES_LIMIT).await {
            Ok(bytes) if is_json || bytes.is_empty() => Ok(Self(bytes)),
            Ok(_) => Err(ApiError::MediaType("expected application/json".to_owned())),
            Err(error) if is_length_limit(&error) => Err(ApiError::BodyTooLarge { limit: JSON_BYTES_LIMIT as u64 }),
            Err(error) => Err(ApiError::request(Fault::field("body", error.to_string()))),
        }
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let media = value.split(';').next().unwrap_or_default().trim();
        media.eq_ignore_ascii_case("application/json")
    })
}

/// Parses a document; what breaks its shape is 422 with the path, what is no JSON at all is 400.
pub(crate) fn json_body<T: DeserializeOwned>(bytes: &[u8], field: &str) -> Result<T, ApiError> {
    parse_json(bytes).map_err(|fault| match fault {
        JsonFault::TooLarge(_) => ApiError::BodyTooLarge { limit: JSON_BYTES_LIMIT as u64 },
        JsonFault::Shape { ref path, ref message } => {
            let path = if path == "." { field.to_owned() } else { format!("{field}.{path}") };
            ApiError::new(pellucid_core::ErrorKind::InvalidInput, Fault::field(path, message))
        }
        other => ApiError::request(Fault::field(field, other.to_string())),
    })
}

/// Seconds of `Prefer: wait=N` (RFC 7240), cut to [`WAIT_LIMIT_S`].
pub(crate) fn preferred_wait(headers: &HeaderMap) -> Result<Option<Duration>, ApiError> {
    for value in headers.get_all("prefer") {
        let text = value.to_str().unwrap_or_default();
        for preference in text.split([',', ';']) {
            let Some((name, seconds)) = preference.split_once('=') else { continue };
            if !name.trim().eq_ignore_ascii_case("wait") {
                continue;
            }
            let seconds: u64 = seconds.trim().trim_matches('"').parse().map_err(|_| {
                ApiError::request(Fault::field("Prefer", "wait needs whole seconds").limit(WAIT_LIMIT_S).value(text))
            })?;
            return Ok(Some(Duration::from_secs(seconds.min(WAIT_LIMIT_S))));
        }
    }
    Ok(None)
}

/// `Preference-Applied` for a wait that was honoured.
pub(crate) fn preference_applied(wait: Duration) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("wait={}", wait.as_secs())).ok()
}

/// The version that `If-Match` names, without its quotes.
pub(crate) fn if_match(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("if-match")?.to_str().ok()?.trim();
    (text != "*").then(|| text.trim_start_matches("W/").trim_matches('"').to_owned())
}
