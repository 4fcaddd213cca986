//! What the transport of mass says: cargo that no line explains, and lines of which too little was found.

use pellucid_core::{Bilingual, FindingKind, FindingValidity, Interval};

use super::total_mass::usual_ratio;
use super::{Basis, Case, CheckResult, Draft};
use crate::distribution::log_normal_density;
use crate::explanation::{Explanation, Guess};
use crate::goods::heading_name;
use crate::line::Line;
use crate::node::CoverageState;
use crate::wording::{at, mass, one, percent};

const NAME: &str = "transport";
/// From this share on, the whole box is said to be other goods.
const WHOLE: f64 = 0.85;
/// A guess is named from this share on.
const NAMED: f64 = 0.5;

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    if case.subject.is_declared_empty {
        return Vec::new();
    }
    let not_made = |validity, zh: &str, en: &str| {
        let text = Bilingual::new(zh, en);
        vec![Draft::not_made(FindingKind::UndeclaredGoods, NAME, Basis::Library, validity, text).done()]
    };
    let uncovered: Vec<&Line<'_>> =
        case.lines.iter().filter(|line| line.lookup.state == CoverageState::NotCovered).collect();
    if let Some(line) = uncovered.first() {
        let zh = format!("图像库未覆盖申报的 {}，未核对品名", line.name.zh);
        let en = format!("The library does not cover {}: goods not checked", line.name.en);
        let mut results = not_made(FindingValidity::NotCovered, &zh, &en);
        results[0].finding.line = Some(line.item.line);
        return results;
    }
    if case.subject.is_shared() {
        return not_made(
            FindingValidity::NotApplicable,
            "拼箱：箱内另有其他申报的货物，未核对品名",
            "Shared container: goods of other declarations are inside, goods not checked",
        );
    }
    if case.is_nearly_empty() {
        return not_made(
            FindingValidity::NotApplicable,
            "箱内几乎无货，未核对品名",
            "Hardly any cargo to compare: goods not checked",
        );
    }
    let Some(explanation) = case.explanation else {
        return not_made(
            FindingValidity::NotApplicable,
            "未识别出可核对的货物区域",
            "No region of cargo was found to be checked",
        );
    };
    let mut results = vec![undeclared(case, explanation)];
    results.extend(missing(case, explanation));
    results
}

fn undeclared(case: &Case<'_>, explanation: &Explanation) -> CheckResult {
    let amount = explanation.undeclared;
    let top = explanation.guesses.first();
    let named = top.filter(|g| g.share >= NAMED);
    let is_borrowed = case.lines.iter().any(|line| line.lookup.state == CoverageState::Borrowed);
    let mut llr = explanation.log_likelihood_ratio;
    if is_borrowed {
        // A borrowed node may explain but never accuse.
        llr = llr.min(0.0);
    }
    let is_phantom = case.is_phantom_only() || named.is_some_and(|g| g.is_phantom_only);
    let basis = if is_phantom { Basis::PhantomLibrary } else { Basis::Library };
    if llr <= 0.0 {
        let text = Bilingual::new("未见与申报品名不符的货物", "All cargo looks as declared");
        return Draft::made(FindingKind::UndeclaredGoods, NAME, basis, llr, text)
            .fact("undeclared_share", Some(amount.share), Some(0.0), "")
            .done();
    }
    let region = explanation.undeclared_region;
    let text = wording(case, explanation, named);
    Draft::made(FindingKind::UndeclaredGoods, NAME, basis, llr, text)
        .region(region)
        .mass(amount.kg)
        .fact("undeclared_share", Some(amount.share), Some(0.0), "")
        .fact("undeclared_kg", amount.best_kg, Some(0.0), "kg")
        .fact("best_guess_share", named.map(|g| g.share), None, "")
        .done()
}

fn looks_like(named: Option<&Guess>) -> Bilingual {
    match named.and_then(|g| g.heading.as_deref()) {
        Some(heading) => {
            let name = heading_name(heading);
            Bilingual::new(format!("似 {}", name.zh), format!("looks like {}", name.en))
        }
        None => Bilingual::new("不似图像库中的任何货物", "looks like no goods of the library"),
    }
}

fn wording(case: &Case<'_>, explanation: &Explanation, named: Option<&Guess>) -> Bilingual {
    let amount = explanation.undeclared;
    let like = looks_like(named);
    let how_much = match amount.kg {
        Some(kg) => mass(kg),
        None => {
            let share = percent(amount.share);
            Bilingual::new(format!("约 {} 的货物", share.zh), format!("about {} of the cargo", share.en))
        }
    };
    if amount.share >= WHOLE {
        let [only] = case.lines else {
            return Bilingual::new(
                format!("核对品名发现异常：整箱货物（{}）无法用申报解释，{}", how_much.zh, like.zh),
                format!("The whole load ({}) is not explained by the declaration: {}", how_much.en, like.en),
            );
        };
        return Bilingual::new(
            format!("核对品名发现异常：整箱货物（{}）不似申报的 {}，{}", how_much.zh, only.name.zh, like.zh),
            format!("The whole load ({}) does not look like the declared {}: {}", how_much.en, only.name.en, like.en),
        );
    }
    let region = explanation.undeclared_region;
    let place = at(region, case.box_region(region));
    Bilingual::new(
        format!("核对品名发现异常：{} 无法用申报解释，{}{}", how_much.zh, like.zh, place.zh),
        format!("{} not explained by the declaration: {}{}", how_much.en, like.en, place.en),
    )
}

/// Lines of which the declaration states the mass in this box and of which less was found, tested as total mass is.
fn missing(case: &Case<'_>, explanation: &Explanation) -> Vec<CheckResult> {
    let mut results = Vec::new();
    let p = &case.profile.mass;
    let usual = usual_ratio(case);
    let correction = libm::exp(-usual.mean);
    for (line, explained) in case.lines.iter().zip(&explanation.lines) {
        let (Some(kg), Some(found)) = (line.kg, explained.found.kg) else { continue };
        let Some(best) = explained.found.best_kg else { continue };
        let (best, found) = (best * correction, found.scaled(correction));
        let (true, Some(hi)) = (kg.hi == Some(kg.lo) && kg.lo > 0.0, found.hi) else { continue };
        let width = (hi - found.lo) / (2.0 * 1.645) / kg.lo;
        let sigma = usual.sd.hypot(width).hypot(p.sigma_absolute_kg / kg.lo);
        let x = best / kg.lo - 1.0;
        if x >= 0.0 {
            continue;
        }
        let llr = log_normal_density(x, 0.0, p.alternative_sd.max(3.0 * sigma)) - log_normal_density(x, 0.0, sigma);
        if llr <= 0.0 {
            continue;
        }
        let gap = Interval::new((kg.lo - hi).max(0.0), kg.lo - found.lo);
        let text = Bilingual::new(
            format!("数量不符：申报的 {} 缺少 {}（申报 {}）", line.name.zh, mass(gap).zh, one(kg.lo)),
            format!("{} of the declared {} not found ({} declared)", mass(gap).en, line.name.en, one(kg.lo)),
        );
        let is_phantom = line.lookup.is_phantom_only;
        let basis = if is_phantom { Basis::PhantomLibrary } else { Basis::Library };
        let draft = Draft::made(FindingKind::MissingGoods, NAME, basis, llr, text)
            .mass(Some(gap))
            .line(line.item.line)
            .fact("found_kg", Some(best), Some(kg.lo), "kg");
        results.push(draft.done());
    }
    results
}
