//! What the fuzz targets share: limits that keep one input fast, and folders made of one input.

use pellucid_scan::{FileFormat, Limits, NamedEntry, VecSink, decode, decode_folder, sniff};

/// As in the test `fuzz`: small enough that no input is slow for a good reason.
pub fn limits() -> Limits {
    Limits {
        max_file_bytes: 1 << 20,
        max_pixels: 1 << 20,
        max_working_bytes: 1 << 20,
        max_description_bytes: 1 << 16,
        ..Limits::default()
    }
}

/// Decodes a file of one format; other files are none of this target's business.
pub fn decode_only(format: FileFormat, bytes: &[u8]) {
    if sniff(bytes) == Some(format) {
        drop(decode(bytes, &limits()));
    }
}

/// Decodes a folder of named parts.
pub fn decode_parts(parts: &[(&str, &[u8])]) {
    let entries: Vec<_> = parts.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect();
    drop(decode_folder(&entries, &limits(), &mut VecSink));
}

/// One-pixel-wide pictures for descriptions to speak of: counts of 4 rows, and a row of 4.
pub fn pictures() -> [Vec<u8>; 2] {
    let picture = |width, height| pellucid_scan::png_gray16(width, height, &[900, 901, 902, 903]).unwrap_or_default();
    [picture(1, 4), picture(4, 1)]
}
