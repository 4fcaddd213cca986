use std::collections::BTreeSet;

use serde::Deserialize;

use super::faults::Faults;
use super::stow::{cells, whole};
use super::{Bay, Form, Hide, Stowed};
use crate::error::PhantomError;
use crate::shape::{Axis, Shape};

/// Bottles standing in cartons.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bottles {
    /// What is in them.
    pub(crate) liquid: String,
    diameter_mm: [f64; 2],
    height_mm: [f64; 2],
    /// Thickness of the glass.
    glass_mm: [f64; 2],
    /// Share of the height that the straight body takes.
    body_share: [f64; 2],
    /// Bottles along a carton, and across.
    along: [f64; 2],
    across: [f64; 2],
}

impl Form for Bottles {
    fn faults(&self) -> Faults {
        Faults::of(&[
            ("diameter_mm", self.diameter_mm),
            ("height_mm", self.height_mm),
            ("glass_mm", self.glass_mm),
            ("along", self.along),
            ("across", self.across),
        ])
        .between("body_share", self.body_share, [0.1, 0.95])
        .walls("glass_mm", self.glass_mm, self.diameter_mm[0])
        .material("liquid", &self.liquid)
    }

    fn stow(&self, bay: &mut Bay<'_>) -> Result<Stowed, PhantomError> {
        let size = bay.size();
        let dice = &mut bay.dice;
        let radius = dice.within(self.diameter_mm) / 2.0;
        let height = dice.within(self.height_mm);
        let wall = dice.within(self.glass_mm);
        let share = dice.within(self.body_share);
        let along = dice.within(self.along).round() as usize;
        let across = dice.within(self.across).round() as usize;
        let is_palletised = dice.chance(0.5);
        let pitch = 2.0 * radius + 4.0;
        let carton = [along as f64 * pitch + 10.0, height + 16.0, across as f64 * pitch + 10.0];
        let glass = bay.scene.substance("glass", None)?;
        let liquid = bay.scene.substance(&self.liquid, None)?;
        let board = bay.scene.substance("cardboard", Some(0.2))?;
        let lift = if is_palletised { 145.0 } else { 0.0 };
        let cell = [carton[0] + 2.0, carton[1] + 1.0, carton[2] + 2.0];
        let n = whole([size[0], (size[1] - lift).min(if is_palletised { 1750.0 } else { f64::MAX }), size[2]], cell)?;
        let (body, shoulder) = (height * share, height * (1.0 - share) * 0.4);
        let neck = height - body - shoulder;
        let volume = std::f64::consts::PI * radius * radius * (body + shoulder * 0.5);
        let unit_kg = (along * across) as f64 * (volume * 1.0e-6 * 1.02 + 0.42);
        let units = bay.units(n[0] * n[1] * n[2], unit_kg);
        // Bottles are heavy: a box that cannot be filled is laid in whole layers as a rule.
        let is_heavy = (n[0] * n[1] * n[2]) as f64 * unit_kg > bay.payload_kg;
        let order = bay.order(if is_heavy { 0.8 } else { 0.3 });
        let slack = [size[0] - n[0] as f64 * cell[0], size[2] - n[2] as f64 * cell[2]];
        let (spread, aside) = (bay.dice.unit(), bay.dice.unit());
        let mut stowed = Stowed { packages: units, pieces: units * along * across, hides: Vec::new() };
        let column = cell[0] + spread * slack[0] / n[0] as f64;
        let mut columns = BTreeSet::new();
        for [x, y, z] in cells(n, units, order) {
            columns.insert(x);
            let low = [
                bay.space[0][0] + x as f64 * column,
                bay.space[0][1] + lift + y as f64 * cell[1],
                bay.space[0][2] + z as f64 * cell[2] + aside * slack[1],
            ];
            let high = [0, 1, 2].map(|d| low[d] + carton[d]);
            bay.paint_packaging();
            let shell = bay.scene.block(low, high, board);
            let hollow = bay.scene.hollow();
            let inside = Shape::Block { min: low.map(|v| v + 4.0), max: high.map(|v| v - 4.0) };
            bay.scene.nest(shell, inside, hollow);
            bay.paint_goods();
            let mut first = None;
            for i in 0..along {
                for j in 0..across {
                    let foot = [
                        low[0] + 5.0 + (i as f64 + 0.5) * pitch,
                        low[1] + 6.0,
                        low[2] + 5.0 + (j as f64 + 0.5) * pitch,
                    ];
                    let part = |from: f64, to: f64, radius: f64| Shape::Cylinder {
                        axis: Axis::Y,
                        centre: [foot[0], foot[1] + (from + to) / 2.0, foot[2]],
                        radius,
                        half_length: (to - from) / 2.0,
                    };
                    let scene = &mut *bay.scene;
                    let bottle = scene.add(part(0.0, body, radius), glass);
                    let wine = scene.nest(bottle, part(5.0, body, radius - wall), liquid);
                    let mid = 0.62 * radius;
                    let slope = scene.add(part(body, body + shoulder, mid), glass);
                    scene.nest(slope, part(body, body + shoulder, mid - wall), liquid);
                    // The neck's bore is empty: one thinner cylinder weighs and shadows the same.
                    let neck_glass = crate::scene::Substance { density: glass.density * 0.52, ..glass };
                    scene.add(part(body + shoulder, body + shoulder + neck, 14.5), neck_glass);
                    first.get_or_insert((wine, foot));
                }
            }
            if let Some((parent, foot)) = first {
                let r = 0.6 * (radius - wall);
                stowed.hides.push(Hide {
                    parent,
                    min: [foot[0] - r, foot[1] + 8.0, foot[2] - r],
                    max: [foot[0] + r, foot[1] + body - 8.0, foot[2] + r],
                });
            }
        }
        let mut end = f64::NEG_INFINITY;
        let front = bay.space[0][0];
        for low in columns.into_iter().map(|x| front + x as f64 * column) {
            if is_palletised && low > end + 10.0 {
                end = (low + 1080.0).min(bay.space[1][0]);
                bay.add_pallet([low, bay.space[0][1], bay.space[0][2] + 20.0], [end - low, size[2] - 40.0])?;
            }
        }
        Ok(stowed)
    }
}
