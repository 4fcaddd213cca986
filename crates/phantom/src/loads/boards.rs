use serde::Deserialize;

use super::faults::Faults;
use super::stow::{cells, whole};
use super::{Bay, Form, Stowed};
use crate::error::PhantomError;
use crate::scene::{Substance, component};

/// Bundles of sawn boards, with stickers between the layers or without.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Boards {
    /// Kind of wood.
    pub(crate) material: String,
    /// Density of the wood, g/cm³.
    density: [f64; 2],
    board_thickness_mm: [f64; 2],
    board_width_mm: [f64; 2],
    /// Length of a bundle.
    length_mm: [f64; 2],
    bundle_width_mm: [f64; 2],
    bundle_height_mm: [f64; 2],
    /// Thickness of the stickers between two layers, where there are any.
    sticker_mm: [f64; 2],
}

impl Form for Boards {
    fn faults(&self) -> Faults {
        Faults::of(&[
            ("board_thickness_mm", self.board_thickness_mm),
            ("board_width_mm", self.board_width_mm),
            ("length_mm", self.length_mm),
            ("bundle_width_mm", self.bundle_width_mm),
            ("bundle_height_mm", self.bundle_height_mm),
            ("sticker_mm", self.sticker_mm),
        ])
        .material("material", &self.material)
        // Wood grows lighter and heavier than the catalogue's; its cell walls are of 1.5.
        .between("density", self.density, [0.1, 1.3])
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let size = bay.size();
        let dice = &mut bay.dice;
        let density = dice.within(self.density);
        let board = [dice.within(self.board_thickness_mm), dice.within(self.board_width_mm)];
        let is_stickered = dice.chance(0.55);
        let sticker = if is_stickered { dice.within(self.sticker_mm) } else { 0.0 };
        let mut length = bay.fit(self.length_mm, size[0] - 60.0, "length of a bundle")?;
        let dice = &mut bay.dice;
        // Bundles are cut to fill the box as a rule.
        if dice.chance(0.6) {
            length = (size[0] - 80.0) / ((size[0] - 80.0) / length).round().max(1.0) - 40.0;
        }
        let ragged = dice.between(8.0, 90.0);
        let bearer = 90.0;
        let wood = bay.scene.substance(&self.material, Some(density))?;
        let deal = bay.scene.substance("wood", None)?;
        let steel = bay.scene.substance("steel", None)?;
        let across = (bay.dice.within(self.bundle_width_mm).min(size[2] / 2.0 - 15.0) / board[1]).floor().max(1.0);
        let high = (bay.dice.within(self.bundle_height_mm) / (board[0] + sticker)).floor().max(1.0);
        let bundle = [length, high * (board[0] + sticker), across * board[1]];
        let cell = [length + 40.0, bundle[1] + bearer, bundle[2] + 12.0];
        let n = whole(size, cell)?;
        let unit_kg = length * board[0] * board[1] * across * high * density * 1e-6;
        let units = bay.units(n[0] * n[1] * n[2], unit_kg);
        let order = bay.order(0.5);
        let slack = [size[0] - n[0] as f64 * cell[0], size[2] - n[2] as f64 * cell[2]].map(|s| s.max(0.0));
        let aside = slack[0] / n[0] as f64;
        for [x, y, z] in cells(n, units, order) {
            let dice = &mut bay.dice;
            let low = [
                bay.space[0][0] + x as f64 * (cell[0] + aside) + dice.unit() * aside,
                bay.space[0][1] + y as f64 * cell[1],
                bay.space[0][2] + slack[1] * 0.5 + z as f64 * cell[2],
            ];
            bay.scene.paint(component::PACKAGING, 0);
            for at in [0.1, 0.5, 0.9] {
                let x = low[0] + at * length;
                bay.scene.block([x - 45.0, low[1], low[2]], [x + 45.0, low[1] + bearer, low[2] + bundle[2]], deal);
            }
            let base = low[1] + bearer;
            for layer in 0..high as usize {
                let bottom = base + layer as f64 * (board[0] + sticker);
                bay.paint_goods();
                for row in 0..across as usize {
                    let dice = &mut bay.dice;
                    let near = low[2] + row as f64 * board[1];
                    let (a, b) = (dice.between(0.0, ragged), dice.between(0.0, ragged));
                    let grown = Substance { density: density * dice.about(0.09), ..wood };
                    bay.scene.block(
                        [low[0] + a, bottom, near],
                        [low[0] + length - b, bottom + board[0], near + board[1] - 2.0],
                        grown,
                    );
                }
                if sticker > 0.0 {
                    bay.scene.paint(component::PACKAGING, 0);
                    for i in 0..6 {
                        let x = low[0] + length * (0.06 + 0.176 * f64::from(i));
                        let (min, max) = (
                            [x - 20.0, bottom + board[0], low[2]],
                            [x + 20.0, bottom + board[0] + sticker, low[2] + bundle[2]],
                        );
                        bay.scene.block(min, max, deal);
                    }
                }
            }
            // Steel straps.
            bay.paint_packaging();
            for at in [0.2, 0.8] {
                let x = low[0] + at * length;
                for z in [low[2] - 1.5, low[2] + bundle[2]] {
                    bay.scene.block([x - 16.0, base, z], [x + 16.0, base + bundle[1], z + 1.5], steel);
                }
            }
        }
        Ok(Stowed { packages: units, pieces: units * (across * high) as usize, hides: Vec::new() })
    }
}
