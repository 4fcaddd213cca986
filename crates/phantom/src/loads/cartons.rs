use serde::Deserialize;

use super::contents::Packed;
use super::faults::Faults;
use super::packs::Pack;
use super::stow::{AIR, cells, whole};
use super::wall::Mixed;
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::shape::Shape;

/// Cartons of something soft or granular: board around stacks of goods.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cartons {
    /// What is in them.
    pub(crate) material: String,
    /// Density of the packed goods, g/cm³.
    bulk_density: [f64; 2],
    length_mm: [f64; 2],
    width_mm: [f64; 2],
    height_mm: [f64; 2],
    /// Stacks side by side in a carton.
    stacks: [f64; 2],
    /// Mass of a piece.
    piece_kg: [f64; 2],
}

/// Thickness of the board, mm.
const BOARD: f64 = 5.0;

impl Form for Cartons {
    fn faults(&self) -> Faults {
        Faults::of(&[
            ("length_mm", self.length_mm),
            ("width_mm", self.width_mm),
            ("height_mm", self.height_mm),
            ("stacks", self.stacks),
            ("piece_kg", self.piece_kg),
        ])
        .bulk(&self.material, self.bulk_density)
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let size = bay.size();
        let dice = &mut bay.dice;
        let density = dice.within(self.bulk_density);
        let mut carton = [dice.within(self.length_mm), dice.within(self.height_mm), dice.within(self.width_mm)];
        if dice.chance(0.4) {
            carton.swap(0, 2);
        }
        let stacks = dice.within(self.stacks).round().max(1.0) as usize;
        let piece_kg = dice.within(self.piece_kg);
        let uneven = dice.between(0.02, 0.10);
        let headroom = dice.between(0.02, 0.12);
        let is_palletised = dice.chance(0.25);
        let substance = bay.scene.substance(&self.material, Some(density))?;
        let board = bay.scene.substance("cardboard", Some(0.2))?;
        let cell = [carton[0] + AIR, carton[1] + 0.5, carton[2] + AIR];
        let lift = if is_palletised { 145.0 } else { 0.0 };
        let n = whole([size[0], size[1] - lift - 20.0, size[2]], cell)?;
        let inner_mm3 = (carton[0] - 2.0 * BOARD) * (carton[1] - 2.0 * BOARD) * (carton[2] - 2.0 * BOARD);
        let unit_kg = inner_mm3 * (1.0 - headroom) * density * 1e-6;
        let units = bay.units(n[0] * n[1] * n[2], unit_kg);
        // Dozens, as cartons are packed.
        let pieces = ((unit_kg / piece_kg / 12.0).round().max(1.0) * 12.0) as usize;
        let order = bay.order(0.2);
        let slack = [size[0] - n[0] as f64 * cell[0], size[2] - n[2] as f64 * cell[2]];
        let toward_far = bay.dice.unit();
        let spread = bay.dice.unit() * 0.6;
        let mut stowed = Stowed { packages: units, pieces: units * pieces, hides: Vec::new() };
        let mut pallet_rows = std::collections::BTreeSet::new();
        let gap = spread * slack[0] / n[0] as f64;
        // They stand askew by what is free between them and behind the last.
        let loose = 8.0_f64.min(AIR + gap).min((1.0 - spread) * slack[0] + AIR);
        for [x, y, z] in cells(n, units, order) {
            let dice = &mut bay.dice;
            let low = [
                bay.space[0][0] + x as f64 * (cell[0] + gap) + dice.between(0.0, loose),
                bay.space[0][1] + lift + y as f64 * cell[1],
                bay.space[0][2] + z as f64 * cell[2] + slack[1] * toward_far,
            ];
            let high = [0, 1, 2].map(|d| low[d] + carton[d]);
            let filled = density * dice.about(uneven);
            let inner_low = low.map(|v| v + BOARD);
            let inner_high = high.map(|v| v - BOARD);
            bay.paint_packaging();
            let shell = bay.scene.block(low, high, board);
            let hollow = bay.scene.hollow();
            let inside = bay.scene.nest(shell, Shape::Block { min: inner_low, max: inner_high }, hollow);
            // Folded goods lie in stacks of slightly different height with seams between them.
            bay.paint_goods();
            let height = inner_high[1] - inner_low[1];
            let step = (inner_high[0] - inner_low[0]) / stacks as f64;
            let mut best = None;
            for i in 0..stacks {
                let top = height * (1.0 - headroom * bay.dice.between(0.4, 1.6)).clamp(0.3, 1.0);
                let min = [inner_low[0] + i as f64 * step + 3.0, inner_low[1], inner_low[2] + 2.0];
                let max = [inner_low[0] + (i + 1) as f64 * step - 3.0, inner_low[1] + top, inner_high[2] - 2.0];
                let substance = crate::scene::Substance { density: filled, ..substance };
                let stack = bay.scene.nest(inside, Shape::Block { min, max }, substance);
                best.get_or_insert((stack, min, max));
            }
            if let Some((parent, min, max)) = best {
                stowed.hides.push(Hide { parent, min, max });
            }
            if is_palletised && y == 0 {
                pallet_rows.insert(((low[0] - bay.space[0][0]) / 1100.0).floor() as i64);
            }
        }
        if is_palletised {
            let width = bay.space[1][2] - bay.space[0][2];
            for row in pallet_rows {
                let x = bay.space[0][0] + row as f64 * 1100.0;
                let size = [(bay.space[1][0] - x).min(1090.0), width / 2.0 - 60.0];
                for z in [40.0, width / 2.0 + 20.0] {
                    bay.add_pallet([x, bay.space[0][1], bay.space[0][2] + z], size)?;
                }
            }
        }
        Ok(stowed)
    }
}

impl Cartons {
    /// One carton apart from any stowage, and the pieces in it.
    pub(super) fn parcel(&self, bay: &mut Bay<'_>) -> Result<(Pack, Option<usize>), PhantomError> {
        let size = [self.length_mm, self.height_mm, self.width_mm].map(|range| bay.dice.within(range));
        let density = bay.dice.within(self.bulk_density);
        let substance = bay.scene.substance(&self.material, Some(density))?;
        let board = bay.scene.substance("cardboard", Some(0.2))?;
        let packed = Packed::Fill {
            mixed: Mixed::of(substance),
            stacks: bay.dice.within(self.stacks).round().max(1.0) as usize,
            headroom: bay.dice.between(0.02, 0.12),
            uneven: bay.dice.between(0.02, 0.10),
        };
        let net_kg = size.iter().map(|side| side - 2.0 * BOARD).product::<f64>() * density * 1e-6;
        let dozens = (net_kg / bay.dice.within(self.piece_kg) / 12.0).round().max(1.0);
        Ok((Pack::soft(size, (board, BOARD), packed), Some(dozens as usize * 12)))
    }
}
