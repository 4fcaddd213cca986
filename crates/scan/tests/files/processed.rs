//! Vendor-processed pictures become scans of grade `processed`.

use crate::sample::*;
use pellucid_core::{BandKind, Grade};
use pellucid_scan::*;
use tiff::encoder::Compression;
use tiff::encoder::colortype;
use tiff::tags::Predictor;

fn grey_of(bytes: &[u8]) -> (Vec<u16>, u16, Vec<ScanWarning>) {
    let Decoded { scan, warnings } = decode(bytes, &Limits::default()).unwrap();
    assert_eq!(scan.grade, Grade::Processed);
    let [view] = scan.views.as_slice() else { panic!("one view") };
    let [band] = view.bands.as_slice() else { panic!("one band") };
    assert_eq!((view.name.as_str(), band.kind, view.geometry.is_none()), ("side", BandKind::Grey, true));
    assert!(band.dark.is_empty() && band.air.is_empty());
    (band.counts.pixels().to_vec(), band.max_value, warnings)
}

fn ramp(len: usize) -> Vec<u16> {
    (0..len).map(|n| (n * 2_657 % 65_536) as u16).collect()
}

#[test]
fn png_of_every_kind() {
    let grey8: Vec<u8> = (0..35).map(|n| n * 7).collect();
    let wide: Vec<u16> = grey8.iter().map(|v| u16::from(*v)).collect();
    assert_eq!(grey_of(&png_gray8(7, 5, &grey8).unwrap()), (wide.clone(), 255, vec![]));
    let grey16 = ramp(35);
    assert_eq!(grey_of(&png_gray16(7, 5, &grey16).unwrap()), (grey16, 65_535, vec![]));
    let colour: Vec<u8> = grey8.iter().flat_map(|v| [*v, *v, *v, 255]).collect();
    assert_eq!(grey_of(&png_rgba8(7, 5, &colour).unwrap()), (wide, 255, vec![]));
    let warnings = grey_of(&png_rgba8(2, 1, &[255, 0, 0, 255, 9, 9, 9, 128]).unwrap());
    let expected = [ScanWarning::Coloured { pixels: 1, of: 2 }, ScanWarning::Transparent { pixels: 1 }];
    assert_eq!(warnings, (vec![76, 9], 255, expected.to_vec()));
}

#[test]
fn png_with_palette_and_fewer_bits() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 2, 2);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette(vec![10, 10, 10, 0, 0, 255]);
    encoder.write_header().unwrap().write_image_data(&[0b0100_0000, 0b1000_0000]).unwrap();
    assert_eq!(grey_of(&file), (vec![10, 29, 29, 10], 255, vec![ScanWarning::Coloured { pixels: 2, of: 4 }]));
}

#[test]
fn tiff_of_other_writers() {
    let grey = ramp(13 * 8);
    for compression in
        [Compression::Uncompressed, Compression::Lzw, Compression::Deflate(Default::default()), Compression::Packbits]
    {
        let file = foreign_tiff::<colortype::Gray16>(13, 8, compression, Predictor::None, &grey);
        assert_eq!(grey_of(&file), (grey.clone(), 65_535, vec![]));
    }
    let file = foreign_tiff::<colortype::Gray16>(13, 8, Compression::Lzw, Predictor::Horizontal, &grey);
    assert_eq!(grey_of(&file).0, grey);

    let colour: Vec<u8> = (0..13 * 8).flat_map(|n| [n as u8, n as u8, n as u8]).collect();
    let expected: Vec<u16> = (0..13 * 8).collect();
    let file = foreign_tiff::<colortype::RGB8>(13, 8, Compression::Lzw, Predictor::Horizontal, &colour);
    assert_eq!(grey_of(&file), (expected.clone(), 255, vec![]));
    let colour: Vec<u16> = (0..13 * 8).flat_map(|n| [n, n, n, 65_535]).collect();
    let file = foreign_tiff::<colortype::RGBA16>(13, 8, Compression::Uncompressed, Predictor::None, &colour);
    assert_eq!(grey_of(&file), (expected, 65_535, vec![]));
    let floats = vec![0.5_f32; 4];
    let file = foreign_tiff::<colortype::Gray32Float>(2, 2, Compression::Uncompressed, Predictor::None, &floats);
    let error = decode(&file, &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), pellucid_core::ErrorKind::Unsupported);
}

/// A big-endian TIFF by hand: tiles of 16 x 16 around 20 x 18 pixels, white is 0.
#[test]
fn tiff_of_tiles_inverted_and_big_endian() {
    let pixel = |x: usize, y: usize| (x * 1_000 + y) as u16;
    let mut file = b"MM\0*\0\0\0\0".to_vec();
    let mut offsets = Vec::new();
    for (tile_x, tile_y) in [(0, 0), (16, 0), (0, 16), (16, 16)] {
        offsets.push(file.len() as u32);
        for y in 0..16 {
            for x in 0..16 {
                file.extend((65_535 - pixel(tile_x + x, tile_y + y)).to_be_bytes());
            }
        }
    }
    let list = |file: &mut Vec<u8>, values: [u32; 4]| {
        let at = file.len() as u32;
        values.iter().for_each(|value| file.extend(value.to_be_bytes()));
        at
    };
    let offsets_at = list(&mut file, [offsets[0], offsets[1], offsets[2], offsets[3]]);
    let lengths_at = list(&mut file, [512; 4]);
    let directory_at = file.len() as u32;
    let fields = [
        (256_u16, 4_u16, 1_u32, 20),
        (257, 4, 1, 18),
        (258, 3, 1, 16 << 16),
        (262, 3, 1, 0),
        (322, 3, 1, 16 << 16),
        (323, 3, 1, 16 << 16),
        (324, 4, 4, offsets_at),
        (325, 4, 4, lengths_at),
    ];
    file.extend((fields.len() as u16).to_be_bytes());
    for (tag, kind, count, value) in fields {
        file.extend(tag.to_be_bytes());
        file.extend(kind.to_be_bytes());
        file.extend(count.to_be_bytes());
        file.extend(value.to_be_bytes());
    }
    file.extend([0; 4]);
    file[4..8].copy_from_slice(&directory_at.to_be_bytes());
    let expected: Vec<u16> = (0..18).flat_map(|y| (0..20).map(move |x| pixel(x, y))).collect();
    assert_eq!(grey_of(&file), (expected, 65_535, vec![]));
}

#[test]
fn jpeg_of_one_and_three_components() {
    let grey: Vec<u8> = (0..40 * 24).map(|n| (n % 40 * 6) as u8).collect();
    let (counts, max_value, warnings) = grey_of(&jpeg(40, 24, false, &grey));
    assert_eq!((max_value, warnings), (255, vec![]));
    let worst = counts.iter().zip(&grey).map(|(a, b)| a.abs_diff(u16::from(*b))).max();
    assert!(worst <= Some(8), "{worst:?}");

    let colour: Vec<u8> = grey.iter().flat_map(|v| [*v; 3]).collect();
    let (counts, _, warnings) = grey_of(&jpeg(40, 24, true, &colour));
    assert_eq!(warnings, []);
    let worst = counts.iter().zip(&grey).map(|(a, b)| a.abs_diff(u16::from(*b))).max();
    assert!(worst <= Some(8), "{worst:?}");

    let red: Vec<u8> = [200, 20, 20].repeat(40 * 24);
    let (counts, _, warnings) = grey_of(&jpeg(40, 24, true, &red));
    assert_eq!(warnings, [ScanWarning::Coloured { pixels: 960, of: 960 }]);
    assert!(counts[0].abs_diff(74) <= 2, "{}", counts[0]);
}

#[test]
fn jpeg_2000_of_another_writer_comes_back_exactly() {
    let is_bright = |x: u16, y: u16| (10..20).contains(&x) && (10..14).contains(&y);
    let pixel = |x: u16, y: u16| if is_bright(x, y) { 65_535 } else { 1_500 * x + 100 * y };
    let expected: Vec<u16> = (0..33).flat_map(|y| (0..40).map(move |x| pixel(x, y))).collect();
    let file = jp2();
    let stream = file.windows(4).position(|window| window == [0xFF, 0x4F, 0xFF, 0x51]).unwrap();
    for file in [&file[..], &file[stream..]] {
        assert_eq!(grey_of(file), (expected.clone(), 65_535, vec![]));
    }
    let refused = |at: usize, value: &[u8], text: &str| {
        let mut file = file[stream..].to_vec();
        file[at..at + value.len()].copy_from_slice(value);
        let error = decode(&file, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused(8, &[0, 3, 0, 0], "JPEG 2000: width is 196608, more than the limit of 131072");
    let large = [[0, 1, 0, 0], [0, 0, 8, 0]].concat();
    refused(8, &large, "JPEG 2000: tiles is 103257, more than the limit of 4096");
    refused(8, &[&large[..], &[0; 8], &large].concat(), "JPEG 2000: picture needs 131072 bytes");
    refused(24, &[0, 0, 0, 0], "JPEG 2000: tile: width is malformed: it is 0");
    refused(40, &[0, 2], "JPEG 2000: components 2 is not supported");
    refused(42, &[0x8F], "signed or more than 16 bits");
    refused(43, &[2], "JPEG 2000: subsampling 2 x 1 is not supported");
    for len in 0..file.len() - 2 {
        assert!(decode(&file[..len], &Limits::default()).is_err(), "cut to {len}");
    }
}

#[test]
fn pages_beyond_the_first_are_reported() {
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut file).unwrap();
    for _ in 0..3 {
        encoder.write_image::<colortype::Gray8>(2, 1, &[5, 6]).unwrap();
    }
    assert_eq!(grey_of(&file.into_inner()), (vec![5, 6], 255, vec![ScanWarning::PagesIgnored { pages: 2 }]));
}

#[test]
fn every_real_scan_decodes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real_scans");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: no shared data");
        return;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jpg"));
    paths.sort();
    assert_eq!(paths.len(), 57);
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let (counts, max_value, warnings) = grey_of(&bytes);
        let brightest = counts.iter().max();
        assert!(max_value == 255 && brightest > Some(&200), "{}: {brightest:?}", path.display());
        for warning in warnings {
            println!("{}: {warning}", path.display());
        }
    }
}
