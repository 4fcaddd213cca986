use pellucid_core::{BlobHash, EvaluationId, ScanId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Connection, database, from_json, missing, parse, to_json};
use crate::{EvaluationRecord, JobRecord, NewEvaluation, StoreError};

const READING: &str = "reading an evaluation";
const STORING: &str = "storing an evaluation";

/// Stores a result unless its twin is there. Returns the one that counts and whether it is this one.
pub(super) async fn insert(
    db: &mut Connection,
    job: &JobRecord,
    new: &NewEvaluation,
) -> Result<(EvaluationRecord, bool), StoreError> {
    let models = new.models_key();
    let policy = &new.evaluation.versions.policy;
    let done = sqlx::query(
        "INSERT INTO evaluations (id, scan, declaration_no, declaration_version, models, policy, lane, risk_score,
                                  document, maps)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (scan, declaration_version, models, policy) DO NOTHING",
    )
    .bind(new.id.to_string())
    .bind(job.scan.to_string())
    .bind(&job.declaration_no)
    .bind(&job.declaration_version)
    .bind(&models)
    .bind(policy)
    .bind(new.evaluation.lane.as_str())
    .bind(new.evaluation.risk_score)
    .bind(to_json(&new.evaluation)?)
    .bind(new.maps.as_ref().map(|hash| hash.0.as_str()))
    .execute(&mut *db)
    .await
    .map_err(database(STORING))?;
    let row = sqlx::query(
        "SELECT id, scan, declaration_no, created_at, document, maps FROM evaluations
         WHERE scan = ? AND declaration_version = ? AND models = ? AND policy = ?",
    )
    .bind(job.scan.to_string())
    .bind(&job.declaration_version)
    .bind(&models)
    .bind(policy)
    .fetch_one(db)
    .await
    .map_err(database(READING))?;
    Ok((record(&row)?, done.rows_affected() == 1))
}

pub(super) async fn get(db: &mut Connection, id: EvaluationId) -> Result<EvaluationRecord, StoreError> {
    let row =
        sqlx::query("SELECT id, scan, declaration_no, created_at, document, maps FROM evaluations WHERE id = ?")
            .bind(id.to_string())
            .fetch_one(db)
            .await
            .map_err(missing(READING, "evaluation", id))?;
    record(&row)
}

pub(super) async fn of_scan(db: &mut Connection, scan: ScanId) -> Result<Vec<EvaluationRecord>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, scan, declaration_no, created_at, document, maps FROM evaluations WHERE scan = ?
         ORDER BY seq DESC",
    )
    .bind(scan.to_string())
    .fetch_all(db)
    .await
    .map_err(database(READING))?;
    rows.iter().map(record).collect()
}

fn record(row: &SqliteRow) -> Result<EvaluationRecord, StoreError> {
    let text = |column| row.try_get::<String, _>(column).map_err(database(READING));
    Ok(EvaluationRecord {
        id: parse("evaluation id", &text("id")?)?,
        scan: parse("scan id", &text("scan")?)?,
        declaration_no: text("declaration_no")?,
        created_at: text("created_at")?,
        evaluation: from_json(&text("document")?)?,
        maps: row.try_get::<Option<String>, _>("maps").map_err(database(READING))?.map(BlobHash),
    })
}
