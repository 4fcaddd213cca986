//! Denoised value of one pixel: the mean of the pixels around it whose neighbourhoods look like its own.
//!
//! Patches of 7 × 7 pixels, searched over 21 × 21; outside the plane the nearest edge pixel counts (edge replicated). The
//! distance of two patches is `D = Σ min(|a_p − a_q| >> 2, 1337)` over their 49 pairs, which fits 16 bits. A patch weighs
//! Tukey's biweight with the width `49 T(a)`: with `v = ⌊2²⁴ · 4 / (49 T)⌋`, `T` in Q12: `u = min((D v) >> 16, 255)`,
//! `q = (65025 − u²) >> 8`, `w = q² >> 9`; `A = ⌊(Σ w a_q + ⌊Σ w / 2⌋) / Σ w⌋`. The pixel's own patch weighs 126.
//! `T` follows the noise as in [`super::bilateral`].
//! Source: Buades, Coll & Morel, A non-local algorithm for image denoising, CVPR 2005; absolute differences, as is usual for
//! 16 bits.

use super::bilateral::{WIDTHS, quotient};

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Half the side of a patch.
pub const PATCH_RADIUS: usize = 3;
/// Half the side of the window that is searched.
pub const SEARCH_RADIUS: usize = 10;
/// Largest difference of two pixels, so that 49 of them fit 16 bits.
pub const MAX_DIFFERENCE: u16 = 1337;

/// Difference of two pixels, 0 to 1,337.
#[inline(always)]
pub fn difference(a: u16, b: u16) -> u16 {
    (a.abs_diff(b) >> 2).min(MAX_DIFFERENCE)
}

/// Weight of a patch at distance `d`, 0 to 126.
#[inline(always)]
pub fn weight(d: u16, inverse_width: u16) -> u16 {
    let u = ((u32::from(d).wrapping_mul(u32::from(inverse_width)) >> 16) as u16).min(255);
    let q = 65_025_u16.wrapping_sub(u.wrapping_mul(u)) >> 8;
    q.wrapping_mul(q) >> 9
}

/// `⌊2²⁶ / (49 T)⌋` for a mean difference `T` in attenuation at which patches no longer count.
pub fn inverse_width(width: f64) -> u16 {
    let t = libm::round(width * 4096.0).clamp(21.0, 5300.0) as u32;
    ((1_u32 << 26) / (49 * t)) as u16
}

/// Inverse widths per `a >> 8` for noise of `sigma` in air: `T = floor + sigmas · σ e^(A/2)`.
pub fn widths(floor: f64, sigmas: f64, sigma: f64) -> [u16; WIDTHS] {
    std::array::from_fn(|i| inverse_width(floor + sigmas * sigma * libm::exp((i as f64 + 0.5) / 32.0)))
}

/// The denoised value at column `x`, row `y` of a plane of `width x height`.
pub fn non_local_mean(
    plane: &[u16],
    (width, height): (usize, usize),
    (x, y): (usize, usize),
    widths: &[u16; WIDTHS],
) -> u16 {
    let at = |x: i64, y: i64| {
        plane[y.clamp(0, height as i64 - 1) as usize * width + x.clamp(0, width as i64 - 1) as usize]
    };
    let (x, y) = (x as i64, y as i64);
    let inverse = widths[usize::from(at(x, y) >> 8)];
    let (search, patch) = (SEARCH_RADIUS as i64, PATCH_RADIUS as i64);
    let (mut sum, mut weights) = (0_u32, 0_u32);
    for dy in -search..=search {
        for dx in -search..=search {
            let mut d = 0;
            for j in -patch..=patch {
                for i in -patch..=patch {
                    d += difference(at(x + i, y + j), at(x + dx + i, y + dy + j));
                }
            }
            let w = u32::from(weight(d, inverse));
            sum += w * u32::from(at(x + dx, y + dy));
            weights += w;
        }
    }
    quotient(sum, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fall_from_the_own_patch_to_nothing() {
        let inverse = inverse_width(0.1);
        assert_eq!(weight(0, inverse), 126);
        assert_eq!(weight(49 * 410 / 4 + 49, inverse), 0);
        assert!((0..=65_000).map(|d| weight(d, inverse)).is_sorted_by(|a, b| a >= b));
        assert_eq!(49 * MAX_DIFFERENCE, 65_513);
    }

    #[test]
    fn sums_fit_whatever_the_plane() {
        let plane = vec![u16::MAX; 21 * 21];
        assert_eq!(non_local_mean(&plane, (21, 21), (10, 10), &[u16::MAX; WIDTHS]), u16::MAX);
    }

    #[test]
    fn texture_that_repeats_survives_while_noise_goes() {
        let clean = |x: usize| if x.is_multiple_of(4) { 9000_u16 } else { 8000 };
        let noise = |i: usize| ((i * 7919 + i * i * 31) % 201) as u16;
        let plane: Vec<u16> = (0..40 * 40).map(|i| clean(i % 40) + noise(i)).collect();
        let widths = [inverse_width(0.06); WIDTHS];
        let error = |value: u16, x: usize| f64::from(value) - f64::from(clean(x) + 100);
        let (mut before, mut after) = (0.0, 0.0);
        for i in (12..28).flat_map(|y| (12..28).map(move |x| y * 40 + x)) {
            before += error(plane[i], i % 40).powi(2);
            after += error(non_local_mean(&plane, (40, 40), (i % 40, i / 40), &widths), i % 40).powi(2);
        }
        assert!(after < before / 20.0, "{after} of {before}");
    }
}
