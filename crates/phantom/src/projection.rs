use rayon::prelude::*;

use crate::chords::{Chords, NODES};
use crate::fan::Fan;
use crate::scene::Scene;
use crate::shape::Shape;
use crate::slice::Slice;

/// What the chords of a strip are for.
pub(crate) trait Sink {
    /// Takes the chords of one slice of a solid, which stand for a share `weight` of the strip's width.
    fn take(&mut self, solid: u32, weight: f64, chords: &Chords);
}

/// Gauss–Legendre rules of one, two and three cuts on [0, 1]: abscissas and weights.
const RULES: [&[(f64, f64)]; 3] =
    [&[(0.5, 1.0)], &[(0.211_324_865_405_187_13, 0.5), (0.788_675_134_594_812_9, 0.5)], &NODES];

/// Solids sorted into columns, ready to be traced.
///
/// A fan needs no other hierarchy: along x the columns bound what is met, and within a column the slopes around a slice
/// give its rows, so that the cost is that of the rows which are hit.
#[derive(Debug)]
pub struct Projector<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) fan: &'a Fan,
    /// x where columns begin, and where the last one ends.
    edges: Vec<f64>,
    bounds_x: Vec<[f64; 2]>,
    cuts: Vec<usize>,
    /// Chords of the solids whose slice is the same all along: found once.
    blocks: Vec<Option<Chords>>,
    columns: Vec<Vec<u32>>,
}

impl<'a> Projector<'a> {
    /// Sorts the solids of a scene into `columns` columns of `pitch_mm`, the first of which begins at x = 0.
    pub fn new(scene: &'a Scene, fan: &'a Fan, columns: usize, pitch_mm: f64) -> Self {
        Self::with_columns(scene, fan, (0..=columns).map(|column| column as f64 * pitch_mm).collect())
    }

    /// Sorts the solids of a scene into the columns between the rising `edges`, in mm.
    pub fn with_columns(scene: &'a Scene, fan: &'a Fan, edges: Vec<f64>) -> Self {
        let count = edges.len().saturating_sub(1);
        let mut columns = vec![Vec::new(); count];
        let mut bounds_x = Vec::with_capacity(scene.solids.len());
        let mut cuts = Vec::with_capacity(scene.solids.len());
        let length = edges.last().copied().unwrap_or(0.0) - edges.first().copied().unwrap_or(0.0);
        let pitch = length / count.max(1) as f64;
        for (index, solid) in scene.solids.iter().enumerate() {
            let (min, max) = solid.shape.bounds();
            bounds_x.push([min[0], max[0]]);
            cuts.push(solid.shape.cuts(pitch));
            // One column to spare: an interlaced band looks to the side.
            let first = edges.partition_point(|x| *x <= min[0]).saturating_sub(1);
            let last = (edges.partition_point(|x| *x < max[0]) + 1).min(count);
            for list in columns.iter_mut().take(last).skip(first) {
                list.push(index as u32);
            }
        }
        let blocks = scene.solids.par_iter().map(|solid| match &solid.shape {
            Shape::Block { min, .. } => {
                let mut chords = Chords::default();
                let slice = solid.shape.slice(min[0].next_up())?;
                Some(if chords.find(&slice, fan) { chords } else { Chords::default() })
            }
            _ => None,
        });
        Self { scene, fan, blocks: blocks.collect(), edges, bounds_x, cuts, columns }
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// x where a column begins and ends.
    pub(crate) fn edges_of(&self, column: usize) -> [f64; 2] {
        [self.edges[column], self.edges[column + 1]]
    }

    /// Whether thin metal stands edge-on in [x0, x1].
    pub(crate) fn is_fine(&self, x: [f64; 2]) -> bool {
        self.scene.fine.iter().any(|range| range[0] < x[1] && range[1] > x[0])
    }

    /// Gives every chord of the strip [x0, x1] of a column to a sink.
    #[inline(always)]
    pub(crate) fn trace(&self, column: usize, x: [f64; 2], chords: &mut Chords, sink: &mut impl Sink) {
        let Some(list) = self.columns.get(column) else { return };
        for &index in list {
            let bounds = self.bounds_x[index as usize];
            let (low, high) = (x[0].max(bounds[0]), x[1].min(bounds[1]));
            if high <= low {
                continue;
            }
            let share = (high - low) / (x[1] - x[0]);
            if let Some(chords) = &self.blocks[index as usize] {
                sink.take(index, share, chords);
                continue;
            }
            let shape = &self.scene.solids[index as usize].shape;
            let is_end = low == bounds[0] || high == bounds[1];
            let cuts = self.cuts[index as usize] + usize::from(is_end && shape.is_round());
            let mut take = |slice: Option<Slice>, weight: f64| {
                if slice.is_some_and(|slice| chords.find(&slice, self.fan)) {
                    sink.take(index, weight * share, chords);
                }
            };
            if shape.is_averaged() {
                let part = (high - low) / cuts as f64;
                for k in 0..cuts {
                    let from = low + part * k as f64;
                    take(shape.slice_over([from, from + part]), 1.0 / cuts as f64);
                }
            } else {
                for (at, weight) in RULES[cuts.min(RULES.len()) - 1] {
                    take(shape.slice(low + (high - low) * at), *weight);
                }
            }
        }
    }

    /// Traced mass in kg of the solids that are meant, by `dm = ρ · r dr · dθ · dx` along every ray.
    pub fn traced_mass_kg(&self, is_meant: impl FnMut(u32) -> bool) -> f64 {
        let mut weighing = Weighing { projector: self, is_meant, width: 0.0, mass_kg: 0.0 };
        let mut chords = Chords::default();
        for column in 0..self.columns() {
            let x = self.edges_of(column);
            weighing.width = x[1] - x[0];
            self.trace(column, x, &mut chords, &mut weighing);
        }
        weighing.mass_kg
    }

    /// Density of a solid less that of what it displaces.
    fn net_density(&self, solid: u32) -> f64 {
        let solid = &self.scene.solids[solid as usize];
        let displaced = solid.parent.map_or(0.0, |p| self.scene.solids[p as usize].substance.density);
        solid.substance.density - displaced
    }
}

struct Weighing<'a, F> {
    projector: &'a Projector<'a>,
    is_meant: F,
    width: f64,
    mass_kg: f64,
}

impl<F: FnMut(u32) -> bool> Sink for Weighing<'_, F> {
    fn take(&mut self, solid: u32, weight: f64, chords: &Chords) {
        if !(self.is_meant)(solid) {
            return;
        }
        let edges = &self.projector.fan.edges[chords.first..];
        let rows = chords.enter.iter().zip(&chords.leave).zip(edges.windows(2));
        // r dr dθ with y = h + m z is z dz dm.
        let area: f64 = rows.map(|((a, b), edge)| (b - a) * (b + a) / 2.0 * (edge[0] - edge[1])).sum();
        self.mass_kg += area * weight * self.width * self.projector.net_density(solid) * 1e-6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanner::Scanner;

    /// Counts rows of chords.
    #[derive(Default)]
    struct Counting {
        rows: usize,
    }

    impl Sink for Counting {
        fn take(&mut self, _: u32, _: f64, chords: &Chords) {
            self.rows += chords.enter.len();
        }
    }

    /// Work of tracing columns: rows of chords that are found.
    fn work(scene: &Scene, columns: std::ops::Range<usize>) -> usize {
        let scanner = Scanner::preset("relocatable_6_3p5").unwrap();
        let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
        let projector = Projector::new(scene, &fan, 1000, 12.0);
        let (mut counting, mut chords) = (Counting::default(), Chords::default());
        for column in columns {
            projector.trace(column, projector.edges_of(column), &mut chords, &mut counting);
        }
        counting.rows
    }

    #[test]
    fn cost_grows_with_what_is_hit() {
        let balls = |n: usize, radius: f64, from: f64| {
            let mut scene = Scene::default();
            let steel = scene.substance("steel", None).unwrap();
            for i in 0..n {
                let centre = [from + 40.0 * (i % 25) as f64, 1500.0 + 40.0 * (i / 25) as f64, 4000.0];
                scene.add(Shape::Ellipsoid { centre, semi: [radius; 3] }, steel);
            }
            scene
        };
        let small = work(&balls(500, 15.0, 2000.0), 0..1000);
        assert!(small > 0);
        // Twice as many solids, twice the work; what is not there costs nothing, in its columns or in others.
        let both = {
            let mut scene = balls(500, 15.0, 2000.0);
            scene.solids.extend(balls(500, 15.0, 8000.0).solids);
            scene
        };
        let ratio = work(&both, 0..1000) as f64 / small as f64;
        assert!((1.95..2.05).contains(&ratio), "{ratio}");
        assert_eq!(work(&both, 100..300), work(&balls(500, 15.0, 2000.0), 100..300));
        assert_eq!(work(&both, 300..600), 0);
        // Twice as wide and high, four times the area and at most that many rows, whatever the height of the fan.
        let large = work(&balls(500, 30.0, 2000.0), 0..1000) as f64 / small as f64;
        assert!((1.5..4.5).contains(&large), "{large}");
        let rows = work(&balls(1, 15.0, 2000.0), 0..1000);
        assert!(rows < 8 * 10, "a ball of 30 mm is 3 columns and 3 rows: {rows}");
    }
}
