use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a pooled buffer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Read and written by passes.
    Storage,
    /// Mapped for writing by the host, copied from by the device.
    Upload,
    /// Copied to by the device, mapped for reading by the host.
    Download,
}

impl Role {
    fn usage(self) -> wgpu::BufferUsages {
        match self {
            Self::Storage => {
                wgpu::BufferUsages::STORAGE
                    | wgpu::BufferUsages::COPY_SRC
                    | wgpu::BufferUsages::COPY_DST
                    | wgpu::BufferUsages::QUERY_RESOLVE
            }
            Self::Upload => wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC,
            Self::Download => wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        }
    }
}

struct Idle {
    buffer: wgpu::Buffer,
    /// Upload buffers come back mapped for writing only when the device has read them.
    is_ready: Arc<AtomicBool>,
}

#[derive(Default)]
struct Shelf {
    idle: BTreeMap<(Role, u64), Vec<Idle>>,
    bytes: u64,
}

/// Buffers kept between scans: fresh ones cost page faults and a clearing pass each.
///
/// The queue runs submissions in order, so a storage buffer may be handed out again while an earlier submission still
/// uses it; upload buffers are handed out again only after the device has let go of them.
pub(crate) struct Pool {
    shelf: Mutex<Shelf>,
    idle_bytes: u64,
}

impl Pool {
    pub(crate) fn new(idle_bytes: u64) -> Arc<Self> {
        Arc::new(Self { shelf: Mutex::default(), idle_bytes })
    }

    /// Size classes: powers of two while small, then steps of an eighth of the power below, so that a quarter at most is unused.
    fn class(bytes: u64) -> u64 {
        let least = bytes.max(256);
        let step = (least.next_power_of_two() / 8).max(256);
        least.div_ceil(step) * step
    }

    /// A buffer of at least `bytes`, capped at `largest` by the size class; upload buffers are mapped.
    pub(crate) fn take(self: &Arc<Self>, device: &wgpu::Device, role: Role, bytes: u64, largest: u64) -> Pooled {
        let size = Self::class(bytes).min(largest.max(bytes)).next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT);
        let found = {
            let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
            let found = shelf.idle.get_mut(&(role, size)).and_then(|idle| {
                let at = idle.iter().position(|one| one.is_ready.load(Ordering::Acquire))?;
                Some(idle.swap_remove(at).buffer)
            });
            if found.is_some() {
                shelf.bytes -= size;
            }
            found
        };
        let buffer = found.unwrap_or_else(|| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage: role.usage(),
                mapped_at_creation: role == Role::Upload,
            })
        });
        Pooled { buffer, role, size, bytes, is_mapped: role == Role::Upload, pool: Arc::clone(self) }
    }

    /// Lets go of every idle buffer.
    pub(crate) fn clear(&self) {
        *self.shelf.lock().unwrap_or_else(PoisonError::into_inner) = Shelf::default();
    }

    fn put_back(&self, role: Role, size: u64, buffer: &wgpu::Buffer, is_mapped: bool) {
        let is_ready = Arc::new(AtomicBool::new(role != Role::Upload || is_mapped));
        match role {
            Role::Upload if !is_mapped => {
                let flag = Arc::clone(&is_ready);
                buffer
                    .map_async(wgpu::MapMode::Write, .., move |mapped| flag.store(mapped.is_ok(), Ordering::Release));
            }
            Role::Download if is_mapped => buffer.unmap(),
            Role::Storage | Role::Upload | Role::Download => {}
        }
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.bytes + size <= self.idle_bytes {
            shelf.bytes += size;
            shelf.idle.entry((role, size)).or_default().push(Idle { buffer: buffer.clone(), is_ready });
        }
    }
}

/// A buffer that goes back to its pool when dropped.
pub(crate) struct Pooled {
    buffer: wgpu::Buffer,
    role: Role,
    size: u64,
    bytes: u64,
    is_mapped: bool,
    pool: Arc<Pool>,
}

impl Pooled {
    pub(crate) fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Bytes asked for; the buffer may be larger.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Hands an upload buffer to the device.
    pub(crate) fn unmap(&mut self) {
        self.buffer.unmap();
        self.is_mapped = false;
    }

    /// Says that the host is reading, or about to read, a download buffer.
    pub(crate) fn set_mapped(&mut self) {
        self.is_mapped = true;
    }

    /// The bytes asked for as a binding, so that `arrayLength` in shaders is exact.
    pub(crate) fn binding(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.buffer,
            offset: 0,
            size: wgpu::BufferSize::new(self.bytes),
        })
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.pool.put_back(self.role, self.size, &self.buffer, self.is_mapped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_waste_little() {
        for bytes in (0..40).flat_map(|power| [(1_u64 << power) - 1, 1 << power, (1 << power) + 1]) {
            let class = Pool::class(bytes);
            assert!(class >= bytes && class.is_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT), "{bytes}: {class}");
            assert!(class <= (bytes + bytes / 4).max(bytes + 256), "{bytes}: {class}");
            assert_eq!(Pool::class(class), class, "a class is its own class");
        }
    }
}
