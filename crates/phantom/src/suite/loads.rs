//! Families of boxes, loads, vehicles and papers.

use pellucid_core::{ContainerType, DeclarationStage, IsoSize, TamperingKind};

use super::draw::{Draft, Draw, is_cold, usual};
use super::papers::{papers, parcel_papers};
use crate::across::{Across, Side};
use crate::consolidated::Consolidated;
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::loads::is_parcelled;
use crate::papers::Papers;
use crate::recipe::{ContainerRecipe, Conveyance, Recipe};
use crate::structure::{Body, Storage, Tractor, Trailer, Vehicle};
use crate::tampering::{Place, TamperingRecipe};

/// What travels on flat racks.
const FLAT: &[&str] = &["2515", "4403", "4407", "7208", "7214", "7304", "7308", "8429"];
/// Share of a vessel that liquids fill, of which the upper part is cut where they may fill less.
const POURED: [f64; 2] = [0.8, 0.95];
/// Goods of one composition through and through, so that declared and real areal density can be compared.
const EVEN: &[&str] = &["1006", "1701", "2515", "2523", "3901", "4407", "4703", "6907", "7403", "7601"];

type Drawn = Result<Draft, PhantomError>;

/// Any honest box: one of nine empty, one of six with two or three goods.
pub(super) fn honest(draw: &mut Draw) -> Drawn {
    if draw.dice.chance(1.0 / 9.0) {
        let size = draw.size_for(EMPTY)?;
        let recipe = draw.load_in(size, EMPTY)?;
        return draw.draft(recipe);
    }
    let heading = draw.heading(&|_| true)?;
    let mut recipe = draw.load_of(&heading)?;
    if draw.dice.chance(1.0 / 6.0) {
        let is_cold = is_cold(&heading);
        let mut headings = vec![heading];
        for _ in 0..draw.dice.whole(1, 2) {
            let more = draw.heading(&|goods| goods.is_cold == is_cold)?;
            if !headings.contains(&more) {
                headings.push(more);
            }
        }
        headings.sort();
        if draw.limits.is_falling && draw.dice.chance(0.7) {
            headings.reverse();
        }
        recipe.containers[0].headings = headings;
    }
    draw.draft(recipe)
}

/// Every heading in turn.
pub(super) fn homogeneous(draw: &mut Draw) -> Drawn {
    let all = usual()?;
    let goods = all[(draw.place % all.len() as u64) as usize];
    let recipe = draw.load_of(&goods.heading)?;
    draw.draft(recipe)
}

/// Even goods over the whole width, in the middle or at a side, with a weighbridge figure.
pub(super) fn mass(draw: &mut Draw) -> Drawn {
    let heading = draw.among(EVEN)?;
    let size = draw.size_for(&heading)?;
    let container = draw.container(size, &heading);
    let across = match draw.place % 3 {
        0 => None,
        1 => Some(Across { side: Side::Middle, ..draw.beside() }),
        _ => Some(draw.beside()),
    };
    let mut recipe = draw.recipe(vec![ContainerRecipe { across, ..container }]);
    recipe.papers = Some(Papers { weighbridge: Some(true), goods_kg: Some(true), ..papers(draw.seed) });
    draw.draft(recipe)
}

/// A load of one kind of goods declared as another.
fn substituted(draw: &mut Draw, recipe: Recipe, declared: String, container: usize) -> Drawn {
    let of = TamperingRecipe::of(TamperingKind::Substitution);
    draw.tampered(recipe, TamperingRecipe { declared: Some(declared), container, ..of })
}

/// A box of goods, and another chapter that it is declared as.
fn misdescribed(draw: &mut Draw) -> Result<(Recipe, String), PhantomError> {
    let heading = draw.heading(&|_| true)?;
    let recipe = draw.load_of(&heading)?;
    Ok((recipe, draw.other_chapter(&heading)?))
}

pub(super) fn reefer(draw: &mut Draw) -> Drawn {
    let cold: Vec<&str> = usual()?.into_iter().filter(|g| g.is_cold).map(|g| g.heading.as_str()).collect();
    let recipe = draw.load_type(ContainerType::Reefer, &cold)?;
    let declared = another(draw, &cold, &recipe)?;
    substituted(draw, recipe, declared, 0)
}

pub(super) fn flat(draw: &mut Draw) -> Drawn {
    let recipe = draw.load_type(ContainerType::Flat, FLAT)?;
    let declared = another(draw, FLAT, &recipe)?;
    substituted(draw, recipe, declared, 0)
}

/// One of several headings, of another chapter than what is loaded.
fn another(draw: &mut Draw, headings: &[&str], recipe: &Recipe) -> Result<String, PhantomError> {
    let loaded = &recipe.containers[0].headings[0];
    let others: Vec<&str> = headings.iter().copied().filter(|other| other[..2] != loaded[..2]).collect();
    draw.among(&others)
}

/// By turns a tank of a liquid that is declared as another, and an empty tank on a truck with something in the vehicle.
pub(super) fn tank(draw: &mut Draw) -> Drawn {
    if draw.place.is_multiple_of(2) {
        let heading = draw.heading(&Goods::is_poured)?;
        let declared = draw.heading(&|goods| goods.is_poured() && goods.heading[..2] != heading[..2])?;
        let low = draw.of(&[POURED]);
        let container = ContainerRecipe {
            container_type: ContainerType::Tank,
            ..ContainerRecipe::dry(IsoSize::Twenty, heading, [low, low + 0.02])
        };
        let recipe = draw.recipe(vec![container]);
        return substituted(draw, recipe, declared, 0);
    }
    let mut recipe = draw.load_in(IsoSize::Twenty, EMPTY)?;
    recipe.containers[0].container_type = ContainerType::Tank;
    recipe.containers[0].across = None;
    recipe.containers[0].packings = None;
    in_vehicle(draw, recipe)
}

fn in_vehicle(draw: &mut Draw, mut recipe: Recipe) -> Drawn {
    recipe.conveyance = Conveyance::Truck;
    let kg = draw.mass(draw.limits.concealed_kg);
    let of = TamperingRecipe::of(TamperingKind::VehicleHide);
    draw.tampered(recipe, TamperingRecipe { mass_kg: Some(kg), ..of })
}

pub(super) fn vehicle_hide(draw: &mut Draw) -> Drawn {
    let heading = draw.heading(&|_| true)?;
    let recipe = draw.load_of(&heading)?;
    in_vehicle(draw, recipe)
}

/// Every tractor before every trailer in turn; something in the vehicle.
pub(super) fn vehicles(draw: &mut Draw) -> Drawn {
    const TRACTORS: [Tractor; 5] = [
        Tractor::CabOver,
        Tractor::CabOverSleeper,
        Tractor::Conventional,
        Tractor::ConventionalSleeper,
        Tractor::Terminal,
    ];
    const TRAILERS: [Trailer; 5] =
        [Trailer::Skeletal, Trailer::Gooseneck, Trailer::Slider, Trailer::FlatBed, Trailer::Terminal];
    let (tractor, trailer) = (TRACTORS[(draw.place % 5) as usize], TRAILERS[(draw.place / 5 % 5) as usize]);
    let heading = draw.heading(&|_| true)?;
    let drawn = draw.size_for(&heading)?;
    // A gooseneck needs the tunnel of a longer box.
    let size = if trailer == Trailer::Gooseneck && drawn == IsoSize::Twenty { IsoSize::Forty } else { drawn };
    let mut recipe = draw.load_in(size, &heading)?;
    recipe.vehicle = Some(Vehicle { tractor: Some(tractor), trailer: Some(trailer), ..Vehicle::default() });
    in_vehicle(draw, recipe)
}

/// Battery storage; something among its racks.
pub(super) fn battery_storage(draw: &mut Draw) -> Drawn {
    let size = if draw.dice.chance(0.6) { IsoSize::Twenty } else { IsoSize::FortyHigh };
    let fill = draw.full();
    let container = ContainerRecipe {
        body: Some(Body::BatteryStorage),
        storage: Some(Storage::default()),
        ..ContainerRecipe::dry(size, "8507", fill)
    };
    let recipe = draw.recipe(vec![container]);
    organic(draw, recipe, None)
}

fn organic(draw: &mut Draw, recipe: Recipe, place: Option<Place>) -> Drawn {
    let kg = draw.mass(draw.limits.concealed_kg);
    let of = TamperingRecipe::of(TamperingKind::ConcealedOrganic);
    draw.tampered(recipe, TamperingRecipe { mass_kg: Some(kg), place, ..of })
}

pub(super) fn forty_five(draw: &mut Draw) -> Drawn {
    let heading = draw.heading(&|goods| !goods.is_cold)?;
    let recipe = draw.load_in(IsoSize::FortyFiveHigh, &heading)?;
    let declared = draw.other_chapter(&heading)?;
    substituted(draw, recipe, declared, 0)
}

/// Two boxes of 20 ft, of which one is declared as other goods.
pub(super) fn two_twenty(draw: &mut Draw) -> Drawn {
    let heading = draw.heading(&|_| true)?;
    let mut recipe = draw.load_in(IsoSize::Twenty, &heading)?;
    let second = if draw.dice.chance(0.5) { heading.clone() } else { draw.heading(&|_| true)? };
    let container = draw.container(IsoSize::Twenty, &second);
    recipe.containers.push(container);
    let tampered = draw.dice.below(2);
    let declared = draw.other_chapter(if tampered == 0 { &heading } else { &second })?;
    substituted(draw, recipe, declared, tampered)
}

/// A box that several declarations share; something among the goods of one.
pub(super) fn lcl(draw: &mut Draw) -> Drawn {
    let mut headings: Vec<String> = Vec::new();
    while headings.len() < 3 {
        let heading = draw.heading(&|goods| goods.is_light && !goods.is_cold && goods.heading != "8703")?;
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    headings.sort();
    let size = if draw.dice.chance(0.5) { IsoSize::Forty } else { IsoSize::FortyHigh };
    let mut recipe = draw.load_in(size, &headings[0])?;
    recipe.containers[0].headings = headings;
    recipe.papers = Some(Papers { lcl: Some([2, 3]), ..papers(draw.seed) });
    organic(draw, recipe, None)
}

/// Several boxes under one declaration, of which one holds other goods.
pub(super) fn lot(draw: &mut Draw) -> Drawn {
    let (recipe, declared) = misdescribed(draw)?;
    let scans = draw.dice.whole(3, 6);
    Ok(Draft { lot: Some(scans), ..substituted(draw, recipe, declared, 0)? })
}

/// Parcels of many lines, of e-commerce and market purchase; something among them.
pub(super) fn consolidated(draw: &mut Draw) -> Drawn {
    let mut pool: Vec<&Goods> = usual()?.into_iter().filter(|goods| is_parcelled(goods) && !goods.is_cold).collect();
    let wanted = draw.dice.whole(20, 40).min(pool.len());
    let mut headings: Vec<String> = Vec::with_capacity(wanted);
    while headings.len() < wanted {
        let at = draw.dice.below(pool.len());
        headings.push(pool.swap_remove(at).heading.clone());
    }
    headings.sort();
    let low = draw.dice.whole(30, 120);
    let size = if draw.dice.chance(0.3) { IsoSize::Twenty } else { IsoSize::FortyHigh };
    let container = draw.container(size, &headings[0]);
    let container = ContainerRecipe {
        headings,
        fill: draw.full(),
        consolidated: Some(Consolidated { lines: [low, low + 80] }),
        ..container
    };
    let mut recipe = draw.recipe(vec![container]);
    recipe.papers = Some(parcel_papers(draw.seed));
    organic(draw, recipe, None)
}

fn staged(draw: &mut Draw, stage: DeclarationStage) -> Drawn {
    let (mut recipe, declared) = misdescribed(draw)?;
    recipe.papers = Some(Papers { stage: Some(stage), ..papers(draw.seed) });
    substituted(draw, recipe, declared, 0)
}

pub(super) fn manifest_stage(draw: &mut Draw) -> Drawn {
    staged(draw, DeclarationStage::Manifest)
}

pub(super) fn summary_stage(draw: &mut Draw) -> Drawn {
    staged(draw, DeclarationStage::Summary)
}

/// Scans as vendor grey of 8 bits.
pub(super) fn processed(draw: &mut Draw) -> Drawn {
    let (mut recipe, declared) = misdescribed(draw)?;
    recipe.processed = true;
    substituted(draw, recipe, declared, 0)
}
