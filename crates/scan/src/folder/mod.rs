//! Scans of several files: pictures with a description, DICOM files of one scan, folders of vendors.
//!
//! This crate opens no files, so a folder (or an archive, or a multipart upload) comes in as [`NamedEntry`]s. Who reads
//! it keeps links and paths that lead elsewhere out; names are checked here again. Each layout is a [`FolderAdapter`]:
//!
//! - a description in JSON and pictures, see [`decode_folder`];
//! - the DICOM or DICOS files that [`crate::encode_dicom`] wrote for the bands of one scan;
//! - [`SidecarXml`], the worked example of a vendor's folder;
//! - the WCO Unified File Format, of which only the place is there (the module `uff` says what is known).
//!
//! A layout that only one site knows is an adapter of its own, given to [`decode_folder_with`].

mod described;
mod dicom_files;
mod page_entry;
mod sidecar;
mod uff;

use std::collections::BTreeSet;

use crate::{Decoded, Limits, PixelSink, ScanError, decode_into};
use described::Described;
use dicom_files::DicomFiles;
pub use sidecar::SidecarXml;
use uff::UnifiedFileFormat;

/// Longest path of an entry.
const MAX_NAME_BYTES: u64 = 1_024;

/// One file of a scan that has several.
#[derive(Debug, Clone, Copy)]
pub struct NamedEntry<'a> {
    /// Path inside the folder, parts separated by `/`.
    pub name: &'a str,
    /// Content.
    pub bytes: &'a [u8],
}

/// One layout of folders.
pub trait FolderAdapter: Sync {
    /// What the layout is called in errors.
    fn name(&self) -> &'static str;

    /// Whether the folder looks like this layout. Cheap: nothing is decoded.
    fn is_match(&self, entries: &[NamedEntry<'_>], limits: &Limits) -> bool;

    /// Decodes the folder; entries were counted and their names and sizes checked.
    ///
    /// # Errors
    /// As [`crate::decode_into`].
    fn decode(
        &self,
        entries: &[NamedEntry<'_>],
        limits: &Limits,
        sink: &mut dyn PixelSink,
    ) -> Result<Decoded, ScanError>;
}

/// Decodes a scan of several files with the layouts of this crate; one file alone is decoded as [`crate::decode_into`]
/// does.
///
/// The plain layout: one entry whose name ends in `.json` with a description of profile `pellucid-scan/1` and one more
/// key, `files`, the list of names that the description's page numbers stand for. Pages are pictures of up to 16 bits,
/// without loss and without colour: PNG, TIFF, DICOM, JPEG 2000 by the reversible wavelet, lossless JPEG; counts
/// `width · height`, dark and air `rows · 1`. So a pair of pictures `high.png` and `low.png` is a raw scan as soon as someone
/// states their dark and air. A TIFF counts once for each of its pages, and twice for a page whose pixels are two counts of
/// 16 bits, side by side or in planes, and a DICOM file once for each of its frames: one file may hold the pair, or
/// everything.
///
/// ```
/// use pellucid_scan::{Limits, NamedEntry, VecSink, decode_folder, png_gray16};
///
/// let json = br#"{"profile": "pellucid-scan/1", "grade": "single_energy_raw",
///     "files": ["high.png", "dark.png", "air.png"],
///     "views": [{"name": "side", "bands": [{"name": "high", "page": 0, "dark_page": 1, "air_page": 2}]}]}"#;
/// let (high, dark, air) = (png_gray16(3, 2, &[9_000; 6])?, png_gray16(2, 1, &[200; 2])?, png_gray16(2, 1, &[50_000; 2])?);
/// let entries = [("scan.json", &json[..]), ("high.png", &high), ("dark.png", &dark), ("air.png", &air)];
/// let entries = entries.map(|(name, bytes)| NamedEntry { name, bytes });
/// let scan = decode_folder(&entries, &Limits::default(), &mut VecSink)?.scan;
/// assert_eq!((scan.views[0].bands[0].air[1], scan.views[0].bands[0].counts.at(2, 1)), (50_000, 9_000));
/// # Ok::<(), pellucid_scan::ScanError>(())
/// ```
///
/// # Errors
/// [`ScanError::UnknownFormat`] when no layout fits; else as [`crate::decode_into`]. The limits hold for all entries
/// together: `max_file_bytes` of bytes, `max_pages` of entries and of pages.
pub fn decode_folder(
    entries: &[NamedEntry<'_>],
    limits: &Limits,
    sink: &mut dyn PixelSink,
) -> Result<Decoded, ScanError> {
    decode_folder_with(&[&UnifiedFileFormat, &Described, &DicomFiles, &SidecarXml], entries, limits, sink)
}

/// As [`decode_folder`], with layouts of the caller's choice; the first that fits decodes.
///
/// # Errors
/// As [`decode_folder`].
pub fn decode_folder_with(
    adapters: &[&dyn FolderAdapter],
    entries: &[NamedEntry<'_>],
    limits: &Limits,
    sink: &mut dyn PixelSink,
) -> Result<Decoded, ScanError> {
    check_entries(entries, limits)?;
    if let Some(adapter) = adapters.iter().find(|adapter| adapter.is_match(entries, limits)) {
        return adapter.decode(entries, limits, sink);
    }
    match entries {
        [] => Err(ScanError::Empty),
        [only] => decode_into(only.bytes, limits, sink),
        _ => {
            let names: Vec<_> = adapters.iter().map(|adapter| adapter.name()).collect();
            Err(ScanError::unsupported("folder", format!("of {} entries: not {}", entries.len(), names.join(", "))))
        }
    }
}

fn check_entries(entries: &[NamedEntry<'_>], limits: &Limits) -> Result<(), ScanError> {
    Limits::check("folder: entries", entries.len() as u64, limits.max_pages)?;
    let bytes = entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.bytes.len() as u64));
    Limits::check("folder: bytes", bytes, limits.max_file_bytes)?;
    let mut seen = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        Limits::check(&format!("entry {index}: bytes of the name"), entry.name.len() as u64, MAX_NAME_BYTES)?;
        if !entry.name.split('/').all(is_plain) {
            return Err(ScanError::malformed(format!("entry {index}: name"), "it is no path inside the folder"));
        }
        if !seen.insert(entry.name) {
            return Err(ScanError::malformed(format!("entry {index}: name"), "it occurs twice"));
        }
    }
    Ok(())
}

/// The entry of a name.
fn entry<'a>(entries: &[NamedEntry<'a>], name: &str) -> Result<NamedEntry<'a>, ScanError> {
    let found = entries.iter().find(|entry| entry.name == name);
    found.copied().ok_or_else(|| ScanError::malformed(format!("file {name:?}"), "it is missing"))
}

/// The one entry with this extension; `what` names it in errors.
fn only<'e, 'a>(entries: &'e [NamedEntry<'a>], extension: &str, what: &str) -> Result<&'e NamedEntry<'a>, ScanError> {
    let found: Vec<_> = entries.iter().filter(|entry| has_extension(entry, extension)).collect();
    match found[..] {
        [only] => Ok(only),
        _ => Err(ScanError::mismatch(format!("{what} in the folder"), found.len(), 1)),
    }
}

fn has_extension(entry: &NamedEntry<'_>, extension: &str) -> bool {
    entry.name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(extension))
}
