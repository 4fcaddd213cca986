//! Noise that neighbouring pixels share, as where a scan was filtered before its pixels were averaged.

use rayon::prelude::*;

/// Correlation of the noise of direct neighbours, each 0 (none) to 0.7.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SharedNoise {
    /// Of neighbouring columns.
    pub(crate) along: f64,
    /// Of neighbouring rows.
    pub(crate) up: f64,
}

/// Largest correlation that three weights `a, 1, a` can give is √½.
const MOST: f64 = 0.7;

impl SharedNoise {
    /// What medians of 3 × 3 leave when pixels `along` and `up` times as large are averaged from them. A fit to simulated
    /// white noise (0.74, 0.57, 0.44, 0.37, 0.25, 0.12, 0.07 at 1, 1.5, 2, 2.2, 3, 5 and 8 pixels), good to 0.03.
    pub(crate) fn of_medians(along: f64, up: f64) -> Self {
        let correlation = |pixels: f64| (1.0 / (1.0 + 0.385 * libm::pow(pixels, 1.742))).min(MOST);
        Self { along: correlation(along), up: correlation(up) }
    }

    /// Spreads white noise of unit variance, column by column, over neighbours: its variance stays 1.
    pub(crate) fn spread(self, white: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let (along, up) = (weight(self.along), weight(self.up));
        let spread_column = |column: usize| {
            let sides = [column.checked_sub(1), Some(column + 1).filter(|next| *next < white.len())];
            let beside: Vec<&[f32]> = sides.into_iter().flatten().map(|side| white[side].as_slice()).collect();
            let scale = norm(along, beside.len());
            let rows = white[column].iter().enumerate();
            let mixed: Vec<f32> = rows
                .map(|(row, own)| scale * (own + along * beside.iter().map(|side| side[row]).sum::<f32>()))
                .collect();
            let last = mixed.len().saturating_sub(1);
            let rows = mixed.iter().enumerate();
            rows.map(|(row, own)| {
                let above = if row > 0 { Some(mixed[row - 1]) } else { None };
                let below = if row < last { Some(mixed[row + 1]) } else { None };
                let sides = [above, below];
                norm(up, sides.iter().flatten().count()) * (own + up * sides.iter().flatten().sum::<f32>())
            })
            .collect()
        };
        (0..white.len()).into_par_iter().map(spread_column).collect()
    }
}

/// The weight `a` of `a, 1, a` that gives neighbours this correlation: 2a / (1 + 2a²).
fn weight(correlation: f64) -> f32 {
    if correlation <= 0.0 {
        return 0.0;
    }
    ((1.0 - (1.0 - 2.0 * correlation * correlation).max(0.0).sqrt()) / (2.0 * correlation)) as f32
}

/// What keeps the variance with this many neighbours.
fn norm(weight: f32, sides: usize) -> f32 {
    1.0 / (1.0 + sides as f32 * weight * weight).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Dice;

    #[test]
    fn noise_keeps_its_variance_and_hangs_together_as_asked() {
        let mut dice = Dice::new(5, "white");
        let white: Vec<Vec<f32>> = (0..300).map(|_| (0..200).map(|_| dice.normal() as f32).collect()).collect();
        for shared in [SharedNoise { along: 0.0, up: 0.0 }, SharedNoise { along: 0.37, up: 0.12 }] {
            let spread = shared.spread(&white);
            let mean = |product: &dyn Fn(usize, usize) -> f32| {
                let cells = (0..299).flat_map(|x| (0..199).map(move |y| (x, y)));
                cells.map(|(x, y)| f64::from(product(x, y))).sum::<f64>() / (299.0 * 199.0)
            };
            let variance = mean(&|x, y| spread[x][y] * spread[x][y]);
            let along = mean(&|x, y| spread[x][y] * spread[x + 1][y]);
            let up = mean(&|x, y| spread[x][y] * spread[x][y + 1]);
            assert!((variance - 1.0).abs() < 0.02, "{variance}");
            assert!((along - shared.along).abs() < 0.02 && (up - shared.up).abs() < 0.02, "{along} {up}");
        }
    }

    #[test]
    fn pixels_of_many_share_less() {
        let at = |pixels| SharedNoise::of_medians(pixels, 1.0).along;
        for (pixels, simulated) in [(1.0, 0.70), (1.5, 0.57), (2.2, 0.37), (3.0, 0.25), (5.0, 0.12), (8.0, 0.065)] {
            assert!((at(pixels) - simulated).abs() < 0.035, "{pixels}: {}", at(pixels));
        }
    }
}
