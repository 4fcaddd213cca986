//! Every imperfection of a scanner alone, and the statistics it is said to have.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::{BandKind, RawBand};
use pellucid_imaging::physics::{BandOptions, BandResponse, material};
use pellucid_phantom::{Imperfections, Rendered, Scanner, Scene, component, render};

const COLUMNS: usize = 400;

/// A machine with one flaw only.
fn machine(change: impl FnOnce(&mut Imperfections)) -> Scanner {
    let mut scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    scanner.imperfections = Imperfections::none();
    change(&mut scanner.imperfections);
    scanner
}

/// A plate of steel over all columns and rows, of so many mm along a level ray; none for 0.
fn behind_steel(scanner: &Scanner, thickness_mm: f64, columns: usize, seed: u64) -> Rendered {
    let mut scene = Scene::default();
    let steel = scene.substance("steel", None).unwrap();
    scene.paint(component::CARGO, 1);
    if thickness_mm > 0.0 {
        scene.block([-50.0, -3000.0, 3500.0], [1e5, 9000.0, 3500.0 + thickness_mm], steel);
    }
    render(&scene, scanner, columns, seed).unwrap()
}

fn transmission(band: &RawBand, x: usize, y: usize) -> f64 {
    let (dark, air) = (f64::from(band.dark[y]), f64::from(band.air[y]));
    (f64::from(band.counts.at(x, y)) - dark) / (air - dark)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values);
    (values.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>() / values.len() as f64).sqrt()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (middle_a, middle_b) = (mean(a), mean(b));
    let product: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - middle_a) * (b - middle_b)).collect();
    mean(&product) / (deviation(a) * deviation(b))
}

/// Values of a column of one band, as shares of air.
fn column(band: &RawBand, x: usize) -> Vec<f64> {
    (0..band.counts.height()).map(|y| transmission(band, x, y)).collect()
}

#[test]
fn without_flaws_air_is_air() {
    let rendered = behind_steel(&machine(|_| {}), 0.0, 20, 1);
    for band in &rendered.view.bands {
        for y in 0..band.counts.height() {
            assert!((0..20).all(|x| band.counts.at(x, y) == band.air[y]), "row {y}");
        }
    }
}

#[test]
fn dark_and_gain_differ_between_detectors_as_stated() {
    let rendered = behind_steel(
        &machine(|flaws| (flaws.dark_counts, flaws.dark_spread, flaws.gain_spread) = (600.0, 40.0, 0.02)),
        0.0,
        4,
        3,
    );
    for band in &rendered.view.bands {
        let dark: Vec<f64> = band.dark.iter().map(|v| f64::from(*v)).collect();
        let gain: Vec<f64> = band.air.iter().zip(&band.dark).map(|(a, d)| f64::from(a - d)).collect();
        assert!((mean(&dark) - 600.0).abs() < 10.0 && (deviation(&dark) / 40.0 - 1.0).abs() < 0.15);
        assert!((deviation(&gain) / mean(&gain) / 0.02 - 1.0).abs() < 0.15, "{}", deviation(&gain) / mean(&gain));
    }
}

#[test]
fn off_axis_air_falls_with_the_square() {
    let rendered = behind_steel(&machine(|flaws| flaws.off_axis_loss = 0.2), 0.0, 2, 3);
    let band = &rendered.view.bands[0];
    let rows = band.air.len();
    let air = |y: usize| f64::from(band.air[y] - band.dark[y]);
    assert!((air(0) / air(rows / 2) - 0.8).abs() < 0.005);
    assert!((air(rows * 3 / 4) / air(rows / 2) - 0.95).abs() < 0.005);
}

#[test]
fn the_dose_jitters_from_column_to_column_in_all_rows_alike() {
    let rendered = behind_steel(&machine(|flaws| flaws.dose_jitter = 0.01), 0.0, COLUMNS, 4);
    let band = &rendered.view.bands[0];
    let rows = |y: usize| -> Vec<f64> { (0..COLUMNS).map(|x| transmission(band, x, y)).collect() };
    let (upper, lower) = (rows(10), rows(380));
    assert!((deviation(&upper) / 0.01 - 1.0).abs() < 0.15, "{}", deviation(&upper));
    assert!((mean(&upper) - 1.0).abs() < 0.003);
    assert!(correlation(&upper, &lower) > 0.999);
    // The two bands are two pulses.
    let low: Vec<f64> = (0..COLUMNS).map(|x| transmission(&rendered.view.bands[1], x, 10)).collect();
    assert!(correlation(&upper, &low).abs() < 0.2);
}

#[test]
fn electronic_noise_is_white_and_the_same_behind_anything() {
    for thickness in [0.0, 250.0] {
        let rendered = behind_steel(&machine(|flaws| flaws.electronic_noise = 12.0), thickness, COLUMNS, 5);
        let band = &rendered.view.bands[0];
        let clean = behind_steel(&machine(|_| {}), thickness, 1, 5);
        let noise: Vec<f64> = (0..COLUMNS)
            .flat_map(|x| (100..140).map(move |y| (x, y)))
            .map(|(x, y)| f64::from(band.counts.at(x, y)) - f64::from(clean.view.bands[0].counts.at(0, y)))
            .collect();
        assert!((deviation(&noise) / 12.0 - 1.0).abs() < 0.03, "{}", deviation(&noise));
        assert!(mean(&noise).abs() < 0.6, "{}", mean(&noise));
        assert!(correlation(&noise[..15_000], &noise[1..15_001]).abs() < 0.03);
    }
}

#[test]
fn photon_noise_is_compound_poisson_and_grows_as_the_beam_hardens() {
    let scanner = machine(|flaws| flaws.excess_noise = 1.3);
    for thickness in [0.0, 60.0, 180.0, 320.0] {
        for (i, setting) in scanner.bands.iter().enumerate() {
            let rendered = behind_steel(&scanner, thickness, COLUMNS, 6);
            let band = &rendered.view.bands[i];
            let response = BandResponse::new(setting.endpoint_mev);
            let steel = material("steel").unwrap();
            // Variance of the signal behind steel over that in air, both as shares of air: the second moments of what photons
            // leave, from spectrum and response alone.
            let second = |layers: &[_]| -> f64 {
                let behind = response.weights_behind(layers);
                let squares = behind.iter().zip(&response.deposited_mev).zip(&response.deposited_mev2);
                squares.filter(|((_, d), _)| **d > 0.0).map(|((w, d), d2)| w * d2 / d).sum()
            };
            let layers = [(steel, thickness / 10.0 * steel.density_g_per_cm3)];
            let expected = 1.3 / setting.air_quanta * second(&layers) / second(&[]);
            // Around the level ray, whose areal density is that of the plate.
            let fan = pellucid_phantom::Fan::new(&scanner.geometry(), scanner.fan.rows);
            let level = fan.row_at(scanner.fan.source_height_mm, 3500.0) as usize;
            let deviations: Vec<f64> = (level - 10..level + 10)
                .map(|y| deviation(&(0..COLUMNS).map(|x| transmission(band, x, y)).collect::<Vec<_>>()))
                .collect();
            let variance = mean(&deviations.iter().map(|d| d * d).collect::<Vec<_>>());
            let rounding = (1.0 / setting.air_counts).powi(2) / 12.0;
            let ratio = variance / (expected + rounding);
            println!("{:?} band, {thickness} mm of steel: variance {variance:.3e}, ratio {ratio:.3}", band.kind);
            assert!((ratio - 1.0).abs() < 0.06, "{thickness} mm, {:?}: {ratio}", band.kind);
        }
    }
}

#[test]
fn few_photons_are_skewed_as_counts_are() {
    // Some 20 quanta a pixel: skewness of a compound Poisson signal is about (its third moment) / √quanta.
    let mut scanner = machine(|flaws| flaws.excess_noise = 1.3);
    for band in &mut scanner.bands {
        (band.air_quanta, band.air_counts) = (20.0, 20_000.0);
    }
    let rendered = behind_steel(&scanner, 0.0, 200, 7);
    let band = &rendered.view.bands[0];
    let values: Vec<f64> = (0..200).flat_map(|x| column(band, x)).collect();
    let (middle, sigma) = (mean(&values), deviation(&values));
    let skewness = mean(&values.iter().map(|v| ((v - middle) / sigma).powi(3)).collect::<Vec<_>>());
    println!("mean {middle:.4}, relative variance {:.4}, skewness {skewness:.3}", sigma * sigma);
    assert!((middle - 1.0).abs() < 0.005);
    assert!((sigma * sigma / (1.3 / 20.0) - 1.0).abs() < 0.05, "{}", sigma * sigma);
    assert!((0.1..0.5).contains(&skewness), "{skewness}");
}

#[test]
fn scatter_adds_its_share_of_the_lit_column() {
    let share = 2e-3;
    let rendered = behind_steel(&machine(|flaws| flaws.scatter = [share, share]), 0.0, 4, 8);
    let column = column(&rendered.view.bands[0], 2);
    // Nothing in the beam: nothing added to what is measured as air.
    assert!((mean(&column) - 1.0).abs() < 1e-4);
    let mut scene = Scene::default();
    let lead = scene.substance("lead", None).unwrap();
    scene.paint(component::CARGO, 1);
    scene.block([-50.0, 1500.0, 3500.0], [1e5, 2600.0, 4500.0], lead);
    let scanner = machine(|flaws| flaws.scatter = [share, share]);
    let rendered = render(&scene, &scanner, 4, 8).unwrap();
    let band = &rendered.view.bands[0];
    let opaque: Vec<usize> = (0..404).filter(|y| rendered.areal_density.at(2, *y) > 800.0).collect();
    let lit = (0..404).filter(|y| rendered.component.at(2, *y) == component::AIR).count() as f64 / 404.0;
    let seen = mean(&opaque.iter().map(|y| transmission(band, 2, *y)).collect::<Vec<_>>());
    println!("{lit:.3} of the column lit, {seen:.2e} behind lead: A saturates at {:.2}", -seen.ln());
    assert!((seen / (share * lit) - 1.0).abs() < 0.03, "{seen} {}", share * lit);
    assert!((6.0..8.0).contains(&-seen.ln()));
}

#[test]
fn dead_detectors_are_as_many_as_stated_and_the_same_in_both_bands() {
    for seed in 0..5 {
        let rendered = behind_steel(&machine(|flaws| flaws.dead_detectors = [6, 6]), 0.0, 4, seed);
        let dead = |band: &RawBand| -> Vec<usize> { (0..404).filter(|y| band.air[*y] == band.dark[*y]).collect() };
        let (high, low) = (dead(&rendered.view.bands[0]), dead(&rendered.view.bands[1]));
        assert_eq!(high, low);
        assert!((4..=6).contains(&high.len()), "two may fall together: {high:?}");
        assert_eq!(rendered.view.bands[1].kind, BandKind::Low);
    }
}

#[test]
fn dark_and_gain_drift_to_what_is_stated_by_the_end() {
    let rendered = behind_steel(&machine(|flaws| flaws.gain_drift = 0.02), 0.0, COLUMNS, 9);
    let band = &rendered.view.bands[0];
    let (start, half, end) = (column(band, 0), column(band, COLUMNS / 2), column(band, COLUMNS - 1));
    assert!(deviation(&start) < 2e-4);
    assert!((deviation(&end) / 0.02 - 1.0).abs() < 0.12, "{}", deviation(&end));
    assert!((deviation(&half) / deviation(&end) - 0.5).abs() < 0.02 && correlation(&half, &end) > 0.999);
    // Behind much steel only the dark is left to drift.
    let rendered = behind_steel(&machine(|flaws| flaws.dark_drift = 15.0), 900.0, COLUMNS, 9);
    let band = &rendered.view.bands[0];
    let moved: Vec<f64> =
        (0..404).map(|y| f64::from(band.counts.at(COLUMNS - 1, y)) - f64::from(band.dark[y])).collect();
    assert!((deviation(&moved) / 15.0 - 1.0).abs() < 0.12, "{}", deviation(&moved));
}

#[test]
fn gain_steps_are_jumps_of_whole_boards_in_mid_scan() {
    let scanner = machine(|flaws| (flaws.gain_steps, flaws.gain_step_size) = ([2, 2], 0.04));
    for seed in 0..6 {
        let rendered = behind_steel(&scanner, 0.0, COLUMNS, seed);
        let band = &rendered.view.bands[0];
        let (start, end) = (column(band, 0), column(band, COLUMNS - 1));
        assert!(start.iter().all(|t| (t - 1.0).abs() < 1e-4));
        let jumped: Vec<usize> = (0..404).filter(|y| (end[*y] - 1.0).abs() > 1e-3).collect();
        assert!((20..=64).contains(&jumped.len()), "{}", jumped.len());
        for y in jumped {
            let size = (end[y] - 1.0).abs();
            assert!((0.015..0.13).contains(&size), "{size}");
            // The other band's amplifier is the same one.
            let other = transmission(&rendered.view.bands[1], COLUMNS - 1, y);
            assert!((other - end[y]).abs() < 1e-3);
            let jumps = (1..COLUMNS)
                .filter(|x| (transmission(band, *x, y) - transmission(band, x - 1, y)).abs() > 5e-3)
                .count();
            assert!((1..=2).contains(&jumps), "{jumps}");
        }
    }
}

#[test]
fn end_points_jitter_behind_matter_and_not_in_air() {
    let sigma = 0.01;
    let scanner = machine(|flaws| flaws.endpoint_jitter = sigma);
    let air = behind_steel(&scanner, 0.0, 100, 10);
    assert!((0..100).all(|x| (transmission(&air.view.bands[0], x, 200) - 1.0).abs() < 1e-6));
    let steel = material("steel").unwrap();
    for (i, setting) in scanner.bands.iter().enumerate() {
        let rendered = behind_steel(&scanner, 150.0, COLUMNS, 10);
        let fan = pellucid_phantom::Fan::new(&scanner.geometry(), scanner.fan.rows);
        let level = fan.row_at(scanner.fan.source_height_mm, 3500.0).round() as usize;
        let band = &rendered.view.bands[i];
        let attenuation: Vec<f64> = (0..COLUMNS).map(|x| -transmission(band, x, level).ln()).collect();
        let layers = [(steel, 15.0 * steel.density_g_per_cm3)];
        let at = |endpoint: f64| BandResponse::with_options(endpoint, &BandOptions::default()).attenuation(&layers);
        let e = setting.endpoint_mev;
        let expected = (at(e * (1.0 - sigma)) - at(e * (1.0 + sigma))) / 2.0;
        let ratio = deviation(&attenuation) / expected;
        println!("{e} MV: A behind 150 mm of steel varies by {:.4}, ratio {ratio:.3}", deviation(&attenuation));
        assert!((ratio - 1.0).abs() < 0.15, "{e} MV: {ratio}");
        assert!((mean(&attenuation) / at(e) - 1.0).abs() < 0.005);
    }
}

#[test]
fn the_beam_is_softer_off_its_axis() {
    let per_radian = 0.26;
    let steel = material("steel").unwrap();
    // The axis in the middle of the fan, and 20° up.
    for axis in [None, Some(20.0)] {
        let machine = |softening: f64| {
            let mut scanner = machine(|flaws| flaws.off_axis_softening = softening);
            scanner.fan.beam_axis_deg = axis;
            scanner
        };
        let scanner = machine(per_radian);
        let fan = pellucid_phantom::Fan::new(&scanner.geometry(), scanner.fan.rows);
        let elevation = |y: usize| {
            let geometry = scanner.geometry();
            let detector = geometry.detector(y).unwrap();
            ((detector.height_mm - geometry.source_height_mm) / detector.distance_mm).atan()
        };
        let middle = 0.5 * (elevation(0) + elevation(fan.rows() - 1));
        let axis = axis.map_or(middle, f64::to_radians);
        let [plain, soft] = [0.0, per_radian].map(|softening| behind_steel(&machine(softening), 150.0, 2, 11));
        for (i, setting) in scanner.bands.iter().enumerate() {
            let a = |rendered: &Rendered, y: usize| -transmission(&rendered.view.bands[i], 1, y).ln();
            for y in (3..404).step_by(16) {
                let softer = per_radian * (setting.endpoint_mev / 6.0).sqrt() * (elevation(y) - axis).abs();
                // The ray at the end of the fan is slanted: its areal density is in the truth.
                let layers = [(steel, f64::from(plain.areal_density.at(1, y)))];
                let thinner = 5.8 * softer / (setting.endpoint_mev / 6.0).sqrt();
                let at = |softer: f64, thinner: f64| {
                    let usual = BandOptions::default();
                    let filter_g_per_cm2 = usual.filter_g_per_cm2 * (1.0 - thinner).max(0.1);
                    let options = BandOptions { filter_g_per_cm2, ..usual };
                    BandResponse::with_options(setting.endpoint_mev * (1.0 - softer), &options).attenuation(&layers)
                };
                let expected = at(softer, thinner) / at(0.0, 0.0);
                let got = a(&soft, y) / a(&plain, y);
                if y % 64 == 3 {
                    println!(
                        "row {y}: A grows {:.2} %, spectra {:.2} %",
                        100.0 * (got - 1.0),
                        100.0 * (expected - 1.0)
                    );
                }
                // Behind the slanted ends of the fan the low band has some hundred counts left, whole ones.
                assert!((got / expected - 1.0).abs() < 0.004, "row {y}: {got} {expected}");
            }
        }
    }
}

#[test]
fn crosstalk_correlates_neighbours_and_keeps_the_mean() {
    let share = 0.05;
    let rendered =
        behind_steel(&machine(|flaws| (flaws.excess_noise, flaws.crosstalk) = (1.3, share)), 100.0, COLUMNS, 12);
    let band = &rendered.view.bands[0];
    let row = |y: usize| -> Vec<f64> { (0..COLUMNS).map(|x| transmission(band, x, y)).collect() };
    let neighbours = mean(&(150..250).map(|y| correlation(&row(y), &row(y + 1))).collect::<Vec<_>>());
    // Of a, b, c …: cov = 2 s (1 − 2 s), var = (1 − 2 s)² + 2 s².
    let expected = 2.0 * share * (1.0 - 2.0 * share) / ((1.0 - 2.0 * share).powi(2) + 2.0 * share * share);
    println!("neighbours correlate by {neighbours:.4}, expected {expected:.4}");
    assert!((neighbours / expected - 1.0).abs() < 0.1, "{neighbours} {expected}");
    let far = mean(&(150..250).map(|y| correlation(&row(y), &row(y + 5))).collect::<Vec<_>>());
    assert!(far.abs() < 0.02, "{far}");
    let clean = behind_steel(&machine(|_| {}), 100.0, 2, 12);
    let (got, wanted) = (mean(&row(200)), transmission(&clean.view.bands[0], 1, 200));
    assert!((got / wanted - 1.0).abs() < 2e-3, "{got} {wanted}");
}

#[test]
fn lag_leaves_a_rest_in_the_next_column() {
    let share = 0.03;
    let mut scene = Scene::default();
    let lead = scene.substance("lead", None).unwrap();
    scene.paint(component::CARGO, 1);
    scene.block([120.0, 1000.0, 3500.0], [240.0, 3000.0, 4500.0], lead);
    let rendered = render(&scene, &machine(|flaws| flaws.lag = share), 30, 13).unwrap();
    let band = &rendered.view.bands[0];
    let row = (0..404).find(|y| rendered.areal_density.at(15, *y) > 800.0).unwrap() + 5;
    assert!((transmission(band, 10, row) / share - 1.0).abs() < 0.01, "{}", transmission(band, 10, row));
    assert!(transmission(band, 11, row) < 1e-3);
    assert!((transmission(band, 20, row) - (1.0 - share)).abs() < 1e-3);
}

#[test]
fn a_wrong_speed_stretches_and_squeezes_the_load() {
    // Posts every 300 mm: where their pictures stand tells the speed.
    let posts = |scanner: &Scanner| -> Vec<f64> {
        let mut scene = Scene::default();
        let lead = scene.substance("lead", None).unwrap();
        scene.paint(component::CARGO, 1);
        for i in 0..60 {
            let x = 200.0 + 300.0 * f64::from(i);
            scene.block([x, 1000.0, 3500.0], [x + 96.0, 3000.0, 4500.0], lead);
        }
        let rendered = render(&scene, scanner, 1500, 14).unwrap();
        let row = 215;
        let dark: Vec<f64> = (0..1500).map(|x| 1.0 - transmission(&rendered.view.bands[0], x, row)).collect();
        let mut centres = Vec::new();
        let (mut sum, mut weight) = (0.0, 0.0);
        for (x, d) in dark.iter().enumerate() {
            if *d > 0.02 {
                sum += d * x as f64;
                weight += d;
            } else if weight > 0.0 {
                centres.push(sum / weight);
                (sum, weight) = (0.0, 0.0);
            }
        }
        centres
    };
    let spread = |centres: &[f64]| {
        let steps: Vec<f64> = centres.windows(2).map(|pair| (pair[1] - pair[0]) * 12.0 / 300.0).collect();
        (mean(&steps), deviation(&steps))
    };
    let (even, none) = spread(&posts(&machine(|_| {})));
    assert!((even - 1.0).abs() < 1e-3 && none < 2e-3, "{even} {none}");
    let (middle, error) = spread(&posts(&machine(|flaws| flaws.speed_error = 0.03)));
    println!("distances of posts vary by {:.2} % for a speed error of 3 %", 100.0 * error);
    assert!((middle - 1.0).abs() < 0.02 && (0.018..0.036).contains(&error), "{middle} {error}");
}
