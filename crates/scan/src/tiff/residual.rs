//! What the codecs of our own profile share: residuals folded to small numbers, and the checksum that ends a strip.

use super::chunk::Fault;

const CHECKSUM_BYTES: usize = 4;

/// A residual modulo 2^16, read as a number r in [-32768, 32767]: `2r`, or `-2r - 1` below 0.
#[inline(always)]
pub(super) fn fold(residual: u16) -> u16 {
    let residual = residual as i16;
    ((residual << 1) ^ (residual >> 15)) as u16
}

/// The residual that was folded to `z`.
#[inline(always)]
pub(super) fn unfold(z: u16) -> u16 {
    (z >> 1) ^ (z & 1).wrapping_neg()
}

/// Ends a strip: the CRC-32 (IEEE) of its bytes, little-endian.
pub(super) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The bytes of a strip before its checksum, which must be theirs.
#[allow(unexpected_cfgs, reason = "fuzzers set it")]
pub(super) fn unseal(data: &[u8]) -> Result<&[u8], Fault> {
    let (bytes, checksum) = data.split_last_chunk::<CHECKSUM_BYTES>().ok_or(Fault::Short)?;
    // A fuzzer never guesses a checksum, so that for it nothing behind this line would be tested.
    if !cfg!(fuzzing) && crc32fast::hash(bytes) != u32::from_le_bytes(*checksum) {
        return Err(Fault::Damaged("wrong checksum".to_owned()));
    }
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A congruential sequence: no dependency, same on every machine.
    pub(crate) fn noise(len: usize, shift: u32) -> Vec<u16> {
        let mut state = 12_345_u32;
        let step = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16 >> shift) as u16
        };
        (0..len).map(step).collect()
    }

    #[test]
    fn every_residual_comes_back_and_small_ones_stay_small() {
        assert!((0..=u16::MAX).all(|residual| unfold(fold(residual)) == residual));
        assert_eq!([0, 1, u16::MAX, 2].map(fold), [0, 2, 1, 4]);
    }

    #[test]
    fn a_sealed_strip_opens_unless_it_was_touched() {
        let mut sealed = seal(vec![1, 2, 3]);
        assert!(matches!(unseal(&sealed), Ok([1, 2, 3])));
        sealed[1] ^= 1;
        assert!(matches!(unseal(&sealed), Err(Fault::Damaged(_))));
        assert!(matches!(unseal(&sealed[..2]), Err(Fault::Short)));
    }
}
