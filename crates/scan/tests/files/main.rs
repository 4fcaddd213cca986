//! Whole files through the public interface.
#![allow(clippy::unwrap_used)]

mod dicom;
mod folder;
mod hostile;
mod processed;
mod round_trip;
mod sample;
