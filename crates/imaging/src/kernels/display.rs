//! Colour of one pixel from two tables that the host builds from [`crate::DisplayParams`].
//!
//! `b = tone[A_high]`, `slot = 6` where nothing was measured (`BEAM_OFF`, or `DEAD` without `INTERPOLATED`), else the
//! pixel's class, or 5 (undecidable) in views without classes; `colour = palette[slot · 256 + b]`.
//! `tone[a] = round(255 · x^gamma)`, `x = clamp((window_high − a / 4096) / (window_high − window_low), 0, 1)`: thin is
//! bright, dense is black. Colours are packed `red | green << 8 | blue << 16 | alpha << 24`.
//! Convention of the trade: organic orange, light inorganic green, metal blue, heavy violet.

use super::material::is_unmeasured;

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Rows of the palette: six classes, unmeasured, one spare.
pub const SLOTS: usize = 8;
/// Palette row of pixels where nothing was measured.
pub const UNMEASURED: usize = 6;

/// The two tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayTables {
    /// Brightness per attenuation; 65,536 entries.
    pub tone: Box<[u8; 65_536]>,
    /// Colour per slot and brightness; `8 · 256` entries.
    pub palette: Box<[u32; SLOTS * 256]>,
}

/// Palette row of a pixel; `z_class` is 5 in views without classes.
#[inline]
pub fn slot(z_class: u8, validity: u8) -> usize {
    if is_unmeasured(validity) { UNMEASURED } else { usize::from(z_class.min(5)) }
}

/// Packed colour of a pixel.
#[inline]
pub fn colour(a_high: u16, z_class: u8, validity: u8, tables: &DisplayTables) -> u32 {
    tables.palette[slot(z_class, validity) * 256 + usize::from(tables.tone[usize::from(a_high)])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use pellucid_core::Validity;

    #[test]
    fn unmeasured_pixels_have_their_own_slot() {
        assert_eq!(slot(3, 0), 3);
        assert_eq!(slot(250, 0), 5);
        assert_eq!(slot(3, Validity::BEAM_OFF), UNMEASURED);
        assert_eq!(slot(3, Validity::DEAD), UNMEASURED);
        assert_eq!(slot(3, Validity::DEAD | Validity::INTERPOLATED), 3);
    }
}
