use pellucid_core::IsoSize;

use crate::corrugation::{Corrugation, Wave};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scene::{Scene, Substance, component};
use crate::shape::{Axis, Shape, turned};

/// Where a container stands.
#[derive(Debug, Clone, Copy)]
pub struct ContainerPlan {
    /// Its size.
    pub size: IsoSize,
    /// x of its front wall (away from the doors).
    pub x_mm: f64,
    /// Height of its underside.
    pub y_mm: f64,
    /// z of its near wall.
    pub z_mm: f64,
}

/// A container in a scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContainerBox {
    /// Its size.
    pub size: IsoSize,
    /// Corners of the outside.
    pub outside: [[f64; 3]; 2],
    /// Corners of the space for goods.
    pub inside: [[f64; 3]; 2],
    /// Mass of the box as built here, kg.
    pub tare_kg: f64,
}

/// Casting of ISO 1161: length, height, width.
const CASTING: [f64; 3] = [178.0, 118.0, 162.0];
/// Height of bottom rails and floor together.
const FLOOR: f64 = 160.0;

impl ContainerPlan {
    /// Builds a steel dry box: castings, posts, rails, corrugated walls and roof, doors, floor on cross-members.
    ///
    /// # Errors
    /// The catalogue lacks one of its materials.
    pub fn build(self, scene: &mut Scene, dice: &mut Dice) -> Result<ContainerBox, PhantomError> {
        let before = scene.mass_of_kg(|_| true);
        let size = [self.size.external_length_mm(), self.size.external_height_mm(), self.size.external_width_mm()];
        let min = [self.x_mm, self.y_mm, self.z_mm];
        let max = [min[0] + size[0], min[1] + size[1], min[2] + size[2]];
        let steel = scene.substance("steel", None)?;
        scene.paint(component::CONTAINER, 0);
        let builder = Builder { min, max, steel };
        builder.frame(scene);
        builder.walls(scene, dice);
        builder.end_wall(scene, min[0] + 30.0, 46.0, 9, dice.between(1.8, 2.2));
        builder.doors(scene, dice)?;
        builder.floor(scene, dice, self.size)?;
        let inside = [[min[0] + 80.0, min[1] + FLOOR, min[2] + 43.0], [max[0] - 80.0, max[1] - 48.0, max[2] - 43.0]];
        Ok(ContainerBox {
            size: self.size,
            outside: [min, max],
            inside,
            tare_kg: scene.mass_of_kg(|_| true) - before,
        })
    }
}

struct Builder {
    min: [f64; 3],
    max: [f64; 3],
    steel: Substance,
}

impl Builder {
    fn frame(&self, scene: &mut Scene) {
        let ([x0, y0, z0], [x1, y1, z1]) = (self.min, self.max);
        for x in [x0, x1 - CASTING[0]] {
            for y in [y0, y1 - CASTING[1]] {
                for z in [z0, z1 - CASTING[2]] {
                    scene.shell([x, y, z], [x + CASTING[0], y + CASTING[1], z + CASTING[2]], 14.0, self.steel, None);
                }
            }
        }
        for x in [x0 + 4.0, x1 - 124.0] {
            for z in [z0 + 2.0, z1 - 112.0] {
                let (low, high) = ([x, y0 + CASTING[1], z], [x + 120.0, y1 - CASTING[1], z + 110.0]);
                scene.shell(low, high, 5.5, self.steel, None);
            }
        }
        let (a, b) = (x0 + CASTING[0], x1 - CASTING[0]);
        for (z, inner) in [(z0 + 2.0, z0 + 62.0), (z1 - 62.0, z1 - 2.0)] {
            scene.shell([a, y1 - 66.0, z], [b, y1 - 6.0, inner], 3.0, self.steel, None);
        }
        for (z, web) in [(z0 + 2.0, z0 + 2.0), (z1 - 50.0, z1 - 6.5)] {
            // A channel: web and two flanges.
            scene.block([a, y0 + 12.0, web], [b, y0 + 12.0 + 150.0, web + 4.5], self.steel);
            for y in [y0 + 12.0, y0 + 157.5] {
                scene.block([a, y, z], [b, y + 4.5, z + 48.0], self.steel);
            }
        }
        let (zn, zf) = (z0 + CASTING[2], z1 - CASTING[2]);
        scene.shell([x0 + 10.0, y0 + 12.0, zn], [x0 + 80.0, y0 + 150.0, zf], 4.0, self.steel, None);
        scene.shell([x0 + 10.0, y1 - 72.0, zn], [x0 + 70.0, y1 - 8.0, zf], 3.0, self.steel, None);
        scene.shell([x1 - 90.0, y0 + 12.0, zn], [x1 - 8.0, y0 + 150.0, zf], 4.5, self.steel, None);
        scene.shell([x1 - 80.0, y1 - 112.0, zn], [x1 - 8.0, y1 - 8.0, zf], 3.5, self.steel, None);
    }

    fn walls(&self, scene: &mut Scene, dice: &mut Dice) {
        let ([x0, y0, z0], [x1, y1, z1]) = (self.min, self.max);
        let thickness = dice.between(1.5, 2.0);
        let wall = |level: f64, depth: f64| Corrugation {
            wave: Wave::AcrossZ,
            x: [x0 + 120.0, x1 - 120.0],
            across: [y0 + FLOOR, y1 - 66.0],
            level,
            depth,
            period: 278.0,
            flat_share: 72.0 / 278.0,
            slope_share: 68.0 / 278.0,
            phase: x0 + 120.0,
            thickness,
        };
        scene.add(Shape::Sheet(wall(z0 + 4.0, 36.0)), self.steel);
        scene.add(Shape::Sheet(wall(z1 - 4.0, -36.0)), self.steel);
        let roof = Corrugation {
            wave: Wave::AcrossY,
            x: [x0 + 80.0, x1 - 80.0],
            across: [z0 + 40.0, z1 - 40.0],
            level: y1 - 8.0,
            depth: -20.0,
            period: 209.0,
            flat_share: 91.0 / 209.0,
            slope_share: 13.5 / 209.0,
            phase: x0 + 80.0,
            thickness: 2.0,
        };
        scene.add(Shape::Sheet(roof), self.steel);
    }

    /// A corrugated wall across the lane from x to x + depth, in `periods` folds along z.
    fn end_wall(&self, scene: &mut Scene, x: f64, depth: f64, periods: usize, thickness: f64) {
        let (z0, z1) = (self.min[2] + 112.0, self.max[2] - 112.0);
        let y = [self.min[1] + 150.0, self.max[1] - 72.0];
        let period = (z1 - z0) / periods as f64;
        let (flat, slope) = (period * 0.38, period * 0.12);
        for i in 0..periods {
            let z = z0 + i as f64 * period;
            for (at, from) in [(x, 0.0), (x + depth, flat + slope)] {
                scene.block([at, y[0], z + from], [at + thickness, y[1], z + from + flat], self.steel);
                scene.mark_fine(at, at + thickness);
            }
            let length = (depth * depth + slope * slope).sqrt();
            for (from, rise) in [(flat, 1.0), (2.0 * flat + slope, -1.0)] {
                // A plate from (x, z) to (x + depth, z + slope), or back.
                let angle = libm::atan2(slope, depth) * rise;
                scene.add(
                    Shape::Brick {
                        centre: [x + depth / 2.0 + thickness / 2.0, (y[0] + y[1]) / 2.0, z + from + slope / 2.0],
                        half: [length / 2.0, (y[1] - y[0]) / 2.0, thickness / 2.0],
                        axes: turned(Axis::Y, -angle),
                    },
                    self.steel,
                );
            }
        }
    }

    fn doors(&self, scene: &mut Scene, dice: &mut Dice) -> Result<(), PhantomError> {
        let ([_, y0, z0], [x1, y1, z1]) = (self.min, self.max);
        let (y_low, y_high) = (y0 + 152.0, y1 - 114.0);
        let middle = (z0 + z1) / 2.0;
        let x = x1 - 62.0;
        for (a, b) in [(z0 + 114.0, middle - 6.0), (middle + 6.0, z1 - 114.0)] {
            // Frame of each leaf: two uprights and two cross beams, around a folded panel.
            for z in [a, b - 100.0] {
                scene.shell([x, y_low, z], [x + 50.0, y_high, z + 100.0], 3.0, self.steel, None);
            }
            for y in [y_low, y_high - 150.0] {
                scene.shell([x, y, a + 100.0], [x + 50.0, y + 150.0, b - 100.0], 3.0, self.steel, None);
            }
            let fold = (b - a - 200.0) / 5.0;
            for i in 0..5 {
                let at = x + 8.0 + 30.0 * f64::from(i % 2);
                let z = a + 100.0 + fold * f64::from(i);
                scene.block([at, y_low + 150.0, z], [at + 2.0, y_high - 150.0, z + fold], self.steel);
                scene.mark_fine(at, at + 2.0);
            }
            // Two lock bars with their cams, and a handle.
            for z in [a + 0.28 * (b - a), a + 0.82 * (b - a)] {
                let centre = [x1 + 2.0 - 22.0 + 20.0, (y0 + y1) / 2.0, z];
                let bar =
                    Shape::Cylinder { axis: Axis::Y, centre, radius: 17.0, half_length: (y1 - y0) / 2.0 - 30.0 };
                let outer = scene.add(bar, self.steel);
                let bore =
                    Shape::Cylinder { axis: Axis::Y, centre, radius: 14.0, half_length: (y1 - y0) / 2.0 - 30.0 };
                let hollow = scene.hollow();
                scene.nest(outer, bore, hollow);
                for y in [y0 + 35.0, y1 - 95.0] {
                    scene.block([x1 - 18.0, y, z - 35.0], [x1 + 20.0, y + 60.0, z + 35.0], self.steel);
                }
                let handle = y0 + dice.between(850.0, 1100.0);
                scene.block([x1 + 2.0, handle, z], [x1 + 16.0, handle + 35.0, z + 330.0], self.steel);
            }
            let rubber = scene.substance("rubber", None)?;
            scene.block([x1 - 30.0, y_low - 15.0, a], [x1 - 12.0, y_low, b], rubber);
        }
        Ok(())
    }

    fn floor(&self, scene: &mut Scene, dice: &mut Dice, size: IsoSize) -> Result<(), PhantomError> {
        let ([x0, y0, z0], [x1, _, z1]) = (self.min, self.max);
        let plywood = scene.substance("plywood", Some(dice.between(0.62, 0.78)))?;
        scene.block([x0 + 80.0, y0 + FLOOR - 28.0, z0 + 10.0], [x1 - 80.0, y0 + FLOOR, z1 - 10.0], plywood);
        let (low, high) = (y0 + 10.0, y0 + FLOOR - 28.0);
        let tunnel = if size == IsoSize::Twenty { 0.0 } else { 3150.0 };
        let spacing = dice.between(280.0, 330.0);
        let count = ((x1 - x0 - 300.0) / spacing).floor();
        let spacing = (x1 - x0 - 300.0) / count;
        for i in 0..=count as usize {
            let x = x0 + 150.0 + i as f64 * spacing;
            // Over the gooseneck tunnel the members stop beside it.
            let spans: &[[f64; 2]] = if x < x0 + tunnel {
                &[[z0 + 48.0, z0 + 700.0], [z1 - 700.0, z1 - 48.0]]
            } else {
                &[[z0 + 48.0, z1 - 48.0]]
            };
            for [a, b] in spans {
                scene.block([x, low, *a], [x + 4.0, high, *b], self.steel);
                for y in [low, high - 4.0] {
                    scene.block([x + 4.0, y, *a], [x + 44.0, y + 4.0, *b], self.steel);
                }
            }
            scene.mark_fine(x, x + 4.0);
        }
        if tunnel > 0.0 {
            scene.block([x0 + 80.0, high - 4.0, z0 + 700.0], [x0 + tunnel, high, z1 - 700.0], self.steel);
            for z in [z0 + 700.0, z1 - 704.0] {
                scene.block([x0 + 80.0, low, z], [x0 + tunnel, high - 4.0, z + 4.0], self.steel);
            }
        } else {
            // Fork pockets.
            let middle = (x0 + x1) / 2.0;
            for x in [middle - 1025.0 - 180.0, middle + 1025.0 - 180.0] {
                scene.block([x, low, z0 + 10.0], [x + 360.0, low + 5.0, z1 - 10.0], self.steel);
            }
        }
        Ok(())
    }
}
