use std::str::FromStr;
use std::sync::Arc;

use pellucid_imaging::{CpuEngine, Engine};

use crate::adapter::{self, AdapterSummary};
use crate::error::describe;
use crate::{GpuError, GpuOptions, WgpuEngine};

/// Which engine may run; `PELLUCID_GPU` and the configuration spell it `off`, `auto` or `required`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GpuMode {
    /// The CPU engine, without looking for an adapter.
    Off,
    /// The GPU if there is a real one, else the CPU engine; the choice is stated, never silent.
    #[default]
    Auto,
    /// Any adapter, a software one too, or an error.
    Required,
}

impl GpuMode {
    /// As configuration spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Auto => "auto",
            Self::Required => "required",
        }
    }
}

/// A mode that does not exist was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reading a GPU mode: {0:?} is none of off, auto, required")]
pub struct GpuModeError(String);

impl FromStr for GpuMode {
    type Err = GpuModeError;

    fn from_str(text: &str) -> Result<Self, GpuModeError> {
        [Self::Off, Self::Auto, Self::Required]
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| GpuModeError(text.to_owned()))
    }
}

/// Chooses the engine and says in one line what runs and why.
///
/// `Auto` prefers the CPU engine over a software adapter (a processor pretending to be a GPU is slower than the
/// processor). Fails only in mode `Required`, when no adapter answers or it cannot be opened.
pub fn select(mode: GpuMode, options: &GpuOptions) -> Result<(Arc<dyn Engine>, String), GpuError> {
    let cpu = |why: String| -> (Arc<dyn Engine>, String) {
        let engine = CpuEngine::new();
        let line = format!("imaging on the CPU ({}): {why}", engine.kind().device);
        (Arc::new(engine), line)
    };
    match mode {
        GpuMode::Off => Ok(cpu("the GPU is switched off".to_owned())),
        GpuMode::Required => {
            let engine = WgpuEngine::new(options.clone())?;
            let line = format!("imaging on {}: a GPU is required", engine.adapter());
            Ok((Arc::new(engine), line))
        }
        GpuMode::Auto => {
            let adapter = match adapter::find(options) {
                Ok(adapter) => adapter,
                Err(error) => return Ok(cpu(describe(&error))),
            };
            let summary = AdapterSummary::of(&adapter.get_info());
            if summary.is_software {
                let name = summary.name;
                return Ok(cpu(format!("the only adapter, {name}, is software, which the CPU engine beats")));
            }
            match WgpuEngine::on(&adapter, options) {
                Ok(engine) => Ok((Arc::new(engine), format!("imaging on {summary}: the strongest adapter found"))),
                Err(error) => Ok(cpu(describe(&error))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_they_are_written() {
        for mode in [GpuMode::Off, GpuMode::Auto, GpuMode::Required] {
            assert_eq!(mode.as_str().parse(), Ok(mode));
        }
        assert!("on".parse::<GpuMode>().is_err());
    }
}
