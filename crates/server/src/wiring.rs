//! From configuration to parts: the only place that knows every adapter.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pellucid_classify::{CargoModel, LayoutModel, Provider, SessionOptions, TrustedKeys, open_package};
use pellucid_gpu::GpuOptions;
use pellucid_imaging::{Engine, PlanOptions};
use pellucid_pipeline::{Instruments, Toolbox};
use pellucid_scan::Limits;
use pellucid_verify::{Library, Policy, RiskProfile};
use sha2::{Digest, Sha256};

use crate::calibrations;
use crate::config::Config;
use crate::failure::{Exit, Failure};

/// Where `cargo xtask setup` puts ONNX Runtime, from the working directory.
const SETUP: &str = "target/setup/onnxruntime";

/// Name and version that evaluations carry.
pub(crate) const SOFTWARE: &str = concat!("pellucid ", env!("CARGO_PKG_VERSION"));

/// The engine by the configuration, and one line that says what runs and why.
pub(crate) fn engine(config: &Config) -> Result<(Arc<dyn Engine>, String), Failure> {
    Ok(pellucid_gpu::select(config.gpu_mode()?, &GpuOptions::default())?)
}

/// What the configuration tunes of imaging: the calibrations of this site's machines.
///
/// # Errors
/// The file of calibrations is named but cannot be used.
pub(crate) fn plan_options(config: &Config) -> Result<PlanOptions, Failure> {
    let calibrations = match config.calibrations.as_str() {
        "" => Vec::new(),
        file => calibrations::load(Path::new(file))?,
    };
    Ok(PlanOptions { calibrations: calibrations.into(), ..PlanOptions::default() })
}

/// The public keys in `keys/*.pub` of the models folder.
pub(crate) fn trusted_keys(config: &Config) -> Result<TrustedKeys, Failure> {
    let folder = Path::new(&config.models).join("keys");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|error| Failure::file("listing", &folder, error))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pub"))
        .collect();
    files.sort();
    let mut keys: Option<TrustedKeys> = None;
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| Failure::file("reading", &file, error))?;
        let more = TrustedKeys::parse(&text)
            .map_err(|error| Failure::from(error).while_doing(format_args!("reading {}", file.display())))?;
        match &mut keys {
            Some(keys) => keys.extend(more),
            None => keys = Some(more),
        }
    }
    keys.ok_or_else(|| Failure::new(Exit::NotFound, format!("{}: no public key (*.pub)", folder.display())))
}

/// A model package's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackagePlace {
    /// Name of the model.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// The folder.
    pub(crate) path: PathBuf,
}

/// Every `<models>/<name>/<version>` with a card, oldest version first.
pub(crate) fn packages(config: &Config) -> Result<Vec<PackagePlace>, Failure> {
    let root = Path::new(&config.models);
    let mut found = Vec::new();
    for model in folders(root)? {
        for version in folders(&model)? {
            if version.join("card.toml").is_file() {
                found.push(PackagePlace { name: file_name(&model), version: file_name(&version), path: version });
            }
        }
    }
    found.sort_by_key(|place| (place.name.clone(), version_key(&place.version)));
    Ok(found)
}

/// The newest version of a model.
pub(crate) fn newest_package(config: &Config, name: &str) -> Result<PackagePlace, Failure> {
    let newest = packages(config)?.into_iter().rfind(|place| place.name == name);
    newest.ok_or_else(|| Failure::new(Exit::NotFound, format!("{}: no model named {name}", config.models)))
}

/// How sessions of a model are made.
pub(crate) fn session_options(config: &Config) -> SessionOptions {
    SessionOptions {
        library: onnxruntime(config),
        sessions: config.workers as usize,
        threads: config.threads as usize,
        provider: Provider::Cpu,
    }
}

/// What looks at scans: the engine, the newest signed models, limits. The second value says what runs and why.
pub(crate) fn instruments(config: &Config) -> Result<(Instruments, String), Failure> {
    let (engine, line) = engine(config)?;
    let keys = trusted_keys(config)?;
    let options = session_options(config);
    let layout = open_package(&newest_package(config, "layout")?.path, &keys)?;
    let cargo = open_package(&newest_package(config, "cargo")?.path, &keys)?;
    let instruments = Instruments {
        engine,
        layout: Arc::new(LayoutModel::load(&layout, &options)?),
        cargo: Arc::new(CargoModel::load(&cargo, &options)?),
        plan: plan_options(config)?,
        limits: Limits::default(),
    };
    Ok((instruments, line))
}

/// The newest `library/<version>/library.cbor.zst` of the models folder, and the file's sha256.
pub(crate) fn library(config: &Config) -> Result<(Library, String), Failure> {
    let root = Path::new(&config.models).join("library");
    let mut versions = folders(&root)?;
    versions.sort_by_key(|path| version_key(&file_name(path)));
    let newest =
        versions.pop().ok_or_else(|| Failure::new(Exit::NotFound, format!("{}: no library", root.display())))?;
    let path = newest.join("library.cbor.zst");
    let bytes = std::fs::read(&path).map_err(|error| Failure::file("reading", &path, error))?;
    Ok((Library::load(&bytes)?, hex::encode(Sha256::digest(&bytes))))
}

/// Everything an inspection works with, under one policy of the models folder (`default`, `demo`).
pub(crate) fn toolbox(config: &Config, policy: &str) -> Result<(Toolbox, String), Failure> {
    let (instruments, line) = instruments(config)?;
    let (library, library_sha256) = library(config)?;
    let text = |folder: &str, name: &str| {
        let path = Path::new(&config.models).join(folder).join(format!("{name}.toml"));
        std::fs::read_to_string(&path).map_err(|error| Failure::file("reading", &path, error))
    };
    let profile = text("profile", "default")?;
    let toolbox = Toolbox {
        instruments,
        library: Arc::new(library),
        library_sha256,
        policy: Arc::new(Policy::parse(&text("policy", policy)?)?),
        profile: Arc::new(RiskProfile::parse(&profile)?),
        profile_sha256: hex::encode(Sha256::digest(profile.as_bytes())),
        software: SOFTWARE.to_owned(),
    };
    Ok((toolbox, line))
}

/// ONNX Runtime's library: as configured, as `ORT_DYLIB_PATH` says, or where setup put it.
pub(crate) fn onnxruntime(config: &Config) -> Option<PathBuf> {
    if !config.onnxruntime.is_empty() {
        return Some(PathBuf::from(&config.onnxruntime));
    }
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path));
    }
    pellucid_classify::find_library(Path::new(SETUP))
}

/// Runs async work to its end on a runtime of its own.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

fn folders(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(root).map_err(|error| Failure::file("listing", root, error))?;
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Versions compare by their numbers: 0.10.0 comes after 0.9.0.
fn version_key(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_found_by_number() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["0.9.0", "0.10.0", "0.2.1"] {
            let package = folder.path().join("cargo").join(version);
            std::fs::create_dir_all(&package).unwrap();
            std::fs::write(package.join("card.toml"), "").unwrap();
        }
        std::fs::create_dir_all(folder.path().join("train")).unwrap();
        let config = Config { models: folder.path().display().to_string(), ..Config::default() };
        assert_eq!(newest_package(&config, "cargo").unwrap().version, "0.10.0");
        assert_eq!(newest_package(&config, "layout").unwrap_err().exit, Exit::NotFound);
    }
}
