use std::io::Cursor;

use super::Picture;
use super::colour::ColourTally;
use crate::tiff::{DEFLATE_MAX_RATIO, PageSize};
use crate::{Limits, ScanError, ScanWarning};

struct PngPicture<'a> {
    reader: png::Reader<Cursor<&'a [u8]>>,
    size: PageSize,
    samples: usize,
    max_value: u16,
    limits: Limits,
}

/// Reads the header of a PNG of any colour type and depth.
pub(crate) fn open_png<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Box<dyn Picture + 'a>, ScanError> {
    let budget = png::Limits { bytes: usize::try_from(limits.max_working_bytes).unwrap_or(usize::MAX) };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), budget);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    // Palettes become colours, fewer than 8 bits become 8.
    decoder.set_transformations(png::Transformations::EXPAND);
    let info = decoder.read_header_info().map_err(|error| damaged(error, limits))?;
    let (width, height) = (info.width, info.height);
    let pixels = limits.check_size("PNG", u64::from(width), u64::from(height))?;
    let needed =
        (pixels * info.color_type.samples() as u64 * u64::from(info.bit_depth as u8) / 8).div_ceil(DEFLATE_MAX_RATIO);
    if needed > bytes.len() as u64 {
        return Err(ScanError::Truncated { field: "PNG".to_owned(), needed, available: bytes.len() as u64 });
    }
    let reader = decoder.read_info().map_err(|error| damaged(error, limits))?;
    let (color, depth) = reader.output_color_type();
    let samples = color.samples();
    let max_value = if depth == png::BitDepth::Sixteen { u16::MAX } else { 255 };
    let size = PageSize { width, height };
    Ok(Box::new(PngPicture { reader, size, samples, max_value, limits: *limits }))
}

impl Picture for PngPicture<'_> {
    fn size(&self) -> PageSize {
        self.size
    }

    fn max_value(&self) -> u16 {
        self.max_value
    }

    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let Self { mut reader, size, samples, max_value, limits } = *self;
        let tally = ColourTally::default();
        let convert = |row: &[u8], out: &mut [u16]| {
            if max_value == 255 {
                tally.row_to_luma(row.iter().map(|byte| u16::from(*byte)), samples, max_value, out);
            } else {
                let values = row.chunks_exact(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
                tally.row_to_luma(values, samples, max_value, out);
            }
        };
        let rows = out.chunks_exact_mut(size.width as usize);
        if reader.info().interlaced {
            let bytes = reader.output_buffer_size().unwrap_or(usize::MAX);
            Limits::check("PNG: bytes of an interlaced picture", bytes as u64, limits.max_working_bytes)?;
            let mut frame = vec![0; bytes];
            let info = reader.next_frame(&mut frame).map_err(|error| damaged(error, &limits))?;
            for (row, out) in frame.chunks_exact(info.line_size).zip(rows) {
                convert(row, out);
            }
        } else {
            for (y, out) in rows.enumerate() {
                match reader.next_row().map_err(|error| damaged(error, &limits))? {
                    Some(row) => convert(row.data(), out),
                    None => return Err(ScanError::mismatch("PNG: rows", y, size.height)),
                }
            }
        }
        // The checksums stand behind the pixels.
        reader.finish().map_err(|error| damaged(error, &limits))?;
        Ok(tally.warnings(size.pixels()))
    }
}

fn damaged(error: png::DecodingError, limits: &Limits) -> ScanError {
    match error {
        png::DecodingError::LimitsExceeded => ScanError::TooLarge {
            field: "PNG: working bytes".to_owned(),
            value: limits.max_working_bytes.saturating_add(1),
            limit: limits.max_working_bytes,
        },
        source => ScanError::Codec { field: "PNG".to_owned(), source: Box::new(source) },
    }
}
