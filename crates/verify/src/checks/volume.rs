//! Whether the declared mass fits the box at all: 18 t of T-shirts do not.

use pellucid_core::{Bilingual, FindingKind, FindingValidity};

use super::{Basis, Case, CheckResult, Draft};
use crate::goods;
use crate::wording::one;

const NAME: &str = "volume";
const KIND: FindingKind = FindingKind::InfeasibleVolume;

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    if case.subject.is_declared_empty {
        return Vec::new();
    }
    let sizes: Option<f64> =
        (0..case.subject.boxes.len()).map(|i| case.subject.size(i).map(|s| s.usable_volume_m3())).sum();
    let needed: Option<f64> = case
        .lines
        .iter()
        .map(|line| {
            let heading = line.item.hs.as_ref().and_then(|hs| hs.heading())?;
            let known = line.lookup.nodes.first().filter(|_| line.lookup.nodes.len() == 1);
            let node = known.and_then(|i| case.library.grade(case.grade()).map(|m| &m.nodes[*i]));
            let densest = node
                .and_then(|n| n.stowage_kg_per_m3)
                .or_else(|| goods::goods(heading).map(|g| g.stowage_kg_per_m3))?[1];
            // Only what surely must be in this box needs room in it.
            Some(line.kg?.lo / densest)
        })
        .sum();
    let (Some(volume), Some(needed)) = (sizes, needed) else {
        let text = Bilingual::new(
            "缺少箱型、重量或积载密度，未核对容积",
            "Size, mass or stowage unknown: volume not checked",
        );
        return vec![Draft::not_made(KIND, NAME, Basis::Document, FindingValidity::NotApplicable, text).done()];
    };
    let z = libm::log((needed / volume).max(1e-6)) / case.profile.reading.stowage_sigma;
    let llr = if z > 0.0 { 0.5 * z * z } else { -(0.5 * z * z).min(3.0) };
    let text = if llr > 0.0 {
        let kg: f64 = case.lines.iter().filter_map(|line| line.kg).map(|kg| kg.lo).sum();
        Bilingual::new(
            format!("申报的 {} 货物至少需要 {needed:.0} m³，箱内只有 {volume:.0} m³", one(kg)),
            format!("The declared {} need at least {needed:.0} m³, the box has {volume:.0} m³", one(kg)),
        )
    } else {
        Bilingual::new("申报重量可装入箱内", "The declared mass fits the box")
    };
    vec![
        Draft::made(KIND, NAME, Basis::Document, llr, text)
            .fact("volume_m3", Some(needed), Some(volume), "m³")
            .done(),
    ]
}
