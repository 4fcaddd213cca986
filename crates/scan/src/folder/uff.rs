//! The place of the WCO's Unified File Format (UFF).
//!
//! What is publicly known: the World Customs Organization's Technical Experts Group on Non-Intrusive Inspection and the
//! makers of scanners agreed on one format, version 2.0 of which lets customs exchange and view images of different
//! makers in one viewer; it carries the images with data about the examination and the machine. The specification and
//! its library go to members and makers on request. The layout is not public, and no file was at hand.
//!
//! So nothing is guessed here. A folder or file is taken for UFF by its name only (`.uff`, as our users call theirs; the
//! extension is not documented), and answered with `Unsupported`. Whoever holds the specification fills in:
//!
//! 1. [`FolderAdapter::is_match`]: the first bytes, instead of the name (then `FileFormat` gets a variant and `sniff` a
//!    row);
//! 2. the container: entries of the file as [`NamedEntry`]s, every size checked against `Limits` before it is used;
//! 3. the images: counts of each band, 8 or 16 bits, through `profile::Pages`, as `dicom::DicomPages` does it;
//! 4. dark, air, geometry and dose rows, if the format has them (else the grade is `processed`);
//! 5. scanner, time, site, lane and container numbers into the description;
//! 6. a fuzz target, a property test and a row of the hostile corpus, as every decoder here has.

use super::{FolderAdapter, NamedEntry, has_extension};
use crate::{Decoded, Limits, PixelSink, ScanError};

/// WCO UFF, recognised and refused.
pub(super) struct UnifiedFileFormat;

impl FolderAdapter for UnifiedFileFormat {
    fn name(&self) -> &'static str {
        "WCO Unified File Format"
    }

    fn is_match(&self, entries: &[NamedEntry<'_>], _limits: &Limits) -> bool {
        entries.iter().any(|entry| has_extension(entry, "uff"))
    }

    fn decode(&self, _: &[NamedEntry<'_>], _: &Limits, _: &mut dyn PixelSink) -> Result<Decoded, ScanError> {
        Err(ScanError::unsupported("format", "WCO Unified File Format, whose layout is not public,"))
    }
}
