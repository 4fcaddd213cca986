//! What the fuzz targets share: limits that keep one input fast, a watch on memory, and folders made of one input.

use std::sync::LazyLock;

use peak_alloc::PeakAlloc;
use pellucid_scan::{FileFormat, Limits, NamedEntry, VecSink, decode, decode_folder, sniff};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One-pixel-wide pictures for descriptions to speak of: counts of 4 rows, and a row of 4. Written once, because
/// decoding is what is tested.
pub static PICTURES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let picture = |width, height| pellucid_scan::png_gray16(width, height, &[900, 901, 902, 903]).unwrap_or_default();
    [picture(1, 4), picture(4, 1)]
});

/// Like those of the test `fuzz`, but smaller still, so that no input is slow for a good reason: 128 pixels in square.
pub fn limits() -> Limits {
    Limits {
        max_file_bytes: 1 << 20,
        max_pixels: 1 << 14,
        max_working_bytes: 1 << 17,
        max_description_bytes: 1 << 13,
        ..Limits::default()
    }
}

/// To be done before the first input: everything runs on the fuzzer's own thread, so that an input neither waits for
/// threads to wake nor leaves marks of another one's rows.
pub fn prepare() {
    if let Err(error) = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global() {
        panic!("the pool of one thread: {error}");
    }
    // JPEG and JPEG 2000 are decoded by code that panics where its input misleads it, and is called so that this becomes an
    // error. The fuzzer would end the process before that; any other panic still does.
    let end = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_caught = |file: &str| file.contains("hayro-jpeg2000") || file.contains("zune-jpeg");
        if !panic.location().is_some_and(|at| is_caught(at.file())) {
            end(panic);
        }
    }));
}

/// Runs `judge` and panics when it held more memory at a time than [`limits`] allow: two bytes a pixel, what decoders may
/// hold beside, and room for tables, rows, descriptions and errors.
pub fn within_memory(judge: impl FnOnce(&Limits)) {
    let limits = limits();
    let allowed = 2 * limits.max_pixels as usize + limits.max_working_bytes as usize + (1 << 20);
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    judge(&limits);
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used <= allowed, "{used} bytes of memory, {allowed} are allowed");
}

/// Decodes a file of one format; other files are none of this target's business.
pub fn decode_only(format: FileFormat, bytes: &[u8]) {
    if sniff(bytes) == Some(format) {
        within_memory(|limits| drop(decode(bytes, limits)));
    }
}

/// Decodes a folder of named parts.
pub fn decode_parts(parts: &[(&str, &[u8])]) {
    let entries: Vec<_> = parts.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect();
    within_memory(|limits| drop(decode_folder(&entries, limits, &mut VecSink)));
}

/// A TIFF of one strip of 16-bit counts, compressed as it says.
pub fn tiff_of(compression: u32, width: u32, height: u32, strip: &[u8]) -> Vec<u8> {
    let fields = [
        (256_u16, width),
        (257, height),
        (258, 16),
        (259, compression),
        (262, 1),
        (273, 8 + 2 + 12 * 8 + 4),
        (278, height),
        (279, strip.len() as u32),
    ];
    let mut file = b"II*\0\x08\0\0\0\x08\0".to_vec();
    for (tag, value) in fields {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(strip);
    file
}
