//! The smallest codec of our own profile: adaptive Rice codes of prediction residuals, for strips of 16-bit counts. The
//! stored samples use it; what is measured anew is packed ([`super::packed`]), which decodes several times as fast.
//!
//! Photon noise cannot be predicted, so a codec can do little more than write the noise in as few bits as it has.
//! General compressors mix the noisy low byte with the quiet high byte and lose a bit and a half a sample; Rice codes
//! of 16-bit residuals stay within about a tenth of a bit of the entropy and decode faster.
//!
//! A strip is a stream of bits, the lowest bit of each byte first, padded with zeros to whole bytes, then the CRC-32
//! (IEEE) of those bytes, little-endian. Samples run row after row. Each is predicted as the mean, rounded down, of its
//! left and upper neighbour; in the first row of the strip as the left, in the first column as the upper one, and the
//! first sample as 0. The residual, modulo 2^16 in [-32768, 32767], is folded to `z = 2r` or `-2r - 1`.
//! Each row is cut into blocks of 32 samples (the last may be shorter); a block begins with four bits `k`.
//! `k = 15`: every `z` in 16 bits. Otherwise, with `q = z >> k`: if `q < 24`, `q` zero bits, a one bit and the low `k`
//! bits of `z`; else 24 zero bits and `z` in 16 bits.

use super::chunk::Fault;
use super::residual::{fold, seal, unfold, unseal};

/// Samples that share one parameter.
const BLOCK: usize = 32;
/// Zero bits that announce a plain value.
const ESCAPE: u32 = 24;
/// The parameter that stands for plain values.
const PLAIN: u32 = 15;

struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the low `count` (at most 32) bits of `value`, which has no others.
    fn put(&mut self, value: u32, count: u32) {
        self.pending |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        seal(self.bytes)
    }
}

/// Bits that one value takes with parameter `k`.
fn cost(z: u16, k: u32) -> u32 {
    let quotient = u32::from(z) >> k;
    if quotient < ESCAPE { quotient + 1 + k } else { ESCAPE + 16 }
}

/// The parameter that takes the fewest bits; the smallest of several.
fn best_parameter(block: &[u16]) -> u32 {
    let sum: u32 = block.iter().map(|z| u32::from(*z)).sum();
    // The best k lies near the logarithm of the mean, so only its neighbours are tried.
    let near = (sum / block.len().max(1) as u32).checked_ilog2().unwrap_or(0);
    let candidates = near.saturating_sub(2)..=(near + 1).min(PLAIN - 1);
    let bits = |k| block.iter().map(|z| cost(*z, k)).sum::<u32>();
    let best = candidates.map(|k| (bits(k), k)).min();
    match best {
        Some((bits, k)) if bits < 16 * block.len() as u32 => k,
        _ => PLAIN,
    }
}

/// Codes the rows of a strip; `samples` holds a whole number of rows of `width`.
pub(super) fn encode(samples: &[u16], width: usize) -> Vec<u8> {
    let mut writer = BitWriter { bytes: Vec::with_capacity(samples.len() * 3 / 2), pending: 0, count: 0 };
    let mut folded = vec![0_u16; width];
    let mut above: Option<&[u16]> = None;
    for row in samples.chunks_exact(width.max(1)) {
        for (x, (z, &sample)) in folded.iter_mut().zip(row).enumerate() {
            let left = x.checked_sub(1).map(|x| row[x]);
            *z = fold(sample.wrapping_sub(predict(left, above.map(|above| above[x]))));
        }
        for block in folded.chunks(BLOCK) {
            let k = best_parameter(block);
            writer.put(k, 4);
            for &z in block {
                let quotient = u32::from(z) >> k;
                if k == PLAIN {
                    writer.put(u32::from(z), 16);
                } else if quotient < ESCAPE {
                    writer.put(1 << quotient, quotient + 1);
                    writer.put(u32::from(z) & ((1 << k) - 1), k);
                } else {
                    writer.put(0, ESCAPE);
                    writer.put(u32::from(z), 16);
                }
            }
        }
        above = Some(row);
    }
    writer.finish()
}

fn predict(left: Option<u16>, above: Option<u16>) -> u16 {
    match (left, above) {
        (Some(left), Some(above)) => ((u32::from(left) + u32::from(above)) >> 1) as u16,
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => 0,
    }
}

struct BitReader<'a> {
    bytes: &'a [u8],
    next: usize,
    bits: u64,
    count: u32,
}

impl BitReader<'_> {
    /// Makes at least 56 bits ready, fewer only at the end of the data.
    #[inline(always)]
    fn refill(&mut self) {
        if let Some(word) = self.bytes.get(self.next..).and_then(<[u8]>::first_chunk) {
            self.bits |= u64::from_le_bytes(*word) << self.count;
            self.next += ((63 - self.count) >> 3) as usize;
            self.count |= 56;
        } else {
            while self.count < 56 && self.next < self.bytes.len() {
                self.bits |= u64::from(self.bytes[self.next]) << self.count;
                self.next += 1;
                self.count += 8;
            }
        }
    }

    /// Drops `count` (at most 56) bits that were looked at.
    #[inline(always)]
    fn drop(&mut self, count: u32) -> Result<(), Fault> {
        if count > self.count {
            return Err(Fault::Short);
        }
        self.bits >>= count;
        self.count -= count;
        Ok(())
    }

    /// Whether only padding is left: zeros, less than a byte.
    fn is_at_end(&self) -> bool {
        self.next == self.bytes.len() && self.count < 8 && self.bits & ((1 << self.count) - 1) == 0
    }
}

/// Decodes a strip into `out`, a whole number of rows of `width` counts.
pub(super) fn decode(data: &[u8], width: usize, out: &mut [u16]) -> Result<(), Fault> {
    let bytes = unseal(data)?;
    let mut reader = BitReader { bytes, next: 0, bits: 0, count: 0 };
    let mut folded = vec![0_u16; width];
    let mut rows = out.chunks_exact_mut(width.max(1));
    let Some(mut above) = rows.next() else { return Ok(()) };
    read_row(&mut reader, &mut folded)?;
    let mut left = 0_u16;
    for (sample, z) in above.iter_mut().zip(&folded) {
        left = unfold(*z).wrapping_add(left);
        *sample = left;
    }
    for row in rows {
        read_row(&mut reader, &mut folded)?;
        // The first sample is predicted as the one above it: as if its left neighbour were the same.
        let mut left = u32::from(above[0]);
        for ((sample, z), above) in row.iter_mut().zip(&folded).zip(&*above) {
            *sample = unfold(*z).wrapping_add(((left + u32::from(*above)) >> 1) as u16);
            left = u32::from(*sample);
        }
        above = row;
    }
    if reader.is_at_end() { Ok(()) } else { Err(Fault::Damaged("data follow the last sample".to_owned())) }
}

#[inline(always)]
fn read_row(reader: &mut BitReader<'_>, folded: &mut [u16]) -> Result<(), Fault> {
    for block in folded.chunks_mut(BLOCK) {
        reader.refill();
        let k = (reader.bits & 15) as u32;
        reader.drop(4)?;
        if k == PLAIN {
            for z in block {
                reader.refill();
                *z = reader.bits as u16;
                reader.drop(16)?;
            }
            continue;
        }
        let (mask, mut largest) = ((1_u64 << k) - 1, 0);
        for z in block {
            reader.refill();
            let quotient = reader.bits.trailing_zeros();
            let value = if quotient < ESCAPE {
                let value = u64::from(quotient) << k | (reader.bits >> (quotient + 1)) & mask;
                reader.drop(quotient + 1 + k)?;
                value
            } else {
                let value = reader.bits >> ESCAPE & 0xFFFF;
                reader.drop(ESCAPE + 16)?;
                value
            };
            largest |= value;
            *z = value as u16;
        }
        if largest > 0xFFFF {
            return Err(Fault::Damaged("a value is too large".to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::residual::tests::noise;
    use super::*;

    fn check(samples: &[u16], width: usize) -> usize {
        let coded = encode(samples, width);
        let mut back = vec![0xAAAA; samples.len()];
        decode(&coded, width, &mut back).unwrap();
        assert_eq!(back, samples, "width {width}");
        coded.len()
    }

    #[test]
    fn every_shape_and_range_comes_back() {
        for width in [1, 2, 31, 32, 33, 100] {
            for shift in [0, 4, 10, 16] {
                check(&noise(width * 7, shift), width);
            }
        }
        check(&[0, 65_535, 0, 65_535, 32_768, 0], 3);
        check(&[65_535], 1);
        let mut quiet_with_spike = vec![100; 64];
        quiet_with_spike[40] = 60_000;
        check(&quiet_with_spike, 64);
    }

    #[test]
    fn incompressible_counts_grow_by_no_more_than_their_block_headers() {
        let len = check(&noise(3_200, 0), 100);
        assert!(len <= 3_200 * 2 + 32 * 4 / 2 + 8, "{len}");
        let len = check(&vec![7; 3_200], 100);
        assert!(len < 3_200 / 8 + 100, "{len}");
    }

    #[test]
    fn random_bits_with_a_right_checksum_never_panic() {
        let (mut out, mut refused) = (vec![0; 200], 0);
        for len in 0..300 {
            let data: Vec<u8> = noise(len, 0).iter().map(|word| (*word >> (len % 9)) as u8).collect();
            refused += usize::from(decode(&seal(data), 50, &mut out).is_err());
        }
        // A few do happen to be a whole strip of this size.
        assert!(refused > 270, "{refused}");
    }

    #[test]
    fn damage_and_lies_are_found() {
        let samples = noise(64, 6);
        let good = encode(&samples, 16);
        let mut out = vec![0; 64];
        for byte in 0..good.len() {
            let mut bad = good.clone();
            bad[byte] ^= 0x10;
            assert!(decode(&bad, 16, &mut out).is_err(), "byte {byte}");
        }
        let with_checksum = |bytes: &[u8]| seal(bytes.to_vec());
        let body = &good[..good.len() - 4];
        assert!(matches!(decode(&with_checksum(&body[..body.len() / 2]), 16, &mut out), Err(Fault::Short)));
        assert!(matches!(decode(&with_checksum(&[]), 16, &mut out), Err(Fault::Short)));
        assert!(matches!(decode(&[1, 2], 16, &mut out), Err(Fault::Short)));
        let mut longer = body.to_vec();
        longer.push(0);
        assert!(matches!(decode(&with_checksum(&longer), 16, &mut out), Err(Fault::Damaged(_))));
    }
}
