use pellucid_core::{JobId, ScanId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker.
    Queued,
    /// Held by a worker until its lease ends.
    Running,
    /// Its result is stored.
    Done,
    /// Failed too often; a person looks.
    Dead,
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done: `inspect`.
    pub kind: String,
    /// The scan concerned.
    pub scan: ScanId,
    /// Where it stands.
    pub state: JobState,
    /// Tries begun.
    pub attempts: u32,
    /// Why the last try failed, in words fit for an operator.
    pub error: Option<String>,
    /// When it was ordered, RFC 3339 UTC.
    pub created_at: String,
    /// When it last changed, RFC 3339 UTC.
    pub updated_at: String,
}

/// Jobs, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobPage {
    /// The jobs.
    pub items: Vec<Job>,
    /// Jobs in each state over the whole store.
    pub counts: std::collections::BTreeMap<String, u64>,
    /// Where the next page begins; absent on the last.
    pub next: Option<String>,
}
