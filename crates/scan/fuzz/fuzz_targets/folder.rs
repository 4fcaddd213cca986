//! Folders of any entries: a byte that chooses a name, two that say how long its file is, and the file.
#![no_main]

use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 8] = ["scan.json", "scan.xml", "high.png", "low.png", "a/b.tif", "0.dcm", "1.dcm", "../scan.uff"];

fuzz_target!(init: pellucid_scan_fuzz::prepare(), |bytes: &[u8]| {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while let Some((&[name, low, high], more)) = rest.split_first_chunk() {
        let (file, later) = more.split_at(usize::from(u16::from_le_bytes([low, high])).min(more.len()));
        parts.push((NAMES[usize::from(name) % NAMES.len()], file));
        rest = later;
    }
    pellucid_scan_fuzz::decode_parts(&parts);
});
