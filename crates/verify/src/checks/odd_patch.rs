//! A patch whose areal density sticks out of its surroundings by more than is usual for these goods. No model is asked.

use pellucid_core::{Bilingual, FindingKind, FindingValidity, Interval, Region};

use super::concealed_object::EXCESS;
use super::{Basis, Case, CheckResult, Draft};
use crate::distribution::extreme_ratio;
use crate::peaks;
use crate::wording::{at, mass};

const NAME: &str = "odd_patch";
const KIND: FindingKind = FindingKind::OddPatch;

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    if case.subject.is_declared_empty {
        return Vec::new();
    }
    let peak = case
        .subject
        .boxes
        .iter()
        .filter_map(|(_, b)| Some((b.region, peaks::oddest(b)?)))
        .reduce(|a, b| if b.1.value > a.1.value { b } else { a });
    let Some((container, peak)) = peak else {
        let text = Bilingual::new("货物太少，未找局部异常", "Too little cargo to look for odd places");
        return vec![Draft::not_made(KIND, NAME, Basis::Measured, FindingValidity::NotApplicable, text).done()];
    };
    let p = &case.profile.oddness;
    let usual = case.expected(|node| node.oddness);
    let llr = extreme_ratio(peak.value, p.honest_for(usual), p.wrong());
    let draft = |text| {
        Draft::made(KIND, NAME, Basis::Measured, llr, text).fact(
            "largest_excess_sd",
            Some(libm::expm1(peak.value)),
            usual.map(|s| libm::expm1(s.mean)),
            "",
        )
    };
    if llr <= 0.0 {
        return vec![draft(Bilingual::new("货物密度均匀，无局部异常", "No place is unusually dense")).done()];
    }
    let region = Region { view: container.view, px: peak.px };
    let kg = peak.excess_kg.filter(|kg| *kg >= 1.0).map(|kg| Interval::new(EXCESS[0] * kg, EXCESS[1] * kg));
    let place = at(Some(region), Some(container));
    let (zh, en) = match kg.map(mass) {
        Some(m) => (format!("多 {}", m.zh), format!("by {}", m.en)),
        None => ("明显更密".to_owned(), "clearly".to_owned()),
    };
    let text = Bilingual::new(
        format!("局部异常：一处比周围货物{zh}{}", place.zh),
        format!("Odd place: denser than the cargo around it {en}{}", place.en),
    );
    vec![draft(text).region(Some(region)).mass(kg).done()]
}
