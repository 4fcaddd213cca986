use pellucid_core::{
    Bilingual, Declaration, DeclarationStage, FindingKind, FindingValidity, Lane, LaneWhere, RiskLevel,
};

use crate::checks::CheckResult;
use crate::policy::{Policy, RandomLane, Tier};
use crate::verdict::Verdict;

/// What policy makes of a verdict. It moves thresholds, never evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Recommended handling.
    pub lane: Lane,
    /// Risk in words.
    pub risk_level: RiskLevel,
    /// Where an examination would take place.
    pub lane_where: LaneWhere,
    /// Whether the goods may be picked up on condition.
    pub conditional_pick_up: bool,
    /// Whether clearance should be followed up later.
    pub follow_up: bool,
    /// Probability with which this box would have been drawn at random, in [0, 1].
    pub selection_probability: f64,
    /// Whether it was drawn.
    pub is_random_selection: bool,
    /// What keeps it from being green whatever its score; empty when nothing does.
    pub obstacles: Vec<Bilingual>,
    /// What else a person should know about the decision.
    pub notes: Vec<Bilingual>,
    /// Version of the policy.
    pub policy_version: String,
}

/// Turns a verdict into a recommended lane. `seed` decides the random selection; the same seed draws the same.
///
/// Unknown, degraded, unreadable and not covered never become green.
pub fn decide(policy: &Policy, declaration: &Declaration, verdict: &Verdict, seed: u64) -> Decision {
    let mut notes = Vec::new();
    let credit = declaration.trader.as_ref().and_then(|t| t.credit.as_deref());
    let tier = policy.tier(credit);
    if let (Some((_, false)), Some(name)) = (tier, credit) {
        notes.push(Bilingual::new(
            format!("信用等级“{name}”不在政策中，按默认等级处理"),
            format!("Credit tier {name:?} is not in the policy: treated as the default tier"),
        ));
    }
    let tier = tier.map(|(tier, _)| tier);
    let claims: Vec<&CheckResult> = verdict.checks.iter().filter(|c| c.is_claim()).collect();
    let is_safety =
        claims.iter().any(|c| policy.safety.findings.contains(&c.finding.kind) && policy.is_notable(&c.finding));
    let margin = if is_safety { 0.0 } else { tier.map_or(0.0, |t| t.score_margin) };
    let (yellow, red) = (policy.lanes.yellow_score + margin, policy.lanes.red_score + margin);

    let may_accuse = policy.lanes.phantom_only_may_accuse;
    let red_score = if may_accuse { verdict.risk_score } else { verdict.risk_score_without_phantoms };
    let accuses = claims.iter().any(|c| may_accuse || !c.is_phantom_only());
    let is_notable = claims.iter().any(|c| policy.is_notable(&c.finding));
    let mut lane = if red_score >= red && accuses {
        Lane::Red
    } else if verdict.risk_score >= yellow || is_notable {
        Lane::Yellow
    } else {
        Lane::Green
    };
    let risk_lane = lane;
    let obstacles = obstacles(policy, verdict);
    if lane == Lane::Green && !obstacles.is_empty() {
        lane = Lane::Yellow;
    }
    let is_unknown = verdict.is_unknown || !obstacles.is_empty();
    let risk_level = match risk_lane {
        Lane::Red => RiskLevel::High,
        Lane::Yellow => RiskLevel::Elevated,
        Lane::Green if is_unknown => RiskLevel::Unknown,
        Lane::Green => RiskLevel::Low,
    };
    let factor = tier.map_or(1.0, |t| t.random_factor);
    let selection_probability = (policy.random.probability * factor).clamp(0.0, 1.0);
    let is_random_selection = uniform(seed) < selection_probability;
    if is_random_selection && lane == Lane::Green && policy.random.lane == RandomLane::Yellow {
        lane = Lane::Yellow;
    }
    let is_dangerous = is_safety || is_declared_dangerous(policy, declaration);
    Decision {
        lane,
        risk_level,
        lane_where: match tier {
            Some(tier) if !is_dangerous => tier.lane_where,
            _ => LaneWhere::Port,
        },
        conditional_pick_up: may_pick_up(lane, tier, declaration, is_dangerous),
        follow_up: lane == Lane::Green && declaration.stage != DeclarationStage::Full,
        selection_probability,
        is_random_selection,
        obstacles,
        notes,
        policy_version: policy.version.clone(),
    }
}

/// What keeps a box from being green whatever its score.
fn obstacles(policy: &Policy, verdict: &Verdict) -> Vec<Bilingual> {
    let mut obstacles = verdict.degraded.clone();
    if verdict.coverage.goods < policy.green.least_goods_coverage && verdict.degraded.is_empty() {
        obstacles
            .push(Bilingual::new("申报货物中图像库覆盖的部分太少", "Too little of the declared goods is covered"));
    }
    let needed = policy.green.least_readable_share.min(1.0 - verdict.usual_opaque_share);
    if verdict.coverage.pixels < needed {
        let share = (100.0 * (1.0 - verdict.coverage.pixels)).round();
        obstacles.push(Bilingual::new(
            format!("{share:.0}% 的箱体无法穿透，且申报货物通常并非如此"),
            format!("{share:.0} % of the box cannot be seen through, which is not usual for the declared goods"),
        ));
    }
    for kind in &policy.green.required_checks {
        let is_made = verdict
            .checks
            .iter()
            .any(|c| is_same_check(c.finding.kind, *kind) && c.finding.validity == FindingValidity::Applicable);
        // Where the verdict has said why, that is not said again in fewer words.
        let is_said =
            verdict.checks.iter().any(|c| c.finding.kind == *kind && verdict.degraded.contains(&c.finding.text));
        if !is_made && !is_said {
            obstacles.push(Bilingual::new(
                format!("未能进行必要的检查（{kind}）"),
                format!("A required check could not be made ({kind})"),
            ));
        }
    }
    obstacles
}

/// A box declared empty is checked for cargo instead of for goods, mass and emptiness.
fn is_same_check(made: FindingKind, required: FindingKind) -> bool {
    use FindingKind::{Empty, MassMismatch, MaterialMismatch, NotEmpty, OddPatch, UndeclaredGoods};
    made == required
        || (made == NotEmpty
            && matches!(required, Empty | MassMismatch | MaterialMismatch | OddPatch | UndeclaredGoods))
}

fn is_declared_dangerous(policy: &Policy, declaration: &Declaration) -> bool {
    let is_listed = |heading: &str| policy.safety.headings.contains(heading);
    declaration
        .items
        .iter()
        .any(|i| i.un_number.is_some() || i.hs.as_ref().and_then(|hs| hs.heading()).is_some_and(is_listed))
}

fn may_pick_up(lane: Lane, tier: Option<&Tier>, declaration: &Declaration, is_dangerous: bool) -> bool {
    lane == Lane::Yellow
        && !is_dangerous
        && declaration.stage != DeclarationStage::Manifest
        && tier.is_some_and(|t| t.conditional_pick_up)
}

/// Uniform in [0, 1) from a seed (SplitMix64, Steele, Lea, Flood 2014).
fn uniform(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_draw_evenly() {
        let drawn = (0..10_000).filter(|seed| uniform(*seed) < 0.02).count();
        assert!((150..250).contains(&drawn), "{drawn}");
    }
}
