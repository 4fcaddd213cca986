//! Truth planes of the three kinds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pellucid_scan::{decode_plane_f32, decode_plane_u8, decode_plane_u16};

fuzz_target!(|bytes: &[u8]| {
    let limits = pellucid_scan_fuzz::limits();
    drop(decode_plane_u8(bytes, &limits));
    drop(decode_plane_u16(bytes, &limits));
    drop(decode_plane_f32(bytes, &limits));
});
