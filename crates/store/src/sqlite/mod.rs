//! Records in SQLite: WAL, `synchronous=FULL`, foreign keys, STRICT tables, one writer.

mod audit;
mod declarations;
mod evaluations;
mod events;
mod jobs;
mod requests;
mod scans;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use pellucid_core::{Declaration, EvaluationId, JobId, ScanId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};

use crate::{
    AnswerFor, AuditCheck, Claim, DeclarationRecord, DeclarationStored, EvaluationRecord, EventRecord, JobCounts,
    JobRecord, JobState, NewEvaluation, NewScan, Ordered, Page, Records, RequestKey, RequestState, ScanOrder,
    ScanRecord, StoreError, StoredAnswer,
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections that only read.
const READERS: u32 = 4;
/// How long a connection waits for another process's lock.
const BUSY: Duration = Duration::from_secs(10);

/// The database file and its connections.
#[derive(Debug, Clone)]
pub struct SqliteRecords {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteRecords {
    /// Opens a database file, makes it if it is absent and brings it to this version.
    ///
    /// # Errors
    /// When the file cannot be opened or was written by a later version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::File {
                action: "making the folder",
                path: folder.to_path_buf(),
                source,
            })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY)
            .connect_with(options.clone())
            .await
            .map_err(database("opening a file"))?;
        MIGRATIONS.run(&writer).await.map_err(StoreError::Migrate)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .connect_with(options.pragma("query_only", "on"))
            .await
            .map_err(database("opening a file"))?;
        Ok(Self { writer, readers })
    }

    /// A transaction that holds the write lock from its start, so that it never fails half way for want of it.
    async fn begin(&self) -> Result<Transaction<'_, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(database("beginning a transaction"))
    }
}

async fn commit(transaction: Transaction<'_, Sqlite>) -> Result<(), StoreError> {
    transaction.commit().await.map_err(database("committing"))
}

fn database(action: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { action, source }
}

/// A missing row becomes "does not exist".
fn missing(action: &'static str, what: &'static str, id: impl ToString) -> impl FnOnce(sqlx::Error) -> StoreError {
    let id = id.to_string();
    move |source| match source {
        sqlx::Error::RowNotFound => StoreError::NotFound { what, id },
        source => StoreError::Database { action, source },
    }
}

fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Document { action: "writing a record", source })
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Document { action: "reading a record", source })
}

fn parse<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Value { what, value: text.to_owned() })
}

fn limit_plus_one(limit: u32) -> i64 {
    i64::from(limit) + 1
}

#[async_trait]
impl Records for SqliteRecords {
    async fn begin_request(&self, request: &RequestKey, lease: Duration) -> Result<RequestState, StoreError> {
        let mut transaction = self.begin().await?;
        let state = requests::begin(&mut transaction, request, lease).await?;
        commit(transaction).await?;
        Ok(state)
    }

    async fn finish_request(&self, request: &RequestKey, answer: &StoredAnswer) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        requests::answer(&mut transaction, request, answer, true).await?;
        commit(transaction).await
    }

    async fn abandon_request(&self, request: &RequestKey) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        requests::abandon(&mut transaction, request).await?;
        commit(transaction).await
    }

    async fn accept_scan(&self, scan: NewScan) -> Result<ScanRecord, StoreError> {
        let mut transaction = self.begin().await?;
        let record = scans::accept(&mut transaction, scan).await?;
        commit(transaction).await?;
        Ok(record)
    }

    async fn scan(&self, id: ScanId) -> Result<ScanRecord, StoreError> {
        scans::get(&mut *self.reader().await?, id).await
    }

    async fn scans(
        &self,
        order: ScanOrder,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<ScanRecord>, StoreError> {
        scans::list(&mut *self.reader().await?, order, cursor, limit).await
    }

    async fn put_declaration(
        &self,
        no: &str,
        declaration: &Declaration,
        expected: Option<&str>,
    ) -> Result<DeclarationStored, StoreError> {
        let mut transaction = self.begin().await?;
        let stored = declarations::put(&mut transaction, no, declaration, expected).await?;
        commit(transaction).await?;
        Ok(stored)
    }

    async fn declaration(&self, no: &str) -> Result<DeclarationRecord, StoreError> {
        declarations::in_force(&mut *self.reader().await?, no).await
    }

    async fn declaration_version(&self, no: &str, version: &str) -> Result<DeclarationRecord, StoreError> {
        declarations::version(&mut *self.reader().await?, no, version).await
    }

    async fn declare_scan(
        &self,
        scan: ScanId,
        no: &str,
        declaration: Option<&Declaration>,
    ) -> Result<Ordered, StoreError> {
        let mut transaction = self.begin().await?;
        let ordered = scans::declare(&mut transaction, scan, no, declaration).await?;
        commit(transaction).await?;
        Ok(ordered)
    }

    async fn order_inspection(
        &self,
        scan: ScanId,
        request: Option<(&RequestKey, AnswerFor<'_>)>,
    ) -> Result<Ordered, StoreError> {
        let mut transaction = self.begin().await?;
        let ordered = scans::order(&mut transaction, scan).await?;
        if let Some((request, answer)) = request {
            let answer = answer(&ordered).map_err(StoreError::Answer)?;
            requests::answer(&mut transaction, request, &answer, false).await?;
        }
        commit(transaction).await?;
        Ok(ordered)
    }

    async fn claim_job(&self, worker: &str, lease: Duration) -> Result<Option<Claim>, StoreError> {
        // An idle worker asks often: the write lock is taken only when there is something to claim.
        if !jobs::is_any_claimable(&mut *self.reader().await?).await? {
            return Ok(None);
        }
        let mut transaction = self.begin().await?;
        let claim = jobs::claim(&mut transaction, worker, lease).await?;
        commit(transaction).await?;
        Ok(claim)
    }

    async fn extend_lease(&self, claim: &Claim, lease: Duration) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        jobs::extend(&mut transaction, claim, lease).await?;
        commit(transaction).await
    }

    async fn complete_job(&self, claim: &Claim, result: NewEvaluation) -> Result<EvaluationRecord, StoreError> {
        let mut transaction = self.begin().await?;
        let record = jobs::complete(&mut transaction, claim, result).await?;
        commit(transaction).await?;
        Ok(record)
    }

    async fn fail_job(&self, claim: &Claim, error: &str, retry: Option<Duration>) -> Result<JobState, StoreError> {
        let mut transaction = self.begin().await?;
        let state = jobs::fail(&mut transaction, claim, error, retry).await?;
        commit(transaction).await?;
        Ok(state)
    }

    async fn job(&self, id: JobId) -> Result<JobRecord, StoreError> {
        jobs::get(&mut *self.reader().await?, id).await
    }

    async fn jobs(
        &self,
        state: Option<JobState>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<JobRecord>, StoreError> {
        jobs::list(&mut *self.reader().await?, state, cursor, limit).await
    }

    async fn job_counts(&self) -> Result<JobCounts, StoreError> {
        jobs::counts(&mut *self.reader().await?).await
    }

    async fn evaluation(&self, id: EvaluationId) -> Result<EvaluationRecord, StoreError> {
        evaluations::get(&mut *self.reader().await?, id).await
    }

    async fn evaluations(&self, scan: ScanId) -> Result<Vec<EvaluationRecord>, StoreError> {
        evaluations::of_scan(&mut *self.reader().await?, scan).await
    }

    async fn events(&self, after: i64, limit: u32) -> Result<Vec<EventRecord>, StoreError> {
        events::after(&mut *self.reader().await?, after, limit).await
    }

    async fn check_audit(&self) -> Result<AuditCheck, StoreError> {
        audit::check(&mut *self.reader().await?).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.readers).await.map_err(database("asking for an answer"))?;
        Ok(())
    }
}

impl SqliteRecords {
    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, StoreError> {
        self.readers.acquire().await.map_err(database("waiting for a connection"))
    }
}

/// What every statement runs on.
type Connection = SqliteConnection;

#[cfg(test)]
mod tests;
