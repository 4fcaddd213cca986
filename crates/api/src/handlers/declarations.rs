use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pellucid_core::{Declaration, ErrorKind, ScanId};

use super::creating::answer;
use super::intake::validate;
use crate::extract::{ApiPath, JsonBytes, if_match, json_body, preferred_wait};
use crate::router::ApiState;
use crate::wire::{ScanReceived, StoredDeclaration, StoredEvaluation};
use crate::{ApiError, Fault, Problem};

/// Stores a declaration under its number.
///
/// A new version orders a new evaluation of every scan that is held against it; the same document again changes
/// nothing.
#[utoipa::path(
    put, path = "/declarations/{no}", tag = "declarations",
    params(
        ("no" = String, Path, description = "Declaration number"),
        ("If-Match" = Option<String>, Header, description = "Version that is to be replaced"),
    ),
    request_body(content = Declaration),
    responses(
        (status = 200, description = "In force", body = StoredDeclaration, headers(("ETag" = String))),
        (status = 201, description = "New number, in force", body = StoredDeclaration, headers(("ETag" = String))),
        (status = 412, description = "Another version is in force", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Body too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid declaration", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_declaration(
    State(state): State<ApiState>,
    ApiPath(no): ApiPath<String>,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, ApiError> {
    let declaration = document(&bytes, &no)?;
    let put = state.service.put_declaration(&no, declaration, if_match(&headers)).await?;
    let status = if put.is_created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(with_etag((status, Json(&put.stored)).into_response(), &put.stored.version))
}

/// The version of a declaration that is in force.
#[utoipa::path(
    get, path = "/declarations/{no}", tag = "declarations",
    params(("no" = String, Path, description = "Declaration number")),
    responses(
        (status = 200, description = "In force", body = StoredDeclaration, headers(("ETag" = String))),
        (status = 404, description = "No such declaration", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_declaration(
    State(state): State<ApiState>,
    ApiPath(no): ApiPath<String>,
) -> Result<Response, ApiError> {
    let stored = state.service.declaration(&no).await?;
    Ok(with_etag(Json(&stored).into_response(), &stored.version))
}

/// Holds a scan against a declaration and evaluates it anew.
///
/// With a body the document is stored first; without one the number must be known.
#[utoipa::path(
    put, path = "/scans/{id}/declarations/{no}", tag = "declarations",
    params(
        ("id" = ScanId, Path, description = "Scan"),
        ("no" = String, Path, description = "Declaration number"),
        ("Prefer" = Option<String>, Header, description = "`wait=N`"),
    ),
    request_body(content = Option<Declaration>),
    responses(
        (status = 200, description = "Evaluated", body = StoredEvaluation),
        (status = 202, description = "Ordered", body = ScanReceived, headers(("Location" = String))),
        (status = 404, description = "No such scan or declaration", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid declaration", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_scan_declaration(
    State(state): State<ApiState>,
    ApiPath((id, no)): ApiPath<(ScanId, String)>,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, ApiError> {
    let wait = preferred_wait(&headers)?;
    let declaration = if bytes.is_empty() { None } else { Some(document(&bytes, &no)?) };
    let received = state.service.declare_scan(id, &no, declaration).await?;
    Ok(answer(&*state.service, &received, wait).await?.into_response())
}

/// A valid document that belongs under this number.
fn document(bytes: &[u8], no: &str) -> Result<Declaration, ApiError> {
    let declaration: Declaration = json_body(bytes, "declaration")?;
    validate(&declaration)?;
    if let Some(number) = declaration.number.as_deref().filter(|number| *number != no) {
        let fault = Fault::field("declaration.number", format!("the path names {no}")).limit(no).value(number);
        return Err(ApiError::new(ErrorKind::InvalidInput, fault));
    }
    Ok(declaration)
}

fn with_etag(mut response: Response, version: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
