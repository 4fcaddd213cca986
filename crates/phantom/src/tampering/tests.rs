use pellucid_core::{IsoSize, TamperingKind};
use rayon::prelude::*;

use super::recipe::Place;
use crate::case::make_case;
use crate::clashes::clashes_of;
use crate::dice::Dice;
use crate::fan::Fan;
use crate::projection::Projector;
use crate::recipe::{Family, Recipe};
use crate::scanner::Scanner;
use crate::scene::Solid;
use crate::yard::{MASK_ID, Staged, stage};

/// Heading, container type and tampering of recipes that are looked at.
const VARIANTS: &[(&str, &str, &str)] = &[
    ("6109", "dry", "kind = 'substitution'\ndeclared = '0901'"),
    ("2402", "dry", "kind = 'substitution'\ndeclared = '9403'\nshare = [0.25, 0.3]"),
    ("3604", "dry", "kind = 'substitution'\ndeclared = '9503'\nshare = [0.2, 0.2]\nplace = 'middle'"),
    ("empty", "dry", "kind = 'empty'\ndeclared = '6109'\nleft = 'dunnage'\nleft_kg = 35.0"),
    ("empty", "dry", "kind = 'empty'\ndeclared = '6109'\nleft = 'liner'"),
    ("empty", "dry", "kind = 'empty'\ndeclared = '8418'\nleft_kg = 48.0"),
    ("6109", "dry", "kind = 'short_weight'"),
    ("4407", "dry", "kind = 'over_weight'"),
    ("6109", "dry", "kind = 'concealed_organic'\nform = 'bricks'"),
    ("6109", "dry", "kind = 'concealed_organic'\nplace = 'behind_load'\nmass_kg = 120.0"),
    ("8418", "dry", "kind = 'concealed_organic'\nplace = 'in_load'\nmass_kg = 60.0\nmaterial = 'tobacco'"),
    ("8450", "dry", "kind = 'concealed_organic'\nplace = 'on_load'\nbrick_mm = [210.0, 60.0, 150.0]"),
    ("empty", "dry", "kind = 'concealed_organic'\nplace = 'floor'\nform = 'block'"),
    ("6109", "dry", "kind = 'concealed_metal'"),
    ("6109", "dry", "kind = 'concealed_metal'\nobject = 'firearms'\nplace = 'in_load'\nmass_kg = 9.0"),
    ("7208", "dry", "kind = 'concealed_metal'\nobject = 'firearms'\nmass_kg = 50.0"),
    ("6109", "dry", "kind = 'concealed_metal'\nobject = 'ammunition'\nplace = 'behind_load'"),
    ("9403", "dry", "kind = 'concealed_metal'\nobject = 'knives'\nplace = 'behind_load'"),
    ("6109", "dry", "kind = 'concealed_metal'\nobject = 'bars'\nmaterial = 'gold'\nmass_kg = 100.0"),
    ("6109", "dry", "kind = 'concealed_metal'\nobject = 'tools'\nplace = 'on_load'"),
    ("6109", "dry", "kind = 'concealed_dense'\nobject = 'pig'"),
    ("6109", "dry", "kind = 'concealed_dense'\nobject = 'parcel'\nplace = 'in_load'"),
    ("8418", "dry", "kind = 'concealed_dense'\nobject = 'source'"),
    ("6109", "dry", "kind = 'concealed_goods'\nheading = '2402'"),
    ("9403", "dry", "kind = 'concealed_goods'\nheading = '2402'\nmass_kg = 900.0\nplace = 'middle'"),
    ("9503", "dry", "kind = 'concealed_goods'\nheading = '3604'\nmass_kg = 700.0\nplace = 'front'"),
    ("6109", "dry", "kind = 'person'"),
    ("0901", "dry", "kind = 'person'\ncount = 4\nplace = 'behind_load'"),
    ("8418", "dry", "kind = 'person'\nposture = 'lying'\nplace = 'on_load'"),
    ("empty", "dry", "kind = 'person'\ncount = 3\nposture = 'standing'"),
    ("6109", "dry", "kind = 'false_structure'\nplace = 'front'"),
    ("6109", "dry", "kind = 'false_structure'\nplace = 'floor'\nmass_kg = 200.0"),
    ("9403", "dry", "kind = 'false_structure'\nplace = 'roof'\nmass_kg = 40.0"),
    ("6109", "dry", "kind = 'false_structure'\nplace = 'doors'\nmass_kg = 30.0"),
    ("6109", "dry", "kind = 'false_structure'\nplace = 'members'"),
    ("empty", "dry", "kind = 'false_structure'\nplace = 'front'\nfilled = false"),
    ("0303", "reefer", "kind = 'false_structure'\nfilled = false"),
    ("6109", "dry", "kind = 'vehicle_hide'\nplace = 'cab'"),
    ("6109", "dry", "kind = 'vehicle_hide'\nplace = 'fuel_tank'\nmass_kg = 40.0"),
    ("6109", "dry", "kind = 'vehicle_hide'\nplace = 'chassis'\nmass_kg = 25.0"),
    ("6109", "dry", "kind = 'vehicle_hide'\nplace = 'spare_wheel'"),
    ("6109", "dry", "kind = 'vehicle_hide'\nplace = 'tyres'\nmass_kg = 60.0"),
    ("0303", "reefer", "kind = 'reefer_hide'\nplace = 'machinery'\nmass_kg = 10.0"),
    ("0303", "reefer", "kind = 'reefer_hide'\nplace = 'insulation'\nmass_kg = 80.0"),
    ("6109", "dry", "kind = 'rip_on'"),
    ("2204", "dry", "kind = 'rip_on'\ncount = 5\nmass_kg = 150.0"),
    ("8418", "dry", "kind = 'rip_on'\nplace = 'on_load'\ncount = 2"),
];

/// A trailer for 20 ft boxes is too short for a spare wheel between its legs and wheels.
fn is_possible(variant: &(&str, &str, &str), size: IsoSize) -> bool {
    size != IsoSize::Twenty || !variant.2.contains("spare_wheel")
}

fn recipe(variant: &(&str, &str, &str), size: IsoSize) -> Recipe {
    let (heading, container_type, tampering) = variant;
    let code = if size == IsoSize::Twenty { "22G1" } else { "42G1" };
    let text = format!(
        "name = 'x'\nscanner = 'relocatable_6_3p5'\nconveyance = 'truck'\n[[containers]]\nsize = '{code}'\n\
         container_type = '{container_type}'\nheadings = ['{heading}']\npackings.set = 'known'\nfill = [0.8, 1.0]\n[tampering]\n{tampering}\n"
    );
    Recipe::from_toml("x.toml", &text).unwrap_or_else(|e| panic!("{tampering}: {e:?}"))
}

fn is_hidden(solid: &Solid) -> bool {
    solid.item >= MASK_ID
}

/// What is wrong with a staged scene.
fn faults(recipe: &Recipe, staged: &Staged) -> Vec<String> {
    let mut faults = Vec::new();
    let (scene, loaded) = (&staged.scene, &staged.boxes[0]);
    let tampering = recipe.tampering.as_ref().unwrap();
    let kind = tampering.kind;
    // Kilograms of truth against those of solids.
    let lots = loaded.lots.iter().filter(|lot| lot.item >= MASK_ID).map(|lot| lot.gross_kg);
    let known: f64 = loaded.concealed.iter().map(|hidden| hidden.mass_kg).chain(lots).sum();
    let real = scene.mass_of_kg(is_hidden);
    if (known - real).abs() > 0.001 * real {
        faults.push(format!("truth {known:.3} kg, solids {real:.3} kg"));
    }
    let has_mask = !matches!(kind, TamperingKind::Empty | TamperingKind::ShortWeight | TamperingKind::OverWeight);
    if has_mask != (real > 0.0) {
        faults.push(format!("{real} kg with a mask"));
    }
    if let (Some(wanted), Some(first)) = (tampering.mass_kg, loaded.concealed.first()) {
        // Cases, bags, boxes and plates weigh in addition.
        let most = 1.6 * wanted + 40.0;
        if !(wanted * 0.999..most).contains(&first.mass_kg) {
            faults.push(format!("{:.2} kg where {wanted} were wanted", first.mass_kg));
        }
    }
    // Inside the box, or the vehicle.
    let [low, high] = if kind == TamperingKind::VehicleHide {
        [[0.0, 0.0, 0.0], [staged.width_mm, 4_000.0, 9_000.0]]
    } else {
        loaded.container.outside
    };
    let boxes = loaded.concealed.iter().map(|hidden| hidden.corners);
    for [a, b] in boxes.chain(loaded.lots.iter().filter(|lot| lot.item >= MASK_ID).map(|lot| lot.corners)) {
        if (0..3).any(|d| a[d] < low[d] - 0.1 || b[d] > high[d] + 0.1) {
            faults.push(format!("outside: {a:?} {b:?}"));
        }
        // What stands free rests on the floor or on something.
        let is_free = [TamperingKind::Person, TamperingKind::RipOn].contains(&kind)
            || matches!(tampering.place, Some(Place::BehindLoad | Place::OnLoad | Place::Floor));
        let rests = scene.solids.iter().filter(|solid| !is_hidden(solid) && solid.parent.is_none()).any(|solid| {
            let (min, max) = solid.shape.bounds();
            (max[1] - a[1]).abs() < 45.0 && [0, 2].iter().all(|d| min[*d] < b[*d] && max[*d] > a[*d])
        });
        if is_free && !rests {
            faults.push(format!("hangs in the air: {a:?}"));
        }
    }
    if has_mask && !matches!(kind, TamperingKind::Substitution | TamperingKind::ConcealedGoods) {
        let (share, pair) = clashes_of(scene, &mut Dice::new(1, "points"), is_hidden);
        if share > 0.01 {
            faults.push(format!("{:.1} % of points lie in two: {pair}", 100.0 * share));
        }
    }
    faults
}

/// Traced mass over that of the solids, of what is hidden.
fn traced(staged: &Staged) -> Option<f64> {
    let scanner = Scanner::preset("relocatable_6_3p5_fine").unwrap();
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    let columns = (staged.width_mm / 6.0).ceil() as usize;
    let scene = &staged.scene;
    let real: f64 = (0..scene.len()).filter(|i| is_hidden(&scene.solids[*i])).map(|i| scene.added_mass_kg(i)).sum();
    if real.abs() < 1e-9 {
        return None;
    }
    let projector = Projector::new(scene, &fan, columns, 6.0);
    Some(projector.traced_mass_kg(|i| is_hidden(&scene.solids[i as usize])) / real)
}

#[test]
fn every_kind_adds_what_truth_says_where_it_can_be() {
    let cases: Vec<_> = VARIANTS
        .iter()
        .flat_map(|v| [IsoSize::Twenty, IsoSize::Forty].map(|size| (v, size)))
        .filter(|(variant, size)| is_possible(variant, *size))
        .flat_map(|(v, size)| (0..2).map(move |seed| (v, size, seed)))
        .collect();
    let results: Vec<(String, Vec<String>, Option<f64>)> = cases
        .par_iter()
        .map(|(variant, size, seed)| {
            let recipe = recipe(variant, *size);
            let scanner = Scanner::preset(&recipe.scanner).unwrap();
            let name = format!("{} {size:?} seed {seed}: {}", variant.0, variant.2.replace('\n', ", "));
            match stage(&recipe, &scanner, *seed) {
                Ok(staged) => {
                    let faults = faults(&recipe, &staged);
                    // The lowest parts of wheels lie below the fan.
                    let is_seen = !variant.2.contains("tyres") && *size == IsoSize::Twenty && *seed == 0;
                    let traced = if is_seen { traced(&staged) } else { None };
                    (name, faults, traced)
                }
                Err(error) => (name, vec![error.to_string()], None),
            }
        })
        .collect();
    let mut wrong = Vec::new();
    let mut errors = Vec::new();
    for (name, faults, traced) in &results {
        println!("{name}: {faults:?} {traced:?}");
        wrong.extend(faults.iter().map(|fault| format!("{name}: {fault}")));
        errors.extend(traced.map(|t| (t - 1.0).abs()));
    }
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let off = errors.iter().filter(|e| **e > 0.005).count();
    println!(
        "traced mass of {}: off by {:.2} % in the mean, by more than 0.5 % in {off}",
        errors.len(),
        100.0 * mean
    );
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), results.len(), wrong.join("\n"));
    assert!(mean < 0.0015 && off == 0, "traced mass: {mean} in the mean, {off} off by 0.5 %");
}

#[test]
fn every_family_has_its_mask_inside_its_container() {
    let kinds: Vec<_> = (0..3).flat_map(|seed| Family::EVERY.iter().map(move |family| (seed, *family))).collect();
    kinds.par_iter().for_each(|(seed, family)| {
        let recipe = Recipe::random(*seed, *family).unwrap();
        let scanner = Scanner::preset(&recipe.scanner).unwrap().with_resolution(101, 48.0);
        let case = make_case(&recipe, &scanner, *seed).unwrap_or_else(|e| panic!("{} {seed}: {e}", recipe.name));
        let context = format!("{} seed {seed}: {:?}", recipe.name, case.truth.tampering);
        let truth = case.truth.tampering.as_ref();
        assert_eq!(truth.map(|t| t.kind), family.tampering());
        let (width, mut pixels) = (case.item.width(), 0);
        for (index, _) in case.item.pixels().iter().enumerate().filter(|(_, item)| **item >= MASK_ID) {
            let (x, y) = ((index % width) as u32, (index / width) as u32);
            let mut boxes = case.truth.containers.iter().map(|c| c.box_px);
            let is_inside = boxes.any(|b| x >= b.x && x < b.right() && y >= b.y && y < b.bottom());
            assert!(is_inside || *family == Family::VehicleHide, "{context}: {x} {y}");
            pixels += 1;
        }
        assert_eq!(pixels > 0, truth.is_some_and(|t| t.mask_id.is_some()), "{context}");
        if let Some(truth) = truth.filter(|t| t.mask_id.is_some()) {
            let undeclared: Vec<_> = case.truth.items.iter().filter(|i| i.line == 0).collect();
            assert!(!undeclared.is_empty(), "{context}");
            let kg: f64 = undeclared.iter().map(|i| i.mass_kg).sum();
            assert!(kg >= truth.mass_kg * 0.999, "{context}: {kg}");
            assert_eq!(case.heading_of(MASK_ID), truth.hs.as_deref(), "{context}");
        }
    });
}

#[test]
fn goods_are_left_out_for_persons_where_a_load_is_full() {
    // Cartons to the doors and under the roof.
    let variant = ("6109", "dry", "kind = 'person'\nposture = 'standing'\nplace = 'behind_load'");
    let mut tampered = recipe(&variant, IsoSize::Twenty);
    tampered.containers[0].fill = [1.0, 1.0];
    let honest = Recipe { tampering: None, ..tampered.clone() };
    let scanner = Scanner::preset(&tampered.scanner).unwrap();
    for seed in 0..4 {
        let packages = |recipe: &Recipe| stage(recipe, &scanner, seed).unwrap().boxes[0].lots[0].packages;
        assert!(packages(&tampered) <= packages(&honest), "seed {seed}");
        let staged = stage(&tampered, &scanner, seed).unwrap();
        assert!(faults(&tampered, &staged).is_empty(), "{:?}", faults(&tampered, &staged));
    }
}

#[test]
fn bricks_have_the_density_of_what_they_are() {
    for seed in 0..30 {
        let variant = ("6109", "dry", "kind = 'concealed_organic'\nform = 'bricks'");
        let recipe = recipe(&variant, IsoSize::Twenty);
        let staged = stage(&recipe, &Scanner::preset(&recipe.scanner).unwrap(), seed).unwrap();
        let scene = &staged.scene;
        let solid = scene.solids.iter().find(|s| is_hidden(s)).unwrap();
        let material = scene.materials[usize::from(solid.substance.slot)];
        let density = solid.substance.density;
        assert!(density <= material.density_g_per_cm3, "{}: {density}", material.name);
        let range = match material.name {
            "tobacco" | "marijuana" => 0.25..0.46,
            "medicine" => 0.4..0.71,
            _ => 0.7..1.16,
        };
        assert!(range.contains(&density), "{}: {density}", material.name);
        let (min, max) = solid.shape.bounds();
        let mut mm = [0, 1, 2].map(|d| max[d] - min[d]);
        mm.sort_by(f64::total_cmp);
        assert!(mm[0] < 38.1 && (130.0..146.0).contains(&mm[1]) && (189.0..211.0).contains(&mm[2]), "{mm:?}");
    }
}
