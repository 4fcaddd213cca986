use rayon::prelude::*;

use super::*;
use crate::clashes::clashes;
use crate::fan::Fan;
use crate::goods::Goods;
use crate::projection::Projector;
use crate::scanner::Scanner;

/// Insides of a 20 ft dry box and a 40 ft high cube, and what they may carry.
const BOXES: [([f64; 3], f64); 2] = [([5898.0, 2390.0, 2350.0], 27_800.0), ([12_032.0, 2695.0, 2350.0], 26_300.0)];

fn space_of(size: [f64; 3]) -> [[f64; 3]; 2] {
    let low = [400.0, 1300.0, 3000.0];
    [low, [0, 1, 2].map(|d| low[d] + size[d])]
}

/// A box stowed with goods of one packing.
fn loaded(
    packing: &Packing,
    dice: Dice,
    (size, payload_kg): ([f64; 3], f64),
    fill: f64,
) -> (Scene, Result<Stowed, PhantomError>) {
    let mut scene = Scene::default();
    let space = space_of(size);
    let mut bay = Bay { scene: &mut scene, dice, space, payload_kg, fill, item: 1, plan: Plan::default() };
    let stowed = packing.form().stow(&mut bay);
    (scene, stowed)
}

/// The same in the first of the boxes that it goes into.
fn loaded_somewhere(packing: &Packing, seed: u64, fill: f64) -> Scene {
    let all = BOXES.iter().map(|load| loaded(packing, Dice::new(seed, "shipment"), *load, fill));
    let mut fits = all.filter_map(|(scene, stowed)| stowed.ok().map(|_| scene));
    fits.next().unwrap()
}

fn check(goods: &Goods, index: usize, seed: u64, size: [f64; 3], payload_kg: f64) -> Result<(String, f64), String> {
    let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    let name = format!("{} packing[{index}], {} m, seed {seed}", goods.heading, size[0] / 1000.0);
    let dice = Dice::stream(seed, "goods", index as u64);
    let (scene, stowed) = loaded(&goods.packing[index].packing, dice, (size, payload_kg), 0.93);
    let stowed = stowed.map_err(|error| format!("{name}: {error}"))?;
    let space = space_of(size);
    let real = scene.mass_kg();
    let mut faults = Vec::new();
    let mut fault = |is_fault: bool, text: String| {
        if is_fault {
            faults.push(text);
        }
    };
    for solid in &scene.solids {
        let (min, max) = solid.shape.bounds();
        let out = (0..3).map(|d| (space[0][d] - min[d]).max(max[d] - space[1][d])).fold(0.0, f64::max);
        fault(out > 25.0, format!("{out:.0} mm outside: {:?}", solid.shape));
        fault((0..3).any(|d| max[d] <= min[d]), format!("no size: {:?}", solid.shape));
    }
    let (share, pair) = clashes(&scene, &mut Dice::new(seed, "points"));
    fault(share > 0.0, format!("{:.1} % of points lie in two: {pair}", 100.0 * share));
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let columns = ((space[1][0] + 400.0) / 12.0).ceil() as usize;
    let traced = Projector::new(&scene, &fan, columns, 12.0).traced_mass_kg(|_| true);
    let error = traced / real - 1.0;
    fault(real > payload_kg * 1.06, format!("{real:.0} kg"));
    fault(stowed.packages == 0 || stowed.pieces == 0, "nothing stowed".to_owned());
    let solids = scene.len();
    fault(solids > 150_000, format!("{solids} solids"));
    let area = size[0] * size[1] * 1e-2;
    let text = format!(
        "{name}: {real:.0} kg in {} packages, {} pieces, {solids} solids, {:.0} g/cm2",
        stowed.packages,
        stowed.pieces,
        real * 1000.0 / area
    );
    if faults.is_empty() {
        Ok((text, error))
    } else {
        Err(format!("{text}: {}", faults[..faults.len().min(2)].join("; ")))
    }
}

/// Every way of packing, in a small and a large box by turns: inside it, not above its payload, and as heavy as its rays say.
#[test]
fn every_packing_of_all_goods_stows_and_weighs_right() {
    let all = Goods::all().unwrap();
    let cases: Vec<_> = all
        .iter()
        .flat_map(|goods| (0..goods.packing.len()).map(move |i| (goods, i)))
        .zip(BOXES.into_iter().cycle())
        .map(|((goods, i), load)| (goods, i, load))
        .collect();
    let results: Vec<Result<(String, f64), String>> = cases
        .par_iter()
        .enumerate()
        .map(|(k, (goods, i, load))| {
            // What is too long or too high for one of them goes into the other.
            let other = BOXES.iter().find(|other| *other != load);
            let checked = |(size, payload): &([f64; 3], f64)| check(goods, *i, k as u64, *size, *payload);
            checked(load).or_else(|fault| match other {
                Some(other) if fault.contains(" needs ") => checked(other),
                _ => Err(fault),
            })
        })
        .collect();
    let faults: Vec<&String> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    let errors: Vec<f64> = results.iter().flatten().map(|(_, error)| error.abs()).collect();
    for (text, _) in results.iter().flatten() {
        println!("{text}");
    }
    for text in &faults {
        println!("FAULT {text}");
    }
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let off: Vec<String> = results
        .iter()
        .flatten()
        .filter(|(_, error)| error.abs() > 0.005)
        .map(|(text, error)| format!("{:+.2} % {text}", 100.0 * error))
        .collect();
    println!(
        "{} loads; traced mass is off by {:.2} % in the mean, by more than 0.5 % in {}: {off:#?}",
        results.len(),
        100.0 * mean,
        off.len()
    );
    assert!(mean < 0.0005 && off.is_empty(), "traced mass: {mean} in the mean, {off:#?}");
    assert!(faults.is_empty(), "{} of {} are faulty, the first: {}", faults.len(), results.len(), faults[0]);
}

/// Boxes of parcels: nothing in two cartons, nothing outside, as heavy as its rays say, some cartons much heavier than others.
#[test]
fn mixed_cartons_stand_apart_and_weigh_right() {
    for (seed, (size, payload_kg)) in BOXES.into_iter().enumerate() {
        let mut scene = Scene::default();
        let low = [400.0, 1300.0, 3000.0];
        let space = [low, [0, 1, 2].map(|d| low[d] + size[d])];
        let dice = Dice::stream(seed as u64, "parcels", 0);
        let bay = Bay { scene: &mut scene, dice, space, payload_kg, fill: 0.95, item: 1, plan: Plan::default() };
        let (lots, _) = crate::consolidated::Consolidated { lines: [90, 260] }.load(bay, &[], "x").unwrap();
        let packages: usize = lots.iter().map(|lot| lot.packages).sum();
        let gross_kg: f64 = lots.iter().map(|lot| lot.gross_kg).sum();
        println!("{} lines, {packages} cartons, {} solids, {gross_kg:.0} kg", lots.len(), scene.len());
        assert!((gross_kg / scene.mass_kg() - 1.0).abs() < 1e-9 && gross_kg < 1.03 * payload_kg, "{gross_kg}");
        for solid in &scene.solids {
            let (min, max) = solid.shape.bounds();
            assert!((0..3).all(|d| min[d] > space[0][d] - 0.1 && max[d] < space[1][d] + 0.1), "{:?}", solid.shape);
        }
        let (share, pair) = clashes(&scene, &mut Dice::new(seed as u64, "points"));
        assert!(share == 0.0, "{share}: {pair}");
        let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
        let columns = ((space[1][0] + 400.0) / 12.0).ceil() as usize;
        let traced = Projector::new(&scene, &fan, columns, 12.0).traced_mass_kg(|_| true);
        assert!((traced / gross_kg - 1.0).abs() < 0.005, "traced {traced} of {gross_kg}");
        let carton_kg = lots.iter().map(|lot| lot.gross_kg / lot.packages as f64);
        let (light, heavy) = carton_kg.fold((f64::MAX, 0.0_f64), |(a, b), d| (a.min(d), b.max(d)));
        assert!(heavy > 4.0 * light, "cartons of {light} to {heavy} kg");
        // Most of the room is used.
        let end = lots.iter().map(|lot| lot.corners[1][0]).fold(0.0, f64::max);
        assert!(end > space[0][0] + 0.6 * size[0], "{end}");
    }
}

/// More seeds of every packing in both boxes, without rays: no matter lies twice.
#[test]
fn nothing_lies_twice() {
    const SEEDS: u64 = 2;
    let all = Goods::all().unwrap();
    let cases: Vec<_> = all
        .iter()
        .flat_map(|goods| goods.packing.iter().enumerate().map(move |(i, way)| (goods, i, &way.packing)))
        .flat_map(|case| BOXES.iter().flat_map(move |load| (0..SEEDS).map(move |seed| (case, load, 1000 + seed))))
        .collect();
    let faults: Vec<String> = cases
        .par_iter()
        .filter_map(|((goods, index, packing), load, seed)| {
            let (scene, stowed) = loaded(packing, Dice::stream(*seed, &goods.heading, *index as u64), **load, 0.95);
            stowed.ok()?;
            let (share, pair) = clashes(&scene, &mut Dice::new(*seed, "points"));
            let name = format!("{} packing[{index}] seed {seed}", goods.heading);
            (share > 0.0).then(|| format!("{name}: {:.1} % of points lie in two: {pair}", 100.0 * share))
        })
        .collect();
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), cases.len());
}

/// Mean sizes of what stands by itself in a load, mm, its mean density, g/cm³, and its mass, kg.
fn look(scene: &Scene) -> [f64; 5] {
    let mut sums = [0.0; 4];
    for solid in scene.solids.iter().filter(|solid| solid.parent.is_none()) {
        let (min, max) = solid.shape.bounds();
        for d in 0..3 {
            sums[d] += max[d] - min[d];
        }
        sums[3] += 1.0;
    }
    let volume: f64 = scene.solids.iter().filter(|s| s.parent.is_none()).map(|s| s.shape.volume_mm3()).sum();
    [sums[0] / sums[3], sums[1] / sums[3], sums[2] / sums[3], scene.mass_kg() / volume * 1e6, scene.mass_kg()]
}

/// Two seeds of any packing are two shipments: other sizes or other stuff, not the same things standing otherwise.
#[test]
fn two_seeds_are_two_shipments() {
    let all = Goods::all().unwrap();
    let cases: Vec<_> = all.iter().flat_map(|g| g.packing.iter().enumerate().map(move |(i, p)| (g, i, p))).collect();
    let same: Vec<String> = cases
        .par_iter()
        .filter_map(|(goods, index, way)| {
            let [one, other] = [11, 12].map(|seed| loaded_somewhere(&way.packing, seed, 0.9));
            let (a, b) = (look(&one), look(&other));
            let change = (0..5).map(|i| (a[i] / b[i] - 1.0).abs()).fold(0.0, f64::max);
            (change < 0.01).then(|| format!("{} packing[{index}]: {a:?} {b:?}", goods.heading))
        })
        .collect();
    assert!(same.is_empty(), "{} of {}: {same:#?}", same.len(), cases.len());
}

/// Mean tonnes of a full box of 20 ft with goods of a heading in one way of packing.
fn tonnes(goods: &Goods, packing: &Packing) -> f64 {
    const SEEDS: u64 = 8;
    let kg = (0..SEEDS).map(|seed| {
        let dice = Dice::stream(seed, &goods.heading, 0);
        let (scene, stowed) = loaded(packing, dice, BOXES[0], 0.95);
        stowed.unwrap();
        scene.mass_kg()
    });
    kg.sum::<f64>() / SEEDS as f64 / 1000.0
}

/// Boxes of 20 ft are loaded as heavy as traders load them.
#[test]
fn sacks_and_big_bags_fill_a_box_as_they_do_in_the_trade() {
    let mut faults = Vec::new();
    for goods in Goods::all().unwrap() {
        for (index, Way { packing, .. }) in goods.packing.iter().enumerate() {
            let name = match packing {
                Packing::Sacks(_) => "sacks",
                Packing::BigBags(_) => "big bags",
                _ => continue,
            };
            let heading = goods.heading.as_str();
            let [least, most] = match (name, heading) {
                ("sacks", "0901") => [15.5, 22.0],
                ("sacks", "1006" | "1701" | "1001" | "1005" | "2523") => [18.0, 27.0],
                ("big bags", "1001" | "1005" | "1006" | "1701" | "3102" | "3907") => [17.0, 26.5],
                ("big bags", "2523" | "2603" | "2619" | "2620" | "2829" | "2846" | "7404") => [19.0, 27.0],
                _ => [1.5, 27.0],
            };
            let tonnes = tonnes(goods, packing);
            println!("{heading} packing[{index}], {name}: {tonnes:.1} t in a box of 20 ft");
            if !(least..most).contains(&tonnes) {
                faults.push(format!("{heading} packing[{index}], {name}: {tonnes:.1} t of {least} to {most}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
