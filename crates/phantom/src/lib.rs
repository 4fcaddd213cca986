//! A scanner and a loading yard in software: scenes with known truth, rendered by tracing rays through exact solids.
//!
//! ```
//! use pellucid_phantom::{Family, Recipe, make_case_of};
//! let recipe = Recipe::random(7, Family::ConcealedOrganic)?;
//! assert!(recipe.tampering.is_some());
//! # Ok::<(), pellucid_phantom::PhantomError>(())
//! ```
//!
//! `Recipe` (what travels) + `Scanner` (what looks) + seed → [`Case`]: raw scan, declaration, truth per pixel. The same
//! three give the same bytes on every host, at any number of threads. Nothing here reads or writes files, and nothing
//! judges: other crates do.

mod across;
mod as_declared;
mod beam;
mod case;
mod chords;
#[cfg(test)]
mod clashes;
mod consolidated;
mod corrugation;
mod detector;
mod dice;
mod direct;
mod family;
mod fan;
#[cfg(test)]
mod golden;
mod goods;
mod insertion;
mod loading;
mod loads;
mod lot;
mod object;
mod packings;
mod papers;
mod paperwork;
mod pixels;
mod plates;
mod processed;
mod projection;
mod recipe;
mod render;
mod samples;
mod scanner;
mod scene;
mod shape;
mod shared_noise;
mod shipment;
mod slice;
mod strip;
pub mod structure;
mod suite;
mod tampering;
mod terms;
mod yard;

mod error;

pub use across::{Across, Side};
pub use as_declared::{AsDeclared, AsDeclaredLoad, DeclaredLoad, LoadedLine, Misfit, as_declared};
pub use case::{Case, make_case, make_case_of};
pub use consolidated::Consolidated;
pub use corrugation::{Corrugation, Wave};
pub use dice::Dice;
pub use direct::{Direct, DirectWindow, render_direct};
pub use error::PhantomError;
pub use fan::Fan;
pub use goods::{EMPTY, Goods};
pub use insertion::{
    BoxView, Calibration, CalibrationOptions, CountNoise, GreyModel, InsertOptions, Insertion, Patch, Placement,
    insert, insert_patch,
};
pub use object::{ObjectRecipe, ObjectShape, scene_of_objects};
pub use packings::{PackingSet, Packings};
pub use papers::{CREDIT_TIERS, Papers, REGIMES, Regime};
pub use plates::{Plate, PlateScan, plate_scan, scan_of};
pub use processed::{Sway, Vendor, picture_machine, to_processed};
pub use projection::Projector;
pub use recipe::{ContainerRecipe, Conveyance, Family, Recipe};
pub use render::{Rendered, render};
pub use samples::{sample_recipes, training_case, training_recipe};
pub use scanner::{FanLayout, Imperfections, Scanner, ScannerBand};
pub use scene::{Scene, Solid, Substance, component};
pub use shape::{Axis, Shape, turned};
pub use shipment::make_lot;
pub use suite::{
    HELD_OUT_SCANNER, ManifestEntry, ManifestHeader, NEW_HEADINGS, Pairs, Role, SUITE_VERSION, Suite, SuiteCase,
    SuiteFamily, SuiteWindow, WindowItem,
};
pub use tampering::{HiddenForm, HiddenObject, Place, Posture, Remnant, TamperingRecipe};
