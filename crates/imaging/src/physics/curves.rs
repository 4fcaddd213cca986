use pellucid_core::MaterialClass;

use super::band::BandResponse;
use super::forward::ForwardTable;
use super::material::{Material, material};

/// Points of a curve over attenuation.
pub const CURVE_POINTS: usize = 257;
/// Step of attenuation between two points.
pub const CURVE_STEP: f64 = 1.0 / 16.0;
/// Largest attenuation of a curve.
pub const CURVE_MAX: f64 = 16.0;

/// Attenuation ↔ areal density of one material in one band.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveCurve {
    table: ForwardTable,
}

impl EffectiveCurve {
    /// The curve of a material in a band.
    pub fn new(band: &BandResponse, material: &Material) -> Self {
        Self { table: ForwardTable::with_bins(band, &[material], 96) }
    }

    /// Attenuation behind `areal_density` g/cm².
    pub fn attenuation(&self, areal_density_g_per_cm2: f64) -> f64 {
        self.table.attenuation(&[areal_density_g_per_cm2])
    }

    /// Areal density in g/cm² that gives an attenuation (0 for A ≤ 0; bisection to 1e-9 of the value).
    pub fn areal_density(&self, attenuation: f64) -> f64 {
        if attenuation.is_nan() || attenuation <= 0.0 {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 32.0);
        while self.attenuation(high) < attenuation && high < 1e6 {
            low = high;
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.attenuation(middle) < attenuation {
                low = middle;
            } else {
                high = middle;
            }
            if high - low <= 1e-9 * high {
                break;
            }
        }
        0.5 * (low + high)
    }
}

/// What a pure material shows over the attenuation of the high band.
#[derive(Debug, Clone, PartialEq)]
pub struct MaterialCurve {
    /// Name in the catalogue.
    pub name: &'static str,
    /// Class of the material.
    pub class: MaterialClass,
    /// Attenuation of the low band at `A_high = i / 16`; equal to `A_high` where there is no low band.
    pub low: Vec<f32>,
    /// Areal density in g/cm² at `A_high = i / 16`.
    pub areal_density: Vec<f32>,
}

/// Curves of the materials that a band pair can tell apart, from the most organic to the heaviest.
///
/// At equal `A_high` the low band separates materials: hydrogen-rich matter is attenuated most by it, heavy matter least,
/// because pair production gains on Compton scattering as energy rises. The order CH₂, cellulose, aluminium, iron, lead
/// falls in `low` wherever the bands see a difference at all; see `separation`.
#[derive(Debug, Clone, PartialEq)]
pub struct MaterialCurves {
    /// Curves in falling order of `low`.
    pub curves: Vec<MaterialCurve>,
    /// Index of the curve assumed where material cannot be told: cellulose.
    pub default_curve: usize,
}

impl MaterialCurves {
    /// Names of the default curves, from the organic end to the heavy end.
    pub const DEFAULT_MATERIALS: [&'static str; 5] = ["polyethylene", "cellulose", "aluminium", "iron", "lead"];

    /// The default curves of a band pair; without a low band only `areal_density` has meaning.
    pub fn new(high: &BandResponse, low: Option<&BandResponse>) -> Self {
        let materials: Vec<&Material> = Self::DEFAULT_MATERIALS.iter().filter_map(|name| material(name)).collect();
        Self::with_materials(high, low, &materials)
    }

    /// Curves of any materials, in the order given; the default curve is `cellulose`, or the first.
    pub fn with_materials(high: &BandResponse, low: Option<&BandResponse>, materials: &[&Material]) -> Self {
        let curves = materials
            .iter()
            .map(|m| {
                let curve = EffectiveCurve::new(high, m);
                let low_curve = low.map(|band| EffectiveCurve::new(band, m));
                let (mut lows, mut areal_densities) = (Vec::new(), Vec::new());
                for i in 0..CURVE_POINTS {
                    let attenuation = i as f64 * CURVE_STEP;
                    let lambda = curve.areal_density(attenuation);
                    areal_densities.push(lambda as f32);
                    lows.push(low_curve.as_ref().map_or(attenuation, |c| c.attenuation(lambda)) as f32);
                }
                MaterialCurve { name: m.name, class: m.class, low: lows, areal_density: areal_densities }
            })
            .collect();
        let default_curve = materials.iter().position(|m| m.name == "cellulose").unwrap_or(0);
        Self { curves, default_curve }
    }

    /// Difference in `A_low` at `a_high` between the organic and the metal end (linear between points): the signal that
    /// dual energy has there. Beyond [`CURVE_MAX`] the last point counts.
    pub fn separation(&self, a_high: f64) -> f64 {
        let find = |class| self.curves.iter().find(|c| c.class == class);
        match (find(MaterialClass::Organic), find(MaterialClass::Metal)) {
            (Some(organic), Some(metal)) => at(&organic.low, a_high) - at(&metal.low, a_high),
            _ => 0.0,
        }
    }

    /// Whether organic and metal stand at least `k` standard deviations apart at `a_high`.
    ///
    /// `sigma_high` and `sigma_low` are the standard deviations of the two attenuations after averaging; both move the
    /// distance of a pixel from the curves, the high band by the slope dA_low/dA_high, which is close to 1.
    pub fn is_decidable(&self, a_high: f64, sigma_high: f64, sigma_low: f64, k: f64) -> bool {
        self.separation(a_high) > k * libm::sqrt(sigma_high * sigma_high + sigma_low * sigma_low)
    }

    /// Areal density in g/cm² along one curve at `a_high`.
    pub fn areal_density(&self, curve: usize, a_high: f64) -> f64 {
        self.curves.get(curve).map_or(0.0, |c| at(&c.areal_density, a_high))
    }
}

/// Linear interpolation on the curve's grid, held at its ends.
fn at(values: &[f32], attenuation: f64) -> f64 {
    let x = (attenuation / CURVE_STEP).clamp(0.0, (CURVE_POINTS - 1) as f64);
    let i = (x as usize).min(CURVE_POINTS - 2);
    let t = x - i as f64;
    match (values.get(i), values.get(i + 1)) {
        (Some(&a), Some(&b)) => f64::from(a) * (1.0 - t) + f64::from(b) * t,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areal_density_inverts_attenuation() {
        let curve = EffectiveCurve::new(&BandResponse::new(6.0), material("coffee").unwrap());
        for lambda in [0.01, 1.0, 50.0, 250.0] {
            let back = curve.areal_density(curve.attenuation(lambda));
            assert!((back / lambda - 1.0).abs() < 1e-6, "{lambda} {back}");
        }
        assert_eq!(curve.areal_density(-1.0), 0.0);
        assert_eq!(curve.areal_density(f64::NAN), 0.0);
    }

    #[test]
    fn curves_start_at_zero_and_rise() {
        let curves = MaterialCurves::new(&BandResponse::new(6.0), Some(&BandResponse::new(3.5)));
        assert_eq!(curves.curves.len(), MaterialCurves::DEFAULT_MATERIALS.len());
        for c in &curves.curves {
            assert_eq!((c.low[0], c.areal_density[0]), (0.0, 0.0), "{}", c.name);
            assert!(c.low.windows(2).all(|w| w[1] > w[0]), "{}", c.name);
            assert!(c.areal_density.windows(2).all(|w| w[1] > w[0]), "{}", c.name);
        }
        assert_eq!(curves.curves[curves.default_curve].name, "cellulose");
    }
}
