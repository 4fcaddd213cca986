use std::sync::OnceLock;

use super::cross_section::{CrossSection, ENERGY_MAX_MEV, ENERGY_MIN_MEV, cross_section_cm2_per_g};

const ELECTRON_MASS_MEV: f64 = 0.510_998_95;

/// A scintillator crystal read in current mode: its signal is the energy deposited in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scintillator {
    /// Mass fraction by atomic number.
    pub mass_fractions: &'static [(u8, f64)],
    /// Thickness along the beam in g/cm².
    pub depth_g_per_cm2: f64,
    /// Mean path of a secondary photon before it leaves the crystal, in g/cm²: how much scattered, annihilation and
    /// braking radiation is caught again.
    pub escape_g_per_cm2: f64,
    /// Mean atomic number, for the radiation yield of its electrons.
    pub mean_z: f64,
}

impl Scintillator {
    /// CdWO₄ (7.9 g/cm³), 30 mm deep. The escape path is a third of the depth: 10 mm, between the half chord of a lone
    /// 5 mm crystal and that of a block of crystals, which catch each other's secondaries.
    pub const CDWO4_30_MM: Self = Self {
        mass_fractions: &[(8, 0.1776), (48, 0.3121), (74, 0.5103)],
        depth_g_per_cm2: 23.7,
        escape_g_per_cm2: 7.9,
        mean_z: 54.2,
    };
}

/// Mean energy in MeV that a photon of `energy_mev` sent into the crystal leaves there; 0 outside the tabulated energies.
///
/// First interaction in depth t: `1 − exp(−μ t)`, coherent scattering left out. It is shared between photo-effect (all
/// of E), Compton scattering (Klein–Nishina over angle: recoil electron here, scattered photon caught with probability
/// `1 − exp(−μ_en s)`) and pair production (E − 2mc² here, two annihilation photons caught likewise). Electrons radiate
/// a share `Y = 6e-4 Z T / (1 + 6e-4 Z T)` (Koch & Motz 1959), caught as photons of T/4.
pub fn mean_deposited_mev(crystal: &Scintillator, energy_mev: f64) -> f64 {
    deposit(crystal, energy_mev).0
}

/// Mean square of the energy left by a photon of `energy_mev` in MeV²: with the mean it gives the noise of the signal.
pub fn mean_square_deposited_mev2(crystal: &Scintillator, energy_mev: f64) -> f64 {
    deposit(crystal, energy_mev).1
}

fn crystal_cross_section(crystal: &Scintillator, energy_mev: f64) -> CrossSection {
    let energy = energy_mev.clamp(ENERGY_MIN_MEV, ENERGY_MAX_MEV);
    let mut sum = CrossSection::default();
    for &(z, fraction) in crystal.mass_fractions {
        let part = cross_section_cm2_per_g(z, energy).unwrap_or_default();
        sum.coherent += fraction * part.coherent;
        sum.incoherent += fraction * part.incoherent;
        sum.photoelectric += fraction * part.photoelectric;
        sum.pair += fraction * part.pair;
    }
    sum
}

/// Mean share of a photon's energy that its Compton electron takes (Evans' fit-free form, by the midpoint rule).
fn recoil_share(energy_mev: f64) -> f64 {
    let (mut top, mut bottom) = (0.0, 0.0);
    for (scattered, weight) in compton_angles(energy_mev) {
        top += weight * (1.0 - scattered / energy_mev);
        bottom += weight;
    }
    top / bottom
}

/// Scattered energy and Klein–Nishina weight at 32 midpoints of the cosine.
fn compton_angles(energy_mev: f64) -> impl Iterator<Item = (f64, f64)> {
    const STEPS: usize = 32;
    let k = energy_mev / ELECTRON_MASS_MEV;
    // Midpoints crowd towards forward angles, where fast photons scatter: 1 − cos = 2 u³.
    (0..STEPS).map(move |i| {
        let u = (i as f64 + 0.5) / STEPS as f64;
        let one_minus_cos = 2.0 * u * u * u;
        let cos = 1.0 - one_minus_cos;
        let ratio = 1.0 / (1.0 + k * one_minus_cos);
        let weight = ratio * ratio * (ratio + 1.0 / ratio - (1.0 - cos * cos)) * u * u;
        (energy_mev * ratio, weight)
    })
}

/// Probability-weighted share of a secondary photon's energy that stays in the crystal.
fn caught(crystal: &Scintillator, energy_mev: f64) -> f64 {
    let energy = energy_mev.max(ENERGY_MIN_MEV);
    let c = crystal_cross_section(crystal, energy);
    let pair_share = (1.0 - 2.0 * ELECTRON_MASS_MEV / energy).max(0.0);
    let absorbed = c.photoelectric + c.incoherent * recoil_share(energy) + c.pair * pair_share;
    1.0 - libm::exp(-absorbed * crystal.escape_g_per_cm2)
}

fn deposit(crystal: &Scintillator, energy_mev: f64) -> (f64, f64) {
    if !(ENERGY_MIN_MEV..=ENERGY_MAX_MEV).contains(&energy_mev) {
        return (0.0, 0.0);
    }
    // `caught` over a table: it would otherwise be found again for each of thousands of secondaries.
    let catch = |e: f64| caught(crystal, e);
    let stopped = |t: f64| {
        let y = 6e-4 * crystal.mean_z * t / (1.0 + 6e-4 * crystal.mean_z * t);
        t * (1.0 - y * (1.0 - catch(t / 4.0)))
    };
    let c = crystal_cross_section(crystal, energy_mev);
    let mu = c.incoherent + c.photoelectric + c.pair;
    let interaction = 1.0 - libm::exp(-mu * crystal.depth_g_per_cm2);
    let photo = stopped(energy_mev);
    let (mut compton, mut compton_square, mut weights) = (0.0, 0.0, 0.0);
    for (scattered, weight) in compton_angles(energy_mev) {
        let here = stopped(energy_mev - scattered) + scattered * catch(scattered);
        compton += weight * here;
        compton_square += weight * here * here;
        weights += weight;
    }
    let kinetic = (energy_mev - 2.0 * ELECTRON_MASS_MEV).max(0.0);
    let pair = 2.0 * stopped(kinetic / 2.0) + 2.0 * ELECTRON_MASS_MEV * catch(ELECTRON_MASS_MEV);
    let mean = (c.photoelectric * photo + c.incoherent * compton / weights + c.pair * pair) / mu;
    let square =
        (c.photoelectric * photo * photo + c.incoherent * compton_square / weights + c.pair * pair * pair) / mu;
    (interaction * mean, interaction * square)
}

/// Log-log table of [`deposit`] for the default crystal, 128 points; the energies of a band fall between them.
pub(super) fn default_deposit(energy_mev: f64) -> (f64, f64) {
    const POINTS: usize = 128;
    static TABLE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
    let span = libm::log(ENERGY_MAX_MEV / ENERGY_MIN_MEV);
    let table = TABLE.get_or_init(|| {
        (0..POINTS)
            .map(|i| {
                let energy = ENERGY_MIN_MEV * libm::exp(span * i as f64 / (POINTS - 1) as f64);
                let (mean, square) = deposit(&Scintillator::CDWO4_30_MM, energy.min(ENERGY_MAX_MEV));
                (libm::log(mean), libm::log(square))
            })
            .collect()
    });
    if !(ENERGY_MIN_MEV..=ENERGY_MAX_MEV).contains(&energy_mev) {
        return (0.0, 0.0);
    }
    let x = libm::log(energy_mev / ENERGY_MIN_MEV) / span * (POINTS - 1) as f64;
    let i = (x as usize).min(POINTS - 2);
    let t = x - i as f64;
    let at = |a: f64, b: f64| libm::exp(a * (1.0 - t) + b * t);
    (at(table[i].0, table[i + 1].0), at(table[i].1, table[i + 1].1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photon_leaves_at_most_what_it_has() {
        for i in 0..=100 {
            let energy = ENERGY_MIN_MEV + (ENERGY_MAX_MEV - ENERGY_MIN_MEV) * f64::from(i) / 100.0;
            let (mean, square) = deposit(&Scintillator::CDWO4_30_MM, energy);
            assert!(mean > 0.0 && mean <= energy, "{energy}: {mean}");
            assert!(square >= mean * mean && square <= energy * energy, "{energy}: {mean} {square}");
        }
        assert_eq!(mean_deposited_mev(&Scintillator::CDWO4_30_MM, 0.001), 0.0);
        assert_eq!(mean_square_deposited_mev2(&Scintillator::CDWO4_30_MM, 11.0), 0.0);
    }

    #[test]
    fn klein_nishina_recoil_shares_are_the_textbook_ones() {
        // Mean fraction of energy to the electron: 0.138 at 0.1 MeV, 0.440 at 1 MeV, 0.684 at 10 MeV (Johns & Cunningham).
        for (energy, expect) in [(0.1, 0.138), (1.0, 0.440), (10.0, 0.684)] {
            let got = recoil_share(energy);
            assert!((got - expect).abs() < 0.005, "{energy} MeV: {got}, expected {expect}");
        }
    }

    #[test]
    fn the_table_of_the_default_crystal_follows_the_formula() {
        for energy in [0.05, 0.21, 0.66, 1.25, 2.8, 5.5, 8.9] {
            let (a, b) = (default_deposit(energy).0, mean_deposited_mev(&Scintillator::CDWO4_30_MM, energy));
            assert!((a / b - 1.0).abs() < 0.003, "{energy}: {a} {b}");
        }
    }
}
