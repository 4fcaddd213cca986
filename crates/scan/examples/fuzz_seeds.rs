//! Writes valid files for the fuzz targets to start from: one folder per target under the folder given.

use std::fs;
use std::path::Path;

use anyhow::Context;
use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView, ScannerIdentity};
use pellucid_scan::{
    Codec, DicomKind, encode_dicom, encode_plane_f32, encode_plane_u8, encode_tiff_with, png_gray8, png_gray16,
    png_rgba8,
};

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
    let grey: Vec<u8> = (0..48).map(|n| n * 5).collect();
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
    for kind in [DicomKind::Dicom, DicomKind::Dicos] {
        let files = [encode_dicom(&scan, 0, kind)?, encode_dicom(&scan, 1, kind)?];
        save("dicom", &format!("{kind:?}"), &files[0])?;
        let both = [&(files[0].len() as u16).to_le_bytes()[..], &files[0], &files[1]].concat();
        save("dicom_files", &format!("{kind:?}"), &both)?;
    }
    let json = br#"{"profile":"pellucid-scan/1","grade":"single_energy_raw","files":["a","b","c"],"dose_rows":[0,2],
        "views":[{"name":"side","bands":[{"name":"high","endpoint_mev":6.0,"page":0,"dark_page":1,"air_page":2}]}]}"#;
    save("described", "scan", json)?;
    let xml = br#"<inspection vendor="a" acquired="2026-02-03T04:05:06Z"><view name="side" dose_rows="0 2">
        <band energy="high" endpoint_mev="6" file="high.png"><dark>1 2 3 4</dark><air>5 6 7 8</air></band>
        <geometry source_to_lane_mm="4000" source_height_mm="1" column_pitch_mm="4"/></view>
        <container number="CSQU3054383" confidence="0.9"/></inspection>"#;
    save("sidecar", "scan", xml)
}

/// A small dual-energy scan.
fn scan() -> RawScan {
    let band = |kind| RawBand {
        kind,
        max_value: u16::MAX,
        endpoint_mev: Some(6.0),
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
