//! Changes of structure in scenes built for them, and none in honest boxes.

#![allow(clippy::unwrap_used, reason = "what cannot be observed has failed the test")]

#[allow(dead_code, reason = "shared with the tests of whole cases")]
mod scene;

use pellucid_core::{IsoSize, StructureDeviation};
use pellucid_observe::{Beam, observe_with};
use pellucid_phantom::structure::ContainerBox;
use pellucid_phantom::{Conveyance, Scene};
use scene::built::{Built, built};
use scene::opinion::no_opinion;
use scene::{beams, cargo_of, case, found, image, recipe};

fn deviations(b: &Built) -> Vec<StructureDeviation> {
    let imaged = b.image();
    let container = b.found(&imaged);
    let beams: Vec<Option<Beam>> = b.scan.views.iter().map(Beam::of_view).collect();
    let output = no_opinion(&container);
    let mut observation = observe_with(&imaged, &beams, &[container], &[output]).unwrap();
    observation.containers.remove(0).structure
}

fn changed(size: IsoSize, seed: u64, add: impl FnOnce(&mut Scene, &ContainerBox)) -> Vec<StructureDeviation> {
    let b = built("relocatable_6_3p5", size, [2760.0, 1220.0], seed, add);
    let found = deviations(&b);
    println!("{size:?} {seed}: {found:?}");
    found
}

/// A wall of 2 mm sheet on a frame of 50 mm square tube, across the box at `x` from its front.
fn false_wall(scene: &mut Scene, b: &ContainerBox, x: f64) {
    let steel = scene.substance("steel", None).unwrap();
    let ([x0, y0, z0], [_, y1, z1]) = (b.inside[0], b.inside[1]);
    let at = x0 + x;
    scene.block([at, y0, z0], [at + 2.0, y1, z1], steel);
    scene.mark_fine(at, at + 2.0);
    for z in [z0, 0.5 * (z0 + z1) - 25.0, z1 - 50.0] {
        scene.shell([at + 2.0, y0, z], [at + 52.0, y1, z + 50.0], 3.0, steel, None);
    }
}

#[test]
fn a_false_wall_is_placed_and_weighed_from_below() {
    for (k, (size, x)) in
        [(IsoSize::Twenty, 700.0), (IsoSize::Forty, 900.0), (IsoSize::FortyHigh, 10_900.0)].into_iter().enumerate()
    {
        let found = changed(size, 5_001_000 + k as u64, |scene, b| false_wall(scene, b, x));
        let wall = found.iter().find(|d| d.part == "front_wall").unwrap();
        let mm = wall.box_mm.unwrap();
        assert!((mm[0] - x - 80.0).abs() < 120.0 && (mm[2] - x - 80.0).abs() < 160.0, "{size:?}: {mm:?}");
        // A sheet seen edge-on hides most of its own mass between the rays.
        let kg = wall.extra_kg.unwrap();
        assert!(kg > 5.0 && kg < 160.0, "{kg}");
        assert!(found.iter().all(|d| d.part == "front_wall"), "{found:?}");
    }
}

#[test]
fn a_raised_floor_shortens_the_box() {
    for (k, rise) in [100.0, 150.0, 200.0].into_iter().enumerate() {
        let found = changed(IsoSize::Forty, 5_001_100 + k as u64, |scene, b| {
            let (steel, wood) =
                (scene.substance("steel", None).unwrap(), scene.substance("plywood", Some(0.7)).unwrap());
            let ([x0, y0, z0], [x1, _, z1]) = (b.inside[0], b.inside[1]);
            scene.block([x0, y0 + rise - 24.0, z0], [x1, y0 + rise, z1], wood);
            let mut x = x0 + 100.0;
            while x < x1 - 100.0 {
                scene.block([x, y0, z0], [x + 4.0, y0 + rise - 24.0, z1], steel);
                scene.mark_fine(x, x + 4.0);
                x += 400.0;
            }
        });
        let floor = found.iter().find(|d| d.part == "floor").unwrap();
        assert!(floor.confidence > 0.5 && found.len() == 1, "{rise}: {found:?}");
    }
}

#[test]
fn a_lowered_roof_ends_above_the_walls() {
    for (k, drop) in [180.0, 280.0].into_iter().enumerate() {
        let found = changed(IsoSize::FortyHigh, 5_001_200 + k as u64, |scene, b| {
            let steel = scene.substance("steel", None).unwrap();
            let ([x0, _, z0], [x1, y1, z1]) = (b.inside[0], b.inside[1]);
            scene.block([x0, y1 - drop, z0], [x1, y1 - drop + 2.0, z1], steel);
        });
        let roof = found.iter().find(|d| d.part == "roof").unwrap();
        assert!(found.len() == 1 && roof.box_mm.is_some(), "{drop}: {found:?}");
    }
}

#[test]
fn a_doubled_rail_is_a_repair() {
    let found = changed(IsoSize::Forty, 5_001_300, |scene, b| {
        let steel = scene.substance("steel", None).unwrap();
        let ([x0, _, z0], [_, y1, _]) = (b.outside[0], b.outside[1]);
        scene.block([x0 + 5000.0, y1 - 66.0, z0 - 8.0], [x0 + 5700.0, y1 - 6.0, z0 + 2.0], steel);
    });
    let rail = found.iter().find(|d| d.part == "frame").unwrap();
    let mm = rail.box_mm.unwrap();
    assert!((mm[0] - 5000.0).abs() < 100.0 && (mm[2] - 5700.0).abs() < 100.0, "{mm:?}");
    let (real, kg) = (700.0 * 60.0 * 10.0 * 7.85e-6, rail.extra_kg.unwrap());
    assert!(kg > 0.4 * real && kg < 2.0 * real, "{kg:.1} kg for {real:.1} kg");
}

#[test]
fn honest_boxes_have_no_changes() {
    for k in 0..4 {
        let size = [IsoSize::Twenty, IsoSize::Forty, IsoSize::FortyHigh][k as usize % 3];
        assert_eq!(changed(size, 5_002_000 + k, |_, _| {}), []);
    }
    for (k, heading) in ["0901", "6109", "8418", "4407", "7208", "4011"].into_iter().enumerate() {
        let loaded = case(&recipe(&[heading], IsoSize::Forty, Conveyance::Trailer), 5_002_100 + k as u64);
        let imaged = image(&loaded);
        let containers = found(&loaded, &imaged);
        let outputs: Vec<_> = containers.iter().map(|c| cargo_of(&loaded, c)).collect();
        for container in observe_with(&imaged, &beams(&loaded), &containers, &outputs).unwrap().containers {
            assert_eq!(container.structure, [], "{heading}");
        }
    }
}
