use std::ops::Range;

use super::band::BandResponse;
use super::exponential::{exp_plain, exp_plain_f32};
use super::material::Material;
use crate::instruction_set::InstructionSet;

/// The forward model of one band for a fixed list of materials, fast enough for every ray of a scan.
///
/// The band's energies are gathered into few bins of about equal signal, narrower at the soft end where μ changes
/// fastest; each bin keeps the weighted mean of μ, so thin objects are exact and thick ones err by the variance of μ
/// inside a bin (below 0.2 % of A up to A = 12; `tests/physics.rs`).
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardTable {
    weights: Vec<f64>,
    /// Shares of the variance that the photons of a bin make in air.
    variances: Vec<f64>,
    /// Shares of the photons counted in air.
    quanta: Vec<f64>,
    /// What a weight gains where the end point is higher, relative to the end point's own change.
    hardening: Vec<f64>,
    /// `materials` rows of one μ per bin.
    mu: Vec<f64>,
    materials: usize,
}

/// What a band makes of many rays, one value per ray.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// Share of the signal in air that is left, T.
    pub transmission: Vec<f32>,
    /// Variance of a compound Poisson signal over that in air: `Σ φ ε² e^(−μλ) / Σ φ ε²`, ε the energy a photon leaves. It
    /// exceeds T, because a hardened beam has larger quanta.
    pub variance: Vec<f32>,
    /// Photons that are counted over those in air: `Σ φ p e^(−μλ) / Σ φ p`. A photon is taken to leave all it can or nothing
    /// (`p = ⟨ε⟩²/⟨ε²⟩`), as [`BandResponse::excess_noise`] does.
    pub quanta: Vec<f32>,
    /// `E₀ dT/dE₀`: change of T for a relative change of the end-point energy E₀, air held at 1.
    pub hardening: Vec<f32>,
}

impl Signals {
    /// Forgets all rays.
    pub fn clear(&mut self) {
        self.transmission.clear();
        self.variance.clear();
        self.quanta.clear();
        self.hardening.clear();
    }
}

/// Bins of a [`ForwardTable::new`].
const BINS: usize = 48;
/// Rays that [`ForwardTable::signals`] takes at a time.
const LANES: usize = 16;

impl ForwardTable {
    /// A table of 48 bins.
    pub fn new(band: &BandResponse, materials: &[&Material]) -> Self {
        Self::with_bins(band, materials, BINS)
    }

    /// A table of at most `bins` bins (at least 1).
    pub fn with_bins(band: &BandResponse, materials: &[&Material], bins: usize) -> Self {
        let bins = bins.max(1);
        let edges = bin_edges(band, bins);
        let fine: Vec<Vec<f64>> = materials.iter().map(|m| band.mu(m)).collect();
        // Energy that a photon leaves where it leaves any, MeV.
        let left = |i: usize| match band.deposited_mev[i] {
            d if d > 0.0 => band.deposited_mev2[i] / d,
            _ => 0.0,
        };
        let squares: Vec<f64> = (0..band.weights.len()).map(|i| band.weights[i] * left(i)).collect();
        let photon = |i: usize| if left(i) > 0.0 { band.weights[i] / left(i) } else { 0.0 };
        let photons: Vec<f64> = (0..band.weights.len()).map(photon).collect();
        let (square, counted) = (squares.iter().sum::<f64>(), photons.iter().sum::<f64>());
        let mut weights = Vec::with_capacity(bins);
        let (mut variances, mut quanta) = (Vec::with_capacity(bins), Vec::with_capacity(bins));
        let mut mu = vec![Vec::with_capacity(bins); materials.len()];
        for pair in edges.windows(2) {
            let range = pair[0]..pair[1];
            let weight: f64 = band.weights[range.clone()].iter().sum();
            if weight <= 0.0 {
                continue;
            }
            weights.push(weight);
            variances.push(squares[range.clone()].iter().sum::<f64>() / square);
            quanta.push(photons[range.clone()].iter().sum::<f64>() / counted);
            for (row, fine) in mu.iter_mut().zip(&fine) {
                let sum: f64 = range.clone().map(|i| band.weights[i] * fine[i]).sum();
                row.push(sum / weight);
            }
        }
        let hardening = vec![0.0; weights.len()];
        Self { weights, variances, quanta, hardening, mu: mu.concat(), materials: materials.len() }
    }

    /// The same table that also knows what a change of the end point does: `harder` is the same band with an end-point energy
    /// higher by the share `step`. Both are told apart bin by bin, the μ of a bin held.
    #[must_use]
    pub fn with_hardening(mut self, band: &BandResponse, harder: &BandResponse, step: f64) -> Self {
        let edges = bin_edges(band, self.weights.len());
        // Energies where one bin ends and the next begins.
        let bounds: Vec<f64> = edges[1..edges.len() - 1]
            .iter()
            .map(|i| 0.5 * (band.energies_mev[i - 1] + band.energies_mev[*i]))
            .collect();
        let mut gained = vec![0.0; bounds.len() + 1];
        for (response, sign) in [(harder, 1.0), (band, -1.0)] {
            let half = match response.energies_mev[..] {
                [a, b, ..] => 0.5 * (b - a),
                _ => 0.0,
            };
            for (energy, weight) in response.energies_mev.iter().zip(&response.weights) {
                // A fine bin that lies across a bound is shared out.
                let bin = bounds.partition_point(|bound| *bound <= energy - half);
                let share = bounds.get(bin).map_or(1.0, |bound| ((bound - (energy - half)) / (2.0 * half)).min(1.0));
                gained[bin] += sign * weight * share;
                if share < 1.0 {
                    gained[bin + 1] += sign * weight * (1.0 - share);
                }
            }
        }
        if gained.len() == self.weights.len() {
            self.hardening = gained.into_iter().map(|g| g / step).collect();
        }
        self
    }

    /// What the band makes of `rays` rays: `areal_densities` holds one row of `rays` values (g/cm²) per material, in the
    /// order given to [`ForwardTable::new`]. Single precision (relative error below 2e-6), the same bits on every host.
    pub fn signals(&self, areal_densities: &[f32], rays: usize, out: &mut Signals) {
        out.clear();
        self.extend_signals(areal_densities, rays, 0..rays, out);
    }

    /// The same for some of the rays only, put behind what `out` holds; rays beyond `rays` are left out.
    pub fn extend_signals(&self, areal_densities: &[f32], rays: usize, wanted: Range<usize>, out: &mut Signals) {
        let wanted = wanted.start..wanted.end.min(rays);
        if wanted.is_empty() {
            return;
        }
        InstructionSet::best().run(
            #[inline(always)]
            || self.signals_in_lanes(areal_densities, rays, wanted, out),
        );
    }

    #[inline(always)]
    fn signals_in_lanes(&self, areal_densities: &[f32], rays: usize, wanted: Range<usize>, out: &mut Signals) {
        let bins = self.weights.len();
        let rows: Vec<&[f32]> = areal_densities.chunks_exact(rays).take(self.materials).collect();
        let mut present: Vec<(usize, [f32; LANES])> = Vec::with_capacity(rows.len());
        for start in wanted.clone().step_by(LANES) {
            let n = (wanted.end - start).min(LANES);
            present.clear();
            for (slot, row) in rows.iter().enumerate() {
                let mut lanes = [0.0_f32; LANES];
                lanes[..n].copy_from_slice(&row[start..start + n]);
                if lanes.iter().any(|v| *v != 0.0) {
                    present.push((slot, lanes));
                }
            }
            let (mut signal, mut square) = ([0.0_f32; LANES], [0.0_f32; LANES]);
            let (mut count, mut change) = ([0.0_f32; LANES], [0.0_f32; LANES]);
            if present.is_empty() {
                (signal, square, count) = ([1.0; LANES], [1.0; LANES], [1.0; LANES]);
            } else {
                for bin in 0..bins {
                    let mut x = [0.0_f32; LANES];
                    for (slot, lanes) in &present {
                        let mu = self.mu[slot * bins + bin] as f32;
                        for (x, areal_density) in x.iter_mut().zip(lanes) {
                            *x -= mu * areal_density;
                        }
                    }
                    let weight = self.weights[bin] as f32;
                    let variance = self.variances[bin] as f32;
                    let quanta = self.quanta[bin] as f32;
                    let hardening = self.hardening[bin] as f32;
                    for l in 0..LANES {
                        let e = exp_plain_f32(x[l]);
                        signal[l] += weight * e;
                        square[l] += variance * e;
                        count[l] += quanta * e;
                        change[l] += hardening * e;
                    }
                }
            }
            out.transmission.extend_from_slice(&signal[..n]);
            out.variance.extend_from_slice(&square[..n]);
            out.quanta.extend_from_slice(&count[..n]);
            out.hardening.extend_from_slice(&change[..n]);
        }
    }

    /// Materials in the table.
    pub fn materials(&self) -> usize {
        self.materials
    }

    /// Transmission behind `areal_densities` (g/cm², one per material in the order given to [`ForwardTable::new`];
    /// missing ones are 0, surplus ones are ignored).
    pub fn transmission(&self, areal_densities: &[f64]) -> f64 {
        let bins = self.weights.len();
        let mut exponent = [0.0_f64; 64];
        let mut sum = 0.0;
        // Blocks of 64 bins keep the exponents in registers and the stack bounded for any number of bins.
        for start in (0..bins).step_by(64) {
            let n = (bins - start).min(64);
            let block = &mut exponent[..n];
            block.fill(0.0);
            for (row, &areal_density) in self.mu.chunks_exact(bins.max(1)).zip(areal_densities) {
                if areal_density != 0.0 {
                    for (x, mu) in block.iter_mut().zip(&row[start..start + n]) {
                        *x -= mu * areal_density;
                    }
                }
            }
            for x in block.iter_mut() {
                *x = exp_plain(*x);
            }
            for (x, w) in block.iter().zip(&self.weights[start..start + n]) {
                sum += x * w;
            }
        }
        sum
    }

    /// `−ln T` behind `areal_densities`, as [`ForwardTable::transmission`] takes them.
    pub fn attenuation(&self, areal_densities: &[f64]) -> f64 {
        (-libm::log(self.transmission(areal_densities))).max(0.0)
    }
}

/// Indices where bins begin, first 0 and last the number of fine bins: equal steps of a measure that is half signal and
/// half logarithm of energy.
fn bin_edges(band: &BandResponse, bins: usize) -> Vec<usize> {
    let n = band.weights.len();
    let significant: Vec<bool> = band.weights.iter().map(|&w| w > 1e-9).collect();
    let mut measure = Vec::with_capacity(n + 1);
    let (mut signal, mut log_energy) = (0.0, 0.0);
    measure.push((0.0, 0.0));
    for (i, &w) in band.weights.iter().enumerate() {
        signal += w;
        if significant[i] && i > 0 {
            log_energy += libm::log(band.energies_mev[i] / band.energies_mev[i - 1]);
        }
        measure.push((signal, log_energy));
    }
    let total = measure.last().copied().unwrap_or((1.0, 1.0));
    let level = |i: usize| 0.5 * measure[i].0 / total.0.max(1e-300) + 0.5 * measure[i].1 / total.1.max(1e-300);
    let mut edges = vec![0];
    for i in 1..n {
        if level(i) >= edges.len() as f64 / bins as f64 && edges.len() < bins {
            edges.push(i);
        }
    }
    edges.push(n);
    edges
}
