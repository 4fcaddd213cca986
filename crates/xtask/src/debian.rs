use std::path::Path;

use anyhow::{Result, bail};

use crate::command::Step;

/// What the tests want from the system: a software GPU, a browser and letters for its pictures.
const PACKAGES: [&str; 4] = ["mesa-vulkan-drivers", "libvulkan1", "chromium", "fonts-noto-cjk"];

/// Installs the missing packages as root or with a password-less sudo; otherwise names the one command to run.
pub(crate) fn install_packages(root: &Path) -> Result<()> {
    if Step::new(root, "asking dpkg", "dpkg-query").args(["--version"]).answer().is_none() {
        eprintln!(
            "xtask: no Debian here: the tests want lavapipe (Vulkan), Chromium and a Chinese font; install them"
        );
        return Ok(());
    }
    let missing: Vec<&str> = PACKAGES.into_iter().filter(|package| !is_installed(root, package)).collect();
    if missing.is_empty() {
        eprintln!("xtask: the Debian packages are there already");
        return Ok(());
    }
    let is_root = Step::new(root, "asking id", "id").args(["-u"]).answer().as_deref() == Some("0");
    let has_sudo = || Step::new(root, "asking sudo", "sudo").args(["-n", "true"]).answer().is_some();
    let prefix: &[&str] = if is_root {
        &[]
    } else if has_sudo() {
        &["sudo", "-n"]
    } else {
        bail!("the tests want Debian packages; run: sudo apt-get install --yes {}", missing.join(" "));
    };
    let apt = |name: &str, args: &[&str]| {
        let line: Vec<&str> = prefix.iter().chain(&["apt-get"]).chain(args).copied().collect();
        Step::new(root, name, line[0]).args(&line[1..]).env("DEBIAN_FRONTEND", "noninteractive")
    };
    let advice = format!("run it by hand: sudo apt-get install --yes {}", missing.join(" "));
    apt("listing Debian packages", &["update", "--quiet", "--quiet"]).run(&advice)?;
    let options = ["install", "--yes", "--quiet", "--quiet", "--no-install-recommends"];
    apt("installing Debian packages", &[&options[..], &missing].concat()).run(&advice)
}

fn is_installed(root: &Path, package: &str) -> bool {
    let query =
        Step::new(root, "asking dpkg", "dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]);
    query.answer().as_deref() == Some("installed")
}
