use std::borrow::Cow;

use super::element::{Element, name};
use super::rle::RlePicture;
use super::{tag, uid};
use crate::processed::{Picture, open_jpeg, open_jpeg_lossless, open_jpeg2000};
use crate::tiff::PageSize;
use crate::{Limits, ScanError, ScanWarning};

/// More fragments than any writer makes of a file; bounds the list of them.
const MAX_FRAGMENTS: u64 = 65_536;

/// How the pixels of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    None,
    /// Runs of bytes (PS3.5 annex G).
    Rle,
    /// Baseline JPEG of 8 bits, with loss.
    Jpeg,
    LosslessJpeg,
    Jpeg2000,
}

impl Coding {
    /// The coding of a transfer syntax whose elements are explicit; `None` for unknown ones.
    pub(super) fn of(syntax: &str) -> Option<Self> {
        const CODINGS: [(&str, Coding); 7] = [
            (uid::EXPLICIT_LITTLE, Coding::None),
            (uid::RLE, Coding::Rle),
            (uid::JPEG_BASELINE, Coding::Jpeg),
            (uid::JPEG_LOSSLESS, Coding::LosslessJpeg),
            (uid::JPEG_LOSSLESS_FIRST_ORDER, Coding::LosslessJpeg),
            (uid::JPEG_2000_LOSSLESS, Coding::Jpeg2000),
            (uid::JPEG_2000, Coding::Jpeg2000),
        ];
        CODINGS.iter().find(|(known, _)| super::element::is_same_uid(syntax, known)).map(|(_, coding)| *coding)
    }
}

/// The pixels of all frames, still as bytes.
pub(super) struct Pixels<'a> {
    pub(super) size: PageSize,
    /// 8 or 16.
    pub(super) bits_allocated: u16,
    coding: Coding,
    /// Whether the coding of any frame changes values.
    pub(super) has_loss: bool,
    /// The pieces of each frame, in their order.
    frames: Vec<Vec<&'a [u8]>>,
    limits: Limits,
}

impl<'a> Pixels<'a> {
    /// Finds every frame and checks what it says of itself; takes memory for lists only.
    pub(super) fn new(
        element: &Element<'a>,
        coding: Coding,
        size: PageSize,
        bits_allocated: u16,
        frames: usize,
        limits: &Limits,
    ) -> Result<Self, ScanError> {
        let frames = match (coding, element.value, element.fragments) {
            (Coding::None, Some(data), _) => plain(data, size.pixels() * u64::from(bits_allocated / 8), frames)?,
            (Coding::None, None, _) => {
                return Err(ScanError::mismatch(name(tag::PIXELS), "in fragments", "uncompressed in one piece"));
            }
            (_, _, Some(data)) => encapsulated(data, frames, coding)?,
            (_, _, None) => {
                return Err(ScanError::mismatch(name(tag::PIXELS), "in one piece", "compressed in fragments"));
            }
        };
        let mut pixels = Self { size, bits_allocated, coding, has_loss: false, frames, limits: *limits };
        if coding != Coding::None {
            for frame in 0..pixels.count() {
                let data = pixels.frame(frame)?;
                pixels.has_loss |= pixels.open(frame, &data)?.has_loss();
            }
        }
        Ok(pixels)
    }

    /// How many frames there are.
    pub(super) fn count(&self) -> usize {
        self.frames.len()
    }

    /// The bytes of a frame, copied only when it is in pieces.
    fn frame(&self, frame: usize) -> Result<Cow<'a, [u8]>, ScanError> {
        match self.frames.get(frame).map_or(&[][..], Vec::as_slice) {
            [] => Err(ScanError::mismatch("DICOM frame", frame, format!("less than {}", self.frames.len()))),
            [only] => Ok(Cow::Borrowed(only)),
            pieces => {
                let bytes = pieces.iter().map(|piece| piece.len() as u64).sum();
                Limits::check("DICOM frame: bytes of its fragments", bytes, self.limits.max_working_bytes)?;
                Ok(Cow::Owned(pieces.concat()))
            }
        }
    }

    /// Reads the header of a compressed frame, given its bytes; it must agree with the file.
    fn open<'d>(&self, frame: usize, data: &'d [u8]) -> Result<Box<dyn Picture + 'd>, ScanError> {
        // What fragments were joined into is held while it is decoded.
        let is_joined = self.frames.get(frame).is_some_and(|pieces| pieces.len() > 1);
        let joined = if is_joined { data.len() as u64 } else { 0 };
        let max_working_bytes = self.limits.max_working_bytes.saturating_sub(joined);
        let limits = Limits { max_working_bytes, ..self.limits };
        let picture: Box<dyn Picture + 'd> = match self.coding {
            Coding::Jpeg => open_jpeg(data, &limits)?,
            Coding::LosslessJpeg => open_jpeg_lossless(data, &limits)?,
            Coding::Jpeg2000 => open_jpeg2000(data, &limits)?,
            Coding::Rle | Coding::None => Box::new(RlePicture::open(data, self.size, self.bits_allocated)?),
        };
        let show = |size: PageSize| format!("{} x {}", size.width, size.height);
        if picture.size() != self.size {
            return Err(ScanError::mismatch("DICOM frame: size", show(picture.size()), show(self.size)));
        }
        if picture.max_value() > u16::MAX >> (16 - self.bits_allocated) {
            let bits = 16 - picture.max_value().leading_zeros();
            return Err(ScanError::mismatch("DICOM frame: bits", bits, format!("at most {}", self.bits_allocated)));
        }
        Ok(picture)
    }

    /// Decodes a frame into `out`, which has its size, as it is stored.
    pub(super) fn read(&self, frame: usize, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let data = self.frame(frame)?;
        match (self.coding, self.bits_allocated) {
            (Coding::None, 8) => out.iter_mut().zip(&*data).for_each(|(value, byte)| *value = u16::from(*byte)),
            (Coding::None, _) => super::copy_words(&data, out),
            _ => return self.open(frame, &data)?.fill(out),
        }
        Ok(Vec::new())
    }
}

/// The frames of uncompressed pixels, `needed` bytes each.
fn plain(data: &[u8], needed: u64, frames: usize) -> Result<Vec<Vec<&[u8]>>, ScanError> {
    let (available, all) = (data.len() as u64, needed.saturating_mul(frames as u64));
    if available < all {
        return Err(ScanError::Truncated { field: name(tag::PIXELS), needed: all, available });
    }
    // Values have even lengths.
    if available > all + 1 {
        return Err(ScanError::mismatch(format!("{}: bytes", name(tag::PIXELS)), available, all));
    }
    Ok(data.chunks_exact(needed as usize).take(frames).map(|frame| vec![frame]).collect())
}

/// The fragments of each frame of encapsulated pixels (PS3.5 annex A.4).
fn encapsulated(data: &[u8], frames: usize, coding: Coding) -> Result<Vec<Vec<&[u8]>>, ScanError> {
    let mut items = Items { data, at: 0 };
    let Some((_, table)) = items.next()? else {
        return Err(ScanError::malformed(name(tag::PIXELS), "it has no table of offsets"));
    };
    let first = items.at;
    let mut fragments = Vec::new();
    while let Some((at, fragment)) = items.next()? {
        fragments.push((at - first, fragment));
        Limits::check("DICOM fragments", fragments.len() as u64, MAX_FRAGMENTS)?;
    }
    let starts_frame = |fragment: &[u8]| match coding {
        Coding::Jpeg | Coding::LosslessJpeg => fragment.starts_with(b"\xff\xd8"),
        Coding::Jpeg2000 => fragment.starts_with(b"\xff\x4f\xff\x51"),
        Coding::Rle | Coding::None => true,
    };
    let offsets = table.chunks_exact(4).map(|o| u32::from_le_bytes([o[0], o[1], o[2], o[3]]) as usize);
    let (has_table, mut offsets) = (offsets.len() > 0, offsets.peekable());
    let mut found: Vec<Vec<&[u8]>> = Vec::new();
    for (index, (at, fragment)) in fragments.iter().enumerate() {
        // One frame takes everything; a table says where frames begin; without one, fragments that begin a picture do.
        let is_named = offsets.next_if_eq(at).is_some();
        let is_first = index == 0 || frames > 1 && if has_table { is_named } else { starts_frame(fragment) };
        match found.last_mut() {
            Some(frame) if !is_first => frame.push(fragment),
            _ => found.push(vec![fragment]),
        }
        Limits::check("DICOM frames in the fragments", found.len() as u64, frames as u64)?;
    }
    if found.len() != frames {
        return Err(ScanError::mismatch("DICOM frames in the fragments", found.len(), frames));
    }
    Ok(found)
}

/// Walks over the items of encapsulated pixels.
struct Items<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Items<'a> {
    /// Where an item begins, and its content; `None` at the end.
    fn next(&mut self) -> Result<Option<(usize, &'a [u8])>, ScanError> {
        let (start, rest) = (self.at, self.data.get(self.at..).unwrap_or_default());
        if rest.is_empty() {
            return Ok(None);
        }
        let Some((&[0xFE, 0xFF, 0x00, 0xE0, a, b, c, d], rest)) = rest.split_first_chunk() else {
            return Err(ScanError::malformed(name(tag::PIXELS), "something else than a fragment is in it"));
        };
        let length = u32::from_le_bytes([a, b, c, d]);
        let content = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let content = content.ok_or_else(|| ScanError::Truncated {
            field: format!("{}: fragment", name(tag::PIXELS)),
            needed: length.into(),
            available: rest.len() as u64,
        })?;
        self.at = start + 8 + content.len();
        Ok(Some((start, content)))
    }
}
