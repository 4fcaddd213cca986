use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
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
    #[arg(long, default_value = "grey")]
    preset: Preset,
    /// Index of the view.
    #[arg(long, default_value_t = 0)]
    view: usize,
    /// Attenuation shown brightest and black instead of the preset's, such as 0,7.
    #[arg(long, value_name = "LOW,HIGH", value_parser = pair)]
    window: Option<[f32; 2]>,
    /// Exponent of brightness, 0.1 to 10.
    #[arg(long)]
    gamma: Option<f32>,
    /// What is done against noise first.
    #[arg(long, value_enum, default_value = "off")]
    denoise: DenoiseArg,
    /// local_contrast and super_enhance: largest local contrast, 1 to 100.
    #[arg(long, value_name = "LIMIT")]
    contrast_limit: Option<f32>,
    /// super_enhance and edge: how much detail is raised, 0 to 8.
    #[arg(long, value_name = "GAIN")]
    detail_gain: Option<f32>,
    /// density_sweep: attenuation in the middle of the band and from end to end of it, such as 1.5,1.5.
    #[arg(long, value_name = "CENTRE,WIDTH", value_parser = pair)]
    sweep: Option<[f32; 2]>,
    /// The PNG to write.
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

/// Two numbers with a comma between them.
fn pair(text: &str) -> Result<[f32; 2], String> {
    let (a, b) = text.split_once(',').ok_or("two numbers with a comma between them")?;
    let number = |text: &str| text.trim().parse::<f32>().map_err(|_| format!("{text:?} is not a number"));
    Ok([number(a)?, number(b)?])
}

impl RenderArgs {
    /// The preset's parameters with what the command line changes; the engine checks their ranges.
    fn params(&self) -> DisplayParams {
        let mut params = DisplayParams::preset(self.preset);
        if let Some([low, high]) = self.window {
            (params.window_low, params.window_high) = (low, high);
        }
        if let Some([centre, width]) = self.sweep {
            (params.sweep_centre, params.sweep_width) = (centre, width);
        }
        params.gamma = self.gamma.unwrap_or(params.gamma);
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
