//! What vendor grey means: polarity and white level. Runs on the host, once per plan.
//!
//! Pseudo attenuation of grade `processed` is [`super::attenuation`] with `dark = 0`, `air = white` and the grey
//! inverted where the polarity says so; it carries appearance and shares, never kilograms (DOMAIN §2).

/// Engines agree exactly: the host decides.
pub const TOLERANCE: u32 = 0;

/// What a histogram and the top rows of a grey picture say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GreyScale {
    /// Whether larger means darker.
    pub is_inverted: bool,
    /// Grey of air after inversion: the 99.5th percentile, at least 1.
    pub white: u16,
    /// Spread from the 0.5th to the 99.5th percentile.
    pub contrast: u16,
}

/// A vendor picture and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    grey: &'a [u16],
    width: usize,
    max_value: u16,
    scale: GreyScale,
}

impl<'a> Picture<'a> {
    /// Reads the scale of a picture of whole rows of `width` pixels.
    pub fn new(grey: &'a [u16], width: usize, max_value: u16) -> Self {
        Self { grey, width, max_value, scale: grey_scale(grey, width, max_value) }
    }

    /// How it is read.
    pub fn scale(&self) -> GreyScale {
        self.scale
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.grey.len().checked_div(self.width).unwrap_or(0))
    }

    /// Grey of a pixel, larger for brighter.
    #[inline]
    pub fn at(&self, x: usize, y: usize) -> u16 {
        let grey = self.grey[y * self.width + x];
        if self.scale.is_inverted { self.max_value.saturating_sub(grey) } else { grey }
    }
}

/// Counts per grey value; 65,536 entries.
pub fn histogram<'a>(grey: impl IntoIterator<Item = &'a u16>) -> Vec<u64> {
    let mut counts = vec![0; 65_536];
    for value in grey {
        counts[usize::from(*value)] += 1;
    }
    counts
}

/// The smallest grey that `share` of all pixels do not exceed; 0 for no pixels.
pub fn percentile(histogram: &[u64], share: f64) -> u16 {
    let total: u64 = histogram.iter().sum();
    let wanted = (total as f64 * share).ceil() as u64;
    let mut seen = 0;
    for (value, count) in histogram.iter().enumerate() {
        seen += count;
        if seen >= wanted && seen > 0 {
            return value as u16;
        }
    }
    0
}

/// Reads polarity and white level.
pub fn grey_scale(grey: &[u16], width: usize, max_value: u16) -> GreyScale {
    let all = histogram(grey);
    let ends = Ends { low: percentile(&all, 0.005), high: percentile(&all, 0.995) };
    let is_inverted = ends.range() > max_value / 4 && is_air_dark(grey, width, ends);
    let white = if is_inverted { max_value.saturating_sub(ends.low) } else { ends.high };
    GreyScale { is_inverted, white: white.max(1), contrast: ends.range() }
}

/// Signal up to which a grey pixel says nothing: black is where vendors clip.
pub fn floor(white: u16) -> u32 {
    u32::from(white / 64).max(1)
}

/// The extreme greys of a picture.
#[derive(Clone, Copy)]
struct Ends {
    low: u16,
    high: u16,
}

impl Ends {
    fn range(self) -> u16 {
        self.high - self.low
    }

    fn is_dark(self, grey: u16) -> bool {
        grey <= self.low + self.range() / 8
    }

    fn is_bright(self, grey: u16) -> bool {
        grey >= self.high - self.range() / 8
    }
}

/// Whether air lies at the dark end. Air stands in the top twentieth of the rows in every lane and hardly varies, however
/// large and dense the load; columns that are all of one end say nothing, for they may as well be bars without beam.
fn is_air_dark(grey: &[u16], width: usize, ends: Ends) -> bool {
    let height = grey.len().checked_div(width).unwrap_or(0);
    let (mut dark, mut bright) = (vec![0_usize; width], vec![0_usize; width]);
    for row in grey.chunks_exact(width.max(1)) {
        for ((dark, bright), value) in dark.iter_mut().zip(&mut bright).zip(row) {
            *dark += usize::from(ends.is_dark(*value));
            *bright += usize::from(ends.is_bright(*value));
        }
    }
    let is_mixed = |x: &usize| dark[*x].max(bright[*x]) * 20 < height * 19;
    let mixed: Vec<usize> = (0..width).filter(is_mixed).collect();
    let top: Vec<u16> = grey
        .chunks_exact(width.max(1))
        .take(height.div_ceil(20))
        .flat_map(|row| mixed.iter().map(|x| row[*x]))
        .collect();
    let middle = percentile(&histogram(&top), 0.5);
    let alike = top.iter().filter(|value| value.abs_diff(middle) <= ends.range() / 16).count();
    if top.is_empty() || middle >= ends.low + ends.range() / 2 || alike * 2 < top.len() {
        return false;
    }
    // A dark border that ends in one straight line hides the top: then only the larger part of the picture can tell.
    let [dark, bright] = [dark, bright].map(|counts| counts.iter().sum::<usize>());
    !has_dark_border(grey, width, ends) || (dark * 5 > grey.len() && dark > bright)
}

/// Whether nearly every column turns from dark to bright at the same row of the top quarter.
fn has_dark_border(grey: &[u16], width: usize, ends: Ends) -> bool {
    let rows: Vec<&[u16]> = grey.chunks_exact(width).collect();
    let step = (rows.len() / 40).clamp(1, 8);
    let turned = |above: &[u16], below: &[u16]| {
        above.iter().zip(below).filter(|(above, below)| ends.is_dark(**above) && ends.is_bright(**below)).count()
    };
    (0..rows.len() / 4).any(|y| rows.get(y + step).is_some_and(|below| turned(rows[y], below) * 10 >= width * 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(air: u16, load: u16) -> Vec<u16> {
        (0..40 * 40).map(|i| if (10..30).contains(&(i % 40)) && i / 40 > 10 { load } else { air }).collect()
    }

    /// A load that fills all but the air above it, between bars without beam.
    fn loaded() -> Vec<u16> {
        let grey = |x: usize, y: usize| match (x, y) {
            (0..8, _) => 1,
            (8..12, _) => 246,
            (_, 0..3) => 244 + (x % 3) as u16,
            (_, 3..5) => 200,
            _ => 2 + (y % 2) as u16,
        };
        (0..40 * 60).map(|i| grey(i % 60, i / 60)).collect()
    }

    #[test]
    fn polarity_follows_the_air_at_the_top() {
        let normal = grey_scale(&picture(250, 20), 40, 255);
        assert_eq!((normal.is_inverted, normal.white), (false, 250));
        let inverted = grey_scale(&picture(5, 235), 40, 255);
        assert_eq!((inverted.is_inverted, inverted.white), (true, 250));
    }

    #[test]
    fn a_load_that_covers_most_of_the_picture_does_not_turn_it() {
        let loaded = loaded();
        assert!(!grey_scale(&loaded, 60, 255).is_inverted);
        let turned: Vec<u16> = loaded.iter().map(|grey| 255 - grey).collect();
        assert!(grey_scale(&turned, 60, 255).is_inverted);
    }

    #[test]
    fn a_dark_top_alone_is_no_inversion() {
        let mut dark_top = picture(250, 20);
        dark_top[..40 * 4].fill(0);
        assert!(!grey_scale(&dark_top, 40, 255).is_inverted);
    }

    #[test]
    fn empty_and_flat_pictures_have_a_scale() {
        assert_eq!(grey_scale(&[], 0, 255).white, 1);
        assert_eq!(grey_scale(&[0; 9], 3, 255), GreyScale { is_inverted: false, white: 1, contrast: 0 });
        assert!(!grey_scale(&[255; 9], 3, 255).is_inverted);
    }
}
