use crate::{Limits, ScanError};

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// With their type (value representation).
    Explicit,
    /// Without.
    Implicit,
}

/// Stands for a length that only the end mark tells.
const UNDEFINED: u32 = u32::MAX;
const ITEM: u32 = 0xFFFE_E000;
const ITEM_END: u32 = 0xFFFE_E00D;
const SEQUENCE_END: u32 = 0xFFFE_E0DD;

/// Types whose length takes four bytes, after two that are not used (PS3.5 section 7.1.2).
const LONG_TYPES: [&[u8; 2]; 13] =
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];

struct Header {
    tag: u32,
    kind: [u8; 2],
    length: u32,
}

/// One element at the top level.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u32,
    /// The value; `None` when its length is undefined: a sequence that was walked over, or compressed pixels.
    pub(super) value: Option<&'a [u8]>,
    /// What stands between the header and the end mark when the length is undefined.
    pub(super) fragments: Option<&'a [u8]>,
}

/// Walks over the elements of a data set, once, in the order of the file. Takes no memory.
pub(super) struct Elements<'a> {
    bytes: &'a [u8],
    at: usize,
    syntax: Syntax,
    max_depth: u64,
    last_tag: Option<u32>,
}

pub(super) fn name(tag: u32) -> String {
    format!("DICOM element ({:04x},{:04x})", tag >> 16, tag & 0xFFFF)
}

impl<'a> Elements<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize, syntax: Syntax, limits: &Limits) -> Self {
        Self { bytes, at, syntax, max_depth: limits.max_description_depth, last_tag: None }
    }

    fn take(&mut self, tag: u32, len: u64) -> Result<&'a [u8], ScanError> {
        let available = self.bytes.len() as u64;
        let end = self.at as u64 + len;
        let part = usize::try_from(end).ok().and_then(|end| self.bytes.get(self.at..end));
        let part = part.ok_or_else(|| ScanError::Truncated { field: name(tag), needed: end, available })?;
        self.at += part.len();
        Ok(part)
    }

    fn u16(&mut self, tag: u32) -> Result<u16, ScanError> {
        Ok(self.take(tag, 2)?.iter().rev().fold(0, |value, byte| value << 8 | u16::from(*byte)))
    }

    fn u32(&mut self, tag: u32) -> Result<u32, ScanError> {
        Ok(u32::from(self.u16(tag)?) | u32::from(self.u16(tag)?) << 16)
    }

    fn header(&mut self, before: u32) -> Result<Header, ScanError> {
        let (group, element) = (self.u16(before)?, self.u16(before)?);
        let tag = u32::from(group) << 16 | u32::from(element);
        // Items and end marks have no type in either syntax.
        if self.syntax == Syntax::Implicit || group == 0xFFFE {
            return Ok(Header { tag, kind: *b"UN", length: self.u32(tag)? });
        }
        let kind = self.take(tag, 2)?;
        let kind = [kind[0], kind[1]];
        if !kind.iter().all(u8::is_ascii_uppercase) {
            return Err(ScanError::malformed(name(tag), format!("its type is {:02x} {:02x}", kind[0], kind[1])));
        }
        if LONG_TYPES.contains(&&kind) {
            self.u16(tag)?;
            return Ok(Header { tag, kind, length: self.u32(tag)? });
        }
        Ok(Header { tag, kind, length: u32::from(self.u16(tag)?) })
    }

    /// Whether the next element belongs to a group; false at the end.
    pub(super) fn is_next_of_group(&self, group: u16) -> bool {
        self.bytes.get(self.at..self.at + 2) == Some(&group.to_le_bytes())
    }

    /// Where the next element begins.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next element; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Element<'a>>, ScanError> {
        if self.at == self.bytes.len() {
            return Ok(None);
        }
        let header = self.header(self.last_tag.unwrap_or(0))?;
        // Elements are in order, so nothing can be said twice.
        if self.last_tag.is_some_and(|last| header.tag <= last) {
            return Err(ScanError::malformed(name(header.tag), "it does not come after the one before it"));
        }
        self.last_tag = Some(header.tag);
        if header.length != UNDEFINED {
            let value = Some(self.take(header.tag, header.length.into())?);
            return Ok(Some(Element { tag: header.tag, value, fragments: None }));
        }
        if !matches!(&header.kind, b"SQ" | b"UN" | b"OB" | b"OW") {
            return Err(ScanError::malformed(name(header.tag), "its length is undefined"));
        }
        let start = self.at;
        self.skip_sequence(&header)?;
        // The end mark has a tag and a length.
        let fragments = self.at.checked_sub(8).and_then(|end| self.bytes.get(start..end));
        Ok(Some(Element { tag: header.tag, value: None, fragments }))
    }

    /// Walks to the end mark of a sequence of undefined length. Levels are counted, not recursed into.
    fn skip_sequence(&mut self, sequence: &Header) -> Result<(), ScanError> {
        let (tag, syntax, mut depth) = (sequence.tag, self.syntax, 1_u64);
        // What is in a sequence of unknown type has no types either (PS3.5 section 6.2.2 note 2): the depth of that one.
        let mut unknown = (sequence.kind == *b"UN").then_some(1);
        while depth > 0 {
            if depth > self.max_depth {
                Limits::check(&format!("{}: nesting", name(tag)), depth, self.max_depth)?;
            }
            self.syntax = if unknown.is_some() { Syntax::Implicit } else { syntax };
            let header = self.header(tag)?;
            match (header.tag, header.length) {
                (ITEM_END | SEQUENCE_END, _) => {
                    depth -= 1;
                    unknown = unknown.filter(|level| *level <= depth);
                }
                (_, UNDEFINED) => {
                    depth += 1;
                    if header.kind == *b"UN" && header.tag != ITEM {
                        unknown = unknown.or(Some(depth));
                    }
                }
                (_, length) => drop(self.take(tag, length.into())?),
            }
        }
        self.syntax = syntax;
        Ok(())
    }
}

/// Longer texts are cut: nothing that is read as text here is allowed to be longer.
const MAX_TEXT: usize = 1_024;

/// Text of a value, without padding; characters that are not UTF-8 are replaced.
pub(super) fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(&value[..value.len().min(MAX_TEXT)]).trim_matches([' ', '\0']).to_owned()
}

/// The one unsigned 16-bit number of a value.
pub(super) fn number(element: &Element<'_>) -> Result<u16, ScanError> {
    match element.value {
        Some(&[low, high]) => Ok(u16::from_le_bytes([low, high])),
        Some(value) => Err(ScanError::mismatch(format!("{}: bytes", name(element.tag)), value.len(), 2)),
        None => Err(ScanError::malformed(name(element.tag), "it is a sequence")),
    }
}

/// Whether two UIDs name the same, leading zeros of components aside.
pub(super) fn is_same_uid(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|uid| uid.split('.').map(|part| part.trim_start_matches('0')));
    one.eq(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8], syntax: Syntax) -> Result<Vec<(u32, Option<usize>)>, ScanError> {
        let mut elements = Elements::new(bytes, 0, syntax, &Limits::default());
        let mut found = Vec::new();
        while let Some(element) = elements.next()? {
            found.push((element.tag, element.value.map(<[u8]>::len)));
        }
        Ok(found)
    }

    #[test]
    fn both_syntaxes_and_nested_sequences_are_walked() {
        let explicit = b"\x08\0\x60\0CS\x02\0DX\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\
            \xfe\xff\x00\xe0\xff\xff\xff\xff\x08\0\x50\x11UI\x02\x001\0\xfe\xff\x0d\xe0\0\0\0\0\
            \xfe\xff\xdd\xe0\0\0\0\0\x28\0\x10\0US\x02\0\x07\0";
        assert_eq!(
            walk(explicit, Syntax::Explicit).unwrap(),
            [(0x0008_0060, Some(2)), (0x0008_1140, None), (0x0028_0010, Some(2))]
        );
        let implicit = b"\x08\0\x60\0\x02\0\0\0DX\x08\0\x40\x11\xff\xff\xff\xff\xfe\xff\x00\xe0\x02\0\0\0ab\
            \xfe\xff\xdd\xe0\0\0\0\0";
        assert_eq!(walk(implicit, Syntax::Implicit).unwrap(), [(0x0008_0060, Some(2)), (0x0008_1140, None)]);
    }

    #[test]
    fn what_is_in_sequences_of_unknown_type_has_no_types() {
        // An item of one element without a type, its end, and the end of the sequence.
        let content = b"\xfe\xff\x00\xe0\xff\xff\xff\xff\x09\0\x50\x11\x02\0\0\x001\0\xfe\xff\x0d\xe0\0\0\0\0\
            \xfe\xff\xdd\xe0\0\0\0\0";
        let unknown = [&b"\x09\0\x40\x11UN\0\0\xff\xff\xff\xff"[..], content].concat();
        let after = b"\x28\0\x10\0US\x02\0\x07\0";
        let expected = [(0x0009_1140, None), (0x0028_0010, Some(2))];
        assert_eq!(walk(&[&unknown[..], after].concat(), Syntax::Explicit).unwrap(), expected);
        // Inside of one whose elements have types, before another one of these.
        let typed = [
            &b"\x09\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"[..],
            &unknown,
            b"\x09\0\x50\x11UI\x02\x001\0\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0",
            after,
        ];
        assert_eq!(walk(&typed.concat(), Syntax::Explicit).unwrap(), expected);
    }

    #[test]
    fn lies_are_refused() {
        let refused = |bytes: &[u8], text: &str| {
            let error = walk(bytes, Syntax::Explicit).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        };
        refused(b"\x08\0\x60\0CS\xff\xffDX", "element (0008,0060) needs 65543 bytes, 10 are there");
        refused(b"\x08\0\x60\0CS\x02\0DX\x08\0\x60\0CS\x02\0DX", "does not come after");
        refused(b"\x08\0\x60\0??\x02\0DX", "its type is 3f 3f");
        refused(b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff", "element (0008,1140) needs");
        let mut endless = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff".to_vec();
        endless.extend(b"\xfe\xff\x00\xe0\xff\xff\xff\xff".repeat(100_000));
        refused(&endless, "nesting is 65, more than the limit of 64");
    }

    #[test]
    fn leading_zeros_of_uids_do_not_matter() {
        assert!(is_same_uid("1.2.840.10008.01.2.1", "1.2.840.10008.1.2.1"));
        assert!(is_same_uid("1.2.0", "1.2.00"));
        assert!(!is_same_uid("1.2.840.10008.1.2", "1.2.840.10008.1.2.1"));
    }
}
