//! What a ray held before: a mixture of two materials that shows the attenuations that the scan shows.
//!
//! Only the spectrum behind what is there matters: it decides by how much added matter attenuates. Two bands: the pair of
//! neighbours in [`CHAIN`] whose attenuation in the low band encloses the measured one (mean of 9 × 9 like pixels, because a
//! wrong material is worth less than its noise). One band, or a low band that sees nothing: steel up to the walls' areal
//! density, cellulose behind it. Two bands give the added attenuation within 0.5 %, one within 6 % at 6 MV and 10 % at 9 MV (the
//! farthest is thick steel taken for cellulose; `tests`).

use pellucid_imaging::physics::{BandResponse, LayeredInversion, Material, material};

use super::refuse;
use crate::error::PhantomError;

/// From hydrogen-rich to heavy: the attenuation of the low band falls along it for the same high band, as long as pair
/// production tells, and rises again for thin heavy matter.
const CHAIN: [&str; 6] = ["polyethylene", "cellulose", "aluminium", "steel", "tin", "lead"];
const CELLULOSE: usize = 1;
const STEEL: usize = 3;
/// Materials in a mixture's list.
pub(super) const MATERIALS: usize = CHAIN.len();
/// Attenuation beyond which nothing more is told.
const DEEPEST: f64 = 13.0;
/// Attenuation of the high band below which bands do not tell materials apart.
const THIN: f64 = 0.1;
/// Share of I₀ up to which a band's mean says nothing of material.
pub(super) const DARK: f64 = 1e-3;

/// Areal densities of [`CHAIN`]'s materials, g/cm².
pub(super) type Mixture = [f64; MATERIALS];

/// Tables from attenuation to mixtures.
#[derive(Debug, Clone)]
pub(super) struct Existing {
    inversion: LayeredInversion,
    /// Steel of walls, g/cm²: what single bands hold to be steel.
    steel: f64,
}

/// The chain's materials, in order.
///
/// # Errors
/// The catalogue lacks one.
pub(super) fn chain() -> Result<Vec<&'static Material>, PhantomError> {
    let find = |name: &&str| material(name).ok_or_else(|| PhantomError::UnknownMaterial { name: (*name).to_owned() });
    CHAIN.iter().map(find).collect()
}

impl Existing {
    /// # Errors
    /// The catalogue lacks a material, or `steel` (g/cm²) is not within 0 and 100.
    pub(super) fn new(high: &BandResponse, low: Option<&BandResponse>, steel: f64) -> Result<Self, PhantomError> {
        if !(0.0..=100.0).contains(&steel) {
            return Err(refuse("wall_steel_g_per_cm2", format!("must lie in 0 to 100, got {steel}")));
        }
        Ok(Self { inversion: LayeredInversion::new(high, low, &chain()?), steel })
    }

    /// The mixture behind which `through` of the high band is left; `means` are both bands' transmissions around it.
    pub(super) fn mixture(&self, through: f64, means: Option<[f64; 2]>) -> Mixture {
        let a = attenuation(through);
        let mut mixture = [0.0; MATERIALS];
        let told = means.filter(|[high, low]| *low > 2.0 * DARK && *high > 2.0 * DARK && -libm::log(*high) > THIN);
        if let Some([high, low]) = told {
            let (first, share) = self.place(attenuation(high), attenuation(low));
            let spot = self.inversion.spot(0.0, a);
            mixture[first] = (1.0 - share) * self.inversion.lambda(first, spot).max(0.0);
            mixture[first + 1] = share * self.inversion.lambda(first + 1, spot).max(0.0);
        } else {
            let steel = self.inversion.steel_for(a).min(self.steel);
            mixture[STEEL] = steel;
            if a > self.inversion.steel_attenuation(self.steel) {
                mixture[CELLULOSE] = self.inversion.lambda(CELLULOSE, self.inversion.spot(steel, a)).max(0.0);
            }
        }
        mixture
    }

    /// The first of two neighbours in the chain between which both attenuations lie, and how far towards the second.
    fn place(&self, high: f64, low: f64) -> (usize, f64) {
        let spot = self.inversion.spot(0.0, high);
        let lows: Vec<f64> = (0..MATERIALS).map(|m| self.inversion.low(m, spot)).collect();
        let between = |pair: &[f64]| (low - pair[0]) * (low - pair[1]) <= 0.0 && pair[0] != pair[1];
        if let Some(i) = lows.windows(2).position(between) {
            return (i, (low - lows[i]) / (lows[i + 1] - lows[i]));
        }
        let mut nearest = 0;
        for m in 1..MATERIALS {
            if (lows[m] - low).abs() < (lows[nearest] - low).abs() {
                nearest = m;
            }
        }
        if nearest + 1 < MATERIALS { (nearest, 0.0) } else { (nearest - 1, 1.0) }
    }
}

fn attenuation(through: f64) -> f64 {
    (-libm::log(through.max(1e-9))).clamp(0.0, DEEPEST)
}

#[cfg(test)]
mod tests {
    use pellucid_imaging::physics::ForwardTable;

    use super::*;

    /// Added attenuation behind what is there, as the mixture predicts it against what the materials really give.
    fn errors(bands: [f64; 2], is_dual: bool) -> f64 {
        let [high, low] = bands.map(BandResponse::new);
        let existing = Existing::new(&high, is_dual.then_some(&low), 3.2).unwrap();
        let names = ["steel", "cotton", "polyethylene", "water", "aluminium", "copper", "ceramic"];
        let added = ["cellulose", "steel", "lead"].map(|n| material(n).unwrap());
        let mut layers = chain().unwrap();
        layers.extend(added);
        let table = ForwardTable::new(&high, &layers);
        let mut worst = 0.0_f64;
        for name in names {
            let there = material(name).unwrap();
            for x in [2.0, 10.0, 40.0, 90.0] {
                let t = [&high, &low].map(|band| libm::exp(-band.attenuation(&[(there, x)])));
                let mixture = existing.mixture(t[0], is_dual.then_some(t));
                for (k, y) in [(0, 15.0), (1, 15.0), (2, 10.0)] {
                    let mut areal = vec![0.0; MATERIALS + 3];
                    areal[..MATERIALS].copy_from_slice(&mixture);
                    let before = table.transmission(&areal);
                    areal[MATERIALS + k] = y;
                    let got = -libm::log(table.transmission(&areal) / before);
                    let real = high.attenuation(&[(there, x), (added[k], y)]) - high.attenuation(&[(there, x)]);
                    worst = worst.max((got / real - 1.0).abs());
                }
            }
        }
        worst
    }

    #[test]
    fn added_matter_attenuates_as_behind_the_real_materials() {
        for bands in [[6.0, 3.5], [9.0, 6.0]] {
            let (dual, single) = (errors(bands, true), errors(bands, false));
            println!(
                "{bands:?} MV: added attenuation off by at most {:.2} % (two bands), {:.2} %",
                1e2 * dual,
                1e2 * single
            );
            assert!(dual < 0.005 && single < 0.1, "{dual} {single}");
        }
    }
}
