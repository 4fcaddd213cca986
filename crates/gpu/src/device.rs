use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::adapter::{AdapterSummary, GpuOptions};
use crate::error::GpuError;
use crate::pool::{Pool, Pooled, Role};

/// Storage buffers a pass may bind; every Vulkan, Metal and DirectX 12 adapter allows 8.
const STORAGE_BUFFERS: u32 = 8;
/// Invocations in a workgroup; the smallest number a WebGPU adapter may offer.
const INVOCATIONS: u32 = 256;

/// What the driver said on its own, outside of a call of ours.
#[derive(Default)]
struct Health {
    lost: Mutex<Option<String>>,
    fault: Mutex<Option<String>>,
}

fn note(slot: &Mutex<Option<String>>, message: String) {
    slot.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
}

fn noted(slot: &Mutex<Option<String>>) -> Option<String> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// An open device, its queue, its limits and its state of health.
pub(crate) struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(crate) summary: AdapterSummary,
    pub(crate) has_timestamps: bool,
    pub(crate) sentinel: Option<u8>,
    pub(crate) wait_limit: Duration,
    limits: wgpu::Limits,
    health: Arc<Health>,
    pool: Arc<Pool>,
}

impl Gpu {
    pub(crate) fn open(adapter: &wgpu::Adapter, options: &GpuOptions) -> Result<Self, GpuError> {
        let summary = AdapterSummary::of(&adapter.get_info());
        let offered = adapter.limits();
        for (limit, allowed, needed) in [
            ("max_storage_buffers_per_shader_stage", offered.max_storage_buffers_per_shader_stage, STORAGE_BUFFERS),
            ("max_compute_invocations_per_workgroup", offered.max_compute_invocations_per_workgroup, INVOCATIONS),
        ] {
            if allowed < needed {
                return Err(GpuError::Lacks {
                    adapter: summary.to_string(),
                    limit,
                    allowed: allowed.into(),
                    needed: needed.into(),
                });
            }
        }
        let largest = options.buffer_bytes.unwrap_or(u64::MAX);
        let limits = wgpu::Limits {
            max_storage_buffers_per_shader_stage: STORAGE_BUFFERS,
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size.min(largest),
            max_buffer_size: offered.max_buffer_size.min(largest),
            max_compute_workgroups_per_dimension: offered.max_compute_workgroups_per_dimension,
            ..wgpu::Limits::downlevel_defaults()
        };
        let timestamps = adapter.features() & wgpu::Features::TIMESTAMP_QUERY;
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("pellucid"),
            required_features: timestamps,
            required_limits: limits.clone(),
            ..Default::default()
        }))
        .map_err(|source| GpuError::OpenDevice { adapter: summary.to_string(), source })?;

        let health = Arc::new(Health::default());
        let seen = Arc::clone(&health);
        device.set_device_lost_callback(move |reason, message| {
            note(&seen.lost, if message.is_empty() { format!("{reason:?}") } else { message });
        });
        let seen = Arc::clone(&health);
        // Without a handler wgpu panics; with it, the fault is reported by whoever waits next.
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&seen.fault, error.to_string())));

        Ok(Self {
            device,
            queue,
            summary,
            has_timestamps: !timestamps.is_empty(),
            sentinel: options.sentinel,
            wait_limit: options.wait_limit,
            limits,
            health,
            pool: Pool::new(options.idle_bytes),
        })
    }

    /// Fails when the device is known to be lost or has reported a fault outside of a call.
    pub(crate) fn check(&self, during: &str) -> Result<(), GpuError> {
        if let Some(reason) = noted(&self.health.lost) {
            return Err(GpuError::DeviceLost { during: during.to_owned(), reason });
        }
        match noted(&self.health.fault) {
            Some(message) => Err(GpuError::Refused { during: during.to_owned(), message }),
            None => Ok(()),
        }
    }

    /// Polls the device. wgpu panics when the wait itself finds the device lost; here that is an answer like any other.
    pub(crate) fn poll(&self, poll: wgpu::PollType) -> Result<Result<(), wgpu::PollError>, String> {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| self.device.poll(poll)));
        match polled {
            Ok(answer) => Ok(answer.map(|_| ())),
            Err(panic) => {
                let message = panic.downcast::<String>().map_or_else(|_| "the wait failed".to_owned(), |text| *text);
                note(&self.health.lost, message.clone());
                Err(message)
            }
        }
    }

    /// The true cause of a failure: a lost device makes every later call fail in its own way.
    pub(crate) fn explain(&self, during: &str, message: String) -> GpuError {
        // A device that was destroyed says so only when it is polled; the poll's own answer adds nothing.
        let _ = self.poll(wgpu::PollType::Poll);
        match self.check(during) {
            Err(cause) => cause,
            Ok(()) => GpuError::Refused { during: during.to_owned(), message },
        }
    }

    /// Runs calls with this thread's errors caught and typed.
    pub(crate) fn guarded<T>(
        &self,
        during: &str,
        calls: impl FnOnce() -> Result<T, GpuError>,
    ) -> Result<T, GpuError> {
        self.check(during)?;
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let internal = self.device.push_error_scope(wgpu::ErrorFilter::Internal);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let result = calls();
        let validation = pollster::block_on(validation.pop());
        let internal = pollster::block_on(internal.pop());
        let memory = pollster::block_on(memory.pop());
        let cause = if let Some(error) = memory {
            GpuError::OutOfMemory { during: during.to_owned(), message: error.to_string() }
        } else if let Some(error) = internal.or(validation) {
            self.explain(during, error.to_string())
        } else {
            return result;
        };
        // A buffer that could not be made must not be handed out again; idle ones make room for the next attempt.
        drop(result);
        self.pool.clear();
        Err(cause)
    }

    /// A buffer of at least `bytes` from the pool, or the name of the limit that forbids it.
    pub(crate) fn take(&self, role: Role, bytes: u64, what: &str) -> Result<Pooled, GpuError> {
        let bindable = (self.limits.max_storage_buffer_binding_size, "max_storage_buffer_binding_size");
        let whole = (self.limits.max_buffer_size, "max_buffer_size");
        let checks = if role == Role::Storage { [bindable, whole] } else { [whole, whole] };
        for (allowed, limit) in checks {
            if bytes > allowed {
                return Err(GpuError::TooLarge {
                    what: what.to_owned(),
                    needed: bytes,
                    unit: "bytes",
                    limit,
                    allowed,
                });
            }
        }
        Ok(self.pool.take(&self.device, role, bytes.max(4), self.limits.max_buffer_size))
    }

    /// Workgroups along one dimension, or the name of the limit that forbids them.
    pub(crate) fn check_groups(&self, groups: [u32; 3], what: &str) -> Result<(), GpuError> {
        let allowed = self.limits.max_compute_workgroups_per_dimension;
        match groups.iter().find(|count| **count > allowed) {
            Some(count) => Err(GpuError::TooLarge {
                what: what.to_owned(),
                needed: u64::from(*count),
                unit: "workgroups",
                limit: "max_compute_workgroups_per_dimension",
                allowed: u64::from(allowed),
            }),
            None => Ok(()),
        }
    }

    /// Spacing of parameter blocks in one uniform buffer.
    pub(crate) fn uniform_alignment(&self) -> u64 {
        u64::from(self.limits.min_uniform_buffer_offset_alignment)
    }

    /// Ends the device, as a driver reset would.
    pub(crate) fn destroy(&self) {
        self.device.destroy();
    }
}
