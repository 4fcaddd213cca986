//! Areal density and material class of one pixel from its attenuation and the means of its 5 × 5 neighbourhood.
//!
//! Curves: for `M` materials, ordered so that `A_low` at a given `A_high` falls from one to the next, tables over
//! `A_high` on a grid of 1/16 in [0, 16]: `A_low` in Q16 and `λ` in Q10 g/cm². Source: DOMAIN §3,
//! `(A_high, A_low) → (λ, Z)` through the forward table; organic end of CH₂ and cellulose, not elements.
//!
//! 1. Means over the `n` pixels of the 5 × 5 box that lie in the plane: `h = ⌊(16 Σ A_high + ⌊n/2⌋) / n⌋` in Q16, `l`
//!    likewise from `A_low`.
//! 2. Curve values at `h`: `i = min(h >> 12, 255)`, `f = h − (i << 12)`, `c_m = T_i + (((T_{i+1} − T_i) · f) >> 12)`.
//! 3. Position: `j` = number of inner curves (`1 <= m <= M − 2`) with `l < c_m`; `sep = c_j − c_{j+1}`;
//!    `t = ⌊4096 · clamp(c_j − l, 0, sep) / sep⌋`, 0 when `sep = 0`.
//! 4. Class: *air* when `h < thin`; else *undecidable* when `PENETRATION_LIMITED`, `BEAM_OFF`, or `DEAD` without
//!    `INTERPOLATED`, when `l >= low_limit` (the low band sees nothing) or when `c_first − c_last < noise(h)` for the two
//!    curves that must be told apart; else the class of `j` if `t < boundary_j`, of `j + 1` otherwise.
//!    `noise(h)` is read from its table as in 2.
//! 5. `λ`: at the pixel's own `a = A_high`, `i = a >> 8`, `f = a & 255`, `λ_m = L_i + (((L_{i+1} − L_i) · f) >> 8)`.
//!    Where the class is air or undecidable along the default curve: `λ = λ_default`; else
//!    `λ = λ_j + (((λ_{j+1} − λ_j) · t) >> 12)`. Result: `max(λ, 0) / 1024` as `f32`, exact.
//!
//! Single energy (`is_dual = 0`): `λ` along the default curve; class *air* or *undecidable*.
//! All shifts are arithmetic; all products fit 32 bits within the limits of [`MaterialTables::from_curves`].

use pellucid_core::{MaterialClass, Validity};

use crate::physics::{MaterialCurve, MaterialCurves};

/// Engines agree exactly, the areal density included.
pub const TOLERANCE: u32 = 0;

/// Grid points of a table: `A_high` from 0 to 16 in steps of 1/16.
pub const GRID: usize = 257;
/// Curves a table holds; unused ones repeat the last.
pub const MAX_CURVES: usize = 8;
const AIR: u8 = MaterialClass::Air as u8;
const UNDECIDABLE: u8 = MaterialClass::Undecidable as u8;
/// Largest index of a curve; indices are masked with it, which the compiler takes as proof.
const LAST: usize = MAX_CURVES - 1;
/// Half the side of the neighbourhood, in pixels.
pub const BOX_RADIUS: usize = 2;
/// Q10 units of `λ` per g/cm².
pub const LAMBDA_SCALE: f32 = 1024.0;

/// The integer tables that engines read, node by node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaterialTables {
    /// `A_low` in Q16 per grid point and curve; never rising along the curves.
    pub a_low_q16: Box<[[i32; MAX_CURVES]; GRID]>,
    /// `λ` in Q10 g/cm² per grid point and curve.
    pub lambda_q10: Box<[[i32; MAX_CURVES]; GRID]>,
    /// Separation in Q16 below which nothing can be told, per grid point.
    pub noise_q16: Box<[i32; GRID]>,
    /// Class number per curve.
    pub class: [u32; MAX_CURVES],
    /// Where between curve `j` and `j + 1` (Q12) the class changes.
    pub boundary_q12: [u32; MAX_CURVES],
}

/// What all pixels share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Curves in use, 1 to 8; at least 2 when `is_dual`.
    pub curves: u32,
    /// Curve assumed where the material cannot be told.
    pub default_curve: u32,
    /// First of the two curves that must be told apart.
    pub decisive_first: u32,
    /// Second of them.
    pub decisive_last: u32,
    /// Mean attenuation in Q16 below which there is only air.
    pub thin_q16: u32,
    /// Mean low-band attenuation in Q16 from which that band sees nothing.
    pub low_limit_q16: u32,
    /// Whether there is a low band.
    pub is_dual: bool,
}

/// Mean of a box in Q16 from the sum of its `n >= 1` Q12 attenuations.
#[inline(always)]
pub fn mean_q16(sum: u32, n: u32) -> u32 {
    sum.wrapping_mul(16).wrapping_add(n / 2) / n
}

/// Wrapping like every engine's integers; within the limits of [`MaterialTables::from_curves`] nothing wraps.
#[inline(always)]
fn between(low: i32, high: i32, fraction: i32, bits: u32) -> i32 {
    low.wrapping_add(high.wrapping_sub(low).wrapping_mul(fraction) >> bits)
}

/// Position among the curves and class, from box means `h`, `l` (Q16) and the pixel's validity: `(j, t, class number)`;
/// steps 2 to 4.
#[inline]
pub fn classify(h: u32, l: u32, validity: u8, d: &Decision, tables: &MaterialTables) -> (usize, i32, u8) {
    if h < d.thin_q16 {
        return (0, 0, AIR);
    }
    if !d.is_dual || is_unmeasured(validity) || validity & Validity::PENETRATION_LIMITED != 0 || l >= d.low_limit_q16
    {
        return (0, 0, UNDECIDABLE);
    }
    let i = (h >> 12).min(255) as usize;
    let f = h.wrapping_sub((i as u32) << 12) as i32;
    let (t0, t1) = (&tables.a_low_q16[i], &tables.a_low_q16[i + 1]);
    let c = |m: usize| between(t0[m & LAST], t1[m & LAST], f, 12);
    let noise = between(tables.noise_q16[i], tables.noise_q16[i + 1], f, 12);
    if c(d.decisive_first as usize).wrapping_sub(c(d.decisive_last as usize)) < noise {
        return (0, 0, UNDECIDABLE);
    }
    let l = l as i32;
    // The curves never rise, so the first inner one that is not above `l` ends the count.
    let inner_end = (d.curves as usize).saturating_sub(2);
    let (mut j, mut above, mut below) = (0, c(0), c(1));
    while j < inner_end && l < below {
        j = j.wrapping_add(1);
        above = below;
        below = c(j.wrapping_add(1));
    }
    let separation = above.wrapping_sub(below);
    let t = if separation > 0 {
        (above.wrapping_sub(l).clamp(0, separation) as u32).wrapping_mul(4096) / separation as u32
    } else {
        0
    };
    let nearer = if t < tables.boundary_q12[j & LAST] { j } else { j.wrapping_add(1) };
    (j, t as i32, tables.class[nearer & LAST] as u8)
}

/// Areal density in Q10 g/cm² of one pixel from its position and class number; step 5.
#[inline]
pub fn lambda_q10(a_high: u16, j: usize, t: i32, class: u8, d: &Decision, tables: &MaterialTables) -> i32 {
    let i = usize::from(a_high >> 8);
    let f = i32::from(a_high & 255);
    let (l0, l1) = (&tables.lambda_q10[i], &tables.lambda_q10[i + 1]);
    let lambda = |m: usize| between(l0[m & LAST], l1[m & LAST], f, 8);
    let q10 = if class == AIR || class == UNDECIDABLE {
        lambda(d.default_curve as usize)
    } else {
        between(lambda(j), lambda(j.wrapping_add(1)), t, 12)
    };
    q10.max(0)
}

/// Whether nothing at all was measured: no beam, or a dead detector without good neighbours.
#[inline]
pub fn is_unmeasured(validity: u8) -> bool {
    validity & Validity::BEAM_OFF != 0 || validity & (Validity::DEAD | Validity::INTERPOLATED) == Validity::DEAD
}

/// Sum and number of the pixels of the 5 × 5 box around `(x, y)` that lie in the plane.
pub fn box_sum(plane: &[u16], width: usize, height: usize, x: usize, y: usize) -> (u32, u32) {
    let (mut sum, mut n) = (0, 0);
    for yy in y.saturating_sub(BOX_RADIUS)..(y + BOX_RADIUS + 1).min(height) {
        for xx in x.saturating_sub(BOX_RADIUS)..(x + BOX_RADIUS + 1).min(width) {
            sum += u32::from(plane[yy * width + xx]);
            n += 1;
        }
    }
    (sum, n)
}

/// `λ` of a curve at a grid point, halfway to the mixture of the decisive materials that shows the same `A_low`; its own
/// where it does not lie between them.
fn halfway_to_mixture(curves: &MaterialCurves, curve: &MaterialCurve, i: usize) -> f64 {
    let [organic, metal] = curves.decisive.map(|index| &curves.materials[index]);
    let (own, separation) = (curve.lambda_g_per_cm2[i], organic.a_low[i] - metal.a_low[i]);
    let position = (organic.a_low[i] - curve.a_low[i]) / separation;
    if separation <= 0.0 || position <= 0.0 || position >= 1.0 {
        return own;
    }
    let mixture = organic.lambda_g_per_cm2[i] * (1.0 - position) + metal.lambda_g_per_cm2[i] * position;
    0.5 * (own + mixture)
}

impl MaterialTables {
    /// Rounds curves to the integers that engines read. `noise[i]` is the separation in `A_low` that is needed at
    /// `A_high = i / 16`. Returns `None` when the curves break their contract: 1 to 8 curves of 257 points that start at
    /// 0 or above, `A_low <= 31` with steps and distances below 8, `λ <= 1,000` with distances below 511.
    ///
    /// Curves that cross are held level: `A_low` of each is capped by the one before it.
    ///
    /// What looks like a material between the two decisive ones is as often a mixture of them (goods behind the steel of
    /// their box), whose `λ` is up to 5 % lower than aluminium's. So `λ` of those curves is put halfway to the mixture that
    /// looks the same: either is then wrong by 2.5 % at most.
    pub fn from_curves(curves: &MaterialCurves, noise: &[f64; GRID]) -> Option<Self> {
        let m = curves.materials.len();
        let named = [curves.default_curve, curves.decisive[0], curves.decisive[1]];
        if m == 0 || m > MAX_CURVES || named.iter().any(|index| *index >= m) {
            return None;
        }
        let fits =
            |values: &[f64], limit: f64| values.len() == GRID && values.iter().all(|v| (0.0..=limit).contains(v));
        if !curves.materials.iter().all(|c| fits(&c.a_low, 31.0) && fits(&c.lambda_g_per_cm2, 1000.0)) {
            return None;
        }
        let curve = |k: usize| &curves.materials[k.min(m - 1)];
        let table = |value: &dyn Fn(&MaterialCurve, usize) -> f64| -> Box<[[i32; MAX_CURVES]; GRID]> {
            Box::new(std::array::from_fn(|i| std::array::from_fn(|k| libm::round(value(curve(k), i)) as i32)))
        };
        let mut a_low_q16 = table(&|c, i| c.a_low[i] * 65_536.0);
        for node in a_low_q16.iter_mut() {
            for k in 1..MAX_CURVES {
                node[k] = node[k].min(node[k - 1]);
            }
        }
        let lambda_q10 = table(&|c, i| halfway_to_mixture(curves, c, i) * f64::from(LAMBDA_SCALE));
        let distance_below = |table: &[[i32; MAX_CURVES]], limit: i32| {
            table.iter().all(|node| node.windows(2).all(|pair| (pair[0] - pair[1]).abs() < limit))
        };
        let steps_fit = a_low_q16.windows(2).all(|n| n[0].iter().zip(&n[1]).all(|(a, b)| (a - b).abs() < 8 << 16));
        if !steps_fit || !distance_below(&a_low_q16[..], 8 << 16) || !distance_below(&lambda_q10[..], 511 << 10) {
            return None;
        }
        Some(Self {
            a_low_q16,
            lambda_q10,
            noise_q16: Box::new(noise.map(|n| libm::round(n.clamp(0.0, 7.0) * 65_536.0) as i32)),
            class: std::array::from_fn(|k| u32::from(curve(k).class as u8)),
            boundary_q12: [2048; MAX_CURVES],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves() -> MaterialCurves {
        let curve = |name, class, ratio: f64, lambda: f64| MaterialCurve {
            name: String::from(name),
            class,
            a_low: (0..GRID).map(|i| ratio * i as f64 / 16.0).collect(),
            lambda_g_per_cm2: (0..GRID).map(|i| lambda * i as f64 / 16.0).collect(),
        };
        MaterialCurves {
            materials: vec![
                curve("plastic", MaterialClass::Organic, 1.30, 24.0),
                curve("glass", MaterialClass::LightInorganic, 1.25, 28.0),
                curve("steel", MaterialClass::Metal, 1.15, 26.0),
                curve("lead", MaterialClass::Heavy, 1.05, 22.0),
            ],
            default_curve: 0,
            decisive: [0, 2],
        }
    }

    const DUAL: Decision = Decision {
        curves: 4,
        default_curve: 0,
        decisive_first: 0,
        decisive_last: 2,
        thin_q16: 1311,
        low_limit_q16: 9 << 16,
        is_dual: true,
    };

    fn check(a_high: f64, a_low: f64, validity: u8, expect: (MaterialClass, f64)) {
        let tables = MaterialTables::from_curves(&curves(), &[0.02; GRID]).unwrap();
        let q16 = |a: f64| (a * 65_536.0).round() as u32;
        let (j, t, class) = classify(q16(a_high), q16(a_low), validity, &DUAL, &tables);
        let a = (a_high * 4096.0).round() as u16;
        let lambda = f64::from(lambda_q10(a, j, t, class, &DUAL, &tables)) / 1024.0;
        assert_eq!(class, expect.0 as u8, "A {a_high} / {a_low}");
        assert!((lambda - expect.1).abs() < 0.02 + 0.002 * expect.1, "λ {lambda}, not {}", expect.1);
    }

    #[test]
    fn materials_are_told_by_their_position_between_curves() {
        check(2.0, 2.6, 0, (MaterialClass::Organic, 48.0));
        check(2.0, 2.9, 0, (MaterialClass::Organic, 48.0));
        check(2.0, 2.5, 0, (MaterialClass::LightInorganic, 52.7));
        check(2.0, 2.4, 0, (MaterialClass::Metal, 52.3));
        check(2.0, 2.3, 0, (MaterialClass::Metal, 52.0));
        check(2.0, 2.1, 0, (MaterialClass::Heavy, 44.0));
        check(2.0, 0.5, 0, (MaterialClass::Heavy, 44.0));
    }

    #[test]
    fn what_cannot_be_told_is_said_so_and_takes_the_default_curve() {
        check(0.01, 0.0, 0, (MaterialClass::Air, 0.24));
        check(0.1, 0.115, 0, (MaterialClass::Undecidable, 2.4));
        check(2.0, 2.3, Validity::PENETRATION_LIMITED, (MaterialClass::Undecidable, 48.0));
        check(2.0, 2.3, Validity::DEAD, (MaterialClass::Undecidable, 48.0));
        check(2.0, 2.3, Validity::DEAD | Validity::INTERPOLATED, (MaterialClass::Metal, 52.0));
        check(8.0, 9.2, 0, (MaterialClass::Undecidable, 192.0));
    }

    #[test]
    fn extreme_products_stay_in_range() {
        let mut extreme = curves();
        for (k, c) in extreme.materials.iter_mut().enumerate() {
            let share = 1.0 - k as f64 / 4.0;
            c.a_low = (0..GRID).map(|i| 31.0 * share * i as f64 / 256.0).collect();
            c.lambda_g_per_cm2 = (0..GRID).map(|i| 1000.0 * share * i as f64 / 256.0).collect();
        }
        let tables = MaterialTables::from_curves(&extreme, &[0.0; GRID]).unwrap();
        let d = Decision { low_limit_q16: u32::MAX, ..DUAL };
        for l in (0..=16).map(|a| a << 16) {
            let (j, t, class) = classify(65535 * 16, l, 0, &d, &tables);
            let lambda = lambda_q10(65535, j, t, class, &d, &tables);
            assert!((0..=1_024_000).contains(&lambda));
        }
    }

    #[test]
    fn broken_curves_are_refused() {
        let noise = [0.0; GRID];
        assert!(MaterialTables::from_curves(&MaterialCurves { materials: vec![], ..curves() }, &noise).is_none());
        assert!(MaterialTables::from_curves(&MaterialCurves { default_curve: 4, ..curves() }, &noise).is_none());
        let mut short = curves();
        short.materials[1].a_low.pop();
        assert!(MaterialTables::from_curves(&short, &noise).is_none());
        let mut apart = curves();
        apart.materials[3].lambda_g_per_cm2[256] = 999.0;
        assert!(MaterialTables::from_curves(&apart, &noise).is_none());
    }
}
