//! Two DICOM files of one scan; the first two bytes say where the second begins.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    let Some((at, rest)) = bytes.split_first_chunk::<2>() else { return };
    let (one, two) = rest.split_at(usize::from(u16::from_le_bytes(*at)).min(rest.len()));
    pellucid_scan_fuzz::decode_parts(&[("0", one), ("1", two)]);
});
