//! The XML of the example of a vendor's folder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [counts, row] = pellucid_scan_fuzz::pictures();
    pellucid_scan_fuzz::decode_parts(&[("high.png", &counts), ("low.png", &row), ("scan.xml", bytes)]);
});
