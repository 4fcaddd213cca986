//! The XML of the example of a vendor's folder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    let [counts, row] = &*pellucid_scan_fuzz::PICTURES;
    pellucid_scan_fuzz::decode_parts(&[("high.png", counts), ("low.png", row), ("scan.xml", bytes)]);
});
