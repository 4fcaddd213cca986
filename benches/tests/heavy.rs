//! Heavy matter is named where it is, not at edges of steel.

#![allow(clippy::unwrap_used)]

use pellucid_benches::heavy::{SIDES_MM, of_empty_boxes, of_lead};

/// At most this share of the coloured pixels of empty boxes may be called heavy; without step 4 of the kernel it was 6.6 and
/// 1.9 %. The rest are sheets edge-on that the median spreads over three columns.
const MOST_FALSE: f64 = 0.012;
/// Sides of blocks in mm and the least share of their pixels that must be called heavy.
const LEAST_RIGHT: [(f64, f64); 3] = [(100.0, 0.88), (200.0, 0.96), (400.0, 0.98)];

fn check(preset: &str) {
    let wrong = of_empty_boxes(preset).unwrap();
    println!("{preset}: {:.2} % of the coloured pixels of empty boxes are called heavy", 100.0 * wrong);
    assert!(wrong < MOST_FALSE, "{preset}: {wrong} of empty boxes called heavy");
    let lead = of_lead(preset).unwrap();
    for (side, [heavy, other]) in SIDES_MM.into_iter().zip(lead) {
        println!("  lead of {side} mm: {:.1} % heavy, {:.1} % other", 100.0 * heavy, 100.0 * other);
        let least = LEAST_RIGHT.iter().find(|(s, _)| *s == side).map_or(0.0, |(_, least)| *least);
        assert!(heavy >= least, "{preset}: {heavy} of lead {side} mm wide called heavy");
        assert!(other < 0.01, "{preset}: {other} of lead {side} mm wide called something else");
    }
}

#[test]
fn heavy_is_named_where_it_is_at_6_and_3p5_mv() {
    check("relocatable_6_3p5");
}

#[test]
fn heavy_is_named_where_it_is_at_9_and_6_mv() {
    check("portal_9_6");
}
