//! Every recipe of RECIPES.md is one.

use pellucid_phantom::{Recipe, Scanner, make_case};

#[test]
fn every_recipe_of_the_document_makes_a_case() {
    let text = include_str!("../RECIPES.md");
    let blocks: Vec<&str> = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 6, "{}", blocks.len());
    for block in blocks {
        let recipe = Recipe::from_toml("RECIPES.md", block).unwrap();
        let scanner = Scanner::preset(&recipe.scanner).unwrap().with_resolution(101, 48.0);
        let case = make_case(&recipe, &scanner, 7).unwrap_or_else(|error| panic!("{}: {error}", recipe.name));
        case.declaration.validate().unwrap();
    }
}

#[test]
fn every_imperfection_is_in_the_document() {
    let text = include_str!("../RECIPES.md");
    for line in
        include_str!("../scanners/relocatable_6_3p5_worn.toml").split("[imperfections]").nth(1).unwrap().lines()
    {
        let Some((key, _)) = line.split_once(" = ") else { continue };
        assert!(text.contains(&format!("`{key}`")), "{key}");
    }
}
