//! Shades of a quantity from pale to dark, and the bar that says how much each is.

use std::fmt::Write as _;

use super::labels::width_of;
use super::{Key, SMALL_LETTERS, escaped};
use crate::kilograms::grouped;

/// Length of the bar, and of its room for the words at its ends.
const BAR: f64 = 260.0;
/// The bar's shades, and the hatching of what is a lower bound only.
pub(super) const DEFINITIONS: &str = "<defs><linearGradient id=\"shades\"><stop offset=\"0\" stop-color=\"rgb(255 245 200)\"/>\
    <stop offset=\"1\" stop-color=\"rgb(100 0 30)\"/></linearGradient>\
    <pattern id=\"opaque\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
    <path d=\"M0 0v7\" stroke=\"#fff\" stroke-width=\"2\"/></pattern></defs>";

/// Shades from nothing to a round number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) end: f64,
}

impl Scale {
    /// A scale that ends at 1, 2 or 5 times a power of ten, at or above the largest value.
    pub(super) fn up_to(largest: f64) -> Self {
        let least = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let power = 10.0_f64.powf(least.log10().floor());
        let end = [1.0, 2.0, 5.0].map(|k| k * power).into_iter().find(|end| *end >= least * (1.0 - 1e-9));
        Self { end: end.unwrap_or(10.0 * power) }
    }

    /// From pale yellow to dark red: lightness alone already tells.
    pub(super) fn shade(self, value: f64) -> String {
        let share = (value / self.end).clamp(0.0, 1.0);
        let [red, green, blue] = [255.0 - 155.0 * share, 245.0 - 245.0 * share, 200.0 - 170.0 * share];
        format!("rgb({red:.0} {green:.0} {blue:.0})")
    }

    /// The bar with 0, half and the end, and the unit behind it.
    pub(super) fn key(self, unit: &str) -> Key {
        let mut drawn = format!(
            "<rect width=\"{BAR}\" height=\"12\" fill=\"url(#shades)\" stroke=\"#777\" stroke-width=\".5\"/>"
        );
        // Writing to a String cannot fail.
        for share in [0.0, 0.5, 1.0] {
            let (x, text) = (share * BAR, plain(share * self.end));
            let _ = write!(
                drawn,
                "<path d=\"M{x} 12v4\" stroke=\"#777\"/><text x=\"{x}\" y=\"28\" text-anchor=\"middle\" class=\"small\">{text}</text>"
            );
        }
        let from = BAR + 0.5 * width_of(&plain(self.end), SMALL_LETTERS) + 8.0;
        let _ = write!(drawn, "<text x=\"{from:.1}\" y=\"28\" class=\"small\">{}</text>", escaped(unit));
        Key::Scale(drawn, from + width_of(unit, SMALL_LETTERS))
    }
}

/// A round number without needless digits.
fn plain(value: f64) -> String {
    if value >= 10.0 {
        grouped(value)
    } else {
        format!("{:.2}", value).trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (largest, end) in [(0.7, 1.0), (1.0, 1.0), (1.2, 2.0), (340.0, 500.0), (730.0, 1000.0), (0.0, 1.0)] {
            assert!((Scale::up_to(largest).end / end - 1.0).abs() < 1e-9, "{largest}");
        }
        assert_eq!(Scale::up_to(500.0).shade(0.0), "rgb(255 245 200)");
        assert_eq!(Scale::up_to(500.0).shade(1e9), "rgb(100 0 30)");
    }

    #[test]
    fn a_bar_says_how_much_and_of_what() {
        let Key::Scale(drawn, width) = Scale { end: 1000.0 }.key("kg/m²") else { panic!("no bar") };
        assert!([">0<", ">500<", ">1,000<", ">kg/m²<"].iter().all(|text| drawn.contains(text)), "{drawn}");
        assert!(width > BAR + 20.0);
        assert_eq!([0.25, 2.5, 0.0, 25.0].map(plain), ["0.25", "2.5", "0", "25"]);
    }
}
