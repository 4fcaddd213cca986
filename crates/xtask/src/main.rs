//! `cargo xtask setup · demo · test`: what a machine needs before `pellucid` runs, and the checks that CI runs.
//!
//! Everything fetched lies under `target/setup`; a second run finds it there and does nothing.

mod checks;
mod command;
mod console;
mod debian;
mod dicos;
mod onnxruntime;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::command::Step;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Prepares a machine for Pellucid and checks the workspace")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Fetch ONNX Runtime, build the console, and fetch what tests compare with; the second time nothing happens.
    Setup,
    /// Set up, then score the sample scans and serve the console on them (`pellucid demo`).
    Demo {
        /// Passed on to `pellucid demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Set up, then check format, lints, tests, documentation examples and the console.
    Test,
}

/// Where everything fetched lies.
const SETUP: &str = "target/setup";

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let root = workspace_root()?;
    match task {
        Task::Setup => {
            setup(&root)?;
            dicos::fetch(&root, &root.join(SETUP));
            Ok(())
        }
        Task::Demo { args } => {
            let library = setup(&root)?;
            Step::cargo(&root, "demo")
                .args(["run", "--package", "pellucid", "--", "demo"])
                .args(args)
                .env("ORT_DYLIB_PATH", library)
                .run("the lines above say what it wants")
        }
        Task::Test => {
            let library = setup(&root)?;
            dicos::fetch(&root, &root.join(SETUP));
            debian::install_packages(&root)?;
            checks::run(&root, &library)
        }
    }
}

/// Makes everything ready that does not need root; returns the absolute path of the ONNX Runtime library.
fn setup(root: &Path) -> Result<PathBuf> {
    let folder = root.join(SETUP);
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let library = onnxruntime::fetch(root, &folder)?;
    console::build(root, &folder)?;
    Ok(library)
}

fn workspace_root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().with_context(|| {
        format!("the workspace is no longer at {}: build xtask again with `cargo clean -p xtask`", root.display())
    })
}
