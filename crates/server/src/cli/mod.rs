//! The command line: data on stdout, progress on stderr, one file per command.

mod bench;
mod box_view;
mod config;
mod declared;
mod demo;
mod doctor;
mod eval;
mod inspect;
mod library;
mod models;
mod phantom;
mod project;
mod quality;
mod render;
mod scanner;
mod score;
mod serve;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Flags};
use crate::failure::Failure;

/// Review of cargo X-ray scans against what was declared.
#[derive(Debug, Parser)]
#[command(name = "pellucid", version)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Answer with JSON on stdout.
    #[arg(long, global = true)]
    json: bool,
    /// Configuration file instead of ./pellucid.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// off, auto or required.
    #[arg(long = "gpu-mode", global = true, value_name = "MODE")]
    gpu_mode: Option<String>,
    /// Folder of models, library, policy and profile.
    #[arg(long, global = true, value_name = "DIR")]
    models: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Score the sample scans and serve the console on them.
    Demo(demo::DemoArgs),
    /// Inspect a scan file against a declaration.
    Score(score::ScoreArgs),
    /// Measure a scan file without a declaration: quality, containers, masses, segments.
    Inspect(inspect::InspectArgs),
    /// Watch scanners: what their scans say of them, and what got worse.
    Quality(quality::QualityArgs),
    /// Draw a scan.
    Render(render::RenderArgs),
    /// Make scans in software, with known truth.
    #[command(subcommand)]
    Phantom(phantom::PhantomCommand),
    /// Calibrate a scanner on known objects.
    #[command(subcommand)]
    Scanner(scanner::ScannerCommand),
    /// Serve the API and the console, and work off jobs.
    Serve(serve::ServeArgs),
    /// Work off the jobs of a store that another process serves.
    Worker,
    /// Check this machine and say how to mend what is wrong.
    Doctor,
    /// List, verify and sign models.
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Build and show the library of what goods look like.
    #[command(subcommand)]
    Library(library::LibraryCommand),
    /// Judge fresh phantoms or real scans with known truth and count.
    Eval(eval::EvalArgs),
    /// Time whole inspections, stage by stage.
    Bench(bench::BenchArgs),
    /// Print the effective configuration.
    Config,
}

/// What a command works with.
pub(crate) struct Session {
    /// Whether to answer with JSON.
    pub(crate) is_json: bool,
    /// The effective configuration.
    pub(crate) config: Config,
}

impl Session {
    fn open(global: &Global) -> Result<Self, Failure> {
        let mut flags = Flags::new();
        if let Some(mode) = &global.gpu_mode {
            flags.insert("gpu", mode.clone());
        }
        if let Some(models) = &global.models {
            flags.insert("models", models.display().to_string());
        }
        Ok(Self { is_json: global.json, config: Config::load(global.config.as_deref(), &flags)? })
    }

    /// Data for stdout: one JSON document, or lines for people.
    pub(crate) fn answer(&self, json: &impl serde::Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        let text = if self.is_json { serde_json::to_string_pretty(json)? } else { text() };
        match writeln!(std::io::stdout(), "{}", text.trim_end_matches('\n')) {
            // A reader who has seen enough, such as `head`.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }
}

/// One line of progress, on stderr.
pub(crate) fn note(message: impl std::fmt::Display) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Runs the command line of this process.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors: clap prints them on stdout and exits 0; usage errors exit 2.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("PELLUCID_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match Session::open(&cli.global).and_then(|session| dispatch(&session, cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(format_args!("pellucid: {:#}", failure.error));
            failure.exit.into()
        }
    }
}

fn dispatch(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(session, &args),
        Command::Inspect(args) => inspect::run(session, &args),
        Command::Score(args) => score::run(session, &args),
        Command::Serve(args) => serve::run(session, &args),
        Command::Worker => serve::run_worker(session),
        Command::Bench(args) => bench::run(session, &args),
        Command::Quality(args) => quality::run(session, &args),
        Command::Render(args) => render::run(session, &args),
        Command::Phantom(command) => phantom::run(session, command),
        Command::Scanner(command) => scanner::run(session, &command),
        Command::Doctor => doctor::run(session),
        Command::Models(command) => models::run(session, command),
        Command::Library(command) => library::run(session, &command),
        Command::Eval(args) => eval::run(session, &args),
        Command::Config => config::run(session),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn no_two_options_share_a_name() {
        Cli::command().debug_assert();
    }
}
