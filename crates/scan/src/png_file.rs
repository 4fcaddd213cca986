use std::borrow::Cow;

use crate::ScanError;

/// Writes red, green, blue and alpha of 8 bits (`width · height · 4` bytes) as PNG. Same pixels, same bytes.
///
/// # Errors
/// [`ScanError::Unwritable`] when a side is 0 or the pixels do not fit the size.
pub fn png_rgba8(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, ScanError> {
    write(width, height, png::ColorType::Rgba, png::BitDepth::Eight, pixels)
}

/// Writes grey of 8 bits (`width · height` bytes) as PNG. Same pixels, same bytes.
///
/// # Errors
/// [`ScanError::Unwritable`] when a side is 0 or the pixels do not fit the size.
pub fn png_gray8(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, ScanError> {
    write(width, height, png::ColorType::Grayscale, png::BitDepth::Eight, pixels)
}

/// Writes grey of 16 bits (`width · height` values) as PNG. Same pixels, same bytes.
///
/// # Errors
/// [`ScanError::Unwritable`] when a side is 0 or the pixels do not fit the size.
pub fn png_gray16(width: u32, height: u32, pixels: &[u16]) -> Result<Vec<u8>, ScanError> {
    let bytes: Cow<'_, [u8]> = pixels.iter().flat_map(|value| value.to_be_bytes()).collect();
    write(width, height, png::ColorType::Grayscale, png::BitDepth::Sixteen, &bytes)
}

fn write(
    width: u32,
    height: u32,
    color: png::ColorType,
    depth: png::BitDepth,
    bytes: &[u8],
) -> Result<Vec<u8>, ScanError> {
    let pixel = color.samples() as u64 * if depth == png::BitDepth::Sixteen { 2 } else { 1 };
    let expected = u64::from(width).checked_mul(u64::from(height)).and_then(|pixels| pixels.checked_mul(pixel));
    if width == 0 || height == 0 || expected != Some(bytes.len() as u64) {
        let reason = format!("of {width} x {height} cannot be made of {} bytes", bytes.len());
        return Err(ScanError::unwritable("PNG", reason));
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    // This level has a coder of its own; the others take whichever one the workspace happens to link.
    encoder.set_compression(png::Compression::Fast);
    let failed = |source: png::EncodingError| ScanError::Encoder { format: "PNG", source: Box::new(source) };
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(bytes).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        for (width, height, bytes) in [(0, 1, 0), (1, 0, 0), (2, 2, 3), (2, 2, 5), (u32::MAX, u32::MAX, 1)] {
            let error = png_gray8(width, height, &vec![0; bytes]).unwrap_err();
            assert!(matches!(error, ScanError::Unwritable { .. }), "{error}");
        }
        assert!(png_rgba8(1, 1, &[1, 2, 3, 4]).is_ok());
    }
}
