//! Case folders: a scan, its declaration, and what is really inside.

use std::fs;
use std::path::{Path, PathBuf};

use pellucid_core::{CaseTruth, Declaration, Grade};
use pellucid_phantom::Case;
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::whole_folder;

/// A case as it lies in a folder.
#[derive(Debug, Clone)]
pub(crate) struct StoredCase {
    /// Name of the folder.
    pub(crate) name: String,
    /// The scan file.
    pub(crate) scan: PathBuf,
    /// The declaration.
    pub(crate) declaration: Declaration,
    /// What is really inside.
    pub(crate) truth: CaseTruth,
}

/// Writes a phantom as a case folder, whole or not at all.
///
/// # Errors
/// When a file cannot be encoded or written, or the folder holds what is no case's.
pub(crate) fn write(folder: &Path, case: &Case) -> Result<(), Failure> {
    whole_folder::write(folder, |partial| fill(partial, case))
}

fn fill(folder: &Path, case: &Case) -> Result<(), Failure> {
    let truth = folder.join("truth");
    fs::create_dir_all(&truth).map_err(|error| Failure::file("making the folder", &truth, error))?;
    match case.scan.grade {
        Grade::Processed => {
            let Some(band) = case.scan.views.first().and_then(|view| view.bands.first()) else {
                return Err(Failure::new(Exit::Failure, "writing a case: the scan has no band"));
            };
            let (width, height) = (band.counts.width() as u32, band.counts.height() as u32);
            let grey: Vec<u8> = band.counts.pixels().iter().map(|value| (*value).min(255) as u8).collect();
            save(&folder.join("scan.png"), &pellucid_scan::png_gray8(width, height, &grey)?)?;
        }
        // The smallest codec: these folders are kept in the tree.
        _ => {
            let file = pellucid_scan::encode_tiff_with(&case.scan, pellucid_scan::Codec::Rice)?;
            save(&folder.join("scan.tif"), &file)?;
        }
    }
    save(&truth.join("areal_density.tif"), &pellucid_scan::encode_plane_f32(&case.areal_density)?)?;
    save(&truth.join("component.tif"), &pellucid_scan::encode_plane_u8(&case.component)?)?;
    save(&truth.join("item.tif"), &pellucid_scan::encode_plane_u16(&case.item)?)?;
    save_json(&folder.join("declaration.json"), &case.declaration)?;
    // Declarations that share the box, beside its own.
    for (i, other) in case.others.iter().enumerate() {
        save_json(&folder.join(format!("declaration.{}.json", i + 1)), other)?;
    }
    save_json(&folder.join("truth.json"), &case.truth)
}

/// Reads a case folder.
///
/// # Errors
/// When a file is missing or not what it should be.
pub(crate) fn read(folder: &Path) -> Result<StoredCase, Failure> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let scan = ["scan.tif", "scan.png"].map(|name| folder.join(name)).into_iter().find(|path| path.is_file());
    let scan = scan.ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("{}: neither scan.tif nor scan.png", folder.display()))
    })?;
    Ok(StoredCase {
        name,
        scan,
        declaration: read_declaration(&folder.join("declaration.json"))?,
        truth: read_json(&folder.join("truth.json"))?,
    })
}

/// Case folders in a folder, by name.
///
/// # Errors
/// When the folder cannot be read or holds no case.
pub(crate) fn list(folder: &Path) -> Result<Vec<StoredCase>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::file("listing", folder, error))?;
    let mut folders: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.join("truth.json").is_file()).collect();
    folders.sort();
    if folders.is_empty() {
        return Err(Failure::new(Exit::NotFound, format!("{}: no case folder", folder.display())));
    }
    folders.iter().map(|folder| read(folder)).collect()
}

/// Reads and validates a declaration file.
///
/// # Errors
/// When it is missing, malformed or breaks the rules.
pub(crate) fn read_declaration(path: &Path) -> Result<Declaration, Failure> {
    let declaration: Declaration = read_json(path)?;
    match declaration.validate() {
        Ok(()) => Ok(declaration),
        Err(error) => Err(Failure::new(Exit::BadInput, format!("{}: {error}", path.display()))),
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("reading", path, error))?;
    pellucid_api::parse_json(&bytes)
        .map_err(|fault| Failure::new(Exit::BadInput, format!("{}: {fault}", path.display())))
}

/// Writes a file and says which when it cannot. What was there stays until the new file is whole.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::file("writing", path, error);
    // Devices and pipes cannot be replaced, only written.
    if path.exists() && !path.is_file() {
        return fs::write(path, bytes).map_err(failed);
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // Nothing may be there to remove.
        let _ = fs::remove_file(&partial);
    }
    written.map_err(failed)
}

/// Writes JSON as [`save`] does.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn save_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    save(path, text.as_bytes())
}
