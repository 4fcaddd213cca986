//! What people look at: every pass with every instruction set of this processor against its kernel, and local contrast
//! against a slow version that shares no code with it.

#![allow(clippy::unwrap_used, reason = "test helpers")]

use pellucid_core::Validity;
use pellucid_imaging::kernels::bilateral::{Neighbourhood, SPLINE, WIDTHS, gaussian_shares};
use pellucid_imaging::kernels::enhance::LEVELS;
use pellucid_imaging::kernels::statistics::{BINS, BinWindow, Extent, percentile};
use pellucid_imaging::kernels::{self, edge::FLOORS};
use pellucid_imaging::passes::{bilateral, edge, enhance, equalise, local_contrast, non_local_means, statistics};
use pellucid_imaging::{InstructionSet, LocalContrast};
use proptest::prelude::*;

fn stream(seed: u64) -> impl FnMut() -> u32 {
    let mut state = seed | 1;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    }
}

/// Flat places, slopes, noise and extremes.
fn plane(width: usize, height: usize, seed: u64) -> Vec<u16> {
    let mut next = stream(seed);
    let block: Vec<u32> = (0..64).map(|_| next() % 30_000).collect();
    (0..width * height)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            let base = block[(x / 9 + 5 * (y / 7)) % 64] + x as u32 * 11;
            match next() % 97 {
                0 => u16::MAX,
                1 => 0,
                n => (base + n * (next() % 13)).min(65_535) as u16,
            }
        })
        .collect()
}

fn validity(n: usize, seed: u64) -> Vec<u8> {
    let mut next = stream(seed);
    let kinds = [Validity::BEAM_OFF, Validity::DEAD, Validity::DEAD | Validity::INTERPOLATED, Validity::SATURATED];
    (0..n).map(|_| if next().is_multiple_of(5) { kinds[next() as usize % 4] } else { 0 }).collect()
}

/// Histograms, extents, maps and the evened plane.
fn evened(
    set: InstructionSet,
    local: &LocalContrast,
    plane: &[u16],
    valid: &[u8],
) -> (Vec<u32>, Vec<Extent>, Vec<u16>) {
    let tiles = local.statistics.tiles();
    let (mut histograms, mut extents) = (vec![7; tiles * BINS], vec![Extent::NONE; tiles]);
    statistics::run_with(set, &local.statistics, plane, valid, &mut histograms, &mut extents);
    let (mut maps, mut out) = (vec![9; tiles * BINS], vec![0xa5a5; plane.len()]);
    equalise::run(&local.equalise, &histograms, &mut maps);
    local_contrast::run_with(set, &local.blend, plane, &maps, [&local.columns, &local.rows], &mut out);
    (histograms, extents, out)
}

/// Contrast-limited equalisation as a text book has it, in floating point: histograms of 4,096 bins over 16 bits in 8 × 8
/// tiles, clipped once, blended between the centres of tiles.
fn textbook(plane: &[u16], width: usize, height: usize, limit: f64) -> Vec<f64> {
    let mut maps = vec![vec![0.0; 4096]; 64];
    for (tile, map) in maps.iter_mut().enumerate() {
        let (tx, ty) = (tile % 8, tile / 8);
        let mut histogram = vec![0.0_f64; 4096];
        let mut n = 0.0;
        for y in ty * height / 8..(ty + 1) * height / 8 {
            for x in tx * width / 8..(tx + 1) * width / 8 {
                histogram[usize::from(plane[y * width + x]) / 16] += 1.0;
                n += 1.0;
            }
        }
        let clip = (limit * n / 4096.0).floor().max(1.0);
        let excess: f64 = histogram.iter().map(|h| (h - clip).max(0.0)).sum();
        let mut sum = 0.0;
        for (h, map) in histogram.iter().zip(map) {
            sum += h.min(clip) + excess / 4096.0;
            *map = 65_535.0 * sum / n;
        }
    }
    let place = |at: usize, size: usize| {
        let at = at as f64 + 0.5;
        let centre = |tile: usize| (tile * size / 8 + (tile + 1) * size / 8) as f64 / 2.0;
        match (0..8).rev().find(|tile| centre(*tile) <= at) {
            None => (0, 0, 0.0),
            Some(7) => (7, 7, 0.0),
            Some(j) => (j, j + 1, (at - centre(j)) / (centre(j + 1) - centre(j))),
        }
    };
    (0..width * height)
        .map(|i| {
            let bin = usize::from(plane[i]) / 16;
            let ((left, right, wx), (above, below, wy)) = (place(i % width, width), place(i / width, height));
            let row = |y: usize| maps[y * 8 + left][bin] * (1.0 - wx) + maps[y * 8 + right][bin] * wx;
            row(above) * (1.0 - wy) + row(below) * wy
        })
        .collect()
}

#[test]
fn local_contrast_is_that_of_the_text_book() {
    for (width, height, limit) in [(400, 320, 2.0), (257, 513, 8.0), (96, 80, 40.0)] {
        let plane: Vec<u16> = plane(width, height, 3).into_iter().map(|a| a / 2).collect();
        let local = LocalContrast::new(width, height, &BinWindow::ALL, limit);
        let (_, _, out) = evened(InstructionSet::best(), &local, &plane, &vec![0; plane.len()]);
        let expect = textbook(&plane, width, height, limit);
        // Whole pixels of a tile, and weights in steps of 1/256 between maps that differ by half the range at most.
        let allowed = 65_535.0 / (width / 8 * (height / 8)) as f64 + 256.0;
        let worst = out.iter().zip(&expect).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        assert!(worst < allowed, "{width} x {height}: {worst}, {allowed} allowed");
    }
}

#[test]
fn statistics_are_those_of_the_measured_pixels() {
    let (width, height) = (203, 77);
    let (plane, valid) = (plane(width, height, 5), validity(width * height, 6));
    let params = statistics::Params::new(width, height, &BinWindow::ALL);
    for set in InstructionSet::all() {
        let (mut histograms, mut extents) = (vec![0; 64 * BINS], vec![Extent::NONE; 64]);
        statistics::run_with(set, &params, &plane, &valid, &mut histograms, &mut extents);
        let mut expect = vec![Extent::NONE; 64];
        let mut counts = vec![0_u32; 64 * BINS];
        for (i, (a, v)) in plane.iter().zip(&valid).enumerate() {
            let tile =
                (0..64).find(|t| params.columns(*t).contains(&(i % width)) && params.rows(*t).contains(&(i / width)));
            expect[tile.unwrap()] = expect[tile.unwrap()].with(*a, *v);
            if !kernels::material::is_unmeasured(*v) {
                counts[tile.unwrap() * BINS + usize::from(a >> 4)] += 1;
            }
        }
        assert_eq!(extents, expect);
        assert!(histograms == counts);
    }
    let mut sorted: Vec<u16> = plane.clone();
    sorted.sort_unstable();
    let mut histogram = vec![0; BINS];
    plane.iter().for_each(|a| histogram[usize::from(a >> 4)] += 1);
    let median = percentile(&histogram, &BinWindow::ALL, 0.5).unwrap();
    assert!(sorted[(plane.len() - 1) / 2].abs_diff(median) <= 16);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_instruction_set_gives_the_kernels_bits(
        width in 1..300_usize, height in 1..40_usize, seed in any::<u64>(), step in 1..17_u32, is_spline in any::<bool>(),
    ) {
        let plane = plane(width, height, seed);
        let mut next = stream(seed ^ 99);
        let widths: [u16; WIDTHS] = std::array::from_fn(|_| (257 + next() % 61_000) as u16);
        let floors: [u32; FLOORS] = std::array::from_fn(|_| next() % 2000);
        let gains: enhance::Gains = std::array::from_fn(|_| std::array::from_fn(|_| (next() % 4097) as i32));
        let near = Neighbourhood { step, shares: if is_spline { SPLINE } else { gaussian_shares(1.2, 2.0) } };
        let smoothing = bilateral::Params::new(width, height, &near);
        let edges = edge::Params { width: width as u32, height: height as u32, base_q8: 77, gain_q8: 2304 };
        let sizes = enhance::Params { width: width as u32, height: height as u32, padding: [0; 2] };
        let size = (width, height);
        for set in InstructionSet::all() {
            let (mut smooth, mut drawn, mut raised) = (vec![1; plane.len()], vec![2; plane.len()], vec![3; plane.len()]);
            bilateral::run_with(set, &smoothing, &widths, &plane, &mut smooth);
            edge::run_with(set, &edges, &floors, &plane, &mut drawn);
            let levels: [&[u16]; LEVELS + 1] = [&plane, &smooth, &drawn, &smooth, &drawn];
            enhance::run_with(set, &sizes, &gains, levels, &smooth, &mut raised);
            for i in 0..plane.len() {
                let at = (i % width, i / width);
                prop_assert_eq!(smooth[i], kernels::bilateral::bilateral(&plane, size, at, &near, &widths));
                prop_assert_eq!(drawn[i], kernels::edge::edge(&plane, size, at, (77, 2304), &floors));
                let c = levels.map(|level| level[i]);
                let gains = gains[usize::from(c[LEVELS] >> 8)];
                prop_assert_eq!(raised[i], kernels::enhance::enhanced(c, smooth[i], gains));
            }
        }
    }

    #[test]
    fn non_local_means_are_the_kernels_at_every_instruction_set(
        width in 1..40_usize, height in 1..24_usize, is_wide in any::<bool>(), seed in any::<u64>(),
    ) {
        // Wider than a block, at times.
        let (width, height) = if is_wide { (width + 250, height.min(3)) } else { (width, height) };
        let plane = plane(width, height, seed);
        let mut next = stream(seed ^ 5);
        let widths: [u16; WIDTHS] = std::array::from_fn(|_| (257 + next() % 65_000) as u16);
        let params = non_local_means::Params { width: width as u32, height: height as u32, padding: [0; 2] };
        for set in InstructionSet::all() {
            let mut out = vec![4; plane.len()];
            non_local_means::run_with(set, &params, &widths, &plane, &mut out);
            for i in (0..plane.len()).step_by(3) {
                let at = (i % width, i / width);
                prop_assert_eq!(out[i], kernels::non_local_means::non_local_mean(&plane, (width, height), at, &widths));
            }
        }
    }

    #[test]
    fn local_contrast_is_the_same_at_every_instruction_set(
        width in 1..300_usize, height in 1..90_usize, limit in 1.0..60.0_f64, low in 0..20_000_u16, seed in any::<u64>(),
    ) {
        let (plane, valid) = (plane(width, height, seed), validity(width * height, seed ^ 1));
        let local = LocalContrast::new(width, height, &BinWindow::new(low, low + 25_000), limit);
        let all: Vec<_> = InstructionSet::all().into_iter().map(|set| evened(set, &local, &plane, &valid)).collect();
        prop_assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
        prop_assert!(all[0].2.iter().all(|a| (low..=low + 25_000).contains(a)));
    }
}
