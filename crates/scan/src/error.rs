use pellucid_core::ErrorKind;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a file is no scan, or a scan cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// There are no bytes.
    #[error("reading a scan: the file is empty")]
    Empty,
    /// The first bytes belong to no known format.
    #[error("reading a scan: unknown format, the file begins with {begin}")]
    UnknownFormat {
        /// First bytes in hexadecimal.
        begin: String,
    },
    /// A stated limit was exceeded.
    #[error("reading a scan: {field} is {value}, more than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        field: String,
        /// How large it is.
        value: u64,
        /// How large it may be.
        limit: u64,
    },
    /// The file ends before what it promises.
    #[error("reading a scan: {field} needs {needed} bytes, {available} are there")]
    Truncated {
        /// What is cut off.
        field: String,
        /// Bytes needed (for compressed data: at the very least).
        needed: u64,
        /// Bytes there.
        available: u64,
    },
    /// Two statements of the file contradict each other.
    #[error("reading a scan: {field} is {value}, expected {expected}")]
    Mismatch {
        /// What is wrong.
        field: String,
        /// What it is.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// A part of the file contradicts its format.
    #[error("reading a scan: {field} is malformed: {reason}")]
    Malformed {
        /// Which part.
        field: String,
        /// In which way.
        reason: String,
    },
    /// A part of the file is valid but of a kind that is not handled.
    #[error("reading a scan: {field} {value} is not supported")]
    Unsupported {
        /// Which part.
        field: String,
        /// Its value.
        value: String,
    },
    /// The JSON of the description is broken or lacks something.
    #[error("reading a scan: its description does not follow profile {}", crate::PROFILE)]
    Description {
        /// What the JSON reader says.
        #[source]
        source: serde_json::Error,
    },
    /// Compressed data are damaged.
    #[error("reading a scan: {field} is damaged")]
    Codec {
        /// Which data.
        field: String,
        /// What the decoder says.
        #[source]
        source: Cause,
    },
    /// The sink has no memory.
    #[error("reading a scan: there is no memory for {width} x {height} pixels")]
    Memory {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// What the sink says.
        #[source]
        source: Cause,
    },
    /// The scan or picture contradicts itself and cannot be written.
    #[error("writing a scan: {field} {reason}")]
    Unwritable {
        /// Which part.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The encoder failed.
    #[error("writing a scan: the {format} encoder failed")]
    Encoder {
        /// Which encoder.
        format: &'static str,
        /// What it says.
        #[source]
        source: Cause,
    },
}

impl ScanError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::UnknownFormat { .. } | Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::Memory { .. } => ErrorKind::Overloaded,
            Self::Encoder { .. } => ErrorKind::Internal,
            Self::Empty
            | Self::Truncated { .. }
            | Self::Mismatch { .. }
            | Self::Malformed { .. }
            | Self::Description { .. }
            | Self::Codec { .. }
            | Self::Unwritable { .. } => ErrorKind::InvalidInput,
        }
    }

    pub(crate) fn malformed(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Malformed { field: brief(field.into()), reason: brief(reason.into()) }
    }

    pub(crate) fn mismatch(field: impl Into<String>, value: impl ToString, expected: impl ToString) -> Self {
        Self::Mismatch { field: brief(field.into()), value: brief(value.to_string()), expected: expected.to_string() }
    }

    pub(crate) fn unsupported(field: impl Into<String>, value: impl ToString) -> Self {
        Self::Unsupported { field: brief(field.into()), value: brief(value.to_string()) }
    }

    pub(crate) fn unwritable(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Unwritable { field: field.into(), reason: reason.into() }
    }
}

/// As much of a text as an error quotes: files state names and values of any length.
fn brief(mut text: String) -> String {
    const MAX_BYTES: usize = 256;
    if text.len() > MAX_BYTES {
        text.truncate(text.floor_char_boundary(MAX_BYTES));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_quoted_in_part() {
        let error = ScanError::unsupported("profile", "港".repeat(1_000)).to_string();
        assert_eq!(error, format!("reading a scan: profile {}… is not supported", "港".repeat(85)));
        let error = ScanError::mismatch("page", 7, "less than 6").to_string();
        assert_eq!(error, "reading a scan: page is 7, expected less than 6");
    }
}
