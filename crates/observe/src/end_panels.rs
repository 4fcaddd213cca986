//! What makers build thicker at the ends of a box: end panels of the side walls, and plates that stiffen the roof beside the
//! corner castings.
//!
//! Rays that leave through the roof just behind the near wall cross that wall and roof and next to no goods, so they show how
//! much more both attenuate near the ends: plates over some 0.4 m, panels over some 1.1 m. The far wall is built as the near
//! one is, and a plate reaches over the width.

use pellucid_core::PixelBox;
use pellucid_imaging::ImagedView;
use pellucid_imaging::physics::LayeredInversion;

use crate::lines::quantile;
use crate::structure::{Structure, is_good};

/// Steel that a wall of a thicker panel has more, and that a plate of the roof has, head-on, g/cm²: 0.1 to 0.6 mm, and up to
/// 4.5 mm. What adds more is a load that reaches the roof.
const WALL: [f64; 2] = [0.06, 0.5];
const PLATE: [f64; 2] = [0.08, 3.5];
/// Where panels end at least and at most, and plates at most, mm from the end of the box.
const PANEL_MM: [f64; 2] = [800.0, 1500.0];
const PLATE_MM: f64 = 500.0;
/// Length over which attenuation is averaged, mm, and fewest rows.
const BIN_MM: f64 = 100.0;
const ROWS: usize = 4;

/// What the left and the right end of a box add.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct EndPanels {
    ends: [End; 2],
}

/// One end of a box.
#[derive(Debug, Clone, Default, PartialEq)]
struct End {
    /// Columns of the view, `[from, to)`, of its panels, and steel that one wall has more there, g/cm².
    panel: [usize; 2],
    wall: f64,
    /// First columns of bins of `bin` columns and steel that the roof has more there, g/cm² head-on.
    plates: Vec<(usize, f64)>,
    bin: usize,
}

/// How a ray crosses a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Crossing {
    /// Side walls that it crosses.
    pub(crate) walls: f64,
    /// Path through a level sheet over its thickness; 0 when the ray does not leave through the roof.
    pub(crate) roof: f64,
}

impl EndPanels {
    /// Reads the ends of a box whose rows are known; `pitch` is the length of a pixel, mm.
    pub(crate) fn read(
        view: &ImagedView,
        region: PixelBox,
        structure: &Structure,
        pitch: f64,
        inversion: &LayeredInversion,
    ) -> Self {
        let bare: Vec<(usize, f64, f64)> = (region.y as usize..)
            .zip(&structure.rows)
            .filter(|(_, row)| row.crossing.roof > 0.0 && row.is_bare())
            .map(|(y, row)| (y, row.steel, row.crossing.roof))
            .collect();
        if bare.len() < ROWS {
            return Self::default();
        }
        let roof = quantile(&mut bare.iter().map(|(_, _, roof)| *roof).collect::<Vec<_>>(), 0.5);
        let bin = (BIN_MM / pitch).round().max(3.0) as usize;
        let added = |from: usize| {
            let of_row = |(y, steel, _): &(usize, f64, f64)| {
                let good = (from..from + bin).filter(|x| is_good(view, *x, *y));
                let (sum, n) =
                    good.fold((0.0, 0.0), |(sum, n), x| (sum + f64::from(view.high.at(x, *y)) / 4096.0, n + 1.0));
                if n > 0.0 { inversion.steel_for(sum / n) - steel } else { 0.0 }
            };
            quantile(&mut bare.iter().map(of_row).collect::<Vec<_>>(), 0.5)
        };
        let [from, to] = structure.clear;
        let end = |edge: usize, at: &dyn Fn(usize) -> usize| {
            let far = |mm: f64| ((mm / pitch) as usize).saturating_sub(edge) / bin;
            let (plated, least, most) = (far(PLATE_MM), far(PANEL_MM[0]), far(PANEL_MM[1]));
            if from + (most + 1) * bin > to || least <= plated {
                return End::default();
            }
            let values: Vec<f64> = (0..most).map(|k| added(at(k))).collect();
            // A load that reaches the roof goes on beyond plates, and shows far more than a panel.
            let beyond: Vec<f64> = values[plated..least].to_vec();
            if beyond.iter().any(|a| a.abs() > WALL[1]) {
                return End::default();
            }
            let wall = Some(quantile(&mut beyond.clone(), 0.5)).filter(|a| *a > WALL[0]).unwrap_or(0.0);
            let long = if wall > 0.0 {
                least + values[least..].iter().take_while(|a| (WALL[0]..WALL[1]).contains(*a)).count()
            } else {
                0
            };
            let plates = (0..plated)
                .map(|k| (at(k), (values[k] - wall) / roof))
                .filter(|(_, a)| (PLATE[0]..PLATE[1]).contains(a))
                .collect();
            let ends = if long > 0 { [at(0).min(at(long - 1)), at(0).max(at(long - 1)) + bin] } else { [0, 0] };
            End { panel: ends, wall, plates, bin }
        };
        let (left, right) = (region.x as usize, region.right() as usize);
        Self {
            ends: [
                end(from.saturating_sub(left), &|k| from + k * bin),
                end(right.saturating_sub(to), &|k| to - (k + 1) * bin),
            ],
        }
    }

    /// Steel that a ray that crosses the box so meets more in a column of the view, g/cm².
    pub(crate) fn steel(&self, x: usize, crossing: Crossing) -> f64 {
        let of_end = |end: &End| {
            let wall = if (end.panel[0]..end.panel[1]).contains(&x) { end.wall * crossing.walls } else { 0.0 };
            let plate = end.plates.iter().find(|(from, _)| (*from..from + end.bin).contains(&x));
            wall + plate.map_or(0.0, |(_, steel)| steel * crossing.roof)
        };
        self.ends.iter().map(of_end).sum()
    }
}
