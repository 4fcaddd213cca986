//! Lossless JPEG (ITU-T T.81 annex H, process 14): Huffman codes of the differences to a prediction, one component of 2
//! to 16 bits. What DICOM and DICOS compress with; seldom a file of its own.

use super::Picture;
use super::huffman::{BitFault, BitReader, HuffmanTable};
use crate::tiff::PageSize;
use crate::{Limits, ScanError, ScanWarning};

/// Every sample takes one bit at least.
const MAX_PIXELS_PER_BYTE: u64 = 8;
/// Segments before the picture; more are no picture.
const MAX_SEGMENTS: u64 = 1_000;
/// Tables that a file can name.
const TABLES: usize = 4;

/// A table as the file states it: how many codes there are of each length, and their values.
type StatedTable<'a> = (&'a [u8; 16], &'a [u8]);

/// Second bytes of markers.
mod marker {
    pub(super) const SOF0: u8 = 0xC0;
    pub(super) const SOF3: u8 = 0xC3;
    pub(super) const DHT: u8 = 0xC4;
    pub(super) const DAC: u8 = 0xCC;
    pub(super) const SOF15: u8 = 0xCF;
    pub(super) const RST0: u8 = 0xD0;
    pub(super) const SOI: u8 = 0xD8;
    pub(super) const SOS: u8 = 0xDA;
    pub(super) const DRI: u8 = 0xDD;
}

/// A picture whose headers were read and checked; its codes are still bytes.
struct LosslessJpeg<'a> {
    size: PageSize,
    /// Bits of a sample, and how many of them the point transform cut off.
    precision: u32,
    transform: u32,
    predictor: u8,
    table: Box<HuffmanTable>,
    /// Rows between restarts; all of them when there are none.
    rows_per_restart: usize,
    codes: &'a [u8],
}

fn field(name: &str) -> String {
    format!("lossless JPEG: {name}")
}

/// Whether the first frame header of a JPEG is that of a lossless one.
pub(crate) fn is_lossless_jpeg(bytes: &[u8]) -> bool {
    let mut segments = Segments::new(bytes);
    loop {
        match segments.next() {
            Ok((code, _)) if is_frame(code) => return code == marker::SOF3,
            Ok((marker::SOS, _)) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// Whether a segment is the header of a frame, of whatever process.
fn is_frame(code: u8) -> bool {
    (marker::SOF0..=marker::SOF15).contains(&code) && !matches!(code, marker::DHT | marker::DAC | 0xC8)
}

/// Walks over the segments of the headers.
struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    seen: u64,
}

impl<'a> Segments<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, seen: 0 }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], ScanError> {
        let available = self.bytes.len() as u64;
        let needed = self.at as u64 + len as u64;
        let part = self.bytes.get(self.at..).and_then(|rest| rest.get(..len));
        let part = part.ok_or_else(|| ScanError::Truncated { field: field("headers"), needed, available })?;
        self.at += len;
        Ok(part)
    }

    fn u16(&mut self) -> Result<usize, ScanError> {
        Ok(self.take(2)?.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)))
    }

    /// The code of the next marker and the content of its segment.
    fn next(&mut self) -> Result<(u8, &'a [u8]), ScanError> {
        self.seen += 1;
        Limits::check(&field("segments"), self.seen, MAX_SEGMENTS)?;
        if self.take(1)? != [0xFF] {
            return Err(ScanError::malformed(field("headers"), format!("no marker at byte {}", self.at - 1)));
        }
        let mut code = 0xFF;
        while code == 0xFF {
            code = self.take(1)?[0];
        }
        if code == marker::SOI {
            return Ok((code, &[]));
        }
        let length = self.u16()?;
        let length = length.checked_sub(2);
        let length = length.ok_or_else(|| ScanError::malformed(field("segment"), "its length is below 2"))?;
        Ok((code, self.take(length)?))
    }
}

/// Reads the headers of a lossless JPEG of one component.
pub(crate) fn open_jpeg_lossless<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Box<dyn Picture + 'a>, ScanError> {
    let mut segments = Segments::new(bytes);
    if !matches!(segments.next()?, (marker::SOI, _)) {
        return Err(ScanError::malformed(field("headers"), "they do not begin a picture"));
    }
    let mut tables: [Option<StatedTable<'a>>; TABLES] = Default::default();
    let (mut frame, mut restart) = (None, 0);
    loop {
        match segments.next()? {
            (marker::SOF3, content) if frame.is_none() => frame = Some(Frame::read(content, limits)?),
            (code, _) if is_frame(code) => {
                return Err(ScanError::unsupported(field("frame"), format!("of marker {code:02x}")));
            }
            (marker::DHT, content) => read_tables(content, &mut tables)?,
            (marker::DAC, _) => return Err(ScanError::unsupported(field("codes"), "arithmetic")),
            (marker::DRI, &[high, low]) => restart = usize::from(high) << 8 | usize::from(low),
            (marker::DRI, content) => {
                return Err(ScanError::mismatch(field("restart interval: bytes"), content.len(), 2));
            }
            (marker::SOS, content) => {
                let Some(frame) = frame else {
                    return Err(ScanError::malformed(field("scan"), "it comes before the frame"));
                };
                let codes = &bytes[segments.at..];
                return Ok(Box::new(frame.scan(content, restart, tables, codes)?));
            }
            _ => {}
        }
    }
}

/// What a frame header says.
struct Frame {
    size: PageSize,
    precision: u32,
    component: u8,
}

impl Frame {
    fn read(content: &[u8], limits: &Limits) -> Result<Self, ScanError> {
        let &[precision, y1, y0, x1, x0, components, ref rest @ ..] = content else {
            return Err(ScanError::Truncated { field: field("frame"), needed: 6, available: content.len() as u64 });
        };
        let (width, height) = (u16::from_be_bytes([x1, x0]), u16::from_be_bytes([y1, y0]));
        limits.check_size("lossless JPEG", width.into(), height.into())?;
        if !(2..=16).contains(&precision) {
            return Err(ScanError::unsupported(field("samples of bits"), precision));
        }
        if components != 1 {
            return Err(ScanError::unsupported(field("components"), components));
        }
        let &[component, ..] = rest else {
            return Err(ScanError::Truncated { field: field("frame"), needed: 9, available: content.len() as u64 });
        };
        let size = PageSize { width: width.into(), height: height.into() };
        Ok(Self { size, precision: precision.into(), component })
    }

    fn scan<'a>(
        self,
        content: &[u8],
        restart: usize,
        tables: [Option<StatedTable<'_>>; TABLES],
        codes: &'a [u8],
    ) -> Result<LosslessJpeg<'a>, ScanError> {
        let &[1, component, table, predictor, _, approximation] = content else {
            return Err(ScanError::malformed(field("scan"), "it is not of one component"));
        };
        if component != self.component {
            return Err(ScanError::mismatch(field("scan: component"), component, self.component));
        }
        if !(1..=7).contains(&predictor) {
            return Err(ScanError::unsupported(field("predictor"), predictor));
        }
        let transform = u32::from(approximation & 15);
        if transform >= self.precision {
            let limit = format!("less than {}", self.precision);
            return Err(ScanError::mismatch(field("point transform"), transform, limit));
        }
        let index = usize::from(table >> 4);
        let table = tables.get(index).copied().flatten();
        let (counts, values) =
            table.ok_or_else(|| ScanError::malformed(field("table"), format!("{index} is missing")))?;
        // Only the table that is used is built: a file may state thousands.
        let table =
            HuffmanTable::new(*counts, values).map_err(|reason| ScanError::malformed(field("table"), reason))?;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        if !restart.is_multiple_of(width) {
            return Err(ScanError::mismatch(field("restart interval"), restart, format!("whole rows of {width}")));
        }
        let needed = self.size.pixels().div_ceil(MAX_PIXELS_PER_BYTE);
        if needed > codes.len() as u64 {
            return Err(ScanError::Truncated { field: field("codes"), needed, available: codes.len() as u64 });
        }
        Ok(LosslessJpeg {
            size: self.size,
            precision: self.precision,
            transform,
            predictor,
            table: Box::new(table),
            rows_per_restart: if restart == 0 { height } else { restart / width },
            codes,
        })
    }
}

/// The tables of one segment; one may replace another.
fn read_tables<'a>(mut content: &'a [u8], tables: &mut [Option<StatedTable<'a>>; TABLES]) -> Result<(), ScanError> {
    while let Some((place, rest)) = content.split_first() {
        let malformed = |reason: &str| ScanError::malformed(field("table"), reason);
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(|| malformed("it is cut off"))?;
        let count = counts.iter().map(|count| usize::from(*count)).sum();
        let (values, rest) = rest.split_at_checked(count).ok_or_else(|| malformed("it is cut off"))?;
        content = rest;
        // The class is 0 for all codes of a lossless picture.
        let slot =
            tables.get_mut(usize::from(*place)).ok_or_else(|| malformed("its class or number is too large"))?;
        *slot = Some((counts, values));
    }
    Ok(())
}

impl Picture for LosslessJpeg<'_> {
    fn size(&self) -> PageSize {
        self.size
    }

    fn max_value(&self) -> u16 {
        u16::MAX >> (16 - self.precision)
    }

    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        // T.81 table H.1: a is on the left, b above, c above and on the left.
        match self.predictor {
            1 => self.decode(out, |a, _, _| a),
            2 => self.decode(out, |_, b, _| b),
            3 => self.decode(out, |_, _, c| c),
            4 => self.decode(out, |a, b, c| a + b - c),
            5 => self.decode(out, |a, b, c| a + ((b - c) >> 1)),
            6 => self.decode(out, |a, b, c| b + ((a - c) >> 1)),
            _ => self.decode(out, |a, b, _| (a + b) >> 1),
        }
    }
}

impl LosslessJpeg<'_> {
    fn decode(&self, out: &mut [u16], predict: impl Fn(i32, i32, i32) -> i32) -> Result<Vec<ScanWarning>, ScanError> {
        let width = self.size.width as usize;
        let fault = |fault: BitFault| match fault {
            BitFault::Short => {
                let available = self.codes.len() as u64;
                ScanError::Truncated { field: field("codes"), needed: available + 1, available }
            }
            BitFault::NoCode => ScanError::malformed(field("codes"), "they are none of the table"),
        };
        let mut bits = BitReader::new(self.codes);
        let first = 1 << (self.precision - self.transform - 1);
        for (index, rows) in out.chunks_mut(self.rows_per_restart.max(1) * width).enumerate() {
            if index > 0 {
                let expected = marker::RST0 + ((index - 1) % 8) as u8;
                let found = bits.marker().map_err(fault)?.ok_or(BitFault::Short).map_err(fault)?;
                if found != expected {
                    let [found, expected] = [found, expected].map(|code| format!("{code:02x}"));
                    return Err(ScanError::mismatch(field("restart marker"), found, expected));
                }
            }
            let mut above: &[u16] = &[];
            for row in rows.chunks_exact_mut(width) {
                // The first sample of a row is predicted from above, all others of the first row from the left.
                let mut left = above.first().map_or(first, |above| i32::from(*above));
                let mut corner = left;
                for (x, sample) in row.iter_mut().enumerate() {
                    let prediction = match above.get(x) {
                        Some(above) if x > 0 => {
                            let above = i32::from(*above);
                            let prediction = predict(left, above, corner);
                            corner = above;
                            prediction
                        }
                        _ => left,
                    };
                    let value = prediction.wrapping_add(self.table.difference(&mut bits).map_err(fault)?) as u16;
                    left = i32::from(value);
                    *sample = value;
                }
                above = row;
            }
        }
        let limit = u16::MAX >> (16 - self.precision + self.transform);
        if out.iter().any(|sample| *sample > limit) {
            return Err(ScanError::malformed(field("codes"), format!("a sample exceeds {} bits", self.precision)));
        }
        if self.transform > 0 {
            out.iter_mut().for_each(|sample| *sample <<= self.transform);
        }
        Ok(Vec::new())
    }
}
