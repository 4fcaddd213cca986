//! Folders that are there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

/// What case folders and projections hold; only a folder that holds nothing else is replaced.
const OWN: [&str; 7] =
    ["scan.tif", "scan.png", "declaration.json", "truth.json", "projection.json", "loaded.json", "truth"];

/// Writes a folder beside its place by `fill` and moves it there. What an earlier run wrote there is replaced, nothing of it
/// stays; where `fill` fails it stays as it was.
///
/// # Errors
/// The place holds something that no case folder holds; `fill` fails; a folder cannot be made or moved.
pub(crate) fn write(folder: &Path, fill: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<(), Failure> {
    let old = existing(folder)?;
    let beside = |what: &str| PathBuf::from(format!("{}.{}.{what}", folder.display(), std::process::id()));
    let partial = beside("partial");
    fs::create_dir_all(&partial).map_err(|error| Failure::file("making the folder", &partial, error))?;
    let moved = fill(&partial).and_then(|()| {
        let failed = |error| Failure::file("writing", folder, error);
        if !old {
            return fs::rename(&partial, folder).map_err(failed);
        }
        let aside = beside("old");
        fs::rename(folder, &aside).map_err(failed)?;
        if let Err(error) = fs::rename(&partial, folder) {
            // Put back what was there.
            let _ = fs::rename(&aside, folder);
            return Err(failed(error));
        }
        fs::remove_dir_all(&aside).map_err(|error| Failure::file("removing", &aside, error))
    });
    if moved.is_err() {
        // Nothing may be there to remove.
        let _ = fs::remove_dir_all(&partial);
    }
    moved
}

/// Whether there is a folder that may be replaced.
fn existing(folder: &Path) -> Result<bool, Failure> {
    if !folder.exists() {
        return Ok(false);
    }
    let entries = fs::read_dir(folder).map_err(|error| Failure::file("reading the folder", folder, error))?;
    for entry in entries {
        let name = entry.map_err(|error| Failure::file("reading the folder", folder, error))?.file_name();
        let name = name.to_string_lossy();
        let is_other = name.starts_with("declaration.") && name.ends_with(".json");
        if !OWN.contains(&name.as_ref()) && !is_other {
            let text = format!("{}: holds {name:?}, which no case has: choose another folder", folder.display());
            return Err(Failure::new(Exit::Usage, text));
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_replaced_whole_or_left_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("a").join("case");
        let put = |name: &'static str| {
            move |to: &Path| {
                fs::write(to.join(name), name).unwrap();
                Ok(())
            }
        };
        write(&place, put("scan.tif")).unwrap();
        write(&place, put("scan.png")).unwrap();
        assert!(place.join("scan.png").is_file() && !place.join("scan.tif").exists());
        let failing = |to: &Path| {
            fs::write(to.join("scan.tif"), "half").unwrap();
            Err(Failure::new(Exit::BadInput, "no"))
        };
        write(&place, failing).unwrap_err();
        assert!(place.join("scan.png").is_file() && !place.join("scan.tif").exists());
        assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 1, "nothing lies beside it");
        fs::write(place.join("thesis.odt"), "mine").unwrap();
        let refused = write(&place, put("scan.tif")).unwrap_err().error.to_string();
        assert!(refused.contains("thesis.odt"), "{refused}");
        assert!(place.join("thesis.odt").is_file());
    }
}
