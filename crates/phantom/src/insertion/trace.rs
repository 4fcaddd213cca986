//! Solids along the rays of a strip of one column: areal density by material, what is displaced, and what shows.

use crate::chords::Chords;
use crate::projection::{Projector, Sink};
use crate::scene::Scene;

/// Less areal density than this, g/cm², does not make a pixel show a solid.
const VISIBLE: f64 = 1e-6;

/// One strip of a column, rows `first..first + n` of the fan.
pub(super) struct Strip {
    first: usize,
    materials: usize,
    /// One per row and material, g/cm².
    pub(super) areal_density: Vec<f64>,
    /// What solids of their own (not nested ones) take the place of: cm along the ray, one per row.
    pub(super) displaced_cm: Vec<f64>,
    /// Share of the pixel that free-standing solids cover; solids one behind the other count once up to 1.
    pub(super) covered: Vec<f64>,
    /// Item of the solid with the most areal density; `own` where it has none.
    pub(super) item: Vec<u16>,
    item_share: Vec<f64>,
    own: u16,
}

impl Strip {
    pub(super) fn new(first: usize, rows: usize, materials: usize, own: u16) -> Self {
        Self {
            first,
            materials,
            areal_density: vec![0.0; rows * materials],
            displaced_cm: vec![0.0; rows],
            covered: vec![0.0; rows],
            item: vec![0; rows],
            item_share: vec![0.0; rows],
            own,
        }
    }

    /// Areal densities of a row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.areal_density[row * self.materials..(row + 1) * self.materials]
    }

    /// Traces [x0, x1] of a column.
    pub(super) fn trace(
        &mut self,
        scene: &Scene,
        projector: &Projector<'_>,
        column: usize,
        x: [f64; 2],
        displaces: bool,
    ) {
        self.areal_density.fill(0.0);
        self.displaced_cm.fill(0.0);
        self.covered.fill(0.0);
        self.item.fill(0);
        self.item_share.fill(0.0);
        let mut chords = Chords::default();
        projector.trace(column, x, &mut chords, &mut Tracing { scene, projector, displaces, strip: self });
        for value in &mut self.areal_density {
            // What a hollow takes away can exceed what its parent gave by a rounding error.
            *value = value.max(0.0);
        }
        for value in &mut self.covered {
            *value = value.min(1.0);
        }
    }
}

struct Tracing<'a> {
    scene: &'a Scene,
    projector: &'a Projector<'a>,
    displaces: bool,
    strip: &'a mut Strip,
}

impl Sink for Tracing<'_> {
    fn take(&mut self, solid: u32, weight: f64, chords: &Chords) {
        let strip = &mut *self.strip;
        let rows = strip.covered.len();
        let solid = &self.scene.solids[solid as usize];
        for (i, (enter, leave)) in chords.enter.iter().zip(&chords.leave).enumerate() {
            let of_fan = chords.first + i;
            let Some(row) = of_fan.checked_sub(strip.first).filter(|row| *row < rows && leave > enter) else {
                continue;
            };
            let centimetres = (leave - enter) * self.projector.fan.secants[of_fan] * weight * 0.1;
            let areal = &mut strip.areal_density[row * strip.materials..(row + 1) * strip.materials];
            match solid.parent {
                Some(parent) => {
                    let parent = self.scene.solids[parent as usize].substance;
                    if parent.density > 0.0 {
                        areal[usize::from(parent.slot)] -= parent.density * centimetres;
                    }
                }
                None => {
                    strip.displaced_cm[row] += centimetres;
                    if solid.substance.density > 0.0 || self.displaces {
                        strip.covered[row] += weight;
                    }
                }
            }
            let areal_density = solid.substance.density * centimetres;
            if solid.substance.density > 0.0 {
                areal[usize::from(solid.substance.slot)] += areal_density;
            }
            let shown = if self.displaces { areal_density.max(centimetres * 1e-3) } else { areal_density };
            if shown > strip.item_share[row].max(VISIBLE) {
                strip.item_share[row] = shown;
                strip.item[row] = if solid.item == 0 { strip.own } else { solid.item };
            }
        }
    }
}
