//! Where Pellucid keeps what it must not lose: records in a database, files named by their hash.
//!
//! Adapters are chosen by URI ([`open_records`], [`open_blobs`]) and differ in nothing that [`suite`] can see. Nothing
//! here scores or speaks HTTP.

mod blobs;
mod error;
mod files;
mod page;
mod record;
mod records;
mod sqlite;
pub mod suite;
mod uri;

pub use blobs::{Blobs, blob_hash};
pub use error::StoreError;
pub use files::FileBlobs;
pub use page::Page;
pub use record::{
    AuditCheck, Claim, DeclarationRecord, DeclarationStored, EvaluationRecord, EventRecord, JobCounts, JobRecord,
    JobState, NewEvaluation, NewScan, RequestKey, RequestState, ScanFacts, ScanRecord, ScanState, StoredAnswer,
    ViewFacts, declaration_no, declaration_version,
};
pub use records::{AnswerFor, Ordered, Records, ScanOrder};
pub use sqlite::SqliteRecords;
pub use uri::{open_blobs, open_records};
