//! Measures processed phantoms beside the 57 real scans and writes tables and curves.
//!
//! `cargo run --release -p pellucid-benches --example phantom_vs_real [-- REAL_FOLDER [OUT_FOLDER [PHANTOMS]]]`; the folders are
//! `../shared/data/real_scans` and `models/phantom_vs_real` unless named, phantoms are 57.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pellucid_benches::phantom_vs_real::{
    Curves, Group, Picture, Stage, curves, measure, phantom, quantile, real_pictures, sheet, table,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const NAMES: [&str; 3] = ["real", "phantoms: tone only", "phantoms: whole chain"];
const REGIONS: [&str; 5] = ["air", "wall", "floor", "chassis", "load"];
const SPECTRA: [&str; 3] = ["along x", "along y", "by radius"];
/// Phantoms that the sheet shows.
const SHOWN: [u64; 9] = [0, 3, 19, 22, 31, 35, 44, 47, 52];

#[derive(Default)]
struct Measured {
    group: Group,
    sums: BTreeMap<String, (Vec<f64>, usize)>,
}

impl Measured {
    fn take(&mut self, picture: &Picture) -> Outcome<()> {
        for (figures, Curves { greys, spectra }) in measure(picture)? {
            self.group.take(&figures);
            for (name, curve) in greys.into_iter().chain(spectra) {
                let (sum, n) = self.sums.entry(name.to_owned()).or_insert((vec![0.0; curve.len()], 0));
                sum.iter_mut().zip(curve).for_each(|(sum, value)| *sum += value);
                *n += 1;
            }
        }
        Ok(())
    }

    /// The mean curve; every box counts alike.
    fn curve(&self, name: &str) -> Vec<f64> {
        self.sums.get(name).map_or_else(Vec::new, |(sum, n)| sum.iter().map(|v| v / *n as f64).collect())
    }
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let real_folder = arguments.next().map_or_else(|| root.join("../shared/data/real_scans"), PathBuf::from);
    let out = arguments.next().map_or_else(|| root.join("models/phantom_vs_real"), PathBuf::from);
    let phantoms: u64 = arguments.next().map_or(Ok(57), |text| text.parse())?;
    let real_scans = real_pictures(&real_folder)?;
    if real_scans.is_empty() {
        println!("skipped: no shared data");
        return Ok(());
    }
    let mut groups = [Measured::default(), Measured::default(), Measured::default()];
    for picture in &real_scans {
        groups[0].take(picture)?;
    }
    let mut shown = Vec::new();
    for index in 0..phantoms {
        for (group, stage) in [(1, Stage::Tone), (2, Stage::Chain)] {
            let picture = phantom(index, stage)?;
            groups[group].take(&picture)?;
            if stage == Stage::Chain && SHOWN.contains(&index) {
                shown.push(picture);
            }
        }
        eprintln!("phantom {index}");
    }
    std::fs::create_dir_all(&out)?;
    println!("{} real scans, {phantoms} phantoms of either stage\n", real_scans.len());
    println!("{}", table(&groups[0].group, &[(NAMES[1], &groups[1].group), (NAMES[2], &groups[2].group)]));
    println!("{}", grey_table(&groups));
    let panels = |names: &[&str]| -> Vec<(String, Vec<Vec<f64>>)> {
        names.iter().map(|name| ((*name).to_owned(), groups.iter().map(|g| g.curve(name)).collect())).collect()
    };
    std::fs::write(out.join("greys.svg"), curves(&NAMES, &panels(&REGIONS), "grey", 255.0, 1e-4))?;
    std::fs::write(out.join("spectra.svg"), curves(&NAMES, &panels(&SPECTRA), "cycles per px", 0.5, 1e-3))?;
    std::fs::write(out.join("phantoms.png"), sheet(&shown)?)?;
    Ok(())
}

/// Quantiles of the mean histograms, and how far apart they are.
fn grey_table(groups: &[Measured; 3]) -> String {
    let mut text = "| region | group | 5 % | 25 % | 50 % | 75 % | 95 % | at 0 or 1 | at 254 or 255 | KS of greys |\n\
                    |---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for region in REGIONS {
        let real = cumulated(&groups[0].curve(region));
        for (name, group) in NAMES.iter().zip(groups) {
            let curve = group.curve(region);
            let sums = cumulated(&curve);
            let at = |share: f64| sums.iter().position(|sum| *sum >= share).unwrap_or(255).to_string();
            let cells: Vec<String> = [0.05, 0.25, 0.5, 0.75, 0.95].map(at).to_vec();
            let of = |range: std::ops::Range<usize>| curve.get(range).map_or(0.0, |part| part.iter().sum::<f64>());
            let apart: Vec<f64> = sums.iter().zip(&real).map(|(a, b)| (a - b).abs()).collect();
            text += &format!(
                "| {region} | {name} | {} | {:.3} | {:.3} | {:.2} |\n",
                cells.join(" | "),
                of(0..2),
                of(254..256),
                quantile(&apart, 1.0).unwrap_or(0.0)
            );
        }
    }
    text
}

fn cumulated(curve: &[f64]) -> Vec<f64> {
    curve
        .iter()
        .scan(0.0, |sum, value| {
            *sum += value;
            Some(*sum)
        })
        .collect()
}
