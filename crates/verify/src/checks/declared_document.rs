//! Declaration sanity: whether the declaration contradicts itself or the box it names.

use pellucid_core::{Bilingual, ContainerType, FindingKind, IsoSize};

use super::{Basis, Case, CheckResult, Draft};
use crate::wording::one;

const NAME: &str = "declaration";
const KIND: FindingKind = FindingKind::DeclarationInconsistent;
const SLIGHT: f64 = 0.7;
const CLEAR: f64 = 1.5;
/// Largest gross mass of a container and its load (ISO 668:2020), kg.
const MAX_GROSS_KG: f64 = 36_000.0;

fn finding(llr: f64, zh: String, en: String) -> CheckResult {
    Draft::made(KIND, NAME, Basis::Document, llr, Bilingual::new(zh, en)).done()
}

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    let declaration = case.declaration;
    let mut results = Vec::new();
    let net: f64 = declaration.items.iter().filter_map(|item| item.net_kg).sum();
    if let Some(gross) = declaration.gross_kg
        && net > gross * 1.001
    {
        results.push(finding(
            CLEAR,
            format!("申报净重合计 {} 大于毛重 {}", one(net), one(gross)),
            format!("Declared net masses add up to {}, more than the gross mass of {}", one(net), one(gross)),
        ));
    }
    for container in &case.subject.declared {
        if let (Some(vgm), Some(goods)) = (container.vgm_kg, container.goods_kg)
            && goods > vgm
        {
            results.push(finding(
                CLEAR,
                format!("箱 {} 的货重 {} 大于核实总重 {}", container.id, one(goods), one(vgm)),
                format!("Goods of {} in {} exceed its VGM of {}", one(goods), container.id, one(vgm)),
            ));
        }
        let heaviest = container.vgm_kg.or(container.goods_kg).unwrap_or(0.0);
        if heaviest > MAX_GROSS_KG {
            results.push(finding(
                CLEAR,
                format!("箱 {} 申报 {}，超过集装箱最大总重", container.id, one(heaviest)),
                format!("{} declared for {}, more than any container may weigh", one(heaviest), container.id),
            ));
        }
    }
    results.extend(size_type(case));
    for item in &declaration.items {
        if let Some(un) = &item.un_number
            && (un.len() != 4 || !un.bytes().all(|c| c.is_ascii_digit()))
        {
            results.push(finding(
                SLIGHT,
                format!("第 {} 项的联合国编号 {un:?} 无效", item.line),
                format!("UN number {un:?} of line {} is not valid", item.line),
            ));
        }
        for vin in item.vins.iter().filter(|vin| !is_vin(vin)) {
            results.push(finding(
                SLIGHT,
                format!("第 {} 项的车架号 {vin:?} 无效", item.line),
                format!("VIN {vin:?} of line {} is not valid", item.line),
            ));
        }
        if item.net_kg == Some(0.0) {
            results.push(finding(
                SLIGHT,
                format!("第 {} 项净重为零", item.line),
                format!("Line {} has a net mass of zero", item.line),
            ));
        }
    }
    results
}

/// Declared size and type against what is seen. Heights are easily confused, lengths and types are not.
fn size_type(case: &Case<'_>) -> Option<CheckResult> {
    let ([(_, seen)], [declared]) = (case.subject.boxes.as_slice(), case.subject.declared.as_slice()) else {
        return None;
    };
    let code = declared.size_type.as_deref()?;
    let is_other_size = seen
        .size
        .zip(IsoSize::from_code(code))
        .is_some_and(|(seen, stated)| (seen.external_length_mm() - stated.external_length_mm()).abs() >= 500.0);
    let types = seen.container_type.zip(ContainerType::from_code(code));
    let is_other_type = types.is_some_and(|(seen, stated)| seen != stated);
    (is_other_size || is_other_type).then(|| {
        finding(
            CLEAR,
            format!("箱型不符：申报 {code}，图像为 {}", seen.size_type()),
            format!("Container size or type differs: {code} declared, {} seen", seen.size_type()),
        )
    })
}

/// ISO 3779: 17 characters without I, O and Q.
fn is_vin(vin: &str) -> bool {
    vin.len() == 17
        && vin.bytes().all(|c| c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, b'I' | b'O' | b'Q')))
}
