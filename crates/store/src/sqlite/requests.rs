use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Connection, database};
use crate::{RequestKey, RequestState, StoreError, StoredAnswer};

const ACTION: &str = "remembering a request";

pub(super) async fn begin(
    db: &mut Connection,
    request: &RequestKey,
    lease: Duration,
) -> Result<RequestState, StoreError> {
    // Keys are promised for 72 hours and kept for seven days.
    sqlx::query("DELETE FROM requests WHERE created_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-7 days')")
        .execute(&mut *db)
        .await
        .map_err(database(ACTION))?;
    let known = sqlx::query(
        "SELECT fingerprint, is_done, status, location, body, lease_until < unixepoch('subsec') AS is_over
         FROM requests WHERE key = ?",
    )
    .bind(&request.key)
    .fetch_optional(&mut *db)
    .await
    .map_err(database(ACTION))?;
    let Some(row) = known else {
        sqlx::query("INSERT INTO requests (key, fingerprint, lease_until) VALUES (?, ?, unixepoch('subsec') + ?)")
            .bind(&request.key)
            .bind(&request.fingerprint)
            .bind(lease.as_secs_f64())
            .execute(&mut *db)
            .await
            .map_err(database(ACTION))?;
        return Ok(RequestState::Fresh);
    };
    let (state, is_over) = read(&row).map_err(database(ACTION))?;
    let fingerprint: String = row.try_get("fingerprint").map_err(database(ACTION))?;
    if fingerprint != request.fingerprint {
        return Ok(RequestState::OtherContent);
    }
    if state == RequestState::Running && is_over {
        // Its handler died before its transaction: nothing was created, so this caller may.
        sqlx::query("UPDATE requests SET lease_until = unixepoch('subsec') + ? WHERE key = ?")
            .bind(lease.as_secs_f64())
            .bind(&request.key)
            .execute(&mut *db)
            .await
            .map_err(database(ACTION))?;
        return Ok(RequestState::Fresh);
    }
    match state {
        // The transaction was committed but the handler still waits for an evaluation.
        RequestState::Answered(_) if !is_over => Ok(RequestState::Running),
        state => Ok(state),
    }
}

/// The state by the row alone, and whether the handler's time is over (always, once it is done).
fn read(row: &SqliteRow) -> Result<(RequestState, bool), sqlx::Error> {
    let is_over = row.try_get::<bool, _>("is_over")? || row.try_get::<bool, _>("is_done")?;
    let status: Option<u16> = row.try_get("status")?;
    let body: Option<Vec<u8>> = row.try_get("body")?;
    let state = match status.zip(body) {
        Some((status, body)) => {
            RequestState::Answered(StoredAnswer { status, location: row.try_get("location")?, body })
        }
        None => RequestState::Running,
    };
    Ok((state, is_over))
}

pub(super) async fn answer(
    db: &mut Connection,
    request: &RequestKey,
    answer: &StoredAnswer,
    is_done: bool,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE requests SET status = ?, location = ?, body = ?, is_done = ? WHERE key = ? AND fingerprint = ?",
    )
    .bind(answer.status)
    .bind(&answer.location)
    .bind(&answer.body)
    .bind(is_done)
    .bind(&request.key)
    .bind(&request.fingerprint)
    .execute(&mut *db)
    .await
    .map_err(database(ACTION))?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound { what: "request", id: request.key.clone() })
    }
}

pub(super) async fn abandon(db: &mut Connection, request: &RequestKey) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM requests WHERE key = ? AND fingerprint = ? AND status IS NULL")
        .bind(&request.key)
        .bind(&request.fingerprint)
        .execute(&mut *db)
        .await
        .map_err(database(ACTION))?;
    Ok(())
}
