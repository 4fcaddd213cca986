use crate::processed::Picture;
use crate::tiff::{Fault, PACKBITS_MAX_RATIO, PackBits, PageSize};
use crate::{ScanError, ScanWarning};

/// Bytes of the header: the number of segments and fifteen offsets.
const HEADER_BYTES: usize = 64;
const FIELD: &str = "DICOM RLE frame";

/// A frame in runs of bytes (PS3.5 annex G): one segment for each byte of a sample, the highest first.
pub(super) struct RlePicture<'a> {
    size: PageSize,
    /// Highest bytes first.
    planes: Vec<&'a [u8]>,
}

impl<'a> RlePicture<'a> {
    pub(super) fn open(data: &'a [u8], size: PageSize, bits_allocated: u16) -> Result<Self, ScanError> {
        let (header, _) = data.split_first_chunk::<HEADER_BYTES>().ok_or_else(|| ScanError::Truncated {
            field: FIELD.to_owned(),
            needed: HEADER_BYTES as u64,
            available: data.len() as u64,
        })?;
        let numbers: Vec<usize> =
            header.chunks_exact(4).map(|n| u32::from_le_bytes([n[0], n[1], n[2], n[3]]) as usize).collect();
        let segments = usize::from(bits_allocated / 8);
        if numbers[0] != segments {
            return Err(ScanError::mismatch(format!("{FIELD}: segments"), numbers[0], segments));
        }
        let mut planes = Vec::with_capacity(segments);
        for segment in 1..=segments {
            let end = if segment == segments { data.len() } else { numbers[segment + 1] };
            let plane = data.get(numbers[segment]..end).filter(|_| numbers[segment] >= HEADER_BYTES);
            let plane = plane.ok_or_else(|| {
                ScanError::malformed(format!("{FIELD}: segment {segment}"), "it lies outside the frame")
            })?;
            let (needed, available) = (size.pixels().div_ceil(PACKBITS_MAX_RATIO), plane.len() as u64);
            if available < needed {
                return Err(ScanError::Truncated { field: FIELD.to_owned(), needed, available });
            }
            planes.push(plane);
        }
        Ok(Self { size, planes })
    }
}

impl Picture for RlePicture<'_> {
    fn size(&self) -> PageSize {
        self.size
    }

    fn max_value(&self) -> u16 {
        if self.planes.len() == 1 { 255 } else { u16::MAX }
    }

    fn fill(self: Box<Self>, out: &mut [u16]) -> Result<Vec<ScanWarning>, ScanError> {
        let mut row = vec![0; self.size.width as usize];
        out.fill(0);
        for plane in &self.planes {
            let mut bytes = PackBits::new(plane);
            for out in out.chunks_exact_mut(row.len()) {
                bytes.fill(&mut row).map_err(|fault| match fault {
                    Fault::Short => {
                        let available = plane.len() as u64;
                        ScanError::Truncated { field: FIELD.to_owned(), needed: available + 1, available }
                    }
                    Fault::Damaged(reason) => ScanError::malformed(FIELD, reason),
                })?;
                out.iter_mut().zip(&row).for_each(|(value, byte)| *value = *value << 8 | u16::from(*byte));
            }
        }
        Ok(Vec::new())
    }
}
