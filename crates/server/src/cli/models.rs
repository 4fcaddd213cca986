use std::path::PathBuf;

use clap::Subcommand;
use pellucid_classify::{ModelSigningKey, open_package, sign_package};
use serde::Serialize;

use super::Session;
use crate::failure::{Exit, Failure};
use crate::wiring;

/// Commands of `pellucid models`.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the packages of the models folder.
    List,
    /// Check signature and hash of every package.
    Verify,
    /// Sign the card of a package.
    Sign {
        /// The package's folder.
        package: PathBuf,
        /// Private key file.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    version: String,
    kind: String,
    sha256: String,
    is_trusted: bool,
    detail: String,
}

/// `pellucid models …`.
pub(crate) fn run(session: &Session, command: ModelsCommand) -> Result<(), Failure> {
    match command {
        ModelsCommand::List => answer(session, &rows(session)?),
        ModelsCommand::Verify => {
            let rows = rows(session)?;
            answer(session, &rows)?;
            match rows.iter().filter(|row| !row.is_trusted).count() {
                0 if rows.is_empty() => Err(Failure::new(Exit::NotFound, "no model package is there")),
                0 => Ok(()),
                faults => Err(Failure::new(Exit::VerificationFailed, format!("{faults} package(s) do not hold"))),
            }
        }
        ModelsCommand::Sign { package, key } => {
            let text = std::fs::read_to_string(&key).map_err(|error| Failure::file("reading", &key, error))?;
            let card = sign_package(&package, &ModelSigningKey::parse(&text)?)?;
            let signed = serde_json::json!({ "name": card.name, "version": card.version, "sha256": card.sha256 });
            session.answer(&signed, || format!("signed {} {}", card.name, card.version))
        }
    }
}

fn rows(session: &Session) -> Result<Vec<Row>, Failure> {
    let keys = wiring::trusted_keys(&session.config)?;
    let rows =
        wiring::packages(&session.config)?.into_iter().map(|package| match open_package(&package.path, &keys) {
            Ok(opened) => Row {
                name: opened.card.name.clone(),
                version: opened.card.version.clone(),
                kind: format!("{:?}", opened.card.kind).to_lowercase(),
                sha256: opened.sha256.clone(),
                is_trusted: true,
                detail: "signed by a trusted key".to_owned(),
            },
            Err(error) => Row {
                name: package.name,
                version: package.version,
                kind: String::new(),
                sha256: String::new(),
                is_trusted: false,
                detail: format!("{:#}", anyhow::Error::new(error)),
            },
        });
    Ok(rows.collect())
}

fn answer(session: &Session, rows: &[Row]) -> Result<(), Failure> {
    session.answer(&rows, || {
        let line = |row: &Row| {
            let mark = if row.is_trusted { "ok " } else { "NO " };
            let sha256 = row.sha256.get(..12).unwrap_or("-");
            format!("{mark} {:<10} {:<8} {:<8} {sha256:<12} {}\n", row.name, row.version, row.kind, row.detail)
        };
        rows.iter().map(line).collect()
    })
}
