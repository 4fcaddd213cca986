use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use pellucid_core::{Declaration, EvaluationId, JobId, MapKind, Preset, ScanId};

use crate::wire::{
    EvaluationList, EventPage, JobPage, JobState, MapDocument, Metric, Readiness, ScanDetail, ScanPage, ScanReceived,
    StoredDeclaration, StoredEvaluation,
};
use crate::{Answer, ApiError, Begun, IdempotentRequest};

/// A scan with its declaration, as it came.
#[derive(Debug, Clone)]
pub struct ScanIntake {
    /// The file.
    pub scan: Bytes,
    /// Its name as sent, if any.
    pub file_name: Option<String>,
    /// The validated declaration.
    pub declaration: Declaration,
    /// The request, whose answer is stored in the same transaction as the scan.
    pub request: IdempotentRequest,
}

/// An evaluation of a stored scan that is to be stored.
#[derive(Debug, Clone)]
pub struct EvaluationOrder {
    /// The scan.
    pub scan: ScanId,
    /// The request, whose answer is stored in the same transaction as the order.
    pub request: IdempotentRequest,
}

/// How far an evaluation that was waited for has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Awaited {
    /// It is stored.
    Ready(Box<StoredEvaluation>),
    /// Not yet, or never: the scan's state tells.
    Pending,
}

/// Order of a list of scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScanSort {
    /// Newest first.
    #[default]
    Received,
    /// Worst first: lane, then score.
    Risk,
}

/// Which scans to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScanQuery {
    /// Order.
    pub sort: ScanSort,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Which events to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventQuery {
    /// After this cursor; from the beginning when absent.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// Which jobs to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobQuery {
    /// Only those in this state.
    pub state: Option<JobState>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// What picture to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderQuery {
    /// The scan.
    pub scan: ScanId,
    /// Index of the view.
    pub view: u16,
    /// How it is drawn.
    pub preset: Preset,
    /// Columns at most; the picture is reduced by whole factors.
    pub max_width: Option<u32>,
}

/// Which overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapQuery {
    /// The scan.
    pub scan: ScanId,
    /// Index of the view.
    pub view: u16,
    /// What it shows.
    pub kind: MapKind,
}

/// A PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub png: Vec<u8>,
    /// Names this content; the same as long as the picture is.
    pub etag: String,
}

/// What storing a declaration did.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclarationPut {
    /// The version in force.
    pub stored: StoredDeclaration,
    /// Whether the number was new.
    pub is_created: bool,
    /// Inspections ordered because the version is new.
    pub jobs: Vec<JobId>,
}

/// What stands behind the router. Compiles without an implementation; tests use a stub.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Marks a creating request as running, or says what became of it.
    async fn begin_request(&self, request: &IdempotentRequest) -> Result<Begun, ApiError>;
    /// Stores its answer.
    async fn finish_request(&self, request: &IdempotentRequest, answer: &Answer) -> Result<(), ApiError>;
    /// Forgets it: nothing was created.
    async fn abandon_request(&self, request: &IdempotentRequest) -> Result<(), ApiError>;

    /// Stores a scan and its declaration durably and orders an inspection.
    async fn receive_scan(&self, intake: ScanIntake) -> Result<ScanReceived, ApiError>;
    /// Waits for the evaluation that a job makes, at most `limit`.
    async fn await_evaluation(&self, job: JobId, limit: Duration) -> Result<Awaited, ApiError>;
    /// Lists scans.
    async fn scans(&self, query: ScanQuery) -> Result<ScanPage, ApiError>;
    /// One scan.
    async fn scan(&self, id: ScanId) -> Result<ScanDetail, ApiError>;

    /// Orders an inspection of a stored scan.
    async fn order_evaluation(&self, order: EvaluationOrder) -> Result<ScanReceived, ApiError>;
    /// Evaluates a stored scan at once and stores nothing.
    async fn dry_run(&self, scan: ScanId, declaration: Option<Declaration>) -> Result<StoredEvaluation, ApiError>;
    /// Evaluations of a scan, newest first.
    async fn evaluations(&self, scan: ScanId) -> Result<EvaluationList, ApiError>;
    /// One evaluation.
    async fn evaluation(&self, id: EvaluationId) -> Result<StoredEvaluation, ApiError>;

    /// Draws a view.
    async fn render(&self, query: RenderQuery) -> Result<Picture, ApiError>;
    /// Values of an overlay.
    async fn map(&self, query: MapQuery) -> Result<MapDocument, ApiError>;
    /// The same overlay as a transparent picture of the view.
    async fn map_picture(&self, query: MapQuery) -> Result<Picture, ApiError>;

    /// Stores a declaration; a new version orders an inspection of every scan that is held against it.
    async fn put_declaration(
        &self,
        no: &str,
        declaration: Declaration,
        if_match: Option<String>,
    ) -> Result<DeclarationPut, ApiError>;
    /// The version in force.
    async fn declaration(&self, no: &str) -> Result<StoredDeclaration, ApiError>;
    /// Holds a scan against a declaration, stored first when the document is given, and orders an inspection.
    async fn declare_scan(
        &self,
        scan: ScanId,
        no: &str,
        declaration: Option<Declaration>,
    ) -> Result<ScanReceived, ApiError>;

    /// The event log.
    async fn events(&self, query: EventQuery) -> Result<EventPage, ApiError>;
    /// The work list.
    async fn jobs(&self, query: JobQuery) -> Result<JobPage, ApiError>;
    /// Whether scans can be taken in and evaluated.
    async fn readiness(&self) -> Readiness;
    /// Numbers for `/metrics`.
    async fn metrics(&self) -> Result<Vec<Metric>, ApiError>;
}
