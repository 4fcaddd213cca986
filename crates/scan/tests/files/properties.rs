//! Properties of every reader of pictures and folders: what others write without loss comes back exactly, what they write
//! with loss comes back nearly, and damage gives a scan or a typed error, at once.

use std::time::{Duration, Instant};

use crate::damage::damage;
use crate::jpeg_by_hand::{Coding, PLAIN};
use crate::sample::*;
use crate::tiff_by_hand::{CHUNKY, Layout, Samples};
use pellucid_core::{ErrorKind, Raster};
use pellucid_scan::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tiff::encoder::{Compression, colortype};
use tiff::tags::Predictor;

/// A file, or the files of a folder.
type Files = Vec<(String, Vec<u8>)>;

/// Pictures of 12 bits, 13 x 11, and of 8 bits, 9 x 7, lossless, written by OpenJPEG 2.5.4: a codestream of three
/// resolutions, `(211 x² + 97 y² + 31 x y) mod 4096`, and a JP2 file of one, `(29 x + 53 y) mod 256`.
const CODESTREAM: &str = "\
    ff4fff51002900000000000d0000000b00000000000000000000000d0000000b000000000000000000010b0101ff52000c00000001000004\
    040001ff5c00044060ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20322e352e34ff90000a00000000\
    00f10001ff93dfe38012343a41ee2c7b247313bd1bdbc3144254e74d1e1b875a8ecb754253f784fd4208490cf761bcd2524c44fb83cee978\
    bd18d9aa7ad960be463c6fc3432d2efc81329641ff70116ce99b150b6e3cdc112e41331e578095b5f71b1c87b239beb9c320e093c3952bd8\
    d40c3e9f3513bc8aebcb44678a707f1302ebc54851f9ceef3737bbf6824b8cb9a88f445be99bd340322d72cc4ac8203a3874b2c7feec94f0\
    2e60dcc56dc4776f681d0edfdf7da93a1186663605c7195aaf07fe75281b920e49b85f46b7a7c00ef19b99c90d51e771f5019be166933303\
    f499fbe9679ebefbefffd9\
";
const SMALL_JP2: &str = "\
    0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a70326800000016696864720000000700000009\
    0001070700000000000f636f6c7201000000000011000000c66a703263ff4fff510029000000000009000000070000000000000000000000\
    090000000700000000000000000001070101ff52000c00000001000004040001ff5c00044040ff6400250001437265617465642062792\
    04f70656e4a5045472076657273696f6e20322e352e34ff90000a0000000000540001ff93df821812184d6ff529b62e70c058747aab1e0d\
    4fc3d2380f26b71bac71429d059dca55f882d756f1aa50f6865c0fd9040689b63a3dc958bdeeb938cb69014ed5555288a9287fffd9\
";

fn entries(files: &Files) -> Vec<NamedEntry<'_>> {
    files.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect()
}

/// Decodes and says how long it took at most: a second, for whatever it is.
fn judged(files: &Files, limits: &Limits) -> Result<Decoded, ScanError> {
    let start = Instant::now();
    let result = decode_folder(&entries(files), limits, &mut VecSink);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    match &result {
        Ok(decoded) => {
            let bands = decoded.scan.views.iter().flat_map(|view| &view.bands);
            let pixels: usize = bands.map(|band| band.counts.len()).sum();
            assert!(pixels as u64 <= limits.max_pixels, "{pixels}");
        }
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
            assert!(error.to_string().len() < 2_000);
        }
    }
    result
}

fn one(bytes: Vec<u8>) -> Files {
    vec![("file".to_owned(), bytes)]
}

fn values(len: usize, noise: &mut Noise) -> Vec<u16> {
    let shift = noise.below(13) as u32;
    (0..len).map(|_| ((noise.next() & 0xFFFF) >> shift) as u16).collect()
}

/// A PNG by the library that this crate reads with as well, in any form that holds grey, and the counts it holds.
fn any_png(width: u32, height: u32, noise: &mut Noise) -> (Vec<u8>, Vec<u16>) {
    use png::{BitDepth, ColorType};
    let depths = [BitDepth::One, BitDepth::Two, BitDepth::Four, BitDepth::Eight, BitDepth::Sixteen];
    let color = [ColorType::Grayscale, ColorType::GrayscaleAlpha, ColorType::Rgb, ColorType::Rgba][noise.below(4)];
    let depth = if color == ColorType::Grayscale { depths[noise.below(5)] } else { depths[3 + noise.below(2)] };
    let bits = depth as u32;
    let counts: Vec<u16> = (0..width * height).map(|_| (noise.next() & ((1 << bits) - 1)) as u16).collect();
    let most = u16::MAX >> (16 - bits);
    let mut data = Vec::new();
    for row in counts.chunks(width as usize) {
        let samples = row.iter().flat_map(|v| match color {
            ColorType::Grayscale => vec![*v],
            ColorType::GrayscaleAlpha => vec![*v, most],
            ColorType::Rgb => vec![*v; 3],
            _ => vec![*v, *v, *v, most],
        });
        match bits {
            16 => samples.for_each(|v| data.extend(v.to_be_bytes())),
            8 => data.extend(samples.map(|v| v as u8)),
            _ => {
                let samples: Vec<u16> = samples.collect();
                for group in samples.chunks(8 / bits as usize) {
                    let byte = group.iter().fold(0, |byte, v| byte << bits | v);
                    data.push((byte << (8 - bits as usize * group.len())) as u8);
                }
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    encoder.set_filter([png::Filter::NoFilter, png::Filter::Paeth, png::Filter::Adaptive][noise.below(3)]);
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    // Fewer than 8 bits are spread over 8.
    let scale = if bits < 8 { 255 / most } else { 1 };
    (file, counts.into_iter().map(|v| v * scale).collect())
}

/// A scan as a folder: each picture in a format of its own, dark and air too.
fn any_folder(scan: &pellucid_core::RawScan, noise: &mut Noise) -> Files {
    let mut files = Files::new();
    let mut put = |raster: &Raster<u16>| {
        let (width, height) = (raster.width(), raster.height());
        let (w, h, pixels) = (width as u32, height as u32, raster.pixels());
        let bytes = match noise.below(5) {
            0 => png_gray16(w, h, pixels).unwrap(),
            1 => foreign_tiff::<colortype::Gray16>(w, h, Compression::Lzw, Predictor::Horizontal, pixels),
            2 => encode_plane_u16(raster).unwrap(),
            3 => {
                let layout = Layout { is_big_tiff: true, is_big_endian: true, tile: [16, 16], ..CHUNKY };
                layout.write(&[Samples { width, height, planes: vec![pixels] }])
            }
            _ => Coding { predictor: 4, ..PLAIN }.encode(width, height, pixels),
        };
        files.push((format!("{}.img", files.len()), bytes));
    };
    let bands = || scan.views.iter().flat_map(|view| &view.bands);
    bands().for_each(|band| put(&band.counts));
    for band in bands().filter(|band| !band.dark.is_empty()) {
        for row in [&band.dark, &band.air] {
            put(&Raster::from_vec(row.len(), 1, row.clone()).unwrap());
        }
    }
    let profile = encode_tiff(scan).unwrap();
    let mut reader = tiff::decoder::Decoder::new(std::io::Cursor::new(&profile)).unwrap();
    let text = reader.get_tag_ascii_string(tiff::tags::Tag::ImageDescription).unwrap();
    let mut description: serde_json::Value = serde_json::from_str(&text).unwrap();
    description["files"] = files.iter().map(|(name, _)| name.as_str()).collect();
    files.push(("scan.json".to_owned(), serde_json::to_vec(&description).unwrap()));
    files
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn any_png_comes_back(width in 1_u32..70, height in 1_u32..40, seed in any::<u64>()) {
        let (file, counts) = any_png(width, height, &mut Noise(seed));
        let decoded = judged(&one(file), &Limits::default()).unwrap();
        prop_assert_eq!(decoded.scan.views[0].bands[0].counts.pixels(), &counts[..]);
        prop_assert_eq!(decoded.warnings, vec![]);
    }

    #[test]
    fn any_smooth_jpeg_comes_back_nearly(
        width in 1_u32..70, height in 1_u32..40, is_colour in any::<bool>(), slope in 0_u32..5,
    ) {
        let grey: Vec<u8> = (0..width * height).map(|n| (20 + slope * (n % width) / 2 + n / width) as u8).collect();
        let pixels = if is_colour { grey.iter().flat_map(|v| [*v; 3]).collect() } else { grey.clone() };
        let decoded = judged(&one(jpeg(width, height, is_colour, &pixels)), &Limits::default()).unwrap();
        let counts = decoded.scan.views[0].bands[0].counts.pixels();
        let worst = counts.iter().zip(&grey).map(|(a, b)| a.abs_diff(u16::from(*b))).max();
        prop_assert!(worst <= Some(6), "{:?}", worst);
        prop_assert_eq!(decoded.warnings, vec![]);
    }

    #[test]
    fn any_scan_comes_back_from_a_folder(seed in any::<u64>()) {
        let scan = random_scan(seed);
        let mut noise = Noise(seed);
        let mut files = any_folder(&scan, &mut noise);
        let last = files.len() - 1;
        files.swap(noise.below(last + 1), last);
        let back = judged(&files, &Limits::default()).unwrap();
        prop_assert_eq!(&back.scan, &scan);
        // Without any one of its pictures there is no scan.
        files.sort();
        drop(files.remove(noise.below(last)));
        prop_assert!(judged(&files, &Limits::default()).is_err());
    }

    #[test]
    fn damaged_pictures_and_folders_are_refused_or_read_at_once(seed in any::<u64>(), kind in 0..7) {
        let mut noise = Noise(seed);
        let (width, height) = (1 + noise.below(60), 1 + noise.below(30));
        let counts = values(width * height, &mut noise);
        let (w, h) = (width as u32, height as u32);
        let mut files = match kind {
            0 => one(any_png(w, h, &mut noise).0),
            1 => one(jpeg(w, h, seed % 2 == 0, &vec![90; width * height * if seed % 2 == 0 { 3 } else { 1 }])),
            2 => one(match noise.below(3) {
                0 => jp2(),
                1 => hexadecimal(CODESTREAM),
                _ => hexadecimal(SMALL_JP2),
            }),
            3 => one(Coding { predictor: 1 + (seed % 7) as u8, ..PLAIN }.encode(width, height, &counts)),
            4 => one(encode_dicom(&random_scan(seed), 0, DicomKind::Dicos).unwrap()),
            5 => one(encode_tiff_with(&random_scan(seed), Codec::Rice).unwrap()),
            _ => any_folder(&random_scan(seed), &mut noise),
        };
        for _ in 0..1 + noise.below(4) {
            let entry = noise.below(files.len());
            if !files[entry].1.is_empty() {
                damage(&mut files[entry].1, &mut noise);
            }
        }
        let limits = Limits { max_pixels: 1 << 20, max_working_bytes: 1 << 22, ..Limits::default() };
        drop(judged(&files, &limits));
        if noise.below(4) == 0 {
            files[0].0 = ["", "..", "a/../b", "scan.json", "x.xml", "\0"][noise.below(6)].to_owned();
            drop(judged(&files, &limits));
        }
    }
}

#[test]
fn every_jpeg_2000_at_hand_comes_back() {
    let twelve: Vec<u16> = (0..143_u32)
        .map(|n| (n % 13, n / 13))
        .map(|(x, y)| ((x * x * 211 + y * y * 97 + x * y * 31) % 4_096) as u16)
        .collect();
    let eight: Vec<u16> = (0..63_u32).map(|n| ((n % 9 * 29 + n / 9 * 53) % 256) as u16).collect();
    for (file, counts, max_value) in [(CODESTREAM, twelve, 4_095), (SMALL_JP2, eight, 255)] {
        let decoded = judged(&one(hexadecimal(file)), &Limits::default()).unwrap();
        let band = &decoded.scan.views[0].bands[0];
        assert_eq!((band.counts.pixels(), band.max_value), (&counts[..], max_value));
    }
}
