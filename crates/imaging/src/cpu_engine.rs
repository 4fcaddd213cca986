use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use pellucid_core::{EngineKind, PlaneStack, Raster, RawScan, RawView, StageTimes};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::passes::{self, resample::PLANES};
use crate::plan::{BandPlan, DosePlan, MaterialPlan, ViewPlan};
use crate::{
    DisplayImage, DisplayParams, Engine, Imaged, ImagedView, ImagingError, Plan, ResamplePlan, ResampleWindow,
    Ticket, quality, shown,
};

/// Runs plans on this processor: the definition of every engine's results, and the product's fallback.
pub struct CpuEngine {
    pool: Option<ThreadPool>,
}

impl CpuEngine {
    /// An engine on the process's shared threads.
    pub fn new() -> Self {
        Self { pool: None }
    }

    /// An engine on its own `threads` (>= 1).
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn with_threads(threads: usize) -> Result<Self, ImagingError> {
        let unavailable = |error: rayon::ThreadPoolBuildError| ImagingError::EngineUnavailable {
            engine: "cpu".into(),
            reason: error.to_string(),
        };
        let pool = ThreadPoolBuilder::new().num_threads(threads.max(1)).build().map_err(unavailable)?;
        Ok(Self { pool: Some(pool) })
    }

    fn start<T: Send + 'static>(
        &self,
        stage: &'static str,
        work: impl FnOnce() -> Result<T, ImagingError> + Send + 'static,
    ) -> Ticket<T> {
        let (sender, receiver) = sync_channel(1);
        let task = move || {
            // A fault in one scan must not take the process along: rayon aborts when a spawned task panics.
            let result = catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err(ImagingError::Internal { stage, reason: "the worker panicked".into() }));
            // Nobody listens any more when the ticket was dropped; the result goes with it.
            let _ = sender.send(result);
        };
        match &self.pool {
            Some(pool) => pool.spawn(task),
            None => rayon::spawn(task),
        }
        Ticket::from_channel(receiver)
    }
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine for CpuEngine {
    fn kind(&self) -> EngineKind {
        EngineKind { kind: "cpu".into(), device: processor_name() }
    }

    fn submit(&self, plan: &Plan, scan: Arc<RawScan>) -> Result<Ticket<Imaged>, ImagingError> {
        plan.check(&scan)?;
        let (plan, engine) = (plan.clone(), self.kind());
        Ok(self.start("imaging", move || image(&plan, &scan, engine)))
    }

    fn submit_resample(
        &self,
        imaged: &Arc<Imaged>,
        windows: &[ResampleWindow],
    ) -> Result<Ticket<Vec<PlaneStack>>, ImagingError> {
        let plans: Result<Vec<_>, _> =
            windows.iter().map(|w| Ok((w.view, ResamplePlan::new(&imaged.views, w)?))).collect();
        let (plans, imaged) = (plans?, Arc::clone(imaged));
        Ok(self.start("resample", move || {
            Ok(plans.iter().map(|(view, plan)| resample(plan, &imaged.views[*view])).collect())
        }))
    }

    fn submit_display(
        &self,
        imaged: &Arc<Imaged>,
        view: usize,
        display: &DisplayParams,
    ) -> Result<Ticket<DisplayImage>, ImagingError> {
        let views = imaged.views.len();
        let shown = imaged.views.get(view).ok_or(ImagingError::NoSuchView { view, views })?;
        let (plan, imaged) = (display.plan(shown)?, Arc::clone(imaged));
        Ok(self.start("display", move || Ok(shown::draw(&plan, &imaged.views[view]))))
    }
}

fn image(plan: &Plan, scan: &RawScan, engine: EngineKind) -> Result<Imaged, ImagingError> {
    let start = Instant::now();
    let mut times = StageTimes::new();
    let views: Result<Vec<ImagedView>, ImagingError> =
        plan.views().iter().zip(&scan.views).map(|(plan, view)| image_view(plan, view, &mut times)).collect();
    let views = views?;
    let quality = timed(&mut times, "quality", || quality::assess(plan, &views));
    times.insert("imaging".into(), start.elapsed().as_secs_f64() * 1e3);
    let plan_version = plan.version().into();
    Ok(Imaged { grade: plan.grade(), views, quality, timings_ms: times, plan_version, engine })
}

fn image_view(plan: &ViewPlan, view: &RawView, times: &mut StageTimes) -> Result<ImagedView, ImagingError> {
    let n = plan.width * plan.height;
    let mut validity = vec![0; n];
    let high = attenuate(plan, &plan.high, view, &mut validity, times);
    let low = plan.low.as_ref().map(|low| attenuate(plan, low, view, &mut validity, times));
    let measured = plan
        .material
        .as_ref()
        .map(|material| timed(times, "material", || measure(material, &high, low.as_deref(), &validity)));
    let (areal_density, classes) = measured.unzip();
    let [z_class, areal_density_sigma, class_confidence] = match classes {
        Some(planes) => planes.map(Some),
        None => [const { None }; 3],
    };
    Ok(ImagedView {
        name: view.name.clone(),
        geometry: view.geometry.clone(),
        high: raster(plan, high)?,
        low: low.map(|low| raster(plan, low)).transpose()?,
        areal_density: areal_density.map(|plane| raster(plan, plane)).transpose()?,
        z_class: z_class.map(|plane| raster(plan, plane)).transpose()?,
        areal_density_sigma: areal_density_sigma.map(|plane| raster(plan, plane)).transpose()?,
        class_confidence: class_confidence.map(|plane| raster(plan, plane)).transpose()?,
        validity: raster(plan, validity)?,
        strips: plan.material.as_ref().and_then(|material| material.strips.clone()),
        black: plan.black(),
    })
}

fn attenuate(
    plan: &ViewPlan,
    band: &BandPlan,
    view: &RawView,
    validity: &mut [u8],
    times: &mut StageTimes,
) -> Vec<u16> {
    let counts = view.bands[band.band].counts.pixels();
    let measured;
    let dose = match &band.dose {
        DosePlan::Given(dose) => dose,
        DosePlan::Measured(params) => {
            measured = timed(times, "dose", || {
                let mut dose = vec![0; plan.width];
                passes::dose::run(params, counts, &band.rows, &mut dose);
                dose
            });
            &measured
        }
    };
    timed(times, "attenuate", || {
        let mut plane = vec![0; counts.len()];
        let input = passes::attenuate::Input { counts, rows: &band.rows, dose, drifts: &band.drifts };
        passes::attenuate::run(&band.attenuate, input, &mut plane, validity);
        plane
    })
}

/// Areal density; class, its sigma and its confidence.
fn measure(material: &MaterialPlan, high: &[u16], low: Option<&[u16]>, validity: &[u8]) -> (Vec<f32>, [Vec<u8>; 3]) {
    let (mut areal_density, mut bytes) = (vec![0.0; high.len()], [0; 3].map(|zero| vec![zero; high.len()]));
    let [z_class, areal_density_sigma, class_confidence] = &mut bytes;
    let output = passes::material::Output {
        areal_density: &mut areal_density,
        z_class,
        areal_density_sigma,
        class_confidence,
    };
    passes::material::run(
        &material.params,
        &material.tables,
        passes::material::Input { high, low, validity },
        output,
    );
    (areal_density, bytes)
}

fn resample(plan: &ResamplePlan, view: &ImagedView) -> PlaneStack {
    let (width, height) = (plan.params.out_width as usize, plan.params.out_height as usize);
    let mut values = vec![0.0; PLANES * width * height];
    let low = view.low.as_ref().map(Raster::pixels);
    passes::resample::run(&plan.params, &plan.columns, &plan.rows, view.high.pixels(), low, &mut values);
    PlaneStack { channels: PLANES, height, width, values }
}

fn raster<T>(plan: &ViewPlan, pixels: Vec<T>) -> Result<Raster<T>, ImagingError> {
    let internal =
        |error: pellucid_core::RasterError| ImagingError::Internal { stage: "imaging", reason: error.to_string() };
    Raster::from_vec(plan.width, plan.height, pixels).map_err(internal)
}

fn timed<T>(times: &mut StageTimes, stage: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *times.entry(stage.into()).or_insert(0.0) += start.elapsed().as_secs_f64() * 1e3;
    result
}

/// The processor's own name where it can be asked without files, else its architecture.
fn processor_name() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::__cpuid;
        if __cpuid(0x8000_0000).eax >= 0x8000_0004 {
            let leaves = (0x8000_0002..=0x8000_0004).map(__cpuid);
            let bytes: Vec<u8> =
                leaves.flat_map(|l| [l.eax, l.ebx, l.ecx, l.edx]).flat_map(u32::to_le_bytes).collect();
            let name = String::from_utf8_lossy(&bytes).replace('\0', " ");
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            if !name.is_empty() {
                return name;
            }
        }
    }
    std::env::consts::ARCH.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[test]
    fn the_cpu_engine_is_the_composition_of_its_kernels() {
        suite::run(&CpuEngine::new()).unwrap();
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        for threads in [1, 3] {
            suite::run(&CpuEngine::with_threads(threads).unwrap()).unwrap();
        }
    }

    #[test]
    fn waiting_on_every_worker_does_not_starve_the_work() {
        use rayon::prelude::*;
        let cases = suite::cases();
        let engine = CpuEngine::new();
        let done: usize = cases
            .par_iter()
            .map(|case| {
                let plan = Plan::for_scan(&case.scan).unwrap();
                engine.submit(&plan, Arc::new(case.scan.clone())).unwrap().wait().unwrap().views.len()
            })
            .sum();
        assert!(done >= cases.len());
    }

    #[test]
    fn a_panic_in_a_worker_is_an_error() {
        let ticket: Ticket<u8> = CpuEngine::new().start("test", || panic!("on purpose"));
        assert!(matches!(ticket.wait(), Err(ImagingError::Internal { stage: "test", .. })));
    }
}
