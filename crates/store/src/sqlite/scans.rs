use pellucid_core::{BlobHash, Declaration, JobId, ScanId};
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{
    Connection, audit, database, declarations, events, from_json, jobs, limit_plus_one, missing, parse, requests,
    to_json,
};
use crate::page::{Cursor, page};
use crate::{
    DeclarationRecord, EvaluationRecord, NewScan, Ordered, Page, ScanOrder, ScanRecord, ScanState, StoreError,
    declaration_no,
};

const READING: &str = "reading a scan";
const STORING: &str = "storing a scan";

/// A scan with the declaration in force and its newest evaluation.
macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT s.seq, s.id, s.sha256, s.bytes, s.file_name, s.facts, s.state, s.risk_rank, s.received_at,
                    v.no, v.version, v.revision, v.document AS declaration, v.created_at AS declared_at,
                    e.id AS e_id, e.declaration_no AS e_no, e.document AS e_document, e.maps AS e_maps,
                    e.created_at AS e_created_at
             FROM scans s
             JOIN declarations d ON d.no = s.declaration_no
             JOIN declaration_versions v ON v.no = d.no AND v.revision = d.revision
             LEFT JOIN evaluations e ON e.id = s.latest_evaluation ",
            $tail
        )
    };
}

pub(super) async fn accept(db: &mut Connection, new: NewScan) -> Result<ScanRecord, StoreError> {
    let no = declaration_no(&new.declaration);
    let declared = declarations::put(db, &no, &new.declaration, None).await?;
    sqlx::query("INSERT INTO scans (id, sha256, bytes, file_name, facts, declaration_no) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(new.id.to_string())
        .bind(&new.sha256.0)
        .bind(i64::try_from(new.bytes).unwrap_or(i64::MAX))
        .bind(&new.file_name)
        .bind(to_json(&new.facts)?)
        .bind(&no)
        .execute(&mut *db)
        .await
        .map_err(database(STORING))?;
    jobs::order(db, new.job, new.id, &no, &declared.record.version).await?;
    let data = json!({ "sha256": new.sha256, "declaration": no });
    events::append(db, "scan.received", Some(new.id), None, &data).await?;
    audit::append(db, "scan.received", &new.id.to_string(), &data.to_string()).await?;
    if let Some((request, answer)) = &new.request {
        requests::answer(db, request, answer, false).await?;
    }
    get(db, new.id).await
}

pub(super) async fn get(db: &mut Connection, id: ScanId) -> Result<ScanRecord, StoreError> {
    let row = sqlx::query(select!("WHERE s.id = ?"))
        .bind(id.to_string())
        .fetch_one(db)
        .await
        .map_err(missing(READING, "scan", id))?;
    record(&row)
}

pub(super) async fn list(
    db: &mut Connection,
    order: ScanOrder,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page<ScanRecord>, StoreError> {
    let from = Cursor::decode(cursor)?;
    let query = match order {
        ScanOrder::Received => sqlx::query(select!("WHERE s.seq < ? ORDER BY s.seq DESC LIMIT ?")).bind(from.seq),
        ScanOrder::Risk => {
            sqlx::query(select!("WHERE (s.risk_rank, s.seq) < (?, ?) ORDER BY s.risk_rank DESC, s.seq DESC LIMIT ?"))
                .bind(from.rank)
                .bind(from.seq)
        }
    };
    let rows = query.bind(limit_plus_one(limit)).fetch_all(db).await.map_err(database("listing scans"))?;
    let items = rows.iter().map(record).collect::<Result<Vec<_>, _>>()?;
    Ok(page(items, limit, |scan| Cursor { rank: scan.risk_rank, seq: scan.seq }))
}

/// Orders an inspection against the declaration in force.
pub(super) async fn order(db: &mut Connection, id: ScanId) -> Result<Ordered, StoreError> {
    let scan = get(db, id).await?;
    let job = JobId(Uuid::now_v7());
    jobs::order(db, job, id, &scan.declaration.no, &scan.declaration.version).await?;
    audit::append(db, "inspection.ordered", &id.to_string(), "{}").await?;
    Ok(Ordered { job: jobs::get(db, job).await?, scan: get(db, id).await? })
}

pub(super) async fn declare(
    db: &mut Connection,
    id: ScanId,
    no: &str,
    declaration: Option<&Declaration>,
) -> Result<Ordered, StoreError> {
    get(db, id).await?;
    match declaration {
        Some(declaration) => {
            declarations::put(db, no, declaration, None).await?;
        }
        None => {
            declarations::in_force(db, no).await?;
        }
    }
    sqlx::query("UPDATE scans SET declaration_no = ? WHERE id = ?")
        .bind(no)
        .bind(id.to_string())
        .execute(&mut *db)
        .await
        .map_err(database(STORING))?;
    audit::append(db, "scan.declared", &id.to_string(), &json!({ "declaration": no }).to_string()).await?;
    // A scan that was held against this number already has its job from the new version.
    match jobs::open_job(db, id).await? {
        Some(job) => Ok(Ordered { job, scan: get(db, id).await? }),
        None => order(db, id).await,
    }
}

fn record(row: &SqliteRow) -> Result<ScanRecord, StoreError> {
    let text = |column| row.try_get::<String, _>(column).map_err(database(READING));
    let maybe = |column| row.try_get::<Option<String>, _>(column).map_err(database(READING));
    let id = parse("scan id", &text("id")?)?;
    let latest_evaluation = match maybe("e_id")? {
        Some(evaluation) => Some(EvaluationRecord {
            id: parse("evaluation id", &evaluation)?,
            scan: id,
            declaration_no: text("e_no")?,
            created_at: text("e_created_at")?,
            evaluation: from_json(&text("e_document")?)?,
            maps: maybe("e_maps")?.map(BlobHash),
        }),
        None => None,
    };
    let bytes: i64 = row.try_get("bytes").map_err(database(READING))?;
    Ok(ScanRecord {
        seq: row.try_get("seq").map_err(database(READING))?,
        id,
        sha256: BlobHash(text("sha256")?),
        bytes: bytes.unsigned_abs(),
        file_name: maybe("file_name")?,
        facts: from_json(&text("facts")?)?,
        state: ScanState::parse(&text("state")?)?,
        risk_rank: row.try_get("risk_rank").map_err(database(READING))?,
        received_at: text("received_at")?,
        declaration: DeclarationRecord {
            no: text("no")?,
            version: text("version")?,
            revision: row.try_get("revision").map_err(database(READING))?,
            created_at: text("declared_at")?,
            declaration: from_json(&text("declaration")?)?,
        },
        latest_evaluation,
    })
}
