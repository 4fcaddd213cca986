//! Patches of a vendor-processed picture: appearance and shares of attenuation, never kilograms.

use pellucid_core::MaterialShares;
use pellucid_imaging::ImagedView;

use crate::baseline::Baseline;
use crate::container_geometry::ContainerGeometry;
use crate::grid::PatchGrid;
use crate::measure::Measured;
use crate::structure::is_good;

/// Measures all patches, row after row: attenuation, its area and texture; opaque where the grey is clipped to black.
pub(crate) fn measure(
    view: &ImagedView,
    container: &ContainerGeometry,
    base: &Baseline,
    grid: PatchGrid,
) -> Vec<Measured> {
    let region = container.region;
    let pitch = container.pitch_mm.unwrap_or([10.0, 10.0]);
    let rows = [region.y as usize, (region.bottom() as usize).min(view.high.height())];
    let goods = base.goods;
    // Clipped black: the darkest value of the view, when it is really dark.
    let blackest = view.high.pixels().iter().copied().max().unwrap_or(0);
    let is_black = |a: u16| a == blackest && a > 2 * 4096;
    let pixel_m2 = pitch[0] * pitch[1] * 1e-6;
    let columns = |col: usize| {
        let [x0, x1] = grid.columns(col);
        x0.max(goods[0])..x1.min(goods[1]).max(x0.max(goods[0]))
    };
    let caps: Vec<f64> = (0..grid.cols).map(|col| base.above_floor(view, columns(col))).collect();
    let mut out = Vec::with_capacity(grid.cols * grid.rows);
    for row in 0..grid.rows {
        for (col, cap) in caps.iter().enumerate() {
            let [y0, y1] = grid.view_rows(row);
            let (mut n, mut opaque, mut sum, mut squares, mut area) = (0.0, 0_u32, 0.0, 0.0, 0.0);
            for y in y0.max(rows[0])..y1.min(rows[1]) {
                let good = || columns(col).filter(|x| is_good(view, *x, y));
                let (mut whole, mut count) = (0.0, 0.0);
                for x in good() {
                    whole += base.excess(view, x, y).0;
                    count += 1.0;
                }
                // In the floor band the row as a whole holds no more than the rows above it.
                let mean = whole / f64::max(count, 1.0);
                let kept = if mean > *cap { cap / mean } else { 1.0 };
                for x in good() {
                    let (excess, is_floor) = base.excess(view, x, y);
                    let a = if is_floor { excess * kept } else { excess };
                    n += 1.0;
                    // Black steel of chassis and floor is no load by itself.
                    opaque += u32::from(is_black(view.high.at(x, y)) && (!is_floor || kept > 0.5));
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
