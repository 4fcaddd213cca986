//! Draws the mixture of every suite, which stages each case, and counts what cannot be built.
//!
//! `cargo run --release -p pellucid-phantom --example suite_sweep -- 5000`

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use pellucid_phantom::Suite;
use rayon::prelude::*;

fn main() -> ExitCode {
    let n: u64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(5000);
    let mut wrong = 0;
    for suite in Suite::ALL {
        let failed = AtomicU64::new(0);
        (0..n).into_par_iter().for_each(|index| {
            if let Err(error) = suite.mixed_case(index) {
                failed.fetch_add(1, Ordering::Relaxed);
                println!("{} {index}: {error}", suite.as_str());
            }
        });
        let failed = failed.into_inner();
        println!("{}: {failed} of {n} cases cannot be built", suite.as_str());
        wrong += failed;
    }
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
