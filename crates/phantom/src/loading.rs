use pellucid_core::TamperingKind;

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::goods::{EMPTY, Goods};
use crate::loads::{Bay, Hide, Plan, brace, leave, leave_behind};
use crate::lot::{Lot, fit_lot, masses, pour_into, stow_into};
use crate::object::place_objects;
use crate::recipe::Recipe;
use crate::scene::{Scene, component};
use crate::structure::ContainerBox;
use crate::tampering::{Around, Hidden, Load, Tamper, TamperingRecipe};
use crate::yard::{Lading, LoadedBox, MASK_ID, payload_kg};

/// A load may weigh so much more than a box may carry: packages are whole.
const OVER: f64 = 1.06;

/// One container of a recipe, to be loaded.
pub(crate) struct Loading<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) index: usize,
    pub(crate) tampering: Option<&'a TamperingRecipe>,
    pub(crate) lading: &'a Lading<'a>,
    pub(crate) seed: u64,
}

/// What a load draws: the same whether it is as declared or not.
#[derive(Debug, Clone)]
pub(crate) struct LoadDraws {
    dice: Dice,
    /// Seed of the lot that the box is part of.
    lot: Option<u64>,
}

/// What one kind of goods of a load draws.
pub(crate) struct GoodsDraws {
    pub(crate) fill: f64,
    pub(crate) dice: Dice,
    /// Seed of where things come to stand, where that is apart from what they are.
    pub(crate) placing: Option<u64>,
}

impl LoadDraws {
    /// The first goods of the load, on a declared line.
    pub(crate) fn goods(&self, fill: [f64; 2], line: u16) -> GoodsDraws {
        self.drawn(&mut self.dice.clone(), fill, line)
    }

    /// The next goods: all boxes of a lot hold goods of the same packing, placed otherwise.
    fn drawn(&self, dice: &mut Dice, fill: [f64; 2], line: u16) -> GoodsDraws {
        let (fill, own) = (dice.within(fill), dice.seed());
        match self.lot {
            None => GoodsDraws { fill, dice: Dice::new(own, "goods"), placing: None },
            Some(lot) => GoodsDraws { fill, dice: Dice::stream(lot, "lot", u64::from(line)), placing: Some(own) },
        }
    }
}

/// Goods in a box.
struct Filled {
    lots: Vec<Lot>,
    hides: Vec<Hide>,
    /// Where the stream of draws stopped.
    dice: Dice,
}

impl Loading<'_> {
    /// Loads a container that stands in the scene.
    pub(crate) fn load(&self, scene: &mut Scene, container: ContainerBox) -> Result<LoadedBox, PhantomError> {
        let first = scene.len();
        let tamper =
            self.tampering.map(|tampering| Tamper { tampering, container, seed: self.seed, file: &self.recipe.name });
        let draws = self.draws();
        let mut loaded = LoadedBox { index: self.index, container, lots: Vec::new(), concealed: Vec::new(), draws };
        let mut space = container.inside;
        if let Some(tamper) = &tamper {
            (space, loaded.concealed) = tamper.enclose(scene)?;
        }
        let carried_kg = tamper.as_ref().map_or(0.0, Tamper::carried_kg);
        let hiding = tamper.as_ref().filter(|tamper| tamper.hides_in_box());
        let before = hiding.map(|_| scene.clone());
        let mut filled = self.fill(scene, &container, space, first, carried_kg)?;
        if let (Some(tamper), Some(before)) = (hiding, before) {
            let mut room = [0.0; 2];
            loop {
                let end = filled.lots.iter().map(|lot| lot.corners[1][0]).fold(space[0][0], f64::max);
                let is_empty = filled.lots.is_empty();
                let load = Load { space, hides: &filled.hides, end_mm: end, is_empty };
                match tamper.hide(scene, &mut filled.dice, &load)? {
                    Hidden::Done(concealed) => {
                        loaded.concealed = concealed;
                        break;
                    }
                    // Packages are left out for it, once or twice as much room where they are large.
                    Hidden::NeedsRoom(needed) if room.iter().sum::<f64>() < 2.0 * needed.iter().sum::<f64>() => {
                        *scene = before.clone();
                        room = [room[0] + needed[0], room[1] + needed[1]];
                        let mut less = space;
                        (less[1][0], less[1][1]) = (space[1][0] - room[0], space[1][1] - room[1]);
                        if (0..2).any(|d| less[1][d] < less[0][d] + 600.0) {
                            return self.no_room(needed);
                        }
                        filled = self.fill(scene, &container, less, first, carried_kg)?;
                    }
                    Hidden::NeedsRoom(needed) => return self.no_room(needed),
                }
            }
            // What is hidden takes the place of goods.
            weigh_again(scene, &mut filled.lots);
        }
        loaded.lots = filled.lots;
        self.check_payload(scene, first, carried_kg)?;
        Ok(loaded)
    }

    fn no_room<T>(&self, needed: [f64; 2]) -> Result<T, PhantomError> {
        let reason = format!(
            "there is no place for it: it needs {:.0} mm at the doors and {:.0} mm below the roof",
            needed[0], needed[1]
        );
        Err(PhantomError::value(&self.recipe.name, "tampering.place", reason))
    }

    /// Goods and objects, or what is left in an empty box.
    fn fill(
        &self,
        scene: &mut Scene,
        container: &ContainerBox,
        space: [[f64; 3]; 2],
        first: usize,
        carried_kg: f64,
    ) -> Result<Filled, PhantomError> {
        let wanted = &self.recipe.containers[self.index];
        let mut dice = self.draws().dice;
        let mut filled = Filled { lots: Vec::new(), hides: Vec::new(), dice: dice.clone() };
        if wanted.headings.iter().any(|h| h == EMPTY) {
            self.leave(scene, &mut dice, container, space)?;
        } else if let Some(hollow) = container.hollow {
            filled.lots.push(self.pour(scene, &mut dice, space, hollow)?);
        } else {
            self.stow(scene, &mut dice, space, carried_kg, &mut filled)?;
        }
        let file = &self.recipe.name;
        let low = container.inside[0];
        filled.lots.extend(place_objects(scene, wanted, self.index, low, first, &self.lading.lines, file)?);
        filled.dice = dice;
        Ok(filled)
    }

    fn leave(
        &self,
        scene: &mut Scene,
        dice: &mut Dice,
        container: &ContainerBox,
        space: [[f64; 3]; 2],
    ) -> Result<(), PhantomError> {
        let left = self.tampering.filter(|t| t.left.is_some() || t.left_kg.is_some());
        if let Some(tampering) = left.filter(|_| container.hollow.is_none()) {
            let mut dice = Dice::stream(self.seed, "left", self.index as u64);
            return leave(scene, &mut dice, space, tampering.left, tampering.left_kg);
        }
        // Nobody leaves pallets in a tank, and where solids are placed by hand nothing else lies.
        if container.hollow.is_none() && self.recipe.containers[self.index].objects.is_empty() {
            leave_behind(scene, dice, space)?;
        }
        Ok(())
    }

    /// The liquid of a tank container.
    fn pour(
        &self,
        scene: &mut Scene,
        dice: &mut Dice,
        space: [[f64; 3]; 2],
        hollow: u32,
    ) -> Result<Lot, PhantomError> {
        let (wanted, file) = (&self.recipe.containers[self.index], &self.recipe.name);
        let heading = wanted.headings.first().map_or(EMPTY, String::as_str);
        let goods = Goods::in_tank(heading, file, &format!("containers[{}].headings[0]", self.index))?;
        let line = self.line_of(heading);
        let is_substituted = self.tampering.is_some_and(TamperingRecipe::is_whole_substitution);
        let item = if is_substituted { MASK_ID } else { line };
        let GoodsDraws { fill, dice, placing } = self.draws().drawn(dice, wanted.fill, line);
        let payload_kg = payload_kg(wanted.size, wanted.container_type);
        let plan = Plan { placing, ..Plan::default() };
        pour_into(Bay { scene, dice, space, payload_kg, fill, item, plan }, goods, Some(hollow))
    }

    /// The declared line of a heading; 0 where it is not declared.
    fn line_of(&self, heading: &str) -> u16 {
        self.lading.lines.iter().position(|line| *line == heading).map_or(0, |line| line as u16 + 1)
    }

    fn draws(&self) -> LoadDraws {
        LoadDraws { dice: Dice::stream(self.seed, "load", self.index as u64), lot: self.lading.lot }
    }

    fn stow(
        &self,
        scene: &mut Scene,
        dice: &mut Dice,
        space: [[f64; 3]; 2],
        carried_kg: f64,
        filled: &mut Filled,
    ) -> Result<(), PhantomError> {
        let (wanted, file) = (&self.recipe.containers[self.index], &self.recipe.name);
        let is_substituted = self.tampering.is_some_and(TamperingRecipe::is_whole_substitution);
        let partial = self.tampering.filter(|t| t.is_partial());
        if let Some(consolidated) = wanted.consolidated {
            let item = if is_substituted { MASK_ID } else { self.lading.first_parcel };
            let part = wanted.across.map_or(space, |across| across.part_of(space));
            let payload_kg = payload_kg(wanted.size, wanted.container_type) - carried_kg;
            let (fill, yard) = (dice.within(wanted.fill), Dice::new(dice.seed(), "consolidated"));
            let plan = Plan { packings: wanted.packings.as_ref(), ..Plan::default() };
            let bay = Bay { scene, dice: yard, space: part, payload_kg, fill, item, plan };
            let name = format!("{file}: containers[{}]", self.index);
            (filled.lots, filled.hides) = consolidated.load(bay, &wanted.headings, &name)?;
            let end = |d: usize| filled.lots.iter().map(|lot| lot.corners[1][d]).fold(part[0][d], f64::max);
            return brace(scene, dice, part, end(0), end(1));
        }
        let mut start = space[0][0];
        let count = wanted.headings.len();
        // Goods are hidden among those of one heading.
        let among = partial.map(|_| Dice::stream(self.seed, "among", self.index as u64).below(count));
        for (j, heading) in wanted.headings.iter().enumerate() {
            // Several goods share the length of the box.
            let left = space[1][0] - start;
            let share = if j + 1 == count { 1.0 } else { dice.between(0.75, 1.25) / (count - j) as f64 };
            let part = [[start, space[0][1], space[0][2]], [start + left * share, space[1][1], space[1][2]]];
            let part = wanted.across.map_or(part, |across| across.part_of(part));
            let key = format!("containers[{}].headings[{j}]", self.index);
            let goods = Goods::of(heading, file, &key)?;
            let line = self.line_of(heading);
            let item = if is_substituted { MASK_ID + j as u16 } else { line };
            let first = scene.len();
            let whole_kg = payload_kg(wanted.size, wanted.container_type) - carried_kg;
            let payload = whole_kg * left * share / (space[1][0] - space[0][0]);
            let GoodsDraws { fill, dice: goods_dice, placing } = self.draws().drawn(dice, wanted.fill, line);
            if let Some((racks, _)) = wanted.fitted_out(self.seed, self.index) {
                let yard = Dice::new(self.seed ^ self.index as u64, "battery racks");
                let (lot, places) = fit_lot(scene, goods, item, space, racks, fill, yard)?;
                filled.hides.extend(places);
                filled.lots.push(lot);
                continue;
            }
            let (lots, places) = match partial.filter(|_| among == Some(j)) {
                Some(tampering) => {
                    let (cover, hidden) = self.cover(tampering, (goods, item))?;
                    let packings = wanted.packings.as_ref();
                    let around =
                        Around { tampering, cover, hidden, space: part, payload_kg: payload, fill, file, packings };
                    let mut dice = Dice::stream(self.seed, "tampering", self.index as u64);
                    around.stow(scene, &mut dice).map_err(|error| error.at(file, &key, heading))?
                }
                None => {
                    let plan = Plan { placing, packings: wanted.packings.as_ref(), ..Plan::default() };
                    let bay = Bay { scene, dice: goods_dice, space: part, payload_kg: payload, fill, item, plan };
                    let (lot, places) = stow_into(bay, goods).map_err(|error| error.at(file, &key, heading))?;
                    (vec![lot], places)
                }
            };
            filled.hides.extend(places);
            let top = lots
                .iter()
                .map(|lot| lot.corners[1])
                .fold([f64::NEG_INFINITY; 2], |top, c| [top[0].max(c[0]), top[1].max(c[1])]);
            if wanted.objects.is_empty() {
                brace(scene, dice, part, top[0], top[1])?;
            }
            filled.lots.extend(lots);
            start = part[1][0];
            debug_assert!(scene.len() > first, "goods add solids");
        }
        Ok(())
    }

    /// What covers hidden goods, and these. Of a partial substitution the recipe names what replaces the declared goods.
    fn cover(
        &self,
        tampering: &TamperingRecipe,
        loaded: (&'static Goods, u16),
    ) -> Result<((&'static Goods, u16), &'static Goods), PhantomError> {
        let file = &self.recipe.name;
        if tampering.kind == TamperingKind::ConcealedGoods {
            let heading = tampering.heading.as_deref().unwrap_or_default();
            return Ok((loaded, Goods::of(heading, file, "tampering.heading")?));
        }
        let declared = tampering.declared.as_deref().unwrap_or_default();
        let line = self.line_of(declared);
        Ok(((Goods::of(declared, file, "tampering.declared")?, line), loaded.0))
    }

    /// Refuses what objects and tampering make heavier than the box may carry.
    fn check_payload(&self, scene: &Scene, first: usize, carried_kg: f64) -> Result<(), PhantomError> {
        let wanted = &self.recipe.containers[self.index];
        let has_objects = !wanted.objects.is_empty();
        if !has_objects && carried_kg <= 0.0 {
            return Ok(());
        }
        let inside: f64 = (first..scene.len())
            .filter(|i| scene.solids[*i].component != component::CONTAINER)
            .map(|i| scene.added_mass_kg(i))
            .sum();
        let limit = payload_kg(wanted.size, wanted.container_type);
        // Goods alone may be a package above it.
        let most = if has_objects { limit } else { OVER * limit };
        if inside > most {
            let key =
                if has_objects { format!("containers[{}].objects", self.index) } else { "tampering".to_owned() };
            let reason = format!("overfull: {inside:.0} kg in a box that may carry {limit:.0} kg");
            return Err(PhantomError::value(&self.recipe.name, key, reason));
        }
        Ok(())
    }
}

/// Weighs lots after something took the place of goods in them.
fn weigh_again(scene: &Scene, lots: &mut [Lot]) {
    for i in 0..lots.len() {
        let of_item = || lots.iter().filter(|lot| lot.item == lots[i].item);
        let after = masses(scene, lots[i].item);
        if of_item().count() == 1 {
            (lots[i].net_kg, lots[i].gross_kg) = after;
        }
    }
}
