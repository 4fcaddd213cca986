//! Every bit of the validity mask, and attenuation of pixels that measured nothing, as the engine gives them.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::sync::Arc;

use pellucid_core::{BandKind, RawScan, Validity};
use pellucid_imaging::{CpuEngine, Engine, ImagedView, Plan, suite};

const WIDTH: usize = 64;

fn base() -> RawScan {
    suite::cases().into_iter().find(|case| case.name == "dual 64 x 32").unwrap().scan
}

/// Sets counts of a band in a 3 x 3 square, which the median then keeps in its middle.
fn set(scan: &mut RawScan, kind: BandKind, (x, y): (usize, usize), counts: u16) {
    let band = scan.views[0].bands.iter_mut().find(|band| band.kind == kind).unwrap();
    for (dx, dy) in (0..9).map(|i| (i % 3, i / 3)) {
        band.counts.pixels_mut()[(y + dy - 1) * WIDTH + x + dx - 1] = counts;
    }
}

fn view(scan: &RawScan) -> ImagedView {
    let plan = Plan::for_scan(scan).unwrap();
    CpuEngine::new().submit(&plan, Arc::new(scan.clone())).unwrap().wait().unwrap().views.remove(0)
}

/// Expects bits and attenuation of the high and the low band at a pixel.
fn check(view: &ImagedView, (x, y): (usize, usize), bits: u8, high: Option<f64>, low: Option<f64>) {
    assert_eq!(view.validity.at(x, y), bits, "validity at ({x}, {y})");
    for (plane, expect) in [(&view.high, high), (view.low.as_ref().unwrap(), low)] {
        let Some(expect) = expect else { continue };
        let got = f64::from(plane.at(x, y)) / 4096.0;
        assert!((got - expect).abs() < 0.06, "{got} instead of {expect} at ({x}, {y})");
    }
}

#[test]
fn counts_at_either_end_are_flagged_and_have_an_attenuation() {
    let mut scan = base();
    let (full, none, dark_low, full_low) = ((20, 10), (30, 15), (40, 20), (50, 25));
    set(&mut scan, BandKind::High, full, u16::MAX);
    set(&mut scan, BandKind::High, none, 0);
    set(&mut scan, BandKind::Low, dark_low, 0);
    set(&mut scan, BandKind::Low, full_low, u16::MAX);
    let view = view(&scan);
    // Brighter than air is air; nothing at all is what the floor of 8 counts lets pass of some 41,000.
    check(&view, full, Validity::SATURATED, Some(0.0), None);
    check(&view, none, Validity::PENETRATION_LIMITED, Some((41_000.0_f64 / 8.0).ln()), None);
    // Only the high band's limit bounds mass, so the low band alone says nothing here; its saturation counts.
    check(&view, dark_low, 0, None, Some((41_000.0_f64 / 8.0).ln()));
    check(&view, full_low, Validity::SATURATED, None, Some(0.0));
    assert_eq!(view.validity.at(3, 28), 0, "air is valid");
}

#[test]
fn rows_and_columns_without_measurement_are_flagged() {
    let mut scan = base();
    // A row without gain in the high band only, and one whose air reading lies below its dark in the low band only.
    scan.views[0].bands[0].air[12] = scan.views[0].bands[0].dark[12];
    scan.views[0].bands[1].dark[18] = u16::MAX;
    for band in &mut scan.views[0].bands {
        let dark = band.dark[0];
        for y in 0..32 {
            band.counts.pixels_mut()[y * WIDTH + 40] = dark;
        }
    }
    let view = view(&scan);
    let interpolated = Validity::DEAD | Validity::INTERPOLATED;
    assert_eq!(view.validity.at(5, 12), interpolated);
    assert_eq!(view.validity.at(5, 18), interpolated);
    assert_eq!(view.validity.at(40, 5), Validity::BEAM_OFF);
    assert_eq!(view.validity.at(40, 12), Validity::BEAM_OFF | interpolated);
    // The neighbours stand in for a row, and the median for a lone column.
    let high = |x: usize, y: usize| f64::from(view.high.at(x, y)) / 4096.0;
    assert!((high(30, 12) - (high(30, 11) + high(30, 13)) / 2.0).abs() < 0.3);
    let plan = Plan::for_scan(&scan).unwrap();
    assert_eq!(plan.views()[0].high.bad_rows + plan.views()[0].low.as_ref().unwrap().bad_rows, 2);
}

#[test]
fn a_scan_in_which_nothing_was_measured_has_an_answer_everywhere() {
    let mut scan = base();
    for band in &mut scan.views[0].bands {
        band.air = band.dark.clone();
    }
    let view = view(&scan);
    assert!(view.validity.pixels().iter().all(|bits| *bits == Validity::DEAD));
    assert!(view.high.pixels().iter().chain(view.low.as_ref().unwrap().pixels()).all(|a| *a == 0));
    assert!(view.areal_density.unwrap().pixels().iter().all(|lambda| *lambda == 0.0));
}
