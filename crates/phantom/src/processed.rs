//! What vendors hand out: 8-bit grey of the high band, corrected, cleaned, windowed, sharpened and compressed. Air, dark and
//! geometry are gone.
//!
//! Ranges are those that 57 real scans of two machines show (`models/phantom_vs_real.md`), a little widened.

mod compression;
mod filter;
mod sway;

use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView};

use self::filter::{blurred, median, sharpened};
pub use self::sway::Sway;
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::scanner::Scanner;

/// Transmission above which a column shows nothing but air.
const AIR: f64 = 0.9;
/// Counts above dark below which a detector is dead.
const LEAST_AIR: f64 = 1000.0;

/// How a vendor makes a picture of counts, step by step in this order. [`Vendor::plain`] switches all steps off but the tone.
#[derive(Debug, Clone, PartialEq)]
pub struct Vendor {
    /// Share of each pulse's dose error that is corrected by the rows that see air, 0 to 1.
    pub dose_correction: f64,
    /// Relative standard deviation of gain that is left from row to row.
    pub row_stripes: f64,
    /// Relative standard deviation of dose that is left from column to column, over some columns.
    pub column_stripes: f64,
    /// Faulty rows that nobody paints over: they show bright over the whole scan.
    pub bright_lines: usize,
    /// Whether a median of 3 × 3 cleans transmission.
    pub is_median: bool,
    /// Standard deviation of a blur along x and y, px.
    pub blur_px: [f64; 2],
    /// Transmission that is shown white; above 1, air is a light grey.
    pub white: f64,
    /// Transmission at and below which the picture is black.
    pub black: f64,
    /// Exponent from windowed transmission to grey.
    pub gamma: f64,
    /// Share of the difference to a surrounding of 24 px that is added: detail in dark loads comes up.
    pub local_contrast: f64,
    /// Share of the difference to a surrounding of 1.5 px that is added: edges overshoot.
    pub sharpening: f64,
    /// How lines along the lorry rise, fall and wave.
    pub sway: Sway,
    /// Shares of the columns of air before and behind the load that are black because the beam was off.
    pub beam_off: [f64; 2],
    /// Width of a black frame around the picture, px.
    pub frame_px: usize,
    /// Grey values used, 2 to 256.
    pub levels: usize,
    /// Whether more light is darker.
    pub is_inverted: bool,
    /// Quality of JPEG compression, 1 to 100 as the Independent JPEG Group counts it; none when the picture was never
    /// compressed.
    pub jpeg_quality: Option<u32>,
}

impl Vendor {
    /// A tone curve and nothing else.
    pub fn plain(gamma: f64, white: f64, black: f64) -> Self {
        Self {
            dose_correction: 0.0,
            row_stripes: 0.0,
            column_stripes: 0.0,
            bright_lines: 0,
            is_median: false,
            blur_px: [0.0; 2],
            white,
            black,
            gamma,
            local_contrast: 0.0,
            sharpening: 0.0,
            sway: Sway::default(),
            beam_off: [0.0; 2],
            frame_px: 0,
            levels: 256,
            is_inverted: false,
            jpeg_quality: None,
        }
    }

    /// A vendor drawn from a seed: most clean and clip air to white; one in five is a worn machine that shows air as light grey,
    /// with stripes, bright lines and columns without beam.
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "vendor tone");
        let is_worn = dice.chance(0.2);
        let gamma = if is_worn { dice.between(1.0, 1.6) } else { dice.between(0.65, 0.92) };
        let white = if is_worn { dice.between(1.0, 1.06) } else { dice.between(0.992, 1.01) };
        let black = dice.between(0.002, 0.025);
        let mut vendor = Self::plain(gamma, white, black);
        let mut dice = Dice::new(seed, "vendor cleaning");
        vendor.dose_correction = dice.between(0.85, 1.0);
        vendor.row_stripes = if is_worn { dice.between(0.001, 0.006) } else { dice.between(0.0002, 0.002) };
        vendor.column_stripes = if is_worn { dice.between(0.003, 0.01) } else { dice.between(0.0005, 0.003) };
        if is_worn {
            vendor.bright_lines = dice.whole(0, 4);
        }
        vendor.is_median = dice.chance(0.7);
        vendor.blur_px = if is_worn {
            [dice.between(0.3, 0.8), dice.between(0.2, 0.6)]
        } else {
            [dice.between(0.4, 1.1), dice.between(0.2, 0.7)]
        };
        let mut dice = Dice::new(seed, "vendor contrast");
        vendor.local_contrast = if dice.chance(0.15) { dice.between(0.05, 0.35) } else { 0.0 };
        vendor.sharpening = if dice.chance(0.5) { dice.between(0.1, 0.7) } else { 0.0 };
        vendor.sway = Sway::random(seed);
        let mut dice = Dice::new(seed, "vendor file");
        if dice.chance(if is_worn { 0.7 } else { 0.02 }) {
            vendor.beam_off = [0, 1].map(|_| if dice.chance(0.6) { dice.between(0.2, 0.9) } else { 0.0 });
        }
        vendor.frame_px = if dice.chance(0.04) { dice.whole(1, 6) } else { 0 };
        vendor.levels = if dice.chance(0.15) { dice.whole(48, 200) } else { 256 };
        vendor.is_inverted = dice.chance(0.04);
        vendor.jpeg_quality = dice.chance(0.9).then(|| dice.whole(60, 90) as u32);
        vendor
    }

    /// The same vendor with lines along the lorry as straight as they are: truth by pixel fits.
    #[must_use]
    pub fn level(self) -> Self {
        Self { sway: Sway::default(), ..self }
    }

    /// The picture of a raw scan; stripes are drawn from the seed.
    ///
    /// # Errors
    /// The scan has no high band, its calibration rows do not fit, or a step is asked for that cannot be.
    pub fn apply(&self, scan: &RawScan, seed: u64) -> Result<RawScan, PhantomError> {
        self.check()?;
        let views = scan.views.iter().map(|view| self.view(view, seed)).collect::<Result<Vec<_>, _>>()?;
        Ok(RawScan { grade: Grade::Processed, views, ..scan.clone() })
    }

    fn check(&self) -> Result<(), PhantomError> {
        let quality = f64::from(self.jpeg_quality.unwrap_or(100));
        for (key, value, low, high) in [
            ("dose_correction", self.dose_correction, 0.0, 1.0),
            ("row_stripes", self.row_stripes, 0.0, 0.1),
            ("column_stripes", self.column_stripes, 0.0, 0.1),
            ("bright_lines", self.bright_lines as f64, 0.0, 64.0),
            ("blur_px[0]", self.blur_px[0], 0.0, 8.0),
            ("blur_px[1]", self.blur_px[1], 0.0, 8.0),
            ("white", self.white, 0.5, 1.5),
            ("black", self.black, 0.0, 0.2),
            ("gamma", self.gamma, 0.1, 3.0),
            ("local_contrast", self.local_contrast, 0.0, 2.0),
            ("sharpening", self.sharpening, 0.0, 4.0),
            ("sway.tilt", self.sway.tilt.abs(), 0.0, 0.1),
            ("sway.wave_px", self.sway.wave_px, 0.0, 32.0),
            ("beam_off[0]", self.beam_off[0], 0.0, 1.0),
            ("beam_off[1]", self.beam_off[1], 0.0, 1.0),
            ("frame_px", self.frame_px as f64, 0.0, 64.0),
            ("levels", self.levels as f64, 2.0, 256.0),
            ("jpeg_quality", quality, 1.0, 100.0),
        ] {
            if !(low..=high).contains(&value) {
                return Err(PhantomError::value("vendor", key, format!("{low} to {high}, got {value}")));
            }
        }
        Ok(())
    }

    fn view(&self, view: &RawView, seed: u64) -> Result<RawView, PhantomError> {
        let (mut plane, [width, height]) = self.transmission(view)?;
        self.stripe(&mut plane, width, seed);
        let margins = margins(&plane, width);
        if self.is_median {
            plane = median(&plane, width);
        }
        plane = blurred(&plane, width, self.blur_px);
        for value in &mut plane {
            let level = ((*value / self.white - self.black) / (1.0 - self.black)).max(0.0);
            *value = 255.0 * libm::pow(level, self.gamma);
        }
        // Vendors enhance what is shown, so what is whiter than white is white before it.
        plane.iter_mut().for_each(|grey| *grey = grey.min(255.0));
        plane = sharpened(plane, width, 24.0, self.local_contrast);
        plane = sharpened(plane, width, 1.5, self.sharpening);
        plane = self.sway.plane(&plane, width, 255.0);
        self.cover(&mut plane, width, margins);
        self.quantise(&mut plane);
        if let Some(quality) = self.jpeg_quality {
            compression::compress(&mut plane, width, quality);
        }
        let grey = plane.into_iter().map(|grey| (grey.clamp(0.0, 255.0) + 0.5) as u16).collect();
        Ok(RawView {
            name: view.name.clone(),
            bands: vec![RawBand {
                kind: BandKind::Grey,
                max_value: 255,
                endpoint_mev: None,
                column_offset: None,
                counts: Raster::from_vec(width, height, grey)?,
                dark: Vec::new(),
                air: Vec::new(),
            }],
            geometry: None,
            dose_rows: [0, 0],
        })
    }

    /// Transmission of the high band, dead detectors painted over, doses corrected; columns and rows.
    fn transmission(&self, view: &RawView) -> Result<(Vec<f64>, [usize; 2]), PhantomError> {
        let refuse = |reason: &str| PhantomError::value("scan", view.name.clone(), reason);
        let high = view.band(BandKind::High).ok_or_else(|| refuse("no high band to make grey of"))?;
        let (width, height) = (high.counts.width(), high.counts.height());
        if high.dark.len() != height || high.air.len() != height {
            return Err(refuse("dark and air must have one value per row"));
        }
        let mut plane = vec![0.0_f64; width * height];
        let mut last_good: Option<usize> = None;
        for y in 0..height {
            let (dark, air) = (f64::from(high.dark[y]), f64::from(high.air[y]));
            if air - dark < LEAST_AIR {
                // Dead detectors are painted over with the row above.
                if let Some(good) = last_good {
                    plane.copy_within(good * width..(good + 1) * width, y * width);
                }
                continue;
            }
            last_good = Some(y);
            for (x, counts) in high.counts.row(y).iter().enumerate() {
                plane[y * width + x] = (f64::from(*counts) - dark) / (air - dark);
            }
        }
        let [first, end] = view.dose_rows.map(|row| (row as usize).min(height));
        if self.dose_correction > 0.0 && end > first {
            for x in 0..width {
                let dose = (first..end).map(|y| plane[y * width + x]).sum::<f64>() / (end - first) as f64;
                if dose > 0.5 {
                    let factor = 1.0 + self.dose_correction * (1.0 / dose - 1.0);
                    (0..height).for_each(|y| plane[y * width + x] *= factor);
                }
            }
        }
        Ok((plane, [width, height]))
    }

    /// Gains and doses that are left, and rows that nobody paints over.
    fn stripe(&self, plane: &mut [f64], width: usize, seed: u64) {
        if self.row_stripes > 0.0 {
            let mut dice = Dice::new(seed, "vendor rows");
            for row in plane.chunks_exact_mut(width) {
                let gain = 1.0 + self.row_stripes * dice.normal();
                row.iter_mut().for_each(|value| *value *= gain);
            }
        }
        if self.column_stripes > 0.0 {
            let mut dice = Dice::new(seed, "vendor columns");
            // Doses drift together: an autoregression over some ten columns.
            let (keep, mut drift) = (0.9, 0.0);
            for x in 0..width {
                drift = keep * drift + libm::sqrt(1.0 - keep * keep) * dice.normal();
                let dose = 1.0 + self.column_stripes * drift;
                plane.iter_mut().skip(x).step_by(width).for_each(|value| *value *= dose);
            }
        }
        let mut dice = Dice::new(seed, "vendor lines");
        let height = plane.len() / width.max(1);
        for _ in 0..self.bright_lines {
            let first = dice.below(height);
            for y in first..(first + dice.whole(1, 3)).min(height) {
                let bright = dice.between(0.9, 1.1);
                plane[y * width..(y + 1) * width].iter_mut().for_each(|value| *value = bright);
            }
        }
    }

    /// Columns without beam, and a frame.
    fn cover(&self, plane: &mut [f64], width: usize, margins: [usize; 2]) {
        let bars = [0, 1].map(|side| (self.beam_off[side] * margins[side] as f64) as usize);
        let frame = self.frame_px;
        let height = plane.len() / width.max(1);
        for (y, row) in plane.chunks_exact_mut(width).enumerate() {
            row[..bars[0]].fill(0.0);
            row[width - bars[1]..].fill(0.0);
            if y < frame || y + frame >= height {
                row.fill(0.0);
            }
            row[..frame.min(width)].fill(0.0);
            row[width.saturating_sub(frame)..].fill(0.0);
        }
    }

    fn quantise(&self, plane: &mut [f64]) {
        let step = 255.0 / (self.levels - 1) as f64;
        for grey in plane {
            let level = (grey.clamp(0.0, 255.0) / step + 0.5).floor() * step;
            *grey = if self.is_inverted { 255.0 - level } else { level }.round();
        }
    }
}

/// Columns before the first and after the last that show more than air.
fn margins(plane: &[f64], width: usize) -> [usize; 2] {
    let height = plane.len() / width.max(1);
    let is_air = |x: usize| {
        let dark = plane.iter().skip(x).step_by(width).filter(|value| **value < AIR).count();
        dark * 100 < height
    };
    let left = (0..width).take_while(|x| is_air(*x)).count();
    if left == width {
        return [0, 0];
    }
    [left, (0..width).rev().take_while(|x| is_air(*x)).count()]
}

/// A scan as grey of 8 bits with a tone curve drawn from the seed and nothing else: truth by pixel fits, and grey tells transmission.
/// [`Vendor::random`] draws the whole chain, as a recipe with `processed = true` has it.
///
/// # Errors
/// As [`Vendor::apply`].
pub fn to_processed(scan: &RawScan, seed: u64) -> Result<RawScan, PhantomError> {
    let mut dice = Dice::new(seed, "vendor");
    // Vendors differ in gamma, in where white and black lie.
    let gamma = dice.between(0.55, 0.9);
    let white = dice.between(0.95, 1.0);
    let black = dice.between(0.002, 0.02);
    Vendor::plain(gamma, white, black).apply(scan, seed)
}

/// The machine at the resolution of vendors' pictures: 799 rows over the same fan, and columns of 4.2 to 12.2 mm, because lorries
/// pass at a speed of their own that changes by a few percent on the way. Only the high band is kept, the only one that shows.
#[must_use]
pub fn picture_machine(scanner: Scanner, seed: u64) -> Scanner {
    let mut dice = Dice::new(seed, "vendor machine");
    let pitch = 7.2 * libm::exp(0.22 * dice.normal().clamp(-2.4, 2.4));
    let mut scanner = scanner.with_resolution(ROWS, pitch);
    scanner.bands.truncate(1);
    scanner.imperfections.speed_error = dice.between(0.0, 0.03);
    // Relocatable machines stand as near as real ones do: 2.0 to 2.5 m before the near wall, as observe fits it there.
    let fan = &mut scanner.fan;
    if fan.source_to_near_wall_mm < NEAR_MM {
        let spread = fan.detector_distance_mm / fan.source_to_near_wall_mm;
        let nearer = dice.between(250.0, 900.0).min(fan.source_to_near_wall_mm - LEAST_NEAR_MM).max(0.0);
        fan.source_to_near_wall_mm -= nearer;
        fan.detector_distance_mm -= nearer;
        // The arm grows with the fan, so that it sees as much as before.
        let taller = fan.detector_distance_mm / fan.source_to_near_wall_mm / spread;
        fan.detector_top_mm = fan.source_height_mm + (fan.detector_top_mm - fan.source_height_mm) * taller;
        fan.detector_pitch_mm *= taller;
    }
    scanner
}

/// Machines whose source stands nearer to the near wall than this, mm, are relocatable ones; none stands nearer than the second.
const NEAR_MM: f64 = 3500.0;
const LEAST_NEAR_MM: f64 = 1800.0;

/// Rows of nearly all real pictures.
const ROWS: usize = 799;
