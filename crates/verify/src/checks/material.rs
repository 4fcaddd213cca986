//! Material classes of the cargo against those of the declared goods.
//!
//! Shares among what could be decided, per class `z = (observed − expected) / sd`; honest: product over three classes of
//! Student's t with 4 degrees of freedom; wrong: uniform over all mixtures (density 3! = 6).

use pellucid_core::{Bilingual, FindingKind, FindingValidity, Grade};

use super::{Basis, Case, CheckResult, Draft};
use crate::node::Spread;
use crate::shipment::{decided, material_of};
use crate::wording::percent;

const NAME: &str = "material";
const KIND: FindingKind = FindingKind::MaterialMismatch;
const UNIFORM: f64 = 1.791_759_469_228_055;
const DOF: f64 = 4.0;
/// `ln(Γ(5/2) / (Γ(2) √(4π)))`.
const LOG_NORM: f64 = -0.980_829_253_011_726_2;
const CLASSES: [(&str, &str); 4] =
    [("有机物", "organic"), ("轻无机物", "light inorganic"), ("金属", "metal"), ("重金属", "heavy metal")];

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    if case.subject.is_declared_empty {
        return Vec::new();
    }
    let absent = |zh: &str, en: &str| {
        let validity = FindingValidity::NotApplicable;
        vec![Draft::not_made(KIND, NAME, Basis::Measured, validity, Bilingual::new(zh, en)).done()]
    };
    if case.grade() != Grade::DualEnergyRaw {
        return absent("非双能图像，未核对材质", "Not a dual-energy scan: material not checked");
    }
    let p = &case.profile.material;
    let boxes: Vec<_> = case.subject.boxes.iter().map(|(_, b)| *b).collect();
    let Some((shares, readable)) = decided(material_of(&boxes)).filter(|(_, share)| *share >= p.least_decided) else {
        return absent("可辨材质的部分太少，未核对材质", "Too little material can be told: not checked");
    };
    let expected: Option<Vec<Spread>> = (0..4).map(|k| case.expected(|node| node.material.classes[k])).collect();
    let Some(expected) = expected else {
        return absent(
            "图像库没有申报货物的材质，未核对材质",
            "The library has no material for these goods: not checked",
        );
    };
    let floor = p.sd_floor / readable.sqrt();
    let z = |k: usize| {
        let prior = Spread { mean: expected[k].mean, sd: floor, count: 0 };
        let sd = expected[k].shrunk(prior, p.shrink_shipments).sd.max(floor);
        ((shares[k] - expected[k].mean) / sd, sd)
    };
    // Three of the four shares are free; the class that is expected most follows from the others.
    let most = (0..4).fold(0, |best, k| if expected[k].mean > expected[best].mean { k } else { best });
    let honest: f64 = (0..4)
        .filter(|k| *k != most)
        .map(|k| {
            let (z, sd) = z(k);
            LOG_NORM - libm::log(sd) - (DOF + 1.0) / 2.0 * libm::log1p(z * z / DOF)
        })
        .sum();
    let llr = UNIFORM - honest;
    let gain = |k: usize| shares[k] - expected[k].mean;
    let worst = (0..4).fold(0, |best, k| if gain(k) > gain(best) { k } else { best });
    let text = if llr > 0.0 {
        let (seen, usual) = (percent(shares[worst]), percent(expected[worst].mean));
        let (zh, en) = CLASSES[worst];
        Bilingual::new(
            format!("材质与申报不符：{zh}占 {}，申报货物通常为 {}", seen.zh, usual.zh),
            format!("Material differs: {} {en}, {} is usual for the declared goods", seen.en, usual.en),
        )
    } else {
        Bilingual::new("材质与申报货物相符", "Material as usual for the declared goods")
    };
    let basis = if case.is_phantom_only() { Basis::PhantomLibrary } else { Basis::Library };
    let draft = Draft::made(KIND, NAME, basis, llr, text)
        .fact("organic_share", Some(shares[0]), Some(expected[0].mean), "")
        .fact("light_inorganic_share", Some(shares[1]), Some(expected[1].mean), "")
        .fact("metal_share", Some(shares[2]), Some(expected[2].mean), "")
        .fact("heavy_share", Some(shares[3]), Some(expected[3].mean), "");
    vec![draft.done()]
}
