//! Where a box differs from its type: planes across it that should not be there, a floor or a roof out of place, mass added
//! to the top rails.
//!
//! Every part is held against the same box: the robust profile of its own columns and rows. What a load can look like is
//! not called structure: a plane across the box must reach from the floor to the roof and be narrow, a floor must be level
//! over the whole length, a roof must end above the walls, a rail must be darker than the rest of the same rail.

use pellucid_core::{ContainerType, IsoSize, PixelBox, Region, StructureDeviation};
use pellucid_imaging::ImagedView;
use pellucid_imaging::physics::LayeredInversion;

use crate::baseline::Baseline;
use crate::container_geometry::ContainerGeometry;
use crate::lines::{BoxLines, Hung, quantile};
use crate::silhouette::Pixels;
use crate::structure::is_good;

/// Nearest that a plane across the box is told from the end of the box itself, mm.
const FROM_END_MM: f64 = 330.0;
/// Attenuation that a plane across the box adds at least, in rows from floor to roof.
const PLANE: f64 = 0.13;
/// The same where the walls have posts of their own: this many times the posts of the box.
const PLANE_OVER_POSTS: f64 = 4.0;
const POSTS: usize = 5;
/// Runs as near as this to each other are one plane, mm.
const NEAR_MM: f64 = 130.0;
/// Rows below the roof that loads leave free (shares of the height), columns beside a plane that show it (mm), and the
/// attenuation that is no load.
const BELOW_ROOF: [f64; 2] = [0.05, 0.1];
const BESIDE_MM: [f64; 2] = [90.0, 350.0];
const FREE: f64 = 0.1;
/// Least raise of a floor, mm: honest boxes of known place spread by 15 mm (one standard deviation).
const RAISED_MM: f64 = 60.0;
/// Spread of the floor line over the length of the box, rows: loads are less even.
const LEVEL_ROWS: f64 = 1.5;
/// Rows that the far top rail reaches down, and least that a lowered roof reaches below it: shares of the height.
const FAR_RAIL: f64 = 0.03;
const LOWERED: f64 = 0.008;
/// Share of the columns that may be brighter than a roof that reaches down.
const EVERY: f64 = 0.04;
/// Attenuation that marks added mass on a rail, least and in robust standard deviations along the rail.
const RAIL: f64 = 0.12;
const RAIL_SIGMA: f64 = 6.0;
/// Shortest repair of a rail that is told from noise, mm.
const REPAIR_MM: f64 = 150.0;
/// g/cm² over mm², in kg.
const KG: f64 = 1e-5;

/// A container with what its pixels tell of its structure.
struct Shown<'a> {
    container: &'a ContainerGeometry,
    inversion: &'a LayeredInversion,
    lines: &'a BoxLines,
    hung: &'a Hung,
    pitch: [f64; 2],
    height: f64,
}

/// Parts of a container of a raw view that differ from its type; none when its lines do not show.
///
/// Vendor grey is not judged: on real pictures insulated roofs, tanks and logs look like changes in one scan of four.
pub(crate) fn deviations(
    view: &ImagedView,
    container: &ContainerGeometry,
    baseline: &Baseline,
    inversion: &LayeredInversion,
) -> Vec<StructureDeviation> {
    let region = container.region;
    let (Some((lines, hung)), Some(pitch)) = (&baseline.lines, container.pitch_mm) else {
        return Vec::new();
    };
    let shown = Shown { container, inversion, lines, hung, pitch, height: f64::from(region.height) };
    let mut found = shown.planes(view, baseline);
    found.extend(shown.floor());
    found.extend(shown.roof());
    found.extend(shown.rails(view));
    found
}

impl Shown<'_> {
    fn part(
        &self,
        part: &str,
        columns: [usize; 2],
        rows: [f64; 2],
        strength: f64,
        kg: Option<f64>,
    ) -> StructureDeviation {
        let top = self.lines.top_row(0.5 * (columns[0] + columns[1]) as f64);
        let from = (top + rows[0]).max(0.0) as u32;
        let px = PixelBox {
            x: columns[0] as u32,
            y: from,
            width: (columns[1] - columns[0]) as u32,
            height: ((top + rows[1]).ceil() as u32).saturating_sub(from).max(1),
        };
        let mm = self.container.perspective.as_ref().map(|p| {
            let depth = 1219.0;
            let [x0, y1] = p.box_mm(columns[0] as f64, top + rows[0], depth);
            let [x1, y0] = p.box_mm(columns[1] as f64, top + rows[1], depth);
            [x0, y0, x1, y1]
        });
        StructureDeviation {
            part: part.to_owned(),
            region: Region { view: self.container.view as u16, px },
            confidence: (1.0 - 0.5 / strength.max(1.0)) as f32,
            box_mm: mm,
            extra_kg: kg,
        }
    }

    /// Steel of a dark place beyond its background, kg.
    fn kg(&self, background: f64, excess: f64, area_mm2: f64) -> f64 {
        let steel = |a: f64| self.inversion.steel_for(a);
        (steel(background + excess) - steel(background)).max(0.0) * area_mm2 * KG
    }

    /// Upright planes across the box, seen edge-on.
    fn planes(&self, view: &ImagedView, baseline: &Baseline) -> Vec<StructureDeviation> {
        let region = self.container.region;
        let narrow = baseline.planes(view, self.pitch[0], region.height as usize);
        let margin = ((FROM_END_MM / self.pitch[0]) as usize).min(narrow.len() / 3);
        // Smooth walls stand on posts of their own, a handful and all alike.
        let inner = &narrow[margin..narrow.len() - margin];
        let peak = |[from, to]: [usize; 2]| inner[from..to].iter().copied().fold(0.0, f64::max);
        let mut posts: Vec<f64> = runs(inner, 0.5 * PLANE).into_iter().map(peak).collect();
        let enough = if self.container.container_type == Some(ContainerType::Reefer) { 2 } else { POSTS };
        let usual = if posts.len() >= enough { quantile(&mut posts, 0.5) } else { 0.0 };
        let limit = PLANE.max(PLANE_OVER_POSTS * usual);
        let (walls, hidden) = baseline.walls();
        merged(runs(&narrow, limit), (NEAR_MM / self.pitch[0]) as usize)
            .into_iter()
            .filter(|[from, to]| *from > margin && to + margin < narrow.len())
            .filter(|run| self.stands_free(view, baseline, *run, limit))
            .map(|[from, to]| {
                let peak = narrow[from..to].iter().copied().fold(0.0, f64::max);
                let mean = narrow[from..to].iter().sum::<f64>() / (to - from) as f64;
                let rows = [0.045 * self.height, hidden];
                let area = (to - from) as f64 * self.pitch[0] * (rows[1] - rows[0]) * self.pitch[1];
                let columns = [region.x as usize + from, region.x as usize + to];
                self.part("front_wall", columns, rows, peak / limit, Some(self.kg(walls, mean, area)))
            })
            .collect()
    }

    /// Whether a plane shows just below the roof, where no load beside it reaches: edges of stacks end with their stack.
    fn stands_free(&self, view: &ImagedView, baseline: &Baseline, [from, to]: [usize; 2], limit: f64) -> bool {
        let (first, last) = (self.container.region.x as usize, self.container.region.right() as usize);
        let at = |mm: f64| (mm / self.pitch[0]) as usize;
        let below_roof = |columns: std::ops::Range<usize>, share: f64| {
            let mut values: Vec<f64> = columns
                .flat_map(|x| {
                    let top = self.lines.top_row(x as f64 + 0.5);
                    let rows =
                        (top + BELOW_ROOF[0] * self.height) as usize..(top + BELOW_ROOF[1] * self.height) as usize;
                    rows.map(move |y| (x, y))
                })
                .filter(|(x, y)| *y < view.high.height() && is_good(view, *x, *y))
                .map(|(x, y)| baseline.excess(view, x, y).0 + baseline.post(x))
                .collect();
            quantile(&mut values, share)
        };
        let (from, to) = (first + from, first + to);
        let left = from.saturating_sub(at(BESIDE_MM[1])).max(first)..from.saturating_sub(at(BESIDE_MM[0])).max(first);
        let right = (to + at(BESIDE_MM[0])).min(last)..(to + at(BESIDE_MM[1])).min(last);
        let is_free = [left, right].into_iter().all(|side| below_roof(side, 0.7) < FREE);
        is_free && below_roof(from..to, 0.5) > 0.5 * limit
    }

    /// A floor higher than its type's: only where a described fan gives heights.
    fn floor(&self) -> Option<StructureDeviation> {
        let fit = self.container.perspective.filter(|p| p.height_mm[1] > 0.0 && self.container.place.is_some())?;
        let (size, floor) = (self.container.size?, self.lines.floor?);
        // The fit takes the floor to be where its type has it, so a raised floor shortens the box.
        let raised = IsoSize::external_height_mm(size) - fit.height_mm[0];
        let strength = raised / RAISED_MM;
        let is_level = self.lines.floor_spread <= LEVEL_ROWS;
        let region = self.container.region;
        let columns = [region.x as usize, region.right() as usize];
        (strength > 1.0 && raised < 600.0 && is_level)
            .then(|| self.part("floor", columns, [floor, floor + 0.05 * self.height], strength, None))
    }

    /// A roof that reaches lower than the far top rail.
    fn roof(&self) -> Option<StructureDeviation> {
        let (far, floor) = (self.lines.far_top?, self.lines.floor?);
        let level = |v: usize| self.hung.quantile(v, 0.2);
        let median = |from: f64, to: f64| {
            quantile(&mut (from as usize..(to as usize).min(self.hung.rows())).map(level).collect::<Vec<_>>(), 0.5)
        };
        let roof = median(0.06 * self.height, far - 0.03 * self.height);
        let walls = median(floor - 0.25 * self.height, floor - 0.02 * self.height);
        let limit = walls + (0.35 * (roof - walls)).max(0.02);
        if roof < walls + 0.03 {
            return None;
        }
        let start = (far + FAR_RAIL * self.height) as usize;
        let end = (start..(floor as usize).min(self.hung.rows())).find(|v| level(*v) < limit)?;
        let rows = (end - start) as f64;
        // A roof is there in every column; a load leaves some free.
        let mut bare: Vec<f64> = (start..end).map(|v| self.hung.quantile(v, EVERY)).collect();
        if bare.is_empty() || quantile(&mut bare, 0.5) < limit {
            return None;
        }
        // A load reaches down to the floor; a roof ends above the walls.
        let region = self.container.region;
        let columns = [region.x as usize, region.right() as usize];
        (rows > LOWERED * self.height && (end as f64) < floor - 0.12 * self.height)
            .then(|| self.part("roof", columns, [start as f64, end as f64], rows / (LOWERED * self.height), None))
    }

    /// Added mass on the near top rail: darker stretches of it.
    fn rails(&self, view: &ImagedView) -> Vec<StructureDeviation> {
        let region = self.container.region;
        // The rail is 60 mm high, and drawn larger than at mid-depth.
        let rail = 0.019 * self.height;
        let inset = (2.0 * FROM_END_MM / self.pitch[0]) as usize;
        let (from, to) = (region.x as usize + inset, (region.right() as usize).saturating_sub(inset));
        if to < from + 40 || rail < 3.0 {
            return Vec::new();
        }
        let pixels = Pixels::new(view);
        let profile: Vec<f64> = (from..to)
            .map(|x| {
                let top = self.lines.top_row(x as f64 + 0.5);
                let rows = (top + 0.25 * rail).max(0.0) as usize..((top + rail) as usize + 1).min(pixels.height());
                let n = rows.len().max(1) as f64;
                rows.map(|y| pixels.at(x, y).min(4.0)).sum::<f64>() / n
            })
            .collect();
        let usual = quantile(&mut profile.clone(), 0.5);
        let spread = 1.48 * quantile(&mut profile.iter().map(|a| (a - usual).abs()).collect::<Vec<_>>(), 0.5);
        let limit = RAIL.max(RAIL_SIGMA * spread).max(0.5 * usual);
        let excess: Vec<f64> = profile.iter().map(|a| a - usual).collect();
        runs(&excess, limit)
            .into_iter()
            .filter(|[a, b]| (b - a) as f64 * self.pitch[0] >= REPAIR_MM)
            .map(|[a, b]| {
                let mean = excess[a..b].iter().sum::<f64>() / (b - a) as f64;
                let area = (b - a) as f64 * self.pitch[0] * rail * self.pitch[1];
                let kg = Some(self.kg(usual, mean, area));
                self.part("frame", [from + a, from + b], [0.0, rail], mean / limit, kg)
            })
            .collect()
    }
}

/// Runs `[from, to)` of values above a limit.
fn runs(values: &[f64], limit: f64) -> Vec<[usize; 2]> {
    let mut out = Vec::new();
    let mut start = None;
    for (i, value) in values.iter().copied().chain([f64::NEG_INFINITY]).enumerate() {
        match (value > limit, start) {
            (true, None) => start = Some(i),
            (false, Some(from)) => {
                out.push([from, i]);
                start = None;
            }
            _ => {}
        }
    }
    out
}

/// Runs with less than `gap` between them as one.
fn merged(runs: Vec<[usize; 2]>, gap: usize) -> Vec<[usize; 2]> {
    let mut out: Vec<[usize; 2]> = Vec::new();
    for run in runs {
        match out.last_mut() {
            Some(last) if run[0] < last[1] + gap => last[1] = run[1],
            _ => out.push(run),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_runs_become_one() {
        assert_eq!(merged(vec![[1, 3], [5, 6], [20, 22]], 3), [[1, 6], [20, 22]]);
    }

    #[test]
    fn runs_are_cut_where_values_fall() {
        assert_eq!(runs(&[0.0, 2.0, 3.0, 0.5, 2.0], 1.0), [[1, 3], [4, 5]]);
        assert!(runs(&[], 1.0).is_empty());
    }
}
