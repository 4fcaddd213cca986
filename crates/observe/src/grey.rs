//! Patches of a vendor-processed picture: appearance and shares of attenuation, never kilograms.

use pellucid_core::MaterialShares;
use pellucid_imaging::ImagedView;

use crate::container_geometry::{ContainerGeometry, END_MM};
use crate::grid::PatchGrid;
use crate::measure::Measured;
use crate::structure::is_good;

/// Attenuation of the empty box per row: the low tenth of its columns, held below what an empty box can show; rows that
/// are cargo from end to end take the median of the others.
fn baseline(view: &ImagedView, columns: [usize; 2], rows: [usize; 2]) -> Vec<f64> {
    let count = (columns[1].saturating_sub(columns[0]) / 14).max(1);
    let mut lows: Vec<f64> = (rows[0]..rows[1])
        .map(|y| {
            let mut values: Vec<f64> = (0..count)
                .map(|b| {
                    let (x0, x1) = (
                        columns[0] + (columns[1] - columns[0]) * b / count,
                        columns[0] + (columns[1] - columns[0]) * (b + 1) / count,
                    );
                    (x0..x1).map(|x| f64::from(view.high.at(x, y)) / 4096.0).sum::<f64>() / (x1 - x0).max(1) as f64
                })
                .collect();
            values.sort_unstable_by(f64::total_cmp);
            values[(values.len() - 1) / 10]
        })
        .collect();
    let mut sorted = lows.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let wall = sorted.get(sorted.len() / 10).copied().unwrap_or(0.0).min(0.5);
    // Three times the lightest rows: rails and floor beams reach that, cargo is mostly beyond it.
    let limit = 3.0 * wall + 0.05;
    for low in &mut lows {
        if *low > limit {
            *low = wall;
        }
    }
    lows
}

/// Measures all patches, row after row: attenuation, its area and texture; opaque where the grey is clipped to black.
pub(crate) fn measure(view: &ImagedView, container: &ContainerGeometry, grid: PatchGrid) -> Vec<Measured> {
    let region = container.region;
    let pitch = container.pitch_mm.unwrap_or([10.0, 10.0]);
    let inset = ((END_MM / pitch[0]).round() as usize).min(region.width as usize / 3);
    let goods = [region.x as usize + inset, region.right() as usize - inset];
    let rows = [region.y as usize, region.bottom() as usize];
    let base = baseline(view, goods, rows);
    // Clipped black: the darkest value of the view, when it is really dark.
    let blackest = view.high.pixels().iter().copied().max().unwrap_or(0);
    let is_black = |a: u16| a == blackest && a > 2 * 4096;
    let pixel_m2 = pitch[0] * pitch[1] * 1e-6;
    let mut out = Vec::with_capacity(grid.cols * grid.rows);
    for row in 0..grid.rows {
        for col in 0..grid.cols {
            let ([x0, x1], [y0, y1]) = (grid.columns(col), grid.view_rows(row));
            let (mut n, mut opaque, mut sum, mut squares, mut area) = (0.0, 0_u32, 0.0, 0.0, 0.0);
            for y in y0.max(rows[0])..y1.min(rows[1]) {
                for x in x0.max(goods[0])..x1.min(goods[1]) {
                    if !is_good(view, x, y) {
                        continue;
                    }
                    let raw = view.high.at(x, y);
                    let a = f64::from(raw) / 4096.0 - base[y - rows[0]];
                    n += 1.0;
                    opaque += u32::from(is_black(raw));
                    sum += a;
                    squares += a * a;
                    area += a.max(0.0) * pixel_m2;
                }
            }
            let mean = if n > 0.0 { sum / n } else { 0.0 };
            let deviation = if n > 0.0 { (squares / n - mean * mean).max(0.0).sqrt() } else { 0.0 };
            out.push(Measured {
                pixels: n as u32,
                opaque,
                attenuation: mean,
                area_m2: area,
                texture: if mean > 1e-3 { (deviation / mean).min(10.0) } else { 0.0 },
                material: MaterialShares { undecidable: 1.0, ..MaterialShares::default() },
                ..Measured::default()
            });
        }
    }
    out
}
