//! DICOM and DICOS: what is written comes back, foreign files become pictures, and others can read ours.

use std::path::Path;
use std::process::Command;

use crate::sample::*;
use pellucid_core::{Grade, RawScan};
use pellucid_scan::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const KINDS: [DicomKind; 2] = [DicomKind::Dicom, DicomKind::Dicos];

/// Tag, type and value of each element.
type Elements = Vec<(u32, &'static [u8; 2], Vec<u8>)>;

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

/// A file by hand: group 2 without its length, then elements of two-byte lengths.
fn by_hand(syntax: &str, change: impl Fn(&mut Elements)) -> Vec<u8> {
    let word = |value: u16| value.to_le_bytes().to_vec();
    let mut elements = vec![
        (0x0008_0022, b"DA", b"20260203".to_vec()),
        (0x0008_002A, b"DT", b"20260203040506.5+0800 ".to_vec()),
        (0x0008_0070, b"LO", b"maker ".to_vec()),
        (0x0008_0080, b"LO", b"site".to_vec()),
        (0x0010_0020, b"LO", b"CSQU3054383 ".to_vec()),
        (0x0018_0060, b"DS", b"6000".to_vec()),
        (0x0018_1200, b"DA", b"20260105".to_vec()),
        (0x0028_0002, b"US", word(1)),
        (0x0028_0004, b"CS", b"MONOCHROME2 ".to_vec()),
        (0x0028_0010, b"US", word(2)),
        (0x0028_0011, b"US", word(3)),
        (0x0028_0100, b"US", word(16)),
        (0x0028_0101, b"US", word(12)),
        (0x0028_0102, b"US", word(11)),
        (0x0028_0103, b"US", word(0)),
        (0x4010_103A, b"CS", b"V03 ".to_vec()),
        (0x7FE0_0010, b"US", [0, 1, 4_095, 7, 8, 9].iter().flat_map(|v: &u16| v.to_le_bytes()).collect()),
    ];
    change(&mut elements);
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    let mut uid = syntax.as_bytes().to_vec();
    uid.resize(uid.len().next_multiple_of(2), 0);
    let mut put = |tag: u32, kind: &[u8; 2], value: &[u8], is_implicit: bool| {
        file.extend(((tag >> 16) as u16).to_le_bytes());
        file.extend((tag as u16).to_le_bytes());
        if is_implicit {
            file.extend((value.len() as u32).to_le_bytes());
        } else {
            file.extend(kind);
            file.extend((value.len() as u16).to_le_bytes());
        }
        file.extend(value);
    };
    put(0x0002_0010, b"UI", &uid, false);
    let is_implicit = syntax.ends_with("1.2");
    elements.iter().for_each(|(tag, kind, value)| put(*tag, kind, value, is_implicit));
    file
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
    refused(|e| e[14].2 = vec![1, 0], "pixel representation signed is not supported");
    refused(|e| e.insert(9, (0x0028_0008, b"IS", b"2 ".to_vec())), "number of frames 2 is not supported");
    refused(|e| drop(e.pop()), "(7fe0,0010) is malformed: it is missing");
    let refused = |file: &[u8], text: &str| {
        let error = decode(file, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused(&by_hand("1.2.840.10008.1.2.4.70", |_| {}), "transfer syntax 1.2.840.10008.1.2.4.70 is not supported");
    let scan = dual_scan(12, 10);
    let files: Vec<_> = (0..2).map(|page| encode_dicom(&scan, page, DicomKind::Dicom).unwrap()).collect();
    refused(&files[0], "DICOM files of the scan is 1, expected 2");
    assert!(joined(&[files[0].clone(), files[0].clone()]).is_err());
    let other = encode_dicom(&dual_scan(12, 9), 1, DicomKind::Dicom).unwrap();
    assert!(joined(&[files[0].clone(), other]).is_err());
    assert!(encode_dicom(&scan, 2, DicomKind::Dicom).unwrap_err().to_string().contains("the scan has 2 bands"));
    assert!(encode_dicom(&dual_scan(65_536, 1), 0, DicomKind::Dicom).is_err());
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
for name, syntax in (("explicit", "LittleEndianExplicit"), ("implicit", "LittleEndianImplicit"), ("jpeg", "LosslessJPEG")):
    syntax = getattr(pyDICOS.TRANSFER_SYNTAX, "enum" + syntax)
    assert theirs.Write(pyDICOS.Filename(f"{folder}/{name}.dcs"), pyDICOS.ErrorLog(), syntax), name
"#;

#[test]
fn other_readers_agree_about_dicom_and_dicos() {
    let wheels = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/setup/dicos-py");
    if !wheels.join("pydicos").is_dir() || !wheels.join("pydicom").is_dir() {
        println!(
            "skipped: python3 -m pip install --target target/setup/dicos-py pydicos==1.3.0 pydicom==3.0.2 numpy"
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
    for name in ["explicit.dcs", "implicit.dcs"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        let Decoded { scan, warnings } = decode(&bytes, &Limits::default()).unwrap();
        assert!(scan.views[0].bands[0].counts.pixels() == counts && warnings.is_empty(), "{name}");
        assert_eq!(scan.views[0].bands[0].endpoint_mev, Some(6.0));
    }
    // What their toolkit writes by default.
    let bytes = std::fs::read(folder.path().join("jpeg.dcs")).unwrap();
    let error = decode(&bytes, &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "reading a scan: DICOM transfer syntax 1.2.840.10008.1.2.4.70 is not supported");
    println!("pydicom and pydicos read our files, and we read those of pydicos");
}
