use std::sync::Arc;
use std::time::Instant;

use bytemuck::Pod;
use pellucid_core::{Grade, Raster, RawScan, ScanGeometry, StageTimes};
use pellucid_imaging::kernels::material::MaterialTables;
use pellucid_imaging::{
    BandPlan, DosePlan, Imaged, ImagedView, ImagingError, MaterialPlan, Plan, StripTables, ViewPlan, quality,
};

use crate::engine::Parts;
use crate::error::GpuError;
use crate::plane::{Layout, extend};
use crate::pool::Pooled;
use crate::recorder::{Finished, Recorder, Submission};

/// Passes of a view at most: dose and attenuate of two bands, and material.
const PASSES_PER_VIEW: usize = 5;

/// A plane on the device and its place among the read-backs.
struct Output {
    plane: Arc<Pooled>,
    place: usize,
}

struct ViewOutputs {
    name: String,
    geometry: Option<ScanGeometry>,
    layout: Layout,
    size: (usize, usize),
    high: Output,
    low: Option<Output>,
    /// Areal density; class, its sigma and its confidence.
    measured: Option<(Output, [Output; 3])>,
    validity: Output,
    strips: Option<Arc<StripTables>>,
    black: Option<u16>,
}

/// A scan on its way through the device.
pub(crate) struct Pending {
    parts: Arc<Parts>,
    plan: Plan,
    grade: Grade,
    start: Instant,
    upload_ms: f64,
    views: Vec<ViewOutputs>,
    submission: Submission,
}

/// Records every view of a scan and hands them to the queue in one submission.
pub(crate) fn submit(parts: &Arc<Parts>, plan: &Plan, scan: &RawScan) -> Result<Pending, ImagingError> {
    let start = Instant::now();
    let mut recorder = Recorder::new(&parts.gpu, "imaging a scan", PASSES_PER_VIEW * plan.views().len());
    let mut views = Vec::with_capacity(plan.views().len());
    for (index, (view_plan, view)) in plan.views().iter().zip(&scan.views).enumerate() {
        let mut sweep = Sweep { parts, recorder: &mut recorder, plan: view_plan, layout: layout_of(view_plan) };
        let outputs =
            sweep.view(|band| view.bands[band].counts.pixels()).map_err(|error| parts.failed(index, error))?;
        views.push(outputs.named(view.name.clone(), view.geometry.clone()));
    }
    let upload_ms = start.elapsed().as_secs_f64() * 1e3;
    let submission = recorder.submit().map_err(|error| parts.failed(0, error))?;
    Ok(Pending {
        parts: Arc::clone(parts),
        plan: plan.clone(),
        grade: plan.grade(),
        start,
        upload_ms,
        views,
        submission,
    })
}

fn layout_of(plan: &ViewPlan) -> Layout {
    Layout::quads(plan.width, plan.height)
}

/// One view being recorded.
struct Sweep<'a> {
    parts: &'a Parts,
    recorder: &'a mut Recorder,
    plan: &'a ViewPlan,
    layout: Layout,
}

impl Sweep<'_> {
    fn view<'p>(&mut self, counts: impl Fn(usize) -> &'p [u16]) -> Result<ViewOutputs, GpuError> {
        let validity = self.recorder.output(self.layout.bytes::<u8>(), "the validity plane")?;
        let high = self.band(&self.plan.high, &counts, &validity)?;
        let low = self.plan.low.as_ref().map(|low| self.band(low, &counts, &validity)).transpose()?;
        let measured = match &self.plan.material {
            Some(material) => Some(self.material(material, &high, low.as_ref(), &validity)?),
            None => None,
        };
        Ok(ViewOutputs {
            name: String::new(),
            geometry: None,
            layout: self.layout,
            size: (self.plan.width, self.plan.height),
            strips: self.plan.material.as_ref().and_then(|material| material.strips.clone()),
            black: self.plan.black(),
            high: self.read_back(high, "the high plane")?,
            low: low.map(|low| self.read_back(low, "the low plane")).transpose()?,
            measured: match measured {
                Some((areal_density, [z_class, sigma, confidence])) => Some((
                    self.read_back(areal_density, "the areal density plane")?,
                    [
                        self.read_back(z_class, "the class plane")?,
                        self.read_back(sigma, "the sigma plane")?,
                        self.read_back(confidence, "the confidence plane")?,
                    ],
                )),
                None => None,
            },
            validity: self.read_back(validity, "the validity plane")?,
        })
    }

    fn read_back(&mut self, plane: Pooled, what: &str) -> Result<Output, GpuError> {
        let place = self.recorder.download(&plane, what)?;
        Ok(Output { plane: Arc::new(plane), place })
    }

    fn upload<T: Pod>(&mut self, values: &[T], what: &str) -> Result<Pooled, GpuError> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        self.recorder.upload(bytes.len() as u64, what, |mut to| to.copy_from_slice(bytes))
    }

    fn groups(&self) -> [u32; 3] {
        groups(self.layout, self.plan.height)
    }

    /// Dose and attenuation of one band; its plane.
    fn band<'p>(
        &mut self,
        band: &BandPlan,
        counts: &impl Fn(usize) -> &'p [u16],
        validity: &Pooled,
    ) -> Result<Pooled, GpuError> {
        let (layout, pipelines) = (self.layout, &self.parts.pipelines);
        let pixels = counts(band.band);
        let counts = self.recorder.upload(layout.bytes::<u16>(), "the counts", |to| layout.write(pixels, to))?;
        let rows = self.upload(&band.rows, "the row table")?;
        let dose = match &band.dose {
            DosePlan::Given(dose) => self.upload(dose, "the doses")?,
            DosePlan::Measured(params) => {
                let dose = self.recorder.output(4 * self.plan.width as u64, "the doses")?;
                self.recorder.pass(
                    &pipelines.dose,
                    bytemuck::bytes_of(params),
                    &[&counts, &rows, &self.parts.logarithm, &dose],
                    [params.width.div_ceil(2 * 64), 1, 1],
                )?;
                dose
            }
        };
        // A binding must name some buffer; without drifting rows the shader does not read it.
        let drifts = match band.drifts.as_slice() {
            [] => self.upload(&[0_u32; 4], "the drifts")?,
            drifts => self.upload(drifts, "the drifts")?,
        };
        let plane = self.recorder.output(layout.bytes::<u16>(), "the attenuation plane")?;
        let groups = self.groups();
        self.recorder.pass(
            &pipelines.attenuate,
            bytemuck::bytes_of(&band.attenuate),
            &[&counts, &rows, &dose, &self.parts.logarithm, &drifts, &plane, validity],
            groups,
        )?;
        for input in [counts, rows, dose, drifts] {
            self.recorder.keep(input);
        }
        Ok(plane)
    }

    fn material(
        &mut self,
        material: &MaterialPlan,
        high: &Pooled,
        low: Option<&Pooled>,
        validity: &Pooled,
    ) -> Result<(Pooled, [Pooled; 3]), GpuError> {
        let tables = self.upload(&table_words(&material.tables), "the material tables")?;
        let pixels = self.plan.width as u64 * self.plan.height as u64;
        let areal_density = self.recorder.output(4 * pixels, "the areal density plane")?;
        let bytes = self.layout.bytes::<u8>();
        let z_class = self.recorder.output(bytes, "the class plane")?;
        let sigma = self.recorder.output(bytes, "the sigma plane")?;
        let confidence = self.recorder.output(bytes, "the confidence plane")?;
        // A binding must name some buffer; without a low band the shader does not read it.
        let low = low.unwrap_or(high);
        let groups = self.groups();
        self.recorder.pass(
            &self.parts.pipelines.material,
            bytemuck::bytes_of(&material.params),
            &[high, low, validity, &tables, &areal_density, &z_class, &sigma, &confidence],
            groups,
        )?;
        self.recorder.keep(tables);
        Ok((areal_density, [z_class, sigma, confidence]))
    }
}

/// Workgroups of 32 x 8 quads that cover a plane.
pub(crate) fn groups(layout: Layout, height: usize) -> [u32; 3] {
    [layout.quads_per_row().div_ceil(32), (height as u32).div_ceil(8), 1]
}

/// The material tables as `material.wgsl` lays them out: in whole nodes of four words.
fn table_words(tables: &MaterialTables) -> Vec<u32> {
    let mut words: Vec<u32> = bytemuck::cast_slice(tables.nodes.as_slice()).to_vec();
    words.extend(tables.cells.iter().flatten());
    words.extend(tables.lambda_q10.iter().map(|value| value.cast_unsigned()));
    words.extend(tables.air);
    words.resize(words.len().next_multiple_of(4), 0);
    words
}

impl ViewOutputs {
    fn named(self, name: String, geometry: Option<ScanGeometry>) -> Self {
        Self { name, geometry, ..self }
    }
}

impl Pending {
    /// Waits for the device and takes the planes over.
    pub(crate) fn finish(self) -> Result<Imaged, ImagingError> {
        let Self { parts, plan, grade, start, upload_ms, views, submission } = self;
        let failed = |error| parts.failed(0, error);
        let finished = submission.wait().map_err(failed)?;
        let mut times = StageTimes::new();
        times.insert("upload".to_owned(), upload_ms);
        for (stage, ms) in finished.stage_times().map_err(failed)? {
            *times.entry(stage.to_owned()).or_insert(0.0) += ms;
        }
        let read = Instant::now();
        let views: Result<Vec<ImagedView>, ImagingError> = views
            .into_iter()
            .enumerate()
            .map(|(index, view)| view.take(&parts, &finished).map_err(|error| parts.failed(index, error)))
            .collect();
        let views = views?;
        times.insert("read_back".to_owned(), read.elapsed().as_secs_f64() * 1e3);
        drop(finished);
        let assess = Instant::now();
        let quality = quality::assess(&plan, &views);
        times.insert("quality".to_owned(), assess.elapsed().as_secs_f64() * 1e3);
        times.insert("imaging".to_owned(), start.elapsed().as_secs_f64() * 1e3);
        let plan_version = plan.version().to_owned();
        Ok(Imaged { grade, views, quality, timings_ms: times, plan_version, engine: parts.kind.clone() })
    }
}

impl ViewOutputs {
    fn take(self, parts: &Parts, finished: &Finished) -> Result<ImagedView, GpuError> {
        let (width, height) = self.size;
        let layout = self.layout;
        let high = resident(parts, finished, self.high, layout)?;
        let low = self.low.map(|low| resident(parts, finished, low, layout)).transpose()?;
        let validity = resident(parts, finished, self.validity, layout)?;
        let (areal_density, [z_class, areal_density_sigma, class_confidence]) = match self.measured {
            Some((areal_density, [z_class, sigma, confidence])) => {
                let values = finished.read(areal_density.place, |bytes| {
                    let mut values: Vec<f32> = Vec::with_capacity(width * height);
                    extend(&mut values, bytes);
                    values
                })?;
                let raster = Raster::from_vec(width, height, values).map_err(misfit)?;
                let z_class = resident(parts, finished, z_class, layout)?;
                let [sigma, confidence] = [sigma, confidence].map(|plane| host_only(finished, plane, layout));
                (Some(raster), [Some(z_class), Some(sigma?), Some(confidence?)])
            }
            None => (None, [const { None }; 3]),
        };
        let Self { name, geometry, strips, black, .. } = self;
        Ok(ImagedView {
            name,
            geometry,
            high,
            low,
            areal_density,
            z_class,
            areal_density_sigma,
            class_confidence,
            validity,
            strips,
            black,
        })
    }
}

/// A raster that remembers its twin on the device.
fn resident<T: Pod + Send + Sync>(
    parts: &Parts,
    finished: &Finished,
    output: Output,
    layout: Layout,
) -> Result<Raster<T>, GpuError> {
    let pixels = finished.read(output.place, |bytes| layout.read::<T>(bytes))?;
    let memory = parts.residents.keep(pixels, output.plane);
    Raster::from_memory(layout.width(), layout.height(), memory).map_err(misfit)
}

/// A raster that no later pass reads, so its twin goes.
fn host_only(finished: &Finished, output: Output, layout: Layout) -> Result<Raster<u8>, GpuError> {
    let pixels = finished.read(output.place, |bytes| layout.read::<u8>(bytes))?;
    Raster::from_vec(layout.width(), layout.height(), pixels).map_err(misfit)
}

fn misfit(error: pellucid_core::RasterError) -> GpuError {
    GpuError::Refused { during: "taking planes over".to_owned(), message: error.to_string() }
}
