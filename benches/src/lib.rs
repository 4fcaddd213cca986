//! What the benches share: one phantom of each size, made once; dual energy judged on plates of known material, and heavy
//! matter on empty containers and blocks of lead; processed phantoms beside real scans.

pub mod dual_energy;
pub mod heavy;
pub mod phantom_vs_real;

use std::sync::Arc;

use pellucid_core::RawScan;
use pellucid_phantom::{Case, Family, Recipe, Scanner, make_case};

/// A size that is measured: its name, detector rows and column pitch in mm (a 20 ft truck at that pitch).
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Name in the bench's id.
    pub name: &'static str,
    /// Detector rows.
    pub rows: usize,
    /// Distance between columns in mm.
    pub column_pitch_mm: f64,
}

/// The stored samples' size, and that of a real array (about 1,200 x 3,000).
pub const SIZES: [Size; 2] = [
    Size { name: "400x1000", rows: 400, column_pitch_mm: 12.0 },
    Size { name: "1200x3000", rows: 1200, column_pitch_mm: 4.0 },
];

/// Seed of every bench scene: benches have seeds of their own, apart from training, validation and test.
pub const SEED: u64 = 7_000_001;

/// An honest loaded truck at a size, with its whole truth.
pub fn case(size: Size) -> Case {
    let scanner =
        Scanner::preset("relocatable_6_3p5").map(|scanner| scanner.with_resolution(size.rows, size.column_pitch_mm));
    let made = scanner.and_then(|scanner| make_case(&Recipe::random(SEED, Family::Honest)?, &scanner, SEED));
    match made {
        Ok(case) => case,
        Err(error) => panic!("the bench scene {} cannot be made: {error}", size.name),
    }
}

/// Pixels of all bands.
pub fn pixels(scan: &Arc<RawScan>) -> u64 {
    scan.views.iter().flat_map(|view| &view.bands).map(|band| band.counts.len() as u64).sum()
}
