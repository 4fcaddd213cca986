//! Areal density, class and how sure both are, from both attenuations: box means of 5 × 5, one place among the cells of the
//! nearest node, `λ` at the pixel's own `A_high`. Kernel: [`crate::kernels::material`].

use rayon::prelude::*;

use super::rows_per_task;
use crate::kernels::material::{BOX_RADIUS, Found, MaterialTables, find, mean_q16, of_air};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// Mean attenuation in Q16 below which there is only air.
    pub thin_q16: u32,
    /// 1 when there is a low band.
    pub is_dual: u32,
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

/// The planes a pass fills, each of the view's size.
#[derive(Debug)]
pub struct Output<'a> {
    /// Areal density in g/cm².
    pub areal_density: &'a mut [f32],
    /// Class numbers.
    pub z_class: &'a mut [u8],
    /// One sigma of areal density over areal density, in 1/512.
    pub areal_density_sigma: &'a mut [u8],
    /// Probability of the likeliest class, in 1/255.
    pub class_confidence: &'a mut [u8],
}

/// Fills the four planes.
pub fn run(params: &Params, tables: &MaterialTables, input: Input<'_>, output: Output<'_>) {
    let width = params.width as usize;
    let band = rows_per_task(width);
    let Output { areal_density, z_class, areal_density_sigma, class_confidence } = output;
    let bytes = z_class.par_chunks_mut(width * band);
    let bytes = bytes.zip(areal_density_sigma.par_chunks_mut(width * band));
    let bytes = bytes.zip(class_confidence.par_chunks_mut(width * band));
    areal_density.par_chunks_mut(width * band).zip(bytes).enumerate().for_each(
        |(task, (areal_density, ((z_class, sigma), confidence)))| {
            let (mut highs, mut lows) = (BoxMeans::new(width), BoxMeans::new(width));
            let mut found = vec![Found { lambda_q10: 0, word: 0 }; width];
            let lines = areal_density.chunks_mut(width).zip(z_class.chunks_mut(width));
            let lines = lines.zip(sigma.chunks_mut(width).zip(confidence.chunks_mut(width)));
            for (i, ((areal_density, z_class), (sigma, confidence))) in lines.enumerate() {
                let y = task * band + i;
                highs.load(input.high, params, y);
                // Without a low band its means stay 0, and nothing comes of them.
                if let Some(low) = input.low {
                    lows.load(low, params, y);
                }
                let own = &input.high[y * width..][..width];
                let validity = &input.validity[y * width..][..width];
                classify(params, tables, [&highs.means, &lows.means], own, validity, &mut found);
                for (areal_density, found) in areal_density.iter_mut().zip(&found) {
                    *areal_density = found.areal_density();
                }
                for (z_class, found) in z_class.iter_mut().zip(&found) {
                    *z_class = found.class();
                }
                for (sigma, found) in sigma.iter_mut().zip(&found) {
                    *sigma = found.sigma();
                }
                for (confidence, found) in confidence.iter_mut().zip(&found) {
                    *confidence = found.confidence();
                }
            }
        },
    );
}

/// Pixels that are looked at together: a run of air costs one comparison a pixel.
const RUN: usize = 16;

fn classify(
    params: &Params,
    tables: &MaterialTables,
    [h, l]: [&[u32]; 2],
    own: &[u16],
    validity: &[u8],
    found: &mut [Found],
) {
    let thin = params.thin_q16;
    let runs = found.chunks_mut(RUN).zip(own.chunks(RUN).zip(validity.chunks(RUN)));
    for ((found, (own, validity)), (h, l)) in runs.zip(h.chunks(RUN).zip(l.chunks(RUN))) {
        let pixels = found.iter_mut().zip(h).zip(own);
        if h.iter().all(|h| *h < thin) {
            pixels.for_each(|((found, h), own)| *found = of_air(*h, *own, tables));
        } else {
            for (((found, h), own), (l, validity)) in pixels.zip(l.iter().zip(validity)) {
                *found = find(*h, *l, *own, *validity, thin, tables);
            }
        }
    }
}

/// Means of the boxes around the pixels of one row, rows taken in order.
struct BoxMeans {
    /// Sums over the rows of the box, column by column; of row `next - 1` once `next` is not 0.
    columns: Vec<u32>,
    means: Vec<u32>,
    /// The row whose sums come by adding one row and taking one away; 0 before the first.
    next: usize,
}

impl BoxMeans {
    fn new(width: usize) -> Self {
        Self { columns: vec![0; width], means: vec![0; width], next: 0 }
    }

    fn load(&mut self, plane: &[u16], params: &Params, y: usize) {
        let (width, height) = (params.width as usize, params.height as usize);
        let row = |y: usize| &plane[y * width..][..width];
        let rows = y.saturating_sub(BOX_RADIUS)..(y + BOX_RADIUS + 1).min(height);
        let count = rows.len() as u32;
        if self.next == y && y > BOX_RADIUS && y + BOX_RADIUS < height {
            let (come, gone) = (row(y + BOX_RADIUS), row(y - BOX_RADIUS - 1));
            for ((sum, come), gone) in self.columns.iter_mut().zip(come).zip(gone) {
                *sum = sum.wrapping_add(u32::from(*come)).wrapping_sub(u32::from(*gone));
            }
        } else {
            self.columns.fill(0);
            for yy in rows {
                for (sum, a) in self.columns.iter_mut().zip(row(yy)) {
                    *sum = sum.wrapping_add(u32::from(*a));
                }
            }
        }
        self.next = y + 1;
        let columns = &self.columns[..];
        let mean_at = |x: usize| {
            let columns = &columns[x.saturating_sub(BOX_RADIUS)..(x + BOX_RADIUS + 1).min(width)];
            mean_q16(columns.iter().sum(), count * columns.len() as u32)
        };
        if count != FULL || width <= 2 * BOX_RADIUS {
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
