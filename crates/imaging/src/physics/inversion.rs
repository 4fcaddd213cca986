//! Attenuation → areal density of cargo behind a known layer of steel.
//!
//! `A_high = F_high(s, λ)` with s the steel of the box in g/cm² and λ the cargo's areal density, solved for λ on a grid of
//! (s, A): the structure is the first layer of the inversion. Subtracting its attenuation instead would bias organic cargo
//! by −2 to −4 %, because the steel has already hardened the beam (DOMAIN §3; `tests/structure.rs`).

use super::band::BandResponse;
use super::forward::ForwardTable;
use super::material::{Material, material};

/// Steel of the box along a ray, g/cm².
const STEEL_GRID: [f64; 15] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 72.0, 110.0, 160.0];
const A_STEPS_PER_UNIT: f64 = 16.0;
const A_POINTS: usize = 257;

/// Tables of areal density and low-band attenuation of some materials behind steel, over (steel, `A_high`), read by
/// bilinear interpolation.
///
/// Error against the direct integral, for steel up to 40 g/cm², `A_high` up to 7 and end points of 6/3.5 and 9/6 MV: λ
/// within 0.05 g/cm² + 0.5 %, `A_low` within 0.006 (asserted in the tests; typically a tenth of that).
#[derive(Debug, Clone)]
pub struct LayeredInversion {
    /// `[material][steel][A]`: areal density, negative where less than the steel is there (noise around nothing).
    lambda: Vec<f32>,
    /// The same: attenuation of the low band.
    low: Vec<f32>,
    /// Attenuation of the high band behind the steel alone.
    steel_attenuation: [f64; STEEL_GRID.len()],
    materials: usize,
    is_dual: bool,
}

/// Where a layer of steel lies in the grid of a [`LayeredInversion`].
#[derive(Debug, Clone, Copy)]
pub struct SteelLayer {
    index: usize,
    share: f32,
}

/// Where a pixel lies in the grid of a [`LayeredInversion`].
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    steel: usize,
    steel_share: f32,
    a: usize,
    a_share: f32,
}

/// A value of a table with its slopes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tangent {
    /// The value.
    pub value: f64,
    /// Its change per unit of `A_high` at the same steel.
    pub per_attenuation: f64,
    /// Its change per g/cm² of steel at the same `A_high`.
    pub per_steel: f64,
}

impl LayeredInversion {
    /// Tables of `materials` in a band, or a pair of bands. Takes about a millisecond a material.
    pub fn new(high: &BandResponse, low: Option<&BandResponse>, materials: &[&Material]) -> Self {
        let steel = material("steel").into_iter();
        let layers: Vec<&Material> = steel.chain(materials.iter().copied()).collect();
        let high_table = ForwardTable::new(high, &layers);
        let low_table = low.map(|band| ForwardTable::new(band, &layers));
        let mut grid = vec![0.0];
        let mut next = 0.4;
        while next < 1200.0 {
            grid.push(next);
            next *= 1.07;
        }
        let size = materials.len() * STEEL_GRID.len() * A_POINTS;
        let (mut lambda, mut low_values) = (Vec::with_capacity(size), Vec::with_capacity(size));
        let mut areal_densities = vec![0.0; layers.len()];
        for m in 0..materials.len() {
            for &s in &STEEL_GRID {
                let mut at = |table: &ForwardTable, x: f64| {
                    areal_densities.fill(0.0);
                    areal_densities[0] = s;
                    areal_densities[m + 1] = x;
                    table.attenuation(&areal_densities)
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
        Self { lambda, low: low_values, steel_attenuation, materials: materials.len(), is_dual: low.is_some() }
    }

    /// Materials in the tables.
    pub fn materials(&self) -> usize {
        self.materials
    }

    /// Whether there is a low band.
    pub fn is_dual(&self) -> bool {
        self.is_dual
    }

    /// Finds a pixel of attenuation `a` behind `steel` g/cm² of steel; both are held within the grid (160 g/cm², 16).
    #[inline]
    pub fn spot(&self, steel: f64, a: f64) -> Spot {
        self.spot_behind(self.layer(steel), a)
    }

    /// Places a layer of steel once for all the pixels behind it.
    #[inline]
    pub fn layer(&self, steel: f64) -> SteelLayer {
        let (index, share) = steel_place(steel);
        SteelLayer { index, share: share as f32 }
    }

    /// [`LayeredInversion::spot`] behind a layer that is placed already.
    #[inline]
    pub fn spot_behind(&self, layer: SteelLayer, a: f64) -> Spot {
        let x = (a * A_STEPS_PER_UNIT).clamp(0.0, (A_POINTS - 1) as f64);
        let k = (x as usize).min(A_POINTS - 2);
        Spot { steel: layer.index, steel_share: layer.share, a: k, a_share: (x - k as f64) as f32 }
    }

    /// Areal density of cargo in g/cm² if it is of material `m` (an index below [`LayeredInversion::materials`]).
    #[inline]
    pub fn lambda(&self, m: usize, spot: Spot) -> f64 {
        bilinear(&self.lambda, m, spot)
    }

    /// Attenuation that the low band should then show; without a low band that of the high band.
    #[inline]
    pub fn low(&self, m: usize, spot: Spot) -> f64 {
        bilinear(&self.low, m, spot)
    }

    /// [`LayeredInversion::lambda`] with its slopes.
    pub fn lambda_tangent(&self, m: usize, spot: Spot) -> Tangent {
        tangent(&self.lambda, m, spot)
    }

    /// [`LayeredInversion::low`] with its slopes.
    pub fn low_tangent(&self, m: usize, spot: Spot) -> Tangent {
        tangent(&self.low, m, spot)
    }

    /// Attenuation of the high band behind steel alone.
    pub fn steel_attenuation(&self, steel: f64) -> f64 {
        let (i, t) = steel_place(steel);
        self.steel_attenuation[i] * (1.0 - t) + self.steel_attenuation[i + 1] * t
    }

    /// Steel that alone shows attenuation `a`, g/cm², up to the end of the grid.
    pub fn steel_for(&self, a: f64) -> f64 {
        let i = self.steel_attenuation.partition_point(|v| *v <= a).clamp(1, STEEL_GRID.len() - 1);
        let (a0, a1) = (self.steel_attenuation[i - 1], self.steel_attenuation[i]);
        let t = ((a - a0) / (a1 - a0)).clamp(0.0, 1.0);
        STEEL_GRID[i - 1] + t * (STEEL_GRID[i] - STEEL_GRID[i - 1])
    }
}

fn steel_place(steel: f64) -> (usize, f64) {
    let last = STEEL_GRID.len() - 1;
    let s = steel.clamp(0.0, STEEL_GRID[last]);
    let i = STEEL_GRID.partition_point(|v| *v <= s).clamp(1, last) - 1;
    (i, (s - STEEL_GRID[i]) / (STEEL_GRID[i + 1] - STEEL_GRID[i]))
}

/// Index of the upper left corner of a spot's cell.
#[inline]
fn corner(m: usize, spot: Spot) -> usize {
    (m * STEEL_GRID.len() + spot.steel) * A_POINTS + spot.a
}

#[inline]
fn bilinear(table: &[f32], m: usize, spot: Spot) -> f64 {
    let row = corner(m, spot);
    let (a, b) = (spot.a_share, spot.steel_share);
    let upper = table[row] * (1.0 - a) + table[row + 1] * a;
    let lower = table[row + A_POINTS] * (1.0 - a) + table[row + A_POINTS + 1] * a;
    f64::from(upper * (1.0 - b) + lower * b)
}

fn tangent(table: &[f32], m: usize, spot: Spot) -> Tangent {
    let row = corner(m, spot);
    let (a, b) = (spot.a_share, spot.steel_share);
    let step = |r: usize| table[r + 1] - table[r];
    let upper = table[row] + step(row) * a;
    let lower = table[row + A_POINTS] + step(row + A_POINTS) * a;
    let per_step = step(row) * (1.0 - b) + step(row + A_POINTS) * b;
    let steel = STEEL_GRID[spot.steel + 1] - STEEL_GRID[spot.steel];
    Tangent {
        value: bilinear(table, m, spot),
        per_attenuation: f64::from(per_step) * A_STEPS_PER_UNIT,
        per_steel: f64::from(lower - upper) / steel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["polyethylene", "cellulose", "aluminium", "iron", "lead"];

    fn inversion(high: &BandResponse, low: &BandResponse) -> LayeredInversion {
        let materials: Vec<&Material> = NAMES.iter().map(|name| material(name).unwrap()).collect();
        LayeredInversion::new(high, Some(low), &materials)
    }

    #[test]
    fn cargo_behind_steel_is_found_within_half_a_percent() {
        let steel = material("steel").unwrap();
        let (mut worst, mut worst_low) = (0.0_f64, 0.0_f64);
        for (high_mev, low_mev) in [(6.0, 3.5), (9.0, 6.0)] {
            let (high, low) = (BandResponse::new(high_mev), BandResponse::new(low_mev));
            let inversion = inversion(&high, &low);
            for (m, name) in NAMES.iter().enumerate() {
                let goods = material(name).unwrap();
                for s in [0.0, 0.7, 2.9, 3.5, 7.0, 10.0, 20.0, 40.0] {
                    for x in [2.0, 10.0, 31.0, 55.0, 100.0, 160.0] {
                        let layers = [(steel, s), (goods, x)];
                        let a = high.attenuation(&layers);
                        if a > 7.0 {
                            continue;
                        }
                        let spot = inversion.spot(s, a);
                        let error = inversion.lambda(m, spot) - x;
                        assert!(error.abs() < 0.05 + 0.005 * x, "{name} {x} behind {s}: {error:+}");
                        let low_error = inversion.low(m, spot) - low.attenuation(&layers);
                        assert!(low_error.abs() < 0.006, "{name} {x} behind {s}: {low_error:+}");
                        worst = worst.max(error.abs() / x);
                        worst_low = worst_low.max(low_error.abs());
                    }
                }
            }
        }
        println!("worst λ {:.2} %, worst A_low {worst_low:.4}", 100.0 * worst);
    }

    #[test]
    fn slopes_are_those_of_the_direct_integral() {
        let (high, low) = (BandResponse::new(6.0), BandResponse::new(3.5));
        let inversion = inversion(&high, &low);
        let (steel, goods) = (material("steel").unwrap(), material("cellulose").unwrap());
        for (s, x) in [(2.5, 30.0), (5.0, 80.0)] {
            let at = |s: f64, x: f64| high.attenuation(&[(steel, s), (goods, x)]);
            let lambda = inversion.lambda_tangent(1, inversion.spot(s, at(s, x)));
            let per_x = (at(s, x + 0.5) - at(s, x - 0.5)) / 1.0;
            let per_s = (at(s + 0.5, x) - at(s - 0.5, x)) / 1.0;
            assert!((lambda.value / x - 1.0).abs() < 0.003);
            assert!((lambda.per_attenuation * per_x - 1.0).abs() < 0.03, "{lambda:?}");
            assert!((lambda.per_steel / (-per_s / per_x) - 1.0).abs() < 0.05, "{lambda:?}");
        }
    }

    #[test]
    fn steel_is_recognised_by_itself() {
        let inversion = inversion(&BandResponse::new(6.0), &BandResponse::new(3.5));
        for s in [0.5, 2.9, 5.0, 20.0] {
            let a = inversion.steel_attenuation(s);
            assert!((inversion.steel_for(a) - s).abs() < 1e-6);
            assert!(inversion.lambda(1, inversion.spot(s, a)).abs() < 0.05 + 0.003 * s);
        }
    }

    #[test]
    fn less_than_the_steel_gives_less_than_nothing() {
        let inversion = inversion(&BandResponse::new(6.0), &BandResponse::new(3.5));
        let a = inversion.steel_attenuation(3.0);
        assert!(inversion.lambda(1, inversion.spot(3.0, a - 0.02)) < -0.2);
        assert!(inversion.lambda(1, inversion.spot(3.0, 0.0)).is_finite());
        assert!(inversion.lambda(1, inversion.spot(1e9, 99.0)).is_finite());
    }
}
