use pellucid_core::{PixelBox, Raster};

use crate::dice::Dice;

/// How far a lorry's lines lie from where they would, column by column: a slope, because the lane is not level with the array,
/// and waves, because it rocks on its springs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sway {
    /// Rows down per column.
    pub tilt: f64,
    /// Height of the waves, px.
    pub wave_px: f64,
    /// Lengths of two waves, columns; 0 for none.
    pub wave_columns: [f64; 2],
    /// Their phases, rad.
    pub phases: [f64; 2],
}

impl Sway {
    pub(super) fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "vendor sway");
        Self {
            // Of the real scans most fall to the right: the lane is not level.
            tilt: 0.006 + 0.009 * dice.normal().clamp(-2.0, 2.0),
            wave_px: dice.between(0.5, 2.8),
            wave_columns: [dice.between(500.0, 1200.0), dice.between(150.0, 400.0)],
            phases: [0, 1].map(|_| dice.between(0.0, std::f64::consts::TAU)),
        }
    }

    /// Whether nothing moves.
    pub fn is_level(&self) -> bool {
        self.tilt == 0.0 && self.wave_px == 0.0
    }

    /// Rows by which a column of `columns` is drawn too low. The slope turns about the middle.
    pub fn rows_down(&self, column: usize, columns: usize) -> f64 {
        let waves = self.wave_columns.iter().zip(self.phases).zip([0.75, 0.25]);
        let wave = |length: f64, phase: f64| {
            if length > 0.0 { libm::sin(std::f64::consts::TAU * column as f64 / length + phase) } else { 0.0 }
        };
        let waving: f64 = waves.map(|((length, phase), share)| share * wave(*length, phase)).sum();
        self.tilt * (column as f64 - columns as f64 / 2.0) + self.wave_px * waving
    }

    /// A plane of grey moved, with `outside` where nothing was seen above; below, the lowest row goes on.
    pub(super) fn plane(&self, plane: &[f64], width: usize, outside: f64) -> Vec<f64> {
        if self.is_level() {
            return plane.to_vec();
        }
        let height = plane.len() / width.max(1);
        let mut out = vec![outside; plane.len()];
        for x in 0..width {
            let down = self.rows_down(x, width);
            for y in 0..height {
                let from = y as f64 - down;
                if from < 0.0 {
                    continue;
                }
                let above = (from as usize).min(height - 1);
                let part = from - from.floor();
                let below = (above + 1).min(height - 1);
                out[y * width + x] = plane[above * width + x] * (1.0 - part) + plane[below * width + x] * part;
            }
        }
        out
    }

    /// Truth by pixel, moved in the same way: the nearest value, so that what is counted stays whole.
    pub fn raster<T: Copy + Default>(&self, truth: &Raster<T>) -> Option<Raster<T>> {
        if self.is_level() {
            return None;
        }
        let (width, height) = (truth.width(), truth.height());
        let down: Vec<f64> = (0..width).map(|x| self.rows_down(x, width)).collect();
        let pixels = (0..height).flat_map(|y| down.iter().enumerate().map(move |(x, down)| (x, y as f64 - down)));
        let pixels = pixels.map(|(x, from)| {
            let y = (from + 0.5).floor();
            if y < 0.0 { T::default() } else { truth.row((y as usize).min(height - 1))[x] }
        });
        Raster::from_vec(width, height, pixels.collect()).ok()
    }

    /// The box around what a box of pixels became.
    pub fn pixel_box(&self, px: PixelBox, columns: usize, rows: usize) -> PixelBox {
        if self.is_level() || px.width == 0 {
            return px;
        }
        let down = (px.x..px.right()).map(|x| self.rows_down(x as usize, columns));
        let (least, most) = down.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), d| (l.min(d), m.max(d)));
        let clip = |row: f64| (row + 0.5).floor().clamp(0.0, rows as f64) as u32;
        let (top, bottom) = (clip(f64::from(px.y) + least), clip(f64::from(px.bottom()) + most));
        PixelBox { y: top, height: bottom.saturating_sub(top), ..px }
    }
}
