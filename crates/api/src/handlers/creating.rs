use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};

use crate::extract::preference_applied;
use crate::wire::ScanReceived;
use crate::{Answer, ApiError, Awaited, Begun, IdempotentRequest, Service};

/// Runs a creating request once per key.
///
/// The work goes on in its own task when the caller hangs up: what was begun is finished and answered later.
pub(crate) async fn once<F>(
    service: Arc<dyn Service>,
    request: IdempotentRequest,
    wait: Option<Duration>,
    create: F,
) -> Result<Response, ApiError>
where
    F: Future<Output = Result<ScanReceived, ApiError>> + Send + 'static,
{
    match service.begin_request(&request).await? {
        Begun::Replay(answer) => return Ok(replayed(answer)),
        Begun::InProgress => return Err(ApiError::InProgress { key: request.key }),
        Begun::OtherBody => return Err(ApiError::KeyReused { key: request.key }),
        Begun::Fresh => {}
    }
    let task = tokio::spawn(async move {
        let received = match create.await {
            Ok(received) => received,
            Err(error) => {
                service.abandon_request(&request).await?;
                return Err(error);
            }
        };
        let answer = answer(&*service, &received, wait).await?;
        service.finish_request(&request, &answer).await?;
        Ok(answer)
    });
    let answer = task.await.map_err(ApiError::internal)??;
    let is_waited = answer.status == 200;
    let mut response = answer.into_response();
    if let Some(value) = wait.filter(|_| is_waited).and_then(preference_applied) {
        response.headers_mut().insert("preference-applied", value);
    }
    Ok(response)
}

/// 200 with the evaluation when it came in time, else 202.
pub(crate) async fn answer(
    service: &dyn Service,
    received: &ScanReceived,
    wait: Option<Duration>,
) -> Result<Answer, ApiError> {
    if let Some(limit) = wait
        && let Awaited::Ready(evaluation) = service.await_evaluation(received.job, limit).await?
    {
        let location = format!("/api/v1/scans/{}", received.scan);
        return Answer::json(200, Some(location), &evaluation);
    }
    Answer::accepted(received)
}

fn replayed(answer: Answer) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert("idempotency-replayed", axum::http::HeaderValue::from_static("true"));
    response
}
