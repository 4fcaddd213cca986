use miniz_oxide::inflate::stream::{InflateState, ZeroReset, inflate};
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
    /// Without data; `None` for our own codes, which are unpacked strip by strip.
    fn new(packing: Packing) -> Option<Self> {
        match packing {
            Packing::Stored => Some(Self::Stored(&[])),
            Packing::Deflate => Some(Self::Deflate { state: InflateState::new_boxed(DataFormat::Zlib), rest: &[] }),
            Packing::Lzw => {
                let configuration = weezl::decode::Configuration::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
                let decoder = Box::new(configuration.with_yield_on_full_buffer(true).build());
                Some(Self::Lzw { decoder, rest: &[] })
            }
            Packing::PackBits => Some(Self::PackBits(PackBits::new(&[]))),
            Packing::Packed | Packing::Rice => None,
        }
    }

    /// Begins a chunk, in the memory of the one before. Nothing of that is left: what a chunk says must not depend on
    /// which ones a thread happens to have met.
    fn begin(&mut self, data: &'a [u8]) {
        match self {
            Self::Stored(rest) => *rest = data,
            Self::Deflate { state, rest } => {
                state.reset_as(ZeroReset);
                *rest = data;
            }
            Self::Lzw { decoder, rest } => {
                decoder.reset();
                *rest = data;
            }
            Self::PackBits(packbits) => *packbits = PackBits::new(data),
        }
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
pub(crate) fn decode_rows<'a, T: Send>(
    page: &Page<'a>,
    out: &mut [T],
    convert: impl Fn(&[u8], &mut [T]) + Sync,
) -> Result<(), ScanError> {
    let (width, samples) = (page.size.width as usize, page.samples as usize / page.planes);
    if page.is_private() {
        return Err(ScanError::unsupported(page.name("our codes"), "outside strips of 16-bit counts"));
    }
    let rows = || {
        let stored = vec![0; page.chunk_width * page.chunk_pixel_bytes()];
        let woven = vec![0; if page.planes > 1 { page.chunk_width * page.pixel_bytes() } else { 0 }];
        let planes = (0..page.planes).filter_map(|_| Unpack::new(page.packing)).collect();
        Rows { planes, spare: stored.clone(), stored, woven }
    };
    let in_band = |rows: &mut Rows<'a>, (band, out): (usize, &mut [T])| -> Result<(), ScanError> {
        let Rows { planes, stored, spare, woven } = rows;
        for column in 0..page.across {
            let per_plane = page.chunks.len() / page.planes;
            let chunk_of = |plane: usize| plane * per_plane + band * page.across + column;
            let fault = |plane: usize| move |fault| unpack_error(page, chunk_of(plane), fault);
            for (plane, unpack) in planes.iter_mut().enumerate() {
                unpack.begin(page.chunks.get(chunk_of(plane)).copied().unwrap_or_default());
            }
            let left = column * page.chunk_width;
            let visible = page.chunk_width.min(width - left);
            for line in out.chunks_exact_mut(width) {
                for (plane, unpack) in planes.iter_mut().enumerate() {
                    unpack.fill(stored).map_err(fault(plane))?;
                    page.predictor.undo(stored, spare, page.bits, samples, page.order);
                    if page.planes > 1 {
                        weave(stored, woven, plane, page.planes, page.chunk_pixel_bytes());
                    }
                }
                let row = if page.planes > 1 { &*woven } else { &*stored };
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
    in_bands(out, page.chunk_height * width, rows, in_band)
}

/// What decoding rows of chunks needs: a decoder for each plane, a row of one plane, one to spare, and one of all planes.
struct Rows<'a> {
    planes: Vec<Unpack<'a>>,
    stored: Vec<u8>,
    spare: Vec<u8>,
    woven: Vec<u8>,
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
    in_bands(
        out,
        page.chunk_height * width,
        || (),
        |(), (chunk, out)| {
            let data = page.chunks.get(chunk).copied().unwrap_or_default();
            decode(data, width, out).map_err(|fault| unpack_error(page, chunk, fault))
        },
    )
}

/// Runs `decode` over bands of `band` elements, until one fails; returns the error of the topmost that does. `memory` is
/// what one band after another uses.
fn in_bands<T: Send, M>(
    out: &mut [T],
    band: usize,
    memory: impl Fn() -> M + Sync + Send,
    decode: impl Fn(&mut M, (usize, &mut [T])) -> Result<(), ScanError> + Sync + Send,
) -> Result<(), ScanError> {
    if out.len() <= band {
        return decode(&mut memory(), (0, out));
    }
    let results = out.par_chunks_mut(band).enumerate().map_init(memory, decode);
    results.find_map_first(Result::err).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_end_inside_a_row_are_read_to_their_end() {
        // 5, 0, 17, then the string 0, 17 as one code across two rows of two bytes, and 0.
        let data = [0x80, 0x01, 0x40, 0x01, 0x18, 0x18, 0x02, 0x02];
        let mut unpack = Unpack::new(Packing::Lzw).unwrap();
        unpack.begin(&data);
        for expected in [[5, 0], [17, 0], [17, 0]] {
            let mut row = [0xAA; 2];
            unpack.fill(&mut row).unwrap();
            assert_eq!(row, expected);
        }
        assert!(matches!(unpack.fill(&mut [0]), Err(Fault::Short)));
        unpack.begin(&data[..5]);
        assert!(matches!(unpack.fill(&mut [0; 6]), Err(Fault::Short)));
    }

    #[test]
    fn nothing_of_one_chunk_is_left_for_the_next() {
        let secret = [77; 300];
        // A fixed block of deflate that repeats three bytes from one byte before its begin, where there is none.
        let back = [0x78, 0x9C, 0x03, 0x02, 0x00];
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&secret, 6);
        let read = |before: &[u8]| {
            let mut unpack = Unpack::new(Packing::Deflate).unwrap();
            let mut out = [0; 300];
            if !before.is_empty() {
                unpack.begin(before);
                unpack.fill(&mut out).unwrap();
                assert_eq!(out, secret);
            }
            unpack.begin(&back);
            let mut out = [0; 3];
            (unpack.fill(&mut out).is_ok(), out)
        };
        assert_eq!(read(&packed), read(&[]));
        assert!(!read(&packed).1.contains(&77));
    }
}
