use std::sync::{Arc, Mutex, PoisonError};

use crate::beam::Beam;

/// Beams that something is kept for: files may name any end point, so what is kept must be bounded.
const MOST: usize = 32;

/// Something that is worked out once per beam.
pub(crate) struct BeamCache<T>(Mutex<Vec<(Beam, Arc<T>)>>);

impl<T> BeamCache<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// What belongs to a beam; built when it is not there. Where there are too many, all are forgotten.
    pub(crate) fn get(&self, beam: Beam, build: impl FnOnce() -> T) -> Arc<T> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = known.iter().find(|(of, _)| *of == beam) {
            return Arc::clone(value);
        }
        if known.len() >= MOST {
            known.clear();
        }
        let value = Arc::new(build());
        known.push((beam, Arc::clone(&value)));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pellucid_imaging::physics::ThreeNumbers;

    #[test]
    fn beams_are_told_apart_and_bounded() {
        let cache = BeamCache::new();
        let beam = |high_mev| Beam { high_mev, low_mev: None, numbers: [ThreeNumbers::default(); 2] };
        let first = cache.get(beam(6.0), || 1);
        assert_eq!((*first, *cache.get(beam(6.0), || 2), *cache.get(beam(9.0), || 3)), (1, 1, 3));
        let calibrated = Beam { numbers: [ThreeNumbers { pair: 1.1, ..ThreeNumbers::default() }; 2], ..beam(6.0) };
        assert_eq!(*cache.get(calibrated, || 4), 4);
        for i in 0..200 {
            cache.get(beam(1.0 + f64::from(i) / 50.0), || i);
            assert!(cache.0.lock().unwrap().len() <= MOST);
        }
    }
}
