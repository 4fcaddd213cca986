//! The rules of the house that a machine can check: who may use whom, and what must not stand in a file.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// The crates of the house and which others each may use. `*` is every one.
const DIRECTIONS: [(&str, &[&str]); 15] = [
    ("pellucid-core", &[]),
    ("pellucid-scan", &["pellucid-core"]),
    ("pellucid-imaging", &["pellucid-core"]),
    ("pellucid-gpu", &["pellucid-core", "pellucid-imaging"]),
    ("pellucid-phantom", &["pellucid-core", "pellucid-imaging"]),
    ("pellucid-classify", &["pellucid-core"]),
    ("pellucid-observe", &["pellucid-core", "pellucid-imaging"]),
    ("pellucid-verify", &["pellucid-core"]),
    ("pellucid-store", &["pellucid-core"]),
    (
        "pellucid-pipeline",
        &[
            "pellucid-core",
            "pellucid-scan",
            "pellucid-imaging",
            "pellucid-phantom",
            "pellucid-classify",
            "pellucid-observe",
            "pellucid-verify",
            "pellucid-store",
        ],
    ),
    ("pellucid-api", &["pellucid-core"]),
    ("pellucid-console", &[]),
    ("pellucid", &["*"]),
    ("xtask", &[]),
    ("pellucid-benches", &["*"]),
];

/// Crates from outside that only some of ours may name.
const RESERVED: [(&str, &[&str]); 6] = [
    ("ort", &["pellucid-classify"]),
    ("wgpu", &["pellucid-gpu"]),
    ("naga", &["pellucid-gpu"]),
    ("sqlx", &["pellucid-store"]),
    ("axum", &["pellucid-api", "pellucid"]),
    ("rust-embed", &["pellucid-console"]),
];

/// Everything that may lie at the top, beside names that begin with a dot and what git ignores.
const TOP_LEVEL: [&str; 11] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "rustfmt.toml",
    "crates",
    "models",
    "shaders",
    "sample_scans",
    "benches",
];

/// What git ignores: built or fetched, not ours.
const IGNORED: [&str; 6] = ["target", "node_modules", "dist", "pellucid-data", "__pycache__", ".git"];

const MAX_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    let options = ["--offline".to_owned()];
    MetadataCommand::new().manifest_path(manifest).no_deps().other_options(options).exec().unwrap()
}

/// A file of ours with the lines that are not comments, each with its number.
struct Source {
    /// From the top, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.contains(&self.path.rsplit('.').next().unwrap_or_default())
    }

    /// Lines of code outside comments and unit tests (which stand at the end of a file).
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
        (1..).zip(lines).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Whether the file is compiled into a crate, rather than into its tests, examples or benches.
    fn is_shipped(&self) -> bool {
        self.path.starts_with("crates/")
            && self.path.split('/').nth(2) == Some("src")
            && !self.path.ends_with("/tests.rs")
            && !self.path.contains("/tests/")
    }

    /// The folder of its crate.
    fn krate(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

fn collect(folder: &Path, top: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if IGNORED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, top, files);
        } else {
            files.push(path.strip_prefix(top).unwrap().to_owned());
        }
    }
}

/// Every file of ours that people write, generated declarations aside.
fn sources(extensions: &[&str]) -> Vec<Source> {
    let root = root();
    let mut files = Vec::new();
    for folder in ["crates", "models", "shaders", "benches"] {
        collect(&root.join(folder), &root, &mut files);
    }
    let named = files.into_iter().map(|file| (file.to_string_lossy().replace('\\', "/"), file));
    let wanted = named
        .map(|(path, file)| (Source { path, text: String::new() }, file))
        .filter(|(source, _)| source.has_extension(extensions) && !source.path.ends_with(".d.ts"));
    let read = wanted.map(|(source, file)| Source { text: fs::read_to_string(root.join(file)).unwrap(), ..source });
    let sources: Vec<_> = read.collect();
    assert!(!sources.is_empty(), "no file ends in {extensions:?}");
    sources
}

/// Fails with every line that breaks a rule.
fn assert_none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Lines of shipped Rust, outside `allowed` crates, that contain one of `patterns`.
fn shipped_lines_with(patterns: &[&str], allowed: &[&str]) -> Vec<String> {
    let sources = sources(&["rs"]);
    let shipped = sources.iter().filter(|source| source.is_shipped() && !allowed.contains(&source.krate()));
    shipped
        .flat_map(|source| {
            let lines = source.code().filter(|(_, line)| patterns.iter().any(|pattern| contains_word(line, pattern)));
            lines.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether `word` stands in `line`; when it begins like a name, with no letter, digit or underscore before it.
fn contains_word(line: &str, word: &str) -> bool {
    let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let begins_like_a_name = is_name(word.chars().next());
    line.match_indices(word).any(|(at, _)| !(begins_like_a_name && is_name(line[..at].chars().next_back())))
}

#[test]
fn every_crate_uses_only_what_the_house_allows() {
    let table: BTreeMap<_, _> = DIRECTIONS.into_iter().collect();
    let mut found = Vec::new();
    for package in metadata().packages {
        let name = package.name.as_str();
        let Some(allowed) = table.get(name) else {
            found.push(format!("{name} has no row in the table: add one here and in crates/README.md"));
            continue;
        };
        for dependency in &package.dependencies {
            let is_ours = dependency.path.is_some();
            let is_test = dependency.kind == DependencyKind::Development;
            if is_ours && !is_test && !allowed.contains(&"*") && !allowed.contains(&dependency.name.as_str()) {
                found.push(format!("{name} must not use {}", dependency.name));
            }
            if is_ours && (dependency.name == "pellucid" || dependency.name == "xtask") {
                found.push(format!("{name} uses {}, which nobody may", dependency.name));
            }
        }
    }
    assert_none("directions between crates", found);
}

#[test]
fn the_picture_of_the_house_is_true() {
    let text = fs::read_to_string(root().join("crates/README.md")).unwrap();
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let name = cells[1].split('`').nth(1).unwrap().replace("../benches", "pellucid-benches");
        // What is used in tests only stands in brackets and is not held.
        let uses = cells[3].split('(').next().unwrap().split(',').map(str::trim);
        let uses = uses.filter(|word| !matches!(*word, "" | "–"));
        let uses = uses.map(|word| match word {
            "all" | "any" => "*".to_owned(),
            folder => format!("pellucid-{folder}"),
        });
        rows.push((name, uses.collect::<Vec<_>>()));
    }
    let table = DIRECTIONS.map(|(name, uses)| (name.to_owned(), uses.iter().map(|name| name.to_string()).collect()));
    assert_eq!(rows, table, "crates/README.md against the table of this file");
}

#[test]
fn crates_from_outside_stay_with_those_who_may_name_them() {
    let mut found = Vec::new();
    for package in metadata().packages.iter().filter(|package| package.name != "pellucid-benches") {
        for dependency in &package.dependencies {
            let reserved = RESERVED.iter().find(|(name, _)| *name == dependency.name);
            if reserved.is_some_and(|(_, owners)| !owners.contains(&package.name.as_str())) {
                found.push(format!("{} must not name {}", package.name, dependency.name));
            }
        }
    }
    assert_none("reserved crates", found);
    assert_none("only classify names ort", shipped_lines_with(&["ort::"], &["classify"]));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let manifests = metadata().packages.into_iter().map(|package| package.manifest_path);
    let without = manifests.filter(|path| !fs::read_to_string(path).unwrap().contains("[lints]\nworkspace = true"));
    assert_none("manifests without `[lints] workspace = true`", without.map(|path| path.to_string()).collect());
}

#[test]
fn only_allowed_names_lie_at_the_top() {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let odd = names.filter(|name| {
        !name.starts_with('.') && !IGNORED.contains(&name.as_str()) && !TOP_LEVEL.contains(&name.as_str())
    });
    assert_none("names at the top", odd.collect());
}

#[test]
fn no_file_grows_beyond_one_noun() {
    let lengths = sources(&["rs", "ts", "tsx", "py", "wgsl"]);
    let lengths = lengths.iter().map(|source| (source.text.lines().count(), &source.path));
    let long = lengths.filter(|(lines, _)| *lines > MAX_LINES);
    assert_none("files over 600 lines", long.map(|(lines, path)| format!("{path}: {lines}")).collect());
}

#[test]
fn names_say_what_a_thing_is() {
    let forbidden = ["utils", "common", "helpers", "manager"];
    let mut found = Vec::new();
    for source in sources(&["rs", "ts", "tsx", "py", "wgsl"]) {
        let words = source.path.split(['/', '.', '_', '-']);
        if words.map(str::to_lowercase).any(|word| forbidden.contains(&word.as_str())) {
            found.push(source.path.clone());
        }
        for (number, line) in source.code() {
            let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "export");
            let is_type = matches!(words.next(), Some("struct" | "enum" | "trait" | "class" | "interface" | "type"));
            let name = words.next().unwrap_or_default();
            if is_type && ["Utils", "Helpers", "Helper", "Manager"].iter().any(|end| name.contains(end)) {
                found.push(format!("{}:{number}: {name}", source.path));
            }
        }
    }
    assert_none("utils, common, helpers and managers", found);
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not name them.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[", "ignore"), concat!("XX", "X")];
    let mut found = Vec::new();
    for source in sources(&["rs", "ts", "tsx", "py", "wgsl", "toml"]) {
        for (number, line) in (1..).zip(source.text.lines()) {
            if marks.iter().any(|mark| contains_word(line, mark)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none("left for later, or tests that never run", found);
}

#[test]
fn errors_are_handled_outside_tests() {
    let found = shipped_lines_with(&[concat!(".unw", "rap()")], &[]);
    assert_none("unwrapping outside tests", found);
}

#[test]
fn only_the_server_reads_environment_and_wall_clock() {
    let environment = ["std::env::var", "env::var", "env::vars", "env::args", "env::current_dir", "env::temp_dir"];
    let clocks = ["SystemTime", "Timestamp::now", "Zoned::now", "Utc::now", "Local::now"];
    let found = shipped_lines_with(&[&environment[..], &clocks[..]].concat(), &["server", "xtask"]);
    assert_none("environment or wall clock outside the server", found);
}

#[test]
fn only_gpu_embeds_shaders() {
    let found = shipped_lines_with(&["include_str!", "include_bytes!"], &["gpu"]);
    let shaders = found.into_iter().filter(|line| line.contains("wgsl") || line.contains("shaders/"));
    assert_none("shaders embedded outside gpu", shaders.collect());
}

#[test]
fn words_are_found_only_where_they_begin() {
    assert!(contains_word("use ort::Session", "ort::"));
    assert!(!contains_word("use viewport::Size", "ort::"));
    assert!(contains_word("let a = b.take();", ".take()"));
    let source = Source {
        path: "crates/core/src/a.rs".to_owned(),
        text: "// note\nlet a = 1;\n#[cfg(test)]\nmod tests {}\n".to_owned(),
    };
    assert_eq!(source.code().collect::<Vec<_>>(), [(2, "let a = 1;")]);
    assert!(source.is_shipped());
}
