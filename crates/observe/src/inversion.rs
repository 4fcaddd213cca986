//! Attenuation → areal density of cargo behind a known layer of steel, for each basis material.
//!
//! `A_high = F_high(s, λ)` with s the steel of the box and λ the cargo, solved for λ on a grid of (s, A): the structure is
//! the first layer of the inversion. Subtracting it in A instead would bias organic cargo by −2 to −4 %, because the steel
//! has already hardened the beam.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pellucid_core::MaterialClass;
use pellucid_imaging::physics::{BandResponse, ForwardTable, Material, material};

use crate::beam::Beam;

/// Basis materials from organic to heavy, with the largest density (g/cm³) at which goods of that kind are stowed: it
/// bounds how thin a load of given areal density can be.
const BASIS: [(&str, f64); 5] =
    [("polyethylene", 0.95), ("cellulose", 1.1), ("aluminium", 2.7), ("iron", 7.9), ("lead", 11.4)];
/// Number of basis materials.
pub(crate) const MATERIALS: usize = BASIS.len();
/// Index of the material assumed where nothing can be told.
pub(crate) const CELLULOSE: usize = 1;
/// Index of the metal whose separation from cellulose decides whether anything can be told.
pub(crate) const IRON: usize = 3;

/// Steel of the box along a ray, g/cm².
const STEEL_GRID: [f64; 15] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 72.0, 110.0, 160.0];
const A_STEPS_PER_UNIT: f64 = 16.0;
const A_POINTS: usize = 257;

/// Tables of one beam.
#[derive(Debug)]
pub(crate) struct Inversion {
    /// `[material][steel][A]`: areal density, negative where less than the steel is there (noise around nothing).
    lambda: Vec<f32>,
    /// The same: attenuation of the low band.
    low: Vec<f32>,
    /// Attenuation of the high band behind the steel alone.
    steel_attenuation: [f64; STEEL_GRID.len()],
    /// Whether there is a low band.
    pub(crate) is_dual: bool,
}

/// Tables by the bits of high and low end-point.
type ByBeam = BTreeMap<(u64, u64), Arc<Inversion>>;

/// Where a pixel lies in the grid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    steel: usize,
    steel_share: f32,
    a: usize,
    a_share: f32,
}

impl Inversion {
    pub(crate) fn cached(beam: Beam) -> Arc<Self> {
        static CACHE: OnceLock<Mutex<ByBeam>> = OnceLock::new();
        let key = (beam.high_mev.to_bits(), beam.low_mev.map_or(0, f64::to_bits));
        let mut cache = CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cache.entry(key).or_insert_with(|| Arc::new(Self::new(beam))))
    }

    fn new(beam: Beam) -> Self {
        let high = BandResponse::new(beam.high_mev);
        let low = beam.low_mev.map(BandResponse::new);
        let steel = material("steel").into_iter();
        let basis: Vec<&Material> = steel.chain(BASIS.iter().filter_map(|(name, _)| material(name))).collect();
        let high_table = ForwardTable::new(&high, &basis);
        let low_table = low.as_ref().map(|band| ForwardTable::new(band, &basis));
        let mut grid = vec![0.0];
        let mut next = 0.4;
        while next < 1200.0 {
            grid.push(next);
            next *= 1.07;
        }
        let size = MATERIALS * STEEL_GRID.len() * A_POINTS;
        let (mut lambda, mut low_values) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for m in 0..MATERIALS {
            for &s in &STEEL_GRID {
                let at = |table: &ForwardTable, x: f64| {
                    let mut layers = [0.0; MATERIALS + 1];
                    layers[0] = s;
                    layers[m + 1] = x;
                    table.attenuation(&layers)
                };
                let highs: Vec<f64> = grid.iter().map(|&x| at(&high_table, x)).collect();
                let lows: Vec<f64> = match &low_table {
                    Some(table) => grid.iter().map(|&x| at(table, x)).collect(),
                    None => highs.clone(),
                };
                for i in 0..A_POINTS {
                    let a = i as f64 / A_STEPS_PER_UNIT;
                    // Beyond either end the nearest segment goes on in a straight line.
                    let k = highs.partition_point(|h| *h <= a).clamp(1, grid.len() - 1);
                    let t = (a - highs[k - 1]) / (highs[k] - highs[k - 1]);
                    lambda.push((grid[k - 1] + t * (grid[k] - grid[k - 1])) as f32);
                    low_values.push((lows[k - 1] + t * (lows[k] - lows[k - 1])) as f32);
                }
            }
        }
        let steel_attenuation = STEEL_GRID.map(|s| high_table.attenuation(&[s]));
        Self { lambda, low: low_values, steel_attenuation, is_dual: low.is_some() }
    }

    /// Finds a pixel of attenuation `a` behind `steel` g/cm² of steel.
    pub(crate) fn spot(&self, steel: f64, a: f64) -> Spot {
        let (i, t) = steel_place(steel);
        let x = (a * A_STEPS_PER_UNIT).clamp(0.0, (A_POINTS - 1) as f64);
        let k = (x as usize).min(A_POINTS - 2);
        Spot { steel: i, steel_share: t as f32, a: k, a_share: (x - k as f64) as f32 }
    }

    /// Areal density of cargo in g/cm² if it is of basis material `m`.
    pub(crate) fn lambda(&self, m: usize, spot: Spot) -> f64 {
        bilinear(&self.lambda, m, spot)
    }

    /// Attenuation that the low band should then show.
    pub(crate) fn low(&self, m: usize, spot: Spot) -> f64 {
        bilinear(&self.low, m, spot)
    }

    /// Attenuation of the high band behind steel alone.
    pub(crate) fn steel_attenuation(&self, steel: f64) -> f64 {
        let (i, t) = steel_place(steel);
        self.steel_attenuation[i] * (1.0 - t) + self.steel_attenuation[i + 1] * t
    }

    /// Steel that alone shows attenuation `a`, g/cm², up to the end of the grid.
    pub(crate) fn steel_for(&self, a: f64) -> f64 {
        let i = self.steel_attenuation.partition_point(|v| *v <= a).clamp(1, STEEL_GRID.len() - 1);
        let (a0, a1) = (self.steel_attenuation[i - 1], self.steel_attenuation[i]);
        let t = ((a - a0) / (a1 - a0)).clamp(0.0, 1.0);
        STEEL_GRID[i - 1] + t * (STEEL_GRID[i] - STEEL_GRID[i - 1])
    }

    /// Class of a basis material.
    pub(crate) fn class(m: usize) -> MaterialClass {
        BASIS.get(m).and_then(|(name, _)| material(name)).map_or(MaterialClass::Undecidable, |m| m.class)
    }

    /// Largest stowed density of a basis material, g/cm³.
    pub(crate) fn largest_density(m: usize) -> f64 {
        BASIS.get(m).map_or(1.0, |(_, density)| *density)
    }
}

fn steel_place(steel: f64) -> (usize, f64) {
    let last = STEEL_GRID.len() - 1;
    let s = steel.clamp(0.0, STEEL_GRID[last]);
    let i = STEEL_GRID.partition_point(|v| *v <= s).clamp(1, last) - 1;
    (i, (s - STEEL_GRID[i]) / (STEEL_GRID[i + 1] - STEEL_GRID[i]))
}

fn bilinear(table: &[f32], m: usize, spot: Spot) -> f64 {
    let row = (m * STEEL_GRID.len() + spot.steel) * A_POINTS + spot.a;
    let (a, b) = (spot.a_share, spot.steel_share);
    let upper = table[row] * (1.0 - a) + table[row + 1] * a;
    let lower = table[row + A_POINTS] * (1.0 - a) + table[row + A_POINTS + 1] * a;
    f64::from(upper * (1.0 - b) + lower * b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAM: Beam = Beam { high_mev: 6.0, low_mev: Some(3.5) };

    #[test]
    fn cargo_behind_steel_is_found_within_half_a_percent() {
        let inversion = Inversion::new(BEAM);
        let (high, low) = (BandResponse::new(6.0), BandResponse::new(3.5));
        let steel = material("steel").unwrap();
        for (m, (name, _)) in BASIS.iter().enumerate() {
            let goods = material(name).unwrap();
            for s in [0.0, 2.9, 7.0, 40.0] {
                for x in [2.0, 10.0, 55.0, 160.0] {
                    let layers = [(steel, s), (goods, x)];
                    let spot = inversion.spot(s, high.attenuation(&layers));
                    let got = inversion.lambda(m, spot);
                    assert!((got - x).abs() < 0.05 + 0.005 * x, "{name} {x} behind {s}: {got}");
                    let expect = low.attenuation(&layers);
                    assert!((inversion.low(m, spot) - expect).abs() < 0.006, "{name} {x} behind {s}");
                }
            }
        }
    }

    #[test]
    fn steel_is_recognised_by_itself() {
        let inversion = Inversion::new(BEAM);
        for s in [0.5, 2.9, 5.0, 20.0] {
            let a = inversion.steel_attenuation(s);
            assert!((inversion.steel_for(a) - s).abs() < 1e-6);
            assert!(inversion.lambda(CELLULOSE, inversion.spot(s, a)).abs() < 0.05 + 0.003 * s);
        }
    }

    #[test]
    fn less_than_the_steel_gives_less_than_nothing() {
        let inversion = Inversion::new(BEAM);
        let a = inversion.steel_attenuation(3.0);
        assert!(inversion.lambda(CELLULOSE, inversion.spot(3.0, a - 0.02)) < -0.2);
        assert!(inversion.lambda(CELLULOSE, inversion.spot(3.0, 0.0)).is_finite());
        assert!(inversion.lambda(CELLULOSE, inversion.spot(1e9, 99.0)).is_finite());
    }
}
