use std::path::Path;
use std::sync::Arc;

use crate::{Blobs, FileBlobs, Records, SqliteRecords, StoreError};

/// Opens the database that a URI names: `sqlite://PATH`.
///
/// # Errors
/// When no built-in adapter takes the URI, or the database cannot be opened and brought to this version.
pub async fn open_records(uri: &str) -> Result<Arc<dyn Records>, StoreError> {
    match uri.strip_prefix("sqlite://") {
        Some(path) if !path.is_empty() => Ok(Arc::new(SqliteRecords::open(Path::new(path)).await?)),
        _ => Err(StoreError::Uri { uri: uri.to_owned(), expected: "sqlite://PATH" }),
    }
}

/// Opens the blobs that a URI names: `file://PATH`.
///
/// # Errors
/// When no built-in adapter takes the URI, or the folder cannot be made.
pub fn open_blobs(uri: &str) -> Result<Arc<dyn Blobs>, StoreError> {
    match uri.strip_prefix("file://") {
        Some(path) if !path.is_empty() => Ok(Arc::new(FileBlobs::open(path)?)),
        _ => Err(StoreError::Uri { uri: uri.to_owned(), expected: "file://PATH" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn foreign_uris_are_refused_by_name() {
        for uri in ["postgres://host/db", "s3://bucket", "sqlite://", "file://", "/plain/path"] {
            assert!(matches!(open_records(uri).await, Err(StoreError::Uri { .. })), "{uri}");
            assert!(matches!(open_blobs(uri), Err(StoreError::Uri { .. })), "{uri}");
        }
    }
}
