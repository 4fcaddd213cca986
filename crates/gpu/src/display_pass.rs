use std::sync::Arc;

use pellucid_imaging::passes::display::Params;
use pellucid_imaging::{DisplayImage, DisplayPlan, DisplayStep, ImagedView, ImagingError};

use crate::display_steps::{Steps, passes};
use crate::engine::Parts;
use crate::error::GpuError;
use crate::imaging_pass::groups;
use crate::plane::Layout;
use crate::recorder::{Recorder, Submission};
use crate::resample_pass::bring;

/// A picture on its way through the device.
pub(crate) struct Pending {
    parts: Arc<Parts>,
    view: usize,
    size: (usize, usize),
    place: usize,
    submission: Submission,
}

/// Records one view and hands it to the queue.
pub(crate) fn submit(
    parts: &Arc<Parts>,
    shown: &ImagedView,
    view: usize,
    plan: &DisplayPlan,
) -> Result<Pending, ImagingError> {
    record(parts, shown, view, plan).map_err(|error| parts.failed(view, error))
}

fn record(parts: &Arc<Parts>, shown: &ImagedView, view: usize, plan: &DisplayPlan) -> Result<Pending, GpuError> {
    let passes = plan.steps.iter().map(passes).sum::<usize>() + 1;
    let mut recorder = Recorder::new(&parts.gpu, "displaying a view", passes);
    let (width, height) = shown.size();
    let layout = Layout::quads(width, height);
    let mut high = bring(parts, &mut recorder, shown.high.pixels(), layout, "the high plane")?;
    let validity = bring(parts, &mut recorder, shown.validity.pixels(), layout, "the validity plane")?;
    let z_class = match &shown.z_class {
        Some(z_class) => bring(parts, &mut recorder, z_class.pixels(), layout, "the class plane")?,
        // A binding must name some buffer; without classes the shader does not use it.
        None => Arc::clone(&validity),
    };
    let reads_low = plan.steps.iter().any(|step| matches!(step, DisplayStep::Strip { .. }));
    let low = match shown.low.as_ref().filter(|_| reads_low) {
        Some(low) => bring(parts, &mut recorder, low.pixels(), layout, "the low plane")?,
        None => Arc::clone(&high),
    };
    for step in &plan.steps {
        recorder.keep_shared(Arc::clone(&high));
        let (validity, low) = (Arc::clone(&validity), Arc::clone(&low));
        let mut steps = Steps { parts, recorder: &mut recorder, layout, validity, low };
        high = steps.record(step, &high)?;
    }
    let tables = &plan.tables;
    let palette: &[u8] = bytemuck::cast_slice(&tables.palette[..]);
    let tone =
        recorder.upload(tables.tone.len() as u64, "the tones", |mut to| to.copy_from_slice(&tables.tone[..]))?;
    let palette = recorder.upload(palette.len() as u64, "the palette", |mut to| to.copy_from_slice(palette))?;
    let rgba = recorder.output(4 * width as u64 * height as u64, "the picture")?;
    let has_class = u32::from(shown.z_class.is_some());
    let params = Params { width: width as u32, height: height as u32, has_class, padding: 0 };
    recorder.pass(
        &parts.pipelines.display,
        bytemuck::bytes_of(&params),
        &[&high, &z_class, &validity, &tone, &palette, &rgba],
        groups(layout, height),
    )?;
    let place = recorder.download(&rgba, "the picture")?;
    for used in [tone, palette, rgba] {
        recorder.keep(used);
    }
    for plane in [high, low, validity, z_class] {
        recorder.keep_shared(plane);
    }
    Ok(Pending { parts: Arc::clone(parts), view, size: (width, height), place, submission: recorder.submit()? })
}

impl Pending {
    /// Waits for the device and takes the picture over.
    pub(crate) fn finish(self) -> Result<DisplayImage, ImagingError> {
        let Self { parts, view, size: (width, height), place, submission } = self;
        let rgba = submission.wait().and_then(|finished| finished.read(place, <[u8]>::to_vec));
        Ok(DisplayImage { width, height, rgba: rgba.map_err(|error| parts.failed(view, error))? })
    }
}
