use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView, ScannerIdentity};

use crate::dicom::{self, decode_dicom};
use crate::processed::{JPEG_2000_STARTS, Picture, decode_picture, open_jpeg, open_jpeg2000, open_png, open_tiff};
use crate::tiff::TiffFile;
use crate::{Limits, PixelSink, ScanError, ScanWarning, VecSink, profile};

/// A scan and what was wrong with its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The scan.
    pub scan: RawScan,
    /// Damage or loss that was survived.
    pub warnings: Vec<ScanWarning>,
}

/// Formats that are recognised by their first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFormat {
    /// TIFF: our own profile or a vendor-processed picture.
    Tiff,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// JPEG 2000: a JP2 file or a bare codestream.
    Jpeg2000,
    /// DICOM or DICOS.
    Dicom,
}

/// The format of a file by its first bytes; names and declared types are never trusted.
pub fn sniff(bytes: &[u8]) -> Option<FileFormat> {
    const STARTS: [(&[u8], FileFormat); 8] = [
        (b"II*\0", FileFormat::Tiff),
        (b"MM\0*", FileFormat::Tiff),
        (b"II+\0", FileFormat::Tiff),
        (b"MM\0+", FileFormat::Tiff),
        (b"\x89PNG\r\n\x1a\n", FileFormat::Png),
        (b"\xff\xd8\xff", FileFormat::Jpeg),
        (JPEG_2000_STARTS[0], FileFormat::Jpeg2000),
        (JPEG_2000_STARTS[1], FileFormat::Jpeg2000),
    ];
    let by_start = STARTS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, format)| *format);
    // A DICOM file begins with bytes that are free for other uses, so that what they say goes first.
    let is_dicom = || bytes.get(dicom::PREAMBLE_BYTES..).is_some_and(|rest| rest.starts_with(dicom::PREFIX));
    by_start.or_else(|| is_dicom().then_some(FileFormat::Dicom))
}

/// Decodes a scan into ordinary memory.
///
/// # Errors
/// [`ScanError`] for every file that is empty, unknown, truncated, over a limit or contradicts itself.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, ScanError> {
    decode_into(bytes, limits, &mut VecSink)
}

/// Decodes a scan into memory that `sink` hands out, one buffer per band.
///
/// # Errors
/// As [`decode`], and [`ScanError::Memory`] when the sink refuses.
pub fn decode_into(bytes: &[u8], limits: &Limits, sink: &mut dyn PixelSink) -> Result<Decoded, ScanError> {
    check_file(bytes, limits)?;
    match sniff(bytes) {
        Some(FileFormat::Tiff) => {
            let file = TiffFile::parse(bytes, limits)?;
            match profile::description_of(&file) {
                Some(text) => profile::decode(&file, profile::parse_description(text, limits)?, limits, sink),
                None => decode_picture(open_tiff(&file, limits)?, sink),
            }
        }
        Some(FileFormat::Dicom) => decode_dicom(bytes, limits, sink),
        _ => decode_picture(open_picture(bytes, limits)?, sink),
    }
}

fn check_file(bytes: &[u8], limits: &Limits) -> Result<(), ScanError> {
    if bytes.is_empty() {
        return Err(ScanError::Empty);
    }
    Limits::check("file: bytes", bytes.len() as u64, limits.max_file_bytes)
}

/// Reads the header of a file that is one picture.
pub(crate) fn open_picture<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Box<dyn Picture + 'a>, ScanError> {
    check_file(bytes, limits)?;
    match sniff(bytes) {
        Some(FileFormat::Tiff) => open_tiff(&TiffFile::parse(bytes, limits)?, limits),
        Some(FileFormat::Png) => open_png(bytes, limits),
        Some(FileFormat::Jpeg) => open_jpeg(bytes, limits),
        Some(FileFormat::Jpeg2000) => open_jpeg2000(bytes, limits),
        Some(FileFormat::Dicom) => {
            let image = dicom::DicomImage::open(bytes, limits)?;
            if image.frames() != 1 {
                return Err(ScanError::mismatch("DICOM number of frames", image.frames(), 1));
            }
            Ok(Box::new(dicom::DicomFrame::new(image.into(), 0)))
        }
        None => {
            let begin: Vec<_> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            Err(ScanError::UnknownFormat { begin: begin.join(" ") })
        }
    }
}

/// Lets `fill` decode into memory of the sink.
pub(crate) fn fill_band(
    sink: &mut dyn PixelSink,
    width: usize,
    height: usize,
    fill: impl FnOnce(&mut [u16]) -> Result<(), ScanError>,
) -> Result<Raster<u16>, ScanError> {
    let refused = |source| ScanError::Memory { width, height, source };
    let mut buffer = sink.allocate(width, height).map_err(refused)?;
    let pixels = buffer.pixels_mut();
    if Some(pixels.len()) != width.checked_mul(height) {
        return Err(refused(format!("the sink gave {} pixels", pixels.len()).into()));
    }
    fill(pixels)?;
    buffer.into_raster().map_err(refused)
}

/// A scan of grade `processed`: one view of one grey band, nothing else known.
pub(crate) fn processed_scan(counts: Raster<u16>, max_value: u16) -> RawScan {
    let band = RawBand {
        kind: BandKind::Grey,
        max_value,
        endpoint_mev: None,
        column_offset: None,
        counts,
        dark: Vec::new(),
        air: Vec::new(),
    };
    RawScan {
        grade: Grade::Processed,
        views: vec![RawView { name: "side".to_owned(), bands: vec![band], geometry: None, dose_rows: [0, 0] }],
        scanner: ScannerIdentity::default(),
        acquired_at: None,
        containers_read: Vec::new(),
        site: None,
        lane: None,
        unknown: serde_json::Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        let check = |bytes: &[u8], expected| assert_eq!(sniff(bytes), expected, "{bytes:?}");
        check(b"II*\0....", Some(FileFormat::Tiff));
        check(b"MM\0*....", Some(FileFormat::Tiff));
        check(b"II+\0....", Some(FileFormat::Tiff));
        check(b"MM\0+....", Some(FileFormat::Tiff));
        check(b"\0\0\0\x0cjP  \r\n\x87\n", Some(FileFormat::Jpeg2000));
        check(b"\xff\x4f\xff\x51", Some(FileFormat::Jpeg2000));
        check(&[&[0; 128][..], b"DICM"].concat(), Some(FileFormat::Dicom));
        check(&[&[0; 127][..], b"DICM"].concat(), None);
        check(b"\x89PNG\r\n\x1a\n", Some(FileFormat::Png));
        check(b"\xff\xd8\xff\xe0", Some(FileFormat::Jpeg));
        check(b"\x89PNG", None);
        check(b"BM", None);
        check(b"", None);
    }

    #[test]
    fn nothing_and_something_else_are_refused_with_their_reason() {
        assert!(matches!(decode(b"", &Limits::default()), Err(ScanError::Empty)));
        let error = decode(b"%PDF-1.7", &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "reading a scan: unknown format, the file begins with 25 50 44 46 2d 31 2e 37");
        let small = Limits { max_file_bytes: 3, ..Limits::default() };
        assert!(matches!(decode(b"II*\0", &small), Err(ScanError::TooLarge { value: 4, limit: 3, .. })));
    }
}
