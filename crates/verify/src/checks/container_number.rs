//! Container number: its check digit, and what was read at the lane.

use pellucid_core::{Bilingual, ContainerNumber, FindingKind, FindingValidity};

use super::{Basis, Case, CheckResult, Draft};

const NAME: &str = "container_number";
const KIND: FindingKind = FindingKind::ContainerNumber;
const BAD_DIGIT: f64 = 1.0;
const OTHER_NUMBER: f64 = 4.0;
const NOT_DECLARED: f64 = 3.0;
const MATCH: f64 = -1.0;

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    let declared: Vec<&ContainerNumber> = match case.subject.declared.is_empty() {
        false => case.subject.declared.iter().map(|c| &c.id).collect(),
        true => case.declaration.containers.iter().map(|c| &c.id).collect(),
    };
    if declared.is_empty() {
        let text = Bilingual::new("申报没有箱号，未核对箱号", "No container number declared: not checked");
        return vec![Draft::not_made(KIND, NAME, Basis::Document, FindingValidity::NotApplicable, text).done()];
    }
    let mut results = Vec::new();
    for id in declared.iter().filter(|id| !id.is_check_digit_valid()) {
        let text = Bilingual::new(
            format!("申报箱号 {id} 的校验位错误"),
            format!("The check digit of the declared container number {id} is wrong"),
        );
        results.push(Draft::made(KIND, NAME, Basis::Document, BAD_DIGIT, text).done());
    }
    if let Some(meant) = &case.context.container
        && case.declaration.container(Some(meant)).is_none()
    {
        let text = Bilingual::new(
            format!("箱号不符：{meant} 不在申报的集装箱中"),
            format!("Container {meant} is not among those declared"),
        );
        results.push(Draft::made(KIND, NAME, Basis::Document, NOT_DECLARED, text).done());
    }
    results.extend(read(case, &declared));
    results
}

/// Compares with the lane's readers. A reading that is no well-formed number, or one character off, is the reader's fault.
fn read(case: &Case<'_>, declared: &[&ContainerNumber]) -> Option<CheckResult> {
    let reads: Vec<(ContainerNumber, f64)> = case
        .context
        .containers_read
        .iter()
        .filter_map(|r| Some((r.id.parse::<ContainerNumber>().ok()?, f64::from(r.confidence))))
        .filter(|(number, _)| number.is_check_digit_valid())
        .collect();
    let (best, confidence) = reads.iter().fold(None, |best: Option<&(ContainerNumber, f64)>, r| match best {
        Some(b) if b.1 >= r.1 => Some(b),
        _ => Some(r),
    })?;
    if let Some((id, _)) = reads.iter().find(|(number, _)| declared.contains(&number)) {
        let text = Bilingual::new(format!("箱号相符：{id}"), format!("Container number agrees: {id}"));
        return Some(Draft::made(KIND, NAME, Basis::Document, MATCH, text).done());
    }
    let nearest = declared.iter().map(|id| difference(id, best)).min()?;
    let first = declared.first()?;
    if nearest <= 1 {
        return None;
    }
    let text = Bilingual::new(
        format!("箱号不符：现场识别为 {best}，申报为 {first}"),
        format!("Container number differs: {best} was read, {first} is declared"),
    );
    let draft = Draft::made(KIND, NAME, Basis::Document, OTHER_NUMBER * confidence.clamp(0.0, 1.0), text).fact(
        "read_confidence",
        Some(*confidence),
        None,
        "",
    );
    Some(draft.done())
}

fn difference(a: &ContainerNumber, b: &ContainerNumber) -> usize {
    a.as_str().bytes().zip(b.as_str().bytes()).filter(|(x, y)| x != y).count()
}
