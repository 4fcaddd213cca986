//! DICOM (NEMA PS3) and its sister for security screening, DICOS (NEMA IIC 1): grey projections.
//!
//! Pixels are uncompressed, in runs (RLE), or JPEG: lossless (what DICOS compresses with), JPEG 2000 or baseline. A file of
//! several frames is a scan of as many views, in the order of the frames: the standards let frames stand for anything, and
//! a projection beside others is a view, while bands are what someone must say they are. [`crate::decode_folder`] lets a
//! description say so: there each frame is a page of its own. Volumes (CT) are refused: their frames are no projections.
//!
//! Neither knows dark and air counts of a line of detectors, so a foreign file is a picture of grade `processed`, of 8 to
//! 16 bits. Our own files carry what is missing in a private block: the JSON of profile `pellucid-scan/1`, the number of
//! the page that the file stands for, and dark and air of its band. One file a band; [`crate::decode_folder`] joins them.
//!
//! A reader of our own: a scan needs a score of top-level elements, every length is checked against the bytes that are
//! there, sequences are walked over without recursion, and nothing is allocated but the pixels. UIDs are compared
//! component by component as numbers, because writers of DICOS leave leading zeros in them, which PS3.5 forbids.

mod decode;
mod element;
mod encode;
mod frame;
mod pages;
mod pixels;
mod rle;

pub(crate) use decode::{DicomImage, decode_dicom};
pub use encode::{DicomKind, encode_dicom};
pub(crate) use frame::DicomFrame;
pub(crate) use pages::DicomPages;

/// Bytes before the prefix `DICM`.
pub(crate) const PREAMBLE_BYTES: usize = 128;
pub(crate) const PREFIX: &[u8; 4] = b"DICM";
/// Value of the private block's creator.
const CREATOR: &str = "PELLUCID SCAN 1";

fn copy_words(bytes: &[u8], out: &mut [u16]) {
    for (value, bytes) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
}

/// Tags: group in the high half, element in the low half.
mod tag {
    pub(super) const META_LENGTH: u32 = 0x0002_0000;
    pub(super) const META_VERSION: u32 = 0x0002_0001;
    pub(super) const META_CLASS: u32 = 0x0002_0002;
    pub(super) const META_INSTANCE: u32 = 0x0002_0003;
    pub(super) const META_DICOS_VERSION: u32 = 0x0002_0004;
    pub(super) const TRANSFER_SYNTAX: u32 = 0x0002_0010;
    pub(super) const IMPLEMENTATION: u32 = 0x0002_0012;
    pub(super) const IMAGE_TYPE: u32 = 0x0008_0008;
    pub(super) const INSTANCE_DATE: u32 = 0x0008_0012;
    pub(super) const INSTANCE_TIME: u32 = 0x0008_0013;
    pub(super) const CLASS: u32 = 0x0008_0016;
    pub(super) const INSTANCE: u32 = 0x0008_0018;
    pub(super) const STUDY_DATE: u32 = 0x0008_0020;
    pub(super) const SERIES_DATE: u32 = 0x0008_0021;
    pub(super) const CONTENT_DATE: u32 = 0x0008_0023;
    pub(super) const ACQUIRED: u32 = 0x0008_002A;
    pub(super) const STUDY_TIME: u32 = 0x0008_0030;
    pub(super) const SERIES_TIME: u32 = 0x0008_0031;
    pub(super) const CONTENT_TIME: u32 = 0x0008_0033;
    pub(super) const MODALITY: u32 = 0x0008_0060;
    pub(super) const INTENT: u32 = 0x0008_0068;
    pub(super) const MANUFACTURER: u32 = 0x0008_0070;
    pub(super) const INSTITUTION: u32 = 0x0008_0080;
    pub(super) const INSTITUTION_ADDRESS: u32 = 0x0008_0081;
    pub(super) const CHARACTER_SET: u32 = 0x0008_0005;
    pub(super) const IMAGE_ORIGIN: u32 = 0x0008_0118;
    pub(super) const TIMEZONE: u32 = 0x0008_0201;
    pub(super) const STATION: u32 = 0x0008_1010;
    pub(super) const MODEL: u32 = 0x0008_1090;
    pub(super) const LATERALITY: u32 = 0x0008_2108;
    pub(super) const CREATOR: u32 = 0x0009_0010;
    pub(super) const DESCRIPTION: u32 = 0x0009_1001;
    pub(super) const PAGE: u32 = 0x0009_1002;
    pub(super) const DARK: u32 = 0x0009_1003;
    pub(super) const AIR: u32 = 0x0009_1004;
    /// In DICOS the object of inspection: a container's number.
    pub(super) const OBJECT_ID: u32 = 0x0010_0020;
    pub(super) const OBJECT_ID_ISSUER: u32 = 0x0010_0021;
    pub(super) const OBJECT_ID_TYPE: u32 = 0x0010_0022;
    pub(super) const OBJECT_SEX: u32 = 0x0010_0040;
    pub(super) const KVP: u32 = 0x0018_0060;
    pub(super) const SERIAL: u32 = 0x0018_1000;
    pub(super) const SOFTWARE: u32 = 0x0018_1020;
    pub(super) const CALIBRATION_DATE: u32 = 0x0018_1200;
    pub(super) const CALIBRATION_TIME: u32 = 0x0018_1201;
    pub(super) const DETECTOR_TYPE: u32 = 0x0018_7004;
    pub(super) const TUBE_CURRENT: u32 = 0x0018_8151;
    pub(super) const TABLE_SPEED: u32 = 0x0018_9309;
    pub(super) const STUDY: u32 = 0x0020_000D;
    pub(super) const SERIES: u32 = 0x0020_000E;
    pub(super) const STUDY_ID: u32 = 0x0020_0010;
    pub(super) const INSTANCE_NUMBER: u32 = 0x0020_0013;
    pub(super) const POSITION: u32 = 0x0020_0032;
    pub(super) const ORIENTATION: u32 = 0x0020_0037;
    pub(super) const SAMPLES: u32 = 0x0028_0002;
    pub(super) const PHOTOMETRIC: u32 = 0x0028_0004;
    pub(super) const FRAMES: u32 = 0x0028_0008;
    pub(super) const ROWS: u32 = 0x0028_0010;
    pub(super) const COLUMNS: u32 = 0x0028_0011;
    pub(super) const BITS_ALLOCATED: u32 = 0x0028_0100;
    pub(super) const BITS_STORED: u32 = 0x0028_0101;
    pub(super) const HIGH_BIT: u32 = 0x0028_0102;
    pub(super) const REPRESENTATION: u32 = 0x0028_0103;
    pub(super) const BURNED_IN: u32 = 0x0028_0301;
    pub(super) const INTENSITY: u32 = 0x0028_1040;
    pub(super) const INTENSITY_SIGN: u32 = 0x0028_1041;
    pub(super) const INTERCEPT: u32 = 0x0028_1052;
    pub(super) const SLOPE: u32 = 0x0028_1053;
    pub(super) const RESCALE_TYPE: u32 = 0x0028_1054;
    pub(super) const LOSSY: u32 = 0x0028_2110;
    pub(super) const ACQUISITION_CONTEXT: u32 = 0x0040_0555;
    pub(super) const LUT_SHAPE: u32 = 0x2050_0020;
    pub(super) const DICOS_VERSION: u32 = 0x4010_103A;
    pub(super) const OBJECT_TYPE: u32 = 0x4010_1042;
    pub(super) const ACQUISITION_STATUS: u32 = 0x4010_1044;
    pub(super) const SCAN_TYPE: u32 = 0x4010_1048;
    pub(super) const BELT_HEIGHT: u32 = 0x4010_1062;
    pub(super) const EFFECTIVE_ENERGY: u32 = 0x4300_0902;
    pub(super) const PIXELS: u32 = 0x7FE0_0010;
}

/// UIDs (PS3.6, NEMA IIC 1).
mod uid {
    pub(super) const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
    pub(super) const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";
    pub(super) const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
    pub(super) const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.57";
    pub(super) const JPEG_LOSSLESS_FIRST_ORDER: &str = "1.2.840.10008.1.2.4.70";
    pub(super) const JPEG_2000_LOSSLESS: &str = "1.2.840.10008.1.2.4.90";
    pub(super) const JPEG_2000: &str = "1.2.840.10008.1.2.4.91";
    pub(super) const RLE: &str = "1.2.840.10008.1.2.5";
    /// Digital X-ray image, for processing.
    pub(super) const DX: &str = "1.2.840.10008.5.1.4.1.1.1.1.1";
    /// DICOS digital X-ray image, for processing.
    pub(super) const DICOS_DX: &str = "1.2.840.10008.5.1.4.1.1.501.2.2";
    /// Volumes: computed tomography, its enhanced form, and that of DICOS.
    pub(super) const VOLUMES: [&str; 3] =
        ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.501.1"];
}
