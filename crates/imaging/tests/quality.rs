//! A poor scan is a value: each fault shows in the scan's quality, and only there.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::sync::Arc;

use pellucid_core::{RawScan, ScanQuality};
use pellucid_imaging::{CpuEngine, Engine, Plan, suite};

fn quality(scan: &RawScan) -> ScanQuality {
    let plan = Plan::for_scan(scan).unwrap();
    CpuEngine::new().submit(&plan, Arc::new(scan.clone())).unwrap().wait().unwrap().quality
}

fn check(case: &str, codes: &[&str], is_usable: bool) {
    let scan = suite::cases().into_iter().find(|c| c.name == case).unwrap().scan;
    let quality = quality(&scan);
    let found: Vec<&str> = quality.issues.iter().map(|issue| issue.code.as_str()).collect();
    assert_eq!((found.as_slice(), quality.is_usable), (codes, is_usable), "{case}: {quality:?}");
    assert!(quality.issues.iter().all(|issue| issue.value > issue.limit));
}

#[test]
fn every_fault_has_its_code() {
    check("dual 101 x 59", &[], true);
    check("single 64 x 32", &[], true);
    check("grey 3 x 3", &[], true);
    check("grey 101 x 59", &["penetration_limited"], true);
    check("dead detectors: several", &["dead_detectors"], false);
    check("dead detectors: all but one", &["dead_detectors", "missing_dose"], false);
    check("all dark", &["dead_detectors", "missing_dose"], false);
    check("saturated", &["saturated"], false);
    check("opaque", &["penetration_limited"], true);
    check("beam off", &["beam_off"], true);
    check("no dose rows", &["missing_dose"], true);
    check("unknown end point", &["missing_endpoint"], true);
    check("grey with a side bar", &["penetration_limited", "beam_off"], true);
    check("grey inverted with dead rows", &["dead_detectors", "penetration_limited"], true);
    check("grey all black", &["penetration_limited", "low_contrast"], false);
}

#[test]
fn figures_are_shares_of_what_they_count() {
    let mut scan = suite::cases().into_iter().find(|c| c.name == "dual 64 x 32").unwrap().scan;
    for band in &mut scan.views[0].bands {
        band.counts.pixels_mut()[7 * 64..8 * 64].fill(77);
    }
    let quality = quality(&scan);
    assert_eq!(quality.issues.len(), 1);
    assert_eq!((quality.issues[0].code.as_str(), quality.issues[0].value), ("dead_detectors", 1.0 / 32.0));
}

#[test]
fn what_a_picture_cannot_tell_has_no_figure() {
    let codes = |case: &str| -> Vec<String> {
        let scan = suite::cases().into_iter().find(|c| c.name == case).unwrap().scan;
        quality(&scan).figures.into_iter().map(|figure| figure.code).collect()
    };
    let machine = ["dead_detectors", "gain_changed", "saturated", "pulse_jitter"];
    let told = |case: &str| machine.map(|code| codes(case).contains(&code.to_owned()));
    assert_eq!(told("dual 101 x 59"), [true; 4]);
    assert_eq!(told("single 101 x 59"), [true, true, true, false]);
    assert_eq!(told("grey 101 x 59"), [true, false, false, false]);
}

#[test]
fn pulses_that_change_against_each_other_are_said() {
    let scan = suite::cases().into_iter().find(|c| c.name == "dual 257 x 65").unwrap().scan;
    let jitter = |scan: &RawScan| Plan::for_scan(scan).unwrap().views()[0].pulse_jitter.unwrap();
    // The suite's doses are even over [0.95, 1.05] in each band: a deviation of 0.029 each.
    assert!((jitter(&scan) - 0.041).abs() < 0.015, "{}", jitter(&scan));
    let mut shaken = scan.clone();
    let low = &mut shaken.views[0].bands[1];
    let dark = f64::from(low.dark[0]);
    for (i, count) in low.counts.pixels_mut().iter_mut().enumerate() {
        let pulse = if (i % 257) % 2 == 0 { 1.15 } else { 0.85 };
        *count = (dark + (f64::from(*count) - dark) * pulse).clamp(0.0, 65_535.0) as u16;
    }
    let quality = quality(&shaken);
    let issue = quality.issues.iter().find(|issue| issue.code == "pulse_jitter").unwrap();
    assert!(quality.is_usable && issue.value > 0.12 && issue.value < 0.3, "{issue:?}");
}

#[test]
fn gains_that_changed_and_bands_that_lie_apart_are_said() {
    let find = |name: &str| suite::cases().into_iter().find(|c| c.name == name).unwrap().scan;
    let codes =
        |scan: &RawScan| -> Vec<String> { quality(scan).issues.into_iter().map(|issue| issue.code).collect() };
    assert!(codes(&find("changing gains")).contains(&"gain_changed".to_owned()));
    // A row whose gain falls in two equal steps behind the load: two places fit, so none is taken.
    let mut odd = find("changing gains");
    for band in &mut odd.views[0].bands {
        let dark = band.dark[50];
        for (x, count) in band.counts.pixels_mut()[50 * 701..51 * 701].iter_mut().enumerate() {
            let gain = if x < 250 {
                1.0
            } else if x < 480 {
                0.93
            } else {
                0.86
            };
            *count = dark + (f64::from(count.saturating_sub(dark)) * gain) as u16;
        }
    }
    println!("{:?}", Plan::for_scan(&odd).unwrap().views()[0].high.gain_changes);
    assert!(codes(&odd).contains(&"gain_uncertain".to_owned()), "{:?}", codes(&odd));
}
