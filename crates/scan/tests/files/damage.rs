//! What happens to files on their way: flipped bits, random bytes, extreme numbers, pieces copied, cut and removed.

use crate::sample::Noise;

/// One kind of damage at a random place of a file that is not empty.
pub(crate) fn damage(file: &mut Vec<u8>, noise: &mut Noise) {
    let at = noise.below(file.len());
    match noise.below(8) {
        0..=2 => file[at] ^= 1 << noise.below(8),
        3 => file[at] = noise.next() as u8,
        4 => {
            let extreme = [0, 1, 0x7FFF_FFFF, u32::MAX, 0xFFFF, 131_072, 400_000_000][noise.below(7)].to_le_bytes();
            let len = 4.min(file.len() - at);
            file[at..at + len].copy_from_slice(&extreme[..len]);
        }
        5 => {
            let len = noise.below(64).min(file.len() - at);
            let from = noise.below(file.len() - len + 1);
            file.copy_within(from..from + len, at);
        }
        6 => file.truncate(at),
        _ => drop(file.drain(at..(at + noise.below(16)).min(file.len()))),
    }
}
