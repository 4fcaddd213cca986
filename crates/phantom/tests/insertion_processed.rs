//! Solids put into vendor grey: into phantoms, where the truth is known, and into real scans, where the picture itself must
//! not tell.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::path::PathBuf;

use pellucid_core::{BandKind, ContainerType, Grade, IsoSize, PixelBox, Raster, RawBand, RawScan, RawView};
use pellucid_phantom::structure::ContainerPlan;
use pellucid_phantom::{
    Axis, BoxView, Calibration, CalibrationOptions, Dice, GreyModel, InsertOptions, Insertion, Scanner, Scene, Shape,
    component, insert, render, scan_of, to_processed,
};

/// A person: trunk, head, legs, of water with a floor at `y` and the middle at `x` and depth `z`.
fn person(scene: &mut Scene, [x, y, z]: [f64; 3]) {
    let body = scene.substance("water", None).unwrap();
    scene.paint(component::CONCEALED, 1000);
    for (up, semi) in [(1150.0, [200.0, 330.0, 120.0]), (1620.0, [80.0, 115.0, 95.0])] {
        scene.add(Shape::Ellipsoid { centre: [x, y + up, z], semi }, body);
    }
    for side in [-90.0, 90.0] {
        let centre = [x + side, y + 410.0, z];
        scene.add(Shape::Cylinder { axis: Axis::Y, centre, radius: 70.0, half_length: 408.0 }, body);
    }
}

fn block(scene: &mut Scene, material: &str, middle: [f64; 3], half: [f64; 3]) {
    let substance = scene.substance(material, None).unwrap();
    scene.paint(component::CONCEALED, 1001);
    let [min, max] = [-1.0, 1.0].map(|side| [0, 1, 2].map(|d| middle[d] + side * half[d]));
    scene.block(min, max, substance);
}

fn drum(scene: &mut Scene, centre: [f64; 3]) {
    let oil = scene.substance("polyethylene", None).unwrap();
    scene.paint(component::CONCEALED, 1002);
    scene.add(Shape::Cylinder { axis: Axis::Y, centre, radius: 280.0, half_length: 430.0 }, oil);
}

fn grey(scan: &RawScan) -> &Raster<u16> {
    &scan.views[0].bands[0].counts
}

/// Cumulative distribution's largest difference (Kolmogorov–Smirnov).
fn ks(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let share = |v: &[f64], x: f64| v.partition_point(|w| *w <= x) as f64 / v.len() as f64;
    a.iter().chain(&b).map(|x| (share(&a, *x) - share(&b, *x)).abs()).fold(0.0, f64::max)
}

/// Steps of grey from each pixel at the mask's border to the next one outside.
fn border_steps(picture: &Raster<u16>, mask: &Raster<u16>) -> Vec<f64> {
    let mut steps = Vec::new();
    for (x, y) in (1..mask.height() - 1).flat_map(|y| (1..mask.width() - 1).map(move |x| (x, y))) {
        if mask.at(x, y) != 0 {
            for (x1, y1) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)] {
                if mask.at(x1, y1) == 0 {
                    steps.push(f64::from(picture.at(x, y)) - f64::from(picture.at(x1, y1)));
                }
            }
        }
    }
    steps
}

#[test]
fn grey_of_a_solid_put_in_is_the_grey_rendered() {
    let scanner = Scanner::preset("gantry_6").unwrap();
    let near = scanner.fan.source_to_near_wall_mm;
    let pitch = scanner.fan.column_pitch_mm;
    let columns = (6_700.0 / pitch) as usize;
    for seed in [1, 2] {
        let mut before = Scene::default();
        let plan = ContainerPlan {
            size: IsoSize::Twenty,
            container_type: ContainerType::Dry,
            x_mm: 300.0,
            y_mm: 1200.0,
            z_mm: near,
        };
        plan.build(&mut before, &mut Dice::new(5, "container")).unwrap();
        let paper = before.substance("paper", Some(0.5)).unwrap();
        before.paint(component::CARGO, 1);
        before.block([3200.0, 1370.0, near + 100.0], [6200.0, 2500.0, near + 1200.0], paper);
        let put = |scene: &mut Scene, [x, y, z]: [f64; 3]| {
            person(scene, [x + 1200.0, y + 170.0, z + 1800.0]);
            block(scene, "rdx", [x + 3900.0, y + 800.0, z + 1700.0], [250.0, 150.0, 60.0]);
            block(scene, "steel", [x + 4900.0, y + 1500.0, z + 900.0], [250.0, 40.0, 40.0]);
            drum(scene, [x + 2200.0, y + 610.0, z + 700.0]);
        };
        let mut both = before.clone();
        put(&mut both, [300.0, 1200.0, near]);
        let [old, direct] = [&before, &both].map(|scene| {
            let raw = scan_of(render(scene, &scanner, columns, 3).unwrap().view, &scanner);
            to_processed(&raw, seed).unwrap()
        });
        let fan = &scanner.fan;
        let view = BoxView {
            near_wall_mm: near,
            source_mm: fan.source_height_mm - 1200.0,
            rows_per_slope: fan.detector_distance_mm / fan.detector_pitch_mm,
            level_row: (fan.detector_top_mm - fan.source_height_mm) / fan.detector_pitch_mm + 0.5,
            tilt: 0.0,
            x0: 300.0 / pitch,
            mm_per_column: pitch,
        };
        let mut alone = Scene::default();
        put(&mut alone, [0.0, 0.0, 0.0]);
        // The vendor's own draws, as `to_processed` makes them.
        let mut dice = Dice::new(seed, "vendor");
        let (gamma, _, black) = (dice.between(0.55, 0.9), dice.unit(), dice.between(0.002, 0.02));
        let told = GreyModel { gamma, white: 255.0, black, is_inverted: false };
        let row = |y: f64, z: f64| {
            (view.level_row + view.rows_per_slope * (view.source_mm - y) / (view.near_wall_mm + z)) as u32
        };
        let (left, top) = (view.x0 as u32, row(2591.0, 0.0));
        let container_px = PixelBox { x: left, y: top, width: (6058.0 / pitch) as u32, height: row(0.0, 0.0) - top };
        for grey_model in [Some(told), None] {
            let options = CalibrationOptions {
                box_view: Some(view),
                container_px: Some(container_px),
                grey: grey_model,
                blur_px: Some([0.0; 2]),
                ..CalibrationOptions::default()
            };
            let calibration = Calibration::of(&old, &options).unwrap();
            let made = insert(&old, &calibration, &alone, &InsertOptions::default(), 7).unwrap();
            assert!((made.mass_kg - alone.mass_kg()).abs() < 1e-9);
            let inside: Vec<usize> = (0..made.mask.len()).filter(|i| made.mask.pixels()[*i] != 0).collect();
            let at = |scan: &RawScan, i: usize| f64::from(grey(scan).pixels()[i]);
            let error =
                inside.iter().map(|i| at(&made.scan, *i) - at(&direct, *i)).sum::<f64>() / inside.len() as f64;
            let far = inside.iter().map(|i| (at(&made.scan, *i) - at(&direct, *i)).abs()).sum::<f64>();
            let steps = ks(border_steps(grey(&made.scan), &made.mask), border_steps(grey(&direct), &made.mask));
            println!(
                "vendor {seed}, gamma {gamma:.2} {}: {} pixels, grey off by {error:+.2}, {:.2} either way; steps at the \
                 border differ by {steps:.3} (Kolmogorov–Smirnov); {:?}",
                grey_model
                    .map_or_else(|| format!("read as {:.2}", calibration.grey().unwrap().gamma), |_| "told".into()),
                inside.len(),
                far / inside.len() as f64,
                calibration.assumptions()
            );
            let (grey_limit, step_limit) = if grey_model.is_some() { (1.5, 0.05) } else { (30.0, 0.35) };
            assert!(error.abs() < grey_limit && steps < step_limit, "vendor {seed}: {error} {steps}");
            let outside = (0..made.mask.len()).filter(|i| made.mask.pixels()[*i] == 0);
            assert!(outside.into_iter().all(|i| at(&made.scan, i) == at(&old, i)));

            // The same picture upside down in grey: the same insertion.
            if grey_model.is_some() {
                let mut turned = old.clone();
                let band = &mut turned.views[0].bands[0];
                band.counts.pixels_mut().iter_mut().for_each(|v| *v = 255 - *v);
                let options = CalibrationOptions { grey: Some(GreyModel { is_inverted: true, ..told }), ..options };
                let calibration = Calibration::of(&turned, &options).unwrap();
                let other = insert(&turned, &calibration, &alone, &InsertOptions::default(), 7).unwrap();
                let differ = inside.iter().map(|i| (at(&other.scan, *i) + at(&made.scan, *i) - 255.0).abs());
                assert!(differ.fold(0.0, f64::max) <= 2.0);
            }
        }
    }
}

struct Real {
    name: String,
    scan: RawScan,
    boxes: Vec<PixelBox>,
}

/// Every eighth scan of the shared folder with its boxes; empty where there is none.
fn real_scans() -> Vec<Real> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real_scans");
    let Ok(table) = std::fs::read_to_string(folder.join("boxes.csv")) else {
        println!("skipped: no shared data");
        return Vec::new();
    };
    let real = |line: &str| {
        let fields: Vec<&str> = line.splitn(4, ',').collect();
        let picture = image::open(folder.join(fields[0])).unwrap().to_luma8();
        let (width, height) = (picture.width(), picture.height());
        let numbers: Vec<f64> = fields[3].split([' ', ';']).filter_map(|v| v.trim().parse().ok()).collect();
        let pixel = |v: f64, n: u32| (v * f64::from(n)).round() as u32;
        let boxes = numbers.chunks_exact(5).map(|b| PixelBox {
            x: pixel(b[1] - b[3] / 2.0, width),
            y: pixel(b[2] - b[4] / 2.0, height),
            width: pixel(b[3], width),
            height: pixel(b[4], height),
        });
        let counts = picture.pixels().map(|p| u16::from(p.0[0])).collect();
        let band = RawBand {
            kind: BandKind::Grey,
            max_value: 255,
            endpoint_mev: None,
            column_offset: None,
            counts: Raster::from_vec(width as usize, height as usize, counts).unwrap(),
            dark: Vec::new(),
            air: Vec::new(),
        };
        let view = RawView { name: "side".into(), bands: vec![band], geometry: None, dose_rows: [0, 0] };
        let scan = RawScan {
            grade: Grade::Processed,
            views: vec![view],
            scanner: Default::default(),
            acquired_at: None,
            containers_read: Vec::new(),
            site: None,
            lane: None,
            unknown: serde_json::Map::new(),
        };
        Real { name: fields[0].to_owned(), scan, boxes: boxes.collect() }
    };
    table.lines().skip(1).step_by(8).map(real).collect()
}

/// A box seen from 3 m before its near wall and 0.8 m above its underside; its length class from its silhouette's shape.
fn box_view(px: PixelBox) -> (BoxView, f64) {
    let (near_wall_mm, source_mm) = (3000.0, 800.0);
    let length = if f64::from(px.width) > 1.6 * f64::from(px.height) * 1.4 { 12_192.0 } else { 6_058.0 };
    let rows_per_slope = f64::from(px.height) * near_wall_mm / 2591.0;
    let view = BoxView {
        near_wall_mm,
        source_mm,
        rows_per_slope,
        level_row: f64::from(px.bottom()) - rows_per_slope * source_mm / near_wall_mm,
        tilt: 0.0,
        x0: f64::from(px.x),
        mm_per_column: length / f64::from(px.width),
    };
    (view, length)
}

const PATCH: usize = 8;

/// Mean grey of a patch, and the standard deviation that its second differences along x or y show, whichever is less.
fn roughness(picture: &Raster<u16>, x0: usize, y0: usize) -> (f64, f64) {
    let at = |x: usize, y: usize| f64::from(picture.at(x0 + x, y0 + y));
    let (mut sum, mut squares) = (0.0, [0.0; 2]);
    for (a, b) in (0..PATCH).flat_map(|a| (0..PATCH).map(move |b| (a, b))) {
        sum += at(a, b);
        if b + 2 < PATCH {
            squares[0] += (at(b, a) - 2.0 * at(b + 1, a) + at(b + 2, a)).powi(2);
            squares[1] += (at(a, b) - 2.0 * at(a, b + 1) + at(a, b + 2)).powi(2);
        }
    }
    (sum / (PATCH * PATCH) as f64, (squares[0].min(squares[1]) / (6 * PATCH * (PATCH - 2)) as f64).sqrt())
}

/// Roughness of patches by grey, where there are both: the median inside the mask; the smoothest twentieth and the median
/// outside.
fn roughnesses(made: &Insertion, old: &RawScan) -> Vec<(f64, [f64; 2])> {
    let mask = &made.mask;
    let mut inside = vec![Vec::new(); 16];
    let mut outside = vec![Vec::new(); 16];
    for y in (0..mask.height() - PATCH).step_by(PATCH / 2) {
        for x in (0..mask.width() - PATCH).step_by(PATCH / 2) {
            let hits = (0..PATCH * PATCH).filter(|i| mask.at(x + i % PATCH, y + i / PATCH) != 0).count();
            let (to, picture) = match hits {
                n if n == PATCH * PATCH => (&mut inside, grey(&made.scan)),
                0 => (&mut outside, grey(old)),
                _ => continue,
            };
            let (mean, rough) = roughness(picture, x, y);
            to[(mean / 16.0) as usize].push(rough);
        }
    }
    let rank = |v: &mut Vec<f64>, share: f64| {
        let k = (v.len() as f64 * share) as usize;
        *v.select_nth_unstable_by(k, f64::total_cmp).1
    };
    let pairs = inside.iter_mut().zip(&mut outside).filter(|(a, b)| a.len() >= 20 && b.len() >= 20);
    pairs.map(|(a, b)| (rank(a, 0.5), [rank(b, 0.05), rank(b, 0.5)])).collect()
}

#[test]
fn real_scans_do_not_show_where_something_was_put_in() {
    let (mut greys, mut alike, mut contrasts) = (0, 0, Vec::new());
    for real in real_scans() {
        let Some(px) = real.boxes.iter().copied().max_by_key(|px| px.width) else { continue };
        let (view, length) = box_view(px);
        let options =
            CalibrationOptions { box_view: Some(view), container_px: Some(px), ..CalibrationOptions::default() };
        let calibration = Calibration::of(&real.scan, &options).unwrap();
        let mut scene = Scene::default();
        // Near wall, middle, far wall.
        block(&mut scene, "rdx", [0.2 * length, 1500.0, 300.0], [300.0, 200.0, 90.0]);
        drum(&mut scene, [0.5 * length, 650.0, 1200.0]);
        person(&mut scene, [0.8 * length, 170.0, 2200.0]);
        let made = insert(&real.scan, &calibration, &scene, &InsertOptions::default(), 11).unwrap();
        assert!((made.mass_kg - scene.mass_kg()).abs() < 1e-9);
        // Outside is structure too: inside must be no smoother than its smoothest patches and no rougher than most. A third of
        // a grey is what rounding alone does.
        for (inside, [smoothest, middle]) in roughnesses(&made, &real.scan) {
            greys += 1;
            alike += usize::from((smoothest - 0.35..middle + 0.35).contains(&inside));
        }
        // Across the block's upright edges attenuation must step by what the block adds, where there is no other edge.
        let model = calibration.grey().unwrap();
        let a =
            |scan: &RawScan, x: usize, y: usize| -model.transmission(f64::from(grey(scan).at(x, y)).max(0.5)).ln();
        let hit = |x: usize, y: usize| made.mask.at(x, y) == 1001;
        let whole = made.areal_density.pixels().iter().zip(made.mask.pixels()).filter(|(_, id)| **id == 1001);
        let most = whole.fold(0.0_f32, |most, (v, _)| most.max(*v));
        let [reach_x, _] = calibration.blur_px().map(|sigma| (3.0 * sigma).ceil() as usize + 2);
        let (mut added, mut steps) = (Vec::new(), Vec::new());
        for y in px.y as usize..px.bottom().min(grey(&real.scan).height() as u32) as usize {
            let row: Vec<usize> = (0..made.mask.width()).filter(|x| hit(*x, y)).collect();
            let (Some(first), Some(last)) = (row.first(), row.last()) else { continue };
            if made.areal_density.at((first + last) / 2, y) < 0.99 * most || *first < 2 * reach_x {
                continue;
            }
            let (outside, inside) = (first - reach_x, first + reach_x);
            added.push(a(&made.scan, inside, y) - a(&real.scan, inside, y));
            steps.push(
                (a(&made.scan, inside, y) - a(&made.scan, outside, y))
                    - (a(&real.scan, inside, y) - a(&real.scan, outside, y)),
            );
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
        println!(
            "{}: {:?} blur {:.2?}, gamma {:.2}; block of {most:.1} g/cm² adds {:.3}, steps by {:.3}; {:?}",
            real.name,
            made.box_px.unwrap(),
            calibration.blur_px(),
            model.gamma,
            mean(&added),
            mean(&steps),
            calibration.assumptions()
        );
        // In solid black nothing can be added.
        if mean(&added) > 0.2 {
            contrasts.push((mean(&added), mean(&steps)));
        }
    }
    println!("{alike} of {greys} greys are as rough inside as outside");
    assert!(alike * 10 >= greys * 9, "{alike} of {greys}");
    assert!(contrasts.is_empty() == (greys == 0));
    for (added, step) in contrasts {
        assert!((step / added - 1.0).abs() < 0.05, "{added} {step}");
    }
}
