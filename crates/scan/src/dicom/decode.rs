use std::rc::Rc;

use pellucid_core::{ContainerRead, ScannerIdentity};

use super::element::{Element, Elements, Syntax, is_same_uid, name, number, text};
use super::frame::DicomFrame;
use super::pages::DicomPages;
use super::pixels::{Coding, Pixels};
use super::{CREATOR, PREAMBLE_BYTES, PREFIX, tag, uid};
use crate::processed::decode_picture;
use crate::profile::{self, Description, parse_description};
use crate::tiff::PageSize;
use crate::{Decoded, Limits, PixelSink, ScanError, ScanWarning};

/// A file whose elements were walked over and checked; the pixels are still bytes.
pub(crate) struct DicomImage<'a> {
    bits_stored: u16,
    pub(super) is_inverted: bool,
    /// Whether the counts may differ from those that were measured: by their coding, or because the file says so.
    pub(super) has_loss: bool,
    pixels: Pixels<'a>,
    facts: Facts,
    pub(super) private: Option<Private<'a>>,
}

/// What a file of ours says beside the picture.
pub(super) struct Private<'a> {
    description: &'a [u8],
    pub(super) page: u16,
    pub(super) dark: &'a [u8],
    pub(super) air: &'a [u8],
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
    class: String,
    photometric: String,
    frames: Option<String>,
    has_loss: bool,
    pixels: Option<Element<'a>>,
    creator: Option<String>,
    description: Option<&'a [u8]>,
    page: u16,
    dark: &'a [u8],
    air: &'a [u8],
}

/// Decodes one DICOM or DICOS file: a scan of ours of one band, or one of grade `processed` with a view for each frame.
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
    let image = Rc::new(image);
    let mut decoded = decode_picture(Box::new(DicomFrame::new(Rc::clone(&image), 0)), sink)?;
    for frame in 1..image.frames() {
        let next = decode_picture(Box::new(DicomFrame::new(Rc::clone(&image), frame)), sink)?;
        decoded.scan.views.extend(next.scan.views);
        decoded.warnings.extend(next.warnings);
    }
    let scan = &mut decoded.scan;
    if image.frames() > 1 {
        (1..).zip(&mut scan.views).for_each(|(number, view)| view.name = format!("frame {number}"));
    }
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
        let (kind, coding) = if is_same_uid(&syntax, uid::IMPLICIT_LITTLE) {
            (Syntax::Implicit, Coding::None)
        } else {
            let coding = Coding::of(&syntax);
            (Syntax::Explicit, coding.ok_or_else(|| ScanError::unsupported("DICOM transfer syntax", syntax))?)
        };
        let mut elements = Elements::new(bytes, meta.position(), kind, limits);
        let (mut header, mut facts) = (Header::default(), Facts::default());
        while let Some(element) = elements.next()? {
            header.take(&element)?;
            facts.take(&element);
        }
        header.image(coding, facts, limits)
    }

    /// The description of a file of ours.
    pub(crate) fn description(&self, limits: &Limits) -> Option<Result<Description, ScanError>> {
        self.private.as_ref().map(|private| parse_description(private.description, limits))
    }

    /// Columns and rows of every frame.
    pub(super) fn size(&self) -> PageSize {
        self.pixels.size
    }

    /// How many frames there are.
    pub(crate) fn frames(&self) -> usize {
        self.pixels.count()
    }

    pub(super) fn max_value(&self) -> u16 {
        u16::MAX >> (16 - self.bits_stored)
    }

    /// Decodes a frame as it is stored.
    pub(super) fn copy_counts(&self, frame: usize, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        self.pixels.read(frame, out)
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
            tag::CLASS => self.class = text(value),
            tag::PHOTOMETRIC => self.photometric = text(value),
            tag::FRAMES => self.frames = Some(text(value)),
            tag::LOSSY => self.has_loss = text(value) == "01",
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

    fn image(self, coding: Coding, facts: Facts, limits: &Limits) -> Result<DicomImage<'a>, ScanError> {
        if uid::VOLUMES.iter().any(|volume| is_same_uid(volume, &self.class)) {
            let value = format!("{} (computed tomography: a volume, not projections)", self.class);
            return Err(ScanError::unsupported("DICOM SOP class", value));
        }
        let size = PageSize { width: self.columns.into(), height: self.rows.into() };
        let pixels = limits.check_size("DICOM", size.width.into(), size.height.into())?;
        let frames = self.frames.as_deref().filter(|frames| !frames.is_empty()).unwrap_or("1");
        let count = frames.parse::<u64>().ok().filter(|count| *count > 0);
        let count =
            count.ok_or_else(|| ScanError::malformed("DICOM number of frames", format!("it is {frames:?}")))?;
        Limits::check("DICOM number of frames", count, limits.max_pages)?;
        Limits::check("DICOM: pixels of all frames", pixels.saturating_mul(count), limits.max_pixels)?;
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
        if let Some(high_bit) = self.high_bit.filter(|bit| *bit != stored - 1) {
            return Err(ScanError::unsupported("DICOM high bit", high_bit));
        }
        if self.representation != 0 {
            return Err(ScanError::unsupported("DICOM pixel representation", "signed"));
        }
        let element = self.pixels.ok_or_else(|| ScanError::malformed(name(tag::PIXELS), "it is missing"))?;
        let pixels = Pixels::new(&element, coding, size, allocated, count as usize, limits)?;
        let is_ours = self.creator.as_deref() == Some(CREATOR);
        let private = self.description.filter(|_| is_ours).map(|description| Private {
            description,
            page: self.page,
            dark: self.dark,
            air: self.air,
        });
        let has_loss = self.has_loss || pixels.has_loss;
        Ok(DicomImage { bits_stored: stored, is_inverted, has_loss, pixels, facts, private })
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
                let kilovolts = text().and_then(|text| text.parse::<f64>().ok());
                self.endpoint_mev = kilovolts.map(|kv| kv / 1_000.0).filter(|mev| mev.is_finite() && *mev > 0.0);
            }
            tag::OBJECT_ID => self.object_id = text(),
            tag::DICOS_VERSION => self.is_dicos = true,
            _ => {}
        }
    }

    /// RFC 3339; nothing when the offset from UTC is not stated, because then the moment is not known, or when it is no
    /// time of a day.
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
        let digits = stamp.get(8..14)?;
        let fraction = stamp.get(14..).filter(|rest| rest.strip_prefix('.').is_some_and(is_digits)).unwrap_or("");
        let hours = offset.get(1..).filter(|hours| hours.len() == 4)?;
        let sign = offset.get(..1).filter(|sign| matches!(*sign, "+" | "-"))?;
        let [hour, offset_hour] = [digits, hours].map(|digits| two_digits(digits, 0, 0..=23));
        let [minute, offset_minute] = [digits, hours].map(|digits| two_digits(digits, 2, 0..=59));
        // A leap second is the sixty-first.
        let second = two_digits(digits, 4, 0..=60)?;
        let (hour, minute, offset_hour, offset_minute) = (hour?, minute?, offset_hour?, offset_minute?);
        Some(format!("{day}T{hour}:{minute}:{second}{fraction}{sign}{offset_hour}:{offset_minute}"))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Two digits of a text from `at`, if they are a number of a range.
fn two_digits(text: &str, at: usize, range: std::ops::RangeInclusive<u8>) -> Option<&str> {
    let digits = text.get(at..at + 2).filter(|digits| is_digits(digits))?;
    digits.parse().is_ok_and(|number| range.contains(&number)).then_some(digits)
}

/// `YYYYMMDD` as `YYYY-MM-DD`.
fn date(text: &str) -> Option<String> {
    let year = text.get(..4).filter(|year| is_digits(year) && text.len() == 8)?;
    Some(format!("{year}-{}-{}", two_digits(text, 4, 1..=12)?, two_digits(text, 6, 1..=31)?))
}
