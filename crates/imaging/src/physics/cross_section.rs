use std::sync::OnceLock;

/// Lowest tabulated photon energy in MeV. Below it nothing passes the beam filter of a cargo scanner.
pub const ENERGY_MIN_MEV: f64 = 0.03;
/// Highest tabulated photon energy in MeV.
pub const ENERGY_MAX_MEV: f64 = 10.0;

/// Partial mass attenuation coefficients of an element at one energy, in cm²/g.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CrossSection {
    /// Coherent (Rayleigh) scattering.
    pub coherent: f64,
    /// Incoherent (Compton) scattering.
    pub incoherent: f64,
    /// Photoelectric absorption.
    pub photoelectric: f64,
    /// Pair production in the fields of nucleus and electrons.
    pub pair: f64,
}

impl CrossSection {
    /// Total with coherent scattering, which removes a photon from a narrow beam like any other process.
    pub fn total(self) -> f64 {
        self.coherent + self.incoherent + self.photoelectric + self.pair
    }
}

/// One element: energies with their natural logarithms, rising; an absorption edge is two rows of equal energy.
struct Element {
    ln_energy: Vec<f64>,
    rows: Vec<[f64; 4]>,
}

const ELEMENT_SLOTS: usize = 101;
const TABLE: &str = include_str!("../../data/cross_sections.csv");

fn elements() -> &'static [Option<Element>] {
    static ELEMENTS: OnceLock<Vec<Option<Element>>> = OnceLock::new();
    ELEMENTS.get_or_init(|| {
        let mut elements: Vec<Option<Element>> = Vec::new();
        elements.resize_with(ELEMENT_SLOTS, || None);
        // The table is part of the program and a test counts its rows, so a line that does not parse is only a header.
        for line in TABLE.lines() {
            let mut fields = line.split(',').map(str::parse::<f64>);
            let mut next = || fields.next().and_then(Result::ok);
            let (Some(z), Some(energy), Some(a), Some(b), Some(c), Some(d)) =
                (next(), next(), next(), next(), next(), next())
            else {
                continue;
            };
            if let Some(slot) = elements.get_mut(z as usize) {
                let element = slot.get_or_insert_with(|| Element { ln_energy: Vec::new(), rows: Vec::new() });
                element.ln_energy.push(libm::log(energy));
                element.rows.push([a, b, c, d]);
            }
        }
        elements
    })
}

/// Whether the table holds the element of atomic number `z`.
pub fn is_tabulated(z: u8) -> bool {
    elements().get(usize::from(z)).is_some_and(Option::is_some)
}

/// Partial cross sections of element `z` at `energy_mev` (EPDL97, log-log interpolation), in cm²/g.
///
/// `None` when the element or the energy ([`ENERGY_MIN_MEV`]..=[`ENERGY_MAX_MEV`]) is not tabulated. At an absorption
/// edge the upper side is given.
pub fn cross_section_cm2_per_g(z: u8, energy_mev: f64) -> Option<CrossSection> {
    if !(ENERGY_MIN_MEV..=ENERGY_MAX_MEV).contains(&energy_mev) {
        return None;
    }
    let element = elements().get(usize::from(z))?.as_ref()?;
    let x = libm::log(energy_mev);
    let above = element.ln_energy.partition_point(|&e| e <= x).clamp(1, element.rows.len() - 1);
    let (x0, x1) = (element.ln_energy[above - 1], element.ln_energy[above]);
    let t = if x1 > x0 { ((x - x0) / (x1 - x0)).clamp(0.0, 1.0) } else { 1.0 };
    let (low, high) = (&element.rows[above - 1], &element.rows[above]);
    let at = |i: usize| {
        if low[i] > 0.0 && high[i] > 0.0 {
            libm::exp(libm::log(low[i]) * (1.0 - t) + libm::log(high[i]) * t)
        } else {
            low[i] + (high[i] - low[i]) * t
        }
    };
    Some(CrossSection { coherent: at(0), incoherent: at(1), photoelectric: at(2), pair: at(3) })
}

/// Total mass attenuation coefficient (with coherent scattering) of element `z` at `energy_mev`, in cm²/g; `None` when
/// the element or the energy is not tabulated.
pub fn mass_attenuation_cm2_per_g(z: u8, energy_mev: f64) -> Option<f64> {
    cross_section_cm2_per_g(z, energy_mev).map(CrossSection::total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_is_read() {
        let rows: usize = elements().iter().flatten().map(|element| element.rows.len()).sum();
        assert_eq!(rows, TABLE.lines().count() - 1);
        assert!(is_tabulated(26) && is_tabulated(92) && !is_tabulated(2) && !is_tabulated(200));
    }

    #[test]
    fn energies_outside_the_table_are_refused() {
        for energy in [0.0, 0.029, 10.1, f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(mass_attenuation_cm2_per_g(26, energy), None, "{energy}");
        }
        assert!(mass_attenuation_cm2_per_g(26, 0.03).is_some() && mass_attenuation_cm2_per_g(26, 10.0).is_some());
    }

    #[test]
    fn the_k_edge_of_tungsten_is_a_step() {
        let below = mass_attenuation_cm2_per_g(74, 0.0696).unwrap();
        let above = mass_attenuation_cm2_per_g(74, 0.0697).unwrap();
        assert!(above / below > 4.0, "{below} {above}");
    }
}
