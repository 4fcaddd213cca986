//! Real vendor pictures: polarity, bars without beam and lines of faulty detectors, as anyone sees them at a glance.

#![allow(clippy::unwrap_used, reason = "data that cannot be read have failed the test")]

use std::path::PathBuf;
use std::sync::Arc;

use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView, ScannerIdentity, Validity};
use pellucid_imaging::kernels::dead_rows::dead_rows;
use pellucid_imaging::kernels::grey::Picture;
use pellucid_imaging::kernels::side_bars::side_bars;
use pellucid_imaging::{CpuEngine, Engine, Plan};

/// Columns without beam at the left and right edge, by eye.
const BARS: [(&str, usize, usize); 7] = [
    ("038", 209, 505),
    ("039", 209, 0),
    ("040", 414, 466),
    ("041", 32, 274),
    ("042", 602, 0),
    ("043", 0, 430),
    ("044", 494, 0),
];

/// Rows that show as lines from edge to edge in the scans of one machine, by eye.
const LINES: [usize; 4] = [248, 249, 250, 480];

struct Real {
    name: String,
    width: usize,
    grey: Vec<u16>,
}

/// Every scan of the shared folder; empty where there is none.
fn real_scans() -> Vec<Real> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real_scans");
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("skipped: no shared data");
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jpg"));
    paths.sort();
    let real = |path: PathBuf| {
        let picture = image::open(&path).unwrap().to_luma8();
        let grey = picture.pixels().map(|p| u16::from(p.0[0])).collect();
        Real { name: path.file_stem().unwrap().to_str().unwrap().to_owned(), width: picture.width() as usize, grey }
    };
    paths.into_iter().map(real).collect()
}

fn processed(real: &Real) -> RawScan {
    let counts = Raster::from_vec(real.width, real.grey.len() / real.width, real.grey.clone()).unwrap();
    let band = RawBand {
        kind: BandKind::Grey,
        max_value: 255,
        endpoint_mev: None,
        column_offset: None,
        counts,
        dark: Vec::new(),
        air: Vec::new(),
    };
    RawScan {
        grade: Grade::Processed,
        views: vec![RawView { name: "side".into(), bands: vec![band], geometry: None, dose_rows: [0, 0] }],
        scanner: ScannerIdentity::default(),
        acquired_at: None,
        containers_read: Vec::new(),
        site: None,
        lane: None,
        unknown: serde_json::Map::new(),
    }
}

#[test]
fn polarity_and_bars_are_what_anyone_sees() {
    for real in real_scans() {
        let expect =
            BARS.iter().find(|(name, ..)| *name == real.name).map_or((0, 0), |(_, left, right)| (*left, *right));
        for is_inverted in [false, true] {
            let grey: Vec<u16> = real.grey.iter().map(|g| if is_inverted { 255 - g } else { *g }).collect();
            let picture = Picture::new(&grey, real.width, 255);
            let name = format!("{}, inverted: {is_inverted}", real.name);
            assert_eq!(picture.scale().is_inverted, is_inverted, "{name}");
            let (left, right) = side_bars(&picture).unwrap();
            assert!(left.abs_diff(expect.0) <= 3 && right.abs_diff(expect.1) <= 3, "{name}: {left} {right}");
        }
    }
}

#[test]
fn lines_over_the_whole_width_are_refused() {
    for real in real_scans() {
        let picture = Picture::new(&real.grey, real.width, 255);
        let bars = side_bars(&picture).unwrap();
        let found: Vec<usize> =
            dead_rows(&picture, bars).iter().enumerate().filter_map(|(y, is_dead)| is_dead.then_some(y)).collect();
        println!("{}: {found:?}", real.name);
        let is_worn = ["039", "040", "041", "042", "043", "044"].contains(&real.name.as_str());
        assert!(found.len() <= if is_worn { 12 } else { 3 }, "{}: {found:?}", real.name);
        if is_worn {
            assert!(LINES.iter().all(|y| found.contains(y)), "{}: {found:?}", real.name);
        }
    }
}

#[test]
fn bars_are_without_beam_and_no_cargo() {
    for real in real_scans() {
        let Some((_, left, right)) = BARS.iter().find(|(name, ..)| *name == real.name) else { continue };
        let scan = processed(&real);
        let plan = Plan::for_scan(&scan).unwrap();
        let imaged = CpuEngine::new().submit(&plan, Arc::new(scan)).unwrap().wait().unwrap();
        let share = |bit: u8| {
            let validity = &imaged.views[0].validity;
            validity.pixels().iter().filter(|bits| **bits & bit != 0).count() as f64 / validity.len() as f64
        };
        let (limited, off) = (share(Validity::PENETRATION_LIMITED), share(Validity::BEAM_OFF));
        println!("{}: {limited:.3} penetration-limited, {off:.3} without beam", real.name);
        let bars = (left + right) as f64 / real.width as f64;
        assert!((off - bars).abs() < 0.005, "{}: {off} of {bars}", real.name);
        // The only load that is black is that of 038.
        assert!(limited < if real.name == "038" { 0.25 } else { 0.05 }, "{}: {limited}", real.name);
    }
}
