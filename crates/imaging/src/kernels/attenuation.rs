//! Attenuation of one pixel from its counts.
//!
//! `n = counts`, or `max − min(counts, max)` for inverted vendor grey; `s = max(n − dark, 0)`;
//! `a = LN[air − dark] + dose − LN[max(s, floor)]` in Q20 (`floor >= 1`; where the gain drifts, `δ` is part of `dose`:
//! [`super::drift`]);
//! `A = clamp((a + 128) >> 8, 0, 65535)` in Q12, with an arithmetic shift.
//!
//! Degenerate pixels: no signal (`s <= floor`) gives the attenuation at `floor`; up to `limit >= floor` most of the signal
//! is scatter, which a converter reads like any other, so `s <= limit` gives `PENETRATION_LIMITED`: the attenuation is a
//! lower bound; `n >= max` gives `SATURATED`; a column without beam measured nothing: `A = 0` and only
//! `BEAM_OFF`; brighter than air gives 0. Rows with `air <= dark` are bad detectors and never get here
//! ([`super::bad_detectors`], [`super::interpolation`]).
//! Source: DOMAIN §3, `A = −ln T`; FORMATS "Attenuation".

use pellucid_core::Validity;

use super::dose::{BEAM_OFF, signal};

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// What all pixels of a band share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// Largest value of the converter or the file.
    pub max_value: u32,
    /// Smallest signal in counts that is told from none, >= 1.
    pub floor: u32,
    /// Signal in counts up to which attenuation is only a lower bound, >= `floor`.
    pub limit: u32,
    /// Whether larger means darker.
    pub is_inverted: bool,
    /// Validity bits this band may set.
    pub keep_bits: u32,
}

/// Attenuation (Q12) and validity bits of one pixel of a good row.
#[inline]
pub fn attenuation(
    counts: u16,
    dark: u32,
    gain_ln: u32,
    dose_q20: i32,
    response: &Response,
    ln: &[u32; 65536],
) -> (u16, u8) {
    if dose_q20 == BEAM_OFF {
        return (0, Validity::BEAM_OFF & response.keep_bits as u8);
    }
    let max = response.max_value;
    let n = if response.is_inverted { max - u32::from(counts).min(max) } else { u32::from(counts) };
    let s = signal(n as u16, dark);
    let saturated = if n >= max { u32::from(Validity::SATURATED) } else { 0 };
    let limited = if s <= response.limit { u32::from(Validity::PENETRATION_LIMITED) } else { 0 };
    let a = gain_ln as i32 + dose_q20 - ln[s.max(response.floor) as usize & 0xffff] as i32;
    let attenuation = ((a + 128) >> 8).clamp(0, 65535) as u16;
    (attenuation, ((saturated | limited) & response.keep_bits) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::logarithm::ln_table;

    const RAW: Response = Response { max_value: 65535, floor: 8, limit: 20, is_inverted: false, keep_bits: 0xff };

    fn check(counts: u16, dark: u32, gain: usize, dose: i32, response: &Response, expect: (f64, u8)) {
        let ln = ln_table();
        let (a, validity) = attenuation(counts, dark, ln[gain], dose, response, ln);
        assert!((f64::from(a) / 4096.0 - expect.0).abs() < 2e-4, "{a} against {}", expect.0 * 4096.0);
        assert_eq!(validity, expect.1);
    }

    #[test]
    fn attenuation_is_minus_log_transmission() {
        check(10_100, 100, 40_000, 0, &RAW, (4.0_f64.ln(), 0));
        check(40_100, 100, 40_000, 0, &RAW, (0.0, 0));
        check(11_100, 100, 40_000, 99_939, &RAW, (4.0_f64.ln(), 0));
    }

    #[test]
    fn degenerate_pixels_are_defined() {
        check(60_000, 100, 40_000, 0, &RAW, (0.0, 0));
        check(0, 100, 40_000, 0, &RAW, ((40_000.0_f64 / 8.0).ln(), Validity::PENETRATION_LIMITED));
        check(120, 100, 40_000, 0, &RAW, (2000.0_f64.ln(), Validity::PENETRATION_LIMITED));
        check(121, 100, 40_000, 0, &RAW, ((40_000.0_f64 / 21.0).ln(), 0));
        check(108, 100, 40_000, 0, &RAW, ((40_000.0_f64 / 8.0).ln(), Validity::PENETRATION_LIMITED));
        check(65_535, 100, 40_000, 0, &RAW, (0.0, Validity::SATURATED));
        check(3, 100, 40_000, BEAM_OFF, &RAW, (0.0, Validity::BEAM_OFF));
    }

    #[test]
    fn inverted_grey_reads_as_its_negative() {
        let grey = Response { max_value: 255, floor: 3, limit: 3, is_inverted: true, keep_bits: 0 };
        check(255 - 50, 0, 250, 0, &grey, (5.0_f64.ln(), 0));
        check(300, 0, 250, 0, &grey, ((250.0_f64 / 3.0).ln(), 0));
    }
}
