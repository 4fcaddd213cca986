use super::*;

async fn fresh() -> (tempfile::TempDir, SqliteRecords) {
    let folder = tempfile::tempdir().unwrap();
    let records = SqliteRecords::open(&folder.path().join("records.db")).await.unwrap();
    (folder, records)
}

#[tokio::test]
async fn sqlite_passes_the_suite() {
    let (_folder, records) = fresh().await;
    crate::suite::records(&records).await.unwrap();
}

#[tokio::test]
async fn the_connection_is_as_durable_as_promised() {
    let (_folder, records) = fresh().await;
    for (pragma, expected) in
        [("PRAGMA synchronous", "2"), ("PRAGMA foreign_keys", "1"), ("PRAGMA journal_mode", "wal")]
    {
        let row = sqlx::query(pragma).fetch_one(&records.writer).await.unwrap();
        let value = sqlx::Row::try_get::<String, _>(&row, 0)
            .or_else(|_| sqlx::Row::try_get::<i64, _>(&row, 0).map(|value| value.to_string()))
            .unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    let write = sqlx::query("DELETE FROM jobs").execute(&records.readers).await;
    assert!(write.is_err(), "readers must not write");
}

#[tokio::test]
async fn append_only_tables_refuse_changes_and_the_audit_chain_shows_them() {
    let (_folder, records) = fresh().await;
    crate::suite::records(&records).await.unwrap();
    for statement in [
        "UPDATE evaluations SET risk_score = 0",
        "DELETE FROM evaluations",
        "UPDATE events SET kind = 'x'",
        "DELETE FROM audit",
    ] {
        let error = sqlx::query(statement).execute(&records.writer).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{statement}: {error}");
    }
    // Someone with the file in hand can drop a trigger; the chain still tells.
    sqlx::query("DROP TRIGGER audit_fixed").execute(&records.writer).await.unwrap();
    sqlx::query("UPDATE audit SET subject = 'other' WHERE seq = 3").execute(&records.writer).await.unwrap();
    assert_eq!(records.check_audit().await.unwrap().broken_at, Some(3));
}

#[tokio::test]
async fn a_second_process_sees_what_the_first_committed() {
    let (folder, records) = fresh().await;
    crate::suite::records(&records).await.unwrap();
    let other = SqliteRecords::open(&folder.path().join("records.db")).await.unwrap();
    let (a, b) = (records.events(0, 500).await.unwrap(), other.events(0, 500).await.unwrap());
    assert_eq!(a, b);
    assert!(!a.is_empty());
}

#[tokio::test]
async fn workers_that_claim_at_once_never_share_a_job() {
    let (folder, records) = fresh().await;
    crate::suite::records(&records).await.unwrap();
    let scan = records.scans(ScanOrder::Received, None, 1).await.unwrap().items[0].id;
    for _ in 0..20 {
        records.order_inspection(scan, None).await.unwrap();
    }
    let path = folder.path().join("records.db");
    let workers: Vec<_> = (0..4)
        .map(|i| {
            let path = path.clone();
            tokio::spawn(async move {
                let store = SqliteRecords::open(&path).await.unwrap();
                let mut mine = Vec::new();
                while let Some(claim) = store.claim_job(&format!("w{i}"), Duration::from_secs(60)).await.unwrap() {
                    mine.push(claim.job.id);
                }
                mine
            })
        })
        .collect();
    let mut claimed = Vec::new();
    for worker in workers {
        claimed.extend(worker.await.unwrap());
    }
    claimed.sort();
    assert_eq!(claimed.len(), 20);
    claimed.dedup();
    assert_eq!(claimed.len(), 20, "a job was claimed twice");
}
