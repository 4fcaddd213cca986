use std::sync::Arc;

use crate::display_params::Shades;
use crate::kernels::bilateral::{self, Neighbourhood, SPLINE, WIDTHS};
use crate::kernels::display::DisplayTables;
use crate::kernels::edge::FLOORS;
use crate::kernels::enhance::{GAINS, LEVELS, MAX_GAIN_Q8};
use crate::kernels::noise::DEFAULT_SIGMA;
use crate::kernels::statistics::BinWindow;
use crate::kernels::strip::{Part, StripTables};
use crate::kernels::{local_contrast, non_local_means};
use crate::passes;
use crate::{Denoise, DisplayParams, ImagedView, ImagingError};
use pellucid_core::Preset;

/// What an engine runs to draw a view: steps from plane to plane, then the display pass with its tables.
#[derive(Debug, Clone, PartialEq)]
pub struct DisplayPlan {
    /// In order; the first reads the high band.
    pub steps: Vec<DisplayStep>,
    /// Tables of the display pass, which reads what the last step wrote.
    pub tables: DisplayTables,
}

/// One step from attenuation (Q12) to attenuation.
#[derive(Debug, Clone, PartialEq)]
pub enum DisplayStep {
    /// Edge-preserving mean.
    Bilateral(Smoothing),
    /// Non-local means.
    NonLocalMeans {
        /// Parameters of the pass.
        params: passes::non_local_means::Params,
        /// Inverse widths per `a >> 8`.
        widths: Box<[u16; WIDTHS]>,
    },
    /// Contrast-limited local equalisation.
    LocalContrast(LocalContrast),
    /// Detail over an evened base.
    Enhance(Box<Enhancement>),
    /// The organic or the steel part.
    Strip {
        /// Parameters of the pass.
        params: passes::strip::Params,
        /// Its tables.
        tables: Arc<StripTables>,
    },
    /// Edges over a faint picture.
    Edge {
        /// Parameters of the pass.
        params: passes::edge::Params,
        /// Slopes of noise per `a >> 8`.
        floors: Box<[u32; FLOORS]>,
    },
}

/// One bilateral pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothing {
    /// Parameters of the pass.
    pub params: passes::bilateral::Params,
    /// Inverse widths per `a >> 8`.
    pub widths: Box<[u16; WIDTHS]>,
}

/// Histograms, tone maps and their blending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalContrast {
    /// Parameters of the statistics pass.
    pub statistics: passes::statistics::Params,
    /// Parameters of the equalise pass.
    pub equalise: passes::equalise::Params,
    /// Parameters of the local contrast pass.
    pub blend: passes::local_contrast::Params,
    /// Where columns lie between tiles.
    pub columns: Vec<u32>,
    /// Where rows lie between tiles.
    pub rows: Vec<u32>,
}

impl LocalContrast {
    /// Local contrast of a view of `width x height` within a window, limited to `limit` times (1 to 255) that of the window.
    pub fn new(width: usize, height: usize, window: &BinWindow, limit: f64) -> Self {
        let statistics = passes::statistics::Params::new(width, height, window);
        let passes::statistics::Params { tiles_x, tiles_y, low, high, scale, .. } = statistics;
        let limit_q8 = libm::round(limit.clamp(1.0, 255.0) * 256.0) as u32;
        let (columns, rows) = (local_contrast::positions(width), local_contrast::positions(height));
        let (width, height, padding) = (width as u32, height as u32, 0);
        Self {
            statistics,
            equalise: passes::equalise::Params { tiles: tiles_x * tiles_y, limit_q8, low, high },
            blend: passes::local_contrast::Params { width, height, tiles_x, tiles_y, low, high, scale, padding },
            columns,
            rows,
        }
    }
}

/// Four smoothings, each over the one before, the evening of the last, and what is put together.
#[derive(Debug, Clone, PartialEq)]
pub struct Enhancement {
    /// Smoothings at steps 1, 2, 4 and 8.
    pub levels: [Smoothing; LEVELS],
    /// Evens the last level.
    pub base: LocalContrast,
    /// Parameters of the enhance pass.
    pub params: passes::enhance::Params,
    /// Gains of the levels.
    pub gains: Box<passes::enhance::Gains>,
}

/// Widths in attenuation, at least, and in standard deviations of noise beyond.
struct Likeness {
    floor: f64,
    sigmas: f64,
}

/// Just above the noise: nothing that can be seen through it is smoothed.
const DENOISED: Likeness = Likeness { floor: 0.03, sigmas: 3.0 };
/// Mean difference of patches: noise alone gives 1.13 standard deviations.
const ALIKE: Likeness = Likeness { floor: 0.02, sigmas: 2.0 };
/// Texture up to a quarter of attenuation counts as detail, steps beyond stay edges.
const DETAIL: Likeness = Likeness { floor: 0.25, sigmas: 4.0 };

/// Raised contrast of each level of detail, from the finest; the finest is mostly noise.
const DETAIL_GAINS: [f64; LEVELS] = [1.6, 2.4, 2.4, 2.0];
/// What is left of the picture behind drawn edges.
const EDGE_BASE: f64 = 0.3;
/// Attenuation drawn per attenuation a pixel.
const EDGE_GAIN: f64 = 9.0;
/// Slope of noise that is not drawn, in standard deviations before smoothing.
const EDGE_SIGMAS: f64 = 0.7;

impl DisplayParams {
    /// Everything an engine runs to draw a view.
    ///
    /// # Errors
    /// As [`DisplayParams::tables`].
    pub fn plan(&self, view: &ImagedView) -> Result<DisplayPlan, ImagingError> {
        let tables = self.tables(view)?;
        let size = view.size();
        let shades = self.shades(view);
        let local = || self.local_contrast(&shades, size);
        let mut steps = Vec::new();
        match self.denoise {
            Denoise::Off => {}
            Denoise::Bilateral => steps.push(DisplayStep::Bilateral(smoothing(size, 1, &DENOISED))),
            Denoise::NonLocalMeans => {
                let params =
                    passes::non_local_means::Params { width: size.0 as u32, height: size.1 as u32, padding: [0; 2] };
                let widths = Box::new(non_local_means::widths(ALIKE.floor, ALIKE.sigmas, DEFAULT_SIGMA));
                steps.push(DisplayStep::NonLocalMeans { params, widths });
            }
        }
        match self.preset {
            Preset::LocalContrast => {
                steps.push(DisplayStep::LocalContrast(local()));
            }
            Preset::SuperEnhance => steps.push(DisplayStep::Enhance(Box::new(self.enhancement(local(), size)))),
            Preset::Organic => steps.extend(strip(view, Part::Organic)),
            Preset::Inorganic => steps.extend(strip(view, Part::Steel)),
            Preset::Edge => {
                steps.push(DisplayStep::Bilateral(smoothing(size, 1, &DENOISED)));
                steps.push(self.edge(size));
            }
            _ => {}
        }
        Ok(DisplayPlan { steps, tables })
    }

    fn local_contrast(&self, shades: &Shades, (width, height): (usize, usize)) -> LocalContrast {
        let q12 = |a: f32| libm::round(f64::from(a) * 4096.0).min(65_535.0) as u16;
        let window = BinWindow::new(q12(shades.low), q12(shades.high));
        LocalContrast::new(width, height, &window, f64::from(self.contrast_limit))
    }

    fn enhancement(&self, base: LocalContrast, size: (usize, usize)) -> Enhancement {
        let level = |k: usize| smoothing(size, 1 << k, &DETAIL);
        let gain = |i: usize, k: usize| {
            // Behind much attenuation the finest levels are noise: their gain falls to half.
            let opacity = ((i as f64 / 16.0 - 3.0) / 3.0).clamp(0.0, 1.0);
            let fineness = if k < 2 { 0.5 } else { 0.0 };
            let gain = DETAIL_GAINS[k] * f64::from(self.detail_gain) * (1.0 - opacity * fineness);
            (libm::round(gain * 256.0) as i32).min(MAX_GAIN_Q8)
        };
        let gains: Box<[[i32; LEVELS]; GAINS]> =
            Box::new(std::array::from_fn(|i| std::array::from_fn(|k| gain(i, k))));
        let params = passes::enhance::Params { width: size.0 as u32, height: size.1 as u32, padding: [0; 2] };
        Enhancement { levels: std::array::from_fn(level), base, params, gains }
    }

    fn edge(&self, (width, height): (usize, usize)) -> DisplayStep {
        let gain_q8 = libm::round(EDGE_GAIN * f64::from(self.detail_gain) * 256.0);
        let params = passes::edge::Params {
            width: width as u32,
            height: height as u32,
            base_q8: (EDGE_BASE * 256.0) as u32,
            gain_q8: gain_q8 as u32,
        };
        let floor = |i: usize| {
            let sigma = DEFAULT_SIGMA * libm::exp((i as f64 + 0.5) / 32.0);
            libm::round((EDGE_SIGMAS * sigma).min(8.0) * 4096.0) as u32
        };
        DisplayStep::Edge { params, floors: Box::new(std::array::from_fn(floor)) }
    }
}

/// The step that shows one part, where both bands were measured.
fn strip(view: &ImagedView, part: Part) -> Option<DisplayStep> {
    let tables = Arc::clone(view.strips.as_ref().filter(|_| view.low.is_some())?);
    let (width, height) = view.size();
    let params = passes::strip::Params { width: width as u32, height: height as u32, part: part as u32, padding: 0 };
    Some(DisplayStep::Strip { params, tables })
}

fn smoothing((width, height): (usize, usize), step: u32, likeness: &Likeness) -> Smoothing {
    let near = Neighbourhood { step, shares: SPLINE };
    Smoothing {
        params: passes::bilateral::Params::new(width, height, &near),
        widths: Box::new(bilateral::widths(likeness.floor, likeness.sigmas, DEFAULT_SIGMA)),
    }
}
