//! Families of the rows of VERIFICATION.md §7 and of the closed list of tampering.

use std::collections::BTreeMap;

use pellucid_core::{IsoSize, TamperingKind};

use super::draw::{Draft, Draw};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::loads::Packing;
use crate::packings::{PackingSet, Packings};
use crate::recipe::{Conveyance, Recipe};
use crate::suite::Role;
use crate::suite::limits::{HELD_OUT_SCANNER, NEW_HEADINGS, Ranges};
use crate::tampering::{HiddenObject, Remnant, TamperingRecipe};
use crate::yard::{MASK_ID, stage};

type Drawn = Result<Draft, PhantomError>;

/// The whole load is goods of another chapter than declared.
pub(super) fn whole_load(draw: &mut Draw) -> Drawn {
    let heading = draw.heading(&|_| true)?;
    let recipe = draw.load_of(&heading)?;
    let declared = draw.other_chapter(&heading)?;
    let of = TamperingRecipe::of(TamperingKind::Substitution);
    draw.tampered(recipe, TamperingRecipe { declared: Some(declared), ..of })
}

/// A smugglers' pair: the whole load is `real`, declared as `declared`.
pub(super) fn pair(draw: &mut Draw, real: &str, declared: &str) -> Drawn {
    let recipe = draw.load_of(real)?;
    let of = TamperingRecipe::of(TamperingKind::Substitution);
    draw.tampered(recipe, TamperingRecipe { declared: Some(declared.to_owned()), ..of })
}

/// A smugglers' pair: `hidden` among `cover`, which is declared.
pub(super) fn pair_inside(draw: &mut Draw, hidden: &str, cover: &str) -> Drawn {
    let recipe = draw.load_of(cover)?;
    let of = TamperingRecipe::of(TamperingKind::ConcealedGoods);
    draw.tampered(recipe, TamperingRecipe { heading: Some(hidden.to_owned()), ..of })
}

/// Kilograms of what is not as declared, and of the whole load.
fn weighed(recipe: &Recipe, draft: &Draft, seed: u64) -> Result<(f64, f64), PhantomError> {
    let staged = stage(recipe, &draft.scanner, seed)?;
    let lots = || staged.boxes.iter().flat_map(|loaded| &loaded.lots);
    let other = lots().filter(|lot| lot.item >= MASK_ID).map(|lot| lot.gross_kg).sum();
    Ok((other, lots().map(|lot| lot.gross_kg).sum()))
}

/// A share of the load's mass is goods of another chapter: within a tenth of what is drawn.
fn part(draw: &mut Draw, shares: Ranges) -> Drawn {
    const TRIALS: usize = 4;
    let declared = draw.heading(&|goods| goods.heading != "8703")?;
    let recipe = draw.load_of(&declared)?;
    let real = draw.other_chapter(&declared)?;
    let share = draw.of(shares);
    let mut draft = draw.draft(recipe)?;
    // What the declared goods alone would weigh is the first guess; other goods take more room or less.
    let mut kg = share * weighed(&draft.recipe, &draft, draw.seed)?.1;
    draft.recipe.containers[0].headings = vec![real];
    for _ in 0..TRIALS {
        kg = (kg * 100.0).round() / 100.0;
        draft.recipe.tampering = Some(TamperingRecipe {
            declared: Some(declared.clone()),
            mass_kg: Some(kg),
            ..TamperingRecipe::of(TamperingKind::Substitution)
        });
        draft.recipe.validate("suite")?;
        let (other, all) = weighed(&draft.recipe, &draft, draw.seed)?;
        let is = other / all;
        if (is / share - 1.0).abs() <= 0.1 {
            return Ok(draft);
        }
        kg *= (share / is).clamp(0.3, 3.0);
    }
    Err(PhantomError::value("suite", "tampering.mass_kg", "whole packages do not come near the share"))
}

pub(super) fn part_20(draw: &mut Draw) -> Drawn {
    part(draw, draw.limits.fifth)
}

pub(super) fn part_5(draw: &mut Draw) -> Drawn {
    part(draw, draw.limits.twentieth)
}

/// An empty box with dunnage, a liner or sweepings; its counterpart is a box that light goods nearly leave empty.
pub(super) fn empty_hard(draw: &mut Draw) -> Drawn {
    let declared = draw.heading(&|goods| goods.is_light && goods.heading != "8703")?;
    let mut recipe = draw.load_of(&declared)?;
    let low = draw.of(draw.limits.sparse);
    recipe.containers[0].fill = [low, low];
    recipe.containers[0].headings = vec![EMPTY.to_owned()];
    const LEFT: [Remnant; 4] = [Remnant::Dunnage, Remnant::Liner, Remnant::Pallets, Remnant::Sweepings];
    let left = LEFT[(draw.place % 4) as usize];
    let left_kg = draw.of(draw.limits.left_kg);
    let of = TamperingRecipe::of(TamperingKind::Empty);
    let empty = TamperingRecipe { declared: Some(declared), left: Some(left), left_kg: Some(left_kg), ..of };
    draw.tampered(recipe, empty)
}

/// Something of a mass among light goods.
fn among_light(draw: &mut Draw, kind: TamperingKind, kg: Ranges) -> Drawn {
    let heading = draw.heading(&|goods| goods.is_light)?;
    let recipe = draw.load_of(&heading)?;
    let kg = draw.mass(kg);
    draw.tampered(recipe, TamperingRecipe { mass_kg: Some(kg), ..TamperingRecipe::of(kind) })
}

pub(super) fn organic_brick(draw: &mut Draw) -> Drawn {
    among_light(draw, TamperingKind::ConcealedOrganic, draw.limits.brick_kg)
}

/// A small threat of metal, a pistol or knives, on machines of two energies.
pub(super) fn metal_threat(draw: &mut Draw) -> Drawn {
    let Draft { mut recipe, scanner, .. } = among_light(draw, TamperingKind::ConcealedMetal, draw.limits.metal_kg)?;
    let object = if draw.dice.chance(0.6) { HiddenObject::Firearms } else { HiddenObject::Knives };
    if let Some(tampering) = &mut recipe.tampering {
        tampering.object = Some(object);
    }
    let preset = if scanner.bands.len() == 2 { scanner.name.as_str() } else { "relocatable_6_3p5" };
    draw.draft_on(recipe, preset)
}

/// A car among other goods, or declared as something else.
pub(super) fn concealed_car(draw: &mut Draw) -> Drawn {
    const CAR: &str = "8703";
    let declared = draw.other_chapter(CAR)?;
    let is_alone = draw.dice.chance(0.5);
    let size = if is_alone { draw.size_for(CAR)? } else { IsoSize::Forty };
    let mut recipe = draw.load_in(size, CAR)?;
    let container = &mut recipe.containers[0];
    container.across = None;
    if let Some(packings) = &mut container.packings {
        // Cars, not what travels in crates under the same heading.
        let goods = Goods::of(CAR, "suite", "headings")?;
        let is_car =
            |place: &usize| matches!(goods.packing.get(*place).map(|way| &way.packing), Some(Packing::Vehicles(_)));
        let cars = |set| goods.packing_places(set).into_iter().filter(is_car).collect::<Vec<_>>();
        let own = cars(packings.set);
        packings.only.insert(CAR.to_owned(), if own.is_empty() { cars(PackingSet::Seen) } else { own });
    }
    let share = (!is_alone).then(|| {
        let low = draw.of(&[[0.42, 0.58]]);
        [low, low]
    });
    let of = TamperingRecipe::of(TamperingKind::Substitution);
    draw.tampered(recipe, TamperingRecipe { declared: Some(declared), share, ..of })
}

/// Ten shipments of a new heading by one trader, who packs them one way, then ten by others.
pub(super) fn new_heading(draw: &mut Draw) -> Drawn {
    const BLOCK: u64 = 20;
    let block = draw.index / BLOCK;
    let heading = NEW_HEADINGS[(block % NEW_HEADINGS.len() as u64) as usize];
    let goods = Goods::of(heading, "suite", "headings")?;
    let mut habits = Dice::stream(draw.suite.seed("new_heading trader", block, 0), "suite", 0);
    let (way, trader) = (habits.below(goods.packing.len()), habits.below(10_000_000));
    let mut recipe = draw.load_of(heading)?;
    let is_library = draw.index % BLOCK < BLOCK / 2;
    let only = if is_library { BTreeMap::from([(heading.to_owned(), vec![way])]) } else { BTreeMap::new() };
    recipe.containers[0].packings = Some(Packings { set: PackingSet::All, only });
    let draft = draw.draft(recipe)?;
    let role = if is_library { Role::Library } else { Role::Query };
    let trader = is_library.then(|| format!("91350200MA{trader:07}X"));
    Ok(Draft { role, trader, ..draft })
}

/// The machine that training never saw, and beside it one that it saw, on the same box: honest or other goods.
pub(super) fn unseen_scanner(draw: &mut Draw) -> Drawn {
    let heading = draw.heading(&|_| true)?;
    let mut recipe = draw.load_of(&heading)?;
    if draw.dice.chance(0.5) {
        let declared = Some(draw.other_chapter(&heading)?);
        recipe.tampering = Some(TamperingRecipe { declared, ..TamperingRecipe::of(TamperingKind::Substitution) });
    }
    if draw.index.is_multiple_of(2) {
        return draw.draft_on(recipe, HELD_OUT_SCANNER);
    }
    Ok(Draft { role: Role::SeenScanner, ..draw.draft_on(recipe, "relocatable_6_3p5")? })
}

/// Any load, tampered with in one of the ways of the closed list.
pub(super) fn tamper(draw: &mut Draw, kind: TamperingKind) -> Drawn {
    use TamperingKind::{
        ConcealedDense, ConcealedGoods, ConcealedMetal, ConcealedOrganic, Empty, OverWeight, ReeferHide, RipOn,
        ShortWeight, Substitution, VehicleHide,
    };
    let mut tampering = TamperingRecipe::of(kind);
    match kind {
        Substitution => return whole_load(draw),
        VehicleHide => return super::loads::vehicle_hide(draw),
        ConcealedOrganic | ConcealedMetal => return among_light(draw, kind, draw.limits.concealed_kg),
        ConcealedDense => tampering.mass_kg = Some(draw.mass(draw.limits.concealed_kg)),
        ShortWeight | OverWeight => {
            let low = draw.of(draw.limits.difference);
            tampering.share = Some([low, low]);
        }
        RipOn => tampering.mass_kg = Some(2.0 * draw.mass(draw.limits.concealed_kg)),
        _ => {}
    }
    let heading = draw.heading(&|_| true)?;
    let mut recipe: Recipe = draw.load_of(&heading)?;
    match kind {
        Empty => {
            tampering.declared = Some(heading);
            recipe.containers[0].headings = vec![EMPTY.to_owned()];
        }
        ConcealedGoods => tampering.heading = Some(draw.heading(&|goods| goods.heading[..2] != heading[..2])?),
        ReeferHide => {
            tampering.mass_kg = Some(draw.mass(draw.limits.concealed_kg));
            let cold = draw.among(&["0202", "0207", "0303", "0803"])?;
            recipe.containers[0] = draw.container(IsoSize::FortyHigh, &cold);
            if recipe.conveyance == Conveyance::Box {
                recipe.conveyance = Conveyance::Trailer;
            }
        }
        _ => {}
    }
    draw.tampered(recipe, tampering)
}
