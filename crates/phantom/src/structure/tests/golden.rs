//! What recipes that say nothing of new keys are built of must never change: samples, models and figures hang on it.

use pellucid_core::{ContainerType, IsoSize};

use crate::goods::EMPTY;
use crate::recipe::{ContainerRecipe, Conveyance, Family, Recipe};
use crate::samples::sample_recipes;
use crate::scanner::Scanner;
use crate::scene::{Scene, component};
use crate::yard::stage;

/// FNV-1a of the solids that are meant, to the last bit of their figures.
fn hash(scene: &Scene, is_meant: impl Fn(u8) -> bool) -> u64 {
    let solids = scene.solids.iter().filter(|s| is_meant(s.component)).map(|s| {
        // Names, not slots: which materials came first is the load's affair.
        let name = scene.materials[usize::from(s.substance.slot)].name;
        format!("{:?} {name} {} {} {}", s.shape, s.substance.density, s.component, s.parent.is_some())
    });
    solids
        .flat_map(String::into_bytes)
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Every type in a size that it comes in, on every conveyance, and two boxes of 20 ft.
fn recipes() -> Vec<(Recipe, u64)> {
    let mut recipes: Vec<(Recipe, u64)> =
        sample_recipes().unwrap().into_iter().map(|r| (r.clone(), r.seed)).collect();
    let types = [
        (ContainerType::Dry, IsoSize::Twenty),
        (ContainerType::Dry, IsoSize::Forty),
        (ContainerType::Dry, IsoSize::FortyHigh),
        (ContainerType::Reefer, IsoSize::Twenty),
        (ContainerType::Reefer, IsoSize::FortyHigh),
        (ContainerType::Tank, IsoSize::Twenty),
        (ContainerType::Flat, IsoSize::Twenty),
        (ContainerType::Flat, IsoSize::Forty),
    ];
    let conveyances = [Conveyance::Truck, Conveyance::Trailer, Conveyance::Box];
    for (i, (container_type, size)) in types.into_iter().enumerate() {
        for (j, conveyance) in conveyances.into_iter().enumerate() {
            let boxes = 1 + usize::from(size == IsoSize::Twenty && (i + j) % 2 == 0);
            let container = ContainerRecipe { container_type, ..ContainerRecipe::dry(size, EMPTY, [0.8, 1.0]) };
            let mut recipe = sample_recipes().unwrap().remove(0);
            (recipe.conveyance, recipe.vehicle, recipe.containers) = (conveyance, None, vec![container; boxes]);
            recipes.push((recipe, (10 * i + j) as u64));
        }
    }
    recipes
}

#[test]
fn structures_do_not_change() {
    let is_structure = |c: u8| [component::CONTAINER, component::CHASSIS, component::TRACTOR].contains(&c);
    let mut all = 0_u64;
    for (recipe, seed) in recipes() {
        let staged = stage(&recipe, &Scanner::preset(&recipe.scanner).unwrap(), seed).unwrap();
        all = all.rotate_left(5) ^ hash(&staged.scene, is_structure) ^ staged.width_mm.to_bits();
    }
    let mut whole = 0_u64;
    for seed in 0..12 {
        let recipe = Recipe::random(seed, Family::ALL[seed as usize % Family::ALL.len()]).unwrap();
        let staged = stage(&recipe, &Scanner::preset(&recipe.scanner).unwrap(), seed).unwrap();
        whole = whole.rotate_left(5) ^ hash(&staged.scene, |_| true);
    }
    for recipe in sample_recipes().unwrap() {
        let staged = stage(&recipe, &Scanner::preset(&recipe.scanner).unwrap(), recipe.seed).unwrap();
        whole = whole.rotate_left(5) ^ hash(&staged.scene, |_| true);
    }
    println!("structures {all:#018x}; with their loads, and a dozen at random, {whole:#018x}");
    assert_eq!(all, 0xad4b_6350_389e_ba98);
}
