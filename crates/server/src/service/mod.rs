//! The service behind the API: intake, reads, pictures, over the store and the pipeline.

mod convert;
mod fault;
mod pictures;

pub(crate) use convert::declared;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pellucid_api::wire::{
    EvaluationList, EventPage, JobPage, MapDocument, Metric, Readiness, ReadinessCheck, ScanDetail, ScanPage,
    ScanReceived, StoredDeclaration, StoredEvaluation,
};
use pellucid_api::{
    Answer, ApiError, Awaited, Begun, DeclarationPut, EvaluationOrder, EventQuery, Fault, IdempotentRequest,
    JobQuery, MapQuery, Picture, RenderQuery, ScanIntake, ScanQuery, ScanSort, Service,
};
use pellucid_core::{BlobHash, Declaration, EvaluationId, JobId, ScanId};
use pellucid_pipeline::{Bell, InspectionRequest, Toolbox, inspect, read_facts};
use pellucid_store::{
    Blobs, JobState, NewScan, Ordered, Records, RequestKey, RequestState, ScanOrder, StoreError, StoredAnswer,
    declaration_no, declaration_version,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

use fault::{pipeline_fault, store_fault};
use pictures::Pictures;

/// How long a creating request holds its key: longer than any answer may take.
const REQUEST_LEASE: Duration = Duration::from_secs(120);
/// How often a waiting request looks again, for results of other processes; results of this one ring the bell.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Scans, declarations and evaluations of one store, inspected by the workers that share its bell.
pub(crate) struct LocalService {
    records: Arc<dyn Records>,
    blobs: Arc<dyn Blobs>,
    toolbox: Toolbox,
    bell: Arc<Bell>,
    pictures: Pictures,
    /// Pixels are decoded by so many requests at a time; more would only fight for memory.
    decoders: Semaphore,
}

impl LocalService {
    pub(crate) fn new(records: Arc<dyn Records>, blobs: Arc<dyn Blobs>, toolbox: Toolbox, bell: Arc<Bell>) -> Self {
        let decoders = Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from));
        Self { records, blobs, toolbox, bell, pictures: Pictures::default(), decoders }
    }

    /// Runs work on pixels off the async threads.
    async fn on_pixels<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self.decoders.acquire().await.map_err(ApiError::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?
    }

    fn received(ordered: &Ordered) -> ScanReceived {
        let scan = &ordered.scan;
        ScanReceived {
            scan: scan.id,
            job: ordered.job.id,
            declaration_no: ordered.job.declaration_no.clone(),
            declaration_version: ordered.job.declaration_version.clone(),
            sha256: scan.sha256.clone(),
            warnings: scan.facts.warnings.clone(),
        }
    }

    /// The file of a scan and its record.
    async fn file(&self, scan: ScanId) -> Result<(pellucid_store::ScanRecord, Vec<u8>), ApiError> {
        let record = self.records.scan(scan).await.map_err(store_fault)?;
        let file = self.blobs.get(&record.sha256).await.map_err(store_fault)?;
        Ok((record, file))
    }

    async fn scan_map(&self, query: MapQuery) -> Result<(pellucid_pipeline::ScanMap, EvaluationId), ApiError> {
        let record = self.records.scan(query.scan).await.map_err(store_fault)?;
        let absent =
            || ApiError::not_found(format!("map {} of view {} of scan {}", query.kind, query.view, query.scan));
        let evaluation = record.latest_evaluation.ok_or_else(absent)?;
        let blob: &BlobHash = evaluation.maps.as_ref().ok_or_else(absent)?;
        let bytes = self.blobs.get(blob).await.map_err(store_fault)?;
        let maps = pellucid_pipeline::maps_from_bytes(&bytes).map_err(pipeline_fault)?;
        let found = maps.into_iter().find(|map| map.kind == query.kind && map.view == query.view);
        found.map(|map| (map, evaluation.id)).ok_or_else(absent)
    }
}

fn request_key(request: &IdempotentRequest) -> RequestKey {
    RequestKey { key: request.key.clone(), fingerprint: request.fingerprint.clone() }
}

fn stored_answer(answer: &Answer) -> StoredAnswer {
    StoredAnswer { status: answer.status, location: answer.location.clone(), body: answer.body.clone() }
}

#[async_trait]
impl Service for LocalService {
    async fn begin_request(&self, request: &IdempotentRequest) -> Result<Begun, ApiError> {
        let state = self.records.begin_request(&request_key(request), REQUEST_LEASE).await.map_err(store_fault)?;
        Ok(match state {
            RequestState::Fresh => Begun::Fresh,
            RequestState::Running => Begun::InProgress,
            RequestState::OtherContent => Begun::OtherBody,
            RequestState::Answered(StoredAnswer { status, location, body }) => {
                Begun::Replay(Answer { status, location, body })
            }
        })
    }

    async fn finish_request(&self, request: &IdempotentRequest, answer: &Answer) -> Result<(), ApiError> {
        self.records.finish_request(&request_key(request), &stored_answer(answer)).await.map_err(store_fault)
    }

    async fn abandon_request(&self, request: &IdempotentRequest) -> Result<(), ApiError> {
        self.records.abandon_request(&request_key(request)).await.map_err(store_fault)
    }

    async fn receive_scan(&self, intake: ScanIntake) -> Result<ScanReceived, ApiError> {
        let (limits, file) = (self.toolbox.limits, intake.scan.clone());
        let facts = self.on_pixels(move || read_facts(&file, &limits).map_err(pipeline_fault)).await?;
        // Order: the blob is durable, then the rows are committed, then the caller is told.
        let sha256 = self.blobs.put(&intake.scan).await.map_err(store_fault)?;
        let (id, job) = (ScanId(Uuid::now_v7()), JobId(Uuid::now_v7()));
        let received = ScanReceived {
            scan: id,
            job,
            declaration_no: declaration_no(&intake.declaration),
            declaration_version: declaration_version(&intake.declaration).map_err(store_fault)?,
            sha256: sha256.clone(),
            warnings: facts.warnings.clone(),
        };
        let answer = Answer::accepted(&received)?;
        let new = NewScan {
            id,
            job,
            sha256,
            bytes: intake.scan.len() as u64,
            file_name: intake.file_name,
            facts,
            declaration: intake.declaration,
            request: Some((request_key(&intake.request), stored_answer(&answer))),
        };
        self.records.accept_scan(new).await.map_err(store_fault)?;
        self.bell.work.notify_one();
        Ok(received)
    }

    async fn await_evaluation(&self, job: JobId, limit: Duration) -> Result<Awaited, ApiError> {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            let rung = self.bell.done.notified();
            let record = self.records.job(job).await.map_err(store_fault)?;
            match (record.state, record.evaluation) {
                (JobState::Done, Some(id)) => {
                    let evaluation = self.records.evaluation(id).await.map_err(store_fault)?;
                    return Ok(Awaited::Ready(Box::new(convert::evaluation(evaluation))));
                }
                (JobState::Done | JobState::Dead, _) => return Ok(Awaited::Pending),
                (JobState::Queued | JobState::Running, _) => {}
            }
            if tokio::time::Instant::now() >= deadline {
                return Ok(Awaited::Pending);
            }
            let look_again = deadline.min(tokio::time::Instant::now() + LOOK_AGAIN);
            let _ = tokio::time::timeout_at(look_again, rung).await;
        }
    }

    async fn scans(&self, query: ScanQuery) -> Result<ScanPage, ApiError> {
        let order = match query.sort {
            ScanSort::Received => ScanOrder::Received,
            ScanSort::Risk => ScanOrder::Risk,
        };
        let page = self.records.scans(order, query.cursor.as_deref(), query.limit).await.map_err(store_fault)?;
        Ok(ScanPage { items: page.items.into_iter().map(convert::summary).collect(), next: page.next })
    }

    async fn scan(&self, id: ScanId) -> Result<ScanDetail, ApiError> {
        Ok(convert::detail(self.records.scan(id).await.map_err(store_fault)?))
    }

    async fn order_evaluation(&self, order: EvaluationOrder) -> Result<ScanReceived, ApiError> {
        let key = request_key(&order.request);
        let answer = |ordered: &Ordered| Ok(stored_answer(&Answer::accepted(&Self::received(ordered))?));
        let ordered = self.records.order_inspection(order.scan, Some((&key, &answer))).await.map_err(store_fault)?;
        self.bell.work.notify_one();
        Ok(Self::received(&ordered))
    }

    async fn dry_run(&self, scan: ScanId, declaration: Option<Declaration>) -> Result<StoredEvaluation, ApiError> {
        let (record, file) = self.file(scan).await?;
        let declaration = declaration.unwrap_or(record.declaration.declaration);
        let declaration_no = declaration_no(&declaration);
        let toolbox = self.toolbox.clone();
        let request = InspectionRequest { now: record.received_at, ..InspectionRequest::default() };
        let inspection =
            self.on_pixels(move || inspect(&toolbox, &file, &declaration, &request).map_err(pipeline_fault)).await?;
        Ok(StoredEvaluation {
            id: None,
            scan: Some(scan),
            declaration_no: Some(declaration_no),
            created_at: None,
            evaluation: inspection.evaluation,
        })
    }

    async fn evaluations(&self, scan: ScanId) -> Result<EvaluationList, ApiError> {
        self.records.scan(scan).await.map_err(store_fault)?;
        let records = self.records.evaluations(scan).await.map_err(store_fault)?;
        Ok(EvaluationList { items: records.into_iter().map(convert::evaluation).collect() })
    }

    async fn evaluation(&self, id: EvaluationId) -> Result<StoredEvaluation, ApiError> {
        Ok(convert::evaluation(self.records.evaluation(id).await.map_err(store_fault)?))
    }

    async fn render(&self, query: RenderQuery) -> Result<Picture, ApiError> {
        let record = self.records.scan(query.scan).await.map_err(store_fault)?;
        if usize::from(query.view) >= record.facts.views.len() {
            return Err(ApiError::not_found(format!("view {} of scan {}", query.view, query.scan)));
        }
        let imaged = match self.pictures.get(&record.sha256) {
            Some(imaged) => imaged,
            None => {
                let file = self.blobs.get(&record.sha256).await.map_err(store_fault)?;
                let instruments = self.toolbox.instruments.clone();
                let imaged = self.on_pixels(move || pictures::image(&instruments, &file)).await?;
                self.pictures.keep(&record.sha256, &imaged);
                imaged
            }
        };
        let (engine, sha256) = (Arc::clone(&self.toolbox.engine), record.sha256);
        self.on_pixels(move || pictures::draw(&*engine, &imaged, &sha256, query)).await
    }

    async fn map(&self, query: MapQuery) -> Result<MapDocument, ApiError> {
        Ok(convert::map(self.scan_map(query).await?.0))
    }

    async fn map_picture(&self, query: MapQuery) -> Result<Picture, ApiError> {
        let (map, evaluation) = self.scan_map(query).await?;
        let etag = format!("{evaluation}-{}-{}", query.kind, query.view);
        self.on_pixels(move || Ok(Picture { png: pictures::overlay(&map)?, etag })).await
    }

    async fn put_declaration(
        &self,
        no: &str,
        declaration: Declaration,
        if_match: Option<String>,
    ) -> Result<DeclarationPut, ApiError> {
        let stored =
            self.records.put_declaration(no, &declaration, if_match.as_deref()).await.map_err(store_fault)?;
        self.bell.work.notify_one();
        let (is_created, jobs) = (stored.is_created, stored.jobs);
        Ok(DeclarationPut { stored: convert::declaration(stored.record), is_created, jobs })
    }

    async fn declaration(&self, no: &str) -> Result<StoredDeclaration, ApiError> {
        Ok(convert::declaration(self.records.declaration(no).await.map_err(store_fault)?))
    }

    async fn declare_scan(
        &self,
        scan: ScanId,
        no: &str,
        declaration: Option<Declaration>,
    ) -> Result<ScanReceived, ApiError> {
        let ordered = self.records.declare_scan(scan, no, declaration.as_ref()).await.map_err(store_fault)?;
        self.bell.work.notify_one();
        Ok(Self::received(&ordered))
    }

    async fn events(&self, query: EventQuery) -> Result<EventPage, ApiError> {
        let cursor = query.after.unwrap_or_else(|| "0".to_owned());
        let after: i64 = cursor.parse().map_err(|_| {
            let fault = Fault::field("after", "expected the cursor of an event").value(&cursor);
            ApiError::request(fault)
        })?;
        let items: Vec<_> = self
            .records
            .events(after, query.limit)
            .await
            .map_err(store_fault)?
            .into_iter()
            .map(convert::event)
            .collect();
        let next = items.last().map_or(cursor, |event| event.cursor.clone());
        Ok(EventPage { items, next })
    }

    async fn jobs(&self, query: JobQuery) -> Result<JobPage, ApiError> {
        let state = query.state.map(convert::job_state);
        let page = self.records.jobs(state, query.cursor.as_deref(), query.limit).await.map_err(store_fault)?;
        let counts = self.records.job_counts().await.map_err(store_fault)?;
        Ok(JobPage {
            items: page.items.into_iter().map(convert::job).collect(),
            counts: counts.into_iter().map(|(state, count)| (state.as_str().to_owned(), count)).collect(),
            next: page.next,
        })
    }

    async fn readiness(&self) -> Readiness {
        let check = |name: &str, result: Result<(), StoreError>| ReadinessCheck {
            name: name.to_owned(),
            is_ready: result.is_ok(),
            detail: result.map_or_else(|error| error.to_string(), |()| "answers".to_owned()),
        };
        let engine = self.toolbox.engine.kind();
        let models = ReadinessCheck {
            name: "models".to_owned(),
            is_ready: true,
            detail: format!("loaded and verified at start; imaging on {}", engine.device),
        };
        let checks =
            vec![check("database", self.records.ping().await), check("blobs", self.blobs.ping().await), models];
        Readiness { is_ready: checks.iter().all(|check| check.is_ready), checks }
    }

    async fn metrics(&self) -> Result<Vec<Metric>, ApiError> {
        let counts = self.records.job_counts().await.map_err(store_fault)?;
        let samples =
            counts.into_iter().map(|(state, count)| (vec![("state", state.as_str().to_owned())], count as f64));
        Ok(vec![Metric { name: "jobs", help: "Jobs by state.", kind: "gauge", samples: samples.collect() }])
    }
}
