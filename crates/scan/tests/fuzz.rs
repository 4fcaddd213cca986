//! The hostile corpus (RELIABILITY, row 5): thousands of damaged files of every format, and bombs. Each is refused with a
//! typed error or decoded, within a second and within the memory that the limits allow. One test only, because it
//! measures the memory of its process.
#![allow(clippy::unwrap_used)]

#[path = "files/bombs.rs"]
mod bombs;
#[path = "files/damage.rs"]
mod damage;
#[path = "files/jpeg_by_hand.rs"]
mod jpeg_by_hand;
#[allow(dead_code)]
#[path = "files/sample.rs"]
mod sample;
#[path = "files/tiff_by_hand.rs"]
mod tiff_by_hand;

use std::time::{Duration, Instant};

use bombs::{bombs, dicom_frames};
use damage::damage;
use jpeg_by_hand::{Coding, PLAIN};
use peak_alloc::PeakAlloc;
use pellucid_scan::*;
use sample::*;
use tiff::encoder::Compression;
use tiff::encoder::colortype;
use tiff::tags::Predictor;
use tiff_by_hand::{CHUNKY, Layout, Samples};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CASES: usize = 6_000;
/// Bytes that reading a description takes for each of its own, at the very most.
const MAX_GROWTH: usize = 48;
const MAX_TIME: Duration = Duration::from_secs(1);

/// A file, or the files of a folder, of one layout.
type Input = Vec<(String, Vec<u8>)>;

fn one(bytes: Vec<u8>) -> Input {
    vec![("file".to_owned(), bytes)]
}

fn grey(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * 37 % 256) as u8).collect()
}

fn valid_inputs() -> Vec<(&'static str, Input)> {
    let scan = dual_scan(80, 40);
    let words: Vec<u16> = (0..40 * 30).map(|n| (n * 631 % 65_536) as u16).collect();
    let tiff = |codec| one(encode_tiff_with(&scan, codec).unwrap());
    let lzw = foreign_tiff::<colortype::Gray16>(40, 30, Compression::Lzw, Predictor::Horizontal, &words);
    let packbits = foreign_tiff::<colortype::RGB8>(40, 30, Compression::Packbits, Predictor::None, &grey(3_600));
    let deflate = Compression::Deflate(Default::default());
    let deflate = foreign_tiff::<colortype::Gray8>(40, 30, deflate, Predictor::None, &grey(1_200));
    let restarting = Coding { predictor: 5, rows_per_restart: 4, ..PLAIN };
    let dicom = |kind| (0..2).map(|page| (format!("{page}.dcm"), encode_dicom(&scan, page, kind).unwrap())).collect();
    vec![
        ("profile, packed", tiff(Codec::Packed)),
        ("profile, Rice", tiff(Codec::Rice)),
        ("profile, deflate", tiff(Codec::Deflate)),
        ("profile, stored", tiff(Codec::Stored)),
        ("TIFF, LZW", one(lzw)),
        ("TIFF, PackBits", one(packbits)),
        ("TIFF, deflate", one(deflate)),
        ("BigTIFF, planes", one(Layout { is_big_tiff: true, is_planar: true, ..CHUNKY }.write(&[two(&words)]))),
        (
            "TIFF, two counts in tiles",
            one(Layout { is_deflated: true, tile: [16, 16], ..CHUNKY }.write(&[two(&words)])),
        ),
        ("PNG, grey 8", one(png_gray8(40, 30, &grey(1_200)).unwrap())),
        ("PNG, colour", one(png_rgba8(40, 30, &grey(4_800)).unwrap())),
        ("PNG, grey 16", one(png_gray16(40, 30, &words).unwrap())),
        ("JPEG, grey", one(jpeg(40, 30, false, &grey(1_200)))),
        ("JPEG, colour", one(jpeg(40, 30, true, &grey(3_600)))),
        ("JPEG, lossless", one(restarting.encode(40, 30, &words))),
        ("JPEG 2000", one(jp2())),
        ("plane", one(encode_plane_f32(&pellucid_core::Raster::filled(30, 20, 1.5)).unwrap())),
        ("DICOM files", dicom(DicomKind::Dicom)),
        ("DICOS files", dicom(DicomKind::Dicos)),
        (
            "DICOM, frames of lossless JPEG",
            one(dicom_frames(&[PLAIN.encode(40, 30, &words), PLAIN.encode(40, 30, &words)])),
        ),
        ("sidecar", sidecar()),
        ("described pair", described()),
    ]
}

fn two(words: &[u16]) -> Samples<'_> {
    Samples { width: 40, height: 30, planes: vec![words, words] }
}

fn pictures() -> Input {
    let words = |len: usize| (0..len).map(|n| 900 + (n % 100) as u16).collect::<Vec<_>>();
    vec![
        ("high.png".to_owned(), png_gray16(20, 10, &words(200)).unwrap()),
        ("dark.png".to_owned(), png_gray16(10, 1, &words(10)).unwrap()),
        ("air.png".to_owned(), png_gray16(10, 1, &words(10)).unwrap()),
    ]
}

fn described() -> Input {
    let json = r#"{"profile": "pellucid-scan/1", "grade": "single_energy_raw",
        "files": ["high.png", "dark.png", "air.png"], "dose_rows": [0, 2], "site": "x",
        "geometry": {"source_to_lane_mm": 4000.0, "source_height_mm": 1203.7, "column_pitch_mm": 4.1},
        "views": [{"name": "side", "bands": [{"name": "high", "page": 0, "dark_page": 1, "air_page": 2}]}]}"#;
    let mut files = pictures();
    files.push(("scan.json".to_owned(), json.as_bytes().to_vec()));
    files
}

fn sidecar_of(xml: String) -> Input {
    let mut files = pictures();
    files.push(("scan.xml".to_owned(), xml.into_bytes()));
    files
}

fn sidecar() -> Input {
    let row = "9 ".repeat(10);
    sidecar_of(format!(
        r#"<inspection vendor="a &amp; b" acquired="2026-02-03T04:05:06Z"><view name="side" dose_rows="0 2">
        <band energy="high" endpoint_mev="6" file="high.png"><dark>{row}</dark><air>{row}</air></band>
        <geometry source_to_lane_mm="4000" source_height_mm="1200" column_pitch_mm="4"/></view>
        <container number="CSQU3054383" confidence="0.9"/></inspection>"#
    ))
}

/// Everything that this crate does with bytes from outside: whether it was refused, how long it took, which memory.
fn judge(input: &Input, limits: &Limits) -> (Option<ScanError>, Duration, usize) {
    let entries: Vec<_> = input.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let start = Instant::now();
    let error = decode_folder(&entries, limits, &mut VecSink).err();
    let plane = entries.first().map(|entry| decode_plane_f32(entry.bytes, limits));
    let error = if plane.is_some_and(|plane| plane.is_ok()) { None } else { error };
    (error, start.elapsed(), MEMORY.peak_usage().saturating_sub(before))
}

#[test]
fn hostile_files_are_refused_in_time_and_within_memory() {
    let limits = Limits {
        max_file_bytes: 1 << 20,
        max_pixels: 1 << 20,
        max_working_bytes: 1 << 20,
        max_description_bytes: 1 << 16,
        ..Limits::default()
    };
    // Two bytes a pixel, what decoders may hold beside, and room for tables, rows and errors.
    let allowed = 2 * limits.max_pixels as usize + limits.max_working_bytes as usize + (1 << 20);
    let inputs = valid_inputs();
    for (name, input) in &inputs {
        assert!(judge(input, &limits).0.is_none(), "{name}");
    }
    let mut noise = Noise(7);
    let (mut refused, mut peak, mut slowest) = (vec![0; inputs.len()], 0, Duration::ZERO);
    for case in 0..CASES {
        let (name, input) = &inputs[case % inputs.len()];
        let mut input = input.clone();
        for _ in 0..1 + noise.below(4) {
            let entry = noise.below(input.len());
            if !input[entry].1.is_empty() {
                damage(&mut input[entry].1, &mut noise);
            }
        }
        let (error, time, used) = judge(&input, &limits);
        refused[case % inputs.len()] += usize::from(error.is_some());
        (peak, slowest) = (peak.max(used), slowest.max(time));
        assert!(used <= allowed, "case {case}, {name}: {used} bytes of {allowed}");
        assert!(time <= MAX_TIME, "case {case}, {name}: {time:?}");
    }
    for ((name, _), refused) in inputs.iter().zip(&refused) {
        println!("{name}: {refused} of {} damaged files refused", CASES / inputs.len());
    }
    let all: usize = refused.iter().sum();
    println!("{CASES} damaged files: {all} refused, peak {peak} of {allowed} bytes allowed, slowest {slowest:?}");
    assert!(all > CASES / 2, "{all}");

    // What a description takes while it is read: as many values as fit.
    let mut json = described();
    let text = String::from_utf8(json.pop().unwrap().1).unwrap().replacen('{', "{\"more\": [$], ", 1);
    for value in ["0,", "[],", "{},"] {
        let values = value.repeat((1 << 20) / value.len() - 500);
        let text = text.replace('$', values.trim_end_matches(','));
        let len = text.len();
        json.push(("scan.json".to_owned(), text.into_bytes()));
        let (error, time, used) = judge(&json, &Limits::default());
        drop(json.pop());
        println!(
            "a description full of {value} takes {used} bytes, {:.0} times its length, {time:?}",
            used as f64 / len as f64
        );
        assert!(error.is_none() && used <= MAX_GROWTH * len && time <= MAX_TIME, "{value} {used} {time:?} {error:?}");
    }

    // Bombs meet the limits of the service.
    let limits = Limits::default();
    let bombs = bombs();
    let (mut peak, mut slowest) = (0, (Duration::ZERO, ""));
    for (name, input) in &bombs {
        let (error, time, used) = judge(input, &limits);
        let error = error.unwrap_or_else(|| panic!("{name} was decoded"));
        assert!(!error.to_string().is_empty());
        assert!(used <= 64 << 20, "{name}: {used} bytes, {error}");
        assert!(time <= MAX_TIME, "{name}: {time:?}, {error}");
        slowest = slowest.max((time, name));
        peak = peak.max(used);
    }
    println!("{} bombs: all refused, peak {peak} bytes, slowest {slowest:?}", bombs.len());
    assert!(bombs.len() >= 50);
}
