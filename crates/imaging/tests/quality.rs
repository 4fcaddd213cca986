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
    check("dead detectors: several", &["dead_detectors"], true);
    check("dead detectors: all but one", &["dead_detectors", "missing_dose"], false);
    check("all dark", &["dead_detectors", "missing_dose"], false);
    check("saturated", &["saturated"], false);
    check("opaque", &["penetration_limited"], true);
    check("beam off", &["beam_off"], true);
    check("no dose rows", &["missing_dose"], true);
    check("unknown end point", &["missing_endpoint"], true);
    check("grey with a side bar", &["penetration_limited", "beam_off"], true);
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
