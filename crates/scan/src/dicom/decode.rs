use pellucid_core::{ContainerRead, Grade, ScannerIdentity};

use super::element::{Element, Elements, Syntax, is_same_uid, name, number, text};
use super::{CREATOR, PREAMBLE_BYTES, PREFIX, tag, uid};
use crate::processed::{Picture, decode_picture};
use crate::profile::{self, Description, Pages, parse_description};
use crate::tiff::PageSize;
use crate::{Decoded, Limits, PixelSink, ScanError, ScanWarning};

/// A file whose elements were walked over and checked; the pixels are still bytes.
pub(crate) struct DicomImage<'a> {
    size: PageSize,
    bits_allocated: u16,
    bits_stored: u16,
    is_inverted: bool,
    pixels: &'a [u8],
    facts: Facts,
    private: Option<Private<'a>>,
}

/// What a file of ours says beside the picture.
struct Private<'a> {
    description: &'a [u8],
    page: u16,
    dark: &'a [u8],
    air: &'a [u8],
}

/// Where and how a picture was taken, as far as a foreign file says.
#[derive(Default)]
struct Facts {
    scanner: ScannerIdentity,
    acquired_at: Option<String>,
    timezone: Option<String>,
    date: Option<String>,
    time: Option<String>,
    site: Option<String>,
    lane: Option<String>,
    endpoint_mev: Option<f64>,
    object_id: Option<String>,
    is_dicos: bool,
}

/// Elements that decide how pixels are read, with what stands when they are absent.
#[derive(Default)]
struct Header<'a> {
    rows: u16,
    columns: u16,
    samples: Option<u16>,
    bits_allocated: u16,
    bits_stored: Option<u16>,
    high_bit: Option<u16>,
    representation: u16,
    photometric: String,
    frames: Option<String>,
    pixels: Option<Element<'a>>,
    creator: Option<String>,
    description: Option<&'a [u8]>,
    page: u16,
    dark: &'a [u8],
    air: &'a [u8],
}

/// Decodes one DICOM or DICOS file: a scan of ours of one band, or a picture of grade `processed`.
pub(crate) fn decode_dicom(bytes: &[u8], limits: &Limits, sink: &mut dyn PixelSink) -> Result<Decoded, ScanError> {
    let image = DicomImage::open(bytes, limits)?;
    if let Some(description) = image.description(limits) {
        return profile::decode(&DicomPages::new(&[image], limits)?, description?, limits, sink);
    }
    let facts = &image.facts;
    let acquired_at = facts.acquired();
    let is_named = |id: &&String| !id.eq_ignore_ascii_case("unknown") && facts.is_dicos;
    let read = facts.object_id.as_ref().filter(is_named);
    let read = read.map(|id| ContainerRead { id: id.clone(), confidence: 1.0, source: "dicos".to_owned() });
    let (scanner, site, lane) = (facts.scanner.clone(), facts.site.clone(), facts.lane.clone());
    let endpoint_mev = facts.endpoint_mev;
    let mut decoded = decode_picture(Box::new(image), sink)?;
    let scan = &mut decoded.scan;
    (scan.scanner, scan.acquired_at, scan.site, scan.lane) = (scanner, acquired_at, site, lane);
    scan.containers_read = read.into_iter().collect();
    for band in scan.views.iter_mut().flat_map(|view| &mut view.bands) {
        band.endpoint_mev = endpoint_mev;
    }
    Ok(decoded)
}

impl<'a> DicomImage<'a> {
    /// Walks over a file and checks what it says about its pixels.
    pub(crate) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, ScanError> {
        let start = PREAMBLE_BYTES + PREFIX.len();
        if bytes.len() < start {
            return Err(ScanError::Truncated {
                field: "DICOM preamble".to_owned(),
                needed: start as u64,
                available: bytes.len() as u64,
            });
        }
        let mut meta = Elements::new(bytes, start, Syntax::Explicit, limits);
        let mut syntax = None;
        while meta.is_next_of_group(2) {
            let Some(element) = meta.next()? else { break };
            if element.tag == tag::TRANSFER_SYNTAX {
                syntax = element.value.map(text);
            }
        }
        let syntax = syntax.ok_or_else(|| ScanError::malformed(name(tag::TRANSFER_SYNTAX), "it is missing"))?;
        let syntax = if is_same_uid(&syntax, uid::EXPLICIT_LITTLE) {
            Syntax::Explicit
        } else if is_same_uid(&syntax, uid::IMPLICIT_LITTLE) {
            Syntax::Implicit
        } else {
            return Err(ScanError::unsupported("DICOM transfer syntax", syntax));
        };
        let mut elements = Elements::new(bytes, meta.position(), syntax, limits);
        let (mut header, mut facts) = (Header::default(), Facts::default());
        while let Some(element) = elements.next()? {
            header.take(&element)?;
            facts.take(&element);
        }
        header.image(facts, limits)
    }

    /// The description of a file of ours.
    pub(crate) fn description(&self, limits: &Limits) -> Option<Result<Description, ScanError>> {
        self.private.as_ref().map(|private| parse_description(private.description, limits))
    }

    /// Whether two files are of the same scan of ours.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let texts = self.private.as_ref().zip(other.private.as_ref());
        texts.is_some_and(|(one, other)| one.description == other.description)
    }
}

impl<'a> Header<'a> {
    fn take(&mut self, element: &Element<'a>) -> Result<(), ScanError> {
        let value = element.value.unwrap_or_default();
        match element.tag {
            tag::ROWS => self.rows = number(element)?,
            tag::COLUMNS => self.columns = number(element)?,
            tag::SAMPLES => self.samples = Some(number(element)?),
            tag::BITS_ALLOCATED => self.bits_allocated = number(element)?,
            tag::BITS_STORED => self.bits_stored = Some(number(element)?),
            tag::HIGH_BIT => self.high_bit = Some(number(element)?),
            tag::REPRESENTATION => self.representation = number(element)?,
            tag::PHOTOMETRIC => self.photometric = text(value),
            tag::FRAMES => self.frames = Some(text(value)),
            tag::PIXELS => self.pixels = Some(*element),
            tag::CREATOR => self.creator = Some(text(value)),
            tag::DESCRIPTION => self.description = Some(value.trim_ascii_end()),
            tag::PAGE => self.page = number(element)?,
            tag::DARK => self.dark = value,
            tag::AIR => self.air = value,
            _ => {}
        }
        Ok(())
    }

    fn image(self, facts: Facts, limits: &Limits) -> Result<DicomImage<'a>, ScanError> {
        let size = PageSize { width: self.columns.into(), height: self.rows.into() };
        let pixels = limits.check_size("DICOM", size.width.into(), size.height.into())?;
        let frames = self.frames.as_deref().unwrap_or("1");
        if frames != "1" {
            return Err(ScanError::unsupported("DICOM number of frames", frames));
        }
        if self.samples.unwrap_or(1) != 1 {
            return Err(ScanError::unsupported("DICOM samples per pixel", self.samples.unwrap_or(1)));
        }
        let is_inverted = match self.photometric.as_str() {
            "MONOCHROME1" => true,
            "MONOCHROME2" => false,
            other => return Err(ScanError::unsupported("DICOM photometric interpretation", other)),
        };
        let allocated = self.bits_allocated;
        let stored = self.bits_stored.unwrap_or(allocated);
        if !matches!(allocated, 8 | 16) {
            return Err(ScanError::unsupported("DICOM bits allocated", allocated));
        }
        if stored == 0 || stored > allocated {
            return Err(ScanError::mismatch("DICOM bits stored", stored, format!("1 to {allocated}")));
        }
        if self.high_bit.is_some_and(|bit| bit + 1 != stored) {
            return Err(ScanError::unsupported("DICOM high bit", self.high_bit.unwrap_or(0)));
        }
        if self.representation != 0 {
            return Err(ScanError::unsupported("DICOM pixel representation", "signed"));
        }
        let field = name(tag::PIXELS);
        let element = self.pixels.ok_or_else(|| ScanError::malformed(&field, "it is missing"))?;
        let data = element.value.ok_or_else(|| ScanError::unsupported("DICOM pixels", "in fragments"))?;
        let needed = pixels * u64::from(allocated / 8);
        let available = data.len() as u64;
        if available < needed {
            return Err(ScanError::Truncated { field, needed, available });
        }
        // Values have even lengths.
        if available > needed + 1 {
            return Err(ScanError::mismatch(format!("{field}: bytes"), available, needed));
        }
        let is_ours = self.creator.as_deref() == Some(CREATOR);
        let private = self.description.filter(|_| is_ours).map(|description| Private {
            description,
            page: self.page,
            dark: self.dark,
            air: self.air,
        });
        Ok(DicomImage {
            size,
            bits_allocated: allocated,
            bits_stored: stored,
            is_inverted,
            pixels: data,
            facts,
            private,
        })
    }
}

impl Facts {
    fn take(&mut self, element: &Element<'_>) {
        let text = || element.value.map(text).filter(|text| !text.is_empty());
        match element.tag {
            tag::MANUFACTURER => self.scanner.vendor = text().unwrap_or_default(),
            tag::MODEL => self.scanner.model = text().unwrap_or_default(),
            tag::SERIAL => self.scanner.serial = text().unwrap_or_default(),
            tag::CALIBRATION_DATE => self.scanner.calibration_date = text().as_deref().and_then(date),
            tag::ACQUIRED => self.acquired_at = text(),
            tag::TIMEZONE => self.timezone = text(),
            tag::CONTENT_DATE => self.date = text(),
            tag::CONTENT_TIME => self.time = text(),
            tag::INSTITUTION => self.site = text(),
            tag::STATION => self.lane = text(),
            tag::KVP => {
                let volts = text().and_then(|text| text.parse::<f64>().ok()).map(|kilovolts| kilovolts / 1_000.0);
                self.endpoint_mev = volts.filter(|mev| mev.is_finite() && *mev > 0.0);
            }
            tag::OBJECT_ID => self.object_id = text(),
            tag::DICOS_VERSION => self.is_dicos = true,
            _ => {}
        }
    }

    /// RFC 3339; nothing when the offset from UTC is not stated, because then the moment is not known.
    fn acquired(&self) -> Option<String> {
        let (stamp, offset) = match &self.acquired_at {
            Some(stamp) => {
                let at = stamp.find(['+', '-']).unwrap_or(stamp.len());
                (stamp[..at].to_owned(), Some(&stamp[at..]).filter(|offset| !offset.is_empty()))
            }
            None => (self.date.clone()? + self.time.as_deref()?, None),
        };
        let offset = offset.or(self.timezone.as_deref())?;
        let day = date(stamp.get(..8)?)?;
        let digits = stamp.get(8..14).filter(|digits| is_digits(digits))?;
        let fraction = stamp.get(14..).filter(|rest| rest.strip_prefix('.').is_some_and(is_digits)).unwrap_or("");
        let hours = offset.get(1..5).filter(|hours| offset.len() == 5 && is_digits(hours))?;
        let sign = offset.get(..1).filter(|sign| matches!(*sign, "+" | "-"))?;
        let (hour, rest) = digits.split_at(2);
        let (minute, second) = rest.split_at(2);
        let (offset_hour, offset_minute) = hours.split_at(2);
        Some(format!("{day}T{hour}:{minute}:{second}{fraction}{sign}{offset_hour}:{offset_minute}"))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `YYYYMMDD` as `YYYY-MM-DD`.
fn date(text: &str) -> Option<String> {
    (text.len() == 8 && is_digits(text)).then(|| format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
}

impl Picture for DicomImage<'_> {
    fn size(&self) -> PageSize {
        self.size
    }

    fn max_value(&self) -> u16 {
        u16::MAX >> (16 - self.bits_stored)
    }

    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let max_value = self.max_value();
        let above = self.copy_counts(out);
        if self.is_inverted {
            out.iter_mut().for_each(|value| *value = max_value.saturating_sub(*value));
        }
        let warning = ScanWarning::CountsAboveMaximum { view: 0, band: "grey", pixels: above };
        Ok(if above > 0 { vec![warning] } else { Vec::new() })
    }
}

impl DicomImage<'_> {
    /// Copies the pixels as they are; returns how many exceed the bits stored.
    fn copy_counts(&self, out: &mut [u16]) -> u64 {
        if self.bits_allocated == 8 {
            out.iter_mut().zip(self.pixels).for_each(|(value, byte)| *value = u16::from(*byte));
        } else {
            copy_words(self.pixels, out);
        }
        let max_value = self.max_value();
        if max_value == u16::MAX { 0 } else { out.iter().filter(|value| **value > max_value).count() as u64 }
    }
}

fn copy_words(bytes: &[u8], out: &mut [u16]) {
    for (value, bytes) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
}

/// The pages of a scan of ours: what the files say, in the order of the description.
pub(crate) struct DicomPages<'i, 'a> {
    /// The files in the order of their pages.
    images: Vec<&'i DicomImage<'a>>,
    is_raw: bool,
}

impl<'i, 'a> DicomPages<'i, 'a> {
    /// Refuses files that are not exactly those of one scan.
    pub(crate) fn new(images: &'i [DicomImage<'a>], limits: &Limits) -> Result<Self, ScanError> {
        let missing = || ScanError::malformed(name(tag::DESCRIPTION), "it is missing");
        let description = images.first().and_then(|image| image.description(limits)).ok_or_else(missing)??;
        let bands: usize = description.views.iter().map(|view| view.bands.len()).sum();
        if images.len() != bands {
            return Err(ScanError::mismatch("DICOM files of the scan", images.len(), bands));
        }
        let mut ordered: Vec<_> = images.iter().collect();
        ordered.sort_by_key(|image| image.private.as_ref().map(|private| private.page));
        for (index, image) in ordered.iter().enumerate() {
            let page = image.private.as_ref().map(|private| usize::from(private.page));
            if page != Some(index) || !image.is_beside(&images[0]) {
                return Err(ScanError::mismatch(name(tag::PAGE), format!("{page:?}"), index));
            }
        }
        Ok(Self { images: ordered, is_raw: description.grade != Grade::Processed })
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
            Some((image, None)) => Ok(image.size),
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
            Some((image, None)) => drop(image.copy_counts(out)),
            Some((_, Some(values))) => copy_words(values, out),
            None => return Err(ScanError::mismatch("page", page, format!("less than {}", self.count()))),
        }
        Ok(())
    }
}
