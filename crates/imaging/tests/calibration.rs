//! Three numbers a band: a machine whose end point or filter is not what its scans say, before and after calibration on
//! step wedges.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use pellucid_imaging::physics::{
    BandNoise, BandOptions, BandResponse, CLASSES, MaterialPosterior, RayMeasurement, ReferenceStep,
    fit_three_numbers, material,
};

/// What the machine really is, [high, low].
struct Machine {
    name: &'static str,
    bands: [BandResponse; 2],
}

fn machines() -> Vec<Machine> {
    let with = |mev: f64, filter: f64| {
        BandResponse::with_options(mev, &BandOptions { filter_g_per_cm2: filter, ..BandOptions::default() })
    };
    vec![
        Machine { name: "end points 5.8 and 3.4 MV", bands: [with(5.8, 6.0), with(3.4, 6.0)] },
        Machine { name: "2 g/cm² of tungsten", bands: [with(6.0, 2.0), with(3.5, 2.0)] },
        Machine { name: "12 g/cm² of tungsten", bands: [with(6.0, 12.0), with(3.5, 12.0)] },
    ]
}

/// What is put on the wedge: four materials in five steps each.
fn wedge(band: &BandResponse) -> Vec<ReferenceStep> {
    let objects = ["polyethylene", "aluminium", "steel", "lead"];
    let step = |name: &str, lambda: f64| {
        let layers = vec![(material(name).unwrap(), lambda)];
        let attenuation = band.attenuation(&layers);
        let sigma = BandNoise::new(band, 0.0018).sigma(attenuation, 200.0);
        ReferenceStep { layers, attenuation, sigma }
    };
    objects.iter().flat_map(|name| [8.0, 20.0, 40.0, 70.0, 110.0].map(|lambda| step(name, lambda))).collect()
}

/// Mean error of λ in %, worst of them, and the share of rays whose class is right, of materials that were not on the wedge.
fn judge(truth: &[BandResponse; 2], assumed: &[BandResponse; 2]) -> (f64, f64, f64) {
    let posterior = MaterialPosterior::new(&assumed[0], Some(&assumed[1]));
    let noise = [0, 1].map(|k| BandNoise::new(&assumed[k], 0.0018));
    let (mut sum, mut worst, mut right, mut n) = (0.0, 0.0_f64, 0, 0);
    for name in ["cellulose", "water", "glass", "sodium_chloride", "iron", "copper"] {
        let goods = material(name).unwrap();
        for lambda in [30.0, 45.0, 60.0, 80.0, 100.0] {
            let layers = [(material("steel").unwrap(), 2.9), (goods, lambda)];
            let a = [0, 1].map(|k: usize| truth[k].attenuation(&layers));
            let ray = RayMeasurement {
                steel_g_per_cm2: 2.9,
                steel_sigma_g_per_cm2: 0.0,
                a_high: a[0],
                sigma_high: noise[0].sigma(a[0], 25.0),
                is_limited: false,
                low: Some((a[1], noise[1].sigma(a[1], 25.0))),
            };
            let found = posterior.estimate(&ray);
            let error = 100.0 * (found.areal_density_g_per_cm2 / lambda - 1.0).abs();
            sum += error;
            worst = worst.max(error);
            right += i32::from(CLASSES.contains(&found.class) && found.class == goods.class);
            n += 1;
        }
    }
    (sum / f64::from(n), worst, f64::from(right) / f64::from(n))
}

#[test]
fn calibration_on_wedges_mends_a_machine_that_is_not_what_it_says() {
    let said = [6.0, 3.5].map(BandResponse::new);
    let (mean, worst, right) = judge(&said, &said);
    println!("as said: λ off by {mean:.2} % (worst {worst:.2} %), class right {:.0} %", 100.0 * right);
    assert!(right > 0.9 && mean < 2.5);
    for machine in machines() {
        let before = judge(&machine.bands, &said);
        let fits = [0, 1].map(|k| fit_three_numbers(&said[k], &wedge(&machine.bands[k])).unwrap());
        let calibrated = [0, 1].map(|k: usize| said[k].clone().with_numbers(fits[k].numbers));
        let after = judge(&machine.bands, &calibrated);
        println!("{}:", machine.name);
        for (band, fit) in ["high", "low"].iter().zip(&fits) {
            let n = fit.numbers;
            println!(
                "  {band}: photoelectric {:.3}, Compton {:.3}, pair {:.3}; A off by {:.2} % before, {:.2} % after",
                n.photoelectric,
                n.compton,
                n.pair,
                100.0 * fit.rms_before,
                100.0 * fit.rms_after
            );
            assert!(fit.rms_after < 0.4 * fit.rms_before);
        }
        println!(
            "  λ off by {:.2} % (worst {:.2} %) before, {:.2} % (worst {:.2} %) after; class right {:.0} % before, {:.0} % after",
            before.0,
            before.1,
            after.0,
            after.1,
            100.0 * before.2,
            100.0 * after.2
        );
        assert!(after.0 < before.0 && after.2 >= before.2, "{}", machine.name);
        assert!(after.2 > 0.85 && after.0 < 3.0, "{}", machine.name);
    }
}
