use std::process::ExitCode;

use pellucid_core::ErrorKind;

/// Exit codes that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something failed.
    Failure = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Some items failed, others did not.
    SomeFailed = 3,
    /// Nothing of that name.
    NotFound = 4,
    /// A file or document is wrong.
    BadInput = 5,
    /// Not allowed.
    Auth = 6,
    /// A dependency is down or absent.
    DependencyDown = 7,
    /// A signature or hash does not hold.
    VerificationFailed = 8,
    /// A figure misses its gate.
    GateMissed = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::TooLarge => Self::BadInput,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::Unauthenticated | ErrorKind::Forbidden => Self::Auth,
            ErrorKind::Overloaded | ErrorKind::Unavailable | ErrorKind::Timeout => Self::DependencyDown,
            ErrorKind::Conflict | ErrorKind::Internal => Self::Failure,
        }
    }
}

/// Why a command stops: an exit code for scripts and a chain of causes for people.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl std::fmt::Display) -> Self {
        Self { exit, error: anyhow::anyhow!("{message}") }
    }

    /// A file that cannot be read or written: absent is "not found", a folder or no text where text must be is bad input,
    /// everything else a failure.
    pub(crate) fn file(action: &str, path: &std::path::Path, source: std::io::Error) -> Self {
        let exit = match source.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            std::io::ErrorKind::IsADirectory
            | std::io::ErrorKind::NotADirectory
            | std::io::ErrorKind::InvalidData => Exit::BadInput,
            _ => Exit::Failure,
        };
        Self { exit, error: anyhow::Error::new(source).context(format!("{action} {}", path.display())) }
    }

    /// With what was being done, said first.
    pub(crate) fn while_doing(self, what: impl std::fmt::Display) -> Self {
        Self { exit: self.exit, error: self.error.context(what.to_string()) }
    }
}

/// Every library says by its kind what a caller can do; the command line says it by its exit code.
macro_rules! from_library {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self { exit: error.kind().into(), error: anyhow::Error::new(error) }
            }
        })+
    };
}

from_library!(
    pellucid_scan::ScanError,
    pellucid_imaging::ImagingError,
    pellucid_gpu::GpuError,
    pellucid_phantom::PhantomError,
    pellucid_store::StoreError,
    pellucid_api::ApiError,
    pellucid_classify::ClassifyError,
    pellucid_pipeline::PipelineError,
    pellucid_verify::VerifyError,
);

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { exit: Exit::Failure, error: error.into() }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self { exit: Exit::Failure, error: error.into() }
    }
}

impl From<crate::training_set::TrainingSetError> for Failure {
    fn from(error: crate::training_set::TrainingSetError) -> Self {
        Self { exit: Exit::Failure, error: error.into() }
    }
}
