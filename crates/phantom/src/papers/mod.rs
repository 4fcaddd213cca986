//! Declarations as traders write them: stages, regimes, what is stated and what is left out.

mod facts;
mod regime;
mod shared;
mod stage;
mod vin;

use pellucid_core::{Declaration, DeclarationStage, Direction};
use serde::{Deserialize, Serialize};

pub(crate) use facts::{BoxFacts, LineFacts};
pub use regime::{REGIMES, Regime};

use crate::dice::Dice;
use crate::error::PhantomError;
use crate::recipe::Recipe;

/// How the declaration of a recipe is written. Without it a recipe has a full import declaration of general trade.
///
/// What is left out is drawn, except `stage` (full), `direction` (that of the regime, or import), `regime` (0110) and
/// `voluntary_disclosure` (no). Beside what the keys say, a declaration with `[papers]` states quantities in the unit of the
/// heading, rounds masses as its trader does, and gives UN numbers and VINs where the goods have them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Papers {
    /// How far clearance has come: `manifest` (free text, most lines without HS code), `summary` (six digits, no net masses) or
    /// `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<DeclarationStage>,
    /// Into, out of or through the country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Regime (监管方式), one of [`REGIMES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// Credit tier of the trader, as the policy in force names it ([`CREDIT_TIERS`] since 2026-04).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Whether the verified gross mass is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vgm: Option<bool>,
    /// Whether there is a weighbridge figure. It tells the truth, tampering or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighbridge: Option<bool>,
    /// Whether the goods in each container are stated in kilograms (GoodsContaWt).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_kg: Option<bool>,
    /// Whether it is an amendment made as 主动披露.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voluntary_disclosure: bool,
    /// Declarations that share the boxes, fewest and most: each line belongs to one of them. The case's own declaration is then
    /// the box's view of all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lcl: Option<[usize; 2]>,
}

/// Credit tiers since 2026-04: 高级认证, 认证, 常规, 失信, 严重失信.
pub const CREDIT_TIERS: &[&str] = &["advanced", "certified", "regular", "dishonest", "seriously_dishonest"];

/// Most declarations in one box.
const MOST_SHARED: usize = 40;

impl Papers {
    /// Refuses what cannot be; `file` names the recipe.
    ///
    /// # Errors
    /// The first fault, with file, key and reason.
    pub(crate) fn validate(&self, file: &str, recipe: &Recipe) -> Result<(), PhantomError> {
        let refuse = |key: &str, reason: String| Err(PhantomError::value(file, format!("papers.{key}"), reason));
        if let Some(code) = &self.regime {
            let Some(regime) = Regime::of(code) else {
                let known: Vec<String> = REGIMES.iter().map(|r| format!("{} {}", r.code, r.name_zh)).collect();
                return refuse("regime", format!("unknown regime {code:?}; one of {}", known.join(", ")));
            };
            if let (Some(only), Some(direction)) = (regime.only, self.direction)
                && only != direction
            {
                return refuse("direction", format!("{code} {} is for {only:?} alone", regime.name_zh));
            }
        }
        if self.credit.as_deref().is_some_and(|credit| credit.trim().is_empty()) {
            return refuse("credit", "a tier of the policy in force is required, got an empty one".to_owned());
        }
        if let Some([low, high]) = self.lcl {
            if !(2 <= low && low <= high && high <= MOST_SHARED) {
                return refuse("lcl", format!("2 ≤ low ≤ high ≤ {MOST_SHARED}, got [{low}, {high}]"));
            }
            let parcels = recipe.containers.iter().filter_map(|c| c.consolidated).map(|c| c.lines[0]);
            let lines = crate::yard::lines(recipe).len() + parcels.sum::<usize>();
            if lines < low {
                return refuse("lcl", format!("{low} declarations need as many lines, got {lines}"));
            }
        }
        Ok(())
    }
}

/// Writes a declaration anew as a recipe's papers say; returns the declarations that share the boxes, if any do.
pub(crate) fn rewrite(
    papers: &Papers,
    declaration: &mut Declaration,
    lines: &[LineFacts],
    boxes: &[BoxFacts],
    seed: u64,
) -> Vec<Declaration> {
    let mut dice = Dice::new(seed, "papers");
    let stage = papers.stage.unwrap_or(DeclarationStage::Full);
    let regime = papers.regime.as_deref().unwrap_or("0110");
    let only = Regime::of(regime).and_then(|regime| regime.only);
    let direction = papers.direction.or(only).unwrap_or(Direction::Import);
    declaration.voluntary_disclosure = papers.voluntary_disclosure;
    declaration.regime = Some(regime.to_owned());
    direct(declaration, direction, &mut dice);
    if let (Some(trader), Some(credit)) = (&mut declaration.trader, &papers.credit) {
        trader.credit = Some(credit.clone());
    }
    weigh(papers, declaration, boxes, &mut dice);
    stage::state_goods(declaration, lines, &mut dice);
    if stage == DeclarationStage::Manifest {
        stage::name_freely(declaration, lines, &mut dice);
    }
    let mut others = match papers.lcl {
        Some(range) => shared::share_out(declaration, lines, range, &mut dice),
        None => Vec::new(),
    };
    for one in others.iter_mut().chain(std::iter::once(declaration)) {
        match stage {
            DeclarationStage::Full => {}
            DeclarationStage::Summary => stage::summarise(one),
            DeclarationStage::Manifest => stage::list(one),
        }
    }
    others
}

const ABROAD: &[&str] = &["US", "DE", "NL", "JP", "KR", "VN", "MY", "AE", "BR", "MX", "NG", "RU", "AU", "GB"];

/// Place of the digit for the direction in an EntryId: after four of the office and four of the year.
const DIRECTION_DIGIT: usize = 8;

fn direct(declaration: &mut Declaration, direction: Direction, dice: &mut Dice) {
    let abroad = dice.pick(ABROAD).map(|country| (*country).to_owned());
    declaration.direction = Some(direction);
    match direction {
        Direction::Import => {}
        Direction::Export => {
            declaration.origin = Some("CN".to_owned());
            declaration.destination = abroad;
            if let Some(number) = &mut declaration.number {
                number.replace_range(DIRECTION_DIGIT..=DIRECTION_DIGIT, "0");
            }
        }
        Direction::Transit => declaration.destination = abroad,
    }
}

/// States or leaves out what the containers weigh.
fn weigh(papers: &Papers, declaration: &mut Declaration, boxes: &[BoxFacts], dice: &mut Dice) {
    let to = |kg: f64, step: f64| (kg / step).round() * step;
    for (container, facts) in declaration.containers.iter_mut().zip(boxes) {
        let tare = container.tare_kg.unwrap_or(0.0);
        let (vgm, weighed) = (dice.about(0.004), dice.about(0.003));
        match papers.vgm {
            Some(true) => container.vgm_kg = container.vgm_kg.or(Some(to(facts.claimed_kg * vgm + tare, 10.0))),
            Some(false) => container.vgm_kg = None,
            None => {}
        }
        match papers.weighbridge {
            Some(true) => {
                let kg = to((facts.real_kg + tare) * weighed, 20.0);
                container.weighbridge_kg = container.weighbridge_kg.or(Some(kg));
            }
            Some(false) => container.weighbridge_kg = None,
            None => {}
        }
        match papers.goods_kg {
            Some(true) => container.goods_kg = container.goods_kg.or(Some(facts.claimed_kg.round())),
            Some(false) => container.goods_kg = None,
            None => {}
        }
    }
}
