//! Whether the scan can be concluded from at all.

use pellucid_core::{Bilingual, FindingKind, FindingValidity};

use super::{Basis, Case, CheckResult, Draft};

const NAME: &str = "scan_quality";
const KIND: FindingKind = FindingKind::ScanQuality;

pub(crate) fn check(case: &Case<'_>) -> Vec<CheckResult> {
    let quality = &case.observation.quality;
    let mut results = Vec::new();
    if !quality.is_usable {
        let codes: Vec<&str> = quality.issues.iter().map(|issue| issue.code.as_str()).collect();
        let list = if codes.is_empty() { "unknown".to_owned() } else { codes.join(", ") };
        let text = Bilingual::new(
            format!("图像不合格，不能据此作结论（{list}）"),
            format!("The scan is too poor to conclude from ({list})"),
        );
        let mut draft = Draft::not_made(KIND, NAME, Basis::Measured, FindingValidity::Unreadable, text);
        for issue in &quality.issues {
            draft = draft.fact(&issue.code, Some(issue.value), Some(issue.limit), "");
        }
        results.push(draft.done());
    }
    if case.subject.boxes.is_empty() {
        let text = Bilingual::new("图像中未找到集装箱", "No container was found in the scan");
        results.push(Draft::not_made(KIND, NAME, Basis::Model, FindingValidity::Unreadable, text).done());
    }
    results
}
