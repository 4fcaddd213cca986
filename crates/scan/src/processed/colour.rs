use std::sync::atomic::{AtomicU64, Ordering};

use crate::ScanWarning;

/// How far red, green and blue may differ before a pixel counts as coloured: lossy compression of grey makes small
/// differences.
pub(super) fn tolerance(max_value: u16) -> u16 {
    max_value / 16
}

/// Brightness of a coloured pixel (ITU-R BT.601, weights in 1/65536); exact for grey, same range as the components.
pub(super) fn luma(red: u16, green: u16, blue: u16) -> u16 {
    let sum = 19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue);
    ((sum + 32_768) >> 16) as u16
}

/// Counts coloured and transparent pixels; rows may be counted in parallel.
#[derive(Default)]
pub(super) struct ColourTally {
    coloured: AtomicU64,
    transparent: AtomicU64,
}

impl ColourTally {
    /// Brightness of a row of pixels of 1 to 4 samples (grey, grey and alpha, colour, colour and alpha).
    pub(super) fn row_to_luma(
        &self,
        row: impl Iterator<Item = u16>,
        samples: usize,
        max_value: u16,
        out: &mut [u16],
    ) {
        let tolerance = tolerance(max_value);
        let (mut coloured, mut transparent, mut row) = (0, 0, row);
        let mut pixel = [0_u16; 4];
        for out in out {
            for (sample, value) in pixel[..samples].iter_mut().zip(&mut row) {
                *sample = value;
            }
            let alpha = match samples {
                2 => pixel[1],
                4 => pixel[3],
                _ => max_value,
            };
            transparent += u64::from(alpha < max_value);
            *out = if samples < 3 {
                pixel[0]
            } else {
                let [red, green, blue, _] = pixel;
                let spread = red.max(green).max(blue) - red.min(green).min(blue);
                coloured += u64::from(spread > tolerance);
                luma(red, green, blue)
            };
        }
        self.add(coloured, transparent);
    }

    pub(super) fn add(&self, coloured: u64, transparent: u64) {
        self.coloured.fetch_add(coloured, Ordering::Relaxed);
        self.transparent.fetch_add(transparent, Ordering::Relaxed);
    }

    /// What there is to say about a picture of `pixels` pixels.
    pub(super) fn warnings(&self, pixels: u64) -> Vec<ScanWarning> {
        let mut warnings = Vec::new();
        let coloured = self.coloured.load(Ordering::Relaxed);
        if coloured > 0 {
            warnings.push(ScanWarning::Coloured { pixels: coloured, of: pixels });
        }
        let transparent = self.transparent.load(Ordering::Relaxed);
        if transparent > 0 {
            warnings.push(ScanWarning::Transparent { pixels: transparent });
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_keeps_its_value_exactly() {
        for value in [0, 1, 127, 254, 255, 256, 32_767, 65_534, 65_535] {
            assert_eq!(luma(value, value, value), value);
        }
        assert_eq!(luma(255, 0, 0), 76);
    }

    #[test]
    fn colours_and_transparency_are_counted() {
        let tally = ColourTally::default();
        let mut out = [0; 3];
        let row = [10, 10, 10, 255, 200, 0, 0, 255, 90, 95, 99, 0];
        tally.row_to_luma(row.into_iter(), 4, 255, &mut out);
        assert_eq!(out, [10, 60, 94]);
        assert_eq!(
            tally.warnings(3),
            [ScanWarning::Coloured { pixels: 1, of: 3 }, ScanWarning::Transparent { pixels: 1 }]
        );
    }
}
