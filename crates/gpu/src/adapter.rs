use std::fmt;
use std::time::Duration;

use crate::GpuError;

/// What an adapter is, in words fit for a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterSummary {
    /// Name the driver gives.
    pub name: String,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// Whether a processor plays the part of a GPU (lavapipe, WARP, SwiftShader).
    pub is_software: bool,
    /// Driver name and version.
    pub driver: String,
}

impl AdapterSummary {
    pub(crate) fn of(info: &wgpu::AdapterInfo) -> Self {
        Self {
            name: info.name.clone(),
            backend: info.backend.to_string(),
            is_software: info.device_type == wgpu::DeviceType::Cpu,
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        }
    }
}

impl fmt::Display for AdapterSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let software = if self.is_software { ", software" } else { "" };
        write!(f, "{} ({}{software}; {})", self.name, self.backend, self.driver)
    }
}

/// How to open an engine. Plain values: nothing here reads the environment.
#[derive(Debug, Clone)]
pub struct GpuOptions {
    /// Part of the adapter's name, any case; `None` takes the strongest kind of adapter.
    pub adapter_name: Option<String>,
    /// Longest wait for one scan before it is reported as a timeout.
    pub wait_limit: Duration,
    /// Bytes of idle buffers kept for the next scan.
    pub idle_bytes: u64,
    /// Bytes of measured planes kept on the device while their host copies live, for resampling and display.
    pub resident_bytes: u64,
    /// Largest buffer to ask the device for, if the adapter's own limit is to be lowered; at least 1 MiB is sensible.
    pub buffer_bytes: Option<u64>,
    /// Fill every output with this byte before its pass runs, so that a pixel no pass wrote shows. For tests.
    pub sentinel: Option<u8>,
}

impl Default for GpuOptions {
    fn default() -> Self {
        Self {
            adapter_name: None,
            wait_limit: Duration::from_secs(60),
            idle_bytes: 512 << 20,
            resident_bytes: 1 << 30,
            buffer_bytes: None,
            sentinel: None,
        }
    }
}

fn rank(device_type: wgpu::DeviceType) -> u8 {
    match device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::VirtualGpu => 1,
        wgpu::DeviceType::IntegratedGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// The strongest adapter that answers to the name; ties keep the driver's own order.
pub(crate) fn find(options: &GpuOptions) -> Result<wgpu::Adapter, GpuError> {
    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    // No validation layers: wgpu validates every call itself, and the layers are rarely installed.
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        flags: wgpu::InstanceFlags::empty(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut adapters = pollster::block_on(instance.enumerate_adapters(backends));
    if let Some(name) = &options.adapter_name {
        let wanted = name.to_lowercase();
        let seen: Vec<String> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
        adapters.retain(|adapter| adapter.get_info().name.to_lowercase().contains(&wanted));
        if adapters.is_empty() {
            return Err(GpuError::NoAdapter { reason: format!("none is named {name:?}; there are {seen:?}") });
        }
    }
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    adapters
        .into_iter()
        .next()
        .ok_or_else(|| GpuError::NoAdapter { reason: "no Vulkan, Metal or DirectX 12 driver answered".to_owned() })
}
