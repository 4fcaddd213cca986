use std::error::Error;

use pellucid_core::ErrorKind;

/// What is wrong, where, and against which limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// One sentence for the caller.
    pub detail: String,
    /// Path of the field or name of the header.
    pub field: Option<String>,
    /// The limit that was exceeded.
    pub limit: Option<String>,
    /// The value that was sent.
    pub value: Option<String>,
    /// Further faults of the same request, one sentence each.
    pub faults: Vec<String>,
}

impl Fault {
    /// A fault that concerns no single field.
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..Self::default() }
    }

    /// A fault of one field.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(detail) }
    }

    /// With the limit that was held against it.
    #[must_use]
    pub fn limit(mut self, limit: impl ToString) -> Self {
        self.limit = Some(limit.to_string());
        self
    }

    /// With the value that was sent.
    #[must_use]
    pub fn value(mut self, value: impl ToString) -> Self {
        self.value = Some(value.to_string());
        self
    }
}

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The request is malformed, before its content is looked at.
    #[error("reading the request: {}", .0.detail)]
    Request(Box<Fault>),
    /// The body has another media type than the endpoint reads.
    #[error("reading the body: {0}")]
    MediaType(String),
    /// The body is larger than this endpoint accepts.
    #[error("reading the body: larger than {limit} bytes")]
    BodyTooLarge {
        /// Bytes accepted.
        limit: u64,
    },
    /// A creating POST came without `Idempotency-Key`.
    #[error("reading the request: the header Idempotency-Key is missing")]
    KeyMissing,
    /// The key was used with another body.
    #[error("idempotency key {key:?} was used with another body")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The first request with this key is still running.
    #[error("idempotency key {key:?}: the first request is still running")]
    InProgress {
        /// The key.
        key: String,
    },
    /// `If-Match` names another version than the one in force.
    #[error("updating: version {current} is in force")]
    PreconditionFailed {
        /// The version in force.
        current: String,
    },
    /// The path is known, the method is not.
    #[error("this resource does not take that method")]
    MethodNotAllowed,
    /// What the service says.
    #[error("{}", .fault.detail)]
    Service {
        /// What the caller can do about it.
        kind: ErrorKind,
        /// What is wrong; shown to the caller unless the fault is ours.
        fault: Box<Fault>,
        /// The cause, for the log only.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl ApiError {
    /// A malformed request.
    pub fn request(fault: Fault) -> Self {
        Self::Request(Box::new(fault))
    }

    /// What the service says, without a cause.
    pub fn new(kind: ErrorKind, fault: Fault) -> Self {
        Self::Service { kind, fault: Box::new(fault), source: None }
    }

    /// What the service says, with the cause for the log.
    pub fn caused_by(kind: ErrorKind, fault: Fault, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Service { kind, fault: Box::new(fault), source: Some(source.into()) }
    }

    /// Nothing of that name.
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, Fault::new(format!("{what} does not exist")))
    }

    /// A fault of ours; the cause goes to the log and not to the caller.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::caused_by(ErrorKind::Internal, Fault::new("the service failed"), source)
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Request(_) | Self::KeyMissing | Self::KeyReused { .. } | Self::MethodNotAllowed => {
                ErrorKind::InvalidInput
            }
            Self::MediaType(_) => ErrorKind::Unsupported,
            Self::BodyTooLarge { .. } => ErrorKind::TooLarge,
            Self::InProgress { .. } | Self::PreconditionFailed { .. } => ErrorKind::Conflict,
            Self::Service { kind, .. } => *kind,
        }
    }
}
