use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pellucid_core::{MapKind, Preset, ScanId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::extract::{ApiPath, ApiQuery};
use crate::router::ApiState;
use crate::wire::MapDocument;
use crate::{ApiError, Fault, MapQuery, Picture, Problem, RenderQuery};

/// A PNG file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "documents the body")]
pub(crate) struct PngFile(Vec<u8>);

/// Picture formats.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PictureFormat {
    /// PNG.
    #[default]
    Png,
}

/// Query of a render.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenderParams {
    /// How it is drawn; `grey` when absent.
    preset: Option<Preset>,
    /// File format.
    #[serde(default)]
    #[param(inline)]
    format: PictureFormat,
    /// Columns at most; the picture is reduced by whole factors to fit.
    max_width: Option<u32>,
}

/// A view as a picture.
#[utoipa::path(
    get, path = "/scans/{id}/views/{view}/render", tag = "pixels",
    params(("id" = ScanId, Path, description = "Scan"), ("view" = u16, Path, description = "Index of the view"), RenderParams),
    responses(
        (status = 200, description = "The picture", body = PngFile, content_type = "image/png", headers(("ETag" = String))),
        (status = 304, description = "Unchanged"),
        (status = 404, description = "No such scan or view", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The view cannot be drawn with this preset", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_render(
    State(state): State<ApiState>,
    ApiPath((scan, view)): ApiPath<(ScanId, u16)>,
    ApiQuery(params): ApiQuery<RenderParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let PictureFormat::Png = params.format;
    if params.max_width == Some(0) {
        return Err(ApiError::request(Fault::field("max_width", "must be at least 1").limit(1).value(0)));
    }
    let preset = params.preset.unwrap_or(Preset::Grey);
    let query = RenderQuery { scan, view, preset, max_width: params.max_width };
    Ok(picture(state.service.render(query).await?, &headers))
}

/// Formats of an overlay.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MapFormat {
    /// Values on a grid.
    #[default]
    Json,
    /// A transparent picture that fits over the view.
    Png,
}

/// Query of an overlay.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct MapParams {
    /// `json` (values) or `png` (a transparent picture with the view's aspect).
    #[serde(default)]
    #[param(inline)]
    format: MapFormat,
}

/// An overlay of the newest evaluation.
#[utoipa::path(
    get, path = "/scans/{id}/views/{view}/maps/{kind}", tag = "pixels",
    params(
        ("id" = ScanId, Path, description = "Scan"), ("view" = u16, Path, description = "Index of the view"),
        ("kind" = MapKind, Path, description = "What it shows"), MapParams,
    ),
    responses(
        (status = 200, description = "The overlay", content((MapDocument = "application/json"), (PngFile = "image/png"))),
        (status = 404, description = "No such scan, view or overlay", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_map(
    State(state): State<ApiState>,
    ApiPath((scan, view, kind)): ApiPath<(ScanId, u16, MapKind)>,
    ApiQuery(params): ApiQuery<MapParams>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let query = MapQuery { scan, view, kind };
    match params.format {
        MapFormat::Json => Ok(Json(state.service.map(query).await?).into_response()),
        MapFormat::Png => Ok(picture(state.service.map_picture(query).await?, &headers)),
    }
}

fn picture(picture: Picture, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", picture.etag);
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = picture.png.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
        response
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
