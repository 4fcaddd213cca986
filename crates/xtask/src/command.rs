use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// One outside program: announced before it runs, named when it fails.
pub(crate) struct Step {
    name: String,
    command: Command,
}

impl Step {
    /// A program that runs in a folder.
    pub(crate) fn new(folder: &Path, name: &str, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        // Mesa's device chooser complains on stderr where no desktop runs; nobody chooses a device here.
        command.env("NODEVICE_SELECT", "1");
        Self { name: name.to_owned(), command }
    }

    /// The cargo that runs this program, in the workspace.
    pub(crate) fn cargo(root: &Path, name: &str) -> Self {
        Self::new(root, name, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Shows its output on stderr: stdout is kept for the answer of the program that setup is for.
    pub(crate) fn on_stderr(mut self) -> Self {
        self.command.stdout(std::io::stderr());
        self
    }

    /// Runs it with its output shown; `advice` says what to do when it fails.
    pub(crate) fn run(mut self, advice: &str) -> Result<()> {
        eprintln!("xtask: {} ({})", self.name, self.line());
        match self.command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => bail!("{} failed ({status}): {advice}", self.name),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("{}: `{}` was not found: install it and run this again", self.name, self.program())
            }
            Err(error) => bail!("{}: `{}` did not start: {error}", self.name, self.program()),
        }
    }

    /// Its output, when it runs and succeeds; for questions whose answer may be missing.
    pub(crate) fn answer(mut self) -> Option<String> {
        let output = self.command.stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn program(&self) -> String {
        let program = Path::new(self.command.get_program());
        program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
    }

    fn line(&self) -> String {
        let args = self.command.get_args().map(|arg| arg.to_string_lossy().into_owned());
        std::iter::once(self.program()).chain(args).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_say_what_failed_and_what_to_do() {
        let here = Path::new(".");
        let missing = Step::new(here, "reading tea leaves", "no-such-program").run("brew again").unwrap_err();
        assert_eq!(
            missing.to_string(),
            "reading tea leaves: `no-such-program` was not found: install it and run this again"
        );
        let failed = Step::cargo(here, "counting").args(["no-such-command"]).run("count again").unwrap_err();
        assert!(failed.to_string().starts_with("counting failed (exit status: "), "{failed}");
        assert!(failed.to_string().ends_with("): count again"), "{failed}");
        assert_eq!(Step::new(here, "asking", "no-such-program").answer(), None);
    }
}
