use pellucid_core::{Declaration, JobId, ScanId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{Connection, audit, database, from_json, jobs, missing, parse, to_json};
use crate::{DeclarationRecord, DeclarationStored, StoreError, declaration_version};

const READING: &str = "reading a declaration";
const STORING: &str = "storing a declaration";

/// Stores a version unless it is the one in force, and orders an inspection of each scan that is held against it.
pub(super) async fn put(
    db: &mut Connection,
    no: &str,
    declaration: &Declaration,
    expected: Option<&str>,
) -> Result<DeclarationStored, StoreError> {
    let version = declaration_version(declaration)?;
    let current = match in_force(db, no).await {
        Ok(record) => Some(record),
        Err(StoreError::NotFound { .. }) => None,
        Err(error) => return Err(error),
    };
    let current_version = current.as_ref().map_or("", |record| record.version.as_str());
    if expected.is_some_and(|expected| expected != current_version) {
        return Err(StoreError::VersionConflict { no: no.to_owned(), current: current_version.to_owned() });
    }
    if let Some(record) = current.as_ref().filter(|record| record.version == version) {
        return Ok(DeclarationStored { record: record.clone(), is_created: false, jobs: Vec::new() });
    }
    let revision = current.as_ref().map_or(1, |record| record.revision + 1);
    sqlx::query(
        "INSERT INTO declarations (no, revision) VALUES (?1, ?2) ON CONFLICT (no) DO UPDATE SET revision = ?2",
    )
    .bind(no)
    .bind(revision)
    .execute(&mut *db)
    .await
    .map_err(database(STORING))?;
    sqlx::query("INSERT INTO declaration_versions (no, revision, version, document) VALUES (?, ?, ?, ?)")
        .bind(no)
        .bind(revision)
        .bind(&version)
        .bind(to_json(declaration)?)
        .execute(&mut *db)
        .await
        .map_err(database(STORING))?;
    audit::append(db, "declaration.stored", no, &format!("{{\"version\":\"{version}\"}}")).await?;
    let scans = sqlx::query("SELECT id FROM scans WHERE declaration_no = ? ORDER BY seq")
        .bind(no)
        .fetch_all(&mut *db)
        .await
        .map_err(database(STORING))?;
    let mut ordered = Vec::with_capacity(scans.len());
    for row in scans {
        let scan: ScanId = parse("scan id", row.try_get("id").map_err(database(STORING))?)?;
        let job = JobId(Uuid::now_v7());
        jobs::order(db, job, scan, no, &version).await?;
        ordered.push(job);
    }
    Ok(DeclarationStored { record: in_force(db, no).await?, is_created: current.is_none(), jobs: ordered })
}

pub(super) async fn in_force(db: &mut Connection, no: &str) -> Result<DeclarationRecord, StoreError> {
    let row = sqlx::query(
        "SELECT v.no, v.version, v.revision, v.document, v.created_at
         FROM declarations d JOIN declaration_versions v ON v.no = d.no AND v.revision = d.revision WHERE d.no = ?",
    )
    .bind(no)
    .fetch_one(db)
    .await
    .map_err(missing(READING, "declaration", no))?;
    record(&row)
}

pub(super) async fn version(db: &mut Connection, no: &str, version: &str) -> Result<DeclarationRecord, StoreError> {
    let row = sqlx::query(
        "SELECT no, version, revision, document, created_at FROM declaration_versions
         WHERE no = ? AND version = ? ORDER BY revision DESC LIMIT 1",
    )
    .bind(no)
    .bind(version)
    .fetch_one(db)
    .await
    .map_err(missing(READING, "declaration version", version))?;
    record(&row)
}

fn record(row: &SqliteRow) -> Result<DeclarationRecord, StoreError> {
    let text = |column| row.try_get::<String, _>(column).map_err(database(READING));
    Ok(DeclarationRecord {
        no: text("no")?,
        version: text("version")?,
        revision: row.try_get("revision").map_err(database(READING))?,
        created_at: text("created_at")?,
        declaration: from_json(&text("document")?)?,
    })
}
