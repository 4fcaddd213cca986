//! Declared loaded but empty, declared empty but loaded.
//!
//! The observed probability that the box is empty enters as `slope · logit(p) + offset`; measured kilograms that surely are
//! cargo overrule it.

use pellucid_core::{Bilingual, ContainerObservation, FindingKind, Interval};

use super::{Basis, Case, CheckResult, Draft};
use crate::distribution::logit;
use crate::wording::{after_word, mass};

const NAME: &str = "empty";
/// Probabilities are kept this far from 0 and 1.
const MARGIN: f64 = 1e-4;
const BOUND: f64 = 8.0;
/// Least ratio when measured mass says the same.
const WEIGHED: f64 = 11.0;

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    case.subject
        .boxes
        .iter()
        .map(
            |(_, container)| {
                if case.subject.is_declared_empty { not_empty(case, container) } else { empty(case, container) }
            },
        )
        .collect()
}

/// Evidence for "nothing inside", from the model's view of the box.
fn ratio(case: &Case<'_>, container: &ContainerObservation) -> f64 {
    let p = &case.profile.empty;
    (p.slope * logit(container.empty_probability, MARGIN) + p.offset).clamp(-BOUND, BOUND)
}

fn cargo(case: &Case<'_>, container: &ContainerObservation) -> Option<(f64, Interval)> {
    container.cargo_mass.filter(|_| case.grade().has_mass()).map(|m| (m.best_kg, m.kg))
}

fn empty(case: &Case<'_>, container: &ContainerObservation) -> CheckResult {
    let mut llr = ratio(case, container);
    let cargo = cargo(case, container);
    if let Some((_, kg)) = cargo
        && kg.lo > case.profile.empty.cargo_kg
    {
        llr = llr.min(-2.0);
    }
    if llr > 0.0 && cargo.is_some() && case.is_nearly_empty() {
        // Measured mass says the same, and it says it better than "too light" would.
        llr = llr.max(WEIGHED);
    }
    let text = if llr > 0.0 {
        let seen = cargo.map(|(_, kg)| mass(kg));
        let (zh, en) = seen.map_or((String::new(), String::new()), |m| {
            (format!("，箱内可见货物{}", after_word(&m.zh)), format!(", {} of cargo to be seen", m.en))
        });
        Bilingual::new(
            format!("空箱：申报有货，图像显示空箱{zh}"),
            format!("Empty: declared loaded, the scan shows an empty box{en}"),
        )
    } else {
        Bilingual::new("箱内有货", "The box is loaded")
    };
    Draft::made(FindingKind::Empty, NAME, Basis::Model, llr, text)
        .region((llr > 0.0).then_some(container.region))
        .fact("empty_probability", Some(container.empty_probability), Some(0.0), "")
        .fact("cargo_kg", cargo.map(|(best, _)| best), None, "kg")
        .done()
}

fn not_empty(case: &Case<'_>, container: &ContainerObservation) -> CheckResult {
    let mut llr = -ratio(case, container);
    let cargo = cargo(case, container);
    if let Some((best, kg)) = cargo {
        if kg.lo > case.profile.empty.cargo_kg {
            llr = llr.max(4.0 + libm::log(kg.lo / case.profile.empty.cargo_kg)).min(BOUND);
        } else if best < 0.25 * case.profile.empty.cargo_kg {
            llr = llr.min(0.0);
        }
    }
    let text = if llr > 0.0 {
        let (zh, en) = match cargo {
            Some((_, kg)) => (format!("，货物{}", after_word(&mass(kg).zh)), format!(", {} of cargo", mass(kg).en)),
            None => (String::new(), String::new()),
        };
        Bilingual::new(format!("申报空箱，图像显示有货{zh}"), format!("Declared empty, but the scan shows cargo{en}"))
    } else {
        Bilingual::new("与申报的空箱相符", "Empty, as declared")
    };
    Draft::made(FindingKind::NotEmpty, NAME, Basis::Model, llr, text)
        .region((llr > 0.0).then_some(container.region))
        .mass(cargo.map(|(_, kg)| kg).filter(|_| llr > 0.0))
        .fact("empty_probability", Some(container.empty_probability), Some(1.0), "")
        .fact("cargo_kg", cargo.map(|(best, _)| best), Some(0.0), "kg")
        .done()
}
