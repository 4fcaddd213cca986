use std::sync::Arc;

use pellucid_core::PlaneStack;
use pellucid_imaging::kernels::resample::{Axis, Cell};
use pellucid_imaging::passes::resample::PLANES;
use pellucid_imaging::{Imaged, ImagedView, ImagingError, ResamplePlan};

use crate::engine::Parts;
use crate::error::GpuError;
use crate::plane::{Layout, extend};
use crate::pool::Pooled;
use crate::recorder::{Recorder, Submission};

struct WindowOutput {
    width: usize,
    height: usize,
    place: usize,
}

/// Windows on their way through the device.
pub(crate) struct Pending {
    parts: Arc<Parts>,
    windows: Vec<WindowOutput>,
    submission: Submission,
}

/// Records every window and hands them to the queue in one submission.
pub(crate) fn submit(
    parts: &Arc<Parts>,
    imaged: &Imaged,
    plans: &[(usize, ResamplePlan)],
) -> Result<Pending, ImagingError> {
    let mut recorder = Recorder::new(&parts.gpu, "resampling windows", plans.len());
    // Bands of each view are brought at most once, whatever the number of windows.
    let mut bands: Vec<Option<Bands>> = imaged.views.iter().map(|_| None).collect();
    let mut windows = Vec::with_capacity(plans.len());
    for (view, plan) in plans {
        let failed = |error| parts.failed(*view, error);
        let bands = match &mut bands[*view] {
            Some(bands) => bands,
            empty => empty.insert(Bands::bring(parts, &mut recorder, &imaged.views[*view]).map_err(failed)?),
        };
        windows.push(window(parts, &mut recorder, bands, plan).map_err(failed)?);
    }
    for bands in bands.into_iter().flatten() {
        recorder.keep_shared(bands.high);
        bands.low.into_iter().for_each(|low| recorder.keep_shared(low));
    }
    let submission = recorder.submit().map_err(|error| parts.failed(0, error))?;
    Ok(Pending { parts: Arc::clone(parts), windows, submission })
}

struct Bands {
    high: Arc<Pooled>,
    low: Option<Arc<Pooled>>,
}

impl Bands {
    fn bring(parts: &Parts, recorder: &mut Recorder, view: &ImagedView) -> Result<Self, GpuError> {
        let (width, height) = view.size();
        let layout = Layout::quads(width, height);
        let high = bring(parts, recorder, view.high.pixels(), layout, "the high plane")?;
        let low = match &view.low {
            Some(low) => Some(bring(parts, recorder, low.pixels(), layout, "the low plane")?),
            None => None,
        };
        Ok(Self { high, low })
    }
}

/// The twin of a plane on the device: the one that is there, or a fresh upload.
pub(crate) fn bring<T: bytemuck::Pod>(
    parts: &Parts,
    recorder: &mut Recorder,
    pixels: &[T],
    layout: Layout,
    what: &str,
) -> Result<Arc<Pooled>, GpuError> {
    match parts.residents.find(pixels) {
        Some(plane) => Ok(plane),
        None => {
            let bytes = layout.bytes::<T>();
            Ok(Arc::new(recorder.upload(bytes, what, |to| layout.write(pixels, to))?))
        }
    }
}

fn window(
    parts: &Parts,
    recorder: &mut Recorder,
    bands: &Bands,
    plan: &ResamplePlan,
) -> Result<WindowOutput, GpuError> {
    let (cells, weights) = joined(&plan.columns, &plan.rows);
    let (cells, weights): (&[u8], &[u8]) = (bytemuck::cast_slice(&cells), bytemuck::cast_slice(&weights));
    let cells = recorder.upload(cells.len() as u64, "the cells", |mut to| to.copy_from_slice(cells))?;
    let weights = recorder.upload(weights.len() as u64, "the weights", |mut to| to.copy_from_slice(weights))?;
    let (width, height) = (plan.params.out_width, plan.params.out_height);
    let bytes = 4 * PLANES as u64 * u64::from(width) * u64::from(height);
    let planes = recorder.output(bytes, "the model planes")?;
    let low = bands.low.as_ref().unwrap_or(&bands.high);
    recorder.pass(
        &parts.pipelines.resample,
        bytemuck::bytes_of(&plan.params),
        &[&bands.high, low, &parts.transmission, &cells, &weights, &planes],
        [width.div_ceil(16), height.div_ceil(16), 1],
    )?;
    let place = recorder.download(&planes, "the model planes")?;
    for used in [cells, weights, planes] {
        recorder.keep(used);
    }
    Ok(WindowOutput { width: width as usize, height: height as usize, place })
}

/// Cells of the columns, then of the rows, over one list of weights; never empty, as bindings must not be.
fn joined(columns: &Axis, rows: &Axis) -> (Vec<Cell>, Vec<u32>) {
    let base = columns.weights.len() as u32;
    let shifted = rows.cells.iter().map(|cell| Cell { offset: cell.offset + base, ..*cell });
    let cells = columns.cells.iter().copied().chain(shifted).collect();
    let mut weights = [columns.weights.as_slice(), rows.weights.as_slice()].concat();
    if weights.is_empty() {
        weights.push(0);
    }
    (cells, weights)
}

impl Pending {
    /// Waits for the device and takes the planes over.
    pub(crate) fn finish(self) -> Result<Vec<PlaneStack>, ImagingError> {
        let Self { parts, windows, submission } = self;
        let failed = |error| parts.failed(0, error);
        let finished = submission.wait().map_err(failed)?;
        windows
            .into_iter()
            .map(|WindowOutput { width, height, place }| {
                let values = finished.read(place, |bytes| {
                    let mut values: Vec<f32> = Vec::with_capacity(bytes.len() / 4);
                    extend(&mut values, bytes);
                    values
                });
                Ok(PlaneStack { channels: PLANES, height, width, values: values.map_err(failed)? })
            })
            .collect()
    }
}
