use super::Picture;
use super::colour::{ColourTally, luma};
use crate::tiff::{Page, PageSize, SampleKind, TiffFile, decode_rows, tag};
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

struct TiffPicture<'a> {
    page: Page<'a>,
    photometric: Photometric,
    ignored_pages: u64,
}

/// Reads the first page's header of a TIFF that is not of our profile.
pub(crate) fn open_tiff<'a>(file: &TiffFile<'a>, limits: &Limits) -> Result<Box<dyn Picture + 'a>, ScanError> {
    let [directory, others @ ..] = file.pages.as_slice() else {
        return Err(ScanError::malformed("TIFF pages", "there are none"));
    };
    let page = Page::read(directory, limits)?;
    if page.is_private() {
        return Err(ScanError::malformed(page.name("compression"), "our codes without a description of our profile"));
    }
    if page.kind != SampleKind::Unsigned {
        return Err(ScanError::unsupported(page.name("sample format"), "floating point"));
    }
    let photometric = match (page.photometric, page.samples) {
        (0, 1) => Photometric::Inverted,
        (1, 1 | 2) | (2, 3 | 4) => Photometric::Light,
        (3, 1) if page.bits == 8 => Photometric::Palette(palette(directory.values(tag::COLOR_MAP), &page)?),
        (value, samples) => {
            let value = format!("{value} of {samples} samples");
            return Err(ScanError::unsupported(page.name("photometric interpretation"), value));
        }
    };
    Ok(Box::new(TiffPicture { page, photometric, ignored_pages: others.len() as u64 }))
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
        let Self { page, photometric, ignored_pages } = *self;
        let samples = page.samples as usize;
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
                    tally.row_to_luma(values, samples, max_value, out);
                }
                if matches!(photometric, Photometric::Inverted) {
                    out.iter_mut().for_each(|value| *value = max_value - *value);
                }
            }
        })?;
        let mut warnings = tally.warnings(page.size.pixels());
        if ignored_pages > 0 {
            warnings.push(ScanWarning::PagesIgnored { pages: ignored_pages });
        }
        Ok(warnings)
    }
}

/// Brightness (8 bits) of the 256 colours of a map of 16-bit red, then green, then blue.
fn palette(values: impl Iterator<Item = u32>, page: &Page<'_>) -> Result<Vec<(u16, bool)>, ScanError> {
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
