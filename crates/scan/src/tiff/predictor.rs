use super::directory::{ByteOrder, Directory};
use super::page::SampleKind;
use super::tag;
use crate::ScanError;

/// What was done to rows before compression (TIFF 6.0 section 14 and technical note 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Predictor {
    /// Nothing.
    None,
    /// Differences to the pixel on the left.
    Horizontal,
    /// Bytes of floats sorted by significance, then differences of bytes.
    FloatingPoint,
}

impl Predictor {
    pub(super) fn read(directory: &Directory<'_>, kind: SampleKind) -> Result<Self, ScanError> {
        match (directory.number_or(tag::PREDICTOR, 1)?, kind) {
            (1, _) => Ok(Self::None),
            (2, SampleKind::Unsigned) => Ok(Self::Horizontal),
            (3, SampleKind::Float) => Ok(Self::FloatingPoint),
            (value, _) => Err(ScanError::unsupported(directory.name("predictor"), value)),
        }
    }

    /// The predictor that writes differences of samples of a kind.
    pub(crate) fn differences_of(kind: SampleKind) -> Self {
        match kind {
            SampleKind::Unsigned => Self::Horizontal,
            SampleKind::Float => Self::FloatingPoint,
        }
    }

    /// The value of the tag.
    pub(super) fn tag_value(self) -> u32 {
        match self {
            Self::None => 1,
            Self::Horizontal => 2,
            Self::FloatingPoint => 3,
        }
    }

    /// Brings a row of the file to little-endian samples. `spare` is as long as `row`.
    pub(super) fn undo(self, row: &mut [u8], spare: &mut [u8], bits: u32, samples: usize, order: ByteOrder) {
        if order == ByteOrder::Big && self != Self::FloatingPoint {
            row.chunks_exact_mut((bits / 8) as usize).for_each(<[u8]>::reverse);
        }
        match (self, bits) {
            (Self::None, _) => {}
            (Self::Horizontal, 8) => sum_bytes(row, samples),
            (Self::Horizontal, _) => {
                for at in samples..row.len() / 2 {
                    let (left, here) = (2 * (at - samples), 2 * at);
                    let sum = u16::from_le_bytes([row[left], row[left + 1]])
                        .wrapping_add(u16::from_le_bytes([row[here], row[here + 1]]));
                    row[here..here + 2].copy_from_slice(&sum.to_le_bytes());
                }
            }
            (Self::FloatingPoint, _) => {
                sum_bytes(row, samples);
                let values = row.len() / 4;
                for (value, bytes) in spare.chunks_exact_mut(4).enumerate() {
                    for (significance, byte) in bytes.iter_mut().rev().enumerate() {
                        *byte = row[significance * values + value];
                    }
                }
                row.copy_from_slice(spare);
            }
        }
    }

    /// The inverse of [`Self::undo`] for rows of one little-endian sample a pixel.
    pub(super) fn apply(self, row: &mut [u8], spare: &mut [u8], bits: u32) {
        match (self, bits) {
            (Self::None, _) => {}
            (Self::Horizontal, 8) => difference_bytes(row),
            (Self::Horizontal, _) => {
                for here in (2..row.len()).step_by(2).rev() {
                    let difference = u16::from_le_bytes([row[here], row[here + 1]])
                        .wrapping_sub(u16::from_le_bytes([row[here - 2], row[here - 1]]));
                    row[here..here + 2].copy_from_slice(&difference.to_le_bytes());
                }
            }
            (Self::FloatingPoint, _) => {
                let values = row.len() / 4;
                for (value, bytes) in row.chunks_exact(4).enumerate() {
                    for (significance, byte) in bytes.iter().rev().enumerate() {
                        spare[significance * values + value] = *byte;
                    }
                }
                row.copy_from_slice(spare);
                difference_bytes(row);
            }
        }
    }
}

fn sum_bytes(row: &mut [u8], samples: usize) {
    for here in samples..row.len() {
        row[here] = row[here].wrapping_add(row[here - samples]);
    }
}

fn difference_bytes(row: &mut [u8]) {
    for here in (1..row.len()).rev() {
        row[here] = row[here].wrapping_sub(row[here - 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_applied_is_undone() {
        for (predictor, bits) in [
            (Predictor::None, 8),
            (Predictor::Horizontal, 8),
            (Predictor::Horizontal, 16),
            (Predictor::FloatingPoint, 32),
        ] {
            let original: Vec<u8> = (0..48_u32).map(|n| (n * n * 37 + 11) as u8).collect();
            let (mut row, mut spare) = (original.clone(), vec![0; 48]);
            predictor.apply(&mut row, &mut spare, bits);
            assert_eq!(row == original, predictor == Predictor::None);
            predictor.undo(&mut row, &mut spare, bits, 1, ByteOrder::Little);
            assert_eq!(row, original, "{predictor:?} of {bits} bits");
        }
    }

    #[test]
    fn big_endian_rows_become_little_endian() {
        let (mut row, mut spare) = ([1, 2, 0, 1], [0; 4]);
        Predictor::Horizontal.undo(&mut row, &mut spare, 16, 1, ByteOrder::Big);
        assert_eq!(row, [2, 1, 3, 1]);
    }
}
