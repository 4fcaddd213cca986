//! Total mass: observed cargo against the best declared figure, and the weighbridge against what was declared.
//!
//! `x = ln(observed / declared) − bias`. Honest: `x ~ N(0, σ²)`, σ from the library's shipments of these goods, the tare, the
//! structure that was taken off and the part of the observed interval that differs from box to box. Wrong: `x ~ N(0, 0.5²)`.
//! Where the load is opaque only a lower bound is known, and both densities become tail probabilities; but goods that are
//! always opaque show a usual part of their mass, and more than that part is too much.

use pellucid_core::{Bilingual, FindingKind, FindingValidity, Interval};

use super::{Basis, Case, CheckResult, Draft};
use crate::distribution::{log_normal_density, log_normal_survival};
use crate::line::{DeclaredTotal, Line, declared_totals};
use crate::node::Spread;
use crate::subject::Subject;
use crate::wording::{after_word, mass, one, percent};

const NAME: &str = "total_mass";
const KIND: FindingKind = FindingKind::MassMismatch;
/// Least mass in a ratio, kg: below it, structure cannot be told from cargo.
const LEAST_KG: f64 = 10.0;
const Z90: f64 = 1.645;
/// Opacity up to which an unbounded interval is taken as measured all the same.
const SLIGHTLY_OPAQUE: f64 = 0.02;
/// Shipments from which the library's ratio is believed of opaque loads.
const FEW: u32 = 5;
/// How far from its shipments' opacity the library's ratio is carried on.
const OPACITY_REACH: f64 = 0.2;

/// Observed cargo of all boxes: best value and interval, kg.
pub(crate) fn observed(case: &Case<'_>) -> Option<(f64, Interval)> {
    let mut best = 0.0;
    let mut kg = Interval::exactly(0.0);
    for (_, container) in &case.subject.boxes {
        let mass = container.cargo_mass.filter(|_| case.grade().has_mass())?;
        best += mass.best_kg;
        kg = kg.plus(mass.kg);
    }
    (!case.subject.boxes.is_empty()).then_some((best, kg))
}

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    let mut results = Vec::new();
    if case.subject.is_declared_empty {
        return results;
    }
    let usable: Vec<&DeclaredTotal> =
        case.totals.iter().filter(|t| t.is_of_box || !case.subject.is_shared()).filter(|t| t.kg > 0.0).collect();
    match (observed(case), usable.first()) {
        (Some((best, kg)), Some(total)) => results.push(scanned(case, best, kg, total)),
        (None, _) => results.push(absent(
            "该图像等级不能测重量，未核对总重",
            "Mass cannot be measured on this grade of scan: total not checked",
        )),
        (_, None) => results.push(absent(
            "申报中没有可比的重量，未核对总重",
            "The declaration has no mass to compare with: total not checked",
        )),
    }
    results.extend(weighed(case, &usable));
    if case.subject.boxes.len() > 1 && case.subject.is_paired() && !case.subject.is_shared() {
        results.extend((0..case.subject.boxes.len()).filter_map(|position| one_of_several(case, position)));
    }
    results
}

/// One box of several against its own container's figure: too much in one must not make up for too little in another.
fn one_of_several(case: &Case<'_>, position: usize) -> Option<CheckResult> {
    let subject = Subject {
        boxes: vec![case.subject.boxes[position]],
        declared: vec![case.subject.declared[position]],
        is_declared_empty: false,
        is_whole_shipment: false,
    };
    let totals = declared_totals(case.declaration, &subject, &case.profile.mass);
    let total = totals.iter().find(|t| !t.is_upper_bound && t.kg > 0.0)?;
    let mut lines: Vec<Line<'_>> =
        case.lines.iter().filter(|line| case.subject.may_hold(position, line.item.line)).cloned().collect();
    let sum: f64 = lines.iter().map(|line| line.share).sum();
    lines.iter_mut().for_each(|line| line.share /= if sum > 0.0 { sum } else { 1.0 });
    let own = Case { subject: &subject, lines: &lines, totals: &totals, ..*case };
    let (best, kg) = observed(&own)?;
    let mut result = scanned(&own, best, kg, total);
    result.finding.region = Some(subject.boxes[0].1.region);
    Some(result)
}

fn absent(zh: &str, en: &str) -> CheckResult {
    Draft::not_made(KIND, NAME, Basis::Measured, FindingValidity::NotApplicable, Bilingual::new(zh, en)).done()
}

/// Usual `ln(observed / loaded)` of the declared goods at the opacity of this scan.
pub(super) fn usual_ratio(case: &Case<'_>) -> Spread {
    let p = &case.profile.mass;
    let prior = Spread { mean: p.bias_relative, sd: p.sigma_relative, count: 0 };
    let opacity = case.opacity();
    let known = case.expected(|node| {
        let further = (opacity - node.opacity.mean).clamp(-OPACITY_REACH, OPACITY_REACH);
        Spread { mean: node.mass_log_ratio.mean + node.mass_opacity_slope * further, ..node.mass_log_ratio }
    });
    known.map_or(prior, |s| s.shrunk(prior, p.shrink_shipments))
}

fn scanned(case: &Case<'_>, best: f64, kg: Interval, total: &DeclaredTotal) -> CheckResult {
    let p = &case.profile.mass;
    let usual = usual_ratio(case);
    let width = kg.hi.map_or(0.0, |hi| p.interval_weight * (hi - kg.lo) / (2.0 * Z90) / best.max(LEAST_KG));
    let absolute = (p.sigma_absolute_kg * (case.subject.boxes.len() as f64).sqrt()).hypot(total.sigma_kg) / total.kg;
    let sigma = usual.sd.hypot(width).hypot(absolute);
    let wrong = p.alternative_sd.max(3.0 * sigma);
    let x = libm::log(best.max(LEAST_KG) / total.kg) - usual.mean;
    let point = log_normal_density(x, 0.0, wrong) - log_normal_density(x, 0.0, sigma);
    // A few opaque pixels hide little: the library's ratio has them in it.
    let is_censored = kg.hi.is_none() && case.opacity() > SLIGHTLY_OPAQUE;
    let mut llr = point;
    if is_censored {
        let least = libm::log(kg.lo.max(LEAST_KG) / total.kg) - usual.mean.max(0.0);
        llr = log_normal_survival(least, 0.0, wrong) - log_normal_survival(least, 0.0, sigma);
        // More than these goods usually show through their opaque places is too much as well.
        if x > 0.0 && usual.count >= FEW {
            llr = llr.max(point);
        }
    }
    if total.is_upper_bound && x < 0.0 {
        // Less than the shipment's total is what a part of it should weigh.
        llr = 0.0;
    }
    let correction = libm::exp(-usual.mean);
    let corrected = Interval { lo: kg.lo * correction, hi: kg.hi.map(|hi| hi * correction) };
    let text = wording(corrected, total, libm::exp(x) - 1.0, llr > 0.0, is_censored);
    let gap = if llr > 0.0 { difference(corrected, total.kg) } else { None };
    Draft::made(KIND, NAME, Basis::Measured, llr, text)
        .mass(gap)
        .fact("cargo_kg", Some(best), Some(total.kg), "kg")
        .fact("log_ratio", Some(x), Some(0.0), "")
        .fact("sigma", Some(sigma), None, "")
        .done()
}

/// Kilograms too many or too few, as an interval.
fn difference(seen: Interval, declared: f64) -> Option<Interval> {
    let lo = seen.lo - declared;
    match seen.hi {
        None => (lo > 0.0).then(|| Interval::at_least(lo)),
        Some(hi) if lo > 0.0 => Some(Interval::new(lo, hi - declared)),
        Some(hi) if hi < declared => Some(Interval::new(declared - hi, -lo)),
        Some(hi) => Some(Interval::new(0.0, (hi - declared).max(-lo))),
    }
}

fn source_name(from: &str) -> (&'static str, &'static str) {
    match from {
        "weighbridge" => ("过磅", "weighbridge"),
        "vgm" => ("核实总重", "VGM"),
        "goods_kg" => ("本箱货重", "goods in this container"),
        "gross" => ("毛重", "gross mass"),
        _ => ("净重合计", "sum of net masses"),
    }
}

fn wording(kg: Interval, total: &DeclaredTotal, excess: f64, is_wrong: bool, is_censored: bool) -> Bilingual {
    let seen = mass(kg);
    let declared = one(total.kg);
    let (zh_from, en_from) = source_name(total.from);
    if !is_wrong {
        return Bilingual::new(
            format!("总重相符：扫描测得{}，申报 {declared}（{zh_from}）", after_word(&seen.zh)),
            format!("Total mass agrees: {} measured, {declared} declared ({en_from})", seen.en),
        );
    }
    let share = percent(excess.abs());
    let (zh_sign, en_sign) = if excess >= 0.0 { ("重", "more") } else { ("轻", "less") };
    let (zh_least, en_least) = if is_censored { ("至少", "at least") } else { ("约", "about") };
    Bilingual::new(
        format!(
            "重量不符：扫描测得{}，比申报的 {declared}（{zh_from}）{zh_sign}{zh_least} {}",
            after_word(&seen.zh),
            share.zh
        ),
        format!(
            "Mass mismatch: {} measured, {en_least} {} {en_sign} than the declared {declared} ({en_from})",
            seen.en, share.en
        ),
    )
}

/// A weighbridge or VGM that contradicts the declared masses needs no scan.
fn weighed(case: &Case<'_>, usable: &[&DeclaredTotal]) -> Option<CheckResult> {
    let weighed = usable.iter().find(|t| t.is_of_box)?;
    let declared = usable.iter().find(|t| !t.is_of_box && !t.is_upper_bound)?;
    let sigma = weighed.sigma_kg.hypot(declared.sigma_kg).hypot(0.03 * declared.kg) / declared.kg;
    let x = libm::log(weighed.kg.max(LEAST_KG) / declared.kg);
    let wrong = case.profile.mass.alternative_sd.max(3.0 * sigma);
    let llr = log_normal_density(x, 0.0, wrong) - log_normal_density(x, 0.0, sigma);
    if llr <= 0.0 {
        return None;
    }
    let (zh_from, en_from) = source_name(weighed.from);
    let (zh_decl, en_decl) = source_name(declared.from);
    let (a, b) = (one(weighed.kg), one(declared.kg));
    let text = Bilingual::new(
        format!("重量不符：{zh_from}扣除箱重后 {a}，申报{zh_decl} {b}"),
        format!("Mass mismatch: {a} by {en_from} less tare, {b} declared as {en_decl}"),
    );
    let result = Draft::made(KIND, NAME, Basis::Document, llr, text)
        .mass(Some(Interval::exactly((weighed.kg - declared.kg).abs())))
        .fact(weighed.from, Some(weighed.kg), Some(declared.kg), "kg");
    Some(result.done())
}
