use super::directory::{ByteOrder, Directory, slice};
use super::predictor::Predictor;
use super::{compression, tag};
use crate::{Limits, ScanError};

/// Bytes that one byte of deflate can become at the very most: 258 from two bits.
pub(crate) const DEFLATE_MAX_RATIO: u64 = 1_032;
/// Bytes that one byte of PackBits can become: 128 from two.
pub(crate) const PACKBITS_MAX_RATIO: u64 = 64;
/// Sides of tiles are multiples of this (TIFF 6.0 section 15).
const TILE_STEP: u32 = 16;
/// Strips or tiles of a page: a strip for each row of the tallest page in two planes, and many more tiles than writers
/// make. Beginning a chunk takes microseconds, whatever is in it, and bytes in a list.
const MAX_CHUNKS: u64 = 1 << 18;

/// What samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleKind {
    Unsigned,
    Float,
}

/// How chunks are compressed in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Stored,
    Lzw,
    Deflate,
    PackBits,
    Packed,
    Rice,
}

impl Packing {
    /// Whether only our own profile packs in this way.
    fn is_private(self) -> bool {
        matches!(self, Self::Packed | Self::Rice)
    }

    /// Bytes that one compressed byte can become at the very most, so that lying sizes are refused before allocation.
    /// LZW: a string of 3,839 bytes from 12 bits. Packed: 64 bytes from half a byte. Rice: a sample of two bytes takes a
    /// bit at least.
    fn max_ratio(self) -> u64 {
        match self {
            Self::Stored => 1,
            Self::Lzw => 2_560,
            Self::Deflate => DEFLATE_MAX_RATIO,
            Self::PackBits => PACKBITS_MAX_RATIO,
            Self::Packed => 128,
            Self::Rice => 16,
        }
    }
}

/// Columns and rows of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageSize {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A page whose statements have been checked against each other, the limits and the bytes of the file.
pub(crate) struct Page<'a> {
    pub(crate) index: usize,
    pub(crate) size: PageSize,
    /// Bits of a sample: 8, 16 or 32.
    pub(crate) bits: u32,
    /// Samples of a pixel.
    pub(crate) samples: u32,
    pub(crate) kind: SampleKind,
    pub(crate) photometric: u32,
    pub(crate) order: ByteOrder,
    pub(super) packing: Packing,
    pub(super) predictor: Predictor,
    /// 1 when the samples of a pixel stand together, else as many as there are samples.
    pub(super) planes: usize,
    /// Columns of a chunk; the last chunk of a row of tiles is padded.
    pub(super) chunk_width: usize,
    /// Rows of a chunk; strips may end early, tiles are padded.
    pub(super) chunk_height: usize,
    /// Chunks beside each other.
    pub(super) across: usize,
    /// Compressed data, plane after plane, row after row of chunks.
    pub(super) chunks: Vec<&'a [u8]>,
}

impl PageSize {
    /// The size of a page, checked.
    pub(crate) fn read(directory: &Directory<'_>, limits: &Limits) -> Result<Self, ScanError> {
        let (width, height) = (directory.number(tag::WIDTH)?, directory.number(tag::HEIGHT)?);
        limits.check_size(&format!("page {}", directory.index), u64::from(width), u64::from(height))?;
        Ok(Self { width, height })
    }

    pub(crate) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Where the chunks of a page are and how large they are.
struct Grid {
    width: u32,
    height: u32,
    across: u64,
    down: u64,
    offsets: u16,
    lengths: u16,
}

impl Grid {
    fn read(directory: &Directory<'_>, size: PageSize, planes: u64, limits: &Limits) -> Result<Self, ScanError> {
        let (width, height, offsets, lengths) = if directory.has(tag::TILE_OFFSETS) {
            let (width, height) = (directory.number(tag::TILE_WIDTH)?, directory.number(tag::TILE_HEIGHT)?);
            limits.check_size(&directory.name("tile"), u64::from(width), u64::from(height))?;
            for (name, side) in [("tile width", width), ("tile height", height)] {
                if !side.is_multiple_of(TILE_STEP) {
                    let expected = format!("a multiple of {TILE_STEP}");
                    return Err(ScanError::mismatch(directory.name(name), side, expected));
                }
            }
            (width, height, tag::TILE_OFFSETS, tag::TILE_BYTES)
        } else {
            let rows = directory.number_or(tag::ROWS_PER_STRIP, u32::MAX)?.min(size.height);
            limits.check_size(&directory.name("strip"), u64::from(size.width), u64::from(rows))?;
            (size.width, rows, tag::STRIP_OFFSETS, tag::STRIP_BYTES)
        };
        let (across, down) = (u64::from(size.width.div_ceil(width)), u64::from(size.height.div_ceil(height)));
        // Padding is decoded too, so it counts.
        let padded = (across * u64::from(width)).saturating_mul(u64::from(size.height));
        Limits::check(&directory.name("pixels with padding"), padded, limits.max_pixels)?;
        let expected = across * down * planes;
        Limits::check(&directory.name("chunks"), expected, MAX_CHUNKS)?;
        for (name, list) in [("chunk offsets", offsets), ("chunk byte counts", lengths)] {
            let count = directory.count(list);
            if count != expected {
                return Err(ScanError::mismatch(directory.name(name), count, expected));
            }
        }
        Ok(Self { width, height, across, down, offsets, lengths })
    }
}

impl<'a> Page<'a> {
    /// Checks a page and finds its chunks; takes memory for their list only.
    pub(crate) fn read(directory: &Directory<'a>, limits: &Limits) -> Result<Self, ScanError> {
        let size = PageSize::read(directory, limits)?;
        let samples = directory.number_or(tag::SAMPLES, 1)?;
        if !(1..=4).contains(&samples) {
            return Err(ScanError::unsupported(directory.name("samples per pixel"), samples));
        }
        let bits = directory.uniform_or(tag::BITS, samples, 1)?;
        let planes = match directory.number_or(tag::PLANAR, 1)? {
            1 => 1,
            2 => samples,
            other => return Err(ScanError::unsupported(directory.name("planar configuration"), other)),
        };
        let kind = match (directory.uniform_or(tag::SAMPLE_FORMAT, samples, 1)?, bits) {
            (1 | 4, 8 | 16) => SampleKind::Unsigned,
            (3, 32) => SampleKind::Float,
            (format, bits) => {
                return Err(ScanError::unsupported(
                    directory.name("sample format"),
                    format!("{format} of {bits} bits"),
                ));
            }
        };
        let packing = packing(directory)?;
        if directory.number_or(tag::FILL_ORDER, 1)? != 1 {
            return Err(ScanError::unsupported(directory.name("fill order"), "lowest bit first"));
        }
        let predictor = Predictor::read(directory, kind)?;
        let grid = Grid::read(directory, size, planes.into(), limits)?;
        if packing.is_private() {
            let is_fit = bits == 16 && samples == 1 && grid.across == 1 && predictor == Predictor::None;
            if !is_fit {
                return Err(ScanError::unsupported(directory.name("our codes"), "outside strips of 16-bit counts"));
            }
        }
        let chunks = chunks(directory, size, &grid, packing, u64::from(samples / planes) * u64::from(bits / 8))?;
        Ok(Self {
            index: directory.index,
            size,
            bits,
            samples,
            kind,
            photometric: directory.number_or(tag::PHOTOMETRIC, 1)?,
            order: directory.order,
            packing,
            predictor,
            planes: planes as usize,
            chunk_width: grid.width as usize,
            chunk_height: grid.height as usize,
            across: grid.across as usize,
            chunks,
        })
    }

    /// Bytes of a pixel.
    pub(super) fn pixel_bytes(&self) -> usize {
        (self.samples * self.bits / 8) as usize
    }

    /// Bytes of a pixel in a chunk.
    pub(super) fn chunk_pixel_bytes(&self) -> usize {
        self.pixel_bytes() / self.planes
    }

    /// One sample of every pixel as a page of its own, if the samples lie in planes.
    pub(crate) fn plane(mut self, sample: usize) -> Self {
        if self.planes > 1 {
            let per_plane = self.chunks.len() / self.planes;
            self.chunks = self.chunks.split_off(per_plane * sample.min(self.planes - 1));
            self.chunks.truncate(per_plane);
            (self.samples, self.planes) = (1, 1);
        }
        self
    }

    /// Whether the page is packed in a way that only our own profile uses.
    pub(crate) fn is_private(&self) -> bool {
        self.packing.is_private()
    }

    /// How errors call a field of this page.
    pub(crate) fn name(&self, field: &str) -> String {
        format!("page {}: {field}", self.index)
    }
}

fn packing(directory: &Directory<'_>) -> Result<Packing, ScanError> {
    let value = directory.number_or(tag::COMPRESSION, u32::from(compression::STORED))?;
    match u16::try_from(value).unwrap_or(0) {
        compression::STORED => Ok(Packing::Stored),
        compression::LZW => Ok(Packing::Lzw),
        compression::DEFLATE | compression::OLD_DEFLATE => Ok(Packing::Deflate),
        compression::PACKBITS => Ok(Packing::PackBits),
        compression::PACKED => Ok(Packing::Packed),
        compression::RICE => Ok(Packing::Rice),
        _ => Err(ScanError::unsupported(directory.name("compression"), value)),
    }
}

/// The compressed data of every chunk, refused when they cannot possibly hold the pixels.
fn chunks<'a>(
    directory: &Directory<'a>,
    size: PageSize,
    grid: &Grid,
    packing: Packing,
    pixel_bytes: u64,
) -> Result<Vec<&'a [u8]>, ScanError> {
    let per_plane = grid.across * grid.down;
    let mut chunks = Vec::with_capacity(directory.count(grid.offsets) as usize);
    let rows_of = |chunk: u64| {
        let first = chunk % per_plane / grid.across * u64::from(grid.height);
        u64::from(grid.height).min(u64::from(size.height) - first)
    };
    let ranges = directory.values(grid.offsets).zip(directory.values(grid.lengths));
    for (chunk, (offset, length)) in (0_u64..).zip(ranges) {
        let name = directory.name(&format!("chunk {chunk}"));
        let data = slice(directory.bytes, offset, length, &name)?;
        let needed = (rows_of(chunk) * u64::from(grid.width) * pixel_bytes).div_ceil(packing.max_ratio());
        if length < needed {
            return Err(ScanError::Truncated { field: name, needed, available: length });
        }
        chunks.push(data);
    }
    Ok(chunks)
}
