//! Gain of a detector row that drifts or steps while a scan is taken, as an offset of the logarithm of its calibration.
//!
//! Columns are taken in blocks of [`BLOCK`]. In the block that holds column `x`: `δ(x) = before` for `x < step`, else
//! `after`, in Q20; the row's gain at `x` is `LN[air − dark] + δ(x)`. One step a block says any step at its very column,
//! and a slow drift as a staircase. Rows without drift have no blocks. Who finds the offsets: [`crate::GainChange`].
//! Source: DOMAIN §2, "gain steps in mid-scan", "drifting detectors make horizontal stripes".

/// Engines agree exactly.
pub const TOLERANCE: u32 = 0;

/// Columns of a block.
pub const BLOCK: usize = 64;

/// Stands for the first block of a row whose gain is that of its calibration.
pub const NONE: u32 = u32::MAX;

/// Offsets of one row within one block. 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct DriftBlock {
    /// Offset in Q20 of the columns before `step`.
    pub before: i32,
    /// Offset in Q20 of the columns from `step` on.
    pub after: i32,
    /// A column of the view.
    pub step: u32,
    /// Unused, 0.
    pub padding: u32,
}

impl DriftBlock {
    /// `δ(x)` within the block.
    #[inline]
    pub fn at(&self, x: usize) -> i32 {
        if x < self.step as usize { self.before } else { self.after }
    }
}

/// `δ(x)` of the row whose blocks begin at `first`; 0 when it has none.
#[inline]
pub fn drift_q20(blocks: &[DriftBlock], first: u32, x: usize) -> i32 {
    if first == NONE { 0 } else { blocks[first as usize + x / BLOCK].at(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_lies_at_its_column() {
        let flat = |value| DriftBlock { before: value, after: value, step: 0, padding: 0 };
        let blocks = [flat(9), flat(0), DriftBlock { before: 0, after: -500, step: 70, padding: 0 }, flat(-500)];
        assert_eq!([0, 63, 69, 70, 127, 128].map(|x| drift_q20(&blocks, 1, x)), [0, 0, 0, -500, -500, -500]);
        assert_eq!(drift_q20(&blocks, NONE, 70), 0);
    }
}
