//! Edges over a faint picture, for one pixel: the slope of attenuation by Scharr's operator.
//!
//! `g_x = |Σ [−3 0 3; −10 0 10; −3 0 3] · a| >> 5`, `g_y` likewise upright: Q12 of attenuation per pixel;
//! `g = ⌊√(g_x² + g_y²)⌋`; what noise alone would show is taken away: `g' = max(g − floor(a), 0)`, the floor from a table
//! per `a >> 8`; `A = min((a · base + g' · gain + 128) >> 8, 65535)`, base and gain in Q8.
//! Outside the plane the nearest edge pixel counts (edge replicated).
//! Source: Scharr, Optimale Operatoren in der Digitalen Bildverarbeitung, Heidelberg 2000.

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Entries of the table of floors: attenuations of equal `a >> 8` share one.
pub const FLOORS: usize = 256;

/// `⌊√v⌋`.
#[inline(always)]
pub fn root(v: u32) -> u32 {
    f64::from(v).sqrt() as u32
}

/// Slope from the eight neighbours: rows above, here and below, each left, middle, right. Q12 per pixel.
#[inline(always)]
pub fn slope(up: [u16; 3], here: [u16; 3], down: [u16; 3]) -> u32 {
    let [u, h, d] = [up, here, down].map(|row| row.map(i32::from));
    let across =
        |a: i32, b: i32, c: i32| a.wrapping_mul(3).wrapping_add(b.wrapping_mul(10)).wrapping_add(c.wrapping_mul(3));
    let gx = across(u[2], h[2], d[2]).wrapping_sub(across(u[0], h[0], d[0])).unsigned_abs() >> 5;
    let gy = across(d[0], d[1], d[2]).wrapping_sub(across(u[0], u[1], u[2])).unsigned_abs() >> 5;
    root(gx.wrapping_mul(gx).wrapping_add(gy.wrapping_mul(gy)))
}

/// A pixel and its slope as attenuation to show.
#[inline(always)]
pub fn drawn(a: u16, slope: u32, floor: u32, base_q8: u32, gain_q8: u32) -> u16 {
    let edge = slope.saturating_sub(floor).wrapping_mul(gain_q8);
    (u32::from(a).wrapping_mul(base_q8).wrapping_add(edge).wrapping_add(128) >> 8).min(65_535) as u16
}

/// The value at column `x`, row `y` of a plane of `width x height`.
pub fn edge(
    plane: &[u16],
    (width, height): (usize, usize),
    (x, y): (usize, usize),
    (base_q8, gain_q8): (u32, u32),
    floors: &[u32; FLOORS],
) -> u16 {
    let row =
        |y: usize| [x.saturating_sub(1), x, (x + 1).min(width - 1)].map(|x| plane[y.min(height - 1) * width + x]);
    let a = plane[y * width + x];
    let slope = slope(row(y.saturating_sub(1)), row(y), row(y + 1));
    drawn(a, slope, floors[usize::from(a >> 8)], base_q8, gain_q8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn roots_are_whole_and_exact(v in any::<u32>()) {
            let r = u64::from(root(v));
            prop_assert!(r * r <= u64::from(v) && (r + 1) * (r + 1) > u64::from(v));
        }
    }

    #[test]
    fn the_slope_of_a_ramp_is_its_step_in_every_direction() {
        let ramp = |dx: i32, dy: i32| {
            let at = |i: usize| (10_000 + dx * (i % 3) as i32 + dy * (i / 3) as i32) as u16;
            slope([at(0), at(1), at(2)], [at(3), at(4), at(5)], [at(6), at(7), at(8)])
        };
        assert_eq!([ramp(0, 0), ramp(400, 0), ramp(0, -400), ramp(300, 400)], [0, 400, 400, 500]);
        assert_eq!(slope([0, 0, 65_535], [0, 0, 65_535], [0, 0, 65_535]), 32_767);
    }

    #[test]
    fn noise_below_the_floor_draws_nothing() {
        assert_eq!(drawn(1000, 50, 60, 64, 1024), 250);
        assert_eq!(drawn(1000, 160, 60, 64, 1024), 650);
        assert_eq!(drawn(u16::MAX, 46_340, 0, 256, 4096), u16::MAX);
    }
}
