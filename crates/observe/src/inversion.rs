//! The basis materials of a patch, and their tables behind the steel of the box ([`LayeredInversion`]).

use std::sync::Arc;

use pellucid_core::MaterialClass;
use pellucid_imaging::physics::{LayeredInversion, Material, material};

use crate::beam::Beam;
use crate::beam_cache::BeamCache;

/// Basis materials from organic to heavy.
const BASIS: [&str; 5] = ["polyethylene", "cellulose", "aluminium", "iron", "lead"];
/// Number of basis materials.
pub(crate) const MATERIALS: usize = BASIS.len();
/// Index of the material assumed where nothing can be told.
pub(crate) const CELLULOSE: usize = 1;
/// Index of the metal whose separation from cellulose decides whether anything can be told.
pub(crate) const IRON: usize = 3;

/// Tables of a beam over the basis; built once per beam.
pub(crate) fn inversion(beam: Beam) -> Arc<LayeredInversion> {
    static CACHE: BeamCache<LayeredInversion> = BeamCache::new();
    CACHE.get(beam, || {
        let basis: Vec<&Material> = BASIS.iter().filter_map(|name| material(name)).collect();
        let bands = beam.responses();
        LayeredInversion::new(&bands[0], bands.get(1), &basis)
    })
}

/// Class of a basis material.
pub(crate) fn class(m: usize) -> MaterialClass {
    BASIS.get(m).and_then(|name| material(name)).map_or(MaterialClass::Undecidable, |m| m.class)
}
