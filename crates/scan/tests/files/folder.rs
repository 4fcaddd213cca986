//! Scans of several files: pairs of pictures with a description, the example of a vendor's folder, and refusals.

use crate::sample::*;
use pellucid_core::{Grade, Raster, RawScan};
use pellucid_scan::*;
use tiff::encoder::{Compression, colortype};
use tiff::tags::Predictor;

type Files = Vec<(String, Vec<u8>)>;

fn decoded(files: &Files) -> Result<Decoded, ScanError> {
    let entries: Vec<_> = files.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect();
    decode_folder(&entries, &Limits::default(), &mut VecSink)
}

fn png(width: usize, height: usize, values: &[u16]) -> Vec<u8> {
    png_gray16(width as u32, height as u32, values).unwrap()
}

fn tiff(width: usize, height: usize, values: &[u16]) -> Vec<u8> {
    foreign_tiff::<colortype::Gray16>(width as u32, height as u32, Compression::Lzw, Predictor::Horizontal, values)
}

/// The scan as pictures, each written by `picture`, with the description of our TIFF profile and the list of files.
fn as_pair(scan: &RawScan, picture: fn(usize, usize, &[u16]) -> Vec<u8>) -> Files {
    let profile = encode_tiff(scan).unwrap();
    let mut reader = tiff::decoder::Decoder::new(std::io::Cursor::new(&profile)).unwrap();
    let text = reader.get_tag_ascii_string(tiff::tags::Tag::ImageDescription).unwrap();
    let mut description: serde_json::Value = serde_json::from_str(&text).unwrap();
    let bands = &scan.views[0].bands;
    let mut files: Files = Vec::new();
    for band in bands {
        let (width, height) = (band.counts.width(), band.counts.height());
        files.push((format!("{}.img", band.kind.as_str()), picture(width, height, band.counts.pixels())));
    }
    for band in bands {
        for (name, row) in [("dark", &band.dark), ("air", &band.air)] {
            files.push((format!("reference/{}_{name}.img", band.kind.as_str()), picture(row.len(), 1, row)));
        }
    }
    description["files"] = files.iter().map(|(name, _)| name.as_str()).collect();
    files.push(("scan.json".to_owned(), serde_json::to_vec(&description).unwrap()));
    files
}

#[test]
fn pairs_of_png_and_tiff_are_raw_scans() {
    let scan = dual_scan(40, 30);
    for picture in [png, tiff] {
        let back = decoded(&as_pair(&scan, picture)).unwrap();
        assert_eq!(back.scan, scan);
        assert_eq!(back.warnings, []);
    }
    let mut files = as_pair(&scan, png);
    files.push(("photo.jpg".to_owned(), vec![1, 2, 3]));
    assert_eq!(decoded(&files).unwrap().warnings, [ScanWarning::EntriesIgnored { entries: 1 }]);
}

#[test]
fn pairs_that_lie_are_refused_by_field() {
    let scan = dual_scan(40, 30);
    let refused = |change: &dyn Fn(&mut Files), text: &str| {
        let mut files = as_pair(&scan, png);
        change(&mut files);
        let error = decoded(&files).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused(&|files| files[1].1 = png(39, 30, &[7; 39 * 30]), "views[0].bands[1].page: size is 39 x 30");
    refused(&|files| drop(files.remove(1)), "file \"low.img\" is malformed: it is missing");
    refused(
        &|files| files[1].1 = jpeg(40, 30, false, &[9; 1_200]),
        "file \"low.img\": counts in a coding with loss is not supported",
    );
    refused(&|files| files[0].1 = png_rgba8(40, 30, &[9, 200, 9, 255].repeat(1_200)).unwrap(), "are coloured");
    refused(&|files| files[0].0 = "../high.img".to_owned(), "entry 0: name is malformed");
    refused(&|files| files[0].0 = "/high.img".to_owned(), "entry 0: name is malformed");
    refused(&|files| files[1].0 = files[0].0.clone(), "entry 1: name is malformed: it occurs twice");
    refused(
        &|files| files.push(("b.json".to_owned(), b"{}".to_vec())),
        "descriptions in the folder is 2, expected 1",
    );
    refused(
        &|files| files[0].0 = "x".repeat(1_025),
        "entry 0: bytes of the name is 1025, more than the limit of 1024",
    );
    refused(&|files| files.last_mut().unwrap().1 = b"{}".to_vec(), "does not follow profile");
    refused(&|files| files.truncate(2), "folder of 2 entries: not WCO Unified File Format");
    refused(&|files| files.truncate(0), "the file is empty");
    refused(&|files| files[2].1.truncate(20), "PNG");
    let entries = [NamedEntry { name: "scan.uff", bytes: b"anything" }];
    let error = decode_folder(&entries, &Limits::default(), &mut VecSink).unwrap_err();
    assert_eq!(error.kind(), pellucid_core::ErrorKind::Unsupported);
    let limits = Limits { max_pages: 3, ..Limits::default() };
    let files = as_pair(&scan, png);
    let entries: Vec<_> = files.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect();
    let error = decode_folder(&entries, &limits, &mut VecSink).unwrap_err();
    assert!(matches!(error, ScanError::TooLarge { value: 7, limit: 3, .. }), "{error}");
}

#[test]
fn one_file_alone_is_decoded_as_itself() {
    let scan = dual_scan(9, 6);
    assert_eq!(decoded(&vec![("a".to_owned(), encode_tiff(&scan).unwrap())]).unwrap().scan, scan);
}

/// The folder of the example: the scan as pictures and a sidecar.
pub(crate) fn as_sidecar(scan: &RawScan) -> Files {
    let view = &scan.views[0];
    let list = |values: &[u16]| values.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
    let mut files = Files::new();
    let mut xml = format!(
        r#"<?xml version="1.0"?><inspection vendor="{}" model="{}" serial="{}" calibrated="2026-01-05"
           acquired="{}" site="{}" lane="{}"><view name="{}" dose_rows="{} {}">"#,
        scan.scanner.vendor,
        scan.scanner.model,
        scan.scanner.serial,
        scan.acquired_at.as_deref().unwrap(),
        scan.site.as_deref().unwrap(),
        scan.lane.as_deref().unwrap(),
        view.name,
        view.dose_rows[0],
        view.dose_rows[1]
    );
    for band in &view.bands {
        let (name, counts): (_, &Raster<u16>) = (band.kind.as_str(), &band.counts);
        files.push((format!("{name}.png"), png(counts.width(), counts.height(), counts.pixels())));
        xml += &format!(
            r#"<band energy="{name}" endpoint_mev="{}" file="{name}.png"><dark>{}</dark><air>{}</air></band>"#,
            band.endpoint_mev.unwrap(),
            list(&band.dark),
            list(&band.air)
        );
    }
    xml += r#"<geometry source_to_lane_mm="4000" source_height_mm="1203.7" column_pitch_mm="4.1" arm_distance_mm="7000.1"
        arm_top_mm="5500.3" pitch_mm="4.6"/></view><container number="CSQU3054383" confidence="0.97" source="ocr"/>
        </inspection>"#;
    files.push(("scan.xml".to_owned(), xml.into_bytes()));
    files
}

#[test]
fn the_example_of_a_vendor_folder_comes_back() {
    let scan = dual_scan(40, 30);
    let back = decoded(&as_sidecar(&scan)).unwrap();
    assert_eq!(back.scan, scan);
    assert_eq!(back.warnings, []);
    let mut single = scan;
    single.grade = Grade::SingleEnergyRaw;
    single.views[0].bands.truncate(1);
    assert_eq!(decoded(&as_sidecar(&single)).unwrap().scan, single);
}

#[test]
fn sidecars_that_lie_are_refused_by_field() {
    let refused = |from: &str, to: &str, text: &str| {
        let mut files = as_sidecar(&dual_scan(40, 30));
        let xml = String::from_utf8(files.pop().unwrap().1).unwrap();
        assert!(xml.contains(from), "{from}");
        files.push(("scan.xml".to_owned(), xml.replacen(from, to, 1).into_bytes()));
        let error = decoded(&files).unwrap_err();
        let error = format!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    refused("<inspection ", "<other ", "sidecar is damaged");
    refused("file=\"high.png\"", "", "sidecar: band: file is malformed: it is missing");
    refused("file=\"high.png\"", "file=\"mid.png\"", "file \"mid.png\" is malformed: it is missing");
    refused("<dark>190", "<dark>70000", "sidecar: band: dark is malformed: it is \"70000\"");
    refused("<dark>190", "<dark>", "dark_page: size is 29 x 1, expected 30 x 1");
    refused("energy=\"low\"", "energy=\"mid\"", "views[0].bands is high, mid");
    refused(
        "energy=\"low\"",
        "energy=\"low\" column_offset=\"-5\"",
        "views[0].bands[1].column_offset is -5, expected -4",
    );
    refused("energy=\"low\"", "energy=\"low\" column_offset=\"NaN\"", "views[0].bands[1].column_offset is NaN");
    refused("endpoint_mev=\"6\"", "endpoint_mev=\"-6\"", "endpoint_mev is -6, expected more than 0");
    for rows in ["4", "0 4 8", ""] {
        let expected = format!("sidecar: view: dose_rows is {rows}, expected the first row and the end");
        refused("dose_rows=\"0 4\"", &format!("dose_rows=\"{rows}\""), &expected);
    }
    refused("dose_rows=\"0 4\"", "dose_rows=\"0 x\"", "sidecar: view: dose_rows is malformed: it is \"x\"");
    refused("<?xml version=\"1.0\"?>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "DTD");
    let deep = format!("<view>{}{}</view><view ", "<a>".repeat(70), "</a>".repeat(70));
    refused("<view ", &deep, "sidecar: nesting is 65, more than the limit of 64");
    let without = |from: &str, to: &str| {
        let mut files = as_sidecar(&dual_scan(40, 30));
        let xml = String::from_utf8(files.pop().unwrap().1).unwrap().replacen(from, to, 1);
        files.push(("scan.xml".to_owned(), xml.into_bytes()));
        decoded(&files).unwrap()
    };
    let back = without("column_pitch_mm=\"4.1\"", "");
    assert!(matches!(back.warnings.as_slice(), [ScanWarning::GeometryIgnored { .. }]), "{:?}", back.warnings);
    assert_eq!(back.scan.views[0].geometry, None);
    assert_eq!(without("dose_rows=\"0 4\"", "dose_rows=\" 0\n4 \"").scan.views[0].dose_rows, [0, 4]);
}

#[test]
fn pages_and_the_bytes_behind_them_are_limited_however_often_a_file_is_named() {
    let scan = dual_scan(40, 30);
    let judge = |files: &Files, limits: &Limits| {
        let entries: Vec<_> = files.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect();
        decode_folder(&entries, limits, &mut VecSink)
    };
    let refused = |files: &Files, limits: &Limits, text: &str| {
        let error = judge(files, limits).unwrap_err().to_string();
        assert!(error.contains(text), "expected {text:?}, got {error:?}");
    };
    let few = Limits { max_pages: 5, ..Limits::default() };
    refused(&as_sidecar(&scan), &few, "pages of all files is 6, more than the limit of 5");
    // A picture that is named three times is decoded three times.
    let picture = png(64, 64, noisy_counts(64, 64, 9_000.0, 1).pixels());
    let band = |page: usize| format!(r#"{{"bands": [{{"name": "grey", "page": {page}}}]}}"#);
    let json = format!(
        r#"{{"profile": "pellucid-scan/1", "grade": "processed", "files": ["a", "a", "a"], "views": [{}, {}, {}]}}"#,
        band(0),
        band(1),
        band(2)
    );
    let all = 3 * picture.len() as u64;
    let files = vec![("a".to_owned(), picture), ("scan.json".to_owned(), json.into_bytes())];
    let limits = |max_file_bytes| Limits { max_file_bytes, ..Limits::default() };
    assert_eq!(judge(&files, &limits(all)).unwrap().scan.views.len(), 3);
    refused(&files, &limits(all - 1), &format!("bytes of all pages is {all}, more than the limit of {}", all - 1));
}
