//! What runs in one sweep over a view, row-parallel: each pass is the plain composition of its kernels, bit for bit, at
//! any number of threads. Inner loops say `wrapping_add` where the kernels prove that nothing wraps, so that they stay
//! vector instructions in builds that check arithmetic. `shaders/p.wgsl` is the twin of `passes/p.rs`; their `Params` have
//! the same layout.

pub mod attenuate;
pub mod bilateral;
pub mod display;
pub mod dose;
pub mod edge;
pub mod enhance;
pub mod equalise;
pub mod local_contrast;
pub mod material;
pub mod non_local_means;
pub mod resample;
pub mod statistics;
pub mod strip;

use crate::kernels::drift;
use crate::kernels::interpolation::Source;

/// What the passes need to know of one detector row of one band. 36 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Row {
    /// Counts without beam.
    pub dark: u32,
    /// `LN[air − dark]` in Q20; 0 for bad rows.
    pub gain_ln: u32,
    /// [`crate::kernels::interpolation`]: 0 good, 1 interpolated, 2 dead.
    pub state: u32,
    /// Nearest good row at or above.
    pub up: u32,
    /// Nearest good row at or below.
    pub down: u32,
    /// Weight of `down`.
    pub weight: u32,
    /// Sum of the weights of `up` and `down`, >= 1.
    pub span: u32,
    /// First of its blocks in the band's drifts; [`drift::NONE`] for a row whose gain is that of its calibration.
    pub drift: u32,
    /// 1 when it is one of the rows that the dose is measured by.
    pub is_dose: u32,
}

impl Row {
    /// A row from its calibration and its sources.
    pub fn new(dark: u16, gain_ln: u32, source: Source) -> Self {
        let Source { state, up, down, weight, span } = source;
        Self { dark: u32::from(dark), gain_ln, state, up, down, weight, span, drift: drift::NONE, is_dose: 0 }
    }
}

/// Rows that one task takes: enough to be worth starting, few enough to share out (about 32 Ki pixels).
pub(crate) fn rows_per_task(width: usize) -> usize {
    (32_768 / width.max(1)).max(1)
}

/// Rows `first - margin` to `first + rows + margin` of a plane, each with `margin` more columns on either side; outside the
/// plane the nearest edge pixel stands in.
pub(crate) fn replicated(
    plane: &[u16],
    (width, height): (usize, usize),
    first: usize,
    rows: usize,
    margin: usize,
) -> Vec<u16> {
    let pitch = width + 2 * margin;
    let mut padded = vec![0; pitch * (rows + 2 * margin)];
    for (i, line) in padded.chunks_exact_mut(pitch).enumerate() {
        let y = (first + i).saturating_sub(margin).min(height - 1);
        let row = &plane[y * width..][..width];
        line[..margin].fill(row[0]);
        line[margin..margin + width].copy_from_slice(row);
        line[margin + width..].fill(row[width - 1]);
    }
    padded
}
