use std::sync::Arc;

use pellucid_imaging::{Engine, PlanOptions};
use pellucid_scan::Limits;

use crate::{CargoReader, LayoutReader};

/// What looks at a scan, before anything is judged: enough to build a library or to measure without a declaration.
#[derive(Clone)]
pub struct Instruments {
    /// Measures scans.
    pub engine: Arc<dyn Engine>,
    /// Finds containers.
    pub layout: Arc<dyn LayoutReader>,
    /// Reads cargo.
    pub cargo: Arc<dyn CargoReader>,
    /// What a site tunes: limits of penetration, calibrations of its machines.
    pub plan: PlanOptions,
    /// What a file may ask for.
    pub limits: Limits,
}
