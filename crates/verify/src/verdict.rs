use std::collections::BTreeMap;

use pellucid_core::{
    Bilingual, Calibration, Coverage, Declaration, DeclaredVersusObserved, FindingKind, FindingValidity, Grade,
    Interval, MassBalance, Observation, Reason, Region, ScanQuality,
};

use crate::VerifyError;
use crate::checks::{self, Basis, Case, CheckResult};
use crate::context::Context;
use crate::explanation::{ExplainedSegment, Explanation, explain};
use crate::fusion::{fuse, is_phantom_claim, weigh};
use crate::library::Library;
use crate::line::{DeclaredTotal, Line, declared_totals, lines};
use crate::node::{CoverageState, Spread};
use crate::profile::RiskProfile;
use crate::subject::{Subject, select};

/// Evidence and risk of one scan against one declaration. No policy and no trader in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Log-odds before any evidence.
    pub prior_log_odds: f64,
    /// Prior and all contributions.
    pub log_odds: f64,
    /// Probability that an examination would find the declaration wrong, in [0, 1].
    pub probability: f64,
    /// Its 90 % interval.
    pub interval: Interval,
    /// 0–100.
    pub risk_score: f64,
    /// The score without claims that only phantoms stand behind: what may accuse where they may not.
    pub risk_score_without_phantoms: f64,
    /// What the probability was fitted on.
    pub calibration: Calibration,
    /// How much could be checked.
    pub coverage: Coverage,
    /// Share of penetration-limited pixels up to which these goods are usually opaque, in [0, 1].
    pub usual_opaque_share: f64,
    /// Why this is less than a full evaluation; empty when it is not.
    pub degraded: Vec<Bilingual>,
    /// Whether too little could be checked to call the risk low.
    pub is_unknown: bool,
    /// Every check, largest contribution first; passed ones too.
    pub checks: Vec<CheckResult>,
    /// Line by line.
    pub lines: Vec<DeclaredVersusObserved>,
    /// Kilograms.
    pub mass: MassBalance,
    /// Segments as the transport left them, for maps; empty when goods were not checked.
    pub segments: Vec<ExplainedSegment>,
    /// Indices of the boxes that were compared.
    pub boxes: Vec<usize>,
    /// Grade of the scan.
    pub grade: Grade,
    /// Quality of the scan.
    pub quality: ScanQuality,
    /// All containers seen, left to right.
    pub containers: Vec<Region>,
    /// Version of the library.
    pub library_version: String,
    /// Version of the risk profile.
    pub profile_version: String,
}

impl Verdict {
    /// The addends of the score: every contribution that is not zero, largest first. With the prior, in this order, they add
    /// up to the log-odds exactly.
    pub fn reasons(&self) -> Vec<Reason> {
        let counted = self.checks.iter().filter(|c| c.contribution != 0.0);
        counted
            .map(|c| Reason {
                code: c.finding.kind,
                text_zh: c.finding.text.zh.clone(),
                text_en: c.finding.text.en.clone(),
                contribution: c.contribution,
                region: c.finding.region,
            })
            .collect()
    }

    /// The strongest claim, if any check makes one.
    pub fn main_claim(&self) -> Option<&CheckResult> {
        self.checks.iter().find(|c| c.is_claim() && c.contribution > 0.0)
    }

    /// One sentence: the strongest claim, else why it is unknown, else that nothing was found.
    pub fn headline(&self) -> Bilingual {
        if let Some(claim) = self.main_claim() {
            return claim.finding.text.clone();
        }
        let Some(first) = self.degraded.first() else {
            return Bilingual::new("未见异常：与申报相符", "No anomaly: the scan agrees with the declaration");
        };
        Bilingual::new(format!("未见异常，但{}", first.zh), format!("No anomaly, but: {}", first.en))
    }
}

/// Compares a scan with a declaration.
///
/// # Errors
/// A declaration out of range, an observation of another embedding model than the library's, damaged embeddings.
pub fn verify(
    declaration: &Declaration,
    observation: &Observation,
    library: &Library,
    context: &Context,
    profile: &RiskProfile,
) -> Result<Verdict, VerifyError> {
    declaration.validate().map_err(VerifyError::Declaration)?;
    for container in observation.containers.iter().filter(|c| !c.segments.is_empty()) {
        if container.embedding_sha256 != library.header().embedding_sha256 {
            return Err(VerifyError::EmbeddingMismatch {
                library: library.header().embedding_sha256.clone(),
                observation: container.embedding_sha256.clone(),
            });
        }
    }
    let selection = select(declaration, observation, context, profile.reading.container_confidence);
    let mut best: Option<Verdict> = None;
    for subject in &selection.candidates {
        let verdict =
            verify_subject(declaration, observation, library, context, profile, subject, &selection.doubts)?;
        // Where it cannot be told which box is meant, the one that fits best is in favour of the declarant.
        if best.as_ref().is_none_or(|b| verdict.log_odds < b.log_odds) {
            best = Some(verdict);
        }
    }
    best.ok_or_else(|| VerifyError::Observation { fault: "containers: nothing to compare".to_owned() })
}

fn verify_subject(
    declaration: &Declaration,
    observation: &Observation,
    library: &Library,
    context: &Context,
    profile: &RiskProfile,
    subject: &Subject<'_>,
    doubts: &[Bilingual],
) -> Result<Verdict, VerifyError> {
    let grade = observation.grade;
    let totals = declared_totals(declaration, subject, &profile.mass);
    let lines = lines(declaration, subject, library, grade, totals.first());
    let explanation = explain(subject, &lines, library, grade, profile)?;
    let case = Case {
        declaration,
        observation,
        context,
        library,
        profile,
        subject,
        lines: &lines,
        totals: &totals,
        explanation: explanation.as_ref(),
    };
    let mut results = checks::run(&case);
    weigh(&mut results, &profile.fusion);
    let base = profile.prior.base_rate;
    let prior = context.prior_log_odds.filter(|p| p.is_finite()).unwrap_or_else(|| libm::log(base / (1.0 - base)));
    let fused = fuse(prior, &results, &profile.fusion, |_| true);
    let accusable = fuse(prior, &results, &profile.fusion, |r| !is_phantom_claim(r));

    let coverage = coverage(&case);
    let usual_opaque_share = usual_opacity(&case);
    let mut degraded = doubts.to_vec();
    let is_unknown = reasons_for_doubt(&case, &coverage, &results, &mut degraded);
    let mass = mass_balance(&case, &results);
    let lines = declared_lines(&lines, explanation.as_ref(), grade);
    Ok(Verdict {
        prior_log_odds: prior,
        log_odds: fused.log_odds,
        probability: fused.probability,
        interval: fused.interval,
        risk_score: fused.risk_score,
        risk_score_without_phantoms: accusable.risk_score,
        calibration: profile.calibration,
        coverage,
        usual_opaque_share,
        is_unknown,
        degraded,
        checks: results,
        lines,
        mass,
        segments: explanation.map(|e| e.segments).unwrap_or_default(),
        boxes: subject.boxes.iter().map(|(i, _)| *i).collect(),
        grade,
        quality: observation.quality.clone(),
        containers: observation.containers.iter().map(|c| c.region).collect(),
        library_version: library.header().version.clone(),
        profile_version: profile.version.clone(),
    })
}

fn coverage(case: &Case<'_>) -> Coverage {
    let states: BTreeMap<u32, String> =
        case.lines.iter().map(|l| (l.item.line, l.lookup.state.as_str().to_owned())).collect();
    let is_known = |state| !matches!(state, CoverageState::NotCovered | CoverageState::Borrowed);
    // A box declared empty names no goods, so none are uncovered.
    let goods = match case.lines.is_empty() {
        true => 1.0,
        false => case.lines.iter().filter(|l| is_known(l.lookup.state)).map(|l| l.share).sum::<f64>().min(1.0),
    };
    Coverage { goods, pixels: 1.0 - observed_opacity(case), lines: states }
}

fn observed_opacity(case: &Case<'_>) -> f64 {
    let is_readable = !case.subject.boxes.is_empty() && case.observation.quality.is_usable;
    if is_readable { case.opacity() } else { 1.0 }
}

fn usual_opacity(case: &Case<'_>) -> f64 {
    let reading = &case.profile.reading;
    let limit = |s: Spread| s.mean + reading.opacity_sds * s.sd + reading.opacity_margin;
    case.expected(|node| node.opacity).map_or(0.0, limit).clamp(0.0, 1.0)
}

/// Collects why the risk cannot be called low; returns whether there is such a reason.
fn reasons_for_doubt(
    case: &Case<'_>,
    coverage: &Coverage,
    results: &[CheckResult],
    degraded: &mut Vec<Bilingual>,
) -> bool {
    for result in results {
        let finding = &result.finding;
        let is_reason = match finding.kind {
            FindingKind::ScanQuality => finding.validity == FindingValidity::Unreadable,
            FindingKind::UndeclaredGoods => finding.validity != FindingValidity::Applicable,
            FindingKind::ConcealedObject => finding.validity == FindingValidity::NotApplicable,
            _ => false,
        };
        if is_reason {
            degraded.push(finding.text.clone());
        }
    }
    let borrowed: Vec<&Line<'_>> = case.lines.iter().filter(|l| l.lookup.state == CoverageState::Borrowed).collect();
    for line in borrowed {
        degraded.push(Bilingual::new(
            format!("图像库没有 {}，仅按同章其他品目核对", line.name.zh),
            format!("The library lacks {}: compared with other headings of its chapter only", line.name.en),
        ));
    }
    let opaque = 1.0 - coverage.pixels;
    if !case.subject.boxes.is_empty() && opaque > 0.999 {
        degraded.push(Bilingual::new("整箱无法穿透", "Nothing of the box can be seen through"));
    }
    !degraded.is_empty()
}

fn mass_balance(case: &Case<'_>, results: &[CheckResult]) -> MassBalance {
    let seen = checks::observed_mass(case);
    let total: Option<&DeclaredTotal> = case.totals.first();
    let missing = results
        .iter()
        .filter(|r| r.finding.kind == FindingKind::MissingGoods && r.finding.validity == FindingValidity::Applicable)
        .filter_map(|r| r.finding.mass_kg)
        .reduce(Interval::plus);
    MassBalance {
        declared_kg: total.map(|t| t.kg),
        declared_from: total.map(|t| t.from.to_owned()),
        observed_kg: seen.map(|(best, _)| best),
        observed_interval_kg: seen.map(|(_, kg)| kg),
        undeclared_kg: case.explanation.and_then(|e| e.undeclared.kg),
        missing_kg: missing,
    }
}

fn declared_lines(
    lines: &[Line<'_>],
    explanation: Option<&Explanation>,
    grade: Grade,
) -> Vec<DeclaredVersusObserved> {
    let row = |(i, line): (usize, &Line<'_>)| {
        let explained = explanation.map(|e| &e.lines[i]);
        DeclaredVersusObserved {
            line: line.item.line,
            hs: line.item.hs.as_ref().map(|hs| hs.as_str().to_owned()),
            name: line.item.name.clone(),
            declared_kg: line.kg.filter(|kg| kg.hi == Some(kg.lo)).map(|kg| kg.lo),
            found_kg: explained.and_then(|e| e.found.kg).filter(|_| grade.has_mass()),
            found_share: explained.map_or(0.0, |e| e.found.share),
            likeness: explained.and_then(|e| e.likeness),
            coverage: line.lookup.state.as_str().to_owned(),
            regions: explained.map(|e| e.regions.clone()).unwrap_or_default(),
        }
    };
    lines.iter().enumerate().map(row).collect()
}

impl CheckResult {
    /// Whether it is a claim that something is wrong.
    pub fn is_claim(&self) -> bool {
        self.finding.validity == FindingValidity::Applicable && self.finding.log_likelihood_ratio > 0.0
    }

    /// Whether only phantoms stand behind it.
    pub fn is_phantom_only(&self) -> bool {
        self.basis == Basis::PhantomLibrary
    }
}
