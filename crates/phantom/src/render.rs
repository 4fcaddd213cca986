use pellucid_core::{BandKind, Raster, RawBand, RawView};
use rayon::prelude::*;

use crate::beam::Beam;
use crate::detector::{DetectorArray, FULL_SCALE};
use crate::error::PhantomError;
use crate::fan::Fan;
use crate::pixels::{Column, Mean, Pixels};
use crate::projection::Projector;
use crate::scanner::Scanner;
use crate::scene::{Scene, component};
use crate::shared_noise::SharedNoise;

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

/// Renders `columns` columns of a scene whose x begins at 0: same scene, scanner and seed give the same bytes at any number
/// of threads.
///
/// # Errors
/// The rasters cannot be laid out.
pub fn render(scene: &Scene, scanner: &Scanner, columns: usize, seed: u64) -> Result<Rendered, PhantomError> {
    render_from(scene, scanner, 0.0, columns, seed, Mean::Transmission, None)
}

/// The same from `start_mm` on, of pixels that are means as `mean` says, with noise of their own or `shared`.
pub(crate) fn render_from(
    scene: &Scene,
    scanner: &Scanner,
    start_mm: f64,
    columns: usize,
    seed: u64,
    mean: Mean,
    shared: Option<SharedNoise>,
) -> Result<Rendered, PhantomError> {
    let geometry = scanner.geometry();
    let rows = scanner.fan.rows;
    let detectors = Fan::new(&geometry, rows);
    let fan = detectors.refined(mean.parts(scanner)[0]);
    let edges = scanner.column_edges(columns, seed).into_iter().map(|x| start_mm + x).collect();
    let projector = Projector::with_columns(scene, &fan, edges);
    let beams: Vec<Beam> = scanner.bands.iter().map(|band| Beam::new(band, scanner, scene, &detectors)).collect();
    let arrays: Vec<DetectorArray> = scanner
        .bands
        .iter()
        .map(|band| DetectorArray::new(band, &scanner.imperfections, rows, columns, seed))
        .collect();

    let seen: Vec<Column> = (0..columns)
        .into_par_iter()
        .map_init(|| Pixels::new(&projector, scanner, &beams, seed, mean), |pixels, column| pixels.column(column))
        .collect();
    let noise: Option<Vec<Vec<Vec<f32>>>> = shared.map(|shared| {
        let of_band = |(band, array): (usize, &DetectorArray)| {
            let columns = seen.par_iter().enumerate();
            let white: Vec<_> = columns.map(|(column, now)| array.noise(&now.bands[band], column)).collect();
            shared.spread(&white)
        };
        arrays.iter().enumerate().map(of_band).collect()
    });
    // Detectors remember: what one reads hangs on the column before.
    let counts: Vec<Vec<Vec<u16>>> = (0..columns)
        .into_par_iter()
        .map(|column| {
            let read = |(band, array): (usize, &DetectorArray)| {
                let before = seen[column.saturating_sub(1)].bands[band].transmission.as_slice();
                let noise = noise.as_ref().map(|bands| bands[band][column].as_slice());
                array.read(&seen[column].bands[band], before, noise, column)
            };
            arrays.iter().enumerate().map(read).collect()
        })
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
                counts: transposed(&counts, rows, |column| &column[i])?,
                dark: array.dark(),
                air: array.air(),
            })
        })
        .collect::<Result<Vec<_>, PhantomError>>()?;
    let shown = transposed(&seen, rows, |column| &column.component)?;
    let view = RawView { name: "side".to_owned(), bands, geometry: Some(geometry), dose_rows: dose_rows(&shown) };
    Ok(Rendered {
        view,
        areal_density: transposed(&seen, rows, |column| &column.areal_density)?,
        component: shown,
        item: transposed(&seen, rows, |column| &column.item)?,
    })
}

/// What a machine states of where a band's columns lie: an interlaced one knows, others say nothing.
fn column_offset(scanner: &Scanner, kind: BandKind) -> Option<f64> {
    let interlace = scanner.imperfections.interlace;
    // The low band looks to the left of the high one's strips.
    (kind == BandKind::Low && interlace != 0.0).then_some(-interlace)
}

/// Rows above everything in any column, less one of margin; empty when there are fewer than four.
fn dose_rows(component: &Raster<u8>) -> [u32; 2] {
    let free = (0..component.height()).take_while(|y| component.row(*y).iter().all(|c| *c == component::AIR)).count();
    let end = free.saturating_sub(1).min(24);
    if end >= 4 { [0, end as u32] } else { [0, 0] }
}

fn transposed<C, T: Copy>(
    columns: &[C],
    rows: usize,
    plane: impl Fn(&C) -> &Vec<T>,
) -> Result<Raster<T>, PhantomError> {
    let mut pixels = Vec::with_capacity(columns.len() * rows);
    for row in 0..rows {
        pixels.extend(columns.iter().map(|column| plane(column)[row]));
    }
    Ok(Raster::from_vec(columns.len(), rows, pixels)?)
}
