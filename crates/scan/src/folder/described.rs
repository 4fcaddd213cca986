use serde_json::Value;

use super::{FolderAdapter, NamedEntry, entry, has_extension, only};
use crate::decode::open_picture;
use crate::profile::{self, Pages, parse_description};
use crate::tiff::PageSize;
use crate::{Decoded, FileFormat, Limits, PixelSink, ScanError, ScanWarning, sniff};

/// A description in JSON and one picture a page.
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
        let mut pages = Vec::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            let name = file.as_str();
            let name = name.ok_or_else(|| ScanError::malformed(format!("files[{index}]"), "it is no name"))?;
            pages.push(PageEntry::Picture(entry(entries, name)?));
        }
        let mut decoded = profile::decode(&PageEntries(pages), description, limits, sink)?;
        warn_of_others(entries, files.len() + 1, &mut decoded);
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

/// One page of a scan of several files.
pub(super) enum PageEntry<'a> {
    /// A picture without loss and without colour.
    Picture(NamedEntry<'a>),
    /// One row of values that a description states itself.
    Values(Vec<u16>),
}

/// Pages by number.
pub(super) struct PageEntries<'a>(pub(super) Vec<PageEntry<'a>>);

impl Pages for PageEntries<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn size(&self, page: usize, limits: &Limits) -> Result<PageSize, ScanError> {
        match &self.0[page] {
            PageEntry::Picture(entry) => {
                if sniff(entry.bytes) == Some(FileFormat::Jpeg) {
                    return Err(ScanError::unsupported(format!("file {:?}: counts in", entry.name), "JPEG"));
                }
                Ok(open_picture(entry.bytes, limits)?.size())
            }
            PageEntry::Values(values) => {
                limits.check_size("dark or air", values.len() as u64, 1)?;
                Ok(PageSize { width: values.len() as u32, height: 1 })
            }
        }
    }

    fn read(&self, page: usize, limits: &Limits, out: &mut [u16]) -> Result<(), ScanError> {
        match &self.0[page] {
            PageEntry::Picture(entry) => {
                let warnings = open_picture(entry.bytes, limits)?.fill(out)?;
                match warnings.first() {
                    Some(warning) => Err(ScanError::malformed(format!("file {:?}", entry.name), warning.to_string())),
                    None => Ok(()),
                }
            }
            PageEntry::Values(values) => {
                out.copy_from_slice(values);
                Ok(())
            }
        }
    }
}
