//! `pellucid eval --mass`: fresh honest loads are weighed and held against what was loaded.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pellucid_core::MassEstimate;
use pellucid_phantom::{Across, Family, Recipe, Side, make_case_of};
use pellucid_pipeline::{Instruments, Stopwatch, measure};
use pellucid_scan::encode_tiff;
use serde::Serialize;

use crate::failure::Failure;

/// One load, weighed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WeighedLoad {
    pub(crate) seed: u64,
    pub(crate) goods: String,
    pub(crate) scanner: String,
    /// Where it stands across the box; over its width when absent.
    pub(crate) across: Option<Across>,
    pub(crate) loaded_kg: f64,
    /// `None` where the box was not found.
    pub(crate) mass: Option<MassEstimate>,
}

impl WeighedLoad {
    /// Whether the interval holds the truth: both ends, or the lower one where the load is opaque.
    fn is_covered(&self) -> bool {
        self.mass.is_some_and(|mass| mass.kg.contains(self.loaded_kg))
    }

    fn is_bounded(&self) -> bool {
        self.mass.is_some_and(|mass| mass.kg.hi.is_some())
    }

    /// Where it stands, in words.
    fn stowage(&self) -> &'static str {
        match self.across.map(|across| across.side) {
            None => "over the width",
            Some(Side::Near) => "at the near wall",
            Some(Side::Middle) => "in the middle",
            Some(Side::Far) => "at the far wall",
        }
    }

    /// Relative error of the best value.
    fn error(&self) -> Option<f64> {
        Some(self.mass?.best_kg / self.loaded_kg - 1.0)
    }

    /// Half the interval over what was loaded.
    fn half_width(&self) -> Option<f64> {
        let kg = self.mass?.kg;
        Some(0.5 * (kg.hi? - kg.lo) / self.loaded_kg)
    }
}

/// Weighs honest loads of raw grades in single boxes, from a seed on, until there are `n`.
///
/// # Errors
/// When a phantom cannot be made or measured.
pub(crate) fn weigh(
    instruments: &Instruments,
    n: usize,
    first_seed: u64,
    progress: &dyn Fn(&WeighedLoad),
) -> Result<Vec<WeighedLoad>, Failure> {
    let mut weighed = Vec::with_capacity(n);
    for seed in first_seed.. {
        if weighed.len() == n {
            break;
        }
        let mut recipe = Recipe::random(seed, Family::Honest)?;
        if recipe.processed || recipe.containers.len() != 1 {
            continue;
        }
        recipe.containers[0].across = Across::drawn(seed);
        let case = match make_case_of(&recipe, seed) {
            // Wider than that part of the box: over its width.
            Err(_) if recipe.containers[0].across.take().is_some() => make_case_of(&recipe, seed),
            made => made,
        }?;
        let loaded_kg: f64 = case.truth.items.iter().map(|item| item.mass_kg).sum();
        if loaded_kg <= 0.0 {
            continue;
        }
        let measured = measure(instruments, &encode_tiff(&case.scan)?, &mut Stopwatch::start())?;
        let load = WeighedLoad {
            seed,
            goods: recipe.containers[0].headings.join(" "),
            scanner: recipe.scanner.clone(),
            across: recipe.containers[0].across,
            loaded_kg,
            mass: measured.observation.containers.first().and_then(|container| container.cargo_mass),
        };
        progress(&load);
        weighed.push(load);
    }
    Ok(weighed)
}

/// Errors and coverage by goods and by stowage, in Markdown.
pub(crate) fn markdown(loads: &[WeighedLoad]) -> String {
    let mut groups: BTreeMap<String, Vec<&WeighedLoad>> = BTreeMap::new();
    for load in loads {
        groups.entry(load.goods.clone()).or_default().push(load);
    }
    let mut by_stowage: BTreeMap<&str, Vec<&WeighedLoad>> = BTreeMap::new();
    for load in loads {
        by_stowage.entry(load.stowage()).or_default().push(load);
    }
    let mut text = String::from(
        "| loads | n | median error | mean absolute error | 90 % interval holds the truth | half-width | opaque, and above the lower end |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let by_stowage = by_stowage.into_iter().map(|(name, loads)| (name.to_owned(), loads));
    let all = [("all".to_owned(), loads.iter().collect::<Vec<_>>())];
    for (name, loads) in groups.into_iter().chain(by_stowage).chain(all) {
        let (bounded, opaque): (Vec<&WeighedLoad>, Vec<&WeighedLoad>) =
            loads.iter().copied().partition(|load| load.is_bounded());
        let errors: Vec<f64> = bounded.iter().filter_map(|load| load.error()).collect();
        let absolute: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        let widths: Vec<f64> = bounded.iter().filter_map(|load| load.half_width()).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} | {} |",
            loads.len(),
            percent(median(errors)),
            percent(mean(&absolute)),
            covered(&bounded),
            percent(median(widths)),
            covered(&opaque),
        );
    }
    text.push_str("\nErrors, intervals and half-widths are of loads that are not opaque. Of those that are, and of boxes not found, only\nthe lower end is held against the truth.\n");
    text
}

/// How many of some loads their interval covers.
fn covered(loads: &[&WeighedLoad]) -> String {
    let n = loads.iter().filter(|load| load.is_covered()).count();
    match loads.len() {
        0 => "–".to_owned(),
        all => format!("{n} of {all} ({:.0} %)", 100.0 * n as f64 / all as f64),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:+.1} %", 100.0 * share))
}

#[cfg(test)]
mod tests {
    use pellucid_core::{Interval, MassBudget};

    use super::*;

    fn load(goods: &str, loaded_kg: f64, kg: Option<Interval>) -> WeighedLoad {
        let mass = kg.map(|kg| MassEstimate {
            best_kg: 100.0,
            kg,
            known_composition_kg: kg,
            budget: MassBudget::default(),
            opaque_share: 0.0,
        });
        WeighedLoad { seed: 1, goods: goods.into(), scanner: "s".into(), across: None, loaded_kg, mass }
    }

    #[test]
    fn opaque_loads_count_for_coverage_and_not_for_errors() {
        let table = markdown(&[
            load("a", 110.0, Some(Interval::new(90.0, 120.0))),
            load("a", 200.0, Some(Interval::new(90.0, 120.0))),
            load("b", 500.0, Some(Interval::at_least(90.0))),
            load("b", 500.0, None),
        ]);
        assert!(table.contains("| a | 2 | -9.1 % | +29.5 % | 1 of 2 (50 %) |"), "{table}");
        assert!(table.contains("| b | 2 | – | – | – | – | 1 of 2 (50 %) |"), "{table}");
        assert!(table.contains("| all | 4 |"), "{table}");
    }
}
