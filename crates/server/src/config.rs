//! The effective configuration: defaults, then `pellucid.toml`, then `PELLUCID_*`, then flags.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Dict;
use pellucid_gpu::GpuMode;
use serde::{Deserialize, Serialize};

use crate::failure::{Exit, Failure};

/// File that is read from the working directory when none is named.
const FILE: &str = "pellucid.toml";

/// Every setting, under the names of the file; `PELLUCID_` and the name in capitals is the environment's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Config {
    /// Address of the service; loopback only until sign-in exists.
    pub(crate) bind: String,
    /// URI of the database.
    pub(crate) records: String,
    /// URI of the blobs.
    pub(crate) blobs: String,
    /// `off`, `auto` or `required`.
    pub(crate) gpu: String,
    /// Folder of models, library, policy, profile and keys.
    pub(crate) models: String,
    /// Name of the policy in the models folder.
    pub(crate) policy: String,
    /// ONNX Runtime's library; found under `target/setup` when empty.
    pub(crate) onnxruntime: String,
    /// File of the machines' calibrations (`pellucid scanner calibrate`); none when empty.
    pub(crate) calibrations: String,
    /// Inspections at the same time.
    pub(crate) workers: u32,
    /// Threads of each model session.
    pub(crate) threads: u32,
    /// Seconds after which a silent worker loses its job.
    pub(crate) lease_s: u32,
    /// MiB of an intake body.
    pub(crate) body_mib: u32,
    /// Seconds for a request.
    pub(crate) request_s: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:8460".to_owned(),
            records: "sqlite://pellucid-data/pellucid.db".to_owned(),
            blobs: "file://pellucid-data/blobs".to_owned(),
            gpu: "auto".to_owned(),
            models: "models".to_owned(),
            policy: "default".to_owned(),
            onnxruntime: String::new(),
            calibrations: String::new(),
            workers: 1,
            threads: 2,
            lease_s: 60,
            body_mib: 512,
            request_s: 60,
        }
    }
}

/// Settings given on the command line, by name.
pub(crate) type Flags = BTreeMap<&'static str, String>;

impl Config {
    /// Lays the layers over each other.
    ///
    /// # Errors
    /// Every fault of every layer together: unknown names, wrong types, impossible values.
    pub(crate) fn load(file: Option<&Path>, flags: &Flags) -> Result<Self, Failure> {
        if let Some(file) = file.filter(|file| !file.is_file()) {
            return Err(Failure::new(Exit::NotFound, format!("reading {}: there is no such file", file.display())));
        }
        let file = file.map_or_else(|| PathBuf::from(FILE), Path::to_path_buf);
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if file.is_file() {
            // Exactly this file: figment would otherwise look through the parent folders too.
            layers = layers.merge(Toml::file_exact(file));
        }
        let layers = layers.merge(Env::prefixed("PELLUCID_").ignore(&["log"])).merge(Serialized::defaults(flags));
        let config = Self::read(&layers).and_then(|config| match config.faults() {
            faults if faults.is_empty() => Ok(config),
            faults => Err(faults),
        });
        config.map_err(|faults| Failure::new(Exit::Usage, format!("configuration: {}", faults.join("; "))))
    }

    fn read(layers: &Figment) -> Result<Self, Vec<String>> {
        let merged: Dict =
            layers.extract().map_err(|error| error.into_iter().map(|e| e.to_string()).collect::<Vec<_>>())?;
        let known = Self::names();
        let mut faults: Vec<String> = merged
            .keys()
            .filter(|name| !known.contains(name))
            .map(|name| {
                let place = layers.find_metadata(name).map_or_else(String::new, |data| format!(" ({})", data.name));
                format!("{name}{place}: no such setting; there are {}", known.join(", "))
            })
            .collect();
        // One setting at a time, so that one wrong type does not hide the next.
        for name in &known {
            let alone: Dict =
                merged.iter().filter(|(key, _)| *key == name).map(|(k, v)| (k.clone(), v.clone())).collect();
            let single = Figment::from(Serialized::defaults(Self::default())).merge(Serialized::defaults(alone));
            if let Err(error) = single.extract::<Self>() {
                faults.extend(error.into_iter().map(|fault| format!("{name}: {}", fault.kind)));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        layers.extract().map_err(|error| vec![error.to_string()])
    }

    fn names() -> Vec<String> {
        let defaults = Figment::from(Serialized::defaults(Self::default()));
        defaults.extract::<Dict>().map(|dict| dict.keys().cloned().collect()).unwrap_or_default()
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        match self.bind.parse::<SocketAddr>() {
            Ok(address) if !address.ip().is_loopback() => faults.push(format!(
                "bind: {address} is reachable from outside, and this version has no sign-in; only loopback \
                 addresses (127.0.0.1, [::1]) are bound"
            )),
            Ok(_) => {}
            Err(_) => faults.push(format!("bind: expected ADDRESS:PORT, got {:?}", self.bind)),
        }
        if self.policy.is_empty() || self.policy.contains(['/', '\\', '.']) {
            faults.push(format!("policy: expected the name of a policy, got {:?}", self.policy));
        }
        if let Err(error) = self.gpu.parse::<GpuMode>() {
            faults.push(format!("gpu: {error}"));
        }
        for (name, value, limit) in [
            ("workers", self.workers, 64),
            ("threads", self.threads, 64),
            ("lease_s", self.lease_s, 3_600),
            ("body_mib", self.body_mib, 4_096),
            ("request_s", self.request_s, 3_600),
        ] {
            if value == 0 || value > limit {
                faults.push(format!("{name}: must be within 1 and {limit}, got {value}"));
            }
        }
        faults
    }

    /// With another address.
    ///
    /// # Errors
    /// When it may not be bound.
    pub(crate) fn with_bind(mut self, bind: Option<&str>) -> Result<Self, Failure> {
        if let Some(bind) = bind {
            self.bind = bind.to_owned();
        }
        match self.faults() {
            faults if faults.is_empty() => Ok(self),
            faults => Err(Failure::new(Exit::Usage, faults.join("; "))),
        }
    }

    /// The address of the service.
    ///
    /// # Errors
    /// When it is no address; a loaded configuration has one.
    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        self.bind.parse().map_err(|_| Failure::new(Exit::Usage, format!("bind: {:?} is no address", self.bind)))
    }

    /// How the engine is chosen.
    ///
    /// # Errors
    /// When it is no mode; a loaded configuration has one.
    pub(crate) fn gpu_mode(&self) -> Result<GpuMode, Failure> {
        self.gpu.parse().map_err(|error| Failure::new(Exit::Usage, format!("gpu: {error}")))
    }

    /// The configuration as a file, secrets hidden.
    pub(crate) fn to_toml(&self) -> String {
        let mut shown = self.clone();
        for uri in [&mut shown.records, &mut shown.blobs] {
            *uri = hide_secret(uri);
        }
        toml::to_string(&shown).unwrap_or_default()
    }
}

/// A URI without its password.
fn hide_secret(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    match rest.split_once('@') {
        Some((who, host)) if who.contains(':') => {
            let user = who.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{host}")
        }
        _ => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, Failure> {
        load_with(text, &Flags::new())
    }

    fn load_with(text: &str, flags: &Flags) -> Result<Config, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pellucid.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file), flags)
    }

    #[test]
    fn all_faults_are_told_together() {
        let failure = load("bind = \"0.0.0.0:80\"\ncolour = 1\nworkers = \"many\"\ngpu = \"on\"").unwrap_err();
        let text = failure.error.to_string();
        for expected in ["colour", "no such setting", "workers"] {
            assert!(text.contains(expected), "{text} lacks {expected}");
        }
        // Flags win over PELLUCID_GPU, which the test runner sets.
        let flags = Flags::from([("bind", "0.0.0.0:80".to_owned()), ("gpu", "on".to_owned())]);
        let failure = load_with("workers = 0", &flags).unwrap_err();
        let text = failure.error.to_string();
        for expected in ["0.0.0.0:80 is reachable from outside", "workers: must be within 1 and 64", "gpu:"] {
            assert!(text.contains(expected), "{text} lacks {expected}");
        }
        assert_eq!(failure.exit, Exit::Usage);
    }

    #[test]
    fn later_layers_win() {
        assert_eq!(load("threads = 4").unwrap().threads, 4);
        let flags = Flags::from([("gpu", "off".to_owned())]);
        assert_eq!(Config::load(None, &flags).unwrap().gpu, "off");
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(hide_secret("postgres://ann:pw@host/db"), "postgres://ann:***@host/db");
        assert_eq!(hide_secret("sqlite://a@b/c.db"), "sqlite://a@b/c.db");
    }
}
