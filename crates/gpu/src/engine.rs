use std::sync::Arc;

use pellucid_core::{EngineKind, PlaneStack, RawScan};
use pellucid_imaging::kernels::logarithm::ln_table;
use pellucid_imaging::kernels::transmission::transmission_table;
use pellucid_imaging::{
    DisplayImage, DisplayParams, Engine, Imaged, ImagingError, Plan, ResamplePlan, ResampleWindow, Ticket,
};

use crate::adapter::{self, AdapterSummary, GpuOptions};
use crate::device::Gpu;
use crate::error::{GpuError, describe};
use crate::pool::Pooled;
use crate::recorder::Recorder;
use crate::residents::Residents;
use crate::shaders::Pipelines;
use crate::{display_pass, imaging_pass, resample_pass};

/// What recorded work needs, shared with the tickets that wait for it.
pub(crate) struct Parts {
    pub(crate) gpu: Arc<Gpu>,
    pub(crate) pipelines: Pipelines,
    /// The shared table `LN`.
    pub(crate) logarithm: Pooled,
    /// The shared table `T`, two to a word.
    pub(crate) transmission: Pooled,
    pub(crate) residents: Arc<Residents>,
    pub(crate) kind: EngineKind,
}

impl Parts {
    /// A fault of the device in the words of imaging; `view` is where it happened.
    pub(crate) fn failed(&self, view: usize, error: GpuError) -> ImagingError {
        match error {
            GpuError::TooLarge { needed, limit, allowed, .. } => {
                ImagingError::TooLarge { view, field: limit, value: needed, limit: allowed }
            }
            GpuError::Refused { .. } => ImagingError::Internal { stage: "wgpu", reason: describe(&error) },
            _ => ImagingError::EngineUnavailable { engine: self.kind.device.clone(), reason: describe(&error) },
        }
    }

    /// Records and submits with every error of the device caught.
    pub(crate) fn guarded<T>(
        &self,
        during: &str,
        record: impl FnOnce() -> Result<T, ImagingError>,
    ) -> Result<T, ImagingError> {
        self.gpu.guarded(during, || Ok(record())).map_err(|error| self.failed(0, error))?
    }
}

/// Runs imaging plans on a GPU through wgpu (Vulkan, Metal, DirectX 12), bit for bit as the CPU engine does.
///
/// Submitting copies the counts into mapped staging memory and hands one submission to the queue; waiting polls the
/// device. Several scans may be in flight. A lost device is an error of every later call: nothing falls back silently.
pub struct WgpuEngine {
    parts: Arc<Parts>,
    adapter: AdapterSummary,
}

impl WgpuEngine {
    /// Opens a device on the strongest adapter that fits the options and compiles the passes.
    ///
    /// # Errors
    /// No adapter, an adapter with too small limits, a driver that refuses.
    pub fn new(options: GpuOptions) -> Result<Self, GpuError> {
        Self::on(&adapter::find(&options)?, &options)
    }

    pub(crate) fn on(adapter: &wgpu::Adapter, options: &GpuOptions) -> Result<Self, GpuError> {
        let gpu = Arc::new(Gpu::open(adapter, options)?);
        let adapter = gpu.summary.clone();
        let kind = EngineKind { kind: "wgpu".to_owned(), device: adapter.to_string() };
        let (pipelines, logarithm, transmission) = gpu.guarded("compiling the passes", || {
            let pipelines = Pipelines::compile(&gpu);
            let mut recorder = Recorder::new(&gpu, "uploading the shared tables", 0);
            let table = bytemuck::cast_slice(ln_table().as_slice());
            let logarithm =
                recorder.upload(table.len() as u64, "the logarithm table", |mut to| to.copy_from_slice(table))?;
            let table = bytemuck::cast_slice(transmission_table().as_slice());
            let transmission =
                recorder.upload(table.len() as u64, "the transmission table", |mut to| to.copy_from_slice(table))?;
            recorder.submit()?.wait()?;
            Ok((pipelines, logarithm, transmission))
        })?;
        let residents = Residents::new(options.resident_bytes);
        let parts = Arc::new(Parts { gpu, pipelines, logarithm, transmission, residents, kind });
        Ok(Self { parts, adapter })
    }

    /// The adapter that [`WgpuEngine::new`] would open.
    ///
    /// # Errors
    /// No adapter, or none with the name asked for.
    pub fn find(options: &GpuOptions) -> Result<AdapterSummary, GpuError> {
        Ok(AdapterSummary::of(&adapter::find(options)?.get_info()))
    }

    /// The adapter in use.
    pub fn adapter(&self) -> &AdapterSummary {
        &self.adapter
    }

    /// Bytes of measured planes on the device whose host copies are alive.
    pub fn resident_bytes(&self) -> u64 {
        self.parts.residents.bytes()
    }

    /// Ends the device as a driver reset would; every later call fails. For tests of what a lost device does.
    pub fn destroy_device(&self) {
        self.parts.gpu.destroy();
    }
}

impl Engine for WgpuEngine {
    fn kind(&self) -> EngineKind {
        self.parts.kind.clone()
    }

    fn submit(&self, plan: &Plan, scan: Arc<RawScan>) -> Result<Ticket<Imaged>, ImagingError> {
        plan.check(&scan)?;
        let pending = self.parts.guarded("imaging a scan", || imaging_pass::submit(&self.parts, plan, &scan))?;
        Ok(Ticket::from_fn(Box::new(move || pending.finish())))
    }

    fn submit_resample(
        &self,
        imaged: &Arc<Imaged>,
        windows: &[ResampleWindow],
    ) -> Result<Ticket<Vec<PlaneStack>>, ImagingError> {
        let plans: Result<Vec<(usize, ResamplePlan)>, ImagingError> =
            windows.iter().map(|window| Ok((window.view, ResamplePlan::new(&imaged.views, window)?))).collect();
        let plans = plans?;
        let pending =
            self.parts.guarded("resampling windows", || resample_pass::submit(&self.parts, imaged, &plans))?;
        Ok(Ticket::from_fn(Box::new(move || pending.finish())))
    }

    fn submit_display(
        &self,
        imaged: &Arc<Imaged>,
        view: usize,
        display: &DisplayParams,
    ) -> Result<Ticket<DisplayImage>, ImagingError> {
        let views = imaged.views.len();
        let shown = imaged.views.get(view).ok_or(ImagingError::NoSuchView { view, views })?;
        let plan = display.plan(shown)?;
        let pending =
            self.parts.guarded("displaying a view", || display_pass::submit(&self.parts, shown, view, &plan))?;
        Ok(Ticket::from_fn(Box::new(move || pending.finish())))
    }
}
