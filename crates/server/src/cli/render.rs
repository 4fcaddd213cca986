use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, ValueEnum};
use pellucid_core::Preset;
use pellucid_imaging::{Denoise, DisplayParams, Plan};
use pellucid_scan::Limits;
use serde_json::json;

use super::{Session, note};
use crate::case_folder::save;
use crate::failure::{Exit, Failure};
use crate::{picture, scan_input, wiring};

/// Arguments of `pellucid render`.
#[derive(Debug, Args)]
pub(crate) struct RenderArgs {
    /// The scan: a file, or a folder of files as a vendor writes it.
    scan: PathBuf,
    /// How it is drawn.
    #[arg(long, default_value = "grey", value_parser = PresetParser)]
    preset: Preset,
    /// Index of the view.
    #[arg(long, default_value_t = 0)]
    view: usize,
    /// Attenuation shown brightest and black instead of the preset's, such as 0,7; not for density_sweep.
    #[arg(long, value_name = "LOW,HIGH", value_parser = pair, allow_hyphen_values = true)]
    window: Option<[f32; 2]>,
    /// Exponent of brightness, 0.1 to 10; not for density_sweep.
    #[arg(long, allow_hyphen_values = true)]
    gamma: Option<f32>,
    /// What is done against noise first.
    #[arg(long, value_enum, default_value = "off")]
    denoise: DenoiseArg,
    /// local_contrast and super_enhance: largest local contrast, 1 to 100.
    #[arg(long, value_name = "LIMIT", allow_hyphen_values = true)]
    contrast_limit: Option<f32>,
    /// super_enhance and edge: how much detail is raised, 0 to 8.
    #[arg(long, value_name = "GAIN", allow_hyphen_values = true)]
    detail_gain: Option<f32>,
    /// density_sweep: attenuation in the middle of the band and from end to end of it, such as 1.5,1.5.
    #[arg(long, value_name = "CENTRE,WIDTH", value_parser = pair, allow_hyphen_values = true)]
    sweep: Option<[f32; 2]>,
    /// The picture to write, a .png.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// How noise is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DenoiseArg {
    /// Nothing.
    Off,
    /// Bilateral mean over 5 x 5 pixels.
    Bilateral,
    /// Non-local means: keeps texture, takes a hundred times as long.
    NonLocalMeans,
}

/// Presets by their codes, so that help lists them.
#[derive(Debug, Clone)]
struct PresetParser;

impl TypedValueParser for PresetParser {
    type Value = Preset;

    fn parse_ref(&self, cmd: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<Preset, clap::Error> {
        let codes = PossibleValuesParser::new(Preset::ALL.iter().map(|preset| preset.as_str()));
        let code = codes.parse_ref(cmd, arg, value)?;
        code.parse().map_err(|message: String| clap::Error::raw(ErrorKind::InvalidValue, message))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Preset::ALL.iter().map(|preset| PossibleValue::new(preset.as_str()))))
    }
}

/// Two numbers with a comma between them.
fn pair(text: &str) -> Result<[f32; 2], String> {
    let (a, b) = text.split_once(',').ok_or("two numbers with a comma between them")?;
    let number = |text: &str| text.trim().parse::<f32>().map_err(|_| format!("{text:?} is not a number"));
    Ok([number(a)?, number(b)?])
}

impl RenderArgs {
    /// Refuses what would be asked for in vain: options that the preset does not heed, a file that would not be what its
    /// name says.
    fn check(&self) -> Result<(), Failure> {
        let sweeps = self.preset == Preset::DensitySweep;
        let evens = matches!(self.preset, Preset::LocalContrast | Preset::SuperEnhance);
        let raises = matches!(self.preset, Preset::SuperEnhance | Preset::Edge);
        for (option, is_given, is_heeded) in [
            ("--window", self.window.is_some(), !sweeps),
            ("--gamma", self.gamma.is_some(), !sweeps),
            ("--contrast-limit", self.contrast_limit.is_some(), evens),
            ("--detail-gain", self.detail_gain.is_some(), raises),
            ("--sweep", self.sweep.is_some(), sweeps),
        ] {
            if is_given && !is_heeded {
                let message = format!("{option} changes nothing in preset {}; leave one of them out", self.preset);
                return Err(Failure::new(Exit::Usage, message));
            }
        }
        let is_png = self.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
        if !is_png {
            let message = format!("--output is {}; only .png is written", self.output.display());
            return Err(Failure::new(Exit::Usage, message));
        }
        Ok(())
    }

    /// The preset's parameters with what the command line changes; the engine checks their ranges.
    fn params(&self) -> DisplayParams {
        let mut params = DisplayParams::preset(self.preset);
        (params.window, params.gamma) = (self.window, self.gamma);
        if let Some([centre, width]) = self.sweep {
            (params.sweep_centre, params.sweep_width) = (centre, width);
        }
        params.contrast_limit = self.contrast_limit.unwrap_or(params.contrast_limit);
        params.detail_gain = self.detail_gain.unwrap_or(params.detail_gain);
        params.denoise = match self.denoise {
            DenoiseArg::Off => Denoise::Off,
            DenoiseArg::Bilateral => Denoise::Bilateral,
            DenoiseArg::NonLocalMeans => Denoise::NonLocalMeans,
        };
        params
    }
}

/// `pellucid render`.
pub(crate) fn run(session: &Session, args: &RenderArgs) -> Result<(), Failure> {
    args.check()?;
    let limits = Limits::default();
    let decoded = pellucid_scan::decode(&scan_input::read(&args.scan, &limits)?, &limits)?;
    for warning in &decoded.warnings {
        note(format_args!("{}: {warning}", args.scan.display()));
    }
    let (engine, line) = wiring::engine(&session.config)?;
    note(line);
    let plan = Plan::with_options(&decoded.scan, &wiring::plan_options(&session.config)?)?;
    let imaged = Arc::new(engine.submit(&plan, Arc::new(decoded.scan))?.wait()?);
    if args.view >= imaged.views.len() {
        return Err(Failure::new(Exit::NotFound, format!("the scan has {} view(s), from 0", imaged.views.len())));
    }
    let drawn = engine.submit_display(&imaged, args.view, &args.params())?.wait()?;
    save(&args.output, &picture::png(&drawn)?)?;
    let answer = json!({ "file": args.output, "width": drawn.width, "height": drawn.height });
    session.answer(&answer, || format!("{} ({} x {})", args.output.display(), drawn.width, drawn.height))
}
