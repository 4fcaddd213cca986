use serde::Deserialize;

use super::faults::Faults;
use super::stow::{cells, whole};
use super::wall::Wall;
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::scene::{Substance, component};

/// Flat things in packs: glass, stone, plywood, sheet metal, panels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slabs {
    material: String,
    density: Option<[f64; 2]>,
    /// Thickness of one sheet.
    sheet_mm: [f64; 2],
    /// Sheets in a pack.
    sheets: [f64; 2],
    #[serde(default)]
    gap_mm: [f64; 2],
    length_mm: [f64; 2],
    /// The other side of a sheet.
    height_mm: [f64; 2],
    /// Probability that packs stand on edge, in frames.
    #[serde(default)]
    standing: f64,
    /// Frame around a pack.
    frame: Option<Wall>,
    total_kg: [f64; 2],
}

/// Height of skids, mm.
const SKID: f64 = 90.0;
/// Gap from which sheets are drawn one by one, mm; closer ones are one block of their matter.
const APART: f64 = 1.0;

impl Form for Slabs {
    fn faults(&self) -> Faults {
        let faults = Faults::of(&[
            ("sheet_mm", self.sheet_mm),
            ("sheets", self.sheets),
            ("length_mm", self.length_mm),
            ("height_mm", self.height_mm),
            ("total_kg", self.total_kg),
        ])
        .packed("", &self.material, self.density)
        .within("gap_mm", self.gap_mm, 500.0)
        .unless((0.0..=1.0).contains(&self.standing), "standing", "0 to 1");
        self.frame.as_ref().map_or(faults.clone(), |frame| faults.part("frame", frame.faults()))
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let space = bay.size();
        let density = self.density.map(|range| bay.dice.within(range));
        let substance = bay.scene.substance(&self.material, density)?;
        let wood = bay.scene.substance("wood", None)?;
        let frame = self.frame.as_ref().map(|frame| frame.draw(bay)).transpose()?;
        let beam = frame.map_or(0.0, |(_, mm)| mm);
        let sheet = bay.dice.within(self.sheet_mm);
        let gap = bay.dice.within(self.gap_mm);
        let is_standing = bay.dice.chance(self.standing);
        let mut count = bay.dice.within(self.sheets).round().max(1.0) as usize;
        let length = bay.fit(self.length_mm, space[0] - 40.0 - 2.0 * beam, "length of a sheet")?;
        let room = if is_standing { space[1] - SKID - 60.0 } else { space[2] - 20.0 } - 2.0 * beam;
        let side = bay.fit(self.height_mm, room, "height of a sheet")?;
        let room = if is_standing { space[2] } else { space[1] - SKID } - 20.0 - 2.0 * beam;
        count = count.min((room / (sheet + gap)).floor().max(1.0) as usize);
        let thick = count as f64 * (sheet + gap);
        let pack = if is_standing { [length, side, thick] } else { [length, thick, side] };
        let outer = pack.map(|s| s + 2.0 * beam);
        let cell = [outer[0] + 25.0, outer[1] + SKID, outer[2] + 15.0];
        let mut n = whole([space[0], space[1] - 20.0, space[2]], cell)?;
        if is_standing {
            n[1] = 1;
        }
        let unit_kg = length * side * sheet * count as f64 * substance.density * 1e-6;
        bay.payload_kg = bay.payload_kg.min(bay.dice.within(self.total_kg));
        let units = bay.units(n.iter().product(), unit_kg);
        let order = bay.order(0.5);
        let slack = [space[0] - n[0] as f64 * cell[0], space[2] - n[2] as f64 * cell[2]].map(|s| s.max(0.0));
        let (ahead, aside) = (bay.dice.unit(), bay.dice.unit());
        let mut stowed = Stowed { packages: units, pieces: units * count, hides: Vec::new() };
        for [x, y, z] in cells(n, units, order) {
            let low = [
                bay.space[0][0] + x as f64 * cell[0] + ahead * slack[0],
                bay.space[0][1] + y as f64 * cell[1] + SKID,
                bay.space[0][2] + z as f64 * cell[2] + aside * slack[1],
            ];
            let high = [0, 1, 2].map(|d| low[d] + outer[d]);
            bay.scene.paint(component::PACKAGING, 0);
            for at in [0.15, 0.5, 0.85] {
                let x = low[0] + at * outer[0];
                bay.scene.block([x - 50.0, low[1] - SKID, low[2]], [x + 50.0, low[1], high[2]], wood);
            }
            if let Some((substance, mm)) = frame {
                bay.paint_packaging();
                add_frame(bay, low, high, substance, mm);
            }
            bay.paint_goods();
            let (min, max) = (low.map(|v| v + beam), high.map(|v| v - beam));
            stowed.hides.push(add_sheets(bay, [min, max], is_standing, [sheet, gap], count, substance));
        }
        Ok(stowed)
    }
}

/// Twelve beams along the edges of a box.
fn add_frame(bay: &mut Bay<'_>, low: [f64; 3], high: [f64; 3], substance: Substance, mm: f64) {
    for d in 0..3 {
        let (e, f) = ((d + 1) % 3, (d + 2) % 3);
        for (at_e, at_f) in
            [(low[e], low[f]), (high[e] - mm, low[f]), (low[e], high[f] - mm), (high[e] - mm, high[f] - mm)]
        {
            let (mut a, mut b) = (low, high);
            (a[e], b[e], a[f], b[f]) = (at_e, at_e + mm, at_f, at_f + mm);
            // The beams of the other directions run between those along x.
            if d != 0 {
                (a[d], b[d]) = (low[d] + mm, high[d] - mm);
            }
            bay.scene.block(a, b, substance);
        }
    }
}

fn add_sheets(
    bay: &mut Bay<'_>,
    [min, max]: [[f64; 3]; 2],
    is_standing: bool,
    [sheet, gap]: [f64; 2],
    count: usize,
    substance: Substance,
) -> Hide {
    if is_standing || gap < APART {
        let packed = Substance { density: substance.density * sheet / (sheet + gap), ..substance };
        return Hide { parent: bay.scene.block(min, max, packed), min, max };
    }
    let at = |i: usize| {
        let low = [min[0], min[1] + i as f64 * (sheet + gap), min[2]];
        (low, [max[0], low[1] + sheet, max[2]])
    };
    let mut parent = 0;
    for (low, high) in (0..count).map(at) {
        parent = bay.scene.block(low, high, substance);
    }
    let (min, max) = at(count - 1);
    Hide { parent, min, max }
}
