//! The empty box in a vendor-processed picture, estimated from the picture of the box itself.
//!
//! Vendors' grey has no scale, so nothing is taken from a template but the order of things from the top down: top rail,
//! roof seen obliquely, far top rail, two walls, floor band. Levels are low quantiles over the columns, which loads can
//! only darken; a row that is loaded from end to end takes the level of its zone. What stands upright from floor to roof
//! and is narrow is a post of the wall; what is dark from floor to roof at an end is door, front wall or machinery. Floor,
//! rails and chassis hide goods, so rows of the floor band hold no more than the rows just above them go on to hold.

use pellucid_imaging::ImagedView;

use crate::container_geometry::ContainerGeometry;
use crate::container_type::is_open;
use crate::lines::{BoxLines, Hung, quantile};
use crate::silhouette::Pixels;
use crate::structure::is_good;

/// Corner posts, castings and the hinges beside them end this far from the end of the box, mm.
const POST_MM: f64 = 200.0;
/// Widest that front wall, doors or machinery can be: a share of the length.
const END_SHARE: f64 = 0.07;
/// Rows below the upper edge that castings and the near top rail reach: a share of the height.
const RAIL: f64 = 0.045;
/// Where floor and far rail lie when a load hides them: shares of the height.
const USUAL_FLOOR: f64 = 0.82;
const USUAL_FAR: f64 = 0.36;
/// The same where no wall hangs from the upper edge: deck of a flat, underside of a vessel.
const OPEN_FLOOR: f64 = 0.78;
/// What a quantile over the columns may exceed the level of its zone by before it is a load.
const ZONE: [f64; 2] = [1.35, 0.02];
const FAR_RAIL: [f64; 2] = [3.0, 0.1];
const TOP_RAIL: [f64; 2] = [1.0, 0.6];
/// Darkest that walls and roof of an empty box are drawn.
const DARKEST_SHEET: f64 = 0.5;
/// Attenuation above the baseline that closes an end.
const END_DARK: f64 = 0.08;
/// Widest post of a wall, mm, and darkest.
const WIDE_POST_MM: f64 = 170.0;
const POST_DARK: f64 = 0.5;

/// The empty box, row by row below its upper edge and column by column.
#[derive(Debug, Clone)]
pub(crate) struct Baseline {
    /// Row of the upper edge of each column of the region.
    top: Vec<f64>,
    /// First column of the region.
    left: usize,
    /// Attenuation per row below the upper edge.
    rows: Vec<f64>,
    /// Attenuation that posts add, per column of the region, above the floor.
    posts: Vec<f64>,
    /// Columns `[from, to)` of the view that goods can be seen in.
    pub(crate) goods: [usize; 2],
    /// Rows below the upper edge from which floor, rails and chassis hide goods.
    hidden: f64,
    /// The box's lines and what they were read from; `None` where they do not show.
    pub(crate) lines: Option<(BoxLines, Hung)>,
}

impl Baseline {
    /// Estimates the empty box of a container.
    pub(crate) fn new(view: &ImagedView, container: &ContainerGeometry) -> Self {
        let region = container.region;
        let (left, right) = (region.x as usize, region.right() as usize);
        let pitch = container.pitch_mm.map_or(10.0, |p| p[0]);
        let inset = ((POST_MM / pitch).round() as usize).min(region.width as usize / 3);
        let height = region.height as usize;
        // Tanks and flats have no walls that could be taken off.
        let is_open = is_open(container.container_type);
        let found = BoxLines::find(Pixels::new(view), region).filter(|_| !is_open);
        let Some((lines, hung)) = found else {
            return Self {
                top: vec![f64::from(region.y); region.width as usize],
                left,
                rows: vec![0.0; height.max(1)],
                posts: vec![0.0; region.width as usize],
                goods: [left + inset, right - inset],
                hidden: if is_open { OPEN_FLOOR * height as f64 } else { height as f64 },
                lines: None,
            };
        };
        let mut baseline = Self {
            top: (left..right).map(|x| lines.top_row(x as f64 + 0.5)).collect(),
            left,
            rows: levels(&lines, &hung, height),
            posts: vec![0.0; region.width as usize],
            goods: [left + inset, right - inset],
            hidden: lines.floor.map_or(USUAL_FLOOR * height as f64, |floor| floor - (0.012 * height as f64).max(3.0)),
            lines: Some((lines, hung)),
        };
        baseline.find_posts(view, pitch, height);
        baseline.close_ends(view, inset, height);
        baseline
    }

    /// Attenuation of a pixel beyond that of the empty box, and whether its row lies in the floor band.
    pub(crate) fn excess(&self, view: &ImagedView, x: usize, y: usize) -> (f64, bool) {
        let i = x - self.left;
        let below = y as f64 + 0.5 - self.top[i];
        let is_floor = below >= self.hidden;
        let last = self.rows.len() - 1;
        let at = (below - 0.5).clamp(0.0, last as f64);
        let k = (at as usize).min(last.saturating_sub(1));
        let next = self.rows[(k + 1).min(last)];
        let row = self.rows[k] + (at - k as f64) * (next - self.rows[k]);
        let post = if is_floor { 0.0 } else { self.posts[i] };
        (f64::from(view.high.at(x, y)) / 4096.0 - row - post, is_floor)
    }

    /// Row of the view, in the middle of some columns, from which floor, rails and chassis hide goods.
    pub(crate) fn floor_row(&self, from: usize, to: usize) -> usize {
        let i = ((from + to) / 2).saturating_sub(self.left).min(self.top.len().saturating_sub(1));
        (self.top.get(i).copied().unwrap_or(0.0) + self.hidden).max(0.0) as usize
    }

    /// Mean excess of the last rows above the floor band over some columns: what the band may hold.
    pub(crate) fn above_floor(&self, view: &ImagedView, columns: std::ops::Range<usize>) -> f64 {
        let mut rows: Vec<f64> = (1..=12)
            .map(|k| {
                let values = columns.clone().filter_map(|x| {
                    let y = (self.top[x - self.left] + self.hidden) as usize;
                    let y = y.checked_sub(k).filter(|y| *y < view.high.height() && is_good(view, x, *y))?;
                    Some(self.excess(view, x, y).0)
                });
                let (sum, n) = values.fold((0.0, 0.0), |(sum, n), a| (sum + a, n + 1.0));
                if n > 0.0 { sum / n } else { 0.0 }
            })
            .collect();
        quantile(&mut rows, 0.5).max(0.0)
    }

    /// Attenuation that a post of the wall was taken to add in a column of the view, above the floor.
    pub(crate) fn post(&self, x: usize) -> f64 {
        x.checked_sub(self.left).and_then(|i| self.posts.get(i)).copied().unwrap_or(0.0)
    }

    /// Excess of a column at every second row of the walls and the roof.
    fn column(&self, view: &ImagedView, x: usize, height: usize) -> Vec<f64> {
        let top = self.top[x - self.left];
        let (from, to) = (top + RAIL * height as f64, top + self.hidden);
        (from as usize..(to as usize).min(view.high.height()))
            .step_by(2)
            .filter(|y| is_good(view, x, *y))
            .map(|y| self.excess(view, x, y).0)
            .collect()
    }

    /// Per column of the region: attenuation that something narrow adds in nine tenths of the rows from floor to roof, and
    /// just below the roof, where no stack is.
    pub(crate) fn planes(&self, view: &ImagedView, pitch: f64, height: usize) -> Vec<f64> {
        let low = |i: usize| {
            let mut column = self.column(view, self.left + i, height);
            let end = (column.len() / 10).max(1).min(column.len());
            let below_roof = quantile(&mut column[..end].to_vec(), 0.5);
            quantile(&mut column, 0.1).min(below_roof) + self.posts[i]
        };
        narrow(&(0..self.posts.len()).map(low).collect::<Vec<_>>(), pitch)
    }

    /// Attenuation of the two walls, and the rows below the upper edge down to which they are seen.
    pub(crate) fn walls(&self) -> (f64, f64) {
        let middle = (0.5 * self.hidden) as usize..(self.hidden as usize).min(self.rows.len());
        (quantile(&mut self.rows[middle].to_vec(), 0.5), self.hidden)
    }

    /// Narrow upright structure: what of the low third of each column is narrower than the widest post.
    fn find_posts(&mut self, view: &ImagedView, pitch: f64, height: usize) {
        let low = |i: usize| quantile(&mut self.column(view, self.left + i, height), 0.3);
        let low: Vec<f64> = (0..self.posts.len()).map(low).collect();
        self.posts = narrow(&low, pitch).into_iter().map(|a| a.min(POST_DARK)).collect();
    }

    /// Moves the ends of the space for goods inwards past what is dark from roof to floor.
    fn close_ends(&mut self, view: &ImagedView, inset: usize, height: usize) {
        let width = self.posts.len();
        let limit = (END_SHARE * width as f64) as usize;
        let is_closed = |i: usize| {
            let column = self.column(view, self.left + i, height);
            let dark = column.iter().filter(|a| **a + self.posts[i] > END_DARK).count();
            dark * 10 > column.len() * 7
        };
        let run = |place: &dyn Fn(usize) -> usize| {
            let end = (inset..limit).find(|i| !is_closed(place(*i)));
            // What goes on beyond the widest end is a load against it.
            end.filter(|end| *end > inset).map_or(inset, |end| end + 2)
        };
        let (from, to) = (run(&|i| i), run(&|i| width - 1 - i));
        self.goods = [self.left + from, self.left + width - to];
    }
}

/// What of a profile along the lane is narrower than the widest post: the profile less its opening.
fn narrow(profile: &[f64], pitch: f64) -> Vec<f64> {
    let reach = ((0.5 * WIDE_POST_MM / pitch) as usize).max(2);
    let slide = |values: &[f64], fold: fn(f64, f64) -> f64| -> Vec<f64> {
        (0..values.len())
            .map(|i| {
                let near = &values[i.saturating_sub(reach)..(i + reach + 1).min(values.len())];
                near.iter().copied().reduce(fold).unwrap_or(0.0)
            })
            .collect()
    };
    let wide = slide(&slide(profile, f64::min), f64::max);
    profile.iter().zip(&wide).map(|(a, b)| (a - b).max(0.0)).collect()
}

/// Attenuation of the empty box per row below its upper edge.
fn levels(lines: &BoxLines, hung: &Hung, height: usize) -> Vec<f64> {
    let seen: Vec<f64> = (0..hung.rows()).map(|v| hung.quantile(v, 0.25)).collect();
    let h = height as f64;
    let far = lines.far_top.unwrap_or(USUAL_FAR * h);
    let floor = lines.floor.unwrap_or(USUAL_FLOOR * h);
    let level = |from: f64, to: f64, share: f64| {
        let rows = (from as usize).min(seen.len())..(to as usize).min(seen.len());
        quantile(&mut seen[rows].to_vec(), share)
    };
    let roof = level(RAIL * h, far - 0.02 * h, 0.3).min(DARKEST_SHEET);
    // Two walls are never darker than wall and oblique roof by much.
    let walls = level(far + 0.03 * h, floor - 0.02 * h, 0.2).min(1.3 * roof);
    seen.iter()
        .enumerate()
        .map(|(v, a)| {
            let v = v as f64;
            let sheet = if v < far { roof } else { walls };
            let is_far_rail = lines.far_top.is_some() && v > far - 0.01 * h && v < far + 0.035 * h;
            let limit = match v {
                v if v < RAIL * h => TOP_RAIL[0] * sheet + TOP_RAIL[1],
                v if v >= floor && lines.floor.is_some() => f64::INFINITY,
                _ if is_far_rail => FAR_RAIL[0] * sheet + FAR_RAIL[1],
                _ => ZONE[0] * sheet + ZONE[1],
            };
            if *a <= limit {
                *a
            } else if v < RAIL * h {
                limit
            } else {
                sheet
            }
        })
        .collect()
}
