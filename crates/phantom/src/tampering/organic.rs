use super::recipe::{HiddenForm, TamperingRecipe};
use super::thing::{Thing, add, block};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::loads::Hide;
use crate::recipe::CONCEALED_KG;
use crate::scene::{Scene, Substance, component};
use crate::shape::Shape;
use crate::yard::MASK_ID;

/// What is smuggled in bricks: material, heading, and density as packed in g/cm³: powders pressed into bricks come near the density
/// of the substance, crystals and leaves in bags do not, blisters in cartons are mostly air.
const STUFFS: &[(&str, &str, [f64; 2])] = &[
    ("cocaine", "2939", [1.0, 1.15]),
    ("heroin", "2939", [0.85, 1.05]),
    ("methamphetamine", "2939", [0.7, 0.9]),
    ("marijuana", "1211", [0.25, 0.4]),
    ("tobacco", "2403", [0.3, 0.45]),
    ("medicine", "3004", [0.4, 0.7]),
];

/// Headings of other organic materials that a recipe may ask for.
const OTHERS: &[(&str, &str)] = &[
    ("rdx", "3602"),
    ("tnt", "3602"),
    ("anfo", "3602"),
    ("ammonium_nitrate", "3102"),
    ("fireworks", "3604"),
    ("meat", "0202"),
    ("poultry", "0207"),
    ("fish", "0303"),
    ("sugar", "1701"),
    ("spirits", "2208"),
    ("cosmetic", "3304"),
    ("paper", "4907"),
    ("leather", "4202"),
];

/// Heading of a material, and how dense it is as packed, g/cm³: `at` in its range, from 0 to 1. No density for what nobody knows.
fn as_packed(name: &str, at: f64) -> (&'static str, Option<f64>) {
    if let Some((_, heading, range)) = STUFFS.iter().find(|(material, _, _)| *material == name) {
        return (heading, Some(range[0] + at * (range[1] - range[0])));
    }
    let heading = OTHERS.iter().find(|(material, _)| *material == name).map_or("3824", |(_, hs)| hs);
    // Of what is not in the table: two thirds to nine tenths of the material's own.
    let own = pellucid_imaging::physics::material(name).map(|m| m.density_g_per_cm3);
    (heading, own.map(|own| own * (0.65 + 0.25 * at)))
}

/// Hides a block in goods: as many neighbouring places as the mass needs. Returns the heading.
pub(super) fn conceal_block(
    scene: &mut Scene,
    dice: &mut Dice,
    tampering: &TamperingRecipe,
    hides: &[Hide],
    file: &str,
) -> Result<&'static str, PhantomError> {
    let wanted_kg = tampering.mass_kg.unwrap_or(CONCEALED_KG);
    let drawn = dice.pick(STUFFS).map_or("cocaine", |(name, _, _)| *name);
    let name = tampering.material.as_deref().unwrap_or(drawn);
    let (heading, packed) = as_packed(name, dice.unit());
    let substance = scene.substance(name, packed)?;
    let density = substance.density;
    scene.paint(component::CONCEALED, MASK_ID);
    let mut left_mm3 = wanted_kg / density * 1e6;
    let first = dice.below(hides.len());
    for hide in hides.iter().cycle().skip(first).take(hides.len()) {
        let room = [0, 1, 2].map(|d| (hide.max[d] - hide.min[d] - 4.0).max(0.0));
        let volume = room[0] * room[1] * room[2];
        if volume <= 0.0 {
            continue;
        }
        let scale = libm::cbrt((left_mm3 / volume).min(1.0));
        let size = room.map(|r| r * scale);
        let at = [
            hide.min[0] + 2.0 + dice.unit() * (room[0] - size[0]),
            hide.min[1] + 2.0 + 0.5 * dice.unit() * (room[1] - size[1]),
            hide.min[2] + 2.0 + dice.unit() * (room[2] - size[2]),
        ];
        let end = [0, 1, 2].map(|d| at[d] + size[d]);
        scene.nest(hide.parent, Shape::Block { min: at, max: end }, substance);
        left_mm3 -= size[0] * size[1] * size[2];
        if left_mm3 < 1.0 {
            return Ok(heading);
        }
    }
    let reason = format!("{wanted_kg} kg do not fit into the hiding places of this load");
    Err(PhantomError::value(file, "tampering.mass_kg", reason))
}

/// A space that takes bricks: free, or the inside of a solid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cavity {
    pub(super) parent: Option<u32>,
    pub(super) min: [f64; 3],
    pub(super) max: [f64; 3],
}

/// Something organic as smugglers pack it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stuff {
    pub(super) heading: &'static str,
    pub(super) substance: Substance,
    /// Length, height and width of a brick, mm; `None` for one block.
    brick: Option<[f64; 3]>,
}

/// Free space between two bricks, mm: their wrapping.
const WRAP: f64 = 1.0;
/// A brick thinner than this is not laid, mm.
const LEAST: f64 = 0.01;

impl Stuff {
    /// What a recipe asks for, the rest drawn.
    pub(super) fn draw(
        scene: &mut Scene,
        dice: &mut Dice,
        tampering: &TamperingRecipe,
    ) -> Result<Self, PhantomError> {
        let drawn = dice.pick(STUFFS).copied().unwrap_or(STUFFS[0]);
        let at = dice.unit();
        let name = tampering.material.as_deref().unwrap_or(drawn.0);
        let (heading, packed) = as_packed(name, at);
        let density = tampering.density_g_per_cm3.or(packed);
        let substance = scene.substance(name, density)?;
        let size = [dice.between(190.0, 210.0), dice.between(33.0, 38.0), dice.between(135.0, 145.0)];
        let brick = match tampering.form {
            Some(HiddenForm::Block) => None,
            _ => Some(tampering.brick_mm.unwrap_or(size)),
        };
        Ok(Self { heading, substance, brick })
    }

    /// Length, height and width of a brick, mm; the usual ones for one block.
    pub(super) fn brick_mm(&self) -> [f64; 3] {
        self.brick.unwrap_or([200.0, 35.0, 140.0])
    }

    /// Fills a space from its floor up with at most `kg`; returns what went in, kg.
    pub(super) fn fill(&self, scene: &mut Scene, cavity: &Cavity, kg: f64) -> f64 {
        let space = [0, 1, 2].map(|d| cavity.max[d] - cavity.min[d]);
        if space.iter().any(|mm| *mm < 8.0) {
            return 0.0;
        }
        scene.paint(component::CONCEALED, MASK_ID);
        let Some(brick) = self.brick else {
            let volume = space[0] * space[1] * space[2];
            let scale = libm::cbrt((kg / self.substance.density * 1e6 / volume).min(1.0));
            let size = space.map(|mm| mm * scale);
            let max = [0, 1, 2].map(|d| cavity.min[d] + size[d]);
            add(scene, cavity.parent, block(cavity.min, max), self.substance);
            return size[0] * size[1] * size[2] * self.substance.density * 1e-6;
        };
        // Whichever way round most of them go in.
        let [l, h, w] = brick;
        let turns = [[l, h, w], [w, h, l], [l, w, h], [w, l, h], [h, l, w], [h, w, l]];
        let counts = |size: [f64; 3]| [0, 1, 2].map(|d| ((space[d] + WRAP) / (size[d] + WRAP)).floor() as usize);
        let mut best = (turns[0], counts(turns[0]));
        for turn in turns {
            let n = counts(turn);
            if n.iter().product::<usize>() > best.1.iter().product::<usize>() {
                best = (turn, n);
            }
        }
        let (size, n) = best;
        let brick_kg = size[0] * size[1] * size[2] * self.substance.density * 1e-6;
        let need = ((kg / brick_kg).ceil() as usize).min(n.iter().product());
        if need == 0 {
            return 0.0;
        }
        // A pile about as high as it is wide.
        let layers =
            (libm::cbrt(need as f64 * size[0] * size[2] / (size[1] * size[1])).round() as usize).clamp(1, n[1]);
        let layer = need.div_ceil(layers);
        let across = ((layer as f64 * size[0] / size[2]).sqrt().ceil() as usize).clamp(1, n[2]);
        let along = layer.div_ceil(across).clamp(1, n[0]);
        let (along, across) = if along * across * n[1] < need { (n[0], n[2]) } else { (along, across) };
        let mut laid = 0.0;
        for i in 0..need {
            let cell = [i / across % along, i / (along * across), i % across];
            let min = [0, 1, 2].map(|d| cavity.min[d] + cell[d] as f64 * (size[d] + if d == 1 { 0.0 } else { WRAP }));
            let mut max = [0, 1, 2].map(|d| min[d] + size[d]);
            // The last one is thinner.
            let share = ((kg - laid) / brick_kg).min(1.0);
            if share * size[1] < LEAST {
                break;
            }
            max[1] = min[1] + share * size[1];
            add(scene, cavity.parent, block(min, max), self.substance);
            laid += share * brick_kg;
        }
        laid
    }

    /// Fills spaces one after the other; returns what did not go in, kg.
    pub(super) fn fill_all(&self, scene: &mut Scene, cavities: impl IntoIterator<Item = Cavity>, kg: f64) -> f64 {
        let mut left = kg;
        for cavity in cavities {
            // Less than a milligram is a rounding error.
            if left <= 1e-6 {
                return 0.0;
            }
            left -= self.fill(scene, &cavity, left);
        }
        if left <= 1e-6 { 0.0 } else { left }
    }

    /// A pile that stands free.
    pub(super) fn parcel(&self, scene: &Scene, kg: f64) -> Result<Thing, PhantomError> {
        let volume = kg / self.substance.density * 1e6;
        let side = (1.5 * libm::cbrt(volume)).max(250.0);
        let brick = self.brick;
        Thing::build(scene, |scene| {
            let cavity = match brick {
                None => {
                    let side = libm::cbrt(volume);
                    Cavity { parent: None, min: [0.0; 3], max: [side; 3] }
                }
                Some(_) => Cavity { parent: None, min: [0.0; 3], max: [side, side.min(1400.0), side] },
            };
            let laid = self.fill(scene, &cavity, kg);
            if laid + 1e-6 < kg {
                let reason = format!("{kg:.1} kg do not stack in a pile");
                return Err(PhantomError::value("recipe", "tampering.mass_kg", reason));
            }
            Ok(())
        })
    }
}

/// Insides of hiding places, in their order from a drawn one on.
pub(super) fn cavities(hides: &[Hide], dice: &mut Dice) -> Vec<Cavity> {
    let first = dice.below(hides.len());
    let inside = |hide: &Hide| Cavity {
        parent: Some(hide.parent),
        min: hide.min.map(|v| v + 2.0),
        max: hide.max.map(|v| v - 2.0),
    };
    hides.iter().cycle().skip(first).take(hides.len()).map(inside).collect()
}
