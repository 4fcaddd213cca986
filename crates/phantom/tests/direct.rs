//! The direct renderer against the full path: a full scan, corrected by imaging and averaged over the same window.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::sync::Arc;
use std::time::Instant;

use pellucid_core::{PlaneStack, Raster};
use pellucid_imaging::{CpuEngine, Engine, Plan, ResampleWindow};
use pellucid_phantom::{Axis, Direct, DirectWindow, Fan, Scanner, Scene, Shape, component, render, render_direct};

/// A yard of test objects between air: plates, wedges, drums, sheets, a corrugated wall in front of it all.
fn scene() -> Scene {
    let mut scene = Scene::default();
    let [steel, water, wood, carton] =
        [("steel", None), ("water", None), ("wood", Some(0.5)), ("cardboard", Some(0.2))]
            .map(|(name, density)| scene.substance(name, density).unwrap());
    scene.paint(component::CARGO, 1);
    scene.block([300.0, 1300.0, 2760.0], [5900.0, 3600.0, 2762.0], steel);
    for i in 0..8 {
        let x = 500.0 + 300.0 * f64::from(i);
        scene.block([x, 1400.0, 3200.0], [x + 260.0, 2200.0, 3220.0 + 20.0 * f64::from(i)], steel);
    }
    for i in 0..6 {
        let centre = [3200.0 + 420.0 * f64::from(i), 1750.0, 3800.0];
        scene.add(Shape::Cylinder { axis: Axis::Y, centre, radius: 200.0, half_length: 350.0 }, water);
    }
    for i in 0..12 {
        let low = [600.0 + 400.0 * f64::from(i), 2300.0, 3100.0];
        let carton = scene.block(low, [low[0] + 380.0, 2700.0, 4900.0], carton);
        scene.nest(
            carton,
            Shape::Ellipsoid { centre: [low[0] + 190.0, 2500.0, 4000.0], semi: [90.0, 90.0, 400.0] },
            wood,
        );
    }
    for i in 0..5 {
        let y = 2800.0 + 120.0 * f64::from(i);
        scene.block([700.0, y, 3000.0], [5000.0, y + 3.0, 5000.0], steel);
    }
    scene
}

const WINDOW: DirectWindow = DirectWindow { x_mm: [260.0, 6000.0], slopes: [0.52, -0.24], columns: 574, rows: 304 };

/// The window of a full scan, by imaging: attenuation times 4096 of both bands.
fn full(scene: &Scene, scanner: &Scanner, seed: u64) -> PlaneStack {
    let pitch = scanner.fan.column_pitch_mm;
    let columns = (6200.0 / pitch).ceil() as usize;
    let rendered = render(scene, scanner, columns, seed).unwrap();
    let scan = Arc::new(pellucid_phantom::scan_of(rendered.view, scanner));
    let engine = CpuEngine::new();
    let plan = Plan::for_scan(&scan).unwrap();
    let imaged = Arc::new(engine.submit(&plan, scan).unwrap().wait().unwrap());
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    // Pixel coordinates count edges, rows count middles.
    let row = |slope: f64| fan.row_at(scanner.fan.source_height_mm + slope * 4000.0, 4000.0) + 0.5;
    let window = ResampleWindow {
        view: 0,
        x0: WINDOW.x_mm[0] / pitch,
        x1: WINDOW.x_mm[1] / pitch,
        y0: row(WINDOW.slopes[0]),
        y1: row(WINDOW.slopes[1]),
        out_width: WINDOW.columns,
        out_height: WINDOW.rows,
    };
    engine.submit_resample(&imaged, &[window]).unwrap().wait().unwrap().remove(0)
}

fn planes(stack: &PlaneStack) -> [Vec<f64>; 2] {
    // A / 8 of the high and of the low band.
    [0, 1].map(|plane| {
        let values = &stack.values[plane * WINDOW.columns * WINDOW.rows..(plane + 1) * WINDOW.columns * WINDOW.rows];
        values.iter().map(|v| f64::from(*v) * 8.0).collect()
    })
}

fn direct_planes(direct: &Direct) -> [Vec<f64>; 2] {
    [0, 1].map(|band| {
        let raster: &Raster<u16> = &direct.attenuation[band];
        raster.pixels().iter().map(|a| f64::from(*a) / 4096.0).collect()
    })
}

fn quiet() -> Scanner {
    let mut scanner = Scanner::preset("relocatable_6_3p5_fine").unwrap();
    let flaws = &mut scanner.imperfections;
    (flaws.excess_noise, flaws.electronic_noise, flaws.dose_jitter) = (0.0, 0.0, 0.0);
    flaws.dead_detectors = [0, 0];
    scanner
}

#[test]
fn direct_pixels_are_those_of_the_full_path() {
    let (scene, scanner) = (scene(), quiet());
    let full = planes(&full(&scene, &scanner, 3));
    let direct = direct_planes(&render_direct(&scene, &scanner, &WINDOW, 3).unwrap());
    for (band, (full, direct)) in ["high", "low"].iter().zip(full.iter().zip(&direct)) {
        let differences: Vec<f64> = full.iter().zip(direct).map(|(f, d)| d - f).collect();
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let absolute = differences.iter().map(|d| d.abs()).sum::<f64>() / differences.len() as f64;
        let far = differences.iter().filter(|d| d.abs() > 0.1).count() as f64 / differences.len() as f64;
        // Away from edges, where the two grids cut pixels otherwise.
        let near = |i: usize| [1, WINDOW.columns].map(|step| [i.wrapping_sub(step), i + step]).concat();
        let is_level = |i: usize| near(i).iter().all(|k| full.get(*k).is_some_and(|a| (a - full[i]).abs() < 0.1));
        let level: Vec<f64> = (0..full.len()).filter(|i| is_level(*i)).map(|i| differences[i].abs()).collect();
        let worst = level.iter().fold(0.0_f64, |a, b| a.max(*b));
        let load = full.iter().sum::<f64>() / full.len() as f64;
        println!(
            "{band}: mean A {load:.3}; direct differs by {mean:+.4} in the mean, {absolute:.4} absolutely; {:.2} % by more than 0.1; worst of {} pixels away from edges {worst:.3}",
            100.0 * far,
            level.len()
        );
        assert!(mean.abs() < 0.004 * load, "{band}: {mean} of {load}");
        assert!(absolute < 0.012 * load, "{band}: {absolute} of {load}");
        assert!(far < 0.03, "{band}: {far}");
        let level_mean = level.iter().sum::<f64>() / level.len() as f64;
        assert!(
            level.len() > differences.len() / 2 && level_mean < 0.004 && worst < 0.25,
            "{band}: {level_mean} {worst}"
        );
    }
}

#[test]
fn direct_noise_is_that_of_the_full_path() {
    let scene = scene();
    let mut noisy = Scanner::preset("relocatable_6_3p5_fine").unwrap();
    noisy.imperfections.dead_detectors = [0, 0];
    let still = quiet();
    let (full_noisy, full_still) = (planes(&full(&scene, &noisy, 3)), planes(&full(&scene, &still, 3)));
    let noise = |machine: &Scanner| direct_planes(&render_direct(&scene, machine, &WINDOW, 3).unwrap());
    let (direct_noisy, direct_still) = (noise(&noisy), noise(&still));
    for band in 0..2 {
        // By attenuation: in air, behind goods, behind steel.
        for range in [[0.05, 0.1], [0.3, 1.0], [1.0, 2.0], [2.0, 4.0]] {
            let sigma = |noisy: &[f64], still: &[f64]| {
                let picked = noisy.iter().zip(still).filter(|(_, s)| (range[0]..range[1]).contains(*s));
                let squares: Vec<f64> = picked.map(|(n, s)| (n - s) * (n - s)).collect();
                (squares.len(), (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt())
            };
            let (n, full) = sigma(&full_noisy[band], &full_still[band]);
            let (_, direct) = sigma(&direct_noisy[band], &direct_still[band]);
            let ratio = direct / full;
            println!(
                "band {band}, A {range:?}, {n} pixels: sigma {full:.5} in full, {direct:.5} direct, ratio {ratio:.3}"
            );
            assert!(n > 500);
            assert!((0.85..1.15).contains(&ratio), "band {band} {range:?}: {ratio}");
        }
        // Neighbours share as much of it, along the lane and up.
        for (axis, step) in [("along", 1), ("up", WINDOW.columns)] {
            let shared = |noisy: &[f64], still: &[f64]| {
                let noise = |i: usize| noisy[i] - still[i];
                let level = |i: usize| (0.3..2.0).contains(&still[i]) && (still[i] - still[i + step]).abs() < 0.05;
                let picked: Vec<usize> = (0..noisy.len() - step).filter(|i| level(*i)).collect();
                let both = picked.iter().map(|i| noise(*i) * noise(i + step)).sum::<f64>();
                let own = picked.iter().map(|i| (noise(*i).powi(2) + noise(i + step).powi(2)) / 2.0).sum::<f64>();
                both / own
            };
            let full = shared(&full_noisy[band], &full_still[band]);
            let direct = shared(&direct_noisy[band], &direct_still[band]);
            println!("band {band}, {axis}: neighbours share {full:.3} of the noise in full, {direct:.3} direct");
            assert!(full > 0.2 && (direct - full).abs() < 0.08, "band {band} {axis}: {full} {direct}");
        }
    }
}

#[test]
fn direct_is_much_cheaper() {
    let (scene, scanner) = (scene(), quiet());
    let time = |work: &dyn Fn()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    let mut ratios: Vec<f64> = (0..3)
        .map(|seed| {
            let whole = time(&|| drop(full(&scene, &scanner, seed)));
            whole / time(&|| drop(render_direct(&scene, &scanner, &WINDOW, seed).unwrap()))
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("the full path takes {:.1} times as long", ratios[1]);
    assert!(ratios[1] > 1.5, "{ratios:?}");
}

#[test]
fn impossible_windows_are_refused() {
    let (scene, scanner) = (Scene::default(), quiet());
    for (window, key) in [
        (DirectWindow { x_mm: [5.0, 5.0], ..WINDOW }, "window: x_mm: begin < end"),
        (DirectWindow { slopes: [0.1, 0.2], ..WINDOW }, "window: slopes: the upper one"),
        (DirectWindow { rows: 0, ..WINDOW }, "window: rows: 1 to 16384, got 0"),
        (DirectWindow { columns: 20_000, ..WINDOW }, "window: columns: 1 to 16384, got 20000"),
    ] {
        let error = render_direct(&scene, &scanner, &window, 0).unwrap_err().to_string();
        assert!(error.starts_with(key), "{error}");
    }
}
