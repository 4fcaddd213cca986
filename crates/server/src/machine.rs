//! What a figure was measured on.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// This machine in a few words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Machine {
    /// The processor's name.
    pub(crate) cpu: String,
    /// Threads that run at the same time.
    pub(crate) threads: usize,
    /// Memory in GiB, where the system says.
    pub(crate) memory_gib: Option<f64>,
    /// Operating system and architecture.
    pub(crate) os: String,
}

impl Machine {
    /// The machine that this process runs on.
    pub(crate) fn here() -> Self {
        let field = |file: &str, name: &str| {
            let text = std::fs::read_to_string(file).ok()?;
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: memory.map(|kib| (kib / 1024.0 / 1024.0 * 10.0).round() / 10.0),
            os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// The commit of the checkout in the working directory; `unknown` elsewhere.
pub(crate) fn commit() -> String {
    read_commit(Path::new(".git")).unwrap_or_else(|| "unknown".to_owned())
}

/// Reads what `HEAD` points to, without running git.
fn read_commit(git: &Path) -> Option<String> {
    let head = std::fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return short(&head) };
    let loose: PathBuf = git.join(reference);
    if let Ok(hash) = std::fs::read_to_string(loose) {
        return short(&hash);
    }
    let packed = std::fs::read_to_string(git.join("packed-refs")).ok()?;
    packed.lines().find(|line| line.ends_with(reference)).and_then(short_of_line)
}

fn short_of_line(line: &str) -> Option<String> {
    short(line.split(' ').next()?)
}

fn short(hash: &str) -> Option<String> {
    let hash = hash.trim();
    hash.get(..12).filter(|_| hash.bytes().all(|c| c.is_ascii_hexdigit())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_packed_and_detached_heads_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path();
        let hash = "0123456789abcdef0123456789abcdef01234567";
        std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(read_commit(git), None);
        std::fs::write(git.join("packed-refs"), format!("# pack-refs\n{hash} refs/heads/main\n")).unwrap();
        assert_eq!(read_commit(git).as_deref(), Some("0123456789ab"));
        std::fs::write(git.join("HEAD"), hash).unwrap();
        assert_eq!(read_commit(git).as_deref(), Some("0123456789ab"));
    }
}
