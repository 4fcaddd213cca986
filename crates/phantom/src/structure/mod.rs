//! What goods travel in and on: containers, chassis, tractors.

mod chassis;
mod container;
mod dry;
mod flat;
mod frame;
mod machinery;
mod reefer;
mod tank;
mod tractor;

pub use chassis::{Chassis, ChassisPlan};
pub use container::{ContainerBox, ContainerPlan};
pub use tractor::add_tractor;
