//! The one ONNX Runtime of the process. `ort` panics when it is asked for anything before a library is loaded, so every
//! way to it leads through `environment`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ort::environment::Environment;

use crate::ClassifyError;

// Kept for the life of the process: `ort` allows one environment only, ever.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// The library file in a folder: `libonnxruntime.so*`, `libonnxruntime*.dylib` or `onnxruntime.dll`.
pub fn find_library(dir: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
                name.starts_with("libonnxruntime.so")
                    || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
                    || name == "onnxruntime.dll"
            })
        })
        .collect();
    found.sort();
    found.pop()
}

/// The environment, made with `library` at the first call; later calls keep the library that is loaded.
pub(crate) fn environment(library: Option<&Path>) -> Result<Environment, ClassifyError> {
    let mut slot = match ENVIRONMENT.lock() {
        Ok(slot) => slot,
        Err(poisoned) => poisoned.into_inner(),
    };
    if let Some(environment) = slot.as_ref() {
        return Ok(environment.clone());
    }
    let missing = |fault: String| ClassifyError::RuntimeMissing { fault };
    let library = library.ok_or_else(|| missing("no library is named".into()))?;
    let library = library.canonicalize().map_err(|_| missing(format!("there is no {}", library.display())))?;
    if !library.is_file() {
        return Err(missing(format!("{} is not a file", library.display())));
    }
    let builder = ort::init_from(&library).map_err(|source| ClassifyError::RuntimeRefused(Box::new(source)))?;
    let environment = builder.with_name("pellucid").with_telemetry(false).build().map_err(|source| {
        ClassifyError::Runtime { action: "starting ONNX Runtime for the sessions", name: "(all)".into(), source }
    })?;
    *slot = Some(environment.clone());
    Ok(environment)
}
