use pellucid_core::{DeclarationError, ErrorKind};

/// Why a library, a policy, a profile or a verification was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The file is of another format or version.
    #[error("open library: format {found:?}, expected {expected:?}")]
    LibraryFormat {
        /// What the file says.
        found: String,
        /// What this software reads.
        expected: &'static str,
    },
    /// The file is larger than is ever needed.
    #[error("open library: more than {limit} bytes {what}")]
    LibraryTooLarge {
        /// `as stored` or `when unpacked`.
        what: &'static str,
        /// Limit in bytes.
        limit: usize,
    },
    /// The compressed stream is damaged.
    #[error("unpack library")]
    LibraryUnpack(#[source] std::io::Error),
    /// The document inside is damaged.
    #[error("read library document")]
    LibraryDocument(#[source] ciborium::de::Error<std::io::Error>),
    /// The document contradicts itself.
    #[error("check library: {fault}")]
    LibraryInvalid {
        /// What is wrong, with the path.
        fault: String,
    },
    /// The library could not be written.
    #[error("write library: {what}")]
    LibraryWrite {
        /// Which step failed and why.
        what: String,
    },
    /// A shipment does not fit the library that is being built.
    #[error("add shipment {shipment:?}: {fault}")]
    Shipment {
        /// Which one.
        shipment: String,
        /// What is wrong with it.
        fault: String,
    },
    /// Embeddings of one model were held against the library of another.
    #[error("compare embeddings: the library belongs to model {library}, the observation to {observation}")]
    EmbeddingMismatch {
        /// sha256 in the library's header.
        library: String,
        /// sha256 in the observation.
        observation: String,
    },
    /// Embeddings have the wrong number of dimensions.
    #[error("compare embeddings: the library has {library} dimensions, the observation {observation}")]
    EmbeddingDimensions {
        /// Dimensions of the library.
        library: usize,
        /// Dimensions of the observation.
        observation: usize,
    },
    /// A segment names a patch that does not exist.
    #[error("read observation: {fault}")]
    Observation {
        /// What is wrong, with the path.
        fault: String,
    },
    /// The declaration is out of range.
    #[error("check declaration")]
    Declaration(#[source] DeclarationError),
    /// A policy or profile is no TOML of the expected shape.
    #[error("parse {what}")]
    Parse {
        /// `policy` or `risk profile`.
        what: &'static str,
        /// The parser's complaint.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A policy or profile has values out of range; all faults together.
    #[error("check {what}: {}", .faults.join("; "))]
    Invalid {
        /// `policy` or `risk profile`.
        what: &'static str,
        /// One sentence per fault with the path, the limit and the value.
        faults: Vec<String>,
    },
    /// There is not enough to fit a parameter on.
    #[error("fit risk profile: {fault}")]
    Fit {
        /// What is missing.
        fault: String,
    },
}

impl VerifyError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::LibraryFormat { .. } => ErrorKind::Unsupported,
            Self::LibraryTooLarge { .. } => ErrorKind::TooLarge,
            Self::EmbeddingMismatch { .. } | Self::EmbeddingDimensions { .. } => ErrorKind::Conflict,
            Self::LibraryWrite { .. } => ErrorKind::Internal,
            Self::LibraryUnpack(_)
            | Self::LibraryDocument(_)
            | Self::LibraryInvalid { .. }
            | Self::Shipment { .. }
            | Self::Observation { .. }
            | Self::Declaration(_)
            | Self::Parse { .. }
            | Self::Invalid { .. }
            | Self::Fit { .. } => ErrorKind::InvalidInput,
        }
    }
}
