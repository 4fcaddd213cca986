use super::cross_section::{ENERGY_MIN_MEV, mass_attenuation_cm2_per_g};

const ELECTRON_MASS_MEV: f64 = 0.510_998_95;
/// Atomic number of the target and of the beam filter: tungsten.
const TUNGSTEN: u8 = 74;

/// Photons per MeV (arbitrary scale) of thick-filtered bremsstrahlung: the Schiff formula integrated over angle and
/// screened, 3BS(e) of Koch & Motz, Rev. Mod. Phys. 31 (1959) 920, for a thin tungsten target, behind
/// `filter_g_per_cm2` of tungsten.
///
/// With total energies E₀ and E of the electron before and after in units of mc², photon energy k, C = 111,
/// `b = 2 E₀ E Z^⅓ / (C k)` and `1/M = (k / 2E₀E)² + (Z^⅓/C)²`:
///
/// `dσ/dk ∝ 1/k · { [1 + (E/E₀)² − 2E/3E₀] [ln M + 1 − (2/b) atan b]
///           + (E/E₀) [(2/b²) ln(1+b²) + 4(2−b²)/(3b³) atan b − 8/(3b²) + 2/9] }`
///
/// Zero at and above the end-point and below the tabulated energies.
pub fn bremsstrahlung(energy_mev: f64, endpoint_mev: f64, filter_g_per_cm2: f64) -> f64 {
    if !(energy_mev >= ENERGY_MIN_MEV && energy_mev < endpoint_mev) {
        return 0.0;
    }
    let Some(mu) = mass_attenuation_cm2_per_g(TUNGSTEN, energy_mev) else { return 0.0 };
    let k = energy_mev / ELECTRON_MASS_MEV;
    let e0 = endpoint_mev / ELECTRON_MASS_MEV + 1.0;
    let e = e0 - k;
    let z_third = libm::cbrt(f64::from(TUNGSTEN)) / 111.0;
    let b = 2.0 * e0 * e * z_third / k;
    let b2 = b * b;
    let atan = libm::atan(b);
    let q = k / (2.0 * e0 * e);
    let ln_m = -libm::log(q * q + z_third * z_third);
    let ratio = e / e0;
    let first = (1.0 + ratio * ratio - 2.0 * ratio / 3.0) * (ln_m + 1.0 - 2.0 / b * atan);
    let second = ratio
        * (2.0 / b2 * libm::log1p(b2) + 4.0 * (2.0 - b2) / (3.0 * b2 * b) * atan - 8.0 / (3.0 * b2) + 2.0 / 9.0);
    // The formula dips below zero within a few keV of the end-point, where its approximations end.
    ((first + second) / k).max(0.0) * libm::exp(-mu * filter_g_per_cm2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spectrum_ends_at_its_end_point_and_falls_towards_it() {
        assert_eq!(bremsstrahlung(6.0, 6.0, 6.0), 0.0);
        assert_eq!(bremsstrahlung(7.0, 6.0, 6.0), 0.0);
        assert_eq!(bremsstrahlung(0.01, 6.0, 6.0), 0.0);
        let values: Vec<f64> =
            [0.6, 1.0, 2.0, 3.0, 4.0, 5.0, 5.9].iter().map(|&e| bremsstrahlung(e, 6.0, 6.0)).collect();
        assert!(values.windows(2).all(|w| w[1] < w[0]) && values[6] > 0.0, "{values:?}");
    }

    #[test]
    fn the_filter_removes_soft_photons() {
        let bare = bremsstrahlung(0.2, 6.0, 0.0) / bremsstrahlung(2.0, 6.0, 0.0);
        let filtered = bremsstrahlung(0.2, 6.0, 6.0) / bremsstrahlung(2.0, 6.0, 6.0);
        assert!(filtered < bare / 50.0, "{filtered} {bare}");
    }
}
