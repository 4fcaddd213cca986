//! Dual energy judged on plates of known material: class and areal density against thickness, bare and behind steel, as
//! each pixel of the planes says it and as the mean of 5 × 5 pixels behind known steel says it.

use std::sync::Arc;

use pellucid_core::{MaterialClass, PixelBox, Raster, Validity};
use pellucid_imaging::physics::{
    BandNoise, BandResponse, CLASS_PRIORS, CLASSES, MaterialPosterior, RayMeasurement, material,
};
use pellucid_imaging::{CpuEngine, Engine, ImagedView, Plan};
use pellucid_phantom::{Plate, Scanner, plate_scan};

/// Plates, what stands before them, and the seeds of their scans.
#[derive(Debug, Clone, Copy)]
pub struct Trial {
    /// Materials of the plates, from the organic end to the heavy one.
    pub materials: &'static [&'static str],
    /// Their areal densities in g/cm².
    pub areal_densities: &'static [f64],
    /// Steel in front in g/cm².
    pub steels: &'static [f64],
    /// One scan a seed and steel.
    pub seeds: &'static [u64],
}

/// What thresholds are chosen on.
pub const TUNING: Trial = Trial {
    materials: &["polyethylene", "water", "cellulose", "glass", "aluminium", "iron", "copper", "lead"],
    areal_densities: &[1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 150.0],
    steels: &[0.0, 2.5, 6.3],
    seeds: &[4_300_001, 4_300_002, 4_300_003],
};

/// What the published figures are of: materials, thicknesses, steels and seeds that nothing was chosen on. None of the
/// materials is among those that the posterior lists.
pub const HELD_OUT: Trial = Trial {
    materials: &["diesel", "rubber", "sugar", "pvc", "marble", "titanium", "steel", "zinc", "antimony", "gold"],
    areal_densities: &[1.5, 3.0, 5.5, 9.0, 16.0, 25.0, 36.0, 55.0, 75.0, 95.0, 115.0, 135.0],
    steels: &[0.0, 2.0, 4.0],
    seeds: &[5_320_001, 5_320_002, 5_320_003],
};

/// Side of the blocks whose means stand for a ray.
const BLOCK: usize = 5;
/// What a machine is taken to have: electronic noise and one sigma of scatter as shares of the signal in air, its limit.
const ELECTRONIC: f64 = 6e-5;
const SCATTER: f64 = 5e-4;
const LIMIT: f64 = 6.2;
/// Share of a ray from which its class is that of one material; less is a mixture, which has no class.
const PURE: f64 = 2.0 / 3.0;
/// Lower ends of the bins of stated confidence.
pub const CONFIDENCES: [f64; 5] = [0.9, 0.95, 0.98, 0.99, 0.995];

/// How often a class was named right, wrong or not at all, and how far areal density was off.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Score {
    /// Pixels or rays of one class (others are mixtures).
    pub pure: f64,
    /// Of them: named right.
    pub right: f64,
    /// Of them: named wrong.
    pub wrong: f64,
    /// Pixels or rays that are measured, with an upper bound.
    pub bounded: f64,
    /// Sum of relative errors of areal density over them.
    pub error: f64,
    /// Sum of their squares.
    pub error_square: f64,
    /// Of them: within one and two stated sigmas.
    pub within: [f64; 2],
    /// Named pixels by bin of confidence, and of them right.
    pub confident: [[f64; 2]; CONFIDENCES.len()],
}

/// What a pixel or a ray says.
struct Saying {
    /// Its class if one is named.
    class: Option<MaterialClass>,
    confidence: f64,
    /// Relative error of areal density and the stated sigma of it; `None` without an upper bound.
    areal_density: Option<[f64; 2]>,
}

impl Score {
    fn add(&mut self, saying: &Saying, truth: Option<MaterialClass>) {
        if let Some(truth) = truth {
            self.pure += 1.0;
            if let Some(class) = saying.class {
                let is_right = f64::from(class == truth);
                self.right += is_right;
                self.wrong += 1.0 - is_right;
                let bin = CONFIDENCES.partition_point(|from| *from <= saying.confidence + 1e-9).max(1) - 1;
                self.confident[bin][0] += 1.0;
                self.confident[bin][1] += is_right;
            }
        }
        if let Some([error, sigma]) = saying.areal_density {
            self.bounded += 1.0;
            self.error += error;
            self.error_square += error * error;
            for (within, sigmas) in self.within.iter_mut().zip([1.0, 2.0]) {
                *within += f64::from(error.abs() <= sigmas * sigma);
            }
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (sum, more) in [
            (&mut self.pure, other.pure),
            (&mut self.right, other.right),
            (&mut self.wrong, other.wrong),
            (&mut self.bounded, other.bounded),
            (&mut self.error, other.error),
            (&mut self.error_square, other.error_square),
        ] {
            *sum += more;
        }
        for (sum, more) in self.within.iter_mut().zip(other.within) {
            *sum += more;
        }
        for (sum, more) in self.confident.iter_mut().zip(other.confident) {
            sum[0] += more[0];
            sum[1] += more[1];
        }
        self
    }

    /// Share named right; `None` of a mixture.
    pub fn right_share(&self) -> Option<f64> {
        (self.pure > 0.0).then(|| self.right / self.pure)
    }

    /// Share named wrong; `None` of a mixture.
    pub fn wrong_share(&self) -> Option<f64> {
        (self.pure > 0.0).then(|| self.wrong / self.pure)
    }

    /// Mean relative error of areal density; `None` where nothing has an upper bound.
    pub fn bias(&self) -> Option<f64> {
        (self.bounded > 0.0).then(|| self.error / self.bounded)
    }

    /// Share within so many stated sigmas, 1 or 2; `None` where nothing has an upper bound.
    pub fn coverage(&self, sigmas: usize) -> Option<f64> {
        (self.bounded > 0.0).then(|| self.within[sigmas.clamp(1, 2) - 1] / self.bounded)
    }
}

/// What became of one plate.
#[derive(Debug, Clone, PartialEq)]
pub struct PlateScore {
    /// Its material.
    pub material: &'static str,
    /// Its areal density, g/cm².
    pub areal_density: f64,
    /// Steel in front of it, g/cm².
    pub steel: f64,
    /// Each pixel's own planes; areal density includes the steel, whose place nobody told.
    pub pixels: Score,
    /// Means of 5 × 5 pixels behind known steel; areal density of the plate alone.
    pub rays: Score,
    /// Mean attenuation of the high band.
    pub a_high: f64,
}

/// All scores of a selection together.
pub fn sum<'a>(scores: impl IntoIterator<Item = &'a PlateScore>, score: impl Fn(&PlateScore) -> &Score) -> Score {
    scores.into_iter().fold(Score::default(), |all, plate| all.and(score(plate)))
}

/// Share within so many stated sigmas, 1 or 2, where there is an upper bound: plates count alike within their class, and
/// classes as the prior has them.
pub fn coverage<'a>(
    scores: impl Iterator<Item = &'a PlateScore> + Clone,
    score: impl Fn(&PlateScore) -> &Score,
    sigmas: usize,
) -> f64 {
    let (mut covered, mut weights) = (0.0, 0.0);
    for (class, prior) in CLASSES.into_iter().zip(CLASS_PRIORS) {
        let of_class = scores.clone().filter(|plate| class_of(plate.material) == Some(class));
        let shares: Vec<f64> = of_class.filter_map(|plate| score(plate).coverage(sigmas)).collect();
        if !shares.is_empty() {
            covered += prior * shares.iter().sum::<f64>() / shares.len() as f64;
            weights += prior;
        }
    }
    covered / f64::max(weights, 1e-9)
}

/// Scans every plate behind every steel, once a seed, and judges what is measured.
///
/// # Panics
/// When the preset or its physics is broken: that is a bug of ours.
pub fn judge_plates(preset: &str, trial: &Trial) -> Vec<PlateScore> {
    match try_judge(preset, trial) {
        Ok(scores) => scores,
        Err(error) => panic!("plates cannot be judged: {error}"),
    }
}

fn try_judge(preset: &str, trial: &Trial) -> Result<Vec<PlateScore>, Box<dyn std::error::Error>> {
    let scanner = Scanner::preset(preset)?;
    let named: Vec<(&'static str, f64)> =
        trial.materials.iter().flat_map(|name| trial.areal_densities.iter().map(|lambda| (*name, *lambda))).collect();
    let plates: Vec<Plate> = named
        .iter()
        .map(|(name, lambda)| Plate { material: (*name).to_owned(), areal_density_g_per_cm2: *lambda })
        .collect();
    let bands: Vec<BandResponse> = scanner.bands.iter().map(|band| BandResponse::new(band.endpoint_mev)).collect();
    let posterior = MaterialPosterior::new(&bands[0], bands.get(1));
    let mut scores = Vec::new();
    for steel in trial.steels {
        let mut behind: Vec<PlateScore> = named.iter().map(|(name, lambda)| empty(name, *lambda, *steel)).collect();
        for seed in trial.seeds {
            let made = plate_scan(&plates, *steel, &scanner, *seed)?;
            let scan = Arc::new(made.scan);
            let plan = Plan::for_scan(&scan)?;
            let imaged = CpuEngine::new().submit(&plan, Arc::clone(&scan))?.wait()?;
            let (view, plan) = (&imaged.views[0], &plan.views()[0]);
            let sigmas =
                [Some(&plan.high), plan.low.as_ref()].map(|band| band.and_then(|b| b.air_sigma).unwrap_or(0.01));
            let noise: Vec<BandNoise> = bands.iter().zip(sigmas).map(|(band, sigma)| noise(band, sigma)).collect();
            for (score, px) in behind.iter_mut().zip(&made.px) {
                judge(score, view, px);
                judge_rays(score, view, px, &posterior, &noise);
                score.a_high += mean(&view.high, *px) / trial.seeds.len() as f64;
            }
        }
        scores.append(&mut behind);
    }
    Ok(scores)
}

fn empty(material: &'static str, areal_density: f64, steel: f64) -> PlateScore {
    let (pixels, rays) = (Score::default(), Score::default());
    PlateScore { material, areal_density, steel, pixels, rays, a_high: 0.0 }
}

fn noise(band: &BandResponse, air_sigma: f64) -> BandNoise {
    let mut noise = BandNoise::new(band, air_sigma);
    (noise.electronic, noise.scatter, noise.limit) = (ELECTRONIC, SCATTER, LIMIT);
    noise
}

fn class_of(name: &str) -> Option<MaterialClass> {
    material(name).map(|m| m.class)
}

/// Judges each pixel of a plate by the planes.
fn judge(score: &mut PlateScore, view: &ImagedView, px: &PixelBox) {
    let truth = score.steel + score.areal_density;
    let shares = [(class_of(score.material), score.areal_density), (Some(MaterialClass::Metal), score.steel)];
    let share_of = |class| shares.iter().filter(|(c, _)| *c == class).map(|(_, x)| x).sum::<f64>() / truth;
    let class = shares.iter().map(|(class, _)| *class).find(|class| share_of(*class) >= PURE).flatten();
    let at = |plane: &Option<Raster<u8>>, x: usize, y: usize| plane.as_ref().map_or(0, |plane| plane.at(x, y));
    for y in px.y as usize..px.bottom() as usize {
        for x in px.x as usize..px.right() as usize {
            if view.validity.at(x, y) & Validity::DEAD != 0 {
                continue;
            }
            let found = MaterialClass::from_u8(at(&view.z_class, x, y));
            let lambda = view.areal_density.as_ref().map_or(0.0, |plane| f64::from(plane.at(x, y)));
            let sigma = at(&view.areal_density_sigma, x, y);
            let saying = Saying {
                class: CLASSES.contains(&found).then_some(found),
                confidence: f64::from(at(&view.class_confidence, x, y)) / 255.0,
                areal_density: (sigma < 255)
                    .then(|| [lambda / truth - 1.0, f64::from(sigma) / 512.0 * lambda / truth]),
            };
            score.pixels.add(&saying, class);
        }
    }
}

/// Judges the means of blocks of a plate behind steel that is known within 2 %.
fn judge_rays(
    score: &mut PlateScore,
    view: &ImagedView,
    px: &PixelBox,
    posterior: &MaterialPosterior,
    noise: &[BandNoise],
) {
    let class = class_of(score.material);
    let size = BLOCK as u32;
    for x in (px.x..=px.right() - size).step_by(BLOCK) {
        for y in (px.y..=px.bottom() - size).step_by(BLOCK) {
            let block = PixelBox { x, y, width: size, height: size };
            let n = f64::from(size * size);
            let a = mean(&view.high, block);
            let low = view.low.as_ref().zip(noise.get(1)).map(|(plane, noise)| (mean(plane, block), noise));
            let ray = RayMeasurement {
                steel_g_per_cm2: score.steel,
                steel_sigma_g_per_cm2: 0.02 * score.steel,
                a_high: a,
                sigma_high: noise[0].sigma(a, n),
                is_limited: noise[0].is_limited(a),
                low: low.filter(|(a, noise)| !noise.is_limited(*a)).map(|(a, noise)| (a, noise.sigma(a, n))),
            };
            let found = posterior.estimate(&ray);
            let truth = score.areal_density;
            let saying = Saying {
                class: CLASSES.contains(&found.class).then_some(found.class),
                confidence: found.probability.iter().fold(0.0, |most: f64, p| most.max(*p)),
                areal_density: (!found.is_limited)
                    .then(|| [found.areal_density_g_per_cm2 / truth - 1.0, found.sigma_g_per_cm2 / truth]),
            };
            score.rays.add(&saying, class);
        }
    }
}

/// Mean attenuation of a box.
fn mean(plane: &Raster<u16>, px: PixelBox) -> f64 {
    let columns = px.x as usize..px.right() as usize;
    let rows = (px.y as usize..px.bottom() as usize).flat_map(|y| plane.row(y)[columns.clone()].iter());
    rows.map(|a| f64::from(*a)).sum::<f64>() / (4096.0 * f64::from(px.width * px.height))
}
