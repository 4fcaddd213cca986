//! The basis materials of a patch, and their tables behind the steel of the box ([`LayeredInversion`]).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pellucid_core::MaterialClass;
use pellucid_imaging::physics::{BandResponse, LayeredInversion, Material, material};

use crate::beam::Beam;

/// Basis materials from organic to heavy.
const BASIS: [&str; 5] = ["polyethylene", "cellulose", "aluminium", "iron", "lead"];
/// Number of basis materials.
pub(crate) const MATERIALS: usize = BASIS.len();
/// Index of the material assumed where nothing can be told.
pub(crate) const CELLULOSE: usize = 1;
/// Index of the metal whose separation from cellulose decides whether anything can be told.
pub(crate) const IRON: usize = 3;

/// Tables by the bits of high and low end-point.
type ByBeam = BTreeMap<(u64, u64), Arc<LayeredInversion>>;

/// Tables of a beam over the basis; built once per beam.
pub(crate) fn inversion(beam: Beam) -> Arc<LayeredInversion> {
    static CACHE: OnceLock<Mutex<ByBeam>> = OnceLock::new();
    let key = (beam.high_mev.to_bits(), beam.low_mev.map_or(0, f64::to_bits));
    let mut cache = CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let build = || {
        let basis: Vec<&Material> = BASIS.iter().filter_map(|name| material(name)).collect();
        let low = beam.low_mev.map(BandResponse::new);
        Arc::new(LayeredInversion::new(&BandResponse::new(beam.high_mev), low.as_ref(), &basis))
    };
    Arc::clone(cache.entry(key).or_insert_with(build))
}

/// Class of a basis material.
pub(crate) fn class(m: usize) -> MaterialClass {
    BASIS.get(m).and_then(|name| material(name)).map_or(MaterialClass::Undecidable, |m| m.class)
}
