//! Times the sweep from counts to attenuation and the 3 × 3 median on one thread, for each instruction set.
//!
//! `cargo run --release -p pellucid-imaging --example filter_times -- WIDTH HEIGHT ROUNDS` prints one line a figure:
//! name, instruction set, least and median milliseconds. `benches/compare/median.py` runs it beside OpenCV.

use std::time::Instant;

use pellucid_imaging::InstructionSet;
use pellucid_imaging::kernels::interpolation::sources;
use pellucid_imaging::kernels::registration::Taps;
use pellucid_imaging::passes::Row;
use pellucid_imaging::passes::attenuate::{self, median};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<usize> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    let &[width, height, rounds] = arguments.as_slice() else { return Err("WIDTH HEIGHT ROUNDS are needed".into()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| run(width, height, rounds));
    Ok(())
}

fn run(width: usize, height: usize, rounds: usize) {
    let mut state = 1_u64;
    let counts: Vec<u16> = (0..width * height)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 48) as u16
        })
        .collect();
    let rows: Vec<Row> =
        sources(&vec![false; height]).into_iter().map(|source| Row::new(200, 11_000_000, source)).collect();
    let dose = vec![0; width];
    let input = attenuate::Input { counts: &counts, rows: &rows, dose: &dose, drifts: &[] };
    let params = |is_filtered| attenuate::Params {
        width: width as u32,
        height: height as u32,
        max_value: 65_535,
        floor: 8,
        is_inverted: 0,
        keep_bits: 0xff,
        is_merged: 0,
        limit: 80,
        is_filtered,
        first_tap: Taps::IDENTITY.first,
        padding: [0; 2],
        weights: Taps::IDENTITY.weights,
    };
    let (mut out, mut filtered, mut validity) =
        (vec![0; width * height], vec![0; width * height], vec![0; width * height]);
    for set in InstructionSet::all() {
        report("median", set, rounds, || median::run_with(set, width, height, &counts, &mut filtered));
        report("attenuate", set, rounds, || attenuate::run_with(set, &params(0), input, &mut out, &mut validity));
        report("attenuate_then_median", set, rounds, || {
            attenuate::run_with(set, &params(0), input, &mut out, &mut validity);
            median::run_with(set, width, height, &out, &mut filtered);
        });
        report("attenuate_and_median", set, rounds, || {
            attenuate::run_with(set, &params(1), input, &mut out, &mut validity);
        });
    }
}

fn report(name: &str, set: InstructionSet, rounds: usize, mut work: impl FnMut()) {
    work();
    let mut times: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name} {} {:.4} {:.4}", set.name(), times[0], times[times.len() / 2]);
}
