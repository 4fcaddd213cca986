//! Fitting a risk profile on validation cases with known truth. Never on test cases.

use pellucid_core::{Declaration, FindingKind, FindingValidity, Observation, TamperingKind};

use crate::VerifyError;
use crate::context::Context;
use crate::distribution::logit;
use crate::library::Library;
use crate::node::Spread;
use crate::profile::RiskProfile;
use crate::verdict::{Verdict, verify};

/// One validation case.
#[derive(Debug, Clone)]
pub struct FitCase {
    /// Declaration.
    pub declaration: Declaration,
    /// What was observed.
    pub observation: Observation,
    /// Context.
    pub context: Context,
    /// How it was tampered with; `None` when honest.
    pub tampering: Option<TamperingKind>,
}

/// What was fitted, on how many cases.
#[derive(Debug, Clone, PartialEq)]
pub struct FitReport {
    /// The profile with fitted parameters; version and `fitted_on` are the caller's to set.
    pub profile: RiskProfile,
    /// Honest cases.
    pub honest: usize,
    /// Mean logistic loss per temperature tried (natural logarithm, equal priors).
    pub temperature_losses: Vec<(f64, f64)>,
    /// Mean negative log-likelihood of honest mass ratios per σ tried.
    pub sigma_losses: Vec<(f64, f64)>,
    /// Score of every case with the fitted profile, in the order of the cases: what thresholds are chosen on.
    pub scores: Vec<(Option<TamperingKind>, f64)>,
    /// One sentence per parameter that was left alone for want of cases.
    pub left_alone: Vec<String>,
}

const TEMPERATURES: [f64; 10] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0];
const SIGMAS: [f64; 10] = [0.02, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.17, 0.22];
/// Fewer cases than this of a kind fit nothing.
const NEEDED: usize = 8;
/// Evidence beyond this is believed no more while fitting, so that one case cannot decide.
const BELIEVED: f64 = 12.0;
const LEAST_SD: f64 = 0.2;
/// Losses that differ by less than this (nats per case) are the same.
const TEMPERATURE_SLACK: f64 = 0.01;
const SIGMA_SLACK: f64 = 0.05;

/// Fits the temperature, the relative σ of mass, and the two largest-value distributions.
///
/// - temperature: least mean logistic loss of the goods' log-likelihood ratio over honest and substituted cases;
/// - `mass.sigma_relative`: largest likelihood of honest `ln(observed / declared)`;
/// - `concealment`, `oddness`: mean and standard deviation of the largest values, honest and concealed.
///
/// # Errors
/// Fewer than eight honest cases, or a case that cannot be verified.
pub fn fit(cases: &[FitCase], library: &Library, start: &RiskProfile) -> Result<FitReport, VerifyError> {
    let honest = cases.iter().filter(|c| c.tampering.is_none()).count();
    if honest < NEEDED {
        return Err(VerifyError::Fit { fault: format!("at least {NEEDED} honest cases are needed, got {honest}") });
    }
    let mut profile = start.clone();
    let mut left_alone = Vec::new();
    let run = |profile: &RiskProfile| -> Result<Vec<Verdict>, VerifyError> {
        cases.iter().map(|c| verify(&c.declaration, &c.observation, library, &c.context, profile)).collect()
    };

    let mut sigma_losses = Vec::new();
    for sigma in SIGMAS {
        let mut tried = profile.clone();
        tried.mass.sigma_relative = sigma;
        if let Some(loss) = mass_loss(cases, &run(&tried)?) {
            sigma_losses.push((sigma, loss));
        }
    }
    // Cautious on a flat curve: the widest σ, and the least tempering, that the cases cannot tell from the best.
    match nearly_least(&sigma_losses, SIGMA_SLACK).last() {
        Some(sigma) => profile.mass.sigma_relative = *sigma,
        None => left_alone.push(format!("mass.sigma_relative: fewer than {NEEDED} honest cases with a mass")),
    }

    let substituted = cases.iter().filter(|c| is_substituted(c.tampering)).count();
    let mut temperature_losses = Vec::new();
    if substituted < NEEDED {
        left_alone.push(format!("transport.temperature: {substituted} substituted cases, {NEEDED} are needed"));
    } else {
        for temperature in TEMPERATURES {
            let mut tried = profile.clone();
            tried.transport.temperature = temperature;
            temperature_losses.push((temperature, goods_loss(cases, &run(&tried)?)));
        }
        if let Some(temperature) = nearly_least(&temperature_losses, TEMPERATURE_SLACK).first() {
            profile.transport.temperature = *temperature;
        }
    }

    let verdicts = run(&profile)?;
    let concealment = |p: f64| logit(p, 1e-6);
    let extremes = [
        (&mut profile.concealment, FindingKind::ConcealedObject, &concealment as &dyn Fn(f64) -> f64, "concealment"),
        (&mut profile.oddness, FindingKind::OddPatch, &|z: f64| libm::log1p(z), "oddness"),
    ];
    for (extreme, kind, transform, name) in extremes {
        let values = |is_wanted: &dyn Fn(Option<TamperingKind>) -> bool| -> Vec<f64> {
            let pairs = cases.iter().zip(&verdicts).filter(|(c, _)| is_wanted(c.tampering));
            pairs.filter_map(|(_, v)| fact(v, kind, 0)).map(transform).collect()
        };
        for (target, values, what) in [
            (&mut extreme.honest, values(&|t| t.is_none()), "honest"),
            (&mut extreme.wrong, values(&is_concealed), "wrong"),
        ] {
            if values.len() < NEEDED {
                left_alone.push(format!("{name}.{what}: {} cases, {NEEDED} are needed", values.len()));
                continue;
            }
            let spread = Spread::of(&values);
            *target = [spread.mean, spread.sd.max(LEAST_SD)];
        }
    }
    let scores = cases.iter().zip(&run(&profile)?).map(|(c, v)| (c.tampering, v.risk_score)).collect();
    Ok(FitReport { profile, honest, temperature_losses, sigma_losses, scores, left_alone })
}

fn is_substituted(tampering: Option<TamperingKind>) -> bool {
    matches!(tampering, Some(TamperingKind::Substitution | TamperingKind::ConcealedGoods))
}

fn is_concealed(tampering: Option<TamperingKind>) -> bool {
    use TamperingKind::{ConcealedDense, ConcealedGoods, ConcealedMetal, ConcealedOrganic};
    matches!(tampering, Some(ConcealedOrganic | ConcealedMetal | ConcealedDense | ConcealedGoods))
}

/// Values whose loss is within `slack` of the smallest, in the order tried.
fn nearly_least(losses: &[(f64, f64)], slack: f64) -> Vec<f64> {
    let least = losses.iter().map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min);
    losses.iter().filter(|(_, loss)| *loss <= least + slack).map(|(value, _)| *value).collect()
}

/// The observed value of a finding's n-th fact.
fn fact(verdict: &Verdict, kind: FindingKind, n: usize) -> Option<f64> {
    let applicable =
        |c: &&crate::CheckResult| c.finding.kind == kind && c.finding.validity == FindingValidity::Applicable;
    verdict.checks.iter().find(applicable)?.finding.evidence.get(n)?.observed
}

fn mass_loss(cases: &[FitCase], verdicts: &[Verdict]) -> Option<f64> {
    let mut losses = Vec::new();
    for (_, verdict) in cases.iter().zip(verdicts).filter(|(c, _)| c.tampering.is_none()) {
        let named = |name: &str| {
            let facts = verdict.checks.iter().filter(|c| c.finding.kind == FindingKind::MassMismatch);
            facts.flat_map(|c| &c.finding.evidence).find(|e| e.name == name).and_then(|e| e.observed)
        };
        if let (Some(x), Some(sigma)) = (named("log_ratio"), named("sigma")) {
            // Clipped, so that one box with a wrong declaration does not widen σ for all.
            let z = (x / sigma).clamp(-4.0, 4.0);
            losses.push(0.5 * z * z + libm::log(sigma));
        }
    }
    (losses.len() >= NEEDED).then(|| losses.iter().sum::<f64>() / losses.len() as f64)
}

fn goods_loss(cases: &[FitCase], verdicts: &[Verdict]) -> f64 {
    let (mut honest, mut wrong) = (Vec::new(), Vec::new());
    for (case, verdict) in cases.iter().zip(verdicts) {
        let Some(check) = verdict.checks.iter().find(|c| {
            c.finding.kind == FindingKind::UndeclaredGoods && c.finding.validity == FindingValidity::Applicable
        }) else {
            continue;
        };
        let llr = check.finding.log_likelihood_ratio.clamp(-BELIEVED, BELIEVED);
        match case.tampering {
            None => honest.push(libm::log1p(libm::exp(llr))),
            t if is_substituted(t) => wrong.push(libm::log1p(libm::exp(-llr))),
            Some(_) => {}
        }
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
    (mean(&honest) + mean(&wrong)) / 2.0
}
