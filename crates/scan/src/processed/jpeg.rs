use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::colour::ColourTally;
use crate::decode::{fill_band, processed_scan};
use crate::{Decoded, Limits, PixelSink, ScanError};

/// Every block of 64 pixels takes one bit at least, so a byte holds at most this many pixels.
const MAX_PIXELS_PER_BYTE: u64 = 512;
/// Bytes that decoding holds per pixel: three components and, for progressive files, their coefficients of 16 bits.
const WORKING_BYTES_PER_PIXEL: u64 = 9;
/// Pixels by which a side may grow to whole blocks of subsampled components.
const PADDING: u64 = 64;
/// Difference of the colour components from neutral above which a pixel counts as coloured.
const CHROMA_TOLERANCE: u8 = 10;

/// Decodes a JPEG of one (grey) or three components (colour); brightness is what the file stores, nothing is recomputed.
pub(crate) fn decode_jpeg(bytes: &[u8], limits: &Limits, sink: &mut dyn PixelSink) -> Result<Decoded, ScanError> {
    let side = limits.max_side as usize;
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(side).set_max_height(side);
    let mut headers = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    headers.decode_headers().map_err(damaged)?;
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
    let wanted = match stored {
        ColorSpace::Luma | ColorSpace::YCbCr | ColorSpace::RGB => stored,
        other => return Err(ScanError::unsupported("JPEG colour space", format!("{other:?}"))),
    };

    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options.jpeg_set_out_colorspace(wanted));
    let samples = wanted.num_components();
    let mut frame = vec![0; pixels as usize * samples];
    decoder.decode_into(&mut frame).map_err(damaged)?;

    let tally = ColourTally::default();
    let (width, height) = (width as usize, height as usize);
    let counts = fill_band(sink, width, height, |out| {
        for (row, out) in frame.chunks_exact(width * samples).zip(out.chunks_exact_mut(width)) {
            if wanted == ColorSpace::YCbCr {
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
        Ok(())
    })?;
    Ok(Decoded { scan: processed_scan(counts, 255), warnings: tally.warnings(pixels) })
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
