//! `pellucid`: configuration, wiring and the command line. Domain logic lives in the libraries.

mod case_folder;
mod cli;
mod config;
mod failure;
mod training_set;
mod wiring;

fn main() -> std::process::ExitCode {
    cli::run()
}
