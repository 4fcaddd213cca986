use std::path::PathBuf;

use pellucid_core::ErrorKind;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URI names no adapter that is built in.
    #[error("opening a store: {uri:?} is not understood; expected {expected}")]
    Uri {
        /// The URI.
        uri: String,
        /// What it could be.
        expected: &'static str,
    },
    /// The database refused.
    #[error("{action} in the database")]
    Database {
        /// What was attempted.
        action: &'static str,
        /// Its answer.
        #[source]
        source: sqlx::Error,
    },
    /// The database's tables could not be brought to this version.
    #[error("migrating the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A file operation failed.
    #[error("{action} {}", .path.display())]
    File {
        /// What was attempted.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The background task that ran a file operation ended early.
    #[error("{action}: the task ended early")]
    Task {
        /// What was attempted.
        action: &'static str,
        /// Why.
        #[source]
        source: tokio::task::JoinError,
    },
    /// Nothing of that name.
    #[error("{what} {id} does not exist")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// A blob's content no longer matches its name.
    #[error("reading blob {hash}: its content has changed")]
    BlobCorrupt {
        /// Its name.
        hash: String,
    },
    /// A stored document cannot be read by this version, or one could not be written.
    #[error("{action}: the stored document does not fit")]
    Document {
        /// What was attempted.
        action: &'static str,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },
    /// A stored value is outside what this version knows.
    #[error("reading {what}: {value:?} is not known")]
    Value {
        /// Which column.
        what: &'static str,
        /// What it holds.
        value: String,
    },
    /// The answer that was to be remembered with an order could not be made.
    #[error("making the answer to remember")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A cursor that this store did not give out.
    #[error("listing: the cursor {0:?} was not given out here")]
    Cursor(String),
    /// The lease was lost: another worker holds the job, or it is finished.
    #[error("job {job}: the lease with token {fence} is no longer held")]
    LeaseLost {
        /// The job.
        job: String,
        /// The token that was presented.
        fence: i64,
    },
    /// Another version of the declaration is in force than the caller expected.
    #[error("storing declaration {no}: version {current} is in force")]
    VersionConflict {
        /// Its number.
        no: String,
        /// The version in force; empty when there is none.
        current: String,
    },
}

impl StoreError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Uri { .. } | Self::Cursor(_) => ErrorKind::InvalidInput,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::LeaseLost { .. } | Self::VersionConflict { .. } => ErrorKind::Conflict,
            Self::Database { source, .. } if is_busy(source) => ErrorKind::Overloaded,
            Self::Database { .. } | Self::File { .. } => ErrorKind::Unavailable,
            Self::Migrate(_)
            | Self::Task { .. }
            | Self::Answer(_)
            | Self::BlobCorrupt { .. }
            | Self::Document { .. }
            | Self::Value { .. } => ErrorKind::Internal,
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY and SQLITE_LOCKED with their extended codes: the low byte is 5 or 6.
    let code = |code: std::borrow::Cow<'_, str>| code.parse::<u32>().ok().map(|code| code & 0xff);
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(database) => matches!(database.code().and_then(code), Some(5 | 6)),
        _ => false,
    }
}
