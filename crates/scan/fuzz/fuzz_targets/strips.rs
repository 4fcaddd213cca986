//! One strip of our own codes, packed or Rice; the first three bytes say which, how wide it is and how many rows it has.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid_scan::decode_plane_u16;

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    let Some((&[code, width, height], strip)) = bytes.split_first_chunk() else { return };
    let file = pellucid_scan_fuzz::tiff_of(65_020 + u32::from(code % 2), width.into(), height.into(), strip);
    pellucid_scan_fuzz::within_memory(|limits| drop(decode_plane_u16(&file, limits)));
});
