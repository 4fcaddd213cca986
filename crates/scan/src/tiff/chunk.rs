use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};
use rayon::prelude::*;

use super::packbits::PackBits;
use super::page::{Packing, Page};
use super::{packed, rice};
use crate::ScanError;

/// Why compressed data do not unpack.
#[derive(Debug)]
pub(crate) enum Fault {
    /// They end before the pixels do.
    Short,
    /// They are not what their format says.
    Damaged(String),
}

/// One chunk being unpacked piece by piece, so that memory is bounded by a row and output by what is expected.
enum Unpack<'a> {
    Stored(&'a [u8]),
    Deflate { state: Box<InflateState>, rest: &'a [u8] },
    Lzw { decoder: Box<weezl::decode::Decoder>, rest: &'a [u8] },
    PackBits(PackBits<'a>),
}

impl<'a> Unpack<'a> {
    fn new(packing: Packing, data: &'a [u8]) -> Result<Self, Fault> {
        Ok(match packing {
            Packing::Stored => Self::Stored(data),
            Packing::Deflate => Self::Deflate { state: InflateState::new_boxed(DataFormat::Zlib), rest: data },
            Packing::Lzw => {
                let configuration = weezl::decode::Configuration::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
                Self::Lzw { decoder: Box::new(configuration.with_yield_on_full_buffer(true).build()), rest: data }
            }
            Packing::PackBits => Self::PackBits(PackBits::new(data)),
            Packing::Packed | Packing::Rice => return Err(Fault::Damaged("our codes outside counts".to_owned())),
        })
    }

    /// Fills `out`.
    fn fill(&mut self, mut out: &mut [u8]) -> Result<(), Fault> {
        match self {
            Self::Stored(rest) => {
                let (now, later) = rest.split_at_checked(out.len()).ok_or(Fault::Short)?;
                out.copy_from_slice(now);
                *rest = later;
            }
            Self::Deflate { state, rest } => {
                while !out.is_empty() {
                    let step = inflate(state, rest, out, MZFlush::None);
                    *rest = &rest[step.bytes_consumed..];
                    out = &mut out[step.bytes_written..];
                    let is_stuck = step.bytes_consumed == 0 && step.bytes_written == 0;
                    match step.status {
                        Ok(MZStatus::Ok) if !is_stuck => {}
                        Ok(_) if out.is_empty() => {}
                        Ok(_) | Err(MZError::Buf) => return Err(Fault::Short),
                        Err(error) => return Err(Fault::Damaged(format!("deflate: {error:?}"))),
                    }
                }
            }
            Self::Lzw { decoder, rest } => {
                while !out.is_empty() {
                    let step = decoder.decode_bytes(rest, out);
                    *rest = &rest[step.consumed_in..];
                    out = &mut out[step.consumed_out..];
                    // The decoder calls it no progress, too, when it wrote what it had kept.
                    let is_stuck = step.consumed_in == 0 && step.consumed_out == 0;
                    match step.status {
                        Ok(weezl::LzwStatus::Done) if !out.is_empty() => return Err(Fault::Short),
                        Ok(_) if is_stuck && !out.is_empty() => return Err(Fault::Short),
                        Ok(_) => {}
                        Err(error) => return Err(Fault::Damaged(format!("LZW: {error}"))),
                    }
                }
            }
            Self::PackBits(packbits) => packbits.fill(out)?,
        }
        Ok(())
    }

    /// Reads the checksum behind the pixels, if the format has one and the writer left nothing else before it.
    fn finish(&mut self) -> Result<(), Fault> {
        let Self::Deflate { state, rest } = self else { return Ok(()) };
        match inflate(state, rest, &mut [0], MZFlush::None).status {
            Err(MZError::Data) => Err(Fault::Damaged("deflate: wrong checksum".to_owned())),
            _ => Ok(()),
        }
    }
}

fn unpack_error(page: &Page<'_>, chunk: usize, fault: Fault) -> ScanError {
    let field = page.name(&format!("chunk {chunk}"));
    match fault {
        Fault::Short => {
            let available = page.chunks.get(chunk).map_or(0, |data| data.len() as u64);
            ScanError::Truncated { field, needed: available + 1, available }
        }
        Fault::Damaged(reason) => ScanError::Codec { field, source: reason.into() },
    }
}

/// Decodes a page into `out` (`width · height` elements), row by row: `convert` turns little-endian samples of a row
/// into as many elements as they have pixels. Rows of chunks run in parallel; the first error in file order is returned.
pub(crate) fn decode_rows<T: Send>(
    page: &Page<'_>,
    out: &mut [T],
    convert: impl Fn(&[u8], &mut [T]) + Sync,
) -> Result<(), ScanError> {
    let width = page.size.width as usize;
    let in_band = |(band, out): (usize, &mut [T])| -> Result<(), ScanError> {
        let mut stored = vec![0; page.chunk_width * page.chunk_pixel_bytes()];
        let mut spare = stored.clone();
        let mut woven = vec![0; if page.planes > 1 { page.chunk_width * page.pixel_bytes() } else { 0 }];
        let samples = page.samples as usize / page.planes;
        for column in 0..page.across {
            let per_plane = page.chunks.len() / page.planes;
            let chunk_of = |plane: usize| plane * per_plane + band * page.across + column;
            let fault = |plane: usize| move |fault| unpack_error(page, chunk_of(plane), fault);
            let unpack = |plane: usize| {
                let data = page.chunks.get(chunk_of(plane)).copied().unwrap_or_default();
                Unpack::new(page.packing, data).map_err(fault(plane))
            };
            let mut planes = (0..page.planes).map(unpack).collect::<Result<Vec<_>, _>>()?;
            let left = column * page.chunk_width;
            let visible = page.chunk_width.min(width - left);
            for line in out.chunks_exact_mut(width) {
                for (plane, unpack) in planes.iter_mut().enumerate() {
                    unpack.fill(&mut stored).map_err(fault(plane))?;
                    page.predictor.undo(&mut stored, &mut spare, page.bits, samples, page.order);
                    if page.planes > 1 {
                        weave(&stored, &mut woven, plane, page.planes, page.chunk_pixel_bytes());
                    }
                }
                let row = if page.planes > 1 { &woven } else { &stored };
                convert(&row[..visible * page.pixel_bytes()], &mut line[left..left + visible]);
            }
            if out.len() == page.chunk_height * width {
                for (plane, unpack) in planes.iter_mut().enumerate() {
                    unpack.finish().map_err(fault(plane))?;
                }
            }
        }
        Ok(())
    };
    in_bands(out, page.chunk_height * width, in_band)
}

/// Puts the samples of one plane, of so many bytes each, beside those of the others.
fn weave(plane: &[u8], woven: &mut [u8], index: usize, planes: usize, bytes: usize) {
    for (from, to) in plane.chunks_exact(bytes).zip(woven.chunks_exact_mut(bytes * planes)) {
        to[bytes * index..][..bytes].copy_from_slice(from);
    }
}

/// Decodes a page of one 16-bit sample a pixel into `out` (`width · height` counts).
pub(crate) fn decode_counts(page: &Page<'_>, out: &mut [u16]) -> Result<(), ScanError> {
    if page.bits != 16 || page.samples != 1 {
        let found = format!("{} of {} bits", page.samples, page.bits);
        return Err(ScanError::mismatch(page.name("samples"), found, "1 of 16 bits"));
    }
    let width = page.size.width as usize;
    let decode = match page.packing {
        Packing::Packed => packed::decode,
        Packing::Rice => rice::decode,
        _ => {
            return decode_rows(page, out, |row, out| {
                for (value, bytes) in out.iter_mut().zip(row.chunks_exact(2)) {
                    *value = u16::from_le_bytes([bytes[0], bytes[1]]);
                }
            });
        }
    };
    in_bands(out, page.chunk_height * width, |(chunk, out)| {
        let data = page.chunks.get(chunk).copied().unwrap_or_default();
        decode(data, width, out).map_err(|fault| unpack_error(page, chunk, fault))
    })
}

/// Runs `decode` over bands of `band` elements and returns the error of the topmost band that failed.
fn in_bands<T: Send>(
    out: &mut [T],
    band: usize,
    decode: impl Fn((usize, &mut [T])) -> Result<(), ScanError> + Sync,
) -> Result<(), ScanError> {
    if out.len() <= band {
        return decode((0, out));
    }
    let results: Vec<_> = out.par_chunks_mut(band).enumerate().map(&decode).collect();
    results.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_end_inside_a_row_are_read_to_their_end() {
        // 5, 0, 17, then the string 0, 17 as one code across two rows of two bytes, and 0.
        let data = [0x80, 0x01, 0x40, 0x01, 0x18, 0x18, 0x02, 0x02];
        let mut unpack = Unpack::new(Packing::Lzw, &data).unwrap();
        for expected in [[5, 0], [17, 0], [17, 0]] {
            let mut row = [0xAA; 2];
            unpack.fill(&mut row).unwrap();
            assert_eq!(row, expected);
        }
        assert!(matches!(unpack.fill(&mut [0]), Err(Fault::Short)));
        let mut short = Unpack::new(Packing::Lzw, &data[..5]).unwrap();
        assert!(matches!(short.fill(&mut [0; 6]), Err(Fault::Short)));
    }
}
