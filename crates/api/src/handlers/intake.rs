use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use pellucid_core::{Declaration, ErrorKind};
use utoipa::ToSchema;

use super::creating::once;
use crate::extract::{json_body, preferred_wait};
use crate::json::JSON_BYTES_LIMIT;
use crate::router::ApiState;
use crate::wire::{ScanReceived, StoredEvaluation};
use crate::{ApiError, Fault, IdempotentRequest, Problem, ScanIntake};

/// Parts of the intake body.
#[derive(ToSchema)]
#[allow(dead_code, reason = "documents the multipart body; it is read part by part")]
pub(crate) struct ScanForm {
    /// The scan file.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    scan: Vec<u8>,
    /// The declaration, as JSON.
    declaration: Declaration,
}

/// Takes in a scan with its declaration.
///
/// Answered when both are stored durably. With `Prefer: wait=N` the answer waits up to N seconds (30 at most) for the
/// evaluation.
#[utoipa::path(
    post, path = "/scans", tag = "intake",
    params(
        ("Idempotency-Key" = String, Header, description = "Quoted string that names this request"),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: answer 200 with the evaluation if it is made within N seconds"),
    ),
    request_body(content = ScanForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "Stored and evaluated", body = StoredEvaluation),
        (status = 202, description = "Stored; the inspection is ordered", body = ScanReceived, headers(("Location" = String))),
        (status = 400, description = "Malformed, or no idempotency key", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The first request with this key is still running", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Body too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not a scan format that is read", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Corrupt scan, invalid declaration, limit exceeded or key reused", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Overloaded or a dependency is down", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_scan(
    State(state): State<ApiState>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ApiError> {
    // The headers come first: a body of gigabytes is not read to find that the key is missing.
    IdempotentRequest::key(&headers)?;
    let wait = preferred_wait(&headers)?;
    let form = Multipart::from_request(request, &state).await.map_err(refused)?;
    let parts = read(form, state.limits.body_bytes).await?;
    let declaration: Declaration = json_body(&parts.declaration, "declaration")?;
    validate(&declaration)?;
    let request = IdempotentRequest::from_headers(&headers, "POST /scans", &[&parts.scan, &parts.declaration])?;
    let intake = ScanIntake { scan: parts.scan, file_name: parts.file_name, declaration, request: request.clone() };
    let service = state.service.clone();
    once(state.service, request, wait, async move { service.receive_scan(intake).await }).await
}

/// All faults of a declaration at once.
pub(crate) fn validate(declaration: &Declaration) -> Result<(), ApiError> {
    declaration.validate().map_err(|error| {
        let mut fault = Fault::field("declaration", error.to_string());
        fault.faults = error.faults;
        ApiError::new(ErrorKind::InvalidInput, fault)
    })
}

struct Parts {
    scan: Bytes,
    file_name: Option<String>,
    declaration: Bytes,
}

async fn read(mut form: Multipart, limit: u64) -> Result<Parts, ApiError> {
    let (mut scan, mut file_name, mut declaration) = (None, None, None);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error, limit))? {
        match field.name() {
            Some("scan") if scan.is_none() => {
                file_name = field.file_name().map(base_name);
                scan = Some(field.bytes().await.map_err(|error| broken(&error, limit))?);
            }
            Some("declaration") if declaration.is_none() => declaration = Some(document(field, limit).await?),
            name => {
                let fault = Fault::field("body", "expected one part `scan` and one part `declaration`");
                return Err(ApiError::request(fault.value(name.unwrap_or("a part without a name"))));
            }
        }
    }
    let missing = |name: &str| ApiError::request(Fault::field(name, format!("the part `{name}` is missing")));
    Ok(Parts {
        scan: scan.ok_or_else(|| missing("scan"))?,
        file_name,
        declaration: declaration.ok_or_else(|| missing("declaration"))?,
    })
}

/// A part that must stay small, read piece by piece so that a large one is refused early.
async fn document(mut field: Field<'_>, limit: u64) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error, limit))? {
        if bytes.len() + chunk.len() > JSON_BYTES_LIMIT {
            return Err(ApiError::BodyTooLarge { limit: JSON_BYTES_LIMIT as u64 });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// The last component: some clients send whole paths.
fn base_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn refused(rejection: MultipartRejection) -> ApiError {
    ApiError::MediaType(format!("expected multipart/form-data: {}", rejection.body_text()))
}

fn broken(error: &MultipartError, limit: u64) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::BodyTooLarge { limit }
    } else {
        ApiError::request(Fault::field("body", error.body_text()))
    }
}
