use std::time::Duration;

use pellucid_core::{JobId, ScanId};
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Connection, audit, database, evaluations, events, limit_plus_one, missing, parse};
use crate::page::{Cursor, page};
use crate::record::FAILED_RANK;
use crate::{Claim, EvaluationRecord, JobCounts, JobRecord, JobState, NewEvaluation, Page, ScanState, StoreError};

const READING: &str = "reading a job";
const CLAIMING: &str = "claiming a job";
const FINISHING: &str = "finishing a job";

/// Tries before a job is given up.
const ATTEMPTS: u32 = 3;

/// Orders an inspection of a scan against a version of a declaration.
pub(super) async fn order(
    db: &mut Connection,
    job: JobId,
    scan: ScanId,
    no: &str,
    version: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO jobs (id, kind, scan, declaration_no, declaration_version) VALUES (?, 'inspect', ?, ?, ?)",
    )
    .bind(job.to_string())
    .bind(scan.to_string())
    .bind(no)
    .bind(version)
    .execute(&mut *db)
    .await
    .map_err(database("ordering an inspection"))?;
    sqlx::query("UPDATE scans SET state = ? WHERE id = ?")
        .bind(ScanState::Received.as_str())
        .bind(scan.to_string())
        .execute(db)
        .await
        .map_err(database("ordering an inspection"))?;
    Ok(())
}

pub(super) async fn is_any_claimable(db: &mut Connection) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM jobs WHERE (state = 'queued' AND run_after <= unixepoch('subsec'))
                                              OR (state = 'running' AND lease_until < unixepoch('subsec')))",
    )
    .fetch_one(db)
    .await
    .map_err(database(CLAIMING))
}

pub(super) async fn claim(db: &mut Connection, worker: &str, lease: Duration) -> Result<Option<Claim>, StoreError> {
    bury_lost(db).await?;
    let row = sqlx::query(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, fence = fence + 1, worker = ?,
                lease_until = unixepoch('subsec') + ?, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
         WHERE seq = (SELECT seq FROM jobs WHERE (state = 'queued' AND run_after <= unixepoch('subsec'))
                                              OR (state = 'running' AND lease_until < unixepoch('subsec'))
                      ORDER BY seq LIMIT 1)
         RETURNING *",
    )
    .bind(worker)
    .bind(lease.as_secs_f64())
    .fetch_optional(db)
    .await
    .map_err(database(CLAIMING))?;
    let Some(row) = row else { return Ok(None) };
    let job = record(&row)?;
    let is_last = job.attempts >= ATTEMPTS;
    Ok(Some(Claim { job, fence: row.try_get("fence").map_err(database(CLAIMING))?, is_last }))
}

/// Jobs whose last try was lost together with its worker: the try was counted before the work, so it is not repeated.
async fn bury_lost(db: &mut Connection) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM jobs WHERE state = 'running' AND lease_until < unixepoch('subsec') AND attempts >= ?",
    )
    .bind(ATTEMPTS)
    .fetch_all(&mut *db)
    .await
    .map_err(database(CLAIMING))?;
    for row in &rows {
        bury(db, &record(row)?, "the worker was lost during the last try").await?;
    }
    Ok(())
}

async fn bury(db: &mut Connection, job: &JobRecord, error: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE jobs SET state = 'dead', error = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = ?",
    )
    .bind(error)
    .bind(job.id.to_string())
    .execute(&mut *db)
    .await
    .map_err(database(FINISHING))?;
    if is_in_force(db, job).await? {
        sqlx::query("UPDATE scans SET state = ?, risk_rank = ? WHERE id = ?")
            .bind(ScanState::Failed.as_str())
            .bind(FAILED_RANK)
            .bind(job.scan.to_string())
            .execute(&mut *db)
            .await
            .map_err(database(FINISHING))?;
    }
    let data = json!({ "job": job.id, "attempts": job.attempts });
    events::append(db, "evaluation.failed", Some(job.scan), None, &data).await?;
    events::append(db, "dead_letter.created", Some(job.scan), None, &data).await?;
    audit::append(db, "inspection.failed", &job.scan.to_string(), &data.to_string()).await
}

/// Whether a job speaks of the declaration that its scan is held against now.
async fn is_in_force(db: &mut Connection, job: &JobRecord) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM scans s
                        JOIN declarations d ON d.no = s.declaration_no
                        JOIN declaration_versions v ON v.no = d.no AND v.revision = d.revision
                        WHERE s.id = ? AND d.no = ? AND v.version = ?)",
    )
    .bind(job.scan.to_string())
    .bind(&job.declaration_no)
    .bind(&job.declaration_version)
    .fetch_one(db)
    .await
    .map_err(database(READING))
}

pub(super) async fn extend(db: &mut Connection, claim: &Claim, lease: Duration) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE jobs SET lease_until = unixepoch('subsec') + ? WHERE id = ? AND fence = ? AND state = 'running'",
    )
    .bind(lease.as_secs_f64())
    .bind(claim.job.id.to_string())
    .bind(claim.fence)
    .execute(db)
    .await
    .map_err(database("prolonging a lease"))?;
    held(done.rows_affected(), claim)
}

fn held(rows: u64, claim: &Claim) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::LeaseLost { job: claim.job.id.to_string(), fence: claim.fence }) }
}

pub(super) async fn complete(
    db: &mut Connection,
    claim: &Claim,
    result: NewEvaluation,
) -> Result<EvaluationRecord, StoreError> {
    let job = &claim.job;
    let (record, is_new) = evaluations::insert(db, job, &result).await?;
    let done = sqlx::query(
        "UPDATE jobs SET state = 'done', evaluation = ?, error = NULL,
                updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
         WHERE id = ? AND fence = ? AND state = 'running'",
    )
    .bind(record.id.to_string())
    .bind(job.id.to_string())
    .bind(claim.fence)
    .execute(&mut *db)
    .await
    .map_err(database(FINISHING))?;
    // An error here rolls the evaluation back with the rest.
    held(done.rows_affected(), claim)?;
    if is_in_force(db, job).await? {
        sqlx::query("UPDATE scans SET state = ?, risk_rank = ?, latest_evaluation = ? WHERE id = ?")
            .bind(ScanState::Ready.as_str())
            .bind(result.risk_rank())
            .bind(record.id.to_string())
            .bind(job.scan.to_string())
            .execute(&mut *db)
            .await
            .map_err(database(FINISHING))?;
    }
    if is_new {
        let evaluation = &record.evaluation;
        let kind = if evaluation.degraded.is_empty() { "evaluation.completed" } else { "evaluation.degraded" };
        let data = json!({ "lane": evaluation.lane, "risk_score": evaluation.risk_score, "job": job.id });
        events::append(db, kind, Some(job.scan), Some(record.id), &data).await?;
        audit::append(db, "evaluation.stored", &record.id.to_string(), &data.to_string()).await?;
    }
    Ok(record)
}

pub(super) async fn fail(
    db: &mut Connection,
    claim: &Claim,
    error: &str,
    retry: Option<Duration>,
) -> Result<JobState, StoreError> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'queued', error = ?, run_after = unixepoch('subsec') + ?,
                updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
         WHERE id = ? AND fence = ? AND state = 'running'",
    )
    .bind(error)
    .bind(retry.unwrap_or_default().as_secs_f64())
    .bind(claim.job.id.to_string())
    .bind(claim.fence)
    .execute(&mut *db)
    .await
    .map_err(database(FINISHING))?;
    held(done.rows_affected(), claim)?;
    if retry.is_some() && !claim.is_last {
        return Ok(JobState::Queued);
    }
    bury(db, &claim.job, error).await?;
    Ok(JobState::Dead)
}

pub(super) async fn get(db: &mut Connection, id: JobId) -> Result<JobRecord, StoreError> {
    let row = sqlx::query("SELECT * FROM jobs WHERE id = ?")
        .bind(id.to_string())
        .fetch_one(db)
        .await
        .map_err(missing(READING, "job", id))?;
    record(&row)
}

/// The newest unfinished job of a scan that speaks of the declaration in force.
pub(super) async fn open_job(db: &mut Connection, scan: ScanId) -> Result<Option<JobRecord>, StoreError> {
    let rows = sqlx::query("SELECT * FROM jobs WHERE scan = ? AND state IN ('queued', 'running') ORDER BY seq DESC")
        .bind(scan.to_string())
        .fetch_all(&mut *db)
        .await
        .map_err(database(READING))?;
    for row in &rows {
        let job = record(row)?;
        if is_in_force(db, &job).await? {
            return Ok(Some(job));
        }
    }
    Ok(None)
}

pub(super) async fn list(
    db: &mut Connection,
    state: Option<JobState>,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page<JobRecord>, StoreError> {
    let from = Cursor::decode(cursor)?;
    let rows =
        sqlx::query("SELECT * FROM jobs WHERE seq < ?1 AND (?2 IS NULL OR state = ?2) ORDER BY seq DESC LIMIT ?3")
            .bind(from.seq)
            .bind(state.map(JobState::as_str))
            .bind(limit_plus_one(limit))
            .fetch_all(db)
            .await
            .map_err(database("listing jobs"))?;
    let items = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
    Ok(page(items, limit, |job| Cursor { rank: 0.0, seq: job.seq }))
}

pub(super) async fn counts(db: &mut Connection) -> Result<JobCounts, StoreError> {
    let fault = database("counting jobs");
    let rows =
        sqlx::query("SELECT state, count(*) AS n FROM jobs GROUP BY state").fetch_all(db).await.map_err(&fault)?;
    let mut counts: JobCounts = JobState::ALL.iter().map(|state| (*state, 0)).collect();
    for row in rows {
        let state = JobState::parse(row.try_get("state").map_err(&fault)?)?;
        let n: i64 = row.try_get("n").map_err(&fault)?;
        for entry in counts.iter_mut().filter(|entry| entry.0 == state) {
            entry.1 = n.unsigned_abs();
        }
    }
    Ok(counts)
}

fn record(row: &SqliteRow) -> Result<JobRecord, StoreError> {
    let text = |column| row.try_get::<String, _>(column).map_err(database(READING));
    let maybe = |column| row.try_get::<Option<String>, _>(column).map_err(database(READING));
    Ok(JobRecord {
        seq: row.try_get("seq").map_err(database(READING))?,
        id: parse("job id", &text("id")?)?,
        kind: text("kind")?,
        scan: parse("scan id", &text("scan")?)?,
        declaration_no: text("declaration_no")?,
        declaration_version: text("declaration_version")?,
        state: JobState::parse(&text("state")?)?,
        attempts: row.try_get("attempts").map_err(database(READING))?,
        evaluation: maybe("evaluation")?.map(|id| parse("evaluation id", &id)).transpose()?,
        error: maybe("error")?,
        created_at: text("created_at")?,
        updated_at: text("updated_at")?,
    })
}
