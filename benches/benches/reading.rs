//! The stages after imaging: both models, observation, verification with policy. `stage/engine/size`.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use pellucid_benches::{SEED, SIZES, case};
use pellucid_classify::{
    CargoModel, Classifier, LayoutModel, ModelPackage, Provider, SessionOptions, TrustedKeys, find_library,
    open_package,
};
use pellucid_core::PlaneStack;
use pellucid_imaging::{CpuEngine, Engine, Plan};
use pellucid_observe::{Beam, cargo_window, find_containers, layout_window, observe_with};
use pellucid_verify::{Context, Library, Policy, RiskProfile, decide, verify};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join("models").join(path)).expect("a file of models/")
}

fn package(path: &str) -> ModelPackage {
    let keys = TrustedKeys::parse(&text("keys/demo.pub")).expect("the demo key");
    open_package(&root().join("models").join(path), &keys).expect("a signed package")
}

fn reading(c: &mut Criterion) {
    let named = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    let Some(runtime) = named.or_else(|| find_library(&root().join("target/setup/onnxruntime"))) else {
        eprintln!("layout, cargo, observe, verify: not run here: ONNX Runtime is absent; run `cargo xtask setup`");
        return;
    };
    let options = SessionOptions { library: Some(runtime), sessions: 1, threads: 2, provider: Provider::Cpu };
    let layout = LayoutModel::load(&package("layout/0.1.0"), &options).expect("layout loads");
    let cargo = CargoModel::load(&package("cargo/0.1.0"), &options).expect("cargo loads");
    let library = std::fs::read(root().join("models/library/0.1.0/library.cbor.zst")).expect("the library");
    let library = Library::load(&library).expect("the library loads");
    let profile = RiskProfile::parse(&text("profile/default.toml")).expect("a profile");
    let policy = Policy::parse(&text("policy/demo.toml")).expect("a policy");
    let engine = CpuEngine::new();
    for size in SIZES {
        let case = case(size);
        let scan = Arc::new(case.scan);
        let beams: Vec<_> = scan.views.iter().map(Beam::of_view).collect();
        let plan = Plan::for_scan(&scan).expect("the bench scene is valid");
        let imaged = Arc::new(engine.submit(&plan, scan).and_then(|t| t.wait()).expect("measured"));
        let window = layout_window(&imaged.views[0], 0);
        let stacks = engine.submit_resample(&imaged, &[window.window]).and_then(|t| t.wait()).expect("resampled");
        let whole: Vec<PlaneStack> = stacks
            .iter()
            .map(|stack| PlaneStack {
                channels: 2,
                height: stack.height,
                width: stack.width,
                values: [stack.plane(0), stack.plane(2)].concat(),
            })
            .collect();
        let mut found = layout.run(&whole).expect("layout runs");
        let mut output = found.pop().expect("one output");
        output.valid_width = output.valid_width.min(window.valid_width.div_ceil(output.stride));
        let boxes = find_containers(&imaged.views[0], &output, &window);
        let windows: Vec<_> = boxes.iter().map(|b| cargo_window(b, 0)).collect();
        let crops = engine.submit_resample(&imaged, &windows).and_then(|t| t.wait()).expect("resampled");
        let read = cargo.run(&crops).expect("cargo runs");
        let observation = observe_with(&imaged, &beams, &boxes, &read).expect("observed");
        let context = Context { now: "2026-01-01T00:00:00Z".into(), seed: SEED, ..Context::default() };
        let mut group = c.benchmark_group("reading");
        group.sample_size(10);
        group.bench_function(format!("layout/{}/{}", layout.provider(), size.name), |b| {
            b.iter(|| layout.run(black_box(&whole)).expect("layout runs"));
        });
        group.bench_function(format!("find_containers/cpu/{}", size.name), |b| {
            b.iter(|| find_containers(black_box(&imaged.views[0]), &output, &window));
        });
        group.bench_function(format!("cargo/{}/{}", cargo.provider(), size.name), |b| {
            b.iter(|| cargo.run(black_box(&crops)).expect("cargo runs"));
        });
        group.bench_function(format!("observe/cpu/{}", size.name), |b| {
            b.iter(|| observe_with(&imaged, &beams, black_box(&boxes), &read).expect("observed"));
        });
        group.bench_function(format!("verify/cpu/{}", size.name), |b| {
            b.iter(|| {
                let verdict = verify(&case.declaration, black_box(&observation), &library, &context, &profile);
                decide(&policy, &case.declaration, &verdict.expect("verified"), SEED)
            });
        });
        group.finish();
    }
}

criterion_group!(benches, reading);
criterion_main!(benches);
