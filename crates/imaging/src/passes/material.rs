//! Areal density, class and how sure both are, from both attenuations: box means of 5 × 5, one place among the cells of the
//! nearest node, `λ` at the pixel's own `A_high`. Kernel: [`crate::kernels::material`].

use rayon::prelude::*;

use super::rows_per_task;
use crate::InstructionSet;
use crate::kernels::material::{
    BOX_RADIUS, LAMBDA_SCALE, MaterialTables, Pixel, find, level_corner, mean_q16, of_air,
};

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
    run_with(InstructionSet::best(), params, tables, input, output);
}

/// [`run`] with one instruction set; every one gives the same bits.
pub fn run_with(set: InstructionSet, params: &Params, tables: &MaterialTables, input: Input<'_>, output: Output<'_>) {
    let width = params.width as usize;
    let band = rows_per_task(width);
    let Output { areal_density, z_class, areal_density_sigma, class_confidence } = output;
    let bytes = z_class.par_chunks_mut(width * band);
    let bytes = bytes.zip(areal_density_sigma.par_chunks_mut(width * band));
    let bytes = bytes.zip(class_confidence.par_chunks_mut(width * band));
    areal_density.par_chunks_mut(width * band).zip(bytes).enumerate().for_each(
        |(task, (areal_density, ((z_class, areal_density_sigma), class_confidence)))| {
            let output = Output { areal_density, z_class, areal_density_sigma, class_confidence };
            set.run(
                #[inline(always)]
                || sweep(params, tables, input, output, task * band),
            );
        },
    );
}

/// The rows of one task, the first of which is `top`.
#[inline(always)]
fn sweep(params: &Params, tables: &MaterialTables, input: Input<'_>, output: Output<'_>, top: usize) {
    let size @ (width, _) = (params.width as usize, params.height as usize);
    let (mut highs, mut lows) = (BoxMeans::new(width), BoxMeans::new(width));
    let (mut lambda, mut words) = (vec![0_u32; width], vec![0_u32; width]);
    let lines = output.areal_density.chunks_mut(width).zip(output.z_class.chunks_mut(width));
    let more = output.areal_density_sigma.chunks_mut(width).zip(output.class_confidence.chunks_mut(width));
    for (i, ((areal_density, z_class), (sigma, confidence))) in lines.zip(more).enumerate() {
        let y = top + i;
        highs.load(input.high, size, y);
        // Without a low band its means stay 0, and nothing comes of them.
        if let Some(low) = input.low {
            lows.load(low, size, y);
        }
        let level = |x: usize| level_corner(input.high, input.low?, width, (x, y));
        let row = Row {
            h: &highs.means,
            l: &lows.means,
            own: &input.high[y * width..][..width],
            validity: &input.validity[y * width..][..width],
        };
        classify(params.thin_q16, tables, row, level, [&mut lambda, &mut words]);
        for (out, q10) in areal_density.iter_mut().zip(&lambda) {
            *out = *q10 as i32 as f32 * (1.0 / LAMBDA_SCALE);
        }
        unpack(&words, z_class, 13, 7);
        unpack(&words, sigma, 24, 255);
        unpack(&words, confidence, 16, 255);
    }
}

/// Some bits of each word.
#[inline(always)]
fn unpack(words: &[u32], out: &mut [u8], bits: u32, mask: u32) {
    for (out, word) in out.iter_mut().zip(words) {
        *out = (word >> bits & mask) as u8;
    }
}

/// Pixels that are looked at together: a run of air costs little more than a comparison a pixel.
const RUN: usize = 32;

/// What a row is classified by: means of boxes in both bands, its own attenuation, its validity.
#[derive(Clone, Copy)]
struct Row<'a> {
    h: &'a [u32],
    l: &'a [u32],
    own: &'a [u16],
    validity: &'a [u8],
}

/// `level` gives [`level_corner`] of a column. Not compiled for wider instruction sets on purpose: they would gather from
/// the tables, and the variant that did was slower than plain loads when it was tried.
#[inline(never)]
fn classify(
    thin: u32,
    tables: &MaterialTables,
    row: Row<'_>,
    level: impl Fn(usize) -> Option<[u32; 2]>,
    [lambda, words]: [&mut [u32]; 2],
) {
    let out = lambda.chunks_mut(RUN).zip(words.chunks_mut(RUN));
    let pixels = row.own.chunks(RUN).zip(row.validity.chunks(RUN));
    let means = row.h.chunks(RUN).zip(row.l.chunks(RUN));
    for (run, (((lambda, words), (own, validity)), (h, l))) in out.zip(pixels).zip(means).enumerate() {
        let n = lambda.len();
        let (words, own, validity, h, l) = (&mut words[..n], &own[..n], &validity[..n], &h[..n], &l[..n]);
        if h.iter().fold(0, |most, h| most.max(*h)) < thin {
            for i in 0..n {
                let found = of_air(h[i], own[i], tables);
                (lambda[i], words[i]) = (found.lambda_q10, found.word);
            }
        } else {
            for i in 0..n {
                let pixel = Pixel { h: h[i], l: l[i], a_high: own[i], validity: validity[i] };
                let found = find(pixel, || level(run * RUN + i), thin, tables);
                (lambda[i], words[i]) = (found.lambda_q10, found.word);
            }
        }
    }
}

/// Means of the boxes around the pixels of one row, rows taken in order.
pub(super) struct BoxMeans {
    /// Sums over the rows of the box, column by column; of row `next - 1` once `next` is not 0.
    columns: Vec<u32>,
    pub(super) means: Vec<u32>,
    /// The row whose sums come by adding one row and taking one away; 0 before the first.
    next: usize,
}

impl BoxMeans {
    pub(super) fn new(width: usize) -> Self {
        Self { columns: vec![0; width], means: vec![0; width], next: 0 }
    }

    #[inline(always)]
    pub(super) fn load(&mut self, plane: &[u16], (width, height): (usize, usize), y: usize) {
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
        whole_boxes(columns, &mut self.means[BOX_RADIUS..width - BOX_RADIUS]);
    }
}

/// Means of whole boxes: a constant divisor and plain neighbours become vector instructions.
#[inline(always)]
fn whole_boxes(columns: &[u32], means: &mut [u32]) {
    let n = means.len();
    let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|k| &columns[k..k + n]);
    for ((mean, ((a, b), (c, d))), e) in means.iter_mut().zip(a.iter().zip(b).zip(c.iter().zip(d))).zip(e) {
        let sum = a.wrapping_add(*b).wrapping_add(c.wrapping_add(*d)).wrapping_add(*e);
        *mean = mean_q16(sum, FULL * FULL);
    }
}

/// Rows and columns of a whole box.
const FULL: u32 = 2 * BOX_RADIUS as u32 + 1;
