use std::path::{Path, PathBuf};

use clap::Subcommand;
use pellucid_core::Grade;
use pellucid_verify::{Library, RiskProfile};
use serde_json::json;

use super::{Session, note};
use crate::case_folder::save;
use crate::failure::Failure;
use crate::library_build::{self, LibraryPlan};
use crate::wiring;

/// Commands of `pellucid library`.
#[derive(Debug, Subcommand)]
pub(crate) enum LibraryCommand {
    /// Build the first library from phantoms, and fit the risk profile on others.
    Build {
        /// Shipments per heading and grade.
        #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=1000))]
        shipments: u16,
        /// Cases to fit the risk profile on, half of them tampered with; 0 leaves the profile alone.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=10_000))]
        fit: u16,
        /// Version of the library.
        #[arg(long, default_value = "0.1.0")]
        library_version: String,
        /// Time of creation to write down, RFC 3339; now when absent.
        #[arg(long)]
        created: Option<String>,
    },
    /// What the library knows, by grade and heading.
    Coverage,
}

/// Runs a command of `pellucid library`.
pub(crate) fn run(session: &Session, command: &LibraryCommand) -> Result<(), Failure> {
    match command {
        LibraryCommand::Build { shipments, fit, library_version, created } => {
            let plan = LibraryPlan { shipments: usize::from(*shipments), fit_cases: usize::from(*fit) };
            let created = created.clone().unwrap_or_else(|| jiff::Timestamp::now().to_string());
            build(session, plan, library_version, &created)
        }
        LibraryCommand::Coverage => coverage(session),
    }
}

fn build(session: &Session, plan: LibraryPlan, version: &str, created: &str) -> Result<(), Failure> {
    let (instruments, line) = wiring::instruments(&session.config)?;
    note(line);
    let profile_path = Path::new(&session.config.models).join("profile/default.toml");
    let text = std::fs::read_to_string(&profile_path).map_err(|e| Failure::file("reading", &profile_path, e))?;
    let profile = RiskProfile::parse(&text)?;
    let built =
        library_build::build(&instruments, plan, &profile, version, created, wiring::SOFTWARE, &|line| note(line))?;
    let folder = Path::new(&session.config.models).join("library").join(version);
    std::fs::create_dir_all(&folder).map_err(|error| Failure::file("making the folder", &folder, error))?;
    let library_path = folder.join("library.cbor.zst");
    save(&library_path, &built.library.save()?)?;
    let mut written: Vec<PathBuf> = vec![library_path];
    if let Some(fitted) = &built.fitted {
        for (name, losses) in
            [("temperature", &fitted.temperature_losses), ("mass.sigma_relative", &fitted.sigma_losses)]
        {
            for (value, loss) in losses {
                note(format_args!("{name} {value}: loss {loss:.4}"));
            }
        }
        for left in &fitted.left_alone {
            note(format_args!("left alone: {left}"));
        }
        let path = folder.join("fitted_profile.toml");
        save(&path, fitted.profile.to_toml()?.as_bytes())?;
        written.push(path);
    }
    let answer = json!({ "files": written, "left_out": built.left_out, "coverage": rows(&built.library) });
    session.answer(&answer, || {
        let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        format!("{}\n{} scene(s) left out\n{}", table(&built.library), built.left_out, files.join("\n"))
    })
}

fn coverage(session: &Session) -> Result<(), Failure> {
    let (library, _) = wiring::library(&session.config)?;
    session.answer(&rows(&library), || table(&library))
}

fn rows(library: &Library) -> serde_json::Value {
    let rows = library.coverage();
    let rows = rows.iter().map(|row| {
        json!({
            "grade": row.grade, "heading": row.heading, "state": row.state.as_str(),
            "shipments": row.shipments, "equivalent": row.equivalents,
        })
    });
    rows.collect()
}

fn table(library: &Library) -> String {
    let mut text = String::from("grade               heading   shipments  state          looks like\n");
    for row in library.coverage() {
        let grade: Grade = row.grade;
        text.push_str(&format!(
            "{:<19} {:<9} {:>9}  {:<13}  {}\n",
            grade.as_str(),
            row.heading,
            row.shipments,
            row.state.as_str(),
            row.equivalents.join(" ")
        ));
    }
    text
}
