//! One file per check; each gives findings with a log-likelihood ratio and says when it could not be made.

mod concealed_object;
mod container_number;
mod declared_document;
mod empty;
mod material;
mod odd_patch;
mod scan_quality;
mod structure;
mod total_mass;
mod undeclared;
mod volume;

use pellucid_core::{
    Bilingual, Declaration, Evidence, Finding, FindingKind, FindingValidity, Grade, Interval, Observation,
    Provenance, Region,
};

use crate::context::Context;
use crate::explanation::Explanation;
use crate::library::{Library, Lookup};
use crate::line::{DeclaredTotal, Line};
use crate::node::{Node, Spread};
use crate::profile::RiskProfile;
use crate::shipment::opaque_share;
use crate::subject::Subject;

/// Share of the declared mass below which a box that looks empty is not compared any further.
const NEARLY_EMPTY: f64 = 0.05;

/// What a finding rests on: policy decides which may accuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// Measured physics.
    Measured,
    /// A model's opinion about this scan.
    Model,
    /// Library nodes confirmed by real scans.
    Library,
    /// Library nodes known from phantoms only.
    PhantomLibrary,
    /// The declaration itself.
    Document,
}

/// A finding with what it adds to the log-odds.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckResult {
    /// The finding; passed checks are findings with a negative log-likelihood ratio.
    pub finding: Finding,
    /// Its part of the log-odds.
    pub contribution: f64,
    /// What it rests on.
    pub basis: Basis,
}

/// Everything a check may look at.
pub(crate) struct Case<'a> {
    pub(crate) declaration: &'a Declaration,
    pub(crate) observation: &'a Observation,
    pub(crate) context: &'a Context,
    pub(crate) library: &'a Library,
    pub(crate) profile: &'a RiskProfile,
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) lines: &'a [Line<'a>],
    pub(crate) totals: &'a [DeclaredTotal],
    pub(crate) explanation: Option<&'a Explanation>,
}

impl Case<'_> {
    pub(crate) fn grade(&self) -> Grade {
        self.observation.grade
    }

    /// Nodes behind the declared lines with each line's share; borrowed lines bring their siblings.
    pub(crate) fn nodes(&self) -> Vec<(&Node, f64)> {
        let Some(model) = self.library.grade(self.grade()) else { return Vec::new() };
        let of = |lookup: &Lookup, share: f64| {
            let n = lookup.nodes.len() as f64;
            lookup.nodes.iter().map(|i| (&model.nodes[*i], share / n)).collect::<Vec<_>>()
        };
        self.lines.iter().flat_map(|line| of(&line.lookup, line.share)).collect()
    }

    /// A figure of the library for this load: mean and standard deviation, averaged over lines by share. `None` unless
    /// lines of most of the load have it.
    pub(crate) fn expected(&self, figure: impl Fn(&Node) -> Spread) -> Option<Spread> {
        let (mut mean, mut sd, mut known, mut count) = (0.0, 0.0, 0.0, u32::MAX);
        for (node, share) in self.nodes() {
            let spread = figure(node);
            if spread.count > 0 {
                mean += share * spread.mean;
                sd += share * spread.sd;
                known += share;
                count = count.min(spread.count);
            }
        }
        (known > 0.5).then(|| Spread { mean: mean / known, sd: sd / known, count })
    }

    /// Mean share of the boxes' pixels that are penetration-limited, in [0, 1].
    pub(crate) fn opacity(&self) -> f64 {
        let n = self.subject.boxes.len().max(1) as f64;
        self.subject.boxes.iter().map(|(_, b)| opaque_share(b)).sum::<f64>() / n
    }

    /// Whether what is in the boxes is too little to be compared with the declared goods.
    pub(crate) fn is_nearly_empty(&self) -> bool {
        let looks_empty = self.subject.boxes.iter().all(|(_, b)| b.empty_probability > 0.5);
        let seen = total_mass::observed(self).map(|(best, _)| best);
        let declared = self.totals.first().map(|t| t.kg);
        looks_empty && seen.zip(declared).is_none_or(|(seen, declared)| seen < NEARLY_EMPTY * declared)
    }

    /// Whether only phantoms stand behind the declared goods.
    pub(crate) fn is_phantom_only(&self) -> bool {
        self.lines.iter().any(|line| line.lookup.is_phantom_only)
    }

    /// Region of the subject's only box, for naming places.
    pub(crate) fn box_region(&self, region: Option<Region>) -> Option<Region> {
        let region = region?;
        let inside = |r: &Region| r.view == region.view && r.px.intersection(region.px).is_some();
        self.subject.boxes.iter().map(|(_, b)| b.region).find(inside)
    }
}

/// Runs every check.
pub(crate) fn run(case: &Case<'_>) -> Vec<CheckResult> {
    let mut results = scan_quality::check(case);
    if case.subject.boxes.is_empty() {
        results.extend(container_number::check(case));
        results.extend(declared_document::check(case));
        return results;
    }
    results.extend(total_mass::check(case));
    results.extend(empty::check(case));
    results.extend(undeclared::check(case));
    results.extend(material::check(case));
    results.extend(concealed_object::check(case));
    results.extend(odd_patch::check(case));
    results.extend(structure::check(case));
    results.extend(volume::check(case));
    results.extend(container_number::check(case));
    results.extend(declared_document::check(case));
    results
}

/// A finding under construction.
pub(crate) struct Draft {
    result: CheckResult,
    source: &'static str,
}

impl Draft {
    /// A check that was made.
    pub(crate) fn made(kind: FindingKind, source: &'static str, basis: Basis, llr: f64, text: Bilingual) -> Self {
        Self::new(kind, source, basis, FindingValidity::Applicable, llr, text)
    }

    /// A check that could not be made, and why.
    pub(crate) fn not_made(
        kind: FindingKind,
        source: &'static str,
        basis: Basis,
        validity: FindingValidity,
        text: Bilingual,
    ) -> Self {
        Self::new(kind, source, basis, validity, 0.0, text)
    }

    fn new(
        kind: FindingKind,
        source: &'static str,
        basis: Basis,
        validity: FindingValidity,
        log_likelihood_ratio: f64,
        text: Bilingual,
    ) -> Self {
        let finding = Finding {
            kind,
            validity,
            log_likelihood_ratio,
            region: None,
            mass_kg: None,
            line: None,
            text,
            evidence: Vec::new(),
        };
        Self { result: CheckResult { finding, contribution: 0.0, basis }, source }
    }

    pub(crate) fn region(mut self, region: Option<Region>) -> Self {
        self.result.finding.region = region;
        self
    }

    pub(crate) fn mass(mut self, kg: Option<Interval>) -> Self {
        self.result.finding.mass_kg = kg;
        self
    }

    pub(crate) fn line(mut self, line: u32) -> Self {
        self.result.finding.line = Some(line);
        self
    }

    pub(crate) fn fact(mut self, name: &str, observed: Option<f64>, expected: Option<f64>, unit: &str) -> Self {
        self.result.finding.evidence.push(Evidence {
            name: name.to_owned(),
            observed,
            expected,
            unit: unit.to_owned(),
            provenance: Provenance {
                source: format!("verify.{}", self.source),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
        });
        self
    }

    pub(crate) fn done(self) -> CheckResult {
        self.result
    }
}

/// Observed cargo of all boxes: best value and interval, kg; `None` where mass cannot be measured.
pub(crate) fn observed_mass(case: &Case<'_>) -> Option<(f64, Interval)> {
    total_mass::observed(case)
}
