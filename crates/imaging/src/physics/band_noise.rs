use super::band::BandResponse;
use super::exponential::exp_plain;
use super::material::material;

/// Errors of gain, dose and rounding that no averaging removes, in attenuation.
pub const SYSTEMATIC: f64 = 0.003;

/// Attenuations at which the quantum is tabulated, in steps of 1.
const POINTS: usize = 17;

/// How well one band knows its attenuation.
///
/// One sigma of the mean of `n` pixels:
/// `σ² = (σ_air² e^A q(A) + e² e^2A) / n + (s (e^A − 1))² + 0.003²`, with
/// - `σ_air` the standard deviation of a pixel in air, as the scan's own dose rows show it;
/// - `q(A)` how much more energy a quantum leaves behind attenuation A than in air (compound Poisson: the relative variance
///   of an energy-integrated signal is the quantum `⟨ε²⟩/⟨ε⟩` over the signal, and a hardened beam has larger quanta);
/// - `e` electronic noise and rounding as a share of the signal in air;
/// - `s` what is not known of scatter, as a share of the signal in air;
/// - 0.003 for errors of gain, dose and rounding.
#[derive(Debug, Clone, PartialEq)]
pub struct BandNoise {
    /// Standard deviation of a pixel's attenuation in air.
    pub air_sigma: f64,
    /// Electronic noise as a share of the signal in air.
    pub electronic: f64,
    /// One sigma of scatter as a share of the signal in air.
    pub scatter: f64,
    /// Attenuation from which scatter or the electronic floor may be all that is left: only a lower bound from there on.
    pub limit: f64,
    /// `q` at A = 0, 1 … 16.
    quanta: [f64; POINTS],
}

impl BandNoise {
    /// Noise of a band whose pixels show `air_sigma` in air: no electronic noise or scatter yet, no limit.
    pub fn new(band: &BandResponse, air_sigma: f64) -> Self {
        let mut quanta = [1.0; POINTS];
        if let Some(steel) = material("steel") {
            // What hardens the beam matters little: steel, on a grid whose attenuation grows by less than 1 a step.
            let mu = band.mu(steel);
            let steps: Vec<(f64, f64)> = (0..=30).map(|i| behind(band, &mu, 15.0 * f64::from(i))).collect();
            for (a, quantum) in quanta.iter_mut().enumerate() {
                let k = steps.partition_point(|(at, _)| *at <= a as f64).clamp(1, steps.len() - 1);
                let ((a0, q0), (a1, q1)) = (steps[k - 1], steps[k]);
                let t = ((a as f64 - a0) / (a1 - a0).max(1e-9)).clamp(0.0, 1.0);
                *quantum = ((q0 + t * (q1 - q0)) / steps[0].1).max(1.0);
            }
        }
        Self { air_sigma, electronic: 0.0, scatter: 0.0, limit: f64::INFINITY, quanta }
    }

    /// Energy that a quantum leaves behind attenuation `a` over that in air, >= 1.
    pub fn quantum(&self, a: f64) -> f64 {
        let x = a.clamp(0.0, (POINTS - 1) as f64);
        let i = (x as usize).min(POINTS - 2);
        let t = x - i as f64;
        self.quanta[i] * (1.0 - t) + self.quanta[i + 1] * t
    }

    /// One sigma of attenuation `a`, meant over `pixels` (at least 1) independent pixels.
    pub fn sigma(&self, a: f64, pixels: f64) -> f64 {
        let random = self.air_sigma * self.air_sigma * libm::exp(a) * self.quantum(a)
            + self.electronic * self.electronic * libm::exp(2.0 * a);
        let scatter = self.scatter * (libm::exp(a.max(0.0)) - 1.0);
        libm::sqrt(random / pixels.max(1.0) + scatter * scatter + SYSTEMATIC * SYSTEMATIC)
    }

    /// Whether attenuation `a` is no more than a lower bound.
    pub fn is_limited(&self, a: f64) -> bool {
        a >= self.limit
    }
}

/// Attenuation behind `areal_density` of a material of coefficients `mu`, and the energy of one quantum there.
fn behind(band: &BandResponse, mu: &[f64], areal_density: f64) -> (f64, f64) {
    let (mut signal, mut square) = (0.0, 0.0);
    let deposits = band.deposited_mev.iter().zip(&band.deposited_mev2);
    for ((w, mu), (d, d2)) in band.weights.iter().zip(mu).zip(deposits) {
        if *d > 0.0 {
            let weight = w * exp_plain(-mu * areal_density);
            signal += weight;
            square += weight * d2 / d;
        }
    }
    if signal > 0.0 { (-libm::log(signal), square / signal) } else { (0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quanta_grow_as_the_beam_hardens() {
        for endpoint in [3.5, 6.0, 9.0] {
            let noise = BandNoise::new(&BandResponse::new(endpoint), 0.002);
            assert_eq!(noise.quantum(0.0), 1.0);
            let grown = noise.quantum(6.0);
            println!("{endpoint} MV: the quantum at A = 6 is {grown:.2} of that in air");
            assert!((1.05..3.0).contains(&grown), "{grown}");
            assert!((0..16).all(|a| noise.quantum(f64::from(a) + 1.0) >= noise.quantum(f64::from(a))));
        }
    }

    #[test]
    fn averaging_removes_photon_noise_and_nothing_else() {
        let noise = BandNoise::new(&BandResponse::new(6.0), 0.002);
        let one = noise.sigma(4.0, 1.0);
        assert!((one / (0.002 * libm::exp(2.0) * libm::sqrt(noise.quantum(4.0))) - 1.0).abs() < 0.03);
        assert!((noise.sigma(4.0, 1e12) / SYSTEMATIC - 1.0).abs() < 1e-3);
        let scattered = BandNoise { scatter: 3e-4, ..noise.clone() };
        assert!((scattered.sigma(5.0, 1e12) / (3e-4 * libm::exp(5.0)) - 1.0).abs() < 0.02);
        let electronic = BandNoise { electronic: 1e-4, ..noise };
        assert!(electronic.sigma(8.0, 1.0) > 0.25);
    }
}
