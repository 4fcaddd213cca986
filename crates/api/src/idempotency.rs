use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::wire::ScanReceived;
use crate::{ApiError, Fault};

/// A creating request as the store remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotentRequest {
    /// The caller's key.
    pub key: String,
    /// sha256 of method, path and content, hexadecimal.
    pub fingerprint: String,
}

/// An answer that can be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Location`, if one was given.
    pub location: Option<String>,
    /// JSON body.
    pub body: Vec<u8>,
}

/// What the store knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: the request is now running and ours.
    Fresh,
    /// It was answered.
    Replay(Answer),
    /// Its first request still runs.
    InProgress,
    /// It belongs to another body.
    OtherBody,
}

const KEY_LIMIT: usize = 255;

impl IdempotentRequest {
    /// From the header and the parts of the content.
    ///
    /// # Errors
    /// When the header is missing or malformed.
    pub(crate) fn from_headers(headers: &HeaderMap, route: &str, parts: &[&[u8]]) -> Result<Self, ApiError> {
        let key = Self::key(headers)?;
        let mut hash = Sha256::new();
        hash.update(route.as_bytes());
        for part in parts {
            // Lengths keep two parts from running into each other.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Ok(Self { key, fingerprint: hex::encode(hash.finalize()) })
    }

    /// The key of the header, without its quotes.
    pub(crate) fn key(headers: &HeaderMap) -> Result<String, ApiError> {
        let value = headers.get("idempotency-key").ok_or(ApiError::KeyMissing)?;
        let text = value.to_str().unwrap_or_default().trim();
        let key = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
        if key.is_empty() || key.len() > KEY_LIMIT || key.contains('"') {
            let fault = Fault::field("Idempotency-Key", "expected a quoted string of visible characters");
            return Err(ApiError::request(fault.limit(KEY_LIMIT)));
        }
        Ok(key.to_owned())
    }
}

impl Answer {
    /// A JSON answer.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn json(status: u16, location: Option<String>, value: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self { status, location, body: serde_json::to_vec(value).map_err(ApiError::internal)? })
    }

    /// The 202 of intake: stored in the same transaction as the scan, so that a crash cannot part them.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn accepted(received: &ScanReceived) -> Result<Self, ApiError> {
        let location = format!("/api/v1/scans/{}", received.scan);
        Self::json(StatusCode::ACCEPTED.as_u16(), Some(location), received)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}
