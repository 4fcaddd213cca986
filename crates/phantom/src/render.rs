use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pellucid_core::{BandKind, Raster, RawBand, RawView};
use pellucid_imaging::physics::{BandOptions, BandResponse, ForwardTable};
use rayon::prelude::*;

use crate::detector::{DetectorArray, FULL_SCALE};
use crate::dice::Dice;
use crate::error::PhantomError;
use crate::projection::{Fan, Projector, Strip};
use crate::scanner::{Scanner, ScannerBand};
use crate::scene::{Scene, component};

/// What a scanner sees of a scene, with the truth of every pixel.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The view with its bands.
    pub view: RawView,
    /// Areal density along the ray, all materials, g/cm², to the nearest 1/128.
    pub areal_density: Raster<f32>,
    /// What each pixel shows ([`component`]).
    pub component: Raster<u8>,
    /// Declared line, or mask id from 1000 up, or 0.
    pub item: Raster<u16>,
}

/// Sub-columns where thin metal stands edge-on; elsewhere one is enough.
const FINE_STRIPS: usize = 8;
/// Energy bins of the forward model: with 32, A differs by less than the noise from the full spectrum.
const ENERGY_BINS: usize = 32;

struct Column {
    counts: Vec<Vec<u16>>,
    areal_density: Vec<f32>,
    component: Vec<u8>,
    item: Vec<u16>,
}

/// Renders `columns` columns of a scene whose x begins at 0: same scene, scanner and seed give the same bytes at any number
/// of threads.
pub fn render(scene: &Scene, scanner: &Scanner, columns: usize, seed: u64) -> Result<Rendered, PhantomError> {
    let geometry = scanner.geometry();
    let rows = scanner.fan.rows;
    let fan = Fan::new(&geometry, rows);
    let pitch = scanner.fan.column_pitch_mm;
    let projector = Projector::new(scene, &fan, columns, pitch);
    let tables: Vec<ForwardTable> = scanner
        .bands
        .iter()
        .map(|band| ForwardTable::with_bins(&response(band), &scene.materials, ENERGY_BINS))
        .collect();
    let arrays: Vec<DetectorArray> =
        scanner.bands.iter().map(|band| DetectorArray::new(band, &scanner.imperfections, rows, seed)).collect();

    let columns_done: Vec<Column> = (0..columns)
        .into_par_iter()
        .map_init(
            || Strip::new(rows, scene.materials.len()),
            |strip, column| render_column(&projector, scanner, &tables, &arrays, strip, column, seed),
        )
        .collect();

    let bands = scanner
        .bands
        .iter()
        .zip(&arrays)
        .enumerate()
        .map(|(i, (band, array))| {
            Ok(RawBand {
                kind: band.kind,
                max_value: FULL_SCALE,
                endpoint_mev: Some(band.endpoint_mev),
                column_offset: column_offset(scanner, band.kind),
                counts: transposed(&columns_done, rows, |column| &column.counts[i])?,
                dark: array.dark(),
                air: array.air(),
            })
        })
        .collect::<Result<Vec<_>, PhantomError>>()?;
    let shown = transposed(&columns_done, rows, |column| &column.component)?;
    let view = RawView { name: "side".to_owned(), bands, geometry: Some(geometry), dose_rows: dose_rows(&shown) };
    Ok(Rendered {
        view,
        areal_density: transposed(&columns_done, rows, |column| &column.areal_density)?,
        component: shown,
        item: transposed(&columns_done, rows, |column| &column.item)?,
    })
}

/// What a machine states of where a band's columns lie: an interlaced one knows, others say nothing.
fn column_offset(scanner: &Scanner, kind: BandKind) -> Option<f64> {
    let interlace = scanner.imperfections.interlace;
    // The low band looks to the left of the high one's strips.
    (kind == BandKind::Low && interlace != 0.0).then_some(-interlace)
}

fn render_column(
    projector: &Projector<'_>,
    scanner: &Scanner,
    tables: &[ForwardTable],
    arrays: &[DetectorArray],
    strip: &mut Strip,
    column: usize,
    seed: u64,
) -> Column {
    let rows = scanner.fan.rows;
    let pitch = scanner.fan.column_pitch_mm;
    let materials = strip.areal_density.len() / rows.max(1);
    let left = column as f64 * pitch;
    let mut transmissions = vec![vec![0.0_f64; rows]; tables.len()];
    let mut areal_density = vec![0.0_f64; rows];
    let mut done = Column {
        counts: Vec::with_capacity(tables.len()),
        areal_density: Vec::new(),
        component: vec![component::AIR; rows],
        item: vec![0; rows],
    };
    let aside = scanner.imperfections.interlace * pitch;
    // Without interlacing both bands see the same strip, so it is traced once.
    let passes: Vec<(f64, std::ops::Range<usize>)> = if aside == 0.0 || tables.len() == 1 {
        vec![(0.0, 0..tables.len())]
    } else {
        vec![(0.0, 0..1), (-aside, 1..2)]
    };
    for (pass, (shift, bands)) in passes.into_iter().enumerate() {
        let x0 = left + shift;
        let strips = if projector.is_fine(x0, x0 + pitch) { FINE_STRIPS } else { 1 };
        for s in 0..strips {
            let width = pitch / strips as f64;
            strip.clear();
            strip.trace(projector, column, [x0 + s as f64 * width, x0 + (s + 1) as f64 * width]);
            for (row, areal) in strip.areal_density.chunks_exact(materials).enumerate() {
                let total: f64 = areal.iter().sum();
                for band in bands.clone() {
                    let through = if total > 0.0 { tables[band].transmission(areal) } else { 1.0 };
                    transmissions[band][row] += through / strips as f64;
                }
                if pass == 0 {
                    areal_density[row] += total / strips as f64;
                    if component::rank(strip.component[row]) > component::rank(done.component[row]) {
                        done.component[row] = strip.component[row];
                    }
                    done.item[row] = done.item[row].max(strip.item[row]);
                }
            }
        }
    }
    // Truth finer than any scanner measures would only make files large.
    done.areal_density = areal_density.into_iter().map(|v| ((v * 128.0).round() / 128.0) as f32).collect();
    for (band, array) in arrays.iter().enumerate() {
        let through = &transmissions[band];
        // Scatter comes from the whole illuminated column: most where most of the beam gets through.
        let mean = through.iter().sum::<f64>() / rows as f64;
        let scatter = array.scatter * mean;
        let label = if scanner.bands[band].kind == BandKind::High { "noise high" } else { "noise low" };
        let mut dice = Dice::stream(seed, label, column as u64);
        let dose = array.dose(&mut dice);
        let read = |(row, t): (usize, &f64)| array.read(row, t + scatter * (1.0 - t), dose, &mut dice);
        done.counts.push(through.iter().enumerate().map(read).collect());
    }
    done
}

/// Rows above everything in any column, less one of margin; empty when there are fewer than four.
fn dose_rows(component: &Raster<u8>) -> [u32; 2] {
    let free = (0..component.height()).take_while(|y| component.row(*y).iter().all(|c| *c == component::AIR)).count();
    let end = free.saturating_sub(1).min(24);
    if end >= 4 { [0, end as u32] } else { [0, 0] }
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

/// The response of a band, computed once per end point and filter.
fn response(band: &ScannerBand) -> Arc<BandResponse> {
    static CACHE: OnceLock<Mutex<BTreeMap<[u64; 2], Arc<BandResponse>>>> = OnceLock::new();
    let mut cache = CACHE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let key = [band.endpoint_mev, band.filter_g_per_cm2].map(f64::to_bits);
    let options = BandOptions { filter_g_per_cm2: band.filter_g_per_cm2, ..BandOptions::default() };
    Arc::clone(cache.entry(key).or_insert_with(|| Arc::new(BandResponse::with_options(band.endpoint_mev, &options))))
}
