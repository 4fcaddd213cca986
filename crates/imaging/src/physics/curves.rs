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

/// What a pure material shows over the attenuation of the high band: 257 points, `A_high = i / 16`.
#[derive(Debug, Clone, PartialEq)]
pub struct MaterialCurve {
    /// Name in the catalogue.
    pub name: String,
    /// Class of the material.
    pub class: MaterialClass,
    /// Attenuation of the low band, rising from 0; equal to `A_high` where there is no low band.
    pub a_low: Vec<f64>,
    /// Areal density in g/cm², rising from 0.
    pub lambda_g_per_cm2: Vec<f64>,
}

/// Curves of the materials that a band pair can tell apart, from the most organic to the heaviest.
///
/// At equal `A_high` the low band separates materials: hydrogen-rich matter is attenuated most by it, heavy matter least,
/// because pair production gains on Compton scattering as energy rises. The order CH₂, cellulose, aluminium, iron, lead
/// falls in `a_low`, with one exception: thin lead (`A_high` below about 1 at 6/3.5 MV and 0.4 at 9/6 MV) stops so many
/// soft photons that it looks like aluminium or plastic. Nothing can be said of it there, so its curve is kept at least
/// 0.6 of the organic–metal separation below the metal curve: what is seen beneath that line is heavy for certain, and
/// noise around thin steel does not turn into lead.
#[derive(Debug, Clone, PartialEq)]
pub struct MaterialCurves {
    /// Curves in falling order of `a_low`.
    pub materials: Vec<MaterialCurve>,
    /// Index of the curve assumed where material cannot be told: cellulose.
    pub default_curve: usize,
    /// Indices of the two curves that must differ by more than noise before any class is named: cellulose and iron.
    pub decisive: [usize; 2],
}

/// How far below the metal curve the heavy one is kept, as a share of the organic–metal separation.
const HEAVY_MARGIN: f64 = 0.6;

impl MaterialCurves {
    /// Names of the default curves, from the organic end to the heavy end.
    pub const DEFAULT_MATERIALS: [&'static str; 5] = ["polyethylene", "cellulose", "aluminium", "iron", "lead"];

    /// The default curves of a band pair; without a low band only `lambda_g_per_cm2` has meaning.
    pub fn new(high: &BandResponse, low: Option<&BandResponse>) -> Self {
        let materials: Vec<&Material> = Self::DEFAULT_MATERIALS.iter().filter_map(|name| material(name)).collect();
        Self::with_materials(high, low, &materials)
    }

    /// Curves of any materials, in the order given. Default and decisive curves are cellulose and iron, or the first and
    /// the last.
    pub fn with_materials(high: &BandResponse, low: Option<&BandResponse>, materials: &[&Material]) -> Self {
        let mut curves: Vec<MaterialCurve> = materials.iter().map(|m| curve_of(high, low, m)).collect();
        let find = |name: &str| materials.iter().position(|m| m.name == name);
        let organic = find("cellulose").unwrap_or(0);
        let metal = find("iron").unwrap_or(materials.len().saturating_sub(1));
        if low.is_some() {
            for k in metal + 1..curves.len() {
                for i in 0..CURVE_POINTS {
                    let base = curves[metal].a_low[i];
                    let cap = base - HEAVY_MARGIN * (curves[organic].a_low[i] - base);
                    curves[k].a_low[i] = curves[k].a_low[i].min(cap.max(0.0));
                }
            }
        }
        Self { materials: curves, default_curve: organic, decisive: [organic, metal] }
    }

    /// Difference in `A_low` at `a_high` between the decisive curves (linear between points, held at the ends): the signal
    /// that dual energy has there.
    pub fn separation(&self, a_high: f64) -> f64 {
        let value = |index: usize| self.materials.get(index).map_or(0.0, |c| at(&c.a_low, a_high));
        value(self.decisive[0]) - value(self.decisive[1])
    }

    /// Areal density in g/cm² along one curve at `a_high`; 0 for an index that does not exist.
    pub fn areal_density(&self, curve: usize, a_high: f64) -> f64 {
        self.materials.get(curve).map_or(0.0, |c| at(&c.lambda_g_per_cm2, a_high))
    }
}

fn curve_of(high: &BandResponse, low: Option<&BandResponse>, m: &Material) -> MaterialCurve {
    let curve = EffectiveCurve::new(high, m);
    let low_curve = low.map(|band| EffectiveCurve::new(band, m));
    let (mut a_low, mut lambda_g_per_cm2) = (Vec::new(), Vec::new());
    for i in 0..CURVE_POINTS {
        let attenuation = i as f64 * CURVE_STEP;
        let lambda = curve.areal_density(attenuation);
        lambda_g_per_cm2.push(lambda);
        a_low.push(low_curve.as_ref().map_or(attenuation, |c| c.attenuation(lambda)));
    }
    MaterialCurve { name: m.name.to_owned(), class: m.class, a_low, lambda_g_per_cm2 }
}

/// Linear interpolation on the curve's grid, held at its ends.
fn at(values: &[f64], attenuation: f64) -> f64 {
    let x = (attenuation / CURVE_STEP).clamp(0.0, (CURVE_POINTS - 1) as f64);
    let i = (x as usize).min(CURVE_POINTS - 2);
    let t = x - i as f64;
    match (values.get(i), values.get(i + 1)) {
        (Some(a), Some(b)) => a * (1.0 - t) + b * t,
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
    fn curves_rise_from_zero_and_fall_in_order() {
        for (high, low) in [(6.0, 3.5), (9.0, 6.0)] {
            let curves = MaterialCurves::new(&BandResponse::new(high), Some(&BandResponse::new(low)));
            assert_eq!(curves.materials.len(), MaterialCurves::DEFAULT_MATERIALS.len());
            for c in &curves.materials {
                assert!(c.a_low[0].abs() < 1e-12 && c.lambda_g_per_cm2[0] == 0.0, "{}", c.name);
                assert!(c.a_low.windows(2).all(|w| w[1] > w[0]), "{}", c.name);
                assert!(c.lambda_g_per_cm2.windows(2).all(|w| w[1] > w[0]), "{}", c.name);
            }
            for pair in curves.materials.windows(2) {
                let is_below = (1..CURVE_POINTS).all(|i| pair[1].a_low[i] < pair[0].a_low[i]);
                assert!(is_below, "{high}/{low}: {} is not below {}", pair[1].name, pair[0].name);
            }
            assert_eq!(curves.materials[curves.default_curve].name, "cellulose");
            assert!(curves.separation(4.0) > 3.0 * curves.separation(1.0));
        }
    }

    #[test]
    fn lead_is_told_from_iron_only_where_physics_allows() {
        let (high, low) = (BandResponse::new(6.0), BandResponse::new(3.5));
        let a_low = |name: &str, a_high: f64| {
            let m = material(name).unwrap();
            EffectiveCurve::new(&low, m).attenuation(EffectiveCurve::new(&high, m).areal_density(a_high))
        };
        assert!(a_low("lead", 0.3) > a_low("polyethylene", 0.3), "thin lead looks like plastic");
        assert!(a_low("lead", 3.0) < a_low("iron", 3.0) - 0.15, "thick lead does not");
    }

    #[test]
    fn one_band_gives_areal_density_only() {
        let curves = MaterialCurves::new(&BandResponse::new(6.0), None);
        assert_eq!(curves.separation(3.0), 0.0);
        let coffee = EffectiveCurve::new(&BandResponse::new(6.0), material("coffee").unwrap()).areal_density(3.0);
        assert!((curves.areal_density(curves.default_curve, 3.0) / coffee - 1.0).abs() < 0.02);
        assert_eq!(curves.areal_density(9, 3.0), 0.0);
    }
}
