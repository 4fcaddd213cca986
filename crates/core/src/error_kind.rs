use serde::{Deserialize, Serialize};

/// The closed set of error kinds: what a caller can do about an error, whatever library it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The input contradicts its format or the rules: mend the input.
    InvalidInput,
    /// The input is well formed but of a kind that is not handled.
    Unsupported,
    /// A stated limit was exceeded.
    TooLarge,
    /// No such thing.
    NotFound,
    /// The state does not allow it.
    Conflict,
    /// Who is asking is not known.
    Unauthenticated,
    /// Who is asking may not.
    Forbidden,
    /// Too much work: try again later.
    Overloaded,
    /// A dependency is down.
    Unavailable,
    /// A deadline passed.
    Timeout,
    /// A fault of ours.
    Internal,
}
