use std::rc::Rc;

use super::decode::DicomImage;
use crate::processed::Picture;
use crate::tiff::PageSize;
use crate::{ScanError, ScanWarning};

/// One frame of a file as a picture.
pub(crate) struct DicomFrame<'a> {
    image: Rc<DicomImage<'a>>,
    frame: usize,
}

impl<'a> DicomFrame<'a> {
    pub(crate) fn new(image: Rc<DicomImage<'a>>, frame: usize) -> Self {
        Self { image, frame }
    }
}

impl Picture for DicomFrame<'_> {
    fn size(&self) -> PageSize {
        self.image.size()
    }

    fn max_value(&self) -> u16 {
        self.image.max_value()
    }

    fn has_loss(&self) -> bool {
        self.image.has_loss
    }

    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let max_value = self.max_value();
        let mut warnings = self.image.copy_counts(self.frame, out)?;
        let above = if max_value == u16::MAX { 0 } else { out.iter().filter(|value| **value > max_value).count() };
        if self.image.is_inverted {
            out.iter_mut().for_each(|value| *value = max_value.saturating_sub(*value));
        }
        if above > 0 {
            let (view, pixels) = (self.frame, above as u64);
            warnings.push(ScanWarning::CountsAboveMaximum { view, band: "grey", pixels });
        }
        Ok(warnings)
    }
}
