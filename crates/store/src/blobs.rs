use async_trait::async_trait;
use pellucid_core::BlobHash;
use sha2::{Digest, Sha256};

use crate::StoreError;

/// The name of a blob: sha256 of its content, lower-case hexadecimal.
pub fn blob_hash(bytes: &[u8]) -> BlobHash {
    BlobHash(hex::encode(Sha256::digest(bytes)))
}

/// Files that are named by their content and never change.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Stores a file; durable when this returns. Storing it again changes nothing, and mends a damaged copy.
    async fn put(&self, bytes: &[u8]) -> Result<BlobHash, StoreError>;
    /// Reads a file and checks its content against its name.
    async fn get(&self, hash: &BlobHash) -> Result<Vec<u8>, StoreError>;
    /// Whether there is such a file, unchecked.
    async fn has(&self, hash: &BlobHash) -> Result<bool, StoreError>;
    /// Whether files can be written.
    async fn ping(&self) -> Result<(), StoreError>;
}
