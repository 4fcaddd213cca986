use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use pellucid_core::ErrorKind;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::handlers::{declarations, evaluations, intake, operations, pixels, scans};
use crate::{ApiError, Fault, Service};

/// Bounds of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiLimits {
    /// Bytes of an intake body, scan and declaration together.
    pub body_bytes: u64,
    /// Time for a request, waiting included.
    pub request_time: Duration,
}

impl Default for ApiLimits {
    fn default() -> Self {
        Self { body_bytes: 512 << 20, request_time: Duration::from_secs(60) }
    }
}

#[derive(Clone)]
pub(crate) struct ApiState {
    pub(crate) service: Arc<dyn Service>,
    pub(crate) limits: ApiLimits,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pellucid",
        description = "Review of cargo X-ray scans against what was declared.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(pellucid_core::Preset))
)]
struct Document;

fn routes_and_document() -> (Router<ApiState>, utoipa::openapi::OpenApi) {
    let v1 = OpenApiRouter::new()
        .routes(routes!(intake::post_scan, scans::get_scans))
        .routes(routes!(scans::get_scan))
        .routes(routes!(scans::get_scan_evaluations))
        .routes(routes!(evaluations::post_evaluation))
        .routes(routes!(evaluations::get_evaluation))
        .routes(routes!(pixels::get_render))
        .routes(routes!(pixels::get_map))
        .routes(routes!(declarations::put_declaration, declarations::get_declaration))
        .routes(routes!(declarations::put_scan_declaration))
        .routes(routes!(operations::get_events))
        .routes(routes!(operations::get_jobs));
    OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", v1)
        .routes(routes!(operations::livez))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
        .split_for_parts()
}

/// The OpenAPI 3.1 document of the contract.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes_and_document().1
}

/// Every route of the contract over a service.
pub fn router(service: Arc<dyn Service>, limits: ApiLimits) -> Router {
    let (routes, document) = routes_and_document();
    let state = ApiState { service, limits };
    let document = Arc::new(document);
    let body_limit = usize::try_from(limits.body_bytes).unwrap_or(usize::MAX);
    routes
        .route("/openapi.json", get(move || async move { axum::Json((*document).clone()) }))
        .route("/api/{*path}", axum::routing::any(operations::no_route))
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(middleware::from_fn_with_state(limits, deadline))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(tower_http::trace::TraceLayer::new_for_http())
        .with_state(state)
}

/// Ends a request that takes too long with a problem document.
async fn deadline(State(limits): State<ApiLimits>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limits.request_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!("no answer within {} s", limits.request_time.as_secs());
            let fault = Fault::new(detail).limit(limits.request_time.as_secs());
            ApiError::new(ErrorKind::Timeout, fault).into_response()
        }
    }
}

/// A panic is a fault of ours: the caller learns no more, the log does.
fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a request panicked");
    ApiError::internal("the request panicked").into_response()
}
