use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Step;

/// The version that classify's tests run with; `ort` accepts 1.24 and newer.
const VERSION: &str = "1.31.1";

/// The library, fetched into `setup/onnxruntime` unless it is there already or `ORT_DYLIB_PATH` names one.
pub(crate) fn fetch(root: &Path, setup: &Path) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        let path = root.join(path);
        if !path.is_file() {
            bail!("ORT_DYLIB_PATH names {}, which is no file: unset it or correct it", path.display());
        }
        eprintln!("xtask: ONNX Runtime is {}, as ORT_DYLIB_PATH says", path.display());
        return Ok(path);
    }
    let folder = setup.join("onnxruntime");
    if let Some(library) = library_in(&folder) {
        eprintln!("xtask: ONNX Runtime {VERSION} is there already");
        return Ok(library);
    }

    let downloads = setup.join("download");
    remove(&downloads)?;
    Step::new(root, "fetching ONNX Runtime", "python3")
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
        // Only the library inside matters, so any Python will do.
        .args(["--only-binary=:all:", "--python-version", "3.11", "--dest"])
        .args([&downloads])
        .args([format!("onnxruntime=={VERSION}")])
        .run("it needs pip and its package index; or set ORT_DYLIB_PATH to a libonnxruntime that you have")?;
    let wheel = fs::read_dir(&downloads)
        .with_context(|| format!("listing {}", downloads.display()))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let Some(wheel) = wheel else { bail!("fetching ONNX Runtime: pip left no wheel in {}", downloads.display()) };

    // Unpacked beside and moved as a whole, so that an interrupted run leaves nothing that looks complete.
    let partial = setup.join("onnxruntime.partial");
    remove(&partial)?;
    fs::create_dir_all(&partial).with_context(|| format!("creating {}", partial.display()))?;
    unpack(&wheel, &partial).with_context(|| format!("unpacking {}", wheel.display()))?;
    remove(&folder)?;
    fs::rename(&partial, &folder).with_context(|| format!("moving {} into place", partial.display()))?;
    remove(&downloads)?;
    let library = library_in(&folder).with_context(|| format!("the wheel holds no library of version {VERSION}"))?;
    eprintln!("xtask: ONNX Runtime {VERSION} is ready");
    Ok(library)
}

/// Takes the shared libraries out of a wheel, by their file names alone.
fn unpack(wheel: &Path, folder: &Path) -> Result<()> {
    let mut archive = zip::ZipArchive::new(File::open(wheel)?)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.strip_prefix("onnxruntime/capi/").unwrap_or_default().to_owned();
        if name.starts_with("libonnxruntime") && !name.contains(['/', '\\']) {
            std::io::copy(&mut entry, &mut File::create(folder.join(name))?)?;
        }
    }
    Ok(())
}

/// `libonnxruntime.so.VERSION` (or `.VERSION.dylib`), absolute.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(VERSION)))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn only_the_libraries_leave_the_wheel_and_no_path_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("a.whl");
        let mut writer = zip::ZipWriter::new(File::create(&wheel).unwrap());
        let library = format!("onnxruntime/capi/libonnxruntime.so.{VERSION}");
        for name in
            [&library, "onnxruntime/capi/libonnxruntime/../../x", "onnxruntime/capi/a.py", "libonnxruntime.so"]
        {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(name.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        let out = folder.path().join("out");
        fs::create_dir(&out).unwrap();
        assert_eq!(library_in(&out), None);
        unpack(&wheel, &out).unwrap();
        let found = library_in(&out).unwrap();
        assert_eq!(fs::read_to_string(found).unwrap(), library);
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    }
}
