use pellucid_core::{Grade, RawScan};

use super::{CREATOR, PREAMBLE_BYTES, PREFIX, tag, uid};
use crate::ScanError;
use crate::profile::{check_scan, description_json};

/// Which of the two standards a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DicomKind {
    /// DICOM: a digital X-ray image for processing.
    Dicom,
    /// DICOS version 3: a digital X-ray image for processing of an object of inspection of type cargo.
    Dicos,
}

/// Elements of a data set in the order of their tags, explicit little-endian.
#[derive(Default)]
struct DataSet {
    elements: Vec<(u32, &'static [u8; 2], Vec<u8>)>,
}

impl DataSet {
    fn put(&mut self, tag: u32, kind: &'static [u8; 2], mut value: Vec<u8>) {
        if value.len() % 2 == 1 {
            value.push(if matches!(kind, b"UI" | b"OB" | b"OW") { 0 } else { b' ' });
        }
        self.elements.push((tag, kind, value));
    }

    fn text(&mut self, tag: u32, kind: &'static [u8; 2], text: &str) {
        self.put(tag, kind, text.as_bytes().to_vec());
    }

    fn short(&mut self, tag: u32, value: u16) {
        self.put(tag, b"US", value.to_le_bytes().to_vec());
    }

    fn write(mut self, bytes: &mut Vec<u8>) -> Result<(), ScanError> {
        self.elements.sort_by_key(|(tag, ..)| *tag);
        for (tag, kind, value) in &self.elements {
            bytes.extend(((tag >> 16) as u16).to_le_bytes());
            bytes.extend((*tag as u16).to_le_bytes());
            bytes.extend(*kind);
            let too_long = |_| ScanError::unwritable(super::element::name(*tag), "is too long for DICOM");
            if matches!(*kind, b"OB" | b"OW" | b"UT" | b"SQ") {
                bytes.extend([0, 0]);
                bytes.extend(u32::try_from(value.len()).map_err(too_long)?.to_le_bytes());
            } else {
                bytes.extend(u16::try_from(value.len()).map_err(too_long)?.to_le_bytes());
            }
            bytes.extend(value);
        }
        Ok(())
    }
}

/// A UID made of what it names (PS3.5 annex B.2: `2.25.` and a 128-bit number), here by FNV-1a.
fn uid_of(parts: &[&[u8]]) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in parts.iter().copied().flatten() {
        hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
    }
    format!("2.25.{hash}")
}

/// Writes one band of a scan as a file of its own, explicit little-endian, uncompressed; `page` counts the bands of all
/// views. What DICOM has no place for stands in a private block, so that [`crate::decode`] (one band) and
/// [`crate::decode_folder`] (the files of all bands) give the whole scan back. Same scan, same bytes.
///
/// # Errors
/// [`ScanError::Unwritable`] when there is no such band, when it has more than 65,535 rows or columns, and as
/// [`crate::encode_tiff`].
pub fn encode_dicom(scan: &RawScan, page: usize, kind: DicomKind) -> Result<Vec<u8>, ScanError> {
    check_scan(scan)?;
    let mut bands = scan.views.iter().flat_map(|view| &view.bands);
    let count = bands.clone().count();
    let band = bands
        .nth(page)
        .ok_or_else(|| ScanError::unwritable("page", format!("{page} does not exist: the scan has {count} bands")))?;
    let side = |name: &str, side: usize| {
        u16::try_from(side).map_err(|_| ScanError::unwritable(name, format!("are {side}, DICOM allows 65535")))
    };
    let (columns, rows) = (side("columns", band.counts.width())?, side("rows", band.counts.height())?);
    let words = |values: &[u16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let description = description_json(scan)?;
    let pixels = words(band.counts.pixels());
    let class = if kind == DicomKind::Dicos { uid::DICOS_DX } else { uid::DX };
    let instance = uid_of(&[description.as_bytes(), &pixels, &page.to_le_bytes()]);
    let study = uid_of(&[description.as_bytes()]);

    let mut meta = DataSet::default();
    meta.put(tag::META_VERSION, b"OB", vec![0, 1]);
    meta.text(tag::META_CLASS, b"UI", class);
    meta.text(tag::META_INSTANCE, b"UI", &instance);
    meta.text(tag::TRANSFER_SYNTAX, b"UI", uid::EXPLICIT_LITTLE);
    meta.text(tag::IMPLEMENTATION, b"UI", &uid_of(&[CREATOR.as_bytes()]));

    let mut set = DataSet::default();
    set.text(tag::CHARACTER_SET, b"CS", "ISO_IR 192");
    set.text(tag::CLASS, b"UI", class);
    set.text(tag::INSTANCE, b"UI", &instance);
    set.text(tag::STUDY, b"UI", &study);
    set.text(tag::SERIES, b"UI", &uid_of(&[study.as_bytes(), b"series"]));
    set.text(tag::INSTANCE_NUMBER, b"IS", &(page + 1).to_string());
    set.text(tag::INTENT, b"CS", "FOR PROCESSING");
    set.text(tag::MANUFACTURER, b"LO", limited(&scan.scanner.vendor));
    set.text(tag::MODEL, b"LO", limited(&scan.scanner.model));
    set.text(tag::SERIAL, b"LO", limited(&scan.scanner.serial));
    set.text(tag::INSTITUTION, b"LO", limited(scan.site.as_deref().unwrap_or_default()));
    if let Some(mev) = band.endpoint_mev {
        set.text(tag::KVP, b"DS", &decimal(mev * 1_000.0));
    }
    set.short(tag::SAMPLES, 1);
    set.text(tag::PHOTOMETRIC, b"CS", "MONOCHROME2");
    set.short(tag::ROWS, rows);
    set.short(tag::COLUMNS, columns);
    set.short(tag::BITS_ALLOCATED, 16);
    set.short(tag::BITS_STORED, 16);
    set.short(tag::HIGH_BIT, 15);
    set.short(tag::REPRESENTATION, 0);
    set.text(tag::CREATOR, b"LO", CREATOR);
    set.text(tag::DESCRIPTION, b"UT", &description);
    set.short(tag::PAGE, page as u16);
    if scan.grade != Grade::Processed {
        set.put(tag::DARK, b"OW", words(&band.dark));
        set.put(tag::AIR, b"OW", words(&band.air));
    }
    set.put(tag::PIXELS, b"OW", pixels);
    match kind {
        DicomKind::Dicom => {
            set.text(tag::MODALITY, b"CS", "DX");
            set.text(tag::IMAGE_TYPE, b"CS", "ORIGINAL\\PRIMARY");
        }
        DicomKind::Dicos => {
            meta.text(tag::META_DICOS_VERSION, b"CS", "V03");
            put_dicos(&mut set, scan);
        }
    }

    let mut group = Vec::new();
    meta.write(&mut group)?;
    let mut bytes = vec![0; PREAMBLE_BYTES];
    bytes.extend(PREFIX);
    let mut length = DataSet::default();
    length.put(tag::META_LENGTH, b"UL", (group.len() as u32).to_le_bytes().to_vec());
    length.write(&mut bytes)?;
    bytes.extend(group);
    set.write(&mut bytes)?;
    Ok(bytes)
}

/// What DICOS demands beside DICOM. Dates are those of the scan where it states them; DICOS knows no absent date, so
/// 1970-01-01 stands for an unknown one.
fn put_dicos(set: &mut DataSet, scan: &RawScan) {
    let stamp = scan.acquired_at.as_deref().unwrap_or_default();
    let digits: String = stamp.chars().take(19).filter(char::is_ascii_digit).collect();
    let (day, time) = if digits.len() == 14 { digits.split_at(8) } else { ("19700101", "000000") };
    for tag in [tag::INSTANCE_DATE, tag::STUDY_DATE, tag::SERIES_DATE, tag::CONTENT_DATE] {
        set.text(tag, b"DA", day);
    }
    for tag in [tag::INSTANCE_TIME, tag::STUDY_TIME, tag::SERIES_TIME, tag::CONTENT_TIME, tag::CALIBRATION_TIME] {
        set.text(tag, b"TM", time);
    }
    let calibrated = scan.scanner.calibration_date.as_deref().unwrap_or_default();
    let calibrated: String = calibrated.chars().filter(char::is_ascii_digit).take(8).collect();
    set.text(tag::CALIBRATION_DATE, b"DA", if calibrated.len() == 8 { &calibrated } else { "19700101" });
    set.text(tag::IMAGE_TYPE, b"CS", "ORIGINAL\\INTENSITY");
    set.text(tag::MODALITY, b"CS", "XRAY");
    set.text(tag::INSTITUTION_ADDRESS, b"ST", "unknown");
    set.text(tag::STATION, b"SH", limited(scan.lane.as_deref().unwrap_or("unknown")));
    set.text(tag::LATERALITY, b"CS", "LHS");
    set.text(tag::OBJECT_ID, b"LO", limited(scan.containers_read.first().map_or("unknown", |read| &read.id)));
    set.text(tag::OBJECT_ID_ISSUER, b"LO", "unknown");
    set.text(tag::OBJECT_ID_TYPE, b"CS", "TEXT");
    set.text(tag::OBJECT_SEX, b"CS", "U");
    set.text(tag::SOFTWARE, b"LO", CREATOR);
    set.text(tag::DETECTOR_TYPE, b"CS", "");
    if !set.elements.iter().any(|(tag, ..)| *tag == tag::KVP) {
        set.text(tag::KVP, b"DS", "0");
    }
    set.text(tag::TUBE_CURRENT, b"DS", "0");
    set.put(tag::TABLE_SPEED, b"FD", 0_f64.to_le_bytes().to_vec());
    set.text(tag::STUDY_ID, b"SH", "unknown");
    set.text(tag::POSITION, b"DS", "0\\0\\0");
    set.text(tag::ORIENTATION, b"DS", "1\\0\\0\\0\\1\\0");
    set.text(tag::BURNED_IN, b"CS", "NO");
    set.text(tag::INTENSITY, b"CS", "LIN");
    set.put(tag::INTENSITY_SIGN, b"SS", 1_i16.to_le_bytes().to_vec());
    set.text(tag::INTERCEPT, b"DS", "0");
    set.text(tag::SLOPE, b"DS", "1");
    set.text(tag::RESCALE_TYPE, b"LO", "US");
    set.text(tag::LOSSY, b"CS", "00");
    set.text(tag::LUT_SHAPE, b"CS", "IDENTITY");
    set.text(tag::DICOS_VERSION, b"CS", "V03");
    set.text(tag::OBJECT_TYPE, b"CS", "CARGO");
    set.text(tag::ACQUISITION_STATUS, b"CS", "SUCCESSFUL");
    set.text(tag::SCAN_TYPE, b"CS", "OPERATIONAL");
    set.text(tag::IMAGE_ORIGIN, b"CS", "MACHINE");
    set.put(tag::ACQUISITION_CONTEXT, b"SQ", Vec::new());
    set.put(tag::EFFECTIVE_ENERGY, b"FL", 0_f32.to_le_bytes().to_vec());
    set.put(tag::BELT_HEIGHT, b"FL", 0_f32.to_le_bytes().to_vec());
}

/// As much of a text as DICOM's short texts hold: 16 characters here, which every type of them allows, or `unknown`.
fn limited(text: &str) -> &str {
    let end = text.char_indices().nth(16).map_or(text.len(), |(end, _)| end);
    let text = &text[..end];
    if text.trim().is_empty() || text.contains(['\\', '\n', '\r']) { "unknown" } else { text }
}

/// A number in at most 16 characters.
fn decimal(value: f64) -> String {
    let text = format!("{value}");
    if text.len() <= 16 { text } else { format!("{value:.9e}") }
}
