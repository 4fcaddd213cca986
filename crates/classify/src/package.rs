use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::graph::graph_fault;
use crate::{Card, ClassifyError, ModelSigningKey, TrustedKeys};

/// Largest `model.onnx` that is read; all that ship together may hold 12 MB, so this leaves room for a site's own.
pub const MAX_MODEL_BYTES: u64 = 32 << 20;
/// Largest of the text files of a package.
pub const MAX_CARD_BYTES: u64 = 256 << 10;

const MODEL: &str = "model.onnx";
const CARD: &str = "card.toml";
const SIGNATURE: &str = "card.toml.sig";
/// Everything that may lie in a package: weights outside `model.onnx` would not be covered by the signature.
const FILES: [&str; 5] = [MODEL, CARD, SIGNATURE, "metrics.json", "README.md"];

/// A model whose card is signed by a trusted key and whose bytes are the card's.
#[derive(Debug, Clone)]
pub struct ModelPackage {
    /// Its card.
    pub card: Card,
    /// Its folder.
    pub path: PathBuf,
    /// sha256 of the model, lower-case hex; equals the card's.
    pub sha256: String,
    /// The bytes that were checked; the file is not read again, so that nobody can change it in between.
    pub(crate) model: Arc<[u8]>,
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> ClassifyError + '_ {
    |source| ClassifyError::File { path: path.to_path_buf(), source }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ClassifyError> {
    let metadata = fs::symlink_metadata(path).map_err(file_error(path))?;
    let too_large = |bytes| ClassifyError::TooLarge { path: path.to_path_buf(), bytes, limit };
    if metadata.len() > limit {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(file_error(path))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(file_error(path))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

fn sha256_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What is wrong with the folder's own list of files.
fn folder_fault(dir: &Path) -> Result<Option<String>, ClassifyError> {
    if fs::symlink_metadata(dir).map_err(file_error(dir))?.is_symlink() {
        return Ok(Some("it is a link".into()));
    }
    for entry in fs::read_dir(dir).map_err(file_error(dir))? {
        let entry = entry.map_err(file_error(dir))?;
        let name = entry.file_name();
        if !FILES.iter().any(|file| name == *file) {
            return Ok(Some(format!("{} does not belong into a package", name.display())));
        }
        if !entry.file_type().map_err(file_error(dir))?.is_file() {
            return Ok(Some(format!("{} is not a plain file", name.display())));
        }
    }
    Ok(None)
}

fn package_error(dir: &Path, fault: impl Into<String>) -> ClassifyError {
    ClassifyError::Package { path: dir.to_path_buf(), fault: fault.into() }
}

fn read_card(dir: &Path) -> Result<(Vec<u8>, Card), ClassifyError> {
    let bytes = read(&dir.join(CARD), MAX_CARD_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| package_error(dir, "its card is not UTF-8"))?;
    let card = Card::parse(text)?;
    let is_at_home = dir.file_name().is_some_and(|version| version == card.version.as_str())
        && dir.parent().and_then(Path::file_name).is_some_and(|name| name == card.name.as_str());
    if !is_at_home {
        return Err(package_error(dir, format!("its card is of {}/{}", card.name, card.version)));
    }
    Ok((bytes, card))
}

fn read_model(dir: &Path, card: &Card) -> Result<Vec<u8>, ClassifyError> {
    let path = dir.join(MODEL);
    let model = read(&path, MAX_MODEL_BYTES)?;
    let actual = sha256_of(&model);
    if actual != card.sha256 {
        return Err(ClassifyError::WrongModel { path, expected: card.sha256.clone(), actual });
    }
    if let Some(fault) = graph_fault(&model) {
        return Err(package_error(dir, fault));
    }
    Ok(model)
}

/// Opens `<models>/<name>/<version>`: plain files of the closed list only, card signed by one of `keys`, sha256 of
/// `model.onnx` as the card says, no weights outside the file. The model is not loaded into ONNX Runtime yet.
///
/// # Errors
/// Files that are missing, too large, links or unexpected; a card that is malformed, of another model or not signed by a
/// trusted key; a model that is not the card's.
pub fn open_package(dir: &Path, keys: &TrustedKeys) -> Result<ModelPackage, ClassifyError> {
    if let Some(fault) = folder_fault(dir)? {
        return Err(package_error(dir, fault));
    }
    // The signature comes before the card is understood: nothing is parsed that nobody vouches for.
    let card_bytes = read(&dir.join(CARD), MAX_CARD_BYTES)?;
    let signature = String::from_utf8(read(&dir.join(SIGNATURE), MAX_CARD_BYTES)?).unwrap_or_default();
    if !keys.accepts(&card_bytes, &signature) {
        return Err(ClassifyError::Untrusted { path: dir.to_path_buf() });
    }
    let (bytes, card) = read_card(dir)?;
    if bytes != card_bytes {
        return Err(package_error(dir, "its card changed while it was read"));
    }
    let model = read_model(dir, &card)?;
    Ok(ModelPackage { sha256: card.sha256.clone(), card, path: dir.to_path_buf(), model: model.into() })
}

/// Checks the card and the model of a package and writes `card.toml.sig` beside them.
///
/// # Errors
/// As `open_package`, but for the signature, which need not be there yet.
pub fn sign_package(dir: &Path, key: &ModelSigningKey) -> Result<Card, ClassifyError> {
    if let Some(fault) = folder_fault(dir)? {
        return Err(package_error(dir, fault));
    }
    let (bytes, card) = read_card(dir)?;
    read_model(dir, &card)?;
    let path = dir.join(SIGNATURE);
    fs::write(&path, format!("{}\n", key.sign(&bytes))).map_err(file_error(&path))?;
    Ok(card)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::CARD as CARD_TEXT;

    // An empty ModelProto with only an IR version is a graph without faults of ours; it is never run here.
    const MODEL_BYTES: &[u8] = &[0x08, 0x08];

    fn key() -> ModelSigningKey {
        ModelSigningKey::parse(&"11".repeat(32)).unwrap()
    }

    fn trusted() -> TrustedKeys {
        TrustedKeys::parse(&key().public_hex()).unwrap()
    }

    fn package() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("toy").join("0.1.0");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(MODEL), MODEL_BYTES).unwrap();
        fs::write(dir.join(CARD), CARD_TEXT.replace(&"0".repeat(64), &sha256_of(MODEL_BYTES))).unwrap();
        sign_package(&dir, &key()).unwrap();
        (root, dir)
    }

    #[test]
    fn a_signed_package_opens() {
        let (_root, dir) = package();
        let package = open_package(&dir, &trusted()).unwrap();
        assert_eq!((package.card.name.as_str(), package.sha256.as_str()), ("toy", package.card.sha256.as_str()));
    }

    #[test]
    fn other_keys_changed_cards_and_changed_models_are_refused() {
        let (_root, dir) = package();
        let stranger = ModelSigningKey::parse(&"22".repeat(32)).unwrap();
        let strangers = TrustedKeys::parse(&stranger.public_hex()).unwrap();
        assert!(matches!(open_package(&dir, &strangers), Err(ClassifyError::Untrusted { .. })));
        fs::write(dir.join(MODEL), [0x08, 0x07]).unwrap();
        assert!(matches!(open_package(&dir, &trusted()), Err(ClassifyError::WrongModel { .. })));
        fs::write(dir.join(MODEL), MODEL_BYTES).unwrap();
        let card = fs::read_to_string(dir.join(CARD)).unwrap();
        fs::write(dir.join(CARD), format!("{card}\n")).unwrap();
        assert!(matches!(open_package(&dir, &trusted()), Err(ClassifyError::Untrusted { .. })));
        fs::remove_file(dir.join(SIGNATURE)).unwrap();
        assert!(matches!(open_package(&dir, &trusted()), Err(ClassifyError::File { .. })));
    }

    #[test]
    fn strange_files_links_and_other_folders_are_refused() {
        let (root, dir) = package();
        fs::write(dir.join("model.onnx.data"), b"weights").unwrap();
        assert!(open_package(&dir, &trusted()).unwrap_err().to_string().contains("does not belong"));
        fs::remove_file(dir.join("model.onnx.data")).unwrap();
        let moved = root.path().join("toy").join("0.2.0");
        fs::rename(&dir, &moved).unwrap();
        assert!(open_package(&moved, &trusted()).unwrap_err().to_string().contains("its card is of toy/0.1.0"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&moved, &dir).unwrap();
            assert!(open_package(&dir, &trusted()).unwrap_err().to_string().contains("link"));
            fs::remove_file(&dir).unwrap();
            fs::rename(&moved, &dir).unwrap();
            fs::rename(dir.join(MODEL), root.path().join(MODEL)).unwrap();
            std::os::unix::fs::symlink(root.path().join(MODEL), dir.join(MODEL)).unwrap();
            assert!(open_package(&dir, &trusted()).unwrap_err().to_string().contains("not a plain file"));
        }
    }

    #[test]
    fn large_files_are_refused_before_they_are_read() {
        let (_root, dir) = package();
        fs::File::options().write(true).open(dir.join(MODEL)).unwrap().set_len(MAX_MODEL_BYTES + 1).unwrap();
        assert!(matches!(open_package(&dir, &trusted()), Err(ClassifyError::TooLarge { .. })));
    }
}
