//! JPEG 2000.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid_scan::FileFormat;

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    pellucid_scan_fuzz::decode_only(FileFormat::Jpeg2000, bytes);
});
