//! The underside of a box on its chassis, by the cross-members of its floor.
//!
//! Cross-members stand every 300 mm across the whole width (ISO 1496-1 practice): between the far edge of the floor and
//! the near lower end of the members, columns with a member are darker than the columns beside it. Chassis, legs and wheels
//! below do not repeat so. The row where that contrast ends is the underside, whatever else is drawn there.

use pellucid_core::PixelBox;

use crate::lines::{BoxLines, quantile};
use crate::silhouette::Pixels;

/// Bins of one cross-member or more each: for 20' boxes and for longer ones.
const BINS: [usize; 2] = [18, 37];
/// Share of its level inside the floor at which the contrast has ended.
const ENDED: f64 = 0.33;
/// Least contrast, in attenuation, that is more than noise and corrugation.
const LEAST: f64 = 0.08;

/// Rows from the upper edge down to the lower near end of the cross-members; `None` when the contrast does not end clearly
/// between 88 and 106 % of the rough height, as above bogies of short boxes or below dark loads.
pub(crate) fn underside(pixels: Pixels<'_>, region: PixelBox, lines: &BoxLines) -> Option<f64> {
    let floor = lines.floor?;
    let (width, height) = (region.width as usize, f64::from(region.height));
    let inset = (0.035 * width as f64) as usize;
    let (from, to) = (region.x as usize + inset, (region.right() as usize).checked_sub(inset)?);
    let bins = lines.is_short().map_or(BINS[1], |is_short| if is_short { BINS[0] } else { BINS[1] });
    if to < from + 4 * bins {
        return None;
    }
    let tops: Vec<f64> = (from..to).map(|x| lines.top_row(x as f64 + 0.5)).collect();
    let lowest = tops.iter().copied().fold(0.0, f64::max);
    let first = floor as usize;
    let last = ((1.11 * height) as usize).min((pixels.height() as f64 - lowest - 1.0).max(0.0) as usize);
    let mut contrast = Vec::with_capacity(last.saturating_sub(first));
    let mut values = Vec::new();
    for v in first..last {
        let mut each: Vec<f64> = (0..bins)
            .map(|b| {
                values.clear();
                let columns = (to - from) * b / bins..(to - from) * (b + 1) / bins;
                values.extend(columns.map(|i| pixels.at(from + i, (tops[i] + v as f64 + 0.5) as usize)));
                let light = quantile(&mut values, 0.3);
                quantile(&mut values, 0.92) - light
            })
            .collect();
        contrast.push(quantile(&mut each, 0.4));
    }
    let row = |share: f64| ((share * height) as usize).saturating_sub(first);
    let inside = contrast.get(row(floor / height + 0.03)..row(floor / height + 0.14))?;
    let level = quantile(&mut inside.to_vec(), 0.8);
    if inside.len() < 3 || level < LEAST {
        return None;
    }
    let limit = ENDED * level;
    let run = (0.008 * height) as usize + 2;
    let end = (row(0.88).max(1)..contrast.len().saturating_sub(run))
        .find(|v| contrast[*v - 1] >= limit && contrast[*v..*v + run].iter().all(|c| *c < limit))?;
    // A chassis thins out slowly; members end.
    let mean = |rows: std::ops::Range<usize>| contrast[rows.clone()].iter().sum::<f64>() / rows.len() as f64;
    if mean(end.saturating_sub(run)..end) < 2.0 * mean(end + 1..end + run) || row(1.062) < end {
        return None;
    }
    let t = (contrast[end - 1] - limit) / (contrast[end - 1] - contrast[end]).max(1e-9);
    Some((first + end) as f64 - 0.5 + t)
}
