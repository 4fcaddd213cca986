//! `pellucid eval`: fresh phantoms with known truth through the same inspection as every scan, lanes counted by family.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pellucid_core::{Evaluation, FindingKind, Lane};
use pellucid_phantom::{Case, Family, Recipe, make_case_of};
use serde::Serialize;

use crate::failure::Failure;

/// First seed of the test: never trained or tuned on.
pub(crate) const TEST_SEED: u64 = 9_000_000;

/// One judged case.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JudgedCase {
    pub(crate) case: String,
    pub(crate) seed: u64,
    pub(crate) family: &'static str,
    pub(crate) declared: String,
    pub(crate) lane: Lane,
    pub(crate) risk_score: f64,
    pub(crate) main_reason: Option<FindingKind>,
    pub(crate) main_reason_en: String,
    pub(crate) boxes_found: usize,
    pub(crate) boxes_true: usize,
    pub(crate) observed_kg: Option<f64>,
    pub(crate) loaded_kg: f64,
    pub(crate) degraded: Vec<String>,
}

/// Lanes of one family.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct LaneCount {
    pub(crate) green: usize,
    pub(crate) yellow: usize,
    pub(crate) red: usize,
}

impl LaneCount {
    fn total(self) -> usize {
        self.green + self.yellow + self.red
    }
}

/// The families of an evaluation of `n` cases: the first half honest, then the others in turn.
fn family(i: usize, n: usize) -> Family {
    let honest = n.div_ceil(2);
    let tampered = &Family::ALL[1..];
    if i < honest { Family::Honest } else { tampered[(i - honest) % tampered.len()] }
}

/// Makes and judges `n` cases from a seed on.
pub(crate) fn judge_cases(
    n: usize,
    first_seed: u64,
    judge: &dyn Fn(&Case) -> Result<Evaluation, Failure>,
    progress: &dyn Fn(&JudgedCase),
) -> Result<Vec<JudgedCase>, Failure> {
    let mut judged = Vec::with_capacity(n);
    for i in 0..n {
        let seed = first_seed + i as u64;
        let family = family(i, n);
        let case = make_case_of(&Recipe::random(seed, family)?, seed)?;
        let evaluation = judge(&case)?;
        let result = describe(&case, family, &evaluation);
        progress(&result);
        judged.push(result);
    }
    Ok(judged)
}

fn describe(case: &Case, family: Family, evaluation: &Evaluation) -> JudgedCase {
    let headings: Vec<&str> = case.declaration.items.iter().filter_map(|i| i.hs.as_ref()?.heading()).collect();
    let main = evaluation.reasons.iter().find(|reason| reason.contribution > 0.0);
    JudgedCase {
        case: case.truth.case.clone(),
        seed: case.truth.seed,
        family: family.as_str(),
        declared: if headings.is_empty() { "empty".to_owned() } else { headings.join(" ") },
        lane: evaluation.lane,
        risk_score: evaluation.risk_score,
        main_reason: main.map(|reason| reason.code),
        main_reason_en: main.map(|reason| reason.text_en.clone()).unwrap_or_default(),
        boxes_found: evaluation.containers.len(),
        boxes_true: case.truth.containers.len(),
        observed_kg: evaluation.mass.observed_kg,
        loaded_kg: case.truth.items.iter().map(|item| item.mass_kg).sum(),
        degraded: evaluation.degraded.iter().map(|why| why.en.clone()).collect(),
    }
}

/// Lanes by family, in the order of [`Family::ALL`].
pub(crate) fn counts(cases: &[JudgedCase]) -> Vec<(&'static str, LaneCount)> {
    let mut counts: BTreeMap<&'static str, LaneCount> = BTreeMap::new();
    for case in cases {
        let count = counts.entry(case.family).or_default();
        match case.lane {
            Lane::Green => count.green += 1,
            Lane::Yellow => count.yellow += 1,
            Lane::Red => count.red += 1,
        }
    }
    let known = Family::ALL.iter().map(|family| family.as_str());
    known.filter_map(|name| Some((name, *counts.get(name)?))).collect()
}

/// Honest boxes that are green, of how many; tampered boxes that are not green, of how many.
pub(crate) fn headline(cases: &[JudgedCase]) -> ((usize, usize), (usize, usize)) {
    let honest = cases.iter().filter(|case| case.family == Family::Honest.as_str());
    let tampered = cases.iter().filter(|case| case.family != Family::Honest.as_str());
    let (honest, tampered): (Vec<_>, Vec<_>) = (honest.collect(), tampered.collect());
    (
        (honest.iter().filter(|case| case.lane == Lane::Green).count(), honest.len()),
        (tampered.iter().filter(|case| case.lane != Lane::Green).count(), tampered.len()),
    )
}

/// The confusion table in Markdown.
pub(crate) fn markdown(cases: &[JudgedCase]) -> String {
    let mut text = String::from("| truth | n | green | yellow | red |\n|---|---|---|---|---|\n");
    for (name, count) in counts(cases) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {name} | {} | {} | {} | {} |", count.total(), count.green, count.yellow, count.red);
    }
    let ((green, honest), (not_green, tampered)) = headline(cases);
    let _ = writeln!(
        text,
        "\nHonest boxes that are green: {green} of {honest}. Tampered boxes that are not green: {not_green} of {tampered}."
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(family: Family, lane: Lane) -> JudgedCase {
        JudgedCase {
            case: String::new(),
            seed: 0,
            family: family.as_str(),
            declared: String::new(),
            lane,
            risk_score: 0.0,
            main_reason: None,
            main_reason_en: String::new(),
            boxes_found: 1,
            boxes_true: 1,
            observed_kg: None,
            loaded_kg: 0.0,
            degraded: Vec::new(),
        }
    }

    #[test]
    fn half_of_the_cases_are_honest_and_the_families_take_turns() {
        let families: Vec<Family> = (0..100).map(|i| family(i, 100)).collect();
        assert_eq!(families.iter().filter(|f| **f == Family::Honest).count(), 50);
        for tampered in &Family::ALL[1..] {
            assert!(families.iter().filter(|f| *f == tampered).count() >= 12);
        }
    }

    #[test]
    fn the_table_counts_lanes_by_truth() {
        let cases = [
            judged(Family::Honest, Lane::Green),
            judged(Family::Honest, Lane::Yellow),
            judged(Family::Empty, Lane::Red),
            judged(Family::Substitution, Lane::Green),
        ];
        assert_eq!(headline(&cases), ((1, 2), (1, 2)));
        let table = markdown(&cases);
        assert!(table.contains("| honest | 2 | 1 | 1 | 0 |"), "{table}");
        assert!(table.contains("| empty | 1 | 0 | 0 | 1 |"), "{table}");
    }
}
