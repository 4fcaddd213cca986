use pellucid_core::{BlobHash, Declaration, Grade, JobId, ScanId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EvaluationSummary, StoredEvaluation};

/// Where a scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScanState {
    /// Stored; the evaluation of its declaration's newest version is under way.
    Received,
    /// Evaluated.
    Ready,
    /// The inspection failed for good; a person looks.
    Failed,
}

/// The answer to intake: the scan is stored durably and its inspection ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanReceived {
    /// The scan's id.
    pub scan: ScanId,
    /// The inspection that was ordered.
    pub job: JobId,
    /// Number under which the declaration is kept.
    pub declaration_no: String,
    /// Version of the declaration that is being evaluated.
    pub declaration_version: String,
    /// sha256 of the scan file as stored.
    pub sha256: BlobHash,
    /// Survivable damage found while reading the file.
    pub warnings: Vec<String>,
}

/// One projection of a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ViewSummary {
    /// Name given by the scanner.
    pub name: String,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bands: `high`, `low` or `grey`.
    pub bands: Vec<String>,
}

/// A scan in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanSummary {
    /// Its id.
    pub id: ScanId,
    /// Where it stands.
    pub state: ScanState,
    /// When it came, RFC 3339 UTC.
    pub received_at: String,
    /// When it was taken, RFC 3339, if the file says so.
    pub acquired_at: Option<String>,
    /// File name as sent, if any.
    pub file_name: Option<String>,
    /// What its pixels are.
    pub grade: Grade,
    /// Site, if the file says so.
    pub site: Option<String>,
    /// Lane of the site, if the file says so.
    pub site_lane: Option<String>,
    /// Declared container numbers.
    pub containers: Vec<String>,
    /// Number of its declaration.
    pub declaration_no: String,
    /// Goods as declared, in words: heading, name and more.
    pub declared: String,
    /// Its newest evaluation.
    pub evaluation: Option<EvaluationSummary>,
}

/// Scans in the order asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanPage {
    /// The scans.
    pub items: Vec<ScanSummary>,
    /// Where the next page begins; absent on the last.
    pub next: Option<String>,
}

/// Everything about one scan but its pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScanDetail {
    /// As in a list.
    #[serde(flatten)]
    pub summary: ScanSummary,
    /// sha256 of the file.
    pub sha256: BlobHash,
    /// Bytes of the file.
    pub bytes: u64,
    /// Survivable damage found while reading the file.
    pub warnings: Vec<String>,
    /// Its projections.
    pub views: Vec<ViewSummary>,
    /// Maker and model of the scanner, if the file says so.
    pub scanner: Option<String>,
    /// Version of the declaration in force.
    pub declaration_version: String,
    /// The declaration in force.
    pub declaration: Declaration,
    /// The newest evaluation in full.
    pub latest_evaluation: Option<StoredEvaluation>,
}
