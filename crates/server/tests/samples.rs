//! `sample_scans/` is what its command makes, byte for byte, and stays within its limits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const LARGEST_SCAN_BYTES: usize = 1_200_000;
const ALL_SAMPLES_BYTES: usize = 12_000_000;

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of cases") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "README.md") {
                let name = path.strip_prefix(root).expect("a path below the root").to_path_buf();
                found.insert(name, std::fs::read(&path).expect("a file of a case"));
            }
        }
    }
    found
}

#[test]
fn one_command_makes_every_sample_again_byte_for_byte() {
    let stored = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_scans"));
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_pellucid"))
        .args(["phantom", "samples", "--output"])
        .arg(folder.path())
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    let made = files(folder.path());
    assert_eq!(stored.keys().collect::<Vec<_>>(), made.keys().collect::<Vec<_>>());
    for (name, bytes) in &made {
        assert!(stored[name] == *bytes, "{} differs from what `pellucid phantom samples` makes", name.display());
    }
}

#[test]
fn samples_stay_small() {
    let stored = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_scans"));
    assert_eq!(stored.keys().filter(|name| name.ends_with("truth.json")).count(), 10);
    for (name, bytes) in stored.iter().filter(|(name, _)| name.ends_with("scan.tif")) {
        assert!(bytes.len() <= LARGEST_SCAN_BYTES, "{}: {} bytes", name.display(), bytes.len());
    }
    let total: usize = stored.values().map(Vec::len).sum();
    assert!(total <= ALL_SAMPLES_BYTES, "{total} bytes of samples");
}
