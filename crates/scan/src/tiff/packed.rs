//! The default codec of our own profile: residuals to the row above, packed in as few bits as each block needs.
//!
//! Photon noise is most of a scan, so every codec ends near the same size; what differs is what decoding costs. Here a
//! block is 32 numbers of one width: no number depends on the one before it, so both unpacking and undoing the prediction
//! work on many samples at once. The row above (another detector, the same pulse) predicts better than the left
//! neighbour, because the dose of the pulse cancels. `benches/compare/decode.py` measures it against others; the figures
//! are in `benches/results`.
//!
//! A strip is rows one after another, then the CRC-32 (IEEE) of all bytes before it, little-endian. Each sample is
//! predicted as the one above it; in the first row of the strip as the left one, and the first sample as 0. The
//! residual, modulo 2^16 in [-32768, 32767], is folded to `z = 2r` or `-2r - 1`. A row is cut into blocks of 32 samples
//! (the last may be shorter). It begins with the widths of its blocks, four bits each, the first block in the low bits of
//! the first byte, an unused last half byte 0: 0 to 14 bits, 15 for 16 bits. Then come the blocks. In a whole block of
//! 16 bits, every `z` is two bytes, little-endian. In another whole block `z` is cut, from its lowest bit upwards, into
//! parts of 8, 4, 2 and 1 bits as the width has them in binary (11 = 8 + 2 + 1); one part of all samples follows the
//! other: of a part of `p` bits, sample `i` has bits `p · (i div 4p)` and up of byte `i mod 4p`. A shorter block has `z` of
//! each sample in `width` bits, the lowest bit of each byte first, padded with zeros to whole bytes.

use super::chunk::Fault;
use super::residual::{fold, seal, unfold, unseal};

/// Samples that share one width.
const BLOCK: usize = 32;
/// The half byte that stands for 16 bits.
const PLAIN: u32 = 15;

/// Bits of a sample for the half byte that stands for them.
fn bits_of(code: u32) -> usize {
    if code == PLAIN { 16 } else { code as usize }
}

fn code_of(block: &[u16]) -> u32 {
    let all = block.iter().fold(0, |all, z| all | z);
    (u16::BITS - all.leading_zeros()).min(PLAIN)
}

/// Codes the rows of a strip; `samples` holds a whole number of rows of `width`.
pub(super) fn encode(samples: &[u16], width: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(samples.len() * 3 / 2);
    let mut folded = vec![0_u16; width];
    let mut above: Option<&[u16]> = None;
    for row in samples.chunks_exact(width.max(1)) {
        match above {
            Some(above) => {
                for ((z, sample), above) in folded.iter_mut().zip(row).zip(above) {
                    *z = fold(sample.wrapping_sub(*above));
                }
            }
            None => {
                let mut left = 0;
                for (z, sample) in folded.iter_mut().zip(row) {
                    *z = fold(sample.wrapping_sub(left));
                    left = *sample;
                }
            }
        }
        write_row(&folded, &mut bytes);
        above = Some(row);
    }
    seal(bytes)
}

fn write_row(folded: &[u16], bytes: &mut Vec<u8>) {
    let blocks = || folded.chunks(BLOCK);
    let codes: Vec<u8> = blocks().map(|block| code_of(block) as u8).collect();
    bytes.extend(codes.chunks(2).map(|pair| pair[0] | pair.get(1).map_or(0, |code| code << 4)));
    for (block, code) in blocks().zip(codes) {
        let width = bits_of(u32::from(code));
        match <&[u16; BLOCK]>::try_from(block) {
            Ok(block) if width == 16 => bytes.extend(block.iter().flat_map(|z| z.to_le_bytes())),
            Ok(block) => write_parts(block, width, bytes),
            Err(_) => write_bits(block, width as u32, bytes),
        }
    }
}

fn write_parts(block: &[u16; BLOCK], width: usize, bytes: &mut Vec<u8>) {
    let mut shift = 0;
    for part in [8, 4, 2, 1].into_iter().filter(|part| width & part != 0) {
        let mask = (1 << part) - 1;
        let lanes = BLOCK / 8 * part;
        let byte = |lane: usize| {
            let samples = block[lane..].iter().step_by(lanes).enumerate();
            samples.fold(0, |byte, (group, z)| byte | (z >> shift & mask) << (part * group))
        };
        bytes.extend((0..lanes).map(|lane| byte(lane) as u8));
        shift += part;
    }
}

fn write_bits(block: &[u16], width: u32, bytes: &mut Vec<u8>) {
    let (mut pending, mut count) = (0_u64, 0);
    for z in block {
        pending |= u64::from(*z) << count;
        count += width;
        while count >= 8 {
            bytes.push(pending as u8);
            pending >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        bytes.push(pending as u8);
    }
}

/// Decodes a strip into `out`, a whole number of rows of `width` counts.
pub(super) fn decode(data: &[u8], width: usize, out: &mut [u16]) -> Result<(), Fault> {
    let bytes = unseal(data)?;
    let mut rest = bytes;
    let mut rows = out.chunks_exact_mut(width.max(1));
    let Some(mut above) = rows.next() else { return Ok(()) };
    read_row(&mut rest, above)?;
    let mut left = 0_u16;
    for sample in above.iter_mut() {
        left = left.wrapping_add(unfold(*sample));
        *sample = left;
    }
    for row in rows {
        read_row(&mut rest, row)?;
        for (sample, above) in row.iter_mut().zip(&*above) {
            *sample = above.wrapping_add(unfold(*sample));
        }
        above = row;
    }
    if rest.is_empty() { Ok(()) } else { Err(Fault::Damaged("data follow the last sample".to_owned())) }
}

/// Unpacks the folded residuals of a row.
#[inline(always)]
fn read_row(rest: &mut &[u8], row: &mut [u16]) -> Result<(), Fault> {
    let blocks = row.len().div_ceil(BLOCK);
    let (codes, mut data) = rest.split_at_checked(blocks.div_ceil(2)).ok_or(Fault::Short)?;
    if blocks % 2 == 1 && codes.last().is_some_and(|code| code >> 4 != 0) {
        return Err(Fault::Damaged("an unused width is not 0".to_owned()));
    }
    for (index, block) in row.chunks_mut(BLOCK).enumerate() {
        let width = bits_of(u32::from(codes[index / 2] >> (4 * (index % 2)) & 15));
        let (packed, later) = data.split_at_checked((block.len() * width).div_ceil(8)).ok_or(Fault::Short)?;
        data = later;
        match <&mut [u16; BLOCK]>::try_from(&mut *block) {
            Ok(block) => unpack(width, packed, block),
            Err(_) => read_bits(width, packed, block),
        }
    }
    *rest = data;
    Ok(())
}

/// Unpacks a block that is shorter than others.
fn read_bits(width: usize, packed: &[u8], out: &mut [u16]) {
    let (mut pending, mut count) = (0_u64, 0);
    let mut bytes = packed.iter();
    for value in out {
        while count < width {
            pending |= u64::from(bytes.next().copied().unwrap_or(0)) << count;
            count += 8;
        }
        *value = (pending & ((1 << width) - 1)) as u16;
        pending >>= width;
        count -= width;
    }
}

/// Unpacks a whole block; `packed` is `4 · width` bytes.
#[inline(always)]
fn unpack(width: usize, packed: &[u8], out: &mut [u16; BLOCK]) {
    match width {
        0 => out.fill(0),
        1 => unpack_by::<1>(packed, out),
        2 => unpack_by::<2>(packed, out),
        3 => unpack_by::<3>(packed, out),
        4 => unpack_by::<4>(packed, out),
        5 => unpack_by::<5>(packed, out),
        6 => unpack_by::<6>(packed, out),
        7 => unpack_by::<7>(packed, out),
        8 => unpack_by::<8>(packed, out),
        9 => unpack_by::<9>(packed, out),
        10 => unpack_by::<10>(packed, out),
        11 => unpack_by::<11>(packed, out),
        12 => unpack_by::<12>(packed, out),
        13 => unpack_by::<13>(packed, out),
        14 => unpack_by::<14>(packed, out),
        _ => {
            for (value, bytes) in out.iter_mut().zip(packed.as_chunks().0) {
                *value = u16::from_le_bytes(*bytes);
            }
        }
    }
}

/// The same with a width known to the compiler, which makes it a few instructions for many samples each.
fn unpack_by<const WIDTH: usize>(packed: &[u8], out: &mut [u16; BLOCK]) {
    let mut rest = packed;
    let mut shift = 0;
    out.fill(0);
    if WIDTH & 8 != 0 {
        shift += unpack_part::<8, 32>(&mut rest, shift, out);
    }
    if WIDTH & 4 != 0 {
        shift += unpack_part::<4, 16>(&mut rest, shift, out);
    }
    if WIDTH & 2 != 0 {
        shift += unpack_part::<2, 8>(&mut rest, shift, out);
    }
    if WIDTH & 1 != 0 {
        unpack_part::<1, 4>(&mut rest, shift, out);
    }
}

/// Adds one part of `PART` bits to every sample, `shift` bits up; returns `PART`. `LANES` is `4 · PART`.
#[inline(always)]
fn unpack_part<const PART: u32, const LANES: usize>(rest: &mut &[u8], shift: u32, out: &mut [u16; BLOCK]) -> u32 {
    let Some((bytes, later)) = rest.split_first_chunk::<LANES>() else { return PART };
    for (group, values) in (0..).zip(out.as_chunks_mut::<LANES>().0) {
        let mask = ((1_u16 << PART) - 1) << (PART * group);
        for (value, byte) in values.iter_mut().zip(bytes) {
            *value |= (u16::from(*byte) & mask) >> (PART * group) << shift;
        }
    }
    *rest = later;
    PART
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
    fn every_shape_and_width_of_bits_comes_back() {
        for width in [1, 2, 31, 32, 33, 63, 64, 65, 100] {
            for shift in 0..=16 {
                check(&noise(width * 7, shift), width);
            }
        }
        check(&[0, 65_535, 0, 65_535, 32_768, 0], 3);
        check(&[65_535], 1);
    }

    #[test]
    fn incompressible_counts_grow_by_no_more_than_their_widths() {
        assert_eq!(check(&noise(3_200, 0), 100), 32 * (200 + 2) + 4);
        // Only the first block of the first row says anything.
        assert_eq!(check(&vec![7; 3_200], 100), 32 * 2 + 32 * 4 / 8 + 4);
    }

    #[test]
    fn damage_and_lies_are_found() {
        let samples = noise(80, 6);
        let good = encode(&samples, 20);
        let mut out = vec![0; 80];
        for byte in 0..good.len() {
            let mut bad = good.clone();
            bad[byte] ^= 0x10;
            assert!(decode(&bad, 20, &mut out).is_err(), "byte {byte}");
        }
        let with_checksum = |bytes: &[u8]| seal(bytes.to_vec());
        let body = &good[..good.len() - 4];
        for len in 0..body.len() {
            assert!(matches!(decode(&with_checksum(&body[..len]), 20, &mut out), Err(Fault::Short)), "{len}");
        }
        assert!(matches!(decode(&[1, 2], 20, &mut out), Err(Fault::Short)));
        let mut other = body.to_vec();
        other.push(0);
        assert!(matches!(decode(&with_checksum(&other), 20, &mut out), Err(Fault::Damaged(_))));
        other.pop();
        other[0] |= 0x10;
        assert!(matches!(decode(&with_checksum(&other), 20, &mut out), Err(Fault::Damaged(_))));
    }

    #[test]
    fn random_bits_with_a_right_checksum_never_panic() {
        let (mut out, mut refused) = (vec![0; 200], 0);
        for len in 0..300 {
            let data: Vec<u8> = noise(len, 0).iter().map(|word| (*word >> (len % 9)) as u8).collect();
            refused += usize::from(decode(&seal(data), 50, &mut out).is_err());
        }
        // A few do happen to be a whole strip of this size.
        assert!(refused > 290, "{refused}");
    }
}
