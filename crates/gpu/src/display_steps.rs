use std::sync::Arc;

use bytemuck::Pod;
use pellucid_imaging::kernels::enhance::LEVELS;
use pellucid_imaging::kernels::statistics::BINS;
use pellucid_imaging::{DisplayStep, Enhancement, LocalContrast, Smoothing};

use crate::engine::Parts;
use crate::error::GpuError;
use crate::imaging_pass::groups;
use crate::plane::Layout;
use crate::pool::Pooled;
use crate::recorder::{Pipeline, Recorder};

/// Words per tile that the statistics pass writes beside the histogram.
const EXTENT_WORDS: usize = 5;

/// Passes that a step records.
pub(crate) fn passes(step: &DisplayStep) -> usize {
    match step {
        DisplayStep::LocalContrast(_) => 3,
        DisplayStep::Enhance(_) => LEVELS + 4,
        _ => 1,
    }
}

/// Records the steps of a display plan, plane after plane.
pub(crate) struct Steps<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) recorder: &'a mut Recorder,
    pub(crate) layout: Layout,
    pub(crate) validity: Arc<Pooled>,
    /// The low band where a step reads it, else any plane.
    pub(crate) low: Arc<Pooled>,
}

impl Steps<'_> {
    /// One step; the plane it writes.
    pub(crate) fn record(&mut self, step: &DisplayStep, plane: &Arc<Pooled>) -> Result<Arc<Pooled>, GpuError> {
        let pipelines = &self.parts.pipelines;
        match step {
            DisplayStep::Bilateral(smoothing) => self.smooth(smoothing, plane),
            DisplayStep::NonLocalMeans { params, widths } => {
                let widths = self.upload(widths.as_slice(), "the widths")?;
                let groups = [self.layout.quads_per_row().div_ceil(8), params.height.div_ceil(8), 1];
                let params = bytemuck::bytes_of(params);
                self.sweep(&pipelines.non_local_means, params, &[plane, &widths], groups)
            }
            DisplayStep::LocalContrast(local) => self.even(local, plane),
            DisplayStep::Enhance(enhancement) => self.enhance(enhancement, plane),
            DisplayStep::Strip { params, tables } => {
                let mut words: Vec<u32> = bytemuck::cast_slice(tables.nodes.as_slice()).to_vec();
                words.extend(tables.cells.iter().flatten());
                let tables = self.upload(&words, "the strip tables")?;
                let (low, validity, groups) = (Arc::clone(&self.low), Arc::clone(&self.validity), self.groups());
                let inputs = [plane, &low, &validity, &tables];
                self.sweep(&pipelines.strip, bytemuck::bytes_of(params), &inputs, groups)
            }
            DisplayStep::Edge { params, floors } => {
                let floors = self.upload(floors.as_slice(), "the floors")?;
                let groups = self.groups();
                self.sweep(&pipelines.edge, bytemuck::bytes_of(params), &[plane, &floors], groups)
            }
        }
    }

    fn groups(&self) -> [u32; 3] {
        groups(self.layout, self.layout.height())
    }

    fn upload<T: Pod>(&mut self, values: &[T], what: &str) -> Result<Arc<Pooled>, GpuError> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let table = Arc::new(self.recorder.upload(bytes.len() as u64, what, |mut to| to.copy_from_slice(bytes))?);
        self.recorder.keep_shared(Arc::clone(&table));
        Ok(table)
    }

    /// One pass from buffers to a fresh plane.
    fn sweep(
        &mut self,
        pipeline: &Pipeline,
        params: &[u8],
        inputs: &[&Arc<Pooled>],
        groups: [u32; 3],
    ) -> Result<Arc<Pooled>, GpuError> {
        let plane = self.recorder.output(self.layout.bytes::<u16>(), "a plane to show")?;
        let buffers: Vec<&Pooled> = inputs.iter().map(|input| &***input).chain([&plane]).collect();
        self.recorder.pass(pipeline, params, &buffers, groups)?;
        let plane = Arc::new(plane);
        self.recorder.keep_shared(Arc::clone(&plane));
        Ok(plane)
    }

    fn smooth(&mut self, smoothing: &Smoothing, plane: &Arc<Pooled>) -> Result<Arc<Pooled>, GpuError> {
        let widths = self.upload(smoothing.widths.as_slice(), "the widths")?;
        let (pipeline, groups) = (&self.parts.pipelines.bilateral, self.groups());
        self.sweep(pipeline, bytemuck::bytes_of(&smoothing.params), &[plane, &widths], groups)
    }

    fn even(&mut self, local: &LocalContrast, plane: &Arc<Pooled>) -> Result<Arc<Pooled>, GpuError> {
        let pipelines = &self.parts.pipelines;
        let (statistics, tiles) = (&local.statistics, local.statistics.tiles());
        let histograms = self.recorder.zeroed((tiles * BINS * 4) as u64, "the histograms")?;
        let extents = self.recorder.zeroed((tiles * EXTENT_WORDS * 4) as u64, "the extents")?;
        let slices = (0..tiles).map(|tile| statistics.rows(tile).len() as u32).max().unwrap_or(1);
        self.recorder.pass(
            &pipelines.statistics,
            bytemuck::bytes_of(statistics),
            &[plane, &self.validity, &histograms, &extents],
            [tiles as u32, slices.div_ceil(statistics.rows_per_slice), 1],
        )?;
        let maps = self.recorder.output((tiles * BINS * 2) as u64, "the tone maps")?;
        self.recorder.pass(
            &pipelines.equalise,
            bytemuck::bytes_of(&local.equalise),
            &[&histograms, &maps],
            [tiles as u32, 1, 1],
        )?;
        for used in [histograms, extents] {
            self.recorder.keep(used);
        }
        let (columns, rows) =
            (self.upload(&local.columns, "the columns' tiles")?, self.upload(&local.rows, "the rows' tiles")?);
        let (maps, groups) = (Arc::new(maps), self.groups());
        self.recorder.keep_shared(Arc::clone(&maps));
        self.sweep(
            &pipelines.local_contrast,
            bytemuck::bytes_of(&local.blend),
            &[plane, &maps, &columns, &rows],
            groups,
        )
    }

    fn enhance(&mut self, enhancement: &Enhancement, plane: &Arc<Pooled>) -> Result<Arc<Pooled>, GpuError> {
        let mut levels = vec![Arc::clone(plane)];
        let mut level = Arc::clone(plane);
        for smoothing in &enhancement.levels {
            level = self.smooth(smoothing, &level)?;
            levels.push(Arc::clone(&level));
        }
        let evened = self.even(&enhancement.base, &level)?;
        let gains = self.upload(enhancement.gains.as_slice(), "the gains")?;
        let inputs: Vec<&Arc<Pooled>> = levels.iter().chain([&evened, &gains]).collect();
        let (pipeline, groups) = (&self.parts.pipelines.enhance, self.groups());
        self.sweep(pipeline, bytemuck::bytes_of(&enhancement.params), &inputs, groups)
    }
}
