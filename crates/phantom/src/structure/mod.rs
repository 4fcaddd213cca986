//! What goods travel in and on: containers, chassis, tractors.

mod beam;
mod cab;
mod container;
mod dry;
mod flat;
mod frame;
mod lorry;
mod machinery;
mod racks;
mod reefer;
mod sheets;
mod storage;
mod tank;
#[cfg(test)]
mod tests;
mod trailer;
mod underslung;
mod vehicle;
mod wheel;

pub use container::{ContainerBox, ContainerPlan, Fit};
pub use lorry::TractorPlan;
pub(crate) use racks::fit_out;
pub use storage::{Body, Storage, StorageDoors, StorageRacks};
pub(crate) use tank::vessel_in;
pub use trailer::{Chassis, TrailerPlan};
pub use vehicle::{Drive, Legs, Tractor, Trailer, Vehicle};
