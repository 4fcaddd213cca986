//! The model's concealment map: its highest place against what is usual for these goods.

use pellucid_core::{Bilingual, FindingKind, FindingValidity, Interval, Region};

use super::{Basis, Case, CheckResult, Draft};
use crate::distribution::{extreme_ratio, logistic};
use crate::peaks;
use crate::wording::{at, mass};

const NAME: &str = "concealed_object";
const KIND: FindingKind = FindingKind::ConcealedObject;
/// An excess over the surroundings is known to within this factor.
pub(super) const EXCESS: [f64; 2] = [0.6, 1.8];

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    let peak = case
        .subject
        .boxes
        .iter()
        .filter_map(|(_, b)| Some((b.region, peaks::concealment(b)?)))
        .reduce(|a, b| if b.1.value > a.1.value { b } else { a });
    let Some((container, peak)) = peak else {
        let text = Bilingual::new("没有夹藏概率图", "There is no concealment map");
        return vec![Draft::not_made(KIND, NAME, Basis::Model, FindingValidity::NotApplicable, text).done()];
    };
    let p = &case.profile.concealment;
    let usual = case.expected(|node| node.concealment);
    let llr = extreme_ratio(peak.value, p.honest_for(usual), p.wrong());
    if llr <= 0.0 {
        let text = Bilingual::new("未见夹藏迹象", "No sign of a concealed object");
        let draft = Draft::made(KIND, NAME, Basis::Model, llr, text);
        return vec![draft.fact("concealment_probability", Some(logistic(peak.value)), None, "").done()];
    }
    let region = Region { view: container.view, px: peak.px };
    let kg = peak.excess_kg.filter(|kg| *kg >= 1.0).map(|kg| Interval::new(EXCESS[0] * kg, EXCESS[1] * kg));
    let place = at(Some(region), Some(container));
    let (zh, en) = match kg.map(mass) {
        Some(m) => (format!("，比周围多 {}", m.zh), format!(", {} more than its surroundings", m.en)),
        None => (String::new(), String::new()),
    };
    let text = Bilingual::new(
        format!("疑似夹藏：有与周围货物不同的物体{zh}{}", place.zh),
        format!("Suspected concealment: an object unlike the cargo around it{en}{}", place.en),
    );
    let draft = Draft::made(KIND, NAME, Basis::Model, llr, text).region(Some(region)).mass(kg).fact(
        "concealment_probability",
        Some(logistic(peak.value)),
        usual.map(|s| logistic(s.mean)),
        "",
    );
    vec![draft.done()]
}
