//! Parts of the box that differ from its type.

use pellucid_core::{Bilingual, FindingKind};

use super::{Basis, Case, CheckResult, Draft};
use crate::distribution::logit;

const NAME: &str = "structure";
const MARGIN: f64 = 1e-3;

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    let deviations = case.subject.boxes.iter().flat_map(|(_, b)| &b.structure);
    deviations
        .filter(|d| d.confidence > 0.5)
        .map(|deviation| {
            let (zh, en) = match deviation.part.as_str() {
                "front_wall" => ("前端壁", "front wall"),
                "floor" => ("箱底", "floor"),
                "roof" => ("箱顶", "roof"),
                "doors" => ("箱门", "doors"),
                "reefer_machinery" => ("冷机", "refrigeration unit"),
                _ => ("箱体框架", "frame"),
            };
            let text = Bilingual::new(
                format!("疑似箱体改装：{zh}与箱型不符"),
                format!("Structure change suspected: the {en} is unlike this type of container"),
            );
            let llr = logit(f64::from(deviation.confidence), MARGIN);
            Draft::made(FindingKind::StructureChange, NAME, Basis::Model, llr, text)
                .region(Some(deviation.region))
                .fact("confidence", Some(f64::from(deviation.confidence)), None, "")
                .done()
        })
        .collect()
}
