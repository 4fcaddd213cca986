use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use crate::device::Gpu;
use crate::error::GpuError;
use crate::pool::{Pooled, Role};

/// A pipeline and its name, as every pass is recorded.
pub(crate) struct Pipeline {
    pub(crate) name: &'static str,
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) layout: wgpu::BindGroupLayout,
}

/// Records one submission: uploads, passes and read-backs, with nothing read in between.
///
/// Bindings of every pass: 0 is its parameter block (uniform), 1 and up are storage buffers in the order given.
pub(crate) struct Recorder {
    gpu: Arc<Gpu>,
    during: String,
    encoder: wgpu::CommandEncoder,
    arena: wgpu::Buffer,
    blocks: Vec<u8>,
    queries: Option<wgpu::QuerySet>,
    stages: Vec<&'static str>,
    passes: usize,
    kept: Vec<Pooled>,
    shared: Vec<Arc<Pooled>>,
    downloads: Vec<Pooled>,
}

/// Vulkan and WebGPU allow 4,096 queries in a set; two a pass.
const TIMED_PASSES: usize = 2_048;

impl Recorder {
    /// Makes room for at most `passes` passes with parameter blocks of one alignment step each.
    pub(crate) fn new(gpu: &Arc<Gpu>, during: &str, passes: usize) -> Self {
        let encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(during) });
        let arena = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("parameters"),
            size: gpu.uniform_alignment() * passes.max(1) as u64,
            usage: wgpu::BufferUsages::UNIFORM,
            mapped_at_creation: true,
        });
        let queries = (gpu.has_timestamps && passes <= TIMED_PASSES && passes > 0).then(|| {
            gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("stage times"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * passes as u32,
            })
        });
        Self {
            gpu: Arc::clone(gpu),
            during: during.to_owned(),
            encoder,
            arena,
            blocks: Vec::new(),
            queries,
            stages: Vec::new(),
            passes,
            kept: Vec::new(),
            shared: Vec::new(),
            downloads: Vec::new(),
        }
    }

    /// A storage buffer whose content passes write; filled with the sentinel first when the engine has one.
    pub(crate) fn output(&mut self, bytes: u64, what: &str) -> Result<Pooled, GpuError> {
        let buffer = self.gpu.take(Role::Storage, bytes, what)?;
        if let Some(byte) = self.gpu.sentinel {
            let mut staging = self.gpu.take(Role::Upload, bytes, what)?;
            self.write(&mut staging, |mut view| view.fill(byte))?;
            self.copy(&staging, &buffer);
            self.kept.push(staging);
        }
        Ok(buffer)
    }

    /// A storage buffer that passes add to: it starts as zeros.
    pub(crate) fn zeroed(&mut self, bytes: u64, what: &str) -> Result<Pooled, GpuError> {
        let buffer = self.gpu.take(Role::Storage, bytes, what)?;
        self.encoder.clear_buffer(buffer.buffer(), 0, Some(bytes.next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT)));
        Ok(buffer)
    }

    /// A storage buffer of `bytes` filled from mapped memory: `fill` writes all of it.
    pub(crate) fn upload(
        &mut self,
        bytes: u64,
        what: &str,
        fill: impl FnOnce(wgpu::WriteOnly<'_, [u8]>),
    ) -> Result<Pooled, GpuError> {
        let buffer = self.gpu.take(Role::Storage, bytes, what)?;
        let mut staging = self.gpu.take(Role::Upload, bytes, what)?;
        self.write(&mut staging, fill)?;
        self.copy(&staging, &buffer);
        self.kept.push(staging);
        Ok(buffer)
    }

    fn write(&self, staging: &mut Pooled, fill: impl FnOnce(wgpu::WriteOnly<'_, [u8]>)) -> Result<(), GpuError> {
        let mut view = staging
            .buffer()
            .get_mapped_range_mut(..)
            .map_err(|error| self.gpu.explain(&self.during, error.to_string()))?;
        fill(view.slice(..staging.bytes() as usize));
        drop(view);
        staging.unmap();
        Ok(())
    }

    fn copy(&mut self, from: &Pooled, to: &Pooled) {
        let bytes = to.bytes().next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT);
        self.encoder.copy_buffer_to_buffer(from.buffer(), 0, to.buffer(), 0, bytes);
    }

    /// Records one pass.
    pub(crate) fn pass(
        &mut self,
        pipeline: &Pipeline,
        params: &[u8],
        buffers: &[&Pooled],
        groups: [u32; 3],
    ) -> Result<(), GpuError> {
        self.gpu.check_groups(groups, pipeline.name)?;
        let step = self.gpu.uniform_alignment() as usize;
        if params.len() > step || self.stages.len() == self.passes {
            return Err(GpuError::Refused {
                during: self.during.clone(),
                message: format!("pass {} has no room for its {} bytes of parameters", pipeline.name, params.len()),
            });
        }
        let offset = self.blocks.len();
        self.blocks.extend_from_slice(params);
        self.blocks.resize(offset + step, 0);

        let block = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.arena,
            offset: offset as u64,
            size: wgpu::BufferSize::new(params.len() as u64),
        });
        let entries: Vec<wgpu::BindGroupEntry<'_>> = std::iter::once(block)
            .chain(buffers.iter().map(|buffer| buffer.binding()))
            .zip(0_u32..)
            .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let group = self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(pipeline.name),
            layout: &pipeline.layout,
            entries: &entries,
        });
        let first = 2 * self.stages.len() as u32;
        let timestamp_writes = self.queries.as_ref().map(|query_set| wgpu::ComputePassTimestampWrites {
            query_set,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        });
        let mut pass = self
            .encoder
            .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(pipeline.name), timestamp_writes });
        pass.set_pipeline(&pipeline.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(groups[0], groups[1], groups[2]);
        drop(pass);
        self.stages.push(pipeline.name);
        Ok(())
    }

    /// Asks for a buffer's content; the answer is its place among the submission's read-backs.
    pub(crate) fn download(&mut self, buffer: &Pooled, what: &str) -> Result<usize, GpuError> {
        let staging = self.gpu.take(Role::Download, buffer.bytes(), what)?;
        self.copy(buffer, &staging);
        self.downloads.push(staging);
        Ok(self.downloads.len() - 1)
    }

    /// Keeps a buffer until the submission is done.
    pub(crate) fn keep(&mut self, buffer: Pooled) {
        self.kept.push(buffer);
    }

    /// Keeps a buffer that others hold too.
    pub(crate) fn keep_shared(&mut self, buffer: Arc<Pooled>) {
        self.shared.push(buffer);
    }

    /// Hands everything to the queue in one submission.
    pub(crate) fn submit(mut self) -> Result<Submission, GpuError> {
        let mut times = None;
        if let Some(queries) = self.queries.take()
            && !self.stages.is_empty()
        {
            let count = 2 * self.stages.len() as u32;
            let resolved = self.gpu.take(Role::Storage, 8 * u64::from(count), "stage times")?;
            self.encoder.resolve_query_set(&queries, 0..count, resolved.buffer(), 0);
            times = Some(self.download(&resolved, "stage times")?);
            self.kept.push(resolved);
        }
        if !self.blocks.is_empty() {
            let mut view = self
                .arena
                .get_mapped_range_mut(..)
                .map_err(|error| self.gpu.explain(&self.during, error.to_string()))?;
            view.slice(..self.blocks.len()).copy_from_slice(&self.blocks);
        }
        self.arena.unmap();
        let index = self.gpu.queue.submit([self.encoder.finish()]);
        let (sender, mapped) = channel();
        for download in &mut self.downloads {
            let sender = sender.clone();
            download.set_mapped();
            download.buffer().map_async(wgpu::MapMode::Read, .., move |answer| {
                // The waiting side may have given up; then nobody is left to tell.
                let _ = sender.send(answer.is_ok());
            });
        }
        Ok(Submission {
            gpu: self.gpu,
            during: self.during,
            index,
            mapped,
            downloads: self.downloads,
            stages: self.stages,
            times,
            _kept: (self.kept, self.shared),
        })
    }
}

/// Work on its way through the queue.
pub(crate) struct Submission {
    gpu: Arc<Gpu>,
    during: String,
    index: wgpu::SubmissionIndex,
    mapped: Receiver<bool>,
    downloads: Vec<Pooled>,
    stages: Vec<&'static str>,
    times: Option<usize>,
    _kept: (Vec<Pooled>, Vec<Arc<Pooled>>),
}

impl Submission {
    /// Waits until the device has finished and the read-backs are mapped.
    pub(crate) fn wait(self) -> Result<Finished, GpuError> {
        let deadline = Instant::now() + self.gpu.wait_limit;
        let late = || GpuError::Timeout { during: self.during.clone(), limit: self.gpu.wait_limit };
        let polled = self.gpu.poll(wgpu::PollType::Wait {
            submission_index: Some(self.index.clone()),
            timeout: Some(self.gpu.wait_limit),
        });
        match polled {
            Ok(Ok(())) => {}
            Ok(Err(wgpu::PollError::Timeout)) => return Err(late()),
            Ok(Err(error)) => return Err(self.gpu.explain(&self.during, error.to_string())),
            Err(message) => return Err(self.gpu.explain(&self.during, message)),
        }
        // Another thread's poll may be the one that delivers our mappings, a moment after our own poll returns.
        for _ in &self.downloads {
            match self.mapped.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(true) => {}
                Ok(false) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.gpu.explain(&self.during, "a result could not be mapped".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) => return Err(late()),
            }
        }
        self.gpu.check(&self.during)?;
        Ok(Finished { submission: self })
    }
}

/// Finished work whose results are mapped.
pub(crate) struct Finished {
    submission: Submission,
}

impl Finished {
    /// Shows the bytes of one read-back. They are copied out by the caller at once: mapped memory dies with the device.
    pub(crate) fn read<T>(&self, place: usize, copy: impl FnOnce(&[u8]) -> T) -> Result<T, GpuError> {
        let submission = &self.submission;
        let Some(download) = submission.downloads.get(place) else {
            return Err(GpuError::Refused {
                during: submission.during.clone(),
                message: format!("there is no read-back {place}"),
            });
        };
        let view = download
            .buffer()
            .get_mapped_range(..)
            .map_err(|error| submission.gpu.explain(&submission.during, error.to_string()))?;
        Ok(copy(&view[..download.bytes() as usize]))
    }

    /// Milliseconds of each pass in the order recorded, if the adapter has timestamps.
    pub(crate) fn stage_times(&self) -> Result<Vec<(&'static str, f64)>, GpuError> {
        let Some(place) = self.submission.times else { return Ok(Vec::new()) };
        let period = f64::from(self.submission.gpu.queue.get_timestamp_period());
        self.read(place, |bytes| {
            let ticks: Vec<u64> = bytes
                .chunks_exact(8)
                .map(|eight| eight.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
                .collect();
            let spans = ticks.chunks_exact(2).map(|pair| pair[1].saturating_sub(pair[0]) as f64 * period / 1e6);
            self.submission.stages.iter().copied().zip(spans).collect()
        })
    }
}
