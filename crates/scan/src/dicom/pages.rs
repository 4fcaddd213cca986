use pellucid_core::Grade;

use super::decode::DicomImage;
use super::element::name;
use super::{copy_words, tag};
use crate::profile::Pages;
use crate::tiff::PageSize;
use crate::{Limits, ScanError};

/// The pages of a scan of ours: what the files say, in the order of the description.
pub(crate) struct DicomPages<'i, 'a> {
    /// The files in the order of their pages.
    images: Vec<&'i DicomImage<'a>>,
    is_raw: bool,
}

impl<'i, 'a> DicomPages<'i, 'a> {
    /// Refuses files that are not exactly those of one scan, and raw ones whose counts are not as they were measured.
    pub(crate) fn new(images: &'i [DicomImage<'a>], limits: &Limits) -> Result<Self, ScanError> {
        let missing = || ScanError::malformed(name(tag::DESCRIPTION), "it is missing");
        let description = images.first().and_then(|image| image.description(limits)).ok_or_else(missing)??;
        let is_raw = description.grade != Grade::Processed;
        let bands: usize = description.views.iter().map(|view| view.bands.len()).sum();
        if images.len() != bands {
            return Err(ScanError::mismatch("DICOM files of the scan", images.len(), bands));
        }
        let mut ordered: Vec<_> = images.iter().collect();
        ordered.sort_by_key(|image| image.private.as_ref().map(|private| private.page));
        for (index, image) in ordered.iter().enumerate() {
            let page = image.private.as_ref().map(|private| usize::from(private.page));
            if image.frames() != 1 {
                return Err(ScanError::mismatch("DICOM number of frames", image.frames(), 1));
            }
            if page != Some(index) {
                let page = page.map_or_else(|| "missing".to_owned(), |page| page.to_string());
                return Err(ScanError::mismatch(name(tag::PAGE), page, index));
            }
            if !image.is_beside(&images[0]) {
                return Err(ScanError::mismatch(name(tag::DESCRIPTION), "another", "that of the first file"));
            }
            if is_raw && (image.has_loss || image.is_inverted) {
                let how = if image.has_loss { "a coding with loss" } else { "inverted pixels" };
                return Err(ScanError::unsupported("DICOM: counts in", how));
            }
        }
        Ok(Self { images: ordered, is_raw })
    }

    /// The file of a page, and which of dark and air it is when it is not the picture.
    fn find(&self, page: usize) -> Option<(&DicomImage<'a>, Option<&'a [u8]>)> {
        let bands = self.images.len();
        if page < bands {
            return Some((self.images[page], None));
        }
        let image = self.images.get((page - bands) / 2)?;
        let private = image.private.as_ref()?;
        Some((image, Some(if (page - bands).is_multiple_of(2) { private.dark } else { private.air })))
    }
}

impl Pages for DicomPages<'_, '_> {
    fn count(&self) -> usize {
        self.images.len() * if self.is_raw { 3 } else { 1 }
    }

    fn size(&self, page: usize, limits: &Limits) -> Result<PageSize, ScanError> {
        match self.find(page) {
            Some((image, None)) => Ok(image.size()),
            Some((_, Some(values))) => {
                let size = PageSize { width: (values.len() / 2) as u32, height: 1 };
                limits.check_size("DICOM dark or air", size.width.into(), 1)?;
                Ok(size)
            }
            None => Err(ScanError::mismatch("page", page, format!("less than {}", self.count()))),
        }
    }

    fn read(&self, page: usize, _limits: &Limits, out: &mut [u16]) -> Result<(), ScanError> {
        match self.find(page) {
            Some((image, None)) => drop(image.copy_counts(0, out)?),
            Some((_, Some(values))) => copy_words(values, out),
            None => return Err(ScanError::mismatch("page", page, format!("less than {}", self.count()))),
        }
        Ok(())
    }
}
