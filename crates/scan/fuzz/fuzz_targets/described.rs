//! The JSON of pictures with a description.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    let [counts, row] = &*pellucid_scan_fuzz::PICTURES;
    let parts: [(&str, &[u8]); 4] = [("a", counts), ("b", row), ("c", row), ("scan.json", bytes)];
    pellucid_scan_fuzz::decode_parts(&parts);
});
