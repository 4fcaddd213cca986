//! Whole files through the public interface.
#![allow(clippy::unwrap_used)]

mod by_hand;
mod dicom;
mod folder;
mod hostile;
mod layouts;
mod processed;
mod round_trip;
mod sample;
