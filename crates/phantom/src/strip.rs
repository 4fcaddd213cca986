use pellucid_imaging::InstructionSet;

use crate::chords::Chords;
use crate::projection::{Projector, Sink};
use crate::scene::component;

/// Areal densities of one strip and what its rows show.
#[derive(Debug, Default)]
pub(crate) struct Strip {
    rows: usize,
    /// One row of values per material, g/cm²: `slot · rows + row`.
    pub(crate) areal_density: Vec<f64>,
    /// Rank of the component that is shown.
    pub(crate) rank: Vec<f64>,
    /// Item that is shown, and how much of it there is.
    pub(crate) item: Vec<f64>,
    pub(crate) item_share: Vec<f64>,
    chords: Chords,
}

/// Less areal density than this (g/cm²) does not make a pixel show a solid.
const VISIBLE: f64 = 0.02;

impl Strip {
    /// Traces [x0, x1] of a column.
    pub(crate) fn trace(&mut self, projector: &Projector<'_>, column: usize, x: [f64; 2]) {
        self.rows = projector.fan.rows();
        let values = self.rows * projector.scene.materials.len();
        self.areal_density.clear();
        self.areal_density.resize(values, 0.0);
        for plane in [&mut self.rank, &mut self.item, &mut self.item_share] {
            plane.clear();
            plane.resize(self.rows, 0.0);
        }
        let mut chords = std::mem::take(&mut self.chords);
        InstructionSet::best().run(
            #[inline(always)]
            || {
                projector.trace(column, x, &mut chords, &mut Tracing { projector, strip: self });
                for value in &mut self.areal_density {
                    // What a hollow takes away can exceed what its parent gave by a rounding error.
                    *value = if *value > 0.0 { *value } else { 0.0 };
                }
            },
        );
        self.chords = chords;
    }

    /// Areal densities of one material, g/cm².
    pub(crate) fn of(&self, slot: usize) -> &[f64] {
        &self.areal_density[slot * self.rows..(slot + 1) * self.rows]
    }
}

struct Tracing<'a> {
    projector: &'a Projector<'a>,
    strip: &'a mut Strip,
}

impl Sink for Tracing<'_> {
    #[inline(always)]
    fn take(&mut self, solid: u32, weight: f64, chords: &Chords) {
        let scene = self.projector.scene;
        let strip = &mut *self.strip;
        let solid = &scene.solids[solid as usize];
        let n = chords.enter.len();
        let rows = chords.first..chords.first + n;
        let secants = &self.projector.fan.secants[rows.clone()];
        let (enter, leave) = (&chords.enter[..n], &chords.leave[..n]);
        // g/cm² per mm of chord.
        let scale = weight * 0.1;
        let of = |slot: u16| usize::from(slot) * strip.rows + rows.start;
        if let Some(parent) = solid.parent {
            let displaced = scene.solids[parent as usize].substance;
            if displaced.density > 0.0 {
                let (from, scale) = (of(displaced.slot), scale * displaced.density);
                let values = &mut strip.areal_density[from..from + n];
                for i in 0..n {
                    values[i] -= (leave[i] - enter[i]) * secants[i] * scale;
                }
            }
        }
        let density = solid.substance.density;
        if density <= 0.0 || n == 0 {
            return;
        }
        let (from, scale) = (of(solid.substance.slot), scale * density);
        let values = &mut strip.areal_density[from..from + n];
        let rank = f64::from(component::rank(solid.component));
        let ranks = &mut strip.rank[rows.clone()];
        if solid.item == 0 {
            for i in 0..n {
                let areal_density = (leave[i] - enter[i]) * secants[i] * scale;
                values[i] += areal_density;
                ranks[i] = if areal_density >= VISIBLE && rank > ranks[i] { rank } else { ranks[i] };
            }
        } else {
            // A concealed object shows whatever else is there; among goods the longest chord does.
            let more = if solid.component == component::CONCEALED { 1e12 } else { 1.0 };
            let item = f64::from(solid.item);
            let (items, shares) = (&mut strip.item[rows.clone()], &mut strip.item_share[rows]);
            for i in 0..n {
                let areal_density = (leave[i] - enter[i]) * secants[i] * scale;
                values[i] += areal_density;
                let is_seen = areal_density >= VISIBLE;
                ranks[i] = if is_seen && rank > ranks[i] { rank } else { ranks[i] };
                let share = areal_density * more;
                let is_more = is_seen && share > shares[i];
                items[i] = if is_more { item } else { items[i] };
                shares[i] = if is_more { share } else { shares[i] };
            }
        }
    }
}
