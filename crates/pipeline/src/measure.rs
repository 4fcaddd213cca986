use std::sync::Arc;

use pellucid_core::{ContainerRead, LayoutOutput, Observation, PlaneStack, RawScan};
use pellucid_imaging::{Engine, Imaged, ImagingError, Plan, ResampleWindow};
use pellucid_observe::{Beam, ContainerGeometry, cargo_window, find_containers, layout_window, observe_with};

use crate::{Instruments, PipelineError, Stopwatch};

/// A scan, measured and observed; nothing of it depends on a declaration.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Measured planes.
    pub imaged: Arc<Imaged>,
    /// Containers found, left to right, all in one view.
    pub containers: Vec<ContainerGeometry>,
    /// The observation.
    pub observation: Observation,
    /// Survivable damage of the file, in words.
    pub warnings: Vec<String>,
    /// Container numbers read at the lane.
    pub containers_read: Vec<ContainerRead>,
}

/// Decodes and images a file.
///
/// # Errors
/// The file is no scan, or the engine fails.
pub fn image(
    instruments: &Instruments,
    file: &[u8],
    watch: &mut Stopwatch,
) -> Result<(Arc<Imaged>, RawNotes), PipelineError> {
    let decoded = pellucid_scan::decode(file, &instruments.limits).map_err(PipelineError::Decode)?;
    watch.lap("decode");
    let notes = RawNotes {
        warnings: decoded.warnings.iter().map(ToString::to_string).collect(),
        containers_read: decoded.scan.containers_read.clone(),
        beams: {
            let of = |view| Beam::of_machine(view, &decoded.scan.scanner, &instruments.plan.calibrations);
            decoded.scan.views.iter().map(of).collect()
        },
    };
    let imaged = image_scan(instruments, Arc::new(decoded.scan), watch)?;
    Ok((imaged, notes))
}

/// What a file says beside its pixels.
#[derive(Debug, Clone)]
pub struct RawNotes {
    /// Survivable damage, in words.
    pub warnings: Vec<String>,
    /// Container numbers read at the lane.
    pub containers_read: Vec<ContainerRead>,
    /// The beam of each view, where the file gives its end points.
    pub beams: Vec<Option<Beam>>,
}

fn image_scan(
    instruments: &Instruments,
    scan: Arc<RawScan>,
    watch: &mut Stopwatch,
) -> Result<Arc<Imaged>, PipelineError> {
    let engine = &*instruments.engine;
    let plan = Plan::with_options(&scan, &instruments.plan).map_err(imaging("planning"))?;
    watch.lap("plan");
    let imaged = engine.submit(&plan, scan).and_then(|ticket| ticket.wait()).map_err(imaging("measuring"))?;
    watch.lap("imaging");
    Ok(Arc::new(imaged))
}

/// Measures a file: decode, image, find containers, read their cargo, observe.
///
/// Containers are looked for in view after view until one shows them surely; where none does, the view that shows most of
/// them is taken. Every container is observed in one view: two views of one load are not yet compared.
///
/// # Errors
/// Any stage's; nothing is made up in its place.
pub fn measure(instruments: &Instruments, file: &[u8], watch: &mut Stopwatch) -> Result<Measured, PipelineError> {
    let (imaged, notes) = image(instruments, file, watch)?;
    let containers = search(instruments, &imaged, watch)?;
    let cargo = if containers.is_empty() {
        Vec::new()
    } else {
        let windows: Vec<_> = containers.iter().map(|container| cargo_window(container, container.view)).collect();
        let planes = resample(&*instruments.engine, &imaged, &windows)?;
        watch.lap("resample");
        let outputs = instruments.cargo.run(&planes).map_err(model("cargo"))?;
        counted("cargo", planes.len(), outputs.len())?;
        watch.lap("cargo");
        outputs
    };
    let observation = observe_with(&imaged, &notes.beams, &containers, &cargo).map_err(PipelineError::Observe)?;
    watch.lap("observe");
    Ok(Measured { imaged, containers, observation, warnings: notes.warnings, containers_read: notes.containers_read })
}

/// Least confidence of every container of a view for the search to end there: the model saw them, pixels alone give 0.2.
const SURE: f32 = 0.5;

/// Containers of the first view that shows them surely, else of the view with the largest sum of confidences.
fn search(
    instruments: &Instruments,
    imaged: &Arc<Imaged>,
    watch: &mut Stopwatch,
) -> Result<Vec<ContainerGeometry>, PipelineError> {
    if imaged.views.is_empty() {
        return Err(imaging("measuring")(ImagingError::NoViews));
    }
    let sum = |found: &[ContainerGeometry]| found.iter().map(|container| container.confidence).sum::<f32>();
    let mut best = Vec::new();
    for (index, view) in imaged.views.iter().enumerate() {
        let (window, layout) = read_layout(instruments, imaged, index, watch)?;
        let found = find_containers(view, &layout, &window);
        watch.lap("geometry");
        let is_sure = !found.is_empty() && found.iter().all(|container| container.confidence >= SURE);
        if is_sure {
            return Ok(found);
        }
        if sum(&found) > sum(&best) {
            best = found;
        }
    }
    Ok(best)
}

fn read_layout(
    instruments: &Instruments,
    imaged: &Arc<Imaged>,
    view: usize,
    watch: &mut Stopwatch,
) -> Result<(pellucid_observe::LayoutWindow, LayoutOutput), PipelineError> {
    let window = layout_window(&imaged.views[view], view);
    let planes = resample(&*instruments.engine, imaged, &[window.window])?;
    watch.lap("resample");
    // The layout model sees attenuation and transmission of the high band.
    let planes: Vec<_> = planes.iter().map(|stack| chosen(stack, &[0, 2])).collect();
    let mut outputs = instruments.layout.run(&planes).map_err(model("layout"))?;
    counted("layout", planes.len(), outputs.len())?;
    watch.lap("layout");
    let Some(mut output) = outputs.pop() else { unreachable!("there are as many outputs as inputs: one") };
    output.valid_width = output.valid_width.min(window.valid_width.div_ceil(output.stride.max(1)));
    Ok((window, output))
}

fn resample(
    engine: &dyn Engine,
    imaged: &Arc<Imaged>,
    windows: &[ResampleWindow],
) -> Result<Vec<PlaneStack>, PipelineError> {
    engine.submit_resample(imaged, windows).and_then(|ticket| ticket.wait()).map_err(imaging("resampling"))
}

/// Some planes of a stack, in this order.
fn chosen(stack: &PlaneStack, planes: &[usize]) -> PlaneStack {
    PlaneStack {
        channels: planes.len(),
        height: stack.height,
        width: stack.width,
        values: planes.iter().flat_map(|plane| stack.plane(*plane)).copied().collect(),
    }
}

fn imaging(stage: &'static str) -> impl Fn(ImagingError) -> PipelineError {
    move |source| PipelineError::Imaging { stage, source }
}

fn model(model: &'static str) -> impl Fn(pellucid_classify::ClassifyError) -> PipelineError {
    move |source| PipelineError::Model { model, source }
}

fn counted(model: &'static str, inputs: usize, outputs: usize) -> Result<(), PipelineError> {
    if inputs == outputs { Ok(()) } else { Err(PipelineError::ModelOutputs { model, inputs, outputs }) }
}
