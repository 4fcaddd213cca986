//! Detector rows that a vendor picture shows as lines over its whole width. Runs on the host, once per plan.
//!
//! A run of up to [`MOST`] rows is held against the mean `n` of the rows above and below it, column by column. Goods and
//! boxes have straight edges too, but those end where the box ends: a line is a detector's when every one of its rows
//! - differs from `n` to the same side in nearly every column of the load, posts and walls included, and shows in the air
//!   beside it as well; or
//! - differs to the same side in nearly every column of air, and to either side in most of the load, if there is much; or
//! - is far brighter than `n` in all of the load, where air is clipped to white and cannot show what is brighter.
//!
//! Wrong gains that leave the picture's greys nearly as they are stay: only lines are found that hide what is behind them.

use super::grey::Picture;

/// Engines agree exactly: the host decides.
pub const TOLERANCE: u32 = 0;

/// Most neighbouring rows that are judged together.
const MOST: usize = 5;
/// Largest share of rows: beyond it lines are a pattern of the picture and no faults of single detectors.
const MOST_ROWS: f64 = 0.25;
/// Fewest columns and rows of a picture in which lines are told.
const FEWEST: usize = 16;
/// Columns that are looked at, at most, evenly spread: more would not tell more.
const COLUMNS: usize = 1024;

/// Which rows are lines; `bars` are the columns at the left and right edge that were taken without beam.
pub fn dead_rows(picture: &Picture<'_>, bars: (usize, usize)) -> Vec<bool> {
    let (width, height) = picture.size();
    let mut is_dead = vec![false; height];
    let columns = bars.0..width.saturating_sub(bars.1);
    if columns.len() < FEWEST || height < FEWEST {
        return is_dead;
    }
    let every = columns.len().div_ceil(COLUMNS);
    let row = |y: usize| columns.clone().step_by(every).map(|x| i32::from(picture.at(x, y))).collect();
    let rows: Vec<Vec<i32>> = (0..height).map(row).collect();
    let judge = Judge::new(&rows, i32::from(picture.scale().white));
    let mut lines = judge.lines();
    lines.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.start.cmp(&b.start)));
    for line in lines {
        // What stood beside a line that is known by now was held against the wrong rows.
        let beside = line.start.saturating_sub(1)..(line.end + 1).min(height);
        if !is_dead[beside].contains(&true) {
            is_dead[line.start..line.end].fill(true);
        }
    }
    let found = is_dead.iter().filter(|is_dead| **is_dead).count();
    if found as f64 > MOST_ROWS * height as f64 { vec![false; height] } else { is_dead }
}

/// A run of rows that may be one.
struct Line {
    start: usize,
    end: usize,
    /// How sure it is: of runs that overlap, the surest counts.
    score: f64,
}

/// What all rows are judged by.
struct Judge<'a> {
    rows: &'a [Vec<i32>],
    /// Grey of air.
    white: i32,
    /// Beyond it a difference in air is not the noise that most rows have there.
    in_air: i32,
    /// Beyond it a difference counts, in air and in the load.
    clear: [i32; 2],
    /// Share of the columns of air in which a line shows, when most rows hardly do.
    least_in_air: f64,
}

impl<'a> Judge<'a> {
    fn new(rows: &'a [Vec<i32>], white: i32) -> Self {
        let is_air = |grey: i32| grey >= white - white / 16;
        // Twice the deviation of a pixel of air from the mean of those above and below it.
        let deviations = |three: &[Vec<i32>]| -> Vec<i32> {
            let triples = three[0].iter().zip(&three[1]).zip(&three[2]);
            let seen = triples.filter(|((above, _), below)| is_air(**above) && is_air(**below));
            seen.map(|((above, own), below)| (2 * own - above - below).abs()).collect()
        };
        let in_air: Vec<Vec<i32>> =
            rows.windows(3).step_by(4).map(deviations).filter(|row| row.len() >= FEWEST).collect();
        let mean = |row: &Vec<i32>| row.iter().map(|d| f64::from(*d)).sum::<f64>() / (2 * row.len()) as f64;
        let noise = middle(in_air.iter().map(mean));
        let beyond = |part: i32, times: f64| (white / part).max((times * noise) as i32).max(1);
        let limit = beyond(100, 2.5);
        let share = |row: &Vec<i32>| row.iter().filter(|d| **d > 2 * limit).count() as f64 / row.len() as f64;
        let least_in_air = (3.0 * middle(in_air.iter().map(share))).max(0.2);
        Self { rows, white, in_air: limit, clear: [beyond(32, 4.0), beyond(64, 4.0)], least_in_air }
    }

    /// Every run between two rows that differ much from their neighbours.
    fn lines(&self) -> Vec<Line> {
        let height = self.rows.len();
        // The picture's own edges end a run, too.
        let ends: Vec<usize> = (0..=height).filter(|y| *y == 0 || *y == height || self.is_jump(*y)).collect();
        let mut lines = Vec::new();
        for (i, start) in ends.iter().enumerate() {
            for end in ends[i + 1..].iter().take_while(|end| **end - start <= MOST) {
                lines.extend(self.line(*start, *end));
            }
        }
        lines
    }

    /// Whether row `y` differs from the one before it in many columns.
    fn is_jump(&self, y: usize) -> bool {
        let differing = self.rows[y - 1].iter().zip(&self.rows[y]).filter(|(a, b)| (*a - *b).abs() > self.in_air);
        differing.count() * 4 >= self.rows[y].len()
    }

    fn line(&self, start: usize, end: usize) -> Option<Line> {
        let below = self.rows.get(end);
        let above = start.checked_sub(1).map(|y| &self.rows[y]).or(below)?;
        let below = below.unwrap_or(above);
        let mut least = Shown::ALL;
        for y in start..end {
            least = least.min(&self.shown(above, &self.rows[y], below));
            if !least.is_line(self.least_in_air) {
                return None;
            }
        }
        let sure = least.same_in_load().max(least.same_in_air()) + least.any[0].min(0.5);
        // Of runs that are as sure, the longest.
        Some(Line { start, end, score: sure + 0.1 * (end - start) as f64 })
    }

    /// How a row shows against what the rows above and below it hold.
    fn shown(&self, above: &[i32], own: &[i32], below: &[i32]) -> Shown {
        let (mut air, mut load) = (0_u32, 0_u32);
        let (mut up, mut down, mut any, mut white_in_load) = ([0_u32; 2], [0_u32; 2], [0_u32; 2], 0_u32);
        for ((above, own), below) in above.iter().zip(own).zip(below) {
            let is_air = *above.min(below) >= self.white - self.white / 16;
            let expected = (above + below) / 2;
            let is_load = !is_air && (above - below).abs() <= self.white / 8 && expected > self.white / 16;
            if !is_air && !is_load {
                continue;
            }
            let (difference, which) = (own - expected, usize::from(is_load));
            up[which] += u32::from(difference > self.clear[which]);
            down[which] += u32::from(difference < -self.clear[which]);
            if is_air {
                air += 1;
                any[0] += u32::from(difference.abs() > self.in_air);
            } else {
                load += 1;
                any[1] += u32::from(difference.abs() > self.clear[1]);
                white_in_load += u32::from(difference > self.white / 12);
            }
        }
        let width = own.len() as f64;
        let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
        Shown {
            air: f64::from(air) / width,
            load: f64::from(load) / width,
            brighter: [share(up[0], air), share(up[1], load)],
            darker: [share(down[0], air), share(down[1], load)],
            any: [share(any[0], air), share(any[1], load)],
            white_in_load: share(white_in_load, load),
        }
    }
}

/// The middling one of some values; 0 of none.
fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Shares of columns in which a row differs from what is expected.
struct Shown {
    /// Columns of air, of all columns.
    air: f64,
    /// Columns of load that both neighbours show alike, of all columns.
    load: f64,
    /// Clearly brighter, of the columns of air and of those of the load.
    brighter: [f64; 2],
    /// Clearly darker, likewise.
    darker: [f64; 2],
    /// To either side, likewise.
    any: [f64; 2],
    /// Far brighter, of the columns of the load.
    white_in_load: f64,
}

impl Shown {
    const ALL: Self =
        Self { air: 1.0, load: 1.0, brighter: [1.0; 2], darker: [1.0; 2], any: [1.0; 2], white_in_load: 1.0 };

    fn min(&self, other: &Self) -> Self {
        let both = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].min(b[1])];
        Self {
            air: self.air.min(other.air),
            load: self.load.min(other.load),
            brighter: both(self.brighter, other.brighter),
            darker: both(self.darker, other.darker),
            any: both(self.any, other.any),
            white_in_load: self.white_in_load.min(other.white_in_load),
        }
    }

    fn is_line(&self, least_in_air: f64) -> bool {
        let [air, load] = [self.air, self.load];
        (load >= 0.2 && self.same_in_load() >= 0.9 && self.any[0] >= least_in_air)
            || (load >= 0.2 && self.any[1] >= 0.75 && air >= 0.1 && self.same_in_air() >= 0.95)
            || (air >= 0.5 && self.same_in_air() >= 0.9)
            || (load >= 0.5 && self.white_in_load >= 0.98)
    }

    fn same_in_air(&self) -> f64 {
        self.brighter[0].max(self.darker[0])
    }

    fn same_in_load(&self) -> f64 {
        self.brighter[1].max(self.darker[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 120;
    const HEIGHT: usize = 100;

    /// Air around a box with posts, walls, a roof of two rows, goods in two layers and a gap of two rows between them.
    fn scene() -> Vec<u16> {
        let noise = |x: usize, y: usize| ((x * 7919 + y * 104_729) % 5) as u16;
        let grey = |x: usize, y: usize| match (x, y) {
            (20..100, 15 | 16) => 90,
            (20..24 | 96..100, 17..85) => 70,
            (24..96, 40 | 41) => 205,
            (24..96, 25..80) => 60 + (x / 9) as u16 * 3,
            (24..96, 17..85) => 205,
            (10..110, 85..88) => 40,
            _ => 241,
        };
        (0..WIDTH * HEIGHT).map(|i| grey(i % WIDTH, i / WIDTH) + noise(i % WIDTH, i / WIDTH)).collect()
    }

    fn check(change: impl Fn(usize, &mut [u16]), expect: &[usize]) {
        let mut grey = scene();
        grey.chunks_mut(WIDTH).enumerate().for_each(|(y, row)| change(y, row));
        for turn in [0, 255] {
            let grey: Vec<u16> = grey.iter().map(|grey| grey.abs_diff(turn)).collect();
            let found = dead_rows(&Picture::new(&grey, WIDTH, 255), (0, 0));
            let found: Vec<usize> = (0..HEIGHT).filter(|y| found[*y]).collect();
            assert_eq!(found, expect, "turned from {turn}");
        }
    }

    #[test]
    fn edges_of_boxes_and_goods_are_no_lines() {
        check(|_, _| {}, &[]);
    }

    #[test]
    fn lines_over_the_whole_width_are_found() {
        let noisy = |x: usize| 228 + (x * 31 % 26) as u16;
        let bright = |y: usize, row: &mut [u16]| {
            if (50..53).contains(&y) || y == 70 {
                row.iter_mut().enumerate().for_each(|(x, grey)| *grey = noisy(x));
            }
        };
        check(bright, &[50, 51, 52, 70]);
        check(
            |y, row| {
                if y == 0 || y == 60 {
                    row.fill(30)
                }
            },
            &[0, 60],
        );
        check(
            |y, row| {
                if y == 99 {
                    row.iter_mut().for_each(|grey| *grey /= 3)
                }
            },
            &[99],
        );
    }

    #[test]
    fn a_bright_line_is_found_where_air_is_clipped() {
        let clip = |y: usize, row: &mut [u16]| {
            for grey in row.iter_mut() {
                *grey = if *grey > 235 { 255 } else { *grey };
                if y == 50 {
                    *grey = (*grey).max(180 + *grey / 4);
                }
            }
        };
        check(clip, &[50]);
    }

    #[test]
    fn patterns_and_small_pictures_are_left_alone() {
        check(
            |y, row| {
                if y % 3 == 0 {
                    row.fill(90)
                }
            },
            &[],
        );
        assert_eq!(dead_rows(&Picture::new(&[7, 9, 200, 4], 2, 255), (0, 0)), [false; 2]);
        assert!(dead_rows(&Picture::new(&[], 0, 255), (0, 0)).is_empty());
    }
}
