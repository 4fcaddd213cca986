//! `pellucid`: configuration, wiring and the command line. Domain logic lives in the libraries.

mod calibrations;
mod case_folder;
mod cli;
mod config;
mod confusion;
mod failure;
mod figure_change;
mod goods_sheet;
mod inspection_sheet;
mod kilograms;
mod library_build;
mod machine;
mod mass_trial;
mod measured_words;
mod picture;
mod real_scans;
mod scan_input;
mod scanner_watch;
mod serve;
mod service;
mod station;
mod suite_writer;
mod training_set;
mod whole_folder;
mod wiring;

fn main() -> std::process::ExitCode {
    cli::run()
}
