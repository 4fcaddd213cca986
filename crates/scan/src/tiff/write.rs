use miniz_oxide::deflate::compress_to_vec_zlib;
use rayon::prelude::*;

use super::page::SampleKind;
use super::predictor::Predictor;
use super::{Codec, compression, field_type, packed, rice, tag};
use crate::ScanError;

/// Samples in a strip, about: small enough to decode in parallel, large enough not to lose at the edges.
const STRIP_SAMPLES: usize = 1 << 16;
/// Level of deflate: noise gains nothing from more.
const DEFLATE_LEVEL: u8 = 6;

/// A compressed page of one sample a pixel, ready to be written.
pub(crate) struct NewPage {
    width: usize,
    height: usize,
    bits: u32,
    kind: SampleKind,
    compression: u16,
    predictor: Predictor,
    rows_per_strip: usize,
    strips: Vec<Vec<u8>>,
    /// Text of the description; ASCII.
    pub(crate) description: Option<String>,
}

impl NewPage {
    /// Compressed bytes.
    pub(crate) fn data_len(&self) -> usize {
        self.strips.iter().map(Vec::len).sum()
    }

    /// A page of counts.
    pub(crate) fn counts(width: usize, height: usize, counts: &[u16], codec: Codec) -> Self {
        match codec {
            Codec::Deflate => compress(width, height, 16, SampleKind::Unsigned, Predictor::Horizontal, |from, to| {
                counts[from..to].iter().flat_map(|count| count.to_le_bytes()).collect()
            }),
            Codec::Stored => {
                let rows_per_strip = rows_per_strip(width, height);
                let strips = counts.chunks(rows_per_strip * width.max(1));
                let strips = strips.map(|strip| strip.iter().flat_map(|count| count.to_le_bytes()).collect());
                Self::new(width, height, rows_per_strip, compression::STORED, strips.collect())
            }
            Codec::Packed => Self::coded(width, height, counts, compression::PACKED, packed::encode),
            Codec::Rice => Self::coded(width, height, counts, compression::RICE, rice::encode),
        }
    }

    fn coded(
        width: usize,
        height: usize,
        counts: &[u16],
        compression: u16,
        encode: fn(&[u16], usize) -> Vec<u8>,
    ) -> Self {
        let rows_per_strip = rows_per_strip(width, height);
        let strips = counts.par_chunks(rows_per_strip * width.max(1));
        Self::new(width, height, rows_per_strip, compression, strips.map(|strip| encode(strip, width)).collect())
    }

    fn new(width: usize, height: usize, rows_per_strip: usize, compression: u16, strips: Vec<Vec<u8>>) -> Self {
        Self {
            width,
            height,
            bits: 16,
            kind: SampleKind::Unsigned,
            compression,
            predictor: Predictor::None,
            rows_per_strip,
            strips,
            description: None,
        }
    }
}

fn rows_per_strip(width: usize, height: usize) -> usize {
    (STRIP_SAMPLES / width.max(1)).clamp(1, height.max(1))
}

/// Compresses a page with deflate; `bytes_of(from, to)` gives the little-endian bytes of samples `from..to`.
pub(crate) fn compress(
    width: usize,
    height: usize,
    bits: u32,
    kind: SampleKind,
    predictor: Predictor,
    bytes_of: impl Fn(usize, usize) -> Vec<u8> + Sync,
) -> NewPage {
    let rows_per_strip = rows_per_strip(width, height);
    let row_bytes = width * (bits / 8) as usize;
    let strip = |strip: usize| {
        let (from, to) = (strip * rows_per_strip, ((strip + 1) * rows_per_strip).min(height));
        let mut bytes = bytes_of(from * width, to * width);
        let mut spare = vec![0; row_bytes];
        bytes.chunks_exact_mut(row_bytes.max(1)).for_each(|row| predictor.apply(row, &mut spare, bits));
        compress_to_vec_zlib(&bytes, DEFLATE_LEVEL)
    };
    let strips = (0..height.div_ceil(rows_per_strip)).into_par_iter().map(strip).collect();
    NewPage { bits, kind, predictor, ..NewPage::new(width, height, rows_per_strip, compression::DEFLATE, strips) }
}

/// One field of a directory that is being written.
struct Field {
    tag: u16,
    kind: u16,
    count: usize,
    value: Vec<u8>,
}

impl Field {
    fn short(tag: u16, value: u32) -> Self {
        Self { tag, kind: field_type::SHORT, count: 1, value: (value as u16).to_le_bytes().to_vec() }
    }

    fn longs(tag: u16, values: &[u32]) -> Self {
        let value = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { tag, kind: field_type::LONG, count: values.len(), value }
    }
}

/// Writes pages one after another, each with its data before its directory. Same pages, same bytes.
pub(crate) fn write_file(pages: &[NewPage]) -> Result<Vec<u8>, ScanError> {
    let data: usize = pages.iter().map(NewPage::data_len).sum();
    let mut file = Vec::with_capacity(data + 512 * pages.len() + 8);
    file.extend_from_slice(b"II*\0\0\0\0\0");
    let mut link_at = 4;
    for page in pages {
        let mut offsets = Vec::with_capacity(page.strips.len());
        for strip in &page.strips {
            offsets.push(offset(&file)?);
            file.extend_from_slice(strip);
        }
        link_at = write_directory(&mut file, page, &offsets, link_at)?;
    }
    offset(&file)?;
    Ok(file)
}

fn offset(file: &[u8]) -> Result<u32, ScanError> {
    u32::try_from(file.len()).map_err(|_| ScanError::unwritable("file", "would exceed the 4 GiB of a TIFF file"))
}

fn align(file: &mut Vec<u8>) {
    if file.len() % 2 == 1 {
        file.push(0);
    }
}

/// Writes a directory, lets the link at `link_at` point to it and returns the place of its own link.
fn write_directory(file: &mut Vec<u8>, page: &NewPage, offsets: &[u32], link_at: usize) -> Result<usize, ScanError> {
    let lengths: Vec<_> = page.strips.iter().map(|strip| strip.len() as u32).collect();
    let format = if page.kind == SampleKind::Float { 3 } else { 1 };
    let mut fields = vec![
        Field::longs(tag::WIDTH, &[page.width as u32]),
        Field::longs(tag::HEIGHT, &[page.height as u32]),
        Field::short(tag::BITS, page.bits),
        Field::short(tag::COMPRESSION, u32::from(page.compression)),
        Field::short(tag::PHOTOMETRIC, 1),
    ];
    if let Some(text) = &page.description {
        let mut value = text.clone().into_bytes();
        value.push(0);
        fields.push(Field { tag: tag::DESCRIPTION, kind: field_type::ASCII, count: value.len(), value });
    }
    fields.extend([
        Field::longs(tag::STRIP_OFFSETS, offsets),
        Field::short(tag::SAMPLES, 1),
        Field::longs(tag::ROWS_PER_STRIP, &[page.rows_per_strip as u32]),
        Field::longs(tag::STRIP_BYTES, &lengths),
        Field::short(tag::PREDICTOR, page.predictor.tag_value()),
        Field::short(tag::SAMPLE_FORMAT, format),
    ]);

    let mut entries = Vec::with_capacity(12 * fields.len());
    for field in &fields {
        entries.extend_from_slice(&field.tag.to_le_bytes());
        entries.extend_from_slice(&field.kind.to_le_bytes());
        entries.extend_from_slice(&(field.count as u32).to_le_bytes());
        if field.value.len() <= 4 {
            entries.extend_from_slice(&field.value);
            entries.resize(entries.len() + 4 - field.value.len(), 0);
        } else {
            align(file);
            entries.extend_from_slice(&offset(file)?.to_le_bytes());
            file.extend_from_slice(&field.value);
        }
    }
    align(file);
    let here = offset(file)?.to_le_bytes();
    file[link_at..link_at + 4].copy_from_slice(&here);
    file.extend_from_slice(&(fields.len() as u16).to_le_bytes());
    file.extend_from_slice(&entries);
    let own_link = file.len();
    file.extend_from_slice(&[0; 4]);
    Ok(own_link)
}
