//! Writes valid files for the fuzz targets to start from: one folder per target under the folder given.

#[path = "../tests/files/dicom_by_hand.rs"]
mod dicom_by_hand;
#[path = "../tests/files/jpeg_by_hand.rs"]
mod jpeg_by_hand;
#[allow(dead_code, clippy::unwrap_used)]
#[path = "../tests/files/sample.rs"]
mod sample;
#[path = "../tests/files/tiff_by_hand.rs"]
mod tiff_by_hand;

use std::fs;
use std::path::Path;

use anyhow::Context;
use dicom_by_hand::{compressed, fragments, runs};
use jpeg_by_hand::{Coding, PLAIN};
use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView, ScannerIdentity};
use pellucid_scan::{
    Codec, DicomKind, encode_dicom, encode_plane_f32, encode_plane_u8, encode_tiff_with, png_gray8, png_gray16,
    png_rgba8,
};
use tiff::encoder::{Compression, colortype};
use tiff::tags::Predictor;
use tiff_by_hand::{CHUNKY, Layout, Samples};

/// Pictures of 8 x 6 pixels of 16 bits, written by OpenJPEG 2.5.4: in boxes, bare, with loss, and in tiles of 4 x 4.
const JPEG_2000: [(&str, &str); 4] = [
    (
        "boxes",
        "0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a70326800000016696864720000000600000008\
         00010f0700000000000f636f6c7201000000000011000000b66a703263ff4fff510029000000000008000000060000000000000000000000\
         0800000006000000000000000000010f0101ff52000c00000001000104040001ff5c00074080888890ff640025000143726561746564206279\
         204f70656e4a5045472076657273696f6e20322e352e34ff90000a0000000000410001ff93dff890d006a5e8353a74c53453c2491e9ed8f0\
         aade5e662503563cfcff7fc1ff4001e00fcc181bf5f44edeb0bf0cbd8ae7536bffd9",
    ),
    (
        "bare",
        "ff4fff5100290000000000080000000600000000000000000000000800000006000000000000000000010f0101ff52000c00000001000204\
         040001ff5c000a4080888890888890ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20322e352e34ff90\
         000a0000000000430001ff93dff89050078d245f9604da411eafc3ff03034003ea03000cfa210c96bf085d7fc1ff4001e00fcc181bf5f44e\
         deb0bf0cbd8ae7536bffd9",
    ),
    (
        "loss",
        "ff4fff5100290000000000080000000600000000000000000000000800000006000000000000000000010f0101ff52000c00000001000104\
         040000ff5c000b42882497d397d39762ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20322e352e34ff\
         90000a0000000000550001ff93cffc487008e73322f06fdfa8363c50cb969385ae97bec63535c87c144da97b7fc0ff60021003f30e001bf2\
         a362046ed56123a0fbc410db996d0cbd2b968594ca3abf76019a087fffd9",
    ),
    (
        "tiles",
        "ff4fff5100290000000000080000000600000000000000000000000400000004000000000000000000010f0101ff52000c00000001000004\
         040001ff5c00044080ff640025000143726561746564206279204f70656e4a5045472076657273696f6e20322e352e34ff90000a00000000\
         00320001ff93dff89100120bd2d62d8b1286618edd1333aa42d70e31d6648ff6db08ea4ceeaa6655ff7fff90000a0001000000310001ff93\
         cffc307c11622ac8808800ba70ea48f74afeb653abf58e4eeb7dc7504ce02b682bff7fff90000a0002000000230001ff93cffc3044088c06\
         12787ec1611fc38ce656ae82300fff90000a0003000000210001ff93cffc303c0919fbb368af84a938cc3809215d57ffd9",
    ),
];

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).context("which folder?")?;
    let folder = Path::new(&folder);
    let save = |target: &str, name: &str, bytes: &[u8]| -> anyhow::Result<()> {
        fs::create_dir_all(folder.join(target))?;
        Ok(fs::write(folder.join(target).join(name), bytes)?)
    };
    let scan = scan();
    for codec in [Codec::Packed, Codec::Rice, Codec::Deflate, Codec::Stored] {
        save("tiff", &format!("{codec:?}"), &encode_tiff_with(&scan, codec)?)?;
    }
    for (code, codec) in [(0_u8, Codec::Rice), (1, Codec::Packed)] {
        // The file begins with the only strip of the first page; tag 279 of its directory says how long it is.
        let file = encode_tiff_with(&scan, codec)?;
        let number = |at: usize| file[at..at + 4].iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte));
        let mut fields = (number(4) + 2..file.len() - 12).step_by(12);
        let length = fields.find(|at| file[*at..*at + 2] == [23, 1]).context("no length of a strip")?;
        save("strips", &format!("{codec:?}"), &[&[code, 40, 6][..], &file[8..8 + number(length + 8)]].concat())?;
    }
    let words: Vec<u16> = (0..48).map(|n| n * 1_300).collect();
    for (name, layout) in [
        ("chunky", CHUNKY),
        ("planes", Layout { is_planar: true, is_deflated: true, has_predictor: true, ..CHUNKY }),
        ("big", Layout { is_big_tiff: true, is_big_endian: true, ..CHUNKY }),
        ("big_tiles", Layout { is_big_tiff: true, is_planar: true, tile: [16, 16], ..CHUNKY }),
    ] {
        save("tiff", name, &layout.write(&[Samples { width: 8, height: 6, planes: vec![&words, &words] }]))?;
    }
    let grey: Vec<u8> = (0..48).map(|n| n * 5).collect();
    let lzw = sample::foreign_tiff::<colortype::Gray16>(8, 6, Compression::Lzw, Predictor::Horizontal, &words);
    save("tiff", "lzw", &lzw)?;
    let packbits = sample::foreign_tiff::<colortype::RGB8>(4, 4, Compression::Packbits, Predictor::None, &grey);
    save("tiff", "packbits", &packbits)?;
    for predictor in 1..=7 {
        let rows_per_restart = usize::from(predictor) % 4;
        let coding = Coding { predictor, rows_per_restart, has_long_codes: predictor % 2 == 0, ..PLAIN };
        let file = coding.encode(8, 6, &words);
        save("jpeg_lossless", &format!("predictor_{predictor}"), &file)?;
        save("dicom", &format!("lossless_{predictor}"), &frames("1.2.840.10008.1.2.4.70", &[file.clone(), file]))?;
    }
    save("dicom", "runs", &frames("1.2.840.10008.1.2.5", &[runs(&words)]))?;
    save("planes", "u8", &encode_plane_u8(&Raster::from_vec(8, 6, grey.clone())?)?)?;
    save("planes", "f32", &encode_plane_f32(&Raster::filled(8, 6, 1.5))?)?;
    save("png", "grey8", &png_gray8(8, 6, &grey)?)?;
    save("png", "grey16", &png_gray16(8, 6, &(0..48).map(|n| n * 1_000).collect::<Vec<_>>())?)?;
    save("png", "colour", &png_rgba8(4, 3, &grey)?)?;
    for (is_colour, name) in [(false, "grey"), (true, "colour")] {
        let (pixels, kind) = if is_colour {
            (grey.clone(), image::ColorType::Rgb8)
        } else {
            (grey[..16].to_vec(), image::ColorType::L8)
        };
        let mut file = Vec::new();
        image::codecs::jpeg::JpegEncoder::new(&mut file).encode(&pixels, 4, 4, kind.into())?;
        save("jpeg", name, &file)?;
    }
    for (name, digits) in JPEG_2000 {
        save("jpeg2000", name, &sample::hexadecimal(digits))?;
    }
    let [_, (_, digits), ..] = JPEG_2000;
    save("dicom", "jpeg2000", &frames("1.2.840.10008.1.2.4.90", &[sample::hexadecimal(digits)]))?;
    for kind in [DicomKind::Dicom, DicomKind::Dicos] {
        let files = [encode_dicom(&scan, 0, kind)?, encode_dicom(&scan, 1, kind)?];
        save("dicom", &format!("{kind:?}"), &files[0])?;
        let both = [&(files[0].len() as u16).to_le_bytes()[..], &files[0], &files[1]].concat();
        save("dicom_files", &format!("{kind:?}"), &both)?;
    }
    let json = br#"{"profile":"pellucid-scan/1","grade":"single_energy_raw","files":["a","b","c"],"dose_rows":[0,2],
        "views":[{"name":"side","bands":[{"name":"high","endpoint_mev":6.0,"page":0,"dark_page":1,"air_page":2}]}]}"#;
    save("described", "scan", json)?;
    let folder = |parts: &[(u8, &[u8])]| {
        let part = |(name, bytes): &(u8, &[u8])| [&[*name][..], &(bytes.len() as u16).to_le_bytes(), bytes].concat();
        parts.iter().flat_map(part).collect::<Vec<u8>>()
    };
    let files = [encode_dicom(&scan, 0, DicomKind::Dicos)?, encode_dicom(&scan, 1, DicomKind::Dicos)?];
    save("folder", "dicos", &folder(&[(5, &files[0]), (6, &files[1])]))?;
    let picture = png_gray16(8, 6, &words)?;
    let description = br#"{"profile":"pellucid-scan/1","grade":"processed","files":["high.png"],
        "views":[{"bands":[{"name":"grey","page":0}]}]}"#;
    save("folder", "described", &folder(&[(0, &description[..]), (2, &picture)]))?;
    let sidecar = br#"<inspection><view><band energy="grey" file="a/b.tif"/></view></inspection>"#;
    let tiff = CHUNKY.write(&[Samples { width: 8, height: 6, planes: vec![&words] }]);
    save("folder", "sidecar", &folder(&[(1, &sidecar[..]), (4, &tiff)]))?;
    let xml = br#"<inspection vendor="a" acquired="2026-02-03T04:05:06Z"><view name="side" dose_rows="0 2">
        <band energy="high" endpoint_mev="6" file="high.png"><dark>1 2 3 4</dark><air>5 6 7 8</air></band>
        <geometry source_to_lane_mm="4000" source_height_mm="1" column_pitch_mm="4"/></view>
        <container number="CSQU3054383" confidence="0.9"/></inspection>"#;
    save("sidecar", "scan", xml)
}

/// A DICOM file of frames of 8 x 6 pixels, one fragment each.
fn frames(syntax: &str, frames: &[Vec<u8>]) -> Vec<u8> {
    let pieces: Vec<_> = frames.iter().map(|frame| vec![frame.clone()]).collect();
    compressed(syntax, frames.len(), 8, 6, &fragments(&pieces, false))
}

/// A small dual-energy scan.
fn scan() -> RawScan {
    let band = |kind| RawBand {
        kind,
        max_value: u16::MAX,
        endpoint_mev: Some(6.0),
        column_offset: (kind == BandKind::Low).then_some(-0.5),
        counts: Raster::filled(40, 6, 9_000),
        dark: vec![200; 6],
        air: vec![50_000; 6],
    };
    let bands = vec![band(BandKind::High), band(BandKind::Low)];
    RawScan {
        grade: Grade::DualEnergyRaw,
        views: vec![RawView { name: "side".to_owned(), bands, geometry: None, dose_rows: [0, 2] }],
        scanner: ScannerIdentity::default(),
        acquired_at: None,
        containers_read: Vec::new(),
        site: None,
        lane: None,
        unknown: serde_json::Map::new(),
    }
}
