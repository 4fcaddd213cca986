//! Projection of any solid into a scan that exists, real ones included.
//!
//! [`Calibration::of`] reads once what a scan's pixels mean; [`insert`] then puts solids into it, as often as one likes, and
//! [`insert_patch`] gives only the pixels that change. Of a pixel whose signal is `scatter + t · (1 − scatter)`, only `t` is
//! attenuated, by `T(what is there + what is added) / T(what is there)` in each band, what is there being what the scan's
//! own bands show; edges get the scan's line spread, the pixel keeps its own noise (as it shrinks with the signal) and
//! gets what its new mean lacks. Dose, gain and their drifts are factors, so they stay as they are; dead detectors,
//! saturated pixels and columns without beam are not touched.
//!
//! Not modelled: what vendors of processed pictures do besides a tone curve (local contrast, edge enhancement), and the
//! scatter that the solids themselves make or take away elsewhere.

use pellucid_core::{PixelBox, Raster, RawScan};

use crate::error::PhantomError;
use crate::scene::{Scene, Substance};

mod blur;
mod calibration;
mod counts;
mod existing;
mod frame;
mod grey;
mod noise;
mod patch;
mod trace;
mod write;

pub use calibration::{Calibration, CalibrationOptions};
pub use frame::BoxView;
pub use grey::GreyModel;
pub use noise::CountNoise;
pub use patch::insert_patch;

/// Whether solids stand in free space or in goods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Placement {
    /// They come in addition to what is there.
    Adds,
    /// They take the place of this substance of the same scene ([`Scene::substance`]), wherever they are; hollows take it
    /// away. Where a ray does not hold as much, all that it holds is taken away.
    Displaces(Substance),
}

/// How solids are put in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InsertOptions {
    /// In free space or in goods.
    pub placement: Placement,
    /// Whether the noise that the new means lack is drawn; without it the noise that is there only shrinks.
    pub noise: bool,
    /// Value of the mask for solids without an item of their own, at least 1.
    pub mask_id: u16,
}

impl Default for InsertOptions {
    fn default() -> Self {
        Self { placement: Placement::Adds, noise: true, mask_id: crate::yard::MASK_ID }
    }
}

/// The part of a view that solids change. Rasters have the size of `window`.
#[derive(Debug, Clone)]
pub struct Patch {
    /// Index of the view.
    pub view: usize,
    /// Where in the view; empty when nothing changes.
    pub window: PixelBox,
    /// New pixels: index of the band in the view, and its values.
    pub bands: Vec<(usize, Raster<u16>)>,
    /// Item of the solid that shows (`mask_id` where it has none), 0 where no ray meets one: exact, without line spread.
    pub mask: Raster<u16>,
    /// Share of the pixel that solids cover, 0 to 1.
    pub covered: Raster<f32>,
    /// Areal density that the solids add along the ray less what they displace, g/cm², mean over the pixel.
    pub areal_density: Raster<f32>,
    /// The smallest box around the mask, in the view; `None` where it is empty.
    pub box_px: Option<PixelBox>,
    /// Mass of the solids, kg, from their volumes.
    pub mass_kg: f64,
    /// Mass that they take the place of, kg, from their volumes; 0 unless they displace.
    pub displaced_kg: f64,
    /// Pixels whose rays hold less than is displaced.
    pub short_pixels: usize,
}

/// A scan with solids in it and the truth about them. Rasters have the size of the view.
#[derive(Debug, Clone)]
pub struct Insertion {
    /// The scan, of the same grade, geometry and calibration rows.
    pub scan: RawScan,
    /// As [`Patch::mask`].
    pub mask: Raster<u16>,
    /// As [`Patch::areal_density`].
    pub areal_density: Raster<f32>,
    /// As [`Patch::mass_kg`].
    pub mass_kg: f64,
    /// As [`Patch::displaced_kg`].
    pub displaced_kg: f64,
    /// As [`Patch::box_px`].
    pub box_px: Option<PixelBox>,
}

/// Puts a scene's solids into a scan: a pure function of its arguments, to the byte.
///
/// The scene is in lane coordinates of the scan (x from the left edge of column 0, y up from the lane, z from the source, mm)
/// or, calibrated with a [`BoxView`], in the box's. Its solids must not overlap one another unless nested.
///
/// # Errors
/// As [`insert_patch`].
pub fn insert(
    scan: &RawScan,
    calibration: &Calibration,
    scene: &Scene,
    options: &InsertOptions,
    seed: u64,
) -> Result<Insertion, PhantomError> {
    let patch = insert_patch(scan, calibration, scene, options, seed)?;
    let (width, height) = calibration.size;
    let (mut scan, window) = (scan.clone(), patch.window);
    let mut mask = Raster::filled(width, height, 0);
    let mut areal_density = Raster::filled(width, height, 0.0);
    for (index, values) in &patch.bands {
        paste(&mut scan.views[patch.view].bands[*index].counts, values, window);
    }
    paste(&mut mask, &patch.mask, window);
    paste(&mut areal_density, &patch.areal_density, window);
    let Patch { mass_kg, displaced_kg, box_px, .. } = patch;
    Ok(Insertion { scan, mask, areal_density, mass_kg, displaced_kg, box_px })
}

fn paste<T: Copy>(into: &mut Raster<T>, values: &Raster<T>, window: PixelBox) {
    let (width, n) = (into.width(), values.width());
    let pixels = into.pixels_mut();
    for y in 0..values.height() {
        let first = (window.y as usize + y) * width + window.x as usize;
        pixels[first..first + n].copy_from_slice(values.row(y));
    }
}

/// A refusal: names what was asked for, the limit and the value.
fn refuse(key: impl Into<String>, reason: impl Into<String>) -> PhantomError {
    PhantomError::value("insertion", key, reason)
}
