//! The Rust side of `benches/compare/views.py`: reads a scan that the script wrote, then runs one operation per line of
//! standard input and answers with its milliseconds; `dump` writes the results beside the scan.
#![allow(clippy::unwrap_used, reason = "a bench: bad input stops it")]

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use pellucid_core::{BandKind, Grade, Raster, RawBand, RawScan, RawView};
use pellucid_imaging::kernels::bilateral::{Neighbourhood, WIDTHS, gaussian_shares, inverse_width};
use pellucid_imaging::kernels::non_local_means;
use pellucid_imaging::kernels::statistics::{BINS, BinWindow, Extent};
use pellucid_imaging::passes::attenuate::median;
use pellucid_imaging::passes::{self, bilateral, equalise, local_contrast, statistics};
use pellucid_imaging::{CHAIN_PLANES, CHAIN_SIDE, Chain, InstructionSet, LocalContrast, Plan};

/// Where two grey values no longer count as alike, in standard deviations of a Gaussian of the same use (Black et al. 1998).
const BIWEIGHT: f64 = 2.236;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, width, height, dose_rows, threads] = arguments.as_slice() else {
        panic!("usage: compare FOLDER WIDTH HEIGHT DOSE_ROWS THREADS");
    };
    // This thread works too: on a busy machine waking another one takes longer than the work.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.parse().unwrap()).use_current_thread();
    pool.build_global().unwrap();
    let size = (width.parse().unwrap(), height.parse().unwrap());
    let mut bench = Bench::read(folder.into(), size, dose_rows.parse().unwrap());
    println!("ready {}", InstructionSet::best().name());
    for line in std::io::stdin().lock().lines() {
        println!("{}", bench.run(&line.unwrap()));
    }
}

struct Bench {
    folder: PathBuf,
    size: (usize, usize),
    scan: RawScan,
    plan: Plan,
    chain: Chain,
    tensor: Vec<f32>,
    plane: Vec<u16>,
    /// Everything was measured.
    valid: Vec<u8>,
    out: Vec<u16>,
    local: LocalContrast,
    histograms: Vec<u32>,
    extents: Vec<Extent>,
    maps: Vec<u16>,
}

fn words(path: PathBuf) -> Vec<u16> {
    std::fs::read(&path).unwrap().as_chunks::<2>().0.iter().map(|two| u16::from_le_bytes(*two)).collect()
}

impl Bench {
    fn read(folder: PathBuf, (width, height): (usize, usize), dose_rows: u32) -> Self {
        let file = |name: &str| words(folder.join(format!("{name}.u16")));
        let band = |kind, name: &str, endpoint_mev| RawBand {
            kind,
            max_value: u16::MAX,
            endpoint_mev: Some(endpoint_mev),
            column_offset: None,
            counts: Raster::from_vec(width, height, file(name)).unwrap(),
            dark: file("dark"),
            air: file("air"),
        };
        let bands = vec![band(BandKind::High, "high", 6.0), band(BandKind::Low, "low", 3.5)];
        let view = RawView { name: "side".into(), bands, geometry: None, dose_rows: [0, dose_rows] };
        let scan = RawScan {
            grade: Grade::DualEnergyRaw,
            views: vec![view],
            scanner: Default::default(),
            acquired_at: None,
            containers_read: Vec::new(),
            site: None,
            lane: None,
            unknown: Default::default(),
        };
        let plan = Plan::for_scan(&scan).unwrap();
        let colours = std::fs::read(folder.join("colours.u32")).unwrap();
        let colours: Vec<u32> = colours.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)).collect();
        let local = LocalContrast::new(width, height, &BinWindow::ALL, 2.0);
        Self {
            chain: Chain::new(InstructionSet::best(), (width, height), 2.0, colours.try_into().unwrap()),
            tensor: vec![0.0; CHAIN_PLANES * CHAIN_SIDE * CHAIN_SIDE],
            plane: vec![0; width * height],
            valid: vec![0; width * height],
            out: vec![0; width * height],
            histograms: vec![0; 64 * BINS],
            extents: vec![Extent::NONE; 64],
            maps: vec![0; 64 * BINS],
            folder,
            size: (width, height),
            scan,
            plan,
            local,
        }
    }

    /// One operation: its milliseconds. The single ones work on the high band's attenuation before the filter.
    fn run(&mut self, name: &str) -> String {
        let (width, height) = self.size;
        let counts = [0, 1].map(|k| self.scan.views[0].bands[k].counts.pixels());
        let start = Instant::now();
        match name {
            "c1" => self.chain.run(&self.plan.views()[0], counts, &mut self.tensor),
            "take" => self.plane = words(self.folder.join("plane.u16")),
            "median" => median::run(width, height, &self.plane, &mut self.out),
            "clahe" => {
                let local = &self.local;
                statistics::run(&local.statistics, &self.plane, &self.valid, &mut self.histograms, &mut self.extents);
                equalise::run(&local.equalise, &self.histograms, &mut self.maps);
                local_contrast::run(
                    &local.blend,
                    &self.plane,
                    &self.maps,
                    &local.columns,
                    &local.rows,
                    &mut self.out,
                );
            }
            "bilateral" => {
                let near = Neighbourhood { step: 1, shares: gaussian_shares(1.5, 2.0) };
                let widths = [inverse_width(BIWEIGHT * 0.1); WIDTHS];
                let params = bilateral::Params::new(width, height, &near);
                bilateral::run(&params, &widths, &self.plane, &mut self.out);
            }
            "nlm" => {
                let params =
                    passes::non_local_means::Params { width: width as u32, height: height as u32, padding: [0; 2] };
                let widths = [non_local_means::inverse_width(BIWEIGHT * 0.05); WIDTHS];
                passes::non_local_means::run(&params, &widths, &self.plane, &mut self.out);
            }
            "dump_c1" => {
                let tensor: Vec<u8> = self.tensor.iter().flat_map(|value| value.to_le_bytes()).collect();
                std::fs::write(self.folder.join("rust_tensor.f32"), tensor).unwrap();
                for (plane, name) in self.chain.planes().into_iter().zip(["high", "low"]) {
                    let bytes: Vec<u8> = plane.iter().flat_map(|value| value.to_le_bytes()).collect();
                    std::fs::write(self.folder.join(format!("rust_{name}.u16")), bytes).unwrap();
                }
            }
            "dump" => {
                let bytes: Vec<u8> = self.out.iter().flat_map(|value| value.to_le_bytes()).collect();
                std::fs::write(self.folder.join("rust_out.u16"), bytes).unwrap();
            }
            "memory" => {
                let status = std::fs::read_to_string("/proc/self/status").unwrap();
                let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
                return peak.trim().trim_end_matches(" kB").to_owned();
            }
            other => panic!("no operation {other}"),
        }
        format!("{:.4}", start.elapsed().as_secs_f64() * 1e3)
    }
}
