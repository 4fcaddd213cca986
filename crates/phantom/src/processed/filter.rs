use rayon::prelude::*;

/// Blur of a plane by a Gaussian of standard deviations along x and y, px; its edge values go on outside.
pub(super) fn blurred(plane: &[f64], width: usize, sigmas_px: [f64; 2]) -> Vec<f64> {
    if plane.is_empty() {
        return Vec::new();
    }
    let height = plane.len() / width;
    let mut out = plane.to_vec();
    if let Some(kernel) = kernel(sigmas_px[0]) {
        let reach = kernel.len() - 1;
        out.par_chunks_exact_mut(width).for_each(|row| {
            let padded: Vec<f64> =
                (0..width + 2 * reach).map(|x| row[x.saturating_sub(reach).min(width - 1)]).collect();
            for (x, value) in row.iter_mut().enumerate() {
                let at = x + reach;
                *value = kernel[0] * padded[at]
                    + (1..=reach).map(|k| kernel[k] * (padded[at - k] + padded[at + k])).sum::<f64>();
            }
        });
    }
    if let Some(kernel) = kernel(sigmas_px[1]) {
        let rows = out.clone();
        let row = |y: usize| &rows[y * width..(y + 1) * width];
        out.par_chunks_exact_mut(width).enumerate().for_each(|(y, out)| {
            out.iter_mut().zip(row(y)).for_each(|(value, here)| *value = kernel[0] * here);
            for (k, weight) in kernel.iter().enumerate().skip(1) {
                let (above, below) = (row(y.saturating_sub(k)), row((y + k).min(height - 1)));
                for ((value, above), below) in out.iter_mut().zip(above).zip(below) {
                    *value += weight * (above + below);
                }
            }
        });
    }
    out
}

/// Weights of a Gaussian from its middle outwards, to three sigmas; none where it would blur nothing.
fn kernel(sigma_px: f64) -> Option<Vec<f64>> {
    if sigma_px < 0.05 {
        return None;
    }
    let reach = (3.0 * sigma_px).ceil() as usize;
    let weights: Vec<f64> = (0..=reach).map(|k| libm::exp(-0.5 * (k as f64 / sigma_px).powi(2))).collect();
    let sum = 2.0 * weights.iter().sum::<f64>() - weights[0];
    Some(weights.into_iter().map(|weight| weight / sum).collect())
}

/// Adds a share of the difference to the surrounding.
pub(super) fn sharpened(mut plane: Vec<f64>, width: usize, sigma_px: f64, share: f64) -> Vec<f64> {
    if share > 0.0 {
        let around = blurred(&plane, width, [sigma_px; 2]);
        for (value, around) in plane.iter_mut().zip(around) {
            *value = (*value + share * (*value - around)).clamp(0.0, 255.0);
        }
    }
    plane
}

/// Median of 3 × 3.
pub(super) fn median(plane: &[f64], width: usize) -> Vec<f64> {
    let height = plane.len() / width.max(1);
    let mut out = vec![0.0; plane.len()];
    out.par_chunks_exact_mut(width).enumerate().for_each(|(y, out)| {
        let rows = [y.saturating_sub(1), y, (y + 1).min(height - 1)];
        for (x, value) in out.iter_mut().enumerate() {
            let columns = [x.saturating_sub(1), x, (x + 1).min(width - 1)];
            let mut near = [0.0; 9];
            for (i, near) in near.iter_mut().enumerate() {
                *near = plane[rows[i / 3] * width + columns[i % 3]];
            }
            *value = *near.select_nth_unstable_by(4, f64::total_cmp).1;
        }
    });
    out
}
