use pellucid_core::{BlobHash, ContainerRead, Declaration, Evaluation, EvaluationId, Grade, JobId, Lane, ScanId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// sha256 of a declaration in canonical form (its own JSON, keys in the order of the vocabulary).
///
/// # Errors
/// When the document cannot be written as JSON.
pub fn declaration_version(declaration: &Declaration) -> Result<String, StoreError> {
    let action = "hashing a declaration";
    let bytes = serde_json::to_vec(declaration).map_err(|source| StoreError::Document { action, source })?;
    Ok(hex::encode(Sha256::digest(&bytes)))
}

/// The number under which a declaration is kept: its own, or else that of its first container.
pub fn declaration_no(declaration: &Declaration) -> String {
    let container = || declaration.containers.first().map(|container| container.id.to_string());
    declaration.number.clone().or_else(container).unwrap_or_default()
}

/// One projection, as decoding found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewFacts {
    /// Name given by the scanner.
    pub name: String,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Names of the bands.
    pub bands: Vec<String>,
}

/// What decoding found in a scan file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanFacts {
    /// What the pixels are.
    pub grade: Grade,
    /// Projections.
    pub views: Vec<ViewFacts>,
    /// When it was taken, RFC 3339, if the file says so.
    pub acquired_at: Option<String>,
    /// Maker and model, if the file says so.
    pub scanner: Option<String>,
    /// Site, if the file says so.
    pub site: Option<String>,
    /// Lane, if the file says so.
    pub lane: Option<String>,
    /// Container numbers read at the lane.
    pub containers_read: Vec<ContainerRead>,
    /// Survivable damage.
    pub warnings: Vec<String>,
}

/// Where a scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanState {
    /// An inspection against the declaration in force is under way.
    Received,
    /// Evaluated against the declaration in force.
    Ready,
    /// The inspection failed for good.
    Failed,
}

impl ScanState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        [Self::Received, Self::Ready, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| StoreError::Value { what: "scan state", value: text.to_owned() })
    }
}

/// A creating request as a caller named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The caller's key.
    pub key: String,
    /// sha256 of what was asked.
    pub fingerprint: String,
}

/// An answer kept for replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Status.
    pub status: u16,
    /// Location.
    pub location: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}

/// What is known of a request's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestState {
    /// It is new, or was abandoned: it is now ours.
    Fresh,
    /// It was answered, or its answer is known and its handler died.
    Answered(StoredAnswer),
    /// Its handler still runs.
    Running,
    /// It was used for something else.
    OtherContent,
}

/// A scan that is to be accepted; the blob is durable already.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScan {
    /// Its id.
    pub id: ScanId,
    /// Id of the inspection that is ordered with it.
    pub job: JobId,
    /// Name of its file among the blobs.
    pub sha256: BlobHash,
    /// Bytes of the file.
    pub bytes: u64,
    /// Name of the file as sent.
    pub file_name: Option<String>,
    /// What decoding found.
    pub facts: ScanFacts,
    /// Its declaration.
    pub declaration: Declaration,
    /// Request and answer to remember in the same transaction.
    pub request: Option<(RequestKey, StoredAnswer)>,
}

/// A stored scan.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanRecord {
    /// Place in the order of arrival.
    pub seq: i64,
    /// Its id.
    pub id: ScanId,
    /// Name of its file among the blobs.
    pub sha256: BlobHash,
    /// Bytes of the file.
    pub bytes: u64,
    /// Name of the file as sent.
    pub file_name: Option<String>,
    /// What decoding found.
    pub facts: ScanFacts,
    /// Where it stands.
    pub state: ScanState,
    /// Place in the order of risk: larger is worse.
    pub risk_rank: f64,
    /// When it came.
    pub received_at: String,
    /// The declaration in force.
    pub declaration: DeclarationRecord,
    /// The newest evaluation against the declaration in force; an older one until that is made.
    pub latest_evaluation: Option<EvaluationRecord>,
}

/// A version of a declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclarationRecord {
    /// Its number.
    pub no: String,
    /// Its content's sha256.
    pub version: String,
    /// Count of versions up to this one.
    pub revision: u32,
    /// When it came.
    pub created_at: String,
    /// The document.
    pub declaration: Declaration,
}

/// What storing a declaration did.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclarationStored {
    /// The version in force.
    pub record: DeclarationRecord,
    /// Whether the number was new.
    pub is_created: bool,
    /// Inspections ordered.
    pub jobs: Vec<JobId>,
}

/// A result that is to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvaluation {
    /// Its id.
    pub id: EvaluationId,
    /// The evaluation.
    pub evaluation: Evaluation,
    /// Name of its overlays among the blobs, if any.
    pub maps: Option<BlobHash>,
}

impl NewEvaluation {
    /// One value for everything that judges: models, library, plan. Part of the unique key.
    pub(crate) fn models_key(&self) -> String {
        let versions = &self.evaluation.versions;
        let mut hash = Sha256::new();
        for (name, sha256) in &versions.models {
            hash.update(format!("{name}={sha256}\n"));
        }
        hash.update(format!("library={}\nplan={}\n", versions.library, versions.plan));
        hex::encode(hash.finalize())
    }

    /// Worst first: lane before score.
    pub(crate) fn risk_rank(&self) -> f64 {
        let lane = match self.evaluation.lane {
            Lane::Green => 1_000.0,
            Lane::Yellow => 2_000.0,
            Lane::Red => 3_000.0,
        };
        lane + self.evaluation.risk_score
    }
}

/// Rank of a scan whose inspection failed: after the red ones, before everything that a machine could judge.
pub(crate) const FAILED_RANK: f64 = 2_900.0;

/// A stored evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationRecord {
    /// Its id.
    pub id: EvaluationId,
    /// The scan.
    pub scan: ScanId,
    /// Number of the declaration.
    pub declaration_no: String,
    /// When it was stored.
    pub created_at: String,
    /// The evaluation.
    pub evaluation: Evaluation,
    /// Name of its overlays among the blobs, if any.
    pub maps: Option<BlobHash>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waiting.
    Queued,
    /// Claimed.
    Running,
    /// Its result is stored.
    Done,
    /// Given up.
    Dead,
}

impl JobState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Queued, Self::Running, Self::Done, Self::Dead];

    /// Name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.iter().copied().find(|state| state.as_str() == text);
        known.ok_or_else(|| StoreError::Value { what: "job state", value: text.to_owned() })
    }
}

/// A piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// Place in the order of arrival.
    pub seq: i64,
    /// Its id.
    pub id: JobId,
    /// What is to be done: `inspect`.
    pub kind: String,
    /// The scan.
    pub scan: ScanId,
    /// Number of the declaration.
    pub declaration_no: String,
    /// Version of the declaration.
    pub declaration_version: String,
    /// Where it stands.
    pub state: JobState,
    /// Tries begun.
    pub attempts: u32,
    /// The evaluation it made.
    pub evaluation: Option<EvaluationId>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// When it was ordered.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// Jobs per state.
pub type JobCounts = Vec<(JobState, u64)>;

/// A job held by a worker until its lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The job, this try counted.
    pub job: JobRecord,
    /// Fencing token: a later claim has a larger one, and only the largest may finish the job.
    pub fence: i64,
    /// Whether no further try follows if this one fails.
    pub is_last: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// Place in the log, from 1.
    pub seq: i64,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: String,
    /// The scan concerned.
    pub scan: Option<ScanId>,
    /// The evaluation concerned.
    pub evaluation: Option<EvaluationId>,
    /// Small facts.
    pub data: serde_json::Map<String, serde_json::Value>,
}

/// Result of checking the chain of audit records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCheck {
    /// Records read.
    pub records: u64,
    /// Number of the first record that does not fit the chain, if any.
    pub broken_at: Option<i64>,
}
