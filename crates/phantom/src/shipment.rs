use pellucid_core::TamperingKind;

use crate::case::{Case, scan};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::paperwork::{Paperwork, declare};
use crate::recipe::Recipe;
use crate::scanner::Scanner;
use crate::yard::{Lading, MASK_ID, stage_of};

/// Most boxes of one lot.
const MOST: usize = 200;

/// Makes a lot: `n` scans of a recipe's boxes under one declaration and one bill of lading. All boxes hold goods of the same
/// packing, sizes and densities; how full each is and where its packages stand differs. What is declared of one container is
/// which lines are inside, and its goods in kilograms only where the trader states them (`papers.goods_kg`). Tampering is in
/// one scan of the lot, drawn; the other boxes hold what is declared. A pure function of its arguments.
///
/// # Errors
/// As [`crate::make_case`]; also when `n` is 0 or above 200, or more lines of parcels are asked for than a declaration holds.
pub fn make_lot(recipe: &Recipe, scanner: &Scanner, n: usize, seed: u64) -> Result<Vec<Case>, PhantomError> {
    recipe.validate(&recipe.name)?;
    let refuse = |key: &str, reason: String| Err(PhantomError::value(&recipe.name, key, reason));
    if !(1..=MOST).contains(&n) {
        return refuse("lot", format!("1 to {MOST} scans, got {n}"));
    }
    let parcels: usize = recipe.containers.iter().filter_map(|c| c.consolidated).map(|c| c.lines[1]).sum();
    if n * parcels >= usize::from(MASK_ID) {
        let reason = format!("at most {} in the lot, got {n} times {parcels}", MASK_ID - 1);
        return refuse("containers.consolidated.lines", reason);
    }
    let mut dice = Dice::new(seed, "lot");
    let tampered = dice.below(n);
    let honest = honest(recipe);
    // The whole lot as one recipe, for its lines and its declaration.
    let each = recipe.containers.len();
    let mut whole = Recipe { containers: Vec::with_capacity(n * each), ..recipe.clone() };
    for i in 0..n {
        let containers = if i == tampered { &recipe.containers } else { &honest.containers };
        whole.containers.extend(containers.iter().cloned());
    }
    if let Some(tampering) = &mut whole.tampering {
        tampering.container += tampered * each;
    }
    let mut lading = Lading { lot: Some(dice.seed()), ..Lading::of(&whole) };
    let (mut staged, mut boxes) = (Vec::with_capacity(n), Vec::with_capacity(n * each));
    for i in 0..n {
        let one = if i == tampered { recipe } else { &honest };
        let seed = dice.seed();
        let scene = stage_of(one, scanner, seed, &lading)?;
        let lots = scene.boxes.iter().flat_map(|b| &b.lots);
        lading.first_parcel += lots.filter(|lot| (lading.first_parcel..MASK_ID).contains(&lot.item)).count() as u16;
        boxes.extend(scene.boxes.iter().cloned().map(|mut loaded| {
            loaded.index += i * each;
            loaded
        }));
        staged.push((one, seed, scene));
    }
    let paperwork = declare(&whole, &boxes, seed)?;
    let cases = staged.into_iter().enumerate().map(|(i, (one, seed, scene))| {
        let numbers = paperwork.numbers[i * each..(i + 1) * each].to_vec();
        scan(one, scanner, seed, &scene, Paperwork { numbers, ..paperwork.clone() })
    });
    cases.collect()
}

/// The same recipe as its declaration says: without tampering.
pub(crate) fn honest(recipe: &Recipe) -> Recipe {
    let mut honest = Recipe { tampering: None, ..recipe.clone() };
    if let Some(tampering) = &recipe.tampering
        && let Some(declared) = &tampering.declared
        && matches!(tampering.kind, TamperingKind::Substitution | TamperingKind::Empty)
        && let Some(container) = honest.containers.get_mut(tampering.container)
    {
        container.headings = vec![declared.clone()];
        container.consolidated = None;
    }
    honest
}
