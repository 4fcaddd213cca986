//! Registration of a band to the columns of the high band: interlaced machines take the bands at different places.
//!
//! With `d` the place of the band's column 0 in columns of the high band, column `x` is read at `p = x − d`, between
//! columns `i = ⌊p⌋` and `i + 1`, at `t = p − i`. Cubic convolution (Keys 1981, a = −1/2) of four attenuations in Q8,
//! held between the two nearest so that edges do not ring:
//! `A = clamp((Σ w_k · A(i − 1 + k) + 128) >> 8, min(A(i), A(i + 1)), max(A(i), A(i + 1)))`, columns outside replicated.
//! `Σ w_k = 256`; `t = 0` is the identity. Validity is every bit of the columns whose weight is not 0.
//! Source: DOMAIN §3, "bands half a pitch apart in interlaced machines (false material at edges)".

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Farthest offset of a band, in columns, either way.
pub const MAX_OFFSET: f64 = 1.0;

/// Which columns a pixel is made of. 20 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taps {
    /// Column of the first tap, relative to the pixel's own: −2 to 0.
    pub first: i32,
    /// Weights in Q8 of four columns from there on; their sum is 256.
    pub weights: [i32; 4],
}

impl Taps {
    /// Every pixel from itself alone.
    pub const IDENTITY: Self = Self { first: -1, weights: [0, 256, 0, 0] };

    /// Taps for a band that lies `column_offset` columns beside the high one, limited to ±[`MAX_OFFSET`].
    pub fn new(column_offset: f64) -> Self {
        let place = -column_offset.clamp(-MAX_OFFSET, MAX_OFFSET);
        let whole = libm::floor(place);
        let t = place - whole;
        let outer_left = t * (-0.5 + t * (1.0 - 0.5 * t));
        let right = t * (0.5 + t * (2.0 - 1.5 * t));
        let outer_right = t * t * (0.5 * t - 0.5);
        let [w0, w2, w3] = [outer_left, right, outer_right].map(|w| libm::round(w * 256.0) as i32);
        Self { first: whole as i32 - 1, weights: [w0, 256 - w0 - w2 - w3, w2, w3] }
    }

    /// Whether every pixel stays what it is.
    pub fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }

    /// Columns of the four taps of pixel `x`, outside ones replicated.
    pub fn columns(&self, x: usize, width: usize) -> [usize; 4] {
        std::array::from_fn(|k| (x as i64 + i64::from(self.first) + k as i64).clamp(0, width as i64 - 1) as usize)
    }
}

/// Attenuation of a pixel from those of its four columns.
#[inline(always)]
pub fn registered(a: [u16; 4], weights: [i32; 4]) -> u16 {
    let [outer_left, left, right, outer_right] = a.map(i32::from);
    let [w0, w1, w2, w3] = weights;
    let products = outer_left.wrapping_mul(w0).wrapping_add(left.wrapping_mul(w1));
    let products = products.wrapping_add(right.wrapping_mul(w2)).wrapping_add(outer_right.wrapping_mul(w3));
    let value = products.wrapping_add(128) >> 8;
    value.max(left.min(right)).min(left.max(right)) as u16
}

/// Validity of a pixel from that of its four columns.
#[inline(always)]
pub fn registered_validity(bits: [u8; 4], weights: [i32; 4]) -> u8 {
    let of = |k: usize| if weights[k] != 0 { bits[k] } else { 0 };
    of(0) | of(1) | of(2) | of(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_cubic() {
        assert_eq!(Taps::new(0.0), Taps::IDENTITY);
        assert_eq!(Taps::new(-0.5), Taps { first: -1, weights: [-16, 144, 144, -16] });
        assert_eq!(Taps::new(0.5), Taps { first: -2, weights: [-16, 144, 144, -16] });
        assert_eq!(Taps::new(1.0), Taps { first: -2, weights: [0, 256, 0, 0] });
        assert_eq!(Taps::new(-9.0), Taps { first: 0, weights: [0, 256, 0, 0] });
        for step in -100..=100 {
            let taps = Taps::new(f64::from(step) / 100.0);
            assert_eq!(taps.weights.iter().sum::<i32>(), 256);
            assert!((-2..=0).contains(&taps.first), "{taps:?}");
        }
    }

    #[test]
    fn a_slope_is_read_at_its_place_and_a_step_does_not_ring() {
        let taps = Taps::new(-0.25);
        let slope: Vec<u16> = (0..20).map(|x| 1000 + 400 * x).collect();
        let at = |plane: &[u16], x: usize| registered(taps.columns(x, 20).map(|c| plane[c]), taps.weights);
        assert_eq!(at(&slope, 10), 1000 + 400 * 10 + 100);
        let step: Vec<u16> = (0..20).map(|x| if x < 10 { 0 } else { 65_535 }).collect();
        let values: Vec<u16> = (0..20).map(|x| at(&step, x)).collect();
        assert!(values.is_sorted() && values[8] == 0 && values[10] == 65_535, "{values:?}");
        assert_eq!(registered([0, 65_535, 65_535, 0], [-16, 144, 144, -16]), 65_535);
    }

    #[test]
    fn outside_counts_as_the_edge() {
        assert_eq!(Taps::new(0.5).columns(0, 5), [0, 0, 0, 1]);
        assert_eq!(Taps::new(-0.5).columns(4, 5), [3, 4, 4, 4]);
        assert_eq!(Taps::new(-0.5).columns(0, 1), [0; 4]);
        assert_eq!(registered_validity([1, 2, 4, 8], [0, 256, 0, 0]), 2);
        assert_eq!(registered_validity([1, 2, 4, 8], [-16, 144, 144, -16]), 15);
    }
}
