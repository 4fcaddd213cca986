//! `pellucid library build`: phantoms of known goods, observed by the same instruments that inspect, become the first
//! library; further phantoms fit the risk profile. Neither ever sees a test seed.

use std::collections::BTreeMap;

use pellucid_core::{Grade, Observation};
use pellucid_phantom::{Case, Family, Recipe, Scanner, make_case, to_processed};
use pellucid_pipeline::{Instruments, Stopwatch, measure};
use pellucid_scan::encode_tiff;
use pellucid_verify::{
    Context, FitCase, FitReport, Library, LibraryBuilder, LibraryProvenance, RiskProfile, SampleSource,
    ShipmentSample, fit,
};

use crate::failure::{Exit, Failure};

/// First seed of library shipments.
pub(crate) const LIBRARY_SEED: u64 = 3_000_000;
/// First seed of the cases that the risk profile is fitted on.
pub(crate) const FIT_SEED: u64 = 4_000_000;
/// Both ranges end where the next begins, and both end below the test seeds.
const SEEDS: u64 = 1_000_000;

const GRADES: [Grade; 3] = [Grade::DualEnergyRaw, Grade::SingleEnergyRaw, Grade::Processed];

/// How much is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LibraryPlan {
    /// Shipments per heading and grade.
    pub(crate) shipments: usize,
    /// Cases for fitting the profile, half of them tampered with; 0 fits nothing.
    pub(crate) fit_cases: usize,
}

/// What was made.
pub(crate) struct Built {
    pub(crate) library: Library,
    pub(crate) fitted: Option<FitReport>,
    /// Scenes in which not exactly one container was found, and which were left out.
    pub(crate) left_out: usize,
}

/// Makes a library, and fits a profile on it when the plan says so.
pub(crate) fn build(
    instruments: &Instruments,
    plan: LibraryPlan,
    profile: &RiskProfile,
    version: &str,
    created: &str,
    software: &str,
    progress: &dyn Fn(String),
) -> Result<Built, Failure> {
    let mut builder = LibraryBuilder::new(version, instruments.cargo.sha256(), software, created);
    let mut counts: BTreeMap<(Grade, String), usize> = BTreeMap::new();
    let mut left_out = 0;
    for seed in LIBRARY_SEED..LIBRARY_SEED + SEEDS {
        let recipe = Recipe::random(seed, Family::Honest)?;
        let heading = recipe.containers[0].headings[0].clone();
        let is_full = |grade: Grade| counts.get(&(grade, heading.clone())).is_some_and(|n| *n >= plan.shipments);
        let wanted: Vec<Grade> = GRADES.into_iter().filter(|grade| !is_full(*grade)).collect();
        if wanted.is_empty() {
            // Nine kinds of box in random order: when none is wanting, the library is complete.
            let total: usize = counts.values().sum();
            if total >= plan.shipments * GRADES.len() * kinds()? {
                break;
            }
            continue;
        }
        for (grade, sample) in shipments(instruments, recipe, &heading, seed, &wanted)? {
            match sample {
                Some(sample) => {
                    builder.add(sample)?;
                    *counts.entry((grade, heading.clone())).or_default() += 1;
                }
                None if heading == EMPTY => *counts.entry((grade, heading.clone())).or_default() += 1,
                None => left_out += 1,
            }
        }
        progress(format!("library: seed {seed}, {} shipments", counts.values().sum::<usize>()));
    }
    let made: usize = builder.counts().values().sum();
    builder.provenance(LibraryProvenance {
        source: "phantoms of relocatable_6_3p5 and gantry_6".to_owned(),
        shipments: u32::try_from(made).unwrap_or(u32::MAX),
        note: format!("pellucid library build --shipments {}, seeds from {LIBRARY_SEED}", plan.shipments),
    });
    let library = builder.build()?;
    let fitted = if plan.fit_cases == 0 {
        None
    } else {
        Some(fit(&fit_cases(instruments, plan.fit_cases, progress)?, &library, profile)?)
    };
    Ok(Built { library, fitted, left_out })
}

const EMPTY: &str = pellucid_phantom::EMPTY;

/// Headings that random recipes load, and the empty box.
fn kinds() -> Result<usize, Failure> {
    Ok(pellucid_phantom::Goods::known()?.len() + 1)
}

/// One shipment of a heading in each wanted grade; `None` where the box was not found or shows no cargo.
fn shipments(
    instruments: &Instruments,
    mut recipe: Recipe,
    heading: &str,
    seed: u64,
    wanted: &[Grade],
) -> Result<Vec<(Grade, Option<ShipmentSample>)>, Failure> {
    recipe.containers.truncate(1);
    let mut samples = Vec::new();
    for grade in wanted {
        let scanner = if *grade == Grade::SingleEnergyRaw { "gantry_6" } else { "relocatable_6_3p5" };
        let case = make_case(&recipe, &Scanner::preset(scanner)?, seed)?;
        let scan = if *grade == Grade::Processed { to_processed(&case.scan, seed)? } else { case.scan };
        let observation = observe(instruments, &scan)?;
        let loaded_kg: f64 = case.truth.items.iter().map(|item| item.mass_kg).sum();
        let sample = match observation.containers.as_slice() {
            [container] if !container.segments.is_empty() && heading != EMPTY => {
                Some(ShipmentSample::from_container(
                    heading,
                    *grade,
                    SampleSource::Phantom,
                    &format!("phantom-{seed}"),
                    container,
                    Some(loaded_kg),
                ))
            }
            _ => None,
        };
        samples.push((*grade, sample));
    }
    Ok(samples)
}

fn observe(instruments: &Instruments, scan: &pellucid_core::RawScan) -> Result<Observation, Failure> {
    let file = encode_tiff(scan)?;
    Ok(measure(instruments, &file, &mut Stopwatch::start())?.observation)
}

/// Validation cases: every second one honest, the others by family in turn.
fn fit_cases(instruments: &Instruments, n: usize, progress: &dyn Fn(String)) -> Result<Vec<FitCase>, Failure> {
    let tampered = &Family::ALL[1..];
    let mut cases = Vec::with_capacity(n);
    for i in 0..n {
        let family = if i % 2 == 0 { Family::Honest } else { tampered[i / 2 % tampered.len()] };
        let seed = FIT_SEED + i as u64;
        let Case { scan, declaration, truth, .. } =
            pellucid_phantom::make_case_of(&Recipe::random(seed, family)?, seed)?;
        let context = Context {
            containers_read: scan.containers_read.clone(),
            now: "2026-01-01T00:00:00Z".to_owned(),
            seed,
            ..Context::default()
        };
        let observation = observe(instruments, &scan)?;
        cases.push(FitCase { declaration, observation, context, tampering: truth.tampering.map(|t| t.kind) });
        progress(format!("fit: case {} of {n}", i + 1));
    }
    if cases.is_empty() {
        return Err(Failure::new(Exit::Usage, "--fit: at least 1 case is needed"));
    }
    Ok(cases)
}
