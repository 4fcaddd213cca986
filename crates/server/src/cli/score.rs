use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use pellucid_core::{ContainerNumber, Evaluation};
use pellucid_pipeline::{InspectionRequest, PipelineError, inspect};
use pellucid_scan::Limits;

use super::{Session, note};
use crate::case_folder::read_declaration;
use crate::failure::Failure;
use crate::kilograms::interval;
use crate::{scan_input, wiring};

/// Arguments of `pellucid score`.
#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// The scan: a file, or a folder of files as a vendor writes it.
    scan: PathBuf,
    /// The declaration, as JSON.
    #[arg(long, value_name = "FILE")]
    declaration: PathBuf,
    /// Which declared container is meant.
    #[arg(long, value_name = "NUMBER")]
    container: Option<ContainerNumber>,
    /// Which box of the scan is meant, from 0 at the left.
    #[arg(long, value_name = "INDEX")]
    container_index: Option<usize>,
    /// Prior log-odds from a risk system.
    #[arg(long, value_name = "LOG_ODDS", allow_negative_numbers = true)]
    prior: Option<f64>,
}

/// `pellucid score`.
pub(crate) fn run(session: &Session, args: &ScoreArgs) -> Result<(), Failure> {
    let file = scan_input::read(&args.scan, &Limits::default())?;
    let declaration = read_declaration(&args.declaration)?;
    let (toolbox, line) = wiring::toolbox(&session.config, &session.config.policy)?;
    note(line);
    let request = InspectionRequest {
        prior_log_odds: args.prior,
        container: args.container.clone(),
        container_index: args.container_index,
        now: jiff::Timestamp::now().to_string(),
    };
    let inspection = inspect(&toolbox, &file, &declaration, &request).map_err(|error| match error {
        PipelineError::Decode(_) => Failure::from(error).while_doing(args.scan.display()),
        other => other.into(),
    })?;
    for warning in &inspection.warnings {
        note(format_args!("{}: {warning}", args.scan.display()));
    }
    session.answer(&inspection.evaluation, || in_words(&inspection.evaluation))
}

/// An evaluation for people.
fn in_words(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{}  risk {:.0}/100  probability {:.3}\n",
        evaluation.lane.as_str().to_uppercase(),
        evaluation.risk_score,
        evaluation.probability
    );
    for reason in evaluation.reasons.iter().filter(|reason| reason.contribution > 0.0) {
        let _ = writeln!(text, "  {:+.2}  {}\n         {}", reason.contribution, reason.text_zh, reason.text_en);
    }
    for obstacle in &evaluation.degraded {
        let _ = writeln!(text, "  !      {}\n         {}", obstacle.zh, obstacle.en);
    }
    let mass = &evaluation.mass;
    let kg = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0} kg"));
    let _ = writeln!(
        text,
        "  declared {}  observed {}  undeclared {}",
        kg(mass.declared_kg),
        kg(mass.observed_kg),
        mass.undeclared_kg.map_or_else(|| "-".to_owned(), interval)
    );
    let times: Vec<_> = evaluation.timings_ms.iter().map(|(stage, ms)| format!("{stage} {ms:.0}")).collect();
    let _ = writeln!(text, "  ms: {}", times.join("  "));
    text
}
