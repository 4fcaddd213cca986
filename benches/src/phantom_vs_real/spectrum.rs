//! What varies in a small square of a picture that should be even.

use std::f64::consts::TAU;

/// Side of a square, px.
pub(super) const SIDE: usize = 32;
/// Frequencies up to half a cycle per pixel.
pub(super) const WAVES: usize = SIDE / 2;

/// A square less the means of its rows and columns: stripes are figures of their own.
pub(super) fn residual(square: &[f64]) -> Vec<f64> {
    let n = SIDE as f64;
    let rows: Vec<f64> = square.chunks_exact(SIDE).map(|row| row.iter().sum::<f64>() / n).collect();
    let columns: Vec<f64> = (0..SIDE).map(|x| square.iter().skip(x).step_by(SIDE).sum::<f64>() / n).collect();
    let mean = rows.iter().sum::<f64>() / n;
    square.iter().enumerate().map(|(i, v)| v - rows[i / SIDE] - columns[i % SIDE] + mean).collect()
}

/// Standard deviation of a residual.
pub(super) fn deviation(residual: &[f64]) -> f64 {
    // Means of rows and columns were taken from it.
    let freedom = ((SIDE - 1) * (SIDE - 1)) as f64;
    (residual.iter().map(|v| v * v).sum::<f64>() / freedom).sqrt()
}

/// Power of a residual along x, along y, and by radius, at 1 to [`WAVES`] waves per square.
pub(super) fn spectra(residual: &[f64]) -> [Vec<f64>; 3] {
    let angles: Vec<(f64, f64)> = (0..SIDE).map(|i| (TAU * i as f64 / SIDE as f64).sin_cos()).collect();
    let turn = |k: usize, x: usize| angles[(k * x) % SIDE];
    // Rows first: along[y][k], then columns of these.
    let along: Vec<(f64, f64)> = (0..SIDE * SIDE)
        .map(|i| {
            let (y, k) = (i / SIDE, i % SIDE);
            (0..SIDE).fold((0.0, 0.0), |(re, im), x| {
                let (sin, cos) = turn(k, x);
                let v = residual[y * SIDE + x];
                (re + v * cos, im - v * sin)
            })
        })
        .collect();
    let mut out = [vec![0.0; WAVES], vec![0.0; WAVES], vec![0.0; WAVES]];
    for (j, k) in (0..SIDE).flat_map(|j| (0..SIDE).map(move |k| (j, k))) {
        let (re, im) = (0..SIDE).fold((0.0, 0.0), |(re, im), y| {
            let (sin, cos) = turn(j, y);
            let (a, b) = along[y * SIDE + k];
            (re + a * cos + b * sin, im + b * cos - a * sin)
        });
        let power = re * re + im * im;
        let [fx, fy] = [k, j].map(|f| f.min(SIDE - f));
        let radius = ((fx * fx + fy * fy) as f64).sqrt().round() as usize;
        for (spectrum, wave) in out.iter_mut().zip([fx, fy, radius]) {
            if (1..=WAVES).contains(&wave) {
                spectrum[wave - 1] += power;
            }
        }
    }
    out
}

/// Share of a spectrum's power in the upper half of its frequencies.
pub(super) fn fine_share(spectrum: &[f64]) -> Option<f64> {
    let all: f64 = spectrum.iter().sum();
    (all > 0.0).then(|| spectrum[spectrum.len() / 2..].iter().sum::<f64>() / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_found_where_it_is() {
        let wave = |i: usize| {
            (TAU * 5.0 * (i % SIDE) as f64 / SIDE as f64).cos()
                * if (i / SIDE).is_multiple_of(2) { 1.0 } else { -1.0 }
        };
        let square: Vec<f64> = (0..SIDE * SIDE).map(wave).collect();
        let residual = residual(&square);
        assert!((deviation(&residual) - 0.5_f64.sqrt()).abs() < 0.03);
        let [x, y, _] = spectra(&residual);
        let peak = |s: &[f64]| s.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(i, _)| i + 1);
        assert_eq!((peak(&x), peak(&y)), (Some(5), Some(WAVES)));
        assert!(fine_share(&x).unwrap() < 0.01 && fine_share(&y).unwrap() > 0.99);
    }
}
