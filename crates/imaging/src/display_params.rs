use pellucid_core::Preset;

use crate::kernels::display::{DisplayTables, SLOTS, UNMEASURED};
use crate::{ImagedView, ImagingError};

/// How a view is shown to people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DisplayParams {
    /// Which colours.
    pub preset: Preset,
    /// Attenuation shown brightest, in [0, 16).
    pub window_low: f32,
    /// Attenuation shown black, above `window_low`, up to 16.
    pub window_high: f32,
    /// Exponent of brightness, in [0.1, 10]; above 1 darkens the middle.
    pub gamma: f32,
}

impl DisplayParams {
    /// The preset's own window: the whole range, the opaque end or the thin end.
    pub fn preset(preset: Preset) -> Self {
        let (window_low, window_high, gamma) = match preset {
            Preset::HighPenetration => (1.5, 8.0, 1.0),
            Preset::LowPenetration => (0.0, 1.2, 1.0),
            _ => (0.0, 7.0, 1.2),
        };
        Self { preset, window_low, window_high, gamma }
    }

    /// Material colours where the view has classes, grey elsewhere.
    pub fn for_view(view: &ImagedView) -> Self {
        Self::preset(if view.z_class.is_some() { Preset::Material } else { Preset::Grey })
    }

    /// The tables that engines read.
    ///
    /// # Errors
    /// Windows or gammas out of range; presets that need classes on views without them; presets that need more than a
    /// table (`super_enhance`, `edge`, `local_contrast`, `density_sweep`), which this version does not render.
    pub fn tables(&self, view: &ImagedView) -> Result<DisplayTables, ImagingError> {
        let bad = |field, value: f32, rule| Err(ImagingError::BadDisplay { field, value: f64::from(value), rule });
        if !(0.0..16.0).contains(&self.window_low) {
            return bad("window_low", self.window_low, "it must lie in [0, 16)");
        }
        if self.window_high.is_nan() || self.window_high <= self.window_low || self.window_high > 16.0 {
            return bad("window_high", self.window_high, "it must lie above window_low, up to 16");
        }
        if !(0.1..=10.0).contains(&self.gamma) {
            return bad("gamma", self.gamma, "it must lie in [0.1, 10]");
        }
        let slot: fn(usize, u8) -> [u8; 3] = match self.preset {
            Preset::Grey | Preset::HighPenetration | Preset::LowPenetration => |_, b| [b; 3],
            Preset::Material => |slot, b| ramp(HUES[slot], b),
            Preset::Organic => |slot, b| if slot == 1 { ramp(HUES[slot], b) } else { ghost(b) },
            Preset::Inorganic => |slot, b| if (2..=4).contains(&slot) { ramp(HUES[slot], b) } else { ghost(b) },
            Preset::SuperEnhance | Preset::Edge | Preset::LocalContrast | Preset::DensitySweep => {
                return Err(ImagingError::PresetUnavailable {
                    preset: self.preset,
                    reason: "it needs more than one pixel at a time, which this version does not render",
                });
            }
        };
        let needs_class = matches!(self.preset, Preset::Material | Preset::Organic | Preset::Inorganic);
        if needs_class && view.z_class.is_none() {
            return Err(ImagingError::PresetUnavailable {
                preset: self.preset,
                reason: "the view has no material classes",
            });
        }
        Ok(DisplayTables { tone: self.tone(), palette: palette(slot) })
    }

    fn tone(&self) -> Box<[u8; 65_536]> {
        let (low, high) = (f64::from(self.window_low), f64::from(self.window_high));
        let brightness = |a: usize| {
            let x = ((high - a as f64 / 4096.0) / (high - low)).clamp(0.0, 1.0);
            libm::round(255.0 * libm::pow(x, f64::from(self.gamma))) as u8
        };
        let mut tone = Box::new([0; 65_536]);
        tone.iter_mut().enumerate().for_each(|(a, tone)| *tone = brightness(a));
        tone
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

/// Light grey for what the preset does not show.
fn ghost(brightness: u8) -> [u8; 3] {
    [(195 + u32::from(brightness) * 60 / 255) as u8; 3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use pellucid_core::Raster;

    fn view(has_class: bool) -> ImagedView {
        ImagedView {
            name: "side".into(),
            geometry: None,
            high: Raster::filled(1, 1, 0),
            low: None,
            areal_density: None,
            z_class: has_class.then(|| Raster::filled(1, 1, 0)),
            areal_density_sigma: None,
            class_confidence: None,
            validity: Raster::filled(1, 1, 0),
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
    fn what_cannot_be_shown_is_refused_with_its_reason() {
        let check = |params: DisplayParams, has_class: bool, expect: &str| {
            let error = params.tables(&view(has_class)).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        let grey = DisplayParams::preset(Preset::Grey);
        check(DisplayParams::preset(Preset::Material), false, "no material classes");
        check(DisplayParams::preset(Preset::Edge), true, "edge");
        check(DisplayParams { window_high: 0.0, ..grey }, true, "window_high is 0");
        check(DisplayParams { window_low: f32::NAN, ..grey }, true, "window_low is NaN");
        check(DisplayParams { gamma: 0.0, ..grey }, true, "gamma is 0");
    }
}
