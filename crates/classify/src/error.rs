use std::path::PathBuf;

use pellucid_core::ErrorKind;

/// What can go wrong between a model's folder and its outputs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassifyError {
    /// A file of a package could not be read or written.
    #[error("reading or writing {path} of a model package")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A package holds something that it must not, or lacks something.
    #[error("opening the model package {path}: {fault}")]
    Package {
        /// Its folder.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
    /// A file is larger than packages may be.
    #[error("reading {path}: {bytes} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A card that is not TOML of the right shape.
    #[error("reading a model card")]
    CardSyntax(#[source] Box<toml::de::Error>),
    /// A card that contradicts itself.
    #[error("checking the card of model {name}: {fault}")]
    Card {
        /// Name in the card.
        name: String,
        /// What is wrong.
        fault: String,
    },
    /// A key that cannot be read.
    #[error("reading a key for model packages: {0}")]
    Key(String),
    /// No trusted key made the signature.
    #[error(
        "checking the signature of {path}: no trusted key made it (re-sign with `pellucid models sign`, or add the signer's public key to the trusted keys)"
    )]
    Untrusted {
        /// The package's folder.
        path: PathBuf,
    },
    /// The model is not the one that its card speaks of.
    #[error("checking {path}: its sha256 is {actual}, its card says {expected}")]
    WrongModel {
        /// The model file.
        path: PathBuf,
        /// sha256 in the card.
        expected: String,
        /// sha256 of the file.
        actual: String,
    },
    /// No ONNX Runtime library.
    #[error(
        "loading ONNX Runtime: {fault}; run `cargo xtask setup`, which fetches it, or set ORT_DYLIB_PATH to libonnxruntime"
    )]
    RuntimeMissing {
        /// What was looked for.
        fault: String,
    },
    /// The library was found and refused.
    #[error(
        "loading ONNX Runtime; run `cargo xtask setup`, which fetches a version that fits, or set ORT_DYLIB_PATH to libonnxruntime 1.24 or newer"
    )]
    RuntimeRefused(#[source] Box<ort::LoadDynamicError>),
    /// ONNX Runtime refused to do something.
    #[error("{action} of model {name}")]
    Runtime {
        /// What was attempted.
        action: &'static str,
        /// Model.
        name: String,
        /// Why.
        #[source]
        source: ort::Error,
    },
    /// Planes that the model cannot take.
    #[error("giving planes to model {name}: {fault}")]
    Input {
        /// Model.
        name: String,
        /// What is wrong.
        fault: String,
    },
    /// Outputs that the card does not allow: not finite, out of range, of another shape.
    #[error("checking the outputs of model {name}: {fault}")]
    Output {
        /// Model.
        name: String,
        /// What is wrong.
        fault: String,
    },
}

impl ClassifyError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Package { .. } | Self::CardSyntax(_) | Self::Card { .. } | Self::Key(_) | Self::Input { .. } => {
                ErrorKind::InvalidInput
            }
            Self::Untrusted { .. } | Self::WrongModel { .. } => ErrorKind::Forbidden,
            Self::RuntimeMissing { .. } | Self::RuntimeRefused(_) => ErrorKind::Unavailable,
            Self::File { .. } | Self::Runtime { .. } | Self::Output { .. } => ErrorKind::Internal,
        }
    }
}
