use pellucid_core::Preset;

use crate::kernels::display::{DisplayTables, SLOTS, UNMEASURED};
use crate::kernels::strip::WHOLE;
use crate::{ImagedView, ImagingError};

/// How a view is shown to people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DisplayParams {
    /// Which colours.
    pub preset: Preset,
    /// Attenuation shown brightest, in [0, 16), and black, above that, up to 16. `None`: the preset's own for the view.
    pub window: Option<[f32; 2]>,
    /// Exponent of brightness, in [0.1, 10]; above 1 darkens the middle. `None`: the preset's own for the view.
    pub gamma: Option<f32>,
    /// What is done against noise before anything else.
    pub denoise: Denoise,
    /// `local_contrast` and `super_enhance`: largest local contrast over that of the plain window, in [1, 100].
    pub contrast_limit: f32,
    /// `super_enhance`: how much detail is raised, `edge`: how dark slopes are drawn; in [0, 8], 1 is usual.
    pub detail_gain: f32,
    /// `density_sweep`: attenuation in the middle of the band that is shown, in [0, 16].
    pub sweep_centre: f32,
    /// `density_sweep`: attenuation from end to end of that band, in [0.05, 16].
    pub sweep_width: f32,
}

/// What is done against noise before a view is drawn. Both keep edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Denoise {
    /// Nothing.
    #[default]
    Off,
    /// Bilateral mean over 5 × 5 pixels: quick.
    Bilateral,
    /// Non-local means: patches of 7 × 7 over 21 × 21; keeps texture, takes a hundred times as long.
    NonLocalMeans,
}

impl DisplayParams {
    /// The preset as it is meant.
    pub fn preset(preset: Preset) -> Self {
        Self {
            preset,
            window: None,
            gamma: None,
            denoise: Denoise::Off,
            contrast_limit: 6.0,
            detail_gain: 1.0,
            sweep_centre: 1.5,
            sweep_width: 1.5,
        }
    }

    /// Material colours where the view has classes, grey elsewhere.
    pub fn for_view(view: &ImagedView) -> Self {
        Self::preset(if view.has_material() { Preset::Material } else { Preset::Grey })
    }

    /// The tables of the display pass.
    ///
    /// # Errors
    /// Parameters out of range; presets that need classes on views without them.
    pub fn tables(&self, view: &ImagedView) -> Result<DisplayTables, ImagingError> {
        let shades = self.shades(view);
        self.check(&shades)?;
        let is_split = matches!(self.preset, Preset::Organic | Preset::Inorganic);
        let slot: fn(usize, u8) -> [u8; 3] = match self.preset {
            Preset::Grey
            | Preset::HighPenetration
            | Preset::LowPenetration
            | Preset::SuperEnhance
            | Preset::Edge
            | Preset::LocalContrast => |_, b| [b; 3],
            Preset::Material => |slot, b| ramp(HUES[slot], b),
            Preset::Organic => |_, b| part(HUES[1], b),
            Preset::Inorganic => |_, b| part(HUES[3], b),
            Preset::DensitySweep => |_, b| swept(b),
        };
        let has_needed = match self.preset {
            Preset::Material => view.has_material(),
            Preset::Organic | Preset::Inorganic => view.low.is_some() && view.strips.is_some(),
            _ => true,
        };
        if !has_needed {
            return Err(ImagingError::PresetUnavailable { preset: self.preset, reason: lacking(view) });
        }
        let tone = match self.preset {
            Preset::DensitySweep => self.sweep_tone(),
            _ if is_split => shades.strip_tone(),
            _ => shades.tone(),
        };
        Ok(DisplayTables { tone, palette: palette(slot) })
    }

    /// The window and gamma that hold for a view. Counts are shown from air to what a machine can still measure. A vendor
    /// picture ends where its greys do, and is drawn with about the tones that its vendor gave it.
    pub(crate) fn shades(&self, view: &ImagedView) -> Shades {
        let (own, gamma) = match (self.preset, view.black) {
            (Preset::LowPenetration, _) => ([0.0, 1.2], 1.0),
            (Preset::HighPenetration, None) => ([1.5, 8.0], 1.0),
            (_, None) => ([0.0, 7.0], 1.2),
            (preset, Some(black)) => {
                // The widest picture of one bit still has a window.
                let black = (f32::from(black) / 4096.0).max(0.5);
                if preset == Preset::HighPenetration { ([0.2 * black, black], 1.0) } else { ([0.0, black], 2.2) }
            }
        };
        let [low, high] = self.window.unwrap_or(own);
        Shades { low, high, gamma: self.gamma.unwrap_or(gamma) }
    }

    fn check(&self, shades: &Shades) -> Result<(), ImagingError> {
        let bad = |field, value: f32, rule| Err(ImagingError::BadDisplay { field, value: f64::from(value), rule });
        if !(0.0..16.0).contains(&shades.low) {
            return bad("window_low", shades.low, "it must lie in [0, 16)");
        }
        if shades.high.is_nan() || shades.high <= shades.low || shades.high > 16.0 {
            return bad("window_high", shades.high, "it must lie above window_low, up to 16");
        }
        if !(0.1..=10.0).contains(&shades.gamma) {
            return bad("gamma", shades.gamma, "it must lie in [0.1, 10]");
        }
        if !(1.0..=100.0).contains(&self.contrast_limit) {
            return bad("contrast_limit", self.contrast_limit, "it must lie in [1, 100]");
        }
        if !(0.0..=8.0).contains(&self.detail_gain) {
            return bad("detail_gain", self.detail_gain, "it must lie in [0, 8]");
        }
        if !(0.0..=16.0).contains(&self.sweep_centre) {
            return bad("sweep_centre", self.sweep_centre, "it must lie in [0, 16]");
        }
        if !(0.05..=16.0).contains(&self.sweep_width) {
            return bad("sweep_width", self.sweep_width, "it must lie in [0.05, 16]");
        }
        Ok(())
    }

    /// Brightness 0 to [`BAND`] within the band, dense to thin; above it, [`FAINT`] steps each for what is thinner and what is
    /// denser, dense to thin.
    fn sweep_tone(&self) -> Box<[u8; 65_536]> {
        let (centre, width) = (f64::from(self.sweep_centre), f64::from(self.sweep_width));
        let (low, high) = (centre - width / 2.0, centre + width / 2.0);
        let faint = |from: u8, share: f64| from + libm::round(f64::from(FAINT - 1) * share.clamp(0.0, 1.0)) as u8;
        let mut tone = Box::new([0; 65_536]);
        for (a, tone) in tone.iter_mut().enumerate() {
            let a = a as f64 / 4096.0;
            *tone = if a < low {
                faint(BAND + 1, (low - a) / low)
            } else if a > high {
                faint(BAND + 1 + FAINT, 1.0 - (a - high) / (8.0 - high).max(1.0))
            } else {
                libm::round(f64::from(BAND) * (high - a) / width) as u8
            };
        }
        tone
    }
}

/// Window and gamma as they hold for a view.
pub(crate) struct Shades {
    /// Attenuation shown brightest.
    pub(crate) low: f32,
    /// Attenuation shown black.
    pub(crate) high: f32,
    /// Exponent of brightness.
    gamma: f32,
}

impl Shades {
    /// Brightness 0 to [`BAND`] of a part that was split off, and above it what could not be split, dense to thin.
    fn strip_tone(&self) -> Box<[u8; 65_536]> {
        let whole = WHOLE as usize;
        let plain = self.tone();
        let scaled = |tone: u8, most: u32| (u32::from(tone) * most + 127) / 255;
        let mut tone = Box::new([0; 65_536]);
        for (a, tone) in tone.iter_mut().enumerate() {
            *tone = if a < whole {
                scaled(plain[a], u32::from(BAND)) as u8
            } else {
                (u32::from(BAND) + 1 + scaled(plain[2 * (a - whole)], u32::from(u8::MAX - BAND - 1))) as u8
            };
        }
        tone
    }

    fn tone(&self) -> Box<[u8; 65_536]> {
        let (low, high) = (f64::from(self.low), f64::from(self.high));
        let brightness = |a: usize| {
            let x = ((high - a as f64 / 4096.0) / (high - low)).clamp(0.0, 1.0);
            libm::round(255.0 * libm::pow(x, f64::from(self.gamma))) as u8
        };
        let mut tone = Box::new([0; 65_536]);
        tone.iter_mut().enumerate().for_each(|(a, tone)| *tone = brightness(a));
        tone
    }
}

/// What a view would need for materials to be told.
fn lacking(view: &ImagedView) -> &'static str {
    if view.black.is_some() {
        "grade processed tells no material; it needs counts of two bands, grade dual_energy_raw"
    } else if view.low.is_none() {
        "grade single_energy_raw tells no material; it needs a second band, grade dual_energy_raw"
    } else {
        "a material is told from known end points only; the bands of this scan state none"
    }
}

/// Full colour of each class: air and undecidable grey, organic orange, light inorganic green, metal blue, heavy violet.
const HUES: [[u8; 3]; 6] =
    [[128, 128, 128], [240, 138, 24], [46, 160, 67], [38, 98, 214], [146, 48, 168], [128, 128, 128]];

/// Colour of what was not measured, whatever the preset.
const NOT_MEASURED: [u8; 3] = [58, 62, 74];

/// Brightness at which the full colour stands; thinner fades to white, denser to black.
const FULL_AT: u32 = 140;

fn palette(slot: fn(usize, u8) -> [u8; 3]) -> Box<[u32; SLOTS * 256]> {
    let colour = |k: usize, b: u8| {
        let [red, green, blue] = if k >= UNMEASURED { NOT_MEASURED } else { slot(k, b) };
        u32::from_le_bytes([red, green, blue, 255])
    };
    Box::new(std::array::from_fn(|i| colour(i / 256, (i % 256) as u8)))
}

fn ramp(hue: [u8; 3], brightness: u8) -> [u8; 3] {
    let b = u32::from(brightness);
    hue.map(|h| {
        let h = u32::from(h);
        let value = if b >= FULL_AT { h + (255 - h) * (b - FULL_AT) / (255 - FULL_AT) } else { h * b / FULL_AT };
        value as u8
    })
}

/// Brightest tone of the band of a density sweep.
const BAND: u8 = 191;
/// Tones for what is thinner than the band, and for what is denser.
const FAINT: u8 = 32;

/// Colour of a tone of a density sweep: grey in the band; thinner pale blue to white, denser pale brown, so that the band
/// stands out and its neighbours are still recognised.
fn swept(tone: u8) -> [u8; 3] {
    let step = u32::from(tone.saturating_sub(BAND + 1)) % u32::from(FAINT);
    let between = |dense: u32, thin: u32| (dense + (thin - dense) * step / u32::from(FAINT - 1)) as u8;
    match tone {
        0..=BAND => [(u32::from(tone) * 255 / u32::from(BAND)) as u8; 3],
        _ if tone <= BAND + FAINT => [between(206, 255), between(222, 255), between(238, 255)],
        _ => [between(186, 226), between(160, 200), between(132, 172)],
    }
}

/// Colour of a tone of [`DisplayParams::strip_tone`]: the part in its hue, what could not be split in grey.
fn part(hue: [u8; 3], tone: u8) -> [u8; 3] {
    let spread = |tone: u8, most: u8| (u32::from(tone) * 255 / u32::from(most)) as u8;
    match tone {
        0..=BAND => ramp(hue, spread(tone, BAND)),
        _ => [spread(tone - BAND - 1, u8::MAX - BAND - 1); 3],
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kernels::material::{CELLS, GRID, Node};
    use crate::kernels::strip::StripTables;
    use pellucid_core::Raster;

    fn view(has_class: bool) -> ImagedView {
        ImagedView {
            name: "side".into(),
            geometry: None,
            high: Raster::filled(1, 1, 0),
            low: has_class.then(|| Raster::filled(1, 1, 0)),
            areal_density: None,
            z_class: has_class.then(|| Raster::filled(1, 1, 0)),
            areal_density_sigma: None,
            class_confidence: None,
            validity: Raster::filled(1, 1, 0),
            strips: None,
            black: None,
        }
    }

    #[test]
    fn air_is_white_and_opaque_is_black() {
        for preset in [Preset::Grey, Preset::Material] {
            let tables = DisplayParams::preset(preset).tables(&view(true)).unwrap();
            for slot in 0..UNMEASURED {
                assert_eq!(tables.palette[slot * 256 + usize::from(tables.tone[0])], u32::MAX);
                assert_eq!(tables.palette[slot * 256 + usize::from(tables.tone[65_535])], 0xff00_0000);
            }
        }
    }

    #[test]
    fn black_of_a_picture_is_drawn_black() {
        for black in [0, 9_000, 18_185, 45_000] {
            let picture = ImagedView { black: Some(black), ..view(false) };
            for preset in [Preset::Grey, Preset::HighPenetration, Preset::LowPenetration, Preset::SuperEnhance] {
                let tone = DisplayParams::preset(preset).tables(&picture).unwrap().tone;
                assert_eq!(tone[0], 255);
                assert_eq!(tone[usize::from(black.max(4915))], 0, "{preset} of a picture whose black is {black}");
            }
            let own = DisplayParams { window: Some([0.0, 7.0]), ..DisplayParams::preset(Preset::Grey) };
            assert!(own.tables(&picture).unwrap().tone[18_000] > 20, "what is asked for is what is drawn");
        }
        let raw = DisplayParams::preset(Preset::Grey).tables(&view(false)).unwrap().tone;
        assert!(raw[6 * 4096] > 0 && raw[7 * 4096] == 0);
    }

    #[test]
    fn classes_wear_the_colours_of_the_trade() {
        let tables = DisplayParams::preset(Preset::Material).tables(&view(true)).unwrap();
        let [orange, green, blue, violet] = [1, 2, 3, 4].map(|slot| tables.palette[slot * 256 + 140].to_le_bytes());
        assert!(orange[0] > orange[1] && orange[1] > orange[2], "orange");
        assert!(green[1] > green[0] && green[1] > green[2], "green");
        assert!(blue[2] > blue[0] && blue[2] > blue[1], "blue");
        assert!(violet[0] > violet[1] && violet[2] > violet[1], "violet");
    }

    #[test]
    fn every_colour_darkens_with_density() {
        let tables = DisplayParams::preset(Preset::Material).tables(&view(true)).unwrap();
        for slot in tables.palette.chunks(256).take(UNMEASURED) {
            let sum = |c: &u32| c.to_le_bytes().iter().map(|v| u32::from(*v)).sum::<u32>();
            assert!(slot.is_sorted_by_key(sum));
        }
    }

    #[test]
    fn a_sweep_gives_its_band_every_grey_and_keeps_the_neighbours_faint() {
        let sweep =
            DisplayParams { sweep_centre: 2.0, sweep_width: 1.0, ..DisplayParams::preset(Preset::DensitySweep) };
        let tables = sweep.tables(&view(false)).unwrap();
        let at = |a: f64| tables.palette[usize::from(tables.tone[(a * 4096.0) as usize])].to_le_bytes();
        assert_eq!((at(1.5), at(2.5)), ([255; 4], [0, 0, 0, 255]));
        assert!(at(2.0)[0].abs_diff(127) <= 1 && at(2.0)[0] == at(2.0)[2]);
        assert_eq!(at(0.0), [255; 4]);
        let (thinner, denser) = (at(1.2), at(3.0));
        assert!(thinner[2] > thinner[0] && denser[0] > denser[2] && denser[2] > 120, "{thinner:?} {denser:?}");
    }

    #[test]
    fn a_part_wears_its_hue_and_what_cannot_be_split_is_grey() {
        let node = Node { origin_q16: 0, slope_q16: 0, rate: 0, reach_q16: 0 };
        let strips = StripTables { nodes: [node; GRID], cells: [[0; CELLS]; GRID] };
        let split = ImagedView { strips: Some(Arc::new(strips)), ..view(true) };
        for (preset, strong, weak) in [(Preset::Organic, 0, 2), (Preset::Inorganic, 2, 0)] {
            let tables = DisplayParams::preset(preset).tables(&split).unwrap();
            let at = |value: u32| tables.palette[usize::from(tables.tone[value as usize])].to_le_bytes();
            assert_eq!(at(0), [255; 4]);
            let (part, whole) = (at(2 * 4096), at(WHOLE + 2 * 2048));
            assert!(part[strong] > part[weak] + 60, "{part:?}");
            assert!(whole[0] == whole[1] && whole[1] == whole[2] && whole[0].abs_diff(168) < 8, "{whole:?}");
            assert_eq!(at(WHOLE - 1), at(65_535), "both are black at the dense end");
        }
    }

    #[test]
    fn what_cannot_be_shown_is_refused_with_its_reason() {
        let check = |params: DisplayParams, has_class: bool, expect: &str| {
            let error = params.tables(&view(has_class)).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        let grey = DisplayParams::preset(Preset::Grey);
        for preset in [Preset::Material, Preset::Organic, Preset::Inorganic] {
            let refused = |view: ImagedView, grade: &str| {
                let error = DisplayParams::preset(preset).tables(&view).unwrap_err().to_string();
                assert!(error.contains(preset.as_str()) && error.contains(grade), "{error}");
                assert!(error.contains("dual_energy_raw"), "{error}");
            };
            refused(view(false), "grade single_energy_raw");
            // Areal density alone, and with it a class of which only air is known, needs no second band.
            refused(ImagedView { z_class: Some(Raster::filled(1, 1, 5)), ..view(false) }, "grade single_energy_raw");
            refused(ImagedView { black: Some(18_000), ..view(false) }, "grade processed");
        }
        check(DisplayParams { contrast_limit: 0.5, ..grey }, true, "contrast_limit is 0.5");
        check(DisplayParams { detail_gain: f32::INFINITY, ..grey }, true, "detail_gain is inf");
        check(DisplayParams { sweep_centre: -1.0, ..grey }, true, "sweep_centre is -1");
        check(DisplayParams { sweep_width: 0.0, ..grey }, true, "sweep_width is 0");
        check(DisplayParams { window: Some([0.0, 0.0]), ..grey }, true, "window_high is 0");
        check(DisplayParams { window: Some([f32::NAN, 7.0]), ..grey }, true, "window_low is NaN");
        check(DisplayParams { gamma: Some(0.0), ..grey }, true, "gamma is 0");
    }
}
