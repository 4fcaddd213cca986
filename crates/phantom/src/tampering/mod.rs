//! What smugglers do with a box: the closed list of [`TamperingKind`].

mod around;
mod dense;
mod false_structure;
mod metal;
mod organic;
mod person;
mod recipe;
mod reefer;
mod rip_on;
mod room;
mod rules;
mod thing;
mod vehicle;

#[cfg(test)]
mod tests;

use pellucid_core::TamperingKind;

pub(crate) use around::Around;
pub use recipe::{HiddenForm, HiddenObject, Place, Posture, Remnant, TamperingRecipe};
pub(crate) use rules::validate;

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::Hide;
use crate::recipe::Conveyance;
use crate::scene::Scene;
use crate::structure::ContainerBox;
use crate::yard::MASK_ID;
use organic::Stuff;
use person::PERSON;
use room::{Heights, Level};
use thing::{Thing, corners};

/// Something hidden, or a structure that hides it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Concealed {
    /// Value in the `item` raster.
    pub(crate) item: u16,
    pub(crate) mass_kg: f64,
    pub(crate) heading: &'static str,
    pub(crate) corners: [[f64; 3]; 2],
}

impl Concealed {
    /// What the solids of an item weigh, to a hundredth of a gram, and where they are.
    fn weigh(scene: &Scene, item: u16, heading: &'static str) -> Self {
        let mass_kg = (scene.mass_of_kg(|s| s.item == item) * 1e5).round() / 1e5;
        Self { item, mass_kg, heading, corners: corners(scene, |i| i == item) }
    }
}

/// Tampering with one container.
pub(crate) struct Tamper<'a> {
    pub(crate) tampering: &'a TamperingRecipe,
    pub(crate) container: ContainerBox,
    pub(crate) seed: u64,
    pub(crate) file: &'a str,
}

/// A loaded box into which something is to be put.
pub(crate) struct Load<'a> {
    /// Free for goods and what is hidden.
    pub(crate) space: [[f64; 3]; 2],
    pub(crate) hides: &'a [Hide],
    /// Where goods end, x.
    pub(crate) end_mm: f64,
    pub(crate) is_empty: bool,
}

/// What came of hiding something.
pub(crate) enum Hidden {
    Done(Vec<Concealed>),
    /// There is no room: goods must leave so much at the doors, or below the roof.
    NeedsRoom([f64; 2]),
}

impl Tamper<'_> {
    fn dice(&self) -> Dice {
        Dice::stream(self.seed, "tampering", self.tampering.container as u64)
    }

    /// Kilograms that the box carries besides goods: packages are left out for them.
    pub(crate) fn carried_kg(&self) -> f64 {
        let most = |kg: f64| self.tampering.mass_kg.unwrap_or(kg);
        match self.tampering.kind {
            TamperingKind::ConcealedMetal | TamperingKind::ConcealedDense => most(60.0),
            TamperingKind::Person => 95.0 * self.tampering.count.unwrap_or(3) as f64,
            TamperingKind::FalseStructure => 600.0 + most(150.0),
            TamperingKind::RipOn => 280.0,
            TamperingKind::ConcealedOrganic if !self.tampering.is_plain() => most(crate::recipe::CONCEALED_KG),
            _ => 0.0,
        }
    }

    /// Builds false walls before goods are loaded; returns what is left for them.
    pub(crate) fn enclose(&self, scene: &mut Scene) -> Result<([[f64; 3]; 2], Vec<Concealed>), PhantomError> {
        if self.tampering.kind != TamperingKind::FalseStructure {
            return Ok((self.container.inside, Vec::new()));
        }
        let built = false_structure::build(scene, &mut self.dice(), &self.container, self.tampering, self.file)?;
        let concealed = built.items.iter().map(|(item, heading)| Concealed::weigh(scene, *item, heading));
        Ok((built.space, concealed.collect()))
    }

    /// Whether something is put into a box that is loaded.
    pub(crate) fn hides_in_box(&self) -> bool {
        use TamperingKind::{ConcealedDense, ConcealedMetal, ConcealedOrganic, Person, ReeferHide, RipOn};
        [ConcealedOrganic, ConcealedMetal, ConcealedDense, Person, ReeferHide, RipOn].contains(&self.tampering.kind)
    }

    /// Puts something into a loaded box. `load_dice` go on where those of the load stopped.
    pub(crate) fn hide(
        &self,
        scene: &mut Scene,
        load_dice: &mut Dice,
        load: &Load<'_>,
    ) -> Result<Hidden, PhantomError> {
        let mut dice = self.dice();
        let tampering = self.tampering;
        let heading = match tampering.kind {
            TamperingKind::ConcealedOrganic if tampering.is_plain() => {
                organic::conceal_block(scene, load_dice, tampering, load.hides, self.file)?
            }
            TamperingKind::ReeferHide => reefer::hide(scene, &mut dice, &self.container, tampering, self.file)?,
            _ => {
                let (heading, needs) = match tampering.kind {
                    TamperingKind::ConcealedOrganic => self.bricks(scene, &mut dice, load)?,
                    TamperingKind::Person => self.persons(scene, &mut dice, load)?,
                    TamperingKind::RipOn => self.bags(scene, &mut dice, load)?,
                    _ => self.objects(scene, &mut dice, load)?,
                };
                if let Some(room) = needs {
                    return Ok(Hidden::NeedsRoom(room));
                }
                heading
            }
        };
        Ok(Hidden::Done(vec![Concealed::weigh(scene, MASK_ID, heading)]))
    }

    /// Hides bricks in the vehicle.
    pub(crate) fn hide_in_vehicle(
        &self,
        scene: &mut Scene,
        conveyance: Conveyance,
    ) -> Result<Vec<Concealed>, PhantomError> {
        let heading = vehicle::hide(scene, &mut self.dice(), self.tampering, conveyance, self.file)?;
        Ok(vec![Concealed::weigh(scene, MASK_ID, heading)])
    }

    fn refuse<T>(&self, key: &str, reason: String) -> Result<T, PhantomError> {
        Err(PhantomError::value(self.file, format!("tampering.{key}"), reason))
    }

    /// Where something goes that no recipe places: into goods that can hide it, else behind them.
    fn place(&self, load: &Load<'_>) -> Place {
        let drawn = if load.hides.is_empty() { Place::BehindLoad } else { Place::InLoad };
        self.tampering.place.unwrap_or(if load.is_empty { Place::Floor } else { drawn })
    }

    fn bricks(&self, scene: &mut Scene, dice: &mut Dice, load: &Load<'_>) -> Result<Outcome, PhantomError> {
        let kg = self.tampering.mass_kg.unwrap_or(crate::recipe::CONCEALED_KG);
        let stuff = Stuff::draw(scene, dice, self.tampering)?;
        let place = self.place(load);
        if place == Place::InLoad {
            let left = stuff.fill_all(scene, organic::cavities(load.hides, dice), kg);
            if left > 0.0 {
                let reason =
                    format!("{kg} kg do not fit into the hiding places of this load: {left:.1} kg are left over");
                return self.refuse("mass_kg", reason);
            }
            return Ok((stuff.heading, None));
        }
        let pile = stuff.parcel(scene, kg)?;
        let needs = self.stand(scene, dice, load, place, &[pile])?;
        Ok((stuff.heading, needs))
    }

    fn persons(&self, scene: &mut Scene, dice: &mut Dice, load: &Load<'_>) -> Result<Outcome, PhantomError> {
        let count = self.tampering.count.unwrap_or([1, 1, 1, 2, 2, 3][dice.below(6)]);
        let place = self.tampering.place.unwrap_or(match dice.unit() {
            _ if load.is_empty => Place::Floor,
            u if u < 0.6 => Place::BehindLoad,
            _ => Place::OnLoad,
        });
        let mut people = Vec::new();
        for _ in 0..count {
            let postures = [Posture::Sitting, Posture::Standing, Posture::Lying];
            let drawn = postures[if place == Place::OnLoad { 2 } else { dice.below(2) }];
            let posture = self.tampering.posture.unwrap_or(drawn);
            people.push(person::draw(scene, dice, posture)?);
        }
        let mut needs = self.stand(scene, dice, load, place, &people)?;
        if needs.is_some() && place == Place::OnLoad && self.tampering.place.is_none() {
            needs = self.stand(scene, dice, load, Place::BehindLoad, &people)?;
        }
        Ok((PERSON, needs))
    }

    fn bags(&self, scene: &mut Scene, dice: &mut Dice, load: &Load<'_>) -> Result<Outcome, PhantomError> {
        let drawn = dice.whole(1, 6);
        let stuff = Stuff::draw(scene, dice, self.tampering)?;
        let each = dice.between(25.0, 35.0);
        let count = match (self.tampering.count, self.tampering.mass_kg) {
            (Some(count), _) => count,
            (None, Some(kg)) => ((kg / 30.0).round() as usize).clamp(1, 8),
            (None, None) => drawn,
        };
        let each = self.tampering.mass_kg.map_or(each, |kg| kg / count as f64);
        if !(3.0..=55.0).contains(&each) {
            return self.refuse("mass_kg", format!("a bag holds 3 to 55 kg, got {each:.1} in each of {count}"));
        }
        let bag = rip_on::bag(scene, &stuff, each)?;
        // With its cloth and clothes it weighs a little more: the whole of it is what the recipe says.
        let bag = if self.tampering.mass_kg.is_some() { bag.of_mass(each) } else { bag };
        let place = if self.tampering.place == Some(Place::OnLoad) { Place::OnLoad } else { Place::BehindLoad };
        let place = if load.is_empty { Place::Floor } else { place };
        let bags = vec![bag.across(); count];
        let needs = self.stand(scene, dice, load, place, &bags)?;
        if needs.is_some() && self.tampering.place.is_none() && !load.is_empty {
            // A load that reaches the doors has them on its last stacks.
            if self.stand(scene, dice, load, Place::OnLoad, &bags)?.is_none() {
                return Ok((stuff.heading, None));
            }
        }
        Ok((stuff.heading, needs))
    }

    fn objects(&self, scene: &mut Scene, dice: &mut Dice, load: &Load<'_>) -> Result<Outcome, PhantomError> {
        use HiddenObject::{Ammunition, Bars, Firearms, Knives, Parcel, Pig, Source, Tools};
        let tampering = self.tampering;
        let is_metal = tampering.kind == TamperingKind::ConcealedMetal;
        let all: &[HiddenObject] =
            if is_metal { &[Firearms, Ammunition, Knives, Bars, Tools] } else { &[Pig, Parcel, Source] };
        let drawn = dice.pick(all).copied().unwrap_or(all[0]);
        let object = tampering.object.unwrap_or(drawn);
        let place = self.place(load);
        let wanted = if is_metal { dice.between(8.0, 40.0) } else { dice.between(10.0, 60.0) };
        let kg = tampering.mass_kg.unwrap_or(wanted);
        let is_long = place != Place::InLoad && kg > 6.0;
        let (thing, heading) = if is_metal {
            metal::draw(scene, dice, tampering, object, is_long)?
        } else {
            dense::draw(scene, dice, tampering, object)?
        };
        // Whole ones, a little larger or smaller when the recipe says how much they weigh.
        let own_kg = thing.mass_kg();
        let count = (kg / own_kg).round().max(1.0);
        let thing = match tampering.mass_kg {
            Some(kg) if kg < 0.5 * own_kg => {
                let reason = format!("one of {object:?} weighs {own_kg:.1} kg, got {kg}");
                return self.refuse("mass_kg", reason);
            }
            Some(kg) => thing.of_mass(kg / count),
            None => thing,
        };
        let count = count as usize;
        if place == Place::InLoad {
            let left = nest_all(scene, dice, &thing, count, load.hides)?;
            if left == 0 {
                return Ok((heading, None));
            }
            if left < count || tampering.place.is_some() {
                let reason = format!(
                    "{kg:.1} kg do not fit into the hiding places of this load: {left} of {count} {object:?} of {:.0} × {:.0} × {:.0} mm are left over",
                    thing.size[0], thing.size[1], thing.size[2]
                );
                return self.refuse("mass_kg", reason);
            }
        }
        // No place in these goods is large enough for one: they stand behind them.
        let place = if place == Place::InLoad { Place::BehindLoad } else { place };
        let cases = cased(scene, &thing, count)?;
        let needs = self.stand(scene, dice, load, place, &cases)?;
        Ok((heading, needs))
    }

    /// Stands things on the floor or on goods; says how much room they need where there is none.
    fn stand(
        &self,
        scene: &mut Scene,
        dice: &mut Dice,
        load: &Load<'_>,
        place: Place,
        things: &[Thing],
    ) -> Result<Option<[f64; 2]>, PhantomError> {
        let level = if place == Place::OnLoad { Level::Load } else { Level::Floor };
        let [low, high] = load.space;
        let from = if place == Place::BehindLoad { load.end_mm.max(low[0]) } else { low[0] };
        // Bags lie in the last metre and a half: of the box, or of the load they are on.
        let from = match (self.tampering.kind, level) {
            (TamperingKind::RipOn, Level::Floor) => from.max(high[0] - 1_500.0),
            (TamperingKind::RipOn, Level::Load) => load.end_mm.min(high[0]) - 1_500.0,
            _ => from,
        };
        let mut heights = Heights::of(scene, load.space);
        let stackable = self.tampering.kind != TamperingKind::Person;
        let mut standing = Vec::with_capacity(things.len());
        for thing in things {
            let turned = thing.clone().across();
            let spot = [thing.clone(), turned].into_iter().find_map(|thing| {
                let mut find = |level| heights.find(thing.size, level, [from, high[0] - 12.0], dice);
                // On what is hidden already where the floor is full.
                let at = find(level).or_else(|| if stackable { find(Level::Load) } else { None });
                at.map(|at| (at, thing))
            });
            let Some((at, thing)) = spot else {
                return Ok(Some(room_for(things, place, [0, 1, 2].map(|d| high[d] - low[d]))));
            };
            heights.raise(at, [0, 1, 2].map(|d| at[d] + thing.size[d]));
            standing.push((at, thing));
        }
        for (at, thing) in standing {
            thing.put(scene, at, None)?;
        }
        Ok(None)
    }
}

/// Heading of what was hidden, or how much room it needs at the doors and below the roof.
type Outcome = (&'static str, Option<[f64; 2]>);

/// Length at the doors, or height below the roof, that things of these sizes take.
fn room_for(things: &[Thing], place: Place, space: [f64; 3]) -> [f64; 2] {
    let most = |d: usize| things.iter().map(|t| t.size[d]).fold(0.0, f64::max);
    if place == Place::OnLoad {
        return [0.0, most(1) + 40.0];
    }
    let narrow = most(0).min(most(2));
    let wide = most(0).max(most(2));
    // Abreast, the longer side across the box, one row behind the other.
    let abreast = (space[2] / (wide + 30.0)).floor().max(1.0);
    let rows = (things.len() as f64 / abreast).ceil();
    [rows * (narrow + 30.0) + 40.0, 0.0]
}

/// Lays things into hiding places, as many into each as fit; returns how many are left over.
fn nest_all(
    scene: &mut Scene,
    dice: &mut Dice,
    thing: &Thing,
    count: usize,
    hides: &[Hide],
) -> Result<usize, PhantomError> {
    const GAP: f64 = 4.0;
    let (turned, mut left) = (thing.clone().across(), count);
    for cavity in organic::cavities(hides, dice) {
        let space = [0, 1, 2].map(|d| cavity.max[d] - cavity.min[d]);
        let counts =
            |size: [f64; 3]| [0, 1, 2].map(|d| ((space[d] + GAP) / (size[d] + GAP)).floor().max(0.0) as usize);
        let number = |size: [f64; 3]| counts(size).iter().product::<usize>();
        let thing = if number(turned.size) > number(thing.size) { &turned } else { thing };
        let n = counts(thing.size);
        for i in 0..number(thing.size).min(left) {
            let cell = [i % n[0], i / (n[0] * n[2]), i / n[0] % n[2]];
            let at = [0, 1, 2].map(|d| cavity.min[d] + cell[d] as f64 * (thing.size[d] + GAP));
            thing.put(scene, at, cavity.parent)?;
            left -= 1;
        }
        if left == 0 {
            break;
        }
    }
    Ok(left)
}

/// Wooden cases of things in foam, of at most some 60 kg each.
fn cased(scene: &Scene, thing: &Thing, count: usize) -> Result<Vec<Thing>, PhantomError> {
    const BOARD: f64 = 12.0;
    const GAP: f64 = 10.0;
    let in_one = ((60.0 / thing.mass_kg()).floor() as usize).clamp(1, 12);
    let mut cases = Vec::new();
    let mut left = count;
    while left > 0 {
        let here = left.min(in_one);
        left -= here;
        // Side by side, then on top of each other.
        let abreast = ((here as f64 * thing.size[1] / thing.size[2]).sqrt().ceil() as usize).clamp(1, here);
        let layers = here.div_ceil(abreast);
        let n = [1, layers, abreast];
        let inner = [0, 1, 2].map(|d| n[d] as f64 * (thing.size[d] + GAP) + GAP);
        cases.push(Thing::build(scene, |scene| {
            let (wood, foam) = (scene.substance("plywood", None)?, scene.substance("polyurethane", None)?);
            let inside = scene.shell([0.0; 3], inner.map(|v| v + 2.0 * BOARD), BOARD, wood, Some(foam));
            for i in 0..here {
                let cell = [0, i / abreast, i % abreast];
                let at = [0, 1, 2].map(|d| BOARD + GAP + cell[d] as f64 * (thing.size[d] + GAP));
                thing.put(scene, at, Some(inside))?;
            }
            Ok(())
        })?);
    }
    Ok(cases)
}
