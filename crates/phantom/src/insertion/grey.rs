//! Vendor grey as a monotone picture of transmission, and how much it scatters at each grey.

use pellucid_core::{PixelBox, RawBand};
use pellucid_imaging::kernels::grey::Picture;
use pellucid_imaging::kernels::side_bars::side_bars;
use pellucid_imaging::physics::{BandResponse, material};

use super::refuse;
use crate::error::PhantomError;

/// Gamma where a picture shows no wall to read it from, between what one read from walls is possible, and how far it is
/// believed: walls take an eighth of the light, and air that is clipped to white hides up to half of that.
const USUAL_GAMMA: f64 = 0.75;
const GAMMAS: [f64; 2] = [0.3, 2.0];
const BELIEF: f64 = 0.35;
/// Part of a container's silhouette in which only walls stand between the goods and the roof: shares of width and height.
const INSIDE: [[f64; 2]; 2] = [[0.05, 0.95], [0.12, 0.85]];
/// Share of the pixels there that are darker than bare walls. Goods only darken.
const WALL_RANK: f64 = 0.8;
/// Side of a patch from which a spread is read, px, and the share of patches that are smoother than the one taken.
const PATCH: usize = 8;
const SMOOTH: f64 = 0.4;
/// Greys of such patches, as shares of white, and fewest of them.
const DARKEST: f64 = 0.08;
const BRIGHTEST: f64 = 0.97;
const FEWEST: usize = 50;

/// `T = black + (1 − black) · (grey / white)^(1/gamma)`, `grey` counted from black, larger for more light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GreyModel {
    /// Exponent from transmission to grey, 0.1 to 3.
    pub gamma: f64,
    /// Grey of air, 1 to the largest of the file.
    pub white: f64,
    /// Transmission at and below which the picture is black, 0 to 0.2.
    pub black: f64,
    /// Whether the file holds larger values for less light.
    pub is_inverted: bool,
}

impl GreyModel {
    /// Reads polarity and air from the picture, and gamma from the bare walls of the container at `container_px`, which
    /// `wall_steel_g_per_cm2` of steel at `endpoint_mev` stand for; `black` is taken to be 0. Says what it assumes.
    pub(super) fn of(
        picture: &Picture<'_>,
        container_px: Option<PixelBox>,
        wall_steel_g_per_cm2: f64,
        endpoint_mev: f64,
        assumed: &mut Vec<String>,
    ) -> Self {
        let scale = picture.scale();
        let mut gamma = None;
        if let (Some(px), Some(steel)) = (container_px, material("steel")) {
            let wall = wall_grey(picture, px);
            let through = -BandResponse::new(endpoint_mev).attenuation(&[(steel, wall_steel_g_per_cm2)]);
            gamma = Some(libm::log(wall / f64::from(scale.white)) / through);
        }
        let known = gamma.filter(|g| (GAMMAS[0]..GAMMAS[1]).contains(g));
        let fits = known.map(|g| libm::pow(g, BELIEF) * libm::pow(USUAL_GAMMA, 1.0 - BELIEF));
        assumed.push(match (fits, gamma) {
            (Some(gamma), _) => format!(
                "grey: gamma {gamma:.2}, by a third from bare walls of {wall_steel_g_per_cm2} g/cm² of steel at \
                 {endpoint_mev} MV, which alone would give {:.2}",
                known.unwrap_or(gamma)
            ),
            (None, Some(wall)) => format!("grey: the walls would give a gamma of {wall:.2}, so {USUAL_GAMMA}"),
            (None, None) => format!("grey: no container to read walls from, so a gamma of {USUAL_GAMMA}"),
        });
        Self {
            gamma: fits.unwrap_or(USUAL_GAMMA),
            white: f64::from(scale.white),
            black: 0.0,
            is_inverted: scale.is_inverted,
        }
    }

    /// # Errors
    /// A value that no picture has.
    pub(super) fn checked(self, max_value: u16) -> Result<Self, PhantomError> {
        for (key, value, low, high) in [
            ("gamma", self.gamma, 0.1, 3.0),
            ("white", self.white, 1.0, f64::from(max_value)),
            ("black", self.black, 0.0, 0.2),
        ] {
            if !(low..=high).contains(&value) {
                return Err(refuse(format!("grey.{key}"), format!("must lie in {low} to {high}, got {value}")));
            }
        }
        Ok(self)
    }

    /// Transmission of a grey.
    pub fn transmission(&self, grey: f64) -> f64 {
        self.black + (1.0 - self.black) * libm::pow((grey / self.white).max(0.0), 1.0 / self.gamma)
    }

    /// Grey per transmission at a transmission.
    fn slope(&self, transmission: f64) -> f64 {
        let step = 1e-3 * transmission;
        (self.grey(transmission + step) - self.grey(transmission - step)) / (2.0 * step)
    }

    /// Grey of a transmission, not rounded; may exceed white.
    pub fn grey(&self, transmission: f64) -> f64 {
        self.white * libm::pow(((transmission - self.black) / (1.0 - self.black)).max(0.0), self.gamma)
    }
}

/// The grey of a container's bare walls: bright, but no brighter than most of what is inside its silhouette.
fn wall_grey(picture: &Picture<'_>, px: PixelBox) -> f64 {
    let (width, height) = picture.size();
    let part = |from: u32, length: u32, share: f64, n: usize| {
        ((f64::from(from) + share * f64::from(length)) as usize).min(n)
    };
    let columns = INSIDE[0].map(|share| part(px.x, px.width, share, width));
    let rows = INSIDE[1].map(|share| part(px.y, px.height, share, height));
    let mut greys: Vec<u16> = (rows[0]..rows[1])
        .flat_map(|y| (columns[0]..columns[1]).map(move |x| (x, y)))
        .map(|(x, y)| picture.at(x, y))
        .collect();
    if greys.is_empty() {
        return f64::from(picture.scale().white);
    }
    let rank = ((greys.len() as f64 * WALL_RANK) as usize).min(greys.len() - 1);
    f64::from(*greys.select_nth_unstable(rank).1)
}

/// How grey scatters: as a signal of quanta does, `σ_T² = k · T`, seen through the tone curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GreyNoise {
    /// Variance of transmission per transmission.
    variance: f64,
}

impl GreyNoise {
    /// Reads `k` from the smoother ones of all small patches: the others hold structure. A patch's spread is that of the
    /// second differences along x or y, whichever is less, because posts and corrugation are upright and floors level; of
    /// correlated noise this is the finest part. What vendors' smoothing and JPEG have taken away is missing here too.
    pub(super) fn of(picture: &Picture<'_>, model: &GreyModel, assumed: &mut Vec<String>) -> Self {
        let (width, height) = picture.size();
        let (left, right) = side_bars(picture).unwrap_or((0, 0));
        let mut found = Vec::new();
        for y in (0..height.saturating_sub(PATCH)).step_by(PATCH) {
            for x in (left..width.saturating_sub(right + PATCH)).step_by(PATCH) {
                let (mean, variance) = patch(picture, x, y);
                // Clipped greys have no noise of their own.
                if (DARKEST * model.white..BRIGHTEST * model.white).contains(&mean) {
                    let through = model.transmission(mean);
                    let slope = model.slope(through);
                    found.push((variance - 1.0 / 12.0).max(0.0) / (slope * slope * through));
                }
            }
        }
        if found.len() < FEWEST {
            assumed.push("grey: no patches to read noise from, so none".to_owned());
            return Self { variance: 0.0 };
        }
        let rank = (found.len() as f64 * SMOOTH) as usize;
        Self { variance: *found.select_nth_unstable_by(rank, f64::total_cmp).1 }
    }

    /// Variance of grey behind a transmission.
    pub(super) fn grey_variance(&self, model: &GreyModel, transmission: f64) -> f64 {
        let through = transmission.max(1e-3);
        let slope = model.slope(through);
        self.variance * through * slope * slope
    }
}

/// Mean grey of a patch and the variance that its second differences show.
fn patch(picture: &Picture<'_>, x0: usize, y0: usize) -> (f64, f64) {
    let at = |x: usize, y: usize| f64::from(picture.at(x0 + x, y0 + y));
    let (mut sum, mut squares) = (0.0, [0.0; 2]);
    for (a, b) in (0..PATCH).flat_map(|a| (0..PATCH).map(move |b| (a, b))) {
        sum += at(a, b);
        if b + 2 < PATCH {
            squares[0] += (at(b, a) - 2.0 * at(b + 1, a) + at(b + 2, a)).powi(2);
            squares[1] += (at(a, b) - 2.0 * at(a, b + 1) + at(a, b + 2)).powi(2);
        }
    }
    // Of independent values the second difference has six times the variance.
    let n = 6.0 * (PATCH * (PATCH - 2)) as f64;
    (sum / (PATCH * PATCH) as f64, squares[0].min(squares[1]) / n)
}

/// For each value of an 8-bit file the nearest that the file uses: a vendor's table leaves some out.
pub(super) fn used_values(band: &RawBand) -> Option<Vec<u16>> {
    if band.max_value > 255 {
        return None;
    }
    let mut is_used = [false; 256];
    band.counts.pixels().iter().for_each(|v| is_used[usize::from(*v).min(255)] = true);
    let used: Vec<u16> = (0..256_u16).filter(|v| is_used[usize::from(*v)]).collect();
    let nearest = |v: u16| used.iter().copied().min_by_key(|u| u.abs_diff(v)).unwrap_or(v);
    Some((0..256_u16).map(nearest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_and_transmission_are_inverse() {
        let model = GreyModel { gamma: 0.62, white: 244.0, black: 0.01, is_inverted: false };
        for t in [0.02, 0.2, 0.7, 1.0] {
            assert!((model.transmission(model.grey(t)) - t).abs() < 1e-12);
        }
        assert_eq!(model.grey(0.005), 0.0);
        for (key, bad) in [
            ("gamma", GreyModel { gamma: 5.0, ..model }),
            ("white", GreyModel { white: 300.0, ..model }),
            ("black", GreyModel { black: f64::NAN, ..model }),
        ] {
            assert!(bad.checked(255).unwrap_err().to_string().contains(key));
        }
    }

    #[test]
    fn walls_give_the_gamma() {
        let steel = material("steel").unwrap();
        let through = libm::exp(-BandResponse::new(6.0).attenuation(&[(steel, 3.2)]));
        let made = GreyModel { gamma: 0.9, white: 240.0, black: 0.0, is_inverted: false };
        let wall = made.grey(through).round() as u16;
        // Air around a box of walls with dark goods in its lower half.
        let grey: Vec<u16> = (0..100 * 100)
            .map(|i| match (i % 100, i / 100) {
                (10..90, 20..60) => wall,
                (10..90, 60..90) => 40,
                _ => 240,
            })
            .collect();
        let picture = Picture::new(&grey, 100, 255);
        let px = PixelBox { x: 10, y: 20, width: 80, height: 70 };
        let mut assumed = Vec::new();
        let found = GreyModel::of(&picture, Some(px), 3.2, 6.0, &mut assumed);
        // A third of the way from what is usual to what the walls show.
        let expected = libm::pow(0.9, BELIEF) * libm::pow(USUAL_GAMMA, 1.0 - BELIEF);
        assert!((found.gamma - expected).abs() < 0.01, "{found:?}");
        let without = GreyModel::of(&picture, None, 3.2, 6.0, &mut assumed);
        assert_eq!(without.gamma, USUAL_GAMMA);
        assert_eq!(assumed.len(), 2);
    }

    #[test]
    fn only_values_that_a_file_uses_are_written() {
        let band = |max_value, values: Vec<u16>| RawBand {
            kind: pellucid_core::BandKind::Grey,
            max_value,
            endpoint_mev: None,
            column_offset: None,
            counts: pellucid_core::Raster::from_vec(values.len(), 1, values).unwrap(),
            dark: Vec::new(),
            air: Vec::new(),
        };
        let table = used_values(&band(255, vec![0, 4, 8, 250])).unwrap();
        assert_eq!([table[0], table[5], table[7], table[255]], [0, 4, 8, 250]);
        assert!(used_values(&band(65_535, vec![0, 4])).is_none());
    }
}
