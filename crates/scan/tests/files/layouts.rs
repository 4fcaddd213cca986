//! BigTIFF, planes and tiles: every layout of the same counts gives the same scan, and those that lie are refused.

use crate::sample::*;
use crate::tiff_by_hand::{CHUNKY, Layout, Samples};
use pellucid_core::{ErrorKind, Grade, RawScan};
use pellucid_scan::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Both bands, their dark and their air, each pair as the two samples of one page.
fn pair(scan: &RawScan, layout: Layout) -> Vec<u8> {
    let [high, low] = scan.views[0].bands.as_slice() else { panic!("two bands") };
    let (width, height) = (high.counts.width(), high.counts.height());
    layout.write(&[
        Samples { width, height, planes: vec![high.counts.pixels(), low.counts.pixels()] },
        Samples { width: height, height: 1, planes: vec![&high.dark, &low.dark] },
        Samples { width: height, height: 1, planes: vec![&high.air, &low.air] },
    ])
}

fn described(file: &[u8]) -> Result<Decoded, ScanError> {
    let json = br#"{"profile": "pellucid-scan/1", "grade": "dual_energy_raw", "files": ["pair.tif"], "views": [
        {"name": "side", "bands": [{"name": "high", "page": 0, "dark_page": 2, "air_page": 4},
                                   {"name": "low", "page": 1, "dark_page": 3, "air_page": 5}]}]}"#;
    let entries = [("scan.json", &json[..]), ("pair.tif", file)].map(|(name, bytes)| NamedEntry { name, bytes });
    decode_folder(&entries, &Limits::default(), &mut VecSink)
}

fn layouts() -> impl Strategy<Value = Layout> {
    let tile = prop_oneof![(1_usize..9).prop_map(|rows| [0, rows]), Just([16, 16]), Just([32, 16]), Just([16, 48])];
    (any::<[bool; 5]>(), tile).prop_map(|(flags, tile)| Layout {
        is_big_endian: flags[0],
        is_big_tiff: flags[1],
        is_planar: flags[2],
        is_deflated: flags[3],
        has_predictor: flags[4],
        tile,
        extra_samples: Some(0),
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn a_pair_comes_back_from_any_layout(layout in layouts(), width in 1_usize..70, height in 1_usize..40) {
        let scan = dual_scan(width, height);
        let file = pair(&scan, layout);
        let back = described(&file).unwrap();
        for (found, expected) in back.scan.views[0].bands.iter().zip(&scan.views[0].bands) {
            prop_assert_eq!(&found.counts, &expected.counts);
            prop_assert_eq!((&found.dark, &found.air), (&expected.dark, &expected.air));
        }
        prop_assert_eq!(back.warnings, vec![]);

        // Alone, without dark and air, it is a picture of its first band.
        let alone = decode(&file, &Limits::default()).unwrap();
        prop_assert_eq!(alone.scan.grade, Grade::Processed);
        prop_assert_eq!(&alone.scan.views[0].bands[0].counts, &scan.views[0].bands[0].counts);
        prop_assert_eq!(alone.warnings, vec![ScanWarning::BandIgnored, ScanWarning::PagesIgnored { pages: 2 }]);
    }

    #[test]
    fn damaged_layouts_are_refused_or_read_but_never_more(layout in layouts(), seed in any::<u64>()) {
        let (mut noise, mut file) = (Noise(seed), pair(&dual_scan(20, 10), layout));
        for _ in 0..1 + noise.below(3) {
            let at = noise.below(file.len());
            match noise.below(3) {
                0 => file[at] ^= 1 << noise.below(8),
                1 => file[at..].iter_mut().take(8).for_each(|byte| *byte = 0xFF),
                _ => file.truncate(at.max(1)),
            }
        }
        let limits = Limits { max_pixels: 1 << 16, ..Limits::default() };
        if let Ok(Decoded { scan, .. }) = decode(&file, &limits) {
            prop_assert!(scan.views[0].bands[0].counts.pixels().len() <= 1 << 16);
        }
        drop(described(&file));
    }
}

#[test]
fn our_own_profile_and_colour_may_lie_in_planes_and_in_big_files() {
    let grey: Vec<u16> = (0..20 * 9).map(|n| n * 300).collect();
    let page = || Samples { width: 20, height: 9, planes: vec![&grey] };
    for is_planar in [false, true] {
        let layout = Layout { is_big_tiff: true, is_planar, ..CHUNKY };
        let file = layout.write(&[page()]);
        let Decoded { scan, warnings } = decode(&file, &Limits::default()).unwrap();
        assert_eq!((scan.views[0].bands[0].counts.pixels(), warnings), (&grey[..], vec![]));
        let plane = decode_plane_u16(&file, &Limits::default()).unwrap();
        assert_eq!(plane.pixels(), grey);
        // Another library reads what is written by hand here.
        let mut reader = tiff::decoder::Decoder::new(std::io::Cursor::new(&file)).unwrap();
        let tiff::decoder::DecodingResult::U16(theirs) = reader.read_image().unwrap() else { panic!("16 bits") };
        assert_eq!(theirs, grey);
    }
    // Three planes of colour; photometric interpretation is 2.
    let planes = vec![&grey[..], &grey, &grey];
    let mut file = Layout { is_planar: true, ..CHUNKY }.write(&[Samples { width: 20, height: 9, planes }]);
    let at = file.windows(4).position(|field| field == [6, 1, 3, 0]).unwrap();
    file[at + 8] = 2;
    let Decoded { scan, warnings } = decode(&file, &Limits::default()).unwrap();
    assert_eq!((scan.views[0].bands[0].counts.pixels(), warnings), (&grey[..], vec![]));
}

#[test]
fn alpha_is_no_band() {
    let (grey, alpha): (Vec<u16>, Vec<u16>) = ((0..60).map(|n| n * 900).collect(), vec![65_535; 60]);
    for (extra_samples, expected) in [(None, true), (Some(0), true), (Some(1), false), (Some(2), false)] {
        for is_planar in [false, true] {
            let layout = Layout { extra_samples, is_planar, ..CHUNKY };
            let file = layout.write(&[Samples { width: 10, height: 6, planes: vec![&grey, &alpha] }]);
            let Decoded { scan, warnings } = decode(&file, &Limits::default()).unwrap();
            assert_eq!(scan.views[0].bands[0].counts.pixels(), grey, "{extra_samples:?}");
            assert_eq!(warnings == [ScanWarning::BandIgnored], expected, "{extra_samples:?} {warnings:?}");
        }
    }
}

#[test]
fn a_sidecar_names_the_pictures_of_a_file_by_number() {
    let scan = dual_scan(12, 5);
    let file = pair(&scan, Layout { is_planar: true, ..CHUNKY });
    let row = "7 ".repeat(5);
    let sidecar = |high: &str, low: &str| {
        let band = |name: &str, picture: &str| {
            format!(r#"<band energy="{name}" file="a.tif" {picture}><dark>{row}</dark><air>{row}</air></band>"#)
        };
        let xml = format!("<inspection><view>{}{}</view></inspection>", band("high", high), band("low", low));
        let entries =
            [("scan.xml", xml.as_bytes()), ("a.tif", &file)].map(|(name, bytes)| NamedEntry { name, bytes });
        decode_folder(&entries, &Limits::default(), &mut VecSink)
    };
    let back = sidecar("picture=\"0\"", "picture=\"1\"").unwrap();
    assert_eq!(back.scan.views[0].bands[1].counts, scan.views[0].bands[1].counts);
    assert_eq!(back.warnings, []);
    let refused = |high: &str, low: &str, text: &str| {
        let error = sidecar(high, low).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused("", "picture=\"1\"", "file \"a.tif\": pictures is 6, expected 1, or a number of one in the sidecar");
    refused("picture=\"0\"", "picture=\"6\"", "file \"a.tif\": pictures is 6, expected more than 6");
    refused("picture=\"0\"", "picture=\"x\"", "sidecar: band: picture is malformed");
    refused("picture=\"0\"", "picture=\"2\"", "views[0].bands[1].page: size is 5 x 1, expected 12 x 5");
}

#[test]
fn chunks_that_lie_are_refused_by_field() {
    let (samples, second): (Vec<u16>, Vec<u16>) = ((0..60).collect(), vec![3; 60]);
    let write = |layout: Layout| layout.write(&[Samples { width: 10, height: 6, planes: vec![&samples, &second] }]);
    let refused = |file: &[u8], limits: &Limits, text: &str| {
        let error = decode(file, limits).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    let limits = Limits::default();
    refused(
        &write(Layout { tile: [24, 16], ..CHUNKY }),
        &limits,
        "page 0: tile width is 24, expected a multiple of 16",
    );
    refused(
        &write(Layout { tile: [16, 8], ..CHUNKY }),
        &limits,
        "page 0: tile height is 8, expected a multiple of 16",
    );
    // Of many damaged chunks the topmost is named, whichever thread was first.
    let mut file = write(Layout { tile: [0, 1], is_deflated: true, ..CHUNKY });
    let data = u32::from_le_bytes([file[4], file[5], file[6], file[7]]) as usize;
    file[8..data - 100].fill(0xFF);
    refused(&file, &limits, "page 0: chunk 0 is damaged");
}

/// A little-endian BigTIFF of one directory with these fields (tag, type, count, value or offset).
fn big(fields: &[(u16, u16, u64, u64)], next: u64) -> Vec<u8> {
    let mut file = b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec();
    file.extend((fields.len() as u64).to_le_bytes());
    for (tag, kind, count, value) in fields {
        file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    file.extend(next.to_le_bytes());
    file
}

#[test]
fn big_files_that_lie_are_refused_by_field() {
    let refused = |file: &[u8], text: &str| {
        let error = decode(file, &Limits::default()).unwrap_err();
        assert!(error.to_string().contains(text), "expected {text:?}, got {:?}", error.to_string());
        assert!(matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::TooLarge | ErrorKind::Unsupported));
    };
    let good = [(256, 4, 1, 2), (257, 4, 1, 1), (258, 3, 1, 8), (273, 16, 1, 0), (278, 4, 1, 1), (279, 16, 1, 2)];
    assert!(decode(&big(&good, 0), &Limits::default()).is_ok());
    let with = |index: usize, field: (u16, u16, u64, u64)| {
        let mut fields = good;
        fields[index] = field;
        big(&fields, 0)
    };
    // Lists that return, and lead out of the file, at once and at the end of what 64 bits can say.
    refused(&big(&good, 16), "TIFF pages is malformed: the list returns to byte 16");
    refused(&big(&good, 17), "page 2: directory needs 16778249 bytes, 152 are there");
    refused(&big(&good, u64::MAX), "page 1: directory needs 18446744073709551615 bytes");
    refused(&big(&good, u64::MAX - 7), "page 1: directory needs 18446744073709551615 bytes");
    // Numbers of values whose bytes, and offsets whose ends, are beyond 64 bits.
    refused(&with(3, (273, 16, u64::MAX, 8)), "page 0: tag 273 needs 18446744073709551615 bytes");
    refused(&with(3, (273, 16, 1 << 61, 8)), "page 0: tag 273 needs 18446744073709551615 bytes");
    refused(&with(3, (273, 16, 2, u64::MAX - 3)), "page 0: tag 273 needs 18446744073709551615 bytes");
    refused(&with(3, (273, 16, 1, u64::MAX)), "page 0: chunk 0 needs 18446744073709551615 bytes");
    refused(&with(5, (279, 16, 1, u64::MAX)), "page 0: chunk 0 needs 18446744073709551615 bytes");
    refused(
        &with(0, (256, 16, 1, u64::MAX)),
        "page 0: tag 256 is 18446744073709551615, more than the limit of 4294967295",
    );
    refused(&with(0, (256, 16, 1, 1 << 32)), "page 0: tag 256 is 4294967296, more than the limit of 4294967295");
    refused(&with(2, (258, 16, 1, 1 << 40)), "page 0: tag 258 is 1099511627776, more than the limit");
    refused(&with(2, (258, 3, 2, 8)), "page 0: values of tag 258 is 2, expected 1 to 1");
    refused(&with(2, (258, 3, 0, 8)), "page 0: values of tag 258 is 0, expected 1 to 1");
    refused(&with(2, (258, 12, 1, 8)), "page 0: tag 258: type 12 is not supported");
    let mut fields = big(&good, 0);
    fields[16..24].copy_from_slice(&u64::MAX.to_le_bytes());
    refused(&fields, "page 0: fields is 18446744073709551615, more than the limit of 4096");
    // Headers.
    refused(b"II+\0\x08\0\0\0\0\0\0\0", "TIFF header needs 16 bytes, 12 are there");
    refused(b"II+\0\x04\0\0\0\x10\0\0\0\0\0\0\0", "BigTIFF bytes of an offset is 4, expected 8");
    refused(b"II+\0\x08\0\x01\0\x10\0\0\0\0\0\0\0", "BigTIFF bytes of an offset");
    refused(b"II+\0\x08\0\0\0\0\0\0\0\0\0\0\0", "TIFF pages is malformed: there are none");
    // Numbers of 64 bits are none of the classic layout.
    let classic = Layout { is_planar: true, ..CHUNKY };
    let (first, second) = (vec![1; 60], vec![2; 60]);
    let file = classic.write(&[Samples { width: 10, height: 6, planes: vec![&first, &second] }]);
    let field_at = |tag: u16| {
        let start = file.len() - 4 - 12 * 12;
        (0..12).map(|n| start + 12 * n).find(|at| file[*at..*at + 2] == tag.to_le_bytes()).unwrap()
    };
    let changed = |tag: u16, at: usize, value: u8| {
        let mut file = file.clone();
        file[field_at(tag) + at] = value;
        file
    };
    assert!(decode(&file, &Limits::default()).is_ok());
    refused(&changed(273, 2, 16), "page 0: tag 273: type 16 is not supported");
    // Planes that are not there.
    refused(&changed(284, 8, 3), "page 0: planar configuration 3 is not supported");
    refused(&changed(284, 8, 1), "page 0: chunk offsets is 4, expected 2");
    refused(&changed(273, 4, 3), "page 0: chunk offsets is 3, expected 4");
    for len in 0..file.len() - 4 {
        assert!(decode(&file[..len], &Limits::default()).is_err(), "cut to {len}");
    }
}
