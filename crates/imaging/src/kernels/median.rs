//! Median of 3 × 3 pixels; outside the plane the nearest edge pixel counts (edge replicated).
//! Written as the 19 exchanges of Paeth's network (Graphics Gems, 1990), min and max only.

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

#[inline(always)]
fn sort(p: &mut [u16; 9], a: usize, b: usize) {
    let (low, high) = (p[a].min(p[b]), p[a].max(p[b]));
    p[a] = low;
    p[b] = high;
}

/// The fifth of nine values by size.
#[inline(always)]
pub fn median9(mut p: [u16; 9]) -> u16 {
    #[rustfmt::skip]
    let exchanges = [
        (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3),
        (5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
    ];
    for (a, b) in exchanges {
        sort(&mut p, a, b);
    }
    p[4]
}

/// The filtered value at column `x`, row `y` of a plane of `width x height`.
pub fn median3x3(plane: &[u16], width: usize, height: usize, x: usize, y: usize) -> u16 {
    let mut p = [0; 9];
    for (i, value) in p.iter_mut().enumerate() {
        let xx = (x + i % 3).saturating_sub(1).min(width - 1);
        let yy = (y + i / 3).saturating_sub(1).min(height - 1);
        *value = plane[yy * width + xx];
    }
    median9(p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_network_finds_the_middle(p in any::<[u16; 9]>()) {
            let mut sorted = p;
            sorted.sort_unstable();
            prop_assert_eq!(median9(p), sorted[4]);
        }
    }

    #[test]
    fn edges_are_replicated() {
        assert_eq!(median3x3(&[7], 1, 1, 0, 0), 7);
        assert_eq!(median3x3(&[1, 9, 9], 3, 1, 0, 0), 1);
        assert_eq!(median3x3(&[1, 9, 9], 3, 1, 1, 0), 9);
    }
}
