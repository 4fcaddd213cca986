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
    0x4bfa_5158_b063_9bca,
    0xa018_3f4f_6439_72cb,
    0xc698_86fb_647a_a9d3,
    0xe420_9a60_6494_cf4c,
    0xd266_7a19_781c_f0da,
    0xde19_9e50_03bf_71dc,
    0x0224_2d66_70e7_f9ec,
    0xaa53_2810_9531_a7f8,
    0x7f0a_8337_23ce_1c1a,
    0xbdc5_03d6_2d64_1389,
];
const RANDOM: u64 = 0x9f1f_bbd3_d659_37f0;
