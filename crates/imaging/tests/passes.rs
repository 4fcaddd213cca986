//! Passes write every pixel of their outputs, whatever was there before, and do so alike at every shape.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use pellucid_core::Raster;
use pellucid_imaging::passes::{attenuate, display, dose, material, median, resample};
use pellucid_imaging::{DisplayParams, DosePlan, ImagedView, Plan, ResamplePlan, ResampleWindow, suite};
use proptest::prelude::*;

/// Everything the passes write for one view, from outputs pre-filled with a sentinel.
fn outputs(scan: &pellucid_core::RawScan, sentinel: u8) -> Vec<Vec<u8>> {
    let plan = Plan::for_scan(scan).unwrap();
    let (plan, view) = (&plan.views()[0], &scan.views[0]);
    let n = plan.width * plan.height;
    let word = u16::from_le_bytes([sentinel; 2]);
    let (mut attenuated, mut validity, mut planes) = (vec![word; n], vec![sentinel; n], Vec::new());
    for band in std::iter::once(&plan.high).chain(&plan.low) {
        let counts = view.bands[band.band].counts.pixels();
        let mut doses = vec![i32::from(word); plan.width];
        match &band.dose {
            DosePlan::Measured(params) => dose::run(params, counts, &band.rows, &mut doses),
            DosePlan::Given(given) => doses.copy_from_slice(given),
        }
        attenuate::run(&band.attenuate, counts, &band.rows, &doses, &mut attenuated, &mut validity);
        let mut filtered = vec![word; n];
        median::run(&plan.median(), &attenuated, &mut filtered);
        planes.push(filtered);
    }
    let (mut areal_density, mut z_class) = (vec![f32::NAN; n], vec![sentinel; n]);
    if let Some(m) = &plan.material {
        let input = material::Input { high: &planes[0], low: planes.get(1).map(Vec::as_slice), validity: &validity };
        material::run(&m.params, &m.tables, input, &mut areal_density, &mut z_class);
        assert!(areal_density.iter().all(|lambda| (0.0..=1000.0).contains(lambda)));
        assert!(z_class.iter().all(|class| *class <= 5));
    }
    let raster = |plane: &Vec<u16>| Raster::from_vec(plan.width, plan.height, plane.clone()).unwrap();
    let imaged = ImagedView {
        name: String::new(),
        geometry: None,
        high: raster(&planes[0]),
        low: planes.get(1).map(raster),
        areal_density: None,
        z_class: None,
        validity: Raster::from_vec(plan.width, plan.height, validity.clone()).unwrap(),
    };
    let tables = DisplayParams::for_view(&imaged).tables(&imaged).unwrap();
    let mut rgba = vec![sentinel; 4 * n];
    let params = display::Params { width: plan.width as u32, height: plan.height as u32, has_class: 0, padding: 0 };
    display::run(&params, &tables, &planes[0], None, &validity, &mut rgba);
    let window = ResampleWindow { view: 0, x0: -2.5, y0: 1.25, x1: 40.0, y1: 33.5, out_width: 21, out_height: 13 };
    let window = ResamplePlan::new(std::slice::from_ref(&imaged), &window).unwrap();
    let mut stack = vec![f32::NAN; 4 * 21 * 13];
    resample::run(
        &window.params,
        &window.columns,
        &window.rows,
        &planes[0],
        planes.get(1).map(Vec::as_slice),
        &mut stack,
    );
    assert!(stack.iter().all(|value| (0.0..2.0).contains(value)));
    let mut all: Vec<Vec<u8>> = planes.iter().map(|plane| bytemuck::cast_slice(plane).to_vec()).collect();
    all.extend([validity, rgba, bytemuck::cast_slice(&stack).to_vec()]);
    if plan.material.is_some() {
        all.extend([bytemuck::cast_slice(&areal_density).to_vec(), z_class]);
    }
    all
}

#[test]
fn no_output_keeps_what_was_there_before() {
    for case in suite::cases() {
        assert!(outputs(&case.scan, 0xa5) == outputs(&case.scan, 0x5a), "{}", case.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_median_pass_is_the_median_kernel(width in 1..700_usize, height in 1..9_usize, seed in any::<u64>()) {
        let mut state = seed | 1;
        let plane: Vec<u16> = (0..width * height)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 48) as u16
            })
            .collect();
        let mut out = vec![0xa5a5; plane.len()];
        let params = median::Params { width: width as u32, height: height as u32, padding: [0; 2] };
        median::run(&params, &plane, &mut out);
        for (i, value) in out.iter().enumerate() {
            let expect = pellucid_imaging::kernels::median::median3x3(&plane, width, height, i % width, i / width);
            prop_assert_eq!(*value, expect, "at {}, {}", i % width, i / width);
        }
    }
}
