//! `pellucid phantom suite`: suites as case folders with a manifest, or as a stream of windows for training.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use pellucid_phantom::{ManifestEntry, ManifestHeader, Suite, SuiteCase, SuiteWindow};
use serde_json::json;

use crate::case_folder;
use crate::failure::{Exit, Failure};
use crate::training_set::Shard;

/// What of a suite is wanted.
pub(crate) struct Wanted<'a> {
    pub(crate) suite: Suite,
    /// One family, or all in their shares.
    pub(crate) family: Option<&'a str>,
    /// Cases of all shards.
    pub(crate) n: u64,
    pub(crate) shard: Shard,
}

impl Wanted<'_> {
    fn cases(&self) -> impl Iterator<Item = Result<SuiteCase, pellucid_phantom::PhantomError>> {
        self.suite.cases(self.family.map(str::to_owned), self.n, self.shard.index, self.shard.count)
    }

    fn header(&self) -> ManifestHeader {
        ManifestHeader::of(self.suite, self.family, self.n, self.shard.index, self.shard.count)
    }

    /// Name of the manifest: shards write one each.
    fn manifest_name(&self) -> String {
        match self.shard.count {
            0 | 1 => "manifest.jsonl".to_owned(),
            count => format!("manifest.{}-of-{count}.jsonl", self.shard.index),
        }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Written {
    /// Case folders that are new.
    pub(crate) written: u64,
    /// Case folders that were there, whole, before.
    pub(crate) kept: u64,
}

/// Writes case folders and the manifest of a shard. A folder is there whole or not at all; those that are there are kept, so
/// a run that was cut off goes on. The manifest has its name when all its cases are there.
///
/// # Errors
/// The folder holds cases of another version, of other goods, or of another suite or family; a case cannot be made or a file cannot be written.
pub(crate) fn write(wanted: &Wanted<'_>, output: &Path, note: impl Fn(&str)) -> Result<Written, Failure> {
    fs::create_dir_all(output).map_err(|error| Failure::file("making the folder", output, error))?;
    refuse_others(&wanted.header(), output)?;
    let path = output.join(wanted.manifest_name());
    let partial = PathBuf::from(format!("{}.partial", path.display()));
    let failed = |error| Failure::file("writing", &partial, error);
    let file = fs::File::create(&partial).map_err(failed)?;
    let mut manifest = BufWriter::new(file);
    writeln!(manifest, "{}", serde_json::to_string(&wanted.header())?).map_err(failed)?;
    // A run that is cut off leaves behind which version made its cases.
    manifest.flush().map_err(failed)?;
    let mut done = Written::default();
    for case in wanted.cases() {
        let case = case?;
        let folders = folders(&case, output);
        let missing = folders.iter().filter(|folder| !folder.join("truth.json").is_file()).count() as u64;
        if missing > 0 {
            for (folder, made) in folders.iter().zip(case.make()?) {
                if !folder.join("truth.json").is_file() {
                    case_folder::write(folder, &made)?;
                }
            }
            note(&case.name);
        }
        done.written += missing;
        done.kept += folders.len() as u64 - missing;
        writeln!(manifest, "{}", serde_json::to_string(&ManifestEntry::of(&case)?)?).map_err(failed)?;
    }
    manifest.flush().map_err(failed)?;
    fs::rename(&partial, &path).map_err(|error| Failure::file("writing", &path, error))?;
    Ok(done)
}

/// Cases are kept by their names, which say nothing of the version that made them: the manifests there must. One folder is
/// one suite's or one family's, or its manifest would no longer name all that lies in it.
fn refuse_others(wanted: &ManifestHeader, output: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::file("reading", output, error);
    for entry in fs::read_dir(output).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("manifest.")) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| Failure::file("reading", &path, error))?;
        let refuse = |reason: String| {
            Err(Failure::new(Exit::Usage, format!("{}: {reason}: choose another folder", path.display())))
        };
        let found: Option<ManifestHeader> = text.lines().next().and_then(|line| serde_json::from_str(line).ok());
        let Some(found) = found else {
            return refuse("it does not say which version made the cases here".to_owned());
        };
        let made =
            |header: &ManifestHeader| (header.software.clone(), header.suite_version, header.goods_sha256.clone());
        if made(&found) != made(wanted) {
            return refuse("its cases were made by another version or of other goods".to_owned());
        }
        if (found.suite, &found.family) != (wanted.suite, &wanted.family) {
            let family = found.family.as_deref().unwrap_or("all families");
            return refuse(format!("its cases are of {}, {family}", found.suite.as_str()));
        }
    }
    Ok(())
}

/// Folders of a case: one, or one of each scan of a lot.
fn folders(case: &SuiteCase, output: &Path) -> Vec<PathBuf> {
    match case.lot {
        Some(scans) => (0..scans).map(|i| output.join(format!("{}-{i}", case.name))).collect(),
        None => vec![output.join(&case.name)],
    }
}

/// Streams the containers of a shard as windows of 10 mm: a header line of the manifest's kind first, as a record of its own.
/// Nothing touches the disk. Returns the records written; a reader that closes the pipe ends it.
///
/// # Errors
/// A case cannot be made, or `out` cannot be written for another reason than that nobody reads.
pub(crate) fn stream(wanted: &Wanted<'_>, out: impl Write) -> Result<u64, Failure> {
    let mut out = BufWriter::new(out);
    let mut records = 0;
    let result = stream_records(wanted, &mut out, &mut records);
    match result.and_then(|()| Ok(out.flush()?)) {
        Err(Stopped::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(records),
        Err(Stopped::Write(error)) => Err(Failure::file("writing", Path::new("stdout"), error)),
        Err(Stopped::Made(failure)) => Err(failure),
        Ok(()) => Ok(records),
    }
}

/// Why a stream stops.
enum Stopped {
    Write(std::io::Error),
    Made(Failure),
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::Write(error)
    }
}

impl<E: Into<Failure>> From<Made<E>> for Stopped {
    fn from(Made(error): Made<E>) -> Self {
        Self::Made(error.into())
    }
}

/// An error of making, not of writing.
struct Made<E>(E);

fn stream_records(wanted: &Wanted<'_>, out: &mut impl Write, records: &mut u64) -> Result<(), Stopped> {
    let header = serde_json::to_value(wanted.header()).map_err(Made)?;
    record(out, &header, &[])?;
    for case in wanted.cases() {
        let case = case.map_err(Made)?;
        let entry = serde_json::to_value(ManifestEntry::of(&case).map_err(Made)?).map_err(Made)?;
        for window in case.windows().map_err(Made)? {
            let (planes, values) = planes(&window);
            let header = json!({
                "case": entry,
                "container": window.container,
                "size_type": window.size_type,
                "tampering": window.tampering,
                "declared": window.declared,
                "items": window.items,
                "silhouette_px": window.silhouette_px,
                "planes": planes,
                "rows": window.direct.item.height(),
                "columns": window.direct.item.width(),
                "dtype": "<u2",
            });
            record(out, &header, &values)?;
            *records += 1;
        }
    }
    Ok(())
}

/// Names and values of the planes of a window.
fn planes(window: &SuiteWindow) -> (Vec<&'static str>, Vec<u16>) {
    let direct = &window.direct;
    let mut names = Vec::with_capacity(4);
    let mut values: Vec<u16> = Vec::new();
    for (name, plane) in ["high", "low"].into_iter().zip(&direct.attenuation) {
        names.push(name);
        values.extend(plane.pixels());
    }
    names.push("component");
    values.extend(direct.component.pixels().iter().map(|part| u16::from(*part)));
    names.push("item");
    values.extend(direct.item.pixels());
    (names, values)
}

/// One record: length of the header, header, length of the planes, planes; lengths in bytes as u32, little-endian.
fn record(out: &mut impl Write, header: &serde_json::Value, values: &[u16]) -> std::io::Result<()> {
    let text = header.to_string();
    out.write_all(&(text.len() as u32).to_le_bytes())?;
    out.write_all(text.as_bytes())?;
    out.write_all(&(2 * values.len() as u32).to_le_bytes())?;
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    out.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Wanted<'static> =
        Wanted { suite: Suite::Validation, family: Some("organic_brick"), n: 1, shard: Shard { index: 0, count: 1 } };

    #[test]
    fn a_suite_is_written_once_and_goes_on_where_it_was_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(write(&ONE, dir.path(), |_| {}).unwrap(), Written { written: 1, kept: 0 });
        let manifest = fs::read_to_string(dir.path().join("manifest.jsonl")).unwrap();
        assert_eq!(manifest.lines().count(), 2);
        let case = dir.path().join("validation_organic_brick_000000");
        assert!(case.join("scan.tif").is_file());
        // A folder without its last file was not written by us: it is made anew.
        fs::remove_file(case.join("truth.json")).unwrap();
        fs::remove_file(dir.path().join("manifest.jsonl")).unwrap();
        assert_eq!(write(&ONE, dir.path(), |_| {}).unwrap(), Written { written: 1, kept: 0 });
        assert_eq!(write(&ONE, dir.path(), |_| {}).unwrap(), Written { written: 0, kept: 1 });
        assert_eq!(fs::read_to_string(dir.path().join("manifest.jsonl")).unwrap(), manifest);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing half-written stays");
        // Cases of another version are not taken for this one's.
        fs::write(
            dir.path().join("manifest.jsonl"),
            manifest.replacen("\"suite_version\":", "\"suite_version\":1", 1),
        )
        .unwrap();
        let refused = write(&ONE, dir.path(), |_| {}).unwrap_err().error.to_string();
        assert!(refused.contains("manifest.jsonl") && refused.contains("another version"), "{refused}");
        // Nor are those of another family, nor those of a manifest that says nothing.
        for (text, reason) in [(manifest.as_str(), "of validation, organic_brick"), ("", "does not say")] {
            fs::write(dir.path().join("manifest.jsonl"), text).unwrap();
            let other = Wanted { family: Some("metal_threat"), ..ONE };
            let refused = write(&other, dir.path(), |_| {}).unwrap_err().error.to_string();
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn a_stream_has_a_record_for_each_container() {
        let mut bytes = Vec::new();
        assert_eq!(stream(&ONE, &mut bytes).unwrap(), 1);
        let mut at = 0;
        let mut part = || {
            let length = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
            at += 4 + length;
            &bytes[at - length..at]
        };
        let header: ManifestHeader = serde_json::from_slice(part()).unwrap();
        assert_eq!((header.cases, part().len()), (1, 0));
        let window: serde_json::Value = serde_json::from_slice(part()).unwrap();
        let of = |key: &str| window[key].as_u64().unwrap() as usize;
        let planes = window["planes"].as_array().unwrap().len();
        assert_eq!(part().len(), 2 * planes * of("rows") * of("columns"));
        assert_eq!(at, bytes.len());
        assert_eq!(window["tampering"], "concealed_organic");
    }
}
