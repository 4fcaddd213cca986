//! What kind of container a box is, by what its own picture shows: light where walls would be, a vessel in a frame, posts
//! of insulated walls and machinery at one end.
//!
//! Lengths are true to scale along the lane only, so every sign is measured along x, and levels are compared with the box's
//! own walls: vendors' grey has no scale of its own.

use std::cmp::Ordering;

use pellucid_core::{ContainerType, PixelBox};

use crate::container_geometry::Insets;
use crate::lines::{BoxLines, quantile};
use crate::silhouette::Pixels;

/// Attenuation over air of the lightest places below the roof, above which walls and roof are there. Two walls of the
/// thinnest sheet show 0.1; light between a frame and its tank shows none.
const OPEN: f64 = 0.05;
/// Rows that tell of walls and roof when no load reaches them: shares of the height.
const UPPER: [f64; 2] = [0.045, 0.11];
/// Rows in which light is sought where a roof would be, band by band, and rows of the near top rail: shares of the height.
const OPEN_ROWS: [f64; 2] = [0.04, 0.3];
const OPEN_BAND: f64 = 0.025;
const RAIL_ROWS: [f64; 2] = [0.004, 0.02];
/// Rows in which machinery stands, and goods if there are any.
const BODY: [f64; 2] = [0.1, 0.75];
/// Part of the unit that no post, door or front wall of a dry box reaches, and the space for goods beside it: mm from the end.
const MACHINERY_MM: [f64; 2] = [300.0, 430.0];
const BESIDE_MM: [f64; 2] = [570.0, 900.0];
/// The foam of the bulkhead between unit and load, mm from the end.
const BULKHEAD_MM: [f64; 2] = [452.0, 490.0];
/// Machinery is this many times darker than the box's walls, and than what stands beside it.
const OVER_WALLS: f64 = 2.3;
const OVER_BESIDE: f64 = 2.0;
/// Goods beside each other differ by less than this share.
const DIFFERENT: f64 = 0.25;
/// Posts of insulated walls: widest, nearest to each other, and how much darker than the walls.
const WIDEST_POST_MM: f64 = 110.0;
const NEAREST_POSTS_MM: f64 = 350.0;
const POST_OVER_WALLS: f64 = 0.12;
const POST_OVER_UNREST: f64 = 5.0;
/// Reach of the plain wall that a post is held against, and how dark it is at most.
const PLAIN_MM: f64 = 300.0;
const PLAIN_OVER_WALLS: f64 = 1.5;
/// Fewest posts that insulated walls show.
const POSTS: usize = 3;
/// Posts of insulated walls are this much darker than the walls: beside machinery, and where they must speak alone. Folds of
/// corrugated walls rise by 0.2 to 0.33, and show at least so many lines.
const POST_RISE: f64 = 0.36;
const INSULATED_RISE: f64 = 0.5;
const WAVES: usize = 3;
/// Distances of posts that insulated walls show bare at most: one post may be missed.
const BARE: f64 = 2.3;
/// Share of the length over which plain wall shows above the load, from which insulated walls would show posts.
const PLAIN_SHARE: f64 = 0.6;
/// Tanks are built 20 ft long, swap bodies a little longer.
const TANK_MM: [f64; 2] = [5800.0, 8000.0];
/// A body is as high as this share of the height at least, and its top level to this one.
const BODY_RUN: f64 = 0.08;
const LEVEL: f64 = 0.05;
/// Where the top of a vessel is looked at just inside the posts (share of the length), and how far it may rise and fall there
/// (shares of the height).
const KNUCKLE: f64 = 0.033;
const FALL: [f64; 2] = [-0.04, 0.45];

/// What the picture of a box shows of its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TypeSigns {
    /// Attenuation over air of the lightest places below the roof.
    light: f64,
    /// Attenuation over air where a top rail would be.
    rail: f64,
    /// Whether there is light, and one body with a level top fills the length.
    is_vessel: bool,
    /// Upright lines between the ends, above any load.
    uprights: Upright,
    /// Attenuation over that of the walls where machinery would stand, and beside it, at the left and right end.
    ends: [[f64; 2]; 2],
    /// Attenuation where a bulkhead would stand over that beside it, at the left and right end.
    bulkheads: [f64; 2],
}

impl TypeSigns {
    /// Reads the signs of a box; `mm` is the length of a pixel along the lane.
    pub(crate) fn read(pixels: Pixels<'_>, region: PixelBox, lines: Option<&BoxLines>, mm: f64) -> Self {
        let sight = Sight { pixels, region, lines, mm };
        let air = pixels.quantile(0..pixels.width(), 0..(region.y as usize / 2).max(2), 0.5);
        let light = sight.light() - air;
        let walls = light.max(0.01);
        let level = |end: usize, part: [f64; 2]| (sight.end(end == 1, part) - air) / walls;
        Self {
            light,
            rail: Sight { lines: None, ..sight }.low(RAIL_ROWS, 0.3) - air,
            is_vessel: light < OPEN && sight.is_vessel(air),
            uprights: sight.uprights(walls),
            ends: [0, 1].map(|end| [level(end, MACHINERY_MM), level(end, BESIDE_MM)]),
            bulkheads: [0, 1].map(|end| level(end, BULKHEAD_MM) / level(end, BESIDE_MM).max(0.1)),
        }
    }

    /// From the left and right end in the view to the space for goods, mm: the machinery is where it is darker.
    pub(crate) fn ends_mm(&self, insets: Insets) -> [f64; 2] {
        let [plain, deep] = insets.ends_mm;
        // Machinery shows by itself; behind a load, the bulkhead is the light strip between unit and load.
        let rank = |end: usize| match End::of(self.ends[end]) {
            End::Machinery => 2,
            End::Unclear | End::Covered => 1,
            End::Plain => 0,
        };
        let is_left = match rank(0).cmp(&rank(1)) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => self.bulkheads[0] < self.bulkheads[1],
        };
        if is_left { [deep, plain] } else { [plain, deep] }
    }

    /// The type they speak for; `None` when a load hides what would tell, or they contradict each other.
    pub(crate) fn container_type(&self) -> Option<ContainerType> {
        if self.light < OPEN {
            return match (self.is_vessel, self.rail < OPEN) {
                (true, _) => Some(ContainerType::Tank),
                (false, true) => Some(ContainerType::Flat),
                // Rails without walls: a picture so bright that sheets are lost in white.
                (false, false) => None,
            };
        }
        let ends = self.ends.map(End::of);
        let Upright { posts, waves, rise, plain, bare } = self.uprights;
        let is_any = |end: End| ends.contains(&end);
        // Stacks of a load stand apart like posts, but leave off where the load does.
        let is_insulated = posts > POSTS && 4 * waves <= posts && rise > INSULATED_RISE && bare < BARE;
        match () {
            () if is_any(End::Machinery) => (posts >= POSTS && rise > POST_RISE).then_some(ContainerType::Reefer),
            () if ends == [End::Plain; 2] => Some(ContainerType::Dry),
            // Tops of bags are lines too; a load that is the same up to one end and leaves the other bare hides no unit.
            () if is_any(End::Plain) && is_any(End::Covered) => (!is_insulated).then_some(ContainerType::Dry),
            () if is_insulated => Some(ContainerType::Reefer),
            () if waves >= WAVES => Some(ContainerType::Dry),
            // Insulated walls have a post every metre or less; folds of stamped roofs may not show.
            () if posts <= 1 && plain > PLAIN_SHARE => Some(ContainerType::Dry),
            () => None,
        }
    }
}

/// What stands where machinery would.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// Nothing but walls and what belongs to doors and front wall.
    Plain,
    /// Something far darker than walls and than what stands beside it.
    Machinery,
    /// The same as what stands beside it: a load.
    Covered,
    /// Neither.
    Unclear,
}

impl End {
    fn of([unit, beside]: [f64; 2]) -> Self {
        match () {
            () if unit <= OVER_WALLS => Self::Plain,
            () if unit > OVER_BESIDE * beside => Self::Machinery,
            () if (unit / beside - 1.0).abs() < DIFFERENT => Self::Covered,
            () => Self::Unclear,
        }
    }
}

/// Narrow upright lines: those that stand apart as posts do, and those as near to each other as folds of a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Upright {
    posts: usize,
    waves: usize,
    /// How much darker than the walls beside them they are: median, over the level of the walls.
    rise: f64,
    /// Share of the length over which plain wall shows.
    plain: f64,
    /// Longest stretch of plain wall without a line, over the usual distance of two that stand apart.
    bare: f64,
}

/// A box as the signs are read from it.
#[derive(Clone, Copy)]
struct Sight<'a> {
    pixels: Pixels<'a>,
    region: PixelBox,
    lines: Option<&'a BoxLines>,
    mm: f64,
}

impl Sight<'_> {
    fn top(&self, x: usize) -> f64 {
        self.lines.map_or(f64::from(self.region.y), |lines| lines.top_row(x as f64 + 0.5))
    }

    /// Mean attenuation of a column over rows between two shares of the height, hung from the upper edge.
    fn column(&self, x: usize, [from, to]: [f64; 2]) -> f64 {
        let (top, height) = (self.top(x), f64::from(self.region.height));
        let rows = (top + from * height) as usize..((top + to * height) as usize).min(self.pixels.height());
        let n = rows.len().max(1) as f64;
        rows.map(|y| self.pixels.at(x, y).min(4.0)).sum::<f64>() / n
    }

    /// Columns between two lengths (mm) from the left end.
    fn columns(&self, [from, to]: [f64; 2]) -> std::ops::Range<usize> {
        let (left, width) = (self.region.x as usize, self.region.width as usize);
        let at = |mm: f64| left + ((mm / self.mm).round().max(0.0) as usize).min(width);
        at(from)..at(to).max(at(from) + 1).min(left + width)
    }

    fn length_mm(&self) -> f64 {
        f64::from(self.region.width) * self.mm
    }

    /// Low fifth of bins of some 200 mm below the roof, between the ends.
    fn low(&self, rows: [f64; 2], share: f64) -> f64 {
        let (from, to) = (700.0, self.length_mm() - 700.0);
        let count = ((to - from) / 200.0).max(1.0) as usize;
        let mut bins: Vec<f64> = (0..count)
            .map(|b| {
                let edge = |b: usize| from + (to - from) * b as f64 / count as f64;
                let columns = self.columns([edge(b), edge(b + 1)]);
                let n = columns.len().max(1) as f64;
                columns.map(|x| self.column(x, rows)).sum::<f64>() / n
            })
            .collect();
        quantile(&mut bins, share)
    }

    /// The lightest band of rows between the top rails and the upper third: a roof leaves none without walls.
    fn light(&self) -> f64 {
        let bands = ((OPEN_ROWS[1] - OPEN_ROWS[0]) / OPEN_BAND) as usize;
        let bare = Sight { lines: None, ..*self };
        let band = |b: usize| [OPEN_ROWS[0] + b as f64 * OPEN_BAND, OPEN_ROWS[0] + (b + 1) as f64 * OPEN_BAND];
        (0..bands).map(|b| bare.low(band(b), 0.3)).fold(f64::INFINITY, f64::min)
    }

    /// Attenuation that seven tenths of the rows exceed between two lengths from an end.
    fn end(&self, is_right: bool, [from, to]: [f64; 2]) -> f64 {
        let length = self.length_mm();
        let columns = self.columns(if is_right { [length - to, length - from] } else { [from, to] });
        let height = f64::from(self.region.height);
        let middle = (columns.start + columns.end) / 2;
        let top = self.top(middle);
        let rows = (top + BODY[0] * height) as usize..((top + BODY[1] * height) as usize).min(self.pixels.height());
        let mut means = self.pixels.row_means(columns, rows);
        quantile(&mut means, 0.3)
    }

    /// Narrow upright lines above any load that stand apart, between stretches of plain wall.
    ///
    /// Corrugated walls rise and fall everywhere, so what stands out from them must stand out from their own unrest.
    fn uprights(&self, walls: f64) -> Upright {
        let columns = self.columns([450.0, self.length_mm() - 450.0]);
        let profile: Vec<f64> = columns.map(|x| self.column(x, UPPER)).collect();
        let reach = ((PLAIN_MM / self.mm) as usize).max(4);
        let mut shown = vec![false; profile.len()];
        let rises: Vec<f64> = (0..profile.len())
            .map(|i| {
                let mut near = profile[i.saturating_sub(reach)..(i + reach + 1).min(profile.len())].to_vec();
                let plain = quantile(&mut near, 0.5);
                // Where a load reaches up here, lines are its own.
                if plain < PLAIN_OVER_WALLS * walls {
                    shown[i] = true;
                    profile[i] - plain
                } else {
                    0.0
                }
            })
            .collect();
        let unrest = 1.48 * quantile(&mut rises.iter().map(|r| r.abs()).collect::<Vec<_>>(), 0.5);
        let limit = (POST_OVER_WALLS * walls).max(POST_OVER_UNREST * unrest);
        let mut lines: Vec<f64> = Vec::new();
        let mut peaks: Vec<f64> = Vec::new();
        let mut start = None;
        let (mut bare, mut longest) = (0, 0);
        for (rise, is_shown) in rises.iter().zip(&shown) {
            bare = if *is_shown && *rise <= limit { bare + 1 } else { 0 };
            longest = longest.max(bare);
        }
        for (i, rise) in rises.iter().copied().chain([0.0]).enumerate() {
            match (rise > limit, start) {
                (true, None) => start = Some(i),
                (false, Some(from)) => {
                    let at = 0.5 * (from + i) as f64 * self.mm;
                    let is_same = lines.last().is_some_and(|last| at - last < WIDEST_POST_MM);
                    if (i - from) as f64 * self.mm <= WIDEST_POST_MM.max(2.0 * self.mm) && !is_same {
                        lines.push(at);
                        peaks.push(rises[from..i].iter().copied().fold(0.0, f64::max) / walls);
                    }
                    start = None;
                }
                _ => {}
            }
        }
        let apart: Vec<f64> = lines.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let waves = apart.iter().filter(|gap| **gap < NEAREST_POSTS_MM).count();
        let mut far: Vec<f64> = apart.into_iter().filter(|gap| *gap >= NEAREST_POSTS_MM).collect();
        let usual = if far.is_empty() { self.length_mm() } else { quantile(&mut far, 0.5) };
        let plain = shown.iter().filter(|shown| **shown).count() as f64 / profile.len().max(1) as f64;
        let posts = lines.len() - waves.min(lines.len());
        Upright { posts, waves, rise: quantile(&mut peaks, 0.5), plain, bare: longest as f64 * self.mm / usual }
    }

    /// Whether one body fills the frame from post to post, its top level but for its ends.
    ///
    /// Heads of vessels reach the posts, and just inside them they are almost as high as the vessel. End walls keep goods on a
    /// flat away from there.
    fn is_vessel(&self, air: f64) -> bool {
        let length = self.length_mm();
        if !(TANK_MM[0]..TANK_MM[1]).contains(&length) {
            return false;
        }
        let height = f64::from(self.region.height);
        let from = self.region.y as usize + (0.04 * height) as usize;
        let to = (self.region.y as usize + (0.7 * height) as usize).min(self.pixels.height());
        let middle = self.columns([0.35 * length, 0.65 * length]);
        let dark = quantile(&mut self.pixels.row_means(middle, from..to), 0.7) - air;
        let limit = air + (0.42 * dark).max(OPEN);
        let run = ((BODY_RUN * height) as usize).max(3);
        // Share of the height down to where a body begins in a stretch of the length.
        let top_at = |share: f64| {
            let columns = self.columns([(share - 0.003) * length, (share + 0.003) * length]);
            let means = self.pixels.row_means(columns, from..to);
            let start = means.windows(run).position(|rows| rows.iter().all(|a| *a > limit))?;
            Some(start as f64 / height)
        };
        let level: Vec<f64> = (0..41).map(|i| top_at(0.1 + 0.02 * f64::from(i)).unwrap_or(1.0)).collect();
        let [low, half, high] = [0.2, 0.5, 0.8].map(|share| quantile(&mut level.clone(), share));
        if high - low > LEVEL {
            return false;
        }
        [KNUCKLE, 1.0 - KNUCKLE]
            .into_iter()
            .all(|share| top_at(share).is_some_and(|top| (FALL[0]..FALL[1]).contains(&(top - half))))
    }
}

/// Whether a type has neither side walls nor a roof.
pub(crate) fn is_open(container_type: Option<ContainerType>) -> bool {
    matches!(container_type, Some(ContainerType::Tank | ContainerType::Flat))
}

/// mm per column of a box; without a known length, of a 20 ft or a 40 ft box by its shape.
pub(crate) fn column_mm(region: PixelBox, length_mm: Option<f64>) -> f64 {
    let width = f64::from(region.width.max(1));
    let by_shape = || if width < 1.8 * f64::from(region.height) { 6058.0 } else { 12_192.0 };
    length_mm.unwrap_or_else(by_shape) / width
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(posts: usize, ends: [[f64; 2]; 2]) -> TypeSigns {
        TypeSigns {
            light: 0.15,
            rail: 0.4,
            is_vessel: false,
            uprights: Upright { posts, waves: 0, rise: 0.9, plain: 0.3, bare: 1.0 },
            ends,
            bulkheads: [1.0; 2],
        }
    }

    #[test]
    fn signs_name_a_type_or_none() {
        let (wall, load, unit) = ([1.0, 1.0], [15.0, 16.0], [5.0, 1.0]);
        for (posts, ends, expected) in [
            (0, [wall, [1.8, 1.0]], Some(ContainerType::Dry)),
            (0, [load, wall], Some(ContainerType::Dry)),
            (9, [unit, wall], Some(ContainerType::Reefer)),
            (9, [[5.0, 12.0], load], Some(ContainerType::Reefer)),
            // Smooth walls without machinery, something dark at an end between plain walls, and nothing but load.
            (9, [wall, wall], Some(ContainerType::Dry)),
            (0, [unit, wall], None),
            (0, [load, load], None),
        ] {
            assert_eq!(signs(posts, ends).container_type(), expected, "{posts} {ends:?}");
        }
        // Folds of corrugated walls are no posts.
        let folds = Upright { posts: 6, waves: 12, rise: 0.2, plain: 0.3, bare: 1.0 };
        let folded = TypeSigns { uprights: folds, ..signs(0, [load, load]) };
        assert_eq!(folded.container_type(), Some(ContainerType::Dry));
        // Nor are there any where walls show over the whole length and nothing stands out.
        let flat = Upright { posts: 0, waves: 0, rise: 0.0, plain: 0.9, bare: 1.0 };
        let smooth = TypeSigns { uprights: flat, ..folded };
        assert_eq!(smooth.container_type(), Some(ContainerType::Dry));
        // Stacks that stand apart as posts would, before a stretch of bare wall that posts would stand in.
        let mut stacks = signs(9, [[5.0, 12.0], wall]);
        stacks.uprights.bare = 2.6;
        assert_eq!(stacks.container_type(), None);
        // A short load against the front wall of such a box is no machinery.
        assert_eq!(TypeSigns { ends: [unit, wall], ..folded }.container_type(), None);
        let open = TypeSigns { light: 0.01, rail: 0.0, ..signs(0, [wall, wall]) };
        assert_eq!(TypeSigns { rail: 0.4, ..open }.container_type(), None);
        assert_eq!(open.container_type(), Some(ContainerType::Flat));
        assert_eq!(TypeSigns { is_vessel: true, ..open }.container_type(), Some(ContainerType::Tank));
    }

    #[test]
    fn machinery_is_at_the_darker_end_or_behind_the_lighter_bulkhead() {
        let insets = Insets::of(Some(ContainerType::Reefer), 12_192.0);
        let ends = |ends, bulkheads| TypeSigns { bulkheads, ..signs(9, ends) }.ends_mm(insets);
        assert_eq!(ends([[1.0, 1.0], [5.0, 1.0]], [1.0, 1.0]), [100.0, 500.0]);
        assert_eq!(ends([[15.0, 16.0], [15.0, 16.0]], [0.5, 1.0]), [500.0, 100.0]);
        assert_eq!(signs(0, [[1.0, 1.0]; 2]).ends_mm(Insets::of(None, 0.0)), [80.0, 80.0]);
    }

    #[test]
    fn without_a_size_the_shape_tells_the_scale() {
        let region = |width| PixelBox { x: 0, y: 0, width, height: 500 };
        assert!((column_mm(region(600), None) - 6058.0 / 600.0).abs() < 1e-9);
        assert!((column_mm(region(1200), None) - 12_192.0 / 1200.0).abs() < 1e-9);
        assert!((column_mm(region(1200), Some(6058.0)) - 6058.0 / 1200.0).abs() < 1e-9);
    }
}
