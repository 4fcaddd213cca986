//! Random damage to valid files: no panic, and memory within the limits. One test only, because it measures the memory
//! of its process.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "files/sample.rs"]
mod sample;

use peak_alloc::PeakAlloc;
use pellucid_scan::*;
use sample::*;
use tiff::encoder::Compression;
use tiff::encoder::colortype;
use tiff::tags::Predictor;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CASES: usize = 2_400;

fn valid_files() -> Vec<Vec<u8>> {
    let scan = dual_scan(80, 40);
    let grey = |len: usize| (0..len).map(|n| (n * 37 % 256) as u8).collect::<Vec<_>>();
    let words: Vec<u16> = (0..40 * 30).map(|n| (n * 631 % 65_536) as u16).collect();
    vec![
        encode_tiff(&scan).unwrap(),
        encode_tiff_with(&scan, Codec::Deflate).unwrap(),
        encode_tiff_with(&scan, Codec::Stored).unwrap(),
        foreign_tiff::<colortype::Gray16>(40, 30, Compression::Lzw, Predictor::Horizontal, &words),
        foreign_tiff::<colortype::RGB8>(40, 30, Compression::Packbits, Predictor::None, &grey(3_600)),
        foreign_tiff::<colortype::Gray8>(
            40,
            30,
            Compression::Deflate(Default::default()),
            Predictor::None,
            &grey(1_200),
        ),
        png_gray8(40, 30, &grey(1_200)).unwrap(),
        png_rgba8(40, 30, &grey(4_800)).unwrap(),
        png_gray16(40, 30, &words).unwrap(),
        jpeg(40, 30, false, &grey(1_200)),
        jpeg(40, 30, true, &grey(3_600)),
        encode_plane_f32(&pellucid_core::Raster::filled(30, 20, 1.5)).unwrap(),
    ]
}

/// One of: a flipped bit, a random byte, an extreme number, a piece copied elsewhere, a cut, a piece removed.
fn damage(file: &mut Vec<u8>, noise: &mut Noise) {
    let at = noise.below(file.len());
    match noise.below(8) {
        0..=2 => file[at] ^= 1 << noise.below(8),
        3 => file[at] = noise.next() as u8,
        4 => {
            let extreme = [0, 1, 0x7FFF_FFFF, u32::MAX, 0xFFFF, 131_072, 400_000_000][noise.below(7)].to_le_bytes();
            let len = 4.min(file.len() - at);
            file[at..at + len].copy_from_slice(&extreme[..len]);
        }
        5 => {
            let len = noise.below(64).min(file.len() - at);
            let from = noise.below(file.len() - len + 1);
            file.copy_within(from..from + len, at);
        }
        6 => file.truncate(at),
        _ => drop(file.drain(at..(at + noise.below(16)).min(file.len()))),
    }
}

#[test]
fn random_damage_never_panics_and_stays_within_memory() {
    let limits = Limits {
        max_file_bytes: 1 << 20,
        max_pixels: 1 << 20,
        max_working_bytes: 1 << 20,
        max_description_bytes: 1 << 16,
        ..Limits::default()
    };
    // Two bytes a pixel, what decoders may hold beside, and room for tables, rows and errors.
    let allowed = 2 * limits.max_pixels as usize + limits.max_working_bytes as usize + (1 << 20);
    let files = valid_files();
    files.iter().for_each(|file| drop(decode(file, &limits)));
    let mut noise = Noise(7);
    let (mut refused, mut peak) = (0, 0);
    for case in 0..CASES {
        let mut file = files[case % files.len()].clone();
        for _ in 0..1 + noise.below(4) {
            if !file.is_empty() {
                damage(&mut file, &mut noise);
            }
        }
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let is_refused = decode(&file, &limits).is_err() & decode_plane_f32(&file, &limits).is_err();
        refused += usize::from(is_refused);
        let used = MEMORY.peak_usage().saturating_sub(before);
        peak = peak.max(used);
        assert!(used <= allowed, "case {case}: {used} bytes of {allowed}");
    }
    println!("{CASES} damaged files: {refused} refused, peak {peak} bytes of {allowed} allowed");
    assert!(refused > CASES / 2, "{refused}");
}
