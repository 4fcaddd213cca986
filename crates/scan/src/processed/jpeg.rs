use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::colour::ColourTally;
use super::jpeg_lossless::{is_lossless_jpeg, open_jpeg_lossless};
use super::{Picture, caught};
use crate::tiff::PageSize;
use crate::{Limits, ScanError, ScanWarning};

/// Every block of 64 pixels takes one bit at least, so a byte holds at most this many pixels.
const MAX_PIXELS_PER_BYTE: u64 = 512;
/// Bytes that decoding holds per pixel: three components and, for progressive files, their coefficients of 16 bits.
const WORKING_BYTES_PER_PIXEL: u64 = 9;
/// Pixels by which a side may grow to whole blocks of subsampled components.
const PADDING: u64 = 64;
/// Difference of the colour components from neutral above which a pixel counts as coloured.
const CHROMA_TOLERANCE: u8 = 10;

struct JpegPicture<'a> {
    bytes: &'a [u8],
    size: PageSize,
    stored: ColorSpace,
    options: DecoderOptions,
}

/// Reads the header of a JPEG: lossless, or with loss and one (grey) or three components (colour).
pub(crate) fn open_jpeg<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Box<dyn Picture + 'a>, ScanError> {
    if is_lossless_jpeg(bytes) {
        return open_jpeg_lossless(bytes, limits);
    }
    let side = limits.max_side as usize;
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(side).set_max_height(side);
    let mut headers = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    caught("JPEG", || headers.decode_headers().map_err(damaged))?;
    let (Some(info), Some(stored)) = (headers.info(), headers.input_colorspace()) else {
        return Err(ScanError::malformed("JPEG", "it has no frame"));
    };
    let (width, height) = (u64::from(info.width), u64::from(info.height));
    let pixels = limits.check_size("JPEG", width, height)?;
    let needed = pixels.div_ceil(MAX_PIXELS_PER_BYTE);
    if needed > bytes.len() as u64 {
        return Err(ScanError::Truncated { field: "JPEG".to_owned(), needed, available: bytes.len() as u64 });
    }
    let working = (width + PADDING) * (height + PADDING) * WORKING_BYTES_PER_PIXEL;
    Limits::check("JPEG: working bytes", working, limits.max_working_bytes)?;
    check_end(bytes)?;
    if !matches!(stored, ColorSpace::Luma | ColorSpace::YCbCr | ColorSpace::RGB) {
        return Err(ScanError::unsupported("JPEG colour space", format!("{stored:?}")));
    }
    let size = PageSize { width: info.width.into(), height: info.height.into() };
    Ok(Box::new(JpegPicture { bytes, size, stored, options }))
}

impl Picture for JpegPicture<'_> {
    fn size(&self) -> PageSize {
        self.size
    }

    fn max_value(&self) -> u16 {
        255
    }

    fn has_loss(&self) -> bool {
        true
    }

    /// Brightness is what the file stores, nothing is recomputed.
    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let Self { bytes, size, stored, options } = *self;
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options.jpeg_set_out_colorspace(stored));
        let (samples, width) = (stored.num_components(), size.width as usize);
        let mut frame = vec![0; out.len() * samples];
        // The transform of zune-jpeg 0.5.15 for AVX2 unwraps where sampling factors lead past the frame (found by fuzzing).
        caught("JPEG", || decoder.decode_into(&mut frame).map_err(damaged))?;

        let tally = ColourTally::default();
        for (row, out) in frame.chunks_exact(width * samples).zip(out.chunks_exact_mut(width)) {
            if stored == ColorSpace::YCbCr {
                let is_coloured = |chroma: u8| chroma.abs_diff(128) > CHROMA_TOLERANCE;
                let mut coloured = 0;
                for (pixel, out) in row.chunks_exact(3).zip(out) {
                    *out = u16::from(pixel[0]);
                    coloured += u64::from(is_coloured(pixel[1]) || is_coloured(pixel[2]));
                }
                tally.add(coloured, 0);
            } else {
                tally.row_to_luma(row.iter().map(|byte| u16::from(*byte)), samples, 255, out);
            }
        }
        Ok(tally.warnings(size.pixels()))
    }
}

/// Refuses a file whose last scan is not followed by an end mark: the decoder would fill what is cut off with grey.
/// Inside compressed data neither mark can occur.
fn check_end(bytes: &[u8]) -> Result<(), ScanError> {
    let last = |mark: [u8; 2]| bytes.windows(2).rposition(|window| window == mark);
    if last([0xFF, 0xD9]) > last([0xFF, 0xDA]) {
        return Ok(());
    }
    let available = bytes.len() as u64;
    Err(ScanError::Truncated { field: "JPEG".to_owned(), needed: available + 1, available })
}

fn damaged(error: zune_jpeg::errors::DecodeErrors) -> ScanError {
    ScanError::Codec { field: "JPEG".to_owned(), source: Box::new(error) }
}
