use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crate::physics::{BandResponse, MaterialCurves};

/// Curves kept; scanners on one site have a handful of end-point pairs, files that lie must not fill memory.
const KEPT: usize = 32;

type Key = (u64, Option<u64>);

static CACHE: LazyLock<Mutex<BTreeMap<Key, Arc<MaterialCurves>>>> = LazyLock::new(Mutex::default);

/// Forward curves of a pair of end points (or of one band) in MeV, built once per pair.
pub(crate) fn curves(high_mev: f64, low_mev: Option<f64>) -> Arc<MaterialCurves> {
    let key = (high_mev.to_bits(), low_mev.map(f64::to_bits));
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(curves) = cache.get(&key) {
        return Arc::clone(curves);
    }
    let high = BandResponse::new(high_mev);
    let low = low_mev.map(BandResponse::new);
    let curves = Arc::new(MaterialCurves::new(&high, low.as_ref()));
    if cache.len() >= KEPT {
        cache.clear();
    }
    cache.insert(key, Arc::clone(&curves));
    curves
}
