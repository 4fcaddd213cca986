use pellucid_core::ScanGeometry;

use crate::scene::{Scene, component};
use crate::slice::{Ray, Slice, rectangle};

/// Rays of a fan: one per detector row, from the top down, with falling slopes.
#[derive(Debug, Clone)]
pub struct Fan {
    height: f64,
    slopes: Vec<f64>,
    secants: Vec<f64>,
    /// Rays through the middle of each row, and at a third of its height above and below.
    rays: [Vec<Ray>; 3],
    /// Half of the slope between two rows.
    half_step: f64,
}

impl Fan {
    /// The fan of the first `rows` rows of a geometry; rows that it does not describe are left out.
    pub fn new(geometry: &ScanGeometry, rows: usize) -> Self {
        let height = geometry.source_height_mm;
        let slopes: Vec<f64> = (0..rows)
            .map_while(|row| geometry.detector(row))
            .map(|d| (d.height_mm - height) / d.distance_mm)
            .collect();
        let secants = slopes.iter().map(|m| (1.0 + m * m).sqrt()).collect();
        let half_step = match (slopes.first(), slopes.last()) {
            (Some(a), Some(b)) if slopes.len() > 1 => (a - b) / (slopes.len() - 1) as f64 / 2.0,
            _ => 0.0,
        };
        let rays = [0.0, -2.0 / 3.0, 2.0 / 3.0]
            .map(|shift| slopes.iter().map(|m| Ray::new(height, m + shift * half_step)).collect());
        Self { height, slopes, secants, rays, half_step }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.slopes.len()
    }

    /// Rise per mm of z from one row to the next.
    pub fn slope_step(&self) -> f64 {
        2.0 * self.half_step
    }

    /// Row (with fraction) whose ray passes (y, z).
    pub fn row_at(&self, y: f64, z: f64) -> f64 {
        let Some(first) = self.slopes.first() else { return 0.0 };
        (first - (y - self.height) / z) / self.slope_step()
    }
}

/// One chord: a row, where the ray enters and leaves (z in mm), how much of the pixel it stands for, and the solid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chord {
    pub(crate) row: usize,
    pub(crate) z: [f64; 2],
    pub(crate) weight: f64,
    pub(crate) solid: u32,
}

/// Solids sorted into columns, ready to be traced.
#[derive(Debug)]
pub struct Projector<'a> {
    scene: &'a Scene,
    fan: &'a Fan,
    pitch_mm: f64,
    bounds_x: Vec<[f64; 2]>,
    cuts: Vec<usize>,
    columns: Vec<Vec<u32>>,
}

/// Solids of fewer rows than this are traced with three rays per pixel.
const FINE_ROWS: usize = 8;

impl<'a> Projector<'a> {
    /// Sorts the solids of a scene into `columns` columns of `pitch_mm`, the first of which begins at x = 0.
    pub fn new(scene: &'a Scene, fan: &'a Fan, columns: usize, pitch_mm: f64) -> Self {
        let mut lists = vec![Vec::new(); columns];
        let mut bounds_x = Vec::with_capacity(scene.solids.len());
        let mut cuts = Vec::with_capacity(scene.solids.len());
        for (index, solid) in scene.solids.iter().enumerate() {
            let (min, max) = solid.shape.bounds();
            bounds_x.push([min[0], max[0]]);
            cuts.push(solid.shape.cuts(pitch_mm));
            // One column to spare: an interlaced band looks to the side.
            let first = (min[0] / pitch_mm).floor().max(0.0) as usize;
            let last = ((max[0] / pitch_mm).ceil().max(0.0) as usize + 1).min(columns);
            for list in lists.iter_mut().take(last).skip(first) {
                list.push(index as u32);
            }
        }
        Self { scene, fan, pitch_mm, bounds_x, cuts, columns: lists }
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Whether thin metal stands edge-on in [x0, x1].
    pub(crate) fn is_fine(&self, x0: f64, x1: f64) -> bool {
        self.scene.fine.iter().any(|range| range[0] < x1 && range[1] > x0)
    }

    /// Visits every chord of the strip [x0, x1] of a column; weights are shares of the strip's pixels.
    pub(crate) fn visit(&self, column: usize, x: [f64; 2], mut visit: impl FnMut(Chord)) {
        let Some(list) = self.columns.get(column) else { return };
        for &index in list {
            let bounds = self.bounds_x[index as usize];
            let (low, high) = (x[0].max(bounds[0]), x[1].min(bounds[1]));
            if high <= low {
                continue;
            }
            let shape = &self.scene.solids[index as usize].shape;
            let is_end = low == bounds[0] || high == bounds[1];
            let cuts = self.cuts[index as usize] * (1 + usize::from(is_end && shape.is_round()));
            let weight = (high - low) / (x[1] - x[0]) / cuts as f64;
            for cut in 0..cuts {
                let at = low + (high - low) * (cut as f64 + 0.5) / cuts as f64;
                let Some(slice) = shape.slice(at) else { continue };
                let (y, z) = slice.bounds();
                if z[0] <= 0.0 {
                    continue;
                }
                let (a, b) = (y[0] - self.fan.height, y[1] - self.fan.height);
                let lowest = if a < 0.0 { a / z[0] } else { a / z[1] };
                let highest = if b > 0.0 { b / z[0] } else { b / z[1] };
                let half = self.fan.half_step;
                let first = self.fan.slopes.partition_point(|m| *m > highest + half);
                let last = self.fan.slopes.partition_point(|m| *m >= lowest - half);
                let rays = if last - first < FINE_ROWS { &self.fan.rays[..] } else { &self.fan.rays[..1] };
                let weight = weight / rays.len() as f64;
                for rays in rays {
                    let rays = rays[first..last].iter().zip(first..);
                    // Most slices are rectangles, and a loop that knows it is much faster.
                    if let Slice::Rectangle { y, z } = slice {
                        for (ray, row) in rays {
                            if let Some(z) = rectangle(*ray, y, z) {
                                visit(Chord { row, z, weight, solid: index });
                            }
                        }
                    } else {
                        for (ray, row) in rays {
                            if let Some(z) = slice.chord(*ray) {
                                visit(Chord { row, z, weight, solid: index });
                            }
                        }
                    }
                }
            }
        }
    }

    /// Traced mass in kg of the solids that are meant, by `dm = ρ · r dr · dθ · dx` along every ray.
    pub fn traced_mass_kg(&self, mut is_meant: impl FnMut(u32) -> bool) -> f64 {
        let mut mass = 0.0;
        for column in 0..self.columns() {
            let x = [column as f64 * self.pitch_mm, (column + 1) as f64 * self.pitch_mm];
            self.visit(column, x, |chord| {
                if is_meant(chord.solid) {
                    // r dr dθ with y = h + m z is z dz dm.
                    let area = (chord.z[1] * chord.z[1] - chord.z[0] * chord.z[0]) / 2.0 * self.fan.slope_step();
                    mass += area * chord.weight * self.pitch_mm * self.net_density(chord.solid) * 1e-6;
                }
            });
        }
        mass
    }

    /// Density of a solid less that of what it displaces.
    fn net_density(&self, solid: u32) -> f64 {
        let solid = &self.scene.solids[solid as usize];
        let displaced = solid.parent.map_or(0.0, |p| self.scene.solids[p as usize].substance.density);
        solid.substance.density - displaced
    }
}

/// Areal densities of one strip and what its pixels show.
#[derive(Debug, Clone)]
pub(crate) struct Strip {
    /// One per row and material, g/cm²: `row · materials + slot`.
    pub(crate) areal_density: Vec<f64>,
    pub(crate) component: Vec<u8>,
    pub(crate) item: Vec<u16>,
    item_share: Vec<f64>,
}

/// Less areal density than this (g/cm²) does not make a pixel show a solid.
const VISIBLE: f64 = 0.02;

impl Strip {
    pub(crate) fn new(rows: usize, materials: usize) -> Self {
        Self {
            areal_density: vec![0.0; rows * materials.max(1)],
            component: vec![component::AIR; rows],
            item: vec![0; rows],
            item_share: vec![0.0; rows],
        }
    }

    pub(crate) fn clear(&mut self) {
        self.areal_density.fill(0.0);
        self.component.fill(component::AIR);
        self.item.fill(0);
        self.item_share.fill(0.0);
    }

    /// Traces [x0, x1] of a column into this strip.
    pub(crate) fn trace(&mut self, projector: &Projector<'_>, column: usize, x: [f64; 2]) {
        let scene = projector.scene;
        let materials = scene.materials.len().max(1);
        projector.visit(column, x, |chord| {
            let solid = &scene.solids[chord.solid as usize];
            let centimetres = (chord.z[1] - chord.z[0]) * projector.fan.secants[chord.row] * chord.weight * 0.1;
            let row = &mut self.areal_density[chord.row * materials..(chord.row + 1) * materials];
            if let Some(parent) = solid.parent {
                let displaced = scene.solids[parent as usize].substance;
                row[usize::from(displaced.slot)] -= displaced.density * centimetres;
            }
            if solid.substance.density <= 0.0 {
                return;
            }
            let areal_density = solid.substance.density * centimetres;
            row[usize::from(solid.substance.slot)] += areal_density;
            if areal_density < VISIBLE {
                return;
            }
            let shown = &mut self.component[chord.row];
            if component::rank(solid.component) > component::rank(*shown) {
                *shown = solid.component;
            }
            // A concealed object shows whatever else is there; among goods the longest chord does.
            let share = if solid.component == component::CONCEALED { f64::INFINITY } else { areal_density };
            if solid.item != 0 && share > self.item_share[chord.row] {
                self.item_share[chord.row] = share;
                self.item[chord.row] = solid.item;
            }
        });
        for value in &mut self.areal_density {
            // What a hollow takes away can exceed what its parent gave by a rounding error.
            *value = value.max(0.0);
        }
    }
}
