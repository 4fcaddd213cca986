use std::collections::BTreeMap;

use clap::Args;
use pellucid_core::{EngineKind, IsoSize};
use pellucid_phantom::{Case, ContainerRecipe, Conveyance, Recipe, Scanner, make_case};
use pellucid_pipeline::{InspectionRequest, inspect};
use serde::Serialize;

use super::{Session, note};
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::machine::{Machine, commit};
use crate::wiring;

/// Arguments of `pellucid bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// On a GPU or not at all; a software adapter counts.
    #[arg(long)]
    gpu: bool,
    /// Inspections that are timed; one more comes first to warm up.
    #[arg(short, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    n: u32,
    /// Exit with 9 unless the median of whole inspections is below so many milliseconds.
    #[arg(long, value_name = "MS")]
    gate: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    commit: String,
    profile: &'static str,
    engine: EngineKind,
    scan: ScanSize,
    inspections: u32,
    stages: BTreeMap<String, StageFigure>,
    megapixels_per_second: f64,
}

#[derive(Debug, Serialize)]
struct ScanSize {
    rows: usize,
    columns: usize,
    bands: usize,
    file_bytes: usize,
}

/// Milliseconds of one stage over all timed inspections.
#[derive(Debug, Serialize)]
struct StageFigure {
    median_ms: f64,
    least_ms: f64,
    most_ms: f64,
}

/// `pellucid bench`.
pub(crate) fn run(session: &Session, args: &BenchArgs) -> Result<(), Failure> {
    let mut config: Config = session.config.clone();
    if args.gpu {
        config.gpu = "required".to_owned();
    }
    let (toolbox, line) = wiring::toolbox(&config, "demo")?;
    note(line);
    note("making a scan of 1,200 rows");
    let case = case()?;
    let file = pellucid_scan::encode_tiff(&case.scan)?;
    let request = InspectionRequest { now: jiff::Timestamp::now().to_string(), ..InspectionRequest::default() };
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for run in 0..=args.n {
        let evaluation = inspect(&toolbox, &file, &case.declaration, &request)?.evaluation;
        note(format_args!("{run}/{}: {:.0} ms", args.n, evaluation.timings_ms.get("total").copied().unwrap_or(0.0)));
        if run > 0 {
            for (stage, ms) in evaluation.timings_ms {
                times.entry(stage).or_default().push(ms);
            }
        }
    }
    let report = report(&case, &file, toolbox.engine.kind(), args.n, times);
    session.answer(&report, || table(&report))?;
    let total = report.stages.get("total").map_or(f64::INFINITY, |stage| stage.median_ms);
    match args.gate {
        Some(gate) if total >= gate => {
            Err(Failure::new(Exit::GateMissed, format!("an inspection takes {total:.0} ms; the gate is {gate} ms")))
        }
        _ => Ok(()),
    }
}

/// A 40' box of coffee on a trailer, dual energy, at the pitch of real arrays: 1,200 rows and about 3,000 columns.
fn case() -> Result<Case, Failure> {
    let recipe = Recipe {
        name: "bench".to_owned(),
        scanner: "relocatable_6_3p5_fine".to_owned(),
        seed: 1,
        conveyance: Conveyance::Trailer,
        containers: vec![ContainerRecipe::known(IsoSize::Forty, "0901", [0.9, 1.0])],
        tampering: None,
        processed: false,
        vehicle: None,
        papers: None,
    };
    Ok(make_case(&recipe, &Scanner::preset(&recipe.scanner)?, recipe.seed)?)
}

fn report(case: &Case, file: &[u8], engine: EngineKind, n: u32, times: BTreeMap<String, Vec<f64>>) -> Report {
    let (columns, rows) = case.scan.views.first().map_or((0, 0), |view| view.size());
    let bands = case.scan.views.first().map_or(0, |view| view.bands.len());
    let stages: BTreeMap<String, StageFigure> =
        times.into_iter().map(|(stage, values)| (stage, figure(values))).collect();
    let seconds = stages.get("total").map_or(f64::INFINITY, |stage| stage.median_ms / 1e3);
    Report {
        machine: Machine::here(),
        commit: commit(),
        profile: if cfg!(debug_assertions) { "dev" } else { "release" },
        engine,
        megapixels_per_second: (rows * columns * bands) as f64 / 1e6 / seconds,
        scan: ScanSize { rows, columns, bands, file_bytes: file.len() },
        inspections: n,
        stages,
    }
}

fn figure(mut values: Vec<f64>) -> StageFigure {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    StageFigure {
        median_ms: (at((values.len().max(1) - 1) / 2) + at(values.len() / 2)) / 2.0,
        least_ms: at(0),
        most_ms: at(values.len().saturating_sub(1)),
    }
}

fn table(report: &Report) -> String {
    let scan = &report.scan;
    let mut text = format!(
        "{} rows x {} columns x {} bands, {:.1} MB, on {} ({}), {} profile, commit {}\n{:<10} {:>9} {:>9} {:>9}\n",
        scan.rows,
        scan.columns,
        scan.bands,
        scan.file_bytes as f64 / 1e6,
        report.engine.kind,
        report.engine.device,
        report.profile,
        report.commit,
        "stage",
        "median",
        "least",
        "most"
    );
    let mut stages: Vec<_> = report.stages.iter().collect();
    stages.sort_by(|a, b| b.1.median_ms.total_cmp(&a.1.median_ms));
    for (stage, figure) in stages {
        let StageFigure { median_ms, least_ms, most_ms } = figure;
        text += &format!("{stage:<10} {median_ms:>6.1} ms {least_ms:>6.1} ms {most_ms:>6.1} ms\n");
    }
    text + &format!("{:.1} megapixels a second\n", report.megapixels_per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_even_and_odd_counts() {
        assert_eq!(figure(vec![3.0, 1.0, 2.0]).median_ms, 2.0);
        assert_eq!(figure(vec![4.0, 1.0, 2.0, 3.0]).median_ms, 2.5);
        assert_eq!(figure(vec![4.0, 1.0]).most_ms, 4.0);
    }
}
