//! Truth planes: single pictures of labels or measures as small TIFF files that every TIFF tool can read.

use pellucid_core::Raster;

use crate::tiff::{
    NewPage, Page, PageSize, Predictor, SampleKind, TiffFile, compress, decode_counts, decode_rows, write_file,
};
use crate::{FileFormat, Limits, ScanError, sniff};

/// Writes a plane of labels, losslessly compressed. Same plane, same bytes.
///
/// # Errors
/// [`ScanError`] when the plane is empty or larger than the default limits.
pub fn encode_plane_u8(plane: &Raster<u8>) -> Result<Vec<u8>, ScanError> {
    encode(plane, 8, SampleKind::Unsigned, |pixels| pixels.to_vec())
}

/// Writes a plane of labels or whole-number measures; see [`encode_plane_u8`].
///
/// # Errors
/// [`ScanError`] when the plane is empty or larger than the default limits.
pub fn encode_plane_u16(plane: &Raster<u16>) -> Result<Vec<u8>, ScanError> {
    encode(plane, 16, SampleKind::Unsigned, |pixels| pixels.iter().flat_map(|v| v.to_le_bytes()).collect())
}

/// Writes a plane of measures, bit for bit; see [`encode_plane_u8`].
///
/// # Errors
/// [`ScanError`] when the plane is empty or larger than the default limits.
pub fn encode_plane_f32(plane: &Raster<f32>) -> Result<Vec<u8>, ScanError> {
    encode(plane, 32, SampleKind::Float, |pixels| pixels.iter().flat_map(|v| v.to_le_bytes()).collect())
}

/// Reads a plane of 8-bit numbers from a TIFF of one page.
///
/// # Errors
/// [`ScanError`] for everything else.
pub fn decode_plane_u8(bytes: &[u8], limits: &Limits) -> Result<Raster<u8>, ScanError> {
    decode(bytes, limits, 8, SampleKind::Unsigned, |page, out| {
        decode_rows(page, out, |row, out| out.copy_from_slice(row))
    })
}

/// Reads a plane of 16-bit numbers from a TIFF of one page.
///
/// # Errors
/// [`ScanError`] for everything else.
pub fn decode_plane_u16(bytes: &[u8], limits: &Limits) -> Result<Raster<u16>, ScanError> {
    decode(bytes, limits, 16, SampleKind::Unsigned, decode_counts)
}

/// Reads a plane of 32-bit floating-point numbers from a TIFF of one page.
///
/// # Errors
/// [`ScanError`] for everything else.
pub fn decode_plane_f32(bytes: &[u8], limits: &Limits) -> Result<Raster<f32>, ScanError> {
    decode(bytes, limits, 32, SampleKind::Float, |page, out| {
        decode_rows(page, out, |row, out| {
            for (value, bytes) in out.iter_mut().zip(row.chunks_exact(4)) {
                *value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
        })
    })
}

/// Compresses with and without predictor and keeps the smaller file: labels and measures differ in what suits them.
fn encode<T: Copy + Sync>(
    plane: &Raster<T>,
    bits: u32,
    kind: SampleKind,
    bytes_of: impl Fn(&[T]) -> Vec<u8> + Sync,
) -> Result<Vec<u8>, ScanError> {
    let (width, height) = (plane.width(), plane.height());
    Limits::default().check_size("plane", width as u64, height as u64)?;
    let pages: Vec<NewPage> = [Predictor::None, Predictor::differences_of(kind)]
        .into_iter()
        .map(|predictor| {
            compress(width, height, bits, kind, predictor, |from, to| bytes_of(&plane.pixels()[from..to]))
        })
        .collect();
    let smallest = pages.into_iter().min_by_key(NewPage::data_len);
    write_file(&smallest.into_iter().collect::<Vec<_>>())
}

fn decode<T: Copy + Default>(
    bytes: &[u8],
    limits: &Limits,
    bits: u32,
    kind: SampleKind,
    fill: impl FnOnce(&Page<'_>, &mut [T]) -> Result<(), ScanError>,
) -> Result<Raster<T>, ScanError> {
    if sniff(bytes) != Some(FileFormat::Tiff) {
        return Err(ScanError::unsupported("format of a plane", "other than TIFF"));
    }
    Limits::check("file: bytes", bytes.len() as u64, limits.max_file_bytes)?;
    let file = TiffFile::parse(bytes, limits)?;
    let [directory] = file.pages.as_slice() else {
        return Err(ScanError::mismatch("pages of a plane", file.pages.len(), 1));
    };
    let page = Page::read(directory, limits)?;
    if (page.bits, page.samples, page.kind) != (bits, 1, kind) {
        let found = format!("{} x {} bits {:?}", page.samples, page.bits, page.kind);
        return Err(ScanError::mismatch("samples of a plane", found, format!("1 x {bits} bits {kind:?}")));
    }
    let PageSize { width, height } = page.size;
    let mut pixels = vec![T::default(); width as usize * height as usize];
    fill(&page, &mut pixels)?;
    Raster::from_vec(width as usize, height as usize, pixels)
        .map_err(|error| ScanError::malformed("plane", error.to_string()))
}
