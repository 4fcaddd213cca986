use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use pellucid_core::EvaluationId;

use super::creating::once;
use super::intake::validate;
use crate::extract::{ApiPath, JsonBytes, json_body, preferred_wait};
use crate::router::ApiState;
use crate::wire::{EvaluationRequest, ScanReceived, StoredEvaluation};
use crate::{ApiError, EvaluationOrder, Fault, IdempotentRequest, Problem};

/// Evaluates a stored scan again, or for trial.
///
/// A dry run answers at once and stores nothing. Everything else needs `Idempotency-Key` and answers as intake does.
#[utoipa::path(
    post, path = "/evaluations", tag = "evaluations",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Quoted string that names this request; not for dry runs"),
        ("Prefer" = Option<String>, Header, description = "`wait=N`"),
    ),
    request_body(content = EvaluationRequest),
    responses(
        (status = 200, description = "Evaluated", body = StoredEvaluation),
        (status = 202, description = "Ordered", body = ScanReceived, headers(("Location" = String))),
        (status = 400, description = "Malformed, or no idempotency key", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The first request with this key is still running", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Invalid declaration, or key reused", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post_evaluation(
    State(state): State<ApiState>,
    headers: HeaderMap,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, ApiError> {
    let body: EvaluationRequest = json_body(&bytes, "body")?;
    if let Some(declaration) = &body.declaration {
        validate(declaration)?;
    }
    if body.dry_run {
        return Ok(Json(state.service.dry_run(body.scan, body.declaration).await?).into_response());
    }
    if body.declaration.is_some() {
        let fault = Fault::field("declaration", "only a dry run brings its own; store it with PUT first");
        return Err(ApiError::new(pellucid_core::ErrorKind::InvalidInput, fault));
    }
    let wait = preferred_wait(&headers)?;
    let request = IdempotentRequest::from_headers(&headers, "POST /evaluations", &[&bytes])?;
    let order = EvaluationOrder { scan: body.scan, request: request.clone() };
    let service = state.service.clone();
    once(state.service, request, wait, async move { service.order_evaluation(order).await }).await
}

/// One evaluation.
#[utoipa::path(
    get, path = "/evaluations/{id}", tag = "evaluations",
    params(("id" = EvaluationId, Path, description = "Evaluation")),
    responses(
        (status = 200, description = "The evaluation", body = StoredEvaluation),
        (status = 404, description = "No such evaluation", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_evaluation(
    State(state): State<ApiState>,
    ApiPath(id): ApiPath<EvaluationId>,
) -> Result<Json<StoredEvaluation>, ApiError> {
    Ok(Json(state.service.evaluation(id).await?))
}
