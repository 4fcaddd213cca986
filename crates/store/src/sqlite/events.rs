use pellucid_core::{EvaluationId, ScanId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Connection, database, from_json, parse};
use crate::{EventRecord, StoreError};

/// Appends to the log, in the transaction of what it tells.
pub(super) async fn append(
    db: &mut Connection,
    kind: &str,
    scan: Option<ScanId>,
    evaluation: Option<EvaluationId>,
    data: &serde_json::Value,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO events (kind, scan, evaluation, data) VALUES (?, ?, ?, ?)")
        .bind(kind)
        .bind(scan.map(|id| id.to_string()))
        .bind(evaluation.map(|id| id.to_string()))
        .bind(data.to_string())
        .execute(db)
        .await
        .map_err(database("appending an event"))?;
    Ok(())
}

pub(super) async fn after(db: &mut Connection, after: i64, limit: u32) -> Result<Vec<EventRecord>, StoreError> {
    let rows =
        sqlx::query("SELECT seq, kind, at, scan, evaluation, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?")
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await
            .map_err(database("reading events"))?;
    rows.iter().map(record).collect()
}

fn record(row: &SqliteRow) -> Result<EventRecord, StoreError> {
    let fault = database("reading events");
    let scan: Option<String> = row.try_get("scan").map_err(&fault)?;
    let evaluation: Option<String> = row.try_get("evaluation").map_err(&fault)?;
    let data: String = row.try_get("data").map_err(&fault)?;
    Ok(EventRecord {
        seq: row.try_get("seq").map_err(&fault)?,
        kind: row.try_get("kind").map_err(&fault)?,
        at: row.try_get("at").map_err(&fault)?,
        scan: scan.map(|id| parse("scan id", &id)).transpose()?,
        evaluation: evaluation.map(|id| parse("evaluation id", &id)).transpose()?,
        data: from_json(&data)?,
    })
}
