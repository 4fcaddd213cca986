//! What arrives at the detectors: transmissions of pixels, which are means over the area of a pixel, not of one ray.
//!
//! A pixel is cut into parts no larger than [`Scanner::PART_MM`] at mid-lane, or finer where metal stands edge-on. The areal
//! densities of a part are means, and the transmission of a pixel is the mean of those of its parts: behind the edge of
//! something dense, half of the beam still arrives. Pixels that stand for several of a scan have means of attenuation instead,
//! as imaging makes them when it averages a scan.

use pellucid_core::BandKind;
use pellucid_imaging::physics::Signals;

use crate::beam::Beam;
use crate::dice::Dice;
use crate::projection::Projector;
use crate::scanner::Scanner;
use crate::scene::component;
use crate::strip::Strip;

/// What arrives in one column of one band: shares of what arrives in air.
#[derive(Debug, Default)]
pub(crate) struct Arriving {
    pub(crate) transmission: Vec<f32>,
    /// Variance over that in air ([`Signals::variance`]).
    pub(crate) variance: Vec<f32>,
    /// Photons counted over those in air ([`Signals::quanta`]).
    pub(crate) quanta: Vec<f32>,
}

/// One column: what arrives in each band, and the truth.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) bands: Vec<Arriving>,
    pub(crate) areal_density: Vec<f32>,
    pub(crate) component: Vec<u8>,
    pub(crate) item: Vec<u16>,
}

/// Strips of a column where thin metal stands edge-on.
const FINE_STRIPS: usize = 8;
/// Parts of a pixel whose areal densities differ by less (g/cm²) are taken together: A then differs by less than 0.05
/// between them, and the transmission of their mean by less than 0.03 %.
const ALIKE: f64 = 0.75;

/// What a pixel is the mean of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mean {
    /// One detector's light.
    Transmission,
    /// Attenuations of four pixels, two by two, of a finer scan.
    Attenuation,
}

/// Transmission that attenuations are taken of at the least: far below the noise of any scanner.
const LEAST: f32 = 1e-7;

/// A worker's tools for columns of one scene.
pub(crate) struct Pixels<'a> {
    projector: &'a Projector<'a>,
    scanner: &'a Scanner,
    beams: &'a [Beam],
    seed: u64,
    mean: Mean,
    rows: usize,
    row_parts: usize,
    column_parts: usize,
    strips: Vec<Strip>,
    /// Sums over materials: `strip · fine rows + fine row`.
    totals: Vec<f64>,
    /// First sample of each pixel and how many; none in air.
    spans: Vec<(u32, u32)>,
    samples: Vec<f32>,
    signals: Signals,
}

impl<'a> Pixels<'a> {
    pub(crate) fn new(
        projector: &'a Projector<'a>,
        scanner: &'a Scanner,
        beams: &'a [Beam],
        seed: u64,
        mean: Mean,
    ) -> Self {
        let [row_parts, column_parts] = mean.parts(scanner);
        Self {
            projector,
            scanner,
            beams,
            seed,
            mean,
            rows: projector.fan.rows() / row_parts,
            row_parts,
            column_parts,
            strips: Vec::new(),
            totals: Vec::new(),
            spans: Vec::new(),
            samples: Vec::new(),
            signals: Signals::default(),
        }
    }

    pub(crate) fn column(&mut self, column: usize) -> Column {
        let x = self.projector.edges_of(column);
        let aside = self.scanner.imperfections.interlace * (x[1] - x[0]);
        let mut bands: Vec<Arriving> = Vec::with_capacity(self.beams.len());
        self.sample(column, x);
        let truth = self.truth();
        for band in 0..self.beams.len() {
            // Without interlacing both bands see the same strip.
            if band == 1 && aside != 0.0 {
                self.sample(column, [x[0] - aside, x[1] - aside]);
            }
            bands.push(self.arriving(band, column));
        }
        Column { bands, ..truth }
    }

    /// Traces a strip of a column and lays out the samples of its pixels.
    fn sample(&mut self, column: usize, x: [f64; 2]) {
        let count = if self.projector.is_fine(x) { FINE_STRIPS } else { self.column_parts };
        self.strips.resize_with(count, Strip::default);
        let width = (x[1] - x[0]) / count as f64;
        let fine = self.projector.fan.rows();
        let materials = self.projector.scene.materials.len();
        self.totals.clear();
        self.totals.resize(count * fine, 0.0);
        for (s, strip) in self.strips.iter_mut().enumerate() {
            let left = x[0] + s as f64 * width;
            strip.trace(self.projector, column, [left, left + width]);
            let totals = &mut self.totals[s * fine..(s + 1) * fine];
            for slot in 0..materials {
                for (total, value) in totals.iter_mut().zip(strip.of(slot)) {
                    *total += value;
                }
            }
        }
        let parts = self.row_parts;
        let mut samples = 0;
        self.spans.clear();
        for row in 0..self.rows {
            let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
            for s in 0..count {
                for total in &self.totals[s * fine + row * parts..s * fine + (row + 1) * parts] {
                    least = least.min(*total);
                    most = most.max(*total);
                }
            }
            let n = match most {
                0.0 => 0,
                _ if most - least < ALIKE => 1,
                _ => count * parts,
            };
            self.spans.push((samples as u32, n as u32));
            samples += n;
        }
        self.samples.clear();
        self.samples.resize(samples * materials, 0.0);
        let share = 1.0 / (count * parts) as f64;
        // Most columns hold few of a scene's materials.
        let is_there = |slot: &usize| self.strips.iter().any(|strip| strip.of(*slot).iter().any(|v| *v > 0.0));
        for slot in (0..materials).filter(is_there) {
            let row_of_samples = &mut self.samples[slot * samples..(slot + 1) * samples];
            for (row, (start, n)) in self.spans.iter().enumerate() {
                let (start, n) = (*start as usize, *n as usize);
                if n == 0 {
                    continue;
                }
                let rows = row * parts..(row + 1) * parts;
                if n == 1 {
                    let sum: f64 = self.strips.iter().flat_map(|strip| &strip.of(slot)[rows.clone()]).sum();
                    row_of_samples[start] = (sum * share) as f32;
                } else {
                    let values = self.strips.iter().flat_map(|strip| &strip.of(slot)[rows.clone()]);
                    for (sample, value) in row_of_samples[start..start + n].iter_mut().zip(values) {
                        *sample = *value as f32;
                    }
                }
            }
        }
    }

    /// What the strips at hand show, without bands.
    fn truth(&self) -> Column {
        let (fine, parts) = (self.projector.fan.rows(), self.row_parts);
        let share = 1.0 / (self.strips.len() * parts) as f64;
        let mut done = Column {
            bands: Vec::new(),
            areal_density: Vec::with_capacity(self.rows),
            component: Vec::with_capacity(self.rows),
            item: Vec::with_capacity(self.rows),
        };
        for row in 0..self.rows {
            let rows = row * parts..(row + 1) * parts;
            let (mut sum, mut rank, mut item, mut most) = (0.0, 0.0_f64, 0.0, 0.0);
            for (s, strip) in self.strips.iter().enumerate() {
                sum += self.totals[s * fine + rows.start..s * fine + rows.end].iter().sum::<f64>();
                for i in rows.clone() {
                    rank = rank.max(strip.rank[i]);
                    if strip.item_share[i] > most {
                        (item, most) = (strip.item[i], strip.item_share[i]);
                    }
                }
            }
            // Truth finer than any scanner measures would only make files large.
            done.areal_density.push(((sum * share * 128.0).round() / 128.0) as f32);
            done.component.push(component::of_rank(rank as u8));
            done.item.push(item as u16);
        }
        done
    }

    /// Transmissions of the samples at hand in one band.
    fn arriving(&mut self, band: usize, column: usize) -> Arriving {
        let beam = &self.beams[band];
        let samples = self.samples.len() / self.projector.scene.materials.len().max(1);
        let label = match self.scanner.bands[band].kind {
            BandKind::High => "end point high",
            _ => "end point low",
        };
        let jitter = match self.scanner.imperfections.endpoint_jitter {
            0.0 => 0.0,
            sigma => sigma * Dice::stream(self.seed, label, column as u64).normal(),
        };
        self.signals.clear();
        for (rows, table) in beam.groups() {
            let [first, last] = [self.spans[rows.start], self.spans[rows.end - 1]];
            let wanted = first.0 as usize..(last.0 + last.1) as usize;
            table.extend_signals(&self.samples, samples, wanted, &mut self.signals);
        }
        let [transmission, variance, quanta] = [(); 3].map(|()| Vec::with_capacity(self.rows));
        let mut done = Arriving { transmission, variance, quanta };
        let rows = self.spans.iter().zip(beam.harder(jitter));
        for ((start, n), harder) in rows {
            if *n == 0 {
                done.transmission.push(1.0);
                done.variance.push(1.0);
                done.quanta.push(1.0);
                continue;
            }
            let span = *start as usize..(*start + *n) as usize;
            let mean = |values: &[f32]| values[span.clone()].iter().sum::<f32>() / *n as f32;
            let through = mean(&self.signals.transmission);
            let changed = through + harder * mean(&self.signals.hardening);
            let (variance, quanta) = (mean(&self.signals.variance), mean(&self.signals.quanta));
            // A straight line through the end point; far behind it the signal only fades.
            let mut kept = changed.max(0.05 * through);
            if self.mean == Mean::Attenuation && *n > 1 {
                kept *= self.thinned(&self.signals.transmission[span], through);
            }
            done.transmission.push(kept);
            let share = kept / through.max(f32::MIN_POSITIVE);
            done.variance.push(variance * share);
            done.quanta.push(quanta * share);
        }
        done
    }

    /// What the mean of attenuations leaves over what the mean of transmissions, `through`, does.
    fn thinned(&self, transmissions: &[f32], through: f32) -> f32 {
        let parts = self.row_parts;
        let strips = transmissions.len() / parts;
        // Neighbouring strips are one pixel of the finer scan.
        let group = strips.div_ceil(2);
        let (mut sum, mut n) = (0.0, 0.0);
        for first in (0..strips).step_by(group) {
            let end = (first + group).min(strips);
            for k in 0..parts {
                let light: f32 = (first..end).map(|s| transmissions[s * parts + k]).sum();
                sum -= libm::logf((light / (end - first) as f32).max(LEAST));
                n += 1.0;
            }
        }
        libm::expf(-sum / n) / through.max(LEAST)
    }
}

impl Mean {
    /// Parts of a pixel's height and of its width.
    pub(crate) fn parts(self, scanner: &Scanner) -> [usize; 2] {
        match self {
            Self::Transmission => [scanner.row_parts(), scanner.column_parts()],
            Self::Attenuation => [2, 2],
        }
    }
}
