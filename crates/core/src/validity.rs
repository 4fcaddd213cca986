/// Bits of the validity mask, one byte a pixel (FORMATS: dead, saturated, penetration-limited, interpolated, beam off).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity(pub u8);

impl Validity {
    /// The detector is dead or was refused.
    pub const DEAD: u8 = 1;
    /// The count is at the converter's upper end.
    pub const SATURATED: u8 = 2;
    /// Nothing measurable is left behind the load: attenuation is a lower bound.
    pub const PENETRATION_LIMITED: u8 = 4;
    /// The value was interpolated from neighbours.
    pub const INTERPOLATED: u8 = 8;
    /// The beam was off in this column.
    pub const BEAM_OFF: u8 = 16;

    /// Whether any of `bits` is set.
    pub fn has(self, bits: u8) -> bool {
        self.0 & bits != 0
    }
}
