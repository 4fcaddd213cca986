//! Lines of a box on the pixels, to a fraction of a row: upper edge, far top rail, floor, underside, corner castings.
//!
//! All of them are sought in coordinates that hang from the upper edge: a lorry that rocks or a tilted picture moves every
//! line of the box alike. Rows are counted as edges: pixel row `r` reaches from `r` to `r + 1`.

use pellucid_core::PixelBox;

use crate::cross_members::underside;
use crate::silhouette::Pixels;

/// Length of a corner casting (ISO 1161), mm, and the relative error that its drawn length may have.
const CASTING_MM: f64 = 178.0;
const CASTING_TOLERANCE: f64 = 0.25;
/// Columns left out at either end, share of the length: posts, doors, castings.
const POSTS: f64 = 0.035;
/// Attenuation that darkens walls by this much and this share of the walls is floor or load.
const ONSET: [f64; 2] = [0.05, 0.5];
/// Share of the bins that may show the bare floor before it is believed to be hidden.
const BARE_SHARE: f64 = 0.15;
/// A floor band is this many times darker than the walls at most; what is darker is a load on it.
const FLOOR_OVER_WALL: f64 = 20.0;
const FLOOR_LIMIT: f64 = 1.6;

/// Lines of a container in its view.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BoxLines {
    /// Column of the first node of the upper edge, and columns between nodes.
    nodes: [f64; 2],
    /// Row of the upper edge at each node.
    top: Vec<f64>,
    /// Rows from the upper edge down to the upper edge of the far top side rail; `None` when a load hides it.
    pub(crate) far_top: Option<f64>,
    /// Rows from the upper edge down to where the floor begins at the far wall; `None` when a load hides it.
    pub(crate) floor: Option<f64>,
    /// Spread of that line along the box, rows: the middle nine tenths of the bins that show it.
    pub(crate) floor_spread: f64,
    /// Rows from the upper edge down to the near lower end of the cross-members; `None` when it does not show.
    pub(crate) underside: Option<f64>,
    /// Length of the upper left and right casting as a share of the box's length; `None` where none stands out.
    pub(crate) castings: [Option<f64>; 2],
}

/// Mean attenuation of column bins hung from the upper edge.
#[derive(Debug, Clone)]
pub(crate) struct Hung {
    /// `[bin][row below the upper edge]`
    bins: Vec<Vec<f64>>,
    rows: usize,
}

impl BoxLines {
    /// Row of the upper edge at a column.
    pub(crate) fn top_row(&self, x: f64) -> f64 {
        let last = self.top.len() - 1;
        let at = ((x - self.nodes[0]) / self.nodes[1]).clamp(0.0, last as f64);
        let i = (at as usize).min(last.saturating_sub(1));
        let next = self.top[(i + 1).min(last)];
        self.top[i] + (at - i as f64) * (next - self.top[i])
    }

    /// Mean slope of the upper edge, rows per column.
    pub(crate) fn tilt(&self) -> f64 {
        theil_sen(&self.top) / self.nodes[1]
    }

    /// Whether the castings are those of a 20' box, or of a longer one; `None` when neither or both.
    pub(crate) fn is_short(&self) -> Option<bool> {
        let class = |share: &f64| {
            [(CASTING_MM / 6058.0, true), (CASTING_MM / 12_192.0, false)]
                .into_iter()
                .find(|(expected, _)| (share / expected - 1.0).abs() < CASTING_TOLERANCE)
                .map(|(_, is_short)| is_short)
        };
        let seen: Vec<bool> = self.castings.iter().flatten().filter_map(class).collect();
        seen.first().copied().filter(|first| seen.iter().all(|other| other == first))
    }

    /// Finds the lines of a box. `None` when its upper edge shows in fewer than half of the columns.
    pub(crate) fn find(pixels: Pixels<'_>, region: PixelBox) -> Option<(Self, Hung)> {
        let (width, height) = (region.width as usize, region.height as usize);
        let inset = ((POSTS * width as f64) as usize).max(2);
        let (from, to) = (region.x as usize + inset, (region.right() as usize).checked_sub(inset)?);
        if height < 40 || to < from + 32 {
            return None;
        }
        let count = ((to - from) / 14).clamp(8, 48).min(to - from);
        let edge = |b: usize| from + (to - from) * b / count;
        let bins: Vec<Vec<f64>> =
            (0..count).map(|b| pixels.row_means(edge(b)..edge(b + 1), 0..pixels.height())).collect();
        let air = pixels.quantile(0..pixels.width(), 0..(region.y as usize / 2).max(2), 0.5);
        let step = (to - from) as f64 / count as f64;
        let top = upper_edge(&bins, region.y as usize, height, air)?;
        let lowest = top.iter().copied().fold(0.0, f64::max);
        let rows = ((height as f64 * 1.03) as usize).min((pixels.height() as f64 - lowest - 1.0).max(0.0) as usize);
        if rows < height / 2 {
            return None;
        }
        let hung = Hung {
            bins: bins
                .iter()
                .zip(&top)
                .map(|(bin, top)| (0..rows).map(|v| between(bin, top + v as f64)).collect())
                .collect(),
            rows,
        };
        let floor = hung.floor(height);
        let mut lines = Self {
            nodes: [from as f64 + 0.5 * step, step],
            top,
            far_top: hung.far_top(height),
            floor: floor.map(|(row, _)| row),
            floor_spread: floor.map_or(0.0, |(_, spread)| spread),
            underside: None,
            castings: [None, None],
        };
        lines.castings = [false, true].map(|is_right| lines.casting(pixels, region, is_right));
        lines.underside = underside(pixels, region, &lines);
        Some((lines, hung))
    }

    /// Length of an upper casting: the dark run from the end of the box in the rows that castings reach down to.
    ///
    /// ISO 1161: 178 mm long, 118 mm high; posts below it are shorter, the rail behind it is lighter.
    fn casting(&self, pixels: Pixels<'_>, region: PixelBox, is_right: bool) -> Option<f64> {
        let (width, height) = (f64::from(region.width), f64::from(region.height));
        let (margin, reach) = ((0.012 * width) as usize, (0.09 * width) as usize);
        let end = if is_right { region.right() as usize } else { region.x as usize };
        let slope = self.tilt();
        let (node, at) =
            if is_right { (self.top.len() - 1, f64::from(region.right())) } else { (0, f64::from(region.x)) };
        let node_x = self.nodes[0] + node as f64 * self.nodes[1];
        let top = self.top[node] + slope * (at - node_x);
        let rows = (top + 0.012 * height).max(0.0) as usize..(top + 0.036 * height).max(0.0) as usize;
        if rows.len() < 2 || rows.end > pixels.height() {
            return None;
        }
        let columns: Vec<usize> = if is_right {
            (end.saturating_sub(reach)..(end + margin).min(pixels.width())).rev().collect()
        } else {
            (end.saturating_sub(margin)..(end + reach).min(pixels.width())).collect()
        };
        let profile: Vec<f64> = columns
            .iter()
            .map(|x| {
                let mut values: Vec<f64> = rows.clone().map(|y| pixels.at(*x, y)).collect();
                quantile(&mut values, 0.5)
            })
            .collect();
        if profile.len() < 12 {
            return None;
        }
        let rail = quantile(&mut profile[profile.len() * 6 / 10..].to_vec(), 0.5);
        let dark = quantile(&mut profile[..profile.len() / 2].to_vec(), 0.9);
        if dark < 1.6 * rail + 0.02 {
            return None;
        }
        let threshold = 0.5 * (rail + dark);
        let forgive = ((0.004 * width) as usize).max(2);
        let first = profile.iter().position(|a| *a > threshold)?;
        let mut last = first;
        for (i, a) in profile.iter().enumerate().skip(first) {
            if *a > threshold {
                last = i;
            } else if i - last >= forgive {
                break;
            }
        }
        (last + 1 < profile.len()).then(|| (last + 1 - first) as f64 / width)
    }
}

impl Hung {
    /// Rows that the bins reach down from the upper edge.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Quantile over the bins of one row.
    pub(crate) fn quantile(&self, row: usize, share: f64) -> f64 {
        quantile(&mut self.bins.iter().map(|bin| bin[row]).collect::<Vec<_>>(), share)
    }

    /// The profile of the lightest quarter of the bins: median of each row.
    fn light_profile(&self, height: usize) -> Vec<f64> {
        let rows = (height / 25)..(height * 78 / 100).min(self.rows);
        let mut order: Vec<(f64, usize)> =
            self.bins.iter().enumerate().map(|(b, bin)| (bin[rows.clone()].iter().sum(), b)).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        order.truncate((order.len() / 4).max(3));
        (0..self.rows)
            .map(|v| quantile(&mut order.iter().map(|(_, b)| self.bins[*b][v]).collect::<Vec<_>>(), 0.5))
            .collect()
    }

    /// The far top rail: the clearest ridge between an eighth and a half of the height, and its upper edge at half height.
    fn far_top(&self, height: usize) -> Option<f64> {
        let profile = self.light_profile(height);
        let reach = (height / 125).max(3);
        let median = |rows: std::ops::Range<usize>| quantile(&mut profile[rows].to_vec(), 0.5);
        let span = (height * 15 / 100).max(4 * reach)..(height / 2).min(self.rows.saturating_sub(4 * reach));
        let (mut best, mut ridge, mut above) = (0, 0.0, 0.0);
        for v in span {
            let (up, down) = (median(v - 4 * reach..v - reach), median(v + reach + 1..v + 4 * reach));
            if profile[v] - up.max(down) > ridge {
                (best, ridge, above) = (v, profile[v] - up.max(down), up);
            }
        }
        let walls = quantile(&mut profile[height * 45 / 100..(height * 8 / 10).min(self.rows)].to_vec(), 0.2);
        if ridge < 0.4 * walls || ridge < 0.02 || walls > 1.5 {
            return None;
        }
        let half = above + 0.5 * (profile[best] - above);
        let start = (best.saturating_sub(2 * reach)..best).rev().find(|v| profile[*v] < half)?;
        let t = (half - profile[start]) / (profile[start + 1] - profile[start]).max(1e-9);
        Some(start as f64 + t + 0.5)
    }

    /// Where the floor begins: per bin, the row from which it stays clearly darker than the wall above. A load only raises
    /// that row, so the lowest that a fair share of the bins agree on is the floor.
    fn floor(&self, height: usize) -> Option<(f64, f64)> {
        let upper = (height / 20)..(height * 8 / 10).min(self.rows);
        let mut all: Vec<f64> = self.bins.iter().flat_map(|bin| bin[upper.clone()].iter().copied()).collect();
        let lightest = quantile(&mut all, 0.1).min(0.4);
        let run = (height / 125).max(4);
        let mut onsets = Vec::new();
        for bin in &self.bins {
            let wall = quantile(&mut bin[height * 4 / 10..(height * 8 / 10).min(self.rows)].to_vec(), 0.2);
            if wall > 3.0 * lightest + 0.05 {
                continue;
            }
            let need = wall + ONSET[0].max(ONSET[1] * wall);
            let search = height * 6 / 10..(height * 97 / 100).min(self.rows.saturating_sub(run));
            if let Some(v) = search.into_iter().find(|v| bin[*v..*v + run].iter().all(|a| *a > need)) {
                let (before, after) = (bin[v.saturating_sub(1)], bin[v]);
                let t = if after > before { ((need - before) / (after - before)).clamp(0.0, 1.0) } else { 1.0 };
                onsets.push(v as f64 - 0.5 + t);
            }
        }
        if onsets.len() < (self.bins.len() / 8).max(2) {
            return None;
        }
        let floor = quantile(&mut onsets, 1.0 - BARE_SHARE);
        let band = (floor + 0.01 * height as f64) as usize..((floor + 0.05 * height as f64) as usize).min(self.rows);
        let mut dark: Vec<f64> = band.map(|v| self.quantile(v, 0.25)).collect();
        let dark = quantile(&mut dark, 0.5);
        let is_bare = dark < FLOOR_LIMIT && dark < FLOOR_OVER_WALL * lightest.max(0.02);
        let spread = onsets[(onsets.len() - 1) * 95 / 100] - onsets[(onsets.len() - 1) * 5 / 100];
        // Bins that a load hides do not agree on anything.
        let spread = if onsets.len() * 10 < self.bins.len() * 9 { f64::INFINITY } else { spread };
        (is_bare && floor > 0.72 * height as f64).then_some((floor, spread))
    }
}

/// Row of the upper edge in each bin: a line through all of them, and what departs from it over several bins.
fn upper_edge(bins: &[Vec<f64>], rough: usize, height: usize, air: f64) -> Option<Vec<f64>> {
    let rows = bins.first()?.len();
    let mut sheets: Vec<f64> = bins
        .iter()
        .flat_map(|b| b[(rough + height / 20).min(rows)..(rough + height / 5).min(rows)].iter().copied())
        .collect();
    let sheet = quantile(&mut sheets, 0.25);
    let threshold = air + (0.5 * (sheet - air)).clamp(0.03, 0.06);
    let margin = (height * 3 / 100).max(4);
    let (from, to) = (rough.saturating_sub(margin), (rough + height / 8).min(rows.saturating_sub(4)));
    let found: Vec<Option<f64>> = bins
        .iter()
        .map(|bin| {
            let y = (from..to).find(|y| bin[*y..*y + 4].iter().all(|a| *a > threshold))?;
            let before = if y > 0 { bin[y - 1] } else { return Some(0.0) };
            // The pixel that the edge cuts is as dark as its covered share.
            let t = if bin[y] > before { (threshold - before) / (bin[y] - before) } else { 1.0 };
            Some(y as f64 - 0.5 + t.clamp(0.0, 1.0))
        })
        .collect();
    if found.iter().flatten().count() * 2 < found.len() {
        return None;
    }
    let mut known: Vec<f64> = found.iter().flatten().copied().collect();
    let middle = quantile(&mut known, 0.5);
    let rows: Vec<f64> = found.iter().map(|row| row.unwrap_or(middle)).collect();
    let slope = theil_sen(&rows);
    let mut offsets: Vec<f64> = rows.iter().enumerate().map(|(i, row)| row - slope * i as f64).collect();
    let offset = quantile(&mut offsets.clone(), 0.5);
    let limit = 0.02 * height as f64;
    for value in &mut offsets {
        *value = (*value - offset).clamp(-limit, limit);
    }
    Some(
        (0..rows.len())
            .map(|i| {
                let mut near = offsets[i.saturating_sub(2)..(i + 3).min(rows.len())].to_vec();
                offset + slope * i as f64 + quantile(&mut near, 0.5)
            })
            .collect(),
    )
}

/// Median of the slopes between values at least a third of the sequence apart, per step.
fn theil_sen(values: &[f64]) -> f64 {
    let apart = (values.len() / 3).max(1);
    let mut slopes: Vec<f64> = (0..values.len())
        .flat_map(|i| (i + apart..values.len()).map(move |j| (values[j] - values[i]) / (j - i) as f64))
        .collect();
    quantile(&mut slopes, 0.5)
}

/// Value of a profile of pixels at an edge coordinate below the first row, by straight lines between pixel centres.
fn between(profile: &[f64], row: f64) -> f64 {
    let at = row.clamp(0.0, (profile.len() - 1) as f64);
    let i = (at as usize).min(profile.len().saturating_sub(2));
    profile[i] + (at - i as f64) * (profile[(i + 1).min(profile.len() - 1)] - profile[i])
}

/// The value below which `share` of the values lie; sorts them. 0 for none.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let index = ((values.len().max(1) - 1) as f64 * share).round() as usize;
    values.get(index).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilted_edge_is_followed_and_outliers_are_not() {
        let rows = 200;
        let bins: Vec<Vec<f64>> = (0..20)
            .map(|b| {
                let edge = if b == 7 { 36.0 } else { 40.25 + 0.5 * f64::from(b) };
                (0..rows).map(|y| 0.2 * (f64::from(y) + 1.0 - edge).clamp(0.0, 1.0)).collect()
            })
            .collect();
        let top = upper_edge(&bins, 42, 120, 0.0).unwrap();
        for (b, row) in top.iter().enumerate() {
            assert!((row - (40.25 + 0.5 * b as f64)).abs() < 0.6, "bin {b}: {row}");
        }
    }

    #[test]
    fn quantiles_of_few_values() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
        assert!((theil_sen(&[0.0, 1.0, 2.0, 30.0, 4.0, 5.0]) - 1.0).abs() < 1e-9);
    }
}
