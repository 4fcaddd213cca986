//! What every adapter must do, as code: each adapter's tests run these against a fresh, empty store.

use std::time::Duration;

use pellucid_core::{
    BlobHash, Calibration, Coverage, Declaration, DeclarationStage, EngineKind, Evaluation, EvaluationId, Grade,
    Interval, JobId, Lane, LaneWhere, MassBalance, RiskLevel, ScanId, ScanQuality, Versions,
};
use uuid::Uuid;

use crate::{
    Blobs, Claim, JobState, NewEvaluation, NewScan, Records, RequestKey, RequestState, ScanFacts, ScanOrder,
    ScanState, StoreError, StoredAnswer, ViewFacts, blob_hash,
};

type Outcome = Result<(), String>;

const LEASE: Duration = Duration::from_secs(60);
/// A lease that has ended when the next statement runs.
const NO_LEASE: Duration = Duration::ZERO;

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!("{}: {}", stringify!($condition), format_args!($($message)+)));
        }
    };
}

fn fault(error: StoreError) -> String {
    use std::error::Error;
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

/// Runs every check of [`Blobs`].
///
/// # Errors
/// What the adapter did wrong.
pub async fn blobs(store: &dyn Blobs) -> Outcome {
    store.ping().await.map_err(fault)?;
    for content in [Vec::new(), b"counts".to_vec(), vec![7; 300_000]] {
        let hash = store.put(&content).await.map_err(fault)?;
        ensure!(hash == blob_hash(&content), "the name is the hash");
        ensure!(store.put(&content).await.map_err(fault)? == hash, "storing twice gives the same name");
        ensure!(store.get(&hash).await.map_err(fault)? == content, "what was stored comes back");
        ensure!(store.has(&hash).await.map_err(fault)?, "it is there");
    }
    let absent = BlobHash("0".repeat(64));
    ensure!(!store.has(&absent).await.map_err(fault)?, "what was not stored is not there");
    ensure!(matches!(store.get(&absent).await, Err(StoreError::NotFound { .. })), "and cannot be read");
    Ok(())
}

/// Runs every check of [`Records`].
///
/// # Errors
/// What the adapter did wrong.
pub async fn records(store: &dyn Records) -> Outcome {
    store.ping().await.map_err(fault)?;
    requests(store).await?;
    intake(store).await?;
    evaluation_once(store).await?;
    leases(store).await?;
    dead_letters(store).await?;
    declarations(store).await?;
    lists(store).await?;
    let audit = store.check_audit().await.map_err(fault)?;
    ensure!(audit.records > 10 && audit.broken_at.is_none(), "the audit chain holds: {audit:?}");
    Ok(())
}

fn request(key: &str, content: &str) -> RequestKey {
    RequestKey { key: key.to_owned(), fingerprint: blob_hash(content.as_bytes()).0 }
}

fn answer(status: u16) -> StoredAnswer {
    StoredAnswer { status, location: Some("/x".to_owned()), body: b"{}".to_vec() }
}

async fn requests(store: &dyn Records) -> Outcome {
    let first = request("k1", "a");
    let begin = |request: RequestKey, lease| async move { store.begin_request(&request, lease).await.map_err(fault) };
    ensure!(begin(first.clone(), LEASE).await? == RequestState::Fresh, "a new key is fresh");
    ensure!(begin(first.clone(), LEASE).await? == RequestState::Running, "it runs until it is answered");
    ensure!(begin(request("k1", "b"), LEASE).await? == RequestState::OtherContent, "other content is told apart");
    store.abandon_request(&first).await.map_err(fault)?;
    ensure!(begin(first.clone(), NO_LEASE).await? == RequestState::Fresh, "an abandoned key is fresh again");
    tokio::time::sleep(Duration::from_millis(5)).await;
    ensure!(begin(first.clone(), LEASE).await? == RequestState::Fresh, "a handler that died frees its key");
    store.finish_request(&first, &answer(200)).await.map_err(fault)?;
    ensure!(begin(first.clone(), LEASE).await? == RequestState::Answered(answer(200)), "the answer is replayed");
    store.abandon_request(&first).await.map_err(fault)?;
    ensure!(begin(first, LEASE).await? == RequestState::Answered(answer(200)), "an answer is never forgotten");
    Ok(())
}

fn declaration(number: &str, gross_kg: f64) -> Declaration {
    Declaration {
        number: Some(number.to_owned()),
        stage: DeclarationStage::Full,
        direction: None,
        regime: None,
        voluntary_disclosure: false,
        trader: None,
        bill_of_lading: None,
        vessel: None,
        voyage: None,
        origin: None,
        destination: None,
        gross_kg: Some(gross_kg),
        packages: None,
        package_type: None,
        items: Vec::new(),
        containers: Vec::new(),
    }
}

fn new_scan(number: &str) -> NewScan {
    NewScan {
        id: ScanId(Uuid::now_v7()),
        job: JobId(Uuid::now_v7()),
        sha256: blob_hash(number.as_bytes()),
        bytes: 6,
        file_name: Some("scan.tif".to_owned()),
        facts: ScanFacts {
            grade: Grade::DualEnergyRaw,
            views: vec![ViewFacts { name: "side".to_owned(), width: 10, height: 4, bands: vec!["high".to_owned()] }],
            acquired_at: None,
            scanner: None,
            site: None,
            lane: None,
            containers_read: Vec::new(),
            warnings: Vec::new(),
        },
        declaration: declaration(number, 1.0),
        request: None,
    }
}

/// An evaluation of a lane and score by a model of some sha256.
fn result(lane: Lane, risk_score: f64, model: &str) -> NewEvaluation {
    let evaluation = Evaluation {
        risk_score,
        probability: risk_score / 100.0,
        interval: Interval::new(0.0, 1.0),
        calibration: Calibration::UncalibratedHere,
        risk_level: RiskLevel::Low,
        lane,
        lane_where: LaneWhere::Port,
        conditional_pick_up: false,
        follow_up: false,
        selection_probability: 0.0,
        is_random_selection: false,
        degraded: Vec::new(),
        coverage: Coverage { goods: 1.0, pixels: 1.0, lines: Default::default() },
        prior_log_odds: 0.0,
        reasons: Vec::new(),
        findings: Vec::new(),
        declared_vs_observed: Vec::new(),
        mass: MassBalance::default(),
        grade: Grade::DualEnergyRaw,
        quality: ScanQuality::default(),
        containers: Vec::new(),
        versions: Versions { models: [("cargo".to_owned(), model.to_owned())].into(), ..Versions::default() },
        input_sha256: Default::default(),
        timings_ms: Default::default(),
        engine: EngineKind { kind: "cpu".to_owned(), device: "test".to_owned() },
    };
    NewEvaluation { id: EvaluationId(Uuid::now_v7()), evaluation, maps: None }
}

async fn claim(store: &dyn Records, lease: Duration) -> Result<Claim, String> {
    let claim = store.claim_job("suite", lease).await.map_err(fault)?;
    claim.ok_or_else(|| "a job should be waiting".to_owned())
}

async fn intake(store: &dyn Records) -> Outcome {
    let key = request("k2", "scan");
    store.begin_request(&key, NO_LEASE).await.map_err(fault)?;
    let mut new = new_scan("D1");
    new.request = Some((key.clone(), answer(202)));
    let scan = store.accept_scan(new.clone()).await.map_err(fault)?;
    ensure!(scan.id == new.id && scan.facts == new.facts && scan.sha256 == new.sha256, "the scan reads back");
    ensure!(scan.state == ScanState::Received && scan.latest_evaluation.is_none(), "it waits for its evaluation");
    ensure!(scan.declaration.declaration == new.declaration, "its declaration reads back");
    tokio::time::sleep(Duration::from_millis(5)).await;
    let state = store.begin_request(&key, LEASE).await.map_err(fault)?;
    ensure!(state == RequestState::Answered(answer(202)), "the answer was stored with the scan: {state:?}");
    let job = store.job(new.job).await.map_err(fault)?;
    ensure!(job.state == JobState::Queued && job.scan == new.id, "the inspection is ordered");
    let events = store.events(0, 10).await.map_err(fault)?;
    ensure!(events.last().is_some_and(|e| e.kind == "scan.received" && e.scan == Some(new.id)), "the event is out");
    let absent = store.scan(ScanId(Uuid::now_v7())).await;
    ensure!(matches!(absent, Err(StoreError::NotFound { .. })), "unknown scans are not found");
    Ok(())
}

async fn evaluation_once(store: &dyn Records) -> Outcome {
    let held = claim(store, LEASE).await?;
    ensure!(held.job.attempts == 1 && !held.is_last, "the try is counted at the claim");
    ensure!(store.claim_job("other", LEASE).await.map_err(fault)?.is_none(), "a held job is not claimed again");
    let first = store.complete_job(&held, result(Lane::Red, 88.0, "m1")).await.map_err(fault)?;
    let scan = store.scan(held.job.scan).await.map_err(fault)?;
    ensure!(scan.state == ScanState::Ready, "the scan is ready");
    ensure!(scan.latest_evaluation.as_ref() == Some(&first), "with this evaluation");
    let before = store.events(0, 500).await.map_err(fault)?.len();

    store.order_inspection(scan.id, None).await.map_err(fault)?;
    let again = claim(store, LEASE).await?;
    let twin = store.complete_job(&again, result(Lane::Red, 88.0, "m1")).await.map_err(fault)?;
    ensure!(twin == first, "the same models give no second evaluation");
    ensure!(store.events(0, 500).await.map_err(fault)?.len() == before, "and no second event");
    ensure!(
        store.job(again.job.id).await.map_err(fault)?.evaluation == Some(first.id),
        "the job points to the first"
    );

    store.order_inspection(scan.id, None).await.map_err(fault)?;
    let newer = claim(store, LEASE).await?;
    let other = store.complete_job(&newer, result(Lane::Green, 3.0, "m2")).await.map_err(fault)?;
    let all = store.evaluations(scan.id).await.map_err(fault)?;
    ensure!(all == [other.clone(), first], "other models give another, newest first");
    ensure!(store.evaluation(other.id).await.map_err(fault)? == other, "each reads back");
    Ok(())
}

async fn leases(store: &dyn Records) -> Outcome {
    let new = new_scan("D2");
    store.accept_scan(new.clone()).await.map_err(fault)?;
    let slow = claim(store, NO_LEASE).await?;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let quick = claim(store, LEASE).await?;
    ensure!(quick.job.id == slow.job.id && quick.fence > slow.fence, "an ended lease is claimed with a larger token");
    let lost = store.complete_job(&slow, result(Lane::Green, 1.0, "m1")).await;
    ensure!(matches!(lost, Err(StoreError::LeaseLost { .. })), "the slow worker may not finish");
    ensure!(store.evaluations(new.id).await.map_err(fault)?.is_empty(), "and leaves no evaluation behind");
    ensure!(matches!(store.extend_lease(&slow, LEASE).await, Err(StoreError::LeaseLost { .. })), "nor go on");
    store.extend_lease(&quick, LEASE).await.map_err(fault)?;
    store.complete_job(&quick, result(Lane::Yellow, 40.0, "m1")).await.map_err(fault)?;
    let twice = store.complete_job(&quick, result(Lane::Green, 1.0, "m9")).await;
    ensure!(matches!(twice, Err(StoreError::LeaseLost { .. })), "a finished job stays finished");
    Ok(())
}

async fn dead_letters(store: &dyn Records) -> Outcome {
    let failing = new_scan("D3");
    store.accept_scan(failing.clone()).await.map_err(fault)?;
    for attempt in 1..=3 {
        let held = claim(store, LEASE).await?;
        ensure!(held.is_last == (attempt == 3), "the third try is the last");
        let state = store.fail_job(&held, "no model", Some(Duration::ZERO)).await.map_err(fault)?;
        let expected = if attempt == 3 { JobState::Dead } else { JobState::Queued };
        ensure!(state == expected, "after try {attempt}: {state:?}");
    }
    let job = store.job(failing.job).await.map_err(fault)?;
    ensure!(job.state == JobState::Dead && job.error.as_deref() == Some("no model"), "the reason is kept");
    ensure!(store.scan(failing.id).await.map_err(fault)?.state == ScanState::Failed, "the scan is marked");

    let lost = new_scan("D4");
    store.accept_scan(lost.clone()).await.map_err(fault)?;
    for _ in 1..=3 {
        claim(store, NO_LEASE).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ensure!(store.claim_job("suite", LEASE).await.map_err(fault)?.is_none(), "three lost tries are enough");
    ensure!(store.job(lost.job).await.map_err(fault)?.state == JobState::Dead, "the job is a dead letter");
    let dead = store.events(0, 500).await.map_err(fault)?;
    ensure!(dead.iter().filter(|e| e.kind == "dead_letter.created").count() == 2, "each is announced once");

    let refused = new_scan("D5");
    store.accept_scan(refused).await.map_err(fault)?;
    let held = claim(store, LEASE).await?;
    let state = store.fail_job(&held, "corrupt", None).await.map_err(fault)?;
    ensure!(state == JobState::Dead, "what cannot succeed is not tried again");
    Ok(())
}

async fn declarations(store: &dyn Records) -> Outcome {
    let scan = new_scan("D6");
    store.accept_scan(scan.clone()).await.map_err(fault)?;
    let held = claim(store, LEASE).await?;
    store.complete_job(&held, result(Lane::Green, 2.0, "m1")).await.map_err(fault)?;

    let same = store.put_declaration("D6", &scan.declaration, None).await.map_err(fault)?;
    ensure!(!same.is_created && same.jobs.is_empty() && same.record.revision == 1, "the same again changes nothing");
    let stale = store.put_declaration("D6", &declaration("D6", 2.0), Some("0")).await;
    ensure!(matches!(stale, Err(StoreError::VersionConflict { .. })), "a stale version is refused");
    let expected = same.record.version.as_str();
    let newer = store.put_declaration("D6", &declaration("D6", 2.0), Some(expected)).await.map_err(fault)?;
    ensure!(newer.record.revision == 2 && newer.jobs.len() == 1, "a new version orders one inspection");
    ensure!(store.scan(scan.id).await.map_err(fault)?.state == ScanState::Received, "the scan waits again");
    let old = store.declaration_version("D6", expected).await.map_err(fault)?;
    ensure!(old.declaration == scan.declaration, "old versions stay readable");
    let held = claim(store, LEASE).await?;
    ensure!(held.job.declaration_version == newer.record.version, "the job names the new version");
    store.complete_job(&held, result(Lane::Yellow, 30.0, "m1")).await.map_err(fault)?;
    ensure!(store.evaluations(scan.id).await.map_err(fault)?.len() == 2, "each version has its evaluation");

    let moved = store.declare_scan(scan.id, "D7", Some(&declaration("D7", 3.0))).await.map_err(fault)?;
    ensure!(moved.scan.declaration.no == "D7", "the scan is held against another number");
    let unknown = store.declare_scan(scan.id, "D8", None).await;
    ensure!(matches!(unknown, Err(StoreError::NotFound { .. })), "an unknown number needs its document");
    let held = claim(store, LEASE).await?;
    ensure!(held.job.id == moved.job.id, "one inspection is ordered");
    store.complete_job(&held, result(Lane::Green, 1.0, "m1")).await.map_err(fault)?;
    Ok(())
}

async fn lists(store: &dyn Records) -> Outcome {
    let all = store.scans(ScanOrder::Received, None, 100).await.map_err(fault)?;
    ensure!(all.next.is_none() && all.items.len() == 6, "every scan is listed: {}", all.items.len());
    ensure!(all.items.is_sorted_by(|a, b| a.seq > b.seq), "newest first");
    let (mut ranked, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.scans(ScanOrder::Risk, cursor.as_deref(), 4).await.map_err(fault)?;
        ranked.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    ensure!(ranked.len() == 6 && ranked.is_sorted_by(|a, b| a.risk_rank >= b.risk_rank), "worst first, over pages");
    ensure!(ranked[0].state == ScanState::Failed, "failed inspections stand above what a machine cleared");
    let bad = store.scans(ScanOrder::Risk, Some("nonsense"), 4).await;
    ensure!(matches!(bad, Err(StoreError::Cursor(_))), "forged cursors are refused");

    let dead = store.jobs(Some(JobState::Dead), None, 2).await.map_err(fault)?;
    ensure!(dead.items.len() == 2 && dead.next.is_some(), "jobs page by state");
    let rest = store.jobs(Some(JobState::Dead), dead.next.as_deref(), 2).await.map_err(fault)?;
    ensure!(rest.items.len() == 1 && rest.next.is_none(), "to the end");
    let counts = store.job_counts().await.map_err(fault)?;
    ensure!(counts.contains(&(JobState::Dead, 3)) && counts.contains(&(JobState::Queued, 0)), "counted: {counts:?}");

    let first = store.events(0, 1).await.map_err(fault)?;
    let second = store.events(first[0].seq, 1).await.map_err(fault)?;
    ensure!(second[0].seq > first[0].seq, "the log goes on from a cursor");
    Ok(())
}
