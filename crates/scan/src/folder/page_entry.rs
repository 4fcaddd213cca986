use std::collections::BTreeMap;
use std::rc::Rc;

use super::{NamedEntry, entry};
use crate::decode::open_picture;
use crate::dicom::{DicomFrame, DicomImage};
use crate::processed::{Picture, TiffPart, is_lossless_jpeg, open_tiff_part, tiff_parts};
use crate::profile::Pages;
use crate::tiff::{PageSize, TiffFile};
use crate::{FileFormat, Limits, ScanError, sniff};

/// One page of a scan of several files. Cloning is cheap but for values.
#[derive(Clone)]
pub(super) enum PageEntry<'a> {
    /// A picture without loss and without colour.
    Picture(NamedEntry<'a>),
    /// One picture of a TIFF, which may hold several.
    Tiff { name: &'a str, file: Rc<TiffFile<'a>>, part: TiffPart },
    /// One frame of a DICOM file, which may have several.
    Frame { name: &'a str, image: Rc<DicomImage<'a>>, frame: usize },
    /// One row of values that a description states itself.
    Values(Vec<u16>),
}

impl<'a> PageEntry<'a> {
    /// The pictures of a file: one; in a TIFF one a page, or two where the pixels of a page are two counts; in DICOM one
    /// a frame.
    fn pictures(entry: NamedEntry<'a>, limits: &Limits) -> Result<Vec<Self>, ScanError> {
        let name = entry.name;
        match sniff(entry.bytes) {
            Some(FileFormat::Tiff) => {
                let file = Rc::new(TiffFile::parse(entry.bytes, limits)?);
                let parts = tiff_parts(&file)?.into_iter();
                Ok(parts.map(|part| Self::Tiff { name, file: Rc::clone(&file), part }).collect())
            }
            Some(FileFormat::Dicom) => {
                let image = Rc::new(DicomImage::open(entry.bytes, limits)?);
                let frames = 0..image.frames();
                Ok(frames.map(|frame| Self::Frame { name, image: Rc::clone(&image), frame }).collect())
            }
            _ => Ok(vec![Self::Picture(entry)]),
        }
    }

    /// The name of the file, if it is one.
    fn name(&self) -> &'a str {
        match self {
            Self::Picture(entry) => entry.name,
            Self::Tiff { name, .. } | Self::Frame { name, .. } => name,
            Self::Values(_) => "",
        }
    }

    /// Reads the header of a picture; `None` for values.
    fn open(&self, limits: &Limits) -> Result<Option<Box<dyn Picture + 'a>>, ScanError> {
        match self {
            Self::Picture(entry) => Ok(Some(open_picture(entry.bytes, limits)?)),
            Self::Tiff { file, part, .. } => Ok(Some(open_tiff_part(file, *part, limits)?)),
            Self::Frame { image, frame, .. } => Ok(Some(Box::new(DicomFrame::new(Rc::clone(image), *frame)))),
            Self::Values(_) => Ok(None),
        }
    }
}

/// The pictures of the files that a description names, each file read once however often it is named.
pub(super) struct Pictures<'e, 'a> {
    entries: &'e [NamedEntry<'a>],
    limits: &'e Limits,
    found: BTreeMap<&'a str, Vec<PageEntry<'a>>>,
}

impl<'e, 'a> Pictures<'e, 'a> {
    pub(super) fn new(entries: &'e [NamedEntry<'a>], limits: &'e Limits) -> Self {
        Self { entries, limits, found: BTreeMap::new() }
    }

    /// The pictures of a file, in its order.
    pub(super) fn of(&mut self, name: &str) -> Result<&[PageEntry<'a>], ScanError> {
        if !self.found.contains_key(name) {
            let file = entry(self.entries, name)?;
            self.found.insert(file.name, PageEntry::pictures(file, self.limits)?);
            let all: usize = self.found.values().map(Vec::len).sum();
            Limits::check("pictures of all files", all as u64, self.limits.max_pages)?;
        }
        Ok(self.found.get(name).map_or(&[], Vec::as_slice))
    }

    /// How many files were named.
    pub(super) fn files(&self) -> usize {
        self.found.len()
    }
}

/// Whether a picture is compressed in a way that changes counts.
fn has_loss(bytes: &[u8]) -> bool {
    sniff(bytes) == Some(FileFormat::Jpeg) && !is_lossless_jpeg(bytes)
}

/// Pages by number.
pub(super) struct PageEntries<'a>(pub(super) Vec<PageEntry<'a>>);

impl Pages for PageEntries<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn size(&self, page: usize, limits: &Limits) -> Result<PageSize, ScanError> {
        match &self.0[page] {
            PageEntry::Picture(entry) if has_loss(entry.bytes) => {
                Err(ScanError::unsupported(format!("file {:?}: counts in", entry.name), "JPEG with loss"))
            }
            PageEntry::Values(values) => {
                limits.check_size("dark or air", values.len() as u64, 1)?;
                Ok(PageSize { width: values.len() as u32, height: 1 })
            }
            page => Ok(page.open(limits)?.map_or(PageSize { width: 0, height: 0 }, |picture| picture.size())),
        }
    }

    fn read(&self, page: usize, limits: &Limits, out: &mut [u16]) -> Result<(), ScanError> {
        let page = &self.0[page];
        if let PageEntry::Values(values) = page {
            out.copy_from_slice(values);
            return Ok(());
        }
        let warnings = page.open(limits)?.map_or(Ok(Vec::new()), |picture| picture.fill(out))?;
        match warnings.first() {
            Some(warning) => Err(ScanError::malformed(format!("file {:?}", page.name()), warning.to_string())),
            None => Ok(()),
        }
    }
}
