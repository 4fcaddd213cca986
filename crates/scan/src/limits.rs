use crate::ScanError;

/// What a file may ask for. Every figure is checked before the memory that it speaks of is allocated.
///
/// Decoding takes at most two bytes per pixel for the result (a plane of `f32`: four), `max_working_bytes` beside it, a few
/// rows per thread, and for a description about forty times its length while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub max_file_bytes: u64,
    /// Pixels of all bands of all views together.
    pub max_pixels: u64,
    /// Columns or rows of a band.
    pub max_side: u32,
    /// Bytes of a JSON description.
    pub max_description_bytes: u64,
    /// Nesting of a JSON description.
    pub max_description_depth: u64,
    /// Pages of a TIFF file.
    pub max_pages: u64,
    /// Bytes that a decoder may hold beside the result (JPEG and interlaced PNG need a whole picture).
    pub max_working_bytes: u64,
}

impl Default for Limits {
    /// The limits of RELIABILITY: 400 million pixels, 131,072 a side, JSON of 1 MiB and 64 levels, 1,000 entries.
    fn default() -> Self {
        Self {
            max_file_bytes: 1 << 30,
            max_pixels: 400_000_000,
            max_side: 131_072,
            max_description_bytes: 1 << 20,
            max_description_depth: 64,
            max_pages: 1_000,
            max_working_bytes: 1 << 30,
        }
    }
}

impl Limits {
    /// Refuses a `value` above its `limit`.
    pub(crate) fn check(field: &str, value: u64, limit: u64) -> Result<(), ScanError> {
        if value > limit { Err(ScanError::TooLarge { field: field.to_owned(), value, limit }) } else { Ok(()) }
    }

    /// Refuses sides of zero, too long sides and too many pixels; returns the number of pixels.
    pub(crate) fn check_size(&self, field: &str, width: u64, height: u64) -> Result<u64, ScanError> {
        for (name, side) in [("width", width), ("height", height)] {
            if side == 0 {
                return Err(ScanError::Malformed { field: format!("{field}: {name}"), reason: "it is 0".to_owned() });
            }
            Self::check(&format!("{field}: {name}"), side, u64::from(self.max_side))?;
        }
        let pixels = width.saturating_mul(height);
        Self::check(&format!("{field}: pixels"), pixels, self.max_pixels)?;
        Ok(pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked_side_by_side_and_as_a_product() {
        let limits = Limits::default();
        assert_eq!(limits.check_size("page", 131_072, 3_000).unwrap(), 393_216_000);
        for (width, height) in [(0, 1), (1, 0), (131_073, 1), (1, 131_073), (131_072, 3_052), (u64::MAX, u64::MAX)] {
            assert!(limits.check_size("page", width, height).is_err(), "{width} x {height}");
        }
    }
}
