use std::path::{Path, PathBuf};

use clap::Args;
use pellucid_pipeline::{InspectionRequest, Toolbox, inspect};
use pellucid_scan::encode_tiff;
use serde_json::json;

use super::{Session, note};
use crate::case_folder::save;
use crate::confusion::{self, JudgedCase, TEST_SEED};
use crate::failure::{Exit, Failure};
use crate::kilograms::interval;
use crate::machine::{Machine, commit};
use crate::mass_trial::{self, WeighedLoad};
use crate::real_scans;
use crate::wiring;

/// Arguments of `pellucid eval`.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Cases; the first half honest, the others tampered with, the families in turn.
    #[arg(short, default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    n: u32,
    /// First seed. Test seeds begin at 9,000,000; anything else is for tuning.
    #[arg(long, default_value_t = TEST_SEED)]
    seed: u64,
    /// Judge the processed scans of a folder with boxes.csv instead, each declared empty and each declared coffee.
    #[arg(long, value_name = "DIR")]
    real: Option<PathBuf>,
    /// Weigh honest loads instead, and hold the intervals against what was loaded.
    #[arg(long, conflicts_with = "real")]
    mass: bool,
    /// Policy of the models folder.
    #[arg(long, default_value = "demo")]
    policy: String,
    /// Write the tables into <models>/README.md, between the marks of this suite.
    #[arg(long)]
    write: bool,
    /// Exit with 9 unless at least this many honest boxes are green and as many tampered ones are not.
    #[arg(long, value_name = "N")]
    gate: Option<usize>,
}

/// `pellucid eval`.
pub(crate) fn run(session: &Session, args: &EvalArgs) -> Result<(), Failure> {
    if args.mass {
        return mass(session, args);
    }
    let (toolbox, line) = wiring::toolbox(&session.config, &args.policy)?;
    note(line);
    match &args.real {
        Some(folder) => real(session, args, &toolbox, folder),
        None => phantoms(session, args, &toolbox),
    }
}

fn phantoms(session: &Session, args: &EvalArgs, toolbox: &Toolbox) -> Result<(), Failure> {
    let judge = |case: &pellucid_phantom::Case| {
        let request = InspectionRequest { now: jiff::Timestamp::now().to_string(), ..InspectionRequest::default() };
        Ok(inspect(toolbox, &encode_tiff(&case.scan)?, &case.declaration, &request)?.evaluation)
    };
    let cases = confusion::judge_cases(args.n as usize, args.seed, &judge, &|case| note(row(case)))?;
    let table = confusion::markdown(&cases);
    if args.write {
        let command = format!("pellucid eval -n {} --seed {} --policy {}", args.n, args.seed, args.policy);
        write_block(&session.config.models, "phantoms", &command, &table)?;
    }
    let ((green, honest), (not_green, tampered)) = confusion::headline(&cases);
    let answer = json!({
        "cases": cases, "counts": confusion::counts(&cases),
        "honest_green": green, "honest": honest, "tampered_not_green": not_green, "tampered": tampered,
    });
    session.answer(&answer, || table)?;
    match args.gate {
        Some(gate) if green < gate || not_green < gate => Err(Failure::new(
            Exit::GateMissed,
            format!("{green} honest boxes are green and {not_green} tampered ones are not; the gate is {gate}"),
        )),
        _ => Ok(()),
    }
}

fn mass(session: &Session, args: &EvalArgs) -> Result<(), Failure> {
    let (instruments, line) = wiring::instruments(&session.config)?;
    note(line);
    let progress = |load: &WeighedLoad| {
        let said = load.mass.map_or_else(
            || "not found".to_owned(),
            |mass| format!("{:.0} kg ({}), {:?}", mass.best_kg, interval(mass.kg), mass.budget),
        );
        note(format_args!("{} {:<10} {:.0} kg loaded: {said}", load.seed, load.goods, load.loaded_kg));
    };
    let loads = mass_trial::weigh(&instruments, args.n as usize, args.seed, &progress)?;
    let table = mass_trial::markdown(&loads);
    if args.write {
        let command = format!("pellucid eval --mass -n {} --seed {}", args.n, args.seed);
        write_block(&session.config.models, "mass", &command, &table)?;
    }
    session.answer(&loads, || table)
}

fn row(case: &JudgedCase) -> String {
    format!(
        "{} {:<18} declared {:<9} {:<6} {:>5.1}  {:>7.0} kg of {:>7.0} kg  {}{}",
        case.seed,
        case.family,
        case.declared,
        case.lane.as_str(),
        case.risk_score,
        case.observed_kg.unwrap_or(f64::NAN),
        case.loaded_kg,
        case.main_reason_en,
        if case.degraded.is_empty() { String::new() } else { format!("  [{}]", case.degraded.join("; ")) }
    )
}

fn real(session: &Session, args: &EvalArgs, toolbox: &Toolbox, folder: &Path) -> Result<(), Failure> {
    let report = real_scans::judge(toolbox, folder, &|line| note(line))?;
    let table = real_scans::markdown(&report);
    if args.write {
        let command = format!("pellucid eval --real ../shared/data/real_scans --policy {}", args.policy);
        write_block(&session.config.models, "real", &command, &table)?;
    }
    session.answer(&report, || table)
}

/// Puts a block between `<!-- eval NAME -->` and `<!-- /eval NAME -->` of the models' README.
fn write_block(models: &str, name: &str, command: &str, table: &str) -> Result<(), Failure> {
    let now = jiff::Timestamp::now().to_string();
    let day = now.get(..10).unwrap_or(&now);
    let Machine { cpu, threads, .. } = Machine::here();
    let block = format!("`{command}`: {day}, commit {}, {cpu}, {threads} threads\n\n{table}", commit());
    let path = Path::new(models).join("README.md");
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file("reading", &path, error))?;
    let (open, close) = (format!("<!-- eval {name} -->"), format!("<!-- /eval {name} -->"));
    let marks = text.find(&open).zip(text.find(&close)).filter(|(start, end)| start < end);
    let Some((start, end)) = marks else {
        return Err(Failure::new(Exit::BadInput, format!("{}: no place marked {open} … {close}", path.display())));
    };
    let text = format!("{}{open}\n{}\n{}", &text[..start], block.trim_end(), &text[end..]);
    save(&path, text.as_bytes())
}
