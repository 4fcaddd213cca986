use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use pellucid_core::BlobHash;
use uuid::Uuid;

use crate::{Blobs, StoreError, blob_hash};

/// Blobs as files in a folder: `ab/cd/<sha256>`, written by way of `tmp/`.
#[derive(Debug, Clone)]
pub struct FileBlobs {
    root: PathBuf,
}

impl FileBlobs {
    /// Opens a folder and makes it if it is absent; what an interrupted writer left in `tmp/` is removed.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        let tmp = root.join("tmp");
        fs::create_dir_all(&tmp).map_err(fault("making the folder", &tmp))?;
        for entry in fs::read_dir(&tmp).map_err(fault("listing", &tmp))?.flatten() {
            if is_stale(&entry) {
                fs::remove_file(entry.path()).map_err(fault("removing", &entry.path()))?;
            }
        }
        Ok(Self { root })
    }

    fn path(&self, hash: &BlobHash) -> Result<PathBuf, StoreError> {
        let text = &hash.0;
        // A name from outside is never joined to a path before it is known to be a hash.
        let is_hash = text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash {
            Ok(self.root.join(&text[..2]).join(&text[2..4]).join(text))
        } else {
            Err(StoreError::NotFound { what: "blob", id: text.clone() })
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<BlobHash, StoreError> {
        let hash = blob_hash(bytes);
        let path = self.path(&hash)?;
        let folder = path.parent().unwrap_or(&self.root).to_path_buf();
        if fs::read(&path).is_ok_and(|old| old == bytes) {
            // Whoever wrote it may not have come to the folders yet.
            self.sync_folders(&folder)?;
            return Ok(hash);
        }
        fs::create_dir_all(&folder).map_err(fault("making the folder", &folder))?;
        let temporary = self.root.join("tmp").join(Uuid::now_v7().to_string());
        let result = write_durably(&temporary, &path, bytes);
        if result.is_err() {
            // Best effort: what stays is removed at the next start.
            let _ = fs::remove_file(&temporary);
        }
        result?;
        self.sync_folders(&folder)?;
        Ok(hash)
    }

    /// A rename is durable only when every folder on the way is.
    fn sync_folders(&self, folder: &Path) -> Result<(), StoreError> {
        for folder in folder.ancestors().take_while(|folder| folder.starts_with(&self.root)) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault("syncing", folder))?;
        }
        Ok(())
    }

    fn read(&self, hash: &BlobHash) -> Result<Vec<u8>, StoreError> {
        let path = self.path(hash)?;
        let bytes = fs::read(&path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => StoreError::NotFound { what: "blob", id: hash.0.clone() },
            _ => StoreError::File { action: "reading", path: path.clone(), source },
        })?;
        if blob_hash(&bytes) == *hash { Ok(bytes) } else { Err(StoreError::BlobCorrupt { hash: hash.0.clone() }) }
    }
}

/// Another process may be writing right now: only leftovers of more than an hour are removed.
fn is_stale(entry: &fs::DirEntry) -> bool {
    let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age.as_secs() > 3600)
}

fn write_durably(temporary: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = File::create_new(temporary).map_err(fault("making", temporary))?;
    file.write_all(bytes).map_err(fault("writing", temporary))?;
    file.sync_all().map_err(fault("syncing", temporary))?;
    fs::rename(temporary, path).map_err(fault("renaming to", path))
}

fn fault<'a>(action: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> StoreError + use<'a> {
    move |source| StoreError::File { action, path: path.to_path_buf(), source }
}

async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|source| StoreError::Task { action, source })?
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn put(&self, bytes: &[u8]) -> Result<BlobHash, StoreError> {
        let (store, bytes) = (self.clone(), bytes.to_vec());
        blocking("writing a blob", move || store.write(&bytes)).await
    }

    async fn get(&self, hash: &BlobHash) -> Result<Vec<u8>, StoreError> {
        let (store, hash) = (self.clone(), hash.clone());
        blocking("reading a blob", move || store.read(&hash)).await
    }

    async fn has(&self, hash: &BlobHash) -> Result<bool, StoreError> {
        let path = self.path(hash)?;
        blocking("looking for a blob", move || path.try_exists().map_err(fault("looking for", &path))).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let path = self.root.join("tmp").join(format!("ping-{}", Uuid::now_v7()));
        blocking("writing a blob", move || {
            fs::write(&path, b"ping").map_err(fault("writing", &path))?;
            fs::remove_file(&path).map_err(fault("removing", &path))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flipped_bit_is_found_and_mended_by_storing_again() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FileBlobs::open(folder.path()).unwrap();
        let hash = blobs.put(b"counts").await.unwrap();
        let path = blobs.path(&hash).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[2] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(blobs.get(&hash).await, Err(StoreError::BlobCorrupt { .. })));
        blobs.put(b"counts").await.unwrap();
        assert_eq!(blobs.get(&hash).await.unwrap(), b"counts");
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn names_that_are_no_hashes_never_reach_the_file_system() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FileBlobs::open(folder.path().join("blobs")).unwrap();
        fs::write(folder.path().join("secret"), b"x").unwrap();
        for name in ["../secret", "", "tmp", &"A".repeat(64), &format!("{}/", "a".repeat(63))] {
            let error = blobs.get(&BlobHash((*name).to_owned())).await.unwrap_err();
            assert!(matches!(error, StoreError::NotFound { .. }), "{name}");
        }
    }

    #[tokio::test]
    async fn files_pass_the_suite() {
        let folder = tempfile::tempdir().unwrap();
        crate::suite::blobs(&FileBlobs::open(folder.path()).unwrap()).await.unwrap();
    }
}
