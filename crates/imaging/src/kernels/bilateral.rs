//! Edge-preserving mean of one pixel and 24 neighbours, `step` pixels apart in a 5 × 5 grid; outside the plane the nearest
//! edge pixel counts (edge replicated).
//!
//! A neighbour `a_q` of `a` weighs `s · r`: `s` its share by distance (six classes, their 25 shares add up to 256 at most),
//! `r` its share by likeness, Tukey's biweight with the width `T(a)`: with `d = min(|a_q − a|, 4095)` and
//! `v = ⌊2²⁰ / T⌋`: `u = min((16 d v) >> 16, 255)`, `q = (65025 − u²) >> 8`, `r = (q² >> 8)`; 0 from `T` on.
//! `A = ⌊(Σ s r a_q + ⌊Σ s r / 2⌋) / Σ s r⌋`. The centre always weighs something.
//! Every weight fits 16 bits and every sum 32. `T` follows the noise: behind attenuation `A` it grows with `e^(A/2)`.
//! Sources: Tomasi & Manduchi, Bilateral filtering for gray and color images, ICCV 1998; the biweight instead of a Gaussian
//! (Black et al., Robust anisotropic diffusion, IEEE TIP 7, 1998) is exact in integers; steps 1, 2, 4, … make the
//! edge-avoiding wavelets of Hanika et al., 2011.

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Narrowest and widest `T` in Q12.
pub const WIDTH_RANGE: (u32, u32) = (17, 4080);

/// Most pixels between neighbours.
pub const MAX_STEP: u32 = 16;

/// Entries of a table of widths: attenuations of equal `a >> 8` share one.
pub const WIDTHS: usize = 256;

/// Shares of the six classes of distance: `(0,0) (0,1) (1,1) (0,2) (1,2) (2,2)`.
pub type Shares = [u32; 6];

/// The B₃ spline `[1 4 6 4 1]² / 256`.
pub const SPLINE: Shares = [36, 24, 16, 6, 4, 1];

/// Class of distance of a neighbour `dx, dy` in -2..=2.
#[inline(always)]
pub const fn class(dx: i32, dy: i32) -> usize {
    let (x, y) = (dx.unsigned_abs() as usize, dy.unsigned_abs() as usize);
    [[0, 1, 3], [1, 2, 4], [3, 4, 5]][y][x]
}

/// Gaussian shares with `sigma` in steps; within the circle of `radius` steps.
pub fn gaussian_shares(sigma: f64, radius: f64) -> Shares {
    const AT: [(f64, f64); 6] = [(0.0, 1.0), (1.0, 4.0), (2.0, 4.0), (4.0, 4.0), (5.0, 8.0), (8.0, 4.0)];
    let weight = |d2: f64| if d2 <= radius * radius { libm::exp(-0.5 * d2 / (sigma * sigma).max(1e-9)) } else { 0.0 };
    let total: f64 = AT.iter().map(|(d2, n)| n * weight(*d2)).sum();
    let mut shares = AT.map(|(d2, _)| (256.0 * weight(d2) / total).floor() as u32);
    let rest: u32 = 256 - AT.iter().zip(shares).map(|((_, n), share)| *n as u32 * share).sum::<u32>();
    shares[0] += rest;
    shares
}

/// `⌊2²⁰ / T⌋` for a width in attenuation, held within [`WIDTH_RANGE`].
pub fn inverse_width(width: f64) -> u16 {
    let t = libm::round(width * 4096.0).clamp(f64::from(WIDTH_RANGE.0), f64::from(WIDTH_RANGE.1)) as u32;
    ((1 << 20) / t) as u16
}

/// Inverse widths per `a >> 8` for noise of `sigma` in air: `T = floor + sigmas · σ e^(A/2)`.
pub fn widths(floor: f64, sigmas: f64, sigma: f64) -> [u16; WIDTHS] {
    std::array::from_fn(|i| inverse_width(floor + sigmas * sigma * libm::exp((i as f64 + 0.5) / 32.0)))
}

/// Share by likeness of `b` to `a`, 0 to 254.
#[inline(always)]
pub fn likeness(a: u16, b: u16, inverse_width: u16) -> u16 {
    let d = a.abs_diff(b).min(4095) << 4;
    let u = ((u32::from(d).wrapping_mul(u32::from(inverse_width)) >> 16) as u16).min(255);
    let q = 65_025_u16.wrapping_sub(u.wrapping_mul(u)) >> 8;
    q.wrapping_mul(q) >> 8
}

/// `⌊(sum + ⌊weight / 2⌋) / weight⌋`; below 2⁴⁸ a double's quotient, rounded down, is exact.
#[inline(always)]
pub fn quotient(sum: u32, weight: u32) -> u16 {
    (f64::from(sum.wrapping_add(weight / 2)) / f64::from(weight)) as u16
}

/// What all pixels share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbourhood {
    /// Pixels between neighbours, 1 to 16.
    pub step: u32,
    /// Shares by distance; the 25 add up to 256 at most, the centre has one.
    pub shares: Shares,
}

/// The filtered value at column `x`, row `y` of a plane of `width x height`.
pub fn bilateral(
    plane: &[u16],
    (width, height): (usize, usize),
    (x, y): (usize, usize),
    near: &Neighbourhood,
    widths: &[u16; WIDTHS],
) -> u16 {
    let a = plane[y * width + x];
    let inverse = widths[usize::from(a >> 8)];
    let step = near.step as i64;
    let (mut sum, mut weight) = (0_u32, 0_u32);
    for dy in -2..=2_i32 {
        for dx in -2..=2_i32 {
            let xx = (x as i64 + i64::from(dx) * step).clamp(0, width as i64 - 1) as usize;
            let yy = (y as i64 + i64::from(dy) * step).clamp(0, height as i64 - 1) as usize;
            let b = plane[yy * width + xx];
            let w = near.shares[class(dx, dy)] * u32::from(likeness(a, b, inverse));
            sum += w * u32::from(b);
            weight += w;
        }
    }
    quotient(sum, weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotients_are_exact(value in any::<u32>(), weight in 1..65_537_u32) {
            let sum = value.min(65_535 * weight);
            prop_assert_eq!(u32::from(quotient(sum, weight)), (sum + weight / 2) / weight);
        }

        #[test]
        fn means_stay_between_their_pixels(plane in proptest::collection::vec(any::<u16>(), 25), width in 0.0..2.0_f64) {
            let near = Neighbourhood { step: 1, shares: SPLINE };
            let value = bilateral(&plane, (5, 5), (2, 2), &near, &[inverse_width(width); WIDTHS]);
            prop_assert!(value >= *plane.iter().min().unwrap() && value <= *plane.iter().max().unwrap());
        }
    }

    #[test]
    fn likeness_falls_from_one_to_nothing_at_the_width() {
        let inverse = inverse_width(0.25);
        let at = |d: u16| likeness(10_000, 10_000 + d, inverse);
        assert_eq!((at(0), at(1024), at(60_000 - 10_000)), (252, 0, 0));
        let half = (1.0 - 0.25_f64).powi(2) * 252.0;
        assert!((f64::from(at(512)) - half).abs() < 3.0, "{} not {half}", at(512));
        assert!((0..1100).map(at).is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn steps_stay_and_noise_goes() {
        let plane: Vec<u16> =
            (0..400).map(|i| if i % 20 < 10 { 4000 } else { 12_000 } + ((i * 7919) % 101) as u16).collect();
        let near = Neighbourhood { step: 1, shares: SPLINE };
        let out = |x| bilateral(&plane, (20, 20), (x, 10), &near, &[inverse_width(0.25); WIDTHS]);
        assert!((9..11).all(|x| out(x).abs_diff(if x < 10 { 4050 } else { 12_050 }) < 40));
    }

    #[test]
    fn shares_add_up() {
        for shares in [SPLINE, gaussian_shares(1.5, 2.0), gaussian_shares(0.8, 3.0)] {
            let sum: u32 = (-2..=2).flat_map(|y| (-2..=2).map(move |x| class(x, y))).map(|c| shares[c]).sum();
            assert!(sum <= 256 && shares[0] > 0, "{shares:?}: {sum}");
        }
    }
}
