//! Vendor grey as a monotone picture of transmission, and how much it scatters at each grey.

use pellucid_core::{PixelBox, RawBand};
use pellucid_imaging::kernels::grey::Picture;
use pellucid_imaging::kernels::side_bars::side_bars;
use pellucid_imaging::physics::{BandResponse, material};

use super::refuse;
use crate::error::PhantomError;

/// Gamma where a picture shows no wall to read it from, and between what it is believed.
const USUAL_GAMMA: f64 = 0.7;
const GAMMAS: [f64; 2] = [0.3, 1.5];
/// Part of a container's silhouette in which only walls stand between the goods and the roof: shares of width and height.
const INSIDE: [[f64; 2]; 2] = [[0.05, 0.95], [0.12, 0.85]];
/// Share of the pixels there that are darker than bare walls. Goods only darken.
const WALL_RANK: f64 = 0.8;
/// Side of a patch from which a spread is read, px, and the share of patches of one grey that are smoother than the one taken.
const PATCH: usize = 8;
const SMOOTH: f64 = 0.3;
/// Greys of a spread's table.
const LEVELS: usize = 32;
/// Fewest patches of a grey.
const FEWEST: usize = 12;

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
        let fits = gamma.filter(|g| (GAMMAS[0]..GAMMAS[1]).contains(g));
        assumed.push(match (fits, gamma) {
            (Some(gamma), _) => format!(
                "grey: gamma {gamma:.2} from bare walls of {wall_steel_g_per_cm2} g/cm² of steel at {endpoint_mev} MV"
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

/// How grey scatters in smooth places, over grey.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GreyNoise {
    /// Standard deviation, from black to the largest grey.
    sigma: Vec<f64>,
    per_level: f64,
    /// Correlation with the next pixel along x and y.
    pub(super) correlation: [f64; 2],
}

impl GreyNoise {
    /// Reads the spread of small smooth patches: the smoothest third of each grey, because the others hold structure.
    pub(super) fn of(picture: &Picture<'_>, max_value: u16) -> Self {
        let (width, height) = picture.size();
        let (left, right) = side_bars(picture).unwrap_or((0, 0));
        let per_level = f64::from(max_value) / LEVELS as f64;
        let mut patches: Vec<Vec<[f64; 3]>> = vec![Vec::new(); LEVELS];
        for y in (0..height.saturating_sub(PATCH)).step_by(PATCH) {
            for x in (left..width.saturating_sub(right + PATCH)).step_by(PATCH) {
                let (mean, moments) = patch(picture, x, y);
                patches[((mean / per_level) as usize).min(LEVELS - 1)].push(moments);
            }
        }
        let mut known: Vec<(f64, f64)> = Vec::new();
        let (mut power, mut products) = (0.0, [0.0; 2]);
        for (level, patches) in patches.iter_mut().enumerate().filter(|(_, patches)| patches.len() >= FEWEST) {
            patches.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let rank = (patches.len() as f64 * SMOOTH) as usize;
            known.push((level as f64 + 0.5, patches[rank][0].sqrt()));
            for [variance, x, y] in &patches[..=rank] {
                // Each patch the same say, whatever its grey.
                if *variance > 1e-3 {
                    power += 1.0;
                    products[0] += x / variance;
                    products[1] += y / variance;
                }
            }
        }
        let at = |level: f64| {
            let k = known.partition_point(|(l, _)| *l <= level);
            match (k.checked_sub(1).and_then(|i| known.get(i)), known.get(k)) {
                (Some((l0, s0)), Some((l1, s1))) => s0 + (s1 - s0) * (level - l0) / (l1 - l0),
                (Some((_, s)), None) | (None, Some((_, s))) => *s,
                (None, None) => 0.0,
            }
        };
        let sigma = (0..=LEVELS).map(|level| at(level as f64)).collect();
        let correlation = if power > 0.0 { products.map(|p: f64| (p / power).clamp(0.0, 0.7)) } else { [0.0; 2] };
        Self { sigma, per_level, correlation }
    }

    /// Standard deviation at a grey.
    pub(super) fn sigma(&self, grey: f64) -> f64 {
        let x = (grey / self.per_level).clamp(0.0, (LEVELS - 1) as f64 + 0.999);
        let (i, t) = (x as usize, x.fract());
        self.sigma[i] * (1.0 - t) + self.sigma[i + 1] * t
    }
}

/// Mean grey of a patch, and `[variance, covariance along x, along y]` of what a plane does not explain.
fn patch(picture: &Picture<'_>, x0: usize, y0: usize) -> (f64, [f64; 3]) {
    let n = (PATCH * PATCH) as f64;
    let middle = (PATCH as f64 - 1.0) / 2.0;
    let at = |i: usize| f64::from(picture.at(x0 + i % PATCH, y0 + i / PATCH));
    let offsets = |i: usize| [(i % PATCH) as f64 - middle, (i / PATCH) as f64 - middle];
    let (mut mean, mut slopes, mut norm) = (0.0, [0.0; 2], 0.0);
    for i in 0..PATCH * PATCH {
        let ([u, v], g) = (offsets(i), at(i));
        mean += g / n;
        slopes[0] += u * g;
        slopes[1] += v * g;
        norm += u * u;
    }
    let rest: Vec<f64> = (0..PATCH * PATCH)
        .map(|i| at(i) - mean - (slopes[0] * offsets(i)[0] + slopes[1] * offsets(i)[1]) / norm)
        .collect();
    let variance = rest.iter().map(|r| r * r).sum::<f64>() / (n - 3.0);
    let pairs = (PATCH * (PATCH - 1)) as f64;
    let along = |step: usize, is_last: &dyn Fn(usize) -> bool| {
        (0..rest.len()).filter(|i| !is_last(*i)).map(|i| rest[i] * rest[i + step]).sum::<f64>() / pairs
    };
    (mean, [variance, along(1, &|i| i % PATCH == PATCH - 1), along(PATCH, &|i| i / PATCH == PATCH - 1)])
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
        let made = GreyModel { gamma: 0.8, white: 240.0, black: 0.0, is_inverted: false };
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
        assert!((found.gamma - 0.8).abs() < 0.02, "{found:?}");
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
