use axum::Json;
use axum::extract::State;
use pellucid_core::ScanId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::page_limit;
use crate::extract::{ApiPath, ApiQuery};
use crate::router::ApiState;
use crate::wire::{EvaluationList, ScanDetail, ScanPage};
use crate::{ApiError, Problem, ScanQuery, ScanSort};

/// Order of the list.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SortParam {
    /// Newest first.
    #[default]
    Received,
    /// Worst first.
    Risk,
}

/// Query of the list of scans.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScanParams {
    /// Order: `received` (newest first) or `risk` (worst first).
    #[serde(default)]
    #[param(inline)]
    sort: SortParam,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// Rows at most, 1 to 500; 50 when absent.
    limit: Option<u32>,
}

/// Lists scans.
#[utoipa::path(
    get, path = "/scans", tag = "scans", params(ScanParams),
    responses(
        (status = 200, description = "One page", body = ScanPage),
        (status = 400, description = "Malformed query", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_scans(
    State(state): State<ApiState>,
    ApiQuery(params): ApiQuery<ScanParams>,
) -> Result<Json<ScanPage>, ApiError> {
    let sort = match params.sort {
        SortParam::Received => ScanSort::Received,
        SortParam::Risk => ScanSort::Risk,
    };
    let query = ScanQuery { sort, cursor: params.cursor, limit: page_limit(params.limit)? };
    Ok(Json(state.service.scans(query).await?))
}

/// One scan with its declaration and newest evaluation.
#[utoipa::path(
    get, path = "/scans/{id}", tag = "scans", params(("id" = ScanId, Path, description = "Scan")),
    responses(
        (status = 200, description = "The scan", body = ScanDetail),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_scan(
    State(state): State<ApiState>,
    ApiPath(id): ApiPath<ScanId>,
) -> Result<Json<ScanDetail>, ApiError> {
    Ok(Json(state.service.scan(id).await?))
}

/// Every evaluation of a scan, newest first.
#[utoipa::path(
    get, path = "/scans/{id}/evaluations", tag = "scans", params(("id" = ScanId, Path, description = "Scan")),
    responses(
        (status = 200, description = "The evaluations", body = EvaluationList),
        (status = 404, description = "No such scan", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_scan_evaluations(
    State(state): State<ApiState>,
    ApiPath(id): ApiPath<ScanId>,
) -> Result<Json<EvaluationList>, ApiError> {
    Ok(Json(state.service.evaluations(id).await?))
}
