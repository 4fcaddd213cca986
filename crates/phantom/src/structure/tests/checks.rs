//! Vehicles and bodies that recipes can ask for: as heavy as makers publish, nothing in two places at once, and traced as
//! heavy as their solids.

use pellucid_core::{ContainerType, IsoSize};

use crate::dice::Dice;
use crate::fan::Fan;
use crate::goods::EMPTY;
use crate::projection::Projector;
use crate::recipe::{ContainerRecipe, Conveyance, Recipe};
use crate::scanner::Scanner;
use crate::scene::{Scene, component};
use crate::slice::Ray;
use crate::structure::{Body, Drive, Legs, Storage, StorageDoors, StorageRacks, Tractor, Trailer, Vehicle};
use crate::yard::{Staged, stage};

fn recipe(conveyance: Conveyance, containers: Vec<ContainerRecipe>, vehicle: Option<Vehicle>) -> Recipe {
    let recipe = Recipe {
        name: "checks".to_owned(),
        scanner: "relocatable_6_3p5".to_owned(),
        seed: 0,
        conveyance,
        containers,
        tampering: None,
        processed: false,
        vehicle,
        papers: None,
    };
    recipe.validate("checks").unwrap();
    recipe
}

fn empty(size: IsoSize) -> ContainerRecipe {
    ContainerRecipe::dry(size, EMPTY, [0.8, 1.0])
}

fn staged(recipe: &Recipe, seed: u64) -> Staged {
    stage(recipe, &Scanner::preset("relocatable_6_3p5").unwrap(), seed).unwrap()
}

fn kg(scene: &Scene, component: u8) -> f64 {
    scene.mass_of_kg(|s| s.component == component)
}

/// Kilograms that lie where other matter lies too, by sampling every solid that is meant, with the heaviest pairs.
fn doubled_kg(scene: &Scene, is_meant: impl Fn(u8) -> bool) -> (f64, Vec<(f64, String)>) {
    const POINTS: usize = 24;
    let mut dice = Dice::new(1, "points");
    let bounds: Vec<_> = scene.solids.iter().map(|solid| solid.shape.bounds()).collect();
    let holds = |i: usize, p: [f64; 3]| {
        let (min, max) = bounds[i];
        (0..3).all(|d| p[d] > min[d] && p[d] < max[d])
            && scene.solids[i]
                .shape
                .slice(p[0])
                .and_then(|slice| slice.chord(Ray::new(p[1], 0.0)))
                .is_some_and(|z| p[2] > z[0] && p[2] < z[1])
    };
    let mut pairs: std::collections::BTreeMap<(usize, usize), f64> = std::collections::BTreeMap::new();
    for (i, solid) in scene.solids.iter().enumerate() {
        if solid.substance.density <= 0.0 || !is_meant(solid.component) {
            continue;
        }
        let (min, max) = bounds[i];
        let near: Vec<usize> = (0..scene.len())
            .filter(|j| (0..3).all(|d| bounds[*j].0[d] < max[d] && bounds[*j].1[d] > min[d]))
            .collect();
        let box_kg = (0..3).map(|d| max[d] - min[d]).product::<f64>() * solid.substance.density * 1e-6;
        for _ in 0..POINTS {
            let point = [0, 1, 2].map(|d| dice.between(min[d], max[d]));
            let around: Vec<usize> = near.iter().copied().filter(|j| holds(*j, point)).collect();
            let is_there = |j: usize| {
                scene.solids[j].substance.density > 0.0
                    && !around.iter().any(|child| scene.solids[*child].parent == Some(j as u32))
            };
            if around.contains(&i)
                && is_there(i)
                && let Some(j) = around.iter().copied().find(|j| *j < i && is_there(*j))
            {
                *pairs.entry((j, i)).or_default() += box_kg / POINTS as f64;
            }
        }
    }
    let mut list: Vec<(f64, String)> = pairs
        .into_iter()
        .map(|((j, i), kg)| (kg, format!("{:?} and {:?}", scene.solids[j].shape, scene.solids[i].shape)))
        .collect();
    list.sort_by(|a, b| b.0.total_cmp(&a.0));
    (list.iter().map(|(kg, _)| kg).sum(), list)
}

fn assert_traced(name: &str, staged: &Staged, is_meant: impl Fn(u8) -> bool) {
    let mut scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    // Down to the ground at the near wheels, which the machine itself does not see.
    scanner.fan.rows = 570;
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let columns = (staged.width_mm / 12.0).ceil() as usize;
    let projector = Projector::new(&staged.scene, &fan, columns, 12.0);
    let real = staged.scene.mass_of_kg(|s| is_meant(s.component));
    let traced = projector.traced_mass_kg(|i| is_meant(staged.scene.solids[i as usize].component));
    println!("{name}: traced {traced:.0} kg of {real:.0} kg ({:+.2} %)", 100.0 * (traced / real - 1.0));
    let parts: Vec<String> = (0..8)
        .map(|c| {
            let traced = projector.traced_mass_kg(|i| staged.scene.solids[i as usize].component == c);
            format!("{c}: {traced:.0} of {:.0}", kg(&staged.scene, c))
        })
        .collect();
    assert!((traced / real - 1.0).abs() < 0.002, "{name}: traced {traced:.1} kg, real {real:.1} kg; {parts:?}");
}

#[test]
fn vehicles_weigh_what_makers_publish_and_stand_clear_of_themselves() {
    let tractors = [
        // With a driver and full tanks up to 0.4 t more than kerb masses.
        (Tractor::CabOver, Drive::FourByTwo, [6000.0, 8400.0]),
        (Tractor::CabOver, Drive::SixByFour, [7800.0, 10_400.0]),
        (Tractor::CabOverSleeper, Drive::SixByFour, [7800.0, 10_400.0]),
        (Tractor::Conventional, Drive::SixByFour, [7000.0, 8600.0]),
        (Tractor::ConventionalSleeper, Drive::SixByFour, [8000.0, 9900.0]),
        (Tractor::Terminal, Drive::FourByTwo, [6200.0, 8900.0]),
    ];
    let trailers = [
        (Trailer::Skeletal, vec![IsoSize::Twenty], 2, [3200.0, 4600.0]),
        (Trailer::Skeletal, vec![IsoSize::Twenty; 2], 3, [4600.0, 7000.0]),
        (Trailer::Skeletal, vec![IsoSize::FortyFiveHigh], 3, [4600.0, 7000.0]),
        (Trailer::Gooseneck, vec![IsoSize::FortyHigh], 2, [3300.0, 5600.0]),
        (Trailer::Slider, vec![IsoSize::Forty], 3, [5000.0, 6500.0]),
        (Trailer::FlatBed, vec![IsoSize::Twenty; 2], 3, [6000.0, 8000.0]),
        (Trailer::Terminal, vec![IsoSize::Forty], 2, [5500.0, 8000.0]),
    ];
    let mut faults = Vec::new();
    for (k, ((trailer, sizes, axles, tare), (tractor, drive, kerb))) in
        trailers.into_iter().zip(tractors.into_iter().cycle()).enumerate()
    {
        for (legs, is_fitted) in [(Legs::Up, true), (Legs::Down, false)] {
            let vehicle = Vehicle {
                tractor: Some(tractor),
                drive: Some(drive),
                driver: Some(is_fitted),
                trailer: Some(trailer),
                axles: Some(axles),
                legs: Some(legs),
                spare_wheel: Some(is_fitted),
                tool_box: Some(is_fitted),
                twist_locks: Some(is_fitted),
            };
            let boxes = sizes.iter().map(|size| empty(*size)).collect();
            let staged = staged(&recipe(Conveyance::Truck, boxes, Some(vehicle)), k as u64);
            let name = format!("{tractor:?} {drive:?}, {trailer:?} {sizes:?} {legs:?}");
            let [own, pulls] = [component::CHASSIS, component::TRACTOR].map(|c| {
                // Wheels are chassis in the picture, whosever they are.
                kg(&staged.scene, c)
            });
            println!("{name}: trailer {own:.0} kg, tractor {pulls:.0} kg, {} solids", staged.scene.len());
            if !(tare[0]..tare[1]).contains(&own) || !(kerb[0]..kerb[1]).contains(&pulls) {
                faults.push(format!("{name}: {own:.0} of {tare:?}, {pulls:.0} of {kerb:?} kg"));
            }
            let is_vehicle = |c: u8| c == component::CHASSIS || c == component::TRACTOR;
            let (doubled, pairs) = doubled_kg(&staged.scene, is_vehicle);
            println!("  {doubled:.1} kg twice");
            for (kg, pair) in pairs.iter().take(4).filter(|(kg, _)| *kg > 2.0) {
                println!("    {kg:.1} kg: {pair}");
            }
            if doubled > 0.005 * (own + pulls) {
                faults.push(format!("{name}: {doubled:.1} kg lie twice, most of it {:?}", pairs.first()));
            }
            let extent = staged.scene.extent_x();
            if extent[0] < 50.0 || extent[1] > staged.width_mm - 50.0 {
                faults.push(format!("{name}: {extent:?} of {:.0}", staged.width_mm));
            }
            assert_traced(&name, &staged, is_vehicle);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What is not said is drawn so that it can be built, whatever stands on it.
#[test]
fn vehicles_of_which_little_is_said_can_be_built() {
    let kinds = [
        (ContainerType::Dry, IsoSize::Twenty, 1),
        (ContainerType::Flat, IsoSize::Twenty, 2),
        (ContainerType::Reefer, IsoSize::FortyHigh, 1),
        (ContainerType::Dry, IsoSize::FortyFiveHigh, 1),
    ];
    let said = [
        Vehicle::default(),
        Vehicle { spare_wheel: Some(true), tool_box: Some(true), axles: Some(2), ..Vehicle::default() },
        Vehicle { trailer: Some(Trailer::Terminal), ..Vehicle::default() },
    ];
    for seed in 0..48 {
        let (container_type, size, count) = kinds[seed % kinds.len()];
        let mut container = empty(size);
        container.container_type = container_type;
        let conveyance = if seed % 3 == 0 { Conveyance::Trailer } else { Conveyance::Truck };
        let vehicle = said[seed / 4 % said.len()];
        let recipe = recipe(conveyance, vec![container; count], Some(vehicle));
        let staged = staged(&recipe, seed as u64);
        let [from, to] = staged.scene.extent_x();
        assert!(from > 50.0 && to < staged.width_mm - 50.0, "{recipe:?}: {from} {to} {}", staged.width_mm);
    }
}

/// Floors lie between rails, goods beside posts: nothing of a box lies in itself, and no goods in it.
#[test]
fn dry_boxes_stand_clear_of_themselves_and_of_goods() {
    for (seed, size) in [IsoSize::Twenty, IsoSize::Forty, IsoSize::FortyHigh].into_iter().enumerate() {
        // Cartons to the doors and under the roof.
        let full = ContainerRecipe::dry(size, "6109", [1.0, 1.0]);
        let staged = staged(&recipe(Conveyance::Trailer, vec![full], None), seed as u64);
        let (scene, loaded) = (&staged.scene, &staged.boxes[0]);
        let (doubled, pairs) = doubled_kg(scene, |c| c == component::CONTAINER);
        println!("{size:?}: {doubled:.1} kg of {:.0} twice, {:?}", loaded.container.tare_kg, pairs.first());
        assert!(doubled < 0.01 * loaded.container.tare_kg, "{doubled:.1} kg twice, most of it {pairs:?}");
        let [low, high] = loaded.container.inside;
        let posts = scene.solids.iter().filter(|s| s.component == component::CONTAINER && s.parent.is_none());
        let intruding = posts.map(|s| s.shape.bounds()).find(|(min, max)| {
            // Uprights as high as the box.
            max[1] - min[1] > 2000.0
                && (0..3).all(|d| min[d] < high[d] - 1e-6 && max[d] > low[d] + 1e-6)
                && max[0] - min[0] < 500.0
        });
        assert_eq!(intruding, None, "stands in the space for goods {low:?} to {high:?}");
    }
}

/// Decks are as high as makers build them, and what is high rides low.
#[test]
fn undersides_are_as_high_as_trailers_carry_them() {
    let mut decks = Vec::new();
    let mut middles = 0;
    for seed in 0..60 {
        let size = [IsoSize::Twenty, IsoSize::Forty, IsoSize::FortyHigh][seed % 3];
        let staged = staged(&recipe(Conveyance::Trailer, vec![empty(size)], None), seed as u64);
        let [a, b] = staged.boxes[0].container.outside;
        assert!((1040.0..1430.0).contains(&a[1]), "{}", a[1]);
        assert!(size != IsoSize::FortyHigh || a[1] <= 1300.0, "{}", a[1]);
        decks.push(a[1]);
        let [from, to] = staged.scene.extent_x();
        middles += usize::from(size == IsoSize::Twenty && a[0] - from > 2000.0 && to - b[0] > 2000.0);
    }
    decks.sort_by(f64::total_cmp);
    println!("decks of {:.0} / {:.0} / {:.0} mm, {middles} of 20 in the middle", decks[15], decks[30], decks[45]);
    assert!((1070.0..1220.0).contains(&decks[30]), "{}", decks[30]);
    assert!((6..20).contains(&middles), "{middles} of 20");
}

#[test]
fn a_driver_weighs_what_people_weigh() {
    let vehicle = |driver| Vehicle { tractor: Some(Tractor::CabOver), driver: Some(driver), ..Vehicle::default() };
    for seed in 0..4 {
        let [with, without] = [true, false].map(|driver| {
            let staged =
                staged(&recipe(Conveyance::Truck, vec![empty(IsoSize::Twenty)], Some(vehicle(driver))), seed);
            kg(&staged.scene, component::TRACTOR)
        });
        assert!((55.0..100.0).contains(&(with - without)), "{:.1} kg", with - without);
    }
}

#[test]
fn battery_storage_containers_weigh_what_makers_publish() {
    let mut faults = Vec::new();
    for (size, racks, doors, gross) in [
        (IsoSize::Twenty, StorageRacks::BackToBack, StorageDoors::Side, [28_000.0, 36_500.0]),
        (IsoSize::Twenty, StorageRacks::Aisle, StorageDoors::End, [16_000.0, 26_000.0]),
        (IsoSize::Forty, StorageRacks::Aisle, StorageDoors::End, [26_000.0, 42_000.0]),
    ] {
        for seed in 0..2 {
            let mut container = ContainerRecipe::dry(size, "8507", [1.0, 1.0]);
            container.body = Some(Body::BatteryStorage);
            container.storage = Some(Storage { doors: Some(doors), racks: Some(racks) });
            let staged = staged(&recipe(Conveyance::Trailer, vec![container], None), seed);
            let (loaded, scene) = (&staged.boxes[0], &staged.scene);
            let lot = &loaded.lots[0];
            let (tare, total) = (loaded.container.tare_kg, loaded.container.tare_kg + lot.gross_kg);
            let name = format!("{size:?} {racks:?} {doors:?}");
            println!("{name}: shell {tare:.0} kg, {} modules, {total:.0} kg, {} solids", lot.pieces, scene.len());
            if !(gross[0]..gross[1]).contains(&total) || lot.packages != 1 {
                faults.push(format!("{name}: {total:.0} kg of {gross:?}"));
            }
            let (doubled, pairs) = doubled_kg(scene, |c| c == component::CARGO);
            for (kg, pair) in pairs.iter().take(6).filter(|(kg, _)| *kg > 1.0) {
                println!("    {kg:.1} kg: {pair}");
            }
            if doubled > 0.005 * lot.gross_kg {
                faults.push(format!("{name}: {doubled:.0} kg twice, most of it {:?}", pairs.first()));
            }
            let (doubled, pairs) = doubled_kg(scene, |c| c == component::CONTAINER);
            for (kg, pair) in pairs.iter().take(6).filter(|(kg, _)| *kg > 2.0) {
                println!("    shell {kg:.1} kg: {pair}");
            }
            if doubled > 0.03 * tare {
                faults.push(format!("{name}: {doubled:.0} kg of the shell twice, most of it {:?}", pairs.first()));
            }
            for solid in scene.solids.iter().filter(|s| s.component == component::CARGO) {
                let (min, max) = solid.shape.bounds();
                let [low, high] = loaded.container.inside;
                let out = (0..3).map(|d| (low[d] - min[d]).max(max[d] - high[d])).fold(0.0, f64::max);
                if out > 1.0 {
                    faults.push(format!("{name}: {out:.0} mm outside: {:?}", solid.shape));
                }
            }
            assert_traced(&name, &staged, |c| c == component::CARGO || c == component::CONTAINER);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Everything there is, of every type on every conveyance.
#[test]
fn whole_scenes_weigh_what_their_rays_weigh() {
    for (k, (container_type, size, heading)) in [
        (ContainerType::Dry, IsoSize::Twenty, "0901"),
        (ContainerType::Dry, IsoSize::Forty, "4011"),
        (ContainerType::Dry, IsoSize::FortyHigh, "2204"),
        (ContainerType::Dry, IsoSize::FortyFiveHigh, "4407"),
        (ContainerType::Reefer, IsoSize::FortyHigh, "0207"),
        (ContainerType::Tank, IsoSize::Twenty, EMPTY),
        (ContainerType::Flat, IsoSize::Forty, EMPTY),
    ]
    .into_iter()
    .enumerate()
    {
        for conveyance in [Conveyance::Truck, Conveyance::Trailer, Conveyance::Box] {
            let mut container = ContainerRecipe::dry(size, heading, [0.8, 1.0]);
            container.container_type = container_type;
            let boxes = 1 + usize::from(size == IsoSize::Twenty && conveyance == Conveyance::Trailer);
            let mut staged = staged(&recipe(conveyance, vec![container; boxes], None), 40 + k as u64);
            if conveyance == Conveyance::Box {
                // The chassis runs out of the picture on both sides: room for all of it.
                let [from, to] = staged.scene.extent_x();
                staged.scene.mirror(to + 50.0);
                staged.width_mm = to - from + 100.0;
            }
            assert_traced(&format!("{container_type:?} {size:?} {conveyance:?}"), &staged, |_| true);
        }
    }
}

#[test]
fn a_45_ft_box_has_castings_and_posts_where_a_40_ft_box_has_them() {
    let staged = staged(&recipe(Conveyance::Trailer, vec![empty(IsoSize::FortyFiveHigh)], None), 3);
    let [low, high] = staged.boxes[0].container.outside;
    let is_casting = |min: &[f64; 3], max: &[f64; 3]| {
        let size = [0, 1, 2].map(|d| max[d] - min[d]);
        (size[0] - 178.0).abs() < 1e-6 && (size[1] - 118.0).abs() < 1e-6 && (size[2] - 162.0).abs() < 1e-6
    };
    let bounds = staged.scene.solids.iter().filter(|s| s.component == component::CONTAINER).map(|s| s.shape.bounds());
    let castings: Vec<[f64; 3]> = bounds.filter(|(min, max)| is_casting(min, max)).map(|(min, _)| min).collect();
    assert_eq!(castings.len(), 16, "eight at the corners, eight at the places of a 40 ft box");
    let inner = castings.iter().filter(|c| c[0] > low[0] + 700.0 && c[0] < high[0] - 900.0).count();
    assert_eq!(inner, 8);
    let (doubled, pairs) = doubled_kg(&staged.scene, |c| c == component::CONTAINER);
    let tare = staged.boxes[0].container.tare_kg;
    for (kg, pair) in pairs.iter().take(8) {
        println!("    {kg:.1} kg: {pair}");
    }
    println!("45 ft: {tare:.0} kg, {doubled:.1} kg of it twice");
    assert!(doubled < 0.02 * tare, "{doubled}: {:?}", pairs.first());
    assert_traced("45 ft", &staged, |c| c == component::CONTAINER);
}

#[test]
fn impossible_vehicles_and_bodies_are_refused() {
    let text = |keys: &str, container: &str, vehicle: &str| {
        format!(
            "name = \"x\"\nscanner = \"gantry_6\"\nconveyance = \"trailer\"\n{keys}\n[[containers]]\n{container}\n{vehicle}"
        )
    };
    let dry = "size = \"22G1\"\nheadings = [\"empty\"]";
    for (container, vehicle, word) in [
        (dry, "[vehicle]\ntractor = \"cab_over\"", "vehicle.tractor"),
        (dry, "[vehicle]\ntrailer = \"gooseneck\"", "vehicle.trailer"),
        (dry, "[vehicle]\naxles = 4", "2 or 3, got 4"),
        (dry, "[vehicle]\naxles = 3\nspare_wheel = true", "vehicle.spare_wheel"),
        ("size = \"22G1\"\nheadings = [\"8504\"]\nbody = \"battery_storage\"", "", "8507"),
        ("size = \"L5G1\"\nheadings = [\"8507\"]\nbody = \"battery_storage\"", "", "20 and 40 ft"),
        ("size = \"22G1\"\nheadings = [\"8507\"]\nstorage = { doors = \"end\" }", "", "containers[0].storage"),
    ] {
        let error = Recipe::from_toml("file.toml", &text("", container, vehicle)).unwrap_err().to_string();
        assert!(error.contains("file.toml") && error.contains(word), "{error}");
    }
    let mut tank = empty(IsoSize::Twenty);
    tank.container_type = ContainerType::Tank;
    tank.headings = vec!["8507".to_owned()];
    tank.body = Some(Body::BatteryStorage);
    let mut wrong = recipe(Conveyance::Box, vec![empty(IsoSize::Twenty)], None);
    wrong.containers = vec![tank];
    assert!(wrong.validate("file.toml").is_err());
}
