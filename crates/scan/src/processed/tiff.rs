use super::Picture;
use super::colour::{ColourTally, luma};
use crate::tiff::{Directory, Page, PageSize, SampleKind, TiffFile, decode_rows, tag};
use crate::{Limits, ScanError, ScanWarning};

/// What the samples of a pixel stand for.
enum Photometric {
    /// Grey, or colour, with or without alpha.
    Light,
    /// Grey where 0 is white.
    Inverted,
    /// An index into a table, here of brightness and whether it is coloured.
    Palette(Vec<(u16, bool)>),
}

/// One picture of a file: a page, or one band of a page of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TiffPart {
    page: usize,
    band: Option<usize>,
}

struct TiffPicture<'a> {
    page: Page<'a>,
    photometric: Photometric,
    /// Which sample is the picture, when a pixel has two that are both counts.
    band: Option<usize>,
    /// What is said of the file when this picture is all that is taken from it.
    warnings: Vec<ScanWarning>,
}

/// Reads the first page's header of a TIFF that is not of our profile. Of two bands the first one is the picture: a pair
/// is more than that only where its dark and air counts are stated, which is what [`crate::decode_folder`] is for.
pub(crate) fn open_tiff<'a>(file: &TiffFile<'a>, limits: &Limits) -> Result<Box<dyn Picture + 'a>, ScanError> {
    let first = file.pages.first().ok_or_else(|| ScanError::malformed("TIFF pages", "there are none"))?;
    let (mut warnings, ignored_pages) = (Vec::new(), file.pages.len() - 1);
    let band = has_two_bands(first)?.then_some(0);
    if band.is_some() {
        warnings.push(ScanWarning::BandIgnored);
    }
    if ignored_pages > 0 {
        warnings.push(ScanWarning::PagesIgnored { pages: ignored_pages as u64 });
    }
    Ok(Box::new(TiffPicture { warnings, ..TiffPicture::open(first, band, limits)? }))
}

/// The pictures of a file in their order: one a page, or two where a page has two bands.
pub(crate) fn tiff_parts(file: &TiffFile<'_>) -> Result<Vec<TiffPart>, ScanError> {
    let mut parts = Vec::with_capacity(file.pages.len());
    for (page, directory) in file.pages.iter().enumerate() {
        if has_two_bands(directory)? {
            parts.extend([0, 1].map(|band| TiffPart { page, band: Some(band) }));
        } else {
            parts.push(TiffPart { page, band: None });
        }
    }
    Ok(parts)
}

/// Reads the header of one picture of a file.
pub(crate) fn open_tiff_part<'a>(
    file: &TiffFile<'a>,
    part: TiffPart,
    limits: &Limits,
) -> Result<Box<dyn Picture + 'a>, ScanError> {
    let directory = file.pages.get(part.page);
    let directory = directory.ok_or_else(|| ScanError::mismatch("TIFF page", part.page, "one of the file"))?;
    Ok(Box::new(TiffPicture::open(directory, part.band, limits)?))
}

/// Whether the pixels of a page are two counts of 16 bits, and not grey and how opaque it is.
fn has_two_bands(directory: &Directory<'_>) -> Result<bool, ScanError> {
    /// Values of the tag of extra samples: what they are is not stated.
    const UNSPECIFIED: u32 = 0;
    const BANDS: u32 = 2;
    Ok(directory.number_or(tag::SAMPLES, 1)? == BANDS
        && directory.uniform_or(tag::BITS, BANDS, 1)? == 16
        && matches!(directory.number_or(tag::PHOTOMETRIC, 1)?, 0 | 1)
        && directory.uniform_or(tag::EXTRA_SAMPLES, BANDS, UNSPECIFIED)? == UNSPECIFIED)
}

impl<'a> TiffPicture<'a> {
    fn open(directory: &Directory<'a>, band: Option<usize>, limits: &Limits) -> Result<Self, ScanError> {
        let page = Page::read(directory, limits)?;
        if page.is_private() {
            let reason = "our codes without a description of our profile";
            return Err(ScanError::malformed(page.name("compression"), reason));
        }
        if page.kind != SampleKind::Unsigned {
            return Err(ScanError::unsupported(page.name("sample format"), "floating point"));
        }
        let photometric = match (page.photometric, page.samples) {
            (0, 1) => Photometric::Inverted,
            (0, 2) if band.is_some() => Photometric::Inverted,
            (1, 1 | 2) | (2, 3 | 4) => Photometric::Light,
            (3, 1) if page.bits == 8 => Photometric::Palette(palette(directory.values(tag::COLOR_MAP), &page)?),
            (value, samples) => {
                let value = format!("{value} of {samples} samples");
                return Err(ScanError::unsupported(page.name("photometric interpretation"), value));
            }
        };
        // What lies in a plane of its own is read alone.
        let page = if let Some(band) = band { page.plane(band) } else { page };
        Ok(Self { page, photometric, band, warnings: Vec::new() })
    }
}

impl Picture for TiffPicture<'_> {
    fn size(&self) -> PageSize {
        self.page.size
    }

    fn max_value(&self) -> u16 {
        if self.page.bits == 16 { u16::MAX } else { 255 }
    }

    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let max_value = self.max_value();
        let Self { page, photometric, band, mut warnings } = *self;
        let samples = page.samples as usize;
        // Of two bands, the other is skipped over.
        let (skipped, step, shown) = match band {
            Some(band) if samples > 1 => (band, samples, 1),
            _ => (0, 1, samples),
        };
        let tally = ColourTally::default();
        decode_rows(&page, out, |row, out| match &photometric {
            Photometric::Palette(table) => {
                let mut coloured = 0;
                for (index, out) in row.iter().zip(out) {
                    let (brightness, is_coloured) = table[usize::from(*index)];
                    *out = brightness;
                    coloured += u64::from(is_coloured);
                }
                tally.add(coloured, 0);
            }
            Photometric::Light | Photometric::Inverted => {
                if max_value == 255 {
                    tally.row_to_luma(row.iter().map(|byte| u16::from(*byte)), samples, max_value, out);
                } else {
                    let values = row.chunks_exact(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
                    tally.row_to_luma(values.skip(skipped).step_by(step), shown, max_value, out);
                }
                if matches!(photometric, Photometric::Inverted) {
                    out.iter_mut().for_each(|value| *value = max_value - *value);
                }
            }
        })?;
        warnings.extend(tally.warnings(page.size.pixels()));
        Ok(warnings)
    }
}

/// Brightness (8 bits) of the 256 colours of a map of 16-bit red, then green, then blue.
fn palette(values: impl Iterator<Item = u64>, page: &Page<'_>) -> Result<Vec<(u16, bool)>, ScanError> {
    let map: Vec<u16> = values.take(3 * 256 + 1).map(|value| (value >> 8).min(255) as u16).collect();
    if map.len() != 3 * 256 {
        return Err(ScanError::mismatch(page.name("colour map: values"), map.len(), 3 * 256));
    }
    let entry = |index: usize| {
        let (red, green, blue) = (map[index], map[256 + index], map[512 + index]);
        let spread = red.max(green).max(blue) - red.min(green).min(blue);
        (luma(red, green, blue), spread > super::colour::tolerance(255))
    };
    Ok((0..256).map(entry).collect())
}
