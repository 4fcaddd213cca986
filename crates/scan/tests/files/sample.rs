//! Scans and files for the tests of this folder.

use pellucid_core::{
    BandKind, ContainerRead, DetectorArm, DetectorPosition, Grade, Raster, RawBand, RawScan, RawView, ScanGeometry,
    ScannerIdentity,
};

/// A congruential sequence: the same on every machine.
pub(crate) struct Noise(pub u64);

impl Noise {
    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.next() as usize % limit.max(1)
    }

    /// Roughly normal with mean 0 and variance 1: twelve uniform numbers.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| f64::from(self.next()) / f64::from(1_u32 << 31)).sum::<f64>() - 6.0
    }
}

/// Counts behind a box with a load, with photon noise: `photons` per pixel in air, twice the air counts of 25,000.
pub(crate) fn noisy_counts(width: usize, height: usize, photons: f64, seed: u64) -> Raster<u16> {
    let mut noise = Noise(seed);
    let mut counts = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f64 / width as f64, y as f64 / height as f64);
            let is_box = (0.1..0.9).contains(&u) && (0.2..0.85).contains(&v);
            let transmission: f64 = if is_box { 0.1 + 0.3 * (1.0 + (9.0 * u).sin() * (7.0 * v).cos()) } else { 1.0 };
            let sigma = (1.3 * transmission / photons).sqrt();
            let signal = 50_000.0 * (transmission + sigma * noise.normal());
            counts.push((200.0 + signal).clamp(0.0, 65_535.0) as u16);
        }
    }
    Raster::from_vec(width, height, counts).unwrap()
}

pub(crate) fn band(kind: BandKind, counts: Raster<u16>) -> RawBand {
    let rows = counts.height();
    let endpoint_mev = Some(if kind == BandKind::Low { 3.5 } else { 6.0 });
    let (dark, air) = ((0..rows).map(|r| 190 + (r % 20) as u16).collect(), vec![50_000; rows]);
    RawBand { kind, max_value: u16::MAX, endpoint_mev, column_offset: None, counts, dark, air }
}

pub(crate) fn geometry() -> ScanGeometry {
    ScanGeometry {
        source_to_lane_mm: 4_000.0,
        source_height_mm: 1_203.7,
        column_pitch_mm: 4.1,
        arm: Some(DetectorArm { distance_mm: 7_000.1, top_mm: 5_500.3, pitch_mm: 4.6 }),
        detectors: Vec::new(),
    }
}

/// A small dual-energy scan with everything filled in.
pub(crate) fn dual_scan(width: usize, height: usize) -> RawScan {
    let counts = |seed| noisy_counts(width, height, 8_000.0, seed);
    let bands = vec![band(BandKind::High, counts(1)), band(BandKind::Low, counts(2))];
    RawScan {
        grade: Grade::DualEnergyRaw,
        views: vec![RawView {
            name: "side".into(),
            bands,
            geometry: Some(geometry()),
            dose_rows: [0, height.min(4) as u32],
        }],
        scanner: ScannerIdentity {
            vendor: "同方".into(),
            model: "relocatable".into(),
            serial: "7".into(),
            calibration_date: Some("2026-01-05".into()),
        },
        acquired_at: Some("2026-02-03T04:05:06Z".into()),
        containers_read: vec![ContainerRead { id: "CSQU3054383".into(), confidence: 0.97, source: "ocr".into() }],
        site: Some("洋山".into()),
        lane: Some("3".into()),
        unknown: serde_json::Map::new(),
    }
}

/// A random scan of any grade, one to three views, any numbers that are possible.
pub(crate) fn random_scan(seed: u64) -> RawScan {
    let mut noise = Noise(seed);
    let grade = [Grade::DualEnergyRaw, Grade::SingleEnergyRaw, Grade::Processed][noise.below(3)];
    let views: Vec<_> = (0..1 + noise.below(3)).map(|index| random_view(&mut noise, grade, index)).collect();
    let mut unknown = serde_json::Map::new();
    if noise.below(2) == 0 {
        unknown
            .insert("operator".into(), serde_json::json!({"id": noise.next(), "说明": ["\u{7f}", 1.5e-300, null]}));
        unknown.insert("scanner".into(), serde_json::json!({"firmware": "9.1"}));
        let views: Vec<_> =
            views.iter().map(|_| serde_json::json!({"tilt": f64::from(noise.next()) * 1e-7})).collect();
        unknown.insert("views".into(), views.into());
    }
    let read = |n: u32| ContainerRead {
        id: format!("read {n}"),
        confidence: n as f32 / (1_u32 << 31) as f32,
        source: "ocr".into(),
    };
    RawScan {
        grade,
        views,
        scanner: ScannerIdentity { vendor: noise.next().to_string(), ..ScannerIdentity::default() },
        acquired_at: (noise.below(2) == 0).then(|| "2026-02-03T04:05:06Z".into()),
        containers_read: (0..noise.below(3)).map(|_| read(noise.next())).collect(),
        site: (noise.below(2) == 0).then(|| "site \"\\\" 港".into()),
        lane: None,
        unknown,
    }
}

fn random_view(noise: &mut Noise, grade: Grade, index: usize) -> RawView {
    let sizes = [(1, 1), (1, 9), (33, 1), (7, 5), (64, 40), (40, 64), (700, 120)];
    let (width, height) = sizes[noise.below(sizes.len())];
    let kinds: &[BandKind] = match grade {
        Grade::DualEnergyRaw => &[BandKind::High, BandKind::Low],
        Grade::SingleEnergyRaw => &[BandKind::High],
        Grade::Processed => &[BandKind::Grey],
    };
    let rows = if grade == Grade::Processed { 0 } else { height };
    let bands = kinds.iter().map(|kind| {
        let max_value = if noise.below(3) == 0 { 255 } else { u16::MAX };
        let shift = noise.below(17) as u32;
        let mut value = || ((noise.next() & 0xFFFF) >> shift).min(u32::from(max_value)) as u16;
        let counts = (0..width * height).map(|_| value()).collect();
        let (dark, air) = ((0..rows).map(|_| value()).collect(), (0..rows).map(|_| value()).collect());
        let endpoint_mev = (noise.below(3) > 0).then(|| 0.1 + f64::from(noise.next()) / 3e8);
        RawBand {
            kind: *kind,
            max_value,
            endpoint_mev,
            column_offset: None,
            counts: Raster::from_vec(width, height, counts).unwrap(),
            dark,
            air,
        }
    });
    let bands = bands.collect();
    let mut number = || 1.0 + f64::from(noise.next()) / 1e5;
    let geometry = ScanGeometry {
        source_to_lane_mm: number(),
        source_height_mm: number() - 10_000.0,
        column_pitch_mm: number(),
        arm: Some(DetectorArm { distance_mm: number(), top_mm: -number(), pitch_mm: number() }),
        detectors: (0..height).map(|_| DetectorPosition { distance_mm: number(), height_mm: -number() }).collect(),
    };
    let geometry = match noise.below(4) {
        0 => None,
        1 => Some(ScanGeometry { arm: None, ..geometry }),
        2 => Some(ScanGeometry { detectors: Vec::new(), ..geometry }),
        _ => Some(geometry),
    };
    let end = noise.below(height + 1);
    RawView { name: format!("view {index}"), bands, geometry, dose_rows: [noise.below(end + 1) as u32, end as u32] }
}

/// Replaces bytes of a file, for lies of equal length. Panics when `from` is not there.
pub(crate) fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = file.windows(from.len()).position(|window| window == from).expect("text to replace");
    let mut file = file.to_vec();
    file[at..at + to.len()].copy_from_slice(to);
    file
}

/// A TIFF of one page written by another library.
pub(crate) fn foreign_tiff<C>(
    width: u32,
    height: u32,
    compression: tiff::encoder::Compression,
    predictor: tiff::tags::Predictor,
    pixels: &[C::Inner],
) -> Vec<u8>
where
    C: tiff::encoder::colortype::ColorType,
    [C::Inner]: tiff::encoder::TiffValue,
{
    let mut file = std::io::Cursor::new(Vec::new());
    let mut encoder =
        tiff::encoder::TiffEncoder::new(&mut file).unwrap().with_compression(compression).with_predictor(predictor);
    let mut image = encoder.new_image::<C>(width, height).unwrap();
    image.rows_per_strip(3.min(height)).unwrap();
    image.write_data(pixels).unwrap();
    file.into_inner()
}

/// A JPEG written by another library; three samples a pixel when `is_colour`.
pub(crate) fn jpeg(width: u32, height: u32, is_colour: bool, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let color = if is_colour { image::ExtendedColorType::Rgb8 } else { image::ExtendedColorType::L8 };
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 95).encode(pixels, width, height, color).unwrap();
    file
}

/// A JP2 file of 40 x 33 pixels of 16 bits, lossless, written by OpenCV 5.0 (OpenJPEG 2.5.3): `1500 x + 100 y`, with
/// 65,535 in columns 10..20 of rows 10..14.
pub(crate) const JP2: &str = "\
    0000000c6a5020200d0a870a00000014667479706a703220000000006a7032200000002d6a70326800000016696864720000002100000028\
    00010f0700000000000f636f6c72010000000000110000023a6a703263ff4fff510029000000000028000000210000000000000000000000\
    2800000021000000000000000000010f0101ff52000c00000001000504040001ff5c00134080888890888890888890888890888890ff6400\
    25000143726561746564206279204f70656e4a5045472076657273696f6e20322e352e33ff90000a0000000001b90001ff93cffc30280813\
    5eb343f629b9e25fc3ff0302c0ff00483ff06020046b37b61f0326dc9b0462c1ff400320ff6001903ff0008012b6f52ce9c1906a25704caf\
    0da3f5a52a297e9c21d8913f0e2ad4ff0ce46e4bc3ff0311cffc486a3ff1218016ae17b22476eb795444bb84760fbfbb5372ade2240f6b9f\
    91ab2537be320eb0cd9dc01bd045f0e2b077b67fefa14369d7d8f3146f72ba889694c96a2f16b075972947a8feea032d4f75ee3e3fd1d4b5\
    993d4262b7c7fe186d1ff8612c1ff831001ee3aa23050fcf4fa38ee58823ee7f636b48dd670f9cf801a6421121cef38d82b516046668eccd\
    a64a13dbbc0c6721f951c9dbad5dbf232888f86a20663740698cde2211d19d4586fb5ab2e5f4074886b5ac678b48e45dab5081e31e0eabf5\
    ca66aba490d53ffafa3a8fa273e8ba031eec05e275e9d5c1269e5e2fc7fe18631ff861241ff8308083650145b96dc405057b8fc2bf79e71d\
    5e8fdecc6e07fcd433cbc75c216e2d648a17bdeb0ad1d27e08352c1a911f8c048f84d42e46ec40892a5fa06aafcd738140e3463ce5db3abb\
    955eb9f39b1e42d89b6b2f8e3983eeae32efe5c17235504453c87be94bffd9\
";

pub(crate) fn jp2() -> Vec<u8> {
    hexadecimal(JP2)
}

/// The bytes of a text of hexadecimal digits.
pub(crate) fn hexadecimal(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
