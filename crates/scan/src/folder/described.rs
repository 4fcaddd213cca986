use serde_json::Value;

use super::page_entry::{PageEntries, Pictures};
use super::{FolderAdapter, NamedEntry, has_extension, only};
use crate::profile::{self, parse_description};
use crate::{Decoded, Limits, PixelSink, ScanError, ScanWarning};

/// A description in JSON, and files of one or several pictures, one a page.
pub(super) struct Described;

impl FolderAdapter for Described {
    fn name(&self) -> &'static str {
        "pictures with a description in JSON"
    }

    fn is_match(&self, entries: &[NamedEntry<'_>], _limits: &Limits) -> bool {
        entries.iter().any(|entry| has_extension(entry, "json"))
    }

    fn decode(
        &self,
        entries: &[NamedEntry<'_>],
        limits: &Limits,
        sink: &mut dyn PixelSink,
    ) -> Result<Decoded, ScanError> {
        let json = only(entries, "json", "descriptions")?;
        let mut description = parse_description(json.bytes, limits)?;
        let files = description.unknown.remove("files");
        let Some(Value::Array(files)) = files else {
            return Err(ScanError::malformed("files", "it is no list of names"));
        };
        Limits::check("files", files.len() as u64, limits.max_pages)?;
        let (mut pages, mut pictures) = (PageEntries::default(), Pictures::new(entries, limits));
        for (index, file) in files.iter().enumerate() {
            let name = file.as_str();
            let name = name.ok_or_else(|| ScanError::malformed(format!("files[{index}]"), "it is no name"))?;
            for picture in pictures.of(name)? {
                pages.push(picture.clone(), limits)?;
            }
        }
        let mut decoded = profile::decode(&pages, description, limits, sink)?;
        warn_of_others(entries, pictures.files() + 1, &mut decoded);
        Ok(decoded)
    }
}

/// Says how many entries nothing refers to.
pub(super) fn warn_of_others(entries: &[NamedEntry<'_>], used: usize, decoded: &mut Decoded) {
    let others = entries.len().saturating_sub(used) as u64;
    if others > 0 {
        decoded.warnings.push(ScanWarning::EntriesIgnored { entries: others });
    }
}
