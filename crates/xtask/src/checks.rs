use std::path::Path;

use anyhow::Result;

use crate::command::Step;
use crate::console;

/// Runs every check and stops at the first that fails. A software GPU counts, a missing one does not.
pub(crate) fn run(root: &Path, library: &Path) -> Result<()> {
    let cargo = |name: &str| Step::cargo(root, name).env("ORT_DYLIB_PATH", library).env("PELLUCID_GPU", "required");
    cargo("format").args(["fmt", "--all", "--check"]).run("run `cargo fmt --all`")?;
    cargo("lints")
        .args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
        .run("mend the warnings above")?;
    let has_nextest = Step::cargo(root, "asking nextest").args(["nextest", "--version"]).answer().is_some();
    let tests: &[&str] = if has_nextest {
        &["nextest", "run", "--workspace"]
    } else {
        &["test", "--workspace", "--lib", "--bins", "--tests"]
    };
    cargo("tests").args(tests).run("mend the tests named above")?;
    cargo("documentation examples").args(["test", "--workspace", "--doc"]).run("mend the examples named above")?;
    console::test(root, library)
}
