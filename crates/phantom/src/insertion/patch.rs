//! The pixels that solids change: rays, ratios of signals, and what comes of them.

use pellucid_core::{PixelBox, Raster, RawScan};
use pellucid_imaging::physics::ForwardTable;
use rayon::prelude::*;

use super::blur::{Plane, reach, spread};
use super::calibration::{BandCalibration, Calibration};
use super::existing::{MATERIALS, Mixture};
use super::frame::Block;
use super::trace::Strip;
use super::write::{Window, write};
use super::{InsertOptions, Patch, Placement, refuse};
use crate::error::PhantomError;
use crate::projection::Projector;
use crate::scanner::parts as cuts;
use crate::scene::Scene;

/// Sub-columns where metal stands edge-on, as the renderer has them.
const FINE_STRIPS: usize = 8;
/// Columns that a band may look aside, and one for the neighbour.
const ASIDE: usize = 6;
/// Pixels around the solids, besides the line spread, from which means are taken.
const MARGIN: usize = 4;
/// Transmission below which a pixel's own value says less than its neighbours' mean.
pub(super) const FAINT: f64 = 0.02;

/// What one column comes to.
struct Column {
    /// Ratio of the signal after to before, per band.
    ratios: Vec<Vec<f64>>,
    areal_density: Vec<f32>,
    covered: Vec<f32>,
    item: Vec<u16>,
    short: usize,
}

/// Puts a scene's solids into a scan and gives the pixels that change.
///
/// # Errors
/// Another scan than was calibrated; a scene without solids; a solid that is not whole in the picture, not between source
/// and detectors, of a density below 0 or above 25 g/cm³; a displaced density that is not positive.
pub fn insert_patch(
    scan: &RawScan,
    calibration: &Calibration,
    scene: &Scene,
    options: &InsertOptions,
    seed: u64,
) -> Result<Patch, PhantomError> {
    let planes = planes(scan, calibration)?;
    check(scene, options)?;
    let placed = calibration.frame.placed(scene);
    let seen = calibration.frame.bounds(&placed, calibration.size)?;
    let volume = |solid: &crate::scene::Solid| solid.shape.volume_mm3() * 1e-6;
    let displaced_kg = match options.placement {
        Placement::Adds => 0.0,
        Placement::Displaces(goods) => {
            scene.solids.iter().filter(|s| s.parent.is_none()).map(|s| volume(s) * goods.density).sum()
        }
    };
    let displaces = displaced_kg > 0.0;
    let mass_kg = scene.mass_kg();
    if !displaces && scene.solids.iter().all(|solid| solid.substance.density <= 0.0) {
        return Ok(Patch {
            view: calibration.view,
            window: PixelBox { x: 0, y: 0, width: 0, height: 0 },
            bands: Vec::new(),
            mask: Raster::filled(0, 0, 0),
            covered: Raster::filled(0, 0, 0.0),
            areal_density: Raster::filled(0, 0, 0.0),
            box_px: None,
            mass_kg,
            displaced_kg,
            short_pixels: 0,
        });
    }
    let window = grown(seen, calibration);
    let before = Window::new(window, &calibration.bands, &planes);
    let columns = trace(calibration, &placed, &before, options)?;
    let rows = window.height as usize;
    let mut bands = Vec::with_capacity(planes.len());
    for (i, band) in calibration.bands.iter().enumerate() {
        let values = columns.iter().flat_map(|column| column.ratios[i].iter().copied()).collect();
        let mut ratio = Plane { rows, values };
        spread(&mut ratio, &before.through[i], calibration.blur_px);
        bands.push((band.index, write(band, planes[i], &before, i, &ratio, options.noise, seed)?));
    }
    let short_pixels = columns.iter().map(|column| column.short).sum();
    let mask = transposed(&columns, rows, |column| &column.item)?;
    Ok(Patch {
        view: calibration.view,
        window,
        bands,
        box_px: around(&mask, window),
        covered: transposed(&columns, rows, |column| &column.covered)?,
        areal_density: transposed(&columns, rows, |column| &column.areal_density)?,
        mask,
        mass_kg,
        displaced_kg,
        short_pixels,
    })
}

/// The calibrated bands' pixels.
fn planes<'a>(scan: &'a RawScan, calibration: &Calibration) -> Result<Vec<&'a Raster<u16>>, PhantomError> {
    let view = scan.views.get(calibration.view);
    let plane = |band: &BandCalibration| {
        let found = view.and_then(|view| view.bands.get(band.index)).filter(|b| b.kind == band.kind);
        let Some(found) = found else {
            let key = format!("bands[{}]", band.kind.as_str());
            return Err(refuse(key, "missing in this scan, which is not the one that was calibrated"));
        };
        let (size, expected) = ((found.counts.width(), found.counts.height()), calibration.size);
        if size != expected {
            let reason = format!("must have the {expected:?} pixels that were calibrated, got {size:?}");
            return Err(refuse(format!("bands[{}].counts", band.kind.as_str()), reason));
        }
        Ok(&found.counts)
    };
    calibration.bands.iter().map(plane).collect()
}

fn check(scene: &Scene, options: &InsertOptions) -> Result<(), PhantomError> {
    for (i, solid) in scene.solids.iter().enumerate() {
        let density = solid.substance.density;
        if !(0.0..25.0).contains(&density) {
            let key = format!("scene.solids[{i}].density");
            return Err(refuse(key, format!("must lie in 0 to 25 g/cm³, got {density}")));
        }
        if density > 0.0 && usize::from(solid.substance.slot) >= scene.materials.len() {
            return Err(refuse(format!("scene.solids[{i}].substance"), "is not a substance of this scene"));
        }
    }
    if let Placement::Displaces(goods) = options.placement {
        if !(goods.density > 0.0 && goods.density < 25.0) {
            let reason = format!("must be above 0 and below 25 g/cm³, got {}", goods.density);
            return Err(refuse("placement.displaces.density", reason));
        }
        if usize::from(goods.slot) >= scene.materials.len() {
            return Err(refuse("placement.displaces", "is not a substance of this scene"));
        }
    }
    if options.mask_id == 0 {
        return Err(refuse("mask_id", "must be at least 1, got 0"));
    }
    Ok(())
}

/// The solids' pixels and all that are needed around them.
fn grown(seen: PixelBox, calibration: &Calibration) -> PixelBox {
    let [along_x, along_y] = reach(calibration.blur_px);
    let aside = calibration.bands.iter().map(|band| band.column_offset.abs().ceil() as usize).max().unwrap_or(0);
    let (x_margin, y_margin) = ((along_x + aside + MARGIN) as u32, (along_y + MARGIN) as u32);
    let (x, y) = (seen.x.saturating_sub(x_margin), seen.y.saturating_sub(y_margin));
    let right = (seen.right() + x_margin).min(calibration.size.0 as u32);
    let bottom = (seen.bottom() + y_margin).min(calibration.size.1 as u32);
    PixelBox { x, y, width: right - x, height: bottom - y }
}

/// What a ray holds before anything is put in, and each band's transmission behind it.
struct Ground {
    mixture: Mixture,
    through: Vec<f64>,
}

/// Traces every column of the window; columns in order.
fn trace(
    calibration: &Calibration,
    placed: &Scene,
    before: &Window,
    options: &InsertOptions,
) -> Result<Vec<Column>, PhantomError> {
    let displaced = match options.placement {
        Placement::Adds => None,
        Placement::Displaces(goods) => Some((MATERIALS + usize::from(goods.slot), goods.density)),
    };
    let tables = calibration.tables(&placed.materials)?;
    let window = before.px;
    let mut columns = Vec::with_capacity(window.width as usize);
    for block in calibration.frame.blocks([window.x as usize, window.right() as usize], calibration.size.1) {
        let pitch = calibration.frame.pitch_mm();
        let projector = Projector::new(placed, &block.fan, block.columns[1] + ASIDE, pitch);
        let tracer =
            Tracer { calibration, placed, before, options, displaced, tables: &tables, block: &block, pitch };
        let done: Vec<Column> = (block.columns[0]..block.columns[1])
            .into_par_iter()
            .map(|column| tracer.column(&projector, column))
            .collect();
        columns.extend(done);
    }
    Ok(columns)
}

/// All that a column's trace needs.
struct Tracer<'a> {
    calibration: &'a Calibration,
    placed: &'a Scene,
    before: &'a Window,
    options: &'a InsertOptions,
    /// Index of the displaced material in the tables, and its density.
    displaced: Option<(usize, f64)>,
    tables: &'a [ForwardTable],
    block: &'a Block,
    pitch: f64,
}

impl Tracer<'_> {
    fn column(&self, projector: &Projector<'_>, column: usize) -> Column {
        let (rows, first) = (self.before.px.height as usize, self.before.px.y as usize);
        let mut done = Column {
            ratios: vec![vec![0.0; rows]; self.tables.len()],
            areal_density: vec![0.0; rows],
            covered: vec![0.0; rows],
            item: vec![0; rows],
            short: 0,
        };
        let mut grounds: Vec<Option<Ground>> = (0..rows).map(|_| None).collect();
        let parts = self.block.row_parts;
        let mut strip = Strip::new(first * parts, rows * parts, self.placed.materials.len(), self.options.mask_id);
        let bands = &self.calibration.bands;
        let is_aligned = bands.iter().all(|band| band.column_offset == bands[0].column_offset);
        // Bands that see the same strip share its trace.
        let step = if is_aligned { bands.len() } else { 1 };
        for first_band in (0..bands.len()).step_by(step) {
            let pass = first_band..first_band + step;
            let is_first = pass.start == 0;
            let from = column as f64 + bands[pass.start].column_offset;
            // The list of the later of two columns that a strip lies in holds the solids of both.
            let list = from.ceil().max(0.0) as usize;
            let x0 = from * self.pitch;
            let strips = if projector.is_fine([x0, x0 + self.pitch]) { FINE_STRIPS } else { cuts(self.pitch) };
            let width = self.pitch / strips as f64;
            let share = 1.0 / (strips * parts) as f64;
            for s in 0..strips {
                let x = [s, s + 1].map(|k| x0 + k as f64 * width);
                let displaces = self.displaced.is_some();
                strip.trace(self.placed, projector, list, x, displaces);
                for part in 0..rows * parts {
                    let row = part / parts;
                    let taken = strip.displaced_cm[part] * self.displaced.map_or(0.0, |(_, density)| density);
                    let added: f64 = strip.row(part).iter().sum();
                    let is_met = added > 0.0 || taken > 0.0;
                    if !is_met {
                        pass.clone().for_each(|band| done.ratios[band][row] += share);
                        continue;
                    }
                    let ground = grounds[row].get_or_insert_with(|| self.ground(column, first + row));
                    let mut is_short = false;
                    for band in pass.clone() {
                        let (ratio, short) = self.ratio(band, ground, strip.row(part), taken);
                        done.ratios[band][row] += ratio * share;
                        is_short |= short;
                    }
                    done.short += usize::from(is_short && is_first && s == 0 && part % parts == 0);
                    if is_first {
                        done.areal_density[row] += ((added - taken) * share) as f32;
                        done.covered[row] += (strip.covered[part] * share) as f32;
                        done.item[row] = done.item[row].max(strip.item[part]);
                    }
                }
            }
        }
        done
    }

    fn ground(&self, x: usize, y: usize) -> Ground {
        let own = self.before.quiet(0, x, y);
        let is_dual = self.before.through.len() == 2;
        let means = is_dual.then(|| self.before.means_alike(x, y, own));
        let mixture = self.calibration.existing.mixture(own, means);
        let through = self.tables.iter().map(|table| table.transmission(&mixture)).collect();
        Ground { mixture, through }
    }

    /// Signal after over signal before, and whether the ray holds less than is taken.
    fn ratio(&self, band: usize, ground: &Ground, added: &[f64], taken: f64) -> (f64, bool) {
        let (table, before) = (&self.tables[band], ground.through[band]);
        let mut areal = ground.mixture.to_vec();
        areal.extend_from_slice(added);
        let Some((displaced, _)) = self.displaced.filter(|_| taken > 0.0) else {
            return (table.transmission(&areal) / before, false);
        };
        areal[displaced] -= taken;
        let after = table.transmission(&areal);
        areal[..MATERIALS].fill(0.0);
        areal[displaced] += taken;
        // Nothing but the solids is left at most.
        let most = table.transmission(&areal);
        (after.min(most) / before, after > most)
    }
}

fn transposed<T: Copy>(
    columns: &[Column],
    rows: usize,
    plane: impl Fn(&Column) -> &Vec<T>,
) -> Result<Raster<T>, PhantomError> {
    let mut pixels = Vec::with_capacity(columns.len() * rows);
    for row in 0..rows {
        pixels.extend(columns.iter().map(|column| plane(column)[row]));
    }
    Ok(Raster::from_vec(columns.len(), rows, pixels)?)
}

/// The smallest box around a mask, in the view.
fn around(mask: &Raster<u16>, window: PixelBox) -> Option<PixelBox> {
    let is_hit = |x: usize, y: usize| mask.at(x, y) != 0;
    let rows: Vec<usize> = (0..mask.height()).filter(|y| mask.row(*y).iter().any(|v| *v != 0)).collect();
    let columns: Vec<usize> = (0..mask.width()).filter(|x| rows.iter().any(|y| is_hit(*x, *y))).collect();
    let ([left, right], [top, bottom]) = ([*columns.first()?, *columns.last()?], [*rows.first()?, *rows.last()?]);
    Some(PixelBox {
        x: window.x + left as u32,
        y: window.y + top as u32,
        width: (right - left + 1) as u32,
        height: (bottom - top + 1) as u32,
    })
}
