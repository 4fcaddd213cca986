//! Placeholder.
pub mod physics;
