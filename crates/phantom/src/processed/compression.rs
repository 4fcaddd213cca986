//! What baseline JPEG does to grey: cosine transform of 8 × 8 pixels, quantised and back (ITU-T T.81). The coding that follows
//! loses nothing and is left out.

use std::f64::consts::PI;

/// Side of a block.
const N: usize = 8;
/// Luminance steps at quality 50, by rows of frequency (ITU-T T.81, table K.1).
const STEPS: [u8; N * N] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29,
    51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121,
    120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/// Steps at a quality, as the Independent JPEG Group scales them.
fn steps(quality: u32) -> [f64; N * N] {
    let quality = quality.clamp(1, 100);
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    STEPS.map(|step| f64::from(((u32::from(step) * scale + 50) / 100).clamp(1, 255)))
}

/// `basis[u][x]` of the orthonormal cosine transform.
fn basis() -> [[f64; N]; N] {
    let mut basis = [[0.0; N]; N];
    for (u, row) in basis.iter_mut().enumerate() {
        let scale = if u == 0 { libm::sqrt(1.0 / N as f64) } else { libm::sqrt(2.0 / N as f64) };
        for (x, value) in row.iter_mut().enumerate() {
            *value = scale * libm::cos(PI * (2 * x + 1) as f64 * u as f64 / (2 * N) as f64);
        }
    }
    basis
}

/// Compresses grey of 0 to 255 in place; blocks at the right and lower edge are filled with their last pixels.
pub(super) fn compress(plane: &mut [f64], width: usize, quality: u32) {
    let (steps, basis) = (steps(quality), basis());
    let height = plane.len() / width.max(1);
    for y0 in (0..height).step_by(N) {
        for x0 in (0..width).step_by(N) {
            let mut block = [[0.0; N]; N];
            for (y, row) in block.iter_mut().enumerate() {
                for (x, value) in row.iter_mut().enumerate() {
                    *value = plane[(y0 + y).min(height - 1) * width + (x0 + x).min(width - 1)] - 128.0;
                }
            }
            let mut waves = turned(&basis, &block, false);
            for (wave, step) in waves.iter_mut().flatten().zip(steps) {
                *wave = (*wave / step).round() * step;
            }
            let block = turned(&basis, &waves, true);
            for (y, row) in block.iter().enumerate().take(height - y0) {
                for (x, value) in row.iter().enumerate().take(width - x0) {
                    plane[(y0 + y) * width + x0 + x] = (value + 128.0).clamp(0.0, 255.0);
                }
            }
        }
    }
}

/// `B · M · Bᵀ`, or `Bᵀ · M · B` when back.
fn turned(basis: &[[f64; N]; N], block: &[[f64; N]; N], is_back: bool) -> [[f64; N]; N] {
    let at = |i: usize, j: usize| if is_back { basis[j][i] } else { basis[i][j] };
    let mut half = [[0.0; N]; N];
    for (i, row) in half.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            *value = (0..N).map(|k| at(i, k) * block[k][j]).sum();
        }
    }
    let mut whole = [[0.0; N]; N];
    for (i, row) in whole.iter_mut().enumerate() {
        for (j, value) in row.iter_mut().enumerate() {
            *value = (0..N).map(|k| half[i][k] * at(j, k)).sum();
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_known_files() {
        // The first steps of a file of quality 75.
        assert_eq!(steps(75)[..6], [8.0, 6.0, 5.0, 8.0, 12.0, 20.0]);
        assert!(steps(100).iter().all(|step| *step == 1.0));
    }

    #[test]
    fn fine_steps_keep_a_picture_and_coarse_ones_do_not() {
        let (width, height) = (21, 13);
        let made: Vec<f64> = (0..width * height).map(|i| ((i * 37) % 256) as f64).collect();
        let error = |quality: u32| {
            let mut plane = made.clone();
            compress(&mut plane, width, quality);
            plane.iter().zip(&made).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        assert!(error(100) < 3.0, "{}", error(100));
        assert!(error(20) > 20.0, "{}", error(20));
    }
}
