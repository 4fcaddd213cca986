//! What goods travel in and on: containers, chassis, tractors.

mod cab;
mod chassis;
mod container;
mod dry;
mod flat;
mod frame;
mod lorry;
mod machinery;
mod racks;
mod reefer;
mod storage;
mod tank;
#[cfg(test)]
mod tests;
mod tractor;
mod trailer;
mod vehicle;

pub use chassis::{Chassis, ChassisPlan};
pub use container::{ContainerBox, ContainerPlan, Fit};
pub use lorry::TractorPlan;
pub(crate) use racks::fit_out;
pub use storage::{Body, Storage, StorageDoors, StorageRacks};
pub use tractor::add_tractor;
pub use trailer::TrailerPlan;
pub(crate) use vehicle::Load;
pub use vehicle::{Drive, Legs, Tractor, Trailer, Vehicle};
