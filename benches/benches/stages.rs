//! One group per stage, `stage/engine/size`, throughput in pixels of all bands.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pellucid_benches::{SIZES, case, pixels};
use pellucid_core::Preset;
use pellucid_gpu::{GpuMode, GpuOptions, select};
use pellucid_imaging::passes::{self, attenuate};
use pellucid_imaging::{CpuEngine, DisplayParams, DosePlan, Engine, InstructionSet, Plan, ResampleWindow};
use pellucid_phantom::{Scanner, make_case, sample_recipes};
use pellucid_scan::{Limits, decode, encode_tiff};
use pellucid_verify::{Column, Problem, Row, transport};

fn engines() -> Vec<(&'static str, Arc<dyn Engine>)> {
    let mut engines: Vec<(&'static str, Arc<dyn Engine>)> = vec![("cpu", Arc::new(CpuEngine::new()))];
    match select(GpuMode::Required, &GpuOptions::default()) {
        Ok((engine, line)) => {
            eprintln!("{line}");
            engines.push(("wgpu", engine));
        }
        Err(error) => eprintln!("wgpu: not run here: {error}"),
    }
    engines
}

fn imaging(c: &mut Criterion) {
    for size in SIZES {
        let scan = Arc::new(case(size).scan);
        let plan = Plan::for_scan(&scan).expect("the bench scene is valid");
        let (width, height) = scan.views[0].size();
        for (name, engine) in engines() {
            let mut group = c.benchmark_group("measure");
            group.throughput(Throughput::Elements(pixels(&scan))).sample_size(10);
            group.bench_function(format!("{name}/{}", size.name), |b| {
                b.iter(|| engine.submit(&plan, Arc::clone(&scan)).and_then(|t| t.wait()).expect("measured"));
            });
            group.finish();
            let imaged = engine.submit(&plan, Arc::clone(&scan)).and_then(|t| t.wait()).expect("measured");
            let imaged = Arc::new(imaged);
            let window = ResampleWindow {
                view: 0,
                x0: 0.0,
                y0: 0.0,
                x1: width as f64 * 0.6,
                y1: height as f64 * 0.8,
                out_width: 640,
                out_height: 304,
            };
            let mut group = c.benchmark_group("resample");
            group.sample_size(10);
            group.bench_function(format!("{name}/{}", size.name), |b| {
                b.iter(|| engine.submit_resample(&imaged, &[window]).and_then(|t| t.wait()).expect("resampled"));
            });
            group.finish();
            let mut group = c.benchmark_group("display");
            group.throughput(Throughput::Elements((width * height) as u64)).sample_size(10);
            for preset in [Preset::Grey, Preset::Material] {
                let display = DisplayParams::preset(preset);
                group.bench_function(format!("{preset}/{name}/{}", size.name), |b| {
                    b.iter(|| engine.submit_display(&imaged, 0, &display).and_then(|t| t.wait()).expect("drawn"));
                });
            }
            group.finish();
        }
    }
}

/// The sweep from counts to attenuation with and without its filter, and the filter alone, for each instruction set.
fn sweeps(c: &mut Criterion) {
    for size in SIZES {
        let scan = Arc::new(case(size).scan);
        let plan = Plan::for_scan(&scan).expect("the bench scene is valid");
        let (view, band) = (&plan.views()[0], &plan.views()[0].high);
        let counts = scan.views[0].bands[band.band].counts.pixels();
        let mut doses = vec![0; view.width];
        match &band.dose {
            DosePlan::Measured(params) => passes::dose::run(params, counts, &band.rows, &mut doses),
            DosePlan::Given(given) => doses.copy_from_slice(given),
        }
        let input = attenuate::Input { counts, rows: &band.rows, dose: &doses, drifts: &band.drifts };
        let (mut out, mut filtered, mut validity) =
            (vec![0; counts.len()], vec![0; counts.len()], vec![0; counts.len()]);
        let mut group = c.benchmark_group("attenuate");
        group.throughput(Throughput::Elements(counts.len() as u64)).sample_size(20);
        for set in InstructionSet::all() {
            for (name, is_filtered) in [("filtered", 1), ("plain", 0)] {
                let params = attenuate::Params { is_filtered, ..band.attenuate };
                group.bench_function(format!("{name}/cpu {}/{}", set.name(), size.name), |b| {
                    b.iter(|| attenuate::run_with(set, &params, input, &mut out, &mut validity));
                });
            }
            group.bench_function(format!("median alone/cpu {}/{}", set.name(), size.name), |b| {
                b.iter(|| attenuate::median::run_with(set, view.width, view.height, counts, &mut filtered));
            });
        }
        group.finish();
        // The host's share: gains that changed and bands that lie apart are looked for here.
        c.bench_function(&format!("plan/cpu/{}", size.name), |b| {
            b.iter(|| Plan::for_scan(black_box(&scan)).expect("the bench scene is valid"));
        });
    }
}

fn files(c: &mut Criterion) {
    for size in SIZES {
        let scan = Arc::new(case(size).scan);
        let bytes = encode_tiff(&scan).expect("the bench scene can be written");
        eprintln!("{}: {:.2} bytes a pixel in the file", size.name, bytes.len() as f64 / pixels(&scan) as f64);
        let mut group = c.benchmark_group("decode");
        group.throughput(Throughput::Elements(pixels(&scan))).sample_size(10);
        group.bench_function(format!("cpu/{}", size.name), |b| {
            b.iter(|| decode(black_box(&bytes), &Limits::default()).expect("decoded"));
        });
        group.finish();
    }
}

/// PERFORMANCE P16, on an array of real size: cost grows with what is hit, so loads are many kinds, from nothing to bottles.
fn phantoms(c: &mut Criterion) {
    let mut group = c.benchmark_group("phantom");
    group.sample_size(10);
    let size = SIZES[1];
    for recipe in sample_recipes().expect("samples").iter().filter(|recipe| !recipe.processed) {
        let scanner = Scanner::preset(&recipe.scanner).expect("a preset");
        let scanner = scanner.with_resolution(size.rows, size.column_pitch_mm);
        let made = || make_case(black_box(recipe), &scanner, recipe.seed).expect("made");
        group.throughput(Throughput::Elements(pixels(&Arc::new(made().scan))));
        group.bench_function(format!("cpu/{}/{}", recipe.name, size.name), |b| b.iter(made));
    }
    group.finish();
}

/// PERFORMANCE P17: 400 segments, 60 lines and the two columns beside them.
fn transports(c: &mut Criterion) {
    let (n, m) = (400, 62);
    let rows: Vec<Row> = (0..n).map(|i| Row { mass: 20.0 + (i % 17) as f64, top: None }).collect();
    let columns: Vec<Column> = (0..m)
        .map(|j| Column { lo: 0.0, hi: 150.0 + 10.0 * (j % 7) as f64, lo_penalty: 20.0, hi_penalty: 20.0 })
        .collect();
    let affinity: Vec<f64> = (0..n * m).map(|k| -(((k * 7919) % 997) as f64) / 40.0).collect();
    let problem = Problem { rows: &rows, columns: &columns, affinity: &affinity };
    c.bench_function("transport/cpu/400x60", |b| b.iter(|| transport(black_box(&problem))));
}

criterion_group!(benches, files, imaging, sweeps, phantoms, transports);
criterion_main!(benches);
