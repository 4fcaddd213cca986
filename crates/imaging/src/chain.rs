mod means;
mod shade;

use crate::kernels::statistics::{BINS, BinWindow, Extent};
use crate::passes::{attenuate, dose, equalise, statistics};
use crate::{BandPlan, DosePlan, InstructionSet, LocalContrast, ViewPlan};
use shade::Shade;

/// Sides of the result.
pub const CHAIN_SIDE: usize = 640;
/// Planes of the result: red, green, blue.
pub const CHAIN_PLANES: usize = 3;
/// Entries of a table of colours: tone, then band difference.
pub const COLOURS: usize = 65_536;

/// From the counts of two bands to a small colour picture for a model, as a yardstick of speed. It is made of the product's own
/// passes, but it is not the product's plan:
///
/// calibration, dose, bad detectors, −ln to 16 bits, median 3 × 3 · extremes, sum and 4,096-bin histogram of 8 × 8 tiles of
/// the high band · contrast-limited equalisation · colour `table[(A_high evened) >> 8][min((A_low − A_high) >> 6, 255)]` ·
/// area-weighted means to 3 × 640 × 640 in [0, 1].
///
/// Two sweeps: everything up to the filtered planes; evening, colour and means, of which only single rows exist. Buffers are
/// kept from scan to scan.
pub struct Chain {
    set: InstructionSet,
    local: LocalContrast,
    shade: Shade,
    planes: [Vec<u16>; 2],
    validity: Vec<u8>,
    dose: Vec<i32>,
    histograms: Vec<u32>,
    extents: Vec<Extent>,
    maps: Vec<u16>,
}

impl Chain {
    /// A chain for views of `width x height`; `contrast_limit` over the mean height of a bin, 1 to 255; colours are packed
    /// `red | green << 8 | blue << 16`.
    pub fn new(
        set: InstructionSet,
        (width, height): (usize, usize),
        contrast_limit: f64,
        colours: Box<[u32; COLOURS]>,
    ) -> Self {
        let local = LocalContrast::new(width, height, &BinWindow::ALL, contrast_limit);
        let (n, tiles) = (width * height, local.statistics.tiles());
        Self {
            set,
            shade: Shade::new(set, (width, height), &local, colours),
            local,
            planes: [vec![0; n], vec![0; n]],
            validity: vec![0; n],
            dose: vec![0; width],
            histograms: vec![0; tiles * BINS],
            extents: vec![Extent::NONE; tiles],
            maps: vec![0; tiles * BINS],
        }
    }

    /// Attenuation (Q12) of the high and the low band, as the last run left them.
    pub fn planes(&self) -> [&[u16]; 2] {
        [&self.planes[0], &self.planes[1]]
    }

    /// Extents and histograms of the high band's tiles, as the last run left them.
    pub fn statistics(&self) -> (&[Extent], &[u32]) {
        (&self.extents, &self.histograms)
    }

    /// Fills `out` (`3 · 640 · 640`) from the counts of the plan's high and low bands. Views without a low band count as
    /// if it were the high one.
    pub fn run(&mut self, plan: &ViewPlan, counts: [&[u16]; 2], out: &mut [f32]) {
        let bands = [&plan.high, plan.low.as_ref().unwrap_or(&plan.high)];
        for (k, (band, counts)) in bands.into_iter().zip(counts).enumerate() {
            self.measure(k, band, counts);
        }
        let (set, high) = (self.set, &self.planes[0]);
        let local = &self.local;
        statistics::run_with(set, &local.statistics, high, &self.validity, &mut self.histograms, &mut self.extents);
        equalise::run_with(set, &local.equalise, &self.histograms, &mut self.maps);
        self.shade.run([&self.planes[0], &self.planes[1]], &self.maps, out);
    }

    fn measure(&mut self, k: usize, band: &BandPlan, counts: &[u16]) {
        match &band.dose {
            DosePlan::Measured(params) => dose::run(params, counts, &band.rows, &mut self.dose),
            DosePlan::Given(given) => self.dose.copy_from_slice(given),
        }
        let input = attenuate::Input { counts, rows: &band.rows, dose: &self.dose, drifts: &band.drifts };
        attenuate::run_with(self.set, &band.attenuate, input, &mut self.planes[k], &mut self.validity);
    }
}

#[cfg(test)]
mod tests {
    use super::shade::{SCALE, entry};
    use super::*;
    use crate::kernels::local_contrast::parts;
    use crate::kernels::resample::{Axis, weighted};
    use crate::kernels::statistics::{tile_start, tiles};
    use crate::kernels::{equalise as tone, local_contrast};
    use crate::{CpuEngine, Engine, Plan, suite};
    use std::sync::Arc;

    /// One value of the result: the definition; `rgb` gives the colour at a column and row.
    fn chain_value(
        rgb: impl Fn(usize, usize) -> u32,
        (columns, rows): (&Axis, &Axis),
        at: (usize, usize),
        plane: usize,
    ) -> f32 {
        let (column, row) = (&columns.cells[at.0], &rows.cells[at.1]);
        let value = |x: usize, y: usize| (rgb(x, y) >> (8 * plane)) & 255;
        let inner = |x: usize| {
            let ys = (row.first..row.first + row.count).map(|y| value(x, y as usize));
            (ys.zip(rows.weights_of(row)).map(|(v, w)| v * w).sum::<u32>() + 8) >> 4
        };
        let xs = (column.first..column.first + column.count).map(|x| inner(x as usize));
        weighted(xs, columns.weights_of(column), 0, 0) as f32 * SCALE
    }

    #[test]
    fn the_chain_is_the_composition_of_its_kernels_at_every_instruction_set() {
        let case = suite::cases().into_iter().find(|case| case.name == "dual 257 x 65").unwrap();
        let plan = Plan::for_scan(&case.scan).unwrap();
        let (width, height) = (257, 65);
        let colours: Box<[u32; COLOURS]> =
            Box::new(std::array::from_fn(|i| (i as u32).wrapping_mul(2_654_435_761) >> 8));
        let imaged = CpuEngine::new().submit(&plan, Arc::new(case.scan.clone())).unwrap().wait().unwrap();
        let view = &imaged.views[0];
        let low = view.low.as_ref().unwrap();
        let local = LocalContrast::new(width, height, &BinWindow::ALL, 2.0);
        let map = |tile_x: usize, tile_y: usize| {
            let mut histogram = vec![0; BINS];
            for y in tile_start(tile_y, tiles(height), height)..tile_start(tile_y + 1, tiles(height), height) {
                for x in tile_start(tile_x, tiles(width), width)..tile_start(tile_x + 1, tiles(width), width) {
                    histogram[usize::from(view.high.at(x, y) >> 4)] += 1;
                }
            }
            let mut map = vec![0; BINS];
            tone::tone_map(&histogram, 512, &BinWindow::ALL, &mut map);
            map
        };
        let maps: Vec<Vec<Vec<u16>>> = (0..8).map(|y| (0..8).map(|x| map(x, y)).collect()).collect();
        let rgb: Vec<u32> = (0..width * height)
            .map(|i| {
                let (x, y) = (i % width, i / width);
                let ((left, wx), (above, wy)) = (parts(local.columns[x]), parts(local.rows[y]));
                let bin = usize::from(view.high.at(x, y) >> 4);
                let at = |x: usize, y: usize| maps[y.min(7)][x.min(7)][bin];
                let four = [at(left, above), at(left + 1, above), at(left, above + 1), at(left + 1, above + 1)];
                colours[usize::from(entry(local_contrast::blend(four, wx, wy), view.high.at(x, y), low.at(x, y)))]
            })
            .collect();
        let axes = (Axis::new(0.0, 257.0, CHAIN_SIDE, width), Axis::new(0.0, 65.0, CHAIN_SIDE, height));
        let counts = [0, 1].map(|k| case.scan.views[0].bands[k].counts.pixels());
        for set in InstructionSet::all() {
            let mut chain = Chain::new(set, (width, height), 2.0, colours.clone());
            let mut out = vec![f32::NAN; CHAIN_PLANES * CHAIN_SIDE * CHAIN_SIDE];
            chain.run(&plan.views()[0], counts, &mut out);
            assert_eq!(chain.planes(), [view.high.pixels(), low.pixels()]);
            for (i, value) in out.iter().enumerate().step_by(7) {
                let (plane, at) = (i / (CHAIN_SIDE * CHAIN_SIDE), i % (CHAIN_SIDE * CHAIN_SIDE));
                let expect = chain_value(
                    |x, y| rgb[y * width + x],
                    (&axes.0, &axes.1),
                    (at % CHAIN_SIDE, at / CHAIN_SIDE),
                    plane,
                );
                assert_eq!(*value, expect, "{} at {i}", set.name());
            }
        }
    }
}
