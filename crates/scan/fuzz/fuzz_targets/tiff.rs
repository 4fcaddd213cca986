//! TIFF: our profile with every codec, and pictures of others.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid_scan::FileFormat;

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    pellucid_scan_fuzz::decode_only(FileFormat::Tiff, bytes);
});
