//! Whole files through the public interface.
#![allow(clippy::unwrap_used)]

mod damage;
mod dicom;
mod dicom_by_hand;
mod folder;
mod hostile;
mod jpeg_by_hand;
mod layouts;
mod lossless_jpeg;
mod processed;
mod properties;
mod round_trip;
mod sample;
mod tiff_by_hand;
