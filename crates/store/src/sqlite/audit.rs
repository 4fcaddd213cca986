use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Connection, database};
use crate::{AuditCheck, StoreError};

/// Until sign-in exists, whoever reaches the loopback address acts under this name.
const ACTOR: &str = "local";

struct Link {
    seq: i64,
    at: String,
    actor: String,
    action: String,
    subject: String,
    data: String,
    previous: String,
}

impl Link {
    /// Each field with its length, so that no two records hash alike.
    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.seq.to_le_bytes());
        for field in [&self.at, &self.actor, &self.action, &self.subject, &self.data, &self.previous] {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field.as_bytes());
        }
        hex::encode(hash.finalize())
    }
}

/// Appends a record that carries the hash of the one before.
pub(super) async fn append(db: &mut Connection, action: &str, subject: &str, data: &str) -> Result<(), StoreError> {
    let fault = database("appending an audit record");
    let last = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut *db)
        .await
        .map_err(&fault)?;
    let (seq, previous) = match last {
        Some(row) => (row.try_get::<i64, _>("seq").map_err(&fault)? + 1, row.try_get("hash").map_err(&fault)?),
        None => (1, String::new()),
    };
    let at: String = sqlx::query_scalar("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")
        .fetch_one(&mut *db)
        .await
        .map_err(&fault)?;
    let link = Link {
        seq,
        at,
        actor: ACTOR.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        data: data.to_owned(),
        previous,
    };
    sqlx::query(
        "INSERT INTO audit (seq, at, actor, action, subject, data, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(link.seq)
    .bind(&link.at)
    .bind(&link.actor)
    .bind(&link.action)
    .bind(&link.subject)
    .bind(&link.data)
    .bind(&link.previous)
    .bind(link.hash())
    .execute(db)
    .await
    .map_err(&fault)?;
    Ok(())
}

pub(super) async fn check(db: &mut Connection) -> Result<AuditCheck, StoreError> {
    let fault = database("reading audit records");
    let (mut records, mut after, mut previous) = (0, 0, String::new());
    loop {
        let rows = sqlx::query("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT 1000")
            .bind(after)
            .fetch_all(&mut *db)
            .await
            .map_err(&fault)?;
        if rows.is_empty() {
            return Ok(AuditCheck { records, broken_at: None });
        }
        for row in &rows {
            let (link, hash) = read(row).map_err(&fault)?;
            records += 1;
            if link.seq != after + 1 || link.previous != previous || link.hash() != hash {
                return Ok(AuditCheck { records, broken_at: Some(link.seq) });
            }
            (after, previous) = (link.seq, hash);
        }
    }
}

fn read(row: &SqliteRow) -> Result<(Link, String), sqlx::Error> {
    let link = Link {
        seq: row.try_get("seq")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        data: row.try_get("data")?,
        previous: row.try_get("previous")?,
    };
    Ok((link, row.try_get("hash")?))
}
