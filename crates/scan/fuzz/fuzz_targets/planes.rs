//! Truth planes of the three kinds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid_scan::{decode_plane_f32, decode_plane_u8, decode_plane_u16};

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    pellucid_scan_fuzz::within_memory(|limits| {
        drop(decode_plane_u8(bytes, limits));
        drop(decode_plane_u16(bytes, limits));
        drop(decode_plane_f32(bytes, limits));
    });
});
