//! What is written comes back: scans in every codec, planes, unknown keys; and others can read it.

use crate::sample::*;
use pellucid_core::{BandKind, Grade, Raster};
use pellucid_scan::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const CODECS: [Codec; 4] = [Codec::Rice, Codec::Deflate, Codec::Stored, Codec::Packed];

fn decoded(bytes: &[u8]) -> Decoded {
    decode(bytes, &Limits::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default()
    })]

    #[test]
    fn any_scan_comes_back(seed in any::<u64>(), offsets in any::<[Option<f64>; 2]>()) {
        let mut scan = random_scan(seed);
        for (band, offset) in scan.views.iter_mut().flat_map(|view| view.bands.iter_mut().zip(offsets)) {
            band.column_offset = offset.map(|offset| offset % 4.0).filter(|offset| offset.is_finite());
        }
        for codec in CODECS {
            let file = encode_tiff_with(&scan, codec).unwrap();
            let back = decoded(&file);
            prop_assert_eq!(&back.scan, &scan, "{:?}", codec);
            prop_assert_eq!(back.warnings, vec![]);
            prop_assert_eq!(encode_tiff_with(&back.scan, codec).unwrap(), file);
        }
    }

    #[test]
    fn any_plane_comes_back(width in 1_usize..70, height in 1_usize..70, seed in any::<u64>()) {
        let mut noise = Noise(seed);
        let labels: Vec<u8> = (0..width * height).map(|_| noise.below(7) as u8).collect();
        let plane = Raster::from_vec(width, height, labels.clone()).unwrap();
        let limits = Limits::default();
        prop_assert_eq!(decode_plane_u8(&encode_plane_u8(&plane).unwrap(), &limits).unwrap(), plane);
        let plane = Raster::from_vec(width, height, labels.iter().map(|l| u16::from(*l) * 9_000).collect()).unwrap();
        prop_assert_eq!(decode_plane_u16(&encode_plane_u16(&plane).unwrap(), &limits).unwrap(), plane);
        let measures = (0..width * height).map(|_| f32::from_bits(noise.next())).collect();
        let plane = Raster::from_vec(width, height, measures).unwrap();
        let back = decode_plane_f32(&encode_plane_f32(&plane).unwrap(), &limits).unwrap();
        let bits = |plane: &Raster<f32>| plane.pixels().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&back), bits(&plane));
    }
}

#[test]
fn a_stored_sample_fits_its_budget_with_photon_noise() {
    for photons in [5_000.0, 20_000.0] {
        let mut scan = dual_scan(1, 1);
        scan.views[0].bands = vec![
            band(BandKind::High, noisy_counts(1_000, 400, photons, 1)),
            band(BandKind::Low, noisy_counts(1_000, 400, photons, 2)),
        ];
        let sizes = CODECS.map(|codec| encode_tiff_with(&scan, codec).unwrap().len());
        println!("{photons} photons: bytes as Rice, deflate, stored, packed {sizes:?}");
        assert!(sizes[0] <= 1_200_000, "{photons} photons: {sizes:?}");
        assert!(sizes[0] < sizes[1], "{photons} photons: {sizes:?}");
        // The ratio that a default codec must reach (PERFORMANCE P5).
        assert!(sizes[3] * 115 < sizes[2] * 100, "{photons} photons: {sizes:?}");
    }
}

/// Stored samples are named by their bytes, so a change of these sums is a change of the format.
#[test]
fn bytes_of_a_file_stay_what_they_were() {
    let sums = CODECS.map(|codec| crc32fast::hash(&encode_tiff_with(&random_scan(7), codec).unwrap()));
    assert_eq!(sums, [0x0b27_e4df, 0x9ebb_923b, 0x7dc1_e96b, 0xdb9a_3214], "{sums:#010x?}");
}

#[test]
fn keys_that_are_not_known_are_kept_where_they_stood() {
    let scan = dual_scan(6, 4);
    let mut with_keys = scan.clone();
    with_keys.unknown = serde_json::from_str(
        r#"{"operator": 7, "scanner": {"firmware": "9"}, "geometry": {"tilt_deg": 0.1},
            "views": [{"cabin": true, "bands": [{"filter": "Cu"}, {}]}], "containers_read": [{"camera": 2}]}"#,
    )
    .unwrap();
    let file = encode_tiff(&with_keys).unwrap();
    assert_eq!(decoded(&file).scan, with_keys);

    // A key of ours among the unknown ones never replaces ours.
    let mut with_lie = scan.clone();
    with_lie.unknown = serde_json::from_str(r#"{"grade": "processed", "scanner": {"vendor": "x"}}"#).unwrap();
    assert_eq!(decoded(&encode_tiff(&with_lie).unwrap()).scan, scan);
}

#[test]
fn an_offset_of_columns_is_written_where_it_is_stated() {
    let text = |scan: &pellucid_core::RawScan| {
        let file = encode_tiff(scan).unwrap();
        let mut reader = tiff::decoder::Decoder::new(std::io::Cursor::new(&file)).unwrap();
        reader.get_tag_ascii_string(tiff::tags::Tag::ImageDescription).unwrap()
    };
    let mut scan = dual_scan(6, 4);
    assert!(!text(&scan).contains("column_offset"));
    scan.views[0].bands[1].column_offset = Some(-0.5);
    assert!(text(&scan).contains(r#""endpoint_mev":3.5,"column_offset":-0.5,"page":1"#));
    let files = [0, 1].map(|page| encode_dicom(&scan, page, DicomKind::Dicos).unwrap());
    let entries = [("0", &files[0]), ("1", &files[1])].map(|(name, bytes)| NamedEntry { name, bytes });
    assert_eq!(decode_folder(&entries, &Limits::default(), &mut VecSink).unwrap().scan, scan);
}

#[test]
fn views_may_share_geometry_or_have_their_own() {
    let mut scan = dual_scan(6, 4);
    scan.views.push(scan.views[0].clone());
    assert_eq!(decoded(&encode_tiff(&scan).unwrap()).scan, scan);
    scan.views[1].geometry = None;
    scan.views[1].dose_rows = [1, 2];
    assert_eq!(decoded(&encode_tiff(&scan).unwrap()).scan, scan);
}

#[test]
fn description_follows_the_published_names() {
    let file = encode_tiff(&dual_scan(6, 4)).unwrap();
    let mut reader = tiff::decoder::Decoder::new(std::io::Cursor::new(&file)).unwrap();
    let text = reader.get_tag_ascii_string(tiff::tags::Tag::ImageDescription).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({
        "profile": "pellucid-scan/1", "grade": "dual_energy_raw",
        "views": [{"name": "side", "bands": [
            {"name": "high", "endpoint_mev": 6.0, "page": 0, "dark_page": 2, "air_page": 3},
            {"name": "low", "endpoint_mev": 3.5, "page": 1, "dark_page": 4, "air_page": 5}]}],
        "geometry": {"source_to_lane_mm": 4000.0, "source_height_mm": 1203.7, "column_pitch_mm": 4.1,
            "pitch_mm": 4.6, "arm": {"distance_mm": 7000.1, "top_mm": 5500.3}},
        "dose_rows": [0, 4],
        "scanner": {"vendor": "同方", "model": "relocatable", "serial": "7", "calibration_date": "2026-01-05"},
        "acquired_at": "2026-02-03T04:05:06Z",
        "containers_read": [{"id": "CSQU3054383", "confidence": 0.97, "source": "ocr"}],
        "site": "洋山", "lane": "3"
    });
    let rounded = |mut value: serde_json::Value| {
        value["containers_read"][0]["confidence"] = serde_json::json!(0.97);
        value
    };
    assert_eq!(rounded(json), expected);
}

#[test]
fn another_library_reads_our_deflate_and_stored_files() {
    let scan = dual_scan(90, 900);
    for codec in [Codec::Deflate, Codec::Stored] {
        let file = encode_tiff_with(&scan, codec).unwrap();
        let mut reader = tiff::decoder::Decoder::new(std::io::Cursor::new(&file)).unwrap();
        for band in &scan.views[0].bands {
            let tiff::decoder::DecodingResult::U16(counts) = reader.read_image().unwrap() else { panic!("16 bits") };
            assert!(counts == band.counts.pixels());
            reader.next_image().unwrap();
        }
        let tiff::decoder::DecodingResult::U16(dark) = reader.read_image().unwrap() else { panic!("16 bits") };
        assert_eq!(dark, scan.views[0].bands[0].dark);
    }
    let plane = Raster::from_vec(50, 40, (0..2_000).map(|n| n as f32 * 0.37).collect()).unwrap();
    let file = encode_plane_f32(&plane).unwrap();
    let mut reader = tiff::decoder::Decoder::new(std::io::Cursor::new(&file)).unwrap();
    let tiff::decoder::DecodingResult::F32(pixels) = reader.read_image().unwrap() else { panic!("floats") };
    assert_eq!(pixels, plane.pixels());
}

#[test]
fn scans_that_contradict_themselves_are_not_written() {
    let check = |change: fn(&mut pellucid_core::RawScan), field: &str| {
        let mut scan = dual_scan(6, 4);
        change(&mut scan);
        let error = encode_tiff(&scan).unwrap_err().to_string();
        assert!(error.contains(field), "{field}: {error}");
    };
    check(|scan| scan.views.clear(), "views are missing");
    check(|scan| scan.grade = Grade::SingleEnergyRaw, "views[0].bands");
    check(|scan| scan.views[0].bands.swap(0, 1), "views[0].bands");
    check(|scan| scan.views[0].bands[1].counts = Raster::filled(6, 5, 0), "views[0].bands[1].counts");
    check(|scan| scan.views[0].bands[1].dark.truncate(3), "views[0].bands[1].dark");
    check(|scan| scan.views[0].bands[0].endpoint_mev = Some(f64::NAN), "endpoint_mev");
    check(|scan| scan.views[0].bands[0].max_value = 0, "max_value");
    check(|scan| scan.views[0].bands[1].column_offset = Some(-4.5), "column_offset is -4.5, outside -4 to 4 columns");
    check(|scan| scan.views[0].bands[1].column_offset = Some(f64::NAN), "views[0].bands[1].column_offset is NaN");
    check(|scan| scan.views[0].dose_rows = [3, 5], "dose_rows");
    check(|scan| scan.views[0].geometry.as_mut().unwrap().column_pitch_mm = f64::INFINITY, "column_pitch_mm");
    check(|scan| scan.containers_read[0].confidence = 1.5, "confidence");
    check(|scan| scan.site = Some("x".repeat(1 << 20)), "description: bytes");
}

#[test]
fn the_sink_is_asked_once_per_band_and_its_memory_is_used() {
    struct Counting(Vec<(usize, usize)>);
    impl PixelSink for Counting {
        fn allocate(&mut self, width: usize, height: usize) -> Result<Box<dyn PixelBuffer>, SinkError> {
            self.0.push((width, height));
            if self.0.len() > 2 { Err("full".into()) } else { VecSink.allocate(width, height) }
        }
    }
    let file = encode_tiff(&dual_scan(6, 4)).unwrap();
    let mut sink = Counting(Vec::new());
    assert_eq!(decode_into(&file, &Limits::default(), &mut sink).unwrap(), decoded(&file));
    assert_eq!(sink.0, [(6, 4), (6, 4)]);
    let error = decode_into(&file, &Limits::default(), &mut sink).unwrap_err();
    assert!(matches!(error, ScanError::Memory { width: 6, height: 4, .. }), "{error}");
    assert_eq!(error.kind(), pellucid_core::ErrorKind::Overloaded);
}
