//! Solids put into scans that exist: against scans rendered with the solids in them.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::{ContainerType, IsoSize, RawScan};
use pellucid_imaging::physics::{BandResponse, ForwardTable, material};
use pellucid_phantom::structure::ContainerPlan;
use pellucid_phantom::{
    Axis, BoxView, Calibration, CalibrationOptions, CountNoise, Dice, Imperfections, InsertOptions, Placement,
    Scanner, ScannerBand, Scene, Shape, component, insert, render, scan_of,
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
    scene.add(
        Shape::Cylinder { axis: Axis::Y, centre: [1200.0, 2000.0, z], radius: 150.0, half_length: 300.0 },
        water,
    );
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
            scanner = scanner.with_resolution(300, 18.0);
        }
        let is_dual = scanner.bands.len() == 2;
        scanner.imperfections = Imperfections { dark_spread: 30.0, gain_spread: 0.02, ..Imperfections::none() };
        for interlace in if is_dual { &[0.0, 0.5][..] } else { &[0.0] }.iter().copied() {
            scanner.imperfections.interlace = interlace;
            for on in GROUNDS {
                let before = ground(on, &scanner);
                let mut both = before.clone();
                solids(&mut both, &scanner);
                let (old, direct) = (scan(&before, &scanner, 3), scan(&both, &scanner, 3));
                let calibration = Calibration::of(&old, &quiet()).unwrap();
                let made = insert(&old, &calibration, &alone(&scanner), &SILENT, 1).unwrap();
                for band in 0..scanner.bands.len() {
                    let (mut worst, mut shares) = (0.0_f64, Vec::new());
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
                            let error = ((got - real).abs() - rounding).max(0.0);
                            worst = worst.max(error);
                            shares.push(error / (real - there).max(0.2));
                        }
                    }
                    shares.sort_by(f64::total_cmp);
                    let share = shares[shares.len() - 1 - shares.len() / 40];
                    println!(
                        "{name}, interlaced by {interlace}, {on}, band {band}: A of {} pixels off by at most {worst:.4}, \
                         {:.2} % of what is added (39 of 40 pixels: {:.2} %)",
                        shares.len(),
                        100.0 * shares[shares.len() - 1],
                        100.0 * share
                    );
                    assert!(shares.len() > 200);
                    // One band only takes more than its walls of steel for organic goods. Where half a pixel is a sheet seen
                    // edge-on and the solid ends in it, nothing tells which half it hides.
                    let most = if on == "container" { share } else { shares[shares.len() - 1] };
                    assert!(most < if is_dual { 0.005 } else { 0.045 }, "{name} {on}: {share}");
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
            // What is there is steel, which one band alone cannot know.
            let options = CalibrationOptions { scatter: Some(3e-4), wall_steel_g_per_cm2: 100.0, ..quiet() };
            let calibration = Calibration::of(&old, &options).unwrap();
            let made = insert(&old, &calibration, &alone, &InsertOptions::default(), 8).unwrap();
            let px = made.box_px.unwrap();
            let x = (px.x + 3) as usize..(px.right() - 4) as usize;
            let y = (px.y + 5) as usize..(px.bottom() - 6) as usize;
            for (band, set) in scanner.bands.iter().enumerate() {
                let found = calibration.noise()[band];
                let per_count = 1.0_f64.max(scanner.imperfections.excess_noise) * set.air_counts / set.air_quanta;
                assert!((found.variance_per_count / per_count - 1.0).abs() < 0.03, "{name}: {found:?} {per_count}");
                assert!((found.electronic / scanner.imperfections.electronic_noise - 1.0).abs() < 0.1, "{found:?}");
                let deviation = |scan: &RawScan, x: usize, y: usize| {
                    let (now, mean) = (&scan.views[0].bands[band], &reference.views[0].bands[band]);
                    if now.air[y] < now.dark[y].saturating_add(1000) {
                        return f64::NAN;
                    }
                    let signal = f64::from(mean.counts.at(x, y)) - f64::from(mean.dark[y]);
                    let variance = per_count * signal + scanner.imperfections.electronic_noise.powi(2);
                    (f64::from(now.counts.at(x, y)) - f64::from(mean.counts.at(x, y))) / variance.sqrt()
                };
                let [a, b] = [&made.scan, &direct].map(|s| moments(|x, y| deviation(s, x, y), x.clone(), y.clone()));
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

/// A slab of goods with a scene's worth of room in it, and what hides there.
fn slab_of_sugar(scanner: &Scanner) -> (Scene, u32) {
    let mut scene = Scene::default();
    let near = scanner.fan.source_to_near_wall_mm;
    let sugar = scene.substance("sugar", Some(0.6)).unwrap();
    scene.paint(component::CARGO, 1);
    let slab = scene.block([300.0, 1200.0, near + 400.0], [2700.0, 3400.0, near + 1600.0], sugar);
    (scene, slab)
}

#[test]
fn what_hides_in_goods_takes_their_place() {
    for name in ["relocatable_6_3p5", "gantry_6"] {
        let mut scanner = Scanner::preset(name).unwrap();
        scanner.imperfections.dose_jitter = 0.0;
        scanner.imperfections.scatter = [0.0, 0.0];
        let mut silent = scanner.clone();
        silent.imperfections = Imperfections::none();
        let near = scanner.fan.source_to_near_wall_mm;
        let hide = |scene: &mut Scene, parent: Option<u32>, material: Option<(&str, f64)>| {
            let substance = match material {
                Some((material, density)) => scene.substance(material, Some(density)).unwrap(),
                None => scene.hollow(),
            };
            scene.paint(component::CONCEALED, 1000);
            let shape = Shape::Block { min: [900.0, 1800.0, near + 700.0], max: [1700.0, 2500.0, near + 1150.0] };
            match parent {
                Some(parent) => scene.nest(parent, shape, substance),
                None => scene.add(shape, substance),
            };
        };
        for material in [None, Some(("polystyrene", 0.03)), Some(("cocaine", 1.0)), Some(("steel", 3.0))] {
            let (goods, slab) = slab_of_sugar(&scanner);
            let mut both = goods.clone();
            hide(&mut both, Some(slab), material);
            let mut alone = Scene::default();
            let sugar = alone.substance("sugar", Some(0.6)).unwrap();
            hide(&mut alone, None, material);
            let options = InsertOptions { placement: Placement::Displaces(sugar), ..SILENT };
            let [old, direct] = [&goods, &both].map(|scene| scan(scene, &silent, 3));
            let made = insert(&old, &Calibration::of(&old, &quiet()).unwrap(), &alone, &options, 1).unwrap();
            let box_kg = 0.8 * 0.7 * 0.45 * 1000.0;
            assert!((made.displaced_kg / (box_kg * 0.6) - 1.0).abs() < 1e-9);
            assert!((made.mass_kg - box_kg * material.map_or(0.0, |(_, density)| density)).abs() < 1e-9);
            let px = made.box_px.unwrap();
            let (mut worst, mut brighter) = (0.0_f64, 0);
            for (x, y) in (px.y..px.bottom()).flat_map(|y| (px.x..px.right()).map(move |x| (x as usize, y as usize)))
            {
                let [got, real, there] = [&made.scan, &direct, &old].map(|s| attenuation(s, 0, x, y));
                let error = (got - real).abs() - 1.0 / (45_000.0 * libm::exp(-real));
                worst = worst.max(error / (real - there).abs().max(0.2));
                brighter += i32::from(real < there);
            }
            println!("{name} {material:?}: change of A off by at most {:.2} % of it", 100.0 * worst);
            assert!(worst < 0.02, "{name} {material:?}: {worst}");
            assert_eq!(brighter > 0, material.is_none_or(|(_, density)| density < 0.6));

            // With noise: where more light comes through there is not more noise than its own.
            let [old, direct] = [&goods, &both].map(|scene| scan(scene, &scanner, 3));
            let mut quiet_noise = scanner.clone();
            (quiet_noise.imperfections.excess_noise, quiet_noise.imperfections.electronic_noise) = (0.0, 0.0);
            let reference = scan(&both, &quiet_noise, 3);
            let noise = |set: &ScannerBand| CountNoise {
                variance_per_count: scanner.imperfections.excess_noise * set.air_counts / set.air_quanta,
                electronic: scanner.imperfections.electronic_noise,
                correlation: [0.0; 2],
            };
            // Nothing here is dark enough to read the electronics' noise from.
            let told = CalibrationOptions { noise: Some(scanner.bands.iter().map(noise).collect()), ..quiet() };
            let calibration = Calibration::of(&old, &told).unwrap();
            let made = insert(&old, &calibration, &alone, &InsertOptions { noise: true, ..options }, 8).unwrap();
            let CountNoise { variance_per_count, electronic, .. } = noise(&scanner.bands[0]);
            let deviation = |scan: &RawScan, x: usize, y: usize| {
                let (now, mean) = (&scan.views[0].bands[0], &reference.views[0].bands[0]);
                let signal = f64::from(mean.counts.at(x, y)) - f64::from(mean.dark[y]);
                let is_dead = now.air[y] < now.dark[y].saturating_add(1000);
                let deviation = f64::from(now.counts.at(x, y)) - f64::from(mean.counts.at(x, y));
                let variance = variance_per_count * signal + electronic * electronic;
                if is_dead { f64::NAN } else { deviation / variance.sqrt() }
            };
            let x = (px.x + 3) as usize..(px.right() - 4) as usize;
            let y = (px.y + 14) as usize..(px.bottom() - 14) as usize;
            let [a, b] = [&made.scan, &direct].map(|s| moments(|x, y| deviation(s, x, y), x.clone(), y.clone()));
            println!("{name} {material:?}: put in {a:.3?}, rendered {b:.3?}");
            assert!((a[1] / b[1] - 1.0).abs() < 0.1, "{name} {material:?}: variance {a:?} {b:?}");
        }
    }
}

#[test]
fn nothing_put_in_changes_nothing_and_nothing_changes_elsewhere() {
    let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    let old = scan(&ground("container", &scanner), &scanner, 4);
    let near = scanner.fan.source_to_near_wall_mm;
    let calibration =
        Calibration::of(&old, &CalibrationOptions { blur_px: Some([1.1, 0.7]), ..CalibrationOptions::default() })
            .unwrap();
    let mut nothing = Scene::default();
    let hollow = nothing.hollow();
    nothing.block([900.0, 1700.0, near + 400.0], [1700.0, 2500.0, near + 1150.0], hollow);
    let made = insert(&old, &calibration, &nothing, &InsertOptions::default(), 1).unwrap();
    assert_eq!(made.scan, old);
    assert_eq!((made.box_px, made.mass_kg), (None, 0.0));
    assert!(made.mask.pixels().iter().all(|v| *v == 0));

    let made = insert(&old, &calibration, &alone(&scanner), &InsertOptions::default(), 1).unwrap();
    let again = insert(&old, &calibration, &alone(&scanner), &InsertOptions::default(), 1).unwrap();
    assert_eq!(made.scan, again.scan);
    let other = insert(&old, &calibration, &alone(&scanner), &InsertOptions::default(), 2).unwrap();
    assert_ne!(made.scan, other.scan);
    let (width, height) = calibration.size();
    // Three standard deviations of the line spread, in whole pixels.
    let is_near = |x: usize, y: usize| {
        let (xs, ys) = (x.saturating_sub(4)..(x + 5).min(width), y.saturating_sub(3)..(y + 4).min(height));
        ys.into_iter().any(|y| xs.clone().any(|x| made.mask.at(x, y) != 0))
    };
    let (mut changed, mut beside) = (0, 0);
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        let is_same =
            (0..2).all(|b| made.scan.views[0].bands[b].counts.at(x, y) == old.views[0].bands[b].counts.at(x, y));
        assert!(is_same || is_near(x, y), "{x}, {y}");
        changed += usize::from(!is_same);
        beside += usize::from(!is_same && made.mask.at(x, y) == 0);
    }
    assert!(changed > 2000 && beside > 200, "{changed} {beside}");
}

#[test]
fn dead_and_saturated_pixels_stay_as_they_are() {
    let mut scanner = Scanner::preset("portal_9_6").unwrap();
    scanner.imperfections.dead_detectors = [60, 60];
    let mut old = scan(&ground("air", &scanner), &scanner, 4);
    let calibration = Calibration::of(&old, &quiet()).unwrap();
    let spot = insert(&old, &calibration, &alone(&scanner), &InsertOptions::default(), 1).unwrap().box_px.unwrap();
    let (x, y) = (spot.x as usize + 10, spot.y as usize + 10);
    let width = old.views[0].bands[0].counts.width();
    old.views[0].bands[0].counts.pixels_mut()[y * width + x] = 65_535;
    let made = insert(&old, &calibration, &alone(&scanner), &InsertOptions::default(), 1).unwrap();
    assert_eq!(made.scan.views[0].bands[0].counts.at(x, y), 65_535);
    let mut dead = 0;
    for band in 0..2 {
        let (now, then) = (&made.scan.views[0].bands[band], &old.views[0].bands[band]);
        for y in (spot.y..spot.bottom()).map(|y| y as usize).filter(|y| then.air[*y] < then.dark[*y] + 1000) {
            assert_eq!(now.counts.row(y), then.counts.row(y));
            dead += 1;
        }
    }
    assert!(dead > 4, "{dead}");
}

/// λ behind known steel from what is left of the signal behind it.
fn areal_density(table: &ForwardTable, steel: f64, ratio: f64) -> f64 {
    let (mut low, mut high) = (-20.0, 600.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if table.transmission(&[steel, middle]) / table.transmission(&[steel, 0.0]) > ratio {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[test]
fn the_difference_of_the_scans_weighs_what_the_solids_weigh() {
    for name in ["relocatable_6_3p5", "gantry_6"] {
        let scanner = Scanner::preset(name).unwrap();
        let fan = scanner.geometry();
        let z = scanner.fan.source_to_near_wall_mm + 1300.0;
        for (material_name, steel_mm) in [("water", 0.0), ("steel", 0.0), ("water", 40.0), ("cellulose", 40.0)] {
            let mut before = ground("air", &scanner);
            if steel_mm > 0.0 {
                let steel = before.substance("steel", None).unwrap();
                before.block([200.0, 1000.0, z - 500.0], [2700.0, 3000.0, z - 500.0 + steel_mm], steel);
            }
            let old = scan(&before, &scanner, 3);
            let mut alone = Scene::default();
            let substance = alone.substance(material_name, None).unwrap();
            let thick = if material_name == "steel" { 40.0 } else { 160.0 };
            alone.block([500.0, 1700.0, z - thick], [1300.0, 2300.0, z + thick], substance);
            alone.add(Shape::Ellipsoid { centre: [1900.0, 2000.0, z], semi: [400.0, 300.0, thick] }, substance);
            let options =
                CalibrationOptions { blur_px: Some([0.0; 2]), wall_steel_g_per_cm2: 40.0, ..Default::default() };
            let calibration = Calibration::of(&old, &options).unwrap();
            let made = insert(&old, &calibration, &alone, &InsertOptions::default(), 8).unwrap();
            let endpoint = scanner.bands[0].endpoint_mev;
            let layers = [material("steel").unwrap(), material(material_name).unwrap()];
            let table = ForwardTable::new(&BandResponse::new(endpoint), &layers);
            let (then, now) = (&old.views[0].bands[0], &made.scan.views[0].bands[0]);
            let (mut mass, mut lost) = (0.0, 0.0);
            let (width, height) = calibration.size();
            for y in 0..height {
                let d = fan.detector(y).unwrap();
                let slope = (d.height_mm - fan.source_height_mm) / d.distance_mm;
                let secant = (1.0 + slope * slope).sqrt();
                // dm = λ · r · Δθ · Δx with r Δθ the height of the pixel at right angles to the ray.
                let area_cm2 = fan.row_pitch_mm(y, z).unwrap() / secant * fan.column_pitch_mm * 1e-2;
                for x in 0..width {
                    let dark = f64::from(then.dark[y]);
                    let [a, b] = [now, then].map(|band| f64::from(band.counts.at(x, y)) - dark);
                    if a == b || f64::from(then.air[y]) - dark < 1000.0 {
                        // A broken detector's share is not seen.
                        lost += f64::from(made.areal_density.at(x, y)) * area_cm2 * 1e-3;
                        continue;
                    }
                    mass += areal_density(&table, steel_mm * 0.785 * secant, a / b) * area_cm2 * 1e-3;
                }
            }
            println!("{name} {material_name} behind {steel_mm} mm: {:.2} kg, seen {mass:.2} kg", made.mass_kg);
            assert!(((mass + lost) / made.mass_kg - 1.0).abs() < 0.01, "{name}: {mass} {lost} {}", made.mass_kg);
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_its_limit() {
    let scanner = Scanner::preset("relocatable_6_3p5").unwrap().with_resolution(101, 48.0);
    let old = scan(&ground("air", &scanner), &scanner, 4);
    let plain = CalibrationOptions::default();
    let refused = |scan: &RawScan, options: &CalibrationOptions, words: [&str; 2]| {
        let text = Calibration::of(scan, options).unwrap_err().to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}: {words:?}");
    };
    let mut blind = old.clone();
    blind.views[0].geometry = None;
    refused(&blind, &plain, ["geometry", "box_view"]);
    let mut single = old.clone();
    single.views[0].bands.truncate(1);
    refused(&single, &plain, ["bands[low]", "missing"]);
    let mut unknown = old.clone();
    unknown.views[0].bands[1].endpoint_mev = None;
    refused(&unknown, &plain, ["bands[low].endpoint_mev", "not stated"]);
    let mut short = old.clone();
    short.views[0].bands[0].air.pop();
    refused(&short, &plain, ["bands[high].air", "got 100"]);
    refused(&old, &CalibrationOptions { view: 3, ..plain.clone() }, ["view", "got 3"]);
    refused(&old, &CalibrationOptions { scatter: Some(0.4), ..plain.clone() }, ["scatter", "got 0.4"]);
    refused(&old, &CalibrationOptions { blur_px: Some([-1.0, 0.0]), ..plain.clone() }, ["blur_px", "-1"]);
    refused(&old, &CalibrationOptions { column_pitch_mm: Some(0.0), ..plain.clone() }, ["column_pitch_mm", "got 0"]);
    let view = BoxView {
        near_wall_mm: 10.0,
        source_mm: 700.0,
        rows_per_slope: 300.0,
        level_row: 50.0,
        tilt: 0.0,
        x0: 0.0,
        mm_per_column: 48.0,
    };
    refused(&old, &CalibrationOptions { box_view: Some(view), ..plain.clone() }, ["near_wall_mm", "got 10"]);

    let calibration = Calibration::of(&old, &plain).unwrap();
    let refused = |min: [f64; 3], max: [f64; 3], density: f64, words: [&str; 2]| {
        let mut scene = Scene::default();
        let mut steel = scene.substance("steel", None).unwrap();
        steel.density = density;
        scene.block(min, max, steel);
        let made = insert(&old, &calibration, &scene, &InsertOptions::default(), 1);
        let text = made.unwrap_err().to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{text}: {words:?}");
    };
    let (min, max) = ([900.0, 1700.0, 3000.0], [1100.0, 2000.0, 3500.0]);
    refused([-50.0, 1700.0, 3000.0], max, 7.8, ["solids[0].x", "got columns -1.0"]);
    refused(min, [9000.0, 2000.0, 3500.0], 7.8, ["solids[0].x", "columns 0 to 62"]);
    refused([900.0, 1700.0, -10.0], max, 7.8, ["solids[0].z", "got -10 mm"]);
    refused(min, [1100.0, 2000.0, 7000.0], 7.8, ["solids[0].z", "before the detectors at 6100 mm"]);
    refused(min, [1100.0, 7000.0, 3500.0], 7.8, ["solids[0].y", "rows 0 to 101"]);
    refused(min, max, -1.0, ["solids[0].density", "got -1"]);
    refused(min, max, f64::NAN, ["solids[0].density", "NaN"]);
    refused(max, min, 7.8, ["solids[0].shape", "extent"]);
    let mut scene = Scene::default();
    let mut nothing = scene.substance("steel", None).unwrap();
    let made = insert(&old, &calibration, &scene, &InsertOptions::default(), 1);
    assert!(made.unwrap_err().to_string().contains("at least one solid"));
    scene.block(min, max, nothing);
    nothing.density = 0.0;
    let options = InsertOptions { placement: Placement::Displaces(nothing), ..SILENT };
    let text = insert(&old, &calibration, &scene, &options, 1).unwrap_err().to_string();
    assert!(text.contains("placement.displaces.density") && text.contains("got 0"), "{text}");
    let text = insert(&single, &calibration, &scene, &SILENT, 1).unwrap_err().to_string();
    assert!(text.contains("bands[low]"), "{text}");
}
