//! A strict reader of TIFF 6.0 and BigTIFF (strips and tiles, samples of a pixel together or in planes) and a small
//! writer (classic, strips, one sample).
//!
//! Our own rather than a general one: every size is checked against the limits and against the bytes that are really
//! there before memory is taken, chunks decode in parallel straight into the caller's memory, and our own codec fits.

mod chunk;
mod directory;
mod packbits;
mod packed;
mod page;
mod predictor;
mod residual;
mod rice;
mod write;

pub(crate) use chunk::{Fault, decode_counts, decode_rows};
pub(crate) use directory::{Directory, TiffFile};
pub(crate) use packbits::PackBits;
pub(crate) use page::{DEFLATE_MAX_RATIO, PACKBITS_MAX_RATIO, Page, PageSize, SampleKind};
pub(crate) use predictor::Predictor;
pub(crate) use write::{NewPage, compress, write_file};

/// How the pages of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Codec {
    /// Residuals to the row above in blocks of equal width: decodes fastest by far, for a few per cent more bytes than
    /// [`Codec::Rice`] at most. Private to Pellucid.
    #[default]
    Packed,
    /// Rice codes of prediction residuals: close to the entropy of photon noise. Private to Pellucid.
    Rice,
    /// Deflate behind the horizontal predictor: larger and slower, readable by every TIFF tool.
    Deflate,
    /// No compression.
    Stored,
}

/// Numbers of tags.
pub(crate) mod tag {
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const HEIGHT: u16 = 257;
    pub(crate) const BITS: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const FILL_ORDER: u16 = 266;
    pub(crate) const DESCRIPTION: u16 = 270;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const SAMPLES: u16 = 277;
    pub(crate) const ROWS_PER_STRIP: u16 = 278;
    pub(crate) const STRIP_BYTES: u16 = 279;
    pub(crate) const PLANAR: u16 = 284;
    pub(crate) const PREDICTOR: u16 = 317;
    pub(crate) const COLOR_MAP: u16 = 320;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_HEIGHT: u16 = 323;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTES: u16 = 325;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const SAMPLE_FORMAT: u16 = 339;

    /// Every tag that is read; others are skipped.
    pub(crate) const KNOWN: [u16; 20] = [
        WIDTH,
        HEIGHT,
        BITS,
        COMPRESSION,
        PHOTOMETRIC,
        FILL_ORDER,
        DESCRIPTION,
        STRIP_OFFSETS,
        SAMPLES,
        ROWS_PER_STRIP,
        STRIP_BYTES,
        PLANAR,
        PREDICTOR,
        COLOR_MAP,
        TILE_WIDTH,
        TILE_HEIGHT,
        TILE_OFFSETS,
        TILE_BYTES,
        EXTRA_SAMPLES,
        SAMPLE_FORMAT,
    ];
}

/// Values of the compression tag.
pub(crate) mod compression {
    pub(crate) const STORED: u16 = 1;
    pub(crate) const LZW: u16 = 5;
    pub(crate) const DEFLATE: u16 = 8;
    pub(crate) const PACKBITS: u16 = 32_773;
    pub(crate) const OLD_DEFLATE: u16 = 32_946;
    /// Ours, in the range that TIFF 6.0 leaves to private use.
    pub(crate) const RICE: u16 = 65_020;
    /// Ours as well.
    pub(crate) const PACKED: u16 = 65_021;
}

/// Types of fields.
pub(crate) mod field_type {
    pub(crate) const BYTE: u16 = 1;
    pub(crate) const ASCII: u16 = 2;
    pub(crate) const SHORT: u16 = 3;
    pub(crate) const LONG: u16 = 4;
    /// BigTIFF only.
    pub(crate) const LONG8: u16 = 16;
}
