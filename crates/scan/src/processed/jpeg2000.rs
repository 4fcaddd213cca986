use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::{Picture, caught};
use crate::tiff::PageSize;
use crate::{Limits, ScanError, ScanWarning};

/// First bytes of a JP2 file and of a bare codestream.
pub(crate) const STARTS: [&[u8]; 2] = [b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"];

/// A byte holds at most this many pixels: empty packets make more possible, but no picture is made of them.
const MAX_PIXELS_PER_BYTE: u64 = 1_024;
/// Bytes that decoding holds per pixel: coefficients and samples as floats, before and after the wavelet, and code blocks.
const WORKING_BYTES_PER_PIXEL: u64 = 24;
const MAX_TILES: u64 = 4_096;
const MAX_LAYERS: u16 = 32;
/// Logarithms of the least sides of code blocks (of both sides together) and of precincts: smaller ones take more memory
/// for their lists than for their pixels.
const LEAST_BLOCK: u8 = 8;
const LEAST_PRECINCT: u8 = 5;

/// Codes of markers (ISO/IEC 15444-1 annex A).
mod marker {
    pub(super) const COD: u8 = 0x52;
    pub(super) const COC: u8 = 0x53;
    pub(super) const PPM: u8 = 0x60;
    pub(super) const PPT: u8 = 0x61;
    pub(super) const POC: u8 = 0x5F;
    pub(super) const SOT: u8 = 0x90;
    pub(super) const SOD: u8 = 0x93;
    pub(super) const END: u8 = 0xD9;
}

struct Jpeg2000Picture<'a> {
    bytes: &'a [u8],
    size: PageSize,
    bits: u8,
    has_loss: bool,
}

/// Reads and checks the headers of a JPEG 2000 picture (JP2 or codestream) of one unsigned component of up to 16 bits.
///
/// The decoder is safe code but counts on its input in a hundred places, so what decides over memory is checked here, in
/// the main header and in those of all tile parts, before it sees the file.
pub(crate) fn open_jpeg2000<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Box<dyn Picture + 'a>, ScanError> {
    let mut stream = Stream { bytes, at: codestream(bytes)? };
    let (size, bits) = stream.size(limits)?;
    let pixels = size.pixels();
    let needed = pixels.div_ceil(MAX_PIXELS_PER_BYTE);
    if needed > bytes.len() as u64 {
        return Err(ScanError::Truncated { field: field("picture"), needed, available: bytes.len() as u64 });
    }
    let working = (pixels + 4_096).saturating_mul(WORKING_BYTES_PER_PIXEL);
    Limits::check(&field("working bytes"), working, limits.max_working_bytes)?;
    let has_loss = stream.tile_parts()?;
    Ok(Box::new(Jpeg2000Picture { bytes, size, bits, has_loss }))
}

fn field(name: &str) -> String {
    format!("JPEG 2000: {name}")
}

/// Where the codestream begins: at the start, or in the box `jp2c` of a JP2 file.
fn codestream(bytes: &[u8]) -> Result<usize, ScanError> {
    if bytes.starts_with(STARTS[1]) {
        return Ok(0);
    }
    let mut stream = Stream { bytes, at: 0 };
    loop {
        let start = stream.at as u64;
        let length = u64::from(stream.u32()?);
        let kind = stream.take(4)?;
        let length = if length == 1 { u64::from(stream.u32()?) << 32 | u64::from(stream.u32()?) } else { length };
        if kind == b"jp2c" {
            return Ok(stream.at);
        }
        let header = stream.at as u64 - start;
        if length < header {
            return Err(ScanError::malformed(field("box"), format!("its length is {length}")));
        }
        stream.take(length - header)?;
    }
}

struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Stream<'a> {
    fn take(&mut self, len: u64) -> Result<&'a [u8], ScanError> {
        let available = self.bytes.len() as u64;
        let end = (self.at as u64).saturating_add(len);
        let part = usize::try_from(end).ok().and_then(|end| self.bytes.get(self.at..end));
        let part = part.ok_or_else(|| ScanError::Truncated { field: field("headers"), needed: end, available })?;
        self.at += part.len();
        Ok(part)
    }

    fn number(&mut self, len: u64) -> Result<u32, ScanError> {
        Ok(self.take(len)?.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    fn u32(&mut self) -> Result<u32, ScanError> {
        self.number(4)
    }

    /// The code of the marker that follows.
    fn marker(&mut self) -> Result<u8, ScanError> {
        match self.take(2)? {
            [0xFF, code] => Ok(*code),
            _ => Err(ScanError::malformed(field("marker"), format!("there is none at byte {}", self.at - 2))),
        }
    }

    /// The content of a marker segment.
    fn segment(&mut self) -> Result<Stream<'a>, ScanError> {
        let length = self.number(2)?;
        let length = length.checked_sub(2);
        let length = length.ok_or_else(|| ScanError::malformed(field("marker"), "its length is below 2"))?;
        Ok(Stream { bytes: self.take(length.into())?, at: 0 })
    }

    /// The size and the bits of the picture, from the first two markers.
    fn size(&mut self, limits: &Limits) -> Result<(PageSize, u8), ScanError> {
        self.take(4)?;
        let mut size = self.segment()?;
        size.number(2)?;
        let mut numbers = [0_u32; 8];
        for number in &mut numbers {
            *number = size.u32()?;
        }
        let [right, bottom, left, top, tile_width, tile_height, tile_left, tile_top] = numbers;
        let (width, height) = (right.saturating_sub(left), bottom.saturating_sub(top));
        limits.check_size("JPEG 2000", width.into(), height.into())?;
        limits.check_size("JPEG 2000: tile", tile_width.min(width).into(), tile_height.min(height).into())?;
        let tiles = |end: u32, start: u32, size: u32| u64::from(end.saturating_sub(start).div_ceil(size.max(1)));
        let tiles = tiles(right, tile_left, tile_width) * tiles(bottom, tile_top, tile_height);
        Limits::check(&field("tiles"), tiles, MAX_TILES)?;
        let components = size.number(2)?;
        if components != 1 {
            return Err(ScanError::unsupported(field("components"), components));
        }
        let [precision, across, down] = [size.number(1)?, size.number(1)?, size.number(1)?];
        if precision > 15 {
            return Err(ScanError::unsupported(
                field("samples of"),
                format!("signed or more than 16 bits ({precision})"),
            ));
        }
        if (across, down) != (1, 1) {
            return Err(ScanError::unsupported(field("subsampling"), format!("{across} x {down}")));
        }
        Ok((PageSize { width, height }, precision as u8 + 1))
    }

    /// Checks the rest of the main header and the headers of all tile parts; whether any of them changes values.
    fn tile_parts(&mut self) -> Result<bool, ScanError> {
        let (mut part_end, mut has_loss) = (None, false);
        loop {
            let start = self.at;
            match self.marker()? {
                marker::SOT => {
                    let mut part = self.segment()?;
                    part.number(2)?;
                    let length = part.u32()? as usize;
                    // Zero: up to the end.
                    part_end = Some(if length == 0 { self.bytes.len() } else { start.saturating_add(length) });
                }
                marker::SOD => match part_end.take() {
                    Some(end) if end == self.bytes.len() => return Ok(has_loss),
                    Some(end) if end >= self.at => drop(self.take((end - self.at) as u64)?),
                    _ => return Err(ScanError::malformed(field("tile part"), "it ends before its data begin")),
                },
                marker::END => return Ok(has_loss),
                code @ (marker::COD | marker::COC) => {
                    has_loss |= check_coding(self.segment()?, code == marker::COD)?;
                }
                marker::PPM | marker::PPT | marker::POC => {
                    return Err(ScanError::unsupported(field("marker"), "packed headers or changes of order"));
                }
                0x30..=0x3F => {}
                _ => {
                    self.segment()?;
                }
            }
        }
    }
}

/// Refuses coding styles whose lists take more memory than the pixels; whether the wavelet is one that changes values.
fn check_coding(mut style: Stream<'_>, is_default: bool) -> Result<bool, ScanError> {
    /// The 5-3 wavelet; the other one, 9-7, is irreversible.
    const REVERSIBLE: u32 = 1;
    if !is_default {
        style.number(1)?;
    }
    let has_precincts = style.number(1)? & 1 == 1;
    if is_default {
        style.number(1)?;
        let layers = style.number(2)?;
        Limits::check(&field("layers"), layers.into(), MAX_LAYERS.into())?;
        style.number(1)?;
    }
    let levels = style.number(1)?;
    Limits::check(&field("levels"), levels.into(), 32)?;
    let (width, height) = (style.number(1)? + 2, style.number(1)? + 2);
    if width + height < LEAST_BLOCK.into() || width + height > 12 {
        return Err(ScanError::unsupported(field("code blocks of 2^"), format!("{width} x 2^{height}")));
    }
    style.number(1)?;
    let wavelet = style.number(1)?;
    for _ in 0..if has_precincts { levels + 1 } else { 0 } {
        let size = style.number(1)? as u8;
        if size & 15 < LEAST_PRECINCT || size >> 4 < LEAST_PRECINCT {
            return Err(ScanError::unsupported(field("precincts of 2^"), format!("{} x 2^{}", size & 15, size >> 4)));
        }
    }
    Ok(wavelet != REVERSIBLE)
}

impl Picture for Jpeg2000Picture<'_> {
    fn size(&self) -> PageSize {
        self.size
    }

    fn max_value(&self) -> u16 {
        u16::MAX >> (16 - self.bits)
    }

    fn has_loss(&self) -> bool {
        self.has_loss
    }

    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let max_value = f32::from(self.max_value());
        let damaged =
            |source: Box<dyn std::error::Error + Send + Sync>| ScanError::Codec { field: field("data"), source };
        // The decoder indexes and unwraps where the standard lets it.
        caught(&field("data"), || {
            let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
            let image = Image::new(self.bytes, &settings).map_err(|error| damaged(Box::new(error)))?;
            let mut context = DecoderContext::default();
            let decoded = image.decode(&mut context).map_err(|error| damaged(Box::new(error)))?;
            let samples = match decoded.components() {
                [only] if only.samples().len() == out.len() => only.samples(),
                _ => return Err(damaged("it has other pixels than its header says".into())),
            };
            for (value, sample) in out.iter_mut().zip(samples) {
                *value = sample.round().clamp(0.0, max_value) as u16;
            }
            Ok(())
        })?;
        Ok(Vec::new())
    }
}
