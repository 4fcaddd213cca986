use crate::case::{Case, make_case};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::Goods;
use crate::recipe::{Family, Recipe};
use crate::scanner::Scanner;

const SAMPLES: &[(&str, &str)] = &[
    ("samples/coffee.toml", include_str!("../samples/coffee.toml")),
    ("samples/tyres.toml", include_str!("../samples/tyres.toml")),
    ("samples/refrigerators.toml", include_str!("../samples/refrigerators.toml")),
    ("samples/wine_gantry.toml", include_str!("../samples/wine_gantry.toml")),
    ("samples/empty.toml", include_str!("../samples/empty.toml")),
    ("samples/timber_processed.toml", include_str!("../samples/timber_processed.toml")),
    ("samples/groundnuts_as_coffee.toml", include_str!("../samples/groundnuts_as_coffee.toml")),
    ("samples/empty_as_shirts.toml", include_str!("../samples/empty_as_shirts.toml")),
    ("samples/timber_over_weight.toml", include_str!("../samples/timber_over_weight.toml")),
    ("samples/shirts_with_25_kg.toml", include_str!("../samples/shirts_with_25_kg.toml")),
];

/// The ten cases of `sample_scans/`, each with its own seed and scanner.
///
/// # Errors
/// One of the embedded recipes is faulty.
pub fn sample_recipes() -> Result<Vec<Recipe>, PhantomError> {
    SAMPLES.iter().map(|(file, text)| Recipe::from_toml(file, text)).collect()
}

/// A recipe and a machine for training: all families, some boxes of mixed goods, machines that differ from the presets.
///
/// # Errors
/// One of the embedded files is faulty.
pub fn training_recipe(seed: u64) -> Result<(Recipe, Scanner), PhantomError> {
    let mut dice = Dice::new(seed, "training");
    let family = match dice.unit() {
        u if u < 0.62 => Family::Honest,
        u if u < 0.67 => Family::Substitution,
        u if u < 0.71 => Family::Empty,
        u if u < 0.75 => Family::OverWeight,
        _ => Family::ConcealedOrganic,
    };
    let mut recipe = Recipe::random(seed, family)?;
    // Mixed boxes teach that goods lie side by side.
    if family == Family::Honest
        && recipe.containers[0].headings.iter().all(|h| h != crate::goods::EMPTY)
        && dice.chance(0.12)
        && let Some(other) = dice.pick(&Goods::known()?)
        && !recipe.containers[0].headings.contains(&other.heading)
    {
        recipe.containers[0].headings.push(other.heading.clone());
    }
    if dice.chance(0.2) {
        for container in &mut recipe.containers {
            container.fill = [0.25, 0.75];
        }
    }
    let mut scanner = Scanner::preset(&recipe.scanner)?;
    // Another site's machine of the same type stands a little otherwise.
    let fan = &mut scanner.fan;
    let nearer = dice.between(-220.0, 350.0);
    fan.source_to_near_wall_mm += nearer;
    fan.detector_distance_mm += nearer + dice.between(-60.0, 200.0);
    let raised = dice.between(-180.0, 140.0);
    fan.source_height_mm += raised;
    fan.detector_top_mm += raised + dice.between(-20.0, 60.0);
    let flaws = &mut scanner.imperfections;
    flaws.dose_jitter *= dice.between(0.5, 3.0);
    flaws.gain_spread *= dice.between(0.5, 4.0);
    for band in &mut scanner.bands {
        band.air_quanta *= dice.between(0.2, 1.3);
    }
    Ok((recipe, scanner))
}

/// A case for training ([`training_recipe`]).
///
/// # Errors
/// One of the embedded files is faulty.
pub fn training_case(seed: u64) -> Result<Case, PhantomError> {
    let (recipe, scanner) = training_recipe(seed)?;
    make_case(&recipe, &scanner, seed)
}
