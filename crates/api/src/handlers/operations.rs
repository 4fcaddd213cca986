use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::page_limit;
use crate::extract::ApiQuery;
use crate::router::ApiState;
use crate::wire::{EventPage, JobPage, JobState, Liveness, Metric, Readiness};
use crate::{ApiError, EventQuery, JobQuery, Problem};

/// Query of the event log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventParams {
    /// Cursor of the last event that was seen; from the beginning when absent.
    after: Option<String>,
    /// Events at most, 1 to 500; 50 when absent.
    limit: Option<u32>,
}

/// Events after a cursor, oldest first.
#[utoipa::path(
    get, path = "/events", tag = "events", params(EventParams),
    responses(
        (status = 200, description = "The events", body = EventPage),
        (status = 400, description = "Malformed query", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_events(
    State(state): State<ApiState>,
    ApiQuery(params): ApiQuery<EventParams>,
) -> Result<Json<EventPage>, ApiError> {
    let query = EventQuery { after: params.after, limit: page_limit(params.limit)? };
    Ok(Json(state.service.events(query).await?))
}

/// Query of the work list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobParams {
    /// Only jobs in this state.
    #[param(inline)]
    state: Option<JobState>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 50 when absent.
    limit: Option<u32>,
}

/// The work list, newest first.
#[utoipa::path(
    get, path = "/jobs", tag = "operations", params(JobParams),
    responses(
        (status = 200, description = "The jobs", body = JobPage),
        (status = 400, description = "Malformed query", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_jobs(
    State(state): State<ApiState>,
    ApiQuery(params): ApiQuery<JobParams>,
) -> Result<Json<JobPage>, ApiError> {
    let query = JobQuery { state: params.state, cursor: params.cursor, limit: page_limit(params.limit)? };
    Ok(Json(state.service.jobs(query).await?))
}

/// The process answers.
#[utoipa::path(get, path = "/livez", tag = "operations", responses((status = 200, description = "Alive", body = Liveness)))]
pub(crate) async fn livez() -> Json<Liveness> {
    Json(Liveness { status: "alive".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// Whether scans can be taken in and evaluated.
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready", body = Readiness),
    ),
)]
pub(crate) async fn readyz(State(state): State<ApiState>) -> Response {
    let readiness = state.service.readiness().await;
    let status = if readiness.is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// Numbers in the Prometheus text format.
#[utoipa::path(
    get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Numbers", body = String, content_type = "text/plain")),
)]
pub(crate) async fn metrics(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let text = exposition(&state.service.metrics().await?);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// Anything under the API that no route takes.
pub(crate) async fn no_route(uri: Uri) -> ApiError {
    ApiError::not_found(uri.path())
}

fn exposition(metrics: &[Metric]) -> String {
    let mut text = String::new();
    for metric in metrics {
        let _ = writeln!(text, "# HELP pellucid_{} {}", metric.name, metric.help);
        let _ = writeln!(text, "# TYPE pellucid_{} {}", metric.name, metric.kind);
        for (labels, value) in &metric.samples {
            let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(text, "pellucid_{}{labels} {value}", metric.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_follow_the_text_format() {
        let metric = Metric {
            name: "jobs",
            help: "Jobs by state.",
            kind: "gauge",
            samples: vec![(vec![("state", "dead".to_owned())], 2.0)],
        };
        let expected =
            "# HELP pellucid_jobs Jobs by state.\n# TYPE pellucid_jobs gauge\npellucid_jobs{state=\"dead\"} 2\n";
        assert_eq!(exposition(&[metric]), expected);
    }
}
