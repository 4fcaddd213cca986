use super::band::BandResponse;
use super::exponential::exp_plain;
use super::material::Material;

/// The forward model of one band for a fixed list of materials, fast enough for every ray of a scan.
///
/// The band's energies are gathered into few bins of about equal signal, narrower at the soft end where μ changes
/// fastest; each bin keeps the weighted mean of μ, so thin objects are exact and thick ones err by the variance of μ
/// inside a bin (below 0.2 % of A up to A = 12; `tests/physics.rs`).
#[derive(Debug, Clone, PartialEq)]
pub struct ForwardTable {
    weights: Vec<f64>,
    /// `materials` rows of one μ per bin.
    mu: Vec<f64>,
    materials: usize,
}

/// Bins of a [`ForwardTable::new`].
const BINS: usize = 48;

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
        let mut weights = Vec::with_capacity(bins);
        let mut mu = vec![Vec::with_capacity(bins); materials.len()];
        for pair in edges.windows(2) {
            let range = pair[0]..pair[1];
            let weight: f64 = band.weights[range.clone()].iter().sum();
            if weight <= 0.0 {
                continue;
            }
            weights.push(weight);
            for (row, fine) in mu.iter_mut().zip(&fine) {
                let sum: f64 = range.clone().map(|i| band.weights[i] * fine[i]).sum();
                row.push(sum / weight);
            }
        }
        Self { weights, mu: mu.concat(), materials: materials.len() }
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
