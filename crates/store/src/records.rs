use std::time::Duration;

use async_trait::async_trait;
use pellucid_core::{Declaration, EvaluationId, JobId, ScanId};

use crate::{
    AuditCheck, Claim, DeclarationRecord, DeclarationStored, EvaluationRecord, EventRecord, JobCounts, JobRecord,
    JobState, NewEvaluation, NewScan, Page, RequestKey, RequestState, ScanRecord, StoreError, StoredAnswer,
};

/// Order of a list of scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanOrder {
    /// Newest first.
    Received,
    /// Worst first.
    Risk,
}

/// An inspection that was ordered of a stored scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Ordered {
    /// The job.
    pub job: JobRecord,
    /// The scan after the order.
    pub scan: ScanRecord,
}

/// Makes the answer to a creating request once the ids are known, so that both are stored in one transaction.
pub type AnswerFor<'a> =
    &'a (dyn Fn(&Ordered) -> Result<StoredAnswer, Box<dyn std::error::Error + Send + Sync>> + Send + Sync);

/// The database: one truth, every change in one transaction, evaluations, events and audit records append-only.
#[async_trait]
pub trait Records: Send + Sync {
    /// Marks a creating request as running for `lease`, or says what became of it. A handler that died leaves its
    /// key free after the lease, or answered if its transaction was committed.
    async fn begin_request(&self, request: &RequestKey, lease: Duration) -> Result<RequestState, StoreError>;
    /// Stores the final answer of a running request.
    async fn finish_request(&self, request: &RequestKey, answer: &StoredAnswer) -> Result<(), StoreError>;
    /// Frees the key of a request that created nothing.
    async fn abandon_request(&self, request: &RequestKey) -> Result<(), StoreError>;

    /// Accepts a scan: declaration version, scan, inspection job, event, audit record and the request's answer in one
    /// transaction.
    async fn accept_scan(&self, scan: NewScan) -> Result<ScanRecord, StoreError>;
    /// One scan with the declaration in force and its newest evaluation.
    async fn scan(&self, id: ScanId) -> Result<ScanRecord, StoreError>;
    /// Scans in an order, from a cursor, `limit` at most.
    async fn scans(&self, order: ScanOrder, cursor: Option<&str>, limit: u32)
    -> Result<Page<ScanRecord>, StoreError>;

    /// Stores a declaration; a new version orders an inspection of each scan held against it. `expected` is the
    /// version that the caller means to replace.
    async fn put_declaration(
        &self,
        no: &str,
        declaration: &Declaration,
        expected: Option<&str>,
    ) -> Result<DeclarationStored, StoreError>;
    /// The version in force.
    async fn declaration(&self, no: &str) -> Result<DeclarationRecord, StoreError>;
    /// A version by its hash.
    async fn declaration_version(&self, no: &str, version: &str) -> Result<DeclarationRecord, StoreError>;
    /// Holds a scan against a declaration, stored first when given, and orders an inspection.
    async fn declare_scan(
        &self,
        scan: ScanId,
        no: &str,
        declaration: Option<&Declaration>,
    ) -> Result<Ordered, StoreError>;
    /// Orders an inspection of a stored scan and remembers the request's answer in the same transaction.
    async fn order_inspection(
        &self,
        scan: ScanId,
        request: Option<(&RequestKey, AnswerFor<'_>)>,
    ) -> Result<Ordered, StoreError>;

    /// Claims the oldest job that waits or whose lease has ended. The try is counted before the work begins; a job
    /// whose third try was lost with its worker becomes a dead letter here.
    async fn claim_job(&self, worker: &str, lease: Duration) -> Result<Option<Claim>, StoreError>;
    /// Prolongs a lease.
    async fn extend_lease(&self, claim: &Claim, lease: Duration) -> Result<(), StoreError>;
    /// Stores a result: evaluation, event, audit record and the finished job in one transaction. When the same
    /// evaluation (scan, declaration version, models, policy) is there already, that one counts and is returned.
    async fn complete_job(&self, claim: &Claim, result: NewEvaluation) -> Result<EvaluationRecord, StoreError>;
    /// Records a failed try: queued again after `delay`, or a dead letter when it was the last or may not be retried.
    async fn fail_job(&self, claim: &Claim, error: &str, retry: Option<Duration>) -> Result<JobState, StoreError>;
    /// One job.
    async fn job(&self, id: JobId) -> Result<JobRecord, StoreError>;
    /// Jobs, newest first.
    async fn jobs(
        &self,
        state: Option<JobState>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<JobRecord>, StoreError>;
    /// Jobs per state.
    async fn job_counts(&self) -> Result<JobCounts, StoreError>;

    /// One evaluation.
    async fn evaluation(&self, id: EvaluationId) -> Result<EvaluationRecord, StoreError>;
    /// Evaluations of a scan, newest first.
    async fn evaluations(&self, scan: ScanId) -> Result<Vec<EvaluationRecord>, StoreError>;

    /// Events after a place in the log, oldest first.
    async fn events(&self, after: i64, limit: u32) -> Result<Vec<EventRecord>, StoreError>;
    /// Recomputes the chain of audit records.
    async fn check_audit(&self) -> Result<AuditCheck, StoreError>;
    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
}
