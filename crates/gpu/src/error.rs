use std::time::Duration;

use pellucid_core::ErrorKind;

/// What can go wrong between the host and an adapter. No variant is ever swallowed to run elsewhere: the caller decides.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// No adapter answered, or none with the name asked for.
    #[error("no GPU adapter was found: {reason}")]
    NoAdapter {
        /// What was looked for and what was there.
        reason: String,
    },
    /// The adapter is there but lacks something every pass needs.
    #[error("adapter {adapter} allows {limit} = {allowed}, the shaders need {needed}")]
    Lacks {
        /// The adapter in words.
        adapter: String,
        /// Name of the limit.
        limit: &'static str,
        /// What the adapter allows.
        allowed: u64,
        /// What the shaders need.
        needed: u64,
    },
    /// The adapter refused to open a device.
    #[error("opening a device on adapter {adapter}")]
    OpenDevice {
        /// The adapter in words.
        adapter: String,
        /// The driver's answer.
        #[source]
        source: wgpu::RequestDeviceError,
    },
    /// A plane or a dispatch does not fit the adapter.
    #[error("{what} needs {needed} {unit}; this adapter's {limit} is {allowed}")]
    TooLarge {
        /// Which plane or table.
        what: String,
        /// How much it needs.
        needed: u64,
        /// What is counted.
        unit: &'static str,
        /// Name of the limit that stands in the way.
        limit: &'static str,
        /// What the limit allows.
        allowed: u64,
    },
    /// The device is gone. A new engine must be made; nothing ran elsewhere in its place.
    #[error("the GPU device was lost while {during}: {reason}")]
    DeviceLost {
        /// What was attempted.
        during: String,
        /// What the driver said.
        reason: String,
    },
    /// The adapter's memory is full.
    #[error("the GPU ran out of memory while {during}: {message}")]
    OutOfMemory {
        /// What was attempted.
        during: String,
        /// What the driver said.
        message: String,
    },
    /// The device did not finish in time.
    #[error("the GPU did not finish {during} within {limit:?}")]
    Timeout {
        /// What was attempted.
        during: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The graphics layer refused a command: a fault of ours.
    #[error("the GPU layer refused a command while {during}: {message}")]
    Refused {
        /// What was attempted.
        during: String,
        /// What it said.
        message: String,
    },
}

impl GpuError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoAdapter { .. } | Self::OpenDevice { .. } | Self::DeviceLost { .. } => ErrorKind::Unavailable,
            Self::Lacks { .. } => ErrorKind::Unsupported,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::OutOfMemory { .. } => ErrorKind::Overloaded,
            Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Refused { .. } => ErrorKind::Internal,
        }
    }
}

/// An error and its causes on one line.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text.replace('\n', " ")
}
