use std::sync::Arc;
use std::time::Duration;

use pellucid_core::{JobId, ScanId};
use pellucid_phantom::Case;
use pellucid_pipeline::{Bell, Toolbox, WorkerOptions, read_facts, work, work_once};
use pellucid_scan::Limits;
use pellucid_store::{Blobs, JobState, NewScan, Records, ScanRecord, ScanState, blob_hash, open_blobs, open_records};
use uuid::Uuid;

use crate::bench::{Mood, coffee, file, toolbox};

/// A store in a folder of its own.
struct Store {
    records: Arc<dyn Records>,
    blobs: Arc<dyn Blobs>,
    _folder: tempfile::TempDir,
}

impl Store {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |scheme: &str, name: &str| format!("{scheme}://{}", folder.path().join(name).display());
        let records = open_records(&at("sqlite", "records.db")).await.unwrap();
        let blobs = open_blobs(&at("file", "blobs")).unwrap();
        Self { records, blobs, _folder: folder }
    }

    async fn take_in(&self, case: &Case) -> ScanRecord {
        let bytes = file(case);
        let new = NewScan {
            id: ScanId(Uuid::now_v7()),
            job: JobId(Uuid::now_v7()),
            sha256: self.blobs.put(&bytes).await.unwrap(),
            bytes: bytes.len() as u64,
            file_name: None,
            facts: read_facts(&bytes, &Limits::default()).unwrap(),
            declaration: case.declaration.clone(),
            request: None,
        };
        self.records.accept_scan(new).await.unwrap()
    }

    async fn work_once(&self, tools: &Toolbox) -> bool {
        work_once(&*self.records, &*self.blobs, tools, &options()).await.unwrap()
    }

    async fn only_job(&self) -> pellucid_store::JobRecord {
        self.records.jobs(None, None, 10).await.unwrap().items.remove(0)
    }
}

fn options() -> WorkerOptions {
    WorkerOptions { backoff: Duration::ZERO, idle: Duration::from_millis(20), ..WorkerOptions::default() }
}

#[tokio::test]
async fn a_job_ends_with_its_evaluation_and_overlays_stored() {
    let (store, tools) = (Store::new().await, toolbox(Mood::Well, Mood::Well));
    let scan = store.take_in(&coffee(21)).await;
    assert!(store.work_once(&tools).await);
    assert!(!store.work_once(&tools).await, "nothing is left");
    let scan = store.records.scan(scan.id).await.unwrap();
    assert_eq!(scan.state, ScanState::Ready);
    let evaluation = scan.latest_evaluation.unwrap();
    let maps = store.blobs.get(&evaluation.maps.unwrap()).await.unwrap();
    assert!(!pellucid_pipeline::maps_from_bytes(&maps).unwrap().is_empty());
    let kinds: Vec<_> = store.records.events(0, 10).await.unwrap().into_iter().map(|event| event.kind).collect();
    assert!(kinds[1].starts_with("evaluation."), "{kinds:?}");
}

#[tokio::test]
async fn the_same_work_twice_stores_one_evaluation() {
    let (store, tools) = (Store::new().await, toolbox(Mood::Well, Mood::Well));
    let scan = store.take_in(&coffee(22)).await;
    store.records.order_inspection(scan.id, None).await.unwrap();
    assert!(store.work_once(&tools).await && store.work_once(&tools).await);
    assert_eq!(store.records.evaluations(scan.id).await.unwrap().len(), 1);
}

/// Whatever fails, after three tries the scan is marked for a person and no evaluation exists.
async fn check_dead(tools: &Toolbox, tries: u32) {
    let store = Store::new().await;
    let scan = store.take_in(&coffee(23)).await;
    let mut worked = 0;
    while store.work_once(tools).await {
        worked += 1;
        assert!(worked <= 3, "a poison job must not be tried for ever");
    }
    let job = store.only_job().await;
    assert_eq!((job.state, job.attempts), (JobState::Dead, tries), "{:?}", job.error);
    assert!(job.error.is_some_and(|error| !error.is_empty()));
    assert_eq!(store.records.scan(scan.id).await.unwrap().state, ScanState::Failed);
    assert!(store.records.evaluations(scan.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn failing_stages_end_as_dead_letters_and_never_as_evaluations() {
    check_dead(&toolbox(Mood::AnswersTooLittle, Mood::Well), 3).await;
    check_dead(&toolbox(Mood::Well, Mood::AnswersTooLittle), 3).await;
    check_dead(&toolbox(Mood::Panics, Mood::Well), 3).await;
    check_dead(&toolbox(Mood::Well, Mood::Panics), 3).await;
}

#[tokio::test]
async fn a_damaged_blob_is_never_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = open_blobs(&format!("file://{}", folder.path().display())).unwrap();
    let store = Store { blobs, ..Store::new().await };
    let case = coffee(24);
    let scan = store.take_in(&case).await;
    let hash = blob_hash(&file(&case)).0;
    let path = folder.path().join(&hash[..2]).join(&hash[2..4]).join(&hash);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    while store.work_once(&toolbox(Mood::Well, Mood::Well)).await {}
    let job = store.only_job().await;
    assert_eq!(job.state, JobState::Dead);
    assert!(job.error.is_some_and(|error| error.contains("content has changed")));
    assert!(store.records.evaluations(scan.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_worker_survives_poison_and_stops_when_told() {
    let store = Store::new().await;
    let bell = Arc::new(Bell::default());
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let tools = toolbox(Mood::Panics, Mood::Well);
    let worker = tokio::spawn(work(
        Arc::clone(&store.records),
        Arc::clone(&store.blobs),
        tools,
        options(),
        Arc::clone(&bell),
        stopped,
    ));
    store.take_in(&coffee(25)).await;
    bell.work.notify_waiters();
    for _ in 0..600 {
        if store.only_job().await.state == JobState::Dead {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(store.only_job().await.state, JobState::Dead);
    assert!(!worker.is_finished(), "a panic in an inspection must not end the worker");
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), worker).await.expect("it stops").unwrap();
}
