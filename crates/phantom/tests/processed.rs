//! What vendors do to a picture: each step has a switch, and does what its name says.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView, ScannerIdentity};
use pellucid_phantom::{Dice, Family, Recipe, Scanner, Sway, Vendor, make_case, picture_machine, to_processed};

const WIDTH: usize = 240;
const HEIGHT: usize = 160;
/// Columns and rows of the block.
const BLOCK: [std::ops::Range<usize>; 2] = [80..160, 60..120];

/// A block of transmission 0.3 in air, with noise, doses that jitter, and rows 2 to 10 above the load.
fn scan(noise: f64, dose_jitter: f64) -> RawScan {
    let mut dice = Dice::new(3, "test");
    let doses: Vec<f64> = (0..WIDTH).map(|_| 1.0 + dose_jitter * dice.normal()).collect();
    let mut counts = Vec::with_capacity(WIDTH * HEIGHT);
    for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
        let through = if BLOCK[0].contains(&x) && BLOCK[1].contains(&y) { 0.3 } else { 1.0 };
        counts.push((500.0 + 50_000.0 * through * doses[x] * (1.0 + noise * dice.normal())) as u16);
    }
    let band = RawBand {
        kind: BandKind::High,
        max_value: u16::MAX,
        endpoint_mev: Some(6.0),
        column_offset: None,
        counts: Raster::from_vec(WIDTH, HEIGHT, counts).unwrap(),
        dark: vec![500; HEIGHT],
        air: vec![50_500; HEIGHT],
    };
    RawScan {
        grade: Grade::SingleEnergyRaw,
        views: vec![RawView { name: "side".into(), bands: vec![band], geometry: None, dose_rows: [2, 10] }],
        scanner: ScannerIdentity::default(),
        acquired_at: None,
        containers_read: Vec::new(),
        site: None,
        lane: None,
        unknown: serde_json::Map::new(),
    }
}

/// Air shows as 236, so that nothing is clipped.
fn plain() -> Vendor {
    Vendor::plain(0.8, 1.1, 0.0)
}

fn grey(scan: &RawScan, change: impl FnOnce(&mut Vendor)) -> Raster<u16> {
    let mut vendor = plain();
    change(&mut vendor);
    vendor.apply(scan, 7).unwrap().views[0].bands[0].counts.clone()
}

fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Standard deviation of grey in the air above the block.
fn air_noise(picture: &Raster<u16>) -> f64 {
    spread((12..50).flat_map(|y| picture.row(y)[20..220].iter().map(|g| f64::from(*g))))
}

fn row_means(picture: &Raster<u16>, rows: std::ops::Range<usize>) -> Vec<f64> {
    rows.map(|y| picture.row(y).iter().map(|g| f64::from(*g)).sum::<f64>() / WIDTH as f64).collect()
}

fn column_means(picture: &Raster<u16>) -> Vec<f64> {
    (0..WIDTH).map(|x| (0..50).map(|y| f64::from(picture.at(x, y))).sum::<f64>() / 50.0).collect()
}

#[test]
fn tone_is_windowed_and_bent() {
    let tone = |gamma: f64, white: f64, black: f64| {
        let picture = grey(&scan(0.0, 0.0), |v| (v.gamma, v.white, v.black) = (gamma, white, black));
        (picture.at(10, 100), picture.at(120, 90))
    };
    assert_eq!(tone(1.0, 1.0, 0.0), (255, 77));
    assert_eq!(tone(0.5, 1.0, 0.0), (255, 140));
    assert_eq!(tone(1.0, 1.25, 0.0), (204, 61));
    // Black takes what is below it, and white stays.
    assert_eq!(tone(1.0, 1.0, 0.2), (255, 32));
}

#[test]
fn cleaning_takes_noise_away_and_leaves_edges_wide() {
    let noisy = scan(0.03, 0.0);
    let before = air_noise(&grey(&noisy, |_| {}));
    let median = grey(&noisy, |v| v.is_median = true);
    let blurred = grey(&noisy, |v| v.blur_px = [1.0, 1.0]);
    // A median of nine leaves 0.41 of white noise, a Gaussian of 1 px 1/√(4π).
    assert!((0.36..0.46).contains(&(air_noise(&median) / before)), "{}", air_noise(&median) / before);
    assert!((0.25..0.33).contains(&(air_noise(&blurred) / before)), "{}", air_noise(&blurred) / before);
    let step = |picture: &Raster<u16>| i32::from(picture.at(79, 90)) - i32::from(picture.at(80, 90));
    let clean = scan(0.0, 0.0);
    let sharp = step(&grey(&clean, |_| {}));
    assert_eq!(step(&grey(&clean, |v| v.is_median = true)), sharp);
    assert!(step(&grey(&clean, |v| v.blur_px = [1.0, 0.0])) < sharp / 2);
    assert_eq!(step(&grey(&clean, |v| v.blur_px = [0.0, 1.0])), sharp);
}

#[test]
fn doses_are_corrected() {
    let jittery = scan(0.0, 0.02);
    let before = spread(column_means(&grey(&jittery, |_| {})).into_iter());
    let after = spread(column_means(&grey(&jittery, |v| v.dose_correction = 1.0)).into_iter());
    assert!(before > 2.0 && after < 0.1 * before, "{before} {after}");
}

#[test]
fn stripes_run_along_rows_and_columns() {
    let clean = scan(0.0, 0.0);
    let rows = grey(&clean, |v| v.row_stripes = 0.01);
    let columns = grey(&clean, |v| v.column_stripes = 0.01);
    // Grey goes with the 0.8th power of transmission: 1 % of it is 1.9 grey.
    let (of_rows, of_columns) =
        (spread(row_means(&rows, 0..50).into_iter()), spread(column_means(&columns).into_iter()));
    assert!((1.3..2.5).contains(&of_rows), "{of_rows}");
    assert!((1.0..3.0).contains(&of_columns), "{of_columns}");
    assert!(spread(column_means(&rows).into_iter()) < 0.1);
    assert!(spread(row_means(&columns, 0..50).into_iter()) < 0.1);
}

#[test]
fn faulty_rows_are_bright_lines() {
    let picture = grey(&scan(0.0, 0.0), |v| v.bright_lines = 40);
    let dark = |picture: &Raster<u16>| BLOCK[1].clone().filter(|y| picture.at(120, *y) < 120).count();
    let bright = BLOCK[1].len() - dark(&picture);
    assert!((5..50).contains(&bright), "{bright} rows");
    assert_eq!(dark(&grey(&scan(0.0, 0.0), |_| {})), BLOCK[1].len());
}

#[test]
fn sharpening_overshoots_at_edges_and_local_contrast_far_around() {
    let clean = scan(0.0, 0.0);
    let [before, sharp, local] = [(0.0, 0.0), (0.6, 0.0), (0.0, 0.3)].map(|(sharpening, local_contrast)| {
        grey(&clean, |v| (v.sharpening, v.local_contrast) = (sharpening, local_contrast))
    });
    assert!(sharp.at(81, 90) + 10 < before.at(81, 90), "{} {}", sharp.at(81, 90), before.at(81, 90));
    assert_eq!(sharp.at(120, 90), before.at(120, 90));
    assert!(local.at(120, 90) + 5 < before.at(120, 90), "{} {}", local.at(120, 90), before.at(120, 90));
}

#[test]
fn beams_that_are_off_and_frames_are_black_beside_the_load() {
    let picture = grey(&scan(0.01, 0.0), |v| v.beam_off = [0.5, 1.0]);
    let black: Vec<usize> = (0..WIDTH).filter(|x| (0..HEIGHT).all(|y| picture.at(*x, y) == 0)).collect();
    assert!(black.iter().all(|x| *x < 40 || *x >= 160), "{black:?}");
    assert!((115..=120).contains(&black.len()), "{}", black.len());
    let framed = grey(&scan(0.0, 0.0), |v| v.frame_px = 3);
    assert_eq!([framed.at(2, 80), framed.at(120, 2), framed.at(237, 80), framed.at(120, 157)], [0; 4]);
    assert!(framed.at(3, 80) > 200 && framed.at(120, 3) > 200);
}

#[test]
fn few_levels_and_either_polarity() {
    let noisy = scan(0.02, 0.0);
    let levels = |picture: &Raster<u16>| picture.pixels().iter().collect::<std::collections::BTreeSet<_>>().len();
    let few = grey(&noisy, |v| v.levels = 16);
    assert!(levels(&few) <= 16 && levels(&grey(&noisy, |_| {})) > 30);
    let (upright, inverted) = (grey(&noisy, |_| {}), grey(&noisy, |v| v.is_inverted = true));
    assert!(
        upright.pixels().iter().zip(inverted.pixels()).all(|(a, b)| (i32::from(*a) + i32::from(*b) - 255).abs() <= 1)
    );
}

#[test]
fn compression_leaves_blocks() {
    let noisy = scan(0.02, 0.0);
    let blocking = |picture: &Raster<u16>| {
        let step = |x: usize| -> f64 {
            (0..48).map(|y| (f64::from(picture.at(x, y)) - f64::from(picture.at(x - 1, y))).abs()).sum()
        };
        let mean = |is_border: bool| {
            let columns: Vec<usize> = (8..232).filter(|x| (x % 8 == 0) == is_border).collect();
            columns.iter().map(|x| step(*x)).sum::<f64>() / columns.len() as f64
        };
        mean(true) / mean(false)
    };
    let none = blocking(&grey(&noisy, |_| {}));
    let coarse = blocking(&grey(&noisy, |v| v.jpeg_quality = Some(30)));
    assert!((0.9..1.1).contains(&none), "{none}");
    assert!(coarse > 1.3, "{coarse}");
}

#[test]
fn sway_moves_picture_and_truth_alike() {
    let sway = Sway { tilt: 0.03, wave_px: 2.0, wave_columns: [90.0, 40.0], phases: [0.3, 1.0] };
    let clean = scan(0.0, 0.0);
    let truth: Vec<u8> = (0..WIDTH * HEIGHT)
        .map(|i| u8::from(BLOCK[0].contains(&(i % WIDTH)) && BLOCK[1].contains(&(i / WIDTH))))
        .collect();
    let truth = Raster::from_vec(WIDTH, HEIGHT, truth).unwrap();
    let picture = grey(&clean, |v| v.sway = sway);
    let moved = sway.raster(&truth).unwrap();
    let air = f64::from(picture.at(10, 50));
    let block = f64::from(picture.at(120, 90));
    let differ = moved.pixels().iter().zip(picture.pixels());
    let differ = differ.filter(|(t, g)| (**t == 1) != (f64::from(**g) < (air + block) / 2.0)).count();
    assert!(differ < BLOCK[0].len(), "{differ} pixels are not where truth is");
    assert_ne!(moved.pixels(), truth.pixels());
    let px = pellucid_core::PixelBox { x: 80, y: 60, width: 80, height: 60 };
    let around = sway.pixel_box(px, WIDTH, HEIGHT);
    let rows: Vec<usize> = (0..HEIGHT).filter(|y| moved.row(*y).contains(&1)).collect();
    assert!(rows[0].abs_diff(around.y as usize) <= 1, "{} {around:?}", rows[0]);
    assert!(rows[rows.len() - 1].abs_diff(around.bottom() as usize - 1) <= 1, "{rows:?} {around:?}");
    assert!(Sway::default().raster(&truth).is_none());
}

#[test]
fn impossible_vendors_are_refused() {
    for (key, change) in [
        ("gamma", (|v| v.gamma = 9.0) as fn(&mut Vendor)),
        ("jpeg_quality", |v| v.jpeg_quality = Some(0)),
        ("beam_off[1]", |v| v.beam_off[1] = 1.5),
        ("levels", |v| v.levels = 1),
        ("white", |v| v.white = f64::NAN),
    ] {
        let mut vendor = plain();
        change(&mut vendor);
        let error = vendor.apply(&scan(0.0, 0.0), 1).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    }
    let mut grey = scan(0.0, 0.0);
    grey.views[0].bands[0].kind = BandKind::Grey;
    assert!(plain().apply(&grey, 1).unwrap_err().to_string().contains("high band"));
}

#[test]
fn vendors_drawn_differ_and_repeat() {
    let vendors: Vec<Vendor> = (0..400).map(Vendor::random).collect();
    assert_eq!(vendors[5], Vendor::random(5));
    let count = |is: fn(&Vendor) -> bool| vendors.iter().filter(|v| is(v)).count();
    // Every step is met, and none is always there.
    for (name, found) in [
        ("bright lines", count(|v| v.bright_lines > 0)),
        ("median", count(|v| v.is_median)),
        ("local contrast", count(|v| v.local_contrast > 0.0)),
        ("sharpening", count(|v| v.sharpening > 0.0)),
        ("beam off", count(|v| v.beam_off != [0.0; 2])),
        ("frame", count(|v| v.frame_px > 0)),
        ("levels", count(|v| v.levels < 256)),
        ("inverted", count(|v| v.is_inverted)),
        ("JPEG", count(|v| v.jpeg_quality.is_some())),
        ("air below white", count(|v| v.white > 1.01)),
    ] {
        assert!((4..390).contains(&found), "{name}: {found} of 400");
    }
    let scan = scan(0.01, 0.01);
    let whole = |seed: u64| Vendor::random(seed).level().apply(&scan, seed).unwrap();
    assert_eq!(whole(9), whole(9));
    assert_ne!(whole(9), whole(10));
    // A tone curve alone leaves the order of transmissions, whatever the seed.
    let tone = to_processed(&scan, 9).unwrap().views[0].bands[0].counts.clone();
    let mut pairs: Vec<(u16, u16)> =
        scan.views[0].bands[0].counts.pixels().iter().copied().zip(tone.pixels().iter().copied()).collect();
    pairs.sort_unstable();
    assert!(pairs.windows(2).all(|pair| pair[0].1 <= pair[1].1));
}

#[test]
fn truth_of_a_processed_case_fits_its_picture() {
    let recipe = Recipe { processed: true, ..Recipe::random(11, Family::Honest).unwrap() };
    let scanner = picture_machine(Scanner::preset(&recipe.scanner).unwrap(), 11);
    assert_eq!((scanner.fan.rows, scanner.bands.len()), (799, 1));
    assert!((4.0..12.5).contains(&scanner.fan.column_pitch_mm), "{:?}", scanner.fan);
    let scanner = scanner.with_resolution(160, 30.0);
    for seed in [11, 12, 13] {
        let case = make_case(&recipe, &scanner, seed).unwrap();
        let vendor = Vendor::random(seed);
        assert_eq!(case.scan.grade, Grade::Processed);
        let picture = &case.scan.views[0].bands[0].counts;
        let (mut dense, mut bare) = (Vec::new(), Vec::new());
        for (i, (grey, truth)) in picture.pixels().iter().zip(case.areal_density.pixels()).enumerate() {
            let x = i % picture.width();
            let grey = if vendor.is_inverted { 255.0 - f64::from(*grey) } else { f64::from(*grey) };
            if (20..picture.width() - 20).contains(&x) {
                if *truth > 30.0 {
                    dense.push(grey)
                } else if *truth == 0.0 && grey > 0.0 {
                    bare.push(grey)
                }
            }
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        assert!(dense.len() > 500 && bare.len() > 500);
        assert!(mean(&bare) > 215.0 && mean(&dense) < 110.0, "{seed}: {} {}", mean(&bare), mean(&dense));
    }
}
