//! Scatter of a machine, as the opaque places of a scan show it: behind an axle seen end-on, a casting or a coil nothing of the
//! beam is left, so what a detector still counts there is scatter, and whatever its dark signal is off by.
//!
//! Scatter comes from the whole fan, most where most of the beam gets through: it is told as a share of what a column lets
//! through on average, which makes scans of light and of heavy loads alike.

use std::sync::OnceLock;

use pellucid_core::{QualityFigure, QualityIssue, Raster, ScanQuality, Validity};
use pellucid_imaging::ImagedView;
use rayon::prelude::*;

/// Side of the places that are looked at, pixels.
const TILE: usize = 4;
/// One place of so many is among the darkest, and at least so many are: an axle has a score of them.
const DARKEST_OF: usize = 1500;
const FEWEST: usize = 16;
/// The quarter of the darkest that is darkest yet is nearly as bright where they are opaque.
const LEVEL: f64 = 1.25;
/// Opaque places are darker than this share with two bands, which tell what is opaque, and with one.
const DARK: [f64; 2] = [0.05, 0.02];
/// The low band sees less than this share of the high one's signal behind anything that is dark and not yet opaque:
/// iron of A = 4 leaves half as much at 3.5 MV as at 6 MV, and two thirds at 6 MV of what it does at 9 MV (lead nine tenths).
const BANDS_ALIKE: f64 = 0.9;
/// Pixels that show no signal.
const UNMEASURED: u8 = Validity::SATURATED | Validity::BEAM_OFF | Validity::DEAD | Validity::INTERPOLATED;

/// Scatter of machines as they should be; beyond it dense loads weigh too little, because what is taken for their signal is not
/// theirs.
const ISSUE: f64 = 3e-3;
/// Beyond this nothing may be concluded: sacks of coffee that leave 1 % of the beam weigh a fifth too little.
const UNUSABLE: f64 = 1e-2;

/// What the darkest places of a view say.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scatter {
    /// Upper bound of scatter and of an error of dark, as a share of what a column lets through on average.
    at_most: f64,
    /// Whether two bands agree that what is dark is opaque, so that the bound is the scatter.
    is_sure: bool,
}

/// Adds the figure `scatter` where something opaque is in a view, its issue, and whether it makes the scan unusable.
pub(crate) fn assess(views: &[ImagedView], quality: &mut ScanQuality) {
    let Some(Scatter { at_most, is_sure }) = views.iter().find_map(scatter) else { return };
    quality.figures.push(QualityFigure::new("scatter", at_most, "1"));
    if at_most > ISSUE {
        quality.issues.push(QualityIssue { code: "scatter".to_owned(), value: at_most, limit: ISSUE });
    }
    quality.is_usable &= !(is_sure && at_most > UNUSABLE);
}

/// Scatter by the darkest places of the high band; `None` where nothing in the picture is opaque.
///
/// With one band a thick round body may look opaque that is not: the bound holds, but scatter may be far below it.
fn scatter(view: &ImagedView) -> Option<Scatter> {
    let is_sure = view.low.is_some();
    let at_most = darkest(&view.high, &view.validity).filter(|level| *level < DARK[usize::from(!is_sure)])?;
    let is_opaque = match &view.low {
        Some(low) => darkest(low, &view.validity)? > BANDS_ALIKE * at_most,
        None => true,
    };
    is_opaque.then_some(Scatter { at_most, is_sure })
}

/// Signal of the darkest places, where they are all as bright.
fn darkest(attenuation: &Raster<u16>, validity: &Raster<u8>) -> Option<f64> {
    let mut levels = levels(attenuation, validity);
    let rank = (levels.len() / DARKEST_OF).max(FEWEST);
    if levels.len() <= rank {
        return None;
    }
    let (_, level, _) = levels.select_nth_unstable_by(rank, f64::total_cmp);
    let level = *level;
    let (_, darkest, _) = levels[..rank].select_nth_unstable_by(rank / 4, f64::total_cmp);
    (level <= LEVEL * *darkest).then_some(level)
}

/// Signal of every place that was measured, over that of its columns.
fn levels(attenuation: &Raster<u16>, validity: &Raster<u8>) -> Vec<f64> {
    let (columns, rows) = (attenuation.width() / TILE, attenuation.height() / TILE);
    let transmission = transmissions();
    let row = |y: usize| -> Vec<(f64, bool)> {
        let mut places = vec![(0.0, true); columns];
        for line in TILE * y..TILE * (y + 1) {
            let (values, bits) = (attenuation.row(line).chunks_exact(TILE), validity.row(line).chunks_exact(TILE));
            for (place, (values, bits)) in places.iter_mut().zip(values.zip(bits)) {
                place.0 += values.iter().map(|a| f64::from(transmission[usize::from(*a)])).sum::<f64>();
                place.1 &= bits.iter().all(|bits| bits & UNMEASURED == 0);
            }
        }
        places
    };
    let places: Vec<Vec<(f64, bool)>> = (0..rows).into_par_iter().map(row).collect();
    let mut means = vec![0.0; columns];
    for line in &places {
        means.iter_mut().zip(line).for_each(|(mean, (sum, _))| *mean += sum / rows.max(1) as f64);
    }
    let measured = places.iter().flat_map(|line| line.iter().zip(&means));
    measured
        .filter(|((_, is_measured), mean)| *is_measured && **mean > 0.0)
        .map(|((sum, _), mean)| sum / mean)
        .collect()
}

/// Transmission of each attenuation in 1/4096.
fn transmissions() -> &'static [f32] {
    static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
    TABLE.get_or_init(|| (0..=u16::MAX).map(|a| libm::exp(-f64::from(a) / 4096.0) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: f64 = 1.12;

    /// A picture of air with a body whose attenuation goes from `thin` to `thick` across it, and scatter.
    fn view(thin: f64, thick: f64, scatter: f64, has_low: bool) -> ImagedView {
        let (width, height) = (400, 200);
        let plane = |factor: f64| {
            let through = |x: usize, y: usize| {
                let is_body = (100..180).contains(&x) && (100..180).contains(&y);
                let share = (x as f64 - 100.0) / 80.0;
                if is_body { libm::exp(-factor * (thin + (thick - thin) * share)) } else { 1.0 }
            };
            let mut values = Vec::with_capacity(width * height);
            for y in 0..height {
                for x in 0..width {
                    let mean = if (100..180).contains(&x) { 0.6 } else { 1.0 };
                    let t = through(x, y);
                    values.push((-4096.0 * libm::log(t + scatter * mean * (1.0 - t))).round() as u16);
                }
            }
            Raster::from_vec(width, height, values).unwrap()
        };
        ImagedView {
            name: "side".into(),
            geometry: None,
            high: plane(1.0),
            low: has_low.then(|| plane(LOW)),
            areal_density: None,
            z_class: None,
            areal_density_sigma: None,
            class_confidence: None,
            strips: None,
            black: None,
            validity: Raster::filled(width, height, 0),
        }
    }

    #[test]
    fn what_is_left_behind_an_opaque_body_is_scatter() {
        for (share, issues, is_usable) in [(3e-4, 0, true), (1e-3, 0, true), (4e-3, 1, true), (0.015, 1, false)] {
            let mut quality = ScanQuality { is_usable: true, ..ScanQuality::default() };
            assess(&[view(12.0, 14.0, share, true)], &mut quality);
            let found = quality.figure("scatter").unwrap();
            assert!((found / share - 1.0).abs() < 0.05, "{found} for {share}");
            assert_eq!((quality.issues.len(), quality.is_usable), (issues, is_usable), "{share}");
        }
        // One band alone may be wrong about what is opaque, so it condemns no scan.
        let mut quality = ScanQuality { is_usable: true, ..ScanQuality::default() };
        assess(&[view(12.0, 14.0, 0.015, false)], &mut quality);
        assert_eq!((quality.issues.len(), quality.is_usable), (1, true));
    }

    #[test]
    fn without_anything_opaque_nothing_is_said() {
        assert_eq!(scatter(&view(0.0, 0.0, 1e-3, true)), None, "air");
        assert_eq!(scatter(&view(2.0, 3.0, 1e-3, true)), None, "a load that lets 5 % through");
        assert_eq!(scatter(&view(3.0, 6.0, 1e-4, true)), None, "a wedge");
        assert_eq!(scatter(&view(5.0, 5.0, 1e-4, true)), None, "a slab that is dark: the low band sees less of it");
        // One band cannot tell a slab from an opaque body: what it leaves is still an upper bound.
        assert!(scatter(&view(5.0, 5.0, 1e-4, false)).unwrap().at_most > 1e-3);
    }

    #[test]
    fn pixels_that_were_not_measured_count_for_nothing() {
        let mut dead = view(12.0, 14.0, 1e-3, true);
        dead.validity = Raster::filled(400, 200, Validity::DEAD);
        assert_eq!(scatter(&dead), None);
        let tiny = ImagedView { high: Raster::filled(3, 3, 0), low: None, validity: Raster::filled(3, 3, 0), ..dead };
        assert_eq!(scatter(&tiny), None);
    }
}
