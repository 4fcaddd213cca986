//! The wgpu engine against the definition, and the shaders against their twins. One file: what needs an adapter shares
//! one process. Without an adapter those tests print one line, unless `PELLUCID_GPU=required` says that there must be one.

#![allow(clippy::unwrap_used)] // Helpers of tests panic like the tests themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use naga::valid::{Capabilities, ValidationFlags, Validator};
use pellucid_core::{BandKind, ErrorKind, Grade, Preset, Raster, RawBand, RawScan, RawView};
use pellucid_gpu::{GpuError, GpuMode, GpuOptions, SHADERS, Shader, WgpuEngine, parity_report, select};
use pellucid_imaging::passes::{
    attenuate, bilateral, display, dose, edge, enhance, equalise, local_contrast, material, non_local_means,
    resample, statistics,
};
use pellucid_imaging::{CpuEngine, DisplayParams, Engine, Imaged, ImagingError, Plan, ResampleWindow, suite};
use proptest::prelude::*;

/// Outputs start as this byte, so that a pixel that no pass wrote shows.
const SENTINEL: u8 = 0xa5;

fn open(options: GpuOptions) -> Option<WgpuEngine> {
    match WgpuEngine::new(options) {
        Ok(engine) => Some(engine),
        Err(GpuError::NoAdapter { reason }) => {
            let is_required = std::env::var("PELLUCID_GPU").is_ok_and(|mode| mode == "required");
            assert!(!is_required, "PELLUCID_GPU=required, but no adapter: {reason}");
            println!("skipped: no adapter");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// One engine for all tests of this process; `None` without an adapter.
fn engine() -> Option<&'static WgpuEngine> {
    static ENGINE: OnceLock<Option<WgpuEngine>> = OnceLock::new();
    ENGINE.get_or_init(|| open(GpuOptions { sentinel: Some(SENTINEL), ..GpuOptions::default() })).as_ref()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn stems(folder: &Path, extension: &str) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn module(source: &str) -> naga::Module {
    naga::front::wgsl::parse_str(source).unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)))
}

#[test]
fn shaders_passes_and_embedded_modules_are_the_same_set() {
    let shaders = stems(&root().join("shaders"), "wgsl");
    let mut passes = stems(&root().join("crates/imaging/src/passes"), "rs");
    assert!(passes.remove("mod"));
    let embedded: BTreeSet<String> = SHADERS.iter().map(|shader| shader.name.to_owned()).collect();
    assert_eq!(shaders, passes);
    assert_eq!(shaders, embedded);
}

#[test]
fn every_shader_opens_with_the_formula_of_its_pass() {
    let words = |text: &str, mark: &str| -> String {
        let lines = text.lines().map_while(|line| line.strip_prefix(mark));
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    for Shader { name, .. } in SHADERS {
        let shader = std::fs::read_to_string(root().join(format!("shaders/{name}.wgsl"))).unwrap();
        let pass = std::fs::read_to_string(root().join(format!("crates/imaging/src/passes/{name}.rs"))).unwrap();
        let formula = words(&pass, "//!");
        let formula = formula.split(" Kernel").next().unwrap();
        assert!(formula.len() > 40, "{name}: {formula}");
        assert!(words(&shader, "//").starts_with(formula), "{name} opens otherwise than its pass:\n{formula}");
    }
}

#[test]
fn every_shader_is_valid_and_asks_for_little() {
    for shader in SHADERS {
        let module = module(shader.source);
        // No capability beyond WebGPU's own: no f16, no subgroups, no 64-bit integers.
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}: {}", shader.name, error.emit_to_string(shader.source)));
        let [entry] = module.entry_points.as_slice() else { panic!("{}: one entry point", shader.name) };
        assert_eq!((entry.name.as_str(), entry.stage), ("main", naga::ShaderStage::Compute), "{}", shader.name);
        assert!(entry.workgroup_size.iter().product::<u32>() <= 256, "{}", shader.name);
        let storage = module
            .global_variables
            .iter()
            .filter(|(_, variable)| matches!(variable.space, naga::AddressSpace::Storage { .. }));
        assert!(storage.count() <= 8, "{}", shader.name);
    }
    for shared in stems(&root().join("shaders/shared"), "wgsl") {
        let source = std::fs::read_to_string(root().join(format!("shaders/shared/{shared}.wgsl"))).unwrap();
        assert!(module(&source).entry_points.is_empty(), "{shared}");
        let used = SHADERS.iter().any(|shader| shader.source.contains(&source));
        assert!(used, "{shared} is used by no pass");
    }
}

/// Members of a struct of a shader: name and offset, and the size of all.
fn members(shader: &str, name: &str) -> (Vec<(String, usize)>, usize) {
    let source = SHADERS.iter().find(|s| s.name == shader).unwrap().source;
    let module = module(source);
    let (_, found) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name)).unwrap();
    let naga::TypeInner::Struct { members, span } = &found.inner else { panic!("{shader}: {name} is no struct") };
    let named = members.iter().map(|m| (m.name.clone().unwrap(), m.offset as usize));
    (named.filter(|(name, _)| !name.starts_with("padding")).collect(), *span as usize)
}

macro_rules! check_struct {
    ($shader:expr, $name:literal, $ty:ty, $($field:ident),+) => {{
        let fields = vec![$((stringify!($field).to_owned(), std::mem::offset_of!($ty, $field))),+];
        // Its own Debug text names every field of the Rust struct.
        let text = format!("{:?}", <$ty as bytemuck::Zeroable>::zeroed());
        let own = text.split([' ', '{']).filter_map(|word| word.strip_suffix(':'));
        let listed: Vec<&str> = fields.iter().map(|(name, _): &(String, usize)| name.as_str()).collect();
        assert_eq!(own.filter(|name| !name.starts_with("padding")).collect::<Vec<_>>(), listed);
        assert_eq!(members($shader, $name), (fields, size_of::<$ty>()), "{} of {}", $name, $shader);
    }};
}

#[test]
fn parameters_lie_where_the_shaders_look() {
    check_struct!("dose", "Params", dose::Params, width, first_row, end_row, reference_sum);
    check_struct!(
        "attenuate",
        "Params",
        attenuate::Params,
        width,
        height,
        max_value,
        floor,
        is_inverted,
        keep_bits,
        is_merged,
        limit,
        is_filtered,
        first_tap,
        weights
    );
    check_struct!("attenuate", "DriftBlock", DriftBlock, before, after, step);
    check_struct!("material", "Params", material::Params, width, height, thin_q16, is_dual);
    check_struct!(
        "material",
        "Node",
        pellucid_imaging::kernels::material::Node,
        origin_q16,
        slope_q16,
        rate,
        reach_q16
    );
    check_struct!("resample", "Params", resample::Params, view_width, view_height, out_width, out_height, is_dual);
    check_struct!("display", "Params", display::Params, width, height, has_class);
    check_struct!(
        "statistics",
        "Params",
        statistics::Params,
        width,
        height,
        tiles_x,
        tiles_y,
        low,
        high,
        scale,
        rows_per_slice
    );
    check_struct!("equalise", "Params", equalise::Params, tiles, limit_q8, low, high);
    check_struct!(
        "local_contrast",
        "Params",
        local_contrast::Params,
        width,
        height,
        tiles_x,
        tiles_y,
        low,
        high,
        scale
    );
    check_struct!(
        "bilateral",
        "Params",
        bilateral::Params,
        width,
        height,
        step,
        share_00,
        share_01,
        share_11,
        share_02,
        share_12,
        share_22
    );
    check_struct!("non_local_means", "Params", non_local_means::Params, width, height);
    check_struct!("edge", "Params", edge::Params, width, height, base_q8, gain_q8);
    check_struct!("enhance", "Params", enhance::Params, width, height);
    use pellucid_imaging::kernels::drift::DriftBlock;
    use pellucid_imaging::kernels::resample::Cell;
    use pellucid_imaging::passes::Row;
    check_struct!("resample", "Cell", Cell, first, count, offset, outside);
    for shader in ["dose", "attenuate"] {
        check_struct!(shader, "Row", Row, dark, gain_ln, state, up, down, weight, span, drift, is_dose);
    }
}

#[test]
fn the_engine_passes_the_suite_and_agrees_at_full_size() {
    let Some(engine) = engine() else { return };
    let report = parity_report(engine);
    println!("{report}");
    assert!(report.agrees(), "{report}");
    for stage in ["dose", "attenuate", "material"] {
        let is_timed = report.stages.iter().any(|(name, ms)| name == stage && *ms > 0.0);
        assert!(is_timed || !report.stages.iter().any(|(name, _)| name == "dose"), "{stage} has no time");
    }
}

/// A dual-energy scan of random counts and calibration, and where its dose rows lie.
fn wild_scan() -> impl Strategy<Value = RawScan> {
    let shape = (1..150_usize, 1..60_usize, any::<bool>());
    shape.prop_flat_map(|(width, height, is_dual)| {
        let band = move |kind, endpoint_mev| {
            let counts = prop_oneof![
                proptest::collection::vec(any::<u16>(), width * height),
                proptest::collection::vec(0..400_u16, width * height),
                any::<u16>().prop_map(move |value| vec![value; width * height]),
            ];
            let calibration = proptest::collection::vec(
                (0..500_u16, prop_oneof![9 => 30_000..60_000_u16, 1 => any::<u16>()]),
                height,
            );
            (counts, calibration, prop_oneof![Just(u16::MAX), Just(40_000)]).prop_map(
                move |(counts, calibration, max_value)| RawBand {
                    kind,
                    max_value,
                    endpoint_mev: Some(endpoint_mev),
                    column_offset: None,
                    counts: Raster::from_vec(width, height, counts).unwrap(),
                    dark: calibration.iter().map(|(dark, _)| *dark).collect(),
                    air: calibration.iter().map(|(_, air)| *air).collect(),
                },
            )
        };
        (band(BandKind::High, 6.0), band(BandKind::Low, 3.5), 0..=height as u32, 0..=height as u32).prop_map(
            move |(high, low, a, b)| RawScan {
                grade: if is_dual { Grade::DualEnergyRaw } else { Grade::SingleEnergyRaw },
                views: vec![RawView {
                    name: "side".into(),
                    bands: if is_dual { vec![high, low] } else { vec![high] },
                    geometry: None,
                    dose_rows: [a.min(b), a.max(b)],
                }],
                scanner: Default::default(),
                acquired_at: None,
                containers_read: Vec::new(),
                site: None,
                lane: None,
                unknown: Default::default(),
            },
        )
    })
}

fn image(engine: &dyn Engine, scan: &RawScan) -> Result<Imaged, ImagingError> {
    engine.submit(&Plan::for_scan(scan)?, Arc::new(scan.clone()))?.wait()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 64, ..ProptestConfig::default() })]
    #[test]
    fn random_scans_give_the_same_bits(scan in wild_scan()) {
        let Some(engine) = engine() else { return Ok(()) };
        let (got, expect) = (image(engine, &scan).unwrap(), image(&CpuEngine::new(), &scan).unwrap());
        prop_assert_eq!(got.views, expect.views);
        prop_assert_eq!(got.quality, expect.quality);
    }
}

fn sample() -> RawScan {
    suite::cases().into_iter().find(|case| case.name == "dual 101 x 59").unwrap().scan
}

const WINDOW: ResampleWindow =
    ResampleWindow { view: 0, x0: 3.0, y0: 1.5, x1: 90.0, y1: 55.0, out_width: 40, out_height: 30 };

#[test]
fn planes_on_the_device_are_never_mistaken() {
    let Some(engine) = engine() else { return };
    let cpu = CpuEngine::new();
    let mut imaged = image(engine, &sample()).unwrap();
    // A plane changed on the host is another plane, though the device still holds the old one.
    imaged.views[0].high.pixels_mut()[30 * 101 + 40] = 60_000;
    imaged.views[0].validity = Raster::filled(101, 59, 0);
    let changed = Arc::new(imaged);
    let both = |engine: &dyn Engine, imaged: &Arc<Imaged>| {
        let stacks = engine.submit_resample(imaged, &[WINDOW]).unwrap().wait().unwrap();
        let shown = DisplayParams::preset(Preset::Material);
        (stacks, engine.submit_display(imaged, 0, &shown).unwrap().wait().unwrap())
    };
    assert!(both(engine, &changed) == both(&cpu, &changed));
    // Planes come and go at the same addresses.
    for case in suite::cases().into_iter().filter(|case| case.name.starts_with("dead detectors")) {
        let imaged = Arc::new(image(engine, &case.scan).unwrap());
        let expect = Arc::new(image(&cpu, &case.scan).unwrap());
        assert!(both(engine, &imaged).0 == both(&cpu, &expect).0, "{}", case.name);
    }
    // Planes of another engine are brought over.
    let foreign = Arc::new(image(&cpu, &sample()).unwrap());
    assert!(both(engine, &foreign) == both(&cpu, &foreign));
}

#[test]
fn planes_leave_the_device_with_their_scan_or_when_room_is_needed() {
    let plane = 2 * 104 * 59;
    let options = GpuOptions { resident_bytes: 3 * plane, idle_bytes: 0, ..GpuOptions::default() };
    let Some(engine) = open(options) else { return };
    let (first, second) =
        (Arc::new(image(&engine, &sample()).unwrap()), Arc::new(image(&engine, &sample()).unwrap()));
    assert_eq!(engine.resident_bytes(), 3 * plane, "two planes of 16 bits and two of 8 bits; the rest made room");
    let resample = |imaged: &Arc<Imaged>| engine.submit_resample(imaged, &[WINDOW]).unwrap().wait().unwrap();
    assert!(resample(&first) == resample(&second));
    drop(second);
    assert_eq!(engine.resident_bytes(), 0);
    drop(first);
    assert_eq!(engine.resident_bytes(), 0);
}

#[test]
fn many_threads_may_submit_and_wait() {
    let Some(engine) = engine() else { return };
    let scan = sample();
    let expect = image(&CpuEngine::new(), &scan).unwrap().views;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let plan = Plan::for_scan(&scan).unwrap();
                let shared = Arc::new(scan.clone());
                let tickets: Vec<_> = (0..6).map(|_| engine.submit(&plan, Arc::clone(&shared)).unwrap()).collect();
                for ticket in tickets {
                    assert_eq!(ticket.wait().unwrap().views, expect);
                }
            });
        }
    });
}

#[test]
fn scans_in_flight_give_what_each_gives_alone() {
    let Some(engine) = open(GpuOptions::default()) else { return };
    let scans: Vec<Arc<RawScan>> = (0..4)
        .map(|k| {
            let mut scan = sample();
            for band in &mut scan.views[0].bands {
                let (small, mut counts) = (&band.counts, Vec::new());
                (0..590).for_each(|y| counts.extend(small.row(y % 59).iter().cycle().skip(k).take(1_201)));
                band.counts = Raster::from_vec(1_201, 590, counts).unwrap();
                for values in [&mut band.dark, &mut band.air] {
                    *values = values.iter().copied().cycle().take(590).collect();
                }
            }
            Arc::new(scan)
        })
        .collect();
    let plans: Vec<Plan> = scans.iter().map(|scan| Plan::for_scan(scan).unwrap()).collect();
    let submit = |k: usize| engine.submit(&plans[k], Arc::clone(&scans[k])).unwrap();
    let alone: Vec<Imaged> = (0..4).map(|k| submit(k).wait().unwrap()).collect();
    let start = std::time::Instant::now();
    let tickets: Vec<_> = (0..4).map(submit).collect();
    let submitted = start.elapsed();
    let together: Vec<Imaged> = tickets.into_iter().map(|ticket| ticket.wait().unwrap()).collect();
    let done = start.elapsed();
    println!("4 scans submitted after {submitted:.1?}, all there after {done:.1?}");
    for (together, alone) in together.iter().zip(&alone) {
        assert!(together.views == alone.views && together.quality == alone.quality);
    }
    // Where the adapter has timestamps each pass has its time; where it has none, nothing is made up.
    let timed: Vec<&str> =
        ["dose", "attenuate", "material"].into_iter().filter(|s| together[3].timings_ms.contains_key(*s)).collect();
    println!("timed by the device: {timed:?}");
    assert!(timed.is_empty() || timed.len() == 3);
    assert!(timed.iter().all(|stage| together[3].timings_ms[*stage] >= 0.0));
}

#[test]
fn a_lost_device_is_an_error_of_every_later_call() {
    let Some(engine) = open(GpuOptions::default()) else { return };
    let imaged = Arc::new(image(&engine, &sample()).unwrap());
    let plan = Plan::for_scan(&sample()).unwrap();
    let under_way = engine.submit(&plan, Arc::new(sample())).unwrap();
    engine.destroy_device();
    // Work under way may have finished before; if not, it says why.
    if let Err(error) = under_way.wait() {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
    for round in 0..3 {
        let image = image(&engine, &sample()).map(drop).unwrap_err();
        let resample = engine.submit_resample(&imaged, &[WINDOW]).and_then(|t| t.wait()).map(drop).unwrap_err();
        let shown = DisplayParams::preset(Preset::Grey);
        let display = engine.submit_display(&imaged, 0, &shown).and_then(|t| t.wait()).map(drop).unwrap_err();
        for error in [image, resample, display] {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "round {round}: {error}");
            assert!(error.to_string().contains("lost"), "round {round}: {error}");
        }
    }
}

#[test]
fn a_plane_beyond_the_limit_is_refused_by_its_name() {
    let Some(engine) = open(GpuOptions { buffer_bytes: Some(1 << 20), ..GpuOptions::default() }) else { return };
    let mut scan = sample();
    for band in &mut scan.views[0].bands {
        band.counts = Raster::filled(9_001, 59, 20_000);
    }
    let error = image(&engine, &scan).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(error.to_string().contains("max_storage_buffer_binding_size"), "{error}");
    assert!(error.to_string().contains("1048576"), "{error}");
    // The engine goes on.
    assert!(image(&engine, &sample()).is_ok());
}

#[test]
fn the_choice_of_engine_is_stated() {
    let options = GpuOptions::default();
    let (off, line) = select(GpuMode::Off, &options).unwrap();
    assert_eq!(off.kind().kind, "cpu");
    assert!(line.contains("CPU") && line.contains("switched off") && !line.contains('\n'), "{line}");

    let nobody = GpuOptions { adapter_name: Some("no such adapter".into()), ..GpuOptions::default() };
    let error = select(GpuMode::Required, &nobody).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let (auto, line) = select(GpuMode::Auto, &nobody).unwrap();
    assert_eq!(auto.kind().kind, "cpu");
    assert!(line.contains("no such adapter") && !line.contains('\n'), "{line}");

    let Ok(adapter) = WgpuEngine::find(&options) else { return };
    let (auto, line) = select(GpuMode::Auto, &options).unwrap();
    assert_eq!(auto.kind().kind, if adapter.is_software { "cpu" } else { "wgpu" }, "{line}");
    assert!(line.contains(&adapter.name), "{line}");
    let (required, line) = select(GpuMode::Required, &options).unwrap();
    assert_eq!(required.kind().kind, "wgpu");
    assert!(line.contains(&adapter.name), "{line}");
}
