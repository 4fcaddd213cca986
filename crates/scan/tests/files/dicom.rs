//! DICOM and DICOS: what is written comes back, foreign files become pictures, and others can read ours.

use std::path::Path;
use std::process::Command;

use crate::dicom_by_hand::{Elements, by_hand, compressed, fragments, runs};
use crate::jpeg_by_hand::{Coding, PLAIN};
use crate::sample::*;
use pellucid_core::{Grade, RawScan};
use pellucid_scan::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const KINDS: [DicomKind; 2] = [DicomKind::Dicom, DicomKind::Dicos];

fn bands(scan: &RawScan) -> usize {
    scan.views.iter().map(|view| view.bands.len()).sum()
}

fn joined(files: &[Vec<u8>]) -> Result<Decoded, ScanError> {
    let names: Vec<_> = (0..files.len()).map(|n| format!("{n}.dcm")).collect();
    let entries: Vec<_> = names.iter().zip(files).map(|(name, bytes)| NamedEntry { name, bytes }).collect();
    decode_folder(&entries, &Limits::default(), &mut VecSink)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn any_scan_comes_back(seed in any::<u64>()) {
        let scan = random_scan(seed);
        for kind in KINDS {
            let mut files: Vec<_> = (0..bands(&scan)).map(|page| encode_dicom(&scan, page, kind).unwrap()).collect();
            prop_assert_eq!(&encode_dicom(&scan, 0, kind).unwrap(), &files[0]);
            // The order of files says nothing.
            files.reverse();
            let back = joined(&files).unwrap();
            prop_assert_eq!(&back.scan, &scan, "{:?}", kind);
            prop_assert_eq!(back.warnings, vec![]);
        }
    }
}

#[test]
fn foreign_files_become_pictures_with_what_they_say() {
    // Leading zeros in UIDs are wrong and common.
    for syntax in ["1.2.840.10008.1.2.1", "1.2.840.10008.1.02.01", "1.2.840.10008.1.2", "1.2.840.010008.1.2"] {
        let Decoded { scan, warnings } = decode(&by_hand(syntax, |_| {}), &Limits::default()).unwrap();
        assert_eq!((scan.grade, warnings), (Grade::Processed, vec![]), "{syntax}");
        let band = &scan.views[0].bands[0];
        assert_eq!((band.counts.pixels(), band.max_value), (&[0, 1, 4_095, 7, 8, 9][..], 4_095));
        assert_eq!(band.endpoint_mev, Some(6.0));
        assert_eq!(scan.acquired_at.as_deref(), Some("2026-02-03T04:05:06.5+08:00"));
        assert_eq!(scan.scanner.vendor, "maker");
        assert_eq!(scan.scanner.calibration_date.as_deref(), Some("2026-01-05"));
        assert_eq!((scan.site.as_deref(), scan.containers_read[0].id.as_str()), (Some("site"), "CSQU3054383"));
    }
    let inverted = by_hand("1.2.840.10008.1.2.1", |elements| elements[8].2 = b"MONOCHROME1 ".to_vec());
    let scan = decode(&inverted, &Limits::default()).unwrap().scan;
    assert_eq!(scan.views[0].bands[0].counts.pixels(), [4_095, 4_094, 0, 4_088, 4_087, 4_086]);
}

#[test]
fn only_moments_that_exist_are_taken() {
    let acquired = |stamp: &str| {
        let file = by_hand("1.2.840.10008.1.2.1", |elements| elements[1].2 = stamp.as_bytes().to_vec());
        decode(&file, &Limits::default()).unwrap().scan.acquired_at
    };
    assert_eq!(acquired("20161231235960-0330 ").as_deref(), Some("2016-12-31T23:59:60-03:30"));
    for stamp in [
        "20260203040506",
        "20261303040506+0800 ",
        "20260200040506+0800 ",
        "20260203240506+0800 ",
        "20260203046006+0800 ",
        "20260203040561+0800 ",
        "20260203040506+2400 ",
        "20260203040506+0860 ",
        "20260203040506+08000",
        "2026020304050+0800",
        "+0800 ",
        "港港港港港+0800 ",
    ] {
        assert_eq!(acquired(stamp), None, "{stamp}");
    }
    let calibrated = by_hand("1.2.840.10008.1.2.1", |elements| elements[6].2 = b"20261305".to_vec());
    assert_eq!(decode(&calibrated, &Limits::default()).unwrap().scan.scanner.calibration_date, None);
}

#[test]
fn what_cannot_be_read_is_refused_by_field() {
    let refused = |change: fn(&mut Elements), text: &str| {
        let error = decode(&by_hand("1.2.840.10008.1.2.1", change), &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused(|e| e[9].2 = vec![0, 0], "DICOM: height is malformed: it is 0");
    refused(|e| e[9].2 = vec![3, 0], "DICOM element (7fe0,0010) needs 18 bytes, 12 are there");
    refused(|e| e[9].2 = vec![1, 0], "(7fe0,0010): bytes is 12, expected 6");
    refused(|e| e[9].2 = vec![3], "(0028,0010): bytes is 1, expected 2");
    refused(|e| e[7].2 = vec![3, 0], "samples per pixel 3 is not supported");
    refused(|e| e[8].2 = b"RGB ".to_vec(), "photometric interpretation RGB is not supported");
    refused(|e| e[11].2 = vec![32, 0], "bits allocated 32 is not supported");
    refused(|e| e[12].2 = vec![17, 0], "bits stored is 17, expected 1 to 16");
    refused(|e| e[13].2 = vec![15, 0], "high bit 15 is not supported");
    refused(|e| e[13].2 = vec![255, 255], "high bit 65535 is not supported");
    refused(|e| e[14].2 = vec![1, 0], "pixel representation signed is not supported");
    refused(|e| e.insert(9, (0x0028_0008, b"IS", b"2 ".to_vec())), "(7fe0,0010) needs 24 bytes, 12 are there");
    refused(|e| e.insert(9, (0x0028_0008, b"IS", b"0 ".to_vec())), "number of frames is malformed: it is \"0\"");
    refused(|e| e.insert(9, (0x0028_0008, b"IS", b"-1".to_vec())), "number of frames is malformed: it is \"-1\"");
    refused(|e| e.insert(9, (0x0028_0008, b"IS", b"1001".to_vec())), "number of frames is 1001, more than the limit");
    refused(
        |e| e.insert(0, (0x0008_0016, b"UI", b"1.2.840.10008.5.1.4.1.1.501.1\0".to_vec())),
        "SOP class 1.2.840.10008.5.1.4.1.1.501.1 (computed",
    );
    refused(|e| drop(e.pop()), "(7fe0,0010) is malformed: it is missing");
    let refused = |file: &[u8], text: &str| {
        let error = decode(file, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused(&by_hand("1.2.840.10008.1.2.4.80", |_| {}), "transfer syntax 1.2.840.10008.1.2.4.80 is not supported");
    refused(
        &by_hand("1.2.840.10008.1.2.4.70", |_| {}),
        "(7fe0,0010) is in one piece, expected compressed in fragments",
    );
    let scan = dual_scan(12, 10);
    let files: Vec<_> = (0..2).map(|page| encode_dicom(&scan, page, DicomKind::Dicom).unwrap()).collect();
    refused(&files[0], "DICOM files of the scan is 1, expected 2");
    let error = joined(&[files[0].clone(), files[0].clone()]).unwrap_err().to_string();
    assert!(error.contains("(0009,1002) is 0, expected 1"), "{error}");
    let other = encode_dicom(&dual_scan(12, 9), 1, DicomKind::Dicom).unwrap();
    let error = joined(&[files[0].clone(), other]).unwrap_err().to_string();
    assert!(error.contains("views[0].bands[1].page: size is 12 x 9, expected 12 x 10"), "{error}");
    let mut elsewhere = scan.clone();
    elsewhere.site = None;
    let other = encode_dicom(&elsewhere, 1, DicomKind::Dicom).unwrap();
    let error = joined(&[files[0].clone(), other]).unwrap_err().to_string();
    assert!(error.contains("(0009,1001) is another, expected that of the first file"), "{error}");
    assert!(encode_dicom(&scan, 2, DicomKind::Dicom).unwrap_err().to_string().contains("the scan has 2 bands"));
    assert!(encode_dicom(&dual_scan(65_536, 1), 0, DicomKind::Dicom).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn frames_in_fragments_come_back_as_views(
        frames in 1_usize..5, pieces in 1_usize..4, has_table in any::<bool>(), is_rle in any::<bool>(),
        columns in 1_u16..30, rows in 1_u16..12, seed in any::<u64>(),
    ) {
        let (mut noise, coding) = (Noise(seed), Coding { precision: 12, predictor: 1 + (seed % 7) as u8, ..PLAIN });
        let len = usize::from(columns) * usize::from(rows);
        let samples: Vec<Vec<u16>> =
            (0..frames).map(|_| (0..len).map(|_| (noise.next() & 4_095) as u16).collect()).collect();
        let coded = samples.iter().map(|samples| {
            let frame = if is_rle { runs(samples) } else { coding.encode(columns.into(), rows.into(), samples) };
            // Runs are one fragment a frame, and so is everything without a table (PS3.5 section A.4).
            let pieces = if is_rle || (!has_table && frames > 1) { 1 } else { pieces };
            let size = frame.len().div_ceil(pieces).next_multiple_of(2);
            frame.chunks(size).map(<[u8]>::to_vec).collect::<Vec<_>>()
        });
        let fragments = fragments(&coded.collect::<Vec<_>>(), has_table);
        let syntax = if is_rle { "1.2.840.10008.1.2.5" } else { "1.2.840.10008.1.2.4.57" };
        let file = compressed(syntax, frames, columns, rows, &fragments);
        let Decoded { scan, warnings } = decode(&file, &Limits::default()).unwrap();
        prop_assert_eq!((scan.views.len(), warnings), (frames, vec![]));
        for (n, (view, samples)) in scan.views.iter().zip(&samples).enumerate() {
            prop_assert_eq!(view.bands[0].counts.pixels(), &samples[..]);
            prop_assert_eq!(&view.name, &if frames == 1 { "side".to_owned() } else { format!("frame {}", n + 1) });
            prop_assert_eq!((view.bands[0].endpoint_mev, view.bands[0].max_value), (Some(6.0), 4_095));
        }
        // Another number of frames than there are.
        let error = decode(&compressed(syntax, frames + 1, columns, rows, &fragments), &Limits::default());
        prop_assert!(error.is_err());
        // Damage anywhere.
        let mut damaged = file;
        for _ in 0..1 + noise.below(3) {
            let at = noise.below(damaged.len());
            damaged[at] = noise.next() as u8;
        }
        drop(decode(&damaged, &Limits { max_pixels: 1 << 16, ..Limits::default() }));
        damaged.truncate(noise.below(damaged.len()));
        prop_assert!(decode(&damaged, &Limits::default()).is_err());
    }
}

#[test]
fn uncompressed_frames_are_views_and_a_description_makes_them_bands() {
    let file = by_hand("1.2.840.10008.1.2.1", |elements| {
        elements.insert(9, (0x0028_0008, b"IS", b"2 ".to_vec()));
        elements.last_mut().unwrap().2 = (0..12_u16).flat_map(u16::to_le_bytes).collect();
    });
    let scan = decode(&file, &Limits::default()).unwrap().scan;
    let counts: Vec<_> = scan.views.iter().map(|view| view.bands[0].counts.pixels()).collect();
    assert_eq!(counts, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]);
    assert_eq!(scan.views[1].bands[0].endpoint_mev, Some(6.0));
    let json = br#"{"profile": "pellucid-scan/1", "grade": "dual_energy_raw", "files": ["a.dcm", "r.png", "r2.png", "r3.png",
        "r4.png"], "views": [{"name": "side", "bands": [
            {"name": "high", "page": 0, "dark_page": 2, "air_page": 3, "max_value": 4095},
            {"name": "low", "page": 1, "dark_page": 4, "air_page": 5, "max_value": 4095}]}]}"#;
    let row = png_gray16(2, 1, &[7, 8]).unwrap();
    let names = ["r.png", "r2.png", "r3.png", "r4.png"].map(|name| NamedEntry { name, bytes: &row });
    let mut entries = vec![NamedEntry { name: "a.dcm", bytes: &file }, NamedEntry { name: "a.json", bytes: json }];
    entries.extend(names);
    let scan = decode_folder(&entries, &Limits::default(), &mut VecSink).unwrap().scan;
    assert_eq!(scan.views[0].bands[1].counts.pixels(), [6, 7, 8, 9, 10, 11]);
}

#[test]
fn compressed_frames_that_lie_are_refused_by_field() {
    let frame = Coding { precision: 12, ..PLAIN }.encode(4, 3, &[9; 12]);
    let refused = |frames: &[Vec<Vec<u8>>], has_table: bool, text: &str| {
        let file = compressed("1.2.840.10008.1.2.4.70", 1, 4, 3, &fragments(frames, has_table));
        let error = decode(&file, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused(&[vec![]], false, "frames in the fragments is 0, expected 1");
    refused(
        &[vec![Coding { precision: 12, ..PLAIN }.encode(3, 4, &[9; 12])]],
        true,
        "frame: size is 3 x 4, expected 4 x 3",
    );
    refused(&[vec![vec![0; 40]]], true, "lossless JPEG: headers is malformed: no marker at byte 0");
    refused(&[vec![jpeg(4, 3, false, &[9; 12])]], true, "lossless JPEG: frame of marker c0 is not supported");
    refused(&[vec![frame[..frame.len() - 8].to_vec()]], true, "lossless JPEG: codes");
    let file = compressed("1.2.840.10008.1.2.4.70", 1, 4, 3, b"\xfe\xff\x00\xe0\0\0\0\0\x08\0\x08\0CS\0\0");
    let error = decode(&file, &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("something else than a fragment is in it"), "{error}");
    // Runs whose segments lie outside, or are another number.
    let mut frame = runs(&[9; 12]);
    for (at, value, text) in [
        (0, 3_u8, "segments is 3, expected 2"),
        (4, 3, "segment 1 is malformed: it lies outside the frame"),
        (8, 255, "segment 1 is malformed"),
        (66, 200, "RLE frame needs"),
    ] {
        let mut frame = frame.clone();
        frame[at] = value;
        if at == 66 {
            frame.truncate(70);
            frame[8] = 66;
        }
        let file = compressed("1.2.840.10008.1.2.5", 1, 4, 3, &fragments(&[vec![frame]], true));
        let error = decode(&file, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    }
    frame.truncate(60);
    let file = compressed("1.2.840.10008.1.2.5", 1, 4, 3, &fragments(&[vec![frame]], true));
    assert!(decode(&file, &Limits::default()).unwrap_err().to_string().contains("RLE frame needs 64 bytes, 60"));
}

#[test]
fn jpeg_2000_and_baseline_jpeg_are_frames_too() {
    let jp2 = jp2();
    let stream = jp2.windows(4).position(|window| window == [0xFF, 0x4F, 0xFF, 0x51]).unwrap();
    let expected = decode(&jp2, &Limits::default()).unwrap().scan.views[0].bands[0].counts.clone();
    let file = compressed("1.2.840.10008.1.2.4.90", 1, 40, 33, &fragments(&[vec![jp2[stream..].to_vec()]], false));
    let Decoded { scan, warnings } = decode(&file, &Limits::default()).unwrap();
    assert_eq!(scan.views[0].bands[0].counts, expected);
    // Its samples have 16 bits, and the file says 12.
    assert!(matches!(warnings.as_slice(), [ScanWarning::CountsAboveMaximum { .. }]), "{warnings:?}");
    let grey: Vec<u8> = (0..=191).collect();
    let frame = jpeg(16, 12, false, &grey);
    let expected = decode(&frame, &Limits::default()).unwrap().scan.views[0].bands[0].counts.clone();
    let file = compressed("1.2.840.10008.1.2.4.50", 1, 16, 12, &fragments(&[vec![frame]], true));
    assert_eq!(decode(&file, &Limits::default()).unwrap().scan.views[0].bands[0].counts, expected);
}

#[test]
fn what_fragments_are_joined_into_counts_as_memory() {
    let frame = jpeg(16, 12, false, &(0..=191).collect::<Vec<_>>());
    let working = (16 + 64) * (12 + 64) * 9;
    let limits =
        |max_working_bytes: usize| Limits { max_working_bytes: max_working_bytes as u64, ..Limits::default() };
    let (first, second) = frame.split_at(frame.len() / 4 * 2);
    let joined = frame.len().next_multiple_of(2);
    for (pieces, needed) in
        [(vec![frame.clone()], working), (vec![first.to_vec(), second.to_vec()], working + joined)]
    {
        let file = compressed("1.2.840.10008.1.2.4.50", 1, 16, 12, &fragments(&[pieces], true));
        assert!(decode(&file, &limits(needed)).is_ok());
        let error = decode(&file, &limits(needed - 1)).unwrap_err();
        assert!(matches!(error, ScanError::TooLarge { value, .. } if value == working as u64), "{error}");
    }
}

#[test]
fn counts_in_a_coding_with_loss_are_no_raw_counts() {
    let refused = |error: ScanError| assert!(error.to_string().contains("counts in a coding with loss"), "{error}");
    let json = br#"{"profile": "pellucid-scan/1", "grade": "single_energy_raw", "files": ["a", "r.png", "s.png"],
        "views": [{"name": "side", "bands": [{"name": "high", "page": 0, "dark_page": 1, "air_page": 2}]}]}"#;
    let row = png_gray16(33, 1, &[7; 33]).unwrap();
    let described = |file: &[u8]| {
        let entries = [("scan.json", &json[..]), ("a", file), ("r.png", &row), ("s.png", &row)];
        decode_folder(&entries.map(|(name, bytes)| NamedEntry { name, bytes }), &Limits::default(), &mut VecSink)
    };
    // The same JPEG 2000 with the other wavelet, bare and as a frame; then JPEG as a frame.
    let jp2 = jp2();
    let start = jp2.windows(4).position(|window| window == [0xFF, 0x4F, 0xFF, 0x51]).unwrap();
    let coding = jp2.windows(2).position(|window| window == [0xFF, 0x52]).unwrap();
    let mut irreversible = jp2.clone();
    irreversible[coding + 13] = 0;
    let frame = |syntax: &str, stream: &[u8]| {
        let file = compressed(syntax, 1, 40, 33, &fragments(&[vec![stream.to_vec()]], false));
        let file = replaced(&file, b"\x01\x01US\x02\0\x0c\0", b"\x01\x01US\x02\0\x10\0");
        replaced(&file, b"\x02\x01US\x02\0\x0b\0", b"\x02\x01US\x02\0\x0f\0")
    };
    assert!(described(&jp2).is_ok());
    assert!(described(&frame("1.2.840.10008.1.2.4.91", &jp2[start..])).is_ok());
    refused(described(&irreversible).unwrap_err());
    refused(described(&frame("1.2.840.10008.1.2.4.91", &irreversible[start..])).unwrap_err());
    refused(described(&frame("1.2.840.10008.1.2.4.50", &jpeg(40, 33, false, &[90; 1_320]))).unwrap_err());
    // A file that says so of itself, and one of ours that someone changed.
    let mut scan = dual_scan(12, 10);
    scan.grade = Grade::SingleEnergyRaw;
    scan.views[0].bands.truncate(1);
    let ours = encode_dicom(&scan, 0, DicomKind::Dicos).unwrap();
    assert_eq!(decode(&ours, &Limits::default()).unwrap().scan, scan);
    refused(
        decode(&replaced(&ours, b"\x28\0\x10\x21CS\x02\x0000", b"\x28\0\x10\x21CS\x02\x0001"), &Limits::default())
            .unwrap_err(),
    );
    let inverted = replaced(&ours, b"MONOCHROME2", b"MONOCHROME1");
    let error = decode(&inverted, &Limits::default()).unwrap_err().to_string();
    assert!(error.contains("DICOM: counts in inverted pixels is not supported"), "{error}");
    // As a picture, loss is nothing to refuse.
    assert!(decode(&irreversible, &Limits::default()).is_ok());
}

/// Reads our file with PyPI pydicom and PyPI pydicos (two readers that know nothing of us), and lets pydicos write one.
const ORACLE: &str = r#"
import sys
import numpy, pydicom, pyDICOS
from pydicos import DXLoader, dcsread
folder = sys.argv[1]
expected = numpy.fromfile(folder + "/counts", dtype="<u2").reshape(40, 90)
for name in ("dicom", "dicos"):
    found = pydicom.dcmread(f"{folder}/{name}.dcm")
    assert (found.pixel_array == expected).all(), name
    assert found.Manufacturer == "unknown" or len(found.Manufacturer) > 0
found = DXLoader(folder + "/dicos.dcm")
assert (numpy.array(found.get_data()) == expected).all()
theirs = DXLoader()
theirs.Initialize(pyDICOS.OBJECT_OF_INSPECTION_TYPE.enumTypeCargo, pyDICOS.PRESENTATION_INTENT_TYPE.enumProcessing)
theirs.set_data(expected)
theirs.SetKVP(6000.0)
theirs.SetXRayTubeCurrent(0.1)
for name, syntax in (
    ("explicit", "LittleEndianExplicit"),
    ("implicit", "LittleEndianImplicit"),
    ("jpeg", "LosslessJPEG"),
    ("rle", "LosslessRLE"),
):
    syntax = getattr(pyDICOS.TRANSFER_SYNTAX, "enum" + syntax)
    assert theirs.Write(pyDICOS.Filename(f"{folder}/{name}.dcs"), pyDICOS.ErrorLog(), syntax), name
"#;

#[test]
fn other_readers_agree_about_dicom_and_dicos() {
    let wheels = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/setup/dicos-py");
    if !wheels.join("pydicos").is_dir() || !wheels.join("pydicom").is_dir() {
        println!(
            "skipped: no pydicos and pydicom, which `cargo xtask setup` puts into target/setup/dicos-py if it can"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut scan = dual_scan(90, 40);
    scan.grade = Grade::SingleEnergyRaw;
    scan.views[0].bands.truncate(1);
    let counts = scan.views[0].bands[0].counts.pixels().to_vec();
    for (name, kind) in [("dicom.dcm", DicomKind::Dicom), ("dicos.dcm", DicomKind::Dicos)] {
        std::fs::write(folder.path().join(name), encode_dicom(&scan, 0, kind).unwrap()).unwrap();
    }
    let bytes: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
    std::fs::write(folder.path().join("counts"), bytes).unwrap();
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", &wheels).arg("-c").arg(ORACLE).arg(folder.path());
    let Ok(output) = python.output() else {
        println!("skipped: no python3");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Lossless JPEG is what their toolkit writes by default.
    for name in ["explicit.dcs", "implicit.dcs", "jpeg.dcs", "rle.dcs"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        let Decoded { scan, warnings } = decode(&bytes, &Limits::default()).unwrap();
        assert!(scan.views[0].bands[0].counts.pixels() == counts && warnings.is_empty(), "{name}");
        assert_eq!(scan.views[0].bands[0].endpoint_mev, Some(6.0));
    }
    println!("pydicom and pydicos read our files, and we read those of pydicos");
}
