//! Files to raw scans and back: sniff by content, check limits, decode, encode. One module per format.
//!
//! [`decode`] reads one file: our own TIFF profile (`pellucid-scan/1`), DICOM and DICOS, and vendor-processed PNG, JPEG,
//! JPEG 2000 and TIFF. [`decode_folder`] reads scans of several files: pairs of pictures with a description, DICOM files
//! of one scan, and vendors' folders through a [`FolderAdapter`]. Nothing here opens a file, knows physics, rescales
//! counts, panics or allocates past its [`Limits`] on any input. Damage that can be survived becomes a [`ScanWarning`],
//! everything else a [`ScanError`] that names field, limit and value.
//!
//! The default [`Codec`] was chosen by measurement: the fastest to decode of those that save at least 15 % of the bytes.
//!
//! ```
//! use pellucid_scan::{Limits, decode, png_gray8};
//!
//! let file = png_gray8(4, 2, &[255, 255, 255, 255, 255, 80, 80, 255])?;
//! let decoded = decode(&file, &Limits::default())?;
//! assert_eq!(decoded.scan.views[0].bands[0].counts.at(1, 1), 80);
//! # Ok::<(), pellucid_scan::ScanError>(())
//! ```

mod decode;
mod dicom;
mod folder;
mod limits;
mod plane;
mod png_file;
mod processed;
mod profile;
mod sink;
mod tiff;
mod warning;

mod error;

pub use decode::{Decoded, FileFormat, decode, decode_into, sniff};
pub use dicom::{DicomKind, encode_dicom};
pub use error::ScanError;
pub use folder::{FolderAdapter, NamedEntry, SidecarXml, decode_folder, decode_folder_with};
pub use limits::Limits;
pub use plane::{
    decode_plane_f32, decode_plane_u8, decode_plane_u16, encode_plane_f32, encode_plane_u8, encode_plane_u16,
};
pub use png_file::{png_gray8, png_gray16, png_rgba8};
pub use profile::{PROFILE, encode_tiff, encode_tiff_with};
pub use sink::{PixelBuffer, PixelSink, SinkError, VecSink};
pub use tiff::Codec;
pub use warning::ScanWarning;
