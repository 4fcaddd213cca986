//! Plans: what they refuse and how they say it, and what each grade gets.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use pellucid_core::{BandKind, ErrorKind, Grade, Raster, RawScan};
use pellucid_imaging::kernels::registration::Taps;
use pellucid_imaging::{
    DosePlan, GainChangeKind, ImagingError, Plan, PlanOptions, ResamplePlan, ResampleWindow, suite,
};

fn case(name: &str) -> RawScan {
    suite::cases().into_iter().find(|case| case.name == name).map(|case| case.scan).unwrap()
}

fn dual() -> RawScan {
    case("dual 64 x 32")
}

fn check(change: impl FnOnce(&mut RawScan), kind: ErrorKind, words: &[&str]) {
    let mut scan = dual();
    change(&mut scan);
    let error = Plan::for_scan(&scan).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{error}` lacks `{word}`");
    }
}

#[test]
fn contradictions_are_refused_with_field_limit_and_value() {
    use ErrorKind::{InvalidInput, TooLarge};
    check(|s| s.views.clear(), InvalidInput, &["no views"]);
    check(|s| s.views[0].bands.truncate(1), InvalidInput, &["view 0", "dual_energy_raw", "low"]);
    check(|s| s.views[0].bands.clear(), InvalidInput, &["high"]);
    check(|s| s.grade = Grade::Processed, InvalidInput, &["processed", "grey"]);
    check(
        |s| s.views[0].bands[1].counts = Raster::filled(63, 32, 0),
        InvalidInput,
        &["bands[low].width", "63", "64"],
    );
    check(
        |s| s.views[0].bands[1].counts = Raster::filled(64, 31, 0),
        InvalidInput,
        &["bands[low].height", "31", "32"],
    );
    check(|s| s.views[0].bands[0].counts = Raster::filled(64, 0, 0), InvalidInput, &["height", "0"]);
    check(|s| s.views[0].bands[0].dark.truncate(31), InvalidInput, &["bands[high].dark", "31", "32"]);
    check(|s| s.views[0].bands[1].air.push(9), InvalidInput, &["bands[low].air", "33", "32"]);
    check(|s| s.views[0].dose_rows = [0, 33], InvalidInput, &["dose_rows.end", "33", "32"]);
    check(|s| s.views[0].dose_rows = [9, 8], InvalidInput, &["dose_rows.start", "9", "8"]);
    check(|s| s.views[0].bands[0].counts = Raster::filled(131_073, 1, 0), TooLarge, &["width", "131073", "131072"]);
    check(|s| s.views[0].bands[0].counts = Raster::filled(1, 65_536, 0), TooLarge, &["height", "65536", "65535"]);
}

#[test]
fn end_points_must_make_sense() {
    use ErrorKind::InvalidInput;
    check(|s| s.views[0].bands[0].endpoint_mev = Some(f64::NAN), InvalidInput, &["bands[high].endpoint_mev", "NaN"]);
    check(|s| s.views[0].bands[0].endpoint_mev = Some(160.0), InvalidInput, &["endpoint_mev is 160", "[1, 10]"]);
    check(|s| s.views[0].bands[1].endpoint_mev = Some(6.0), InvalidInput, &["bands[low].endpoint_mev is 6", "below"]);
}

#[test]
fn each_grade_gets_what_it_can_carry() {
    let plan = Plan::for_scan(&dual()).unwrap();
    let view = &plan.views()[0];
    assert!(
        view.low.is_some()
            && view.high.attenuate.is_filtered == 1
            && view.high.has_dose()
            && view.high.air_sigma.is_some()
    );
    assert_eq!(view.material.as_ref().map(|m| m.params.is_dual), Some(1));
    let plan = Plan::for_scan(&case("single 64 x 32")).unwrap();
    let view = &plan.views()[0];
    assert!(view.low.is_none());
    assert_eq!(view.material.as_ref().map(|m| m.params.is_dual), Some(0));
    let plan = Plan::for_scan(&case("grey 64 x 32")).unwrap();
    let view = &plan.views()[0];
    assert!(view.material.is_none() && view.high.attenuate.is_filtered == 0 && view.grey_contrast.is_some());
    assert!(matches!(&view.high.dose, DosePlan::Given(doses) if doses.len() == 64));
    let plan = Plan::for_scan(&case("unknown end point")).unwrap();
    assert!(plan.views()[0].material.is_none());
}

#[test]
fn a_lone_high_band_of_a_single_energy_scan_needs_no_low_one() {
    let mut scan = dual();
    scan.grade = Grade::SingleEnergyRaw;
    let plan = Plan::for_scan(&scan).unwrap();
    assert_eq!(plan.views()[0].high.band, scan.views[0].bands.iter().position(|b| b.kind == BandKind::High).unwrap());
    assert!(plan.views()[0].low.is_none());
}

#[test]
fn the_floor_is_the_sites_choice_and_never_zero() {
    for (asked, expect) in [(0, 1), (1, 1), (40, 40)] {
        let plan =
            Plan::with_options(&dual(), &PlanOptions { penetration_floor: asked, ..PlanOptions::default() }).unwrap();
        assert_eq!(plan.views()[0].high.attenuate.floor, expect);
    }
    let limit = |scatter_per_mille| {
        let options = PlanOptions { scatter_per_mille, ..PlanOptions::default() };
        Plan::with_options(&dual(), &options).unwrap().views()[0].high.attenuate.limit
    };
    assert_eq!([limit(0), limit(2), limit(u16::MAX)], [8, 85, 65_535]);
}

#[test]
fn windows_are_refused_with_field_and_rule() {
    let view = pellucid_imaging::ImagedView {
        name: "side".into(),
        geometry: None,
        high: Raster::filled(8, 8, 0),
        low: None,
        areal_density: None,
        z_class: None,
        areal_density_sigma: None,
        class_confidence: None,
        validity: Raster::filled(8, 8, 0),
        strips: None,
        black: None,
    };
    let good = ResampleWindow { view: 0, x0: 0.0, y0: 0.0, x1: 8.0, y1: 8.0, out_width: 4, out_height: 4 };
    assert!(ResamplePlan::new(std::slice::from_ref(&view), &good).is_ok());
    let check = |window: ResampleWindow, words: &[&str]| {
        let error = ResamplePlan::new(std::slice::from_ref(&view), &window).unwrap_err();
        words.iter().for_each(|word| assert!(error.to_string().contains(word), "`{error}` lacks `{word}`"));
        error
    };
    check(ResampleWindow { x1: f64::NAN, ..good }, &["x is NaN", "finite"]);
    check(ResampleWindow { y0: -1e300, ..good }, &["y is -1", "2^31"]);
    check(ResampleWindow { y1: -1.0, ..good }, &["y is -1", "positive"]);
    check(ResampleWindow { out_width: 0, ..good }, &["out_width is 0", "16,384"]);
    let missing = check(ResampleWindow { view: 3, ..good }, &["view 3", "1"]);
    assert_eq!(missing, ImagingError::NoSuchView { view: 3, views: 1 });
}

#[test]
fn gains_that_change_are_found_where_they_change() {
    let plan = Plan::for_scan(&case("changing gains")).unwrap();
    let view = &plan.views()[0];
    for band in std::iter::once(&view.high).chain(&view.low) {
        let found: Vec<_> = band.gain_changes.iter().map(|change| (change.rows.clone(), change.kind)).collect();
        println!("{:?}", band.gain_changes);
        let kinds =
            [(20..22, GainChangeKind::Step(333)), (33..34, GainChangeKind::Stripe), (41..42, GainChangeKind::Drift)];
        assert_eq!(found, kinds);
        assert!(band.gain_changes.iter().all(|change| change.is_corrected()));
    }
    for name in ["dual 257 x 65", "dual 101 x 59", "beam off", "random 1: 107 x 14"] {
        let Some(case) = suite::cases().into_iter().find(|case| case.name == name) else { continue };
        let plan = Plan::for_scan(&case.scan).unwrap();
        assert!(plan.views()[0].high.gain_changes.is_empty() && plan.views()[0].high.drifts.is_empty(), "{name}");
    }
}

#[test]
fn interlaced_bands_are_registered_and_others_are_not() {
    let low = |scan: &RawScan, low_offset_per_mille| {
        let options = PlanOptions { low_offset_per_mille, ..PlanOptions::default() };
        Plan::with_options(scan, &options).map(|plan| plan.views()[0].low.clone().unwrap())
    };
    let apart = case("interlaced bands");
    let read = low(&apart, None).unwrap();
    assert_eq!(
        (read.column_offset, read.attenuate.first_tap, read.attenuate.weights),
        (-0.5, -1, [-16, 144, 144, -16])
    );
    let together = low(&apart, Some(0)).unwrap();
    assert_eq!((together.column_offset, together.attenuate.weights), (0.0, [0, 256, 0, 0]));
    // What the scanner states is believed, against what the scan shows; what the site says goes before both.
    let stated = |high: Option<f64>, offset: Option<f64>| {
        let mut scan = apart.clone();
        scan.views[0].bands[0].column_offset = high;
        scan.views[0].bands[1].column_offset = offset;
        scan
    };
    for (high, offset, expected) in [
        (None, Some(-0.5), -0.5),
        (None, Some(0.0), 0.0),
        (None, Some(0.3), 0.3),
        (Some(0.25), None, -0.25),
        (Some(0.25), Some(-0.5), -0.75),
        (Some(2.0), Some(3.0), 1.0),
    ] {
        let low = low(&stated(high, offset), None).unwrap();
        assert_eq!((low.column_offset, low.uncertain_offset), (expected, None), "{high:?} {offset:?}");
        assert_eq!(low.attenuate.weights, Taps::new(expected).weights);
    }
    let site = low(&stated(None, Some(0.3)), Some(-500)).unwrap();
    assert_eq!((site.column_offset, site.uncertain_offset), (-0.5, None));
    let far = low(&stated(None, Some(3.5)), None).unwrap();
    assert_eq!((far.column_offset, far.uncertain_offset, far.attenuate.weights), (0.0, Some(3.5), [0, 256, 0, 0]));
    let error = low(&apart, Some(-1001)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("low_offset_per_mille") && error.to_string().contains("1001"), "{error}");
    for case in suite::cases().into_iter().filter(|c| c.name.starts_with("dual") || c.name == "changing gains") {
        let low = low(&case.scan, None).unwrap();
        assert_eq!((low.column_offset, low.uncertain_offset), (0.0, None), "{}", case.name);
    }
}
