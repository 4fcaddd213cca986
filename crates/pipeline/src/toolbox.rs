use std::ops::Deref;
use std::sync::Arc;

use pellucid_verify::{Library, Policy, RiskProfile};

use crate::Instruments;

/// Everything an inspection works with. Cloning is cheap.
///
/// It reads as its [`Instruments`], so that what only measures takes those and nothing more.
#[derive(Clone)]
pub struct Toolbox {
    /// What looks at scans.
    pub instruments: Instruments,
    /// What goods look like.
    pub library: Arc<Library>,
    /// sha256 of the library file, hexadecimal.
    pub library_sha256: String,
    /// From risk to lane.
    pub policy: Arc<Policy>,
    /// From evidence to risk.
    pub profile: Arc<RiskProfile>,
    /// sha256 of the risk profile, hexadecimal.
    pub profile_sha256: String,
    /// Name and version of this software.
    pub software: String,
}

impl Deref for Toolbox {
    type Target = Instruments;

    fn deref(&self) -> &Instruments {
        &self.instruments
    }
}
