//! Passes write every pixel of their outputs, whatever was there before, and do so alike at every shape.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use pellucid_core::{Raster, Validity};
use pellucid_imaging::kernels::dose::BEAM_OFF;
use pellucid_imaging::kernels::drift::{BLOCK, DriftBlock, drift_q20};
use pellucid_imaging::kernels::logarithm::ln_table;
use pellucid_imaging::kernels::median::median3x3;
use pellucid_imaging::kernels::registration::{Taps, registered, registered_validity};
use pellucid_imaging::kernels::{attenuation, interpolation};
use pellucid_imaging::passes::attenuate::median;
use pellucid_imaging::passes::{Row, attenuate, display, dose, material, resample};
use pellucid_imaging::{
    DisplayParams, DosePlan, ImagedView, InstructionSet, Plan, ResamplePlan, ResampleWindow, suite,
};
use proptest::prelude::*;

/// Everything the passes write for one view, from outputs pre-filled with a sentinel.
fn outputs(scan: &pellucid_core::RawScan, sentinel: u8) -> Vec<Vec<u8>> {
    let plan = Plan::for_scan(scan).unwrap();
    let (plan, view) = (&plan.views()[0], &scan.views[0]);
    let n = plan.width * plan.height;
    let word = u16::from_le_bytes([sentinel; 2]);
    let (mut validity, mut planes) = (vec![sentinel; n], Vec::new());
    for band in std::iter::once(&plan.high).chain(&plan.low) {
        let counts = view.bands[band.band].counts.pixels();
        let mut doses = vec![i32::from(word); plan.width];
        match &band.dose {
            DosePlan::Measured(params) => dose::run(params, counts, &band.rows, &mut doses),
            DosePlan::Given(given) => doses.copy_from_slice(given),
        }
        let input = attenuate::Input { counts, rows: &band.rows, dose: &doses, drifts: &band.drifts };
        let mut attenuated = vec![word; n];
        attenuate::run(&band.attenuate, input, &mut attenuated, &mut validity);
        planes.push(attenuated);
    }
    let (mut areal_density, mut z_class) = (vec![f32::NAN; n], vec![sentinel; n]);
    let (mut areal_density_sigma, mut class_confidence) = (vec![sentinel; n], vec![sentinel; n]);
    if let Some(m) = &plan.material {
        let input = material::Input { high: &planes[0], low: planes.get(1).map(Vec::as_slice), validity: &validity };
        let output = material::Output {
            areal_density: &mut areal_density,
            z_class: &mut z_class,
            areal_density_sigma: &mut areal_density_sigma,
            class_confidence: &mut class_confidence,
        };
        material::run(&m.params, &m.tables, input, output);
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
        areal_density_sigma: None,
        class_confidence: None,
        validity: Raster::from_vec(plan.width, plan.height, validity.clone()).unwrap(),
        strips: None,
        black: None,
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
        all.extend([bytemuck::cast_slice(&areal_density).to_vec(), z_class, areal_density_sigma, class_confidence]);
    }
    all
}

#[test]
fn no_output_keeps_what_was_there_before() {
    for case in suite::cases() {
        assert!(outputs(&case.scan, 0xa5) == outputs(&case.scan, 0x5a), "{}", case.name);
    }
}

fn stream(seed: u64) -> impl FnMut() -> u32 {
    let mut state = seed | 1;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    }
}

/// A band of random counts with dead rows, drifting rows, columns without beam, and taps beside the columns.
struct Wild {
    params: attenuate::Params,
    counts: Vec<u16>,
    rows: Vec<Row>,
    dose: Vec<i32>,
    drifts: Vec<DriftBlock>,
}

impl Wild {
    fn new(width: usize, height: usize, column_offset: f64, is_filtered: bool, seed: u64) -> Self {
        let mut next = stream(seed);
        let counts =
            (0..width * height).map(|_| if next().is_multiple_of(9) { 65_535 } else { (next() >> 9) as u16 });
        let counts = counts.collect();
        let is_bad: Vec<bool> = (0..height).map(|_| next().is_multiple_of(5)).collect();
        let mut drifts = Vec::new();
        let rows = interpolation::sources(&is_bad).into_iter().map(|source| {
            let mut row = Row::new((next() % 500) as u16, 10_000_000 + next() % 1_600_000, source);
            if next().is_multiple_of(3) {
                row.drift = drifts.len() as u32;
                drifts.extend((0..width.div_ceil(BLOCK)).map(|k| DriftBlock {
                    before: (next() % 400_000) as i32 - 200_000,
                    after: (next() % 400_000) as i32 - 200_000,
                    step: (k * BLOCK) as u32 + next() % 80,
                    padding: 0,
                }));
            }
            row
        });
        let rows = rows.collect();
        let dose = (0..width)
            .map(|_| if next().is_multiple_of(11) { BEAM_OFF } else { (next() % 200_000) as i32 - 100_000 });
        let taps = Taps::new(column_offset);
        let params = attenuate::Params {
            width: width as u32,
            height: height as u32,
            max_value: 65_535,
            floor: 8,
            is_inverted: u32::from(seed.is_multiple_of(7)),
            keep_bits: 0xff,
            is_merged: u32::from(seed.is_multiple_of(2)),
            limit: 90,
            is_filtered: u32::from(is_filtered),
            first_tap: taps.first,
            padding: [0; 2],
            weights: taps.weights,
        };
        Self { params, counts, rows, dose: dose.collect(), drifts }
    }

    fn input(&self) -> attenuate::Input<'_> {
        attenuate::Input { counts: &self.counts, rows: &self.rows, dose: &self.dose, drifts: &self.drifts }
    }

    /// Kernel after kernel, each over the whole plane.
    fn definition(&self, validity: &mut [u8]) -> Vec<u16> {
        let (width, height) = (self.params.width as usize, self.params.height as usize);
        let response = self.params.response();
        let own = |x: usize, y: usize| {
            let row = &self.rows[y];
            let gain_ln = row.gain_ln.wrapping_add_signed(drift_q20(&self.drifts, row.drift, x));
            let counts = self.counts[y * width + x];
            attenuation::attenuation(counts, row.dark, gain_ln, self.dose[x], &response, ln_table())
        };
        let all = || (0..width * height).map(|i| (i % width, i / width));
        let whole: Vec<(u16, u8)> = all()
            .map(|(x, y)| match self.rows[y] {
                Row { state: interpolation::GOOD, .. } => own(x, y),
                Row { state: interpolation::DEAD, .. } => (0, Validity::DEAD),
                row => {
                    let (up, down) = (own(x, row.up as usize), own(x, row.down as usize));
                    interpolation::interpolate(up, down, row.weight, row.span)
                }
            })
            .collect();
        let taps = self.params.taps();
        let in_place: Vec<u16> = all()
            .map(|(x, y)| registered(taps.columns(x, width).map(|c| whole[y * width + c].0), taps.weights))
            .collect();
        for ((x, y), valid) in all().zip(validity) {
            let bits = registered_validity(taps.columns(x, width).map(|c| whole[y * width + c].1), taps.weights);
            *valid = if self.params.is_merged != 0 { *valid | bits } else { bits };
        }
        if self.params.is_filtered == 0 {
            return in_place;
        }
        all().map(|(x, y)| median3x3(&in_place, width, height, x, y)).collect()
    }

    fn check(&self) {
        let n = self.counts.len();
        let mut expect_validity = vec![0x40; n];
        let expect = self.definition(&mut expect_validity);
        for set in InstructionSet::all() {
            let (mut out, mut validity) = (vec![0xa5a5; n], vec![0x40; n]);
            attenuate::run_with(set, &self.params, self.input(), &mut out, &mut validity);
            let what = || format!("{} with {:?}", set.name(), self.params);
            let at = out.iter().zip(&expect).position(|(got, expect)| got != expect);
            assert_eq!(at, None, "{}", what());
            assert!(validity == expect_validity, "validity, {}", what());
        }
    }
}

/// Columns between which a band may lie.
const OFFSETS: [f64; 6] = [0.0, -0.5, 0.5, 1.0, -1.0, 0.3];

#[test]
fn one_sweep_is_the_composition_of_its_kernels() {
    let sizes = [(1, 1), (1, 40), (67, 1), (2, 2), (3, 5), (4, 16), (5, 17), (33, 130), (513, 20), (1100, 3)];
    for (k, (width, height)) in sizes.into_iter().enumerate() {
        for (i, offset) in OFFSETS.into_iter().enumerate() {
            for is_filtered in [false, true] {
                Wild::new(width, height, offset, is_filtered, (7 * k + i) as u64).check();
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_move_a_bit() {
    let wild = Wild::new(301, 267, -0.5, true, 4);
    for threads in 1..=3 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| wild.check());
    }
}

/// Medians of a plane of random values against the kernel, with every instruction set.
fn check_medians(width: usize, height: usize, seed: u64) {
    let mut next = stream(seed);
    let plane: Vec<u16> = (0..width * height).map(|_| (next() >> 15) as u16).collect();
    for set in InstructionSet::all() {
        let mut out = vec![0xa5a5; plane.len()];
        median::run_with(set, width, height, &plane, &mut out);
        for (i, value) in out.iter().enumerate() {
            let expect = median3x3(&plane, width, height, i % width, i / width);
            assert_eq!(*value, expect, "{} at {}, {} of {width}", set.name(), i % width, i / width);
        }
    }
}

/// Sweeps are 1,024 columns and a neighbour's 32: a plane that ends where one of these does.
#[test]
fn medians_reach_the_edge_of_planes_that_end_with_a_sweep() {
    for width in [31, 32, 33, 1023, 1024, 1025, 1055, 1056, 1057, 2048, 2080, 2081] {
        check_medians(width, 4, width as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_band_is_swept_as_its_kernels_say(
        width in 1..900_usize,
        height in 1..90_usize,
        offset in -1.0..1.0_f64,
        is_filtered in any::<bool>(),
        seed in any::<u64>(),
    ) {
        Wild::new(width, height, offset, is_filtered, seed).check();
    }

    #[test]
    fn the_median_of_a_plane_is_the_median_kernel(width in 1..2200_usize, height in 1..9_usize, seed in any::<u64>()) {
        check_medians(width, height, seed);
    }
}
