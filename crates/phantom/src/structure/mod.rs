//! What goods travel in and on: containers, chassis, tractors.

mod chassis;
mod container;
mod tractor;

pub use chassis::{Chassis, ChassisPlan};
pub use container::{ContainerBox, ContainerPlan};
pub use tractor::add_tractor;
