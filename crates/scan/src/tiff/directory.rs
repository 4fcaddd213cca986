use std::collections::BTreeSet;

use super::{field_type, tag};
use crate::{Limits, ScanError};

/// Byte order of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }
}

/// The two layouts of headers and directories: TIFF 6.0 and BigTIFF, which is the same with wider numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Classic,
    Big,
}

impl Layout {
    /// Bytes of an offset, of a field's number of values, and of values that stand in the field itself.
    fn offset_bytes(self) -> u64 {
        match self {
            Self::Classic => 4,
            Self::Big => 8,
        }
    }

    /// Bytes of a directory's number of fields.
    fn fields_bytes(self) -> u64 {
        match self {
            Self::Classic => 2,
            Self::Big => 8,
        }
    }

    /// Bytes of a field: tag, type, number of values, and the values or where they are.
    fn field_bytes(self) -> u64 {
        4 + 2 * self.offset_bytes()
    }
}

/// A TIFF file whose chain of directories has been walked; pages are looked into only when they are needed.
pub(crate) struct TiffFile<'a> {
    pub(crate) pages: Vec<Directory<'a>>,
}

/// The fields of one page that this crate reads.
pub(crate) struct Directory<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) order: ByteOrder,
    pub(crate) index: usize,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    tag: u16,
    kind: u16,
    count: u64,
    /// Exactly `count` values.
    value: &'a [u8],
}

/// More fields than any writer makes; bounds the walk over overlapping directories.
const MAX_FIELDS: u64 = 4_096;

fn array<const N: usize>(bytes: &[u8], at: u64, field: &str) -> Result<[u8; N], ScanError> {
    let part = slice(bytes, at, N as u64, field)?;
    part.try_into().map_err(|_| ScanError::malformed(field, "its size is odd"))
}

/// The number that `len` bytes make: 2, 4 or 8.
fn number_at(bytes: &[u8], order: ByteOrder, at: u64, len: u64, field: &str) -> Result<u64, ScanError> {
    match len {
        2 => Ok(u64::from(order.u16(array(bytes, at, field)?))),
        4 => Ok(u64::from(order.u32(array(bytes, at, field)?))),
        _ => Ok(order.u64(array(bytes, at, field)?)),
    }
}

/// `len` bytes from `at`, checked against the file.
pub(crate) fn slice<'a>(bytes: &'a [u8], at: u64, len: u64, field: &str) -> Result<&'a [u8], ScanError> {
    let end = at.saturating_add(len);
    let range = usize::try_from(at).ok().zip(usize::try_from(end).ok());
    range.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(|| ScanError::Truncated {
        field: field.to_owned(),
        needed: end,
        available: bytes.len() as u64,
    })
}

impl<'a> TiffFile<'a> {
    /// Walks the directories of a file that begins with a TIFF signature.
    pub(crate) fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, ScanError> {
        let order = if bytes.starts_with(b"MM") { ByteOrder::Big } else { ByteOrder::Little };
        let version = order.u16(array(bytes, 2, "TIFF header")?);
        let (layout, link_at) = match version {
            42 => (Layout::Classic, 4),
            43 => {
                let sizes: [u8; 4] = array(bytes, 4, "TIFF header")?;
                let size = order.u16([sizes[0], sizes[1]]);
                if size != 8 || sizes[2..] != [0, 0] {
                    return Err(ScanError::mismatch("BigTIFF bytes of an offset", size, 8));
                }
                (Layout::Big, 8)
            }
            _ => return Err(ScanError::unsupported("TIFF version", version)),
        };
        let mut next = number_at(bytes, order, link_at, layout.offset_bytes(), "TIFF header")?;
        let mut seen = BTreeSet::new();
        let mut pages = Vec::new();
        while next != 0 {
            if !seen.insert(next) {
                return Err(ScanError::malformed("TIFF pages", format!("the list returns to byte {next}")));
            }
            Limits::check("TIFF pages", seen.len() as u64, limits.max_pages)?;
            let (directory, following) = Directory::parse(bytes, order, layout, pages.len(), next)?;
            pages.push(directory);
            next = following;
        }
        if pages.is_empty() {
            return Err(ScanError::malformed("TIFF pages", "there are none"));
        }
        Ok(Self { pages })
    }
}

impl<'a> Directory<'a> {
    /// A directory and where the next one is.
    fn parse(
        bytes: &'a [u8],
        order: ByteOrder,
        layout: Layout,
        index: usize,
        at: u64,
    ) -> Result<(Self, u64), ScanError> {
        let name = format!("page {index}: directory");
        let fields = number_at(bytes, order, at, layout.fields_bytes(), &name)?;
        Limits::check(&format!("page {index}: fields"), fields, MAX_FIELDS)?;
        // The number of fields was read there, so this cannot overflow.
        let start = at + layout.fields_bytes();
        let (field_bytes, offset_bytes) = (layout.field_bytes(), layout.offset_bytes());
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for field in 0..fields {
            let at = start + field_bytes * field;
            let raw: [u8; 4] = array(bytes, at, &name)?;
            let tag = order.u16([raw[0], raw[1]]);
            if !tag::KNOWN.contains(&tag) {
                continue;
            }
            let name = format!("page {index}: tag {tag}");
            if entries.iter().any(|entry| entry.tag == tag) {
                return Err(ScanError::malformed(name, "it occurs twice"));
            }
            let kind = order.u16([raw[2], raw[3]]);
            let count = number_at(bytes, order, at + 4, offset_bytes, &name)?;
            let size = match kind {
                field_type::BYTE | field_type::ASCII => 1,
                field_type::SHORT => 2,
                field_type::LONG => 4,
                field_type::LONG8 if layout == Layout::Big => 8,
                _ => return Err(ScanError::unsupported(format!("{name}: type"), kind)),
            };
            let len = count.saturating_mul(size);
            let inline_at = at + 4 + offset_bytes;
            let value_at = if len <= offset_bytes {
                inline_at
            } else {
                number_at(bytes, order, inline_at, offset_bytes, &name)?
            };
            entries.push(Entry { tag, kind, count, value: slice(bytes, value_at, len, &name)? });
        }
        let next = number_at(bytes, order, start + field_bytes * fields, offset_bytes, &name)?;
        Ok((Self { bytes, order, index, entries }, next))
    }

    /// How errors call a field of this page.
    pub(crate) fn name(&self, field: &str) -> String {
        format!("page {}: {field}", self.index)
    }

    fn entry(&self, tag: u16) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    pub(crate) fn has(&self, tag: u16) -> bool {
        self.entry(tag).is_some()
    }

    /// The bytes of a text or byte field.
    pub(crate) fn text(&self, tag: u16) -> Option<&'a [u8]> {
        self.entry(tag).filter(|entry| matches!(entry.kind, field_type::ASCII | field_type::BYTE)).map(|e| e.value)
    }

    /// How many values a field has; 0 when it is absent.
    pub(crate) fn count(&self, tag: u16) -> u64 {
        self.entry(tag).map_or(0, |entry| entry.count)
    }

    /// All values of a field of whole numbers; empty when it is absent. Takes no memory.
    pub(crate) fn values(&self, tag: u16) -> impl Iterator<Item = u64> + '_ {
        let order = self.order;
        let (kind, value) = self.entry(tag).map_or((field_type::BYTE, &[][..]), |entry| (entry.kind, entry.value));
        let size = match kind {
            field_type::SHORT => 2,
            field_type::LONG => 4,
            field_type::LONG8 => 8,
            _ => 1,
        };
        value.chunks_exact(size).map(move |bytes| match *bytes {
            [a, b, c, d, e, f, g, h] => order.u64([a, b, c, d, e, f, g, h]),
            [a, b, c, d] => u64::from(order.u32([a, b, c, d])),
            [a, b] => u64::from(order.u16([a, b])),
            [a, ..] => u64::from(a),
            [] => 0,
        })
    }

    /// The only value of a field, or `default` when it is absent.
    pub(crate) fn number_or(&self, tag: u16, default: u32) -> Result<u32, ScanError> {
        match self.count(tag) {
            0 if !self.has(tag) => Ok(default),
            1 => self.narrow(tag, self.values(tag).next().unwrap_or(0)),
            count => Err(ScanError::mismatch(self.name(&format!("values of tag {tag}")), count, 1)),
        }
    }

    /// A value that no page needs 64 bits for.
    fn narrow(&self, tag: u16, value: u64) -> Result<u32, ScanError> {
        Limits::check(&self.name(&format!("tag {tag}")), value, u32::MAX.into())?;
        Ok(value as u32)
    }

    /// The only value of a field that must be there.
    pub(crate) fn number(&self, tag: u16) -> Result<u32, ScanError> {
        if !self.has(tag) {
            return Err(ScanError::malformed(self.name(&format!("tag {tag}")), "it is missing"));
        }
        self.number_or(tag, 0)
    }

    /// The value that a field repeats for each of so many samples or states once, or `default` when it is absent.
    pub(crate) fn uniform_or(&self, tag: u16, samples: u32, default: u32) -> Result<u32, ScanError> {
        let count = self.count(tag);
        if self.has(tag) && !(1..=u64::from(samples)).contains(&count) {
            let expected = format!("1 to {samples}");
            return Err(ScanError::mismatch(self.name(&format!("values of tag {tag}")), count, expected));
        }
        let mut values = self.values(tag);
        let first = values.next().unwrap_or(default.into());
        match values.find(|value| *value != first) {
            Some(other) => Err(ScanError::unsupported(self.name(&format!("tag {tag}")), format!("{first}, {other}"))),
            None => self.narrow(tag, first),
        }
    }
}
