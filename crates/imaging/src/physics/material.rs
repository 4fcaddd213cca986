use std::collections::BTreeMap;
use std::sync::OnceLock;

use pellucid_core::MaterialClass;

use super::catalogue::MATERIALS;
use super::cross_section::{CrossSection, cross_section_cm2_per_g};

/// A material: what it is made of and how dense it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Material {
    /// Name in the catalogue.
    pub name: &'static str,
    /// Density of the solid or liquid in g/cm³ (foams and herbs: in bulk).
    pub density_g_per_cm3: f64,
    /// Mass fraction by atomic number; they sum to 1.
    pub mass_fractions: &'static [(u8, f64)],
    /// The class a dual-energy scan should give it.
    pub class: MaterialClass,
    /// Formula, standard or recipe the fractions come from.
    pub note: &'static str,
}

impl Material {
    /// Partial mass attenuation coefficients in cm²/g (mixture rule); `None` outside the tabulated energies.
    pub fn cross_section_cm2_per_g(&self, energy_mev: f64) -> Option<CrossSection> {
        let mut sum = CrossSection::default();
        for &(z, fraction) in self.mass_fractions {
            let part = cross_section_cm2_per_g(z, energy_mev)?;
            sum.coherent += fraction * part.coherent;
            sum.incoherent += fraction * part.incoherent;
            sum.photoelectric += fraction * part.photoelectric;
            sum.pair += fraction * part.pair;
        }
        Some(sum)
    }

    /// Total mass attenuation coefficient in cm²/g; `None` outside the tabulated energies.
    pub fn mass_attenuation_cm2_per_g(&self, energy_mev: f64) -> Option<f64> {
        self.cross_section_cm2_per_g(energy_mev).map(CrossSection::total)
    }

    /// Mean atomic number weighted by electrons, `Σ w Z²/A / Σ w Z/A` with `A ≈ 2Z` (Z for hydrogen): what pair
    /// production against Compton scattering sees.
    pub fn effective_atomic_number(&self) -> f64 {
        let (mut top, mut bottom) = (0.0, 0.0);
        for &(z, fraction) in self.mass_fractions {
            let electrons = fraction * if z == 1 { 1.0 } else { 0.5 };
            top += electrons * f64::from(z);
            bottom += electrons;
        }
        top / bottom
    }
}

/// The whole catalogue.
pub fn materials() -> &'static [Material] {
    MATERIALS
}

/// A material by its name.
pub fn material(name: &str) -> Option<&'static Material> {
    static INDEX: OnceLock<BTreeMap<&'static str, &'static Material>> = OnceLock::new();
    INDEX.get_or_init(|| MATERIALS.iter().map(|m| (m.name, m)).collect()).get(name).copied()
}

/// A material by its name, or why there is none: the names that there are.
///
/// # Errors
/// The catalogue has no material of that name.
pub fn catalogued(name: &str) -> Result<&'static Material, String> {
    material(name).ok_or_else(|| {
        let known: Vec<&str> = materials().iter().map(|material| material.name).collect();
        format!("{name:?} is not in the catalogue of materials, which has {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::physics::cross_section::is_tabulated;

    #[test]
    fn every_material_is_whole() {
        let mut names = BTreeSet::new();
        for m in materials() {
            assert!(names.insert(m.name), "{} twice", m.name);
            let sum: f64 = m.mass_fractions.iter().map(|(_, w)| w).sum();
            assert!((sum - 1.0).abs() < 2e-6, "{}: fractions sum to {sum}", m.name);
            assert!(m.mass_fractions.iter().all(|&(z, w)| w > 0.0 && is_tabulated(z)), "{}", m.name);
            assert!(m.density_g_per_cm3 > 0.0 && !m.note.is_empty(), "{}", m.name);
        }
    }

    #[test]
    fn formulas_give_their_textbook_fractions() {
        let check = |name: &str, z: u8, expect: f64| {
            let found = material(name).unwrap().mass_fractions.iter().find(|(n, _)| *n == z).unwrap().1;
            assert!((found - expect).abs() < 2e-4, "{name} Z={z}: {found}, expected {expect}");
        };
        check("water", 1, 0.1119);
        check("polyethylene", 6, 0.8563);
        check("cellulose", 8, 0.4934);
        check("sodium_chloride", 11, 0.3934);
        check("rdx", 7, 0.3783);
        check("cocaine", 17, 0.1044);
    }

    #[test]
    fn classes_follow_the_effective_atomic_number() {
        for m in materials() {
            let z = m.effective_atomic_number();
            let fits = match m.class {
                MaterialClass::Air | MaterialClass::Organic => z < 9.5,
                MaterialClass::LightInorganic => (7.0..20.0).contains(&z),
                MaterialClass::Metal => (11.0..45.0).contains(&z),
                MaterialClass::Heavy => z > 30.0,
                MaterialClass::Undecidable => false,
            };
            assert!(fits, "{} has effective Z {z:.1} and class {:?}", m.name, m.class);
        }
    }

    #[test]
    fn names_that_goods_and_scanners_use_exist() {
        for name in [
            "air",
            "water",
            "polyethylene",
            "cellulose",
            "wood",
            "cotton",
            "coffee",
            "peanut",
            "rubber",
            "steel",
            "iron",
            "aluminium",
            "copper",
            "glass",
            "wine",
            "polystyrene",
            "polyurethane",
            "paper",
            "plywood",
            "ceramic",
            "lead",
            "tungsten",
            "sugar",
            "sodium_chloride",
        ] {
            assert!(material(name).is_some(), "{name}");
        }
        assert!(material("unobtainium").is_none());
    }
}
