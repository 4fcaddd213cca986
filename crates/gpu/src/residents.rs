use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pellucid_core::PixelMemory;

use crate::pool::Pooled;

/// Planes of measured scans that are still on the device, so that resampling and display need no second upload.
///
/// A plane is found by the address of its pixels on the host. The pixels are held by [`Resident`], which strikes its
/// entry when dropped, so an address can never be mistaken for that of a later plane; a plane that someone changed has
/// been copied by its raster first and is not found any more.
pub(crate) struct Residents {
    shelf: Mutex<Shelf>,
    limit_bytes: u64,
}

#[derive(Default)]
struct Shelf {
    planes: BTreeMap<usize, (u64, Arc<Pooled>)>,
    /// Addresses by age, oldest first.
    ages: BTreeMap<u64, usize>,
    next_age: u64,
    bytes: u64,
}

impl Shelf {
    fn strike(&mut self, address: usize) {
        if let Some((age, plane)) = self.planes.remove(&address) {
            self.ages.remove(&age);
            self.bytes -= plane.bytes();
        }
    }
}

impl Residents {
    pub(crate) fn new(limit_bytes: u64) -> Arc<Self> {
        Arc::new(Self { shelf: Mutex::default(), limit_bytes })
    }

    /// Pixels whose twin on the device is `plane`. The oldest twins make room; their pixels stay.
    pub(crate) fn keep<T: Send + Sync + 'static>(
        self: &Arc<Self>,
        pixels: Vec<T>,
        plane: Arc<Pooled>,
    ) -> Arc<dyn PixelMemory<T>> {
        let address = pixels.as_ptr() as usize;
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.bytes += plane.bytes();
        let age = shelf.next_age;
        shelf.next_age += 1;
        shelf.planes.insert(address, (age, plane));
        shelf.ages.insert(age, address);
        while shelf.bytes > self.limit_bytes {
            let Some((_, oldest)) = shelf.ages.first_key_value() else { break };
            let oldest = *oldest;
            shelf.strike(oldest);
        }
        Arc::new(Resident { pixels, home: Arc::downgrade(self) })
    }

    /// The twin of a plane, if it is still here.
    pub(crate) fn find<T>(&self, pixels: &[T]) -> Option<Arc<Pooled>> {
        let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.planes.get(&(pixels.as_ptr() as usize)).map(|(_, plane)| Arc::clone(plane))
    }

    /// Bytes of the twins.
    pub(crate) fn bytes(&self) -> u64 {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    fn strike(&self, address: usize) {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner).strike(address);
    }
}

struct Resident<T> {
    pixels: Vec<T>,
    home: Weak<Residents>,
}

impl<T: Send + Sync> PixelMemory<T> for Resident<T> {
    fn as_pixels(&self) -> &[T] {
        &self.pixels
    }
}

impl<T> Drop for Resident<T> {
    fn drop(&mut self) {
        if let Some(home) = self.home.upgrade() {
            home.strike(self.pixels.as_ptr() as usize);
        }
    }
}
