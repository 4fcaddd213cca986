//! The hostile corpus (RELIABILITY, row 5): thousands of damaged files of every format, and bombs. Each is refused with a
//! typed error or decoded, within a second and within the memory that the limits allow. One test only, because it
//! measures the memory of its process.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "files/sample.rs"]
mod sample;

use std::io::Write;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use pellucid_scan::*;
use sample::*;
use tiff::encoder::Compression;
use tiff::encoder::colortype;
use tiff::tags::Predictor;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const CASES: usize = 6_000;
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
    let dicom = |kind| (0..2).map(|page| (format!("{page}.dcm"), encode_dicom(&scan, page, kind).unwrap())).collect();
    vec![
        ("profile, packed", tiff(Codec::Packed)),
        ("profile, Rice", tiff(Codec::Rice)),
        ("profile, deflate", tiff(Codec::Deflate)),
        ("profile, stored", tiff(Codec::Stored)),
        ("TIFF, LZW", one(lzw)),
        ("TIFF, PackBits", one(packbits)),
        ("TIFF, deflate", one(deflate)),
        ("PNG, grey 8", one(png_gray8(40, 30, &grey(1_200)).unwrap())),
        ("PNG, colour", one(png_rgba8(40, 30, &grey(4_800)).unwrap())),
        ("PNG, grey 16", one(png_gray16(40, 30, &words).unwrap())),
        ("JPEG, grey", one(jpeg(40, 30, false, &grey(1_200)))),
        ("JPEG, colour", one(jpeg(40, 30, true, &grey(3_600)))),
        ("JPEG 2000", one(jp2())),
        ("plane", one(encode_plane_f32(&pellucid_core::Raster::filled(30, 20, 1.5)).unwrap())),
        ("DICOM files", dicom(DicomKind::Dicom)),
        ("DICOS files", dicom(DicomKind::Dicos)),
        ("sidecar", sidecar()),
        ("described pair", described()),
    ]
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

/// `len` zeros, deflated with a zlib header: about 1,030 to 1.
fn zeros(len: usize) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; len], 9)
}

/// A PNG of 16-bit grey of this size around compressed data.
fn png_around(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([16, 0, 0, 0, 0]);
    for (kind, content) in [(b"IHDR", header.as_slice()), (b"IDAT", data), (b"IEND", &[])] {
        let chunk = [&kind[..], content].concat();
        file.extend((content.len() as u32).to_be_bytes());
        file.write_all(&chunk).unwrap();
        file.extend(crc32fast::hash(&chunk).to_be_bytes());
    }
    file
}

/// A little-endian TIFF of one strip around data, with these fields.
fn tiff_around(fields: &[(u16, u32)], data: &[u8]) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    let mut fields = fields.to_vec();
    fields.extend([(273, 8 + 2 + 12 * (fields.len() as u32 + 2) + 4), (279, data.len() as u32)]);
    fields.sort();
    file.extend((fields.len() as u16).to_le_bytes());
    for (tag, value) in fields {
        file.extend(tag.to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(data);
    file
}

/// A DICOM file whose elements are `body`, in explicit little-endian.
fn dicom_around(body: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 128];
    file.extend(b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0");
    file.extend(body);
    file
}

/// Small files that ask for much: memory, time or recursion.
fn bombs() -> Vec<(String, Input)> {
    let mut bombs: Vec<(String, Input)> = Vec::new();
    let mut add = |name: String, input: Input| bombs.push((name, input));
    // Claimed sizes, up to 700,000 times the bytes that are there.
    for (width, height) in
        [(20_000, 20_000), (131_072, 3_000), (131_072, 131_072), (u32::MAX, u32::MAX), (40_000, 9_000)]
    {
        for data in [zeros(1_000), zeros(10_000_000)] {
            let size = format!("{width} x {height} in {} bytes", data.len());
            add(format!("PNG of {size}"), one(png_around(width, height, &data)));
            for compression in [1, 5, 8, 32_773, 65_020, 65_021] {
                let fields = [(256, width), (257, height), (258, 16), (259, compression), (262, 1), (278, height)];
                add(format!("TIFF {compression} of {size}"), one(tiff_around(&fields, &data)));
            }
        }
    }
    for (rows, columns) in [(65_535_u16, 65_535_u16), (65_535, 1), (6_000, 65_000)] {
        let mut body = b"\x28\0\x02\0US\x02\0\x01\0\x28\0\x04\0CS\x0c\0MONOCHROME2 ".to_vec();
        for (element, value) in [(0x10_u16, rows), (0x11, columns), (0x100, 16)] {
            body.extend([0x28, 0]);
            body.extend(element.to_le_bytes());
            body.extend(b"US\x02\0");
            body.extend(value.to_le_bytes());
        }
        body.extend(b"\xe0\x7f\x10\0OW\0\0\xfe\xff\xff\xff");
        add(format!("DICOM of {rows} x {columns}"), one(dicom_around(&body)));
    }
    // Sequences without an end, deep and wide.
    let open = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff";
    for (name, item, count) in [
        ("deep", &b"\xfe\xff\x00\xe0\xff\xff\xff\xff"[..], 1 << 20),
        ("wide", &b"\xfe\xff\x00\xe0\0\0\0\0"[..], 4 << 20),
    ] {
        add(
            format!("DICOM with a {name} sequence"),
            one(dicom_around(&[open, item.repeat(count).as_slice()].concat())),
        );
    }
    add("DICOM of empty elements".to_owned(), one(dicom_around(&b"\x08\0\x60\0CS\0\0".repeat(4 << 20))));
    // XML: nesting, entities, many elements, one huge value.
    let nested = format!("<inspection>{}", "<a>".repeat(300_000));
    let entities = (1..12).fold(r#"<!ENTITY e0 "aaaaaaaaaaaaaaaa">"#.to_owned(), |text, n| {
        text + &format!(r#"<!ENTITY e{n} "{}">"#, format!("&e{};", n - 1).repeat(16))
    });
    add("XML, deep".to_owned(), sidecar_of(nested));
    add(
        "XML, billion laughs".to_owned(),
        sidecar_of(format!("<!DOCTYPE a [{entities}]><inspection>&e11;</inspection>")),
    );
    add("XML, many elements".to_owned(), sidecar_of(format!("<inspection>{}</inspection>", "<a/>".repeat(250_000))));
    add(
        "XML, many attributes".to_owned(),
        sidecar_of(format!("<inspection {}/>", (0..90_000).map(|n| format!("a{n}=\"\" ")).collect::<String>())),
    );
    add("XML, opened tags".to_owned(), sidecar_of("<a ".repeat(340_000)));
    add("XML, 20 MB".to_owned(), sidecar_of(format!("<inspection a=\"{}\"/>", "x".repeat(20_000_000))));
    add(
        "XML, counts".to_owned(),
        sidecar_of(String::from_utf8(sidecar().pop().unwrap().1).unwrap().replace("9 9 9", &"9 ".repeat(400_000))),
    );
    // JSON: nesting, many views, many files.
    let described_as = |json: String| {
        let mut files = pictures();
        files.push(("scan.json".to_owned(), json.into_bytes()));
        files
    };
    add("JSON, deep".to_owned(), described_as("[".repeat(900_000)));
    add("JSON, 20 MB".to_owned(), described_as(format!("\"{}\"", "x".repeat(20_000_000))));
    let views = r#"{"bands":[{"name":"high","page":0}]},"#.repeat(20_000);
    add(
        "JSON, many views".to_owned(),
        described_as(format!(
            r#"{{"profile":"pellucid-scan/1","grade":"single_energy_raw","files":[],"views":[{}]}}"#,
            views.trim_end_matches(',')
        )),
    );
    let names = r#""high.png","#.repeat(90_000);
    add(
        "JSON, many files".to_owned(),
        described_as(format!(
            r#"{{"profile":"pellucid-scan/1","grade":"processed","files":[{}],"views":[]}}"#,
            names.trim_end_matches(',')
        )),
    );
    // Folders.
    add("folder of 100,000 entries".to_owned(), (0..100_000).map(|n| (n.to_string(), Vec::new())).collect());
    add("folder that leads out".to_owned(), vec![("../../etc/scan.json".to_owned(), b"{}".to_vec())]);
    // TIFF directories: a long chain of pages, many fields.
    let mut chain = b"II*\0\x08\0\0\0".to_vec();
    for page in 0..200_000_u32 {
        chain.extend([0, 0]);
        chain.extend((8 + 6 * (page + 1)).to_le_bytes());
    }
    add("TIFF of 200,000 pages".to_owned(), one(chain));
    let mut fields = b"II*\0\x08\0\0\0\xff\xff".to_vec();
    fields.extend([0x00, 0x01, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0].repeat(65_535));
    add("TIFF of 65,535 fields".to_owned(), one(fields));
    bombs
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
