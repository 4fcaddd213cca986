use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use pellucid_core::{Preset, Raster, RawScan};
use pellucid_imaging::{CpuEngine, DisplayParams, Engine, Imaged, ImagingError, Plan, ResampleWindow, suite};

/// What an engine gave next to the definition, on this machine.
#[derive(Debug, Clone, PartialEq)]
pub struct ParityReport {
    /// The engine that was held to the definition.
    pub engine: String,
    /// Scans of the shared suite.
    pub suite_cases: usize,
    /// What differed; empty when every bit agrees.
    pub faults: Vec<String>,
    /// Columns and rows of the large scan that both engines ran.
    pub large: (usize, usize),
    /// Milliseconds for the large scan on the CPU engine and on this one: imaging, resample, display; best of the rounds.
    pub cpu_ms: [f64; 3],
    /// Likewise on this engine.
    pub engine_ms: [f64; 3],
    /// Stage times of the last round on this engine.
    pub stages: Vec<(String, f64)>,
}

impl ParityReport {
    /// Whether every bit agrees.
    pub fn agrees(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for ParityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "engine: {}", self.engine)?;
        writeln!(f, "suite: {} cases", self.suite_cases)?;
        for fault in &self.faults {
            writeln!(f, "differs: {fault}")?;
        }
        let (width, height) = self.large;
        for ((what, cpu), engine) in ["imaging", "resample", "display"].iter().zip(self.cpu_ms).zip(self.engine_ms) {
            writeln!(f, "{what} {width} x {height}: {engine:.2} ms, CPU engine {cpu:.2} ms")?;
        }
        for (stage, ms) in &self.stages {
            writeln!(f, "  {stage}: {ms:.3} ms")?;
        }
        write!(f, "{}", if self.agrees() { "every bit agrees" } else { "engines differ" })
    }
}

/// Size of the large scan: a container at 5 mm a column, 1,200 detectors.
const LARGE: (usize, usize) = (3_000, 1_200);
/// Rounds of which the best counts.
const ROUNDS: usize = 5;

/// Holds an engine to the definition: the shared suite, then one full-size scan against the CPU engine, timed.
/// Needs nothing but the binary it is in.
pub fn parity_report(engine: &dyn Engine) -> ParityReport {
    let kind = engine.kind();
    let mut report = ParityReport {
        engine: format!("{} {}", kind.kind, kind.device),
        suite_cases: suite::cases().len(),
        faults: Vec::new(),
        large: LARGE,
        cpu_ms: [0.0; 3],
        engine_ms: [0.0; 3],
        stages: Vec::new(),
    };
    if let Err(fault) = suite::run(engine) {
        report.faults.push(fault);
    }
    if let Err(fault) = compare_large(engine, &mut report) {
        report.faults.push(fault);
    }
    report
}

fn compare_large(engine: &dyn Engine, report: &mut ParityReport) -> Result<(), String> {
    let case = suite::cases().into_iter().max_by_key(|case| pixels(&case.scan)).ok_or("the suite has no cases")?;
    let scan = Arc::new(enlarged(case.scan, LARGE).map_err(|error| error.to_string())?);
    let plan = Plan::for_scan(&scan).map_err(|error| error.to_string())?;
    let cpu = CpuEngine::new();
    let (mut best_cpu, mut best_engine) = ([f64::INFINITY; 3], [f64::INFINITY; 3]);
    for _ in 0..ROUNDS {
        let expect = run(&cpu, &plan, &scan, &mut best_cpu).map_err(|error| format!("CPU engine: {error}"))?;
        let got = run(engine, &plan, &scan, &mut best_engine).map_err(|error| error.to_string())?;
        report.stages = got.imaged.timings_ms.iter().map(|(stage, ms)| (stage.clone(), *ms)).collect();
        if let Some(what) = difference(&got, &expect) {
            return Err(format!("full-size scan: {what}"));
        }
    }
    (report.cpu_ms, report.engine_ms) = (best_cpu, best_engine);
    Ok(())
}

fn pixels(scan: &RawScan) -> usize {
    scan.views.first().map_or(0, |view| view.bands.len() * view.size().0 * view.size().1)
}

/// The first view of a scan, repeated in both directions to another size; rows keep their own calibration.
fn enlarged(mut scan: RawScan, (width, height): (usize, usize)) -> Result<RawScan, pellucid_core::RasterError> {
    scan.views.truncate(1);
    for band in scan.views.iter_mut().flat_map(|view| &mut view.bands) {
        let small = &band.counts;
        let line = |y: usize| small.row(y % small.height()).iter().copied().cycle().take(width);
        let counts = (0..height).flat_map(line).collect();
        let repeat = |values: &[u16]| values.iter().copied().cycle().take(height).collect();
        (band.dark, band.air) = (repeat(&band.dark), repeat(&band.air));
        band.counts = Raster::from_vec(width, height, counts)?;
    }
    Ok(scan)
}

struct Results {
    imaged: Arc<Imaged>,
    stacks: Vec<pellucid_core::PlaneStack>,
    picture: pellucid_imaging::DisplayImage,
}

fn run(
    engine: &dyn Engine,
    plan: &Plan,
    scan: &Arc<RawScan>,
    best_ms: &mut [f64; 3],
) -> Result<Results, ImagingError> {
    let mut timed = |stage: usize, start: Instant| {
        best_ms[stage] = best_ms[stage].min(start.elapsed().as_secs_f64() * 1e3);
    };
    let start = Instant::now();
    let imaged = Arc::new(engine.submit(plan, Arc::clone(scan))?.wait()?);
    timed(0, start);
    let (x1, y1) = (LARGE.0 as f64, LARGE.1 as f64);
    let window =
        |out_width, out_height| ResampleWindow { view: 0, x0: -20.0, y0: 0.0, x1, y1, out_width, out_height };
    let start = Instant::now();
    let stacks = engine.submit_resample(&imaged, &[window(512, 160), window(1_408, 304)])?.wait()?;
    timed(1, start);
    let start = Instant::now();
    let picture = engine.submit_display(&imaged, 0, &DisplayParams::preset(Preset::Material))?.wait()?;
    timed(2, start);
    Ok(Results { imaged, stacks, picture })
}

/// The first thing in which two results differ.
fn difference(got: &Results, expect: &Results) -> Option<&'static str> {
    let same = got.imaged.views.iter().zip(&expect.imaged.views).all(|(got, expect)| {
        let bits = |plane: &Option<Raster<f32>>| plane.as_ref().map(|p| bytemuck::cast_slice(p.pixels()).to_vec());
        got.high == expect.high
            && got.low == expect.low
            && got.validity == expect.validity
            && got.z_class == expect.z_class
            && got.areal_density_sigma == expect.areal_density_sigma
            && got.class_confidence == expect.class_confidence
            && bits(&got.areal_density) as Option<Vec<u32>> == bits(&expect.areal_density)
    });
    if !same || got.imaged.views.len() != expect.imaged.views.len() {
        Some("measured planes")
    } else if got.imaged.quality != expect.imaged.quality {
        Some("quality")
    } else if got.stacks != expect.stacks {
        Some("model planes")
    } else if got.picture != expect.picture {
        Some("picture")
    } else {
        None
    }
}
