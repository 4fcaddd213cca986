use super::organic::{Cavity, Stuff};
use super::recipe::{HiddenForm, Place, TamperingRecipe};
use super::thing::block;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, component};
use crate::shape::Shape;
use crate::structure::ContainerBox;
use crate::yard::MASK_ID;

/// Value of an added structure in the `item` raster when [`MASK_ID`] is what it hides.
pub(super) const STRUCTURE_ID: u16 = MASK_ID + 1;

/// Headings of what was put in, and how much space goods still have.
pub(super) struct Built {
    pub(super) space: [[f64; 3]; 2],
    /// Item and heading.
    pub(super) items: Vec<(u16, &'static str)>,
}

/// Kilograms that a cavity takes when a recipe does not say.
const HELD_KG: [f64; 2] = [20.0, 150.0];
/// Free space to the walls, mm.
const GAP: f64 = 3.0;

/// Builds a false wall, floor, ceiling or door panel with a cavity, or fills posts and rails.
pub(super) fn build(
    scene: &mut Scene,
    dice: &mut Dice,
    container: &ContainerBox,
    tampering: &TamperingRecipe,
    file: &str,
) -> Result<Built, PhantomError> {
    const PLACES: [Place; 5] = [Place::Front, Place::Floor, Place::Roof, Place::Doors, Place::Members];
    let drawn = dice.pick(&PLACES).copied().unwrap_or(Place::Front);
    let (is_filled, held_kg) = (dice.chance(0.75), dice.within(HELD_KG));
    let stuff = Stuff::draw(scene, dice, tampering)?;
    let place = match tampering.place {
        Some(place) => place,
        None if tampering.filled == Some(false) && drawn == Place::Members => Place::Front,
        None => drawn,
    };
    let is_filled = tampering.filled.unwrap_or(is_filled || tampering.mass_kg.is_some() || place == Place::Members);
    let refuse = |kg: f64, left: f64| {
        let reason = format!("{kg:.1} kg do not fit into the cavity: {left:.1} kg are left over");
        Err(PhantomError::value(file, "tampering.mass_kg", reason))
    };
    if place == Place::Members {
        let stuff = if tampering.form.is_none() { Stuff::draw(scene, dice, &poured(tampering))? } else { stuff };
        let cavities = members(scene, container, dice);
        let room: f64 = cavities.iter().map(|c| (0..3).map(|d| c.max[d] - c.min[d]).product::<f64>()).sum();
        let kg = tampering.mass_kg.unwrap_or(held_kg.min(0.6 * room * stuff.substance.density * 1e-6));
        let left = pour(scene, &stuff, &cavities, kg);
        if left > 0.0 {
            return refuse(kg, left);
        }
        return Ok(Built { space: container.inside, items: vec![(MASK_ID, stuff.heading)] });
    }
    let wanted_kg = if is_filled { tampering.mass_kg.unwrap_or(held_kg) } else { 0.0 };
    let cavity = Cladding::draw(dice, place, container.inside, &stuff, wanted_kg);
    if is_filled {
        let left = stuff.fill_all(scene, cavity.rooms(), wanted_kg);
        if left > 0.0 {
            return refuse(wanted_kg, left);
        }
    }
    let item = if is_filled { STRUCTURE_ID } else { MASK_ID };
    let heading = cavity.build(scene, item)?;
    let mut items = vec![(item, heading)];
    if is_filled {
        items.insert(0, (MASK_ID, stuff.heading));
    }
    Ok(Built { space: cavity.rest(), items })
}

/// Powder is poured into posts, not laid in bricks.
fn poured(tampering: &TamperingRecipe) -> TamperingRecipe {
    TamperingRecipe { form: Some(HiddenForm::Block), ..tampering.clone() }
}

/// Fills upright and lying hollows from their floor or end on; returns what did not go in, kg.
fn pour(scene: &mut Scene, stuff: &Stuff, cavities: &[Cavity], kg: f64) -> f64 {
    let mut left = kg;
    for cavity in cavities {
        if left <= 1e-6 {
            return 0.0;
        }
        let size = [0, 1, 2].map(|d| cavity.max[d] - cavity.min[d]);
        let whole = size[0] * size[1] * size[2] * stuff.substance.density * 1e-6;
        if whole <= 0.0 {
            continue;
        }
        let share = (left / whole).min(1.0);
        let long = (0..3).max_by(|a, b| size[*a].total_cmp(&size[*b])).unwrap_or(1);
        let mut max = cavity.max;
        max[long] = cavity.min[long] + share * size[long];
        scene.paint(component::CONCEALED, MASK_ID);
        if let Some(parent) = cavity.parent {
            scene.nest(parent, block(cavity.min, max), stuff.substance);
        }
        left -= whole * share;
    }
    if left <= 1e-6 { 0.0 } else { left }
}

/// Hollows of posts and rails, in a drawn order.
fn members(scene: &Scene, container: &ContainerBox, dice: &mut Dice) -> Vec<Cavity> {
    let [low, high] = container.outside;
    let mut found: Vec<Cavity> = Vec::new();
    for solid in &scene.solids {
        let (Shape::Block { min, max }, Some(parent)) = (&solid.shape, solid.parent) else { continue };
        let is_inside = (0..3).all(|d| min[d] >= low[d] - 1.0 && max[d] <= high[d] + 1.0);
        let mut sizes = [0, 1, 2].map(|d| max[d] - min[d]);
        sizes.sort_by(f64::total_cmp);
        let is_frame = scene.solids[parent as usize].component == component::CONTAINER;
        if is_inside && is_frame && solid.substance.density == 0.0 && sizes[2] > 1500.0 && sizes[0] > 40.0 {
            let index = scene.solids.iter().position(|s| std::ptr::eq(s, solid)).map(|i| i as u32);
            found.push(outside_of(container.inside, Cavity { parent: index, min: *min, max: *max }));
        }
    }
    let first = dice.below(found.len());
    found.rotate_left(first);
    found
}

/// The larger part of a cavity that goods cannot reach: under the roof they stand beside and a little into top rails.
fn outside_of([low, high]: [[f64; 3]; 2], cavity: Cavity) -> Cavity {
    if !(0..3).all(|d| cavity.min[d] < high[d] && cavity.max[d] > low[d]) {
        return cavity;
    }
    let mut best = Cavity { max: cavity.min, ..cavity };
    let volume = |c: &Cavity| (0..3).map(|d| (c.max[d] - c.min[d]).max(0.0)).product::<f64>();
    for d in 0..3 {
        let (mut before, mut behind) = (cavity, cavity);
        before.max[d] = cavity.max[d].min(low[d]);
        behind.min[d] = cavity.min[d].max(high[d]);
        for part in [before, behind] {
            if part.max[d] > part.min[d] && volume(&part) > volume(&best) {
                best = part;
            }
        }
    }
    best
}

/// A false wall and the cavity behind it.
#[derive(Debug, Clone, Copy)]
struct Cladding {
    place: Place,
    inside: [[f64; 3]; 2],
    /// Inner depth of the cavity, mm.
    depth: f64,
    is_steel: bool,
    sheet: f64,
    /// Battens across the cavity.
    spacing: f64,
}

/// Width of a batten, mm.
const BATTEN: f64 = 45.0;

impl Cladding {
    /// A cavity deep enough for what it is to hold.
    fn draw(dice: &mut Dice, place: Place, inside: [[f64; 3]; 2], stuff: &Stuff, kg: f64) -> Self {
        let is_steel = dice.chance(if place == Place::Front { 0.7 } else { 0.4 });
        let sheet = if is_steel { dice.between(1.5, 2.5) } else { dice.between(12.0, 18.0) };
        let range = match place {
            Place::Front => [160.0, 420.0],
            Place::Doors => [60.0, 110.0],
            _ => [75.0, 130.0],
        };
        let (drawn, spacing) = (dice.within(range), dice.between(380.0, 560.0));
        let mut cladding = Self { place, inside, depth: drawn, is_steel, sheet, spacing };
        // As deep as the mass asks for, up to half a metre: bricks fill about three quarters of a cavity.
        while cladding.depth < 500.0 && cladding.volume() * 0.6 * stuff.substance.density * 1e-6 < kg {
            cladding.depth += 40.0;
        }
        cladding
    }

    /// Direction from the outside of the box in, and which end of the space.
    fn normal(&self) -> (usize, bool) {
        match self.place {
            Place::Floor => (1, false),
            Place::Roof => (1, true),
            Place::Doors => (0, true),
            _ => (0, false),
        }
    }

    /// Corners of the cavity.
    fn cavity(&self) -> [[f64; 3]; 2] {
        let [mut low, mut high] = self.inside;
        let (d, is_far) = self.normal();
        if is_far {
            low[d] = high[d] - self.depth;
        } else {
            high[d] = low[d] + self.depth;
        }
        for side in 0..3 {
            if side != d && side != 1 {
                low[side] += GAP;
                high[side] -= GAP;
            }
        }
        [low, high]
    }

    fn volume(&self) -> f64 {
        let [low, high] = self.cavity();
        (0..3).map(|d| high[d] - low[d]).product()
    }

    /// Where battens stand: along z for walls, along z for floor and ceiling too, so that rays cross them end on or along.
    fn battens(&self) -> Vec<[[f64; 3]; 2]> {
        let [low, high] = self.cavity();
        let count = ((high[2] - low[2]) / self.spacing).round().max(2.0);
        (0..=count as usize)
            .map(|i| {
                let z = low[2] + (high[2] - low[2] - BATTEN) * i as f64 / count;
                [[low[0], low[1], z], [high[0], high[1], z + BATTEN]]
            })
            .collect()
    }

    /// Rooms between the battens, the middle ones first.
    fn rooms(&self) -> Vec<Cavity> {
        let battens = self.battens();
        let mut rooms: Vec<Cavity> = battens
            .windows(2)
            .map(|pair| {
                let (mut min, mut max) = (pair[0][0], pair[1][1]);
                (min[2], max[2]) = (pair[0][1][2] + 1.0, pair[1][0][2] - 1.0);
                if self.place == Place::Roof {
                    // On the sheet, which is the floor of this cavity.
                    max[1] -= 2.0;
                }
                Cavity { parent: None, min, max }
            })
            .collect();
        let middle = 0.5 * (self.inside[0][2] + self.inside[1][2]);
        let off = |c: &Cavity| (0.5 * (c.min[2] + c.max[2]) - middle).abs();
        rooms.sort_by(|a, b| off(a).total_cmp(&off(b)));
        rooms
    }

    /// Builds battens and sheet; returns the heading of such structures.
    fn build(&self, scene: &mut Scene, item: u16) -> Result<&'static str, PhantomError> {
        scene.paint(component::CONCEALED, item);
        let [mut low, mut high] = self.cavity();
        let (d, is_far) = self.normal();
        let steel = scene.substance("steel", None)?;
        if self.is_steel {
            for [min, max] in self.battens() {
                scene.shell(min, max, 2.0, steel, None);
            }
        } else {
            let wood = scene.substance("wood", None)?;
            for [min, max] in self.battens() {
                scene.block(min, max, wood);
            }
        }
        let sheet = if self.is_steel { steel } else { scene.substance("plywood", None)? };
        if is_far {
            (low[d], high[d]) = (low[d] - self.sheet, low[d]);
        } else {
            (low[d], high[d]) = (high[d], high[d] + self.sheet);
        }
        scene.block(low, high, sheet);
        if d == 0 {
            scene.mark_fine(low[0], high[0]);
        }
        Ok(if self.is_steel { "7308" } else { "4418" })
    }

    /// What is left for goods.
    fn rest(&self) -> [[f64; 3]; 2] {
        let mut rest = self.inside;
        let (d, is_far) = self.normal();
        let taken = self.depth + self.sheet + 2.0;
        if is_far {
            rest[1][d] -= taken;
        } else {
            rest[0][d] += taken - if d == 1 { 2.0 } else { 0.0 };
        }
        rest
    }
}
