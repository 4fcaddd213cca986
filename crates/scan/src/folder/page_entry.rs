use std::collections::BTreeMap;
use std::rc::Rc;

use super::{NamedEntry, entry};
use crate::decode::open_picture;
use crate::dicom::{DicomFrame, DicomImage};
use crate::processed::{Picture, TiffPart, open_tiff_part, tiff_parts};
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

    /// The values that a description states itself; none for pictures.
    fn values(&self) -> &[u16] {
        if let Self::Values(values) = self { values } else { &[] }
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

/// Pages by number.
#[derive(Default)]
pub(super) struct PageEntries<'a> {
    pages: Vec<PageEntry<'a>>,
    /// Bytes of the files that are read again for each of their pages.
    bytes: u64,
}

impl<'a> PageEntries<'a> {
    /// Adds a page and returns its number. A picture that is named again is decoded again, so its bytes count again.
    pub(super) fn push(&mut self, page: PageEntry<'a>, limits: &Limits) -> Result<u32, ScanError> {
        let number = self.pages.len() as u64;
        Limits::check("pages of all files", number + 1, limits.max_pages)?;
        if let PageEntry::Picture(entry) = &page {
            self.bytes = self.bytes.saturating_add(entry.bytes.len() as u64);
            Limits::check("bytes of all pages", self.bytes, limits.max_file_bytes)?;
        }
        self.pages.push(page);
        Ok(number as u32)
    }
}

impl Pages for PageEntries<'_> {
    fn count(&self) -> usize {
        self.pages.len()
    }

    fn size(&self, page: usize, limits: &Limits) -> Result<PageSize, ScanError> {
        let page = &self.pages[page];
        match page.open(limits)? {
            Some(picture) if picture.has_loss() => {
                let field = format!("file {:?}: counts in", page.name());
                Err(ScanError::unsupported(field, "a coding with loss"))
            }
            Some(picture) => Ok(picture.size()),
            None => {
                let width = page.values().len();
                limits.check_size("dark or air", width as u64, 1)?;
                Ok(PageSize { width: width as u32, height: 1 })
            }
        }
    }

    fn read(&self, page: usize, limits: &Limits, out: &mut [u16]) -> Result<(), ScanError> {
        let page = &self.pages[page];
        let Some(picture) = page.open(limits)? else {
            out.copy_from_slice(page.values());
            return Ok(());
        };
        match picture.fill(out)?.first() {
            Some(warning) => Err(ScanError::malformed(format!("file {:?}", page.name()), warning.to_string())),
            None => Ok(()),
        }
    }
}
