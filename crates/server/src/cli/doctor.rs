use pellucid_classify::{CargoModel, Classifier, LayoutModel, open_package};
use serde::Serialize;

use super::Session;
use crate::failure::{Exit, Failure};
use crate::wiring;

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    is_well: bool,
    detail: String,
    /// The command that mends it; empty when nothing is wrong.
    repair: &'static str,
}

impl Check {
    fn of(name: &'static str, repair: &'static str, result: Result<String, Failure>) -> Self {
        match result {
            Ok(detail) => Self { name, is_well: true, detail, repair: "" },
            Err(failure) => Self { name, is_well: false, detail: format!("{:#}", failure.error), repair },
        }
    }
}

/// `pellucid doctor`.
pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let config = &session.config;
    let checks = [
        Check::of("engine", "PELLUCID_GPU=off pellucid …", wiring::engine(config).map(|(_, line)| line)),
        Check::of("onnxruntime", "cargo xtask setup", runtime(session)),
        Check::of("layout model", "pellucid models verify", layout(session)),
        Check::of("cargo model", "pellucid models verify", cargo(session)),
        Check::of("records", "chown or free the folder named above", records(session)),
        Check::of("blobs", "chown or free the folder named above", blobs(session)),
        Check::of("console", "npm --prefix crates/console/ui run build, then build again", console()),
        Check::of("clock", "set the clock of this machine", clock()),
    ];
    session.answer(&checks, || {
        let line = |check: &Check| match check.is_well {
            true => format!("ok  {:<13} {}\n", check.name, check.detail),
            false => format!("NO  {:<13} {}\n    mend it: {}\n", check.name, check.detail, check.repair),
        };
        checks.iter().map(line).collect()
    })?;
    match checks.iter().filter(|check| !check.is_well).count() {
        0 => Ok(()),
        faults => Err(Failure::new(Exit::DependencyDown, format!("{faults} thing(s) to mend"))),
    }
}

fn runtime(session: &Session) -> Result<String, Failure> {
    match wiring::onnxruntime(&session.config) {
        Some(path) if path.is_file() => Ok(path.display().to_string()),
        Some(path) => Err(Failure::new(Exit::DependencyDown, format!("there is no {}", path.display()))),
        None => Err(Failure::new(Exit::DependencyDown, "the library was not found; set ORT_DYLIB_PATH or run setup")),
    }
}

fn layout(session: &Session) -> Result<String, Failure> {
    let package = open_package(
        &wiring::newest_package(&session.config, "layout")?.path,
        &wiring::trusted_keys(&session.config)?,
    )?;
    let model = LayoutModel::load(&package, &wiring::session_options(&session.config))?;
    Ok(format!("{} on {}", model.card().version, model.provider()))
}

fn cargo(session: &Session) -> Result<String, Failure> {
    let package = open_package(
        &wiring::newest_package(&session.config, "cargo")?.path,
        &wiring::trusted_keys(&session.config)?,
    )?;
    let model = CargoModel::load(&package, &wiring::session_options(&session.config))?;
    Ok(format!("{} on {}", model.card().version, model.provider()))
}

fn records(session: &Session) -> Result<String, Failure> {
    wiring::block_on(async {
        let records = pellucid_store::open_records(&session.config.records).await?;
        records.ping().await?;
        let audit = records.check_audit().await?;
        match audit.broken_at {
            None => Ok(format!("{}; {} audit record(s) in an unbroken chain", session.config.records, audit.records)),
            Some(seq) => Err(Failure::new(Exit::VerificationFailed, format!("audit record {seq} was changed"))),
        }
    })
}

fn blobs(session: &Session) -> Result<String, Failure> {
    wiring::block_on(async {
        pellucid_store::open_blobs(&session.config.blobs)?.ping().await?;
        Ok(session.config.blobs.clone())
    })
}

fn console() -> Result<String, Failure> {
    if pellucid_console::is_built() {
        Ok("built into this binary".to_owned())
    } else {
        Err(Failure::new(Exit::DependencyDown, "its assets are not in this binary"))
    }
}

/// A clock that stands before this software was written would date every record wrongly.
fn clock() -> Result<String, Failure> {
    let now = jiff::Timestamp::now();
    let earliest: jiff::Timestamp =
        "2026-01-01T00:00:00Z".parse().map_err(|_| Failure::new(Exit::Failure, "clock"))?;
    if now < earliest {
        return Err(Failure::new(Exit::DependencyDown, format!("it says {now}, which is in the past")));
    }
    Ok(now.to_string())
}
