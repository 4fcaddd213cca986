//! Mass integrated along rays against mass of solids (VERIFICATION.md §1: within 0.5 %).

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_phantom::{Axis, Corrugation, Fan, Projector, Scanner, Scene, Shape, Wave, component, turned};

fn check(name: &str, shape: Shape) {
    let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let mut scene = Scene::default();
    let steel = scene.substance("steel", None).unwrap();
    scene.add(shape, steel);
    let projector = Projector::new(&scene, &fan, 250, scanner.fan.column_pitch_mm);
    let (traced, real) = (projector.traced_mass_kg(|_| true), scene.mass_kg());
    assert!((traced / real - 1.0).abs() < 0.005, "{name}: traced {traced:.3} kg, real {real:.3} kg");
}

#[test]
fn every_solid_weighs_what_its_rays_weigh() {
    let centre = [1507.0, 2310.0, 3900.0];
    let unit = |v: [f64; 3]| {
        let n = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
        v.map(|c| c / n)
    };
    check("block", Shape::Block { min: [700.5, 1600.0, 3000.0], max: [1333.3, 2700.0, 4900.0] });
    check("plate across", Shape::Block { min: [1000.3, 1400.0, 3000.0], max: [1001.9, 3100.0, 5000.0] });
    check("level plate", Shape::Block { min: [900.0, 2800.0, 3000.0], max: [2100.0, 2828.0, 5000.0] });
    for axis in [Axis::X, Axis::Y, Axis::Z] {
        check("drum", Shape::Cylinder { axis, centre, radius: 311.0, half_length: 450.0 });
        check("bottle", Shape::Cylinder { axis, centre, radius: 37.0, half_length: 110.0 });
    }
    check("ellipsoid", Shape::Ellipsoid { centre, semi: [300.0, 420.0, 510.0] });
    check("ball", Shape::Ellipsoid { centre, semi: [60.0, 60.0, 60.0] });
    check("dome", Shape::Dome { base: centre, semi: [430.0, 160.0, 430.0] });
    for roundness in [1.02, 1.2, 1.4] {
        check("pillow", Shape::Pillow { centre, half: [350.0, 95.0, 230.0], roundness });
        check("prism", Shape::Prism { centre, half: [480.0, 500.0, 470.0], roundness });
    }
    check("rod", Shape::Rod { centre, axis: unit([1.0, 2.0, 0.5]), radius: 90.0, half_length: 500.0 });
    check("disc", Shape::Rod { centre, axis: unit([0.3, 0.1, 1.0]), radius: 320.0, half_length: 100.0 });
    for axis in [Axis::X, Axis::Y, Axis::Z] {
        check("brick", Shape::Brick { centre, half: [400.0, 150.0, 260.0], axes: turned(axis, 0.7) });
    }
    for level in [f64::INFINITY, 2310.0, 2600.0] {
        check("vessel", Shape::Vessel { centre, radius: 520.0, half_length: 600.0, head: 260.0, level });
    }
    let sheet = |wave, across, level| {
        Shape::Sheet(Corrugation {
            wave,
            x: [203.0, 2707.0],
            across,
            level,
            depth: 36.0,
            period: 278.0,
            flat_share: 72.0 / 278.0,
            slope_share: 68.0 / 278.0,
            phase: 203.0,
            thickness: 2.0,
            slope_thickness: 1.3,
        })
    };
    check("wall", sheet(Wave::AcrossZ, [1500.0, 3700.0], 2790.0));
    check("roof", sheet(Wave::AcrossY, [2800.0, 5100.0], 3800.0));
}

/// A liquid in the vessel of a tank container: in its hollow, up to a level.
#[test]
fn a_liquid_in_a_vessel_weighs_what_its_rays_weigh() {
    let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let vessel = |radius: f64, level: f64| Shape::Vessel {
        centre: [3429.0, 2600.0, 4000.0],
        radius,
        half_length: 2300.0,
        head: 0.5 * radius,
        level,
    };
    for level in [1700.0, 2605.0, 3203.7, 3391.0, 3520.0] {
        let mut scene = Scene::default();
        let (stainless, oil) =
            (scene.substance("stainless_steel", None).unwrap(), scene.substance("vegetable_oil", None).unwrap());
        let shell = scene.add(vessel(1100.0, f64::INFINITY), stainless);
        let nothing = scene.hollow();
        let hollow = scene.nest(shell, vessel(1094.0, f64::INFINITY), nothing);
        scene.paint(component::CARGO, 1);
        let liquid = scene.nest(hollow, vessel(1094.0, level), oil);
        let real = scene.mass_of_kg(|solid| solid.item == 1);
        let projector = Projector::new(&scene, &fan, 600, scanner.fan.column_pitch_mm);
        let traced = projector.traced_mass_kg(|solid| solid == liquid);
        assert!((traced / real - 1.0).abs() < 0.005, "{level}: traced {traced:.1} kg, real {real:.1} kg");
    }
}

#[test]
fn a_solid_in_another_takes_its_place() {
    let scanner = Scanner::preset("gantry_6").unwrap();
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let mut scene = Scene::default();
    let (cotton, sugar) =
        (scene.substance("cotton", Some(0.2)).unwrap(), scene.substance("sugar", Some(1.2)).unwrap());
    let bale = scene.add(Shape::Block { min: [400.0, 1500.0, 5000.0], max: [1600.0, 2500.0, 6500.0] }, cotton);
    let hole = Shape::Cylinder { axis: Axis::Y, centre: [700.0, 2000.0, 5600.0], radius: 150.0, half_length: 300.0 };
    let hollow = scene.hollow();
    scene.nest(bale, hole, hollow);
    let brick = scene.nest(bale, Shape::Ellipsoid { centre: [1200.0, 2000.0, 5600.0], semi: [200.0; 3] }, sugar);
    let bale_kg = 1.2 * 1.0 * 1.5 * 200.0;
    let hole_kg = std::f64::consts::PI * 0.15 * 0.15 * 0.6 * 200.0;
    let ball = 4.0 / 3.0 * std::f64::consts::PI * 0.008;
    let expected = bale_kg - hole_kg + ball * 1000.0;
    assert!((scene.mass_kg() / expected - 1.0).abs() < 1e-9, "{} {expected}", scene.mass_kg());
    assert!((scene.added_mass_kg(brick as usize) / (ball * 1000.0) - 1.0).abs() < 1e-9);
    let traced = Projector::new(&scene, &fan, 200, 12.0).traced_mass_kg(|_| true);
    assert!((traced / expected - 1.0).abs() < 0.005, "{traced} {expected}");
}
