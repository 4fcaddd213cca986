//! `exp` as plain arithmetic: no table, no call, no fused multiply-add, so it vectorises and gives the same bits
//! everywhere.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
// ln 2 split in two so that x - k ln 2 keeps its last bits (fdlibm's e_exp.c).
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
// Adding and taking off 1.5 · 2^52 rounds to the nearest integer and leaves it in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// `e^x` for `x` in [−700, 700] with a relative error below 1e-13; inputs outside are clamped to that range.
#[inline(always)]
pub fn exp_plain(x: f64) -> f64 {
    let x = if x > 700.0 { 700.0 } else { x };
    let x = if x < -700.0 { -700.0 } else { x };
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    // Taylor series to r^11 / 11!; |r| <= ln 2 / 2 leaves 6e-15.
    let mut p = 1.0 / 39_916_800.0;
    p = p * r + 1.0 / 3_628_800.0;
    p = p * r + 1.0 / 362_880.0;
    p = p * r + 1.0 / 40_320.0;
    p = p * r + 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // The integer sits in the low bits of `shifted`; moved into the exponent field it multiplies by 2^k.
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1.0_f64.to_bits()));
    p * scale
}

/// `e^x` in single precision for `x` in [−87, 87] with a relative error below 3e-7; inputs outside are clamped to that range.
#[inline(always)]
pub fn exp_plain_f32(x: f32) -> f32 {
    let x = if x > 87.0 { 87.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    // 1.5 · 2^23, as above.
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let k = shifted - 12_582_912.0;
    // ln 2 split in two (Cephes expf).
    let r = (x - k * 0.693_359_4) - k * -2.121_944_4e-4;
    let mut p = 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    p * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_libm() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.01 - 0.003_7;
            let x = x.clamp(-700.0, 700.0);
            let (got, want) = (exp_plain(x), libm::exp(x));
            assert!((got / want - 1.0).abs() < 1e-13, "exp({x}) = {got}, libm {want}");
        }
        for i in -8_700..=8_700 {
            let x = i as f32 * 0.01;
            let (got, want) = (f64::from(exp_plain_f32(x)), libm::exp(f64::from(x)));
            assert!((got / want - 1.0).abs() < 3e-7, "exp({x}) = {got}, libm {want}");
        }
        assert_eq!(exp_plain_f32(0.0), 1.0);
        assert_eq!(exp_plain(0.0), 1.0);
        assert_eq!(exp_plain(1e9), exp_plain(700.0));
        assert!(exp_plain(f64::NAN).is_nan());
    }
}
