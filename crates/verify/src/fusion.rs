//! Adding up: `ln odds = prior + Σ_k c_k`.
//!
//! A wrong box is wrong in one of several ways; check `k` sees a share `s_k` of them. Its likelihood ratio for "wrong" as
//! such is the mixture `1 − s_k + s_k e^{LLR_k}`, so its contribution is `c_k = w_k · min(ln(1 − s_k + s_k e^{LLR_k}), cap_k)`:
//! a passed check takes away no more than the ways it would have seen (`ln(1 − s_k)`), a clear one counts in full. Of
//! several findings of one kind only the strongest counts.

use std::collections::BTreeMap;

use pellucid_core::{FindingKind, FindingValidity, Interval};

use crate::checks::{Basis, CheckResult};
use crate::distribution::{log_add, logistic};
use crate::profile::{CheckWeight, FusionProfile};

/// 90 % of a normal distribution lie within this many standard deviations.
const Z90: f64 = 1.644_853_626_951_472_2;

/// The sum and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fused {
    pub(crate) log_odds: f64,
    pub(crate) probability: f64,
    pub(crate) interval: Interval,
    pub(crate) risk_score: f64,
}

/// `c` of one check.
pub(crate) fn contribution(llr: f64, check: CheckWeight) -> f64 {
    let mixed = log_add(libm::log1p(-check.share), libm::log(check.share.max(1e-12)) + llr);
    check.weight * mixed.min(check.cap)
}

/// Score 0–100 of log-odds: `100 / (1 + e^{−(ln odds − midpoint)/slope})`, rising everywhere.
pub(crate) fn score(log_odds: f64, profile: &FusionProfile) -> f64 {
    100.0 * logistic((log_odds - profile.score_midpoint) / profile.score_slope)
}

/// Writes each result's contribution and puts the results in order: largest contribution first.
pub(crate) fn weigh(results: &mut [CheckResult], profile: &FusionProfile) {
    let mut strongest: BTreeMap<FindingKind, usize> = BTreeMap::new();
    for (i, result) in results.iter().enumerate() {
        if result.finding.validity != FindingValidity::Applicable {
            continue;
        }
        let llr = |i: usize| results[i].finding.log_likelihood_ratio;
        strongest
            .entry(result.finding.kind)
            .and_modify(|best| {
                if llr(i) > llr(*best) {
                    *best = i
                }
            })
            .or_insert(i);
    }
    for (kind, i) in strongest {
        if let Some(check) = profile.checks.get(&kind) {
            results[i].contribution = contribution(results[i].finding.log_likelihood_ratio, *check);
        }
    }
    results.sort_by(|a, b| {
        let rank = |r: &CheckResult| (r.finding.kind, r.finding.line, r.finding.text.en.clone());
        b.contribution.total_cmp(&a.contribution).then_with(|| rank(a).cmp(&rank(b)))
    });
}

/// Adds weighed results to the prior, in their order, leaving out what `counts` refuses.
pub(crate) fn fuse(
    prior: f64,
    results: &[CheckResult],
    profile: &FusionProfile,
    counts: impl Fn(&CheckResult) -> bool,
) -> Fused {
    let mut log_odds = prior;
    let mut variance = profile.interval_base_sd * profile.interval_base_sd;
    for result in results.iter().filter(|r| counts(r)) {
        log_odds += result.contribution;
        let sd = profile.interval_relative_sd * result.contribution;
        variance += sd * sd;
    }
    let half = Z90 * variance.sqrt();
    Fused {
        log_odds,
        probability: logistic(log_odds),
        interval: Interval::new(logistic(log_odds - half), logistic(log_odds + half)),
        risk_score: score(log_odds, profile),
    }
}

/// Whether a result is a claim that only phantoms stand behind.
pub(crate) fn is_phantom_claim(result: &CheckResult) -> bool {
    result.basis == Basis::PhantomLibrary && result.contribution > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_passed_check_takes_away_only_what_it_would_have_seen() {
        let check = CheckWeight { share: 0.25, weight: 1.0, cap: 10.0 };
        assert!((contribution(-50.0, check) - 0.75_f64.ln()).abs() < 1e-9);
        assert!((contribution(0.0, check)).abs() < 1e-12);
        assert!((contribution(8.0, check) - (8.0 + 0.25_f64.ln())).abs() < 0.01);
        assert_eq!(contribution(500.0, check), 10.0);
        assert_eq!(contribution(500.0, CheckWeight { share: 0.0, ..check }), 10.0);
    }

    proptest! {
        #[test]
        fn contributions_never_fall_with_evidence(
            llr in -30.0_f64..30.0, more in 0.0_f64..10.0, share in 0.0_f64..0.99, weight in 0.0_f64..1.0,
        ) {
            let check = CheckWeight { share, weight, cap: 12.0 };
            prop_assert!(contribution(llr + more, check) >= contribution(llr, check) - 1e-12);
        }
    }
}
