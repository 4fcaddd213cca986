use super::cross_section::{ENERGY_MAX_MEV, ENERGY_MIN_MEV};
use super::detector::{Scintillator, default_deposit, mean_deposited_mev, mean_square_deposited_mev2};
use super::material::Material;
use super::spectrum::bremsstrahlung;
use super::three_numbers::ThreeNumbers;

/// What shapes a band besides its end-point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandOptions {
    /// Tungsten between target and load in g/cm²: target, window and hardening filter together.
    pub filter_g_per_cm2: f64,
    /// The detector's crystal.
    pub detector: Scintillator,
    /// Energy bins of equal width.
    pub bins: usize,
}

impl Default for BandOptions {
    /// 6 g/cm² of tungsten, 30 mm of CdWO₄, 480 bins.
    fn default() -> Self {
        Self { filter_g_per_cm2: 6.0, detector: Scintillator::CDWO4_30_MM, bins: 480 }
    }
}

/// How a band weighs photon energies: spectrum times mean deposited energy, sum 1.
#[derive(Debug, Clone, PartialEq)]
pub struct BandResponse {
    /// Bin centres in MeV, rising.
    pub energies_mev: Vec<f64>,
    /// Share of the unattenuated signal in each bin; they sum to 1.
    pub weights: Vec<f64>,
    /// Mean energy in MeV left by one photon that is sent in, per bin.
    pub deposited_mev: Vec<f64>,
    /// Mean square of it in MeV², per bin.
    pub deposited_mev2: Vec<f64>,
    /// How the machine differs from the physics; 1 unless it was calibrated.
    pub numbers: ThreeNumbers,
}

impl BandResponse {
    /// The band of a 30 mm CdWO₄ array behind 6 g/cm² of tungsten at an end-point energy in MeV, which is held within
    /// 0.5 and 10.
    pub fn new(endpoint_mev: f64) -> Self {
        Self::with_options(endpoint_mev, &BandOptions::default())
    }

    /// The band of any filter and crystal.
    pub fn with_options(endpoint_mev: f64, options: &BandOptions) -> Self {
        let endpoint = if endpoint_mev.is_nan() { 6.0 } else { endpoint_mev.clamp(0.5, ENERGY_MAX_MEV) };
        let bins = options.bins.max(8);
        let width = (endpoint - ENERGY_MIN_MEV) / bins as f64;
        let energies: Vec<f64> = (0..bins).map(|i| ENERGY_MIN_MEV + (i as f64 + 0.5) * width).collect();
        let is_default = options.detector == Scintillator::CDWO4_30_MM;
        let photons: Vec<f64> =
            energies.iter().map(|&e| bremsstrahlung(e, endpoint, options.filter_g_per_cm2)).collect();
        let (mut mean, mut square) = (Vec::with_capacity(bins), Vec::with_capacity(bins));
        for &e in &energies {
            let (a, b) = if is_default {
                default_deposit(e)
            } else {
                (mean_deposited_mev(&options.detector, e), mean_square_deposited_mev2(&options.detector, e))
            };
            mean.push(a);
            square.push(b);
        }
        Self::from_parts(energies, &photons, mean, square)
    }

    /// A band of measured or simulated parts: photons per bin (any scale), mean and mean square of the energy left.
    ///
    /// Slices are cut to the shortest; a band without signal keeps weights of 0.
    pub fn from_parts(
        energies_mev: Vec<f64>,
        photons: &[f64],
        deposited_mev: Vec<f64>,
        deposited_mev2: Vec<f64>,
    ) -> Self {
        let mut weights: Vec<f64> = photons.iter().zip(&deposited_mev).map(|(p, d)| p * d).collect();
        let sum: f64 = weights.iter().sum();
        if sum > 0.0 {
            for w in &mut weights {
                *w /= sum;
            }
        }
        Self { energies_mev, weights, deposited_mev, deposited_mev2, numbers: ThreeNumbers::default() }
    }

    /// The same band of a machine that was calibrated.
    #[must_use]
    pub fn with_numbers(mut self, numbers: ThreeNumbers) -> Self {
        self.numbers = numbers;
        self
    }

    /// Mass attenuation coefficient of a material at each of the band's energies in cm²/g (0 outside the table), scaled by
    /// the band's three numbers.
    pub fn mu(&self, material: &Material) -> Vec<f64> {
        let ThreeNumbers { photoelectric, compton, pair } = self.numbers;
        let scaled = |energy: &f64| {
            material.cross_section_cm2_per_g(*energy).map_or(0.0, |c| {
                let more =
                    (photoelectric - 1.0) * c.photoelectric + (compton - 1.0) * c.incoherent + (pair - 1.0) * c.pair;
                c.total() + more
            })
        };
        self.energies_mev.iter().map(scaled).collect()
    }

    /// The weights behind layers of material, not normalised: their sum is the transmission.
    pub fn weights_behind(&self, layers: &[(&Material, f64)]) -> Vec<f64> {
        let mut exponent = vec![0.0; self.weights.len()];
        for (material, areal_density) in layers {
            for (sum, mu) in exponent.iter_mut().zip(self.mu(material)) {
                *sum += mu * areal_density;
            }
        }
        self.weights.iter().zip(&exponent).map(|(w, x)| w * libm::exp(-x)).collect()
    }

    /// `−ln T` behind layers of (material, areal density in g/cm²); order does not matter.
    pub fn attenuation(&self, layers: &[(&Material, f64)]) -> f64 {
        // The weights sum to 1 but for the last bit, which must not give a negative attenuation.
        (-libm::log(self.weights_behind(layers).iter().sum())).max(0.0)
    }

    /// `⟨ε²⟩/⟨ε⟩²` of the energy ε left per counted photon behind layers: the factor by which the relative variance of an
    /// energy-integrated signal exceeds 1/N of the photons that interacted.
    pub fn excess_noise(&self, layers: &[(&Material, f64)]) -> f64 {
        let behind = self.weights_behind(layers);
        let (mut first, mut second, mut count) = (0.0, 0.0, 0.0);
        for ((w, d), d2) in behind.iter().zip(&self.deposited_mev).zip(&self.deposited_mev2) {
            if *d > 0.0 && *d2 > 0.0 {
                // Photons per unit weight: w / d; a share d²/d2 of them (Cauchy–Schwarz bound) leaves something.
                first += w;
                second += w * d2 / d;
                count += w * d / d2;
            }
        }
        if first > 0.0 { second * count / (first * first) } else { 1.0 }
    }

    /// Energy left per photon that is counted, in MeV, behind layers: the signal of one quantum.
    pub fn quantum_mev(&self, layers: &[(&Material, f64)]) -> f64 {
        let behind = self.weights_behind(layers);
        let (mut signal, mut square) = (0.0, 0.0);
        for ((w, d), d2) in behind.iter().zip(&self.deposited_mev).zip(&self.deposited_mev2) {
            if *d > 0.0 {
                signal += w;
                square += w * d2 / d;
            }
        }
        if signal > 0.0 { square / signal } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::physics::material;

    #[test]
    fn weights_sum_to_one_and_stop_at_the_end_point() {
        for endpoint in [3.5, 6.0, 9.0] {
            let band = BandResponse::new(endpoint);
            assert!((band.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(*band.energies_mev.last().unwrap() < endpoint);
            assert!((0.0..1e-12).contains(&band.attenuation(&[])));
        }
    }

    #[test]
    fn attenuation_grows_and_hardens() {
        let (band, steel) = (BandResponse::new(6.0), material("steel").unwrap());
        let at = |x: f64| band.attenuation(&[(steel, x)]);
        assert!(at(20.0) > at(10.0));
        assert!(at(200.0) - at(190.0) < at(20.0) - at(10.0));
    }

    #[test]
    fn noise_exceeds_plain_counting_as_measured_on_cargo_arrays() {
        for endpoint in [3.5, 6.0, 9.0] {
            let excess = BandResponse::new(endpoint).excess_noise(&[]);
            assert!((1.1..2.2).contains(&excess), "{endpoint} MV: {excess}");
        }
    }
}
