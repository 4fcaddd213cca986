//! Pictures: PNG, JPEG, JPEG 2000, TIFF and DICOM of 8 to 16 bits, as scans of grade `processed` or as pages of a folder.

mod colour;
mod huffman;
mod jpeg;
mod jpeg2000;
mod jpeg_lossless;
mod png;
mod tiff;

pub(crate) use jpeg::open_jpeg;
pub(crate) use jpeg_lossless::open_jpeg_lossless;
pub(crate) use jpeg2000::{STARTS as JPEG_2000_STARTS, open_jpeg2000};
pub(crate) use png::open_png;
pub(crate) use tiff::{TiffPart, open_tiff, open_tiff_part, tiff_parts};

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::decode::{fill_band, processed_scan};
use crate::tiff::PageSize;
use crate::{Decoded, PixelSink, ScanError, ScanWarning};

/// A picture whose header was read and checked; nothing was decoded yet.
pub(crate) trait Picture {
    fn size(&self) -> PageSize;

    /// The largest value that a pixel can have.
    fn max_value(&self) -> u16;

    /// Whether its coding changes values.
    fn has_loss(&self) -> bool {
        false
    }

    /// Decodes into exactly as many pixels as the picture has.
    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError>;
}

/// Runs a library's decoder that indexes and unwraps where damaged data lead it: its panic becomes an error. The only place
/// of this crate that catches, for what no check from outside can follow; `decode` must hold nothing that outlives it.
pub(crate) fn caught<T>(field: &str, decode: impl FnOnce() -> Result<T, ScanError>) -> Result<T, ScanError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(ScanError::Codec { field: field.to_owned(), source: "the decoder gave up".into() }))
}

/// Decodes a picture as a scan of grade `processed`.
pub(crate) fn decode_picture(picture: Box<dyn Picture + '_>, sink: &mut dyn PixelSink) -> Result<Decoded, ScanError> {
    let (PageSize { width, height }, max_value) = (picture.size(), picture.max_value());
    let mut warnings = Vec::new();
    let counts = fill_band(sink, width as usize, height as usize, |out| {
        warnings = picture.fill(out)?;
        Ok(())
    })?;
    Ok(Decoded { scan: processed_scan(counts, max_value), warnings })
}
