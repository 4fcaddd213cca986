//! Areal density and class from both attenuations: box means of 5 × 5, position between forward curves, `λ` at the
//! pixel's own `A_high`. Kernel: [`crate::kernels::material`].

use rayon::prelude::*;

use super::rows_per_task;
use crate::kernels::material::{BOX_RADIUS, Decision, LAMBDA_SCALE, MaterialTables, classify, lambda_q10, mean_q16};

/// Uniform parameters, 48 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Curves in use.
    pub curves: u32,
    /// Curve assumed where the material cannot be told.
    pub default_curve: u32,
    /// First of the two curves that must be told apart.
    pub decisive_first: u32,
    /// Second of them.
    pub decisive_last: u32,
    /// Mean attenuation in Q16 below which there is only air.
    pub thin_q16: u32,
    /// Mean low-band attenuation in Q16 from which that band sees nothing.
    pub low_limit_q16: u32,
    /// 1 when there is a low band.
    pub is_dual: u32,
    /// Unused, 0.
    pub padding: [u32; 3],
}

impl Params {
    /// The kernel's view of these parameters.
    pub fn decision(&self) -> Decision {
        Decision {
            curves: self.curves,
            default_curve: self.default_curve,
            decisive_first: self.decisive_first,
            decisive_last: self.decisive_last,
            thin_q16: self.thin_q16,
            low_limit_q16: self.low_limit_q16,
            is_dual: self.is_dual != 0,
        }
    }
}

/// The planes a pass reads.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Attenuation of the high band, Q12.
    pub high: &'a [u16],
    /// Attenuation of the low band, Q12; `None` when `is_dual` is 0.
    pub low: Option<&'a [u16]>,
    /// Validity bits.
    pub validity: &'a [u8],
}

/// Fills areal density (g/cm²) and class numbers.
pub fn run(
    params: &Params,
    tables: &MaterialTables,
    input: Input<'_>,
    areal_density: &mut [f32],
    z_class: &mut [u8],
) {
    let width = params.width as usize;
    let band = rows_per_task(width);
    let decision = params.decision();
    areal_density.par_chunks_mut(width * band).zip(z_class.par_chunks_mut(width * band)).enumerate().for_each(
        |(k, (areal_density, z_class))| {
            let (mut highs, mut lows) = (BoxMeans::new(width), BoxMeans::new(width));
            let lines = areal_density.chunks_mut(width).zip(z_class.chunks_mut(width));
            for (i, (areal_density, z_class)) in lines.enumerate() {
                let y = k * band + i;
                highs.load(input.high, params, y);
                // Without a low band its means stay 0, and nothing reads them.
                if let Some(low) = input.low {
                    lows.load(low, params, y);
                }
                let own = &input.high[y * width..][..width];
                let validity = &input.validity[y * width..][..width];
                let means = highs.means.iter().zip(&lows.means);
                let pixels = means.zip(own.iter().zip(validity));
                let out = areal_density.iter_mut().zip(z_class);
                for (((h, l), (own, validity)), (areal_density, z_class)) in pixels.zip(out) {
                    let (j, t, class) = classify(*h, *l, *validity, &decision, tables);
                    *areal_density = lambda_q10(*own, j, t, class, &decision, tables) as f32 * (1.0 / LAMBDA_SCALE);
                    *z_class = class;
                }
            }
        },
    );
}

/// Means of the boxes around the pixels of one row.
struct BoxMeans {
    columns: Vec<u32>,
    means: Vec<u32>,
}

impl BoxMeans {
    fn new(width: usize) -> Self {
        Self { columns: vec![0; width], means: vec![0; width] }
    }

    fn load(&mut self, plane: &[u16], params: &Params, y: usize) {
        let (width, height) = (params.width as usize, params.height as usize);
        let rows = y.saturating_sub(BOX_RADIUS)..(y + BOX_RADIUS + 1).min(height);
        self.columns.fill(0);
        for yy in rows.clone() {
            for (sum, a) in self.columns.iter_mut().zip(&plane[yy * width..][..width]) {
                *sum = sum.wrapping_add(u32::from(*a));
            }
        }
        let (columns, rows) = (&self.columns[..], rows.len() as u32);
        let mean_at = |x: usize| {
            let columns = &columns[x.saturating_sub(BOX_RADIUS)..(x + BOX_RADIUS + 1).min(width)];
            mean_q16(columns.iter().sum(), rows * columns.len() as u32)
        };
        if rows != FULL || width <= 2 * BOX_RADIUS {
            (0..width).for_each(|x| self.means[x] = mean_at(x));
            return;
        }
        for x in (0..BOX_RADIUS).chain(width - BOX_RADIUS..width) {
            self.means[x] = mean_at(x);
        }
        // Whole boxes: a constant divisor and plain neighbours become vector instructions.
        let inner = &mut self.means[BOX_RADIUS..width - BOX_RADIUS];
        let n = inner.len();
        let column: [&[u32]; FULL as usize] = std::array::from_fn(|k| &columns[k..][..n]);
        for x in 0..n {
            let sum = column.iter().fold(0_u32, |sum, column| sum.wrapping_add(column[x]));
            inner[x] = mean_q16(sum, FULL * FULL);
        }
    }
}

/// Rows and columns of a whole box.
const FULL: u32 = 2 * BOX_RADIUS as u32 + 1;
