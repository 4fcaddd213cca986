//! What vendor grey means: polarity, white level and dark side bars. Runs on the host, once per plan.
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

/// Counts per grey value; 65,536 entries.
pub fn histogram(grey: &[u16]) -> Vec<u64> {
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
///
/// Conservative: inverted only when the top twentieth of the rows (air in every lane) is dark in the median, below
/// max / 4, when more than a fifth of all pixels, and more than are near white, are near black (up to max / 8; from
/// 7 max / 8), and when the 99.5th percentile shows that something is bright, above max / 4.
pub fn grey_scale(grey: &[u16], width: usize, max_value: u16) -> GreyScale {
    let all = histogram(grey);
    let rows = grey.len().checked_div(width).unwrap_or(0).div_ceil(20);
    let top = percentile(&histogram(&grey[..rows * width]), 0.5);
    let max = usize::from(max_value);
    let dark: u64 = all[..=max / 8].iter().sum();
    let bright: u64 = all[(max - max / 8).min(65_535)..].iter().sum();
    let (low, high) = (percentile(&all, 0.005), percentile(&all, 0.995));
    let is_mostly_dark = dark * 5 > grey.len() as u64 && dark > bright;
    let is_inverted = usize::from(top) < max / 4 && is_mostly_dark && usize::from(high) > max / 4;
    let white = if is_inverted { max_value.saturating_sub(low) } else { high };
    GreyScale { is_inverted, white: white.max(1), contrast: high - low }
}

/// Signal up to which a grey pixel says nothing: black is where vendors clip.
pub fn floor(white: u16) -> u32 {
    u32::from(white / 64).max(1)
}

/// Columns at the left and right edge in which at least 98 % of the pixels are at or below the floor: side bars with
/// the beam off. `None` when that would be every column.
pub fn side_bars(grey: &[u16], width: usize, max_value: u16, scale: &GreyScale) -> Option<(usize, usize)> {
    if width == 0 || grey.is_empty() {
        return None;
    }
    let height = grey.len() / width;
    let floor = floor(scale.white);
    let is_dark = |x: usize| {
        let dark = (0..height).filter(|y| {
            let value = grey[y * width + x];
            let value = if scale.is_inverted { max_value.saturating_sub(value) } else { value };
            u32::from(value) <= floor
        });
        dark.count() * 50 >= height * 49
    };
    let left = (0..width).take_while(|x| is_dark(*x)).count();
    if left == width {
        return None;
    }
    Some((left, (0..width).rev().take_while(|x| is_dark(*x)).count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(air: u16, load: u16) -> Vec<u16> {
        (0..40 * 40).map(|i| if (10..30).contains(&(i % 40)) && i / 40 > 10 { load } else { air }).collect()
    }

    #[test]
    fn polarity_follows_the_air_at_the_top() {
        let normal = grey_scale(&picture(250, 20), 40, 255);
        assert_eq!((normal.is_inverted, normal.white), (false, 250));
        let inverted = grey_scale(&picture(5, 235), 40, 255);
        assert_eq!((inverted.is_inverted, inverted.white), (true, 250));
    }

    #[test]
    fn a_dark_top_alone_is_no_inversion() {
        let mut dark_top = picture(250, 20);
        dark_top[..40 * 4].fill(0);
        assert!(!grey_scale(&dark_top, 40, 255).is_inverted);
    }

    #[test]
    fn side_bars_are_counted_from_the_edges() {
        let mut grey = picture(250, 20);
        for row in grey.chunks_mut(40) {
            row[..3].fill(0);
            row[39] = 1;
        }
        let scale = grey_scale(&grey, 40, 255);
        assert_eq!(side_bars(&grey, 40, 255, &scale), Some((3, 1)));
        assert_eq!(side_bars(&[0; 16], 4, 255, &grey_scale(&[0; 16], 4, 255)), None);
    }

    #[test]
    fn empty_pictures_have_a_scale() {
        assert_eq!(grey_scale(&[], 0, 255).white, 1);
    }
}
