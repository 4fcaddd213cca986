//! Files that lie, and files that were damaged: a typed error that names the field, never a panic.

use crate::sample::*;
use pellucid_core::{ErrorKind, RawScan};
use pellucid_scan::*;

fn scan() -> RawScan {
    dual_scan(12, 10)
}

fn refused(file: &[u8], expected: &str) {
    let error = decode(file, &Limits::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(expected), "expected {expected:?}, got {text:?}");
}

/// A file of the profile whose description was rewritten after encoding; text of equal length only.
fn lie(from: &str, to: &str) -> Vec<u8> {
    replaced(&encode_tiff(&scan()).unwrap(), from.as_bytes(), to.as_bytes())
}

#[test]
fn a_description_that_lies_is_refused_by_field() {
    refused(&lie("\"page\":1", "\"page\":9"), "views[0].bands[1].page is 9, expected less than 6");
    refused(&lie("\"page\":1", "\"page\":0"), "views[0].bands[1].page is 0, expected a page of its own");
    refused(&lie("\"page\":1", "\"page\":4"), "views[0].bands[1].page: size is 10 x 1, expected 12 x 10");
    refused(
        &lie("\"dark_page\":2", "\"dark_page\":1"),
        "views[0].bands[0].dark_page: size is 12 x 10, expected 10 x 1",
    );
    refused(&lie("\"dark_page\":2", "\"dark_pagf\":2"), "views[0].bands[0].dark_page is malformed: it is missing");
    refused(&lie("\"air_page\":5", "\"bir_page\":5"), "views[0].bands[1].air_page is malformed: it is missing");
    refused(&lie("\"low\"", "\"mid\""), "views[0].bands is high, mid, expected high, low for grade dual_energy_raw");
    refused(&lie("\"dual_energy_raw\"", "\"processed\"      "), "expected grey for grade processed");
    refused(&lie("\"dual_energy_raw\"", "\"dual_energy_rbw\""), "does not follow profile pellucid-scan/1");
    refused(&lie("{\"profile\"", "[\"profile\""), "does not follow profile");
    refused(&lie("\"profile\"", "\"profilf\""), "does not follow profile");
    refused(&lie("pellucid-scan/1", "pellucid-scan/2"), "profile pellucid-scan/2 is not supported");
    refused(&lie("\"endpoint_mev\":6.0", "\"endpoint_mev\":-60"), "endpoint_mev is -60, expected more than 0");
    let apart = |offset: f64| {
        let mut scan = scan();
        scan.views[0].bands[1].column_offset = Some(offset);
        encode_tiff(&scan).unwrap()
    };
    assert!(decode(&apart(-3.5), &Limits::default()).is_ok());
    for (lie, value) in [("-9.5", "-9.5"), ("1e99", "1000"), ("-4.1", "-4.1")] {
        let file = replaced(&apart(-3.5), b"\"column_offset\":-3.5", format!("\"column_offset\":{lie}").as_bytes());
        refused(&file, &format!("views[0].bands[1].column_offset is {value}"));
        refused(&file, "expected -4 to 4 columns");
    }
    let no_number = replaced(&apart(-3.5), b"\"column_offset\":-3.5", b"\"column_offset\":\"ab\"");
    refused(&no_number, "does not follow profile");
    refused(&lie("\"views\":[{\"name\"", "\"view\":[{\"names\""), "does not follow profile");
    refused(&replaced(&encode_tiff(&scan()).unwrap(), b"\"grade\"", b"\"gr\xFFde\""), "description is malformed");
    refused(&lie("pellucid-scan/1", "pellucid_scan/1"), "our codes without a description of our profile");
}

#[test]
fn survivable_lies_are_warnings_and_nothing_is_guessed() {
    let warned = |file: &[u8]| decode(file, &Limits::default()).unwrap();
    let back = warned(&lie("\"column_pitch_mm\"", "\"column_pitch_nm\""));
    assert_eq!(back.scan.views[0].geometry, None);
    assert_eq!(
        back.warnings,
        [ScanWarning::GeometryIgnored { view: 0, reason: "column_pitch_mm is missing".to_owned() }]
    );
    let back = warned(&lie("\"pitch_mm\":4.6", "\"pitch_mm\":-46"));
    assert!(matches!(back.warnings.as_slice(), [ScanWarning::GeometryIgnored { .. }]), "{:?}", back.warnings);
    let back = warned(&lie("\"dose_rows\":[0,4]", "\"dose_rows\":[9,4]"));
    assert_eq!(back.scan.views[0].dose_rows, [0, 0]);
    assert_eq!(back.warnings, [ScanWarning::DoseRowsIgnored { view: 0, rows: [9, 4], height: 10 }]);
    let back = warned(&lie("\"confidence\":0.97", "\"confidence\":9.70"));
    assert_eq!((back.scan.containers_read.len(), back.warnings.len()), (0, 1));
    let back = warned(&lie("\"geometry\":{", "\"geometrx\":{"));
    assert_eq!((back.scan.views[0].geometry.is_none(), back.warnings.len()), (true, 0));

    let mut short = scan();
    let geometry = short.views[0].geometry.as_mut().unwrap();
    geometry.detectors = vec![pellucid_core::DetectorPosition { distance_mm: 1.0, height_mm: 2.0 }; 10];
    let file = replaced(&encode_tiff(&short).unwrap(), b"{\"distance_mm\":1.0,\"height_mm\":2.0},", &[b' '; 36]);
    let reason = "it has 9 detectors for 10 rows".to_owned();
    assert_eq!(warned(&file).warnings, [ScanWarning::GeometryIgnored { view: 0, reason }]);

    let mut eight_bits = scan();
    eight_bits.views[0].bands[0].max_value = 255;
    let pixels = eight_bits.views[0].bands[0].counts.pixels().iter().filter(|v| **v > 255).count() as u64;
    let back = warned(&encode_tiff(&eight_bits).unwrap());
    assert_eq!(back.warnings, [ScanWarning::CountsAboveMaximum { view: 0, band: "high", pixels }]);
}

/// Offset of the directory of a page, and of the value of one of its tags.
fn tag_at(file: &[u8], page: usize, tag: u16) -> (usize, usize) {
    let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let fields_at = |at: usize| usize::from(u16::from_le_bytes([file[at], file[at + 1]]));
    let directory = (0..page).fold(u32_at(4), |at, _| u32_at(at + 2 + 12 * fields_at(at)));
    let entry = (0..fields_at(directory))
        .map(|field| directory + 2 + 12 * field)
        .find(|at| file[*at..*at + 2] == tag.to_le_bytes());
    (directory, entry.expect("tag") + 8)
}

fn with_tag(page: usize, tag: u16, value: u32) -> Vec<u8> {
    let mut file = encode_tiff_with(&scan(), Codec::Rice).unwrap();
    let (_, at) = tag_at(&file, page, tag);
    file[at..at + 4].copy_from_slice(&value.to_le_bytes());
    file
}

#[test]
fn a_tiff_structure_that_lies_is_refused_by_field() {
    refused(&with_tag(0, 256, 0), "page 0: width is malformed: it is 0");
    refused(&with_tag(0, 256, 131_073), "page 0: width is 131073, more than the limit of 131072");
    refused(&with_tag(0, 257, u32::MAX), "page 0: height is 4294967295, more than the limit of 131072");
    refused(&with_tag(0, 256, 13), "views[0].bands[1].page: size is 12 x 10, expected 13 x 10");
    refused(&with_tag(2, 256, 9), "views[0].bands[0].dark_page: size is 9 x 1, expected 10 x 1");
    refused(&with_tag(0, 258, 12), "page 0: sample format 1 of 12 bits is not supported");
    refused(&with_tag(0, 258, 8), "our codes outside strips of 16-bit counts");
    refused(&with_tag(0, 259, 7), "page 0: compression 7 is not supported");
    refused(&with_tag(0, 259, 1), "page 0: chunk 0 needs 240 bytes");
    refused(&with_tag(0, 259, 8), "page 0: chunk 0 is damaged");
    refused(&with_tag(0, 277, 3), "our codes outside strips");
    refused(&with_tag(0, 277, 5), "page 0: samples per pixel 5 is not supported");
    refused(&with_tag(0, 278, 0), "page 0: strip: height is malformed: it is 0");
    refused(&with_tag(0, 278, 1), "page 0: chunk offsets is 1, expected 10");
    refused(&with_tag(0, 273, 900_000), "page 0: chunk 0 needs");
    refused(&with_tag(0, 279, u32::MAX), "page 0: chunk 0 needs");
    refused(&with_tag(0, 279, 3), "page 0: chunk 0 needs 15 bytes, 3 are there");
    refused(&with_tag(0, 317, 2), "our codes outside strips");
    refused(&with_tag(0, 317, 4), "page 0: predictor 4 is not supported");
    refused(&with_tag(0, 270, u32::MAX), "page 0: tag 270 needs");
}

#[test]
fn cycles_and_endless_lists_of_pages_are_refused() {
    let mut file = encode_tiff(&scan()).unwrap();
    let (first, _) = tag_at(&file, 0, 256);
    let (third, _) = tag_at(&file, 2, 256);
    let link = third + 2 + 12 * usize::from(u16::from_le_bytes([file[third], file[third + 1]]));
    file[link..link + 4].copy_from_slice(&(first as u32).to_le_bytes());
    refused(&file, "TIFF pages is malformed: the list returns to byte");

    let limits = Limits { max_pages: 5, ..Limits::default() };
    let error = decode(&encode_tiff(&scan()).unwrap(), &limits).unwrap_err();
    assert!(matches!(error, ScanError::TooLarge { value: 6, limit: 5, .. }), "{error}");
    refused(b"II*\0\0\0\0\0", "TIFF pages is malformed: there are none");
    refused(b"II,\0\x08\0\0\0\0\0\0\0", "unknown format");
    refused(b"II*\0\xff\xff\xff\xff", "page 0: directory needs 4294967297 bytes, 8 are there");
}

#[test]
fn limits_hold_over_all_pages_together() {
    let file = encode_tiff(&scan()).unwrap();
    let all = 2 * (12 * 10 + 10 + 10);
    assert!(decode(&file, &Limits { max_pixels: all, ..Limits::default() }).is_ok());
    let error = decode(&file, &Limits { max_pixels: all - 1, ..Limits::default() }).unwrap_err();
    assert!(matches!(error, ScanError::TooLarge { value, limit, .. } if value == all && limit == all - 1), "{error}");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let error = decode(&file, &Limits { max_side: 11, ..Limits::default() }).unwrap_err();
    assert!(matches!(error, ScanError::TooLarge { value: 12, limit: 11, .. }), "{error}");
}

#[test]
fn lying_pictures_are_refused_before_memory_is_taken() {
    // 100,000 x 100,000 in a few bytes: over the limit of pixels.
    let mut png = png_gray8(4, 4, &[7; 16]).unwrap();
    png[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
    let checksum = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);
    refused(&png, "PNG: pixels is 10000000000, more than the limit of 400000000");
    // Within the limit of pixels, but no deflate stream of this length can hold them.
    png[20..24].copy_from_slice(&4_000_u32.to_be_bytes());
    let checksum = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);
    refused(&png, "PNG needs 387597 bytes");

    let mut jpeg = jpeg(16, 16, false, &[9; 256]);
    let frame = jpeg.windows(2).position(|window| window == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
    refused(&jpeg, "JPEG: pixels is 4294836225, more than the limit of 400000000");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    refused(&jpeg, "JPEG needs 131072 bytes");
    let wide = Limits { max_working_bytes: 1_000, ..Limits::default() };
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0, 16, 0, 16]);
    let error = decode(&jpeg, &wide).unwrap_err();
    assert!(matches!(error, ScanError::TooLarge { limit: 1_000, .. }), "{error}");
}

fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

#[test]
fn every_truncation_is_refused() {
    let files = [
        encode_tiff(&scan()).unwrap(),
        encode_tiff_with(&scan(), Codec::Rice).unwrap(),
        encode_tiff_with(&scan(), Codec::Deflate).unwrap(),
        png_gray16(9, 7, &[1_000; 63]).unwrap(),
        jpeg(24, 16, false, &(0..384).map(|n| n as u8).collect::<Vec<_>>()),
    ];
    for (kind, file) in files.iter().enumerate() {
        assert!(decode(file, &Limits::default()).is_ok());
        // The last bytes are end marks and padding that say nothing about pixels.
        for len in 0..file.len() - 4 {
            assert!(decode(&file[..len], &Limits::default()).is_err(), "file {kind} cut to {len} of {}", file.len());
        }
    }
}

/// 20 × 4 pixels whose sampling factors led the transform of zune-jpeg 0.5.15 past its frame, where it panicked on AVX2 (found
/// by the fuzz target `jpeg`).
#[test]
fn a_decoder_that_gives_up_is_an_error() {
    let bytes = include_bytes!("odd_sampling.jpg");
    match pellucid_scan::decode(bytes, &Limits::default()) {
        Ok(decoded) => assert_eq!(decoded.scan.views[0].size(), (20, 4)),
        Err(error) => assert!(error.to_string().contains("JPEG"), "{error}"),
    }
}
