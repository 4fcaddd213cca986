use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use pellucid_api::wire::StoredEvaluation;
use pellucid_api::{Awaited, Begun, IdempotentRequest, ScanIntake, Service};
use pellucid_core::{EngineKind, Evaluation, Interval, StageTimes};
use serde::Serialize;

use super::{Session, note};
use crate::case_folder::{self, StoredCase};
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::kilograms::interval;
use crate::machine::{Machine, commit};
use crate::station::Station;
use crate::{serve, wiring};

/// Arguments of `pellucid demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Score and exit, without the console.
    #[arg(long)]
    once: bool,
    /// Folder of case folders.
    #[arg(long, value_name = "DIR", default_value = "sample_scans")]
    cases: PathBuf,
}

/// Where the demo keeps its store between its start and its end.
const DATA: &str = "pellucid-data/demo";
/// A sample that takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    commit: String,
    engine: EngineKind,
    evaluations: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    case: String,
    tampering: Option<String>,
    lane: String,
    risk_score: f64,
    main_reason_zh: String,
    main_reason_en: String,
    undeclared_kg: Option<Interval>,
    timings_ms: StageTimes,
    #[serde(skip)]
    declared: String,
}

/// `pellucid demo`.
pub(crate) fn run(session: &Session, args: &DemoArgs) -> Result<(), Failure> {
    let cases = case_folder::list(&args.cases)?;
    // A run that exits leaves nothing behind; one that serves keeps its store where it can be looked at.
    let folder = if args.once { DataFolder::temporary()? } else { DataFolder::own()? };
    let config = demo_config(&session.config, folder.path());
    let (toolbox, line) = wiring::toolbox(&config, &config.policy)?;
    note(line);
    wiring::block_on(async {
        let engine = toolbox.engine.kind();
        let station = Station::open(&config, toolbox).await?;
        let mut rows = Vec::with_capacity(cases.len());
        let mut failed = Vec::new();
        for case in &cases {
            note(format_args!("scoring {}", case.name));
            match score(&*station.service, case).await {
                Ok(row) => rows.push(row),
                Err(failure) => failed.push(format!("{}: {:#}", case.name, failure.error)),
            }
        }
        let report = Report { machine: Machine::here(), commit: commit(), engine, evaluations: rows };
        session.answer(&report, || table(&report))?;
        if !failed.is_empty() {
            station.close().await;
            return Err(Failure::new(Exit::SomeFailed, failed.join("; ")));
        }
        if !args.once {
            open_console(&config, &station).await?;
        }
        station.close().await;
        Ok(())
    })
}

/// The demo's own settings: its own store, and the policy under which phantoms may accuse phantoms.
fn demo_config(config: &Config, data: &Path) -> Config {
    Config {
        records: format!("sqlite://{}", data.join("records.db").display()),
        blobs: format!("file://{}", data.join("blobs").display()),
        policy: "demo".to_owned(),
        ..config.clone()
    }
}

/// Where a demo keeps its store.
enum DataFolder {
    /// Gone when the demo ends.
    Temporary(tempfile::TempDir),
    /// Stays until the next demo; the lock keeps that one from emptying it while this one serves.
    Own { path: PathBuf, _lock: File },
}

impl DataFolder {
    fn temporary() -> Result<Self, Failure> {
        Ok(Self::Temporary(tempfile::tempdir()?))
    }

    /// An empty folder in place of what the last demo left; a temporary one while another demo serves.
    fn own() -> Result<Self, Failure> {
        let path = PathBuf::from(DATA);
        std::fs::create_dir_all(&path).map_err(|error| Failure::file("making the folder", &path, error))?;
        let lock_path = path.with_extension("lock");
        let lock = File::create(&lock_path).map_err(|error| Failure::file("making", &lock_path, error))?;
        if lock.try_lock().is_err() {
            return Self::temporary();
        }
        std::fs::remove_dir_all(&path).map_err(|error| Failure::file("removing", &path, error))?;
        std::fs::create_dir_all(&path).map_err(|error| Failure::file("making the folder", &path, error))?;
        Ok(Self::Own { path, _lock: lock })
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Own { path, .. } => path,
        }
    }
}

/// One case by the way that every scan takes: intake, job, worker, store.
async fn score(service: &dyn Service, case: &StoredCase) -> Result<Row, Failure> {
    let scan = std::fs::read(&case.scan).map_err(|error| Failure::file("reading", &case.scan, error))?;
    let request = IdempotentRequest { key: format!("demo-{}", case.name), fingerprint: case.name.clone() };
    if service.begin_request(&request).await? != Begun::Fresh {
        return Err(Failure::new(Exit::Failure, "the case is there already"));
    }
    let file = case.scan.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let received = service
        .receive_scan(ScanIntake {
            scan: scan.into(),
            file_name: Some(format!("{}/{file}", case.name)),
            declaration: case.declaration.clone(),
            request,
        })
        .await?;
    match service.await_evaluation(received.job, PATIENCE).await? {
        Awaited::Ready(stored) => Ok(row(case, &stored)),
        Awaited::Pending => {
            let page = service.jobs(pellucid_api::JobQuery { limit: 50, ..Default::default() }).await?;
            let job = page.items.into_iter().find(|job| job.id == received.job);
            let why = job.and_then(|job| job.error).unwrap_or_else(|| "no evaluation in time".to_owned());
            Err(Failure::new(Exit::Failure, why))
        }
    }
}

fn row(case: &StoredCase, stored: &StoredEvaluation) -> Row {
    let evaluation = &stored.evaluation;
    let (main_reason_zh, main_reason_en) = main_reason(evaluation);
    Row {
        case: case.name.clone(),
        tampering: case.truth.tampering.as_ref().map(|tampering| tampering.kind.to_string()),
        lane: evaluation.lane.as_str().to_owned(),
        risk_score: evaluation.risk_score,
        main_reason_zh,
        main_reason_en,
        undeclared_kg: evaluation.mass.undeclared_kg,
        timings_ms: evaluation.timings_ms.clone(),
        declared: crate::service::declared(&case.declaration),
    }
}

/// The strongest reason against the declaration; else why it is not green; else that nothing was found.
pub(crate) fn main_reason(evaluation: &Evaluation) -> (String, String) {
    if let Some(reason) = evaluation.reasons.iter().find(|reason| reason.contribution > 0.0) {
        return (reason.text_zh.clone(), reason.text_en.clone());
    }
    match evaluation.degraded.first() {
        Some(obstacle) => (obstacle.zh.clone(), obstacle.en.clone()),
        None => ("未见异常：与申报相符".to_owned(), "No anomaly: the scan agrees with the declaration".to_owned()),
    }
}

/// Stages in the order in which they run.
const STAGES: [&str; 11] =
    ["decode", "plan", "imaging", "resample", "layout", "geometry", "cargo", "observe", "verify", "policy", "total"];

fn table(report: &Report) -> String {
    let mut text = String::new();
    for row in &report.evaluations {
        let undeclared = row.undeclared_kg.map_or_else(|| "-".to_owned(), interval);
        let tampering = row.tampering.as_deref().unwrap_or("honest");
        text += &format!(
            "{:<24} {:<7} {:>3.0}  undeclared {undeclared}  [{tampering}]\n    申报 declared  {}\n    {}\n    {}\n    ms ",
            row.case,
            row.lane.to_uppercase(),
            row.risk_score,
            row.declared,
            row.main_reason_zh,
            row.main_reason_en
        );
        let times: BTreeMap<&str, f64> = row.timings_ms.iter().map(|(stage, ms)| (stage.as_str(), *ms)).collect();
        let shown = STAGES.iter().filter_map(|stage| Some(format!("{stage} {:.0}", times.get(stage)?)));
        text += &shown.collect::<Vec<_>>().join("  ");
        text += "\n";
    }
    text + &format!("{} {} on {}\n", report.engine.kind, report.commit, report.machine.cpu)
}

/// Serves the console until the process is told to stop.
async fn open_console(config: &Config, station: &Station) -> Result<(), Failure> {
    let address = config.address()?;
    let listener = match serve::bind(address).await {
        Ok(listener) => listener,
        // The usual port may be taken by a service that runs already; any other will do for a demo.
        Err(_) => serve::bind((address.ip(), 0).into()).await?,
    };
    let url = format!("http://{}", listener.local_addr()?);
    if pellucid_console::is_built() {
        note(format_args!("the console is on {url} (Ctrl-C ends it)"));
        open_browser(&url);
    } else {
        note(format_args!("the console is not in this binary; the API is on {url}/api/v1 (Ctrl-C ends it)"));
    }
    serve::run(listener, serve::app(station.service.clone(), config)).await
}

/// Opens the page where there is a screen; elsewhere the printed address is enough.
fn open_browser(url: &str) {
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        return;
    }
    let null = std::process::Stdio::null;
    let opened = std::process::Command::new("xdg-open").arg(url).stdout(null()).stderr(null()).spawn();
    if let Err(error) = opened {
        tracing::debug!(%error, "no browser could be opened");
    }
}
