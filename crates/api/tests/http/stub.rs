//! A service that remembers what it was asked and answers what it was told to.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use pellucid_api::wire::*;
use pellucid_api::*;
use pellucid_core::*;
use uuid::Uuid;

#[derive(Default)]
pub(crate) struct Stub {
    /// Requests by key: fingerprint and final answer.
    pub(crate) requests: Mutex<BTreeMap<String, (String, Option<Answer>)>>,
    /// Scans taken in: file name and bytes.
    pub(crate) scans: Mutex<Vec<(Option<String>, Vec<u8>)>>,
    /// Whether evaluations are there when they are waited for.
    pub(crate) is_quick: bool,
    /// Answers of `receive_scan` other than success.
    pub(crate) refusal: Option<ErrorKind>,
}

impl Stub {
    /// Marks a key as taken by a request that still runs.
    pub(crate) fn hold(&self, key: &str, fingerprint: &str) {
        self.requests.lock().unwrap().insert(key.to_owned(), (fingerprint.to_owned(), None));
    }

    pub(crate) fn fingerprint(&self, key: &str) -> Option<String> {
        self.requests.lock().unwrap().get(key).map(|(fingerprint, _)| fingerprint.clone())
    }
}

pub(crate) const SCAN: ScanId = ScanId(Uuid::from_u128(7));

pub(crate) fn evaluation() -> StoredEvaluation {
    let evaluation = Evaluation {
        risk_score: 88.5,
        probability: 0.9,
        interval: Interval::new(0.8, 0.95),
        calibration: Calibration::UncalibratedHere,
        risk_level: RiskLevel::High,
        lane: Lane::Red,
        lane_where: LaneWhere::Port,
        conditional_pick_up: false,
        follow_up: false,
        selection_probability: 0.02,
        is_random_selection: false,
        degraded: Vec::new(),
        coverage: Coverage { goods: 1.0, pixels: 1.0, lines: BTreeMap::new() },
        prior_log_odds: -5.0,
        reasons: Vec::new(),
        findings: Vec::new(),
        declared_vs_observed: Vec::new(),
        mass: MassBalance::default(),
        grade: Grade::DualEnergyRaw,
        quality: ScanQuality::default(),
        containers: Vec::new(),
        versions: Versions::default(),
        input_sha256: BTreeMap::new(),
        timings_ms: StageTimes::new(),
        engine: EngineKind { kind: "cpu".to_owned(), device: "stub".to_owned() },
    };
    StoredEvaluation {
        id: Some(EvaluationId(Uuid::from_u128(9))),
        scan: Some(SCAN),
        declaration_no: Some("D1".to_owned()),
        created_at: Some("2026-11-01T00:00:00.000Z".to_owned()),
        evaluation,
    }
}

fn received() -> ScanReceived {
    ScanReceived {
        scan: SCAN,
        job: JobId(Uuid::from_u128(8)),
        declaration_no: "D1".to_owned(),
        declaration_version: "v1".to_owned(),
        sha256: BlobHash("0".repeat(64)),
        warnings: Vec::new(),
    }
}

fn stored(no: &str, declaration: Declaration) -> StoredDeclaration {
    let created_at = "2026-11-01T00:00:00.000Z".to_owned();
    StoredDeclaration { no: no.to_owned(), version: "v1".to_owned(), revision: 1, created_at, declaration }
}

#[async_trait]
impl Service for Stub {
    async fn begin_request(&self, request: &IdempotentRequest) -> Result<Begun, ApiError> {
        let mut requests = self.requests.lock().unwrap();
        Ok(match requests.get(&request.key) {
            Some((fingerprint, _)) if *fingerprint != request.fingerprint => Begun::OtherBody,
            Some((_, Some(answer))) => Begun::Replay(answer.clone()),
            Some((_, None)) => Begun::InProgress,
            None => {
                requests.insert(request.key.clone(), (request.fingerprint.clone(), None));
                Begun::Fresh
            }
        })
    }

    async fn finish_request(&self, request: &IdempotentRequest, answer: &Answer) -> Result<(), ApiError> {
        let entry = (request.fingerprint.clone(), Some(answer.clone()));
        self.requests.lock().unwrap().insert(request.key.clone(), entry);
        Ok(())
    }

    async fn abandon_request(&self, request: &IdempotentRequest) -> Result<(), ApiError> {
        self.requests.lock().unwrap().remove(&request.key);
        Ok(())
    }

    async fn receive_scan(&self, intake: ScanIntake) -> Result<ScanReceived, ApiError> {
        if let Some(kind) = self.refusal {
            let fault = Fault::field("scan: width", "too wide").limit(131_072).value(200_000);
            return Err(ApiError::caused_by(kind, fault, "the secret cause"));
        }
        self.scans.lock().unwrap().push((intake.file_name, intake.scan.to_vec()));
        Ok(received())
    }

    async fn await_evaluation(&self, _: JobId, _: Duration) -> Result<Awaited, ApiError> {
        Ok(if self.is_quick { Awaited::Ready(Box::new(evaluation())) } else { Awaited::Pending })
    }

    async fn scans(&self, query: ScanQuery) -> Result<ScanPage, ApiError> {
        // The query comes back as the cursor, so that tests see how it was understood.
        Ok(ScanPage { items: Vec::new(), next: Some(format!("{query:?}")) })
    }

    async fn scan(&self, id: ScanId) -> Result<ScanDetail, ApiError> {
        match id.0.as_u128() {
            1 => panic!("the stub panics with a secret"),
            2 => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                unreachable!("the deadline comes first")
            }
            _ => Err(ApiError::not_found(format!("scan {id}"))),
        }
    }

    async fn order_evaluation(&self, _: EvaluationOrder) -> Result<ScanReceived, ApiError> {
        Ok(received())
    }

    async fn dry_run(&self, _: ScanId, _: Option<Declaration>) -> Result<StoredEvaluation, ApiError> {
        Ok(StoredEvaluation { id: None, ..evaluation() })
    }

    async fn evaluations(&self, _: ScanId) -> Result<EvaluationList, ApiError> {
        Ok(EvaluationList { items: vec![evaluation()] })
    }

    async fn evaluation(&self, id: EvaluationId) -> Result<StoredEvaluation, ApiError> {
        if evaluation().id == Some(id) {
            Ok(evaluation())
        } else {
            Err(ApiError::not_found(format!("evaluation {id}")))
        }
    }

    async fn render(&self, query: RenderQuery) -> Result<Picture, ApiError> {
        Ok(Picture { png: b"\x89PNG".to_vec(), etag: format!("{}-{}", query.preset, query.max_width.unwrap_or(0)) })
    }

    async fn map(&self, query: MapQuery) -> Result<MapDocument, ApiError> {
        Ok(MapDocument {
            kind: query.kind,
            unit: "kg".to_owned(),
            full_scale: 1.0,
            view_px: [10, 4],
            grids: Vec::new(),
        })
    }

    async fn map_picture(&self, _: MapQuery) -> Result<Picture, ApiError> {
        Ok(Picture { png: b"\x89PNG".to_vec(), etag: "map".to_owned() })
    }

    async fn put_declaration(
        &self,
        no: &str,
        declaration: Declaration,
        if_match: Option<String>,
    ) -> Result<DeclarationPut, ApiError> {
        if if_match.is_some_and(|version| version != "v1") {
            return Err(ApiError::PreconditionFailed { current: "v1".to_owned() });
        }
        Ok(DeclarationPut { stored: stored(no, declaration), is_created: true, jobs: Vec::new() })
    }

    async fn declaration(&self, no: &str) -> Result<StoredDeclaration, ApiError> {
        Err(ApiError::not_found(format!("declaration {no}")))
    }

    async fn declare_scan(
        &self,
        _: ScanId,
        _: &str,
        declaration: Option<Declaration>,
    ) -> Result<ScanReceived, ApiError> {
        let version = if declaration.is_some() { "with a document" } else { "without one" };
        Ok(ScanReceived { declaration_version: version.to_owned(), ..received() })
    }

    async fn events(&self, query: EventQuery) -> Result<EventPage, ApiError> {
        Ok(EventPage { items: Vec::new(), next: query.after.unwrap_or_default() })
    }

    async fn jobs(&self, query: JobQuery) -> Result<JobPage, ApiError> {
        Ok(JobPage { items: Vec::new(), counts: BTreeMap::new(), next: Some(format!("{:?}", query.state)) })
    }

    async fn readiness(&self) -> Readiness {
        Readiness { is_ready: self.is_quick, checks: Vec::new() }
    }

    async fn metrics(&self) -> Result<Vec<Metric>, ApiError> {
        Ok(vec![Metric { name: "up", help: "Whether it is up.", kind: "gauge", samples: vec![(Vec::new(), 1.0)] }])
    }
}
