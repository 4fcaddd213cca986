use rayon::prelude::*;

use crate::recipe::{Family, Recipe};
use crate::samples::{sample_recipes, training_recipe};
use crate::scanner::Scanner;
use crate::yard::stage;

/// FNV-1a of every solid of a scene and of what is known about its boxes.
fn hash(recipe: &Recipe, scanner: &Scanner, seed: u64) -> u64 {
    let staged = stage(recipe, scanner, seed).unwrap();
    let mut text = format!("{} {:?}", staged.width_mm, staged.scene.fine);
    for solid in &staged.scene.solids {
        let material = staged.scene.materials[usize::from(solid.substance.slot)].name;
        let what = (solid.substance.density, solid.parent, solid.component, solid.item);
        text.push_str(&format!("{:?} {material} {what:?}\n", solid.shape));
    }
    for loaded in &staged.boxes {
        for lot in &loaded.lots {
            let goods =
                (&lot.goods.heading, lot.item, lot.packages, lot.pieces, lot.net_kg, lot.gross_kg, lot.corners);
            text.push_str(&format!("{goods:?}\n"));
        }
    }
    text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn hashes(recipes: &[(Recipe, Scanner, u64)]) -> Vec<u64> {
    recipes.par_iter().map(|(recipe, scanner, seed)| hash(recipe, scanner, *seed)).collect()
}

#[test]
fn samples_keep_their_scenes() {
    let preset = |recipe: Recipe| {
        let scanner = Scanner::preset(&recipe.scanner).unwrap();
        let seed = recipe.seed;
        (recipe, scanner, seed)
    };
    let recipes: Vec<_> = sample_recipes().unwrap().into_iter().map(preset).collect();
    let found = hashes(&recipes);
    assert_eq!(found, SAMPLES, "{found:#x?}");
}

#[test]
fn random_recipes_keep_their_scenes() {
    let random = (0..3).flat_map(|seed| Family::ALL.iter().map(move |family| (seed, *family)));
    let mut recipes: Vec<_> = random
        .map(|(seed, family)| {
            let recipe = Recipe::random(seed, family).unwrap();
            let scanner = Scanner::preset(&recipe.scanner).unwrap();
            (recipe, scanner, seed)
        })
        .collect();
    recipes.extend((0..10).map(|seed| {
        let (recipe, scanner) = training_recipe(seed).unwrap();
        (recipe, scanner, seed)
    }));
    let found = hashes(&recipes);
    // One figure for all of them, so that the list stays short.
    let all = found.iter().fold(0_u64, |sum, hash| sum.rotate_left(7) ^ hash);
    assert_eq!(all, RANDOM, "{all:#x} from {found:#x?}");
}

const SAMPLES: [u64; 10] = [
    0x41db_fa6f_7df6_d95a,
    0xa594_80e2_3d2d_0573,
    0x5ab4_f4d0_ebaa_4986,
    0x6b14_ee9b_50f9_9992,
    0xd733_f82e_6248_9b00,
    0x6e85_e717_2193_2030,
    0xc2a3_9a1e_2c8d_abea,
    0x92f8_808d_42b9_bc0d,
    0x114d_a406_3859_985c,
    0x4f06_6b49_d8a3_60f5,
];
const RANDOM: u64 = 0x4d1b_d8a4_e102_b0c1;
