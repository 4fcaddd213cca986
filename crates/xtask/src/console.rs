use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::command::Step;

/// Folders that `npm` writes.
const NOT_SOURCES: [&str; 2] = ["node_modules", "dist"];

/// Builds the console into `crates/console/dist` unless it was built from the same sources before.
pub(crate) fn build(root: &Path, setup: &Path) -> Result<()> {
    let crate_folder = root.join("crates/console");
    let ui = crate_folder.join("ui");
    if !ui.join("package.json").is_file() {
        eprintln!("xtask: the console has no sources yet: skipped");
        return Ok(());
    }
    // The build generates types from the contract, so the contract is a source too.
    let sources = [ui.clone(), root.join("crates/api/openapi.json")];
    let built = setup.join("console.stamp");
    if crate_folder.join("dist/index.html").is_file() && is_same(&built, fingerprint(&sources)?) {
        eprintln!("xtask: the console is built already");
        return Ok(());
    }

    let installed = setup.join("npm.stamp");
    let lock = [ui.join("package-lock.json")];
    if !ui.join("node_modules").is_dir() || !is_same(&installed, fingerprint(&lock)?) {
        npm(&ui, "fetching the console's packages")
            .args(["ci", "--no-audit", "--no-fund"])
            .on_stderr()
            .run("it needs Node 20 with npm and its package index")?;
        write_stamp(&installed, fingerprint(&lock)?)?;
    }
    npm(&ui, "building the console")
        .args(["run", "build"])
        .on_stderr()
        .run("mend what the lines above name in crates/console/ui")?;
    // Read again: the build may have generated sources.
    write_stamp(&built, fingerprint(&sources)?)?;
    // A crate that was compiled before there were assets does not know that it depends on them.
    let embedding = crate_folder.join("src/lib.rs");
    let touched = File::options().append(true).open(&embedding).and_then(|file| file.set_modified(SystemTime::now()));
    touched.with_context(|| format!("marking {} as changed", embedding.display()))?;
    eprintln!("xtask: the console is ready");
    Ok(())
}

/// Runs the console's own tests, if it has any.
pub(crate) fn test(root: &Path, library: &Path) -> Result<()> {
    let ui = root.join("crates/console/ui");
    if !ui.join("package.json").is_file() {
        return Ok(());
    }
    npm(&ui, "the console's tests")
        .args(["run", "test", "--if-present"])
        .env("ORT_DYLIB_PATH", library)
        .run("mend the tests above; `npm test` in crates/console/ui runs them alone")
}

fn npm(ui: &Path, name: &str) -> Step {
    Step::new(ui, name, if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn is_same(stamp: &Path, fingerprint: u64) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text.trim() == fingerprint.to_string())
}

fn write_stamp(stamp: &Path, fingerprint: u64) -> Result<()> {
    fs::write(stamp, fingerprint.to_string()).with_context(|| format!("writing {}", stamp.display()))
}

/// A number that changes when the names or contents of any source do.
fn fingerprint(sources: &[PathBuf]) -> Result<u64> {
    let mut files = Vec::new();
    for source in sources {
        collect(source, &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file).with_context(|| format!("reading {}", file.display()))?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// Files at or below a path; a path that does not exist has none.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let Ok(entries) = fs::read_dir(path) else { return Ok(()) };
    for entry in entries {
        let entry = entry.with_context(|| format!("listing {}", path.display()))?;
        if !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_changes_with_names_and_contents_of_sources_only() {
        let folder = tempfile::tempdir().unwrap();
        let sources = [folder.path().to_owned()];
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/a.ts", "1");
        let first = fingerprint(&sources).unwrap();
        write("node_modules/x/index.js", "1");
        assert_eq!(fingerprint(&sources).unwrap(), first);
        write("src/a.ts", "2");
        assert_ne!(fingerprint(&sources).unwrap(), first);
        write("src/a.ts", "1");
        assert_eq!(fingerprint(&sources).unwrap(), first);
        write("src/b.ts", "");
        assert_ne!(fingerprint(&sources).unwrap(), first);
    }

    #[test]
    fn a_stamp_holds_until_the_fingerprint_changes() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = folder.path().join("stamp");
        assert!(!is_same(&stamp, 7));
        write_stamp(&stamp, 7).unwrap();
        assert!(is_same(&stamp, 7) && !is_same(&stamp, 8));
    }
}
