//! Vendor-processed pictures: PNG, JPEG and TIFF of 8 or 16 bits become scans of grade `processed`.

mod colour;
mod jpeg;
mod png;
mod tiff;

pub(crate) use jpeg::decode_jpeg;
pub(crate) use png::decode_png;
pub(crate) use tiff::decode_tiff;
