use std::fs;
use std::path::Path;

use crate::command::Step;

/// Other readers and writers of DICOM and DICOS, which one test holds ours against, and what they need.
const PACKAGES: [&str; 3] = ["pydicos==1.3.0", "pydicom==3.0.2", "numpy==2.4.6"];
/// What their folder holds when it is complete.
const MODULES: [&str; 3] = ["pydicos", "pydicom", "numpy"];

/// Fetches the packages into `setup/dicos-py`. Their test skips itself without them, so nothing fails here: a machine
/// without a package index, or with a Python that they have no wheels for, goes on.
pub(crate) fn fetch(root: &Path, setup: &Path) {
    let folder = setup.join("dicos-py");
    if is_complete(&folder) {
        eprintln!("xtask: the other readers of DICOM are there already");
        return;
    }
    let partial = setup.join("dicos-py.partial");
    // What an interrupted run left is not to be trusted; it may as well not be there.
    drop(fs::remove_dir_all(&partial));
    let fetched = Step::new(root, "fetching other readers of DICOM", "python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--root-user-action=ignore", "--only-binary=:all:", "--retries", "1", "--timeout", "15", "--target"])
        .args([&partial])
        .args(PACKAGES)
        .run("their test will be skipped");
    match fetched {
        Ok(()) if is_complete(&partial) => {
            drop(fs::remove_dir_all(&folder));
            match fs::rename(&partial, &folder) {
                Ok(()) => eprintln!("xtask: the other readers of DICOM are ready"),
                Err(error) => eprintln!("xtask: {} was not moved into place: {error}", partial.display()),
            }
        }
        Ok(()) => eprintln!("xtask: the wheels lack {}: their test will be skipped", MODULES.join(" or ")),
        Err(error) => eprintln!("xtask: {error:#}"),
    }
}

fn is_complete(folder: &Path) -> bool {
    MODULES.iter().all(|module| folder.join(module).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_counts_only_with_every_module() {
        let folder = tempfile::tempdir().unwrap();
        for module in MODULES {
            assert!(!is_complete(folder.path()), "without {module}");
            fs::create_dir(folder.path().join(module)).unwrap();
        }
        assert!(is_complete(folder.path()));
        // What is complete is left as it is, whatever Python or package index there is.
        let setup = tempfile::tempdir().unwrap();
        fs::rename(folder.path(), setup.path().join("dicos-py")).unwrap();
        fetch(setup.path(), setup.path());
        assert!(is_complete(&setup.path().join("dicos-py")));
    }
}
