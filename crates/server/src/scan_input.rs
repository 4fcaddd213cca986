//! A scan named on the command line: a file, a case folder, or a folder as some vendor writes it.

use std::fs;
use std::path::{Path, PathBuf};

use pellucid_scan::{Limits, NamedEntry, VecSink, decode_folder, encode_tiff};

use crate::failure::{Exit, Failure};

/// Names that a case folder gives its scan.
const CASE_SCANS: [&str; 2] = ["scan.tif", "scan.png"];

/// The bytes of a scan, as one file.
///
/// A file is read as it is, and so is the scan of a case folder. The files of any other folder are decoded together
/// ([`decode_folder`]) and written as one scan file of our profile, which loses nothing.
///
/// # Errors
/// When it cannot be read, exceeds the limits or is no layout that is known.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    if !path.is_dir() {
        return read_file(path, limits);
    }
    if path.join("declaration.json").is_file()
        && let Some(scan) = CASE_SCANS.map(|name| path.join(name)).into_iter().find(|scan| scan.is_file())
    {
        return read_file(&scan, limits);
    }
    let mut files = Vec::new();
    collect(path, limits, &mut files)?;
    files.sort();
    let mut contents = Vec::with_capacity(files.len());
    let mut left = limits.max_file_bytes;
    for file in &files {
        let bytes = read_file(file, &Limits { max_file_bytes: left, ..*limits })?;
        left = left.saturating_sub(bytes.len() as u64);
        contents.push((name_in(path, file)?, bytes));
    }
    let entries: Vec<NamedEntry<'_>> = contents.iter().map(|(name, bytes)| NamedEntry { name, bytes }).collect();
    let decoded = decode_folder(&entries, limits, &mut VecSink)
        .map_err(|error| Failure::from(error).while_doing(format_args!("reading {}", path.display())))?;
    Ok(encode_tiff(&decoded.scan)?)
}

fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::file("reading", path, error);
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > limits.max_file_bytes {
        let text = format!("{}: {size} bytes; at most {} are read", path.display(), limits.max_file_bytes);
        return Err(Failure::new(Exit::BadInput, text));
    }
    fs::read(path).map_err(failed)
}

/// Files in and below a folder, but for hidden ones.
fn collect(folder: &Path, limits: &Limits, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let (folders, inside) = listed(folder)?;
    files.extend(inside);
    if files.len() as u64 > limits.max_pages {
        let text = format!("{}: more than {} files", folder.display(), limits.max_pages);
        return Err(Failure::new(Exit::BadInput, text));
    }
    folders.iter().try_for_each(|folder| collect(folder, limits, files))
}

/// Folders and files right in a folder, by name; hidden ones are left out, and links are not followed: a folder may not lead
/// out of itself.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn listed(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let failed = |error| Failure::file("listing", folder, error);
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        match entry.file_name().to_string_lossy().starts_with('.') {
            true => {}
            false if kind.is_dir() => folders.push(entry.path()),
            false if kind.is_file() => files.push(entry.path()),
            false => {}
        }
    }
    folders.sort();
    files.sort();
    Ok((folders, files))
}

/// Path of a file inside a folder, parts separated by `/`.
fn name_in(folder: &Path, file: &Path) -> Result<String, Failure> {
    let inside = file.strip_prefix(folder).unwrap_or(file);
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    parts
        .map(|parts| parts.join("/"))
        .ok_or_else(|| Failure::new(Exit::BadInput, format!("{}: a name that is not UTF-8", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pellucid_scan::{decode, png_gray16};

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pellucid-scan-input-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_vendor_folder_becomes_one_file() {
        let folder = folder("vendor");
        let json = br#"{"profile": "pellucid-scan/1", "grade": "single_energy_raw",
            "files": ["high.png", "dark.png", "air.png"],
            "views": [{"name": "side", "bands": [{"name": "high", "page": 0, "dark_page": 1, "air_page": 2}]}]}"#;
        fs::write(folder.join("scan.json"), json).unwrap();
        for (name, width, value) in [("high", 3, 9_000), ("dark", 2, 200), ("air", 2, 50_000)] {
            let (columns, rows) = if width == 3 { (3, 2) } else { (2, 1) };
            let png = png_gray16(columns, rows, &vec![value; (columns * rows) as usize]).unwrap();
            fs::write(folder.join(format!("{name}.png")), png).unwrap();
        }
        fs::write(folder.join(".hidden"), b"not ours").unwrap();
        let scan = decode(&read(&folder, &Limits::default()).unwrap(), &Limits::default()).unwrap().scan;
        assert_eq!((scan.views[0].bands[0].air[1], scan.views[0].bands[0].counts.at(2, 1)), (50_000, 9_000));
        let few = Limits { max_pages: 2, ..Limits::default() };
        assert!(read(&folder, &few).unwrap_err().error.to_string().contains("more than 2 files"));
        let small = Limits { max_file_bytes: 100, ..Limits::default() };
        assert!(read(&folder, &small).unwrap_err().error.to_string().contains("at most"));
        fs::write(folder.join("stray.txt"), b"?").unwrap();
        fs::remove_file(folder.join("scan.json")).unwrap();
        assert!(read(&folder, &Limits::default()).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let failure = read(Path::new("no/such/scan.tif"), &Limits::default()).unwrap_err();
        assert_eq!(failure.exit as u8, Exit::NotFound as u8);
    }
}
