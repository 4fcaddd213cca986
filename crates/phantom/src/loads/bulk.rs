use serde::Deserialize;

use super::faults::Faults;
use super::wall::{Mixed, Portion, mix_faults};
use super::{Bay, Form, Hide, Stowed};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::shape::Shape;

/// What is poured, thrown or blown into the box: grain in a liner, scrap, ore, flakes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bulk {
    mix: Vec<Portion>,
    lumps: Option<Lumps>,
    /// Mean height of the heap before the payload limits it.
    height_mm: [f64; 2],
    /// Hills and hollows.
    uneven_mm: [f64; 2],
    /// Whether a wall of boards stands behind the doors.
    #[serde(default)]
    bulkhead: bool,
}

/// Solid lumps in a heap.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lumps {
    material: String,
    size_mm: [f64; 2],
    /// Share of the volume.
    share: [f64; 2],
    density: Option<[f64; 2]>,
}

/// Columns of a heap across the box, and their usual length along it, mm: short where matter is even and only the top shows.
const ACROSS: usize = 5;
const ALONG: f64 = 230.0;
const ALONG_EVEN: f64 = 45.0;
/// Height of the parts that a column is cut into where matter differs, mm.
const LAYER: f64 = 260.0;

impl Form for Bulk {
    fn faults(&self) -> Faults {
        let mut faults =
            mix_faults(&self.mix).range("height_mm", self.height_mm).within("uneven_mm", self.uneven_mm, 2000.0);
        if let Some(lumps) = &self.lumps {
            let inner = Faults::of(&[("size_mm", lumps.size_mm)]).within("share", lumps.share, 0.5).packed(
                "",
                &lumps.material,
                lumps.density,
            );
            faults = faults.part("lumps", inner);
        }
        faults
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let mixed = Mixed::draw(&self.mix, bay)?;
        let lumps = match &self.lumps {
            Some(lumps) => {
                let density = lumps.density.map(|range| bay.dice.within(range));
                Some((bay.scene.substance(&lumps.material, density)?, bay.dice.within(lumps.share), lumps.size_mm))
            }
            None => None,
        };
        let board = if self.bulkhead { 40.0 } else { 0.0 };
        let length = space[0] - board - 20.0;
        let is_plain = self.mix.len() == 1 && lumps.is_none();
        let along = if is_plain { ALONG_EVEN } else { ALONG };
        let columns = (length / along).round().max(1.0) as usize;
        let density =
            mixed.density() + lumps.map_or(0.0, |(lump, share, _)| share * (lump.density - mixed.density()).max(0.0));
        let wanted = bay.dice.within(self.height_mm).min(space[1] - 80.0) * bay.fill.min(1.0);
        let kg_per_mm = length * space[2] * density * 1e-6;
        let carried = bay.payload_kg * bay.fill / kg_per_mm;
        let mean = match bay.asked_kg((space[1] - 80.0) * kg_per_mm) {
            Some(asked_kg) => asked_kg / kg_per_mm,
            None => wanted.min(carried).max(60.0),
        };
        let hills = Hills::draw(&mut bay.dice, self.uneven_mm, columns);
        let step = [length / columns as f64, space[2] / ACROSS as f64];
        let mut stowed = Stowed { packages: 1, pieces: 1, hides: Vec::new() };
        bay.paint_goods();
        for x in 0..columns {
            for z in 0..ACROSS {
                let top = (mean + hills.at(x, z)).clamp(0.25 * mean, space[1] - 30.0);
                let layers = if is_plain { 1 } else { (top / LAYER).ceil() as usize };
                for y in 0..layers {
                    let part = |share: [f64; 3]| {
                        [
                            bay.space[0][0] + 10.0 + (x as f64 + share[0]) * step[0],
                            bay.space[0][1] + (y as f64 + share[1]) * top / layers as f64,
                            bay.space[0][2] + (z as f64 + share[2]) * step[1],
                        ]
                    };
                    let (min, max) = (part([0.0; 3]), part([1.0; 3]));
                    let substance = mixed.pick(bay.dice.unit());
                    let parent = bay.scene.block(min, max, substance);
                    if let Some((lump, share, size)) = lumps {
                        add_lump(bay, parent, [min, max], lump, share, size);
                    } else {
                        stowed.hides.push(Hide { parent, min, max });
                    }
                }
            }
        }
        if self.bulkhead {
            let wood = bay.scene.substance("plywood", None)?;
            bay.paint_packaging();
            let [low, high] = bay.space;
            let top = (low[1] + mean + 250.0).min(high[1] - 100.0);
            bay.scene.block(
                [high[0] - board, low[1], low[2] + 10.0],
                [high[0] - board + 18.0, top, high[2] - 10.0],
                wood,
            );
        }
        Ok(stowed)
    }
}

/// One lump of about its share of a part, in the middle of it: they never overlap.
fn add_lump(
    bay: &mut Bay<'_>,
    parent: u32,
    [min, max]: [[f64; 3]; 2],
    lump: crate::scene::Substance,
    share: f64,
    size_mm: [f64; 2],
) {
    let room = [0, 1, 2].map(|d| max[d] - min[d]);
    // Every other part has none, others have twice their share.
    let volume = share * room.iter().product::<f64>() * bay.dice.between(0.0, 2.0);
    if volume <= 0.0 {
        return;
    }
    let side = libm::cbrt(volume);
    let stretch = [0, 1, 2].map(|_| libm::exp(0.5 * bay.dice.normal()));
    let even = libm::cbrt(stretch.iter().product::<f64>());
    let least = size_mm[0] / 4.0;
    let half = [0, 1, 2]
        .map(|d| (side * stretch[d] / even).clamp(least.min(0.45 * room[d]), size_mm[1].min(0.96 * room[d])) / 2.0);
    let centre = [0, 1, 2].map(|d| {
        let free = room[d] / 2.0 - half[d];
        (min[d] + max[d]) / 2.0 + bay.dice.between(-1.0, 1.0) * free.max(0.0) * 0.95
    });
    let shape = if bay.dice.chance(0.5) {
        Shape::Ellipsoid { centre, semi: half }
    } else {
        let (min, max) = ([0, 1, 2].map(|d| centre[d] - half[d]), [0, 1, 2].map(|d| centre[d] + half[d]));
        Shape::Block { min, max }
    };
    bay.scene.nest(parent, shape, lump);
}

/// Hills along a heap, a cone towards the doors or the middle, and a slope across.
struct Hills {
    waves: Vec<[f64; 3]>,
    across: f64,
    columns: usize,
}

impl Hills {
    fn draw(dice: &mut Dice, uneven_mm: [f64; 2], columns: usize) -> Self {
        let uneven = dice.within([uneven_mm[0], uneven_mm[1].max(uneven_mm[0] + 1e-9)]);
        let waves = (0..4)
            .map(|k| {
                [
                    uneven / (1.0 + k as f64) * dice.between(0.3, 0.7),
                    dice.between(0.4, 1.2) * (k + 1) as f64,
                    dice.unit(),
                ]
            })
            .collect();
        Self { waves, across: uneven * dice.between(-0.3, 0.3), columns }
    }

    /// Height over the mean in mm.
    fn at(&self, x: usize, z: usize) -> f64 {
        let u = (x as f64 + 0.5) / self.columns as f64;
        let wave =
            |[height, cycles, phase]: &[f64; 3]| height * libm::sin(std::f64::consts::TAU * (cycles * u + phase));
        let aside = (z as f64 + 0.5) / ACROSS as f64 - 0.5;
        self.waves.iter().map(wave).sum::<f64>() + self.across * aside
    }
}
