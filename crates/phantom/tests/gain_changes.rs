//! Gains that change in phantoms of loaded trucks: what imaging makes of them against the same scan without the fault.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use pellucid_core::{Raster, RawScan};
use pellucid_imaging::{CpuEngine, Engine, GainChangeKind, Imaged, Plan};
use pellucid_phantom::{Family, Recipe, Scanner, make_case};

fn scan(seed: u64, family: Family) -> RawScan {
    let scanner = Scanner::preset("relocatable_6_3p5").unwrap().with_resolution(400, 8.0);
    make_case(&Recipe::random(seed, family).unwrap(), &scanner, seed).unwrap().scan
}

fn image(scan: &RawScan, plan: &Plan) -> Imaged {
    CpuEngine::new().submit(plan, Arc::new(scan.clone())).unwrap().wait().unwrap()
}

/// The scan with the signal of some rows of both bands multiplied: `gain(x, y, width)`.
fn with_gains(scan: &RawScan, gain: impl Fn(usize, usize, usize) -> f64) -> RawScan {
    let mut scan = scan.clone();
    for band in &mut scan.views[0].bands {
        let (width, dark) = (band.counts.width(), band.dark.clone());
        for (i, count) in band.counts.pixels_mut().iter_mut().enumerate() {
            let (x, y) = (i % width, i / width);
            let dark = f64::from(dark[y]);
            *count = (dark + (f64::from(*count) - dark) * gain(x, y, width)).round().clamp(0.0, 65_535.0) as u16;
        }
    }
    scan
}

/// Mean deviation of attenuation in the rows `rows`, of both bands, from the scan without the fault.
fn error(got: &Imaged, clean: &Imaged, rows: &[usize]) -> f64 {
    let (got, clean) = (&got.views[0], &clean.views[0]);
    let of = |got: &Raster<u16>, clean: &Raster<u16>| -> f64 {
        let at = |y: &usize| got.row(*y).iter().zip(clean.row(*y));
        rows.iter().flat_map(at).map(|(g, c)| f64::from(g.abs_diff(*c)) / 4096.0).sum()
    };
    let n = rows.len() * 2 * got.high.width();
    (of(&got.high, &clean.high) + of(got.low.as_ref().unwrap(), clean.low.as_ref().unwrap())) / n as f64
}

#[test]
fn clean_scans_are_left_as_they_are() {
    for (seed, family) in
        [(4_000_301, Family::Honest), (4_000_302, Family::Honest), (4_000_303, Family::ConcealedOrganic)]
    {
        let scan = scan(seed, family);
        let plan = Plan::for_scan(&scan).unwrap();
        for band in std::iter::once(&plan.views()[0].high).chain(&plan.views()[0].low) {
            assert_eq!(band.gain_changes, [], "seed {seed}");
            assert!(band.drifts.is_empty() && band.attenuate.weights == [0, 256, 0, 0]);
        }
    }
}

#[test]
fn steps_drifts_and_stripes_are_put_right() {
    let (mut placed, mut all, mut misplaced) = (0, 0, 0);
    for seed in 4_000_310..4_000_316_u64 {
        let clean_scan = scan(seed, Family::Honest);
        let width = clean_scan.views[0].size().0;
        let column = width * (30 + 7 * (seed as usize % 6)) / 100;
        // A board of 16 detectors steps, one detector drifts, one has a wrong gain; all where the cargo is.
        let faulty = with_gains(&clean_scan, |x, y, width| match y {
            120..136 if x >= column => 0.93,
            200 => 1.0 + 0.08 * x as f64 / width as f64,
            260 => 0.96,
            _ => 1.0,
        });
        let (plan, clean_plan) = (Plan::for_scan(&faulty).unwrap(), Plan::for_scan(&clean_scan).unwrap());
        let (clean, got) = (image(&clean_scan, &clean_plan), image(&faulty, &plan));
        let before = image(&faulty, &clean_plan);
        for (what, rows) in [("step", (120..136).collect()), ("drift", vec![200]), ("stripe", vec![260])] {
            let rows: Vec<usize> = rows;
            let (was, is) = (error(&before, &clean, &rows), error(&got, &clean, &rows));
            println!(
                "seed {seed}, step at {column} of {width}: {what}: mean |error of A| {was:.4} before, {is:.4} after"
            );
            // Never worse than before, whatever was certain.
            assert!(is <= was * 1.02 + 0.0005, "{what}");
        }
        for band in std::iter::once(&plan.views()[0].high).chain(&plan.views()[0].low) {
            for change in &band.gain_changes {
                println!("  {change:?}");
                all += 1;
                placed += usize::from(change.is_corrected());
                if let GainChangeKind::Step(found) = change.kind {
                    misplaced += usize::from(found.abs_diff(column) > 2);
                }
            }
        }
        let codes: Vec<&str> = got.quality.issues.iter().map(|issue| issue.code.as_str()).collect();
        assert!(codes.contains(&"gain_changed") || codes.contains(&"gain_uncertain"), "{codes:?}");
    }
    println!("{placed} of {all} changes corrected, {misplaced} steps misplaced by more than 2 columns");
    assert_eq!(misplaced, 0);
    // Steps that begin where the load is uneven stay unplaced, and are said to be.
    assert!(placed * 3 >= all * 2);
}
