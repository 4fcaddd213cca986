//! Straight to what models read: 10 mm pixels without the detour over a full scan.
//!
//! A scan at full resolution is corrected, its logarithm taken and averaged over 10 mm. The same mean and the same noise come
//! from a machine whose pixels are that large and whose quanta, electronics and memory are scaled to it; dead detectors,
//! gains and doses, which correction takes out, are left out. The noise of neighbours hangs together as in a full scan, where
//! imaging takes medians of 3 × 3 first. `tests/direct.rs` holds one against the other.

use pellucid_core::Raster;

use crate::beam::middle;
use crate::error::PhantomError;
use crate::fan::Fan;
use crate::pixels::Mean;
use crate::render::{Rendered, render_from};
use crate::scanner::Scanner;
use crate::scene::Scene;
use crate::shared_noise::SharedNoise;

/// A grid of pixels over part of a scene: even along the lane, even in the slope of rays as detectors are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DirectWindow {
    /// x in mm where it begins and ends.
    pub x_mm: [f64; 2],
    /// Slopes of rays (rise over distance from the source) at its upper and lower edge.
    pub slopes: [f64; 2],
    /// Columns.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// What a scanner measures in a window, and the truth.
#[derive(Debug, Clone)]
pub struct Direct {
    /// Attenuation of each band, high first, as imaging gives it: `round(4096 · A)`.
    pub attenuation: Vec<Raster<u16>>,
    /// Areal density along the ray, g/cm².
    pub areal_density: Raster<f32>,
    /// What each pixel shows ([`crate::component`]).
    pub component: Raster<u8>,
    /// Declared line, or mask id from 1000 up, or 0.
    pub item: Raster<u16>,
}

/// Rows that a pulse's dose is usually read from.
const DOSE_ROWS: f64 = 22.0;
/// Attenuation from which pixels are black: the end of its 16 bits.
const BLACK: f64 = 65_535.0 / 4096.0;

/// Renders a window of a scene directly: the same inputs give the same bytes.
///
/// # Errors
/// The window is empty, turned round or has more than 16,384 columns or rows.
pub fn render_direct(
    scene: &Scene,
    scanner: &Scanner,
    window: &DirectWindow,
    seed: u64,
) -> Result<Direct, PhantomError> {
    let refuse = |key: &str, reason: String| Err(PhantomError::value("window", key, reason));
    let DirectWindow { x_mm: [left, right], slopes: [top, bottom], columns, rows } = *window;
    if !(right - left > 0.0 && (right - left).is_finite()) {
        return refuse("x_mm", format!("begin < end, got {:?}", window.x_mm));
    }
    if !(top - bottom > 0.0 && (top - bottom).is_finite()) {
        return refuse("slopes", format!("the upper one above the lower one, got {:?}", window.slopes));
    }
    for (key, side) in [("columns", columns), ("rows", rows)] {
        if !(1..=16_384).contains(&side) {
            return refuse(key, format!("1 to 16384, got {side}"));
        }
    }
    let (machine, shared) = equivalent(scanner, window);
    let Rendered { view, areal_density, component, item } =
        render_from(scene, &machine, left, columns, seed, Mean::Attenuation, Some(shared))?;
    let attenuation = view.bands.iter().map(|band| {
        let (width, height) = (band.counts.width(), band.counts.height());
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let (dark, air) = (f64::from(band.dark[y]), f64::from(band.air[y]));
            values.extend(band.counts.row(y).iter().map(|counts| {
                let through = (f64::from(*counts) - dark) / (air - dark);
                let a = if through > 0.0 { -libm::log(through) } else { BLACK };
                (a.clamp(0.0, BLACK) * 4096.0 + 0.5) as u16
            }));
        }
        Ok(Raster::from_vec(width, height, values)?)
    });
    Ok(Direct { attenuation: attenuation.collect::<Result<_, PhantomError>>()?, areal_density, component, item })
}

/// The machine whose pixels are those of the window, and whose pixels know as much as all those of the scanner that lie in
/// one; and how much of the noise neighbours share.
fn equivalent(scanner: &Scanner, window: &DirectWindow) -> (Scanner, SharedNoise) {
    let [left, right] = window.x_mm;
    let [top, bottom] = window.slopes;
    let mut machine = scanner.clone();
    let pitch = (right - left) / window.columns as f64;
    let step = (top - bottom) / window.rows as f64;
    // The window is a part of the fan; the beam's axis stays where it is.
    let axis = middle(&Fan::new(&scanner.geometry(), scanner.fan.rows)).to_degrees();
    let fan = &mut machine.fan;
    fan.beam_axis_deg.get_or_insert(axis);
    let along = pitch / fan.column_pitch_mm;
    let up = step * fan.detector_distance_mm / fan.detector_pitch_mm;
    // Pixels whose mean would be as quiet.
    let pixels = along * up / (median_keeps(along) * median_keeps(up));
    fan.column_pitch_mm = pitch;
    fan.detector_pitch_mm = step * fan.detector_distance_mm;
    fan.detector_top_mm = fan.source_height_mm + (top - step / 2.0) * fan.detector_distance_mm;
    fan.rows = window.rows;
    for band in &mut machine.bands {
        band.air_quanta *= pixels;
    }
    let flaws = &mut machine.imperfections;
    // What correction takes out.
    (flaws.gain_spread, flaws.dark_spread, flaws.off_axis_loss) = (0.0, 0.0, 0.0);
    flaws.dead_detectors = [0, 0];
    (flaws.gain_drift, flaws.dark_drift, flaws.gain_steps) = (0.0, 0.0, [0, 0]);
    // Of the dose, what its rows' own noise leaves.
    let air_quanta = scanner.bands.first().map_or(f64::INFINITY, |band| band.air_quanta);
    flaws.dose_jitter = (flaws.excess_noise / air_quanta / DOSE_ROWS / along.max(1.0)).sqrt();
    // What averages out: the noise of `pixels` detectors, the end points of `along` pulses.
    flaws.electronic_noise /= pixels.sqrt();
    flaws.endpoint_jitter /= along.max(1.0).sqrt();
    // What reaches over one pixel reaches over a smaller share of a larger one. Bands are registered.
    flaws.crosstalk = (flaws.crosstalk / (up * up)).min(0.25);
    flaws.lag = (flaws.lag / along).min(0.5);
    flaws.interlace = 0.0;
    (machine, SharedNoise::of_medians(along, up))
}

/// Share of the variance that is left per axis where medians of 3 × 3 are averaged over `pixels` pixels, against the mean of
/// as many pixels themselves. A fit to simulated white noise (0.33, 0.64, 0.89, 0.97 at 1, 2.2, 5 and 8 pixels), good to 0.02.
fn median_keeps(pixels: f64) -> f64 {
    1.0 - libm::exp(-pixels / 2.2)
}
