//! How much the segments together speak for undeclared goods.
//!
//! With tempered log-likelihood ratios of segment `i` over the declared lines, `K_i` for the other headings and `U_i` for
//! unknown things, and an undeclared share `φ` of unknown size (arcsine law `F`, which favours none and all):
//!
//! ```text
//! I(Δ) = ∫ Π_i ((1 − φ) + φ e^{Δ_i}) dF(φ)
//! LLR  = ln((1 − ω) I(K) + ω I(U)) − ln((1 − ν) + ν I(U))
//! ```
//!
//! A load that looks like nothing known may be other goods (`ω` of wrong loads are) or the declared goods in a form the
//! library has not seen (`ν` of honest ones are): that whole question is worth `ln(ω/ν)` and no more, however many segments
//! ask it, since they share their shipment.

use crate::distribution::{log_add, log_sum, logistic};
use crate::profile::TransportProfile;

/// Points of the grid over the undeclared share.
const GRID: usize = 64;

/// Log-likelihood ratio of "some share is undeclared" over "none is", and the expected undeclared share given the data, the
/// prior probability of an honest load included. `ratios` holds `[K_i, U_i]`.
pub(crate) fn undeclared_evidence(ratios: &[[f64; 2]], parameters: &TransportProfile) -> (f64, f64) {
    let known = integral(ratios.iter().map(|r| r[0]));
    let unknown = integral(ratios.iter().map(|r| r[1]));
    let (omega, nu) = (parameters.unknown_share, parameters.novel_share);
    let a = known.log + libm::log(1.0 - omega);
    let b = unknown.log + libm::log(omega);
    let wrong = log_add(a, b);
    let ratio = wrong - log_add(libm::log(1.0 - nu), libm::log(nu) + unknown.log);
    let mean = libm::exp(a - wrong) * known.mean + libm::exp(b - wrong) * unknown.mean;
    let honest = parameters.honest_share;
    let probability = logistic(ratio + libm::log((1.0 - honest) / honest));
    (ratio, (probability * mean).clamp(1e-9, 1.0 - 1e-6))
}

struct Integral {
    log: f64,
    mean: f64,
}

fn integral(ratios: impl Iterator<Item = f64> + Clone) -> Integral {
    let mut logs = Vec::with_capacity(GRID);
    let mut shares = Vec::with_capacity(GRID);
    for k in 0..GRID {
        // Equal steps of the angle are equal probabilities of the arcsine law.
        let sine = libm::sin(std::f64::consts::FRAC_PI_2 * (k as f64 + 0.5) / GRID as f64);
        let phi = sine * sine;
        let (keep, take) = (libm::log1p(-phi), libm::log(phi));
        logs.push(ratios.clone().map(|r| log_add(keep, take + r)).sum::<f64>());
        shares.push(phi);
    }
    let all = log_sum(&logs);
    let mean = logs.iter().zip(&shares).map(|(l, phi)| libm::exp(l - all) * phi).sum();
    Integral { log: all - libm::log(GRID as f64), mean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::RiskProfile;
    use proptest::prelude::*;

    fn parameters() -> TransportProfile {
        RiskProfile::parse(include_str!("../tests/verify/profile.toml")).unwrap().transport
    }

    fn check(known: f64, unknown: f64, segments: usize) -> (f64, f64) {
        undeclared_evidence(&vec![[known, unknown]; segments], &parameters())
    }

    #[test]
    fn honest_other_and_unknown_loads() {
        let (honest, share) = check(-8.0, -6.0, 20);
        assert!((-2.5..-1.5).contains(&honest) && share < 0.01, "{honest} {share}");
        let (other, share) = check(6.0, 1.0, 20);
        assert!(other > 50.0 && share > 0.9, "{other} {share}");
        // However many segments look like nothing known, they are one question.
        let p = parameters();
        let limit = (p.unknown_share / p.novel_share).ln();
        let (unknown, _) = check(-8.0, 1.5, 60);
        assert!(unknown <= limit + 1e-9 && unknown > limit - 0.1, "{unknown} {limit}");
    }

    #[test]
    fn one_other_segment_among_many_is_enough() {
        let mut ratios = vec![[-8.0, -6.0]; 30];
        ratios[7] = [10.0, 1.0];
        let (llr, share) = undeclared_evidence(&ratios, &parameters());
        assert!(llr > 3.0 && (0.005..0.2).contains(&share), "{llr} {share}");
    }

    proptest! {
        #[test]
        fn never_falls_when_a_segment_looks_more_like_other_goods(
            known in prop::collection::vec(-12.0_f64..12.0, 1..30), more in 0.0_f64..10.0, at in 0_usize..30,
        ) {
            let ratios: Vec<[f64; 2]> = known.iter().map(|k| [*k, -3.0]).collect();
            let mut raised = ratios.clone();
            let at = at % raised.len();
            raised[at][0] += more;
            let llr = |r: &[[f64; 2]]| undeclared_evidence(r, &parameters()).0;
            prop_assert!(llr(&raised) >= llr(&ratios) - 1e-9);
        }
    }
}
