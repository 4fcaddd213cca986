use super::{FolderAdapter, NamedEntry};
use crate::dicom::{DicomImage, DicomPages};
use crate::{Decoded, FileFormat, Limits, PixelSink, ScanError, profile, sniff};

/// The DICOM or DICOS files of the bands of one scan of ours.
pub(super) struct DicomFiles;

impl FolderAdapter for DicomFiles {
    fn name(&self) -> &'static str {
        "DICOM files of one scan"
    }

    fn is_match(&self, entries: &[NamedEntry<'_>], _limits: &Limits) -> bool {
        entries.len() > 1 && entries.iter().all(|entry| sniff(entry.bytes) == Some(FileFormat::Dicom))
    }

    fn decode(
        &self,
        entries: &[NamedEntry<'_>],
        limits: &Limits,
        sink: &mut dyn PixelSink,
    ) -> Result<Decoded, ScanError> {
        let images: Result<Vec<_>, _> = entries.iter().map(|entry| DicomImage::open(entry.bytes, limits)).collect();
        let images = images?;
        let pages = DicomPages::new(&images, limits)?;
        // The files of one scan repeat one description; which pages it has was checked above.
        match images.first().and_then(|image| image.description(limits)) {
            Some(description) => profile::decode(&pages, description?, limits, sink),
            None => Err(ScanError::Empty),
        }
    }
}
