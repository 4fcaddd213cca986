use std::sync::Arc;
use std::time::Duration;

use pellucid_core::EvaluationId;
use pellucid_store::{Blobs, Claim, JobState, NewEvaluation, Records};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::{Inspection, InspectionRequest, PipelineError, Toolbox, inspect, maps_to_bytes};

/// How a worker behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerOptions {
    /// Name that claims carry.
    pub name: String,
    /// How long a claim holds without a sign of life.
    pub lease: Duration,
    /// How long an idle worker sleeps unless it is woken.
    pub idle: Duration,
    /// How long a failed job waits before its next try.
    pub backoff: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            lease: Duration::from_secs(60),
            idle: Duration::from_millis(500),
            backoff: Duration::from_secs(2),
        }
    }
}

/// Wakes workers when there is work and waiters when there is a result. Nothing depends on it but speed: the truth is in
/// the store.
#[derive(Debug, Default)]
pub struct Bell {
    /// Rung when a job was ordered.
    pub work: Notify,
    /// Rung when a job was finished.
    pub done: Notify,
}

/// Works off jobs until `stop` turns true; a job that was begun is finished first. When the store cannot be asked for work
/// the error is logged and the store asked again.
pub async fn work(
    records: Arc<dyn Records>,
    blobs: Arc<dyn Blobs>,
    toolbox: Toolbox,
    options: WorkerOptions,
    bell: Arc<Bell>,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        match work_once(&*records, &*blobs, &toolbox, &options).await {
            Ok(true) => {
                bell.done.notify_waiters();
                continue;
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, worker = options.name, "working off jobs");
            }
        }
        tokio::select! {
            () = bell.work.notified() => {}
            () = tokio::time::sleep(options.idle) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Claims one job and works it off. Returns whether there was one.
///
/// # Errors
/// The store fails; a job that fails is recorded as failed and is no error here.
pub async fn work_once(
    records: &dyn Records,
    blobs: &dyn Blobs,
    toolbox: &Toolbox,
    options: &WorkerOptions,
) -> Result<bool, PipelineError> {
    let claim = records.claim_job(&options.name, options.lease).await.map_err(PipelineError::store("claiming"))?;
    let Some(claim) = claim else { return Ok(false) };
    let result = {
        let inspecting = inspect_job(records, blobs, toolbox, &claim);
        tokio::pin!(inspecting);
        loop {
            tokio::select! {
                result = &mut inspecting => break result,
                () = tokio::time::sleep(options.lease / 3) => {
                    // A lost lease shows at the end, where the fencing token decides; until then the work goes on.
                    if let Err(error) = records.extend_lease(&claim, options.lease).await {
                        tracing::warn!(error = &error as &dyn std::error::Error, job = %claim.job.id, "extending a lease");
                    }
                }
            }
        }
    };
    match result {
        Ok(evaluation) => {
            records.complete_job(&claim, evaluation).await.map_err(PipelineError::store("storing the evaluation"))?;
        }
        Err(error) => {
            let retry = error.is_worth_a_retry().then_some(options.backoff * claim.job.attempts.max(1));
            let state = records
                .fail_job(&claim, &chain(&error), retry)
                .await
                .map_err(PipelineError::store("recording a failed try"))?;
            let is_dead = state == JobState::Dead;
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                job = %claim.job.id,
                scan = %claim.job.scan,
                is_dead,
                "an inspection failed"
            );
        }
    }
    Ok(true)
}

async fn inspect_job(
    records: &dyn Records,
    blobs: &dyn Blobs,
    toolbox: &Toolbox,
    claim: &Claim,
) -> Result<NewEvaluation, PipelineError> {
    let job = &claim.job;
    let scan = records.scan(job.scan).await.map_err(PipelineError::store("reading the scan"))?;
    let declared = records
        .declaration_version(&job.declaration_no, &job.declaration_version)
        .await
        .map_err(PipelineError::store("reading the declaration"))?;
    let file = blobs.get(&scan.sha256).await.map_err(PipelineError::store("reading the file"))?;
    // The scan's own time, not the worker's: a later try must give the same answer.
    let request = InspectionRequest { now: scan.received_at, ..InspectionRequest::default() };
    let tools = toolbox.clone();
    let inspection: Inspection =
        tokio::task::spawn_blocking(move || inspect(&tools, &file, &declared.declaration, &request))
            .await
            .map_err(PipelineError::Task)??;
    let maps = maps_to_bytes(&inspection.maps)?;
    let maps = blobs.put(&maps).await.map_err(PipelineError::store("storing the overlays"))?;
    Ok(NewEvaluation { id: EvaluationId(Uuid::now_v7()), evaluation: inspection.evaluation, maps: Some(maps) })
}

/// An error and its causes in one line, as an operator reads it in the list of jobs.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
