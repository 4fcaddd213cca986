//! Three numbers a band repair a machine whose beam is not what its scans say, also for materials that it was not
//! calibrated on.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use pellucid_core::MaterialClass;
use pellucid_imaging::physics::{CLASSES, material};
use pellucid_imaging::{
    CpuEngine, Engine, Imaged, Plan, PlanOptions, ReferenceObject, ReferenceScan, ScannerCalibration,
};
use pellucid_phantom::{Plate, PlateScan, Scanner, plate_scan};

/// A machine that says 6 and 3.5 MV and is another: end points low, or filtered more or less than the physics assumes.
const MACHINES: [(&str, [f64; 2], f64); 3] =
    [("low end points", [5.6, 3.3], 6.0), ("thin filter", [6.0, 3.5], 4.0), ("thick filter", [6.2, 3.6], 14.0)];
const CALIBRATED_ON: [&str; 4] = ["polyethylene", "aluminium", "iron", "lead"];
const REFERENCES: [f64; 5] = [8.0, 15.0, 30.0, 55.0, 85.0];
const JUDGED_ON: [&str; 7] = ["water", "sugar", "rubber", "marble", "sodium_chloride", "zinc", "gold"];
const JUDGED: [f64; 4] = [20.0, 35.0, 50.0, 70.0];

fn scan(endpoints: [f64; 2], filter: f64, names: &[&str], areal_densities: &[f64], seed: u64) -> PlateScan {
    let mut scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    for (band, endpoint) in scanner.bands.iter_mut().zip(endpoints) {
        (band.endpoint_mev, band.filter_g_per_cm2) = (endpoint, filter);
    }
    let plate = |name: &str, x: f64| Plate { material: name.to_owned(), areal_density_g_per_cm2: x };
    let plates: Vec<Plate> =
        names.iter().flat_map(|name| areal_densities.iter().map(|x| plate(name, *x)).collect::<Vec<_>>()).collect();
    let mut made = plate_scan(&plates, 0.0, &scanner, seed).unwrap();
    for (band, said) in made.scan.views[0].bands.iter_mut().zip([6.0, 3.5]) {
        band.endpoint_mev = Some(said);
    }
    made
}

fn image(made: &PlateScan, calibrations: &[ScannerCalibration]) -> (Plan, Imaged) {
    let options = PlanOptions { calibrations: calibrations.into(), ..PlanOptions::default() };
    let plan = Plan::with_options(&made.scan, &options).unwrap();
    let imaged = CpuEngine::new().submit(&plan, Arc::new(made.scan.clone())).unwrap().wait().unwrap();
    (plan, imaged)
}

/// Share of pixels that are named wrong, and the root mean square error of areal density.
fn judge(made: &PlateScan, imaged: &Imaged) -> [f64; 2] {
    let view = &imaged.views[0];
    let (mut pixels, mut wrong, mut square) = (0.0, 0.0, 0.0);
    let plates = JUDGED_ON.iter().flat_map(|name| JUDGED.map(|x| (material(name).unwrap().class, x)));
    for ((class, truth), px) in plates.zip(&made.px) {
        for y in px.y as usize..px.bottom() as usize {
            for x in px.x as usize..px.right() as usize {
                let found = MaterialClass::from_u8(view.z_class.as_ref().unwrap().at(x, y));
                let lambda = f64::from(view.areal_density.as_ref().unwrap().at(x, y));
                pixels += 1.0;
                wrong += f64::from(CLASSES.contains(&found) && found != class);
                square += (lambda / truth - 1.0).powi(2);
            }
        }
    }
    [wrong / pixels, (square / pixels).sqrt()]
}

#[test]
fn a_machine_that_differs_is_put_right_by_its_own_references() {
    for (k, (what, endpoints, filter)) in MACHINES.into_iter().enumerate() {
        let seed = 5_410_001 + 10 * k as u64;
        let reference = scan(endpoints, filter, &CALIBRATED_ON, &REFERENCES, seed);
        let (plan, imaged) = image(&reference, &[]);
        let known = CALIBRATED_ON.iter().flat_map(|name| REFERENCES.map(|x| (material(name).unwrap(), x)));
        let objects: Vec<ReferenceObject> = known
            .zip(&reference.px)
            .map(|(layer, px)| ReferenceObject { view: 0, px: *px, layers: vec![layer] })
            .collect();
        let references = ReferenceScan { scan: &reference.scan, plan: &plan, imaged: &imaged, objects: &objects };
        let (calibration, fits) = ScannerCalibration::fit(&[references]).unwrap();
        assert!(fits.len() > 30 && fits.iter().all(|fit| (fit.after / fit.measured - 1.0).abs() < 0.05));

        let made = scan(endpoints, filter, &JUDGED_ON, &JUDGED, seed + 1);
        let (plain, before) = image(&made, &[]);
        let (calibrated, after) = image(&made, &[calibration]);
        assert!(calibrated.version().starts_with(plain.version()) && calibrated.version() != plain.version());
        let ([wrong_before, rms_before], [wrong_after, rms_after]) = (judge(&made, &before), judge(&made, &after));
        println!(
            "{what}: named wrong {:.1} % before, {:.1} % after; areal density off by {:.1} % before, {:.1} % after",
            100.0 * wrong_before,
            100.0 * wrong_after,
            100.0 * rms_before,
            100.0 * rms_after
        );
        assert!(wrong_after < 0.02 && wrong_after <= wrong_before, "{what}");
        assert!(rms_after < 0.05 && rms_after < 0.8 * rms_before, "{what}");
    }
}
