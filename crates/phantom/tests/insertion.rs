//! Solids put into scans that exist: against scans rendered with the solids in them.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::{ContainerType, IsoSize, RawScan};
use pellucid_phantom::structure::ContainerPlan;
use pellucid_phantom::{
    Axis, Calibration, CalibrationOptions, Dice, Imperfections, InsertOptions, Placement, Scanner, Scene, Shape,
    component, insert, render, scan_of,
};

const COLUMNS_MM: f64 = 3_000.0;

/// What solids are put behind, before and into.
const GROUNDS: [&str; 6] = ["air", "behind steel", "before steel", "cotton", "sugar", "container"];

fn ground(name: &str, scanner: &Scanner) -> Scene {
    let mut scene = Scene::default();
    let near = scanner.fan.source_to_near_wall_mm;
    let slab = |scene: &mut Scene, material: &str, density: Option<f64>, z: [f64; 2]| {
        let substance = scene.substance(material, density).unwrap();
        scene.paint(component::CARGO, 1);
        scene.block([300.0, 1200.0, near + z[0]], [2700.0, 3400.0, near + z[1]], substance);
    };
    match name {
        // A post, so that no row shows one value only, as broken detectors do.
        "air" => {
            let steel = scene.substance("steel", None).unwrap();
            scene.block([2850.0, 200.0, near + 400.0], [2900.0, 4500.0, near + 420.0], steel);
        }
        "behind steel" => slab(&mut scene, "steel", None, [100.0, 160.0]),
        "before steel" => slab(&mut scene, "steel", None, [2200.0, 2260.0]),
        "cotton" => slab(&mut scene, "cotton", Some(0.3), [20.0, 2400.0]),
        "sugar" => slab(&mut scene, "sugar", Some(0.6), [400.0, 2000.0]),
        _ => {
            let plan = ContainerPlan {
                size: IsoSize::Twenty,
                container_type: ContainerType::Dry,
                x_mm: 100.0,
                y_mm: 1200.0,
                z_mm: near,
            };
            plan.build(&mut scene, &mut Dice::new(5, "container")).unwrap();
            let paper = scene.substance("paper", Some(0.5)).unwrap();
            scene.paint(component::CARGO, 1);
            scene.block([300.0, 1400.0, near + 100.0], [2700.0, 2300.0, near + 900.0], paper);
        }
    }
    scene
}

/// A block, a cylinder, a ball and a turned brick of what is hidden in boxes, all side by side in mid-lane.
fn solids(scene: &mut Scene, scanner: &Scanner) {
    let z = scanner.fan.source_to_near_wall_mm + 1300.0;
    scene.paint(component::CONCEALED, 1000);
    let rdx = scene.substance("rdx", None).unwrap();
    scene.block([500.0, 1900.0, z], [900.0, 2150.0, z + 180.0], rdx);
    let water = scene.substance("water", None).unwrap();
    scene.add(Shape::Cylinder { axis: Axis::Y, centre: [1200.0, 2000.0, z], radius: 150.0, half_length: 300.0 }, water);
    let steel = scene.substance("steel", None).unwrap();
    scene.add(Shape::Ellipsoid { centre: [1700.0, 2050.0, z], semi: [130.0, 90.0, 60.0] }, steel);
    let lead = scene.substance("lead", None).unwrap();
    let axes = pellucid_phantom::turned(Axis::X, 0.5);
    scene.add(Shape::Brick { centre: [2200.0, 2000.0, z], half: [100.0, 60.0, 15.0], axes }, lead);
}

fn scan(scene: &Scene, scanner: &Scanner, seed: u64) -> RawScan {
    let columns = (COLUMNS_MM / scanner.fan.column_pitch_mm) as usize;
    scan_of(render(scene, scanner, columns, seed).unwrap().view, scanner)
}

fn attenuation(scan: &RawScan, band: usize, x: usize, y: usize) -> f64 {
    let band = &scan.views[0].bands[band];
    let (dark, air) = (f64::from(band.dark[y]), f64::from(band.air[y]));
    -((f64::from(band.counts.at(x, y)) - dark) / (air - dark)).max(1e-5).ln()
}

/// Nothing to be read from the scan: no scatter, no line spread.
fn quiet() -> CalibrationOptions {
    CalibrationOptions { scatter: Some(0.0), blur_px: Some([0.0; 2]), ..CalibrationOptions::default() }
}

fn alone(scanner: &Scanner) -> Scene {
    let mut scene = Scene::default();
    solids(&mut scene, scanner);
    scene
}

const SILENT: InsertOptions = InsertOptions { placement: Placement::Adds, noise: false, mask_id: 1000 };

#[test]
fn a_solid_put_in_is_the_solid_rendered() {
    for name in Scanner::names() {
        let mut scanner = Scanner::preset(name).unwrap();
        if scanner.fan.rows > 500 {
            scanner = scanner.with_resolution(600, 9.0);
        }
        let is_dual = scanner.bands.len() == 2;
        scanner.imperfections = Imperfections { dark_spread: 30.0, gain_spread: 0.02, ..Imperfections::none() };
        for interlace in [0.0, 0.5] {
            scanner.imperfections.interlace = interlace;
            for on in GROUNDS {
                let before = ground(on, &scanner);
                let mut both = before.clone();
                solids(&mut both, &scanner);
                let (old, direct) = (scan(&before, &scanner, 3), scan(&both, &scanner, 3));
                let calibration = Calibration::of(&old, &quiet()).unwrap();
                let made = insert(&old, &calibration, &alone(&scanner), &SILENT, 1).unwrap();
                for band in 0..scanner.bands.len() {
                    let (mut worst, mut share, mut n) = (0.0_f64, 0.0_f64, 0);
                    let (width, height) = calibration.size();
                    for (x, y) in (0..height).flat_map(|y| (1..width).map(move |x| (x, y))) {
                        if made.mask.at(x, y) == 0 && made.mask.at(x - 1, y) == 0 {
                            assert_eq!(
                                made.scan.views[0].bands[band].counts.at(x, y),
                                old.views[0].bands[band].counts.at(x, y)
                            );
                            continue;
                        }
                        let [got, real, there] = [&made.scan, &direct, &old].map(|s| attenuation(s, band, x, y));
                        // Whole counts: half a count either way, twice.
                        let rounding = 1.0 / (45_000.0 * libm::exp(-real));
                        if real < 7.0 {
                            n += 1;
                            let error = ((got - real).abs() - rounding).max(0.0);
                            worst = worst.max(error);
                            share = share.max(error / (real - there).max(0.2));
                        }
                    }
                    println!(
                        "{name}, interlaced by {interlace}, {on}, band {band}: A of {n} pixels off by at most {worst:.4}, \
                         {:.2} % of what is added",
                        100.0 * share
                    );
                    assert!(n > 500);
                    // One band only takes more than its walls of steel for organic goods.
                    assert!(share < if is_dual { 0.01 } else { 0.045 }, "{name} {on}: {share}");
                }
            }
        }
    }
}

/// Mean, variance and correlations with the next pixel along x and y of deviations in units of their standard deviation,
/// over a block of pixels.
fn moments(z: impl Fn(usize, usize) -> f64, x: std::ops::Range<usize>, y: std::ops::Range<usize>) -> [f64; 4] {
    let (mut sum, mut square, mut along_x, mut along_y, mut n) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in y.flat_map(|y| x.clone().map(move |x| (x, y))) {
        let v = z(x, y);
        if v.is_finite() && z(x + 1, y).is_finite() && z(x, y + 1).is_finite() {
            sum += v;
            square += v * v;
            along_x += v * z(x + 1, y);
            along_y += v * z(x, y + 1);
            n += 1.0;
        }
    }
    let (mean, power) = (sum / n, square / n);
    [mean, power - mean * mean, along_x / n / power, along_y / n / power]
}

#[test]
fn noise_is_that_of_the_new_counts() {
    for name in ["relocatable_6_3p5", "portal_9_6", "gantry_6"] {
        let mut scanner = Scanner::preset(name).unwrap();
        scanner.imperfections.scatter = [3e-4, 3e-4];
        // The dose goes up and down in whole columns; without it rows are independent.
        scanner.imperfections.dose_jitter = 0.0;
        let mut silent = scanner.clone();
        (silent.imperfections.excess_noise, silent.imperfections.electronic_noise) = (0.0, 0.0);
        let near = scanner.fan.source_to_near_wall_mm;
        let put = |scene: &mut Scene, material: &str, density: Option<f64>, depth: f64, x: f64| {
            let substance = scene.substance(material, density).unwrap();
            scene.paint(component::CONCEALED, 1000);
            scene.block([x, 1700.0, near + 1000.0], [x + 700.0, 2400.0, near + 1000.0 + depth], substance);
        };
        for (material, density, depth) in [("water", None, 300.0), ("steel", None, 120.0), ("steel", None, 190.0)] {
            let mut before = Scene::default();
            put(&mut before, "steel", None, 40.0, 200.0);
            let stand = before.substance("steel", None).unwrap();
            // A dark block, from which the floor of noise is read.
            before.block([1900.0, 1200.0, near + 500.0], [2900.0, 2800.0, near + 1900.0], stand);
            let mut both = before.clone();
            put(&mut both, material, density, depth, 200.0);
            let mut alone = Scene::default();
            put(&mut alone, material, density, depth, 200.0);
            let (old, direct) = (scan(&before, &scanner, 3), scan(&both, &scanner, 3));
            let reference = scan(&both, &silent, 3);
            let options = CalibrationOptions { blur_px: Some([0.0; 2]), scatter: Some(3e-4), ..quiet() };
            let calibration = Calibration::of(&old, &options).unwrap();
            let made = insert(&old, &calibration, &alone, &InsertOptions::default(), 8).unwrap();
            let px = made.box_px.unwrap();
            let x = (px.x + 3) as usize..(px.right() - 4) as usize;
            let y = (px.y + 5) as usize..(px.bottom() - 6) as usize;
            for (band, set) in scanner.bands.iter().enumerate() {
                let found = calibration.noise()[band];
                let per_count = 1.0_f64.max(scanner.imperfections.excess_noise) * set.air_counts / set.air_quanta;
                assert!((found.variance_per_count / per_count - 1.0).abs() < 0.06, "{name}: {found:?} {per_count}");
                assert!((found.electronic / scanner.imperfections.electronic_noise - 1.0).abs() < 0.25, "{found:?}");
                let deviation = |scan: &RawScan, x: usize, y: usize| {
                    let (now, mean) = (&scan.views[0].bands[band], &reference.views[0].bands[band]);
                    if now.air[y] < now.dark[y].saturating_add(1000) {
                        return f64::NAN;
                    }
                    let signal = f64::from(mean.counts.at(x, y)) - f64::from(mean.dark[y]);
                    let variance = per_count * signal + scanner.imperfections.electronic_noise.powi(2);
                    (f64::from(now.counts.at(x, y)) - f64::from(mean.counts.at(x, y))) / variance.sqrt()
                };
                let [a, b] =
                    [&made.scan, &direct].map(|s| moments(|x, y| deviation(s, x, y), x.clone(), y.clone()));
                let depth = attenuation(&reference, band, px.x as usize + 20, (px.y + px.height / 2) as usize);
                println!("{name} {material} {depth:.1} band {band}: put in {a:.3?}, rendered {b:.3?}");
                let n = ((x.end - x.start) * (y.end - y.start)) as f64;
                // Four standard errors of a difference of two, and for the mean what the scatter loses to the solid.
                let slack = 4.0 * (2.0 / n).sqrt();
                assert!((a[0] - b[0]).abs() < slack + 0.12, "{name} {material} band {band}: mean {a:?} {b:?}");
                assert!((a[1] - b[1]).abs() < 2.0 * slack, "{name} {material} band {band}: variance {a:?} {b:?}");
                assert!((a[2] - b[2]).abs() < slack && (a[3] - b[3]).abs() < slack, "{name} {material}: {a:?} {b:?}");
            }
        }
    }
}
