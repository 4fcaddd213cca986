//! Picture for people: `palette[slot(class, validity) · 256 + tone[A_high]]`. Kernel: [`crate::kernels::display`].

use rayon::prelude::*;

use super::rows_per_task;
use crate::kernels::display::{DisplayTables, colour};

/// Uniform parameters, 16 bytes.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    /// Columns of the view.
    pub width: u32,
    /// Rows of the view.
    pub height: u32,
    /// 1 when the view has classes.
    pub has_class: u32,
    /// Unused, 0.
    pub padding: u32,
}

/// Class of pixels in views without classes: undecidable.
pub const NO_CLASS: u8 = 5;

/// Fills `rgba`, 4 bytes a pixel; `z_class` is `None` when `has_class` is 0.
pub fn run(
    params: &Params,
    tables: &DisplayTables,
    high: &[u16],
    z_class: Option<&[u8]>,
    validity: &[u8],
    rgba: &mut [u8],
) {
    let chunk = params.width as usize * rows_per_task(params.width as usize);
    rgba.par_chunks_mut(chunk * 4).enumerate().for_each(|(k, rgba)| {
        let n = rgba.len() / 4;
        let pixels = rgba.as_chunks_mut::<4>().0.iter_mut();
        let pixels = pixels.zip(high[k * chunk..][..n].iter().zip(&validity[k * chunk..][..n]));
        match z_class {
            Some(z_class) => {
                for ((pixel, (a, v)), class) in pixels.zip(&z_class[k * chunk..][..n]) {
                    *pixel = colour(*a, *class, *v, tables).to_le_bytes();
                }
            }
            None => pixels.for_each(|(pixel, (a, v))| *pixel = colour(*a, NO_CLASS, *v, tables).to_le_bytes()),
        }
    });
}
