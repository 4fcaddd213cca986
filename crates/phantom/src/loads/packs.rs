use serde::Deserialize;

use super::contents::{Contents, Packed, Room};
use super::faults::Faults;
use super::stow::{CLEAR, PACKAGE, Stand, places, within_room};
use super::wall::Wall;
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::scene::Substance;
use crate::shape::Shape;

/// Boxes of any kind, stacked tight or on pallets: cartons, crates, bales, blocks, tanks in cages, machines on skids.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Packs {
    length_mm: [f64; 2],
    width_mm: [f64; 2],
    height_mm: [f64; 2],
    wall: Option<Wall>,
    /// Probability that they stand on pallets.
    #[serde(default)]
    pallets: f64,
    straps: Option<Straps>,
    /// Pieces in a package; what its contents count where absent.
    pieces: Option<[f64; 2]>,
    contents: Contents,
}

/// Bands around a package.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Straps {
    material: String,
    mm: [f64; 2],
    count: [f64; 2],
}

/// Width of a band, mm.
const BAND: f64 = 20.0;
/// Solids of a load from which packages of small pieces are drawn as what they weigh: no ray tells them apart.
const MOST_SOLIDS: usize = 60_000;
/// Packages that are weighed to know what one weighs.
const WEIGHED: usize = 12;

/// A package as one shipment has it.
#[derive(Debug, Clone)]
pub(super) struct Pack {
    /// Along the lane, up and across.
    pub(super) size: [f64; 3],
    wall: Option<(Substance, f64)>,
    band: Option<(Substance, f64, usize)>,
    packed: Packed,
}

impl Form for Packs {
    fn faults(&self) -> Faults {
        let mut faults =
            Faults::of(&[("length_mm", self.length_mm), ("width_mm", self.width_mm), ("height_mm", self.height_mm)])
                .unless((0.0..=1.0).contains(&self.pallets), "pallets", "0 to 1")
                .part("contents", self.contents.faults());
        if let Some(wall) = &self.wall {
            let least = self.length_mm[0].min(self.width_mm[0]).min(self.height_mm[0]);
            faults = faults.part("wall", wall.faults().walls("mm", wall.mm, least));
        }
        if let Some(straps) = &self.straps {
            let inner =
                Faults::of(&[("mm", straps.mm), ("count", straps.count)]).material("material", &straps.material);
            faults = faults.part("straps", inner);
        }
        self.pieces.map_or(faults.clone(), |pieces| faults.range("pieces", pieces))
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let dice = &mut bay.dice;
        let own = [dice.within(self.length_mm), dice.within(self.height_mm), dice.within(self.width_mm)];
        let on_pallets = dice.chance(self.pallets);
        // Whichever way round more of them fit, or either.
        let fits = |size: [f64; 3]| size[0] <= space[0] && size[2] <= space[2];
        let across = [own[2], own[1], own[0]];
        let is_turned = fits(across) && (!fits(own) || dice.chance(0.4));
        let (mut size, mut least) = (own, [self.length_mm[0], self.height_mm[0], self.width_mm[0]]);
        if is_turned {
            size = across;
            least.swap(0, 2);
        }
        // A trader's packages are made to go into boxes, as far as the goods let them.
        for d in 0..3 {
            size[d] = within_room(size[d], least[d], space[d] - CLEAR, PACKAGE[d])?;
        }
        let mut pack = self.draw(bay, size)?;
        let stand = Stand::draw(bay, size, on_pallets)?;
        let inner = pack.inner();
        if pack.packed.solids(inner) * stand.fitting() > MOST_SOLIDS {
            pack.packed = pack.packed.smoothed(inner);
        }
        let pieces = self.pieces.map(|range| bay.dice.within(range).round().max(1.0) as usize);
        let unit_kg = match bay.plan.target {
            Some(_) => 0.0,
            None => bay.weigh_apart(WEIGHED, |bay| pack.build(bay, [0.0; 3], is_turned)),
        };
        let units = bay.units(stand.fitting(), unit_kg);
        let mut stowed = Stowed::default();
        for low in places(bay, &stand, units)? {
            let (inside, hide) = pack.build(bay, low, is_turned);
            stowed.packages += 1;
            stowed.pieces += pieces.unwrap_or(inside);
            stowed.hides.extend(hide);
        }
        Ok(stowed)
    }
}

impl Packs {
    /// Walls, bands and contents of packages of a size.
    fn draw(&self, bay: &mut Bay<'_>, size: [f64; 3]) -> Result<Pack, PhantomError> {
        let wall = self.wall.as_ref().map(|wall| wall.draw(bay)).transpose()?;
        let band = match &self.straps {
            Some(straps) => {
                let substance = bay.scene.substance(&straps.material, None)?;
                let count = bay.dice.within(straps.count).round() as usize;
                Some((substance, bay.dice.within(straps.mm), count))
            }
            None => None,
        };
        Ok(Pack { size, wall, band, packed: self.contents.draw(bay)? })
    }

    /// Whether they are cartons whose sides may be as short as `longest` mm.
    pub(super) fn is_carton(&self, longest: f64) -> bool {
        let is_board = self.wall.as_ref().is_some_and(Wall::is_board);
        is_board && [self.length_mm, self.width_mm, self.height_mm].iter().all(|range| range[0] < longest)
    }

    /// One carton apart from any stowage, and the pieces in it where the file says them.
    pub(super) fn parcel(&self, bay: &mut Bay<'_>) -> Result<(Pack, Option<usize>), PhantomError> {
        let size = [self.length_mm, self.height_mm, self.width_mm].map(|range| bay.dice.within(range));
        let pack = self.draw(bay, size)?;
        Ok((pack, self.pieces.map(|range| bay.dice.within(range).round().max(1.0) as usize)))
    }
}

impl Pack {
    /// Of board around something soft.
    pub(super) fn soft(size: [f64; 3], wall: (Substance, f64), packed: Packed) -> Self {
        Self { size, wall: Some(wall), band: None, packed }
    }

    /// The same turned about the vertical.
    pub(super) fn turned(&self) -> Self {
        let [length, height, width] = self.size;
        Self { size: [width, height, length], ..self.clone() }
    }

    /// The same without its pieces when they are more than `most` solids.
    pub(super) fn simplified(mut self, most: usize) -> Self {
        let inner = self.inner();
        if self.packed.solids(inner) > most {
            self.packed = self.packed.smoothed(inner);
        }
        self
    }

    fn wall_mm(&self) -> f64 {
        let least = self.size.iter().fold(f64::INFINITY, |a, b| a.min(*b));
        self.wall.map_or(0.0, |(_, mm)| mm.min(least / 3.0))
    }

    /// Sizes of the inside.
    fn inner(&self) -> [f64; 3] {
        self.size.map(|s| s - 2.0 * self.wall_mm())
    }

    pub(super) fn build(&self, bay: &mut Bay<'_>, low: [f64; 3], is_turned: bool) -> (usize, Option<Hide>) {
        // Bands lie around what is in them, within the size of the package.
        let band = self.band.map_or(0.0, |(_, mm, _)| mm);
        let (mut low, mut high) = (low, [0, 1, 2].map(|d| low[d] + self.size[d]));
        let d = if is_turned { 2 } else { 0 };
        let e = 2 - d;
        (low[e], high[e], high[1]) = (low[e] + band, high[e] - band, high[1] - band);
        let mut room = Room { parent: None, min: low, max: high };
        bay.paint_packaging();
        if let Some((substance, _)) = self.wall {
            let mm = self.wall_mm();
            let shell = bay.scene.block(low, high, substance);
            (room.min, room.max) = (low.map(|v| v + mm), high.map(|v| v - mm));
            let hollow = bay.scene.hollow();
            room.parent = Some(bay.scene.nest(shell, Shape::Block { min: room.min, max: room.max }, hollow));
        }
        if let Some((substance, mm, count)) = self.band {
            for i in 0..count {
                let at = low[d] + self.size[d] * (i as f64 + 0.5) / count as f64;
                let (mut min, mut max) = (low, high);
                (min[d], max[d]) = (at - BAND / 2.0, at + BAND / 2.0);
                // Around the sides that rays cross, and over the top.
                for side in [low[e] - mm, high[e]] {
                    let (mut a, mut b) = (min, max);
                    (a[e], b[e]) = (side, side + mm);
                    bay.scene.block(a, b, substance);
                }
                bay.scene.block([min[0], high[1], min[2]], [max[0], high[1] + mm, max[2]], substance);
            }
        }
        bay.paint_goods();
        self.packed.fill(bay, room, is_turned)
    }
}
