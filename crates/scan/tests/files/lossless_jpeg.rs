//! Lossless JPEG, bare and inside DICOM: every form of it comes back, another library agrees, and damage is refused.

use crate::jpeg_by_hand::{Coding, PLAIN};
use crate::sample::*;
use pellucid_core::Grade;
use pellucid_scan::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn codings() -> impl Strategy<Value = Coding> {
    (2_u32..=16, 1_u8..=7, 0_u32..4, 0_usize..4, any::<bool>()).prop_map(
        |(precision, predictor, transform, rows_per_restart, has_long_codes)| Coding {
            precision,
            predictor,
            transform: transform.min(precision - 1),
            rows_per_restart,
            has_long_codes,
        },
    )
}

/// Samples of so many bits: noise of all of them, or a slope with a little.
fn samples(len: usize, precision: u32, seed: u64) -> Vec<u16> {
    let mut noise = Noise(seed);
    let most = u32::from(u16::MAX >> (16 - precision));
    let is_wild = noise.below(2) == 0;
    let mut sample = |n: usize| {
        let value = if is_wild { noise.next() } else { (most / 2).saturating_add(n as u32 % 90 + noise.next() % 3) };
        (if is_wild { value & most } else { value.min(most) }) as u16
    };
    (0..len).map(&mut sample).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn every_form_comes_back(coding in codings(), width in 1_usize..60, height in 1_usize..20, seed in any::<u64>()) {
        let samples = samples(width * height, coding.precision, seed);
        let file = coding.encode(width, height, &samples);
        let Decoded { scan, warnings } = decode(&file, &Limits::default()).unwrap();
        let expected: Vec<u16> = samples.iter().map(|v| v >> coding.transform << coding.transform).collect();
        let band = &scan.views[0].bands[0];
        prop_assert_eq!(band.counts.pixels(), &expected[..]);
        prop_assert_eq!((scan.grade, band.max_value), (Grade::Processed, u16::MAX >> (16 - coding.precision)));
        prop_assert_eq!(warnings, vec![]);
    }

    #[test]
    fn damage_is_refused_or_read_and_every_cut_refused(coding in codings(), seed in any::<u64>()) {
        let mut noise = Noise(seed);
        let file = coding.encode(20, 9, &samples(180, coding.precision, seed));
        let limits = Limits { max_pixels: 1 << 16, ..Limits::default() };
        // What is behind the last code says nothing.
        let cut = noise.below(file.len() - 4);
        prop_assert!(decode(&file[..cut], &limits).is_err(), "cut to {} of {}", cut, file.len());
        let mut damaged = file;
        for _ in 0..1 + noise.below(3) {
            let at = noise.below(damaged.len());
            damaged[at] = noise.next() as u8;
        }
        drop(decode(&damaged, &limits));
    }
}

#[test]
fn another_library_reads_what_is_coded_here() {
    for predictor in 1..=7 {
        for has_long_codes in [false, true] {
            let coding = Coding { predictor, has_long_codes, ..PLAIN };
            let samples = samples(40 * 30, 16, u64::from(predictor));
            let file = coding.encode(40, 30, &samples);
            let theirs = jpeg_decoder::Decoder::new(&file[..]).decode().unwrap();
            let theirs: Vec<u16> = theirs.chunks(2).map(|b| u16::from_ne_bytes([b[0], b[1]])).collect();
            assert_eq!(theirs, samples, "predictor {predictor}");
        }
    }
}

#[test]
fn files_that_lie_are_refused_by_field() {
    let file = Coding { rows_per_restart: 2, ..PLAIN }.encode(20, 9, &samples(180, 16, 3));
    let segment = |code: u8| file.windows(2).position(|pair| pair == [0xFF, code]).unwrap() + 4;
    let refused = |at: usize, value: &[u8], text: &str| {
        let mut file = file.clone();
        file[at..at + value.len()].copy_from_slice(value);
        let error = decode(&file, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    let (frame, table, restart, scan) = (segment(0xC3), segment(0xC4), segment(0xDD), segment(0xDA));
    refused(frame, &[17], "lossless JPEG: samples of bits 17 is not supported");
    refused(frame, &[1], "lossless JPEG: samples of bits 1 is not supported");
    refused(frame + 1, &[0, 0], "lossless JPEG: height is malformed: it is 0");
    refused(frame + 1, &[0xFF, 0xFF, 0xFF, 0xFC], "pixels is 4294639620, more than the limit of 400000000");
    refused(frame + 1, &[0x20, 0, 0, 20], "lossless JPEG: codes needs 20480 bytes");
    refused(frame + 5, &[3], "lossless JPEG: components 3 is not supported");
    refused(table, &[0x40], "lossless JPEG: table is malformed: its class or number is too large");
    refused(table, &[1], "lossless JPEG: table is malformed: 0 is missing");
    refused(table + 1, &[3], "lossless JPEG: table is malformed");
    refused(table + 17, &[17], "lossless JPEG: table is malformed: it has values above 16");
    refused(restart, &[0, 41], "lossless JPEG: restart interval is 41, expected whole rows of 20");
    refused(restart, &[0, 60], "lossless JPEG");
    refused(scan, &[2], "lossless JPEG: scan is malformed: it is not of one component");
    refused(scan + 1, &[2], "lossless JPEG: scan: component is 2, expected 1");
    refused(scan + 3, &[0], "lossless JPEG: predictor 0 is not supported");
    refused(scan + 3, &[8], "lossless JPEG: predictor 8 is not supported");
    refused(scan + 5, &[15], "lossless JPEG: ");
    refused(segment(0xD0) - 3, &[0xD3], "lossless JPEG: restart marker is d3, expected d0");
    let long = [&file[..2], &b"\xff\xe1\x00\x02".repeat(1_001), &file[2..]].concat();
    let error = decode(&long, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("JPEG"), "{error}");
    // Of several tables in one place the last one counts, and only what is used has to be right.
    let wrong = b"\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x63";
    let replaced = [&file[..2], wrong, &file[2..]].concat();
    assert_eq!(decode(&replaced, &Limits::default()).unwrap(), decode(&file, &Limits::default()).unwrap());
    let mut last = file.clone();
    drop(last.splice(frame - 4..frame - 4, *wrong));
    let error = decode(&last, &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("table is malformed: it has values above 16"), "{error}");
}
